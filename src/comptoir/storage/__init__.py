"""Tables, queries and the vault."""

"""What the books must come to, and whether they do."""

"""Who may come in and do what; no word of HTTP here."""

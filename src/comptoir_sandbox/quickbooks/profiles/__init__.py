"""Company profiles: one table a file."""

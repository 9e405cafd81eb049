"""Settings: proposed for a company, and as a file."""

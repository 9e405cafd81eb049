"""What others would write: scripts upon python-quickbooks, each a program of its own."""

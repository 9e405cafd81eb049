"""The journal worked through: documents sent once, changed, taken back, and found again."""

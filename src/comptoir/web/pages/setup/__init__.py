"""The set-up of a store: a look at it, step by step to its settings, a dry run, and switched on (C5, Y1 to Y6)."""

from comptoir.web.pages.setup import beginning, closing, questions

PAGES = (beginning, closing, questions)
"""The questions last: a step's name could be any word."""

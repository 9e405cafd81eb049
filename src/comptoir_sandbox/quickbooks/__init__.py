"""A QuickBooks Online company over HTTP, strict and stateful, with a true double-entry ledger.

Behaviour follows quickbooks-online.md; section numbers in the docstrings of this package are that reference's.
"""

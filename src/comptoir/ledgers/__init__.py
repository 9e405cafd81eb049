"""Accounting systems, a folder each."""

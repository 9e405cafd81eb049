"""Selling platforms, a folder each."""

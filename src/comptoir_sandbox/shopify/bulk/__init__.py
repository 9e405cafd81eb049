"""Bulk operations: queries over everything, answered by a file of JSON lines (shopify.md §3.6)."""

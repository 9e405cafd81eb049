"""Webhooks: who asked for which, what is told, how it is delivered (shopify.md §7)."""

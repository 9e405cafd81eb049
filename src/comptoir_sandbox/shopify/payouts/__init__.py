"""Shopify Payments: what the platform took for the shop, kept as fees and paid out (shopify.md §6)."""

"""Shopify: orders, their payments and refunds, over the Admin GraphQL API 2026-10.

`open_store(access, ...)` gives the Store; `read_form` makes the access from what a person typed.
"""

from comptoir.stores.shopify.connect import FIELDS, Access, check_connection, open_store, read_form
from comptoir.stores.shopify.store import ShopifyStore

__all__ = ["FIELDS", "Access", "ShopifyStore", "check_connection", "open_store", "read_form"]

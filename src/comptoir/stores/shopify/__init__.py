"""Shopify: orders, their payments and refunds, over the Admin GraphQL API 2026-10.

`open_store(access, ...)` gives the Store; `read_form` makes the access from what a person typed; `SignIn` is the
consent in the browser.
"""

from comptoir.stores.shopify.connect import (
    APP,
    BROWSER,
    FIELDS,
    REDIRECT_URI,
    TOKEN,
    Access,
    SignIn,
    check_connection,
    open_store,
    read_form,
)
from comptoir.stores.shopify.store import ShopifyStore

__all__ = [
    "APP",
    "BROWSER",
    "FIELDS",
    "REDIRECT_URI",
    "TOKEN",
    "Access",
    "ShopifyStore",
    "SignIn",
    "check_connection",
    "open_store",
    "read_form",
]

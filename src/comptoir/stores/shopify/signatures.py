"""PURE: the queries that Shopify signs with the app's secret, checked in constant time (shopify.md §2.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from urllib.parse import unquote

UNSIGNED = frozenset({"hmac", "signature"})
ARRAY = "[]"


def query_is_signed(query: str, secret: str) -> bool:
    """Whether the raw query of a redirect or an install link carries the right `hmac`."""
    signatures = [value for name, value in _pairs(query) if name == "hmac"]
    expected = hmac.new(secret.encode(), signed_text(query).encode(), hashlib.sha256).hexdigest()
    return len(signatures) == 1 and hmac.compare_digest(signatures[0].encode(), expected.encode())


def signed_text(query: str) -> str:
    """The text of a query that is signed: all but the signature, sorted by name, encoded as it came.

    A space is %20 in it, never "+". Several values of an array are one: ids[]=1&ids[]=2 is signed as ids=["1", "2"].
    """
    values: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        if name not in UNSIGNED:
            values.setdefault(name, []).append(value)
    return "&".join(_signed_pair(name, values[name]) for name in sorted(values))


def _signed_pair(name: str, values: Sequence[str]) -> str:
    if not name.endswith(ARRAY):
        return f"{name}={values[0]}"
    listed = ", ".join(f'"{value}"' for value in values)
    return f"{name.removesuffix(ARRAY)}=[{listed}]"


def _pairs(query: str) -> list[tuple[str, str]]:
    """The pairs of a query, names decoded, values as they came but for "+"."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote(name), value.replace("+", "%20")) for name, _, value in parts]

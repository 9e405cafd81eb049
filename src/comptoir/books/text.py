"""Numbers, markers and names of documents: short rules that every document shares (posting rules, section 5)."""

from __future__ import annotations

import hashlib

from comptoir.books.documents import PostingKey

NUMBER_LIMIT = 21
"""Characters of a document number (quickbooks-online.md §13.1)."""
REFERENCE_LIMIT = 21
"""Characters of a payment reference (quickbooks-online.md §16.1)."""
LAST_PLAIN = "\uffff"
"""The last character of the basic plane."""
ITEM_NAME_LIMIT = 100
CUSTOMER_NAME_LIMIT = 100
"""Shorter than the ledger's 500, so that a suffix always fits and lists stay readable."""


def document_number(prefix: str, number: str, suffix: str = "") -> str | None:
    """Prefix + number + suffix in 21 characters; hyphens of the store's number drop first; None where it cannot fit."""
    for body in (number, number.replace("-", "")):
        text = f"{prefix}{body}{suffix}"
        if len(text) <= NUMBER_LIMIT:
            return text
    return None


def marker(key: PostingKey, generation: int) -> str:
    """The text by which a document is known as ours again, from any installation: the same key, the same marker."""
    digest = hashlib.blake2b(f"{key}#{generation}".encode(), digest_size=10).hexdigest()
    return f"[comptoir:{digest}]"


def clean_name(text: str, limit: int) -> str:
    """A name that a ledger accepts: no colon, control character or emoji, single spaces, at most `limit` characters.

    What stands beyond the basic plane may be mangled by the ledger (quickbooks-online.md §10): two names that differ
    by it alone would be one there.
    """
    visible = "".join(" " if char == ":" or not char.isprintable() or char > LAST_PLAIN else char for char in text)
    return " ".join(visible.split())[:limit].rstrip()


def with_suffix(name: str, suffix: str, limit: int) -> str:
    """`name (suffix)`, where the suffix is kept whole and the name gives way."""
    tail = f" ({suffix})"[:limit]
    return f"{name[: limit - len(tail)].rstrip()}{tail}".strip()

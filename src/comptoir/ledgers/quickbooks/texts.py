"""Texts as QuickBooks takes them (quickbooks-online.md §§10, 12.1, 23). PURE; the same text always gives the same.

Whoever looks a name or a reference up must ask for what was sent: `customer_name`, `item_name`, `reference`.
"""

from __future__ import annotations

import hashlib
import re

DOC_NUMBER_CHARACTERS = 21
REFERENCE_CHARACTERS = 21
CUSTOMER_NAME_CHARACTERS = 500
ITEM_NAME_CHARACTERS = 100
PERSON_NAME_CHARACTERS = 100
ACCOUNT_NAME_CHARACTERS = 100
TAX_NAME_CHARACTERS = 80
"""A code's may have 100; a rate's is made of it."""
SKU_CHARACTERS = 100
DESCRIPTION_CHARACTERS = 4000
NOTE_CHARACTERS = 4000
MEMO_CHARACTERS = 1000
CUSTOMER_NOTES_CHARACTERS = 2000
EMAIL_CHARACTERS = 100
PHONE_CHARACTERS = 21
"""The schema's figure; documents also say 30."""
NAMELESS = "Customer"
UNNAMED_ITEM = "Item"
UNNAMED_ACCOUNT = "Account"
UNNAMED_TAX = "Tax"

_REFUSED = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd]")
"""Control characters, what XML forbids, and everything beyond the basic plane (emoji), which may be mangled."""
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
)


def line(text: str, most: int) -> str:
    """One line: refused characters out, white space collapsed, cut."""
    return " ".join(_REFUSED.sub("", text).split())[:most].rstrip()


def block(text: str, most: int) -> str:
    """Several lines: refused characters out, tabs to spaces, cut."""
    unix = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _REFUSED.sub("", unix).strip()[:most].rstrip()


def marked(note: str, marker: str) -> str:
    """A private note that ends with its marker; the note is cut so that the marker never is."""
    room = NOTE_CHARACTERS - len(marker) - 1
    return "\n".join(filter(None, (block(note, room), marker)))


def customer_name(name: str) -> str:
    """A DisplayName: no colon, tab or newline."""
    return line(name.replace(":", " "), CUSTOMER_NAME_CHARACTERS) or NAMELESS


def item_name(name: str) -> str:
    """An item's Name: no colon, tab or newline."""
    return line(name.replace(":", " "), ITEM_NAME_CHARACTERS) or UNNAMED_ITEM


def account_name(name: str) -> str:
    """An account's Name: no colon, no straight quote (§12.3)."""
    return line(name.replace(":", " ").replace('"', " "), ACCOUNT_NAME_CHARACTERS) or UNNAMED_ACCOUNT


def tax_name(name: str) -> str:
    """A tax code's Name (§12.7), with room for the rate behind it."""
    return line(name, TAX_NAME_CHARACTERS) or UNNAMED_TAX


def person(name: str) -> str:
    """A given, family or company name."""
    return line(name.replace(":", " "), PERSON_NAME_CHARACTERS)


def reference(text: str) -> str:
    """A payment's reference of at most 21 characters; a longer one keeps its start and gains a digest.

    A plain cut would give two payments of one gateway the same reference.
    """
    clean = line(text, NOTE_CHARACTERS)
    if len(clean) <= REFERENCE_CHARACTERS:
        return clean
    digest = hashlib.sha256(clean.encode()).hexdigest()[:8]
    return f"{clean[: REFERENCE_CHARACTERS - 9]}-{digest}"


def email(text: str) -> str:
    """An address that passes QuickBooks' check, else "": a typing error must not hold a sale."""
    clean = text.strip()
    return clean if len(clean) <= EMAIL_CHARACTERS and _EMAIL.fullmatch(clean) else ""


def phone(text: str) -> str:
    """A telephone number; where it is too long, without its decoration."""
    clean = line(text, NOTE_CHARACTERS)
    if len(clean) <= PHONE_CHARACTERS:
        return clean
    return re.sub(r"[^0-9+]", "", clean)[:PHONE_CHARACTERS]

"""Words of our own among the values of messages: types of account, states of an order, forms of a document.

A message's other values are names and figures of the user's; these are told from them by the name of the value, and by
being exactly one of the words here. Each is translated under its value's name as context.
"""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.checks.names import TYPE_WORDS
from comptoir.books.choices import TAKEN
from comptoir.books.facts import PaymentStatus
from comptoir.books.settings import DatedBy
from comptoir.books.specials import STANDS_FOR

_STATUSES = tuple(each.value.replace("_", " ") for each in PaymentStatus)
_DAYS = tuple(each.value for each in DatedBy)

DOCUMENTS = (
    "sales receipt",
    "invoice",
    "payment",
    "credit memo",
    "refund receipt",
    "expense",
    "deposit",
    "journal entry",
    "customer",
    "item",
)
"""What a ledger's documents are called, inside a sentence."""

VALUES: Mapping[str, tuple[str, ...]] = {
    "kinds": tuple(TYPE_WORDS.values()),
    "kind": ("class", "location", "account", "tax code", "item", "customer"),
    "what": ("a gift card", *STANDS_FOR.values()),
    "status": _STATUSES,
    "posted": _STATUSES,
    "listed": _STATUSES,
    "day": _DAYS,
    "by": _DAYS,
    "type": DOCUMENTS,
    "document": tuple(each.capitalize() for each in DOCUMENTS),
    "form": ("sales receipt", "invoice"),
    "age": ("less than a minute",),
    "reason": ("no answer",),
    "taken": tuple(TAKEN.values()),
}
"""The words that a value of this name may be; several stand side by side with commas."""
JOINT = ", "

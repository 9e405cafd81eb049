"""PURE: the remedies of settings for somebody with pages before them, where their own words are those of a file."""

from __future__ import annotations

from collections.abc import Mapping

from comptoir.books.problems import Message

_PAID_TOO = Message("Choose those that are paid, partially refunded and refunded too.")

IN_PAGES: Mapping[str, Message] = {
    'List at least one; "paid", "partially_refunded" and "refunded" are usual.': Message(
        "Choose at least one; those that are paid, partially refunded and refunded are usual."
    ),
    'List others; "paid", "partially_refunded" and "refunded" are usual.': Message(
        "Choose others; those that are paid, partially refunded and refunded are usual."
    ),
    'List "paid", "partially_refunded" and "refunded" too, or let such orders become invoices.': Message(
        "Choose those that are paid, partially refunded and refunded too, or let such orders become invoices."
    ),
    'List "paid", "partially_refunded" and "refunded" too.': _PAID_TOO,
    'Switch multicurrency on in the company, or set it to "shop".': Message(
        "Switch multicurrency on in the company, or let every order be posted in the shop's own currency."
    ),
    'Switch quantity tracking on in the company, or set it to "non_inventory" or "service".': Message(
        "Switch quantity tracking on in the company, or let items be created without stock."
    ),
    'Set it to "service" or "non_inventory".': Message("Choose an item without stock."),
    'Name the item under "items.deposit", or empty this list.': Message(
        "Name the item for deposits, or empty this list."
    ),
    "Take it out of payments.methods or out of this list.": Message(
        "Give it no account of its own, or take it out of this list."
    ),
    'Choose an account for each payment method of the store, or one for every other method ("*").': Message(
        "Choose an account for each payment method of the store, or one for all others."
    ),
    "Write the address alone, like books@example.com, each in quotes of its own.": Message(
        "Write each address alone, on a line of its own, like books@example.com."
    ),
    'Name at least one address, or set report.when to "never".': Message(
        "Name at least one address, or let no report be sent."
    ),
}
"""By the words of the remedy itself."""

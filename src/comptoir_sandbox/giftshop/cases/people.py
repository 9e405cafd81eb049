"""Who buys: organisations, nobody, two of one name, and names that a ledger does not take as they are."""

from __future__ import annotations

from typing import Any

from comptoir_sandbox.giftshop.model import Case, Json
from comptoir_sandbox.giftshop.parts import CASH, goods, invoice, order, posted, receipt, sold_for

TUQUE = goods("20.00")
# 20.00 (1.00 + 2.00): 23.00
LONG_NAME = "Maximilienne-Apolline " * 27
"""594 characters; with the given name 600."""


def person(number: int, given: str, family: str, email: str | None, **more: Any) -> Json:
    """A customer of the shop."""
    return {"id": 7_900_000_000_000 + number, "first_name": given, "last_name": family, "email": email, **more}


def named(number: int, given: str, family: str) -> Json:
    """An order of a tuque by somebody of this name."""
    return sold_for("23.00", TUQUE, customer=person(number, given, family, f"nom{number}@example.com"))


CASES = (
    Case(
        "b2b-company",
        "An inn orders on account, net 30 days.",
        (
            order(
                TUQUE,
                created_at="2025-10-22T10:00:00-04:00",
                customer=person(1, "Odile", "Savard", "achats@auberge.example"),
                company={
                    "id": 81,
                    "name": "Auberge du Vieux-Port",
                    "location_id": 82,
                    "location_name": "Rue de la Commune",
                },
                terms={"type": "NET", "due_in_days": 30, "issued_at": "2025-10-22T10:00:00-04:00"},
            ),
        ),
        # 22 October and 30 days
        posted(invoice("23.00", "3.00", "23.00", due="2025-11-21", customer="Odile Savard")),
    ),
    Case(
        "no-customer",
        "Somebody at the counter pays cash and leaves.",
        (sold_for("23.00", TUQUE, gateway=CASH, customer=None, source_name="pos"),),
        posted(receipt("23.00", "3.00", customer="Client de passage")),
    ),
    Case(
        "no-e-mail",
        "A customer who gave a name alone.",
        (sold_for("23.00", TUQUE, customer=person(2, "Fernand", "Ouellet", None)),),
        posted(receipt("23.00", "3.00", customer="Fernand Ouellet")),
    ),
    Case(
        "two-people-of-one-name",
        "Two Marie Tremblay, who are not one person.",
        (
            sold_for(
                "23.00",
                TUQUE,
                created_at="2025-10-24T10:00:00-04:00",
                customer=person(3, "Marie", "Tremblay", "marie@example.com"),
            ),
            sold_for(
                "23.00",
                TUQUE,
                created_at="2025-10-25T10:00:00-04:00",
                customer=person(4, "Marie", "Tremblay", "m.tremblay@example.org"),
            ),
        ),
        posted(
            receipt("23.00", "3.00", customer="Marie Tremblay"),
            receipt("23.00", "3.00", customer="Marie Tremblay (m.tremblay@example.org)"),
        ),
    ),
    Case(
        "name-with-colon",
        "A colon means a sub-customer to QuickBooks.",
        (named(5, "Atelier:", "Verre soufflé"),),
        posted(receipt("23.00", "3.00", customer="Atelier Verre soufflé")),
    ),
    Case(
        "name-with-quote",
        "Quotes of both kinds.",
        (named(6, 'Jean "Ti-Jean"', "O'Neil"),),
        posted(receipt("23.00", "3.00", customer='Jean "Ti-Jean" O\'Neil')),
    ),
    Case(
        "name-with-emoji",
        "An emoji between two names.",
        (named(7, "Zoé 🎁", "Roy"),),
        posted(receipt("23.00", "3.00", customer="Zoé Roy")),
    ),
    Case(
        "name-of-600-characters",
        "A name that no field holds.",
        (named(8, "Marie", LONG_NAME.strip()),),
        # cut after the 100 characters that Comptoir gives a name
        posted(receipt("23.00", "3.00", customer=f"Marie {LONG_NAME}"[:100].rstrip())),
    ),
)

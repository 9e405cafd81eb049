"""A Montréal shop with GST and QST against a Québec company: taxes, tips, gift cards, credits, each to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from tests.journeys.world import World, open_world

from comptoir.engine.proving.proof import Proof

pytestmark = pytest.mark.journey

GST = {"title": "GST", "rate": "0.05"}
QST = {"title": "QST", "rate": "0.09975"}
BOTH = [GST, QST]
SETTINGS = """
time_zone = "America/Toronto"
start_date = 2026-01-01
[items]
income_account = "Ventes"
expense_account = "Achats"
shipping_account = "Revenus de livraison"
discount = "Rabais"
discount_account = "Remises accordées"
tip = "Pourboire"
gift_card = "Carte-cadeau"
gift_card_account = "Cartes-cadeaux en circulation"
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "MTL-"
[payments.methods.shopify_payments]
account = "Compensation cartes"
[payments.methods."*"]
account = "Compensation virements"
[refunds]
prefix = "MTLR-"
[taxes]
untaxed = "Out of scope"
zero_rated = "Zero-rated"
[taxes.codes]
"GST + QST" = "GST/QST QC - 9.975"
"GST" = "GST"
"""


def line(price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A taxed product."""
    product = {"title": "Tuque", "sku": "TUQUE", "variant_id": 1, "product_id": 1}
    return {**product, "quantity": quantity, "unit_price": price, "taxes": BOTH, **more}


def card(amount: str, **more: Any) -> dict[str, Any]:
    """A payment by card."""
    return {"amount": amount, "gateway": "shopify_payments", **more}


ORDERS: dict[str, dict[str, Any]] = {
    "taxed, with shipping": {
        "lines": [line("20.00")],
        "shipping": [{"title": "Postes Canada", "price": "5.00", "taxes": BOTH}],
        "payments": [card("28.75")],
    },
    "thirty lines of 1.10": {"lines": [line("1.10", sku=f"P{at}") for at in range(30)], "payments": [card("38.10")]},
    "prices include tax": {"taxes_included": True, "lines": [line("22.99")], "payments": [card("22.99")]},
    "a code of ten percent": {
        "lines": [line("19.99", 2), line("5.00", sku="BAS")],
        "discounts": [{"title": "DIX", "percentage": "10", "kind": "code"}],
        "payments": [card("46.55")],
    },
    "a tip": {
        "lines": [
            line("10.00"),
            {"title": "Tip", "quantity": 1, "unit_price": "2.00", "is_tip": True, "requires_shipping": False},
        ],
        "payments": [card("13.50")],
    },
    "a gift card sold": {
        "lines": [{"title": "Carte", "quantity": 1, "unit_price": "40.00", "is_gift_card": True}],
        "payments": [card("40.00")],
    },
    "a gift card used with a card": {
        "lines": [line("98.28")],
        "payments": [{"amount": "40.00", "gateway": "gift_card"}, card("72.99")],
    },
    "one of two taken back": {
        "lines": [line("10.00", 2)],
        "payments": [card("23.00")],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [{"line": 0, "quantity": 1, "restock_type": "RETURN"}],
                "payments": [{"payment": 0, "amount": "11.50"}],
            }
        ],
    },
    "an amount given back": {
        "lines": [line("30.00")],
        "payments": [card("34.49")],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [],
                "payments": [{"payment": 0, "amount": "5.00"}],
                "note": "Geste commercial",
            }
        ],
    },
    "unpaid, one of two taken back": {
        "lines": [line("10.00", 2)],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [{"line": 0, "quantity": 1, "restock_type": "RETURN"}],
            }
        ],
    },
}


@dataclass
class Shop:
    """The shop, the company, and what a run came to."""

    world: World
    proof: Proof
    again: Proof
    reread: Proof
    documents: tuple[int, int]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    facts = {"currency": "CAD", "timezone": "America/Toronto", "country_code": "CA", "province_code": "QC"}
    orders = [{"created_at": "2026-02-02T10:00:00-05:00", "case": name, **order} for name, order in ORDERS.items()]
    with open_world(tmp_path_factory.mktemp("montreal"), "quebec", facts, orders) as world:
        world.configure(SETTINGS)
        proof = world.run()
        first = len(world.objects())
        again = world.run()
        second = len(world.objects())
        yield Shop(world, proof, again, world.reread(), (first, second))


def test_every_order_is_in_the_books_to_the_cent(shop: Shop) -> None:
    held = {row.number: [str(each.what) for each in row.problems] for row in shop.proof.held}
    assert held == {}
    assert shop.proof.differences == ()
    assert shop.proof.agrees
    assert shop.proof.unsettled == 0


def test_a_second_run_adds_nothing_and_the_books_reread_agree(shop: Shop) -> None:
    assert shop.documents[0] == shop.documents[1]
    assert shop.again.agrees
    assert shop.reread.agrees


def test_the_companys_own_books_balance_and_hold_the_debts(shop: Shop) -> None:
    balances = shop.world.balances()
    assert sum(balances.values()) == 0
    assert balances.get("Cartes-cadeaux en circulation", 0) == 0, "40.00 sold, 40.00 used"
    assert balances["Comptes clients"] == Decimal("11.50"), "one of two is still to be paid"

"""A tax regime as a small world: its orders, and what each must come to in the company's own books."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.world import World

EVERYWHERE = """
time_zone = "{zone}"
start_date = 2026-01-01
[items]
income_account = "{income}"
expense_account = "Purchases"
shipping_account = "Shipping income"
discount = "Discount"
discount_account = "Discounts given"
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "S-"
currency = "{currency}"
[payments.methods."*"]
account = "Card clearing"
{by_currency}
[refunds]
prefix = "R-"
[taxes]
{taxes}
"""

Expected = tuple[str, str, Mapping[str, str], str]
"""Form, total, tax by the name of the company's rate (`""`: by all of them), open balance; in the sale's currency."""


@dataclass(frozen=True)
class Case:
    """An order as the store has it, and what it must come to."""

    order: dict[str, Any]
    sale: Expected | None
    """None: it is held."""
    refund: Expected | None = None
    codes: tuple[str, ...] = ()
    """The tax code of each line of the sale, where it is looked at."""
    said: str = ""
    """What is told of it when it is held, with the remedy."""


@dataclass(frozen=True)
class Regime:
    """A world, its orders by name, and the accounts as they must stand at the end."""

    name: str
    profile: str
    shop: dict[str, Any]
    settings: str
    cases: Mapping[str, Case]
    accounts: Mapping[str, str]
    """Debit less credit, in the company's currency."""
    rates_apart: bool = True
    """False: the company spreads the tax over its own rates, and only the sum is the store's."""
    prepare: Callable[[World], None] = field(default=lambda _world: None)


def line(price: str, quantity: int = 1, taxes: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    product = {"title": "Hat", "sku": "HAT", "variant_id": 1, "product_id": 1}
    return {**product, "quantity": quantity, "unit_price": price, "taxes": list(taxes), **more}


def tax(title: str, rate: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "rate": rate, **more}


def order(*lines: dict[str, Any], paid: str = "", **more: Any) -> dict[str, Any]:
    payments = [{"amount": paid, "gateway": "shopify_payments"}] if paid else []
    return {"lines": list(lines), "payments": payments, **more}


def back(amount: str = "", quantity: int = 1) -> list[dict[str, Any]]:
    """So many pieces of the first line are taken back, and so much is paid out by the first payment."""
    lines = [{"line": 0, "quantity": quantity, "restock_type": "RETURN"}] if quantity else []
    payments = [{"payment": 0, "amount": amount}] if amount else []
    return [{"processed_at": "2026-02-03T12:00:00Z", "lines": lines, "payments": payments}]


INSIDE: dict[str, Any] = {"taxes_included": True}
"""Of an order: its prices contain the tax."""

"""The orders that are measured: plain ones, so that a script can post them too, and their sums are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

SHOP = {"currency": "GBP", "timezone": "Europe/London", "country_code": "GB", "taxes_included": False}
FIRST_NUMBER = 1001
FIRST_MOMENT = datetime(2026, 1, 5, 9, tzinfo=UTC)
BETWEEN_ORDERS = timedelta(seconds=97)
LINES = 3
BUYERS, THINGS = 40, 30
"""Of shops whose orders are of every kind."""
VAT = Decimal("0.2")
VAT_CODE = "20.0% S"
INCOME_ACCOUNT = "Sales"
EXPENSE_ACCOUNT = "Purchases"
CLEARING_ACCOUNT = "Card clearing"

SETTINGS = """
time_zone = "Europe/London"
start_date = 2026-01-01
[items]
income_account = "{income}"
expense_account = "{expense}"
[orders]
form = "{form}"
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "{prefix}"
[payments.methods."*"]
account = "{clearing}"
[refunds]
prefix = "{prefix}R-"
[taxes]
untaxed = "No VAT"
[taxes.codes]
"VAT" = "{code}"
"""


def settings(*, form: str = "receipt", prefix: str = "S-") -> str:
    """The settings of the shop. `form`: what a paid order becomes, "receipt" or "invoice"."""
    return SETTINGS.format(
        form=form,
        prefix=prefix,
        income=INCOME_ACCOUNT,
        expense=EXPENSE_ACCOUNT,
        clearing=CLEARING_ACCOUNT,
        code=VAT_CODE,
    )


@dataclass(frozen=True)
class Buyer:
    """A customer, of the shop and in the books."""

    number: int

    @property
    def first_name(self) -> str:
        """The first name."""
        return f"Ada {self.number}"

    @property
    def email(self) -> str:
        """By which the product finds the customer."""
        return f"ada{self.number}@example.com"

    @property
    def name(self) -> str:
        """The name in the books."""
        return f"{self.first_name} Lovelace"

    def as_seed(self) -> dict[str, Any]:
        """The customer as the shop's simulator takes it."""
        names = {"first_name": self.first_name, "last_name": "Lovelace"}
        return {"id": 7_000_000 + self.number, **names, "email": self.email}


@dataclass(frozen=True)
class Thing:
    """A product."""

    number: int

    @property
    def sku(self) -> str:
        """By which the product finds the item."""
        return f"T-{self.number:04d}"

    @property
    def name(self) -> str:
        """The title in the shop, and the name in the books."""
        return f"Thing {self.number:04d}"

    @property
    def price(self) -> Decimal:
        """Before tax; a whole amount, so that a script's sums in binary fractions come out right too."""
        return Decimal(1 + self.number % 40)


@dataclass(frozen=True)
class Sale:
    """One order: the buyer, the pieces of each product, the moment."""

    number: int
    buyer: Buyer
    lines: tuple[tuple[Thing, int], ...]
    at: datetime

    @property
    def net(self) -> Decimal:
        """Before tax."""
        return sum((thing.price * quantity for thing, quantity in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        """With tax."""
        return self.net * (1 + VAT)

    def as_seed(self, *, paid: bool = True) -> dict[str, Any]:
        """The order as the shop's simulator takes it."""
        tax = {"title": "VAT", "rate": str(VAT)}
        lines = [
            {
                "title": thing.name,
                "sku": thing.sku,
                "variant_id": 800_000 + thing.number,
                "product_id": 900_000 + thing.number,
                "quantity": quantity,
                "unit_price": str(thing.price),
                "taxes": [tax],
            }
            for thing, quantity in self.lines
        ]
        payments = [{"amount": f"{self.total:.2f}", "gateway": "shopify_payments"}] if paid else []
        return {
            "number": self.number,
            "created_at": self.at.isoformat(),
            "customer": self.buyer.as_seed(),
            "lines": lines,
            "payments": payments,
        }


def sales(
    count: int,
    *,
    buyers: int,
    things: int,
    first: int = FIRST_NUMBER,
    at: datetime = FIRST_MOMENT,
    apart: timedelta = BETWEEN_ORDERS,
) -> Iterator[Sale]:
    """`count` orders of three lines, over so many buyers and products, from `at` on."""
    for place in range(count):
        number = first + place
        lines = tuple((Thing(1 + (number * 7 + 11 * line) % things), 1 + (number + line) % 3) for line in range(LINES))
        yield Sale(number, Buyer(1 + number % buyers), lines, at + place * apart)


def story(sale: Sale) -> dict[str, Any]:
    """The order as the shop has it: of six one is unpaid, one paid in part, one partly given back, three are paid."""
    seed = sale.as_seed(paid=sale.number % 6 != 0)
    if sale.number % 6 == 1:
        seed["payments"][0]["amount"] = f"{sale.total / 2:.2f}"
    if sale.number % 6 == 2:  # noqa: PLR2004 - one of six
        back = sale.lines[0][0].price * (1 + VAT)
        seed["refunds"] = [
            {
                "processed_at": sale.at.isoformat(),
                "lines": [{"line": 0, "quantity": 1, "restock_type": "RETURN"}],
                "payments": [{"payment": 0, "amount": f"{back:.2f}"}],
            }
        ]
    return seed

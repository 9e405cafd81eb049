"""What orders show of a store, and how its products meet the company's items."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.engine.conftest import NOON, make_order, pounds

from comptoir.books.company import ItemRecord
from comptoir.books.documents import LedgerId
from comptoir.books.facts import (
    Buyer,
    LineKind,
    Order,
    PaymentStatus,
    SourceId,
    TaxCollector,
    TaxLine,
    Untranslatable,
)
from comptoir.engine.setup.found import Found, Matched, find, match

FIFTH, TWENTIETH = Decimal("0.2"), Decimal("0.05")


def taxed(number: int, *taxes: TaxLine) -> Order:
    order = make_order(number)
    return replace(order, lines=tuple(replace(line, taxes=taxes) for line in order.lines))


def tax(name: str, rate: Decimal | None, amount: str = "1.00", **more: TaxCollector) -> TaxLine:
    return TaxLine(name, rate, pounds(amount), **more)


def test_no_orders_show_nothing() -> None:
    assert find([]) == Found()


def test_orders_are_counted_and_test_orders_are_not() -> None:
    unread = Untranslatable(SourceId("9"), "9", "total", "is not a number")
    found = find([make_order(1), replace(make_order(2), test=True), make_order(3, paid="0"), unread])
    assert (found.orders, found.unreadable) == (2, 1)
    assert (found.first, found.last) == (NOON, NOON)
    assert found.statuses == {PaymentStatus.PAID: 1, PaymentStatus.PARTIALLY_PAID: 1}
    assert found.currencies == {"GBP": 2}


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        ([taxed(1, tax("VAT", FIFTH)), taxed(2, tax("VAT", FIFTH))], [("VAT", FIFTH, 2, "2")]),
        (
            [taxed(1, tax("VAT", FIFTH)), taxed(2, tax("VAT", TWENTIETH)), taxed(3, tax("vat", TWENTIETH))],
            [("VAT 5%", TWENTIETH, 2, "3"), ("VAT 20%", FIFTH, 1, "1")],
        ),
        (
            [taxed(1, tax("QST", FIFTH), tax("GST", TWENTIETH)), taxed(2, tax("GST", TWENTIETH))],
            [("GST", TWENTIETH, 1, "2"), ("GST + QST", Decimal("0.25"), 1, "1")],
        ),
        ([taxed(1, tax("Sales tax", None))], [("Sales tax", None, 1, "1")]),
        ([taxed(1, tax("VAT", Decimal(0), "0"))], []),
        ([taxed(1, tax("VAT", FIFTH, collector=TaxCollector.MARKETPLACE))], []),
    ],
    ids=["one rate", "two rates of one name", "joined", "no rate stated", "nothing charged", "a marketplace's own"],
)
def test_taxes(orders: list[Order], expected: list[tuple[str, Decimal | None, int, str]]) -> None:
    assert [(each.name, each.rate, each.orders, each.sample) for each in find(orders).taxes] == expected


def test_payment_methods_with_what_they_brought() -> None:
    cash = make_order(3, "5.00")
    cash = replace(cash, tenders=tuple(replace(each, method="cash", method_name="") for each in cash.tenders))
    found = find([make_order(1), make_order(2, "20.00"), cash])
    assert [(each.method, each.name, each.payments, each.amount, each.sample) for each in found.methods] == [
        ("card", "Card", 2, pounds("30.00"), "2"),
        ("cash", "cash", 1, pounds("5.00"), "3"),
    ]


def test_products_and_what_is_no_product() -> None:
    plain, (line,) = make_order(1), make_order(1).lines
    nameless = replace(line, sku=" ", name="Poster")
    shipping = replace(line, kind=LineKind.SHIPPING, sku="SHIP", discount=pounds("1.00"))
    found = find([replace(plain, lines=(line, replace(line, sku="mug"), nameless, shipping))])
    assert found.skus == {"MUG": "Mug"}
    assert found.without_sku == 1
    assert found.kinds == {LineKind.PRODUCT: 1, LineKind.SHIPPING: 1}
    assert found.discounted == 1


def test_buyers_and_refunds() -> None:
    firm = replace(make_order(1), buyer=Buyer(SourceId("b"), name="Ada", company="Engines Ltd"))
    guest = replace(make_order(2, refunded="2.00"), buyer=None)
    found = find([firm, guest])
    assert (found.organisations, found.guests, found.refunds) == (1, 1, 1)
    assert found.sample is not None
    assert (found.sample.number, found.sample.buyer, found.sample.organisation) == ("1", "Ada", "Engines Ltd")


def item(identity: str, name: str, sku: str, *, active: bool = True) -> ItemRecord:
    return ItemRecord(LedgerId(identity), name, sku, "Service", active)


ITEMS = [item("1", "MUG", "A"), item("2", "Plate", "mug"), item("3", "Cup", "CUP"), item("4", "Tea", "CUP")]


@pytest.mark.parametrize(
    ("skus", "by_name", "expected"),
    [
        (["MUG", "CUP", "PEN"], False, Matched(1, 1, 1, ("PEN",))),
        (["MUG", "CUP", "PEN"], True, Matched(2, 1, 0, ("PEN",))),
        ([], False, Matched()),
    ],
    ids=["by SKU", "by name", "nothing sold"],
)
def test_matching(skus: list[str], by_name: bool, expected: Matched) -> None:
    assert match(skus, ITEMS, by_name=by_name) == expected


def test_an_inactive_item_is_none() -> None:
    assert match(["A"], [item("1", "x", "A", active=False)], by_name=False) == Matched(0, 1, 0, ("A",))

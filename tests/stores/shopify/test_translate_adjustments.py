"""Tax that goes back without goods: only a refund's adjustments tell it (shopify.md §4.7)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.facts import Order, Untranslatable
from comptoir.books.money import Money
from comptoir.books.refunds.value import cash_of, value_of
from comptoir.stores.shopify.translate import translate

Record = dict[str, Any]
Build = Callable[..., Order]
Load = Callable[[str], Record]


def cad(text: str) -> Money:
    return Money(Decimal(text), "CAD")


def bag(text: str) -> Record:
    side = {"amount": text, "currencyCode": "CAD"}
    return {"shopMoney": side, "presentmentMoney": side}


def adjusted(sent: Record, *taxes: str, cash: str | None = None, more: bool = False) -> Record:
    """The order of one mug for 50.00 with 2.50 GST and 4.99 QST, shipped for 10.00 with 0.50 GST; `taxes` went back."""
    rates = [("GST", 0.05, "2.5"), ("QST", 0.09975, "4.99")]
    lines = [{"title": t, "rate": r, "channelLiable": False, "priceSet": bag(a)} for t, r, a in rates]
    sent["lineItems"]["nodes"][0]["taxLines"] = lines
    sent["shippingLines"]["nodes"] = [
        {
            "id": "gid://shopify/ShippingLine/9",
            "title": "Post",
            "isRemoved": False,
            "originalPriceSet": bag("10.0"),
            "taxLines": [{"title": "GST", "rate": 0.05, "channelLiable": False, "priceSet": bag("0.5")}],
            "discountAllocations": [],
        }
    ]
    for name in ("totalPriceSet", "currentTotalPriceSet"):
        sent[name] = bag("67.99")
    sent["transactions"][0]["amountSet"] = sent["totalReceivedSet"] = bag("67.99")
    back = sent["refunds"][0]
    paid = cash or str(sum(map(Decimal, taxes), start=Decimal(0)))
    back["totalRefundedSet"] = back["transactions"]["nodes"][0]["amountSet"] = bag(paid)
    back["orderAdjustments"] = {
        "pageInfo": {"hasNextPage": more, "endCursor": None},
        "nodes": [{"amountSet": bag("0.0"), "taxAmountSet": bag(f"-{tax}")} for tax in taxes],
    }
    return sent


def test_all_tax_goes_back(order: Build, record: Load) -> None:
    made = order(adjusted(record("amount_only_refund"), "7.99"))
    (refund,) = made.refunds
    assert [(line.name, line.quantity, line.amount, line.tax) for line in refund.lines] == [
        ("Mug", Decimal(0), cad("0.00"), cad("7.49")),
        ("Post", Decimal(0), cad("0.00"), cad("0.50")),
    ]
    assert value_of(refund, made) == cash_of(refund, "CAD") == cad("7.99")
    assert made.total == cad("67.99")


def test_a_part_of_the_tax_is_spread_over_the_lines(order: Build, record: Load) -> None:
    (refund,) = order(adjusted(record("amount_only_refund"), "1.00", "3.00")).refunds
    assert [line.tax for line in refund.lines] == [cad("3.75"), cad("0.25")]
    (refund,) = order(adjusted(record("amount_only_refund"), "0.01")).refunds
    assert [(line.name, line.tax) for line in refund.lines] == [("Mug", cad("0.01"))]


def test_of_prices_that_include_it_the_tax_is_the_amount(order: Build, record: Load) -> None:
    sent = adjusted(record("amount_only_refund"), "7.99")
    sent["taxesIncluded"] = True
    for name in ("totalPriceSet", "currentTotalPriceSet"):
        sent[name] = bag("60.0")
    made = order(sent)
    (refund,) = made.refunds
    assert [line.amount for line in refund.lines] == [line.tax for line in refund.lines] == [cad("7.49"), cad("0.50")]
    assert value_of(refund, made) == cad("7.99")


@pytest.mark.parametrize("tax", ["-2.00", "0.00"])
def test_tax_that_was_kept_is_no_line(order: Build, record: Load, tax: str) -> None:
    sent = adjusted(record("amount_only_refund"), "5.00")
    sent["refunds"][0]["orderAdjustments"]["nodes"][0]["taxAmountSet"] = bag(tax.removeprefix("-"))
    assert order(sent).refunds[0].lines == ()


def test_tax_beyond_the_cash_is_no_line(order: Build, record: Load) -> None:
    """Two statements that contradict each other: what went out decides."""
    assert order(adjusted(record("amount_only_refund"), "7.99", cash="5.0")).refunds[0].lines == ()


def test_an_order_without_tax_has_none_to_give_back(order: Build, record: Load) -> None:
    sent = record("amount_only_refund")
    sent["refunds"][0]["orderAdjustments"] = {
        "pageInfo": {"hasNextPage": False, "endCursor": None},
        "nodes": [{"amountSet": bag("-2.5"), "taxAmountSet": bag("-2.5")}],
    }
    assert order(sent).refunds[0].lines == ()


def test_adjustments_that_go_on_are_no_order(record: Load) -> None:
    made = translate(adjusted(record("amount_only_refund"), "7.99", more=True), store="shopify:x")  # type: ignore[arg-type]
    assert isinstance(made, Untranslatable)
    assert made.field == "refunds"

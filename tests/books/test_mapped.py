"""What of an order a mapping concerns."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.engine.conftest import NOON, make_order, pounds

from comptoir.books.documents import Kind
from comptoir.books.facts import Order, SourceId, TaxCollector, TaxLine, Tender
from comptoir.books.mapped import Concerned, of_method, of_tax

GST = TaxLine("GST", Decimal("0.05"), pounds("1.00"))
QST = TaxLine("QST", Decimal("0.09975"), pounds("2.00"))
ALL = {(Kind.SALE, "1"), (Kind.REFUND, "r1")}


def taxed(*taxes: TaxLine) -> Order:
    order = make_order(1, refunded="1.00")
    return replace(order, lines=tuple(replace(line, taxes=taxes) for line in order.lines))


@pytest.mark.parametrize(
    ("taxes", "name", "concerned"),
    [
        ((GST,), "gst", ALL),
        ((GST,), "GST 5%", ALL),
        ((GST,), "GST 7%", set()),
        ((GST,), "G*", ALL),
        ((GST,), "QST", set()),
        ((GST, QST), "QST + GST", ALL),
        ((GST, QST), "GST", set()),
        ((replace(GST, collector=TaxCollector.MARKETPLACE),), "GST", set()),
        ((), "GST", set()),
    ],
)
def test_a_tax(taxes: tuple[TaxLine, ...], name: str, concerned: set[Concerned]) -> None:
    assert of_tax(taxed(*taxes), name) == concerned


def test_a_tax_of_what_was_given_in_exchange() -> None:
    order = taxed()
    (refund,) = order.refunds
    given = replace(refund, lines=tuple(replace(line, taxes=(GST,)) for line in refund.lines))
    assert of_tax(replace(order, refunds=(given,)), "GST") == ALL


def test_a_payment_method() -> None:
    order = make_order(1, refunded="1.00")
    cash = Tender(SourceId("t9"), "Cash", "Cash", pounds("1.00"), NOON)
    both = replace(order, tenders=(*order.tenders, cash))
    assert of_method(both, "cash") == {(Kind.PAYMENT, "t9"), (Kind.SALE, "1")}
    assert of_method(both, "card") == {
        (Kind.PAYMENT, "t1"),
        (Kind.SALE, "1"),
        (Kind.REFUND, "r1"),
        (Kind.CASH_BACK, "r1"),
    }
    assert of_method(both, "paypal") == set()

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    NO_VAT,
    STORE,
    codes_in,
    customers_in,
    documents_in,
    items_in,
    make_company,
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_tender,
    pounds,
    problems_in,
    refund_in,
    rules_in,
)

from comptoir.books.documents import Awaited, Kind, LedgerId, PostingKey, RefundDocument
from comptoir.books.facts import LineKind, Order, PaymentStatus, Refund, SourceId
from comptoir.books.refunds import decide_refunds
from comptoir.books.settings import EarlierOrders
from comptoir.books.text import marker

KEY = PostingKey(STORE, Kind.REFUND, SourceId("refund-1"))
KNOWN = make_known(items=[make_item()], customers=[make_customer()])


def refunded(*refunds: Refund, **changes: Any) -> Order:
    return make_order(make_line("113.00"), refunds=refunds, status=PaymentStatus.PARTIALLY_REFUNDED, **changes)


def amounts(document: RefundDocument) -> list[str]:
    return [str(line.amount.amount) for line in document.lines]


def test_a_refund_is_a_refund_receipt() -> None:
    order = refunded(make_refund())
    (decided,) = decide_refunds(order, make_context(known=KNOWN))
    document = refund_in([decided])
    assert decided.key == KEY
    assert (decided.number, decided.dated, decided.total) == ("1001", date(2026, 3, 20), pounds("10.00"))
    assert (document.number, document.dated, document.currency) == ("R-1001", date(2026, 3, 20), "GBP")
    assert (document.refund_account, document.payment_method, document.payment_reference) == ("5", "P1", "re_1")
    assert (document.total, document.tax) == (pounds("10.00"), pounds("0.00"))
    assert document.private_note == f"{STORE} refund of order 1001"
    assert document.marker == marker(KEY, 0)
    assert document.billing == order.billing
    (line,) = document.lines
    assert (line.description, line.quantity, line.unit_price) == ("Blue mug", Decimal(1), pounds("10.00"))
    assert line.tax_code == NO_VAT.id


def test_lists_come_before_the_refund_that_needs_them() -> None:
    decided = decide_refunds(refunded(make_refund()), make_context())
    assert [each.key.kind for each in decided] == [Kind.ITEM, Kind.CUSTOMER, Kind.REFUND]
    document = refund_in(decided)
    assert (document.lines[0].item, document.customer) == (Awaited(decided[0].key), Awaited(decided[1].key))
    assert (len(items_in(decided)), len(customers_in(decided))) == (1, 1)


CASH = [
    pytest.param("113.00", "113.00", ["113.00"], id="C = R: goods alone"),
    pytest.param("56.50", "60.00", ["56.50", "3.50"], id="C > R: a balancing line"),
    pytest.param("56.50", "20.00", ["56.50", "-36.50"], id="C < R on a paid sale: a line for the difference"),
    pytest.param("0.00", "20.00", ["0.00", "20.00"], id="goods of no value: the cash is the difference"),
]


@pytest.mark.parametrize(("value", "cash", "lines"), CASH)
def test_the_receipt_is_the_cash_whatever_was_taken_back(value: str, cash: str, lines: list[str]) -> None:
    """posting.md, section 7: R is the value taken back, C the cash out."""
    order = refunded(make_refund(make_refund_line(value), cash=cash))
    decided = decide_refunds(order, make_context())
    document = refund_in(decided)
    assert amounts(document) == lines
    assert document.total == decided[-1].total == pounds(cash)
    if len(lines) > 1:
        difference = document.lines[-1]
        assert difference.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId("special:refund_difference")))
        assert (difference.quantity, difference.unit_price, difference.tax_code) == (None, None, NO_VAT.id)
        assert difference.description == "Refund difference"


def test_cash_without_goods_is_described_by_the_refunds_note() -> None:
    refund = replace(make_refund(cash="5.00"), lines=(), note="A chipped handle")
    (line,) = refund_in(decide_refunds(refunded(refund), make_context())).lines
    assert (line.amount, line.description) == (pounds("5.00"), "A chipped handle")


def test_a_line_that_takes_nothing_back_is_left_out() -> None:
    nothing = make_refund_line("0.00", quantity=Decimal(0))
    restocked = make_refund_line("0.00", name="")
    document = refund_in(decide_refunds(refunded(make_refund(nothing, restocked, cash="5.00")), make_context()))
    assert amounts(document) == ["0.00", "5.00"]
    assert document.lines[0].description == "MUG-1"


PRICES = [
    pytest.param("10.00", "2", "5.00", Decimal(2), id="a price"),
    pytest.param("10.00", "3", None, Decimal(3), id="no price makes the amount"),
    pytest.param("4.00", "0", None, None, id="no quantity"),
]


@pytest.mark.parametrize(("amount", "quantity", "price", "stated"), PRICES)
def test_quantity_and_price_stand_only_where_they_make_the_amount(
    amount: str, quantity: str, price: str | None, stated: Decimal | None
) -> None:
    refund = make_refund(make_refund_line(amount, quantity=Decimal(quantity)))
    (line,) = refund_in(decide_refunds(refunded(refund), make_context())).lines
    assert line.quantity == stated
    assert line.unit_price == (None if price is None else pounds(price))


def test_shipping_goes_back_to_the_shipping_item() -> None:
    refund = make_refund(make_refund_line("4.00", kind=LineKind.SHIPPING, sku="", name="Royal Mail"))
    (line,) = refund_in(decide_refunds(refunded(refund), make_context())).lines
    assert line.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId("special:shipping")))


def test_a_company_without_tax_codes_gets_none() -> None:
    context = make_context()
    context = replace(context, resolved=replace(context.resolved, untaxed=None))
    document = refund_in(decide_refunds(refunded(make_refund(cash="12.00")), context))
    assert [line.tax_code for line in document.lines] == [None, None]


def test_refunds_are_numbered_in_the_order_of_their_time() -> None:
    refunds = [
        make_refund(source_id=SourceId(f"refund-{place}"), at=LATER + timedelta(days=days))
        for place, days in enumerate((4, 0, 2))
    ]
    decided = decide_refunds(refunded(*refunds), make_context(known=KNOWN))
    assert [each.number for each in documents_in(decided, RefundDocument)] == ["R-1001", "R-1001-2", "R-1001-3"]
    assert [each.key.source_id for each in decided] == ["refund-1", "refund-2", "refund-0"]


def test_refunds_of_one_moment_are_numbered_by_their_id() -> None:
    refunds = [make_refund(source_id=SourceId(name)) for name in ("b", "a")]
    decided = decide_refunds(refunded(*refunds), make_context(known=KNOWN))
    assert [(each.key.source_id, refund_in([each]).number) for each in decided] == [("a", "R-1001"), ("b", "R-1001-2")]


def test_refunds_are_recorded_only_where_the_settings_say_so() -> None:
    context = make_context(make_settings(refunds={"record": False}))
    assert decide_refunds(refunded(make_refund()), context) == ()


def back(amount: str, method: str, source_id: str = "tx-back-2") -> Any:
    return make_tender(amount, method=method, source_id=SourceId(source_id), at=LATER, reference="")


ACCOUNTS = [
    pytest.param((back("10.00", "paypal"),), "", "6", "P2", id="the method's clearing account"),
    pytest.param((back("10.00", "barter"),), "Till", "7", None, id="the refund account for a method without one"),
    pytest.param((back("10.00", "card"),), "Till", "5", "P1", id="the method's before the refund account"),
    pytest.param((back("6.00", "card"), back("4.00", "gift voucher", "x")), "", "5", None, id="two of one account"),
]


@pytest.mark.parametrize(("tenders", "refund_account", "account", "method"), ACCOUNTS)
def test_money_leaves_the_account_that_it_came_to(
    tenders: Any, refund_account: str, account: str, method: str | None
) -> None:
    context = make_context(make_settings(refunds={"account": refund_account}))
    document = refund_in(decide_refunds(refunded(make_refund(tenders=tenders)), context))
    assert (document.refund_account, document.payment_method) == (account, method)
    assert document.payment_reference == "tx-back-2"


def test_a_refund_that_moved_nothing_is_left_out() -> None:
    refund = make_refund(make_refund_line("0.00"), tenders=())
    decided = decide_refunds(refunded(refund), make_context())
    assert rules_in(decided) == [(Kind.REFUND, "nothing-moved")]
    assert "1001" in str(getattr(decided[0].outcome, "why", ""))


def test_a_refund_before_the_start_date_is_left_out() -> None:
    decided = decide_refunds(refunded(make_refund(at=BEFORE_START)), make_context())
    assert rules_in(decided) == [(Kind.REFUND, "before-start")]
    assert "2025-12-31" in str(getattr(decided[0].outcome, "why", ""))


TAXED = make_refund_line("10.00", tax=pounds("2.00"))
OPEN = {"tenders": (make_tender("50.00"),)}
TWO_ACCOUNTS = (back("6.00", "card"), back("4.00", "paypal", "x"))
HELD: list[Any] = [
    pytest.param(make_refund(pending=True), {}, ["refund-pending"], id="pending"),
    pytest.param(make_refund(pending=True, tenders=()), {}, ["refund-pending"], id="pending, no cash yet"),
    pytest.param(make_refund(make_refund_line("0.00"), pending=True, tenders=()), {}, ["refund-pending"],
                 id="pending, of no stated amount"),
    pytest.param(make_refund(tenders=()), {}, ["refund-without-cash"], id="goods without cash"),
    pytest.param(make_refund(), OPEN, ["refund-of-open-invoice"], id="the invoice is open"),
    pytest.param(make_refund(TAXED), {}, ["refund-tax"], id="tax given back"),
    pytest.param(make_refund(tenders=(back("10.00", "barter"),)), {}, ["method-unmapped"], id="no account"),
    pytest.param(make_refund(tenders=TWO_ACCOUNTS), {}, ["refund-several-accounts"], id="two accounts"),
    pytest.param(make_refund(make_refund_line("10.00", sku="")), {}, ["item-unmatched"], id="no item"),
    pytest.param(make_refund(), {"number": "1" * 20}, ["number-too-long"], id="a number too long"),
]  # fmt: skip


@pytest.mark.parametrize(("refund", "changes", "codes"), HELD)
def test_a_refund_that_cannot_be_posted_truly_is_held(
    refund: Refund, changes: dict[str, Any], codes: list[str]
) -> None:
    decided = decide_refunds(refunded(refund, **changes), make_context())
    assert codes_in(decided) == codes
    assert [each.key for each in decided] == [KEY]
    assert {problem.where for problem in problems_in(decided)} == {changes.get("number", "1001")}


def test_an_ambiguous_difference_item_holds_the_refund() -> None:
    items = [make_item("I1", name="Refund difference", sku="A"), make_item("I2", name="Refund difference", sku="B")]
    decided = decide_refunds(refunded(make_refund(cash="12.00")), make_context(known=make_known(items=items)))
    assert codes_in(decided) == ["item-ambiguous"]


def test_a_customer_that_cannot_be_assigned_holds_the_refund() -> None:
    context = make_context(company=make_company(currency="EUR"))
    assert codes_in(decide_refunds(refunded(make_refund()), context)) == ["currency"]


def test_every_problem_of_a_refund_is_reported_once() -> None:
    lines = [make_refund_line("10.00", sku="", tax=pounds("1.00")) for _ in range(2)]
    order = refunded(make_refund(*lines, cash="5.00", tenders=(back("5.00", "barter"),)), **OPEN, number="1" * 20)
    context = make_context(company=make_company(books_closed_until=date(2026, 3, 20)))
    codes = ["refund-of-open-invoice", "refund-tax", "books-closed", "method-unmapped", "item-unmatched"]
    assert codes_in(decide_refunds(order, context)) == [*codes, "number-too-long"]


def test_a_period_closed_before_the_refund_does_not_hold_it() -> None:
    context = make_context(company=make_company(books_closed_until=date(2026, 3, 19)), known=KNOWN)
    assert codes_in(decide_refunds(refunded(make_refund()), context)) == []


@pytest.mark.parametrize(
    ("choice", "codes"),
    [(EarlierOrders.POST, []), (EarlierOrders.HOLD, ["refund-of-earlier-order"])],
    ids=["post", "hold"],
)
def test_a_refund_of_an_order_before_the_start_date(choice: EarlierOrders, codes: list[str]) -> None:
    context = make_context(make_settings(refunds={"of_earlier_orders": choice}))
    decided = decide_refunds(refunded(make_refund(), placed_at=BEFORE_START), context)
    assert codes_in(decided) == codes
    assert len(documents_in(decided, RefundDocument)) == 1 - len(codes)


def test_holding_refunds_of_earlier_orders_holds_no_other() -> None:
    context = make_context(make_settings(refunds={"of_earlier_orders": EarlierOrders.HOLD}))
    assert codes_in(decide_refunds(refunded(make_refund()), context)) == []


def test_tax_inside_the_prices_is_inside_the_value() -> None:
    """The value is 10.00 with tax inside or 12.00 with tax added: cash of 12.00 differs by 2.00 or by nothing."""
    known = make_known(items=[make_item("I1", name="Refund difference", sku="A"),
                              make_item("I2", name="Refund difference", sku="B")])  # fmt: skip
    refund = make_refund(TAXED, cash="12.00")
    inside, added = (
        codes_in(decide_refunds(refunded(refund, prices_include_tax=inside), make_context(known=known)))
        for inside in (True, False)
    )
    assert inside == ["refund-tax", "item-ambiguous"]
    assert added == ["refund-tax"]


def test_a_refund_names_the_customer_that_is_known() -> None:
    document = refund_in(decide_refunds(refunded(make_refund()), make_context(known=KNOWN)))
    assert getattr(document.customer, "id", None) == LedgerId("C1")

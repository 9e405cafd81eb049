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
    STANDARD,
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
    make_shipping,
    make_tax,
    make_tender,
    pounds,
    problems_in,
    refund_in,
    rules_in,
    sale_in,
)

from comptoir.books.company import Account, AccountType, TaxCode, TaxRate, TaxRegime
from comptoir.books.context import Context, Decided, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    ItemType,
    Kind,
    Known,
    LedgerId,
    PostingKey,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    awaited,
)
from comptoir.books.facts import LineKind, Order, PaymentStatus, Refund, Restock, SourceId, Tender
from comptoir.books.refunds import OVER, OpenInvoice, SaleInBooks, decide_refunds
from comptoir.books.refunds.value import settlements
from comptoir.books.settings import EarlierOrders, ItemMatch, MethodSettings
from comptoir.books.text import marker

DIFFERENCE, SHIPPING = "special:refund_difference:refund difference", "special:shipping:shipping"
BROKEN = "special:no_restock:broken goods"
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
        assert difference.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId(DIFFERENCE)))
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
    assert line.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId(SHIPPING)))


@pytest.mark.parametrize(
    ("kind", "restock", "named", "item"),
    [
        pytest.param(LineKind.PRODUCT, Restock.NOT_RETURNED, "Broken goods", BROKEN, id="kept away"),
        pytest.param(LineKind.PRODUCT, Restock.RETURNED, "Broken goods", "mug-1", id="back in stock"),
        pytest.param(LineKind.PRODUCT, Restock.NOT_RETURNED, "", "mug-1", id="no item for it"),
        pytest.param(LineKind.SHIPPING, Restock.NOT_RETURNED, "Broken goods", SHIPPING, id="no goods"),
    ],
)
def test_goods_that_do_not_return_to_stock_have_an_item_of_their_own(
    kind: LineKind, restock: Restock, named: str, item: str
) -> None:
    refund = make_refund(make_refund_line("4.00", kind=kind, restock=restock), cash="4.00")
    settings = make_settings(items={"no_restock": named})
    (line,) = refund_in(decide_refunds(refunded(refund), make_context(settings))).lines
    assert line.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId(item)))


INVENTORY = make_known(items=[make_item(type="Inventory"), make_item("I9", name="Sundries", sku="SUN")])
STOCKS: list[Any] = [
    pytest.param({"restock": Restock.UNSTATED}, {}, {}, "I9", id="nobody says so: no stock moves"),
    pytest.param({"restock": Restock.UNSTATED}, {}, {"restock_unstated": True}, "I1", id="the settings say so"),
    pytest.param({"restock": Restock.NOT_RETURNED}, {}, {"restock_unstated": True}, "I9", id="the store says no"),
    pytest.param({"restock": Restock.NOT_RETURNED, "sku": ""}, {}, {}, "I9", id="goods without an item"),
    pytest.param({"restock": Restock.RETURNED}, {}, {}, "I1", id="back in stock"),
    pytest.param({"restock": Restock.NEVER_LEFT}, {}, {}, "I1", id="never left"),
    pytest.param({"restock": Restock.UNSTATED, "quantity": Decimal(-1)}, {}, {}, "I1", id="given out in exchange"),
    pytest.param({"restock": Restock.NOT_RETURNED, "sku": "SUN"}, {}, {}, "I9", id="an item without stock"),
    pytest.param({"restock": Restock.NOT_RETURNED, "sku": "NEW"}, {"create_as": ItemType.INVENTORY, "cogs_account":
                 "Cost of sales", "asset_account": "PayPal clearing"}, {}, "I9", id="an item that would keep stock"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "items", "refunds", "item"), STOCKS)
def test_posting_7_stock_returns_only_where_the_store_or_the_settings_say_so(
    line: dict[str, Any], items: dict[str, Any], refunds: dict[str, Any], item: str
) -> None:
    settings = make_settings(items={"default_product": "Sundries", **items}, refunds=refunds)
    refund = make_refund(make_refund_line("4.00", **line), cash="4.00")
    (found, *_) = refund_in(decide_refunds(refunded(refund), make_context(settings, known=INVENTORY))).lines
    assert isinstance(found.item, Known)
    assert found.item.id == item


def test_stock_that_nothing_may_move_holds_the_refund() -> None:
    refund = make_refund(make_refund_line("4.00", restock=Restock.NOT_RETURNED))
    (problem,) = problems_in(decide_refunds(refunded(refund), make_context(known=INVENTORY)))
    assert problem.code == "no-restock"
    assert "items.no_restock" in str(problem.remedy)
    matching = make_settings(items={"match": ItemMatch.NAME})
    assert codes_in(decide_refunds(refunded(refund), make_context(matching, known=INVENTORY))) == []


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
    pytest.param(make_refund(TAXED), {}, ["refund-tax"], id="tax given back that was never charged"),
    pytest.param(make_refund(make_refund_line("120.00"), tenders=()), {}, ["refund-over"], id="over the sale, no cash"),
    pytest.param(make_refund(tenders=()), {"tenders": ()}, ["refund-without-account"], id="no account to name"),
    pytest.param(make_refund(tenders=(back("10.00", "barter"),)), {}, ["method-unmapped"], id="no account"),
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
    codes = ["books-closed", "item-unmatched", "refund-tax", "method-unmapped", "number-too-long"]
    assert sorted(codes_in(decide_refunds(order, context))) == sorted(codes)


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


@pytest.mark.parametrize(("inside", "lines"), [(True, ["10.00", "2.00"]), (False, ["10.00"])], ids=["in", "added"])
def test_tax_inside_the_prices_is_inside_the_value(*, inside: bool, lines: list[str]) -> None:
    """The value is 10.00 with 1.67 of tax inside, or 12.00 with 2.00 added: cash is 12.00."""
    tax = "1.67" if inside else "2.00"
    order = make_order(
        make_line("10.00", taxes=(make_tax(tax),)),
        prices_include_tax=inside,
        refunds=(make_refund(make_refund_line("10.00", tax=pounds(tax)), cash="12.00"),),
        tenders=(make_tender("12.00"),),
    )
    document = refund_in(decide_refunds(order, make_context()))
    assert document.total == pounds("12.00")
    assert document.tax == pounds(tax)
    assert (amounts(document) == lines) or document.prices_include_tax is inside
    assert document.lines[0].tax_code == STANDARD.id


def test_a_refund_names_the_customer_that_is_known() -> None:
    document = refund_in(decide_refunds(refunded(make_refund()), make_context(known=KNOWN)))
    assert getattr(document.customer, "id", None) == LedgerId("C1")


SALE = PostingKey(STORE, Kind.SALE, SourceId("order-1"))
JOINT = [Kind.REFUND, Kind.CASH_BACK, Kind.APPLICATION]


def settled(refund: Refund, *, paid: str, total: str = "113.00", **choices: Any) -> list[Decided]:
    """The refund's documents beside an invoice of `total` of which `paid` is paid."""
    order = make_order(make_line(total), refunds=(refund,), tenders=(make_tender(paid),) if paid != "0" else ())
    balance = pounds(total) - pounds(paid)
    sale = SaleInBooks(SALE, (OpenInvoice(SALE, balance),) if balance > pounds("0") else ())
    return list(decide_refunds(order, make_context(known=KNOWN, **choices), sale))


def goods(value: str, cash: str | None = None, **changes: Any) -> Refund:
    changes |= {"tenders": ()} if cash is None else {}
    return make_refund(make_refund_line(value), cash=cash, **changes)


def test_part_of_the_value_in_cash_on_an_open_invoice() -> None:
    """posting.md, section 7: total 113, paid 50, R 56.50, C 20: open 26.50."""
    decided = settled(goods("56.50", "20.00"), paid="50.00")
    assert [each.key.kind for each in decided] == JOINT
    memo, back, joint = (each.outcome for each in decided)
    assert isinstance(memo, RefundDocument)
    assert isinstance(back, CashBackDocument)
    assert isinstance(joint, ApplicationDocument)
    assert (memo.form, memo.refund_account, memo.total) == (RefundForm.CREDIT_MEMO, None, pounds("56.50"))
    assert amounts(memo) == ["56.50"]
    assert (back.account, back.receivable_account, back.total) == ("5", "10", pounds("20.00"))
    assert (memo.number, back.number, joint.number) == ("R-1001", "R-1001", "R-1001")
    assert (joint.amount, joint.applied, joint.total) == (pounds("56.50"), pounds("36.50"), pounds("0"))
    assert pounds("113.00") - pounds("50.00") - joint.applied == pounds("26.50")
    assert awaited(joint) == {SALE, decided[0].key, decided[1].key}
    assert [each.total for each in decided] == [pounds("56.50"), pounds("20.00"), pounds("0.00")]
    assert {each.after for each in decided} == {SALE}
    assert len({memo.marker, back.marker, joint.marker}) == 3


def test_no_cash_on_an_open_invoice_is_a_credit_memo_and_its_application() -> None:
    decided = settled(goods("56.50"), paid="0")
    assert [each.key.kind for each in decided] == [Kind.REFUND, Kind.APPLICATION]
    joint = decided[1].outcome
    assert isinstance(joint, ApplicationDocument)
    assert (joint.applied, joint.cash_backs, decided[0].total) == (pounds("56.50"), (), pounds("56.50"))


FORMS = [
    pytest.param("56.50", "56.50", "50.00", [("receipt", "56.50", ["56.50"])], id="C = R on an open invoice"),
    pytest.param("56.50", "60.00", "50.00", [("receipt", "60.00", ["56.50", "3.50"])], id="C > R"),
    pytest.param("56.50", "20.00", "113.00", [("receipt", "20.00", ["56.50", "-36.50"])], id="no open invoice, C < R"),
    pytest.param("56.50", None, "113.00", [("receipt", "0.00", ["56.50", "-56.50"])], id="no open invoice, no cash"),
    pytest.param("113.00", "40.00", "50.00", [("credit_memo", "103.00", ["113.00", "-10.00"])], id="10.00 kept back"),
    pytest.param("113.00", None, "50.00", [("credit_memo", "63.00", ["113.00", "-50.00"])], id="open less than R"),
]


@pytest.mark.parametrize(("value", "cash", "paid", "expected"), FORMS)
def test_the_form_of_a_refund(value: str, cash: str | None, paid: str, expected: list[Any]) -> None:
    documents = documents_in(settled(goods(value, cash), paid=paid), RefundDocument)
    assert [(each.form.value, str(each.total.amount), amounts(each)) for each in documents] == expected


def test_tenders_of_two_accounts_are_two_receipts() -> None:
    refund = make_refund(make_refund_line("10.00"), tenders=TWO_ACCOUNTS)
    later = make_refund(source_id=SourceId("refund-2"), at=LATER + timedelta(days=1))
    decided = decide_refunds(refunded(refund, later), make_context(known=KNOWN))
    first, second, third = documents_in(decided, RefundDocument)
    assert [str(each.key) for each in decided[1:3]] == [f"{STORE}/refund/refund-1", f"{STORE}/refund:2/refund-1"]
    assert (amounts(first), first.refund_account, first.total) == (["10.00", "-4.00"], "5", pounds("6.00"))
    assert (amounts(second), second.refund_account, second.total) == (["4.00"], "6", pounds("4.00"))
    assert [each.number for each in (first, second, third)] == ["R-1001", "R-1001-2", "R-1001-3"]
    assert first.marker != second.marker


def test_cash_of_two_banks_on_an_open_invoice_is_two_cash_backs() -> None:
    methods = {"card": MethodSettings("Card clearing"), "cash": MethodSettings("Till")}
    refund = goods("56.50", "20.00", tenders=(back("15.00", "card"), back("5.00", "cash", "x")))
    decided = settled(refund, paid="50.00", settings=make_settings(payments={"methods": methods}))
    backs = documents_in(decided, CashBackDocument)
    assert [(each.number, each.amount) for each in backs] == [("R-1001", pounds("15.00")), ("R-1001-2", pounds("5.00"))]
    (joint,) = documents_in(decided, ApplicationDocument)
    assert joint.applied == pounds("36.50")
    assert {each.after for each in decided} == {SALE}


def test_a_cash_back_leaves_a_bank_account_alone() -> None:
    refund = goods("56.50", "20.00", tenders=(back("20.00", "paypal"),))
    assert codes_in(settled(refund, paid="50.00")) == ["cash-back-account"]


def test_a_credit_needs_the_receivable_account() -> None:
    company = make_company()
    company = replace(company, accounts=tuple(each for each in company.accounts if each.id != "10"))
    assert codes_in(settled(goods("56.50", "20.00"), paid="50.00", company=company)) == ["no-receivable-account"]


def test_an_ambiguous_difference_item_holds_a_credit() -> None:
    items = [make_item("I1", name="Refund difference", sku="A"), make_item("I2", name="Refund difference", sku="B")]
    order = make_order(make_line("113.00"), refunds=(goods("113.00"),), tenders=(make_tender("50.00"),))
    sale = SaleInBooks(SALE, (OpenInvoice(SALE, pounds("63.00")),))
    assert codes_in(decide_refunds(order, make_context(known=make_known(items=items)), sale)) == ["item-ambiguous"]


def swap(value: str, cash: str | None = None) -> Refund:
    """A mug of 10.00 back, and something of `value` out for it."""
    out = make_refund_line(f"-{value}", quantity=Decimal(-1), name="Large mug", line_id=SourceId("line-2"))
    return make_refund(make_refund_line("10.00"), out, **({"tenders": ()} if cash is None else {"cash": cash}))


def test_an_exchange_for_less_is_one_refund_receipt() -> None:
    document = refund_in(settled(swap("6.00", "4.00"), paid="113.00"))
    assert (amounts(document), document.total) == (["10.00", "-6.00"], pounds("4.00"))
    assert [line.quantity for line in document.lines] == [Decimal(1), Decimal(-1)]


def test_goods_of_an_exchange_bring_their_own_taxes() -> None:
    line = make_line("113.00", taxes=(make_tax("22.60"),))
    back = make_refund_line("10.00", tax=pounds("2.00"))
    out = make_refund_line(
        "-6.00", quantity=Decimal(-1), line_id=SourceId("line-2"), tax=pounds("-1.20"), taxes=(make_tax("1.20"),)
    )
    refund = make_refund(back, out, cash="4.80")
    document = refund_in(decide_refunds(make_order(line, refunds=(refund,)), make_context(known=KNOWN)))
    assert (document.total, document.tax) == (pounds("4.80"), pounds("0.80"))
    assert len({line.tax_code for line in document.lines}) == 1


def test_an_exchange_for_as_much_is_a_receipt_of_nothing() -> None:
    document = refund_in(settled(swap("10.00"), paid="113.00"))
    assert (amounts(document), document.total) == (["10.00", "-10.00"], pounds("0.00"))


def test_an_exchange_for_more_is_one_sale() -> None:
    extra = make_tender("5.00", source_id=SourceId("tx-9"))
    order = refunded(swap("15.00"))
    sale = SaleInBooks(SALE, (), {SourceId("refund-1"): (extra,)})
    (decided,) = decide_refunds(order, make_context(known=KNOWN), sale)
    document = decided.outcome
    assert isinstance(document, SaleDocument)
    assert (str(decided.key), decided.total, decided.after) == (f"{STORE}/sale:exchange/refund-1", pounds("5.00"), SALE)
    assert (document.form, document.number, document.deposit_account) == (SaleForm.RECEIPT, "R-1001", "5")
    assert [str(line.amount.amount) for line in document.lines] == ["-10.00", "15.00"]
    assert document.total == pounds("5.00")
    (unpaid,) = decide_refunds(order, make_context(known=KNOWN), SaleInBooks(SALE))
    assert isinstance(unpaid.outcome, SaleDocument)
    assert unpaid.outcome.form is SaleForm.INVOICE


def test_more_given_back_than_paid_is_posted_with_a_warning() -> None:
    decided = settled(goods("10.00", "120.00"), paid="113.00")[-1]
    assert refund_in([decided]).total == pounds("120.00")
    assert [str(note) for note in decided.notes] == [
        "With this refund more went back on order 1001 than was paid or sold."
    ]
    (fine,) = settled(goods("10.00", "10.00"), paid="113.00")
    assert fine.notes == ()


def test_goods_of_an_earlier_order_without_cash_are_left_out() -> None:
    decided = decide_refunds(refunded(make_refund(tenders=()), placed_at=BEFORE_START), make_context())
    assert rules_in(decided) == [(Kind.REFUND, "credit-before-start")]


def test_two_refunds_share_what_is_open() -> None:
    one, two = goods("30.00"), goods("30.00", source_id=SourceId("refund-2"))
    order = make_order(make_line("113.00"), refunds=(one, two), tenders=(make_tender("70.00"),))
    found = settlements(order, pounds("43.00"))
    assert [each.applied for each in found.values()] == [pounds("30.00"), pounds("13.00")]
    assert [each.total - each.value for each in found.values()] == [pounds("0.00"), pounds("-17.00")]


@pytest.mark.parametrize(
    ("cash", "last"),
    [
        pytest.param("1100.00", [("Tax rounding", "4.00")], id="all of it"),
        pytest.param("1090.00", [("Tax rounding", "4.00"), ("Refund difference", "-10.00")], id="ten less"),
    ],
)
def test_a_refund_of_a_thousand_lines_has_the_rounding_that_the_sale_had(cash: str, last: list[Any]) -> None:
    """Tax of 0.10 on each line of 1.00 is 100.00; on all of them together the ledger makes 96.00."""
    taxes = (make_tax("0.10", "Reduced", "0.096"),)
    lines = [make_line("1.00", source_id=SourceId(str(at)), taxes=taxes) for at in range(1000)]
    back = (make_refund_line("1.00", line_id=line.source_id, tax=pounds("0.10")) for line in lines)
    refund = make_refund(*back, cash=cash)
    rate = TaxRate(LedgerId("R9"), "Nine", Decimal("0.096"))
    company = make_company()
    company = replace(company, tax_codes=(*company.tax_codes, TaxCode(LedgerId("T9"), "Nine", (rate,))))
    order = make_order(*lines, tenders=(make_tender("1100.00"),), refunds=(refund,))
    settings = make_settings(taxes={"codes": {"Reduced": "Nine"}})
    document = refund_in(decide_refunds(order, make_context(settings, company, known=KNOWN)))
    assert (document.total, document.tax) == (pounds(cash), pounds("96.00"))
    goods, *rest = document.lines
    assert (goods.quantity, goods.amount, goods.unit_price) == (Decimal(1000), pounds("1000.00"), pounds("1.00"))
    assert [(line.description, str(line.amount.amount)) for line in rest] == last
    away = make_known(items=[make_item(), make_item("I2", name="Rounding", sku="", active=False)])
    assert codes_in(decide_refunds(order, make_context(settings, company, known=away))) == ["named-item-inactive"]


def test_only_what_is_due_back_takes_the_tax_of_its_line() -> None:
    """Two taxes of one line share what goes back in their own proportion."""
    line = make_line("100.00", taxes=(make_tax("5.00", "GST", "0.05"), make_tax("8.00", "PST", "0.08")))
    settings = make_settings(taxes={"codes": {"GST + PST": "GST + PST"}})
    refund = make_refund(make_refund_line("50.00", tax=pounds("6.50")))
    document = refund_in(decide_refunds(make_order(line, refunds=(refund,)), make_context(settings)))
    assert (document.total, document.tax, document.lines[0].tax_code) == (pounds("56.50"), pounds("6.50"), "T13")


def test_a_cent_of_tax_on_a_piece_of_a_line_without_any_goes_by_the_rates() -> None:
    """Of three tenths of a cent the store tells nothing on the line, and may tell a cent on a refund of it."""
    line = make_line("0.06", taxes=(make_tax("0.00", "GST", "0.05"), make_tax("0.00", "PST", "0.08")))
    settings = make_settings(taxes={"codes": {"GST + PST": "GST + PST"}})
    refund = make_refund(make_refund_line("0.06", tax=pounds("0.01")))
    document = refund_in(decide_refunds(make_order(line, refunds=(refund,)), make_context(settings)))
    assert (document.total, document.tax) == (pounds("0.07"), pounds("0.01"))


ALONE = [
    pytest.param(False, "100.00", "20.00", ["100.00", "-100.00"], id="all of it"),
    pytest.param(False, "100.00", "5.00", ["25.00", "-25.00"], id="a quarter of it"),
    pytest.param(True, "120.00", "20.00", ["120.00", "-100.00"], id="out of prices that include it"),
]


@pytest.mark.parametrize(("inside", "price", "back", "lines"), ALONE)
def test_tax_alone_goes_back_without_goods(inside: bool, price: str, back: str, lines: list[str]) -> None:
    """The ledger reckons tax on an amount: 100.00 with VAT and -100.00 without are 20.00 of tax and nothing else."""
    alone = make_refund_line(back if inside else "0.00", tax=pounds(back), quantity=Decimal(0))
    order = make_order(
        make_line(price, taxes=(make_tax("20.00"),)),
        prices_include_tax=inside,
        refunds=(make_refund(alone, cash=back),),
        tenders=(make_tender("120.00"),),
    )
    document = refund_in(decide_refunds(order, make_context()))
    assert (document.total, document.tax) == (pounds(back), pounds(back))
    assert amounts(document) == lines or not document.prices_include_tax
    taxed, untaxed = document.lines
    assert (taxed.tax_code, untaxed.tax_code) == (STANDARD.id, NO_VAT.id)
    assert taxed.item == untaxed.item == Awaited(PostingKey(STORE, Kind.ITEM, SourceId(DIFFERENCE)))
    assert {line.quantity for line in document.lines} == {None}


def test_tax_alone_of_goods_is_not_that_of_a_charge_with_their_number() -> None:
    """Stores number each kind of line by itself."""
    alone = make_refund_line("0.00", tax=pounds("20.00"), quantity=Decimal(0))
    goods, post = make_line("100.00", taxes=(make_tax("20.00"),)), make_shipping("5.00", source_id=SourceId("line-1"))
    order = make_order(goods, post, refunds=(make_refund(alone, cash="20.00"),))
    assert amounts(refund_in(decide_refunds(order, make_context()))) == ["100.00", "-100.00"]


def test_tax_alone_on_an_item_that_is_missing_is_held() -> None:
    items = [make_item("I1", name="Refund difference", sku="A"), make_item("I2", name="Refund difference", sku="B")]
    alone = make_refund_line("0.00", tax=pounds("20.00"), quantity=Decimal(0))
    order = make_order(make_line("100.00", taxes=(make_tax("20.00"),)), refunds=(make_refund(alone, cash="20.00"),))
    assert codes_in(decide_refunds(order, make_context(known=make_known(items=items)))) == ["item-ambiguous"]


def test_an_exchange_that_cannot_be_written_is_held() -> None:
    items = [make_item("I1", name="Refund difference", sku="A"), make_item("I2", name="Refund difference", sku="B")]
    context = make_context(company=make_company(tax_regime=TaxRegime.NONE), known=make_known(items=items))
    context = replace(context, resolved=replace(context.resolved, untaxed=None, codes={}))
    line = make_line("113.00", taxes=(make_tax("22.60"),))
    out = make_refund_line("-15.00", quantity=Decimal(-1), tax=pounds("-3.00"))
    order = make_order(line, refunds=(make_refund(out, tenders=()),))
    (decided,) = decide_refunds(order, context, SaleInBooks(SALE))
    assert (decided.key.kind, codes_in([decided])) == (Kind.SALE, ["tax-off"])


def test_an_exchange_paid_into_two_accounts_is_an_invoice_with_its_payments() -> None:
    tenders = (back("3.00", "card", "a"), back("2.00", "paypal", "b"))
    sale = SaleInBooks(SALE, (), {SourceId("refund-1"): tenders})
    decided = decide_refunds(refunded(swap("15.00")), make_context(known=KNOWN), sale)
    assert [each.key.kind for each in decided] == [Kind.SALE, Kind.PAYMENT, Kind.PAYMENT]
    document = decided[0].outcome
    assert isinstance(document, SaleDocument)
    assert (document.form, document.deposit_account) == (SaleForm.INVOICE, None)


def owing(**settings: Any) -> Context:
    """A company with items for what it owes to buyers."""
    owed = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
    items = {"gift_card": "Gift card", "gift_card_account": "Owed", "store_credit": "Store credit",
             "store_credit_account": "Owed"}  # fmt: skip
    company = make_company(accounts=(*make_company().accounts, owed))
    return make_context(make_settings(items=items, **settings), company, known=KNOWN)


def given(amount: str, method: str = "gift_card") -> Tender:
    return make_tender(amount, method=method, method_name=method, source_id=SourceId(f"given-{method}"), at=LATER)


def refunded_by(*tenders: Tender, value: str = "113.00") -> Order:
    """An order of 113.00 that was paid by card, and a refund of goods of `value`."""
    refund = replace(make_refund(make_refund_line(value)), tenders=tenders)
    return make_order(make_line("113.00"), refunds=(refund,))


GIVEN: list[Any] = [
    pytest.param([given("40.00"), make_tender("73.00", at=LATER)], "113.00", "73.00",
                 ["113.00", "-40.00"], id="in part to a gift card"),
    pytest.param([given("113.00", "shopify_store_credit")], "113.00", "0.00",
                 ["113.00", "-113.00"], id="wholly as store credit"),
    pytest.param([given("40.00"), given("23.00", "shopify_store_credit"), make_tender("50.00", at=LATER)], "113.00",
                 "50.00", ["113.00", "-40.00", "-23.00"], id="of both and money"),
    pytest.param([given("50.00")], "40.00", "0.00", ["40.00", "-50.00", "10.00"], id="more than was taken back"),
    pytest.param([given("50.00")], "0.00", "0.00", ["0.00", "-50.00", "50.00"], id="for nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("tenders", "value", "cash", "lines"), GIVEN)
def test_posting_6_a_refund_to_a_gift_card_or_store_credit_is_a_negative_line(
    tenders: list[Tender], value: str, cash: str, lines: list[str]
) -> None:
    decided = decide_order(refunded_by(*tenders, value=value), owing())
    assert codes_in(decided) == []
    refund = refund_in(decided)
    assert (refund.form, refund.total) == (RefundForm.RECEIPT, pounds(cash))
    assert sorted(str(line.amount.amount) for line in refund.lines) == sorted(lines)
    assert {line.tax_code for line in refund.lines if line.amount < pounds("0")} == {"T0"}


def test_a_credit_given_on_an_open_invoice_leaves_the_rest_to_it() -> None:
    """R 100, 30 of it as store credit, nothing paid: 70 comes off the invoice."""
    order = replace(refunded_by(given("30.00"), value="100.00"), tenders=())
    decided = decide_order(order, owing(orders={"form": SaleForm.INVOICE}))
    memo = refund_in(decided)
    (joint,) = documents_in(decided, ApplicationDocument)
    assert (memo.form, memo.total, joint.applied) == (RefundForm.CREDIT_MEMO, pounds("70.00"), pounds("70.00"))


def test_a_credit_given_without_an_item_for_it_holds_the_refund() -> None:
    decided = decide_order(refunded_by(given("40.00"), make_tender("73.00", at=LATER)), make_context(known=KNOWN))
    assert codes_in(decided, Kind.REFUND) == ["gift-card"]


def test_a_credit_given_for_an_earlier_order_is_posted_for_the_shop_owes_it() -> None:
    order = replace(refunded_by(given("113.00")), placed_at=BEFORE_START)
    assert refund_in(decide_order(order, owing())).total == pounds("0.00")


def test_more_credit_given_than_was_sold_is_posted_with_a_warning() -> None:
    decided = decide_order(refunded_by(given("150.00")), owing())
    (refund,) = [each for each in decided if isinstance(each.outcome, RefundDocument)]
    assert [note.template for note in refund.notes] == [OVER]


def test_goods_that_come_back_without_money_after_too_much_credit_was_given_are_posted() -> None:
    """That more was given than paid is the earlier refund's warning; no less than was sold came back."""
    later = make_refund(make_refund_line("20.00"), tenders=(), source_id=SourceId("refund-2"), at=LATER.replace(day=25))
    order = replace(refunded_by(given("150.00"), value="50.00"), tenders=(make_tender("113.00"),))
    order = replace(order, refunds=(*order.refunds, later))
    assert codes_in(decide_order(order, owing())) == []


def test_shipping_and_goods_of_one_number_are_not_taken_for_each_other() -> None:
    """Stores number each kind of line by itself; the tax that goes back is that of the line itself."""
    goods = make_line("10.00", source_id=SourceId("1"))
    post = make_shipping("5.00", source_id=SourceId("1"), taxes=(make_tax("1.00"),))
    back = make_refund_line("5.00", line_id=SourceId("1"), kind=LineKind.SHIPPING, tax=pounds("1.00"))
    order = make_order(goods, post, total=pounds("16.00"), refunds=(make_refund(back, cash="6.00"),))
    decided = decide_refunds(order, make_context())
    assert codes_in(decided) == []
    assert (refund_in(decided).tax, refund_in(decided).total) == (pounds("1.00"), pounds("6.00"))


def test_a_refund_that_is_a_receipt_in_the_books_stays_one() -> None:
    """Later the order owes again: taken as a credit now, its money would go out a second time."""
    refund = make_refund(make_refund_line("10.00"), cash="4.00")
    paid = make_order(make_line("10.00"), tenders=(make_tender("10.00"),), refunds=(refund,))
    raised = replace(paid, lines=(make_line("25.00"),), total=pounds("25.00"), tenders=())
    before = make_context(known=make_known(items=[make_item()], customers=[make_customer()]))
    fresh = decide_order(raised, before)
    receipt = refund_in(decide_order(paid, before))
    assert Kind.CASH_BACK in {each.key.kind for each in fresh}, "an open invoice takes it as a credit"
    after = replace(before, refunded={refund.source_id: receipt})
    kinds = {each.key.kind for each in decide_order(raised, after)}
    assert not kinds & {Kind.CASH_BACK, Kind.APPLICATION}


def exchanged(out: str) -> Order:
    """A mug of 10.00 came back, and goods of `out` were given for it."""
    given = make_refund_line(f"-{out}", quantity=Decimal(-1), line_id=SourceId("line-2"))
    refund = make_refund(make_refund_line("10.00"), given, tenders=())
    return make_order(make_line("10.00"), tenders=(make_tender("10.00"),), refunds=(refund,))


def exchange_in(order: Order) -> RefundDocument | SaleDocument:
    """What the order's exchange is in the books."""
    decided = decide_order(order, EMPTY)
    forms: list[RefundDocument | SaleDocument] = [
        *documents_in(decided, RefundDocument),
        *documents_in(decided, SaleDocument),
    ]
    return next(each for each in forms if each.number == "R-1001")


EMPTY = make_context(known=KNOWN)


@pytest.mark.parametrize(("was", "out"), [("25.00", "5.00"), ("5.00", "25.00")], ids=["sale", "refund"])
def test_a_refund_that_became_something_else_is_held(was: str, out: str) -> None:
    """An exchange for more, posted as a sale, is a refund now; or the other way round."""
    order = exchanged(out)
    assert codes_in(decide_order(order, EMPTY)) == []
    context = replace(EMPTY, refunded={order.refunds[0].source_id: exchange_in(exchanged(was))})
    assert codes_in(decide_order(order, context)) == ["refund-turned"]


@pytest.mark.parametrize(("was", "now"), [("25.00", "30.00"), ("5.00", "4.00")], ids=["sale", "refund"])
def test_a_refund_whose_value_changed_after_it_was_posted_is_held_and_what_is_in_the_books_stays(
    was: str, now: str
) -> None:
    """An edit took pieces off the goods that were given out: the documents of the exchange are never written over."""
    order = exchanged(now)
    posted = {order.refunds[0].source_id: exchange_in(exchanged(was))}
    context = replace(EMPTY, refunded=posted)
    decided = decide_order(order, context)
    (changed,) = [each for each in decided if isinstance(each.outcome, tuple)]
    assert (changed.key.part, codes_in([changed])) == ("changed", ["refund-changed"])
    assert codes_in(decide_order(exchanged(was), context)) == []


def test_an_edit_waits_while_a_refund_in_the_books_is_told_otherwise() -> None:
    """What the edit comes to cannot be told from what the refund does."""
    order = replace(exchanged("4.00"), total=pounds("7.00"), lines=(make_line("7.00"),))
    sale = sale_in(decide_order(exchanged("5.00"), EMPTY))
    part = PostedPart(PostingKey(STORE, Kind.SALE, order.source_id), pounds("10.00"), sale)
    posted = {order.refunds[0].source_id: exchange_in(exchanged("5.00"))}
    context = replace(EMPTY, posted_form=sale.form, posted=(part,), refunded=posted)
    assert codes_in(decide_order(order, context)) == ["refund-changed"]
    assert codes_in(decide_order(order, replace(context, refunded={}))) == ["edit-unsettled"]

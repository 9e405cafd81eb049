"""Which day a document bears (posting.md, section 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    codes_in,
    documents_in,
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
    make_tax,
    make_tender,
    payments_in,
    pounds,
    problems_in,
    refund_in,
    rules_in,
    sale_in,
)

from comptoir.books.context import Context, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import ApplicationDocument, Kind, SaleDocument, SaleForm
from comptoir.books.facts import Order, PaymentStatus, SourceId, TaxCollector
from comptoir.books.periods import book_date
from comptoir.books.settings import ClosedPeriods, DatedBy

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
CLOSED = {"books_closed_until": date(2026, 3, 15)}
FILED = {"tax_filed_until": date(2026, 3, 15)}
INVOICES = {"orders": {"form": SaleForm.INVOICE}}


def moving(company: dict[str, Any], **settings: Any) -> Context:
    choices = make_settings(closed_periods=ClosedPeriods.FIRST_OPEN_DAY, **settings)
    return make_context(choices, make_company(**company), known=KNOWN)


@pytest.mark.parametrize(("company", "code"), [(CLOSED, "books-closed"), (FILED, "tax-filed")])
def test_posting_5_a_document_of_a_period_that_is_done_is_held(company: dict[str, Any], code: str) -> None:
    order = make_order(refunds=(make_refund(at=LATER.replace(day=15)),))
    context = make_context(company=make_company(**company), known=KNOWN)
    decided = decide_order(order, context)
    assert codes_in(decided) == [code, "order-held"]
    problem = problems_in(decided, Kind.SALE)[0]
    assert problem.cause == f"{'closed' if code == 'books-closed' else 'filed'}:2026-03-15"
    assert "2026-03-10" in str(problem.what)
    assert "2026-03-15" in str(problem.what)
    assert "2026-03-16" in str(problem.remedy)
    assert 'closed_periods to "first_open_day"' in str(problem.remedy)
    after = replace(order, placed_at=LATER, tenders=(make_tender(at=LATER),), refunds=())
    assert codes_in(decide_order(after, context)) == []


@pytest.mark.parametrize("company", [CLOSED, FILED, {**CLOSED, "tax_filed_until": date(2026, 1, 31)}])
def test_posting_5_by_setting_it_is_dated_by_the_first_open_day_with_its_own_date_in_the_note(
    company: dict[str, Any],
) -> None:
    early = LATER.replace(day=14)
    order = make_order(refunds=(make_refund(at=early), make_refund(at=LATER, source_id=SourceId("refund-2"))))
    decided = decide_order(order, moving(company, **INVOICES))
    assert codes_in(decided) == []
    sale, (payment,) = sale_in(decided), payments_in(decided)
    moved, own = [each for each in decided if each.key.kind is Kind.REFUND]
    assert (sale.dated, payment.dated) == (date(2026, 3, 16), date(2026, 3, 16))
    assert sale.private_note.endswith("order 1001; its own date is 2026-03-10")
    assert payment.private_note.endswith("Card payment; its own date is 2026-03-10")
    assert sale.due_on == date(2026, 3, 16)
    assert (refund_in([moved]).dated, moved.dated) == (date(2026, 3, 16), date(2026, 3, 16))
    assert refund_in([moved]).private_note.endswith("; its own date is 2026-03-14")
    assert (refund_in([own]).dated, own.dated) == (date(2026, 3, 20), date(2026, 3, 20))
    assert "own date" not in refund_in([own]).private_note


def test_the_first_open_day_is_after_what_is_closed_and_what_is_filed() -> None:
    context = moving({**CLOSED, "tax_filed_until": date(2026, 3, 31)})
    assert book_date(LATER, context) == date(2026, 4, 1)
    assert book_date(LATER, moving({})) == date(2026, 3, 20)


def test_an_exchange_in_a_closed_period_is_moved_like_any_sale() -> None:
    out = make_refund_line("-15.00", line_id=SourceId("line-2"))
    swap = make_refund(make_refund_line("10.00"), out, tenders=(), at=LATER.replace(day=12))
    more = make_tender("5.00", source_id=SourceId("x"), at=LATER)
    order = make_order(make_line("10.00"), refunds=(swap,), tenders=(make_tender("10.00"), more))
    _, exchange = documents_in(decide_order(order, moving(CLOSED)), SaleDocument)
    assert (exchange.dated, exchange.private_note[-28:]) == (date(2026, 3, 16), "; its own date is 2026-03-12")


def test_a_gift_card_used_in_a_closed_period_is_moved_with_what_joins_it() -> None:
    from comptoir.books.company import Account, AccountType
    from comptoir.books.documents import LedgerId

    owed = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
    company = {**CLOSED, "accounts": (*make_company().accounts, owed)}
    context = moving(company, items={"gift_card": "Gift card", "gift_card_account": "Owed"}, **INVOICES)
    sale = next(e for e in decide_order(make_order(tenders=()), context) if isinstance(e.outcome, SaleDocument))
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, pounds("10.00"), sale.outcome)
    later = replace(context, posted=(part,), posted_form=SaleForm.INVOICE, redeemed=frozenset())
    order = make_order(tenders=(make_tender(method="gift_card"),))
    decided = decide_order(order, later)
    (joint,) = documents_in(decided, ApplicationDocument)
    assert (refund_in(decided).dated, joint.dated) == (date(2026, 3, 16), date(2026, 3, 16))
    assert joint.private_note.endswith("; its own date is 2026-03-10")


def test_a_sale_in_the_books_keeps_its_date() -> None:
    context = moving(CLOSED)
    sale = next(e for e in decide_order(make_order(), context) if isinstance(e.outcome, SaleDocument))
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, pounds("10.00"), sale.outcome)
    later = make_context(company=make_company(**CLOSED), known=KNOWN, posted=(part,), posted_form=SaleForm.RECEIPT,
                         redeemed=frozenset())  # fmt: skip
    assert sale_in(decide_order(make_order(), later)).dated == date(2026, 3, 16)


def test_nothing_is_dated_before_the_start() -> None:
    """A payment that came before the start, for a sale that is dated after it."""
    order = make_order(placed_at=BEFORE_START, shipped_at=LATER, tenders=(make_tender(at=BEFORE_START),))
    settings = make_settings(orders={"form": SaleForm.INVOICE, "dated_by": DatedBy.SHIPPED})
    decided = decide_order(order, make_context(settings, known=KNOWN))
    (payment,) = payments_in(decided)
    assert (sale_in(decided).dated, payment.dated) == (date(2026, 3, 20), date(2026, 1, 1))
    assert payment.private_note.endswith("; its own date is 2025-12-31")


def dated_by(choice: DatedBy, **changes: Any) -> Context:
    return make_context(make_settings(orders={"dated_by": choice, **changes.pop("orders", {})}), known=KNOWN, **changes)


NIGHTS: list[Any] = [
    # Toronto puts its clocks forward on 8 March 2026 at 02:00, and back on 1 November at 02:00
    pytest.param(datetime(2026, 3, 8, 4, 59, tzinfo=UTC), "2026-03-07", id="the last minute before the spring day"),
    pytest.param(datetime(2026, 3, 8, 5, 0, tzinfo=UTC), "2026-03-08", id="the first of it, in winter time"),
    pytest.param(datetime(2026, 3, 9, 3, 59, tzinfo=UTC), "2026-03-08", id="the last of it, in summer time"),
    pytest.param(datetime(2026, 3, 9, 4, 0, tzinfo=UTC), "2026-03-09", id="and the next"),
    pytest.param(datetime(2026, 11, 1, 4, 0, tzinfo=UTC), "2026-11-01", id="the first of the autumn day"),
    pytest.param(
        datetime(2026, 11, 2, 4, 59, tzinfo=UTC), "2026-11-01", id="its last, an hour later than the day before"
    ),
    pytest.param(datetime(2026, 11, 2, 5, 0, tzinfo=UTC), "2026-11-02", id="and the day after"),
]


@pytest.mark.parametrize(("moment", "expected"), NIGHTS)
@pytest.mark.parametrize("choice", [DatedBy.PAID, DatedBy.SHIPPED])
def test_a_sale_is_dated_by_the_day_over_the_change_of_clocks(choice: DatedBy, moment: datetime, expected: str) -> None:
    order = make_order(shipped_at=moment, placed_at=datetime(2026, 1, 5, tzinfo=UTC), tenders=(make_tender(at=moment),))
    context = dated_by(choice, zone=ZoneInfo("America/Toronto"))
    assert sale_in(decide_order(order, context)).dated.isoformat() == expected


@pytest.mark.parametrize("choice", [DatedBy.PAID, DatedBy.SHIPPED])
def test_an_order_waits_for_its_day_with_its_refunds(choice: DatedBy) -> None:
    refunded = make_order(refunds=(make_refund(at=LATER),), tenders=(make_tender("4.00"),))
    orders = {"statuses": tuple(PaymentStatus), "form": SaleForm.INVOICE}
    decided = decide_order(refunded, dated_by(choice, orders=orders))
    assert rules_in(decided) == [(Kind.SALE, "undated"), (Kind.REFUND, "undated")]
    done = replace(refunded, shipped_at=LATER, tenders=(make_tender("10.00", at=LATER),))
    decided = decide_order(done, dated_by(choice, orders=orders))
    assert rules_in(decided) == []
    assert sale_in(decided).dated == date(2026, 3, 20)
    assert refund_in(decided).dated == date(2026, 3, 20)


SCOPE: list[Any] = [
    pytest.param(DatedBy.ORDER, [(Kind.SALE, "before-start")], id="by the order: before the start"),
    pytest.param(DatedBy.PAID, [], id="by the payment: after it"),
    pytest.param(DatedBy.SHIPPED, [], id="by the shipment: after it"),
]


@pytest.mark.parametrize(("choice", "rules"), SCOPE)
def test_the_day_that_dates_a_sale_decides_whether_it_is_before_the_start(choice: DatedBy, rules: list[Any]) -> None:
    order = make_order(placed_at=BEFORE_START, shipped_at=LATER, tenders=(make_tender(at=LATER),))
    decided = decide_order(order, dated_by(choice))
    assert rules_in(decided) == rules
    if not rules:
        assert sale_in(decided).dated == date(2026, 3, 20)


def test_an_order_from_before_the_start_that_has_no_day_yet_waits() -> None:
    """Its refunds wait with it: they are no refunds of earlier orders, which stand alone."""
    order = make_order(placed_at=BEFORE_START, refunds=(make_refund(),))
    rules = rules_in(decide_order(order, dated_by(DatedBy.SHIPPED)))
    assert rules == [(Kind.SALE, "undated"), (Kind.REFUND, "undated")]


def shipped_before(order: Order) -> Order:
    return replace(order, shipped_at=BEFORE_START, placed_at=BEFORE_START)


def test_a_refund_of_a_sale_shipped_before_the_start_stands_alone() -> None:
    decided = decide_order(shipped_before(make_order(refunds=(make_refund(),))), dated_by(DatedBy.SHIPPED))
    assert rules_in(decided) == [(Kind.SALE, "before-start")]
    assert refund_in(decided).dated == date(2026, 3, 20)


def test_posting_2_taxes_of_which_nobody_says_who_remits_them_hold_the_order() -> None:
    """Canada: GST 5 the merchant's, PST 7 withheld; until the statement comes neither is known."""
    unknown = tuple(
        make_tax(amount, name, None, TaxCollector.UNSTATED) for amount, name in (("7.00", "PST"), ("5.00", "GST"))
    )
    goods = make_line("100.00", taxes=unknown)
    order = make_order(goods, tenders=(make_tender("112.00"),), refunds=(make_refund(make_refund_line("100.00")),))
    (problem, _) = problems_in(decide_order(order, make_context(known=KNOWN)))
    assert problem.code == "tax-collector"
    assert str(problem.what).endswith(": GST, PST.")
    told = replace(
        goods, taxes=(make_tax("5.00", "Reduced", "0.05"), make_tax("7.00", "PST", None, TaxCollector.MARKETPLACE))
    )
    sale = sale_in(decide_order(make_order(told, tenders=(make_tender("112.00"),)), make_context(known=KNOWN)))
    assert (str(sale.total), str(sale.tax)) == ("105.00 GBP", "5.00 GBP")
    nothing = make_line("100.00", taxes=(make_tax("0.00", "GST", None, TaxCollector.UNSTATED),))
    assert codes_in(decide_order(make_order(nothing), make_context(known=KNOWN))) == []

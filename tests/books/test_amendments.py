"""A sale in the books that may be written anew: updated when its order is raised, voided when it is cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    LATER,
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
    sale_in,
)

from comptoir.books.amendments import amendment_key
from comptoir.books.context import Context, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    Kind,
    RefundDocument,
    SaleDocument,
    SaleForm,
    VoidDocument,
    awaited,
    references,
)
from comptoir.books.facts import Order
from comptoir.books.problems import Skipped
from comptoir.books.settings import RefundSettings
from comptoir.books.text import marker

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
BASE = make_context(known=KNOWN)
TEN = make_line("100.00", quantity=Decimal(10), unit_price=pounds("10.00"))
TWELVE = make_line("120.00", quantity=Decimal(12), unit_price=pounds("10.00"))
UNPAID = make_order(TEN, tenders=())
RAISED = replace(UNPAID, lines=(TWELVE,), total=pounds("120.00"), updated_at=LATER)
CANCELLED = replace(UNPAID, cancelled_at=LATER, updated_at=LATER)


def after(order: Order, *, is_untouched: bool = True, context: Context = BASE, **changes: Any) -> Context:
    """The context of the next decision, once the order's sale is in the books."""
    decided = decide_order(order, context)
    sale = next(each for each in decided if isinstance(each.outcome, SaleDocument))
    document = sale_in(decided)
    part = PostedPart(sale.key, order.total, document, is_untouched=is_untouched)
    return replace(context, posted=(part,), posted_form=document.form, redeemed=frozenset(), **changes)


def new_kinds(order: Order, context: Context) -> list[Kind]:
    """The kinds of what is decided besides the posted sale itself."""
    known = {part.key for part in context.posted}
    return [each.key.kind for each in decide_order(order, context) if each.key not in known]


def test_an_unpaid_invoice_is_updated_in_place() -> None:
    context = after(UNPAID)
    (posted,) = context.posted
    (decided,) = [each for each in decide_order(RAISED, context) if each.key.kind is Kind.AMENDMENT]
    document = decided.outcome
    assert isinstance(document, AmendmentDocument)
    assert decided.key == amendment_key(posted.key, 1)
    assert decided.total == document.total == pounds("120.00")
    assert (document.number, document.dated) == (posted.document.number, posted.document.dated)
    assert (document.sale.form, document.currency) == (SaleForm.INVOICE, "GBP")
    assert document.sale.marker == posted.document.marker
    assert document.marker == marker(decided.key, 0)
    assert document.sale.private_note.endswith(document.marker)
    assert document.target == Awaited(posted.key)
    assert posted.key in awaited(document)
    assert set(references(document.sale)) < set(references(document))


def test_a_later_update_counts_on() -> None:
    context = after(UNPAID, amendments=2)
    keys = [each.key for each in decide_order(RAISED, context) if each.key.kind is Kind.AMENDMENT]
    assert keys == [amendment_key(context.posted[0].key, 3)]


def test_number_and_date_stay_although_the_settings_changed() -> None:
    context = after(UNPAID)
    settings = make_settings()
    settings = replace(settings, orders=replace(settings.orders, prefix="NEW-"))
    context = replace(context, resolved=replace(context.resolved, settings=settings))
    (document,) = [
        each.outcome for each in decide_order(RAISED, context) if isinstance(each.outcome, AmendmentDocument)
    ]
    assert document.number == context.posted[0].document.number


def test_the_due_date_is_never_before_the_date() -> None:
    early = replace(RAISED, due_on=date(2020, 1, 1))
    context = after(UNPAID)
    (document,) = [each.outcome for each in decide_order(early, context) if isinstance(each.outcome, AmendmentDocument)]
    assert document.sale.due_on == document.dated


@pytest.mark.parametrize(
    ("order", "context"),
    [
        (replace(RAISED, tenders=(make_tender("50.00"),)), after(UNPAID)),
        (replace(RAISED, refunds=(make_refund(cash="0.00"),)), after(UNPAID)),
        (RAISED, after(UNPAID, is_untouched=False)),
        (
            RAISED,
            replace(after(UNPAID), company=make_company(books_closed_until=after(UNPAID).posted[0].document.dated)),
        ),
    ],
    ids=["paid in part", "refunded", "touched in the books", "closed period"],
)
def test_what_is_not_as_we_left_it_gets_a_document_of_its_own(order: Order, context: Context) -> None:
    kinds = new_kinds(order, context)
    assert Kind.AMENDMENT not in kinds
    assert Kind.SALE in kinds


def test_a_receipt_is_never_updated() -> None:
    paid = make_order(TEN, tenders=(make_tender("100.00"),))
    context = after(paid)
    raised = replace(paid, lines=(TWELVE,), total=pounds("120.00"), tenders=(), updated_at=LATER)
    assert Kind.AMENDMENT not in new_kinds(raised, context)


def test_an_order_of_several_documents_is_not_updated() -> None:
    context = after(UNPAID)
    (part,) = context.posted
    second = replace(part, key=replace(part.key, part="2"), total=pounds("0.00"))
    assert Kind.AMENDMENT not in new_kinds(RAISED, replace(context, posted=(part, second)))


def test_a_period_that_closed_before_the_sale_does_not_matter() -> None:
    context = after(UNPAID)
    before = context.posted[0].document.dated - timedelta(days=1)
    context = replace(context, company=replace(context.company, books_closed_until=before))
    assert new_kinds(RAISED, context) == [Kind.AMENDMENT]


def test_nothing_is_decided_while_an_update_is_in_doubt() -> None:
    context = after(UNPAID, is_amending=True)
    for order in (UNPAID, RAISED, CANCELLED, replace(RAISED, tenders=(make_tender("120.00"),))):
        assert decide_order(order, context) == ()


def test_the_invoice_of_a_cancelled_order_is_voided() -> None:
    context = after(UNPAID)
    (decided,) = [each for each in decide_order(CANCELLED, context) if each.key.kind is Kind.VOID]
    document = decided.outcome
    assert isinstance(document, VoidDocument)
    assert (document.total, document.number) == (pounds("0.00"), context.posted[0].document.number)
    assert document.dated == context.local_date(LATER)
    assert references(document) == (Awaited(context.posted[0].key),)
    assert new_kinds(CANCELLED, context) == [Kind.VOID]


def taken_back(**changes: Any) -> Order:
    """The cancelled order with its goods taken back, as a store tells a cancellation, and no money moved."""
    line = make_refund_line("100.00", quantity=Decimal(10))
    return replace(CANCELLED, refunds=(replace(make_refund(line), **{"tenders": (), **changes}),))


def test_goods_taken_back_by_the_cancellation_need_no_credit() -> None:
    context = after(UNPAID)
    decided = {each.key.kind: each.outcome for each in decide_order(taken_back(), context)}
    assert isinstance(decided[Kind.VOID], VoidDocument)
    left = decided[Kind.REFUND]
    assert isinstance(left, Skipped)
    assert (left.rule, "nothing of it is left to credit" in str(left.why)) == ("cancelled", True)


NOT_VOIDED = [
    pytest.param(taken_back(tenders=(make_tender("1.00"),)), after(UNPAID), id="money went back"),
    pytest.param(taken_back(pending=True), after(UNPAID), id="money is on its way back"),
    pytest.param(
        taken_back(tenders=(replace(make_tender("1.00"), method="gift_card"),)),
        after(UNPAID),
        id="store credit was given",
    ),
    pytest.param(taken_back(), after(UNPAID, is_untouched=False), id="touched in the books"),
    pytest.param(replace(taken_back(), cancelled_at=None), after(UNPAID), id="not cancelled"),
]


@pytest.mark.parametrize(("order", "context"), NOT_VOIDED)
def test_what_moved_money_or_was_touched_is_not_voided(order: Order, context: Context) -> None:
    decided = {each.key.kind: each.outcome for each in decide_order(order, context)}
    assert Kind.VOID not in decided
    assert not isinstance(decided[Kind.REFUND], Skipped)


def test_goods_taken_back_where_no_refunds_are_recorded() -> None:
    context = after(UNPAID)
    settings = replace(make_settings(), refunds=RefundSettings(record=False))
    context = replace(context, resolved=replace(context.resolved, settings=settings))
    assert new_kinds(taken_back(), context) == []


def test_a_touched_one_is_credited() -> None:
    decided = decide_order(CANCELLED, after(UNPAID, is_untouched=False))
    assert Kind.VOID not in {each.key.kind for each in decided}
    assert [each.outcome.form.value for each in decided if isinstance(each.outcome, RefundDocument)] == ["credit_memo"]


def test_a_deleted_order_is_left_out_or_voided() -> None:
    deleted = replace(CANCELLED, is_deleted=True)
    (left,) = decide_order(deleted, BASE)
    assert getattr(left.outcome, "rule", "") == "deleted"
    assert new_kinds(deleted, after(UNPAID)) == [Kind.VOID]


def test_a_shop_that_records_no_refunds_keeps_what_it_posted() -> None:
    settings = replace(make_settings(), refunds=RefundSettings(record=False))
    context = after(UNPAID)
    context = replace(context, resolved=replace(context.resolved, settings=settings))
    assert new_kinds(CANCELLED, context) == []

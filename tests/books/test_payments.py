from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.books.conftest import (
    LATER,
    STORE,
    codes_in,
    make_company,
    make_context,
    make_order,
    make_settings,
    make_tender,
    payments_in,
    pounds,
    problems_in,
)

from comptoir.books.company import Account, AccountType, TaxRegime
from comptoir.books.context import Context, Decided
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    ItemDocument,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    RefundForm,
)
from comptoir.books.facts import Order, SourceId
from comptoir.books.payments import decide_payments
from comptoir.books.tenders import unmapped_method
from comptoir.books.text import marker

SALE = PostingKey(STORE, Kind.SALE, SourceId("order-1"))
ADA = Known(LedgerId("C1"), "Ada King")


def payments(order: Order, context: Context) -> tuple[Decided, ...]:
    return decide_payments(order, SALE, ADA, context)


def test_a_payment_is_linked_to_its_invoice() -> None:
    (decided,) = payments(make_order(), make_context())
    key = PostingKey(STORE, Kind.PAYMENT, SourceId("tx-1"))
    assert decided == Decided(
        key=key,
        outcome=PaymentDocument(
            invoice=Awaited(SALE),
            customer=ADA,
            dated=date(2026, 3, 10),
            amount=pounds("10.00"),
            deposit_account=LedgerId("5"),
            reference="ch_1",
            private_note=f"{STORE} order 1001 Card payment",
            marker=marker(key, 0),
            payment_method=LedgerId("P1"),
        ),
        number="1001",
        dated=date(2026, 3, 10),
        total=pounds("10.00"),
    )


def test_each_tender_is_a_payment_on_its_own_date_into_its_own_account() -> None:
    tenders = (
        make_tender("6.00"),
        make_tender("4.00", source_id=SourceId("tx-2"), method="paypal", at=LATER, reference="", method_name=""),
    )
    first, second = payments_in(payments(make_order(tenders=tenders), make_context()))
    assert (first.amount, first.deposit_account, first.dated) == (pounds("6.00"), "5", date(2026, 3, 10))
    assert (second.amount, second.deposit_account, second.dated) == (pounds("4.00"), "6", date(2026, 3, 20))
    assert (second.reference, second.private_note) == ("tx-2", f"{STORE} order 1001 paypal")
    assert first.marker != second.marker


def test_a_payment_is_dated_in_the_accounts_zone() -> None:
    order = make_order(tenders=(make_tender(at=datetime(2026, 3, 10, 1, 0, tzinfo=UTC)),))
    (payment,) = payments_in(payments(order, make_context(zone=timezone(timedelta(hours=-5)))))
    assert payment.dated == date(2026, 3, 9)


def test_payments_are_recorded_only_where_the_settings_say_so() -> None:
    settings = make_settings(payments={"record": False}, refunds={"record": False})
    assert payments(make_order(), make_context(settings)) == ()


def test_an_unmapped_method_holds_its_own_payment_and_no_other() -> None:
    tenders = (make_tender("6.00", method="Barter", method_name=""), make_tender("4.00", source_id=SourceId("tx-2")))
    decided = payments(make_order(tenders=tenders), make_context())
    (problem,) = problems_in(decided)
    assert (problem.code, problem.cause, problem.where) == ("method-unmapped", "method:barter", "1001")
    assert 'Add "Barter" under payments.methods' in str(problem.remedy)
    assert (decided[0].total, decided[0].dated) == (pounds("6.00"), date(2026, 3, 10))
    assert [payment.amount for payment in payments_in(decided)] == [pounds("4.00")]


def test_the_problem_of_a_method_speaks_of_it_as_the_store_does() -> None:
    problem = unmapped_method(make_order(), make_tender(method="bogus", method_name="Bogus gateway"))
    assert str(problem.what) == 'The payment method "Bogus gateway" of order 1001 has no account.'
    assert '"bogus"' in str(problem.remedy)


@pytest.mark.parametrize(
    ("closed", "changes", "codes"),
    [
        pytest.param(date(2026, 3, 9), {}, [], id="closed the day before"),
        pytest.param(date(2026, 3, 10), {}, ["books-closed"], id="closed on that day"),
        pytest.param(date(2026, 3, 10), {"method": "barter"}, ["books-closed", "method-unmapped"], id="both reasons"),
    ],
)
def test_a_payment_in_a_closed_period_is_held(closed: date, changes: dict[str, Any], codes: list[str]) -> None:
    context = make_context(company=make_company(books_closed_until=closed))
    assert codes_in(payments(make_order(tenders=(make_tender(**changes),)), context)) == codes


def test_what_is_paid_too_much_stays_the_customers_credit() -> None:
    tenders = (
        make_tender("7.00"),
        make_tender("5.00", at=LATER, source_id=SourceId("tx-2")),
        make_tender("1.00", at=LATER, source_id=SourceId("tx-3")),
    )
    documents = payments_in(payments(make_order(tenders=tenders), make_context()))
    assert [(str(each.amount.amount), each.applied) for each in documents] == [
        ("7.00", None),
        ("5.00", pounds("3.00")),
        ("1.00", pounds("0.00")),
    ]


OWED = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
GIFT = make_tender("4.00", method="gift_card", source_id=SourceId("tx-2"), at=LATER, method_name="Gift card")


def debts(**changes: Any) -> Context:
    company = make_company(accounts=(*make_company().accounts, OWED), **changes.pop("company", {}))
    items = {"gift_card": "Gift card", "gift_card_account": "Owed"}
    return make_context(make_settings(items=items, **changes.pop("settings", {})), company, **changes)


def test_a_gift_card_of_the_sale_is_no_payment() -> None:
    order = make_order(tenders=(make_tender("6.00"), GIFT))
    for context in (debts(), debts(redeemed=frozenset({GIFT.source_id}))):
        (document,) = payments_in(payments(order, context))
        assert (document.amount, document.applied) == (pounds("6.00"), None)


def test_a_gift_card_used_later_is_a_credit_memo_joined_by_a_payment_of_nothing() -> None:
    order = make_order(tenders=(make_tender("6.00"), GIFT))
    item, money, credit, joint = _sorted(payments(order, debts(redeemed=frozenset())))
    assert isinstance(item.outcome, ItemDocument)
    assert item.outcome.income_account == OWED.id
    assert isinstance(money.outcome, PaymentDocument)
    assert isinstance(credit.outcome, RefundDocument)
    assert (credit.key.kind, credit.key.source_id, credit.after) == (Kind.REFUND, "used:tx-2", SALE)
    assert (credit.outcome.form, credit.outcome.number) == (RefundForm.CREDIT_MEMO, "1001-C1")
    assert (credit.outcome.total, credit.outcome.dated) == (pounds("4.00"), LATER.date())
    assert credit.outcome.lines[0].item == Awaited(item.key)
    assert isinstance(joint.outcome, ApplicationDocument)
    assert (joint.outcome.credit, joint.outcome.invoice) == (Awaited(credit.key), Awaited(SALE))
    assert (joint.outcome.applied, joint.outcome.total) == (pounds("4.00"), pounds("0.00"))


def _sorted(decided: tuple[Decided, ...]) -> list[Decided]:
    order = [Kind.ITEM, Kind.PAYMENT, Kind.REFUND, Kind.APPLICATION]
    return sorted(decided, key=lambda each: order.index(each.key.kind))


@pytest.mark.parametrize(
    ("order", "context", "codes"),
    [
        pytest.param({"number": "1" * 20}, debts(redeemed=frozenset()), ["number-too-long"], id="its number"),
        pytest.param({}, make_context(redeemed=frozenset()), ["gift-card"], id="no item"),
        pytest.param(
            {},
            debts(redeemed=frozenset(), company={"books_closed_until": LATER.date()}),
            ["books-closed"],
            id="closed books",
        ),
    ],
)
def test_a_gift_card_used_later_may_be_held(order: dict[str, Any], context: Context, codes: list[str]) -> None:
    (decided,) = payments(make_order(tenders=(GIFT,), **order), context)
    assert decided.total == pounds("4.00")
    assert codes_in([decided]) == codes


def test_a_credit_of_a_company_without_sales_tax_has_no_code() -> None:
    context = debts(
        redeemed=frozenset(),
        company={"tax_regime": TaxRegime.NONE},
        settings={"taxes": {"untaxed": "", "codes": {}}},
    )
    credit = next(each.outcome for each in payments(make_order(tenders=(GIFT,)), context)
                  if isinstance(each.outcome, RefundDocument))  # fmt: skip
    assert credit.lines[0].tax_code is None

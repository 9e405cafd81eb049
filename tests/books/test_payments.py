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

from comptoir.books.context import Context, Decided
from comptoir.books.documents import Awaited, Kind, Known, LedgerId, PaymentDocument, PostingKey
from comptoir.books.facts import Order, SourceId
from comptoir.books.payments import decide_payments, unmapped_method
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

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.books.conftest import (
    LATER,
    NOON,
    make_company,
    make_context,
    make_line,
    make_order,
    make_resolved,
    make_tax,
    make_tender,
    pounds,
)

from comptoir.books.checks import Method
from comptoir.books.facts import Order, SourceId, TaxCollector
from comptoir.books.problems import Problem
from comptoir.books.specials import TenderKind
from comptoir.books.tenders import (
    completed_at,
    is_settled,
    marketplace_tax,
    method_of,
    money_taken,
    money_tenders,
    redeemed,
    redeemed_total,
)

THEIRS = make_tax("8.00", "State tax", "0.08", TaxCollector.MARKETPLACE)
RESOLVED = make_resolved()


def sold_through_a_marketplace(*paid: str) -> Order:
    """Goods 100.00, 8.00 of the marketplace's own tax; paid in the given amounts."""
    tenders = tuple(make_tender(amount, source_id=SourceId(f"tx-{at}")) for at, amount in enumerate(paid))
    return make_order(make_line("100.00", taxes=(THEIRS,)), total=pounds("100.00"), tenders=tenders)


PAYMENTS = [
    pytest.param(("108.00",), ["100.00"], id="goods 100.00 + 8.00: a payment of 100.00"),
    pytest.param(("54.00", "54.00"), ["50.00", "50.00"], id="in two parts"),
    pytest.param(("54.00",), ["50.00"], id="half of it"),
    pytest.param(("110.00",), ["102.00"], id="too much"),
    pytest.param((), [], id="nothing"),
    pytest.param(("108.00", "0.00"), ["100.00"], id="a tender of nothing is left out"),
]


@pytest.mark.parametrize(("paid", "left"), PAYMENTS)
def test_a_marketplaces_tax_lowers_what_was_paid(paid: tuple[str, ...], left: list[str]) -> None:
    order = sold_through_a_marketplace(*paid)
    assert marketplace_tax(order) == pounds("8.00")
    assert [str(tender.amount.amount) for tender in money_tenders(order, RESOLVED)] == left


def test_a_marketplaces_tax_on_goods_for_nothing_is_all_that_was_paid() -> None:
    free = replace(sold_through_a_marketplace("8.00"), total=pounds("-8.00"))
    assert money_tenders(free, RESOLVED) == ()


GIFT = make_tender("40.00", method="gift_card", source_id=SourceId("tx-2"))
CREDIT = make_tender("3.00", method="shopify_store_credit", source_id=SourceId("tx-3"))
SPLIT = make_order(make_line("113.00"), tenders=(make_tender("70.00", at=LATER), GIFT, CREDIT))


def test_gift_cards_and_store_credit_are_no_money() -> None:
    assert redeemed(SPLIT, RESOLVED, TenderKind.GIFT_CARD) == (GIFT,)
    assert redeemed(SPLIT, RESOLVED, TenderKind.STORE_CREDIT) == (CREDIT,)
    assert redeemed_total(SPLIT, RESOLVED) == pounds("43.00")
    assert money_taken(SPLIT, RESOLVED) == pounds("70.00")


def test_an_order_is_settled_by_money_and_debts_together() -> None:
    assert is_settled(SPLIT, RESOLVED)
    assert completed_at(SPLIT, RESOLVED) == LATER
    open_order = replace(SPLIT, tenders=(GIFT, CREDIT))
    assert not is_settled(open_order, RESOLVED)
    assert completed_at(open_order, RESOLVED) is None


def test_an_order_of_nothing_is_settled_as_it_is_placed() -> None:
    assert completed_at(make_order(make_line("0.00"), tenders=()), RESOLVED) == NOON


def test_an_order_through_a_marketplace_is_settled_once_its_tax_is_paid_too() -> None:
    assert is_settled(sold_through_a_marketplace("108.00"), RESOLVED)
    assert not is_settled(sold_through_a_marketplace("104.00"), RESOLVED)


def test_payments_come_in_the_order_of_their_time() -> None:
    order = make_order(tenders=(make_tender("4.00", at=LATER), make_tender("6.00", source_id=SourceId("tx-2"))))
    assert [tender.source_id for tender in money_tenders(order, RESOLVED)] == ["tx-2", "tx-1"]


def test_money_is_held_in_an_account_of_its_own_currency() -> None:
    order = make_order()
    assert isinstance(method_of(order, order.tenders[0], make_context()), Method)
    accounts = tuple(replace(account, currency="EUR") for account in make_company().accounts)
    problem = method_of(order, order.tenders[0], make_context(company=make_company(accounts=accounts)))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause) == ("account-currency", "account-currency:card:GBP")
    assert str(problem.what) == (
        'Order 1001 is in GBP, and the account "Card clearing" of the payment method "Card payment" is in EUR.'
    )

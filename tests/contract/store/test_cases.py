"""Each case in the figures that a bookkeeper reads (posting rules, section 1)."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import pytest
from tests.contract.store.afterwards import TWO
from tests.contract.store.case import CANADA, VAT, Case, happen, placed
from tests.contract.store.cases import CASES
from tests.contract.store.conftest import OpenShop
from tests.contract.store.harness import GivenBack, Line, Method, Payment, StoreHarness
from tests.contract.store.reading import as_order, lines_sum, order_of, record_of, taken_back, tax_of

from comptoir.books.facts import LineKind, Order, Restock, TaxCollector

NOTHING = Decimal(0)


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def nets(order: Order) -> dict[LineKind, Decimal]:
    found: dict[LineKind, Decimal] = defaultdict(Decimal)
    for line in order.lines:
        found[line.kind] += line.net.amount
    return dict(found)


def refunds_of(order: Order) -> tuple[tuple[Decimal, Decimal], ...]:
    """(value with tax, cash) of each refund."""
    return tuple(
        (
            taken_back(refund.lines, included=order.prices_include_tax),
            sum((tender.amount.amount for tender in refund.tenders), NOTHING),
        )
        for refund in order.refunds
    )


def test_the_store_states_what_was_sold_paid_and_given_back(open_shop: OpenShop, case: Case) -> None:
    shop = open_shop(case.setup)
    order = order_of(shop, happen(shop, case))
    assert order.total.amount == Decimal(case.total)
    assert lines_sum(order) == Decimal(case.total)
    assert tax_of(order.lines, TaxCollector.MERCHANT) == Decimal(case.tax)
    assert tax_of(order.lines, TaxCollector.MARKETPLACE) == Decimal(case.marketplace_tax)
    assert sum((line.discount.amount for line in order.lines), NOTHING) == Decimal(case.discount)
    assert tuple(tender.amount.amount for tender in order.tenders) == tuple(map(Decimal, case.paid))
    assert case.refunds is None or refunds_of(order) == tuple(
        (Decimal(value), Decimal(cash)) for value, cash in case.refunds
    )
    assert case.status in {None, order.status}
    assert not case.nets or nets(order) == {kind: Decimal(net) for kind, net in case.nets.items()}


def test_every_part_has_an_id_a_currency_and_a_time_of_its_own(open_shop: OpenShop, case: Case) -> None:
    shop = open_shop(case.setup)
    order = order_of(shop, happen(shop, case))
    assert (order.store, order.currency) == (shop.store().identity, case.setup.currency)
    lines = [(line.kind, line.source_id) for line in order.lines]
    tenders = [*order.tenders, *(tender for refund in order.refunds for tender in refund.tenders)]
    for ids in (lines, [each.source_id for each in tenders], [each.source_id for each in order.refunds]):
        assert len({*ids}) == len(ids)
    amounts = [
        amount for line in order.lines for amount in (line.gross, line.discount, *(t.amount for t in line.taxes))
    ]
    amounts += [order.total, *(tender.amount for tender in tenders)]
    assert {amount.currency for amount in amounts} == {order.currency}
    assert all(tender.amount.amount > 0 for tender in tenders)
    times = [order.placed_at, order.updated_at, *(each.at for each in tenders), *(each.at for each in order.refunds)]
    assert all(moment.tzinfo is not None for moment in times)
    assert all(order.placed_at <= moment <= order.updated_at for moment in times)


def test_another_reading_gives_the_same_order(open_shop: OpenShop, case: Case) -> None:
    shop = open_shop(case.setup)
    order = happen(shop, case)
    first, again = record_of(shop, order), record_of(shop, order)
    assert first == again
    assert as_order(shop.store(), first) == as_order(shop.store(), again)


def test_ids_outlive_what_happens_later(open_shop: OpenShop) -> None:
    case = CASES["one piece back"]
    shop = open_shop(case.setup)
    source_id = shop.place(case.order)
    before = order_of(shop, source_id)
    case.then[0](shop, source_id)
    once = order_of(shop, source_id)
    shop.refund(source_id, GivenBack(pieces={"A": 1}, cash="60.00"))
    twice = order_of(shop, source_id)
    assert before.lines == once.lines == twice.lines
    assert before.tenders == once.tenders == twice.tenders
    assert once.refunds == twice.refunds[:1]
    assert len(twice.refunds) == 2
    assert (before.number, before.placed_at, before.total) == (twice.number, twice.placed_at, twice.total)


def test_a_method_keeps_its_name_and_has_it_alone(shop: StoreHarness) -> None:
    def method_of(method: Method) -> str:
        order = placed(Line("A", "9.00"), payments=[Payment(amount="9.00", method=method)])
        (tender,) = order_of(shop, shop.place(order)).tenders
        return tender.method

    methods = [method_of(method) for method in Method]
    assert methods == [method_of(method) for method in Method]
    assert len({*methods}) == len(methods)


def test_money_goes_back_to_the_method_it_is_sent_to(shop: StoreHarness) -> None:
    order = happen_named(shop, "one piece back")
    other = happen_named(shop, "back as store credit")
    assert order.refunds[0].tenders[0].method == order.tenders[0].method
    assert other.refunds[0].tenders[0].method != other.tenders[0].method


def test_a_refund_on_its_way_is_pending_and_no_cash(shop: StoreHarness) -> None:
    placed_id = shop.place(TWO)
    shop.refund(placed_id, GivenBack(pieces={"A": 1}, cash="60.00", arrived=False))
    (refund,) = order_of(shop, placed_id).refunds
    assert (refund.pending, refund.tenders) == (True, ())


def test_goods_given_in_exchange_are_below_zero_and_not_of_the_sale(shop: StoreHarness) -> None:
    order = happen_named(shop, "an exchange for less")
    (refund,) = order.refunds
    assert [line.sku for line in order.lines] == ["A"]
    assert sorted((line.sku, line.quantity, line.amount.amount) for line in refund.lines) == [
        ("A", Decimal(1), Decimal("50.00")),
        ("B", Decimal(-1), Decimal("-30.00")),
    ]


def test_what_became_of_returned_goods(shop: StoreHarness) -> None:
    def restocks(name: str) -> set[Restock]:
        return {line.restock for refund in happen_named(shop, name).refunds for line in refund.lines}

    assert restocks("one piece back") == {Restock.RETURNED}
    assert restocks("less cash than the goods are worth") == {Restock.NOT_RETURNED}
    assert restocks("cancelled and paid back") == {Restock.NEVER_LEFT}


def happen_named(shop: StoreHarness, name: str) -> Order:
    return order_of(shop, happen(shop, CASES[name]))


def test_a_line_is_told_as_it_was_sold(shop: StoreHarness) -> None:
    order = order_of(shop, shop.place(placed(Line("A-1", "2.50", 4, (VAT,)), Line("B", "3.00"))))
    first, second = order.lines
    assert (first.kind, first.sku, first.quantity) == (LineKind.PRODUCT, "A-1", Decimal(4))
    assert (first.gross.amount, first.net.amount, second.gross.amount) == (Decimal(10), Decimal(10), Decimal(3))
    assert first.unit_price is not None
    assert first.unit_price.amount == Decimal("2.50")
    assert "A-1" in first.name
    assert (second.sku, second.taxes) == ("B", ())


def test_each_tax_has_its_name_rate_and_amount(open_shop: OpenShop) -> None:
    order = happen_named(open_shop(CANADA), "two taxes on a line")
    assert {(tax.name, tax.rate, tax.amount.amount) for tax in order.lines[0].taxes} == {
        ("GST", Decimal("0.05"), Decimal("5.00")),
        ("QST", Decimal("0.09975"), Decimal("9.98")),
    }


def test_a_buyer_who_need_not_pay_tax_is_told(shop: StoreHarness) -> None:
    exempt, taxed = happen_named(shop, "an exempt buyer"), happen_named(shop, "a discount on one line")
    assert (exempt.tax_exempt, taxed.tax_exempt) == (True, False)


@pytest.mark.parametrize("name", ["cancelled before it was paid", "cancelled with an authorization"])
def test_a_cancellation_of_what_nobody_paid_moves_no_money(shop: StoreHarness, name: str) -> None:
    order = happen_named(shop, name)
    assert order.cancelled_at is not None
    assert not order.tenders
    assert refunds_of(order) in {(), ((order.total.amount, NOTHING),)}

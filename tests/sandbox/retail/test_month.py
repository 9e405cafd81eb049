# Decimal amounts are compared with whole numbers all through.
# mypy: disable-error-code="comparison-overlap"

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.retail.countries import country
from comptoir_sandbox.retail.documents import sort_documents
from comptoir_sandbox.retail.made_up import SHARES, checksum, how_paid, way_of
from comptoir_sandbox.retail.matching import match_refunds
from comptoir_sandbox.retail.month import LoadedMonth, load, packaged_month
from comptoir_sandbox.retail.reader import Row, read_rows
from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.engine import Order, settle

LONDON = ZoneInfo("Europe/London")
Load = Callable[..., tuple[LoadedMonth, dict[str, Order]]]


@pytest.fixture
def load_rows(write_file: Callable[..., Path]) -> Load:
    """Load lines of "document code quantity price [customer [day]]" and settle the orders, by name."""

    def run(*lines: str) -> tuple[LoadedMonth, dict[str, Order]]:
        rows = []
        for line in lines:
            words = line.split()
            document, code, quantity, price, customer, day = words + ["7", "10"][len(words) - 4 :]
            code = code.replace("_", " ")
            rows.append(
                f"{document},{code},Title {code},{quantity},2010-12-{day} 08:00:00,{price},{customer.strip('-')},EIRE"
            )
        month = load(write_file(*rows))
        summary = month.summary
        assert summary.sales_total - summary.refund_total + summary.left_out_total == summary.file_total
        return month, {cart.name: settle(cart) for cart in month.seed.carts}

    return run


def test_the_packaged_month_adds_up(month: LoadedMonth) -> None:
    summary = month.summary
    assert summary.file_total == Decimal("748957.02")
    assert summary.sales_total - summary.refund_total + summary.left_out_total == summary.file_total
    assert (summary.documents, summary.start_date) == (2025, date(2010, 12, 1))
    zero = summary.left_out_by_reason()["total of zero"]
    assert zero == {"documents": 140, "amount": "0.00"}
    # 326 cancellations less eight that are nothing but fees.
    assert summary.refunds == 318 == summary.refunds_matched + summary.refunds_standalone
    assert summary.orders + summary.refunds + len({each.document for each in summary.left_out}) == 2025


def test_the_file_agrees_with_itself() -> None:
    rows = read_rows(packaged_month(), LONDON)
    documents = {row.invoice for row in rows}
    assert (len(rows), len(documents), sum(name.startswith("C") for name in documents)) == (42481, 2025, 326)
    assert max(Counter(row.invoice for row in rows).values()) == 675
    assert sum(row.amount for row in rows) == Decimal("748957.02")


def test_what_is_made_up_is_the_same_everywhere(month: LoadedMonth) -> None:
    made_up = [(cart.name, [(each.gateway, str(each.amount)) for each in cart.payments]) for cart in month.seed.carts]
    assert checksum(repr(made_up)) == 1980925351


def test_how_the_months_orders_are_paid(month: LoadedMonth) -> None:
    start = datetime(2010, 12, 1, tzinfo=UTC)
    orders = [cart for cart in month.seed.carts if cart.processed_at >= start]
    ways = Counter(kind_of(cart) for cart in orders)
    for way, share in SHARES:
        assert abs(ways[way] / len(orders) - share / 100) < 0.025, (way, ways)
    on_terms = [cart for cart in orders if cart.terms]
    assert any(not cart.payments for cart in on_terms)
    assert all(payment.processed_at < datetime(2011, 1, 1, tzinfo=UTC) for cart in orders for payment in cart.payments)
    assert {payment.gateway for cart in on_terms for payment in cart.payments} == {"Bank Deposit"}
    assert not any(cart.refunds for cart in orders if kind_of(cart) in {"terms", "two", "partial"})


def kind_of(cart: Cart) -> str:
    if cart.terms:
        return "terms"
    if len(cart.payments) == 2:
        return "two"
    if settle(cart).totals.outstanding:
        return "partial"
    return {"shopify_payments": "card"}.get(cart.payments[0].gateway, cart.payments[0].gateway)


def test_an_order(load_rows: Load) -> None:
    month, orders = load_rows("536365 85123A 6 2.55", "536365 M 1 1.00", "536365 POST 1 18.00", "536365 DOT 1 0.50")
    cart = orders["#536365"].cart
    assert (cart.id, cart.number, orders["#536365"].totals.total) == (5000536365, 536365, Decimal("34.80"))
    assert [(line.sku, line.variant_id is None) for line in cart.lines] == [("85123A", False), ("M", True)]
    assert [(line.title, line.price, line.code) for line in cart.shipping] == [
        ("Title POST", 18, "POST"),
        ("Title DOT", Decimal("0.5"), "DOT"),
    ]
    assert cart.processed_at == datetime(2010, 12, 10, 8, 0, tzinfo=UTC)
    assert cart.customer is not None
    assert (cart.customer.last_name, cart.customer.email) == ("7", "customer-7@example.com")
    assert cart.billing_address is not None
    assert (cart.billing_address.country_code, cart.billing_address.country) == ("IE", "Ireland")
    assert (month.summary.orders, month.summary.sales_total) == (1, Decimal("34.80"))


def test_a_guest(load_rows: Load) -> None:
    cart = load_rows("1 A1234 1 5 -")[1]["#1"].cart
    assert (cart.customer, cart.shipping_address) == (None, None)
    assert cart.billing_address is not None
    assert (cart.billing_address.last_name, cart.billing_address.country_code) == (None, "IE")


def test_nothing_but_shipping_is_an_order_of_it(load_rows: Load) -> None:
    cart = load_rows("1 POST 1 5")[1]["#1"].cart
    assert ([line.sku for line in cart.lines], cart.shipping) == (["POST"], ())


def test_a_discount_is_spread_over_the_order(load_rows: Load) -> None:
    order = load_rows("1 A1234 1 94", "1 B1234 2 50", "1 C1234 1 100", "1 D -1 10")[1]["#1"]
    assert [line.allocations[0][1] for line in order.lines] == [Decimal("3.20"), Decimal("3.40"), Decimal("3.40")]
    assert order.totals.total == 284
    assert order.cart.discounts[0].title == "Title D"


def test_a_discount_larger_than_the_goods_lowers_the_shipping(load_rows: Load) -> None:
    order = load_rows("1 A1234 1 4", "1 POST 1 5", "1 D -1 6", "1 A1234 -1 1")[1]["#1"]
    assert (order.totals.subtotal, order.totals.shipping, order.totals.discounts) == (0, 2, 7)


def test_what_is_left_out(load_rows: Load) -> None:
    month, orders = load_rows(
        "1 A1234 1 10", "1 AMAZONFEE 1 3", "2 BANK_CHARGES 1 15", "C3 CRUK -1 2", "A4 B 1 99", "5 A1234 3 0",
        "6 A1234 1 5", "6 M -1 8", "6 AMAZONFEE 1 4", "7 TEST001 1 4.50", "8 A1234 0 9", "8 A1234 1 9", "c9 M 1 5",
    )  # fmt: skip
    assert set(orders) == {"#1", "#8"}
    assert {(each.document, each.reason, each.amount) for each in month.summary.left_out} == {
        ("1", "fee", 3), ("2", "fee", 15), ("C3", "fee", -2), ("A4", "neither invoice nor cancellation", 99),
        ("5", "total of zero", 0), ("6", "fee", 4), ("6", "nothing sold or given back remains", -3),
        ("7", "test item", Decimal("4.50")), ("8", "line without quantity", 0),
        ("C9", "nothing sold or given back remains", 5),
    }  # fmt: skip
    assert (month.summary.documents, month.summary.orders, month.summary.refunds) == (9, 2, 0)
    assert month.summary.as_json()["left_out"][0] == {"document": "1", "reason": "fee", "amount": "3.00"}


def test_fractions_of_a_penny(load_rows: Load) -> None:
    month, orders = load_rows("1 A1234 240 0.001", "1 B1234 1 0.126", "1 C1234 1 5")
    order = orders["#1"]
    assert [(line.title, line.quantity, line.unit_price) for line in order.cart.lines] == [
        ("240 x Title A1234", 1, Decimal("0.24")),
        ("1 x Title B1234", 1, Decimal("0.13")),
        ("Title C1234", 1, 5),
    ]
    [left] = month.summary.left_out
    assert (left.reason, left.amount) == ("fraction of a penny", Decimal("-0.004"))
    assert month.summary.headline()["left_out_total"] == "-0.004"


def test_a_refund_goes_to_the_latest_order_that_fits(load_rows: Load) -> None:
    month, orders = load_rows(
        "1 A1234 5 2 7 01", "2 A1234 5 2 7 02", "3 A1234 1 2 7 03", "4 A1234 9 2 8 04", "C5 A1234 -3 2 7 05",
        "C6 A1234 -3 2 7 06", "6 A1234 9 2 7 07",
    )  # fmt: skip
    assert {name: dict(order.removed) for name, order in orders.items() if order.removed} == {
        "#1": {0: 3},
        "#2": {0: 3},
    }
    assert month.summary.refunds_matched == 2
    refund = orders["#2"].cart.refunds[0]
    assert (refund.id, refund.note) == (8_000_000_000_000_005, "Cancellation C5")
    assert orders["#2"].financial_status == "PARTIALLY_REFUNDED"


def test_a_refund_without_an_order_gets_one_from_before(load_rows: Load) -> None:
    month, orders = load_rows("1 A1234 1 2 7 03", "C5 A1234 -2 2 7 05", "C5 POST -1 4 7 05", "C6 A1234 -1 2 - 05")
    earlier = orders["#5-E"]
    assert earlier.cart.processed_at == datetime(2010, 11, 30, 12, 0, tzinfo=UTC)
    assert (earlier.totals.total, earlier.totals.refunded, earlier.financial_status) == (8, 8, "REFUNDED")
    assert (earlier.removed, earlier.totals.refunded_shipping) == ({0: 2}, 4)
    assert orders["#6-E"].cart.customer is None
    assert (month.summary.orders, month.summary.orders_before_start, month.summary.refunds_standalone) == (1, 2, 2)


@pytest.mark.parametrize(
    ("price", "adjustment"), [("3", "-2"), ("1.50", "1")], ids=["more than it cost", "less than it cost"]
)
def test_another_price_is_an_adjustment(load_rows: Load, price: str, adjustment: str) -> None:
    order = load_rows("1 A1234 2 2", "1 B1234 2 9", f"C5 A1234 -2 {price}")[1]["#1"]
    assert order.refunds[0].adjustment == Decimal(adjustment)
    assert order.totals.outstanding == 0


def test_lines_of_the_same_price_go_first(load_rows: Load) -> None:
    order = load_rows("1 A1234 2 2", "1 A1234 2 3", "C5 A1234 -3 3")[1]["#1"]
    assert order.removed == {0: 1, 1: 2}


def test_an_amount_only_refund(load_rows: Load) -> None:
    _, orders = load_rows("1 A1234 1 5 7 01", "2 A1234 1 2 7 02", "C5 D -1 3 7 05", "C6 D -1 4 8 06")
    assert (orders["#1"].removed, orders["#1"].refunds[0].adjustment) == ({}, -3)
    assert orders["#6-E"].cart.lines[0].title == "Goods of an earlier order"
    assert (orders["#6-E"].totals.total, orders["#6-E"].refunds[0].adjustment) == (4, -4)


def test_refunds_of_goods_with_a_part_more_or_less(load_rows: Load) -> None:
    _, orders = load_rows("C5 A1234 -2 3", "C5 D -1 1", "C6 A1234 -2 3 7", "C6 A1234 1 1 7", "C7 POST -1 2")
    assert [(name, orders[name].totals.refunded, orders[name].refunds[0].adjustment) for name in sorted(orders)] == [
        ("#5-E", 7, -1), ("#6-E", 5, 1), ("#7-E", 2, 0),
    ]  # fmt: skip


def test_a_refund_needs_enough_paid(load_rows: Load) -> None:
    _, orders = load_rows("1 A1234 2 2 7 01", "C5 A1234 -1 3 7 02", "C6 A1234 -1 3 7 03")
    assert orders["#1"].totals.refunded == 3
    assert orders["#6-E"].totals.refunded == 3


def test_refund_ways_are_paid_in_full() -> None:
    for number in range(500):
        assert way_of(str(number), in_full=True) in {"card", "paypal", "cash"}
    moment = datetime(2010, 12, 1, tzinfo=UTC)
    tiny = [how_paid(str(number), Decimal("0.01"), moment, moment, in_full=False) for number in range(300)]
    assert {sum(payment.amount for payment in paid.payments) for paid in tiny} == {0, Decimal("0.01")}
    assert checksum("1") == checksum("1")


def test_countries() -> None:
    assert country("EIRE") == ("IE", "Ireland")
    assert country(" Unspecified ") == (None, "Unspecified")


codes = st.sampled_from(["12345", "12346", "POST", "D", "M", "AMAZONFEE"])
documents = st.sampled_from(["1", "2", "3", "C4", "C5", "C6", "A7"])
prices = st.decimals(min_value="-9", max_value="99", places=3)


@given(st.lists(st.tuples(documents, codes, st.integers(-5, 9), prices), min_size=1, max_size=25))
def test_no_penny_is_lost_whatever_the_file_says(lines: list[tuple[str, str, int, Decimal]]) -> None:
    moment = datetime(2010, 12, 5, tzinfo=UTC)
    rows = [Row(at, document, code, "", quantity, moment, price, "7", "France")
            for at, (document, code, quantity, price) in enumerate(lines)]  # fmt: skip
    sorted_out = sort_documents(rows)
    matching = match_refunds(sorted_out.orders, sorted_out.refunds, moment)
    sales = sum(document.total for document in sorted_out.orders)
    refunds = sum(document.total for document in sorted_out.refunds)
    left = sum(each.amount for each in sorted_out.left_out)
    assert sales - refunds + left == sum(row.amount for row in rows) == sorted_out.total
    laid = [refund for order in (*matching.orders, *matching.earlier) for refund in order.refunds]
    assert len(laid) == len(sorted_out.refunds)

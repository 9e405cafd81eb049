"""All orders of the packaged month: identities, completeness of paging, the store's own account."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.retail.month import LoadedMonth
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.dump import dump_lines
from comptoir_sandbox.shopify.ids import CHILDREN_PER_ORDER

Ask = Callable[..., dict[str, Any]]
START = "2010-12-01T00:00:00Z"


@pytest.fixture(scope="module")
def dumped(month_sandbox: Sandbox) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in dump_lines(month_sandbox.shop)]
    assert {line["type"] for line in lines} == {"Order"}
    return [line["object"] for line in lines]


def number(text: str) -> Decimal:
    return Decimal(text)


def total(texts: Iterator[str]) -> Decimal:
    return sum(map(Decimal, texts), Decimal(0))


def test_identities_of_every_order(dumped: list[dict[str, Any]], month_sandbox: Sandbox) -> None:
    for order, known in zip(dumped, month_sandbox.shop.orders(), strict=True):
        assert order["name"] == known.cart.name
        gross = sum(line.unit_price * line.quantity for line in known.cart.lines)
        allocated = sum(amount for line in known.lines for _, amount in line.allocations)
        assert number(order["subtotalPriceSet"]) == gross - allocated
        assert number(order["totalPriceSet"]) == number(order["subtotalPriceSet"]) + number(
            order["totalShippingPriceSet"]
        )
        moved = [each for each in order["transactions"] if each["status"] == "SUCCESS"]
        received = total(each["amountSet"] for each in moved if each["kind"] == "SALE")
        refunded = total(each["amountSet"] for each in moved if each["kind"] == "REFUND")
        assert number(order["totalReceivedSet"]) == received
        assert number(order["totalRefundedSet"]) == refunded <= received
        assert number(order["netPaymentSet"]) == received - refunded
        owed = number(order["totalPriceSet"]) - received
        assert number(order["totalOutstandingSet"]) == owed >= 0
        assert all(0 < known.removed[at] <= known.cart.lines[at].quantity for at in known.removed)
        assert order["displayFinancialStatus"] == expected_status(received, refunded, owed)


def expected_status(received: Decimal, refunded: Decimal, owed: Decimal) -> str:
    if refunded:
        return "REFUNDED" if refunded == received else "PARTIALLY_REFUNDED"
    if not received:
        return "PENDING"
    return "PARTIALLY_PAID" if owed else "PAID"


def test_identity_of_every_refund(dumped: list[dict[str, Any]]) -> None:
    adjusted = 0
    for order in dumped:
        for refund in order["refunds"]:
            value = total(line["subtotalSet"] for line in refund["refundLineItems"])
            value += total(line["subtotalAmountSet"] for line in refund["refundShippingLines"])
            differences = total(each["amountSet"] for each in refund["orderAdjustments"])
            paid_back = total(each["amountSet"] for each in refund["transactions"])
            assert paid_back == value - differences == number(refund["totalRefundedSet"]) > 0
            adjusted += bool(refund["orderAdjustments"])
            assert {each["gateway"] for each in refund["transactions"]} <= {
                each["gateway"] for each in order["transactions"] if each["kind"] == "SALE"
            }
            assert order["updatedAt"] >= refund["processedAt"]
    assert adjusted >= 8


def test_the_store_adds_up_to_the_summary(dumped: list[dict[str, Any]], month: LoadedMonth) -> None:
    summary = month.summary
    inside = [order for order in dumped if order["processedAt"] >= START]
    refunds = [refund for order in dumped for refund in order["refunds"]]
    assert (len(inside), len(dumped) - len(inside), len(refunds)) == (
        summary.orders,
        summary.orders_before_start,
        summary.refunds,
    )
    sales = total(order["totalPriceSet"] for order in inside)
    back = total(refund["totalRefundedSet"] for refund in refunds)
    assert (sales, back) == (summary.sales_total, summary.refund_total)
    assert sales - back + summary.left_out_total == Decimal("748957.02")


def test_ids_are_unique_and_names_are_short(dumped: list[dict[str, Any]], month_sandbox: Sandbox) -> None:
    ids = Counter(order["id"] for order in dumped)
    assert max(len(order.lines) for order in month_sandbox.shop.orders()) < CHILDREN_PER_ORDER
    for order in dumped:
        for part in ("shippingLines", "transactions", "refunds"):
            ids.update(each["id"] for each in order[part])
        for refund in order["refunds"]:
            ids.update(each["id"] for each in (*refund["refundLineItems"], *refund["refundShippingLines"]))
    assert ids.most_common(1)[0][1] == 1
    names = [order["name"] for order in dumped]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 12


def test_paging_shows_every_order_once(month_sandbox: Sandbox, ask: Ask, month: LoadedMonth) -> None:
    query = """query($after: String) {
        orders(first: 250, after: $after, sortKey: UPDATED_AT, query: "updated_at:>=2010-12-01") {
        pageInfo { hasNextPage endCursor } nodes { id updatedAt } } }"""
    seen: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        page = ask(month_sandbox, query, after=after)["data"]["orders"]
        seen += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len({node["id"] for node in seen}) == len(seen) == len(month.seed.carts)
    assert [node["updatedAt"] for node in seen] == sorted(node["updatedAt"] for node in seen)


def test_the_longest_order_is_read_page_by_page(month_sandbox: Sandbox, ask: Ask) -> None:
    longest = max(month_sandbox.shop.orders(), key=lambda order: len(order.lines))
    assert len(longest.lines) > 600
    query = """query($id: ID!, $after: String) { order(id: $id) { lineItems(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { id originalTotalSet { shopMoney { amount } } } } } }"""
    seen: list[dict[str, Any]] = []
    after, more = None, True
    while more:
        variables = {"id": f"gid://shopify/Order/{longest.cart.id}", "after": after}
        page = ask(month_sandbox, query, **variables)["data"]["order"]["lineItems"]
        seen += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len({node["id"] for node in seen}) == len(seen) == len(longest.lines)
    assert total(node["originalTotalSet"]["shopMoney"]["amount"] for node in seen) == longest.totals.subtotal


def test_lists_without_cursors_take_first(month_sandbox: Sandbox, ask: Ask) -> None:
    order = next(order for order in month_sandbox.shop.orders() if len(order.cart.payments) == 2)
    query = """query($id: ID!) { order(id: $id) { one: transactions(first: 1) { id }
        all: transactions { id order { id } parentTransaction { id } } } }"""
    data = ask(month_sandbox, query, id=f"gid://shopify/Order/{order.cart.id}")["data"]["order"]
    assert len(data["one"]) == 1
    assert [each["order"]["id"] for each in data["all"]] == [f"gid://shopify/Order/{order.cart.id}"] * 2


def test_terms_say_what_is_due(month_sandbox: Sandbox, ask: Ask) -> None:
    query = """query($q: String!) { orders(first: 1, query: $q) { nodes { totalPriceSet { shopMoney { amount } }
        paymentTerms { paymentTermsType dueInDays overdue
        paymentSchedules(first: 1) { nodes { dueAt completedAt balanceDue { amount } } } } } } }"""
    [order] = ask(month_sandbox, query, q="financial_status:pending")["data"]["orders"]["nodes"]
    terms = order["paymentTerms"]
    assert (terms["paymentTermsType"], terms["dueInDays"], terms["overdue"]) == ("NET", 30, True)
    [schedule] = terms["paymentSchedules"]["nodes"]
    assert schedule["completedAt"] is None
    assert schedule["balanceDue"] == order["totalPriceSet"]["shopMoney"]
    [settled] = ask(month_sandbox, query, q="gateway:'Bank Deposit'")["data"]["orders"]["nodes"]
    [schedule] = settled["paymentTerms"]["paymentSchedules"]["nodes"]
    assert settled["paymentTerms"]["overdue"] is False
    assert schedule["completedAt"] is not None
    assert schedule["balanceDue"]["amount"] == "0.0"


def test_customers_can_be_looked_up(month_sandbox: Sandbox, ask: Ask) -> None:
    query = """{ customer(id: "gid://shopify/Customer/7000017850") {
        displayName defaultEmailAddress { emailAddress } } }"""
    data = ask(month_sandbox, query)
    assert data["data"]["customer"] == {
        "displayName": "Customer 17850",
        "defaultEmailAddress": {"emailAddress": "customer-17850@example.com"},
    }

"""orderCreate: what importers make, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import Cart

WRITER = frozenset({"read_orders", "read_all_orders", "write_orders"})
CREATE = """mutation($order: OrderCreateOrderInput!) { orderCreate(order: $order) { order {
  id name number createdAt processedAt sourceName displayFinancialStatus displayFulfillmentStatus tags test poNumber
  customAttributes { key value }
  totalPriceSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  totalTaxSet { presentmentMoney { amount } } totalOutstandingSet { presentmentMoney { amount } }
  transactions { kind status gateway parentTransaction { kind } amountSet { shopMoney { amount } } } }
  userErrors { field message code } } }"""


def bag(shop: str, seen: str | None = None, currency: str = "GBP") -> dict[str, Any]:
    money: dict[str, Any] = {"shopMoney": {"amount": shop, "currencyCode": "GBP"}}
    if seen is not None:
        money["presentmentMoney"] = {"amount": seen, "currencyCode": currency}
    return money


def line(**changes: Any) -> dict[str, Any]:
    return {"title": "Mug", "quantity": 2, "priceSet": bag("10.00"), **changes}


@pytest.fixture
def create(make_sandbox: Callable[..., Sandbox], make_cart: Callable[..., Cart]) -> Callable[..., dict[str, Any]]:
    sandbox = make_sandbox(make_cart(1041))

    def run(**order: Any) -> dict[str, Any]:
        answer = sandbox.api.answer(GraphQLRequest(CREATE, {"order": order}, None), WRITER)
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = answer["data"]["orderCreate"]
        return payload

    return run


def test_an_order_without_transactions_has_no_status(create: Callable[..., dict[str, Any]]) -> None:
    attributes = [{"key": "channel", "value": "fair"}]
    made = create(lineItems=[line()], tags=["x"], poNumber="P1", customAttributes=attributes)["order"]
    assert (made["name"], made["number"], made["sourceName"]) == ("#1042", 1042, "api")
    assert (made["displayFinancialStatus"], made["displayFulfillmentStatus"]) == (None, "UNFULFILLED")
    assert (made["tags"], made["poNumber"], made["customAttributes"]) == (["x"], "P1", attributes)
    assert made["totalOutstandingSet"]["presentmentMoney"]["amount"] == "20.0"
    assert create(lineItems=[line()], name="FAIR-9")["order"]["name"] == "FAIR-9"


def test_taxes_shipping_and_payment(create: Callable[..., dict[str, Any]]) -> None:
    stated = {"title": "VAT", "rate": "0.2", "priceSet": bag("4.01")}
    made = create(
        lineItems=[line(taxLines=[stated], sku="MUG", variantId="gid://shopify/ProductVariant/5")],
        shippingLines=[{"title": "Post", "priceSet": bag("5.00"), "taxLines": [{"title": "VAT", "rate": "0.2"}]}],
        transactions=[
            {"amountSet": bag("30.01"), "gateway": "cash", "kind": "AUTHORIZATION"},
            {"amountSet": bag("30.01"), "gateway": "cash", "kind": "CAPTURE"},
        ],
        processedAt="2026-11-01T10:00:00Z",
        closedAt="2026-11-02T10:00:00",
        fulfillmentStatus="FULFILLED",
    )["order"]
    assert (made["processedAt"], made["createdAt"]) == ("2026-11-01T10:00:00Z", "2026-11-22T12:00:00Z")
    assert made["totalTaxSet"]["presentmentMoney"]["amount"] == "5.01"
    assert (made["displayFinancialStatus"], made["displayFulfillmentStatus"]) == ("PAID", "FULFILLED")
    assert made["transactions"][1]["parentTransaction"] == {"kind": "AUTHORIZATION"}


def test_in_the_buyers_currency(create: Callable[..., dict[str, Any]]) -> None:
    made = create(
        presentmentCurrency="USD",
        lineItems=[line(quantity=1, priceSet=bag("8.00", "10.00", "USD"))],
        transactions=[{"amountSet": bag("8.10", "10.00", "USD")}],
    )["order"]
    assert made["totalPriceSet"] == {
        "shopMoney": {"amount": "8.0", "currencyCode": "GBP"},
        "presentmentMoney": {"amount": "10.0", "currencyCode": "USD"},
    }
    assert made["transactions"][0]["amountSet"]["shopMoney"]["amount"] == "8.1"
    assert made["displayFinancialStatus"] == "PAID"


@pytest.mark.parametrize(
    ("order", "field", "code"),
    [
        ({"lineItems": []}, ["order", "lineItems"], "INVALID"),
        ({}, ["order", "lineItems"], "INVALID"),
        ({"lineItems": [line(quantity=0)]}, ["order", "lineItems", "0"], "INVALID"),
        (
            {"lineItems": [line()], "processedAt": "2027-01-01T00:00:00Z"},
            ["order", "processedAt"],
            "PROCESSED_AT_INVALID",
        ),
        ({"lineItems": [line()], "processedAt": "soon"}, ["order"], "INVALID"),
        ({"lineItems": [line()], "presentmentCurrency": "USD"}, ["order", "lineItems"], "INVALID"),
        (
            {"lineItems": [line()], "transactions": [{"amountSet": bag("1.00"), "kind": "CAPTURE"}]},
            ["order"],
            "INVALID",
        ),
    ],
)
def test_orders_that_are_refused(
    create: Callable[..., dict[str, Any]], order: dict[str, Any], field: list[str], code: str
) -> None:
    made = create(**order)
    assert made["order"] is None
    assert [(each["field"], each["code"]) for each in made["userErrors"]] == [(field, code)]

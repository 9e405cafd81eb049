"""The seed file: what it may say, what is refused and where, and how it is loaded."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import execute_sync, parse

from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.call import Call
from comptoir_sandbox.shopify.main import run
from comptoir_sandbox.shopify.resolvers import read_field, sandbox_schema
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES
from comptoir_sandbox.shopify.seed import FIRST_ID, SeedError, parse_orders, parse_seed, read_seed
from comptoir_sandbox.shopify.shop import ShopFacts

SHOP = {"domain": "gifts.myshopify.com", "currency": "CAD", "timezone": "America/Toronto", "province_code": "QC"}
GST = {"title": "GST", "rate": "0.05"}
QST = {"title": "QST", "rate": "0.09975"}
EVERYTHING: dict[str, Any] = {
    "number": 1001,
    "case": "everything",
    "processed_at": "2026-11-02T12:00:00-05:00",
    "presentment": {"currency": "USD", "rate": "1.40"},
    "lines": [
        {"title": "Mug", "quantity": 2, "unit_price": "20.00", "sku": "MUG", "variant_id": 1, "product_id": 1,
         "variant_title": "Blue", "taxes": [GST, {**QST, "channel_liable": True}], "vendor": "V",
         "duties": [{"amount": "3.00", "harmonized_system_code": "6912.00", "country_code_of_origin": "CN"}],
         "attributes": [{"key": "wrap", "value": "yes"}]},
        {"title": "Gift card", "quantity": 1, "unit_price": "25.00", "is_gift_card": True, "requires_shipping": False},
        {"title": "Tip", "quantity": 1, "unit_price": "5.00", "is_tip": True, "requires_shipping": False},
        {"title": "Pen", "quantity": 1, "unit_price": 4, "sku": "PEN", "added_at": "2026-11-03T12:00:00Z"},
    ],
    "shipping": [
        {"title": "Post", "price": "8.00", "taxes": [GST]},
        {"title": "Courier", "price": "20.00", "removed": True},
    ],
    "discounts": [{"title": "TEN", "percentage": "10", "kind": "code", "lines": [0], "selection": "ENTITLED"}],
    "fees": [{"name": "Eco fee", "price": "0.50", "taxes": [GST]}],
    "payments": [{"amount": "30.00", "gateway": "gift_card"},
                 {"amount": "55.97", "gateway": "shopify_payments", "rate": "1.41",
                  "card": {"company": "Visa", "number": "•••• 4242"}}],
    "returns": [{"created_at": "2026-11-03T12:00:00Z", "lines": [{"line": 0, "quantity": 1, "restocking_fee": "1.00"}],
                 "shipping_fees": ["2.00"], "exchange_lines": [3]}],
    "refunds": [{"processed_at": "2026-11-03T12:00:00Z", "lines": [{"line": 0, "quantity": 1}], "return_index": 0,
                 "payments": [{"payment": 1, "amount": "10.00"}]}],
    "edits": [{"line": 1, "removed": 1, "at": "2026-11-04T12:00:00Z"}],
    "customer": {"id": 5, "first_name": "Ève", "last_name": None, "email": "eve@example.com", "tax_exempt": True},
    "company": {"id": 8, "name": "Co", "location_id": 9, "location_name": "HQ", "external_id": "C-8"},
    "shipping_address": {"province_code": "QC", "country_code": "CA", "address2": "2"},
    "terms": {"type": "FIXED", "due_at": "2026-12-01T00:00:00Z"},
    "po_number": "PO-1",
    "source_name": "pos",
    "fulfillment_status": "PARTIALLY_FULFILLED",
    "cancelled_at": None,
}  # fmt: skip
QUERY = """{ order(id: "gid://shopify/Order/6000000001001") {
  name createdAt currencyCode presentmentCurrencyCode edited returnStatus displayFulfillmentStatus poNumber
  lineItems(first: 9) { nodes { name currentQuantity customAttributes { key value }
    duties { harmonizedSystemCode countryCodeOfOrigin price { ...B } } taxLines { title channelLiable } } }
  nonFulfillableLineItems(first: 2) { nodes { name } }
  shippingLines(first: 5) { nodes { title } } all: shippingLines(first: 5, includeRemovals: true) {
    nodes { title isRemoved currentDiscountedPriceSet { ...B } } }
  totalTipReceivedSet { ...B } originalTotalDutiesSet { ...B } currentTotalAdditionalFeesSet { ...B }
  additionalFees { name price { ...B } taxLines { title } }
  purchasingEntity { ... on PurchasingCompany { company { name externalId } location { name }
    contact { customer { displayName } } } }
  paymentTerms { paymentTermsType paymentTermsName paymentSchedules(first: 1) { nodes { issuedAt dueAt } } }
  returns(first: 2) { nodes { name status returnShippingFees { amountSet { ...B } }
    returnLineItems(first: 2) { nodes { quantity ... on ReturnLineItem { restockingFee { amountSet { ...B } percentage }
      fulfillmentLineItem { lineItem { sku } } } } }
    exchangeLineItems(first: 2) { nodes { quantity lineItem { sku } lineItems { sku } } }
    refunds(first: 2) { nodes { return { name } } } order { name } } }
  transactions { gateway formattedGateway amountSet { shopMoney { amount } presentmentMoney { amount } } }
} }
fragment B on MoneyBag { shopMoney { amount } presentmentMoney { amount currencyCode } }"""


def ask(sandbox: Sandbox, query: str) -> dict[str, Any]:
    answer = sandbox.api.answer(GraphQLRequest(query, {}, None), frozenset(DEFAULT_SCOPES))
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


@pytest.fixture(scope="module")
def everything() -> dict[str, Any]:
    seed = parse_seed({"shop": SHOP, "orders": [EVERYTHING]})
    order: dict[str, Any] = ask(Sandbox(ShopifyConfig(seed=seed)), QUERY)["order"]
    return order


def usd(amount: str, cad: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": cad}, "presentmentMoney": {"amount": amount, "currencyCode": "USD"}}


def test_an_order_with_everything(everything: dict[str, Any]) -> None:
    assert (everything["name"], everything["createdAt"]) == ("#1001", "2026-11-02T17:00:00Z")
    assert (everything["currencyCode"], everything["presentmentCurrencyCode"]) == ("CAD", "USD")
    assert (everything["edited"], everything["returnStatus"]) == (True, "RETURNED")
    assert (everything["displayFulfillmentStatus"], everything["poNumber"]) == ("PARTIALLY_FULFILLED", "PO-1")
    mug, card, tip, pen = everything["lineItems"]["nodes"]
    assert [each["currentQuantity"] for each in (mug, card, tip, pen)] == [1, 0, 1, 1]
    assert (mug["name"], mug["customAttributes"]) == ("Mug - Blue", [{"key": "wrap", "value": "yes"}])
    assert mug["duties"] == [
        {"harmonizedSystemCode": "6912.00", "countryCodeOfOrigin": "CN", "price": usd("3.0", "4.2")}
    ]
    assert mug["taxLines"] == [{"title": "GST", "channelLiable": False}, {"title": "QST", "channelLiable": True}]
    assert everything["nonFulfillableLineItems"] == {"nodes": [{"name": "Tip"}]}


def test_its_money_beside_the_goods(everything: dict[str, Any]) -> None:
    assert everything["totalTipReceivedSet"] == usd("5.0", "7.0")
    assert everything["originalTotalDutiesSet"] == usd("3.0", "4.2")
    assert everything["currentTotalAdditionalFeesSet"] == usd("0.5", "0.7")
    assert everything["additionalFees"] == [
        {"name": "Eco fee", "price": usd("0.5", "0.7"), "taxLines": [{"title": "GST"}]}
    ]
    assert everything["shippingLines"]["nodes"] == [{"title": "Post"}]
    assert [(each["title"], each["isRemoved"]) for each in everything["all"]["nodes"]] == [
        ("Post", False),
        ("Courier", True),
    ]
    assert everything["all"]["nodes"][1]["currentDiscountedPriceSet"] == usd("0.0", "0.0")
    amounts = [
        (each["formattedGateway"], each["amountSet"]["shopMoney"]["amount"]) for each in everything["transactions"]
    ]
    assert amounts == [("Gift Card", "42.0"), ("Shopify Payments", "78.92"), ("Shopify Payments", "14.0")]


def test_its_buyer_terms_and_return(everything: dict[str, Any]) -> None:
    assert everything["purchasingEntity"] == {
        "company": {"name": "Co", "externalId": "C-8"},
        "location": {"name": "HQ"},
        "contact": {"customer": {"displayName": "Ève"}},
    }
    terms = everything["paymentTerms"]
    assert (terms["paymentTermsType"], terms["paymentTermsName"]) == ("FIXED", "Fixed")
    assert terms["paymentSchedules"]["nodes"] == [{"issuedAt": None, "dueAt": "2026-12-01T00:00:00Z"}]
    [back] = everything["returns"]["nodes"]
    assert (back["name"], back["status"], back["order"]) == ("#1001-R1", "CLOSED", {"name": "#1001"})
    assert back["returnShippingFees"] == [{"amountSet": usd("2.0", "2.8")}]
    [line] = back["returnLineItems"]["nodes"]
    assert (line["restockingFee"]["amountSet"], line["restockingFee"]["percentage"]) == (usd("1.0", "1.4"), 2.78)
    assert line["fulfillmentLineItem"] == {"lineItem": {"sku": "MUG"}}
    assert back["exchangeLineItems"]["nodes"] == [
        {"quantity": 1, "lineItem": {"sku": "PEN"}, "lineItems": [{"sku": "PEN"}]}
    ]
    assert back["refunds"]["nodes"] == [{"return": {"name": "#1001-R1"}}]


def test_goods_of_an_exchange_that_came_back_too_are_shown_on_request() -> None:
    """shopify.md §4.7; the official schema says so of `includeRemovedItems`."""
    removed = [*EVERYTHING["edits"], {"line": 3, "removed": 1, "at": "2026-11-05T12:00:00Z"}]
    sandbox = Sandbox(ShopifyConfig(seed=parse_seed({"shop": SHOP, "orders": [{**EVERYTHING, "edits": removed}]})))
    query = """{ order(id: "gid://shopify/Order/6000000001001") { returns(first: 1) { nodes {
        exchangeLineItems(first: 2) { nodes { quantity } }
        all: exchangeLineItems(first: 2, includeRemovedItems: true) { nodes { quantity lineItem { sku } } } } } } }"""
    [back] = ask(sandbox, query)["order"]["returns"]["nodes"]
    assert back["exchangeLineItems"]["nodes"] == []
    assert back["all"]["nodes"] == [{"quantity": 1, "lineItem": {"sku": "PEN"}}]


def test_a_return_can_be_looked_up() -> None:
    sandbox = Sandbox(ShopifyConfig(seed=parse_seed({"shop": SHOP, "orders": [EVERYTHING]})))
    for gid in ("gid://shopify/Return/60000000010010000", "gid://shopify/Return/60000000010010001"):
        found = ask(sandbox, f'{{ return(id: "{gid}") {{ name }} node(id: "{gid}") {{ id }} }}')
        assert found["return"] == ({"name": "#1001-R1"} if gid.endswith("0000") else None)
        assert found["node"] == ({"id": gid} if gid.endswith("0000") else None)


def test_the_projects_queries_show_it(specs: Path) -> None:
    sandbox = Sandbox(ShopifyConfig(seed=parse_seed({"shop": SHOP, "orders": [EVERYTHING]})))
    text = (specs / "queries" / "orders_sync.graphql").read_text(encoding="utf-8")
    variables = {"first": 5, "query": "name:1001"}
    answer = sandbox.api.answer(GraphQLRequest(text, variables, None), frozenset(DEFAULT_SCOPES))
    assert "errors" not in answer
    [shown] = answer["data"]["orders"]["nodes"]
    plain = execute_sync(
        sandbox_schema(),
        parse(text),
        context_value=Call(sandbox.services, frozenset(DEFAULT_SCOPES)),
        variable_values=variables,
        field_resolver=read_field,
    )
    assert plain.data == answer["data"]
    text = (specs / "queries" / "refund_detail.graphql").read_text(encoding="utf-8")
    variables = {"id": shown["refunds"][0]["id"]}
    refund = sandbox.api.answer(GraphQLRequest(text, variables, None), frozenset(DEFAULT_SCOPES))
    assert "errors" not in refund
    # 20.00 - 10 % + 0.90 GST + 1.80 QST = 20.70 taken back; 3.00 fees kept, 10.00 paid back, 1.35 was still owed (total
    # 87.32, paid 85.97): the merchant keeps 6.35.
    [adjustment] = refund["data"]["refund"]["orderAdjustments"]["nodes"]
    assert adjustment["amountSet"]["presentmentMoney"] == {"amount": "6.35", "currencyCode": "USD"}


def order(**changes: Any) -> dict[str, Any]:
    plain = {"number": 1, "created_at": "2026-11-02T12:00:00Z",
             "lines": [{"title": "x", "quantity": 1, "unit_price": "10.00"}]}  # fmt: skip
    return {**plain, **changes}


def test_defaults() -> None:
    facts = ShopFacts(currency="EUR", taxes_included=True)
    [cart] = parse_orders([order(payments=[{"amount": "10", "gateway": "cash"}])], facts)
    assert (cart.id, cart.name, cart.currency, cart.taxes_included) == (FIRST_ID + 1, "#1", "EUR", True)
    assert cart.processed_at == cart.created_at == cart.payments[0].processed_at
    assert cart.lines[0].unit_price == Decimal("10.00")


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        ({"colour": 1}, "orders[0]: unknown member 'colour'; known: id, name, "),
        ({"lines": [{"title": "x", "quantity": "two", "unit_price": "1"}]},
         "orders[0].lines[0].quantity: 'two' is no whole number"),
        ({"lines": [{"title": "x", "quantity": True, "unit_price": "1"}]}, "quantity: True is no whole number"),
        ({"lines": [{"title": "x", "quantity": 1, "unit_price": 9.99}]}, "unit_price: 9.99 is no amount"),
        ({"lines": [{"title": "x", "quantity": 1, "unit_price": "NaN"}]}, "unit_price: 'NaN' is no amount"),
        ({"lines": [{"title": "x", "quantity": 1}]}, "orders[0].lines[0]: unit_price is missing"),
        ({"lines": [{"title": 1, "quantity": 1, "unit_price": "1"}]}, "orders[0].lines[0].title: 1 is no text"),
        ({"lines": {}}, "orders[0].lines: {} is no list"),
        ({"lines": [7]}, "orders[0].lines[0]: 7 is no object"),
        ({"test": "yes"}, "orders[0].test: 'yes' is no true or false"),
        ({"cancel_reason": "BORED"}, "orders[0].cancel_reason: 'BORED' is none of CUSTOMER, "),
        ({"created_at": "2026-11-02T12:00:00"}, "orders[0].created_at: '2026-11-02T12:00:00' is no time"),
        ({"payments": [5]}, "orders[0].payments[0]: 5 is no object"),
        ({"refunds": [{"processed_at": "2026-11-02T12:00:00Z", "lines": [{"line": 0, "quantity": 2}]}]},
         "orders[0]: #1: 2 of line 0 cannot be refunded"),
    ],
)  # fmt: skip
def test_mistakes_have_their_place(change: dict[str, Any], mistake: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse_seed({"orders": [order(**change)]})
    assert any(mistake in each for each in caught.value.mistakes)


@pytest.mark.parametrize(
    ("raw", "mistake"),
    [
        ([], 'a seed is an object with "shop" and "orders"'),
        ({"ordres": []}, "seed: unknown member 'ordres'"),
        ({"shop": []}, "shop: [] is no object"),
        ({"shop": {"money": "CAD"}}, "shop: unknown member 'money'"),
        ({"orders": {}}, "orders: {} is no list"),
        ({"orders": [7]}, "orders[0]: 7 is no object"),
        ({"orders": [order(), order()]}, f"#1: another order has the id {FIRST_ID + 1}"),
        ({"orders": [{"lines": []}]}, "orders[0]: number is missing"),
    ],
)
def test_mistakes_of_the_whole(raw: Any, mistake: str) -> None:
    with pytest.raises(SeedError) as caught:
        parse_seed(raw)
    assert any(mistake in each for each in caught.value.mistakes)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(SeedError, match=r"3 mistake\(s\)"):
        parse_seed({"orders": [order(test=1, note=2), order(number=2, tags=3)]})


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"shop": SHOP, "orders": [EVERYTHING]}), encoding="utf-8")
    seed = read_seed(path, ShopFacts(domain="other.myshopify.com", name="Other"))
    assert (seed.facts.domain, seed.facts.name, seed.facts.province_code) == ("gifts.myshopify.com", "Other", "QC")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(SeedError, match="no JSON"):
        read_seed(path)
    assert run(["--seed", str(path)]) == run(["--seed", str(tmp_path / "none.json")]) == 1
    told = capsys.readouterr().err
    assert "the file is no JSON" in told
    assert "none.json" in told


def test_what_is_announced_is_the_seeds_shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps({"shop": SHOP, "orders": [EVERYTHING]}), encoding="utf-8")
    told: dict[str, Any] = {}

    def serve(app: Any, **options: Any) -> int:
        told.update(options["announce"], orders=len(app.state.sandbox.shop.orders()))
        return 0

    monkeypatch.setattr("comptoir_sandbox.shopify.main.serve", serve)
    assert run(["--seed", str(path)]) == 0
    assert (told["shop"], told["orders"], told["summary"]) == ("gifts.myshopify.com", 1, None)


def test_orders_can_be_sent_while_it_runs() -> None:
    app = build_app(ShopifyConfig())
    with ThreadedServer(app) as server, httpx2.Client(base_url=server.url) as client:

        def send(body: Any) -> httpx2.Response:
            return client.post("/_control/orders", json=body)

        [made] = send({"orders": [order()]}).json()
        assert (made["name"], made["updatedAt"], made["note"]) == ("#1", "2026-11-02T12:00:00Z", None)
        [changed] = send([order(note="again")]).json()
        assert changed["note"] == "again"
        assert changed["updatedAt"] != made["updatedAt"]
        refused = send({"orders": [order(test=5)], "shop": {}})
        assert (refused.status_code, "is no list" in refused.json()["error"]) == (400, True)
        assert client.post("/_control/orders", content=b"{").status_code == 400
        assert len(client.get("/_control/dump").text.splitlines()) == 1

"""An order with everything the engine knows, as the API shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import (
    Address,
    CartDiscount,
    CartLine,
    CartShipping,
    Customer,
    Payment,
    Refund,
    RefundedLine,
    RefundPayment,
    Tax,
)

VAT = Tax(title="VAT", rate=Decimal("0.2"))
QUERY = """{ order(id: "gid://shopify/Order/1001") {
  name displayFinancialStatus discountCode discountCodes paymentGatewayNames
  subtotalPriceSet { ...B } totalDiscountsSet { ...B } cartDiscountAmountSet { ...B } totalShippingPriceSet { ...B }
  totalTaxSet { ...B } totalPriceSet { ...B } currentTotalTaxSet { ...B }
  currentCartDiscountAmountSet { ...B } currentTotalPriceSet { ...B }
  taxLines { ...T } currentTaxLines { ...T }
  customer { displayName defaultPhoneNumber { phoneNumber } }
  purchasingEntity { __typename ... on Customer { displayName } }
  billingAddress { name company city countryCodeV2 }
  shippingAddress { name }
  shippingLine { title discountedPriceSet { ...B } }
  shippingLines(first: 5) { nodes { originalPriceSet { ...B } taxLines { ...T } discountAllocations { ...A } } }
  discountApplications(first: 9) { edges { node { ...D } } }
  lineItems(first: 9) { nodes { title taxable isGiftCard variant { sku displayName product { title } } product { id }
    discountedTotalSet { ...B } discountedUnitPriceAfterAllDiscountsSet { ...B }
    taxLines(first: 1) { ...T } discountAllocations { ...A } } }
  transactions { kind status gateway formattedGateway manualPaymentGateway errorCode amountSet { ...B }
    parentTransaction { kind } paymentDetails { __typename ... on CardPaymentDetails { company number wallet } } }
} }
fragment B on MoneyBag { shopMoney { amount } }
fragment T on TaxLine { title rate ratePercentage priceSet { ...B } }
fragment D on DiscountApplication {
  __typename index allocationMethod targetSelection targetType
  value { ... on MoneyV2 { amount } ... on PricingPercentageValue { percentage } }
  ... on DiscountCodeApplication { code } ... on AutomaticDiscountApplication { title }
  ... on ManualDiscountApplication { title description }
}
fragment A on DiscountAllocation { allocatedAmountSet { ...B } discountApplication { index } }
"""


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount}}


def tax(amount: str) -> dict[str, Any]:
    return {"title": "VAT", "rate": 0.2, "ratePercentage": 20.0, "priceSet": money(amount)}


def allocation(amount: str, index: int) -> dict[str, Any]:
    return {"allocatedAmountSet": money(amount), "discountApplication": {"index": index}}


@pytest.fixture
def order(
    make_cart: Callable[..., Any], make_sandbox: Callable[..., Sandbox], ask: Callable[..., Any]
) -> dict[str, Any]:
    moment = make_cart().created_at
    card = {"gateway": "shopify_payments", "processed_at": moment}
    cart = make_cart(
        1,
        lines=(
            CartLine(
                title="Lamp", quantity=2, unit_price=Decimal(50), sku="L", variant_id=5, product_id=6, taxes=(VAT,)
            ),
            CartLine(title="Card", quantity=1, unit_price=Decimal(50), is_gift_card=True),
        ),
        shipping=(CartShipping(title="Post", price=Decimal(6), taxes=(VAT,)),),
        discounts=(
            CartDiscount(title="TEN", percentage=Decimal(10), kind="code"),
            CartDiscount(title="Bulk", amount=Decimal(10), kind="automatic", lines=(0,)),
            CartDiscount(title="Sorry", amount=Decimal(1), on_shipping=True, description="late"),
        ),
        customer=Customer(id=9, first_name=None, last_name=None, email="a@example.com", phone="+44"),
        billing_address=Address(company="Co", city="Leeds", country="United Kingdom", country_code="GB"),
        shipping_address=Address(first_name="Ada", last_name="Byron"),
        refunds=(
            Refund(
                processed_at=moment,
                lines=(RefundedLine(line=0, quantity=1),),
                payments=(RefundPayment(payment=2, amount=Decimal("48.60")),),
            ),
        ),
    )
    payments = (
        Payment(amount=Decimal("148.20"), status="FAILURE", **card),
        Payment(amount=Decimal("148.20"), kind="AUTHORIZATION", **card),
        Payment(amount=Decimal("148.20"), kind="CAPTURE", parent=1, **card),
        Payment(amount=Decimal("1.00"), status="PENDING", gateway="Bank Deposit", processed_at=moment),
    )
    answer = ask(make_sandbox(replace(cart, payments=payments)), QUERY)
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["order"]
    return found


def test_totals_of_three_kinds_of_discount_and_a_tax(order: dict[str, Any]) -> None:
    amounts = {name: value["shopMoney"]["amount"] for name, value in order.items() if name.endswith("Set")}
    # Goods 100 - 10 (bulk) - 9 (ten per cent of 90) and 50 - 5; shipping 6 - 1; tax 20 % of 81 and of 5.
    assert amounts == {
        "subtotalPriceSet": "126.0",
        "totalDiscountsSet": "25.0",
        "cartDiscountAmountSet": "24.0",
        "totalShippingPriceSet": "5.0",
        "totalTaxSet": "17.2",
        "totalPriceSet": "148.2",
        "currentTotalTaxSet": "9.1",
        "currentCartDiscountAmountSet": "14.5",
        "currentTotalPriceSet": "99.6",
    }
    assert (order["taxLines"], order["currentTaxLines"]) == ([tax("17.2")], [tax("9.1")])
    assert order["displayFinancialStatus"] == "PARTIALLY_REFUNDED"


def test_discounts_by_kind(order: dict[str, Any]) -> None:
    found = [edge["node"] for edge in order["discountApplications"]["edges"]]
    across = {"allocationMethod": "ACROSS", "targetSelection": "ALL"}
    assert found == [
        {"__typename": "DiscountCodeApplication", "index": 0, **across, "targetType": "LINE_ITEM",
         "value": {"percentage": 10.0}, "code": "TEN"},
        {"__typename": "AutomaticDiscountApplication", "index": 1, "allocationMethod": "EACH",
         "targetSelection": "EXPLICIT", "targetType": "LINE_ITEM", "value": {"amount": "10.0"}, "title": "Bulk"},
        {"__typename": "ManualDiscountApplication", "index": 2, **across, "targetType": "SHIPPING_LINE",
         "value": {"amount": "1.0"}, "title": "Sorry", "description": "late"},
    ]  # fmt: skip
    assert (order["discountCode"], order["discountCodes"]) == ("TEN", ["TEN"])


def test_lines_and_shipping(order: dict[str, Any]) -> None:
    lamp, card = order["lineItems"]["nodes"]
    assert lamp["discountAllocations"] == [allocation("10.0", 1), allocation("9.0", 0)]
    assert (lamp["discountedTotalSet"], lamp["discountedUnitPriceAfterAllDiscountsSet"]) == (
        money("90.0"),
        money("40.5"),
    )
    assert (lamp["taxable"], lamp["taxLines"]) == (True, [tax("16.2")])
    assert lamp["variant"] == {"sku": "L", "displayName": "Lamp - Default Title", "product": {"title": "Lamp"}}
    assert (card["isGiftCard"], card["taxable"], card["variant"], card["product"]) == (True, False, None, None)
    assert card["discountAllocations"] == [allocation("5.0", 0)]
    assert order["shippingLine"] == {"title": "Post", "discountedPriceSet": money("5.0")}
    [post] = order["shippingLines"]["nodes"]
    assert (post["originalPriceSet"], post["taxLines"]) == (money("6.0"), [tax("1.0")])
    assert post["discountAllocations"] == [allocation("1.0", 2)]


def test_people_and_places(order: dict[str, Any]) -> None:
    assert order["customer"] == {"displayName": "a@example.com", "defaultPhoneNumber": {"phoneNumber": "+44"}}
    assert order["purchasingEntity"] == {"__typename": "Customer", "displayName": "a@example.com"}
    assert order["billingAddress"] == {"name": None, "company": "Co", "city": "Leeds", "countryCodeV2": "GB"}
    assert order["shippingAddress"] == {"name": "Ada Byron"}


def test_transactions(order: dict[str, Any]) -> None:
    failed, _authorized, captured, pending, refund = order["transactions"]
    assert (failed["status"], failed["errorCode"]) == ("FAILURE", "CARD_DECLINED")
    assert (captured["kind"], captured["parentTransaction"]) == ("CAPTURE", {"kind": "AUTHORIZATION"})
    assert (pending["formattedGateway"], pending["manualPaymentGateway"]) == ("Bank Deposit", True)
    assert (refund["kind"], refund["gateway"], refund["amountSet"]) == ("REFUND", "shopify_payments", money("48.6"))
    assert refund["parentTransaction"] == {"kind": "CAPTURE"}
    assert order["paymentGatewayNames"] == ["shopify_payments", "Bank Deposit"]

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comptoir.books.facts import (
    LineKind,
    Order,
    PaymentStatus,
    Restock,
    StoreIdentity,
    TaxCollector,
    Untranslatable,
)
from comptoir.books.money import Money, total
from comptoir.stores.shopify.translate import translate

STORE = StoreIdentity("shopify:quay-books.myshopify.com")
Record = dict[str, Any]
Build = Callable[..., Order]
Load = Callable[[str], Record]

NOT_ORDERS = {"missing_field"}
SCENARIOS = sorted(path.stem for path in (Path(__file__).parents[2] / "data" / "shopify").glob("*.json"))


def cad(text: str) -> Money:
    return Money(Decimal(text), "CAD")


def bag(text: str, currency: str = "CAD") -> Record:
    return {"shopMoney": {"amount": text, "currencyCode": currency}}


def lines_sum(order: Order) -> Money:
    """Posting rules, section 1: net lines, and the merchant's tax where it is added."""
    net = total((line.net for line in order.lines), order.currency)
    if order.prices_include_tax:
        return net
    taxes = (tax for line in order.lines for tax in line.taxes if tax.collector is TaxCollector.MERCHANT)
    return net + total((tax.amount for tax in taxes), order.currency)


def untranslatable(record: Record) -> Untranslatable:
    made = translate(record, store=STORE)
    assert isinstance(made, Untranslatable), made
    return made


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in NOT_ORDERS])
def test_the_lines_add_up_to_the_total_in_every_scenario(order: Build, name: str) -> None:
    made = order(name)
    assert lines_sum(made) == made.total


def test_simple_card_order(order: Build) -> None:
    made = order("simple_card")
    assert made.number == "1001"
    assert made.total == cad("33.90")
    assert made.status is PaymentStatus.PAID
    assert made.placed_at == datetime(2026, 11, 2, 10, 15, tzinfo=UTC)
    assert made.updated_at == datetime(2026, 11, 6, 8, tzinfo=UTC)
    assert made.url == f"https://admin.shopify.com/store/quay-books/orders/{made.source_id}"
    goods, shipping = made.lines
    assert (goods.kind, goods.sku, goods.quantity, goods.unit_price, goods.gross) == (
        LineKind.PRODUCT,
        "TP-1",
        Decimal(2),
        cad("12.50"),
        cad("25.00"),
    )
    assert [(tax.name, tax.rate, tax.amount) for tax in goods.taxes] == [("HST", Decimal("0.13"), cad("3.25"))]
    assert (shipping.kind, shipping.name, shipping.net) == (LineKind.SHIPPING, "Standard", cad("5.00"))


def test_a_captured_payment_counts_once_at_its_capture(order: Build) -> None:
    made = order("simple_card")
    (payment,) = made.tenders
    assert payment.amount == cad("33.90")
    assert payment.at == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert (payment.method, payment.method_name) == ("shopify_payments", "Shopify Payments")
    assert payment.reference == payment.source_id
    assert payment.source_id.isdecimal()


def test_discount_across_lines_is_taken_from_the_allocations(order: Build) -> None:
    made = order("discount_across")
    assert [line.discount for line in made.lines] == [cad("3.20"), cad("3.40"), cad("3.40")]
    assert made.total == cad("284.00")


def test_two_shippings_each_with_its_discount(order: Build) -> None:
    made = order("two_shippings")
    charges = [line for line in made.lines if line.kind is LineKind.SHIPPING]
    assert [(line.gross, line.discount) for line in charges] == [(cad("8.00"), cad("3.00")), (cad("4.00"), cad("0.00"))]
    assert len({line.source_id for line in charges}) == 2


def test_a_shipping_line_without_id_gets_one(order: Build, record: Load) -> None:
    sent = record("two_shippings")
    sent["shippingLines"]["nodes"][1]["id"] = None
    assert order(sent).lines[2].source_id == "shipping-2"


def test_tax_included_102_at_20_percent_holds_17(order: Build) -> None:
    made = order("tax_included")
    assert made.prices_include_tax
    assert made.total == cad("102.00")
    (line,) = made.lines
    assert line.net == cad("102.00")
    assert [tax.amount for tax in line.taxes] == [cad("17.00")]


def test_edit_of_a_paid_order_226_to_113_and_the_refund_that_settles_it_are_one_refund(order: Build) -> None:
    made = order("edit_paid_then_refund")
    assert made.total == cad("226.00")
    assert made.paid == cad("226.00")
    (refund,) = made.refunds
    (line,) = refund.lines
    assert (line.quantity, line.amount, line.tax, line.restock) == (
        Decimal(1),
        cad("100.00"),
        cad("13.00"),
        Restock.NEVER_LEFT,
    )
    assert [tender.amount for tender in refund.tenders] == [cad("113.00")]


def test_edit_before_payment_226_to_113_then_refunded_is_sale_113_refund_113(order: Build) -> None:
    made = order("edit_unpaid_paid_refunded")
    assert made.total == cad("113.00")
    (line,) = made.lines
    assert (line.quantity, line.gross, line.taxes[0].amount) == (Decimal(1), cad("100.00"), cad("13.00"))
    (refund,) = made.refunds
    assert [(line.amount, line.tax) for line in refund.lines] == [(cad("100.00"), cad("13.00"))]
    assert [tender.amount for tender in refund.tenders] == [cad("113.00")]


def test_edit_without_any_cash_posts_the_current_quantities(order: Build) -> None:
    made = order("edit_unpaid")
    assert made.total == cad("107.35")
    (line,) = made.lines
    assert (line.quantity, line.gross, line.discount, line.taxes[0].amount) == (
        Decimal(1),
        cad("100.00"),
        cad("5.00"),
        cad("12.35"),
    )
    assert made.refunds == ()


def test_a_goodwill_refund_does_not_settle_an_edit_of_unpaid_goods(order: Build, record: Load) -> None:
    sent = record("edit_paid_then_refund")
    sent["transactions"][0]["amountSet"] = bag("113.0")
    sent["totalReceivedSet"] = bag("113.0")
    made = order(sent)
    assert made.total == cad("113.00")
    assert made.refunds[0].lines == ()


def test_an_edit_settled_with_tax_inside_the_price(order: Build, record: Load) -> None:
    sent = record("edit_paid_then_refund")
    sent["taxesIncluded"] = True
    for key, text in {"totalPriceSet": "200.0", "currentTotalPriceSet": "100.0", "totalReceivedSet": "200.0"}.items():
        sent[key] = bag(text)
    sent["transactions"][0]["amountSet"] = bag("200.0")
    sent["refunds"][0]["transactions"]["nodes"][0]["amountSet"] = bag("100.0")
    sent["refunds"][0]["totalRefundedSet"] = bag("100.0")
    made = order(sent)
    assert made.total == cad("200.00") == lines_sum(made)
    assert [(line.amount, line.tax) for line in made.refunds[0].lines] == [(cad("100.00"), cad("13.00"))]


def test_an_edit_settled_on_one_of_two_lines_and_refunds(order: Build, record: Load) -> None:
    sent = record("edit_paid_then_refund")
    untouched = {**sent["lineItems"]["nodes"][0], "id": "gid://shopify/LineItem/9", "currentQuantity": 2}
    sent["lineItems"]["nodes"].append(untouched)
    earlier = {**sent["refunds"][0], "id": "gid://shopify/Refund/9", "totalRefundedSet": bag("0.0")}
    earlier["transactions"] = {"nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    sent["refunds"].insert(0, earlier)
    sent["currentTotalPriceSet"] = bag("339.0")
    sent["totalReceivedSet"] = sent["transactions"][0]["amountSet"] = bag("452.0")
    made = order(sent)
    assert made.total == cad("452.00") == lines_sum(made)
    assert [len(refund.lines) for refund in made.refunds] == [0, 1]


def test_partial_refund_of_goods_and_shipping_leaves_the_original_total(order: Build) -> None:
    made = order("partial_refund")
    assert made.total == cad("39.55")
    assert made.lines[0].quantity == Decimal(3)
    (refund,) = made.refunds
    goods, shipping = refund.lines
    assert (goods.quantity, goods.amount, goods.tax, goods.sku) == (Decimal(1), cad("10.00"), cad("1.30"), "MUG")
    assert goods.restock is Restock.NOT_RETURNED
    assert (shipping.kind, shipping.amount, shipping.tax) == (LineKind.SHIPPING, cad("5.00"), cad("0.65"))
    assert shipping.restock is Restock.UNSTATED
    assert shipping.line_id == made.lines[1].source_id
    assert refund.note == "Handle broken"
    assert refund.at == datetime(2026, 11, 5, 9, tzinfo=UTC)
    assert not refund.pending


def test_refunded_shipping_without_id_keeps_its_own(order: Build, record: Load) -> None:
    sent = record("partial_refund")
    sent["refunds"][0]["refundShippingLines"]["nodes"][0]["shippingLine"]["id"] = None
    assert order(sent).refunds[0].lines[1].line_id == "shipping-1"


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("CANCEL", Restock.NEVER_LEFT),
        ("RETURN", Restock.RETURNED),
        ("NO_RESTOCK", Restock.NOT_RETURNED),
        ("LEGACY_RESTOCK", Restock.RETURNED),
        ("SOMETHING_NEW", Restock.UNSTATED),
    ],
)
def test_restock_types(order: Build, record: Load, stated: str, meant: Restock) -> None:
    sent = record("partial_refund")
    sent["refunds"][0]["refundLineItems"]["nodes"][0]["restockType"] = stated
    assert order(sent).refunds[0].lines[0].restock is meant


def test_amount_only_refund_has_cash_and_no_lines(order: Build) -> None:
    made = order("amount_only_refund")
    assert made.total == cad("50.00")
    (refund,) = made.refunds
    assert refund.lines == ()
    assert [tender.amount for tender in refund.tenders] == [cad("5.00")]


def test_unpaid_with_terms_is_due_on_its_first_open_schedule(order: Build) -> None:
    made = order("unpaid_with_terms")
    assert made.due_on == date(2026, 12, 2)
    assert made.tenders == ()
    assert made.status is PaymentStatus.PENDING


def test_terms_without_a_date_have_no_due_date(order: Build, record: Load) -> None:
    sent = record("unpaid_with_terms")
    sent["paymentTerms"]["paymentSchedules"]["nodes"][1]["dueAt"] = None
    assert order(sent).due_on is None


def test_cash_with_change_counts_what_stayed_in_the_till(order: Build) -> None:
    made = order("cash_with_change")
    assert [tender.amount for tender in made.tenders] == [cad("10.02")]
    assert made.buyer is None
    assert made.billing is None


@pytest.mark.parametrize("tie", ["parent", "payment", "gateway"])
def test_change_finds_the_payment_it_was_given_on(order: Build, record: Load, tie: str) -> None:
    sent = record("cash_with_change")
    card = {**sent["transactions"][0], "id": "gid://shopify/OrderTransaction/9", "gateway": "card", "paymentId": "x"}
    sent["transactions"].append(card)
    change = sent["transactions"][1]
    if tie != "parent":
        change["parentTransaction"] = None
    if tie == "payment":
        change["paymentId"] = sent["transactions"][0]["paymentId"]
        change["gateway"] = "other"
    assert [tender.amount for tender in order(sent).tenders] == [cad("10.02"), cad("20.00")]


def test_change_given_in_full_leaves_no_payment(order: Build, record: Load) -> None:
    sent = record("cash_with_change")
    sent["transactions"][1]["amountSet"] = sent["transactions"][0]["amountSet"]
    assert order(sent).tenders == ()


@pytest.mark.parametrize("fault", ["no payment", "too much"])
def test_change_without_a_payment_that_covers_it_is_untranslatable(record: Load, fault: str) -> None:
    sent = record("cash_with_change")
    if fault == "no payment":
        sent["transactions"] = [{**sent["transactions"][1], "parentTransaction": None, "paymentId": None}]
    else:
        sent["transactions"][1]["amountSet"] = bag("21.0")
    assert untranslatable(sent).field == "transactions"


def test_cash_rounding_is_a_line_of_its_own_and_the_payment_is_what_was_received(order: Build) -> None:
    made = order("cash_rounding")
    assert made.total == cad("10.00")
    assert [(line.kind, line.net) for line in made.lines][-1] == (LineKind.CASH_ROUNDING, cad("-0.02"))
    assert [tender.amount for tender in made.tenders] == [cad("10.00")]


def test_cash_rounding_already_inside_the_payment_is_not_taken_twice(order: Build, record: Load) -> None:
    sent = record("cash_rounding")
    sent["transactions"][0]["amountSet"] = bag("10.0")
    assert [tender.amount for tender in order(sent).tenders] == [cad("10.00")]


def test_split_tender_with_a_gift_card_and_a_failed_try(order: Build) -> None:
    made = order("split_tender")
    assert [(tender.method, tender.amount) for tender in made.tenders] == [
        ("gift_card", cad("40.00")),
        ("shopify_payments", cad("73.00")),
    ]


def test_a_payment_without_gateway_or_time_of_its_own(order: Build, record: Load) -> None:
    sent = record("split_tender")
    sent["transactions"][0] |= {"gateway": None, "formattedGateway": None, "processedAt": None}
    tender = order(sent).tenders[0]
    assert (tender.method, tender.method_name) == ("unknown", "unknown")
    assert tender.at == datetime(2026, 11, 2, 10, 15, tzinfo=UTC)


def test_cancelled_unpaid_order_keeps_its_refund_without_cash(order: Build) -> None:
    made = order("cancelled_unpaid")
    assert made.cancelled_at == datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert made.status is PaymentStatus.VOIDED
    assert made.total == cad("20.00")
    (refund,) = made.refunds
    assert refund.tenders == ()
    assert [(line.quantity, line.amount, line.restock) for line in refund.lines] == [
        (Decimal(2), cad("20.00"), Restock.NEVER_LEFT)
    ]


def test_a_refund_that_moved_neither_value_nor_cash_adds_nothing_back(order: Build, record: Load) -> None:
    sent = record("cancelled_unpaid")
    sent["refunds"][0]["refundLineItems"]["nodes"][0]["subtotalSet"] = bag("0.0")
    made = order(sent)
    assert made.total == cad("0.00")
    assert made.lines == ()
    assert len(made.refunds) == 1


def test_guest_has_no_id_and_is_known_by_the_order(order: Build) -> None:
    buyer = order("guest").buyer
    assert buyer is not None
    assert (buyer.source_id, buyer.name, buyer.email) == (None, "Ada Byron", "guest@example.org")
    assert order("guest").lines[0].sku == ""


def test_a_customer(order: Build) -> None:
    made = order("simple_card")
    assert made.buyer is not None
    assert (made.buyer.source_id, made.buyer.name, made.buyer.given_name, made.buyer.family_name) == (
        "501",
        "Ada Byron",
        "Ada",
        "Byron",
    )
    assert made.billing is not None
    assert (made.billing.line1, made.billing.region, made.billing.postcode, made.billing.country) == (
        "12 Rue du Port",
        "QC",
        "H2Y 1A1",
        "CA",
    )


def test_a_customer_shown_by_the_email_address_is_named_by_the_address(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["customer"]["displayName"] = "ada@example.com"
    buyer = order(sent).buyer
    assert buyer is not None
    assert buyer.name == "Ada Byron"


def test_contact_details_of_the_customer_record_fill_what_the_order_lacks(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["email"] = None
    sent["customer"]["defaultPhoneNumber"] = {"phoneNumber": "+15550100"}
    buyer = order(sent).buyer
    assert buyer is not None
    assert (buyer.email, buyer.phone) == ("ada@example.com", "+15550100")


def test_the_phone_of_an_address_is_the_last_resort(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["shippingAddress"]["phone"] = "+15550101"
    buyer = order(sent).buyer
    assert buyer is not None
    assert buyer.phone == "+15550101"


def test_the_full_region_stands_in_for_its_code(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["shippingAddress"]["provinceCode"] = None
    shipping = order(sent).shipping
    assert shipping is not None
    assert shipping.region == "Quebec"


def test_business_order_is_known_by_the_company_of_the_purchase(order: Build) -> None:
    buyer = order("b2b").buyer
    assert buyer is not None
    assert buyer.company == "Harbour Books Ltd"


@pytest.mark.parametrize("entity", [None, {"__typename": "Customer"}])
def test_else_by_the_company_of_the_billing_address(order: Build, record: Load, entity: Record | None) -> None:
    sent = record("b2b")
    sent["purchasingEntity"] = entity
    buyer = order(sent).buyer
    assert buyer is not None
    assert buyer.company == "Old Name Ltd"


def test_redacted_order_keeps_amounts_and_the_customers_id(order: Build) -> None:
    made = order("redacted")
    assert made.total == cad("15.00")
    assert made.buyer is not None
    assert (made.buyer.source_id, made.buyer.name, made.buyer.email) == ("501", "", "")
    assert made.billing is None


def test_tip_is_a_line_of_its_own_kind(order: Build) -> None:
    made = order("tip")
    assert [(line.kind, line.net) for line in made.lines] == [
        (LineKind.PRODUCT, cad("20.00")),
        (LineKind.TIP, cad("3.00")),
    ]
    assert made.total == cad("25.60")


def test_a_tip_under_another_name_is_found_by_its_amount(order: Build, record: Load) -> None:
    sent = record("tip")
    sent["lineItems"]["nodes"][1]["name"] = "Pourboire"
    assert [line.kind for line in order(sent).lines] == [LineKind.PRODUCT, LineKind.TIP]


@pytest.mark.parametrize(
    "change", ["subtotal holds it", "no subtotal", "no tip", "other amount", "taxed", "beside a named one"]
)
def test_an_own_item_without_a_vendor_is_not_taken_for_a_tip(order: Build, record: Load, change: str) -> None:
    sent = record("tip")
    item = sent["lineItems"]["nodes"][1]
    item["name"] = "Repair"
    if change == "subtotal holds it":
        sent["subtotalPriceSet"] = bag("23.0")
    if change == "no subtotal":
        sent["subtotalPriceSet"] = None
    if change == "no tip":
        sent["totalTipReceivedSet"] = bag("0.0")
    if change == "other amount":
        item["originalTotalSet"] = item["originalUnitPriceSet"] = bag("4.0")
    if change == "taxed":
        item["taxLines"] = deepcopy(sent["lineItems"]["nodes"][0]["taxLines"])
    if change == "beside a named one":
        named = {**deepcopy(item), "id": "gid://shopify/LineItem/99", "name": "Tip"}
        sent["lineItems"]["nodes"].append(named)
        sent["subtotalPriceSet"] = bag("23.0")
    assert order(sent).lines[1].kind is LineKind.PRODUCT


def test_a_tip_without_a_line_gets_one(order: Build, record: Load) -> None:
    sent = record("tip")
    del sent["lineItems"]["nodes"][1]
    made = order(sent)
    assert [(line.kind, line.source_id, line.net) for line in made.lines][-1] == (LineKind.TIP, "tip", cad("3.00"))
    assert lines_sum(made) == made.total


def test_a_product_that_is_called_tip_is_goods(order: Build, record: Load) -> None:
    sent = record("tip")
    sent["lineItems"]["nodes"][1]["vendor"] = "Quay Books"
    sent["totalTipReceivedSet"] = bag("0.0")
    assert [line.kind for line in order(sent).lines] == [LineKind.PRODUCT, LineKind.PRODUCT]


def test_zero_total(order: Build) -> None:
    made = order("zero_total")
    assert made.total == cad("0.00")
    assert made.lines[0].discount == cad("10.00")


def test_presentment_currency_is_posted_at_the_orders_own_rate(order: Build) -> None:
    made = order("presentment_currency")
    assert made.currency == "CAD"
    assert made.total == cad("13.50")
    assert [tender.amount for tender in made.tenders] == [cad("13.50")]
    assert [tender.amount for tender in made.refunds[0].tenders] == [cad("7.50")]


def in_both(shop: str, seen: str) -> dict[str, object]:
    """A money bag of an order in Canadian dollars that was paid in American ones."""
    own, buyers = ({"amount": a, "currencyCode": c} for a, c in ((shop, "CAD"), (seen, "USD")))
    return {"shopMoney": own, "presentmentMoney": buyers}


@pytest.mark.parametrize(
    ("left", "received"),
    [
        (in_both("7.50", "5.0"), "13.50"),
        (in_both("0.34", "0.2"), "13.54"),  # at 0.34 / 0.20 it would be 15.30
        (in_both("0.0", "0.0"), "13.50"),
    ],
    ids=["half", "crumbs", "nothing"],
)
def test_what_was_paid_beyond_what_an_edit_left_is_converted_as_the_goods_were(
    order: Build, record: Load, left: dict[str, object], received: str
) -> None:
    sent = record("presentment_currency")
    sent["lineItems"]["nodes"][0]["originalTotalSet"] = in_both("13.5", "9.0")
    sent["lineItems"]["nodes"][0]["currentQuantity"] = 0
    sent["totalPriceSet"] = left
    assert [tender.amount for tender in order(sent).tenders] == [cad(received)]


def test_shop_money_is_used_where_nothing_of_the_order_is_left_to_tell_its_rate(order: Build, record: Load) -> None:
    sent = record("presentment_currency")
    sent["lineItems"]["nodes"][0]["currentQuantity"] = 0
    sent["totalPriceSet"] = in_both("0.0", "0.0")
    assert [tender.amount for tender in order(sent).tenders] == [cad("12.77")]


def test_shop_money_is_used_where_the_total_is_not_stated_as_the_buyer_saw_it(order: Build, record: Load) -> None:
    sent = record("presentment_currency")
    del sent["totalPriceSet"]["presentmentMoney"]
    assert [tender.amount for tender in order(sent).tenders] == [cad("12.77")]


@pytest.mark.parametrize("missing", ["not stated", "another currency"])
def test_shop_money_is_used_where_the_buyers_currency_does_not_help(order: Build, record: Load, missing: str) -> None:
    sent = record("presentment_currency")
    amount = sent["transactions"][0]["amountSet"]
    if missing == "not stated":
        del amount["presentmentMoney"]
    else:
        amount["presentmentMoney"]["currencyCode"] = "EUR"
    assert [tender.amount for tender in order(sent).tenders] == [cad("12.77")]


def usd(text: str) -> Money:
    return Money(Decimal(text), "USD")


def test_an_order_paid_in_another_currency_is_told_in_both(order: Build) -> None:
    made = order("paid_in_another_currency")
    paid = made.as_paid
    assert paid is not None
    assert (made.currency, made.paid_currency, paid.currency) == ("CAD", "USD", "USD")
    assert (made.total, paid.total) == (cad("39.55"), usd("29.67"))
    assert [(line.net, line.taxes[0].amount) for line in paid.lines] == [
        (usd("22.50"), usd("2.93")),
        (usd("3.75"), usd("0.49")),
    ]
    assert lines_sum(paid) == paid.total
    assert [tender.amount for tender in paid.tenders] == [usd("29.67")]
    (refund,) = paid.refunds
    assert [(line.amount, line.tax) for line in refund.lines] == [
        (usd("7.50"), usd("0.98")),
        (usd("3.75"), usd("0.49")),
    ]
    assert [tender.amount for tender in refund.tenders] == [usd("12.72")]
    assert (paid.as_paid, paid.shop_rate) == (None, None)


def test_the_shops_side_of_an_order_paid_in_another_currency_is_what_it_would_be_alone(
    order: Build, record: Load
) -> None:
    sent = record("paid_in_another_currency")
    made = order(sent)
    sent["lineItems"]["nodes"][0]["originalTotalSet"]["presentmentMoney"] = None
    alone = order(sent)
    assert alone.as_paid is None
    assert alone == replace(made, as_paid=None)
    assert [tender.amount for tender in alone.tenders] == [cad("39.55")]


def test_a_buyers_side_that_contradicts_itself_is_left_out(order: Build, record: Load) -> None:
    sent = record("paid_in_another_currency")
    sent["lineItems"]["nodes"][0]["originalTotalSet"]["presentmentMoney"]["currencyCode"] = "EUR"
    made = order(sent)
    assert (made.total, made.as_paid) == (cad("39.55"), None)


def test_change_in_the_buyers_currency_is_taken_off_there_too(order: Build, record: Load) -> None:
    sent = record("presentment_currency")
    change = {**sent["transactions"][0], "id": "gid://shopify/OrderTransaction/9", "kind": "CHANGE"}
    change["amountSet"] = {
        "shopMoney": {"amount": "4.26", "currencyCode": "CAD"},
        "presentmentMoney": {"amount": "3.0", "currencyCode": "USD"},
    }
    sent["transactions"].append(change)
    sent["refunds"] = []
    assert [tender.amount for tender in order(sent).tenders] == [cad("9.00")]


def test_missing_field_is_named(record: Load) -> None:
    made = untranslatable(record("missing_field"))
    assert made.number == "1023"
    assert made.source_id.isdecimal()
    assert made.field == "lineItems.nodes[0].quantity"
    assert "quantity" in made.detail


def test_missing_field_at_the_top_is_named(record: Load) -> None:
    sent = record("simple_card")
    del sent["totalPriceSet"]
    assert untranslatable(sent).field == "totalPriceSet"


def test_wrong_type_is_named(record: Load) -> None:
    sent = record("simple_card")
    sent["totalPriceSet"]["shopMoney"]["amount"] = "ten"
    assert untranslatable(sent).field == "totalPriceSet.shopMoney.amount"


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_is_no_amount(record: Load, amount: str) -> None:
    sent = record("simple_card")
    sent["totalPriceSet"]["shopMoney"]["amount"] = amount
    assert untranslatable(sent).field == "totalPriceSet.shopMoney"


def test_a_time_without_zone_is_refused(record: Load) -> None:
    sent = record("simple_card")
    sent["processedAt"] = "2026-11-02T10:15:00"
    assert untranslatable(sent).field == "processedAt"


def test_a_record_without_identity_is_still_reported() -> None:
    made = untranslatable({})
    assert (made.source_id, made.number) == ("", "")


def test_amounts_of_two_shop_currencies_are_untranslatable(record: Load) -> None:
    sent = record("simple_card")
    sent["lineItems"]["nodes"][0]["originalTotalSet"] = bag("25.0", "USD")
    assert untranslatable(sent).field == "currencyCode"


@pytest.mark.parametrize("field", ["lineItems", "shippingLines"])
def test_an_incomplete_record_is_no_order(record: Load, field: str) -> None:
    sent = record("partial_refund")
    sent[field]["pageInfo"]["hasNextPage"] = True
    assert untranslatable(sent).field == field


@pytest.mark.parametrize("field", ["refundLineItems", "refundShippingLines", "transactions"])
def test_an_incomplete_refund_is_no_order(record: Load, field: str) -> None:
    sent = record("partial_refund")
    sent["refunds"][0][field]["pageInfo"]["hasNextPage"] = True
    assert untranslatable(sent).field == "refunds"


def test_a_refund_of_an_unknown_line_is_untranslatable(record: Load) -> None:
    sent = record("partial_refund")
    sent["refunds"][0]["refundLineItems"]["nodes"][0]["lineItem"]["id"] = "gid://shopify/LineItem/1"
    assert untranslatable(sent).field == "refunds"


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        *((status.value.upper(), status) for status in PaymentStatus),
        (None, PaymentStatus.PENDING),
        ("SOMETHING_NEW", PaymentStatus.PENDING),
    ],
)
def test_financial_statuses(order: Build, record: Load, stated: str | None, meant: PaymentStatus) -> None:
    assert order({**record("simple_card"), "displayFinancialStatus": stated}).status is meant


def test_marketplace_tax_is_not_part_of_the_total_and_the_payment_is_told_as_it_was(order: Build) -> None:
    made = order("marketplace_tax")
    assert made.total == cad("100.00")
    assert made.lines[0].taxes[0].collector is TaxCollector.MARKETPLACE
    assert made.paid == cad("108.00")


def test_marketplace_tax_inside_the_price_leaves_price_and_refund(order: Build) -> None:
    made = order("marketplace_tax_included_refund")
    assert made.total == cad("100.00")
    assert (made.lines[0].gross, made.lines[0].unit_price) == (cad("100.00"), None)
    assert [(line.amount, line.tax) for line in made.refunds[0].lines] == [(cad("50.00"), cad("0.00"))]


def test_marketplace_tax_leaves_the_tax_of_a_refund_but_not_its_net_amount(order: Build, record: Load) -> None:
    sent = record("partial_refund")
    theirs = {"title": "State", "rate": None, "channelLiable": True, "priceSet": bag("3.9")}
    sent["lineItems"]["nodes"][0]["taxLines"].append(theirs)
    sent["refunds"][0]["refundLineItems"]["nodes"][0]["totalTaxSet"] = bag("2.6")
    line = order(sent).refunds[0].lines[0]
    assert (line.amount, line.tax) == (cad("10.00"), cad("1.30"))


def test_duties_and_fees_are_lines_of_their_kinds(order: Build) -> None:
    made = order("duties_and_fee")
    assert [(line.kind, line.net) for line in made.lines] == [
        (LineKind.PRODUCT, cad("100.00")),
        (LineKind.DUTY, cad("6.00")),
        (LineKind.FEE, cad("4.00")),
    ]
    assert [(line.line_id, line.kind, line.amount) for line in made.refunds[0].lines] == [
        ("77", LineKind.DUTY, cad("3.00"))
    ]


def test_duties_inside_the_prices_are_no_lines(order: Build, record: Load) -> None:
    made = order({**record("duties_and_fee"), "dutiesIncluded": True})
    assert LineKind.DUTY not in {line.kind for line in made.lines}


def test_the_tax_on_duties_inside_the_prices_is_of_the_goods(order: Build, record: Load) -> None:
    sent = record("duties_and_fee")
    goods = sent["lineItems"]["nodes"][0]
    goods["duties"][0]["taxLines"] = [{"title": "HST", "rate": 0.13, "channelLiable": False, "priceSet": bag("0.78")}]
    plain = order(sent)
    assert [(line.kind, len(line.taxes)) for line in plain.lines[:2]] == [(LineKind.PRODUCT, 0), (LineKind.DUTY, 1)]
    inside = order({**sent, "dutiesIncluded": True})
    assert [tax.amount for tax in inside.lines[0].taxes] == [cad("0.78")]


@pytest.mark.parametrize(
    ("current", "sold"), [(None, ["3.00"]), ("0.0", ["3.00"]), ("3.0", ["6.00"]), ("1.5", ["4.50"]), ("-3.0", [])]
)
def test_an_edit_leaves_as_much_duty_as_is_stated(
    order: Build, record: Load, current: str | None, sold: list[str]
) -> None:
    """Of two units with a duty of 6.00 one was edited away; 3.00 of duty were refunded."""
    sent = record("duties_and_fee")
    sent["lineItems"]["nodes"][0] |= {"quantity": 2, "currentQuantity": 1}
    sent["currentTotalDutiesSet"] = None if current is None else bag(current)
    made = order(sent)
    assert [line.gross for line in made.lines if line.kind is LineKind.DUTY] == [cad(text) for text in sold]


def test_a_refunded_duty_that_is_gone(order: Build, record: Load) -> None:
    sent = record("duties_and_fee")
    sent["refunds"][0]["duties"][0]["originalDuty"] = None
    assert order(sent).refunds[0].lines[0].line_id == "duty"


def test_a_refund_whose_value_is_not_stated_leaves_the_sale_as_it_was(order: Build) -> None:
    made = order("refund_without_stated_value")
    assert made.total == cad("15.00")
    assert [line.amount for line in made.refunds[0].lines] == [cad("0.00")]
    assert [tender.amount for tender in made.refunds[0].tenders] == [cad("15.00")]


def test_pending_refund_is_marked_and_has_no_cash_yet(order: Build) -> None:
    (refund,) = order("pending_refund").refunds
    assert refund.pending
    assert refund.tenders == ()


def test_taxes_that_changed_without_an_edit_are_the_current_ones(order: Build) -> None:
    assert order("taxes_recalculated").total == cad("105.00")


def test_removed_shipping_is_not_sold(order: Build) -> None:
    made = order("shipping_removed")
    assert made.total == cad("20.00")
    assert [line.kind for line in made.lines] == [LineKind.PRODUCT]


def test_yen_have_no_decimals(order: Build) -> None:
    made = order("yen")
    assert made.total == Money(Decimal(999), "JPY")
    assert str(made.lines[0].net.amount) == "999"


def test_an_amount_with_more_decimals_than_the_currency_is_kept(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["lineItems"]["nodes"][0]["originalUnitPriceSet"] = bag("12.505")
    assert order(sent).lines[0].unit_price == cad("12.505")


def test_a_line_of_no_units_is_left_out(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["lineItems"]["nodes"][0] |= {"quantity": 0, "currentQuantity": 0}
    assert [line.kind for line in order(sent).lines] == [LineKind.SHIPPING]


def test_units_added_to_a_line_of_none_are_priced_by_the_unit(order: Build, record: Load) -> None:
    sent = record("simple_card")
    sent["lineItems"]["nodes"][0] |= {"quantity": 0, "currentQuantity": 2}
    assert order(sent).lines[0].gross == cad("25.00")


def test_numbers_as_floats_read_the_same(record: Load) -> None:
    exact = record("simple_card")
    assert translate(json.loads(json.dumps(exact, default=float)), store=STORE) == translate(exact, store=STORE)

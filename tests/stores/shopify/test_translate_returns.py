from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.facts import LineKind, Order, Refund, StoreIdentity, TaxCollector, Untranslatable
from comptoir.books.money import Money, total
from comptoir.stores.shopify.translate import translate

STORE = StoreIdentity("shopify:quay-books.myshopify.com")
MUG, VASE = "gid://shopify/LineItem/1301", "gid://shopify/LineItem/1302"
Record = dict[str, Any]
Build = Callable[..., Order]
Load = Callable[[str], Record]


def cad(text: str) -> Money:
    return Money(Decimal(text), "CAD")


def bag(text: str) -> Record:
    return {side: {"amount": text, "currencyCode": "CAD"} for side in ("shopMoney", "presentmentMoney")}


def value(refund: Refund) -> Money:
    """R of the posting rules: what was taken back less what was given out, with tax."""
    return total((line.amount + line.tax for line in refund.lines), "CAD")


def cash(refund: Refund) -> Money:
    return total((tender.amount for tender in refund.tenders), "CAD")


def lines_sum(order: Order) -> Money:
    own = (tax for line in order.lines for tax in line.taxes if tax.collector is TaxCollector.MERCHANT)
    return total((line.net for line in order.lines), "CAD") + total((tax.amount for tax in own), "CAD")


@pytest.fixture
def swapped(record: Load) -> Callable[..., Record]:
    """A mug of 113.00 came back; a vase was given for it (both with 13 % of tax added)."""

    def build(vase: str, tax: str, current: str, back: str | None = None, extra: str | None = None) -> Record:
        sent = record("exchange_for_less")
        given = sent["lineItems"]["nodes"][1]
        given |= {"originalTotalSet": bag(vase), "originalUnitPriceSet": bag(vase)}
        given["taxLines"][0]["priceSet"] = bag(tax)
        sent["currentTotalPriceSet"] = bag(current)
        refund = sent["refunds"][0]
        if back is None:
            refund["transactions"]["nodes"] = []
            refund["totalRefundedSet"] = bag("0.0")
        if extra is not None:
            first = sent["transactions"][0]
            later = {"id": "gid://shopify/OrderTransaction/9", "processedAt": "2026-11-05T10:00:00Z"}
            sent["transactions"].append({**first, **later, "amountSet": bag(extra)})
            sent["totalReceivedSet"] = bag(str(Decimal(113) + Decimal(extra)))
        return sent

    return build


def test_an_exchange_for_less_is_one_refund_with_lines_of_both_signs(order: Build) -> None:
    made = order("exchange_for_less")
    assert made.total == cad("113.00") == lines_sum(made)
    assert [line.sku for line in made.lines] == ["MUG"]
    (refund,) = made.refunds
    back, given = refund.lines
    assert (back.sku, back.quantity, back.amount, back.tax) == ("MUG", Decimal(1), cad("100.00"), cad("13.00"))
    assert (given.sku, given.quantity, given.amount, given.tax) == ("VASE", Decimal(-1), cad("-80.00"), cad("-10.40"))
    assert [(tax.name, tax.rate) for tax in given.taxes] == [("HST", Decimal("0.13"))]
    assert value(refund) == cad("22.60") == cash(refund)
    assert refund.source_id == "1303"
    assert not refund.pending


def test_an_exchange_for_as_much_moves_no_money(order: Build, swapped: Callable[..., Record]) -> None:
    made = order(swapped("100.0", "13.0", "113.0"))
    (refund,) = made.refunds
    assert made.total == cad("113.00") == made.paid
    assert (value(refund), cash(refund)) == (cad("0.00"), cad("0.00"))


def test_an_exchange_for_more_leaves_the_rest_to_the_orders_tenders(
    order: Build, swapped: Callable[..., Record]
) -> None:
    made = order(swapped("120.0", "15.6", "135.6", extra="22.6"))
    (refund,) = made.refunds
    assert made.total == cad("113.00")
    assert made.paid == cad("135.60")
    assert value(refund) == cad("-22.60")


def test_the_stated_current_total_is_what_the_facts_come_to(order: Build, swapped: Callable[..., Record]) -> None:
    for sent in (swapped("80.0", "10.4", "90.4", "22.6"), swapped("120.0", "15.6", "135.6", extra="22.6")):
        made = order(sent)
        current = Decimal(sent["currentTotalPriceSet"]["shopMoney"]["amount"])
        assert made.total.amount - sum(value(refund).amount for refund in made.refunds) == current


def test_without_the_scope_the_goods_are_of_the_order(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    del sent["returns"]
    made = order(sent)
    assert [line.sku for line in made.lines] == ["MUG", "VASE"]
    assert made.total == cad("203.40") == lines_sum(made)


@pytest.mark.parametrize("status", ["REQUESTED", "DECLINED", "CANCELED"])
def test_a_return_that_does_not_take_place_changes_nothing(order: Build, record: Load, status: str) -> None:
    sent = record("exchange_for_less")
    sent["returns"]["nodes"][0]["status"] = status
    assert order(sent).total == cad("203.40")


def test_an_exchange_waits_while_goods_are_on_their_way_back(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    returned = sent["returns"]["nodes"][0]
    returned["status"] = "OPEN"
    assert not order(sent).refunds[0].pending
    returned["returnLineItems"]["nodes"][0]["unprocessedQuantity"] = 1
    assert order(sent).refunds[0].pending


def test_goods_given_out_before_anything_came_back(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    sent["refunds"] = []
    sent["lineItems"]["nodes"][0]["currentQuantity"] = 1
    sent["currentTotalPriceSet"] = bag("203.4")
    returned = sent["returns"]["nodes"][0]
    returned["refunds"]["nodes"] = []
    returned["status"] = "OPEN"
    returned["returnLineItems"]["nodes"][0]["unprocessedQuantity"] = 1
    made = order(sent)
    (refund,) = made.refunds
    assert made.total == cad("113.00")
    assert (refund.source_id, refund.pending, refund.at) == (
        "return-1304",
        True,
        datetime(2026, 11, 4, 9, tzinfo=UTC),
    )
    assert [line.sku for line in refund.lines] == ["VASE"]


def test_several_refunds_of_an_exchange_are_one(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    first = sent["refunds"][0]
    second = {**first, "id": "gid://shopify/Refund/1400", "processedAt": "2026-11-06T09:00:00Z"}
    second["refundLineItems"] = {**first["refundLineItems"], "nodes": []}
    first["transactions"] = {**first["transactions"], "nodes": []}
    first["totalRefundedSet"] = bag("0.0")
    sent["refunds"] = [second, first]
    sent["refundNotes"] = {"gid://shopify/Refund/1303": "Too small.", "gid://shopify/Refund/1400": "Paid back later."}
    sent["returns"]["nodes"][0]["refunds"]["nodes"].append({"id": "gid://shopify/Refund/1400"})
    (refund,) = order(sent).refunds
    assert (refund.source_id, refund.at) == ("1303", datetime(2026, 11, 5, 9, tzinfo=UTC))
    assert (value(refund), cash(refund), refund.note) == (cad("22.60"), cad("22.60"), "Too small. Paid back later.")


def test_goods_of_an_exchange_that_come_back_too_are_a_refund_with_their_own_taxes(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    vase = sent["lineItems"]["nodes"][1]
    vase["currentQuantity"] = 0
    first = sent["refunds"][0]
    goods = {**first["refundLineItems"]["nodes"][0], "lineItem": {"id": VASE}}
    goods |= {"subtotalSet": bag("80.0"), "totalTaxSet": bag("10.4")}
    later = {**first, "id": "gid://shopify/Refund/1500", "totalRefundedSet": bag("90.4")}
    later["refundLineItems"] = {**first["refundLineItems"], "nodes": [goods]}
    move = {**first["transactions"]["nodes"][0], "id": "gid://shopify/OrderTransaction/8", "amountSet": bag("90.4")}
    later["transactions"] = {**first["transactions"], "nodes": [move]}
    sent["refunds"].append(later)
    sent["currentTotalPriceSet"] = bag("0.0")
    made = order(sent)
    assert made.total == cad("113.00")
    back, out = (next(each for each in made.refunds if each.source_id == known) for known in ("1500", "1303"))
    assert [line.amount for line in out.lines] == [cad("100.00"), cad("-80.00")]
    assert [(line.amount, line.tax) for line in back.lines] == [(cad("80.00"), cad("10.40"))]
    assert [tax.name for tax in back.lines[0].taxes] == ["HST"]


def test_an_edit_is_settled_beside_an_exchange(order: Build, record: Load) -> None:
    """The buyer gave back one mug for a vase, a second one was edited away, and all the rest was paid back at once."""
    sent = record("exchange_for_less")
    mug = sent["lineItems"]["nodes"][0]
    plate = {**mug, "id": "gid://shopify/LineItem/9", "sku": "PLATE", "currentQuantity": 0}
    sent["lineItems"]["nodes"].append(plate)
    sent["transactions"][0]["amountSet"] = sent["totalReceivedSet"] = bag("226.0")
    settling = {**sent["refunds"][0], "id": "gid://shopify/Refund/1600", "totalRefundedSet": bag("113.0")}
    settling["refundLineItems"] = {**settling["refundLineItems"], "nodes": []}
    move = settling["transactions"]["nodes"][0]
    settling["transactions"] = {**settling["transactions"], "nodes": [{**move, "amountSet": bag("113.0")}]}
    sent["refunds"].append(settling)
    made = order(sent)
    assert made.total == cad("226.00")
    edited = next(refund for refund in made.refunds if refund.source_id == "1600")
    assert [(line.sku, line.amount) for line in edited.lines] == [("PLATE", cad("100.00"))]
    assert value(edited) == cash(edited)


def test_an_exchange_paid_with_goods_settles_no_edit(
    order: Build, record: Load, swapped: Callable[..., Record]
) -> None:
    """Goods added and removed by an edit before they were paid stay out although the exchange brought money."""
    sent = swapped("120.0", "15.6", "135.6", extra="22.6")
    mug = sent["lineItems"]["nodes"][0]
    sent["lineItems"]["nodes"].append({**mug, "id": "gid://shopify/LineItem/9", "sku": "PLATE"})
    sent["refunds"].append(
        {**record("amount_only_refund")["refunds"][0], "id": "gid://shopify/Refund/1700"},
    )
    made = order(sent)
    assert made.total == cad("113.00")
    assert next(refund for refund in made.refunds if refund.source_id == "1700").lines == ()


@pytest.mark.parametrize(("fee", "way_back"), [("10.0", "0.0"), ("0.0", "10.0"), ("4.0", "6.0")])
def test_fees_lower_the_refund(order: Build, record: Load, fee: str, way_back: str) -> None:
    sent = record("exchange_for_less")
    returned = sent["returns"]["nodes"][0]
    returned["exchangeLineItems"]["nodes"] = []
    returned["returnLineItems"]["nodes"][0]["restockingFee"] = {"amountSet": bag(fee)}
    returned["returnShippingFees"] = [{"amountSet": bag(way_back)}]
    del sent["lineItems"]["nodes"][1]
    refund = sent["refunds"][0]
    refund["transactions"]["nodes"][0]["amountSet"] = refund["totalRefundedSet"] = bag("103.0")
    sent["currentTotalPriceSet"] = bag("0.0")
    sent["totalPriceSet"] = bag("113.0")
    made = order(sent)
    assert made.total == cad("113.00")
    (fact,) = made.refunds
    fees = [line for line in fact.lines if line.kind is LineKind.FEE]
    assert [(line.name, line.amount, line.tax) for line in fees] == [
        ("Restocking fee", cad(f"-{fee}0"), cad("0.00")),
        ("Return shipping", cad(f"-{way_back}0"), cad("0.00")),
    ]
    assert value(fact) == cad("103.00") == cash(fact)


def test_each_refund_keeps_the_fee_of_its_own_line(order: Build, record: Load) -> None:
    sent = record("partial_refund")
    mug = sent["lineItems"]["nodes"][0]
    plate = {**mug, "id": "gid://shopify/LineItem/9", "sku": "PLATE"}
    sent["lineItems"]["nodes"].append(plate)
    first = sent["refunds"][0]
    second = {**first, "id": "gid://shopify/Refund/9", "processedAt": "2026-11-06T09:00:00Z"}
    goods = {**first["refundLineItems"]["nodes"][0], "lineItem": {"id": plate["id"]}}
    second["refundLineItems"] = {**first["refundLineItems"], "nodes": [goods]}
    sent["refunds"].append(second)
    lines = [
        {"unprocessedQuantity": 0, "restockingFee": {"amountSet": bag(fee)}, "fulfillmentLineItem": of}
        for fee, of in [
            ("1.0", {"lineItem": {"id": mug["id"]}}),
            ("2.0", {"lineItem": {"id": plate["id"]}}),
            ("3.0", None),
        ]
    ]
    end = {"hasNextPage": False, "endCursor": None}
    ids = [{"id": first["id"]}, {"id": second["id"]}]
    sent["returns"] = {
        "pageInfo": end,
        "nodes": [
            {
                "id": "gid://shopify/Return/1",
                "status": "CLOSED",
                "createdAt": "2026-11-04T09:00:00Z",
                "returnShippingFees": [{"amountSet": bag("0.5")}],
                "returnLineItems": {"pageInfo": end, "nodes": lines},
                "exchangeLineItems": {"pageInfo": end, "nodes": []},
                "refunds": {"pageInfo": end, "nodes": ids},
            }
        ],
    }
    fees = [[line.amount for line in fact.lines if line.kind is LineKind.FEE] for fact in order(sent).refunds]
    assert fees == [[cad("-1.00"), cad("-3.00"), cad("-0.50")], [cad("-2.00")]]


@pytest.mark.parametrize("where", ["returns", "returnLineItems", "exchangeLineItems", "refunds"])
def test_an_incomplete_return_is_no_order(record: Load, where: str) -> None:
    sent = record("exchange_for_less")
    part = sent["returns"] if where == "returns" else sent["returns"]["nodes"][0][where]
    part["pageInfo"] = {"hasNextPage": True, "endCursor": "c"}
    made = translate(sent, store=STORE)
    assert isinstance(made, Untranslatable)
    assert made.field == "returns"


@pytest.mark.parametrize(("status", "waits"), [("OPEN", True), ("CLOSED", False)])
def test_goods_still_to_be_given_out_are_waited_for(order: Build, record: Load, status: str, *, waits: bool) -> None:
    sent = record("exchange_for_less")
    returned = sent["returns"]["nodes"][0]
    returned["status"] = status
    returned["exchangeLineItems"]["nodes"].append({"lineItems": None})
    (refund,) = order(sent).refunds
    assert [line.sku for line in refund.lines] == ["MUG", "VASE"]
    assert refund.pending is waits
    returned["exchangeLineItems"]["nodes"] = [{"lineItems": []}]
    del sent["lineItems"]["nodes"][1]
    sent["currentTotalPriceSet"] = bag("0.0")
    made = order(sent)
    assert made.total == cad("113.00")
    assert [line.sku for line in made.refunds[0].lines] == ["MUG"]
    assert made.refunds[0].pending is waits


def test_an_exchange_of_which_nothing_happened_yet_is_no_refund(order: Build, record: Load) -> None:
    sent = record("exchange_for_less")
    sent["refunds"] = []
    sent["lineItems"]["nodes"][0]["currentQuantity"] = 1
    del sent["lineItems"]["nodes"][1]
    sent["currentTotalPriceSet"] = sent["totalPriceSet"] = bag("113.0")
    returned = sent["returns"]["nodes"][0]
    returned |= {"status": "OPEN", "refunds": {"nodes": []}, "exchangeLineItems": {"nodes": [{"lineItems": None}]}}
    made = order(sent)
    assert (made.total, made.refunds) == (cad("113.00"), ())

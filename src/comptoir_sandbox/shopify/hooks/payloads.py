"""Bodies of webhooks: the REST resources, made of the nodes of the GraphQL API (shopify.md §8).

Amounts are texts with the currency's decimals, times have the shop's offset, names are in snake case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.ids import child, gid, split_gid
from comptoir_sandbox.shopify.money import rounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from comptoir_sandbox.shopify.bulk.operations import Operation
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.shop import ShopFacts

Json = dict[str, Any]
FIRST_NUMBER = 1000
"""REST's `number` counts from 1 where `order_number` counts from 1001."""


@dataclass(frozen=True)
class RestWriter:
    """Writes REST resources of one shop."""

    zone: ZoneInfo

    def order(self, order: Order, node: Mapping[str, Any]) -> Json:
        """Return the Order."""
        return {
            **self._order_head(order, node),
            **_order_money(node),
            "billing_address": _address(node["billingAddress"]),
            "shipping_address": _address(node["shippingAddress"]),
            "customer": self._customer(node["customer"]),
            "discount_applications": [_discount(each) for _, each in node["discountApplications"].rows],
            "discount_codes": [{"code": code} for code in node["discountCodes"]],
            "fulfillments": [self._fulfillment(order, each) for each in node["fulfillments"]],
            "line_items": [self._line(node["lineItems"].node(row)) for row in node["lineItems"].rows],
            "note_attributes": [_pair(each) for each in node["customAttributes"]],
            "refunds": [self.refund(order, each) for each in node["refunds"]],
            "shipping_lines": [_shipping_line(each) for each in node["shippingLines"].rows],
            "tax_lines": [_tax(each) for each in node["taxLines"]],
        }

    def _order_head(self, order: Order, node: Mapping[str, Any]) -> Json:
        return {
            "id": order.cart.id,
            "admin_graphql_api_id": node["id"],
            "name": node["name"],
            "number": node["number"] - FIRST_NUMBER,
            "order_number": node["number"],
            "confirmation_number": node["confirmationNumber"],
            "confirmed": node["confirmed"],
            "cancel_reason": _lower(node["cancelReason"]),
            "cancelled_at": self._time(node["cancelledAt"]),
            "closed_at": self._time(node["closedAt"]),
            "created_at": self._time(node["createdAt"]),
            "processed_at": self._time(node["processedAt"]),
            "updated_at": self._time(node["updatedAt"]),
            "currency": node["currencyCode"],
            "presentment_currency": node["presentmentCurrencyCode"],
            "email": node["email"] or "",
            "contact_email": node["email"],
            "phone": node["phone"],
            "financial_status": _lower(node["displayFinancialStatus"]) or "pending",
            "fulfillment_status": FULFILLMENT_STATUSES.get(node["displayFulfillmentStatus"]),
            "estimated_taxes": node["estimatedTaxes"],
            "note": node["note"],
            "payment_gateway_names": node["paymentGatewayNames"],
            "po_number": node["poNumber"],
            "source_name": node["sourceName"],
            "source_identifier": node["sourceIdentifier"],
            "tags": ", ".join(node["tags"]),
            "tax_exempt": node["taxExempt"],
            "taxes_included": node["taxesIncluded"],
            "test": node["test"],
        }

    def refund(self, order: Order, node: Mapping[str, Any]) -> Json:
        """Return the Refund."""
        adjustments = [_adjustment(each, "refund_discrepancy") for each in node["orderAdjustments"].rows]
        adjustments += [_shipping_adjustment(each) for each in node["refundShippingLines"].rows]
        for each in adjustments:
            each.update(order_id=order.cart.id, refund_id=int(node["legacyResourceId"]))
        lines = [self._refund_line(each) for each in node["refundLineItems"].rows]
        return {
            "id": int(node["legacyResourceId"]),
            "admin_graphql_api_id": node["id"],
            "order_id": order.cart.id,
            "created_at": self._time(node["createdAt"]),
            "processed_at": self._time(node["processedAt"]),
            "note": node["note"],
            "restock": any(each["restock_type"] != "no_restock" for each in lines),
            "total_duties_set": None,
            "duties": [_amounts("amount", each["amountSet"]) for each in node["duties"] or ()],
            "order_adjustments": adjustments,
            "refund_line_items": lines,
            "refund_shipping_lines": [
                {
                    "id": number_of(each),
                    "shipping_line": {"id": number_of(each["shippingLine"])},
                    "subtotal_amount_set": _bag(each["subtotalAmountSet"]),
                }
                for each in node["refundShippingLines"].rows
            ],
            "return": None if node["return"] is None else {"id": number_of(node["return"])},
            "transactions": [self._transaction(order, each) for each in node["transactions"].rows],
        }

    def _refund_line(self, node: Mapping[str, Any]) -> Json:
        line = self._line(node["lineItem"]())
        return {
            "id": number_of(node),
            "line_item_id": line["id"],
            "line_item": line,
            "location_id": None if node["location"] is None else number_of(node["location"]),
            "quantity": node["quantity"],
            "restock_type": node["restockType"].lower(),
            **_amounts("subtotal", node["subtotalSet"]),
            **_amounts("total_tax", node["totalTaxSet"]),
        }

    def _transaction(self, order: Order, node: Mapping[str, Any]) -> Json:
        parent = node["parentTransaction"]
        return {
            "id": number_of(node),
            "admin_graphql_api_id": node["id"],
            "order_id": order.cart.id,
            "kind": node["kind"].lower(),
            "status": node["status"].lower(),
            "gateway": node["gateway"],
            "amount": _written(node["amountSet"]["presentmentMoney"]),
            "currency": node["amountSet"]["presentmentMoney"]["currencyCode"],
            "amount_rounding": node["amountRoundingSet"] and _written(node["amountRoundingSet"]["presentmentMoney"]),
            "parent_id": None if parent is None else number_of(parent),
            "payment_id": node["paymentId"],
            "created_at": self._time(node["createdAt"]),
            "processed_at": self._time(node["processedAt"]),
            "test": node["test"],
        }

    def _line(self, node: Mapping[str, Any]) -> Json:
        variant, product = node["variant"], node["product"]
        return {
            "id": number_of(node),
            "admin_graphql_api_id": node["id"],
            "current_quantity": node["currentQuantity"],
            "fulfillable_quantity": node["unfulfilledQuantity"],
            "gift_card": node["isGiftCard"],
            "name": node["name"],
            "title": node["title"],
            "variant_title": node["variantTitle"],
            "sku": node["sku"],
            "vendor": node["vendor"],
            "quantity": node["quantity"],
            "requires_shipping": node["requiresShipping"],
            "taxable": node["taxable"],
            "product_id": None if product is None else number_of(product),
            "variant_id": None if variant is None else number_of(variant),
            "properties": [_pair(each) for each in node["customAttributes"]],
            **_amounts("price", node["originalUnitPriceSet"]),
            **_amounts("total_discount", node["totalDiscountSet"]),
            "discount_allocations": [_allocation(each) for each in node["discountAllocations"]],
            "duties": [
                {
                    "id": number_of(each),
                    "price_set": _bag(each["price"]),
                    "tax_lines": list(map(_tax, each["taxLines"])),
                }
                for each in node["duties"]
            ],
            "tax_lines": [_tax(each) for each in node["taxLines"]],
        }

    def _fulfillment(self, order: Order, node: Mapping[str, Any]) -> Json:
        return {
            "id": number_of(node),
            "admin_graphql_api_id": node["id"],
            "order_id": order.cart.id,
            "name": node["name"],
            "status": node["status"].lower(),
            "created_at": self._time(node["createdAt"]),
            "updated_at": self._time(node["updatedAt"]),
            "line_items": [
                {**self._line(each["lineItem"]()), "quantity": each["quantity"]}
                for each in node["fulfillmentLineItems"].rows
            ],
        }

    def _customer(self, node: Mapping[str, Any] | None) -> Json | None:
        if node is None:
            return None
        email, phone = node["defaultEmailAddress"], node["defaultPhoneNumber"]
        return {
            "id": int(node["legacyResourceId"]),
            "admin_graphql_api_id": node["id"],
            "first_name": node["firstName"],
            "last_name": node["lastName"],
            "email": email and email["emailAddress"],
            "phone": phone and phone["phoneNumber"],
            "tax_exempt": node["taxExempt"],
        }

    def edited(self, before: Order, after: Order, known: int) -> Json:
        """Return the body of orders/edited: what was added and removed."""
        first = len(before.cart.lines)
        additions = [
            {"id": number_of({"id": after_line}), "delta": line.quantity}
            for after_line, line in zip(_line_ids(after)[first:], after.cart.lines[first:], strict=True)
        ]
        removals = [
            {"id": number_of({"id": _line_ids(after)[at]}), "delta": gone}
            for at in range(first)
            if (gone := _edited_away(after, at) - _edited_away(before, at)) > 0
        ]
        return {
            "order_edit": {
                "id": known,
                "order_id": after.cart.id,
                "created_at": self._time(after.updated_at.isoformat()),
                "notify_customer": False,
                "staff_note": "",
                "line_items": {"additions": additions, "removals": removals},
                "discounts": {"line_item": {"additions": [], "removals": []}},
                "shipping_lines": {"additions": [], "removals": []},
            }
        }

    def bulk_operation(self, operation: Operation) -> Json:
        """Return the body of bulk_operations/finish."""
        ended = operation.completed_at
        return {
            "admin_graphql_api_id": f"gid://shopify/BulkOperation/{operation.id}",
            "completed_at": None if ended is None else self._time(ended.isoformat()),
            "created_at": self._time(operation.created_at.isoformat()),
            "error_code": _lower(operation.error),
            "status": operation.status.lower(),
            "type": "query",
        }

    def shop(self, facts: ShopFacts) -> Json:
        """Return the Shop (app/uninstalled)."""
        return {
            "id": 1,
            "name": facts.name,
            "email": facts.email,
            "domain": facts.domain,
            "myshopify_domain": facts.domain,
            "country_code": facts.country_code,
            "province_code": facts.province_code,
            "currency": facts.currency,
            "iana_timezone": facts.timezone,
            "taxes_included": facts.taxes_included,
        }

    def _time(self, text: str | None) -> str | None:
        if text is None:
            return None
        return datetime.fromisoformat(text).astimezone(self.zone).isoformat(timespec="seconds")


FULFILLMENT_STATUSES = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
"""REST's fulfillment_status; null for all others."""
ORDER_AMOUNTS = {
    "subtotal_price": "subtotalPriceSet",
    "total_discounts": "totalDiscountsSet",
    "total_tax": "totalTaxSet",
    "total_price": "totalPriceSet",
    "current_subtotal_price": "currentSubtotalPriceSet",
    "current_total_discounts": "currentTotalDiscountsSet",
    "current_total_tax": "currentTotalTaxSet",
    "current_total_price": "currentTotalPriceSet",
}
ORDER_SETS = {
    "total_shipping_price_set": "totalShippingPriceSet",
    "current_shipping_price_set": "currentShippingPriceSet",
    "original_total_duties_set": "originalTotalDutiesSet",
    "current_total_duties_set": "currentTotalDutiesSet",
    "original_total_additional_fees_set": "originalTotalAdditionalFeesSet",
    "current_total_additional_fees_set": "currentTotalAdditionalFeesSet",
}


def number_of(node: Mapping[str, Any]) -> int:
    """Return the numeric id of a node."""
    parts = split_gid(node["id"])
    return parts[1] if parts is not None else 0


def _order_money(node: Mapping[str, Any]) -> Json:
    made: Json = {}
    for name, source in ORDER_AMOUNTS.items():
        made.update(_amounts(name, node[source]))
    made.update({name: node[source] and _bag(node[source]) for name, source in ORDER_SETS.items()})
    lines = [node["lineItems"].node(row)["originalTotalSet"] for row in node["lineItems"].rows]
    made["total_line_items_price"] = _added([each["shopMoney"] for each in lines], node["currencyCode"])
    made["total_line_items_price_set"] = {
        "shop_money": {"amount": made["total_line_items_price"], "currency_code": node["currencyCode"]},
        "presentment_money": {
            "amount": _added([each["presentmentMoney"] for each in lines], node["presentmentCurrencyCode"]),
            "currency_code": node["presentmentCurrencyCode"],
        },
    }
    made["total_tip_received"] = _written(node["totalTipReceivedSet"]["shopMoney"])
    made["total_outstanding"] = _written(node["totalOutstandingSet"]["shopMoney"])
    return made


def _added(amounts: list[Mapping[str, Any]], currency: str) -> str:
    return f"{rounded(sum((Decimal(each['amount']) for each in amounts), Decimal(0)), currency):f}"


def _written(money: Mapping[str, Any]) -> str:
    return f"{rounded(Decimal(money['amount']), money['currencyCode']):f}"


def _bag(bag: Mapping[str, Any]) -> Json:
    return {
        name: {"amount": _written(bag[source]), "currency_code": bag[source]["currencyCode"]}
        for name, source in (("shop_money", "shopMoney"), ("presentment_money", "presentmentMoney"))
    }


def _amounts(name: str, bag: Mapping[str, Any]) -> Json:
    """Return `name` (shop's currency) and `name_set`."""
    return {name: _written(bag["shopMoney"]), f"{name}_set": _bag(bag)}


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _pair(node: Mapping[str, Any]) -> Json:
    return {"name": node["key"], "value": node["value"]}


def _tax(node: Mapping[str, Any]) -> Json:
    return {
        "title": node["title"],
        "rate": node["rate"],
        "channel_liable": node["channelLiable"],
        **_amounts("price", node["priceSet"]),
    }


def _allocation(node: Mapping[str, Any]) -> Json:
    index = node["discountApplication"]["index"]
    return {**_amounts("amount", node["allocatedAmountSet"]), "discount_application_index": index}


def _discount(node: Mapping[str, Any]) -> Json:
    value = node["value"]
    fixed = value["__typename"] == "MoneyV2"
    return {
        "type": KINDS[node["__typename"]],
        "title": node["title"],
        "code": node["code"],
        "description": node["description"],
        "value": _written(value) if fixed else str(value["percentage"]),
        "value_type": "fixed_amount" if fixed else "percentage",
        "allocation_method": node["allocationMethod"].lower(),
        "target_selection": node["targetSelection"].lower(),
        "target_type": node["targetType"].lower(),
    }


KINDS = {
    "ManualDiscountApplication": "manual",
    "DiscountCodeApplication": "discount_code",
    "AutomaticDiscountApplication": "automatic",
    "ScriptDiscountApplication": "script",
}


def _shipping_line(node: Mapping[str, Any]) -> Json:
    return {
        "id": number_of(node),
        "title": node["title"],
        "code": node["code"],
        "source": node["source"],
        "is_removed": node["isRemoved"],
        **_amounts("price", node["originalPriceSet"]),
        **_amounts("discounted_price", node["discountedPriceSet"]),
        "discount_allocations": [_allocation(each) for each in node["discountAllocations"]],
        "tax_lines": [_tax(each) for each in node["taxLines"]],
    }


def _address(node: Mapping[str, Any] | None) -> Json | None:
    if node is None:
        return None
    names = ("name", "company", "address1", "address2", "city", "province", "zip", "country", "phone")
    return {
        **{name: node[name] for name in names},
        "first_name": node["firstName"],
        "last_name": node["lastName"],
        "province_code": node["provinceCode"],
        "country_code": node["countryCodeV2"],
    }


def _adjustment(node: Mapping[str, Any], kind: str) -> Json:
    return {
        "id": number_of(node),
        "kind": kind,
        "reason": node["reason"].replace("_", " ").capitalize() if node["reason"] else None,
        **_amounts("amount", node["amountSet"]),
        **_amounts("tax_amount", node["taxAmountSet"]),
    }


def _shipping_adjustment(node: Mapping[str, Any]) -> Json:
    """Return a refunded shipping amount the old way: a negative adjustment (§4.7)."""
    return {
        "id": number_of(node),
        "kind": "shipping_refund",
        "reason": "Shipping refund",
        **_amounts("amount", _negative(node["subtotalAmountSet"])),
        **_amounts("tax_amount", _negative(node["taxAmountSet"])),
    }


def _negative(bag: Mapping[str, Any]) -> Json:
    return {name: {**bag[name], "amount": str(-Decimal(bag[name]["amount"]))} for name in bag if name != "__typename"}


def _line_ids(order: Order) -> list[str]:
    return [gid("LineItem", child(order.cart.id, at)) for at in range(len(order.cart.lines))]


def _edited_away(order: Order, line: int) -> int:
    return sum(each.removed for each in order.cart.edits if each.line == line)

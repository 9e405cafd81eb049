"""An order as the GraphQL API shows it: dictionaries, field by field. Deferred parts are `Listing`s or functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.ids import child, gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO
from comptoir_sandbox.shopify.render_fulfillments import FulfillmentRenderer
from comptoir_sandbox.shopify.render_lines import LineRenderer
from comptoir_sandbox.shopify.render_parts import (
    address,
    attributes,
    customer,
    payment_terms,
    purchasing_company,
    redacted,
    tax_lines,
    tax_lines_summed,
)
from comptoir_sandbox.shopify.render_refunds import RefundRenderer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from comptoir_sandbox.shopify.engine import Order

Node = dict[str, Any]


@dataclass(frozen=True)
class RenderedOrder:
    """The nodes of one order, with cross references between them."""

    node: Node
    refunds: dict[int, Node]
    """Refund nodes by numeric id."""
    returns: dict[int, Node]
    """Return nodes by numeric id."""


class OrderRenderer:
    """Makes the nodes of one order."""

    def __init__(self, order: Order, location: Node, now: Callable[[], datetime], *, approved: bool) -> None:
        self._now = now
        self._approved = approved
        self._order = order
        self._cart = order.cart
        self._bag = order.exchange.bag
        self.node: Node = {}
        self._lines = LineRenderer(order)
        self._fulfillments = FulfillmentRenderer(order, self._lines, location, self.node)
        self._refunds = RefundRenderer(order, self._lines, self._fulfillments, location, self.node)

    def render(self) -> RenderedOrder:
        """Make all nodes."""
        self.node.update(self._head())
        self.node.update(self._state())
        self.node.update(self._original_amounts())
        self.node.update(self._current_amounts())
        self.node.update(self._payment_amounts())
        self.node.update(self._people())
        self.node.update(self._parts())
        return RenderedOrder(
            self.node,
            {int(node["legacyResourceId"]): node for node in self._refunds.refunds},
            {child(self._cart.id, at): node for at, node in enumerate(self._refunds.returns)},
        )

    def _head(self) -> Node:
        cart = self._cart
        return {
            "__typename": "Order",
            "id": gid("Order", cart.id),
            "legacyResourceId": str(cart.id),
            "name": cart.name,
            "number": cart.number,
            "confirmationNumber": cart.confirmation_number,
            "sourceName": cart.source_name,
            "sourceIdentifier": cart.source_identifier,
            "createdAt": stamp(cart.created_at),
            "processedAt": stamp(cart.processed_at),
            "updatedAt": stamp(self._order.updated_at),
            "closedAt": stamp_or_none(cart.closed_at),
            "cancelledAt": stamp_or_none(cart.cancelled_at),
            "cancelReason": cart.cancel_reason,
            "closed": cart.closed_at is not None,
            "confirmed": True,
            "test": cart.test,
            "edited": bool(cart.edits) or any(line.added_at for line in cart.lines),
            "currencyCode": cart.currency,
            "presentmentCurrencyCode": cart.money_currency,
            "taxesIncluded": cart.taxes_included,
            "taxExempt": cart.tax_exempt,
            "estimatedTaxes": cart.estimated_taxes,
            "dutiesIncluded": cart.duties_included,
            "note": cart.note,
            "poNumber": cart.po_number,
            "tags": sorted(cart.tags),
            "customAttributes": attributes(cart.attributes),
        }

    def _state(self) -> Node:
        cart, totals = self._cart, self._order.totals
        codes = [each.title for each in cart.discounts if each.kind == "code"]
        goods = [at for at, line in enumerate(cart.lines) if not line.is_tip]
        removed = sum(self._order.removed.get(at, 0) for at in goods)
        sold = sum(cart.lines[at].quantity for at in goods)
        return {
            "displayFinancialStatus": self._order.financial_status,
            "displayFulfillmentStatus": self._order.fulfilled.status,
            "returnStatus": self._order.return_status,
            "unpaid": totals.received == 0 and totals.total > 0,
            "fullyPaid": totals.outstanding <= 0 and totals.capturable == 0,
            "paymentGatewayNames": list(dict.fromkeys(payment.gateway for payment in cart.payments)),
            "discountCode": codes[0] if codes else None,
            "discountCodes": codes,
            "subtotalLineItemsQuantity": sold,
            "currentSubtotalLineItemsQuantity": sold - removed,
        }

    def _original_amounts(self) -> Node:
        totals, of = self._order.totals, self._bag
        has_duties = any(line.duties for line in self._cart.lines)
        return {
            "subtotalPriceSet": of(totals.subtotal),
            "totalDiscountsSet": of(totals.discounts),
            "cartDiscountAmountSet": of(totals.discounts - self._shipping_discounts()),
            "totalShippingPriceSet": of(totals.shipping),
            "totalTaxSet": of(totals.tax),
            "totalTipReceivedSet": of(totals.tips),
            "originalTotalDutiesSet": of(totals.duties) if has_duties else None,
            "originalTotalAdditionalFeesSet": of(totals.fees) if self._cart.fees else None,
            "totalPriceSet": of(totals.total),
            "originalTotalPriceSet": of(totals.original_total),
        }

    def _shipping_discounts(self) -> Decimal:
        return sum((amount for line in self._order.shown_shipping for _, amount in line.allocations), ZERO)

    def _current_amounts(self) -> Node:
        totals, of = self._order.totals, self._bag
        has_duties = any(line.duties for line in self._cart.lines)
        return {
            "currentSubtotalPriceSet": of(totals.current_subtotal),
            "currentTotalDiscountsSet": of(totals.current_discounts),
            "currentCartDiscountAmountSet": of(totals.current_discounts - self._shipping_discounts()),
            "currentShippingPriceSet": of(totals.current_shipping),
            "currentTotalTaxSet": of(totals.current_tax),
            "currentTotalDutiesSet": of(totals.current_duties) if has_duties else None,
            "currentTotalAdditionalFeesSet": of(totals.fees) if self._cart.fees else None,
            "currentTotalPriceSet": of(totals.current_total),
        }

    def _payment_amounts(self) -> Node:
        totals, shop, of = self._order.totals, self._order.shop_cash, self._bag
        two = self._order.exchange.bag_of
        return {
            "totalReceivedSet": two(totals.received, shop.received),
            "totalRefundedSet": two(totals.refunded, shop.refunded),
            "totalRefundedShippingSet": of(totals.refunded_shipping),
            "netPaymentSet": two(totals.net_payment, shop.received - shop.refunded),
            "totalOutstandingSet": of(totals.outstanding),
            "totalCapturableSet": of(totals.capturable),
            "refundDiscrepancySet": of(totals.discrepancy),
            "totalCashRoundingAdjustment": {
                "__typename": "CashRoundingAdjustment",
                "paymentSet": two(totals.received_rounding, shop.received_rounding),
                "refundSet": two(totals.refunded_rounding, shop.refunded_rounding),
            },
        }

    def _people(self) -> Node:
        if not self._approved:
            return self._nobody()
        cart = self._cart
        buyer = customer(cart.customer) if cart.customer else None
        return {
            "email": cart.email or (cart.customer.email if cart.customer else None),
            "phone": cart.phone or (cart.customer.phone if cart.customer else None),
            "customer": buyer,
            "purchasingEntity": purchasing_company(cart.company, buyer) if cart.company else buyer,
            "billingAddress": address(cart.billing_address),
            "shippingAddress": address(cart.shipping_address),
        }

    def _nobody(self) -> Node:
        """Return what an app sees that may not see buyers: where goods went, to the province (§2.5)."""
        cart = self._cart
        return {
            "email": None,
            "phone": None,
            "customer": None,
            "purchasingEntity": purchasing_company(cart.company, None) if cart.company else None,
            "billingAddress": address(redacted(cart.billing_address)),
            "shippingAddress": address(redacted(cart.shipping_address)),
        }

    def _parts(self) -> Node:
        order, lines = self._order, self._lines
        return {
            "taxLines": tax_lines_summed(order, current=False),
            "currentTaxLines": tax_lines_summed(order, current=True),
            "additionalFees": self._fees(),
            "paymentTerms": payment_terms(order, self._now),
            "shippingLine": lines.first_shipping(),
            "shippingLines": lines.shipping_listing(removed=False),
            "allShippingLines": lines.shipping_listing(removed=True),
            "lineItems": lines.listing(),
            "nonFulfillableLineItems": lines.listing(lambda line: line.is_tip),
            "discountApplications": lines.discount_listing(),
            "transactions": self._refunds.transactions(),
            "refunds": self._refunds.refunds,
            "returns": self._refunds.return_listing(),
            "fulfillments": self._fulfillments.nodes,
        }

    def _fees(self) -> list[Node]:
        pairs = zip(self._cart.fees, self._order.fees, strict=True)
        return [
            {
                "__typename": "AdditionalFee",
                "id": gid("AdditionalFee", child(self._cart.id, at)),
                "name": fee.name,
                "price": self._bag(fee.price),
                "taxLines": tax_lines(priced.taxes, self._order.exchange),
            }
            for at, (fee, priced) in enumerate(pairs)
        ]


def render(order: Order, location: Node, now: Callable[[], datetime], *, approved: bool = True) -> RenderedOrder:
    """Make the nodes of an order; `location` is where returned goods go, `now` tells what is overdue.

    `approved`: whether the app may see who bought (protected customer data).
    """
    return OrderRenderer(order, location, now, approved=approved).render()

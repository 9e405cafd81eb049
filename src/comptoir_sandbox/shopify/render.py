"""An order as the GraphQL API shows it: dictionaries, field by field. Deferred parts are `Listing`s or functions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.connections import Listing, of_nodes
from comptoir_sandbox.shopify.ids import child, gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO, bag, rounded
from comptoir_sandbox.shopify.render_parts import (
    address,
    allocation,
    customer,
    discount_application,
    payment_terms,
    tax_line,
    tax_lines_summed,
    transaction,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from comptoir_sandbox.shopify.cart import RefundPayment
    from comptoir_sandbox.shopify.engine import Order, SettledRefund

Node = dict[str, Any]
REFUND_TRANSACTIONS = 5_000
"""Within an order's block of ids, refund transactions start here and payments at 0."""
TRANSACTIONS_PER_REFUND = 20


@dataclass(frozen=True)
class RenderedOrder:
    """The nodes of one order, with cross references between them."""

    node: Node
    refunds: dict[int, Node]
    """Refund nodes by numeric id."""


class OrderRenderer:
    """Makes the nodes of one order."""

    def __init__(self, order: Order, location: Node, now: Callable[[], datetime]) -> None:
        self._now = now
        self._order = order
        self._cart = order.cart
        self._location = location
        self._currency = order.cart.currency
        self._discounts = [
            discount_application(at, each, self._currency) for at, each in enumerate(self._cart.discounts)
        ]
        self._lines: dict[int, Node] = {}
        self._shipping = [self._shipping_line(at) for at in range(len(order.shipping))]
        self._payments = self._render_payments()
        self.node: Node = {}

    def render(self) -> RenderedOrder:
        """Make all nodes."""
        refunds = [self._refund(at, refund) for at, refund in enumerate(self._order.refunds)]
        self.node.update(self._head())
        self.node.update(self._state())
        self.node.update(self._amounts())
        self.node.update(self._parts(refunds))
        return RenderedOrder(self.node, {int(node["legacyResourceId"]): node for node in refunds})

    def _bag(self, amount: Decimal) -> Node:
        return bag(amount, self._currency)

    def _unit(self, amount: Decimal, quantity: int) -> Decimal:
        """Shopify states such prices approximately: rounded to the minor unit."""
        return rounded(amount / quantity, self._currency)

    def _head(self) -> Node:
        cart = self._cart
        return {
            "__typename": "Order",
            "id": gid("Order", cart.id),
            "legacyResourceId": str(cart.id),
            "name": cart.name,
            "number": cart.number,
            "confirmationNumber": None,
            "sourceName": cart.source_name,
            "sourceIdentifier": None,
            "createdAt": stamp(cart.created_at),
            "processedAt": stamp(cart.processed_at),
            "updatedAt": stamp(self._order.updated_at),
            "closedAt": stamp_or_none(cart.closed_at),
            "cancelledAt": stamp_or_none(cart.cancelled_at),
            "cancelReason": cart.cancel_reason,
            "closed": cart.closed_at is not None,
            "confirmed": True,
            "test": cart.test,
            "edited": False,
            "currencyCode": cart.currency,
            "presentmentCurrencyCode": cart.currency,
            "taxesIncluded": cart.taxes_included,
            "taxExempt": False,
            "estimatedTaxes": False,
            "dutiesIncluded": False,
            "email": cart.customer.email if cart.customer else None,
            "phone": cart.customer.phone if cart.customer else None,
            "note": cart.note,
            "poNumber": cart.po_number,
            "tags": sorted(cart.tags),
            "customAttributes": [],
        }

    def _state(self) -> Node:
        cart, totals = self._cart, self._order.totals
        codes = [each.title for each in cart.discounts if each.kind == "code"]
        sold, removed = sum(line.quantity for line in cart.lines), sum(self._order.removed.values())
        return {
            "displayFinancialStatus": self._order.financial_status,
            "displayFulfillmentStatus": "UNFULFILLED" if cart.cancelled_at else "FULFILLED",
            "returnStatus": "NO_RETURN",
            "unpaid": totals.received == 0 and totals.total > 0,
            "fullyPaid": totals.outstanding <= 0 and totals.capturable == 0,
            "paymentGatewayNames": list(dict.fromkeys(payment.gateway for payment in cart.payments)),
            "discountCode": codes[0] if codes else None,
            "discountCodes": codes,
            "subtotalLineItemsQuantity": sold,
            "currentSubtotalLineItemsQuantity": sold - removed,
        }

    def _amounts(self) -> Node:
        totals, of = self._order.totals, self._bag
        line_discounts = sum((amount for line in self._order.lines for _, amount in line.allocations), ZERO)
        shipping_discounts = totals.discounts - line_discounts
        return {
            "subtotalPriceSet": of(totals.subtotal),
            "totalDiscountsSet": of(totals.discounts),
            "cartDiscountAmountSet": of(line_discounts),
            "totalShippingPriceSet": of(totals.shipping),
            "totalTaxSet": of(totals.tax),
            "totalTipReceivedSet": of(ZERO),
            "originalTotalDutiesSet": None,
            "originalTotalAdditionalFeesSet": None,
            "totalPriceSet": of(totals.total),
            "originalTotalPriceSet": of(totals.total),
            "currentSubtotalPriceSet": of(totals.current_subtotal),
            "currentTotalDiscountsSet": of(totals.current_discounts),
            "currentCartDiscountAmountSet": of(totals.current_discounts - shipping_discounts),
            "currentShippingPriceSet": of(totals.current_shipping),
            "currentTotalTaxSet": of(totals.current_tax),
            "currentTotalDutiesSet": None,
            "currentTotalAdditionalFeesSet": None,
            "currentTotalPriceSet": of(totals.current_total),
            "totalReceivedSet": of(totals.received),
            "totalRefundedSet": of(totals.refunded),
            "totalRefundedShippingSet": of(totals.refunded_shipping),
            "netPaymentSet": of(totals.net_payment),
            "totalOutstandingSet": of(totals.outstanding),
            "totalCapturableSet": of(totals.capturable),
            "refundDiscrepancySet": of(totals.discrepancy),
            "totalCashRoundingAdjustment": {
                "__typename": "CashRoundingAdjustment",
                "paymentSet": of(ZERO),
                "refundSet": of(ZERO),
            },
        }

    def _parts(self, refunds: list[Node]) -> Node:
        cart, order = self._cart, self._order
        buyer = customer(cart.customer) if cart.customer else None
        applications = [(at, node) for at, node in enumerate(self._discounts)]
        refund_transactions = [node for refund in refunds for node in refund["transactions"].rows]
        return {
            "taxLines": tax_lines_summed(order, self._currency, current=False),
            "currentTaxLines": tax_lines_summed(order, self._currency, current=True),
            "additionalFees": [],
            "customer": buyer,
            "purchasingEntity": buyer,
            "billingAddress": address(cart.billing_address),
            "shippingAddress": address(cart.shipping_address),
            "paymentTerms": payment_terms(order, self._now),
            "shippingLine": self._shipping[0] if self._shipping else None,
            "shippingLines": self._listing("ShippingLine", self._shipping),
            "lineItems": self._line_items(),
            "discountApplications": Listing(
                name="DiscountApplication", rows=applications, key=lambda row: (row[0], row[0]), node=lambda row: row[1]
            ),
            "transactions": [*self._payments, *refund_transactions],
            "refunds": refunds,
        }

    def _listing(self, name: str, nodes: list[Node]) -> Listing:
        return of_nodes(name, nodes, _number)

    def _line_items(self) -> Listing:
        """List the lines; each is made when a page first shows it, since long orders are read page by page."""
        first = child(self._cart.id, 0)
        return Listing(
            name="LineItem",
            rows=range(len(self._order.lines)),
            key=lambda at: (first + at, first + at),
            node=self._line,
        )

    def _line(self, at: int) -> Node:
        if at not in self._lines:
            self._lines[at] = self._make_line(at)
        return self._lines[at]

    def _make_line(self, at: int) -> Node:
        line, priced = self._cart.lines[at], self._order.lines[at]
        left = line.quantity - self._order.removed.get(at, 0)
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", child(self._cart.id, at)),
            "name": line.title,
            "title": line.title,
            "variantTitle": None,
            "sku": line.sku,
            "vendor": line.vendor,
            "quantity": line.quantity,
            "currentQuantity": left,
            "refundableQuantity": left,
            "unfulfilledQuantity": left if self._cart.cancelled_at else 0,
            "isGiftCard": line.is_gift_card,
            "taxable": bool(line.taxes),
            "requiresShipping": line.requires_shipping,
            "originalUnitPriceSet": self._bag(line.unit_price),
            "originalTotalSet": self._bag(priced.gross),
            "discountedTotalSet": self._bag(self._after_own_discounts(at)),
            "totalDiscountSet": self._bag(ZERO),
            "discountedUnitPriceAfterAllDiscountsSet": self._bag(self._unit(priced.net, line.quantity)),
            "taxLines": [tax_line(tax, amount, self._currency) for tax, amount in priced.taxes],
            "discountAllocations": self._allocations(priced.allocations),
            "duties": [],
            "variant": self._variant(at),
            "product": self._product(at),
            "customAttributes": [],
        }

    def _after_own_discounts(self, at: int) -> Decimal:
        """Gross less the discounts of particular lines that are not codes (§4.4 rule 8)."""
        priced, discounts = self._order.lines[at], self._cart.discounts
        own = [
            amount
            for index, amount in priced.allocations
            if discounts[index].lines is not None and discounts[index].kind != "code"
        ]
        return priced.gross - sum(own, ZERO)

    def _allocations(self, allocations: tuple[tuple[int, Decimal], ...]) -> list[Node]:
        return [allocation(self._discounts[index], amount, self._currency) for index, amount in allocations]

    def _variant(self, at: int) -> Node | None:
        line = self._cart.lines[at]
        if line.variant_id is None:
            return None
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", line.variant_id),
            "legacyResourceId": str(line.variant_id),
            "sku": line.sku,
            "title": "Default Title",
            "displayName": f"{line.title} - Default Title",
            "product": self._product(at),
        }

    def _product(self, at: int) -> Node | None:
        line = self._cart.lines[at]
        if line.product_id is None:
            return None
        return {
            "__typename": "Product",
            "id": gid("Product", line.product_id),
            "legacyResourceId": str(line.product_id),
            "title": line.title,
        }

    def _shipping_line(self, at: int) -> Node:
        line, priced = self._cart.shipping[at], self._order.shipping[at]
        back = sum(
            (
                each.source.amount
                for refund in self._order.refunds
                for each in refund.shipping
                if each.source.line == at
            ),
            ZERO,
        )
        return {
            "__typename": "ShippingLine",
            "id": gid("ShippingLine", child(self._cart.id, at)),
            "title": line.title,
            "code": line.code,
            "source": "shopify",
            "isRemoved": False,
            "custom": False,
            "originalPriceSet": self._bag(line.price),
            "discountedPriceSet": self._bag(priced.net),
            "currentDiscountedPriceSet": self._bag(priced.net - back),
            "taxLines": [tax_line(tax, amount, self._currency) for tax, amount in priced.taxes],
            "discountAllocations": self._allocations(priced.allocations),
        }

    def _render_payments(self) -> list[Node]:
        nodes: list[Node] = []
        for at, payment in enumerate(self._cart.payments):
            node = transaction(child(self._cart.id, at), payment, self._currency)
            node["test"] = self._cart.test
            node["order"] = lambda: self.node
            node["parentTransaction"] = nodes[payment.parent] if payment.parent is not None else None
            nodes.append(node)
        return nodes

    def _refund(self, place: int, refund: SettledRefund) -> Node:
        number = refund.source.id if refund.source.id is not None else child(self._cart.id, place)
        moment = stamp(refund.source.processed_at)
        payments = [self._refund_payment(place, at, each, moment) for at, each in enumerate(refund.source.payments)]
        return {
            "__typename": "Refund",
            "id": gid("Refund", number),
            "legacyResourceId": str(number),
            "note": refund.source.note,
            "createdAt": moment,
            "processedAt": moment,
            "updatedAt": moment,
            "order": lambda: self.node,
            "totalRefundedSet": self._bag(refund.paid_back),
            "refundLineItems": self._listing("RefundLineItem", self._refund_lines(number, refund)),
            "refundShippingLines": self._listing("RefundShippingLine", self._refund_shipping(number, refund)),
            "orderAdjustments": self._listing("OrderAdjustment", self._adjustments(number, refund)),
            "duties": [],
            "transactions": self._listing("OrderTransaction", payments),
            "return": None,
        }

    def _refund_lines(self, number: int, refund: SettledRefund) -> list[Node]:
        return [
            {
                "__typename": "RefundLineItem",
                "id": gid("RefundLineItem", child(number, at)),
                "quantity": each.source.quantity,
                "restockType": each.source.restock_type,
                "restocked": each.source.restock_type != "NO_RESTOCK",
                "location": self._location if each.source.restock_type != "NO_RESTOCK" else None,
                "priceSet": self._bag(self._unit(each.subtotal, each.source.quantity)),
                "subtotalSet": self._bag(each.subtotal),
                "totalTaxSet": self._bag(each.tax),
                "lineItem": partial(self._line, each.source.line),
            }
            for at, each in enumerate(refund.lines)
        ]

    def _refund_shipping(self, number: int, refund: SettledRefund) -> list[Node]:
        return [
            {
                "__typename": "RefundShippingLine",
                "id": gid("RefundShippingLine", child(number, at)),
                "shippingLine": self._shipping[each.source.line],
                "subtotalAmountSet": self._bag(each.source.amount),
                "taxAmountSet": self._bag(each.tax),
            }
            for at, each in enumerate(refund.shipping)
        ]

    def _adjustments(self, number: int, refund: SettledRefund) -> list[Node]:
        if not refund.adjustment:
            return []
        return [
            {
                "__typename": "OrderAdjustment",
                "id": gid("OrderAdjustment", child(number, 0)),
                "reason": "REFUND_DISCREPANCY",
                "amountSet": self._bag(refund.adjustment),
                "taxAmountSet": self._bag(ZERO),
            }
        ]

    def _refund_payment(self, place: int, at: int, each: RefundPayment, moment: str) -> Node:
        parent = self._payments[each.payment]
        number = child(self._cart.id, REFUND_TRANSACTIONS + place * TRANSACTIONS_PER_REFUND + at)
        return {
            **parent,
            "id": gid("OrderTransaction", number),
            "kind": "REFUND",
            "status": each.status,
            "createdAt": moment,
            "processedAt": moment,
            "paymentId": f"{self._cart.name}.{place + 1}.{at + 1}",
            "amountSet": self._bag(each.amount),
            "parentTransaction": parent,
        }


def render(order: Order, location: Node, now: Callable[[], datetime]) -> RenderedOrder:
    """Make the nodes of an order; `location` is where returned goods go, `now` tells what is overdue."""
    return OrderRenderer(order, location, now).render()


def _number(node: Node) -> int:
    return int(node["id"].rpartition("/")[2])

"""An order's transactions, refunds and returns as the GraphQL API shows them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Payment
from comptoir_sandbox.shopify.connections import Listing, of_nodes
from comptoir_sandbox.shopify.ids import child, gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO, decimal_text
from comptoir_sandbox.shopify.render_lines import number
from comptoir_sandbox.shopify.render_parts import exchange_adjustment, transaction

if TYPE_CHECKING:
    from decimal import Decimal

    from comptoir_sandbox.shopify.cart import GoodsReturn, RefundPayment, ReturnedLine
    from comptoir_sandbox.shopify.engine import Order, SettledRefund
    from comptoir_sandbox.shopify.render_fulfillments import FulfillmentRenderer
    from comptoir_sandbox.shopify.render_lines import LineRenderer

Node = dict[str, Any]
REFUND_TRANSACTIONS = 5_000
"""Within an order's block of ids, refund transactions start here and payments at 0."""
TRANSACTIONS_PER_REFUND = 20
PARTS_PER_RETURN = 1_000


class RefundRenderer:
    """Makes the nodes of an order's transactions, refunds and returns. `node`: the order's, filled in later."""

    def __init__(
        self, order: Order, lines: LineRenderer, fulfillments: FulfillmentRenderer, location: Node, node: Node
    ) -> None:
        self._order = order
        self._cart = order.cart
        self._exchange = order.exchange
        self._bag = order.exchange.bag
        self._lines = lines
        self._fulfillments = fulfillments
        self._location = location
        self._node = node
        self.payments = self._render_payments()
        self.returns: list[Node] = [self._return(at, each) for at, each in enumerate(self._cart.returns)]
        self.refunds = [self._refund(at, refund) for at, refund in enumerate(order.refunds)]

    def transactions(self) -> list[Node]:
        """Return all transactions of the order: payments, then refunds."""
        return [*self.payments, *(node for refund in self.refunds for node in refund["transactions"].rows)]

    def return_listing(self) -> Listing:
        """List the returns."""
        return of_nodes("Return", self.returns, number)

    def _render_payments(self) -> list[Node]:
        nodes: list[Node] = []
        for at, payment in enumerate(self._cart.payments):
            parent = nodes[payment.parent] if payment.parent is not None else None
            nodes.append(self._owned(transaction(child(self._cart.id, at), payment, self._exchange), parent))
        return nodes

    def _owned(self, node: Node, parent: Node | None) -> Node:
        node["test"] = self._cart.test
        node["order"] = lambda: self._node
        node["parentTransaction"] = parent
        return node

    def _refund(self, place: int, refund: SettledRefund) -> Node:
        source = refund.source
        known = source.id if source.id is not None else child(self._cart.id, place)
        moment = stamp(source.processed_at)
        payments = [self._refund_payment(place, at, each, refund) for at, each in enumerate(source.payments)]
        shop = sum(
            (self._exchange.at(each.rate).to_shop(each.amount) for each in source.payments if each.status == "SUCCESS"),
            ZERO,
        )
        return {
            "__typename": "Refund",
            "id": gid("Refund", known),
            "legacyResourceId": str(known),
            "note": source.note,
            "createdAt": moment,
            "processedAt": moment,
            "updatedAt": max([moment, *(each["processedAt"] for each in payments)]),
            "order": lambda: self._node,
            "totalRefundedSet": self._exchange.bag_of(refund.paid_back, shop),
            "refundLineItems": of_nodes("RefundLineItem", self._refund_lines(known, refund), number),
            "refundShippingLines": of_nodes("RefundShippingLine", self._refund_shipping(known, refund), number),
            "orderAdjustments": of_nodes("OrderAdjustment", self._adjustments(known, refund), number),
            "duties": self._refund_duties(refund),
            "transactions": of_nodes("OrderTransaction", payments, number),
            "return": self.returns[source.return_index] if source.return_index is not None else None,
        }

    def _refund_lines(self, known: int, refund: SettledRefund) -> list[Node]:
        return [
            {
                "__typename": "RefundLineItem",
                "id": gid("RefundLineItem", child(known, at)),
                "quantity": each.source.quantity,
                "restockType": each.source.restock_type,
                "restocked": each.source.restock_type != "NO_RESTOCK",
                "location": self._location if each.source.restock_type != "NO_RESTOCK" else None,
                "priceSet": self._bag(self._lines.unit(each.subtotal, each.source.quantity)),
                "subtotalSet": self._bag(each.subtotal),
                "totalTaxSet": self._bag(each.tax),
                "lineItem": partial(self._lines.line, each.source.line),
            }
            for at, each in enumerate(refund.lines)
        ]

    def _refund_shipping(self, known: int, refund: SettledRefund) -> list[Node]:
        return [
            {
                "__typename": "RefundShippingLine",
                "id": gid("RefundShippingLine", child(known, at)),
                "shippingLine": self._lines.shipping[each.source.line],
                "subtotalAmountSet": self._bag(each.source.amount),
                "taxAmountSet": self._bag(each.tax),
            }
            for at, each in enumerate(refund.shipping)
        ]

    def _refund_duties(self, refund: SettledRefund) -> list[Node]:
        return [
            {
                "__typename": "RefundDuty",
                "amountSet": self._bag(each.amount),
                "originalDuty": self._lines.line(each.line)["duties"][each.duty],
            }
            for each in refund.source.duties
        ]

    def _adjustments(self, known: int, refund: SettledRefund) -> list[Node]:
        found = [
            (refund.source.reason, refund.adjustment - refund.adjustment_tax, refund.adjustment_tax),
            ("PENDING_REFUND_DISCREPANCY", refund.pending, ZERO),
        ]
        return [self._adjustment(child(known, at), *each) for at, each in enumerate(found) if each[1] or each[2]]

    def _adjustment(self, known: int, reason: str, amount: Decimal, tax: Decimal) -> Node:
        return {
            "__typename": "OrderAdjustment",
            "id": gid("OrderAdjustment", known),
            "reason": reason,
            "amountSet": self._bag(amount),
            "taxAmountSet": self._bag(tax),
        }

    def _refund_payment(self, place: int, at: int, each: RefundPayment, refund: SettledRefund) -> Node:
        known = child(self._cart.id, REFUND_TRANSACTIONS + place * TRANSACTIONS_PER_REFUND + at)
        moment = stamp(each.processed_at or refund.source.processed_at)
        exchange = self._exchange.at(each.rate)
        node = self._parent_of(known, each)
        return {
            **node,
            "id": gid("OrderTransaction", known),
            "kind": "REFUND",
            "status": each.status,
            "errorCode": "GENERIC_ERROR" if each.status == "FAILURE" else None,
            "createdAt": stamp(refund.source.processed_at),
            "processedAt": moment,
            "paymentId": f"{self._cart.name}.{place + 1}.{at + 1}",
            "amountSet": exchange.bag(each.amount),
            "amountRoundingSet": exchange.bag(each.rounding) if each.rounding else None,
            "currencyExchangeAdjustment": self._exchange_adjustment(known, each),
            "parentTransaction": None if each.payment is None else node,
        }

    def _parent_of(self, known: int, each: RefundPayment) -> Node:
        """Return the payment's node, or one of its own for money that goes another way."""
        if each.payment is not None:
            return self.payments[each.payment]
        made = Payment(amount=each.amount, gateway=each.gateway or "", processed_at=self._cart.processed_at)
        return self._owned(transaction(known, made, self._exchange), None)

    def _exchange_adjustment(self, known: int, each: RefundPayment) -> Node | None:
        if each.payment is None:
            return None
        original = self._exchange.at(self._cart.payments[each.payment].rate).to_shop(each.amount)
        final = self._exchange.at(each.rate).to_shop(each.amount)
        return exchange_adjustment(known, original, final, self._exchange.shop_currency)

    def _return(self, place: int, source: GoodsReturn) -> Node:
        known = child(self._cart.id, place)
        fees = [
            {
                "__typename": "ReturnShippingFee",
                "id": gid("ReturnShippingFee", known * PARTS_PER_RETURN + at),
                "amountSet": self._bag(fee),
            }
            for at, fee in enumerate(source.shipping_fees)
        ]
        lines = [self._return_line(known * PARTS_PER_RETURN + at, source, each) for at, each in enumerate(source.lines)]
        exchanged = [
            (self._exchange_line(known * PARTS_PER_RETURN + at, line), self._left(line))
            for at, line in enumerate(source.exchange_lines)
        ]
        return {
            "__typename": "Return",
            "id": gid("Return", known),
            "name": f"{self._cart.name}-R{place + 1}",
            "status": source.status,
            "createdAt": stamp(source.created_at),
            "closedAt": stamp_or_none(source.closed_at),
            "totalQuantity": sum(each.quantity for each in source.lines),
            "order": lambda: self._node,
            "returnShippingFees": fees,
            "returnLineItems": of_nodes("ReturnLineItemType", lines, number),
            "exchangeLineItems": of_nodes("ExchangeLineItem", [node for node, left in exchanged if left], number),
            "allExchangeLineItems": of_nodes("ExchangeLineItem", [node for node, _ in exchanged], number),
            "refunds": lambda: of_nodes("Refund", self._refunds_of(place), number),
        }

    def _left(self, line: int) -> int:
        """How many of a line were not taken back or removed."""
        return self._cart.lines[line].quantity - self._order.removed.get(line, 0)

    def _refunds_of(self, place: int) -> list[Node]:
        pairs = zip(self._cart.refunds, self.refunds, strict=True)
        return [node for refund, node in pairs if refund.return_index == place]

    def _return_line(self, known: int, source: GoodsReturn, each: ReturnedLine) -> Node:
        fee = None
        if each.restocking_fee:
            net = self._order.lines[each.line].net
            share = each.restocking_fee / net * 100 if net else ZERO
            fee = {
                "__typename": "RestockingFee",
                "id": gid("RestockingFee", known),
                "amountSet": self._bag(each.restocking_fee),
                "percentage": round(float(decimal_text(share)), 2),
            }
        done = each.quantity if source.status == "CLOSED" else 0
        return {
            "__typename": "ReturnLineItem",
            "id": gid("ReturnLineItem", known),
            "quantity": each.quantity,
            "processedQuantity": done,
            "unprocessedQuantity": each.quantity - done,
            "restockingFee": fee,
            "fulfillmentLineItem": self._fulfillments.line_item(each.line),
        }

    def _exchange_line(self, known: int, line: int) -> Node:
        source = self._cart.lines[line]
        return {
            "__typename": "ExchangeLineItem",
            "id": gid("ExchangeLineItem", known),
            "quantity": source.quantity,
            "title": source.title,
            "variantSku": source.sku,
            "lineItem": partial(self._lines.line, line),
            "lineItems": lambda: [self._lines.line(line)],
        }

"""refundCreate (shopify.md §4.7): value taken back and money given back, as far as the order allows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Refund, RefundedDuty, RefundedLine, RefundedShipping, RefundPayment
from comptoir_sandbox.shopify.checks import MOST_DUTIES
from comptoir_sandbox.shopify.connections import Listing
from comptoir_sandbox.shopify.ids import child
from comptoir_sandbox.shopify.money import ZERO, bag, rounded
from comptoir_sandbox.shopify.mutations.answers import (
    UserError,
    amount_of,
    answered,
    find_order,
    number_of,
    show,
    spoken,
    store,
)
from comptoir_sandbox.shopify.mutations.idempotency import idempotent
from comptoir_sandbox.shopify.pricing import CartError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from comptoir_sandbox.shopify.call import Info
    from comptoir_sandbox.shopify.cart import AdjustmentReason
    from comptoir_sandbox.shopify.engine import Order

REASONS: dict[str, AdjustmentReason] = {"CUSTOMER": "CUSTOMER", "DAMAGE": "DAMAGE", "RESTOCK": "RESTOCK"}
"""discrepancyReason; all others: REFUND_DISCREPANCY."""


@answered("RefundCreatePayload")
@idempotent
def refund_create(info: Info, **arguments: Any) -> Callable[[], dict[str, Any]]:
    """Refund; what the transactions differ from the value becomes an order adjustment."""
    wanted: Mapping[str, Any] = arguments["input"]
    shop = info.context.shop
    with shop.lock:
        order = find_order(info, wanted["orderId"])
        if order is None:
            raise UserError(["orderId"], "Order does not exist")
        try:
            made = _Reader(order, wanted).refund(shop.now().replace(microsecond=0))
            changed = store(info, replace(order.cart, refunds=(*order.cart.refunds, made)))
        except CartError as error:
            raise UserError(None, str(error).partition(": ")[2], payload={"order": show(info, order)}) from error
        except UserError as error:
            error.payload = {"order": show(info, order)}
            raise
    place = len(changed.cart.refunds) - 1
    return lambda: {"order": show(info, changed), "refund": as_created(info, changed, place)}


def as_created(info: Info, order: Order, place: int) -> dict[str, Any]:
    """Return the refund as the mutation shows it: line subtotals are 0.0 there, whatever was paid (§4.7, recorded)."""
    node: dict[str, Any] = info.context.shop.rendered(order.cart.id).node["refunds"][place]
    lines: Listing = node["refundLineItems"]
    none = bag(ZERO, order.cart.currency) if order.cart.presentment is None else order.exchange.bag(ZERO)
    shown = [{**line, "subtotalSet": none, "totalTaxSet": none} for line in lines.rows]
    return {**node, "refundLineItems": replace(lines, rows=shown)}


class _Reader:
    """Reads one RefundInput for one order. UserError names what is wrong."""

    def __init__(self, order: Order, wanted: Mapping[str, Any]) -> None:
        self._order = order
        self._cart = order.cart
        self._wanted = wanted
        self._currency = order.cart.money_currency

    def refund(self, moment: Any) -> Refund:
        """Return the refund asked for."""
        given = self._wanted.get("currency")
        if given is not None and given != self._currency:
            raise UserError(["currency"], f"Currency must match the order's presentment currency {self._currency}")
        lines = tuple(self._line(at, each) for at, each in enumerate(self._wanted.get("refundLineItems") or ()))
        payments = (*self._transactions(), *self._store_credit())
        self._check_net(payments)
        return Refund(
            processed_at=moment,
            lines=lines,
            shipping=tuple(self._shipping()),
            duties=tuple(self._duties(lines)),
            payments=payments,
            note=self._wanted.get("note"),
            reason=REASONS.get(self._wanted.get("discrepancyReason") or "", "REFUND_DISCREPANCY"),
        )

    def _line(self, at: int, each: Mapping[str, Any]) -> RefundedLine:
        place = ["refundLineItems", str(at)]
        known = number_of(each["lineItemId"], "LineItem")
        line = next((i for i in range(len(self._cart.lines)) if child(self._cart.id, i) == known), None)
        if line is None:
            raise UserError([*place, "lineItemId"], "Line item does not exist")
        left = self._cart.lines[line].quantity - self._order.removed.get(line, 0)
        if each["quantity"] > left:
            raise UserError([*place, "quantity"], "Quantity cannot refund more items than were purchased")
        if each["quantity"] <= 0:
            raise UserError([*place, "quantity"], "Quantity must be greater than 0")
        return RefundedLine(line=line, quantity=each["quantity"], restock_type=each.get("restockType") or "NO_RESTOCK")

    def _shipping(self) -> Iterator[RefundedShipping]:
        wanted = self._wanted.get("shipping") or {}
        left = {
            at: line.net - self._order.taken.freight.get(at, ZERO)
            for at, line in enumerate(self._order.shipping)
            if not self._cart.shipping[at].removed
        }
        whole = sum(left.values(), ZERO)
        rest = whole if wanted.get("fullRefund") else amount_of(wanted.get("amount") or 0, self._currency)
        if rest > whole:
            raise UserError(["shipping"], f"Shipping amount cannot be greater than {spoken(whole, self._currency)}")
        for at, most in left.items():
            part = min(rest, most)
            rest -= part
            if part > 0:
                yield RefundedShipping(line=at, amount=part)

    def _duties(self, lines: tuple[RefundedLine, ...]) -> Iterator[RefundedDuty]:
        for at, each in enumerate(self._wanted.get("refundDuties") or ()):
            place = (number_of(each["dutyId"], "Duty") or 0) - child(self._cart.id, 0)
            line, duty = divmod(place, MOST_DUTIES)
            if not 0 <= line < len(self._cart.lines) or duty >= len(self._cart.lines[line].duties):
                raise UserError(["refundDuties", str(at), "dutyId"], "Duty does not exist")
            amount = self._cart.lines[line].duties[duty].amount - self._order.taken.duties.get((line, duty), ZERO)
            if each.get("refundType") == "PROPORTIONAL":
                pieces = sum(part.quantity for part in lines if part.line == line)
                charged = self._cart.lines[line].duties[duty].amount
                amount = min(amount, rounded(charged * pieces / self._cart.lines[line].quantity, self._currency))
            if amount > 0:
                yield RefundedDuty(line=line, duty=duty, amount=amount)

    def _transactions(self) -> Iterator[RefundPayment]:
        for each in self._wanted.get("transactions") or ():
            if each["kind"] != "REFUND":
                raise UserError(None, f"Kind {each['kind'].lower()} is not a valid transaction")
            known = number_of(each.get("parentId") or "", "OrderTransaction")
            parent = next((i for i in range(len(self._cart.payments)) if child(self._cart.id, i) == known), None)
            if parent is None:
                raise UserError(["transactions"], "Transactions require a parent_id associated with the order")
            # The gateway that was sent is of no account: the parent's is used (recorded).
            yield RefundPayment(payment=parent, amount=amount_of(each["amount"], self._currency))

    def _store_credit(self) -> Iterator[RefundPayment]:
        for each in self._wanted.get("refundMethods") or ():
            credit = each["storeCreditRefund"]["amount"]
            if self._cart.customer is None:
                raise UserError(["refundMethods"], "The order has no customer to give store credit to")
            amount = amount_of(credit["amount"], self._currency)
            yield RefundPayment(payment=None, amount=amount, gateway="shopify_store_credit")

    def _check_net(self, payments: tuple[RefundPayment, ...]) -> None:
        """Refuse more than what is there; allowOverRefunding does not help beyond that (recorded)."""
        total: Decimal = sum((each.amount for each in payments), ZERO)
        pending = sum(
            (each.amount for refund in self._cart.refunds for each in refund.payments if each.status == "PENDING"), ZERO
        )
        net = self._order.totals.net_payment - pending
        if total > net:
            raise UserError(
                None,
                f"Refund amount {spoken(total, self._currency)} is greater than net payment received "
                f"{spoken(net, self._currency)}",
            )

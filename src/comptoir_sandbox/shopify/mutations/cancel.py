"""orderCancel: checked at once, done by a job (shopify.md §4.7; messages as recorded)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.edits_money import EditError, refund_rest, void
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.fulfilling import GONE
from comptoir_sandbox.shopify.mutations.answers import Parts, UserError, find_order
from comptoir_sandbox.shopify.pricing import CartError

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.call import Info
    from comptoir_sandbox.shopify.cart import CancelReason
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.shop import Shop

MOST_NOTE_CHARACTERS = 255


def order_cancel(_source: Any, info: Info, **arguments: Any) -> dict[str, Any]:
    """Cancel an order; its errors stand in `orderCancelUserErrors` and, without code, in `userErrors`."""
    try:
        order = _checked(info, arguments)
    except UserError as error:
        return Parts(
            __typename="OrderCancelPayload",
            orderCancelUserErrors=error.nodes("OrderCancelUserError"),
            userErrors=error.nodes(),
        )
    method = arguments.get("refundMethod") or {}
    cash = bool(arguments.get("refund") or method.get("originalPaymentMethodsRefund"))
    shop, number, reason, restock = info.context.shop, order.cart.id, arguments["reason"], arguments["restock"]
    job = info.context.services.jobs.start(lambda: _cancel(shop, number, reason, cash=cash, restock=restock))
    return Parts(__typename="OrderCancelPayload", job=job)


def _checked(info: Info, arguments: dict[str, Any]) -> Order:
    order = find_order(info, arguments["orderId"])
    if order is None:
        raise UserError(["orderId"], "Order does not exist", code="NOT_FOUND")
    if len(arguments.get("staffNote") or "") > MOST_NOTE_CHARACTERS:
        message = f"Staff note is too long. Maximum length is {MOST_NOTE_CHARACTERS} characters."
        raise UserError(["staffNote"], message, code="INVALID")
    if arguments.get("refund") is not None and arguments.get("refundMethod") is not None:
        message = "Only one of the arguments `refund` or `refund_method` is allowed."
        raise UserError(["refund"], message, code="INVALID")
    if order.cart.cancelled_at is not None:
        raise UserError(["orderId"], "Cannot cancel an order that has already been canceled", code="INVALID")
    if order.totals.received > 0 and any(each.status not in GONE for each in order.fulfilled.fulfillments):
        raise UserError(["orderId"], "Cannot cancel a paid and fulfilled order", code="INVALID")
    return order


def _cancel(shop: Shop, number: int, reason: CancelReason, *, cash: bool, restock: bool) -> None:
    """Do it, unless the order changed so much meanwhile that it cannot be done."""
    with shop.lock, suppress(CartError, EditError):
        order = shop.find_order(number)
        if order is None or order.cart.cancelled_at is not None:
            return
        moment = shop.now().replace(microsecond=0)
        cart = void(order.cart, {}, moment) if order.totals.capturable else order.cart
        cart = refund_rest(cart, moment, cash=cash, restock_type="CANCEL" if restock else "NO_RESTOCK")
        cart = replace(cart, cancelled_at=moment, closed_at=moment, cancel_reason=reason)
        settle(cart)
        shop.touch(cart, moment)

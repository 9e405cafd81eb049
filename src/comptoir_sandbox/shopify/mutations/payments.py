"""orderMarkAsPaid and orderCapture (shopify.md §4.2, §4.6; messages as recorded)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Payment
from comptoir_sandbox.shopify.checks import AUTHORIZATIONS
from comptoir_sandbox.shopify.ids import child
from comptoir_sandbox.shopify.money import ZERO
from comptoir_sandbox.shopify.mutations.answers import (
    UserError,
    amount_of,
    answered,
    find_order,
    number_of,
    show,
    store,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.shopify.call import Info
    from comptoir_sandbox.shopify.engine import Order

NO_ORDER = "Order does not exist"


@answered("OrderMarkAsPaidPayload")
def order_mark_as_paid(info: Info, **arguments: Any) -> dict[str, Any]:
    """Take what is outstanding by a manual sale."""
    shop = info.context.shop
    with shop.lock:
        order = find_order(info, arguments["input"]["id"])
        if order is None:
            raise UserError(["id"], NO_ORDER)
        if order.totals.outstanding <= 0 or order.totals.capturable > 0 or order.cart.cancelled_at is not None:
            raise UserError(["id"], "Order cannot be marked as paid.", payload={"order": show(info, order)})
        moment = shop.now().replace(microsecond=0)
        paid = Payment(amount=order.totals.outstanding, gateway="manual", processed_at=moment)
        changed = store(info, replace(order.cart, payments=(*order.cart.payments, paid)))
    return {"order": show(info, changed)}


@answered("OrderCapturePayload")
def order_capture(info: Info, **arguments: Any) -> dict[str, Any]:
    """Capture an authorization, or a part of it."""
    wanted: Mapping[str, Any] = arguments["input"]
    shop = info.context.shop
    with shop.lock:
        order = find_order(info, wanted["id"])
        if order is None:
            raise UserError(["id"], NO_ORDER)
        parent = _authorization(order, wanted["parentTransactionId"])
        made = _capture(order, parent, wanted)
        made = replace(made, processed_at=shop.now().replace(microsecond=0))
        changed = store(info, replace(order.cart, payments=(*order.cart.payments, made)))
    return {"transaction": show(info, changed)["transactions"][len(changed.cart.payments) - 1]}


def _authorization(order: Order, text: str) -> int:
    known = number_of(text, "OrderTransaction")
    for at, payment in enumerate(order.cart.payments):
        if child(order.cart.id, at) == known and payment.kind in AUTHORIZATIONS and payment.status == "SUCCESS":
            return at
    raise UserError(None, "Unable to find parent transaction")


def _capture(order: Order, parent: int, wanted: Mapping[str, Any]) -> Payment:
    cart, source, currency = order.cart, order.cart.payments[parent], order.cart.money_currency
    given = wanted.get("currency")
    if given != currency and not (given is None and cart.presentment is None):
        raise UserError(["currency"], f"Currency Currency must match parent transaction {currency}")
    if wanted.get("finalCapture") is not None and source.gateway != "shopify_payments":
        raise UserError(
            None,
            "Setting final capture is not supported for this transaction's payment gateway. "
            "Please remove the parameter or set it to null, then try again.",
        )
    amount = amount_of(wanted["amount"], currency)
    if amount <= 0:
        raise UserError(None, "Amount must be greater than zero for capture transactions")
    later = [each for each in cart.payments if each.parent == parent and each.status == "SUCCESS"]
    closed = source.expired or any(each.kind == "VOID" for each in later)
    left = ZERO if closed else source.amount - sum((each.amount for each in later), ZERO)
    if amount > left:
        raise UserError(None, f"Cannot capture more than the authorized {left} for this payment.")
    return Payment(
        amount=amount,
        gateway=source.gateway,
        kind="CAPTURE",
        parent=parent,
        card=source.card,
        processed_at=source.processed_at,
    )

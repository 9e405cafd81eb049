"""Changes that tests ask of an order: a touch, a note, tags, a payment, a refund, a cancellation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Payment, Refund, RefundedLine, RefundPayment
from comptoir_sandbox.shopify.dump import plain
from comptoir_sandbox.shopify.ids import split_gid

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.cart import Cart
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.shop import Shop

MEMBERS = frozenset({"id", "name", "note", "tags", "test", "updated_at", "pay", "refund", "cancel"})


class EditError(ValueError):
    """The edit names no order, or makes no sense for it."""


def edit_order(shop: Shop, wanted: Any) -> dict[str, Any]:
    """Change an order and return it as the dump shows it. EditError or CartError says what is wrong.

    `wanted`: {"name": "#1001"} or {"id": gid}, and any of note, tags, test, updated_at (default: now),
    pay {"amount", "gateway", "processed_at"?}, refund {"lines": [{"sku", "quantity"}], "amount"?, "note"?},
    cancel (a reason). With nothing else, the order is only touched.
    """
    if not isinstance(wanted, Mapping) or set(wanted) - MEMBERS:
        raise EditError(f"an edit has these members: {', '.join(sorted(MEMBERS))}")
    try:
        with shop.lock:
            return _edit(shop, wanted)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise EditError(f"malformed edit: {error!r}") from error


def _edit(shop: Shop, wanted: Mapping[str, Any]) -> dict[str, Any]:
    order = _find(shop, wanted)
    moment = _moment(wanted.get("updated_at")) or shop.now().replace(microsecond=0)
    cart = replace(order.cart, **_plain_changes(wanted))
    if "pay" in wanted:
        cart = _pay(cart, wanted["pay"], moment)
    if "refund" in wanted:
        cart = _refund(cart, wanted["refund"], moment)
    if "cancel" in wanted:
        cart = replace(cart, cancelled_at=moment, closed_at=moment, cancel_reason=str(wanted["cancel"]).upper())
    shop.touch(cart, moment)
    changed: dict[str, Any] = plain(shop.rendered(cart.id).node)
    return changed


def _find(shop: Shop, wanted: Mapping[str, Any]) -> Order:
    order = None
    if "name" in wanted:
        order = shop.find_by_name(str(wanted["name"]))
    elif (parts := split_gid(str(wanted.get("id", "")))) and parts[0] == "Order":
        order = shop.find_order(parts[1])
    if order is None:
        raise EditError("no such order: give its name or id")
    return order


def _plain_changes(wanted: Mapping[str, Any]) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "note" in wanted:
        changes["note"] = wanted["note"]
    if "tags" in wanted:
        changes["tags"] = tuple(str(tag) for tag in wanted["tags"])
    if "test" in wanted:
        changes["test"] = bool(wanted["test"])
    return changes


def _pay(cart: Cart, wanted: Mapping[str, Any], moment: datetime) -> Cart:
    payment = Payment(
        amount=_amount(wanted.get("amount")),
        gateway=str(wanted.get("gateway", "manual")),
        processed_at=_moment(wanted.get("processed_at")) or moment,
    )
    return replace(cart, payments=(*cart.payments, payment))


def _refund(cart: Cart, wanted: Mapping[str, Any], moment: datetime) -> Cart:
    lines = tuple(
        RefundedLine(line=_line(cart, str(each["sku"])), quantity=int(each["quantity"]))
        for each in wanted.get("lines", [])
    )
    payments: tuple[RefundPayment, ...] = ()
    if wanted.get("amount") is not None:
        payments = (RefundPayment(payment=0, amount=_amount(wanted["amount"])),)
    if payments and not cart.payments:
        raise EditError("the order has no payment to refund")
    refund = Refund(processed_at=moment, lines=lines, payments=payments, note=wanted.get("note"))
    return replace(cart, refunds=(*cart.refunds, refund))


def _line(cart: Cart, sku: str) -> int:
    found = next((at for at, line in enumerate(cart.lines) if line.sku == sku), None)
    if found is None:
        raise EditError(f"{cart.name} has no line of {sku}")
    return found


def _amount(text: Any) -> Decimal:
    try:
        return Decimal(str(text))
    except InvalidOperation as error:
        raise EditError(f"{text!r} is not an amount") from error


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise EditError(f"{text!r} lacks an offset")
    return moment

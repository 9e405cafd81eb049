"""The steps of an edit that move money: payments, captures, refunds (documented in edits.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import (
    Payment,
    PaymentStatus,
    Refund,
    RefundedLine,
    RefundedShipping,
    RefundPayment,
    RestockType,
)
from comptoir_sandbox.shopify.checks import AUTHORIZATIONS
from comptoir_sandbox.shopify.decode import Decoder
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.money import ZERO
from comptoir_sandbox.shopify.payments import left_of

if TYPE_CHECKING:
    from datetime import datetime

    from comptoir_sandbox.shopify.cart import Cart

REFUND_MEMBERS = frozenset(
    {"lines", "shipping", "duties", "payments", "amount", "full", "note", "tax_only", "reason", "return", "over_refund"}
)


class EditError(ValueError):
    """The edit names no order, or makes no sense for it."""


def decoded(kind: Any, wanted: Any, place: str) -> Any:
    """Read a part that has the shape of a seed file's. EditError lists its mistakes."""
    decoder = Decoder()
    read = decoder.read(kind, wanted, place)
    if decoder.mistakes:
        raise EditError("; ".join(decoder.mistakes))
    return read


def find_line(cart: Cart, wanted: Mapping[str, Any]) -> int:
    """Return the index of the line that `line` or `sku` names."""
    if "line" in wanted:
        at = int(wanted["line"])
        if not 0 <= at < len(cart.lines):
            raise EditError(f"{cart.name} has no line {at}")
        return at
    sku = str(wanted["sku"])
    found = next((at for at, line in enumerate(cart.lines) if line.sku == sku), None)
    if found is None:
        raise EditError(f"{cart.name} has no line of {sku}")
    return found


def pay(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    """Add a sale, with its change."""
    details = dict(wanted)
    change = details.pop("change", None)
    sale = _payment({"amount": str(settle(cart).totals.outstanding), **details}, moment)
    payments = [*cart.payments, sale]
    if change is not None:
        given = {"amount": change, "gateway": sale.gateway, "kind": "CHANGE", "parent": len(payments) - 1}
        payments.append(_payment(given, sale.processed_at))
    return replace(cart, payments=tuple(payments))


def authorize(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    """Add an authorization."""
    given = {"gateway": "shopify_payments", "kind": "AUTHORIZATION", **wanted}
    return replace(cart, payments=(*cart.payments, _payment(given, moment)))


def capture(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    """Capture an authorization, or a part of it."""
    details = dict(wanted) if isinstance(wanted, Mapping) else {}
    parent = _authorization(cart, details.pop("payment", None))
    source = cart.payments[parent]
    taken = sum((each.amount for each in cart.payments if each.parent == parent), ZERO)
    given = {"amount": str(source.amount - taken), "gateway": source.gateway, "kind": "CAPTURE", "parent": parent}
    made = replace(_payment({**given, **details}, moment), card=source.card)
    if made.amount > source.amount - taken:
        raise EditError(f"{cart.name}: {made.amount} cannot be captured, {source.amount - taken} is left")
    return replace(cart, payments=(*cart.payments, made))


def void(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    """Void an authorization."""
    parent = _authorization(cart, wanted.get("payment") if isinstance(wanted, Mapping) else None)
    given = {"amount": "0", "gateway": cart.payments[parent].gateway, "kind": "VOID", "parent": parent}
    return replace(cart, payments=(*cart.payments, _payment(given, moment)))


def expire(cart: Cart, _wanted: Any, _moment: datetime) -> Cart:
    """Let all authorizations expire."""
    _authorization(cart, None)
    payments = tuple(replace(each, expired=True) if each.kind in AUTHORIZATIONS else each for each in cart.payments)
    return replace(cart, payments=payments)


def end(cart: Cart, wanted: Any, moment: datetime, status: PaymentStatus) -> Cart:
    """Let a pending payment, or the pending payments of a refund, succeed or fail."""
    if isinstance(wanted, Mapping):
        at = int(wanted["refund"])
        source = cart.refunds[at]
        ended = tuple(
            replace(each, status=status, processed_at=moment) if each.status == "PENDING" else each
            for each in source.payments
        )
        if ended == source.payments:
            raise EditError(f"{cart.name}: refund {at} has nothing pending")
        refunds = [replace(source, payments=ended) if place == at else each for place, each in enumerate(cart.refunds)]
        return replace(cart, refunds=tuple(refunds))
    at = int(wanted)
    if cart.payments[at].status != "PENDING":
        raise EditError(f"{cart.name}: payment {at} is not pending")
    done = replace(cart.payments[at], status=status, processed_at=moment)
    return replace(cart, payments=(*cart.payments[:at], done, *cart.payments[at + 1 :]))


def refund(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    """Add a refund."""
    unknown = set(wanted) - REFUND_MEMBERS
    if unknown:
        raise EditError(f"a refund has these members: {', '.join(sorted(REFUND_MEMBERS))}")
    if wanted.get("full"):
        return refund_rest(cart, moment, cash=True, note=wanted.get("note"))
    given: dict[str, Any] = {"processed_at": moment.isoformat(), "payments": _refund_payments(cart, wanted)}
    given["lines"] = [
        {name: value for name, value in each.items() if name != "sku"} | {"line": find_line(cart, each)}
        for each in wanted.get("lines", [])
    ]
    for name in ("duties", "note", "reason", "over_refund", "tax_only"):
        if name in wanted:
            given[name] = wanted[name]
    if "return" in wanted:
        given["return_index"] = wanted["return"]
    made: Refund = decoded(Refund, given, "refund")
    shipping = _refund_shipping(cart, wanted.get("shipping", []))
    return replace(cart, refunds=(*cart.refunds, replace(made, shipping=shipping)))


def _refund_shipping(cart: Cart, wanted: Any) -> tuple[RefundedShipping, ...]:
    if wanted is not True:
        read: tuple[RefundedShipping, ...] = decoded(tuple[RefundedShipping, ...], wanted, "refund.shipping")
        return read
    order = settle(cart)
    left = [
        (at, ZERO if cart.shipping[at].removed else line.net - order.taken.freight.get(at, ZERO))
        for at, line in enumerate(order.shipping)
    ]
    return tuple(RefundedShipping(line=at, amount=amount) for at, amount in left if amount)


def _refund_payments(cart: Cart, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "payments" in wanted:
        return list(wanted["payments"])
    if wanted.get("amount") is None:
        return []
    if not cart.payments:
        raise EditError("the order has no payment to refund")
    amount = decoded(Decimal, wanted["amount"], "refund.amount")
    left = _left(cart)
    enough = [at for at, rest in left.items() if rest >= amount] or list(left)
    if not enough:
        raise EditError("the order has no payment to refund")
    return [{"payment": enough[-1], "amount": str(amount)}]


def _left(cart: Cart) -> dict[int, Decimal]:
    """Return what can still go back through each payment that brought money."""
    taken = settle(cart).taken.cash
    rest = {at: left_of(cart.payments, at) - taken.get(at, ZERO) for at in range(len(cart.payments))}
    return {at: amount for at, amount in rest.items() if amount > 0}


def refund_rest(
    cart: Cart, moment: datetime, *, cash: bool, restock_type: RestockType = "RETURN", note: str | None = None
) -> Cart:
    """Take back everything that is still there; with `cash`, pay back all that was received."""
    removed = settle(cart).removed
    lines = tuple(
        RefundedLine(line=at, quantity=line.quantity - removed.get(at, 0), restock_type=restock_type)
        for at, line in enumerate(cart.lines)
        if line.quantity > removed.get(at, 0)
    )
    shipping = _refund_shipping(cart, True)
    left = _left(cart) if cash else {}
    payments = tuple(RefundPayment(payment=at, amount=amount) for at, amount in left.items())
    made = Refund(processed_at=moment, lines=lines, shipping=shipping, payments=payments, note=note)
    return replace(cart, refunds=(*cart.refunds, made))


def _authorization(cart: Cart, wanted: int | None) -> int:
    found = [at for at, each in enumerate(cart.payments) if each.kind in AUTHORIZATIONS and not each.expired]
    voided = {each.parent for each in cart.payments if each.kind == "VOID"}
    found = [at for at in found if at not in voided and wanted in {None, at}]
    if not found:
        raise EditError(f"{cart.name} has no such open authorization")
    return found[-1]


def _payment(given: Mapping[str, Any], moment: datetime) -> Payment:
    made: Payment = decoded(Payment, {"gateway": "manual", "processed_at": moment.isoformat(), **given}, "payment")
    return made

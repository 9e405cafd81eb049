"""Changes that tests and demonstrations ask of an order after it was created (POST /_control/edit_order).

`{"name": "#1001"}` or `{"id": gid}` names the order; the other members are applied in this order:

note, tags, test, email, po_number
            the new value
add_lines   [{a line as in a seed file}]: an order edit adds lines
quantities  [{"line" or "sku", "quantity": the new current quantity}]: an order edit lowers quantities (0 removes)
remove_shipping
            [index]: shipping lines are removed (their discounts too)
succeed     index of a payment, or {"refund": index}: what is PENDING becomes SUCCESS
fail        the same, to FAILURE
authorize   {"amount", "gateway"?, ...}
capture     {"amount"? (default: all that is left), "payment"? (index; default: the last authorization)}
pay         {"amount"? (default: what is outstanding), "gateway"?, "status"?, "rate"?, "rounding"?, "change"?}
void        true or {"payment"?}
expire      true: the open authorizations expire
refund      {"lines"?: [{"line" or "sku", "quantity", "restock_type"?}], "shipping"?: true (all that is left) or
            [{"line", "amount"}], "duties"?, "payments"? (as in a seed file) or "amount"? (through the last payment that
            has so much left) or "full": true (everything not yet taken back, and all cash), "note"?, "tax_only"?,
            "reason"?, "return"? (index), "over_refund"?}
fulfill     true (everything that is left), or a fulfillment as in a seed file (lines may be named by "sku")
returns     [{a return as in a seed file}]: returns are opened
cancel      a reason, or {"reason", "refund": bool}: with `refund` all cash goes back; what is left of the goods is
            taken back either way, authorizations are voided
close       true or false
delete      true: the order vanishes
updated_at  when all this happens (default: now)

The answer is the order as the dump shows it (`{}` when it was deleted). On a mistake nothing changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, get_args

from comptoir_sandbox.shopify.cart import CancelReason, CartLine, Fulfillment, GoodsReturn, QuantityEdit
from comptoir_sandbox.shopify.dump import plain
from comptoir_sandbox.shopify.edits_money import (
    EditError,
    authorize,
    capture,
    decoded,
    end,
    expire,
    find_line,
    pay,
    refund,
    refund_rest,
    void,
)
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.ids import split_gid

if TYPE_CHECKING:
    from collections.abc import Callable

    from comptoir_sandbox.shopify.cart import Cart
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.shop import Shop

__all__ = ["EditError", "edit_order"]


def edit_order(shop: Shop, wanted: Any) -> dict[str, Any]:
    """Change an order and return it as the dump shows it. EditError or CartError says what is wrong."""
    if not isinstance(wanted, Mapping) or set(wanted) - MEMBERS:
        raise EditError(f"an edit has these members: {', '.join(sorted(MEMBERS))}")
    try:
        with shop.lock:
            return _edit(shop, wanted)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise EditError(f"malformed edit: {error!r}") from error


def _edit(shop: Shop, wanted: Mapping[str, Any]) -> dict[str, Any]:
    order = _find(shop, wanted)
    if wanted.get("delete") is True:
        shop.delete(order.cart.id)
        return {}
    moment = _moment(wanted.get("updated_at")) or shop.now().replace(microsecond=0)
    cart = order.cart
    for name, step in STEPS.items():
        if name in wanted:
            cart = step(cart, wanted[name], moment)
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


def _note(cart: Cart, wanted: Any, _moment: datetime) -> Cart:
    return replace(cart, note=wanted)


def _tags(cart: Cart, wanted: Any, _moment: datetime) -> Cart:
    return replace(cart, tags=tuple(str(tag) for tag in wanted))


def _test(cart: Cart, wanted: Any, _moment: datetime) -> Cart:
    return replace(cart, test=bool(wanted))


def _email(cart: Cart, wanted: Any, _moment: datetime) -> Cart:
    return replace(cart, email=wanted)


def _po_number(cart: Cart, wanted: Any, _moment: datetime) -> Cart:
    return replace(cart, po_number=wanted)


def _add_lines(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    added = tuple(replace(each, added_at=moment) for each in decoded(tuple[CartLine, ...], wanted, "add_lines"))
    return replace(cart, lines=(*cart.lines, *added))


def _quantities(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    at = _after_refunds(cart, moment)
    edits = []
    removed = settle(cart).removed
    for each in wanted:
        line = find_line(cart, each)
        left = cart.lines[line].quantity - removed.get(line, 0)
        if not 0 <= int(each["quantity"]) < left:
            raise EditError(f"{cart.name}: an edit can only lower the {left} of line {line}")
        edits.append(QuantityEdit(line=line, removed=left - int(each["quantity"]), at=at))
    return replace(cart, edits=(*cart.edits, *edits))


def _after_refunds(cart: Cart, moment: datetime) -> datetime:
    """The moment, after all refunds of the same one: what they gave back stays as it is."""
    return max([moment, *(each.processed_at + timedelta(seconds=1) for each in cart.refunds)])


def _remove_shipping(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    places = [int(at) for at in wanted]
    if any(not 0 <= at < len(cart.shipping) for at in places):
        raise EditError(f"{cart.name} has {len(cart.shipping)} shipping lines")
    then = _after_refunds(cart, moment)
    shipping = tuple(
        replace(line, removed=True, removed_at=then) if at in places and not line.removed else line
        for at, line in enumerate(cart.shipping)
    )
    return replace(cart, shipping=shipping)


def _fulfill(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    details = dict(wanted) if isinstance(wanted, Mapping) else {}
    lines = [{"line": find_line(cart, each), "quantity": each["quantity"]} for each in details.pop("lines", [])]
    given = {"created_at": moment.isoformat(), "lines": lines, **details}
    made: Fulfillment = decoded(Fulfillment, given, "fulfill")
    before = cart.fulfillments if cart.fulfillments is not None else settle(cart).fulfilled.fulfillments
    return replace(cart, fulfillments=(*before, made), fulfillment_status=None)


def _returns(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    dated = [{"created_at": moment.isoformat(), **each} for each in wanted]
    return replace(cart, returns=(*cart.returns, *decoded(tuple[GoodsReturn, ...], dated, "returns")))


def _cancel(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    details = wanted if isinstance(wanted, Mapping) else {"reason": wanted}
    reason = str(details["reason"]).upper()
    if reason not in get_args(CancelReason):
        raise EditError(f"{reason!r} is no reason to cancel: {', '.join(get_args(CancelReason))}")
    if isinstance(wanted, Mapping):
        cart = void(cart, {}, moment) if settle(cart).totals.capturable else cart
        cart = refund_rest(cart, moment, cash=bool(details.get("refund")), restock_type="CANCEL")
    return replace(cart, cancelled_at=moment, closed_at=moment, cancel_reason=decoded(CancelReason, reason, "cancel"))


def _close(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    return replace(cart, closed_at=moment if wanted else None)


def _succeed(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    return end(cart, wanted, moment, "SUCCESS")


def _fail(cart: Cart, wanted: Any, moment: datetime) -> Cart:
    return end(cart, wanted, moment, "FAILURE")


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise EditError(f"{text!r} lacks an offset")
    return moment


STEPS: dict[str, Callable[[Cart, Any, datetime], Cart]] = {
    "note": _note,
    "tags": _tags,
    "test": _test,
    "email": _email,
    "po_number": _po_number,
    "add_lines": _add_lines,
    "quantities": _quantities,
    "remove_shipping": _remove_shipping,
    "succeed": _succeed,
    "fail": _fail,
    "authorize": authorize,
    "capture": capture,
    "pay": pay,
    "void": void,
    "expire": expire,
    "fulfill": _fulfill,
    "returns": _returns,
    "refund": refund,
    "cancel": _cancel,
    "close": _close,
}
"""What an edit can do, in the order it is done."""
MEMBERS = frozenset(STEPS) | {"id", "name", "delete", "updated_at"}

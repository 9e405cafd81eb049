"""orderEditBegin, orderEditSetQuantity, orderEditAddVariant, orderEditCommit (shopify.md §4.3; messages as recorded).

A quantity can be lowered; what was fulfilled cannot be taken off. A raised quantity becomes a line of its own: the
sandbox keeps what was sold first and what was added later apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.ids import child, gid
from comptoir_sandbox.shopify.mutations.answers import UserError, answered, find_order, number_of, show, store

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.call import Info
    from comptoir_sandbox.shopify.cart import CartLine
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.mutations.sessions import Session

NOT_NEGATIVE = "must be greater than or equal to 0"


@answered("OrderEditBeginPayload")
def begin(info: Info, **arguments: Any) -> dict[str, Any]:
    """Open an edit of an order."""
    order = find_order(info, arguments["id"])
    if order is None:
        raise UserError(["id"], "The order does not exist.")
    if order.cart.cancelled_at is not None:
        raise UserError(None, "The order cannot be edited.")
    return _shown(info, info.context.services.sessions.begin(order.cart.id), order)


@answered("OrderEditSetQuantityPayload")
def set_quantity(info: Info, **arguments: Any) -> dict[str, Any]:
    """Change the current quantity of a line."""
    session, order = _session(info, arguments["id"])
    if arguments["quantity"] < 0:
        raise UserError(["quantity"], NOT_NEGATIVE)
    line = _line_of(order, session, arguments["lineItemId"])
    wanted = arguments["quantity"]
    if line >= len(order.cart.lines):
        at = line - len(order.cart.lines)
        session.added[at : at + 1] = [replace(session.added[at], quantity=wanted)] if wanted else []
        return _shown(info, session, order, line if wanted else None)
    left = order.cart.lines[line].quantity - order.removed.get(line, 0)
    if wanted < left - order.fulfilled.open.get(line, 0):
        raise UserError(["quantity"], "The quantity cannot be lower than what was fulfilled.")
    if wanted > left:
        session.added.append(replace(order.cart.lines[line], quantity=wanted - left))
    else:
        session.quantities[line] = wanted
    return _shown(info, session, order, line)


@answered("OrderEditAddVariantPayload")
def add_variant(info: Info, **arguments: Any) -> dict[str, Any]:
    """Add a line."""
    session, order = _session(info, arguments["id"])
    if arguments["quantity"] <= 0:
        more = [UserError(["quantity"], NOT_NEGATIVE)] if arguments["quantity"] < 0 else []
        raise UserError(["quantity"], "must be greater than 0", more=more)
    known = number_of(arguments["variantId"], "ProductVariant")
    source = _variant(info, order, known)
    there = [each.variant_id for each in (*order.cart.lines, *session.added)]
    if known in there and not arguments.get("allowDuplicates"):
        raise UserError(["id"], f"The {source.title} was not added because it's already on the order.")
    session.added.append(replace(source, quantity=arguments["quantity"], duties=(), attributes=()))
    return _shown(info, session, order, len(order.cart.lines) + len(session.added) - 1)


@answered("OrderEditCommitPayload")
def commit(info: Info, **arguments: Any) -> dict[str, Any]:
    """Make the edit real."""
    shop = info.context.shop
    with shop.lock:
        session, order = _session(info, arguments["id"])
        changed = store(info, session.applied(order, shop.now().replace(microsecond=0)))
        info.context.services.sessions.close(session)
    return {"order": show(info, changed), "successMessages": ["Order updated"]}


def _session(info: Info, text: str) -> tuple[Session, Order]:
    session = info.context.services.sessions.find(number_of(text, "CalculatedOrder"))
    order = info.context.shop.find_order(session.order_id) if session is not None else None
    if session is None or order is None:
        raise UserError(["id"], "The calculated order does not exist.")
    return session, order


def _line_of(order: Order, session: Session, text: str) -> int:
    known = number_of(text, "CalculatedLineItem") or number_of(text, "LineItem")
    count = len(order.cart.lines) + len(session.added)
    found = next((at for at in range(count) if child(order.cart.id, at) == known), None)
    if found is None:
        raise UserError(["lineItemId"], "The line item does not exist on the order.")
    return found


def _variant(info: Info, order: Order, known: int | None) -> CartLine:
    """Find a variant where it was sold before: the sandbox has no catalogue. Its taxes are this order's."""
    everywhere = (order, *info.context.shop.orders())
    found = next((line for each in everywhere for line in each.cart.lines if line.variant_id == known), None)
    if found is None or known is None:
        raise UserError(["variantId"], "The variant does not exist in the shop.")
    taxed = next((line.taxes for line in order.cart.lines if line.taxes), ())
    return replace(found, taxes=taxed if found.taxes else ())


def _shown(info: Info, session: Session, order: Order, line: int | None = None) -> dict[str, Any]:
    node = session.node(order, show(info, order), info.context.shop.now().replace(microsecond=0))
    return {
        "calculatedOrder": node,
        "calculatedLineItem": None if line is None else node["allLines"][line],
        "orderEditSession": {"__typename": "OrderEditSession", "id": gid("OrderEditSession", session.id)},
    }

"""How a mutation answers: its payload, or null parts and userErrors with HTTP 200 (shopify.md §3.1)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import wraps
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.errors import invalid_id
from comptoir_sandbox.shopify.ids import split_gid
from comptoir_sandbox.shopify.money import rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from comptoir_sandbox.shopify.call import Info
    from comptoir_sandbox.shopify.cart import Cart
    from comptoir_sandbox.shopify.engine import Order

Payload = dict[str, Any]
SIGNS = {"GBP": "£", "EUR": "€", "USD": "$", "CAD": "$", "AUD": "$", "NZD": "$", "JPY": "¥"}


class UserError(Exception):
    """The business refuses: `field` is the path to what is wrong (None: the whole), `payload` what is shown anyway."""

    def __init__(
        self,
        field: Sequence[str] | None,
        message: str,
        *,
        code: str | None = None,
        more: Sequence[UserError] = (),
        payload: Payload | None = None,
    ) -> None:
        super().__init__(message)
        self.field = list(field) if field is not None else None
        self.message = message
        self.code = code
        self.more = tuple(more)
        self.payload = payload or {}

    def nodes(self, kind: str = "UserError") -> list[dict[str, Any]]:
        """Return the entries of `userErrors`."""
        own = {"__typename": kind, "field": self.field, "message": self.message, "code": self.code}
        return [own, *(node for each in self.more for node in each.nodes(kind))]


class Parts(dict[str, Any]):
    """A payload: what was not set is null."""

    def __missing__(self, key: str) -> Any:
        return [] if key.endswith("rErrors") else None


def answered(payload: str, errors: str = "UserError") -> Callable[[Callable[..., Payload]], Callable[..., Payload]]:
    """Make a resolver of a function that returns the parts of a payload or raises UserError."""

    def decorate(resolve: Callable[..., Payload]) -> Callable[..., Payload]:
        @wraps(resolve)
        def run(_source: Any, info: Info, **arguments: Any) -> Payload:
            try:
                return Parts(__typename=payload, **resolve(info, **arguments))
            except UserError as error:
                return Parts(__typename=payload, userErrors=error.nodes(errors), **error.payload)

        return run

    return decorate


def find_order(info: Info, text: str) -> Order | None:
    """Return the order of that id. RESOURCE_NOT_FOUND when it is no Order id."""
    parts = split_gid(text)
    if parts is None or parts[0] != "Order":
        raise invalid_id()
    return info.context.shop.find_order(parts[1])


def number_of(text: str, kind: str) -> int | None:
    """Return the numeric id of an id of that type; None for any other."""
    parts = split_gid(text)
    return parts[1] if parts is not None and parts[0] == kind else None


def show(info: Info, order: Order) -> dict[str, Any]:
    """Return the order's node as it is now."""
    return info.context.shop.rendered(order.cart.id).node


def amount_of(value: Any, currency: str) -> Decimal:
    """Read a Money or Decimal argument, rounded to the currency. UserError when it is no amount."""
    try:
        return rounded(Decimal(str(value)), currency)
    except InvalidOperation as error:
        raise UserError(["amount"], "Amount is not a number") from error


def spoken(amount: Decimal, currency: str) -> str:
    """Return an amount as messages say it: "$1,234.50"."""
    sign = SIGNS.get(currency)
    text = f"{rounded(amount, currency):,f}"
    return f"{sign}{text}" if sign else f"{text} {currency}"


def store(info: Info, cart: Cart) -> Order:
    """Store a changed order; its updatedAt is now."""
    shop = info.context.shop
    return shop.touch(replace(cart), shop.now().replace(microsecond=0))

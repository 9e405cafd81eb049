"""Lines with their discounts and taxes: the first half of the money engine (shopify.md §4.4, rules 1 to 7)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.money import ZERO, rounded, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comptoir_sandbox.shopify.cart import Cart, CartDiscount, Tax

HUNDRED = Decimal(100)


class CartError(ValueError):
    """The cart contradicts itself: a refund of more than was sold or paid, a negative price, no lines."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The money of a line or shipping line. `net` = gross - allocations; contains the taxes iff they are included."""

    gross: Decimal
    allocations: tuple[tuple[int, Decimal], ...]
    """(index of the discount in the cart, amount)"""
    net: Decimal
    taxes: tuple[tuple[Tax, Decimal], ...]

    @property
    def tax(self) -> Decimal:
        """All taxes of the line."""
        return sum((amount for _, amount in self.taxes), ZERO)


def price_lines(cart: Cart) -> tuple[Priced, ...]:
    """Price the goods. CartError when something is negative or a discount exceeds what it is for."""
    if not cart.lines:
        raise CartError(f"{cart.name}: an order needs at least one line")
    for line in cart.lines:
        if line.quantity <= 0 or line.unit_price < 0:
            raise CartError(f"{cart.name}: {line.title!r} needs a positive quantity and a price that is not negative")
    gross = [line.unit_price * line.quantity for line in cart.lines]
    discounts = [(at, discount) for at, discount in enumerate(cart.discounts) if not discount.on_shipping]
    return _priced(cart, gross, discounts, [line.taxes for line in cart.lines])


def price_shipping(cart: Cart) -> tuple[Priced, ...]:
    """Price the shipping lines. CartError when something is negative or a discount exceeds what it is for."""
    if any(line.price < 0 for line in cart.shipping):
        raise CartError(f"{cart.name}: a shipping price is not negative")
    discounts = [(at, discount) for at, discount in enumerate(cart.discounts) if discount.on_shipping]
    return _priced(cart, [line.price for line in cart.shipping], discounts, [line.taxes for line in cart.shipping])


def _priced(
    cart: Cart,
    gross: Sequence[Decimal],
    discounts: Sequence[tuple[int, CartDiscount]],
    taxes: Sequence[tuple[Tax, ...]],
) -> tuple[Priced, ...]:
    net = list(gross)
    allocated: list[list[tuple[int, Decimal]]] = [[] for _ in gross]
    # Discounts of particular lines first: the others spread over what these leave (§4.4 rule 7).
    for at, discount in sorted(discounts, key=lambda each: each[1].lines is None):
        for line, amount in _allocate(cart, discount, net):
            net[line] -= amount
            allocated[line].append((at, amount))
    return tuple(
        Priced(
            gross=each,
            allocations=tuple(allocated[at]),
            net=net[at],
            taxes=_taxes(cart, net[at], taxes[at]) if taxes[at] else (),
        )
        for at, each in enumerate(gross)
    )


def _allocate(cart: Cart, discount: CartDiscount, net: Sequence[Decimal]) -> list[tuple[int, Decimal]]:
    targets = list(range(len(net))) if discount.lines is None else list(discount.lines)
    weights = [net[at] for at in targets]
    total = sum(weights, ZERO)
    if discount.amount is not None:
        amount = discount.amount
    else:
        amount = rounded(total * (discount.percentage or ZERO) / HUNDRED, cart.currency)
    if not 0 <= amount <= total:
        raise CartError(f"{cart.name}: the discount {discount.title!r} of {amount} exceeds the {total} it is for")
    parts = spread(amount, weights, cart.currency)
    return [(at, part) for at, part in zip(targets, parts, strict=True) if part]


def _taxes(cart: Cart, net: Decimal, taxes: tuple[Tax, ...]) -> tuple[tuple[Tax, Decimal], ...]:
    rates = [tax.rate for tax in taxes]
    if not cart.taxes_included:
        return tuple((tax, rounded(net * tax.rate, cart.currency)) for tax in taxes)
    inside = rounded(net - net / (1 + sum(rates, ZERO)), cart.currency)
    return tuple(zip(taxes, spread(inside, rates, cart.currency), strict=True))

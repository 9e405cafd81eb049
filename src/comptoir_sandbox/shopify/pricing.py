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

Taxes = tuple[tuple["Tax", Decimal], ...]


class CartError(ValueError):
    """The cart contradicts itself: a refund of more than was sold or paid, a negative price, no lines."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The money of a line or shipping line. `net` = gross - allocations; contains the taxes iff they are included."""

    gross: Decimal
    allocations: tuple[tuple[int, Decimal], ...]
    """(index of the discount in the cart, amount)"""
    net: Decimal
    taxes: Taxes

    @property
    def tax(self) -> Decimal:
        """All taxes of the line."""
        return sum((amount for _, amount in self.taxes), ZERO)


def price_lines(cart: Cart) -> tuple[Priced, ...]:
    """Price the goods and tips. CartError when something is negative or a discount exceeds what it is for."""
    if not cart.lines:
        raise CartError(f"{cart.name}: an order needs at least one line")
    for line in cart.lines:
        if line.quantity <= 0 or line.unit_price < 0:
            raise CartError(f"{cart.name}: {line.title!r} needs a positive quantity and a price that is not negative")
        if line.is_tip and (line.taxes or line.duties or line.sku or line.variant_id):
            raise CartError(f"{cart.name}: the tip {line.title!r} is no goods: no tax, duty, sku or variant")
    gross = [line.unit_price * line.quantity for line in cart.lines]
    discounts = [(at, discount) for at, discount in enumerate(cart.discounts) if not discount.on_shipping]
    # Added lines are not reached by the discounts that the order had before; tips by none.
    all_lines = [at for at, line in enumerate(cart.lines) if not line.is_tip and line.added_at is None]
    for _, discount in discounts:
        if any(cart.lines[at].is_tip for at in discount.lines or () if 0 <= at < len(cart.lines)):
            raise CartError(f"{cart.name}: the discount {discount.title!r} is on a tip")
    return _Discounting(cart, gross, all_lines).price(discounts, [line.taxes for line in cart.lines])


def price_shipping(cart: Cart) -> tuple[Priced, ...]:
    """Price the shipping lines, removed ones too. No discount over all lines reaches those that never counted.

    CartError when something is negative or a discount exceeds what it is for.
    """
    if any(line.price < 0 for line in cart.shipping):
        raise CartError(f"{cart.name}: a shipping price is not negative")
    discounts = [(at, discount) for at, discount in enumerate(cart.discounts) if discount.on_shipping]
    all_lines = [at for at, line in enumerate(cart.shipping) if not line.removed or line.removed_at is not None]
    gross = [line.price for line in cart.shipping]
    return _Discounting(cart, gross, all_lines).price(discounts, [line.taxes for line in cart.shipping])


def price_fees(cart: Cart) -> tuple[Priced, ...]:
    """Price the additional fees. CartError when one is negative."""
    if any(fee.price < 0 for fee in cart.fees):
        raise CartError(f"{cart.name}: an additional fee is not negative")
    return tuple(Priced(fee.price, (), fee.price, tax_amounts(cart, fee.price, fee.taxes)) for fee in cart.fees)


def price_duties(cart: Cart) -> tuple[tuple[Priced, ...], ...]:
    """Price the duties of each line. CartError when one is negative."""
    if any(duty.amount < 0 for line in cart.lines for duty in line.duties):
        raise CartError(f"{cart.name}: a duty is not negative")
    return tuple(
        tuple(Priced(duty.amount, (), duty.amount, tax_amounts(cart, duty.amount, duty.taxes)) for duty in line.duties)
        for line in cart.lines
    )


class _Discounting:
    """Takes discounts off the lines of one kind."""

    def __init__(self, cart: Cart, gross: Sequence[Decimal], all_lines: list[int]) -> None:
        self._cart = cart
        self._gross = gross
        self._all = all_lines
        self._net = list(gross)

    def price(
        self, discounts: Sequence[tuple[int, CartDiscount]], taxes: Sequence[tuple[Tax, ...]]
    ) -> tuple[Priced, ...]:
        """Allocate the discounts, then tax what is left."""
        allocated: list[list[tuple[int, Decimal]]] = [[] for _ in self._gross]
        # Discounts of single lines first: the others spread over what these leave (§4.4 rule 7).
        for at, discount in sorted(discounts, key=_rank):
            for line, amount in self._allocate(discount):
                self._net[line] -= amount
                allocated[line].append((at, amount))
        return tuple(
            Priced(
                gross=each,
                allocations=tuple(allocated[at]),
                net=self._net[at],
                taxes=tax_amounts(self._cart, self._net[at], taxes[at]),
            )
            for at, each in enumerate(self._gross)
        )

    def _allocate(self, discount: CartDiscount) -> list[tuple[int, Decimal]]:
        targets = self._all if discount.lines is None else list(discount.lines)
        if any(not 0 <= at < len(self._net) for at in targets):
            raise CartError(f"{self._cart.name}: the discount {discount.title!r} is for a line that is not there")
        weights = [self._net[at] for at in targets]
        if discount.allocation_method == "EACH":
            parts = [self._value(discount, weight) for weight in weights]
        else:
            parts = spread(self._value(discount, sum(weights, ZERO)), weights, self._cart.money_currency)
        return [(at, part) for at, part in zip(targets, parts, strict=True) if part]

    def _value(self, discount: CartDiscount, base: Decimal) -> Decimal:
        if (discount.amount is None) == (discount.percentage is None):
            raise CartError(f"{self._cart.name}: the discount {discount.title!r} needs an amount or a percentage")
        amount = discount.amount
        if amount is None:
            amount = rounded(base * (discount.percentage or ZERO) / HUNDRED, self._cart.money_currency)
        if not 0 <= amount <= base:
            raise CartError(
                f"{self._cart.name}: the discount {discount.title!r} of {amount} exceeds the {base} it is for"
            )
        return amount


def _rank(each: tuple[int, CartDiscount]) -> tuple[bool, bool]:
    discount = each[1]
    return discount.allocation_method == "ACROSS", discount.lines is None


def tax_amounts(cart: Cart, net: Decimal, taxes: tuple[Tax, ...]) -> Taxes:
    """Return what each tax on `net` comes to (§4.4 rule 6), rounded per line as the store does."""
    if not taxes or cart.tax_exempt:
        return ()
    rates = [tax.rate or ZERO for tax in taxes]
    if cart.taxes_included:
        inside = rounded(net - net / (1 + sum(rates, ZERO)), cart.money_currency)
        parts = spread(inside, rates, cart.money_currency)
    else:
        parts = [rounded(net * rate, cart.money_currency) for rate in rates]
    stated = [part if tax.amount is None else tax.amount for tax, part in zip(taxes, parts, strict=True)]
    if any(amount < 0 for amount in (*stated, *rates)) or (cart.taxes_included and sum(stated, ZERO) > net):
        raise CartError(f"{cart.name}: taxes are not negative, and not more than the price that includes them")
    return tuple(zip(taxes, stated, strict=True))

"""Whatever the simulator can make of an order, its facts come to what it states, in both currencies."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from tests.sandbox.shopify.test_engine import NOW, carts
from tests.stores.shopify.inside import inside
from tests.stores.shopify.test_against_sandbox import SINCE, UNTIL

from comptoir.books.facts import LineKind, Order, TaxCollector
from comptoir.books.money import Money, minor_unit, total
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig
from comptoir_sandbox.shopify.cart import Cart, GoodsReturn
from comptoir_sandbox.shopify.shop import ShopSeed

Record = dict[str, Any]


def told(cart: Cart) -> tuple[Record, Order]:
    """The raw record of the only order of a shop, and its fact."""
    store = inside(Sandbox(ShopifyConfig(seed=ShopSeed(carts=(cart,)), throttle=False)))
    (found,) = store.fetch_orders(None, since=SINCE, until=UNTIL).records
    raw = json.loads(found.payload, parse_float=Decimal)
    made = store.translate(raw)
    assert isinstance(made, Order), made
    return raw, made


def stated(raw: Record, name: str, order: Order) -> Money:
    bag = raw[name]
    side = "shopMoney" if bag["shopMoney"]["currencyCode"] == order.currency else "presentmentMoney"
    return Money(Decimal(bag[side]["amount"]), order.currency)


def lines_sum(order: Order) -> Money:
    taxes = (tax for line in order.lines for tax in line.taxes if tax.collector is TaxCollector.MERCHANT)
    added = [] if order.prices_include_tax else [tax.amount for tax in taxes]
    return total([*(line.net for line in order.lines), *added], order.currency)


def value(order: Order) -> Money:
    """What all refunds took back, fees left out."""
    lines = [line for refund in order.refunds for line in refund.lines if line.kind is not LineKind.FEE]
    amounts = (line.amount if order.prices_include_tax else line.amount + line.tax for line in lines)
    return total(amounts, order.currency)


def tolerance(order: Order) -> Money:
    """Half a unit for every amount that was rounded by itself, twice where it was converted as well."""
    parts = sum(1 + len(line.taxes) for line in order.lines)
    parts += sum(2 for refund in order.refunds for _ in refund.lines)
    return Money(minor_unit(order.currency) * (parts + 1), order.currency)


def faults(raw: Record, order: Order) -> list[str]:
    """What the facts do not come to, of all that the record states."""
    near = tolerance(order)
    found = []
    if abs(lines_sum(order) - order.total) > near:
        found.append(f"lines come to {lines_sum(order)} instead of {order.total}")
    rounding = total((line.net for line in order.lines if line.kind is LineKind.CASH_ROUNDING), order.currency)
    kept = order.total - rounding - value(order)
    if (
        '"channelLiable": true' not in json.dumps(raw, default=str)
        and abs(kept - stated(raw, "currentTotalPriceSet", order)) > near
    ):
        found.append(f"{kept} is kept instead of {stated(raw, 'currentTotalPriceSet', order)}")
    in_own_money = raw["currencyCode"] == raw["presentmentCurrencyCode"] or order.currency != raw["currencyCode"]
    if in_own_money and order.paid != stated(raw, "totalReceivedSet", order):
        found.append(f"{order.paid} is paid instead of {stated(raw, 'totalReceivedSet', order)}")
    back = total((tender.amount for refund in order.refunds for tender in refund.tenders), order.currency)
    if in_own_money and back != stated(raw, "totalRefundedSet", order):
        found.append(f"{back} is paid back instead of {stated(raw, 'totalRefundedSet', order)}")
    return found


def is_undocumented(cart: Cart) -> bool:
    """An edit of an order whose prices hold duties that are taxed: no source says what becomes of that tax.

    The simulator keeps it, the translation lowers it with the goods; such an order is held for its sum.
    """
    taxed = any(duty.taxes for line in cart.lines for duty in line.duties)
    is_edited = bool(cart.edits) or any(line.added_at for line in cart.lines)
    return cart.duties_included and taxed and is_edited


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(carts())
def test_any_order(cart: Cart) -> None:
    assume(not is_undocumented(cart))
    raw, order = told(cart)
    assert [faults(raw, side) for side in (order, order.as_paid) if side is not None and faults(raw, side)] == []
    assert (order.as_paid is None) == (cart.presentment is None)


def exchanged(cart: Cart) -> Cart:
    """The same order, whose later goods were given out for its first return (or for one without a refund)."""
    given_out = tuple(at for at, line in enumerate(cart.lines) if line.added_at and not line.is_tip)
    first = cart.returns[0] if cart.returns else GoodsReturn(created_at=NOW + timedelta(hours=1))
    return replace(cart, returns=(replace(first, exchange_lines=given_out), *cart.returns[1:]))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(carts())
def test_any_order_with_an_exchange(cart: Cart) -> None:
    added = [line for line in cart.lines if line.added_at and not line.is_tip]
    assume(added and not any(line.duties for line in added) and not is_undocumented(cart))
    raw, order = told(exchanged(cart))
    assert [faults(raw, side) for side in (order, order.as_paid) if side is not None and faults(raw, side)] == []

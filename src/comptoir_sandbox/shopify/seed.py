"""The seed file: a shop and its orders as JSON, for `--seed FILE` and POST /_control/orders.

    {"shop": {...}, "orders": [{...}, ...], "payments": {...}}

All members may be missing. Members have the names, and objects the shapes, of the dataclasses in `shop.py`
(`ShopFacts`), `cart.py` (`Cart` and all below it) and `payouts/account.py` (`PaymentsAccount`; without it the shop has
no Shopify Payments): each member is described there. Every mistake is listed with its place; nothing is loaded then.
Amounts and rates are decimal numbers in quotes ("9.99") or whole numbers, never floats. Times are ISO 8601 with an
offset. A member that is left away, and only where null is possible also null, has its default.

shop    domain, name, email, currency, timezone, country_code, province_code, taxes_included
order   What a cart has, and of that by default: `name` "#<number>"; `id` 6000000000000 + number; `created_at` is
        `processed_at` and the reverse (one of the two is needed); `currency` and `taxes_included` the shop's;
        `payments[].processed_at` the order's. `case` and `comment` are texts for people, and ignored.
        Needed: `number`, `lines`, one of `created_at` and `processed_at`.

POST /_control/orders takes the same object (`shop` is refused there) or a list of orders; an order whose `id` exists is
replaced. Answer: the orders as the dump shows them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.decode import Decoder
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.payouts.account import PaymentsAccount
from comptoir_sandbox.shopify.pricing import CartError
from comptoir_sandbox.shopify.resolvers import enum_values
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

if TYPE_CHECKING:
    from pathlib import Path

FIRST_ID = 6_000_000_000_000
"""Added to an order's number when the seed gives no id."""
IGNORED = ("case", "comment")
MEMBERS = ("shop", "orders", "payments")


class SeedError(ValueError):
    """The seed cannot be used. `mistakes`: all of them, each with its place."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__(f"{len(mistakes)} mistake(s); nothing was loaded\n" + "\n".join(mistakes))
        self.mistakes = mistakes


def read_seed(path: Path, facts: ShopFacts | None = None) -> ShopSeed:
    """Read a seed file. SeedError lists what is wrong; OSError when it cannot be opened.

    `facts`: what the file's `shop` does not say.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SeedError((f"the file is no JSON: {error}",)) from error
    return parse_seed(raw, facts)


def parse_seed(raw: Any, facts: ShopFacts | None = None) -> ShopSeed:
    """Make a seed of parsed JSON. SeedError lists what is wrong."""
    if not isinstance(raw, dict):
        raise SeedError(('a seed is an object with "shop" and "orders"',))
    decoder = Decoder()
    for name in sorted(set(raw) - set(MEMBERS)):
        decoder.note("seed", f"unknown member {name!r}; known: {', '.join(MEMBERS)}")
    shop = _facts(decoder, raw.get("shop", {}), facts or ShopFacts())
    carts = _carts(decoder, raw.get("orders", []), shop)
    payments = None if raw.get("payments") is None else decoder.object(PaymentsAccount, raw["payments"], "payments")
    if payments is not None:
        check_account(decoder, payments)
    if decoder.mistakes:
        raise SeedError(tuple(decoder.mistakes))
    return ShopSeed(facts=shop, carts=carts, payments=payments)


def parse_account(raw: Any) -> PaymentsAccount | None:
    """Make an account of what POST /_control/payouts got; null: none. SeedError lists what is wrong."""
    if raw is None:
        return None
    decoder = Decoder()
    account: PaymentsAccount | None = decoder.object(PaymentsAccount, raw, "payments")
    if account is not None:
        check_account(decoder, account)
    if decoder.mistakes:
        raise SeedError(tuple(decoder.mistakes))
    return account


def check_account(decoder: Decoder, account: PaymentsAccount) -> None:
    """Note types that do not exist and days that are none."""
    for at, entry in enumerate(account.entries):
        if entry.type not in enum_values("ShopifyPaymentsTransactionType"):
            decoder.note(f"payments.entries[{at}].type", f"{entry.type!r} is no ShopifyPaymentsTransactionType")
    for at, dispute in enumerate(account.disputes):
        if dispute.reason not in enum_values("ShopifyPaymentsDisputeReason"):
            decoder.note(f"payments.disputes[{at}].reason", f"{dispute.reason!r} is no ShopifyPaymentsDisputeReason")
    try:
        account.failed_days()
    except ValueError as error:
        decoder.note("payments.failed", str(error))


def parse_orders(raw: Any, facts: ShopFacts) -> tuple[Cart, ...]:
    """Make carts of what POST /_control/orders got. SeedError lists what is wrong."""
    if isinstance(raw, dict) and set(raw) == {"orders"}:
        raw = raw["orders"]
    decoder = Decoder()
    carts = _carts(decoder, raw, facts)
    if decoder.mistakes:
        raise SeedError(tuple(decoder.mistakes))
    return carts


def _facts(decoder: Decoder, raw: Any, facts: ShopFacts) -> ShopFacts:
    if not isinstance(raw, dict):
        decoder.note("shop", f"{raw!r} is no object")
        return facts
    given = decoder.object(ShopFacts, raw, "shop")
    return facts if given is None else replace(facts, **{name: getattr(given, name) for name in raw})


def _carts(decoder: Decoder, raw: Any, facts: ShopFacts) -> tuple[Cart, ...]:
    if not isinstance(raw, list):
        decoder.note("orders", f"{raw!r} is no list")
        return ()
    carts = []
    for at, each in enumerate(raw):
        place = f"orders[{at}]"
        cart = decoder.object(Cart, _completed(each, facts), place)
        if cart is not None and _holds(decoder, cart, place):
            carts.append(cart)
    _check_unique(decoder, carts)
    return tuple(carts)


def _completed(raw: Any, facts: ShopFacts) -> Any:
    """Fill in the defaults that depend on other members."""
    if not isinstance(raw, dict):
        return raw
    order = {name: value for name, value in raw.items() if name not in IGNORED}
    number = order.get("number")
    if isinstance(number, int):
        order.setdefault("name", f"#{number}")
        order.setdefault("id", FIRST_ID + number)
    for one, other in (("created_at", "processed_at"), ("processed_at", "created_at")):
        if one in order:
            order.setdefault(other, order[one])
    order.setdefault("currency", facts.currency)
    order.setdefault("taxes_included", facts.taxes_included)
    if "processed_at" in order and isinstance(order.get("payments"), list):
        order["payments"] = [
            {"processed_at": order["processed_at"], **each} if isinstance(each, dict) else each
            for each in order["payments"]
        ]
    return order


def _holds(decoder: Decoder, cart: Cart, place: str) -> bool:
    try:
        settle(cart)
    except CartError as error:
        decoder.note(place, str(error))
        return False
    return True


def _check_unique(decoder: Decoder, carts: list[Cart]) -> None:
    seen: set[int] = set()
    for cart in carts:
        if cart.id in seen:
            decoder.note(cart.name, f"another order has the id {cart.id}")
        seen.add(cart.id)

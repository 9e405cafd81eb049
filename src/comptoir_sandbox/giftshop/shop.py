"""The whole shop: every case by name among ordinary orders, numbered as they came, and the account of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from comptoir_sandbox.giftshop.buyers import Buyers
from comptoir_sandbox.giftshop.cases import FAMILIES
from comptoir_sandbox.giftshop.model import Case, Json
from comptoir_sandbox.giftshop.ordinary import FIRST_DAY, moment, ordinary_order, with_payment
from comptoir_sandbox.shopify.cart import Cart
from comptoir_sandbox.shopify.engine import settle
from comptoir_sandbox.shopify.seed import parse_orders
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

SEED = 1642
"""The number of the shop that the demo shows; Montréal was founded in that year."""
ORDERS = 300
FIRST_NUMBER = 1001
FACTS = ShopFacts(
    domain="boutique-bac-a-sable.myshopify.com",
    name="Boutique du Bac à sable",
    email="bonjour@boutique.example",
    currency="CAD",
    timezone="America/Toronto",
    country_code="CA",
    province_code="QC",
)
PLACEHOLDER = re.compile(r"\{order(?::(\d))?\}")


@dataclass(frozen=True, kw_only=True)
class GiftShop:
    """The shop and what must become of it."""

    seed: ShopSeed
    cases: tuple[Json, ...]
    """name, family, story, orders (their numbers as the buyer sees them), expected, steps; and before, midway and
    stops where the case has them."""

    def headline(self) -> Json:
        """Counts and sums of the shop as it is before anybody does anything; amounts are text."""
        scope = [settle(cart) for cart in self.seed.carts if cart.processed_at >= FIRST_DAY]
        return {
            "orders": len(scope),
            "sales_total": str(
                sum((order.totals.total for order in scope if order.cart.presentment is None), Decimal(0))
            ),
            "cases": len(self.cases),
            "start_date": FIRST_DAY.date().isoformat(),
        }

    def as_json(self) -> Json:
        """The headline with every case."""
        return {**self.headline(), "case_list": list(self.cases)}


def load(seed: int = SEED, orders: int = ORDERS) -> GiftShop:
    """The shop of that seed number: the same number gives the same shop. `orders` in all, cases included."""
    random = Random(seed)  # noqa: S311 # made-up orders, no secret
    buyers = Buyers(random)
    named = [(case.name, _completed(each, random, buyers)) for case in _cases() for each in case.orders]
    plain = [("", _paid(ordinary_order(random, buyers))) for _ in range(orders - len(named))]
    placed = sorted([*named, *plain], key=lambda each: datetime.fromisoformat(each[1]["created_at"]))
    made = [
        (name, {"number": number, "name": f"#{number}", **each})
        for number, (name, each) in enumerate(placed, start=FIRST_NUMBER)
    ]
    shown = [
        _told(family, case, [each["name"].removeprefix("#") for name, each in made if name == case.name])
        for family, cases in FAMILIES.items()
        for case in cases
    ]
    carts = parse_orders([each for _, each in made], FACTS)
    return GiftShop(seed=ShopSeed(facts=FACTS, carts=carts), cases=tuple(shown))


def _cases() -> list[Case]:
    return [case for cases in FAMILIES.values() for case in cases]


def _completed(order: Json, random: Random, buyers: Buyers) -> Json:
    """A case's order with a moment, a buyer and an address where it has none of its own."""
    found = {"created_at": moment(random).isoformat(), **order}
    buyer = order["customer"] if "customer" in order else buyers.next()
    if buyer is None:
        return found
    found["customer"] = buyer
    home = order.get("billing_address") or buyers.home(buyer)
    return {"billing_address": home, "shipping_address": home, **found}


def _paid(order: Json) -> Json:
    """An ordinary order with its payment, and with the return that it may meet."""
    bare = with_payment(order, Decimal(0))
    total = _cart(bare).total_of
    finished = with_payment(order, total)
    days = order.get("returns_after_days")
    if days:
        back = {
            "processed_at": (datetime.fromisoformat(order["created_at"]) + timedelta(days=days)).isoformat(),
            "lines": [{"line": 0, "quantity": order["lines"][0]["quantity"]}],
        }
        value = settle(_cart({**bare, "refunds": [back]}).cart).refunds[0].value
        finished["refunds"] = [{**back, "payments": [{"payment": 0, "amount": str(value)}]}]
    return finished


@dataclass(frozen=True)
class _Priced:
    cart: Cart
    total_of: Decimal


def _cart(order: Json) -> _Priced:
    (cart,) = parse_orders([{"number": 1, **order}], FACTS)
    return _Priced(cart, settle(cart).totals.total)


def _told(family: str, case: Case, numbers: list[str]) -> Json:
    told: Json = {
        "name": case.name,
        "family": family,
        "story": case.story,
        "orders": numbers,
        "expected": case.expected.as_json(),
        "steps": [step.as_json() for step in case.steps],
    }
    for name, expected in (("before", case.before), ("midway", case.midway)):
        if expected is not None:
            told[name] = expected.as_json()
    if case.stops:
        told["stops"] = list(case.stops)
    filled: Json = _filled(told, numbers)
    return filled


def _filled(value: Any, numbers: list[str]) -> Any:
    """The same with the orders' numbers in the places kept for them."""
    if isinstance(value, dict):
        return {name: _filled(each, numbers) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, numbers) for each in value]
    if isinstance(value, str):
        return PLACEHOLDER.sub(lambda match: numbers[int(match[1] or 1) - 1], value)
    return value

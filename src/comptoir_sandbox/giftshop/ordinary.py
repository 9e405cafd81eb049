"""The orders between the cases: an ordinary autumn in a gift shop, drawn from a seed number."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from comptoir_sandbox.giftshop.buyers import Buyers
from comptoir_sandbox.giftshop.catalogue import CATALOGUE, Product
from comptoir_sandbox.giftshop.model import Json
from comptoir_sandbox.giftshop.parts import BOTH, CARD, CASH, INTERAC, PAYPAL, paid, shipping

ZONE = ZoneInfo("America/Toronto")
FIRST_DAY = datetime(2025, 10, 20, tzinfo=ZONE)
DAYS = 28
"""Until 16 November 2025, a Sunday."""
OPENS, CLOSES = 9, 21
GATEWAYS = (CARD, CARD, CARD, CARD, PAYPAL, PAYPAL, INTERAC)
FREE_SHIPPING_FROM = Decimal(75)
AT_THE_COUNTER, ABROAD, WITH_CODE, REFUNDED = 0.18, 0.08, 0.10, 0.05
"""Shares of the orders."""
FOOD_TAX = {"title": "GST zero-rated", "rate": "0"}


def moment(random: Random) -> datetime:
    """Some minute of the four weeks in which people shop."""
    day = FIRST_DAY + timedelta(days=random.randrange(DAYS))
    return day.replace(hour=random.randrange(OPENS, CLOSES), minute=random.randrange(60), second=random.randrange(60))


def ordinary_order(random: Random, buyers: Buyers) -> Json:
    """One order, not yet paid: `payments` names the gateway alone, for its total is not known yet."""
    placed = moment(random)
    if random.random() < AT_THE_COUNTER:
        return {
            "created_at": placed.isoformat(),
            "lines": _lines(random, most=2, taxed=True),
            "source_name": "pos",
            "gateway": random.choice((CASH, INTERAC, CARD)),
        }
    goes_abroad = random.random() < ABROAD
    buyer = buyers.any()
    address = buyers.abroad(buyer) if goes_abroad else buyers.home(buyer)
    lines = _lines(random, most=4, taxed=not goes_abroad)
    made: Json = {
        "created_at": placed.isoformat(),
        "lines": lines,
        "customer": buyer,
        "billing_address": address,
        "shipping_address": address,
        "gateway": random.choice(GATEWAYS),
    }
    worth = sum(Decimal(line["unit_price"]) * line["quantity"] for line in lines)
    if goes_abroad:
        made["shipping"] = [shipping("22.00", "Postes Canada, petit paquet", taxes=[])]
    elif worth < FREE_SHIPPING_FROM:
        made["shipping"] = [shipping("9.95")]
    if random.random() < WITH_CODE:
        made["discounts"] = [{"title": "BIENVENUE15", "percentage": "15", "kind": "code"}]
    elif random.random() < REFUNDED:
        made["returns_after_days"] = random.randrange(2, 9)
    return made


def with_payment(made: Json, total: Decimal) -> Json:
    """The order as a seed file wants it, paid in full."""
    finished = {name: value for name, value in made.items() if name not in {"gateway", "returns_after_days"}}
    if total:
        amount = total if made["gateway"] != CASH else _in_coins(total)
        extra = {"rounding": str(amount - total)} if amount != total else {}
        finished["payments"] = [paid(str(amount), made["gateway"], **extra)]
    return finished


def _in_coins(total: Decimal) -> Decimal:
    """The nearest five cents: there are no smaller coins."""
    return (total * 20).quantize(Decimal(1)) / 20


def _lines(random: Random, *, most: int, taxed: bool) -> list[Json]:
    chosen = random.sample(CATALOGUE, random.randint(1, most))
    return [_line(product, random.choice((1, 1, 1, 2, 3)), taxed=taxed) for product in chosen]


def _line(product: Product, quantity: int, *, taxed: bool) -> Json:
    place = CATALOGUE.index(product) + 1
    taxes = ([FOOD_TAX] if product.is_food else BOTH) if taxed else []
    return {
        "title": product.title,
        "sku": product.sku,
        "quantity": quantity,
        "unit_price": product.price,
        "taxes": taxes,
        "variant_id": 41_000_000_000 + place,
        "product_id": 31_000_000_000 + place,
        "vendor": "Boutique du Bac à sable",
    }

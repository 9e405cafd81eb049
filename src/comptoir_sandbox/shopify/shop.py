"""The shop's state: its facts, its orders, what the search index knows of them. In memory, one lock."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from comptoir_sandbox.shopify.connections import Listing
from comptoir_sandbox.shopify.engine import Order, settle
from comptoir_sandbox.shopify.ids import gid, order_of
from comptoir_sandbox.shopify.order_search import DECIMAL_SORTS, SORT_VALUES, IndexEntry, index_entry
from comptoir_sandbox.shopify.render import RenderedOrder, render

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.shopify.cart import Cart
    from comptoir_sandbox.shopify.payouts.account import PaymentsAccount

RENDERED_ORDERS_KEPT = 150
WINDOW_DAYS = 60
"""Without read_all_orders, older orders are invisible (shopify.md §2.5)."""


@dataclass(frozen=True, kw_only=True)
class ShopFacts:
    """What the shop says of itself."""

    domain: str = "retail-demo.myshopify.com"
    name: str = "Retail Demo"
    email: str = "owner@retail-demo.example"
    currency: str = "GBP"
    timezone: str = "Europe/London"
    country_code: str = "GB"
    province_code: str | None = None
    taxes_included: bool = False


@dataclass(frozen=True, kw_only=True)
class ShopSeed:
    """What a shop is filled with."""

    facts: ShopFacts = ShopFacts()
    carts: tuple[Cart, ...] = ()
    payments: PaymentsAccount | None = None
    """The account at Shopify Payments; None: the shop has none."""


class Shop:
    """One shop. Every public method is safe to call from several threads."""

    def __init__(self, seed: ShopSeed, clock: Clock, *, index_lag_seconds: float = 0, approved: bool = True) -> None:
        self.facts = seed.facts
        self.zone = ZoneInfo(seed.facts.timezone)
        self._seed = seed
        self._clock = clock
        self._lag = timedelta(seconds=index_lag_seconds)
        self.lock = threading.RLock()
        """Held while orders are read or stored; hold it around reading, changing and storing one."""
        self.changed: Callable[[Order | None, Order | None], None] = lambda _before, _after: None
        """Told of every order that is stored or deleted: as it was, and as it is."""
        self.location = _location()
        self.approved = approved
        """Whether the app may see protected customer data."""
        self.version = 0
        """Grows with every change of an order."""
        self.reset()

    def reset(self) -> None:
        """Go back to the seed. CartError when the seed contradicts itself."""
        orders = {cart.id: settle(cart) for cart in self._seed.carts}
        with self.lock:
            self._orders = orders
            self.version += 1
            self._index: dict[int, IndexEntry] = {number: index_entry(order) for number, order in orders.items()}
            self._waiting: list[tuple[datetime, IndexEntry]] = []
            self._rendered: OrderedDict[int, RenderedOrder] = OrderedDict()
            self._refunds: dict[int, int] = {}
            for order in orders.values():
                self._note_refunds(order)

    def _note_refunds(self, order: Order) -> None:
        """Remember whose refunds those are that have an id of their own."""
        own = [refund.source.id for refund in order.refunds if refund.source.id is not None]
        self._refunds.update(dict.fromkeys(own, order.cart.id))

    def now(self) -> datetime:
        """The sandbox's present moment."""
        return self._clock.now()

    def horizon(self) -> datetime:
        """Orders created before this need read_all_orders."""
        return self._clock.now() - timedelta(days=WINDOW_DAYS)

    def orders(self) -> list[Order]:
        """All orders, oldest id first."""
        with self.lock:
            return [self._orders[number] for number in sorted(self._orders)]

    def find_order(self, number: int) -> Order | None:
        """Return the order with that numeric id."""
        with self.lock:
            return self._orders.get(number)

    def find_by_name(self, name: str) -> Order | None:
        """Return the order of that name ("#1001")."""
        with self.lock:
            return next((order for order in self._orders.values() if order.cart.name == name), None)

    def put(self, cart: Cart) -> Order:
        """Store a new or changed order; the index learns of it after its lag. CartError when it contradicts itself."""
        order = settle(cart)
        with self.lock:
            self.version += 1
            before = self._orders.get(cart.id)
            self._orders[cart.id] = order
            self._note_refunds(order)
            self._rendered.pop(cart.id, None)
            self._waiting.append((self._clock.now() + self._lag, index_entry(order)))
            self.changed(before, order)
        return order

    def put_new(self, cart: Cart) -> Order:
        """Store an order; one that replaces an order of that id is changed now."""
        with self.lock:
            return self.touch(cart) if cart.id in self._orders else self.put(cart)

    def touch(self, cart: Cart, moment: datetime | None = None) -> Order:
        """Store a changed order and move its updatedAt to `moment` (default: now)."""
        return self.put(replace(cart, touched_at=(moment or self._clock.now()).replace(microsecond=0)))

    def delete(self, number: int) -> None:
        """Delete an order that exists: it vanishes at once, from the index too (§4.1)."""
        with self.lock:
            self.version += 1
            gone = self._orders.pop(number)
            self._index.pop(number, None)
            self._rendered.pop(number, None)
            self._waiting = [each for each in self._waiting if each[1].id != number]
            self.changed(gone, None)

    def search(self, matches: Callable[[IndexEntry], bool], sort_key: str) -> Listing:
        """Return the matching orders, sorted; only the rows of a page are rendered."""
        read = SORT_VALUES[sort_key]
        with self.lock:
            self._update_index()
            rows = [(read(entry), entry.id) for entry in self._index.values() if matches(entry)]
        rows.sort()
        written, back = (str, _decimal) if sort_key in DECIMAL_SORTS else (_same, _same)
        return Listing(
            name="Order",
            rows=rows,
            key=_same,
            node=lambda row: self.rendered(row[1]).node,
            cursor_value=written,
            value_of_cursor=back,
        )

    def count(self, matches: Callable[[IndexEntry], bool]) -> int:
        """Return the number of matching orders."""
        with self.lock:
            self._update_index()
            return sum(1 for entry in self._index.values() if matches(entry))

    def _update_index(self) -> None:
        now = self._clock.now()
        due = [entry for moment, entry in self._waiting if moment <= now]
        if due:
            self._waiting = [each for each in self._waiting if each[0] > now]
            self._index.update({entry.id: entry for entry in due})

    def rendered(self, number: int) -> RenderedOrder:
        """Return the nodes of an order that exists."""
        with self.lock:
            found = self._rendered.get(number)
            if found is None:
                found = render(self._orders[number], self.location, self._clock.now, approved=self.approved)
                self._rendered[number] = found
                if len(self._rendered) > RENDERED_ORDERS_KEPT:
                    self._rendered.popitem(last=False)
            return found

    def render_once(self, number: int) -> dict[str, Any]:
        """Return an order's node without keeping it (a bulk operation reads thousands). KeyError when it is gone."""
        with self.lock:
            found = self._rendered.get(number)
            order = self._orders[number]
        return (found or render(order, self.location, self._clock.now, approved=self.approved)).node

    def find_refund(self, number: int) -> tuple[Order, dict[str, Any]] | None:
        """Return the order of a refund and the refund's node."""
        with self.lock:
            owner = self._refunds.get(number, order_of(number))
            if owner not in self._orders:
                return None
            node = self.rendered(owner).refunds.get(number)
            return None if node is None else (self._orders[owner], node)

    def find_customer(self, number: int) -> dict[str, Any] | None:
        """Return the node of a customer who has ordered."""
        with self.lock:
            for order in self._orders.values():
                if order.cart.customer is not None and order.cart.customer.id == number:
                    node: dict[str, Any] = self.rendered(order.cart.id).node["customer"]
                    return node
        return None

    def _currencies(self) -> list[str]:
        """Return the shop's currency and those that customers were shown."""
        with self.lock:
            seen = {order.cart.money_currency for order in self._orders.values()}
        return [self.facts.currency, *sorted(seen - {self.facts.currency})]

    def shop_node(self) -> dict[str, Any]:
        """Return the Shop."""
        facts = self.facts
        offset = self.now().astimezone(self.zone).utcoffset() or timedelta()
        return {
            "__typename": "Shop",
            "id": gid("Shop", 1),
            "name": facts.name,
            "myshopifyDomain": facts.domain,
            "email": facts.email,
            "currencyCode": facts.currency,
            "enabledPresentmentCurrencies": self._currencies(),
            "ianaTimezone": facts.timezone,
            "timezoneOffsetMinutes": int(offset.total_seconds() // 60),
            "taxesIncluded": facts.taxes_included,
            "taxShipping": False,
            "orderNumberFormatPrefix": "#",
            "orderNumberFormatSuffix": "",
            "plan": {
                "__typename": "ShopPlan",
                "publicDisplayName": "Basic",
                "partnerDevelopment": False,
                "shopifyPlus": False,
            },
            "shopAddress": {
                "__typename": "ShopAddress",
                "countryCodeV2": facts.country_code,
                "provinceCode": facts.province_code,
            },
        }


def _location() -> dict[str, Any]:
    return {
        "__typename": "Location",
        "id": gid("Location", 1),
        "legacyResourceId": "1",
        "name": "Shop location",
        "isActive": True,
        "fulfillsOnlineOrders": True,
        "shipsInventory": True,
    }


def _same(value: Any) -> Any:
    return value


def _decimal(text: str) -> Decimal:
    return Decimal(text)

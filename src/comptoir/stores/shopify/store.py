"""The Store port for Shopify: joins client and translate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from comptoir.books.facts import Order, SourceId, StoreIdentity, Untranslatable
from comptoir.books.payouts import Payout
from comptoir.books.problems import Message
from comptoir.engine.errors import Refused, RetryLater, Unexpected
from comptoir.engine.ports import Page, StoreInfo
from comptoir.stores.shopify.client import IDS_LIMIT, ShopifyClient
from comptoir.stores.shopify.cost import FIRST_PAGE_SIZE, next_size, predicted_cost, smaller
from comptoir.stores.shopify.errors import MAX_COST_EXCEEDED
from comptoir.stores.shopify.graphql import API_VERSION
from comptoir.stores.shopify.long_history import LongHistory
from comptoir.stores.shopify.parts import PARTS_PER_QUERY, Node, open_parts
from comptoir.stores.shopify.records import order_record, payout_record
from comptoir.stores.shopify.translate import IDENTITY_PREFIX, TRANSLATOR_VERSION, translate
from comptoir.stores.shopify.translate.basics import number_of
from comptoir.stores.shopify.translate.payouts import translate_payout
from comptoir.stores.shopify.webhooks import TOPICS

BULK_FROM = 5000
"""From so many orders on, a pass is left to a bulk operation."""
PAYOUTS_PAGE_SIZE = 25
"""Each takes a question of its own for its rows."""
FIRST_PAGE_COST = 752
"""What a page of FIRST_PAGE_SIZE requests (queries/orders.graphql), expected until an answer tells it."""
PERSONAL_KEYS = frozenset({"customer", "billingAddress", "shippingAddress", "email", "phone", "note", "refundNotes"})

READ_ORDERS, READ_ALL_ORDERS = "read_orders", "read_all_orders"
OPTIONAL_PARTS = {"customers": "read_customers", "terms": "read_payment_terms", "returns": "read_returns"}
"""The variables of queries/orders.graphql that ask for a part of an order, and the scope that each takes."""
SCOPE_WARNINGS = {
    READ_ORDERS: Message(
        "The app may not read orders. Add the access scope read_orders to the app in Shopify, release it and "
        "install it again."
    ),
    READ_ALL_ORDERS: Message(
        "The app sees only the orders of the last 60 days. To bring in older ones, add the access scope "
        "read_all_orders to the app in Shopify, release it and install it again."
    ),
    "read_customers": Message(
        "The app may not read customers, so their names come from the orders' addresses alone. To use "
        "customer records, add the access scope read_customers to the app in Shopify, release it and install it again."
    ),
    "read_payment_terms": Message(
        "The app may not read payment terms, so due dates follow Comptoir's own setting. To use "
        "those of the orders, add the access scope read_payment_terms to the app in Shopify, release it and install it "
        "again."
    ),
    "read_returns": Message(
        "The app may not read returns, so goods given in exchange look like goods added to the order, and fees kept on "
        "a return like a difference. To post both as what they are, add the access scope read_returns to the app in "
        "Shopify, release it and install it again."
    ),
}
"""What a missing scope means, in the order in which it matters."""
GID = "gid://shopify/Order/{}"
UNSPENT_CARDS = Message(
    "Shopify tells it under Analytics, Reports, in the reports on gift cards: their balance at the end of that day. "
    "Comptoir may not read the list of your gift cards."
)
"""That list takes `read_gift_cards`, which Shopify grants case by case (shopify.md §2.5)."""
VERSION_WARNING = (
    "Shopify answered with version {served} of its interface instead of {asked}. Totals are still checked; please "
    "update Comptoir."
)


class _Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """Our cursor: Shopify's own, which stays good in later requests with the same filter; None at the start.

    Or a bulk operation, and how many of its orders were handed out.
    """

    after: str | None
    bulk: str = ""
    at: int = 0


class ShopifyStore:
    """One Shopify shop. Used by one fetch at a time; `translate` is pure and free for any thread."""

    translator_version = TRANSLATOR_VERSION
    personal_keys = PERSONAL_KEYS

    def __init__(self, client: ShopifyClient) -> None:
        self.identity = StoreIdentity(IDENTITY_PREFIX + client.shop)
        self._client = client
        self._page_size = FIRST_PAGE_SIZE
        self._page_cost = FIRST_PAGE_COST
        self._may_grow = True
        self._scopes: frozenset[str] | None = None
        self._history = LongHistory(client)

    def describe(self) -> StoreInfo:
        """The shop's name, currency and zone; warnings for missing scopes and another API version."""
        answer = self._client.shop_and_scopes()
        shop = answer["shop"]
        self._scopes = _scopes(answer)
        self._check_is_ours(shop["myshopifyDomain"])
        warnings = [text for scope, text in SCOPE_WARNINGS.items() if scope not in self._scopes]
        if self._client.served_version != API_VERSION:
            versions = {"served": self._client.served_version, "asked": API_VERSION}
            warnings.append(Message(VERSION_WARNING, versions))
        return StoreInfo(
            identity=self.identity,
            name=shop["name"],
            currency=shop["currencyCode"],
            time_zone=shop["ianaTimezone"],
            warnings=tuple(warnings),
            unspent_cards=UNSPENT_CARDS,
        )

    def fetch_orders(self, cursor: str | None, *, since: datetime, until: datetime) -> Page:
        """The next page of orders changed in [since, until] (aware), each complete with its lines and refunds.

        An order that changes while it is being read has a later `updatedAt` than `until`, so the next pass meets it.
        A long pass goes on with a bulk operation at Shopify; while that runs, pages are empty.
        """
        place = _read_cursor(cursor)
        query = changed_between(since, until)
        if place.bulk:
            page = self._bulk_page(place)
            if page is not None:
                return page
            place = _Position(after=None)  # the operation came to nothing: everything is read page by page
        connection = self._fetch_page(query, place.after)
        nodes: list[Node] = connection["nodes"]
        more = bool(connection["pageInfo"]["hasNextPage"])
        following = _Position(connection["pageInfo"]["endCursor"] or place.after)
        expected = None
        if cursor is None:
            expected = self._client.orders_count(query) if more else len(nodes)
            if more and (expected is None or expected > BULK_FROM):
                gid = self._history.start(query, self._parts())
                following = _Position(after=None, bulk=gid) if gid else following
        self._complete(nodes)
        return Page(tuple(order_record(node) for node in nodes), _write_cursor(following), more, expected)

    def _bulk_page(self, place: _Position) -> Page | None:
        """The next orders of a bulk operation, an empty page while it runs; None where it came to nothing."""
        piece = self._history.read(place.bulk, place.at, self._parts())
        if piece is None:
            return None
        self._complete(piece.nodes)
        following = _Position(after=None, bulk=place.bulk, at=place.at + len(piece.nodes))
        return Page(tuple(order_record(node) for node in piece.nodes), _write_cursor(following), piece.more)

    def fetch_payouts(self, cursor: str | None, *, since: datetime, until: datetime) -> Page:
        """The next page of payouts issued in [since, until] (aware), each complete with its rows.

        A payout's state changes without any time of change, so a later pass has to cover the days of those that are
        not paid yet. A shop without Shopify Payments has none.
        """
        place = _read_cursor(cursor)
        query = changed_between(since, until, field="issued_at")
        found = self._client.payouts(first=PAYOUTS_PAGE_SIZE, after=place.after, query=query)
        if found is None:
            return Page(records=(), cursor=_write_cursor(place), more=False)
        return Page(
            records=tuple(payout_record(node, self._payout_rows(node)) for node in found["nodes"]),
            cursor=_write_cursor(_Position(found["pageInfo"]["endCursor"] or place.after)),
            more=bool(found["pageInfo"]["hasNextPage"]),
        )

    def translate_payout(self, payload: Mapping[str, object]) -> Payout | Untranslatable:
        """Pure: a raw payout as a fact."""
        return translate_payout(payload, store=self.identity)

    def missing(self, ids: Sequence[SourceId]) -> set[SourceId]:
        """Which of these orders the shop does not have any more.

        An app without `read_all_orders` does not see orders older than 60 days, deleted or not (shopify.md §2.5): of
        such an app none is said to be missing.
        """
        if READ_ALL_ORDERS not in self._granted_scopes():
            return set()
        gids = {GID.format(number): number for number in ids}
        waiting = list(gids)
        found: set[str] = set()
        while waiting:
            found |= self._client.existing(waiting[:IDS_LIMIT])
            waiting = waiting[IDS_LIMIT:]
        return {number for gid, number in gids.items() if gid not in found}

    def translate(self, payload: Mapping[str, object]) -> Order | Untranslatable:
        """Pure: a raw record as a fact."""
        return translate(payload, store=self.identity)

    def watch(self, address: str) -> int:
        """Have changes told to `address` (https), and no longer where it was before; answers how many topics are new.

        A topic that the app's scopes do not allow is left out: the regular reading finds what it would have told.
        """
        here, new = set(), 0
        for each in self._subscriptions():
            if each["uri"] == address:
                here.add(each["topic"])
            elif urlsplit(each["uri"]).path == urlsplit(address).path:
                self._client.delete_webhook(each["id"])
        for topic in TOPICS:
            if topic not in here:
                with suppress(Refused):
                    self._client.create_webhook(topic, address)
                    new += 1
        return new

    def _subscriptions(self) -> list[Node]:
        """Every subscription of the app in this shop."""
        found: list[Node] = []
        after: str | None = None
        while True:
            page = self._client.webhooks(after)
            found += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    def _check_is_ours(self, domain: str) -> None:
        """A renamed shop answers under its old name too; its books must have one name only."""
        if domain != self._client.shop:
            template = "{typed} is now called {domain} in Shopify. Connect it under that name."
            raise Refused(Message(template, {"typed": self._client.shop, "domain": domain}), code="shop_name")

    def _fetch_page(self, query: str, after: str | None) -> Node:
        """One page, of a size that fits under the cost limit; the next one may be larger."""
        while True:
            try:
                connection = self._client.orders(
                    first=self._page_size,
                    after=after,
                    query=query,
                    parts=self._parts(),
                    cost=self._page_cost,
                )
            except Unexpected as error:
                lower = smaller(self._page_size)
                if error.code != MAX_COST_EXCEEDED or lower is None:
                    raise
                self._page_size, self._may_grow = lower, False
                self._page_cost = 0  # not known for this size: Shopify says when to wait
                continue
            except RetryLater:
                self._page_size = smaller(self._page_size) or self._page_size  # what timed out may be too much at once
                raise
            self._plan_next_page()
            return connection

    def _plan_next_page(self) -> None:
        cost = self._client.requested_cost or self._page_cost
        size = next_size(self._page_size, cost=cost, bucket=self._client.bucket) if self._may_grow else self._page_size
        self._page_cost = predicted_cost(cost, self._page_size, size)
        self._page_size = size

    def _complete(self, nodes: Sequence[Node]) -> None:
        """Read on every list that is longer than its first page, several at a time."""
        while waiting := [part for node in nodes for part in open_parts(node)]:
            self._client.continue_parts(waiting[:PARTS_PER_QUERY])

    def _parts(self) -> dict[str, bool]:
        """Which parts of an order the app may see."""
        scopes = self._granted_scopes()
        return {part: scope in scopes for part, scope in OPTIONAL_PARTS.items()}

    def _payout_rows(self, payout: Node) -> list[Node]:
        """All balance transactions of a payout."""
        query = f"payments_transfer_id:{number_of(payout['id'])}"
        rows: list[Node] = []
        after: str | None = None
        while True:
            page = self._client.payout_rows(after=after, query=query)
            rows += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return rows
            after = page["pageInfo"]["endCursor"]

    def _granted_scopes(self) -> frozenset[str]:
        if self._scopes is None:
            self._scopes = _scopes(self._client.shop_and_scopes())
        return self._scopes


def changed_between(since: datetime, until: datetime, *, field: str = "updated_at") -> str:
    """The search for what has its time in [since, until], in UTC and whole seconds, never narrower than asked."""
    first = _second(since)
    end = _second(until) + timedelta(seconds=1)
    return f"{field}:>='{_text(first)}' {field}:<'{_text(end)}'"


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _scopes(answer: Node) -> frozenset[str]:
    """The granted scopes, with the read side of every write scope (shopify.md §2.2 (6))."""
    handles = {scope["handle"] for scope in answer["currentAppInstallation"]["accessScopes"]}
    return frozenset(handles | {f"read_{handle.removeprefix('write_')}" for handle in handles if "write_" in handle})


def _read_cursor(cursor: str | None) -> _Position:
    if cursor is None:
        return _Position(after=None)
    try:
        return msgspec.json.decode(cursor, type=_Position)
    except msgspec.DecodeError as error:
        template = "Comptoir lost its place in the shop's orders. Start a sync from the beginning; nothing is doubled."
        raise Unexpected(Message(template), detail=f"unreadable cursor: {error}", code="cursor") from error


def _write_cursor(place: _Position) -> str:
    return msgspec.json.encode(place).decode()

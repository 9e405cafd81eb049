"""What `orders(query:, sortKey:)` can search and sort by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from comptoir_sandbox.shopify.search import ANY, Term, compile_search, parse_search
from comptoir_sandbox.shopify.search_terms import moment, number, one_of, values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.search import Compiled, Node

TEXTS = (
    "email", "customer_id", "tag", "sku", "gateway", "source_name", "po_number", "discount_code", "fulfillment_status",
    "return_status",
)  # fmt: skip
FULFILLMENT_WORDS = {
    "FULFILLED": ("fulfilled", "shipped"),
    "PARTIALLY_FULFILLED": ("partial",),
    "UNFULFILLED": ("unfulfilled", "unshipped"),
}
"""How a search calls a displayFulfillmentStatus (§3.5)."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """What the index knows of an order: a copy, since the index lags behind the order."""

    id: int
    number: int
    name: str
    created_at: datetime
    updated_at: datetime
    processed_at: datetime
    statuses: frozenset[str]
    financial_status: str
    test: bool
    total: Decimal
    current_total: Decimal
    texts: Mapping[str, tuple[str, ...]]
    """Fields compared as text, in lower case."""


def index_entry(order: Order) -> IndexEntry:
    """Index an order as it is now."""
    cart = order.cart
    texts = {
        "email": tuple(filter(None, (cart.email or (cart.customer.email if cart.customer else None),))),
        "customer_id": (str(cart.customer.id),) if cart.customer else (),
        "tag": cart.tags,
        "sku": tuple(dict.fromkeys(line.sku for line in cart.lines if line.sku)),
        "gateway": tuple(dict.fromkeys(payment.gateway for payment in cart.payments)),
        "source_name": (cart.source_name,),
        "po_number": (cart.po_number,) if cart.po_number else (),
        "discount_code": tuple(each.title for each in cart.discounts if each.kind == "code"),
        "fulfillment_status": FULFILLMENT_WORDS.get(order.fulfilled.status, (order.fulfilled.status,)),
        "return_status": (order.return_status,),
    }
    return IndexEntry(
        id=cart.id,
        number=cart.number,
        name=cart.name.lower(),
        created_at=cart.created_at,
        updated_at=order.updated_at,
        processed_at=cart.processed_at,
        statuses=_statuses(cancelled=cart.cancelled_at is not None, closed=cart.closed_at is not None),
        financial_status=(order.financial_status or "").lower(),
        test=cart.test,
        total=order.exchange.to_shop(order.totals.total),
        current_total=order.exchange.to_shop(order.totals.current_total),
        texts={name: tuple(value.lower() for value in values) for name, values in texts.items()},
    )


def _statuses(*, cancelled: bool, closed: bool) -> frozenset[str]:
    if cancelled:
        return frozenset({"cancelled", "closed"} if closed else {"cancelled", "not_closed"})
    return frozenset({"closed"} if closed else {"open", "not_closed"})


def compile_order_search(text: str, shop_zone: ZoneInfo) -> tuple[Node, Compiled]:
    """Return the parsed search and its test of an `IndexEntry`; GraphQLError for a bad date or number."""
    parsed = parse_search(text)
    return parsed, compile_search(parsed, _fields(shop_zone))


def _fields(zone: ZoneInfo) -> dict[str, Callable[[Term], Callable[[Any], bool]]]:
    fields: dict[str, Callable[[Term], Callable[[Any], bool]]] = {
        "created_at": lambda term: moment(term, zone, lambda entry: entry.created_at),
        "updated_at": lambda term: moment(term, zone, lambda entry: entry.updated_at),
        "processed_at": lambda term: moment(term, zone, lambda entry: entry.processed_at),
        "id": lambda term: number(term, lambda entry: entry.id),
        "current_total_price": lambda term: number(term, lambda entry: entry.current_total),
        "name": _name,
        "status": _status,
        "financial_status": lambda term: one_of(term, lambda entry: entry.financial_status),
        "test": lambda term: one_of(term, lambda entry: "true" if entry.test else "false"),
        "": _free_text,
    }
    for name in TEXTS:
        fields[name] = _text_of(name)
    fields["tag_not"] = lambda term: _inverse(_text_of("tag")(term))
    return fields


def _name(term: Term) -> Callable[[IndexEntry], bool]:
    wanted = {value.removeprefix("#") for value in values(term)}
    if wanted == {ANY}:
        return lambda _entry: True
    return lambda entry: entry.name.removeprefix("#") in wanted


def _status(term: Term) -> Callable[[IndexEntry], bool]:
    wanted = values(term)
    if wanted & {ANY, "any"}:
        return lambda _entry: True
    return lambda entry: bool(wanted & entry.statuses)


def _text_of(name: str) -> Callable[[Term], Callable[[Any], bool]]:
    def make(term: Term) -> Callable[[IndexEntry], bool]:
        wanted = values(term)
        if wanted == {ANY}:
            return lambda entry: bool(entry.texts[name])
        return lambda entry: not wanted.isdisjoint(entry.texts[name])

    return make


def _free_text(term: Term) -> Callable[[IndexEntry], bool]:
    wanted = term.value.lower().removeprefix("#")
    return lambda entry: wanted in entry.name or any(wanted in text for text in entry.texts["email"])


def _inverse(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda entry: not test(entry)


def milliseconds(moment: datetime) -> int:
    """Return epoch milliseconds: what a cursor says of a time."""
    return (moment - EPOCH) // MILLISECOND


SORT_VALUES: dict[str, Callable[[IndexEntry], Any]] = {
    "CREATED_AT": lambda entry: milliseconds(entry.created_at),
    "UPDATED_AT": lambda entry: milliseconds(entry.updated_at),
    "PROCESSED_AT": lambda entry: milliseconds(entry.processed_at),
    "ORDER_NUMBER": lambda entry: entry.number,
    "ID": lambda entry: entry.id,
    "TOTAL_PRICE": lambda entry: entry.total,
    "CURRENT_TOTAL_PRICE": lambda entry: entry.current_total,
    "FINANCIAL_STATUS": lambda entry: entry.financial_status,
}
DECIMAL_SORTS = frozenset({"TOTAL_PRICE", "CURRENT_TOTAL_PRICE"})
DEFAULT_SORT = "PROCESSED_AT"

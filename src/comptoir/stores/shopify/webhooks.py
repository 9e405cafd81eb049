"""PURE: a webhook delivery as a hint that something changed (shopify.md §7).

Deliveries come twice, out of order or not at all, and their body is an older shape of the record. So nothing is taken
from them but which order to look at soon; the hourly reading is the truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.problems import Message
from comptoir.engine.privacy import PrivacyAsk, PrivacyKind
from comptoir.http.bodies import read_json
from comptoir.http.signatures import body_is_signed
from comptoir.http.times import aware_time
from comptoir.stores.shopify.consent import SHOP_NAME
from comptoir.stores.shopify.translate import IDENTITY_PREFIX

TOPICS = (
    "ORDERS_CREATE",
    "ORDERS_UPDATED",
    "ORDERS_CANCELLED",
    "ORDERS_EDITED",
    "ORDERS_DELETE",
    "REFUNDS_CREATE",
    "ORDER_TRANSACTIONS_CREATE",
    "APP_UNINSTALLED",
)
"""What is worth a subscription: whatever moves an order, and the end of the connection. Payouts have no topic."""

PRIVACY_TOPICS: Mapping[str, PrivacyKind] = {
    "customers/data_request": PrivacyKind.TELL,
    "customers/redact": PrivacyKind.FORGET,
    "shop/redact": PrivacyKind.FORGET_ALL,
}
"""What Shopify asks on behalf of people, of every public app (shopify.md §7); subscribed to in the app's settings."""
UNINSTALLED = "app/uninstalled"

UNAUTHORIZED_STATUS, BAD_REQUEST_STATUS = 401, 400

_UNSIGNED = (
    "A webhook was not signed with the secret of the app of this shop. If the secret was changed, connect the shop "
    "again; otherwise it did not come from Shopify, and was not used."
)
_UNREADABLE = "A webhook says it is Shopify's but lacks {what}, so it was not used. The next sync reads what changed."


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened in a shop. `order_id` is None where it is about no order.

    `delivery_id` is the same when a delivery is repeated: what was seen once needs no second look. `topic` is as the
    header has it ("orders/updated").
    """

    delivery_id: str
    topic: str
    store: StoreIdentity
    order_id: SourceId | None
    triggered_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefusedDelivery:
    """A delivery that is not to be believed, why, and the HTTP status to answer with."""

    status: int
    why: Message


class _OrderKey(msgspec.Struct, frozen=True):
    order_id: int | None = None
    id: int | None = None


class _Body(msgspec.Struct, frozen=True):
    """The keys of any topic that lead to an order: its own id, or that of the order it belongs to."""

    id: int | str | None = None
    order_id: int | None = None
    order: _OrderKey | None = None
    order_edit: _OrderKey | None = None


class _Customer(msgspec.Struct, frozen=True):
    id: int | None = None
    email: str | None = None
    phone: str | None = None


class _PrivacyBody(msgspec.Struct, frozen=True):
    customer: _Customer = _Customer()
    orders_requested: list[int] = []
    orders_to_redact: list[int] = []


def privacy_of(hint: Hint, body: bytes) -> PrivacyAsk | None:
    """What is asked on behalf of a person, of a body that `hint_of` believed; None where that is nothing we know."""
    kind = PRIVACY_TOPICS.get(hint.topic)
    if kind is None:
        return None
    try:
        content = msgspec.convert(read_json(body), _PrivacyBody)
    except ValueError:
        return None
    customer = content.customer
    told = {"id": customer.id, "email": customer.email, "phone": customer.phone}
    orders = content.orders_requested if kind is PrivacyKind.TELL else content.orders_to_redact
    return PrivacyAsk(
        kind,
        tuple(SourceId(str(order)) for order in orders),
        {name: str(value) for name, value in told.items() if value},
    )


def shop_of(headers: Mapping[str, str]) -> StoreIdentity | None:
    """Whose delivery it says it is: nothing to believe before the signature is checked with that shop's secret."""
    told = {name.lower(): value for name, value in headers.items()}
    shop = told.get("x-shopify-shop-domain", "").lower()
    return StoreIdentity(IDENTITY_PREFIX + shop) if SHOP_NAME.fullmatch(shop) else None


def hint_of(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Hint | RefusedDelivery:
    """What a delivery says; its signature over the raw body is checked before anything is read.

    `secrets` are the app's secret and, for an hour after it was changed, the one before.
    """
    told = {name.lower(): value for name, value in headers.items()}
    if not body_is_signed(body, told.get("x-shopify-hmac-sha256", ""), secrets):
        return RefusedDelivery(UNAUTHORIZED_STATUS, Message(_UNSIGNED))
    shop = told.get("x-shopify-shop-domain", "").lower()
    topic, delivery = told.get("x-shopify-topic", ""), told.get("x-shopify-webhook-id", "")
    if not SHOP_NAME.fullmatch(shop) or not topic or not delivery:
        return _unreadable("the shop's name" if topic and delivery else "its topic or number")
    try:
        content = msgspec.convert(read_json(body), _Body)
    except ValueError:
        return _unreadable("a body that can be read")
    return Hint(
        delivery_id=delivery,
        topic=topic,
        store=StoreIdentity(IDENTITY_PREFIX + shop),
        order_id=_order_id(topic, content),
        triggered_at=aware_time(told.get("x-shopify-triggered-at")),
    )


def _order_id(topic: str, content: _Body) -> SourceId | None:
    """The order that a delivery is about."""
    if content.order_edit is not None:  # orders/edited
        found = content.order_edit.order_id
    elif topic.startswith("orders/"):
        found = content.id if isinstance(content.id, int) else None
    else:  # refunds, transactions; returns
        found = content.order_id or (content.order.id if content.order else None)
    return None if found is None else SourceId(str(found))


def _unreadable(what: str) -> RefusedDelivery:
    return RefusedDelivery(BAD_REQUEST_STATUS, Message(_UNREADABLE, {"what": what}))

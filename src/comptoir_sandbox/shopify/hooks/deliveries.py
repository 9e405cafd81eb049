"""Subscriptions and deliveries: signed, retried, sometimes twice, sometimes lost (shopify.md §7)."""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from comptoir_sandbox.control.hooks import NO_ANSWER, attempt, signature
from comptoir_sandbox.shopify.ids import gid, stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comptoir_sandbox.control.clock import Clock

ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 1.0
RETRY_MINUTES = (1, 3, 6, 15, 30, 45, 60, 80)
"""Pauses before the eight retries: four hours together. How Shopify divides them is not published."""
API_VERSION = "2026-10"
FIRST_ID = 1_900_000_000_000


@dataclass(kw_only=True)
class WebhookSettings:
    """Where deliveries really go, and what befalls the next ones (POST /_control/webhooks)."""

    deliver_to: str | None = None
    """Address of this machine that stands for the host of every subscription ("http://127.0.0.1:8080"); its path and
    query are the subscription's. None: nobody answers."""
    duplicate_next: int = 0
    """So many deliveries are sent twice, with the same webhook id."""
    lose_next: int = 0
    """So many deliveries are never sent."""
    secret: str | None = None
    """Signs instead of the app's secret (an old one, for up to an hour after a rotation; or a forger's)."""


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """One webhookSubscription."""

    id: int
    topic: str
    uri: str
    created_at: datetime
    include_fields: tuple[str, ...] = ()
    name: str | None = None

    def node(self) -> dict[str, Any]:
        """Return the WebhookSubscription."""
        return {
            "__typename": "WebhookSubscription",
            "id": gid("WebhookSubscription", self.id),
            "legacyResourceId": str(self.id),
            "topic": self.topic,
            "uri": self.uri,
            "callbackUrl": self.uri,
            "format": "JSON",
            "includeFields": list(self.include_fields),
            "metafieldNamespaces": [],
            "filter": None,
            "name": self.name,
            "createdAt": stamp(self.created_at),
            "updatedAt": stamp(self.created_at),
            "apiVersion": {
                "__typename": "ApiVersion",
                "handle": API_VERSION,
                "displayName": f"{API_VERSION} (Latest)",
                "supported": True,
            },
        }


@dataclass(kw_only=True)
class Delivery:
    """One body for one subscription, and how it fared."""

    subscription: Subscription
    body: bytes
    webhook_id: str
    event_id: str
    triggered_at: datetime
    due: datetime | None
    """When it is tried (again); None: it is settled."""
    copies: int = 1
    statuses: list[int] = field(default_factory=list)
    """HTTP status of each sending; 0: no answer in time."""
    failures: int = 0
    """Attempts that failed."""
    lost: bool = False

    def headers(self, domain: str, secret: str) -> dict[str, str]:
        """Return the headers that go with the body."""
        topic = self.subscription.topic.lower()
        kind, _, verb = topic.rpartition("_")
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": f"{kind}/{verb}",
            "X-Shopify-Hmac-Sha256": signature(self.body, secret),
            "X-Shopify-Shop-Domain": domain,
            "X-Shopify-API-Version": API_VERSION,
            "X-Shopify-Webhook-Id": self.webhook_id,
            "X-Shopify-Event-Id": self.event_id,
            "X-Shopify-Triggered-At": self.triggered_at.isoformat().replace("+00:00", "Z"),
        }
        return headers if self.subscription.name is None else {**headers, "X-Shopify-Name": self.subscription.name}


def send(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST; the status, or NO_ANSWER when there was none in time."""
    return attempt(url, body, headers, httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS))


class Webhooks:
    """The subscriptions and deliveries of one app on one shop. Safe to use from several threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        domain: str,
        secret: str,
        deliver_to: str | None = None,
        post: Callable[[str, bytes, dict[str, str]], int] = send,
    ) -> None:
        self._clock = clock
        self._domain = domain
        self._secret = secret
        self._deliver_to = deliver_to
        self._post = post
        self._lock = threading.RLock()
        self._sending = threading.Lock()
        self._last = FIRST_ID
        self.reset()

    def reset(self) -> None:
        """Forget subscriptions, deliveries and settings."""
        with self._lock:
            self.settings = WebhookSettings(deliver_to=self._deliver_to)
            self._subscriptions: dict[int, Subscription] = {}
            self.deliveries: list[Delivery] = []

    def all(self) -> list[Subscription]:
        """Every subscription, oldest first."""
        with self._lock:
            return list(self._subscriptions.values())

    def find(self, number: int | None) -> Subscription | None:
        """Return a subscription."""
        with self._lock:
            return self._subscriptions.get(number or 0)

    def subscribe(self, topic: str, uri: str, include_fields: Iterable[str], name: str | None) -> Subscription:
        """Add a subscription."""
        with self._lock:
            self._last += 1
            made = Subscription(
                id=self._last,
                topic=topic,
                uri=uri,
                created_at=self._clock.now(),
                include_fields=tuple(include_fields),
                name=name,
            )
            self._subscriptions[made.id] = made
            return made

    def unsubscribe(self, number: int) -> None:
        """Remove a subscription; what was not delivered of it never will be."""
        with self._lock:
            self._subscriptions.pop(number, None)
            for each in self.deliveries:
                if each.subscription.id == number:
                    each.due = None

    def unsubscribe_all(self) -> None:
        """Remove all subscriptions (the app was uninstalled); what is under way still arrives."""
        with self._lock:
            self._subscriptions.clear()

    def wants(self, topic: str) -> bool:
        """Tell whether anybody subscribed to the topic."""
        return any(each.topic == topic for each in self.all())

    def announce(self, told: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Put one event, told under several topics, on its way to all who subscribed."""
        event_id = str(uuid.uuid4())
        with self._lock:
            for topic, body in told:
                for each in self._subscriptions.values():
                    if each.topic == topic:
                        self._enqueue(each, body, event_id)

    def _enqueue(self, subscription: Subscription, body: dict[str, Any], event_id: str) -> None:
        wanted = subscription.include_fields
        content = {name: value for name, value in body.items() if not wanted or name in wanted}
        now, settings = self._clock.now(), self.settings
        made = Delivery(
            subscription=subscription,
            body=json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode(),
            webhook_id=str(uuid.uuid4()),
            event_id=event_id,
            triggered_at=now,
            due=now,
        )
        if settings.lose_next > 0:
            settings.lose_next -= 1
            made.lost, made.due = True, None
        elif settings.duplicate_next > 0:
            settings.duplicate_next -= 1
            made.copies = 2
        self.deliveries.append(made)

    def deliver_due(self) -> int:
        """Try every delivery whose time has come, one after the other; how many were tried."""
        tried = 0
        with self._sending:
            while (delivery := self._claim()) is not None:
                tried += 1
                self._try(delivery)
        return tried

    def _claim(self) -> Delivery | None:
        with self._lock:
            now = self._clock.now()
            for delivery in self.deliveries:
                if delivery.due is not None and delivery.due <= now:
                    delivery.due = None
                    return delivery
        return None

    def _try(self, delivery: Delivery) -> None:
        now, settings = self._clock.now(), self.settings
        headers = delivery.headers(self._domain, settings.secret or self._secret)
        url = self._address(delivery.subscription)
        for _ in range(delivery.copies):
            delivery.statuses.append(NO_ANSWER if url is None else self._post(url, delivery.body, headers))
        delivery.copies = 1
        if 200 <= delivery.statuses[-1] < 300:  # noqa: PLR2004 # what HTTP calls success
            return
        with self._lock:
            delivery.failures += 1
            if delivery.failures > len(RETRY_MINUTES):
                self.unsubscribe(delivery.subscription.id)
            elif delivery.subscription.id in self._subscriptions or delivery.subscription.topic == "APP_UNINSTALLED":
                delivery.due = now + timedelta(minutes=RETRY_MINUTES[delivery.failures - 1])

    def _address(self, subscription: Subscription) -> str | None:
        base = self.settings.deliver_to
        if base is None:
            return None
        parts = urlsplit(subscription.uri)
        return f"{base.rstrip('/')}{parts.path}{'?' + parts.query if parts.query else ''}"

    def as_json(self) -> dict[str, Any]:
        """What the control API shows."""
        with self._lock:
            return {
                "settings": {**vars(self.settings), "secret": None},
                "subscriptions": [each.node() for each in self._subscriptions.values()],
                "deliveries": [_shown(each) for each in self.deliveries],
            }


def _shown(delivery: Delivery) -> dict[str, Any]:
    return {
        "topic": delivery.subscription.topic,
        "uri": delivery.subscription.uri,
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event_id,
        "body": json.loads(delivery.body),
        "statuses": list(delivery.statuses),
        "lost": delivery.lost,
        "due": delivery.due.isoformat() if delivery.due is not None else None,
    }

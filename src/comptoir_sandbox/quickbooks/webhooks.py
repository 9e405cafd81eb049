"""Notifications, signed, to one address, as CloudEvents or in the older form (§7)."""

from __future__ import annotations

import json
import threading
import uuid
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx2

from comptoir_sandbox.control.hooks import NO_ANSWER, attempt, signature
from comptoir_sandbox.quickbooks.values import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comptoir_sandbox.control.clock import Clock

ENTITIES = frozenset(
    [
        "Account",
        "Bill",
        "BillPayment",
        "Class",
        "CreditMemo",
        "Customer",
        "Department",
        "Deposit",
        "Employee",
        "Invoice",
        "Item",
        "JournalEntry",
        "Payment",
        "PaymentMethod",
        "Preferences",
        "Purchase",
        "RefundReceipt",
        "SalesReceipt",
        "Term",
        "Transfer",
        "Vendor",
    ]
)
"""Kinds that are announced; the other kinds change in silence."""
PAST = {"create": "created", "update": "updated", "delete": "deleted", "void": "voided", "email": "emailed"}
CLOUD_EVENTS, LEGACY = "cloudevents", "legacy"
"""The two forms of a notification: since 2026, and before."""
LEGACY_WORDS = {"create": "Create", "update": "Update", "delete": "Delete", "void": "Void", "email": "Emailed"}
CONTENT_TYPES = {CLOUD_EVENTS: "application/cloudevents-batch+json", LEGACY: "application/json"}
RETRY_MINUTES = (20, 30, 50)
RETRIED = frozenset({408, 500, 502, 503, 504})
TIMEOUT_SECONDS = 3.0
MOST_DELIVERIES = 10_000
"""Older ones are forgotten once settled."""
SCHEMA_VERSION = "1.0"


@dataclass(frozen=True)
class Change:
    """Something that happened to one object."""

    kind: str
    identity: str
    verb: str


@dataclass
class Delivery:
    """One POST and what came back."""

    body: bytes
    created: datetime
    statuses: list[int] = field(default_factory=list)
    due: datetime | None = None
    """When it is tried again; None when it is settled."""


def send(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST; the status, or NO_ANSWER when there was none in time."""
    return attempt(url, body, headers, httpx2.Timeout(TIMEOUT_SECONDS))


class Webhooks:
    """The deliveries of one application. Nothing is sent while there is no address. Thread-safe."""

    def __init__(
        self, clock: Clock, *, realm_id: str, post: Callable[[str, bytes, dict[str, str]], int] = send
    ) -> None:
        self._clock = clock
        self._realm_id = realm_id
        self._post = post
        self._lock = threading.Lock()
        self.url: str | None = None
        self.token = ""
        self.form = CLOUD_EVENTS
        self.blacklisted = False
        self.deliveries: deque[Delivery] = deque(maxlen=MOST_DELIVERIES)
        self._waiting: list[Delivery] = []

    def configure(self, url: str | None, token: str, form: str = CLOUD_EVENTS) -> None:
        """Set the address, the verifier token and the form; a blacklisted address is enabled again.

        ValueError for an unknown form.
        """
        if form not in CONTENT_TYPES:
            raise ValueError(f"notifications have the form {' or '.join(CONTENT_TYPES)}, not {form!r}")
        with self._lock:
            self.url, self.token, self.form, self.blacklisted = url or None, token, form, False

    def reset(self) -> None:
        """Forget deliveries; the address stays."""
        with self._lock:
            self.deliveries.clear()
            self._waiting, self.blacklisted = [], False

    def announce(self, changes: Iterable[Change]) -> None:
        """Send one POST for these changes, from a thread of its own; retry what is due."""
        announced = [each for each in changes if each.kind in ENTITIES]
        events = self._legacy(announced) if self.form == LEGACY else [self._event(each) for each in announced]
        with self._lock:
            if self.url is None or self.blacklisted:
                return
            if announced:
                now = self._clock.now()
                self._add(Delivery(json.dumps(events).encode(), now, due=now))
        threading.Thread(target=self.deliver_due, daemon=True).start()

    def _add(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self._waiting.append(delivery)

    def _event(self, change: Change) -> dict[str, object]:
        now = self._clock.now().astimezone(UTC)
        return {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": "intuit.comptoir-sandbox=",
            "type": f"qbo.{change.kind.lower()}.{PAST[change.verb]}.v1",
            "datacontenttype": "application/json",
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "intuitentityid": change.identity,
            "intuitaccountid": self._realm_id,
            "data": {},
        }

    def _legacy(self, changes: list[Change]) -> dict[str, object]:
        moment = stamp(self._clock.now())
        entities = [
            {"name": each.kind, "id": each.identity, "operation": LEGACY_WORDS[each.verb], "lastUpdated": moment}
            for each in changes
        ]
        notice = {"realmId": self._realm_id, "dataChangeEvent": {"entities": entities}}
        return {"eventNotifications": [notice]}

    def deliver_due(self) -> int:
        """Try every delivery whose time has come; how many were tried."""
        tried = 0
        while (delivery := self._claim()) is not None:
            tried += 1
            now = self._clock.now()
            headers = {
                "Content-Type": CONTENT_TYPES[self.form],
                "intuit-signature": signature(delivery.body, self.token),
                "intuit-created-time": delivery.created.isoformat(),
                "intuit-t-id": str(uuid.uuid4()),
                "intuit-notification-schema-version": SCHEMA_VERSION,
            }
            self._settle(delivery, self._post(str(self.url), delivery.body, headers), now)
        return tried

    def _claim(self) -> Delivery | None:
        with self._lock:
            now = self._clock.now()
            if self.url is None or self.blacklisted:
                return None
            for position, delivery in enumerate(self._waiting):
                if delivery.due is not None and delivery.due <= now:
                    delivery.due = None
                    return self._waiting.pop(position)
        return None

    def _settle(self, delivery: Delivery, status: int, now: datetime) -> None:
        with self._lock:
            delivery.statuses.append(status)
            if status in RETRIED or status == NO_ANSWER:
                attempt = len(delivery.statuses)
                if attempt > len(RETRY_MINUTES):
                    self.blacklisted = True
                else:
                    delivery.due = now + timedelta(minutes=RETRY_MINUTES[attempt - 1])
                    self._waiting.append(delivery)

    def as_json(self) -> dict[str, object]:
        """What the control API shows."""
        with self._lock:
            return {
                "url": self.url,
                "format": self.form,
                "blacklisted": self.blacklisted,
                "deliveries": [
                    {
                        "events": json.loads(each.body),
                        "statuses": list(each.statuses),
                        "due": each.due.isoformat() if each.due is not None else None,
                    }
                    for each in self.deliveries
                ],
            }

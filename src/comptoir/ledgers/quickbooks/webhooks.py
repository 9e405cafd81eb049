"""PURE: Intuit's notifications, checked and read (quickbooks-online.md §7).

A notification says that something happened to a record and nothing more: duplicates, wrong order and losses are to be
expected. So it is a hint to look, never a reason to believe.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from comptoir.books.documents import LedgerId
from comptoir.http.bodies import read_json
from comptoir.http.signatures import body_is_signed
from comptoir.http.times import aware_time
from comptoir.http.transport import MalformedBody

SIGNATURE_HEADER = "intuit-signature"
VERIFIER = "COMPTOIR_QUICKBOOKS_VERIFIER"
"""The environment's name for the verifier token of the operator's Intuit app, from its page Webhooks."""

ENTITIES = (
    "Account",
    "Bill",
    "BillPayment",
    "Budget",
    "Class",
    "CreditMemo",
    "Currency",
    "Customer",
    "Department",
    "Deposit",
    "Employee",
    "Estimate",
    "Invoice",
    "Item",
    "JournalEntry",
    "Payment",
    "PaymentMethod",
    "Preferences",
    "Purchase",
    "PurchaseOrder",
    "RefundReceipt",
    "SalesReceipt",
    "Term",
    "TimeActivity",
    "Transfer",
    "Vendor",
    "VendorCredit",
)
"""What is announced. The newer format writes these names in lower case."""


class Operation(StrEnum):
    """What happened to a record."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    MERGED = "merged"
    VOIDED = "voided"
    EMAILED = "emailed"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something happened to this record. `gone` is the id that a merge removed; `at` is aware where it is told.

    `event_id` is the same when the event is told again; the older format has none, and is known by what it says.
    """

    realm_id: str
    entity: str
    id: LedgerId
    operation: Operation
    at: datetime | None = None
    gone: LedgerId | None = None
    event_id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Notification:
    """What one POST says. `unreadable` counts the entries that say nothing we know: the next sweep finds them."""

    hints: tuple[Hint, ...]
    unreadable: int = 0


def is_signed(body: bytes, signature: str, verifier_token: str) -> bool:
    """Whether the raw body bears Intuit's signature (`SIGNATURE_HEADER`), made with the app's verifier token.

    To be asked before anything is read. Without a token nothing is trusted.
    """
    return bool(verifier_token) and body_is_signed(body, signature, [verifier_token])


def read_notification(body: bytes) -> Notification:
    """The hints in a body, CloudEvents or the older format. Raises MalformedBody for what is neither."""
    try:
        decoded = read_json(body)
    except ValueError as error:
        raise MalformedBody("a notification that is not JSON") from error
    match decoded:
        case list():
            found = [_event(each) for each in decoded]
        case {"eventNotifications": list(notifications)}:
            found = [hint for each in notifications for hint in _older(each)]
        case _:
            raise MalformedBody("a notification of neither format")
    hints = tuple(hint for hint in found if hint is not None)
    return Notification(hints, unreadable=len(found) - len(hints))


def _event(event: object) -> Hint | None:
    """One CloudEvent; its type is "qbo.<entity>.<operation>.v1"."""
    if not isinstance(event, dict):
        return None
    match str(event.get("type")).split("."):
        case ["qbo", entity, operation, *_]:
            data = event.get("data")
            gone = data.get("deletedid") if isinstance(data, dict) else None
            return _hint(event.get("intuitaccountid"), entity, event.get("intuitentityid"), operation,
                         at=event.get("time"), gone=gone, event_id=event.get("id"))  # fmt: skip
        case _:
            return None


def _older(notification: object) -> Iterable[Hint | None]:
    """The entities of one company in the format before CloudEvents."""
    match notification:
        case {"realmId": realm_id, "dataChangeEvent": {"entities": list(entities)}}:
            return [_entity(realm_id, each) for each in entities]
        case _:
            return [None]


def _entity(realm_id: object, entity: object) -> Hint | None:
    if not isinstance(entity, dict):
        return None
    operation = _OLDER_WORDS.get(str(entity.get("operation")), "")
    return _hint(realm_id, str(entity.get("name")), entity.get("id"), operation,
                 at=entity.get("lastUpdated"), gone=entity.get("deletedId"))  # fmt: skip


_OLDER_WORDS: Mapping[str, str] = {
    "Create": Operation.CREATED,
    "Update": Operation.UPDATED,
    "Delete": Operation.DELETED,
    "Merge": Operation.MERGED,
    "Void": Operation.VOIDED,
    "Emailed": Operation.EMAILED,
}
_NAMES = {name.lower(): name for name in ENTITIES}


def _hint(
    realm_id: object,
    entity: str,
    record: object,
    operation: str,
    *,
    at: object,
    gone: object,
    event_id: object = None,
) -> Hint | None:
    """A hint, unless it lacks what it needs to be one. An entity that is not known keeps the name it came with."""
    if not realm_id or not record or not entity or operation not in set(Operation):
        return None
    return Hint(
        realm_id=str(realm_id),
        entity=_NAMES.get(entity.lower(), entity),
        id=LedgerId(str(record)),
        operation=Operation(operation),
        at=aware_time(at),
        gone=LedgerId(str(gone)) if gone else None,
        event_id=str(event_id) if event_id else f"{realm_id}:{entity}:{record}:{operation}:{at}",
    )

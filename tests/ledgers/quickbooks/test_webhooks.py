from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.http.transport import MalformedBody
from comptoir.ledgers.quickbooks.webhooks import ENTITIES, Hint, Notification, Operation, is_signed, read_notification

TOKEN = "verifier-token"
EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "88cd52aa-33b6-4351-9aa4-47572edbd068",
    "source": "intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=",
    "type": "qbo.salesreceipt.updated.v1",
    "datacontenttype": "application/json",
    "time": "2026-01-10T21:31:25.179Z",
    "intuitentityid": "1234",
    "intuitaccountid": "310687",
    "data": {},
}
ENTITY: dict[str, Any] = {
    "name": "Customer", "id": "1", "operation": "Create", "lastUpdated": "2026-01-05T14:42:19-07:00",
}  # fmt: skip


def older(*entities: object, realm: str = "1185883450") -> bytes:
    notification = {"realmId": realm, "dataChangeEvent": {"entities": list(entities)}}
    return json.dumps({"eventNotifications": [notification]}).encode()


def signature(body: bytes, token: str = TOKEN) -> str:
    return base64.b64encode(hmac.new(token.encode(), body, hashlib.sha256).digest()).decode()


def test_a_signature_holds_for_its_bytes_and_token_alone() -> None:
    body = json.dumps([EVENT]).encode()
    assert is_signed(body, signature(body), TOKEN)
    assert is_signed(body, f" {signature(body)}\n", TOKEN)
    assert not is_signed(json.dumps([EVENT], indent=1).encode(), signature(body), TOKEN)
    assert not is_signed(body, signature(body, "another"), TOKEN)


@pytest.mark.parametrize("given_signature", ["", "é", "AAAA", "not base64 at all"])
def test_no_signature(given_signature: str) -> None:
    assert not is_signed(b"[]", given_signature, TOKEN)


def test_without_a_token_nothing_is_trusted() -> None:
    assert not is_signed(b"[]", signature(b"[]", ""), "")


@given(body=st.binary(max_size=200), flip=st.integers(min_value=0, max_value=199))
def test_any_other_byte_breaks_it(body: bytes, flip: int) -> None:
    signed = signature(body)
    assert is_signed(body, signed, TOKEN)
    altered = bytearray(body or b"x")
    altered[flip % len(altered)] ^= 1
    assert not is_signed(bytes(altered), signed, TOKEN)


def test_a_cloud_event() -> None:
    at = datetime(2026, 1, 10, 21, 31, 25, 179000, tzinfo=UTC)
    expected = Hint("310687", "SalesReceipt", EVENT["intuitentityid"], Operation.UPDATED, at)
    assert read_notification(json.dumps([EVENT]).encode()) == Notification((expected,))


def test_several_companies_in_one_post() -> None:
    merged = {**EVENT, "type": "qbo.customer.merged.v1", "intuitaccountid": "2", "data": {"deletedid": "27"}}
    bare = {name: value for name, value in EVENT.items() if name != "data"}
    hints = read_notification(json.dumps([bare, merged]).encode()).hints
    assert [(hint.realm_id, hint.entity, hint.operation, hint.gone) for hint in hints] == [
        ("310687", "SalesReceipt", Operation.UPDATED, None),
        ("2", "Customer", Operation.MERGED, "27"),
    ]


@pytest.mark.parametrize("operation", list(Operation))
def test_every_operation_of_an_event(operation: Operation) -> None:
    event = {**EVENT, "type": f"qbo.invoice.{operation}.v1"}
    assert read_notification(json.dumps([event]).encode()).hints[0].operation is operation


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_entity_has_its_name_again(entity: str) -> None:
    event = {**EVENT, "type": f"qbo.{entity.lower()}.created.v1"}
    assert read_notification(json.dumps([event]).encode()).hints[0].entity == entity


def test_an_entity_that_came_later_keeps_its_name() -> None:
    event = {**EVENT, "type": "qbo.project.created.v1"}
    assert read_notification(json.dumps([event]).encode()).hints[0].entity == "project"


@pytest.mark.parametrize("time", ["yesterday", None, "2026-01-10T21:31:25"])
def test_a_time_that_is_none(time: object) -> None:
    assert read_notification(json.dumps([{**EVENT, "time": time}]).encode()).hints[0].at is None


UNREADABLE_EVENTS = [
    "text",
    None,
    {**EVENT, "type": "qbo.customer"},
    {**EVENT, "type": "payments.charge.created.v1"},
    {**EVENT, "type": "qbo.customer.exploded.v1"},
    {**EVENT, "type": "qbo..created.v1"},
    {**EVENT, "intuitentityid": ""},
    {name: value for name, value in EVENT.items() if name != "intuitaccountid"},
]


def test_events_that_say_nothing_are_counted_and_stop_no_other() -> None:
    found = read_notification(json.dumps([*UNREADABLE_EVENTS, EVENT]).encode())
    assert (len(found.hints), found.unreadable) == (1, len(UNREADABLE_EVENTS))


def test_the_older_format() -> None:
    vendor = {"name": "Vendor", "id": "7", "operation": "Merge", "lastUpdated": "", "deletedId": "5"}
    found = read_notification(older(ENTITY, vendor))
    first, second = found.hints
    at = datetime(2026, 1, 5, 21, 42, 19, tzinfo=UTC)
    assert first == Hint("1185883450", "Customer", ENTITY["id"], Operation.CREATED, at)
    assert (second.entity, second.operation, second.gone, second.at) == ("Vendor", Operation.MERGED, "5", None)


@pytest.mark.parametrize(
    ("word", "operation"),
    [
        ("Create", Operation.CREATED),
        ("Update", Operation.UPDATED),
        ("Delete", Operation.DELETED),
        ("Merge", Operation.MERGED),
        ("Void", Operation.VOIDED),
        ("Emailed", Operation.EMAILED),
    ],
)
def test_every_operation_of_the_older_format(word: str, operation: Operation) -> None:
    assert read_notification(older({**ENTITY, "operation": word})).hints[0].operation is operation


@pytest.mark.parametrize("entity", ["text", {**ENTITY, "operation": "created"}, {**ENTITY, "id": None}])
def test_entities_that_say_nothing(entity: object) -> None:
    found = read_notification(older(entity, ENTITY))
    assert (len(found.hints), found.unreadable) == (1, 1)


@pytest.mark.parametrize("notification", ["text", {"realmId": "1"}, {"realmId": "1", "dataChangeEvent": {}}])
def test_companies_that_say_nothing(notification: object) -> None:
    found = read_notification(json.dumps({"eventNotifications": [notification]}).encode())
    assert found == Notification((), unreadable=1)


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b"null", b"\xff", b'{"eventNotifications": {}}', b"[" * 10**5])
def test_what_is_no_notification(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        read_notification(body)


def test_nothing_happened() -> None:
    assert read_notification(b"[]") == Notification(())

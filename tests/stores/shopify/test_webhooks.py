from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import HouseError, Refused, RetryLater, Unexpected
from comptoir.stores.shopify.webhooks import TOPICS, Hint, RefusedDelivery, hint_of

SECRET, OLD = "shpss_new", "shpss_old"
HEADERS = {
    "X-Shopify-Topic": "orders/updated",
    "X-Shopify-Shop-Domain": "quay-books.myshopify.com",
    "X-Shopify-Webhook-Id": "d-1",
    "X-Shopify-Event-Id": "e-1",
    "X-Shopify-Triggered-At": "2026-11-22T12:00:00.123456789Z",
    "X-Shopify-API-Version": "2026-10",
}
Record = dict[str, Any]


def delivered(
    content: object, changes: dict[str, str] | None = None, secret: str = SECRET, secrets: tuple[str, ...] = (SECRET,)
) -> Hint | RefusedDelivery:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
    changed = {f"X-Shopify-{name.replace('_', '-')}": value for name, value in (changes or {}).items()}
    headers = {**HEADERS, "X-Shopify-Hmac-Sha256": signature, **changed}
    return hint_of(headers, body, secrets)


def hint(content: object, **changes: str) -> Hint:
    found = delivered(content, changes)
    assert isinstance(found, Hint), found
    return found


def test_a_delivery_is_a_hint() -> None:
    assert hint({"id": 42, "name": "#1001", "total_price": "1.10"}, Triggered_At="2026-11-22T07:00:00-05:00") == Hint(
        delivery_id="d-1",
        topic="orders/updated",
        store="shopify:quay-books.myshopify.com",  # type: ignore[arg-type]
        order_id="42",  # type: ignore[arg-type]
        triggered_at=datetime(2026, 11, 22, 7, tzinfo=timezone(timedelta(hours=-5))),
    )


def test_half_a_character_in_a_delivery_is_no_reason_to_refuse_it() -> None:
    """A delivery that is refused again and again ends the subscription."""
    assert hint(rb'{"id": 42, "note": "Thanks \ud83d"}').order_id == "42"


@pytest.mark.parametrize(
    ("topic", "content", "order_id"),
    [
        ("orders/delete", {"id": 42}, "42"),
        ("orders/edited", {"order_edit": {"id": 7, "order_id": 42}}, "42"),
        ("refunds/create", {"id": 7, "order_id": 42}, "42"),
        ("order_transactions/create", {"id": 7, "order_id": 42}, "42"),
        ("returns/close", {"id": 7, "order": {"id": 42}}, "42"),
        ("orders/updated", {}, None),
        ("orders/updated", {"id": "gid"}, None),
        ("app/uninstalled", {"id": 7}, None),
        ("bulk_operations/finish", {"admin_graphql_api_id": "gid://shopify/BulkOperation/1"}, None),
    ],
)
def test_the_order_that_a_delivery_is_about(topic: str, content: Record, order_id: str | None) -> None:
    found = hint(content, Topic=topic)
    assert (found.topic, found.order_id) == (topic, order_id)


def test_header_names_in_any_case() -> None:
    body = b"{}"
    signature = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    headers = {name.lower(): value for name, value in {**HEADERS, "X-Shopify-Hmac-Sha256": signature}.items()}
    assert isinstance(hint_of(headers, body, [SECRET]), Hint)


def test_a_repeated_delivery_has_the_same_number() -> None:
    assert hint({"id": 42}).delivery_id == hint({"id": 42}, Triggered_At="2026-11-22T13:00:00Z").delivery_id


@pytest.mark.parametrize("text", ["", "soon", "2026-11-22T12:00:00"])
def test_a_time_that_says_nothing(text: str) -> None:
    assert hint({"id": 42}, Triggered_At=text).triggered_at is None


def test_the_time_has_its_zone() -> None:
    assert hint({"id": 42}, Triggered_At="2026-11-22T12:00:00.123456Z").triggered_at == datetime(
        2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC
    )


def test_the_secret_before_is_good_while_it_is_configured() -> None:
    assert isinstance(delivered({"id": 1}, secret=OLD, secrets=(SECRET, OLD)), Hint)
    assert isinstance(delivered({"id": 1}, secret=OLD), RefusedDelivery)


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        ({"id": 1}, {"Hmac_Sha256": ""}),
        ({"id": 1}, {"Hmac_Sha256": "AAAA"}),
        (b"<not json>", {"Hmac_Sha256": "AAAA"}),
        ({"id": 1}, {"Hmac_Sha256": "é"}),
    ],
)
def test_what_is_not_signed_is_not_read(body: object, changes: dict[str, str]) -> None:
    found = delivered(body, changes)
    assert isinstance(found, RefusedDelivery)
    assert found.status == 401
    assert "connect the shop again" in str(found.why)


def test_the_signature_is_over_the_raw_bytes() -> None:
    raw = b'{"id": 42,\n  "note": "\\u00e9"}'
    assert hint(raw).order_id == "42"


@pytest.mark.parametrize(
    ("body", "changes"),
    [
        (b"<html>", {}),
        (b"[]", {}),
        (b'{"order_id": "many"}', {}),
        ({"id": 1}, {"Shop_Domain": "quay.example.com"}),
        ({"id": 1}, {"Shop_Domain": ""}),
        ({"id": 1}, {"Topic": ""}),
        ({"id": 1}, {"Webhook_Id": ""}),
    ],
)
def test_what_is_signed_but_says_nothing_of_use(body: object, changes: dict[str, str]) -> None:
    found = delivered(body, changes)
    assert isinstance(found, RefusedDelivery)
    assert found.status == 400
    assert "{" not in str(found.why)


# Subscriptions


def created(**changes: object) -> Record:
    payload = {"webhookSubscription": {"id": "gid://shopify/WebhookSubscription/1"}, "userErrors": [], **changes}
    return {"data": {"webhookSubscriptionCreate": payload}}


def test_a_subscription_is_made_once(platform: Any) -> None:
    platform.replies = [created()]
    made = platform.client().create_webhook("ORDERS_UPDATED", "https://books.example.com/hooks")
    assert made["id"] == "gid://shopify/WebhookSubscription/1"
    assert platform.asked[0]["variables"] == {
        "topic": "ORDERS_UPDATED",
        "subscription": {"uri": "https://books.example.com/hooks", "format": "JSON"},
    }


def test_shopifys_reason_is_passed_on(platform: Any) -> None:
    errors = [{"field": ["webhookSubscription", "uri"], "message": "Address for this topic has already been taken"}]
    platform.replies = [created(webhookSubscription=None, userErrors=errors)]
    with pytest.raises(Refused, match="already been taken"):
        platform.client().create_webhook("ORDERS_UPDATED", "https://books.example.com/hooks")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx2.ReadTimeout("slow"), RetryLater),
        (httpx2.Response(503), RetryLater),
        ({"data": {"webhookSubscriptionCreate": None}}, Unexpected),
    ],
)
def test_a_change_is_sent_once(platform: Any, reply: Any, kind: type[HouseError]) -> None:
    platform.replies = [reply, created()]
    with pytest.raises(kind):
        platform.client().create_webhook("ORDERS_UPDATED", "https://books.example.com/hooks")
    assert len(platform.asked) == 1


def test_a_change_with_a_refused_token_was_not_carried_out(platform: Any) -> None:
    platform.replies = [httpx2.Response(401), created()]
    assert platform.client().create_webhook("ORDERS_UPDATED", "https://books.example.com/hooks")
    assert platform.tokens.refused == ["t0"]


def test_subscriptions_are_listed_and_ended(platform: Any) -> None:
    page = {"pageInfo": {"hasNextPage": False, "endCursor": None}, "nodes": [{"id": "w1", "topic": "ORDERS_UPDATED"}]}
    ended = {"deletedWebhookSubscriptionId": "w1", "userErrors": []}
    gone = {"deletedWebhookSubscriptionId": None, "userErrors": [{"field": ["id"], "message": "Does not exist"}]}
    platform.replies = [
        {"data": {"webhookSubscriptions": page}},
        {"data": {"webhookSubscriptionDelete": ended}},
        {"data": {"webhookSubscriptionDelete": gone}},
    ]
    client = platform.client()
    assert client.webhooks() == page
    client.delete_webhook("w1")
    with pytest.raises(Refused, match="Does not exist"):
        client.delete_webhook("w1")
    assert [asked["variables"] for asked in platform.asked] == [{"after": None}, {"id": "w1"}, {"id": "w1"}]


def test_the_topics_are_known_words() -> None:
    assert len(set(TOPICS)) == len(TOPICS)
    assert all(topic == topic.upper() for topic in TOPICS)

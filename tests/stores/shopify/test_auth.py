from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import HouseError, Reconnect, Refused, RetryLater, Unexpected
from comptoir.http.oauth import Tokens
from comptoir.stores.shopify.auth import GRANT_REFUSALS, ClientCredentials, PastedToken, shop_domain

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOP = "quay-books.myshopify.com"
SECRET = "shpss_0123456789abcdef"


@pytest.mark.parametrize(
    "typed",
    [
        "quay-books",
        "  Quay-Books ",
        "quay-books.myshopify.com",
        "QUAY-BOOKS.MyShopify.com",
        "https://quay-books.myshopify.com",
        "https://quay-books.myshopify.com/admin/orders?x=1",
        "http://quay-books.myshopify.com/",
        "admin.shopify.com/store/quay-books",
        "https://admin.shopify.com/store/quay-books/orders/1",
        "https://admin.shopify.com/store/quay-books?x=1",
    ],
)
def test_a_shop_in_any_form_a_person_types(typed: str) -> None:
    assert shop_domain(typed) == SHOP


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "www.quay-books.com",
        "https://quay-books.com/admin",
        "quay books",
        "-quay.myshopify.com",
        ".myshopify.com",
        "quay-books.myshopify.com.example.com",
        "a.b.myshopify.com",
        "admin.shopify.com",
        "admin.shopify.com/store",
        "admin.shopify.com/store/",
        "user@quay-books.myshopify.com",
        "quay-books.myshopify.com:8080",
        "[::1",
    ],
)
def test_anything_else_is_refused_with_the_remedy(typed: str) -> None:
    with pytest.raises(Refused, match="Settings, Domains") as caught:
        shop_domain(typed)
    assert caught.value.code == "shop_name"


def grant(platform: Any) -> ClientCredentials:
    return ClientCredentials(
        shop=SHOP,
        client_id="id",
        client_secret=SECRET,
        transport=platform.transport(),
        base_url=f"https://{SHOP}",
        clock=lambda: NOW,
    )


def test_client_credentials(platform: Any) -> None:
    platform.replies = [{"access_token": "shpat_new", "scope": "read_orders", "expires_in": 86399}]
    tokens = grant(platform).refresh(None)
    assert (tokens.access_token, tokens.access_expires_at) == ("shpat_new", NOW + timedelta(seconds=86399))
    assert tokens.refresh_token is None
    assert platform.urls == [f"https://{SHOP}/admin/oauth/access_token"]
    assert platform.asked == [{"grant_type": "client_credentials", "client_id": "id", "client_secret": SECRET}]


def test_client_credentials_are_asked_for_again_the_same_way(platform: Any) -> None:
    platform.replies = [{"access_token": "shpat_b", "expires_in": 10}]
    assert grant(platform).refresh(Tokens("shpat_a", NOW)).access_token == "shpat_b"


def test_a_token_without_a_stated_life_is_taken_for_short_lived(platform: Any) -> None:
    platform.replies = [{"access_token": "shpat_new"}]
    assert grant(platform).refresh(None).access_expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize("reason", GRANT_REFUSALS)
def test_each_refusal_of_a_grant_is_reconnect(platform: Any, reason: str) -> None:
    platform.replies = [httpx2.Response(400, json={"error": reason, "error_description": "x"})]
    with pytest.raises(Reconnect) as caught:
        grant(platform).refresh(None)
    assert caught.value.code == reason
    assert SHOP in str(caught.value)


def test_shop_not_permitted_speaks_of_the_organisation(platform: Any) -> None:
    platform.replies = [httpx2.Response(400, json={"error": "shop_not_permitted"})]
    with pytest.raises(Reconnect, match="same organisation"):
        grant(platform).refresh(None)


@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("body", ["<html>", "[]", '{"error": "something_new"}'])
def test_a_refusal_in_unknown_words_asks_for_the_secret(platform: Any, status: int, body: str) -> None:
    platform.replies = [httpx2.Response(status, text=body)]
    with pytest.raises(Reconnect, match="client ID and secret"):
        grant(platform).refresh(None)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (httpx2.Response(404), Reconnect),
        (httpx2.Response(402), RetryLater),
        (httpx2.Response(429, headers={"retry-after": "600"}), RetryLater),
        (httpx2.Response(503), RetryLater),
        (httpx2.ConnectError("refused"), RetryLater),
        (httpx2.Response(302), Unexpected),
        (httpx2.Response(200, text="<html>"), Unexpected),
        (httpx2.Response(200, json={"token": "x"}), Unexpected),
    ],
    ids=["404", "402", "429", "503", "unreachable", "302", "html", "other shape"],
)
def test_other_answers_to_a_grant(platform: Any, reply: Any, kind: type[HouseError]) -> None:
    platform.replies = [reply, reply]
    with pytest.raises(kind):
        grant(platform).refresh(None)


def test_the_wait_that_shopify_asks_for_is_passed_on(platform: Any) -> None:
    platform.replies = [httpx2.Response(429, headers={"retry-after": "600"})]
    with pytest.raises(RetryLater) as caught:
        grant(platform).refresh(None)
    assert caught.value.not_before == NOW + timedelta(seconds=600)


def test_no_secret_shows(platform: Any) -> None:
    echo = json.dumps({"error": "invalid_client", "client_secret": SECRET})
    platform.replies = [httpx2.Response(400, text=echo)]
    with pytest.raises(Reconnect) as caught:
        grant(platform).refresh(None)
    assert SECRET not in caught.value.detail
    assert SECRET not in repr(grant(platform))
    assert "shpat_x" not in repr(PastedToken(SHOP, "shpat_x"))


def test_a_pasted_token_never_ends() -> None:
    tokens = PastedToken(SHOP, "shpat_a").refresh(None)
    assert tokens.access_token == "shpat_a"
    assert tokens.access_expires_at.year == 9999


def test_a_pasted_token_that_was_refused_needs_a_person() -> None:
    with pytest.raises(Reconnect):
        PastedToken(SHOP, "shpat_a").refresh(Tokens("shpat_a", NOW))


def test_a_newly_pasted_token_replaces_the_refused_one() -> None:
    assert PastedToken(SHOP, "shpat_b").refresh(Tokens("shpat_a", NOW)).access_token == "shpat_b"

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import HouseError, Reconnect, Refused, RetryLater, Unexpected
from comptoir.http.oauth import Tokens
from comptoir.stores.shopify.auth import (
    CODE_REFUSALS,
    CREDENTIALS_REFUSALS,
    EXCHANGE_REFUSALS,
    NEVER,
    OFFLINE_TOKEN,
    REFRESH_REFUSALS,
    ClientCredentials,
    Door,
    OfflineGrant,
    PastedToken,
    shop_domain,
)

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


def door(platform: Any) -> Door:
    return Door(
        shop=SHOP,
        client_id="id",
        client_secret=SECRET,
        transport=platform.transport(),
        base_url=f"https://{SHOP}",
        clock=lambda: NOW,
    )


def grant(platform: Any) -> ClientCredentials:
    return ClientCredentials(door(platform))


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


@pytest.mark.parametrize("reason", CREDENTIALS_REFUSALS)
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


# A consent in the browser


PAIR = {
    "access_token": "shpat_b",
    "expires_in": 3600,
    "refresh_token": "shprt_b",
    "refresh_token_expires_in": 7776000,
    "scope": "read_orders,write_customers",
}
FIRST = Tokens("shpat_a", NOW, "shprt_a", NOW + timedelta(days=30))


def offline(platform: Any) -> OfflineGrant:
    return OfflineGrant(door(platform))


def test_a_code_is_redeemed_for_a_pair_that_expires(platform: Any) -> None:
    platform.replies = [PAIR]
    tokens, scope = offline(platform).redeem("c0de")
    assert platform.asked == [{"client_id": "id", "client_secret": SECRET, "code": "c0de", "expiring": "1"}]
    assert tokens == Tokens("shpat_b", NOW + timedelta(hours=1), "shprt_b", NOW + timedelta(days=90))
    assert scope == "read_orders,write_customers"


def test_a_token_without_end_is_taken_as_such(platform: Any) -> None:
    platform.replies = [{"access_token": "shpat_b", "scope": "read_orders"}]
    tokens, _ = offline(platform).redeem("c0de")
    assert (tokens.access_expires_at, tokens.refresh_token) == (NEVER, None)


def test_a_refresh_brings_both_tokens_anew(platform: Any) -> None:
    platform.replies = [PAIR]
    tokens = offline(platform).refresh(FIRST)
    assert platform.asked[0] == {
        "grant_type": "refresh_token",
        "refresh_token": "shprt_a",
        "client_id": "id",
        "client_secret": SECRET,
    }
    assert (tokens.access_token, tokens.refresh_token) == ("shpat_b", "shprt_b")


def test_a_refresh_that_got_no_answer_is_sent_again_with_the_same_token(platform: Any) -> None:
    """The old one works until the new one is used (shopify.md §2.3)."""
    platform.replies = [httpx2.ReadTimeout("slow"), PAIR]
    assert offline(platform).refresh(FIRST).access_token == "shpat_b"
    assert [asked["refresh_token"] for asked in platform.asked] == ["shprt_a", "shprt_a"]


@pytest.mark.parametrize(
    "tokens",
    [None, Tokens("shpat_a", NEVER), Tokens("shpat_a", NOW, "shprt_a", NOW)],
    ids=["none", "no refresh token", "left alone for 90 days"],
)
def test_without_a_good_refresh_token_a_person_signs_in_again(platform: Any, tokens: Tokens | None) -> None:
    with pytest.raises(Reconnect, match="comptoir connect shopify --browser") as caught:
        offline(platform).refresh(tokens)
    assert caught.value.code == "ended"
    assert platform.asked == []


def test_a_refresh_token_of_unknown_end_is_tried(platform: Any) -> None:
    platform.replies = [PAIR]
    assert offline(platform).refresh(Tokens("shpat_a", NOW, "shprt_a")).access_token == "shpat_b"


def test_a_token_without_end_is_exchanged_for_a_pair(platform: Any) -> None:
    platform.replies = [PAIR]
    tokens, _ = offline(platform).exchange("shpat_old")
    assert tokens.refresh_token == "shprt_b"
    sent = platform.asked[0]
    assert (sent["grant_type"], sent["subject_token"], sent["expiring"]) == (
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "shpat_old",
        "1",
    )
    assert sent["subject_token_type"] == sent["requested_token_type"] == OFFLINE_TOKEN


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        *(("redeem", reason) for reason in CODE_REFUSALS),
        *(("refresh", reason) for reason in REFRESH_REFUSALS),
        *(("exchange", reason) for reason in EXCHANGE_REFUSALS),
    ],
)
def test_each_refusal_of_the_browsers_grant_is_reconnect(platform: Any, call: str, reason: str) -> None:
    platform.replies = [httpx2.Response(400, json={"error": reason, "error_description": "x"})]
    asked = FIRST if call == "refresh" else "text"
    with pytest.raises(Reconnect) as caught:
        getattr(offline(platform), call)(asked)
    assert caught.value.code == reason
    assert "{" not in str(caught.value)


def test_what_a_refusal_says(platform: Any) -> None:
    said = [("redeem", "invalid_request", "used twice"), ("refresh", "invalid_grant", "has ended")]
    for call, reason, words in said:
        platform.replies = [httpx2.Response(400, json={"error": reason})]
        with pytest.raises(Reconnect, match=words):
            getattr(offline(platform), call)(FIRST if call == "refresh" else "c")

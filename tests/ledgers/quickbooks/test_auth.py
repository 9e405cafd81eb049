from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from comptoir.engine.errors import HouseError, Reconnect, RetryLater, Unexpected
from comptoir.http.oauth import Tokens
from comptoir.ledgers.quickbooks.auth import App, Endpoints, IntuitAuth, discover, is_safe

APP = App("client", "s3cret", "https://comptoir.example/callback")
GRANTED = {
    "token_type": "bearer",
    "access_token": "new-access",
    "refresh_token": "new-refresh",
    "expires_in": 3600,
    "x_refresh_token_expires_in": 8726400,
}


@pytest.fixture
def auth(api: Any) -> IntuitAuth:
    return IntuitAuth(api.transport, APP, clock=api.client().clock)


@pytest.fixture
def tokens(api: Any) -> Tokens:
    stored: Tokens = api.store.tokens
    return stored


def test_the_consent_page(auth: IntuitAuth) -> None:
    url = urlsplit(auth.authorize_url("st&te"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://appcenter.intuit.com/connect/oauth2"
    assert parse_qs(url.query) == {
        "client_id": ["client"],
        "response_type": ["code"],
        "scope": ["com.intuit.quickbooks.accounting"],
        "redirect_uri": ["https://comptoir.example/callback"],
        "state": ["st&te"],
    }


def test_a_consent_page_with_a_query_of_its_own(api: Any) -> None:
    auth = IntuitAuth(api.transport, APP, Endpoints(authorization="https://a.example/x?y=1"))
    assert auth.authorize_url("s").startswith("https://a.example/x?y=1&client_id=client&")


def test_a_code_is_exchanged(api: Any, auth: IntuitAuth) -> None:
    api.answer(GRANTED)
    tokens = auth.exchange("c0de")
    now = api.client().clock()
    assert (tokens.access_token, tokens.refresh_token) == ("new-access", "new-refresh")
    assert tokens.access_expires_at == now + timedelta(seconds=3600)
    assert tokens.refresh_expires_at == now + timedelta(seconds=8726400)
    (sent,) = api.sent
    assert str(sent.url) == "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
    assert sent.headers["authorization"] == "Basic " + base64.b64encode(b"client:s3cret").decode()
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(sent.content.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["c0de"],
        "redirect_uri": ["https://comptoir.example/callback"],
    }


def test_a_refresh(api: Any, auth: IntuitAuth, tokens: Tokens) -> None:
    api.answer({**GRANTED, "x_refresh_token_expires_in": None})
    assert auth.refresh(tokens).refresh_expires_at is None
    assert parse_qs(api.sent[0].content.decode()) == {"grant_type": ["refresh_token"], "refresh_token": ["refresh"]}


@pytest.mark.parametrize("stored", [None, "without refresh token"])
def test_nothing_to_refresh_with(auth: IntuitAuth, tokens: Tokens, stored: str | None) -> None:
    held = Tokens("access", tokens.access_expires_at) if stored else None
    with pytest.raises(Reconnect):
        auth.refresh(held)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "invalid_grant", "error_description": "Token invalid"}, Reconnect),
        (401, {"error": "invalid_client"}, Reconnect),
        (400, {"error": "invalid_client"}, Reconnect),
        (403, b"<html>", Reconnect),
        (400, {"error": "invalid_request"}, Unexpected),
        (400, {"error": "unsupported_grant_type"}, Unexpected),
        (400, [], Unexpected),
        (429, {}, RetryLater),
        (500, {"error": "invalid_grant"}, RetryLater),
        (503, b"<html>busy</html>", RetryLater),
        (200, b"<html>", Unexpected),
        (200, {"access_token": "x"}, Unexpected),
    ],
)
def test_refusals(
    api: Any, auth: IntuitAuth, tokens: Tokens, status: int, body: object, expected: type[HouseError]
) -> None:
    api.answer(body, status)
    with pytest.raises(expected) as caught:
        auth.refresh(tokens)
    assert len(api.sent) == 1, "a refresh is never repeated"
    assert caught.value.request_id == "1-tid"


def test_a_used_code_tells_to_start_again(api: Any, auth: IntuitAuth) -> None:
    api.answer({"error": "invalid_grant"}, 400)
    with pytest.raises(Reconnect, match="Start connecting QuickBooks once more"):
        auth.exchange("used")


def test_an_unreachable_service(api: Any, auth: IntuitAuth, tokens: Tokens) -> None:
    api.fail(httpx2.ReadTimeout("slow"))
    with pytest.raises(RetryLater):
        auth.refresh(tokens)
    assert len(api.sent) == 1


def test_an_endless_answer(api: Any, auth: IntuitAuth, tokens: Tokens) -> None:
    api.transport._max_body_bytes = 10
    api.answer(GRANTED)
    with pytest.raises(Unexpected):
        auth.refresh(tokens)


@pytest.mark.parametrize("status", [200, 400])
def test_revocation(api: Any, auth: IntuitAuth, tokens: Tokens, status: int) -> None:
    api.answer(b"", status)
    auth.revoke(tokens)
    assert json.loads(api.sent[0].content) == {"token": "refresh"}
    assert str(api.sent[0].url) == "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"


def test_revocation_of_an_access_token_alone(api: Any, auth: IntuitAuth, tokens: Tokens) -> None:
    api.answer(b"")
    auth.revoke(Tokens("access", tokens.access_expires_at))
    assert json.loads(api.sent[0].content) == {"token": "access"}


def test_a_revocation_that_failed(api: Any, auth: IntuitAuth, tokens: Tokens) -> None:
    api.answer(b"", 503)
    with pytest.raises(RetryLater):
        auth.revoke(tokens)


FOUND = {
    "issuer": "x",
    "authorization_endpoint": "http://127.0.0.1:9/a",
    "token_endpoint": "http://127.0.0.1:9/t",
    "revocation_endpoint": "https://i.example/r",
}


def test_discovery(api: Any) -> None:
    api.answer(b"", 503)
    api.answer(FOUND)
    endpoints = discover(api.transport, "http://127.0.0.1:9/.well-known/openid_configuration")
    assert endpoints == Endpoints("http://127.0.0.1:9/a", "http://127.0.0.1:9/t", "https://i.example/r")


@pytest.mark.parametrize(
    "body",
    [b"<html>", {"issuer": "x"}, {**FOUND, "token_endpoint": "http://far.example/t"}],
    ids=["html", "incomplete", "unsafe"],
)
def test_discovery_of_something_else(api: Any, body: object) -> None:
    api.answer(body)
    with pytest.raises(Unexpected):
        discover(api.transport, "https://i.example/d")


def test_discovery_out_of_reach(api: Any) -> None:
    for _ in range(3):
        api.fail(httpx2.ConnectError("refused"))
    with pytest.raises(RetryLater):
        discover(api.transport, "https://i.example/d")


def test_the_secret_does_not_show() -> None:
    assert "s3cret" not in repr(APP)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:1", True),
        ("http://localhost:1", True),
        ("http://[::1]:1", True),
        ("http://a.example", False),
        ("ftp://127.0.0.1", False),
    ],
)
def test_where_secrets_may_travel(url: str, safe: bool) -> None:
    assert is_safe(url) is safe

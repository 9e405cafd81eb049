from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from comptoir.books.problems import Problem
from comptoir.engine.errors import Reconnect
from comptoir.http.oauth import Tokens
from comptoir.stores.shopify import BROWSER, FIELDS, TOKEN, Access, check_connection, open_store, read_form
from comptoir.stores.shopify.store import ShopifyStore

FORM = {"shop": "Quay-Books", "client_id": " id ", "client_secret": "shpss_x"}


class Memory:
    def __init__(self) -> None:
        self.tokens: Tokens | None = None

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()


def problems(**changes: str) -> tuple[Problem, ...]:
    found = read_form({**FORM, **changes})
    assert isinstance(found, tuple)
    return found


def test_a_filled_form() -> None:
    assert read_form(FORM) == Access("quay-books.myshopify.com", "id", "shpss_x")


def test_a_form_with_the_token_of_an_older_app() -> None:
    assert read_form({"shop": "quay-books", "token": "shpat_x"}) == Access(
        "quay-books.myshopify.com", token="shpat_x", sign_in=TOKEN
    )


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = problems(shop="www.quay.com", client_id="", client_secret=" ", base_url="http://example.com")
    assert [problem.field for problem in found] == ["shop", "client_id", "client_secret", "base_url"]
    assert all(str(problem.what) and str(problem.remedy) for problem in found)


@pytest.mark.parametrize("url", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:80", "http://[::1"])
def test_secrets_do_not_travel_in_the_open(url: str) -> None:
    assert [problem.code for problem in problems(base_url=url)] == ["unsafe-address"]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/", "http://localhost:1", "http://[::1]:80", "https://x.example"]
)
def test_a_simulator_on_this_machine_is_fine(url: str) -> None:
    access = read_form({**FORM, "base_url": url})
    assert isinstance(access, Access)
    assert access.base_url == url.rstrip("/")


def test_no_secret_shows_in_the_access() -> None:
    assert "shp" not in repr(Access("s", "id", "shpss_x", "shpat_x"))


def test_secret_fields_are_marked() -> None:
    assert {each.name for each in FIELDS if each.secret} == {"client_secret", "token"}


def test_a_form_for_a_sign_in_in_the_browser() -> None:
    access = read_form({**FORM, "sign_in": "browser", "redirect_uri": "https://books.example.com/back"})
    assert isinstance(access, Access)
    assert (access.sign_in, access.redirect_uri) == (BROWSER, "https://books.example.com/back")
    standard = read_form({**FORM, "sign_in": "browser"})
    assert isinstance(standard, Access)
    assert standard.redirect_uri == "http://localhost:8484/callback"


def test_a_code_does_not_travel_in_the_open() -> None:
    assert [problem.field for problem in problems(sign_in="browser", redirect_uri="http://example.com")] == [
        "redirect_uri"
    ]
    assert isinstance(read_form({**FORM, "redirect_uri": "http://example.com"}), Access)  # not used by this sign-in


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"sign_in": "magic"}, ["sign_in"]),
        ({"sign_in": "token"}, ["token"]),
        ({"sign_in": "browser", "client_secret": ""}, ["client_secret"]),
    ],
)
def test_each_sign_in_has_its_own_fields(changes: dict[str, str], fields: list[str]) -> None:
    assert [problem.field for problem in problems(**changes)] == fields


def scripted(*replies: httpx2.Response, asked: list[httpx2.Request] | None = None) -> httpx2.Client:
    waiting = list(replies)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(request)
        return waiting.pop(0)

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def opened(access: Access, client: httpx2.Client) -> ShopifyStore:
    return open_store(access, http=client, token_store=Memory(), sleep=lambda _: None)


def test_the_test_of_a_connection_with_client_credentials(shop_answer: Callable[..., dict[str, Any]]) -> None:
    asked: list[httpx2.Request] = []
    token = httpx2.Response(200, json={"access_token": "shpat_new", "expires_in": 86399})
    client = scripted(token, httpx2.Response(200, json=shop_answer()), asked=asked)
    info = check_connection(opened(Access("quay-books.myshopify.com", "id", "secret"), client))
    assert info.name == "Quay Books"
    assert [request.url.host for request in asked] == ["quay-books.myshopify.com"] * 2
    assert asked[1].headers["x-shopify-access-token"] == "shpat_new"
    assert asked[1].headers["user-agent"].startswith("Comptoir/")


def test_the_test_of_a_connection_with_a_pasted_token(shop_answer: Callable[..., dict[str, Any]]) -> None:
    asked: list[httpx2.Request] = []
    client = scripted(httpx2.Response(200, json=shop_answer()), asked=asked)
    access = Access("quay-books.myshopify.com", token="shpat_old", base_url="http://127.0.0.1:9", sign_in=TOKEN)
    assert check_connection(opened(access, client)).currency == "CAD"
    assert asked[0].headers["x-shopify-access-token"] == "shpat_old"
    assert asked[0].url.host == "127.0.0.1"


def test_a_pasted_token_that_is_refused_is_reconnect() -> None:
    access = Access("quay-books.myshopify.com", token="shpat_old", sign_in=TOKEN)
    with pytest.raises(Reconnect):
        check_connection(opened(access, scripted(httpx2.Response(401))))

"""The authorization code grant, expiring tokens and their refresh (shopify.md §2.2 and 2.3)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest

from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig, build_app
from comptoir_sandbox.shopify.oauth import OFFLINE_TOKEN, TOKEN_EXCHANGE, App, Tokens, compressed

CALLBACK = "http://127.0.0.1:9/callback"
ME = {"client_id": "sandbox-client-id", "client_secret": "shpss_sandbox"}
DAY = 86_400


@pytest.fixture
def sandbox(make_sandbox: Callable[..., Sandbox]) -> Sandbox:
    return make_sandbox(scopes=("read_orders", "write_inventory", "read_inventory"))


def ask(tokens: Tokens, **fields: str) -> tuple[int, dict[str, Any]]:
    return tokens.exchange(json.dumps({**ME, **fields}).encode(), "application/json")


def expiring(sandbox: Sandbox) -> dict[str, Any]:
    code = sandbox.tokens.issue_code(["read_orders"], online=False)
    status, answer = ask(sandbox.tokens, code=code, expiring="1")
    assert status == 200
    return answer


def refresh(sandbox: Sandbox, token: str) -> tuple[int, dict[str, Any]]:
    return ask(sandbox.tokens, grant_type="refresh_token", refresh_token=token)


def test_a_code_gives_a_token_once(sandbox: Sandbox) -> None:
    code = sandbox.tokens.issue_code(["read_orders", "write_inventory", "read_inventory", "read_x"], online=False)
    status, answer = ask(sandbox.tokens, code=code)
    assert (status, set(answer)) == (200, {"access_token", "scope"})
    assert answer["scope"] == "read_orders,write_inventory"
    sandbox.clock.advance(400 * DAY)
    assert sandbox.tokens.granted(answer["access_token"]) == frozenset({"read_orders", "write_inventory"})
    status, answer = ask(sandbox.tokens, code=code)
    assert (status, answer["error"]) == (400, "invalid_request")


def test_a_code_is_good_for_a_minute(sandbox: Sandbox) -> None:
    code = sandbox.tokens.issue_code(["read_orders"], online=False)
    sandbox.clock.advance(61)
    assert ask(sandbox.tokens, code=code)[0] == 400


def test_an_online_token_names_its_person(sandbox: Sandbox) -> None:
    code = sandbox.tokens.issue_code(["read_orders"], online=True)
    _, answer = ask(sandbox.tokens, code=code, expiring="1")
    assert (answer["expires_in"], answer["associated_user"]["account_owner"]) == (86399, True)
    assert "refresh_token" not in answer


def test_expiring_tokens_rotate(sandbox: Sandbox) -> None:
    first = expiring(sandbox)
    assert (first["expires_in"], first["refresh_token_expires_in"]) == (3600, 7_776_000)
    assert first["access_token"].startswith("shpat_")
    assert first["refresh_token"].startswith("shprt_")
    sandbox.clock.advance(3600)
    assert sandbox.tokens.granted(first["access_token"]) is None
    status, second = refresh(sandbox, first["refresh_token"])
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert sandbox.tokens.granted(second["access_token"]) == frozenset({"read_orders"})
    # An answer that was lost can be asked for again, until the replacement is used.
    assert refresh(sandbox, first["refresh_token"])[0] == 200
    assert refresh(sandbox, second["refresh_token"])[0] == 200
    status, answer = refresh(sandbox, first["refresh_token"])
    assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(("days_before", "days_after", "status"), [(0, 29, 200), (0, 31, 400), (70, 21, 400)])
def test_an_old_refresh_token_dies_in_time(sandbox: Sandbox, days_before: int, days_after: int, status: int) -> None:
    token = expiring(sandbox)["refresh_token"]
    sandbox.clock.advance(days_before * DAY)
    assert refresh(sandbox, token)[0] == 200
    sandbox.clock.advance(days_after * DAY)
    assert refresh(sandbox, token)[0] == status


def test_an_unused_refresh_token_lives_ninety_days(sandbox: Sandbox) -> None:
    token = expiring(sandbox)["refresh_token"]
    sandbox.clock.advance(90 * DAY)
    assert refresh(sandbox, token)[1]["error"] == "invalid_grant"
    assert refresh(sandbox, "shprt_nope")[1]["error"] == "invalid_grant"


def test_a_token_without_expiry_is_migrated(sandbox: Sandbox) -> None:
    fields = {"grant_type": TOKEN_EXCHANGE, "subject_token": "shpat_test", "subject_token_type": OFFLINE_TOKEN,
              "requested_token_type": OFFLINE_TOKEN}  # fmt: skip
    assert ask(sandbox.tokens, **fields)[1]["error"] == "invalid_request"
    status, answer = ask(sandbox.tokens, **fields, expiring="1")
    assert (status, answer["expires_in"]) == (200, 3600)
    assert sandbox.tokens.granted("shpat_test") is None
    assert ask(sandbox.tokens, **fields, expiring="1")[1]["error"] == "invalid_subject_token"


def test_an_uninstalled_app_has_no_tokens(sandbox: Sandbox) -> None:
    token = expiring(sandbox)
    sandbox.tokens.uninstall()
    assert sandbox.tokens.granted(token["access_token"]) is sandbox.tokens.granted("shpat_test") is None
    assert refresh(sandbox, token["refresh_token"])[1]["error"] == "invalid_grant"
    assert ask(sandbox.tokens, grant_type="client_credentials")[1]["error"] == "shop_not_permitted"
    sandbox.tokens.issue_code(["read_orders"], online=False)
    assert ask(sandbox.tokens, grant_type="client_credentials")[0] == 200


def test_read_scopes_are_implied() -> None:
    assert compressed(["read_a", "write_a", "read_b", "read_b"]) == ("write_a", "read_b")
    assert App("a", "b", ()).redirect_uris == ()


Serve = Callable[..., httpx2.Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    opened: list[Any] = []

    def start(**config: Any) -> httpx2.Client:
        server = ThreadedServer(build_app(ShopifyConfig(**config)))
        server.__enter__()
        client = httpx2.Client(base_url=server.url, timeout=10)
        opened.extend((client, server))
        return client

    yield start
    for each in opened:
        each.__exit__(None, None, None)


def authorize(client: httpx2.Client, **changes: str) -> httpx2.Response:
    asked = {"client_id": ME["client_id"], "scope": "read_orders,read_customers", "redirect_uri": CALLBACK,
             "state": "a b+c/=", **changes}  # fmt: skip
    return client.get(f"/admin/oauth/authorize?{urlencode(asked)}", follow_redirects=False)


def is_signed(address: str) -> bool:
    pairs = [pair.partition("=")[::2] for pair in urlsplit(address).query.split("&")]
    text = "&".join(f"{name}={value}" for name, value in sorted(pairs) if name not in {"hmac", "kept"})
    expected = hmac.new(ME["client_secret"].encode(), text.encode(), hashlib.sha256).hexdigest()
    return dict(pairs)["hmac"] == expected and "+" not in text


def test_the_whole_way(serve: Serve) -> None:
    client = serve(installed=False)
    answer = authorize(client)
    assert answer.status_code == 302
    address = answer.headers["location"]
    assert address.startswith(CALLBACK + "?")
    assert is_signed(address)
    back = dict(parse_qsl(urlsplit(address).query))
    assert (back["state"], back["shop"]) == ("a b+c/=", "retail-demo.myshopify.com")
    granted = client.post("/admin/oauth/access_token", json={**ME, "code": back["code"], "expiring": "1"}).json()
    assert granted["scope"] == "read_orders,read_customers"
    headers = {"X-Shopify-Access-Token": granted["access_token"]}
    body = {"query": "{ currentAppInstallation { accessScopes { handle } } }"}
    found = client.post("/admin/api/2026-10/graphql.json", json=body, headers=headers).json()
    handles = [each["handle"] for each in found["data"]["currentAppInstallation"]["accessScopes"]]
    assert handles == ["read_customers", "read_orders"]
    assert client.post("/_control/uninstall").status_code == 204
    assert client.post("/admin/api/2026-10/graphql.json", json=body, headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("change", "message"),
    [({"client_id": "other"}, "given client_id"), ({"redirect_uri": "https://evil.example/"}, "not whitelisted"),
     ({"redirect_uri": "ftp://127.0.0.1/"}, "not whitelisted")],
)  # fmt: skip
def test_refused_authorizations(serve: Serve, change: dict[str, str], message: str) -> None:
    answer = authorize(serve(), **change)
    assert answer.status_code == 400
    assert message in answer.text


def test_registered_addresses_are_exact(serve: Serve) -> None:
    client = serve(redirect_uris=("https://books.example/callback?kept=1",))
    assert authorize(client).status_code == 400
    address = authorize(client, redirect_uri="https://books.example/callback?kept=1").headers["location"]
    assert address.startswith("https://books.example/callback?kept=1&")
    assert is_signed(address)


def test_a_person_consents(serve: Serve) -> None:
    client = serve(consent_page=True)
    page = authorize(client, state='"><script>')
    assert page.status_code == 200
    assert "<script>" not in page.text
    assert 'name="_consent" value="1"' in page.text
    assert authorize(client, _consent="1").status_code == 302


def test_the_install_link(serve: Serve) -> None:
    client = serve(app_url="http://127.0.0.1:9/app?kept=1")
    address = client.get("/_control/install").json()["url"]
    assert address.startswith("http://127.0.0.1:9/app?kept=1&host=")
    assert is_signed(address)
    other = client.get("/_control/install?app_url=http://127.0.0.1:8/").json()["url"]
    assert is_signed(other)
    assert serve().get("/_control/install").status_code == 400

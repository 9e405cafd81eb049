"""Connecting through the API, against both simulators over HTTP: by values, by a sign-in that a person ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from tests.web.apiclient import Program, program
from tests.web.conftest import Place, text_of
from tests.web.connecting import (
    CALLBACK,
    COMPANY_SECRET,
    OLD_TOKEN,
    SHOP_SECRET,
    Platforms,
    Town,
    come_back,
    consent_link,
    platforms,
    town_of,
)

from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord
from comptoir.storage.people.api_tokens import Scope
from comptoir.storage.people.users import Role
from comptoir.storage.tables import consents
from comptoir.wiring import QUICKBOOKS, SHOPIFY
from comptoir_sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

SHOP, COMPANY = f"/platforms/{SHOPIFY}/connections", f"/platforms/{QUICKBOOKS}/connections"


@pytest.fixture
def there() -> Iterator[Platforms]:
    with platforms() as made:
        yield made


@pytest.fixture
def town(empty: Place, there: Platforms) -> Town:
    return town_of(empty, there)


@pytest.fixture
def asking(town: Town) -> Program:
    return program(town.place, Scope.OWN)


def body(form: dict[str, str], **more: Any) -> dict[str, Any]:
    """A form of the pages as a program sends it."""
    values = dict(form)
    return {"json": {"sign_in": values.pop("sign_in"), "values": values, **more}}


def connected(town: Town, answer: Response) -> ConnectionRecord:
    assert answer.status_code == 201, answer.text
    assert (answer.json()["address"], answer.json()["connection"]["condition"]) == (None, "works")
    return town.place.app.books.connections.get(answer.json()["connection"]["connection"])


def address_of(answer: Response) -> str:
    """Where an owner goes on, without our host."""
    assert answer.status_code == 202, answer.text
    assert answer.json()["connection"] is None
    parts = urlsplit(str(answer.json()["address"]))
    assert f"{parts.scheme}://{parts.netloc}" == "https://testserver"
    return parts.path


def both(town: Town, asking: Program) -> tuple[ConnectionRecord, ConnectionRecord]:
    """A shop and its company, each connected with values alone."""
    shop = connected(town, asking.post(SHOP, **body(town.shop_form(sign_in="app"))))
    realm = town.company.config.realm_id
    given = str(town.company.authority.grant(realm, frozenset({ACCOUNTING_SCOPE}))["refresh_token"])
    form = town.company_form(sign_in="token", realm_id=realm, refresh_token=given)
    return shop, connected(town, asking.post(COMPANY, **body(form)))


def last_action(town: Town) -> tuple[str, str]:
    (entry,) = town.place.rooms.trail.latest(town.place.app.organization_id, 1)
    return entry.who, entry.action


def test_platforms_say_what_they_ask_for_and_where_that_is_found(town: Town, asking: Program) -> None:
    told = asking.told("/platforms")
    assert told["redirect_uri"] == CALLBACK
    known = town.place.app.connectables()
    assert [each["platform"] for each in told["platforms"]] == list(known)
    for each in told["platforms"]:
        assert all(way["steps"] for way in each["ways"])
        asked = {field.name for field in known[each["platform"]].fields} - {"redirect_uri"}
        assert {field["name"] for field in each["fields"]} == asked
    asking.headers = {"accept-language": "fr"}
    assert asking.told("/platforms")["platforms"] != told["platforms"], "in the language of who asks"


def test_a_shop_and_a_company_by_their_values_alone(town: Town, asking: Program) -> None:
    shop, company = both(town, asking)
    assert (shop.role, company.role) == (STORE, LEDGER)
    assert last_action(town) == ("API: Spreadsheet", "connected")
    assert town.place.app.ledger_record(shop).id == company.id
    answer = asking.told(f"/connections/{shop.id}/test")
    assert (answer["currency"], answer["time_zone"], answer["stop"]) == (ShopFacts().currency, "Europe/London", None)
    assert asking.told(f"/connections/{company.id}/test")["country"] == "GB"


def test_a_sign_in_that_a_program_begins_a_person_ends(town: Town, asking: Program) -> None:
    for path, form in ((SHOP, town.shop_form()), (COMPANY, town.company_form())):
        answer = asking.post(path, **body(form))
        assert abs(datetime.fromisoformat(answer.json()["expires_at"]) - datetime.now(UTC)) < timedelta(minutes=16)
        assert last_action(town) == ("API: Spreadsheet", "sign-in begun")
        planted = come_back(town.owner(), consent_link(town.owner().get(address_of(answer))))
        assert planted.status_code == 403, "the answer is for the browser that went on"
        browser = town.owner()
        back = come_back(browser, consent_link(browser.get(address_of(answer))))
        assert back.status_code == 303, text_of(back)
        assert last_action(town) == ("owner@example.com", "connected")
    assert [each.platform for each in town.records()] == [SHOPIFY, QUICKBOOKS]


def test_the_address_is_for_owners_of_that_organization_and_a_while(town: Town, asking: Program) -> None:
    path = address_of(asking.post(SHOP, **body(town.shop_form())))
    assert town.place.browser().get(path).headers["location"].startswith("/sign-in?next=")
    for role in (Role.ACCOUNTANT, Role.VIEWER):
        assert town.place.browser(f"{role.value}@example.com").get(path).status_code == 403
    browser = town.owner()
    assert browser.get(path).status_code == 200
    assert browser.get(path).status_code == 200, "whoever loads the page again goes on"
    assert browser.get(f"{path}x").status_code == 404
    assert browser.get(f"/connections/callback?state={path.rpartition('/')[2]}&code=c").status_code == 403
    browser.post("/account/organizations", name="Second")
    strange = browser.get(path)
    assert strange.status_code == 404
    assert "Turn to the organization" in text_of(strange)
    with town.place.app.books.database.write() as connection:
        connection.execute(update(consents).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert town.owner().get(path).status_code == 404
    assert town.records() == []


class Moved:
    """Consents whose platform has moved to where nobody answers."""

    def __init__(self, kept: Any) -> None:
        self._kept = kept

    def see(self, *how: Any) -> Any:
        found = self._kept.see(*how)
        form = {**found.form, "discovery_url": "http://127.0.0.1:9/nowhere"}
        return type(found)(found.platform, form, found.connection_id)


def test_a_platform_out_of_reach_is_told_where_a_person_goes_on(town: Town, asking: Program) -> None:
    path = address_of(asking.post(COMPANY, **body(town.company_form())))
    town.place.web.state.consents = Moved(town.place.web.state.consents)
    answer = town.owner().get(path)
    assert answer.status_code == 400
    assert COMPANY_SECRET not in answer.text


def test_secrets_are_sealed_and_come_out_nowhere(town: Town, asking: Program) -> None:
    begun = asking.post(SHOP, **body(town.shop_form()), headers={"idempotency-key": "k"})
    shop, company = both(town, asking)
    files = b"".join(each.read_bytes() for each in town.place.app.home.path.glob("comptoir.sqlite*"))
    secrets = {SHOP_SECRET, COMPANY_SECRET, begun.json()["address"].rpartition("/")[2]}
    assert not [each for each in secrets if each.encode() in files]
    for record in (shop, company):
        tokens = town.place.app.books.connections.tokens(record).load()
        assert tokens is not None
        secrets |= {tokens.access_token, tokens.refresh_token or "-" * 30}
    paths = ["/connections", "/platforms", "/trail", f"/connections/{shop.id}/test", f"/connections/{company.id}/test"]
    told = "".join(json.dumps(asking.told(path)) for path in paths)
    told += asking.post(f"/connections/{shop.id}/authorization", **body(town.shop_form(sign_in="app"))).text
    assert not [each for each in secrets if each in told]


def test_every_mistake_is_told_at_once_and_no_secret_with_it(town: Town, asking: Program) -> None:
    form = {"shop": "www.quay.com", "client_secret": "shpss_x", "colour": "blue", "redirect_uri": "x"}
    answer = asking.post(SHOP, **body({"sign_in": "wink", **form}))
    assert (answer.status_code, answer.json()["code"]) == (422, "connection")
    told = answer.json()["problems"]
    assert [each["field"] for each in told] == ["sign_in", "colour", "redirect_uri", "shop", "client_id"]
    assert all(each["remedy"] for each in told)
    assert "shpss_x" not in answer.text
    assert town.records() == []


def test_what_the_platform_refuses_is_told(town: Town, asking: Program) -> None:
    answer = asking.post(SHOP, **body(town.shop_form(sign_in="app", client_secret="shpss_wrong")))
    assert (answer.status_code, answer.json()["code"]) == (409, "reconnect")
    assert "Shopify does not accept the client ID and secret" in answer.json()["detail"]
    assert town.records() == []


def test_simulators_are_connected_on_a_private_installation_only(empty: Place, there: Platforms) -> None:
    town = town_of(empty, there, simulators=False)
    asking = program(town.place, Scope.OWN)
    assert "base_url" not in json.dumps(asking.told("/platforms"))
    answer = asking.post(SHOP, **body(town.shop_form(sign_in="app")))
    assert [each["field"] for each in answer.json()["problems"]] == ["base_url"]


def test_a_connection_is_authorized_anew_with_what_is_known_of_it(town: Town, asking: Program) -> None:
    shop, _ = both(town, asking)
    path = f"/connections/{shop.id}/authorization"
    assert connected(town, asking.post(path, json={})).id == shop.id
    assert last_action(town) == ("API: Spreadsheet", "signed in again")
    old = {"sign_in": "token", "values": {"token": OLD_TOKEN}}
    assert connected(town, asking.post(path, json=old)).id == shop.id
    facts = ShopFacts(domain="other-shop.myshopify.com", name="Other shop")
    with ThreadedServer(build_app(ShopifyConfig(seed=ShopSeed(facts=facts), throttle=False))) as server:
        form = town.shop_form(sign_in="app", shop=facts.domain, base_url=server.url)
        answer = asking.post(path, **body(form))
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert "You signed in at Other shop" in answer.json()["detail"]


def test_a_known_app_is_shared(town: Town, asking: Program) -> None:
    shop, company = both(town, asking)
    form = town.shop_form(sign_in="app")
    form.pop("client_secret")
    assert connected(town, asking.post(SHOP, **body(form, like=shop.id))).id == shop.id
    assert asking.post(SHOP, **body(form, like=company.id)).status_code == 404, "another platform's"
    assert asking.post(SHOP, **body(form)).json()["code"] == "connection"


def test_a_connection_is_ended_and_what_is_left_to_do_is_told(town: Town, asking: Program) -> None:
    shop, company = both(town, asking)
    tokens = town.place.app.books.connections.tokens(company).load()
    assert tokens is not None
    ended = asking.delete(f"/connections/{company.id}")
    assert (ended.status_code, ended.json()["left_to_do"]) == (200, None)
    assert town.company.authority.grant_of(tokens.access_token) is None, "revoked at Intuit"
    assert "uninstall it there" in asking.delete(f"/connections/{shop.id}").json()["left_to_do"]
    assert last_action(town) == ("API: Spreadsheet", "disconnected")
    told = asking.told("/connections")
    assert (told["stores"], told["companies"]) == ([], [])
    assert {each["connection"] for each in told["ended"]} == {shop.id, company.id}
    assert asking.delete(f"/connections/{shop.id}").status_code == 404
    assert asking.post(f"/connections/{shop.id}/test").status_code == 404
    assert asking.told(f"/connections/{shop.id}/test")["condition"] == "disconnected"
    again = asking.post(f"/connections/{shop.id}/authorization", **body(town.shop_form(sign_in="app")))
    assert connected(town, again).id == shop.id


def test_a_connection_is_tested_now(town: Town, asking: Program) -> None:
    shop, _ = both(town, asking)
    writing = program(town.place, Scope.WRITE)
    before = writing.told(f"/connections/{shop.id}/test")["tested_at"]
    told = writing.post(f"/connections/{shop.id}/test").json()
    assert told["condition"] == "works"
    assert told["tested_at"] > before


def test_the_company_of_a_store_is_chosen(town: Town, asking: Program) -> None:
    shop, company = both(town, asking)
    told = asking.put(f"/connections/{shop.id}/company", json={"company": company.id})
    assert (told.status_code, told.json()["company"]) == (200, company.id)
    assert last_action(town)[1] == "company chosen"
    for strange in (shop.id, company.id + 999):
        assert asking.put(f"/connections/{shop.id}/company", json={"company": strange}).status_code == 404


def test_a_repeated_request_connects_once(town: Town, asking: Program) -> None:
    how: dict[str, Any] = {**body(town.shop_form()), "headers": {"idempotency-key": "k"}}
    first, second = asking.post(SHOP, **how), asking.post(SHOP, **how)
    assert second.headers["idempotency-replayed"] == "true"
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    with town.place.app.books.database.read() as connection:
        assert len(list(connection.execute(select(consents.c.id)))) == 1

"""Connecting from the pages, against both simulators over HTTP: forms, consent pages and back, the test, the cards."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.web.conftest import Browser, Place, text_of
from tests.web.connecting import (
    CALLBACK,
    COMPANY,
    COMPANY_SECRET,
    OLD_TOKEN,
    SHOP,
    SHOP_SECRET,
    Platforms,
    Town,
    allowed,
    come_back,
    consent_link,
    platforms,
    town_of,
)

from comptoir.books.facts import Untranslatable
from comptoir.engine.errors import Reconnect
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.web.guard import FORM_FIELD, form_token
from comptoir.wiring import ACCOUNTING, SELLING, App
from comptoir_sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig, build_app
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

OPEN_STORE, OPEN_LEDGER = App.store, App.ledger
"""As they are before the fixtures put a small shop and a small company in their places."""


@pytest.fixture
def there() -> Iterator[Platforms]:
    with platforms() as made:
        yield made


@pytest.fixture
def town(empty: Place, there: Platforms) -> Town:
    return town_of(empty, there)


def test_every_platform_of_the_release_has_its_card_and_form(town: Town) -> None:
    folders = Path(__file__).parents[2] / "src" / "comptoir"
    slugs = {each.parent.name for each in folders.glob("*/*/manifest.toml")}
    assert {*SELLING, *ACCOUNTING} == slugs
    browser = town.owner()
    page = browser.get("/connections").text
    for slug, platform in town.place.app.connectables().items():
        assert platform.manifest.slug == slug
        assert f'href="/connections/new/{slug}"' in page
        for way in platform.ways:
            form = browser.get(f"/connections/new/{slug}?sign_in={way.name}").text
            asked = {each.name for each in platform.fields if not each.ways or way.name in each.ways}
            shown = set(re.findall(r'id="f-(\w+)"', form))
            assert shown == asked, way.name


def test_a_shop_by_its_apps_secret(town: Town) -> None:
    browser = town.owner()
    answer = browser.post(SHOP, **town.shop_form(sign_in="app"))
    (record,) = town.records()
    assert answer.headers["location"] == f"/connections?done={record.id}"
    page = text_of(browser.get(answer.headers["location"]))
    facts = ShopFacts()
    for words in (f"Connected: {facts.name}", "Works", facts.currency, "Europe/London", "no company yet"):
        assert words in page
    assert record.role == STORE
    assert town.place.rooms.trail.latest(town.place.app.organization_id, 1)[0].action == "connected"


def test_a_shop_by_an_older_apps_token(town: Town) -> None:
    browser = town.owner()
    form = {"shop": ShopFacts().domain, "token": OLD_TOKEN, "base_url": town.shop_url, "sign_in": "token"}
    answer = browser.client.post(SHOP, data={FORM_FIELD: form_token(browser.session or ""), **form})
    assert answer.status_code == 303
    (record,) = town.records()
    assert town.place.app.books.connections.secrets(record)["token"] == OLD_TOKEN


def test_a_shop_by_consent_in_the_browser(town: Town) -> None:
    browser = town.owner()
    page = browser.post(SHOP, **town.shop_form())
    assert CALLBACK in page.text, "the address to register is shown"
    record = town.connect(browser, SHOP, town.shop_form())
    tokens = town.place.app.books.connections.tokens(record).load()
    assert tokens is not None
    assert tokens.refresh_token is not None
    assert record.config["redirect_uri"] == CALLBACK


def test_a_company_by_consent_at_intuit(town: Town) -> None:
    browser = town.owner()
    record = town.connect(browser, COMPANY, town.company_form())
    assert (record.role, record.identity) == (LEDGER, f"quickbooks:{town.company.config.realm_id}")
    page = text_of(browser.get("/connections"))
    assert record.title in page
    assert "Country United Kingdom" in page
    assert town.place.app.ends_for_good(record) is not None


def test_a_company_by_a_refresh_token_that_is_replaced(town: Town) -> None:
    given = str(
        town.company.authority.grant(town.company.config.realm_id, frozenset({ACCOUNTING_SCOPE}))["refresh_token"]
    )
    town.company.clock.advance(100_000)
    form = town.company_form(sign_in="token", realm_id=town.company.config.realm_id, refresh_token=given)
    assert town.owner().post(COMPANY, **form).status_code == 303
    (record,) = town.records()
    tokens = town.place.app.books.connections.tokens(record).load()
    assert tokens is not None
    assert tokens.refresh_token not in {given, None}, "the old value is spent; what is kept is its successor"
    assert "refresh_token" not in record.config
    assert town.place.app.books.connections.secrets(record) == {"client_secret": COMPANY_SECRET}
    assert town.place.app.ends_for_good(record) is None, "nobody knows when that sign-in was"
    assert town.place.app.look_at(record).stop is None


def test_mistakes_stand_at_their_fields_and_nothing_typed_is_lost(town: Town) -> None:
    answer = town.owner().post(SHOP, sign_in="app", shop="www.quay.com", client_id="my-id", client_secret="shpss_x")
    assert answer.status_code == 400
    assert re.search(r'id="f-shop"[^>]*aria-invalid="true"', answer.text)
    assert 'value="www.quay.com"' in answer.text
    assert 'value="my-id"' in answer.text
    assert "shpss_x" not in answer.text
    assert "Type NAME.myshopify.com" in text_of(answer)
    assert town.records() == []


def test_a_mistake_in_a_field_that_is_not_shown_is_told_above(empty: Place, there: Platforms) -> None:
    town = town_of(empty, there, simulators=False)
    answer = town.owner().post(COMPANY, **town.company_form())
    assert answer.status_code == 400
    assert "This field is needed to connect QuickBooks." in text_of(answer)
    assert "discovery_url" not in answer.text


def test_the_platforms_own_refusal_is_told_above_the_form(town: Town) -> None:
    answer = town.owner().post(SHOP, **town.shop_form(sign_in="app", client_secret="shpss_wrong"))
    assert answer.status_code == 400
    assert "Shopify does not accept the client ID and secret" in text_of(answer)
    assert f'value="{ShopFacts().domain}"' in answer.text
    assert town.records() == []


def test_warnings_of_the_test_stay_on_the_card(town: Town) -> None:
    browser = town.owner()
    town.connect(browser, COMPANY, town.company_form())
    (record,) = town.records()
    assert record.standing is not None
    page = html.unescape(text_of(browser.get("/connections")))
    assert record.standing.notes
    assert all(str(note) in page for note in record.standing.notes)


LOCAL, NAMED, LAN = "http://127.0.0.1:8700", "https://books.example", "http://192.168.1.5:8700"


@pytest.mark.parametrize(
    ("base", "path", "environment", "said"),
    [
        (LOCAL, COMPANY, "production", "https addresses with a host name only"),
        (LOCAL, COMPANY, "sandbox", ""),
        (LAN, COMPANY, "production", "https addresses with a host name only"),
        (LAN, COMPANY, "sandbox", "only travel to an https address or to this very machine"),
        ("https://10.0.0.1", COMPANY, "production", "https addresses with a host name only"),
        (NAMED, COMPANY, "production", ""),
        (LOCAL, SHOP, "", ""),
        (LAN, SHOP, "", "only travel to an https address or to this very machine"),
        (NAMED, SHOP, "", ""),
    ],
)
def test_where_a_platform_sends_nobody_back_to(town: Town, base: str, path: str, environment: str, said: str) -> None:
    """Told before anything is typed, and not gone on with."""
    browser = Browser(TestClient(town.place.web, base_url=base, follow_redirects=False))
    assert browser.sign_in("owner@example.com").status_code == 303
    if environment != "sandbox":
        hint = text_of(browser.get(f"{path}?sign_in=browser"))
        assert said in hint
    form = {"client_id": "c", "client_secret": "s", "environment": environment, "sign_in": "browser", "shop": "quay"}
    answer = browser.post(path, **form)
    assert answer.status_code == (400 if said else 200), text_of(answer)
    assert said in text_of(answer)
    assert ("appcenter.intuit.com" in answer.text or "quay.myshopify.com" in answer.text) is not bool(said)


def test_a_person_who_refuses_finds_the_form_again(town: Town) -> None:
    browser = town.owner()
    link = consent_link(browser.post(COMPANY, **town.company_form()))
    state = re.search(r"state=([\w-]+)", link)
    assert state is not None
    answer = browser.get(f"/connections/callback?error=access_denied&state={state[1]}")
    assert answer.status_code == 400
    assert "Access was refused at QuickBooks Online" in text_of(answer)
    assert 'value="sandbox-client"' in answer.text
    assert COMPANY_SECRET not in answer.text
    assert town.records() == []


def test_a_code_that_the_platform_does_not_take(town: Town) -> None:
    browser = town.owner()
    link = consent_link(browser.post(COMPANY, **town.company_form()))
    state = re.search(r"state=([\w-]+)", link)
    assert state is not None
    answer = browser.get(f"/connections/callback?code=made-up&realmId=123&state={state[1]}")
    assert answer.status_code == 400
    assert "The sign-in took too long or was used twice" in text_of(answer)


# Once they are connected


@pytest.fixture
def both(town: Town) -> Town:
    browser = town.owner()
    town.connect(browser, SHOP, town.shop_form())
    town.connect(browser, COMPANY, town.company_form())
    return town


def test_a_sign_in_that_ended_is_seen_and_given_anew(both: Town) -> None:
    browser, app = both.owner(), both.place.app
    shop = both.records()[0]
    both.shop.tokens.uninstall()
    assert browser.post(f"/connections/{shop.id}/test").status_code == 303
    page = browser.get("/connections")
    assert "Sign-in ended" in text_of(page)
    assert f'href="/connections/{shop.id}/renew"' in page.text
    first = browser.get("/")
    assert f"The sign-in at {shop.title} has ended" in text_of(first)
    assert f'href="/connections/{shop.id}/renew"' in first.text
    form = browser.get(f"/connections/{shop.id}/renew")
    assert "Leave it empty to keep the one that is stored." in text_of(form)
    assert SHOP_SECRET not in form.text
    again = both.connect(browser, f"/connections/{shop.id}/renew", both.shop_form(client_secret=""))
    assert again.id == shop.id
    assert "Sign-in ended" not in text_of(browser.get("/connections"))
    assert "has ended" not in text_of(browser.get("/"))
    assert app.look_at(again).stop is None
    assert both.place.rooms.trail.latest(app.organization_id, 1)[0].action == "signed in again"


def test_a_run_that_meets_a_dead_sign_in_notes_it_with_the_connection(both: Town) -> None:
    company = both.records()[1]
    tokens = both.place.app.books.connections.tokens(company).load()
    assert tokens is not None
    both.company.authority.revoke(tokens.access_token)
    with pytest.raises(Reconnect):
        OPEN_LEDGER(both.place.app, company).read_company()
    standing = both.place.app.books.connections.get(company.id).standing
    assert standing is not None
    assert standing.signed_out
    assert standing.currency == "GBP", "what was known of the account stays"


def test_a_sign_in_that_was_mended_at_the_platform_is_good_again(town: Town) -> None:
    """The app was taken off the shop, and put on it again: nobody has to sign in here."""
    app, browser = town.place.app, town.owner()
    browser.post(SHOP, **town.shop_form(sign_in="app"))
    (shop,) = town.records()
    town.shop.tokens.uninstall()
    assert app.look_at(shop).signed_out
    town.shop.tokens.issue_code(["read_orders"], online=False)
    OPEN_STORE(app, shop).describe()
    standing = app.books.connections.get(shop.id).standing
    assert standing is not None
    assert (standing.signed_out, standing.stop) == (False, None)


def test_another_account_is_refused_where_one_is_to_sign_in_again(both: Town) -> None:
    browser, shop = both.owner(), both.records()[0]
    facts = ShopFacts(domain="other-shop.myshopify.com", name="Other shop")
    with ThreadedServer(build_app(ShopifyConfig(seed=ShopSeed(facts=facts), throttle=False))) as server:
        form = both.shop_form(sign_in="app", shop=facts.domain, base_url=server.url)
        answer = browser.post(f"/connections/{shop.id}/renew", **form)
    assert answer.status_code == 400
    assert f"You signed in at Other shop, and this connection is to {shop.title}." in text_of(answer)
    assert both.place.app.books.connections.get(shop.id) == shop
    assert len(both.records()) == 2


def test_a_company_that_its_sign_in_does_not_open(both: Town) -> None:
    """Intuit's answer is not signed: a changed realm id leads to the test, which that company's books refuse."""
    browser, company = both.owner(), both.records()[1]
    link = consent_link(browser.post(f"/connections/{company.id}/renew", **both.company_form()))
    before = both.place.app.books.connections.tokens(company).load()
    answer = browser.get(re.sub(r"realmId=\d+", "realmId=4711", allowed(link)))
    assert answer.status_code == 400
    assert both.place.app.books.connections.tokens(company).load() == before
    assert len(both.records()) == 2


def test_the_stored_secret_goes_nowhere_else(both: Town) -> None:
    browser = both.owner()
    shop = both.records()[0]
    for changes in ({"base_url": "http://127.0.0.1:9"}, {"client_id": "another"}):
        answer = browser.post(f"/connections/{shop.id}/renew", **both.shop_form(client_secret="", **changes))
        assert answer.status_code == 400
        assert re.search(r'id="f-client_secret"[^>]*aria-invalid="true"', answer.text)


def test_disconnecting_says_what_stops_and_ends_the_grant(both: Town) -> None:
    browser, app = both.owner(), both.place.app
    shop, company = both.records()
    tokens = app.books.connections.tokens(company).load()
    assert tokens is not None
    app.books.schedules.wish(shop)
    ask = text_of(browser.get(f"/connections/{company.id}/disconnect"))
    assert f"The schedules of its stores are switched off: {shop.title}." in ask
    answer = browser.post(f"/connections/{company.id}/disconnect")
    assert "is disconnected" in text_of(answer)
    assert both.company.authority.grant_of(tokens.access_token) is None, "revoked at Intuit"
    schedule = app.books.schedules.get(shop.id)
    assert schedule is not None
    assert schedule.due_at is None
    ended = app.books.connections.get(company.id)
    assert app.books.connections.secrets(ended) == {}
    assert app.books.connections.tokens(ended).load() is None
    page = browser.get("/connections").text
    assert "Connect again" in text_of(browser.get("/connections"))
    assert f'action="/connections/{company.id}/test"' not in page
    assert browser.post(f"/connections/{company.id}/disconnect").status_code == 404


def test_a_platform_out_of_reach_does_not_keep_the_secrets_here(both: Town) -> None:
    browser = both.owner()
    company = both.records()[1]
    config = {**company.config, "discovery_url": "http://127.0.0.1:9/nowhere"}
    both.place.app.books.connections.save(
        company.organization_id,
        NewConnection(LEDGER, company.platform, company.identity, company.title, config, {"client_secret": "x"}),
    )
    answer = browser.post(f"/connections/{company.id}/disconnect")
    assert "could not be told" in text_of(answer)
    assert both.place.app.books.connections.secrets(both.place.app.books.connections.get(company.id)) == {}


def test_a_shop_must_be_taken_off_the_shop_by_its_people(both: Town) -> None:
    shop = both.records()[0]
    answer = both.owner().post(f"/connections/{shop.id}/disconnect")
    assert "uninstall it there" in text_of(answer)
    assert both.place.app.books.connections.connected(shop.organization_id, STORE) == []


def test_a_disconnected_one_is_connected_again_with_everything_typed_anew(both: Town) -> None:
    browser, app = both.owner(), both.place.app
    shop = both.records()[0]
    browser.post(f"/connections/{shop.id}/disconnect")
    answer = browser.post(f"/connections/{shop.id}/renew", **both.shop_form(client_secret=""))
    assert answer.status_code == 400, "nothing is left that could be used"
    again = both.connect(browser, f"/connections/{shop.id}/renew", both.shop_form())
    assert (again.id, again.disconnected_at) == (shop.id, None)
    assert len(app.stores()) == 1


def test_the_company_of_a_store_is_chosen(both: Town) -> None:
    browser, app = both.owner(), both.place.app
    shop, company = both.records()
    other = app.books.connections.save(
        app.organization_id,
        NewConnection(LEDGER, "quickbooks", "quickbooks:4711", "Other Ltd", {"realm_id": "4711"}, {}),
    )
    app.books.schedules.wish(shop)
    assert f'href="/connections/{shop.id}/company"' in browser.get("/connections").text
    assert "Other Ltd" in text_of(browser.get(f"/connections/{shop.id}/company"))
    assert browser.post(f"/connections/{shop.id}/company", company=str(other.id)).status_code == 303
    assert app.ledger_record(app.books.connections.get(shop.id)).id == other.id
    schedule = app.books.schedules.get(shop.id)
    assert schedule is not None
    assert schedule.due_at is None, "somebody looks at it before it runs by itself again"
    for nonsense in (str(shop.id), "999", str(company.id + 999)):
        assert browser.post(f"/connections/{shop.id}/company", company=nonsense).status_code == 404


def test_a_viewer_sees_the_list_and_no_way_to_change_it(both: Town) -> None:
    page = both.place.browser("viewer@example.com").get("/connections")
    assert both.records()[0].title in page.text
    assert "/connections/new" not in page.text
    assert "<form" not in re.sub(r'(?s)<form method="post" action="/(sign-out|account).*?</form>', "", page.text)


def test_no_secret_is_on_any_page_or_in_the_trail(both: Town) -> None:
    browser, app = both.owner(), both.place.app
    secret = {SHOP_SECRET, COMPANY_SECRET}
    for record in both.records():
        tokens = app.books.connections.tokens(record).load()
        assert tokens is not None
        secret |= {tokens.access_token, tokens.refresh_token or "-" * 30}
    paths = ["/", "/connections", "/settings/trail", "/health/findings"]
    paths += [f"/connections/{each.id}/{page}" for each in both.records() for page in ("renew", "disconnect")]
    for path in paths:
        text = browser.get(path).text
        assert not [each for each in secret if each in text], path


def test_a_fresh_installation_offers_the_demo_or_the_real_thing(town: Town) -> None:
    page = town.owner().get("/")
    assert "comptoir demo" in page.text
    assert 'href="/connections"' in page.text
    assert "How do you want to begin?" in text_of(page)


def test_a_store_whose_company_is_gone_says_so_on_the_first_page(both: Town) -> None:
    browser, company = both.owner(), both.records()[1]
    assert "no company to keep its books in" not in text_of(browser.get("/"))
    browser.post(f"/connections/{company.id}/disconnect")
    assert "no company to keep its books in yet" in text_of(browser.get("/"))


def test_orders_of_a_disconnected_store_can_still_be_read(both: Town) -> None:
    """What was read is translated without asking anybody."""
    app, shop = both.place.app, both.records()[0]
    both.owner().post(f"/connections/{shop.id}/disconnect")
    store = OPEN_STORE(app, app.books.connections.get(shop.id))
    assert isinstance(store.translate({"id": "gid://shopify/Order/1"}), Untranslatable)
    with pytest.raises(Reconnect, match="was disconnected"):
        store.describe()


def test_the_past_of_a_disconnected_store_is_told_and_nothing_more_is_begun(place: Place) -> None:
    place.run()
    record, app = place.record, place.app
    app.books.connections.disconnect(record, datetime.now(UTC))
    browser = place.browser("owner@example.com")
    run = app.books.runs.of_connection(record.id)
    assert run is not None
    for path in ("/orders", f"/orders/{record.id}/1", "/runs", f"/runs/{run.id}", "/connections", "/settings/trail"):
        assert browser.get(path).status_code == 200, path
    assert browser.post(f"/stores/{record.id}/sync").status_code == 404
    assert browser.get(f"/stores/{record.id}/setup").status_code == 404
    assert "How do you want to begin?" in text_of(browser.get("/"))


def test_a_consent_may_not_take_for_ever(town: Town) -> None:
    browser = town.owner()
    link = consent_link(browser.post(SHOP, **town.shop_form()))
    later = datetime.now(UTC) + timedelta(minutes=16)
    town.place.web.state.consents.clear(later)
    assert come_back(browser, link).status_code == 403
    assert town.records() == []

"""What must hold of connecting whoever asks: states, links from outside, addresses, other people and organizations."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.web.conftest import Place, text_of
from tests.web.connecting import (
    COMPANY,
    COMPANY_SECRET,
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

from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.connecting import Manifest
from comptoir.engine.setup.forms import Choice, FormField, Way
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.people.users import Role
from comptoir.storage.tables import consents
from comptoir.wiring import App
from comptoir_sandbox.shopify.consent import install_link
from comptoir_sandbox.shopify.shop import ShopFacts

OTHERS = ("accountant@example.com", "viewer@example.com")


@pytest.fixture(scope="module")
def there() -> Iterator[Platforms]:
    """For all tests here: none of them changes anything at a platform that another one would meet."""
    with platforms() as made:
        yield made


@pytest.fixture
def town(empty: Place, there: Platforms) -> Town:
    return town_of(empty, there)


@pytest.fixture(params=[SHOP, COMPANY], ids=["shop", "company"])
def form(request: pytest.FixtureRequest, town: Town) -> tuple[str, dict[str, str]]:
    return request.param, town.shop_form() if request.param == SHOP else town.company_form()


Form = tuple[str, dict[str, str]]


def kept(town: Town) -> list[Any]:
    with town.place.app.books.database.read() as connection:
        return list(connection.execute(select(consents)))


def test_a_state_works_once(town: Town, form: Form) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    assert browser.get(back).status_code == 303
    again = browser.get(back)
    assert again.status_code == 403
    assert "belongs to no sign-in that was begun here" in text_of(again)
    assert len(town.records()) == 1
    assert kept(town) == [], "what was filled in is gone with it"


@pytest.mark.parametrize("state", ["", "guessed", "x" * 43])
def test_a_state_that_nobody_was_given(town: Town, form: Form, state: str) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    assert browser.get(re.sub(r"state=[\w-]+", f"state={state}", back)).status_code == 403
    assert browser.get("/connections/callback?code=c&realmId=1").status_code == 403
    assert town.records() == []


def test_a_state_is_for_the_browser_that_began(town: Town, form: Form) -> None:
    """Also where the same person is signed in twice: an answer that was planted in another browser does nothing."""
    one, two = town.owner(), town.owner()
    back = allowed(consent_link(one.post(form[0], **form[1])))
    assert two.get(back).status_code == 403
    assert town.place.browser().get(back).headers["location"].startswith("/sign-in?next=")
    assert town.records() == []
    assert one.get(back).status_code == 303


def test_a_state_is_for_the_organization_that_began(town: Town, form: Form) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    assert browser.post("/account/organizations", name="Second").status_code == 303
    assert browser.get(back).status_code == 403
    with town.place.app.books.database.read() as connection:
        assert connection.execute(select(consents.c.id)).first() is not None
    assert town.records() == []


def test_a_state_does_not_outlive_its_time(town: Town, form: Form) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    with town.place.app.books.database.write() as connection:
        connection.execute(update(consents).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert browser.get(back).status_code == 403
    browser.get("/connections")
    assert kept(town) == [], "an answer too late leaves no secret behind"


def test_a_sign_in_ends_with_the_session(town: Town, form: Form) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    browser.post("/sign-out")
    browser.sign_in("owner@example.com")
    assert browser.get(back).status_code == 403
    assert town.records() == []


@pytest.mark.parametrize(
    "change",
    [
        (r"hmac=\w+", "hmac=" + "0" * 64),
        (r"&hmac=\w+", ""),
        (r"code=\w+", "code=another"),
        (r"shop=[\w.-]+", "shop=evil.myshopify.com"),
        (r"timestamp=\d+", "timestamp=1"),
    ],
    ids=["forged", "unsigned", "another code", "another shop", "another time"],
)
def test_an_answer_that_shopify_did_not_sign(town: Town, change: tuple[str, str]) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(SHOP, **town.shop_form())))
    answer = browser.get(re.sub(*change, back))
    assert answer.status_code == 400
    assert "was not signed with the secret of your app" in text_of(answer)
    assert town.records() == []


def test_secrets_are_sealed_while_the_person_is_away(town: Town, form: Form) -> None:
    page = town.owner().post(form[0], **form[1])
    (row,) = kept(town)
    state = re.search(r"state=([\w-]+)", html.unescape(page.text))
    assert state is not None
    files = b"".join(each.read_bytes() for each in town.place.app.home.path.glob("comptoir.sqlite*"))
    for secret in (SHOP_SECRET, COMPANY_SECRET, state[1]):
        assert secret.encode() not in files
        assert secret.encode() not in row.form
    assert SHOP_SECRET not in page.text
    assert COMPANY_SECRET not in page.text


def test_nobody_is_sent_where_a_form_says(town: Town) -> None:
    """The way back is our own, whatever is posted; the callback leads to our own pages, whatever it is told."""
    browser = town.owner()
    page = browser.post(SHOP, **town.shop_form(redirect_uri="https://evil.example/"))
    assert "evil.example" not in page.text
    back = allowed(consent_link(page))
    answer = browser.get(f"{back}&next=https://evil.example&redirect_uri=https://evil.example")
    assert answer.status_code == 400, "more than Shopify signed"
    back = allowed(consent_link(browser.post(COMPANY, **town.company_form())))
    answer = browser.get(f"{back}&next=https://evil.example&redirect_uri=https://evil.example")
    assert answer.headers["location"].startswith("/connections?done=")


def test_addresses_that_a_person_types_count_on_a_private_installation_only(empty: Place, there: Platforms) -> None:
    town = town_of(empty, there, simulators=False)
    browser = town.owner()
    page = browser.get(SHOP)
    assert "base_url" not in page.text
    assert "A simulator" not in browser.get(COMPANY).text
    answer = browser.post(SHOP, **town.shop_form())
    link = re.search(r'href="(https?://[^"]+)"', answer.text)
    assert link is not None
    assert link[1].startswith(f"https://{ShopFacts().domain}/admin/oauth/authorize")


@pytest.mark.parametrize("email", OTHERS)
def test_only_owners_connect_and_come_back(town: Town, form: Form, email: str) -> None:
    browser = town.place.browser(email)
    assert browser.get(form[0]).status_code == 403
    assert browser.post(form[0], **form[1]).status_code == 403
    assert browser.get("/connections/callback?state=x&code=c").status_code == 403
    assert browser.get(f"/connections/from/shopify?shop={ShopFacts().domain}").status_code == 403


def test_an_owner_who_is_one_no_more_connects_nothing(town: Town, form: Form) -> None:
    browser = town.owner()
    back = allowed(consent_link(browser.post(form[0], **form[1])))
    town.place.person("second@example.com", Role.OWNER)
    owner = town.place.rooms.users.by_email("owner@example.com")
    assert owner is not None
    with town.place.app.books.database.write() as connection:
        town.place.rooms.users.join(connection, town.place.app.organization_id, owner.id, Role.VIEWER)
    assert browser.get(back).status_code == 403
    assert town.records() == []


def test_another_organizations_app_is_not_lent(town: Town) -> None:
    browser = town.owner()
    record = town.connect(browser, SHOP, town.shop_form())
    browser.post("/account/organizations", name="Second")
    answer = browser.post(SHOP, **town.shop_form(client_secret="", like=str(record.id)))
    assert answer.status_code == 404


# From the shop's side


def from_shop(*, now: datetime | None = None, **changes: str) -> str:
    """The address that Shopify opens the app at, signed with its secret."""
    link = install_link("/connections/from/shopify", ShopFacts().domain, SHOP_SECRET, now or datetime.now(UTC))
    for name, value in changes.items():
        link = re.sub(rf"{name}=[^&]+", f"{name}={value}", link)
    return link


def test_the_first_link_from_a_shop_fills_in_its_name_and_trusts_nothing(town: Town) -> None:
    browser = town.owner()
    page = browser.get(from_shop())
    assert page.status_code == 200
    assert f'value="{ShopFacts().domain}"' in page.text
    assert "No app is known here yet" in text_of(page)
    assert town.records() == []
    assert kept(town) == []


def test_a_visitor_signs_in_first_and_comes_back_to_it(town: Town) -> None:
    browser = town.place.browser()
    link = from_shop()
    location = browser.get(link).headers["location"]
    assert location.startswith("/sign-in?next=")
    page = browser.get(location)
    wanted = re.search(r'name="next" value="([^"]+)"', page.text)
    assert wanted is not None
    answer = browser.post(
        "/sign-in", email="owner@example.com", password="correct horse battery", next=html.unescape(wanted[1])
    )
    assert answer.headers["location"] == link
    assert browser.get(link).status_code == 200


def test_a_link_of_a_known_app_leads_to_the_shops_consent(town: Town) -> None:
    browser = town.owner()
    town.connect(browser, SHOP, town.shop_form())
    (record,) = town.records()
    assert browser.get(from_shop()).headers["location"] == "/connections", "that shop is connected"
    known = town.place.app.books.connections
    secrets, config = known.secrets(record), record.config
    browser.post(f"/connections/{record.id}/disconnect")
    another = NewConnection(STORE, "shopify", "shopify:other.myshopify.com", "Other shop", config, secrets)
    lender = known.save(record.organization_id, another)
    page = browser.get(from_shop())
    assert "One step is left" in text_of(page)
    assert f'name="like" value="{lender.id}"' in page.text
    assert SHOP_SECRET not in page.text
    form = town.shop_form(client_secret="", like=str(lender.id))
    made = town.connect(browser, SHOP, form)
    assert made.identity == f"shopify:{ShopFacts().domain}"
    assert len(town.records()) == 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hmac": "0" * 64}, "was not signed by an app that is known here"),
        ({"shop": "evil.myshopify.com"}, "was not signed by an app that is known here"),
        ({"timestamp": "1"}, "was not signed by an app that is known here"),
    ],
    ids=["forged", "another shop", "another time"],
)
def test_a_forged_link_is_refused(town: Town, changes: dict[str, str], said: str) -> None:
    browser = town.owner()
    town.connect(browser, SHOP, town.shop_form())
    answer = browser.get(from_shop(now=None, **changes))
    assert answer.status_code == 403
    assert said in text_of(answer)


def test_an_old_link_is_refused(town: Town) -> None:
    browser = town.owner()
    town.connect(browser, SHOP, town.shop_form())
    answer = browser.get(from_shop(now=datetime.now(UTC) - timedelta(hours=1)))
    assert answer.status_code == 403
    assert "too old" in text_of(answer)


@pytest.mark.parametrize("shop", ["evil.example", "evil.example%2F.myshopify.com", "", "a.myshopify.com.evil.example"])
def test_a_link_that_names_no_shop(town: Town, shop: str) -> None:
    answer = town.owner().get(f"/connections/from/shopify?shop={shop}&timestamp={int(datetime.now(UTC).timestamp())}")
    assert answer.status_code == 403
    assert "names no shop" in text_of(answer)


def test_a_platform_without_such_links_has_no_such_page(town: Town) -> None:
    assert town.owner().get("/connections/from/quickbooks?anything=1").status_code == 404
    assert town.owner().get("/connections/from/unknown").status_code == 404


# A platform to come


class Lemonade:
    """A platform whose folder was added yesterday."""

    manifest = Manifest("lemonade", "Lemonade Stand", "store")
    summary = Message("Every glass that was sold.")
    fields = (
        FormField("stand", Message("Stand"), Message("The corner that it stands at.")),
        FormField("size", Message("Size"), Message("Of a glass."), choices=(Choice("big", Message("A big one")),)),
    )
    ways = (Way("word", Message("By word"), Message("Say it."), (Message("Ask at the stand."),)),)

    def check(self, values: Mapping[str, str]) -> list[Problem]:
        if values.get("stand"):
            return []
        return [Problem("field-missing", Message("No stand is named."), Message("Name it."), field="stand")]

    def lent(self, *_known: Mapping[str, str]) -> dict[str, str]:
        return {}


def test_a_later_platform_brings_its_card_and_form_along(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    known = App.connectables
    monkeypatch.setattr(App, "connectables", lambda app: {**known(app), "lemonade": Lemonade()})
    browser = town.owner()
    assert "Connect Lemonade Stand" in text_of(browser.get("/connections"))
    form = browser.get("/connections/new/lemonade")
    for words in ("The corner that it stands at.", "A big one", "Ask at the stand."):
        assert words in text_of(form)
    answer = browser.post("/connections/new/lemonade", stand="")
    assert answer.status_code == 400
    assert "No stand is named. Name it." in text_of(answer)


def test_the_callback_survives_nonsense(town: Town) -> None:
    browser = town.owner()
    for query in ("", "state", "state=%ff%00", "state=" + "y" * 5000, "error=x", "state=a&state=b"):
        assert browser.get(f"/connections/callback?{query}").status_code == 403
    assert come_back(browser, consent_link(browser.post(COMPANY, **town.company_form()))).status_code == 303

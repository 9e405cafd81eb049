"""An installation over a small shop and a small company, its pages, and browsers that look at them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient
from tests.engine.conftest import SETTINGS, SmallLedger, SmallStore, make_order, pounds

from comptoir.books.company import Account, AccountType, TaxCode, TaxRate
from comptoir.books.documents import LedgerId
from comptoir.books.facts import Order, TaxLine
from comptoir.engine.proving.figures import ProvenDay
from comptoir.engine.telling.overview import proof_of
from comptoir.engine.telling.reporting import finish_run
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.storage.people.api_tokens import Scope
from comptoir.storage.people.users import Role, User
from comptoir.web.access import passwords
from comptoir.web.access.accounts import Accounts, Actor, NewPerson
from comptoir.web.app import create_app
from comptoir.web.doing import Doing
from comptoir.web.following import Following
from comptoir.web.guard import FORM_FIELD, SESSION_COOKIE, VISIT_COOKIE, form_token
from comptoir.wiring import App, open_app

VAT = TaxCode(LedgerId("c2"), "20 %", (TaxRate(LedgerId("r2"), "VAT", Decimal("0.2"), agency="HMRC"),))
PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a hash that is quick to make; one test takes the real one."""
    monkeypatch.setattr(passwords, "HASHER", CHEAP)
    passwords._nobodys.cache_clear()


@dataclass
class Browser:
    """One browser: keeps cookies, and fills in what a form of ours carries."""

    client: TestClient

    def get(self, path: str, **headers: str) -> Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, *, token: str | None = None, **fields: Any) -> Response:
        carrier = self.client.cookies.get(SESSION_COOKIE) or self.client.cookies.get(VISIT_COOKIE) or ""
        own = form_token(carrier) if token is None else token
        headers: dict[str, str] = fields.pop("headers", {})
        return self.client.post(path, data={FORM_FIELD: own, **fields}, headers=headers)

    def post_anew(self, path: str, **fields: Any) -> Response:
        """A form from a page that was just opened."""
        self.get(path)
        return self.post(path, **fields)

    @property
    def session(self) -> str | None:
        return self.client.cookies.get(SESSION_COOKIE)

    def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> Response:
        self.get("/sign-in")
        return self.post("/sign-in", email=email, password=password, **fields)


@dataclass
class Place:
    """The installation and everything in it."""

    app: App
    web: FastAPI
    store: SmallStore
    ledger: SmallLedger

    @property
    def rooms(self) -> Accounts:
        rooms: Accounts = self.web.state.accounts
        return rooms

    @property
    def doing(self) -> Doing:
        doing: Doing = self.web.state.doing
        return doing

    @property
    def record(self) -> ConnectionRecord:
        return self.app.stores()[0]

    def browser(self, email: str = "") -> Browser:
        """A fresh browser, signed in where an address is named."""
        made = Browser(TestClient(self.web, base_url="https://testserver", follow_redirects=False))
        if email:
            assert made.sign_in(email).status_code == 303
        return made

    def person(self, email: str, role: Role | None = None, organization: int = 0) -> User:
        """Somebody with an account, a member of the organization where a role is named."""
        hashed = passwords.hash_of(PASSWORD)
        with self.app.books.database.write() as connection:
            user = self.rooms.users.add(
                connection,
                email=email,
                name=email.split("@", maxsplit=1)[0].title(),
                password_hash=hashed,
                language="en",
            )
            if role is not None:
                self.rooms.users.join(connection, organization or self.app.organization_id, user.id, role)
        return user

    def run(self) -> None:
        """One run of the shop, as a page starts it."""
        assert self.doing.start(self.app, self.record, "by hand")
        self.doing.wait(30)


OpenPlace = Callable[[], Place]


@pytest.fixture
def empty(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    """A fresh installation: nobody has an account, nothing is connected."""
    store, ledger = SmallStore(), SmallLedger()
    monkeypatch.setattr(App, "store", lambda _app, _record: store)
    monkeypatch.setattr(App, "ledger", lambda _app, _record, **_how: ledger)
    with open_app(tmp_path / "home") as opened:
        made = create_app(opened)
        made.state.following = Following(0)  # each look is told what is so at that instant
        yield Place(opened, made, store, ledger)


@pytest.fixture
def place(empty: Place) -> Place:
    """A shop of five orders and a company, connected, with an owner, an accountant and a viewer."""
    save, organization = empty.app.books.connections.save, empty.app.organization_id
    shop = save(organization, NewConnection(STORE, "shop", empty.store.identity, "Shop", {}, {}))
    company = save(organization, NewConnection(LEDGER, "ledger", empty.ledger.identity, "Company", {}, {}))
    empty.app.books.connections.save_settings(shop.id, SETTINGS, company.id)
    empty.store.orders = [make_order(number, f"{number}.00") for number in range(1, 6)]
    for role in Role:
        empty.person(f"{role.value}@example.com", role)
    return empty


@dataclass
class Foreign:
    """Another organization in the same installation, with a shop and an owner of its own."""

    app: App
    record: ConnectionRecord
    owner: User
    invitation: int
    api_token: int
    privacy_request: int


@pytest.fixture
def foreign(place: Place) -> Foreign:
    with place.app.books.database.write() as connection:
        organization = place.rooms.users.add_organization(connection, "Others")
    owner = place.person("other@example.com", Role.OWNER, organization)
    record = place.app.books.connections.save(
        organization, NewConnection(STORE, "shop", "shop:other", "Other shop", {}, {})
    )
    place.rooms.invite(organization, "friend@example.com", Role.VIEWER, Actor.person(owner))
    (link,) = place.rooms.links.invitations(organization)
    place.rooms.make_api_token(organization, "Theirs", Scope.WRITE, None, Actor.person(owner))
    (token,) = place.rooms.api_tokens.of(organization)
    with place.app.books.database.write() as connection:
        place.app.privacy.add(connection, record, "theirs", "tell", (), {})
    (request,) = place.app.privacy.of(organization, 1)
    app = replace(place.app, organization_id=organization)
    return Foreign(app, record, owner, link.id, token.id, request.id)


def text_of(answer: Response) -> str:
    """What a person reads of a page."""
    body = re.sub(r"(?s)<(script|style|title).*?</\1>", " ", answer.text)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def new_person(**changes: Any) -> NewPerson:
    given = {"email": "ada@example.com", "name": "Ada", "password": PASSWORD, "language": "en"}
    return NewPerson(**{**given, **changes})


def proved(place: Place, **differs: Any) -> int:
    """A run ends whose proof is like that of the first one but for this; answers its number."""
    books = place.app.books
    proof = proof_of(books, books.runs.get(1))
    assert proof is not None
    run = books.runs.start(place.app.organization_id, place.record.id, "by hand")
    finish_run(place.app.work(place.record, run), replace(proof, **differs))
    return run.id


def days_like(place: Place, days: int) -> tuple[ProvenDay, ...]:
    """So many days from the first of 2026 on, each like a day of the first run's proof."""
    proof = proof_of(place.app.books, place.app.books.runs.get(1))
    assert proof is not None
    return tuple(replace(proof.days[0], day=date(2026, 1, 1) + timedelta(days=number)) for number in range(days))


def taxed(order: Order) -> Order:
    """The order with a fifth of VAT on its line, as of yesterday."""
    (line,) = order.lines
    tax = TaxLine("VAT", Decimal("0.2"), pounds("2.00"))
    line = replace(line, taxes=(tax,))
    at = datetime.now(UTC) - timedelta(days=1)
    total = order.total + pounds("2.00")
    tenders = tuple(replace(each, amount=total, at=at) for each in order.tenders)
    return replace(order, lines=(line,), placed_at=at, updated_at=at, total=total, tenders=tenders)


@pytest.fixture
def fresh(empty: Place) -> Place:
    """A shop of three taxed orders and a company, connected and nothing more, with people of every role."""
    save, organization = empty.app.books.connections.save, empty.app.organization_id
    save(organization, NewConnection(STORE, "shopify", empty.store.identity, "Shop", {}, {}))
    save(organization, NewConnection(LEDGER, "ledger", empty.ledger.identity, "Company", {}, {}))
    company = empty.ledger.read_company()
    savings = Account(LedgerId("a5"), "Card clearing", AccountType.BANK, "GBP")
    owed = Account(LedgerId("a6"), "VAT owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP", is_tax_payable=True)
    empty.ledger.company = replace(
        company,
        accounts=(*company.accounts, savings, owed),
        tax_codes=(*company.tax_codes, VAT),
        tax_agencies=("Customs", "HMRC"),
    )
    empty.store.orders = [taxed(make_order(number)) for number in (1, 2, 3)]
    for role in Role:
        empty.person(f"{role.value}@example.com", role)
    return empty

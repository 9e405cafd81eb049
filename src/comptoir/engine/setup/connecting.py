"""Connecting a platform: what its folder must be able to do, and what is done with what it finds.

The command line and the pages walk the same steps: `check` the form; where `consent` names a page, send the person
there and `finish` with what they bring back; else `enter`. Each tests the connection before anything is kept.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Protocol

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError, Refused
from comptoir.engine.ports import Ledger, Store
from comptoir.engine.service.deliveries import Addressed, Delivery, Event, NotHeeded
from comptoir.engine.setup.forms import FormField, Way
from comptoir.engine.work import Books
from comptoir.http.oauth import Tokens, TokenStore
from comptoir.storage.connections import STORE, ConnectionRecord, NewConnection, Standing
from comptoir.storage.people.tokens import new_token

_ANOTHER_ACCOUNT = (
    "You signed in at {other}, and this connection is to {title}. Nothing was changed. Sign in again at {title}, or "
    "connect {other} as a connection of its own."
)
_NOT_ENDED_THERE = (
    "{title} could not be told ({reason}). Everything that was kept here to sign in with is deleted all the same; also "
    "take Comptoir off the list of connected apps there."
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a connector's folder says of itself. `role`: "store" or "ledger".

    `statuses`: the payment statuses that orders of a store may have.
    """

    slug: str
    name: str
    role: str
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What the test of a new connection found, and what there is to keep of it."""

    new: NewConnection
    tokens: Tokens | None
    standing: Standing


@dataclass(frozen=True, slots=True)
class Invitation:
    """A link from a platform's own pages that brought a person here. `identity`: the account that it names.

    `values` go into the form. `lender`: the place, among those given, of the known connection whose app signed it;
    None where none is known, and the link proves nothing.
    """

    identity: str
    values: Mapping[str, str]
    lender: int | None


class Connectable(Protocol):
    """A platform as a person connects it. `values` are what the form holds, secrets among them.

    What asks the platform raises a HouseError.
    """

    @property
    def manifest(self) -> Manifest:
        """Which platform it is."""
        ...

    @property
    def summary(self) -> Message:
        """What connecting it does, in a sentence."""
        ...

    @property
    def fields(self) -> tuple[FormField, ...]:
        """Everything that the form may ask for."""
        ...

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways in, the best for most people first."""
        ...

    @property
    def signs_with(self) -> str:
        """The secret that the platform signs its deliveries with, where it may send some after the end; else ""."""
        ...

    def check(self, values: Mapping[str, str]) -> Sequence[Problem]:
        """Everything that is wrong with a form, each at its field; nothing is asked."""
        ...

    def consent(self, values: Mapping[str, str], state: str) -> str | None:
        """The page where the person allows it, which sends `state` back; None where the form alone lets us in."""
        ...

    def enter(self, values: Mapping[str, str]) -> Found:
        """Test the connection with what the form holds."""
        ...

    def finish(self, values: Mapping[str, str], state: str, query: str) -> Found:
        """Test the connection with what the person brought back: the raw query, whose state was compared already."""
        ...

    def ask(self, config: Mapping[str, str], tokens: TokenStore) -> Standing:
        """Test a saved connection. `config`: its own and its secrets."""
        ...

    def lent(self, values: Mapping[str, str], config: Mapping[str, str]) -> Mapping[str, str]:
        """The secrets of a known connection that fit this form: those of the same app at the same address."""
        ...

    def forget(self, config: Mapping[str, str], tokens: TokenStore) -> Message | None:
        """End the authorization at the platform; what a person has left to do there, if anything."""
        ...

    def invited(self, query: str, known: Sequence[Mapping[str, str]], now: datetime) -> Invitation | None:
        """What a link from the platform's own pages asks for; None where a platform has no such links.

        Raises Refused for one that is not the platform's, as far as the `known` connections can tell.
        """
        ...

    def ends_for_good(self, config: Mapping[str, str]) -> datetime | None:
        """When a person must sign in again however often the sign-in is renewed; None where it is not known."""
        ...

    def addressed(self, delivery: Delivery) -> Addressed | NotHeeded:
        """Whose a delivery to the platform's door says it is, by their lasting identities."""
        ...

    def told(self, delivery: Delivery, account: str, secret: str) -> Sequence[Event] | NotHeeded:
        """What it tells of one of these accounts. `secret`: what `signs_with` names of the account's connection."""
        ...


class Selling(Connectable, Protocol):
    """A selling platform: what was connected there is opened as a store. `config`: as in `ask`."""

    def open(self, config: Mapping[str, str], tokens: TokenStore) -> Store:
        """The store; nothing is sent yet. `check` finds nothing wrong with the config."""
        ...

    def watch(self, config: Mapping[str, str], tokens: TokenStore, address: str) -> int:
        """Have the store tell `address` (https) of its changes; answers how many kinds of them are new.

        0 where it cannot.
        """
        ...


class Accounting(Connectable, Protocol):
    """An accounting system: what was connected there is opened as a company's books. `config`: as in `ask`."""

    def open(self, config: Mapping[str, str], tokens: TokenStore, *, patient: bool) -> Ledger:
        """The company; nothing is sent yet. `patient`: for work that no person waits for."""
        ...

    def company_file(self, config: Mapping[str, str], tokens: TokenStore) -> bytes:
        """The company's settings and lists as its API answers them, one JSON object, for a copy on this machine."""
        ...


def read_manifest(package: str) -> Manifest:
    """What stands in the manifest of a connector's folder."""
    found = tomllib.loads(resources.files(package).joinpath("manifest.toml").read_text(encoding="utf-8"))
    return Manifest(found["slug"], found["name"], found["kind"], tuple(found.get("orders", {}).get("statuses", ())))


def authorized(platform: Connectable, values: Mapping[str, str], sign_in: Callable[[str, str], str]) -> Found:
    """What the platform makes of a form that was checked.

    `sign_in(page, state)` brings somebody to its consent page, where it has one, and answers the query that came back.
    """
    state = new_token()
    page = platform.consent(values, state)
    if page is None:
        return platform.enter(values)
    return platform.finish(values, state, sign_in(page, state))


def keep(books: Books, organization_id: int, found: Found, renewed: ConnectionRecord | None = None) -> ConnectionRecord:
    """Save what was found. `renewed`: the connection whose authorization it must be; Refused where it is another's."""
    if renewed is not None and (renewed.role, renewed.identity) != (found.new.role, found.new.identity):
        raise Refused(Message(_ANOTHER_ACCOUNT, {"other": found.new.title, "title": renewed.title}))
    return books.connections.save(organization_id, found.new, found.tokens, found.standing)


def kept_in(books: Books, record: ConnectionRecord) -> list[ConnectionRecord]:
    """The connected stores that a connection concerns: itself, or those that are kept in the company."""
    stores = books.connections.connected(record.organization_id, STORE)
    if record.role == STORE:
        return [each for each in stores if each.id == record.id]
    companies = {each.id: books.connections.company_of(each) for each in stores}
    return [each for each in stores if (company := companies[each.id]) is not None and company.id == record.id]


def keep_in(books: Books, store: ConnectionRecord, company: ConnectionRecord) -> None:
    """Keep a store in this company from now on; in another than before it runs by itself again when it is told to."""
    before = books.connections.company_of(store)
    if before is not None and before.id != company.id:
        books.schedules.switch_off(store.id)
    books.connections.choose_company(store.id, company.id)


def disconnect(
    books: Books, platform: Connectable, record: ConnectionRecord, config: Mapping[str, str], now: datetime
) -> Message | None:
    """End a connection: what runs by itself stops, the platform is told, what lets us in is deleted.

    What was read and posted stays; for a while so does the secret that the platform's last words are known by, which
    may ask to forget people. Answers what a person has left to do, if anything.
    """
    kept = {name: secret for name, secret in config.items() if name == platform.signs_with and secret}
    for store in kept_in(books, record):
        books.schedules.switch_off(store.id)
    try:
        left = platform.forget(config, books.connections.tokens(record))
    except HouseError as error:
        left = Message(_NOT_ENDED_THERE, {"title": platform.manifest.name, "reason": str(error.message)})
    books.connections.disconnect(record, now, kept)
    return left

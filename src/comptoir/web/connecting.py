"""A connection that is being made or authorized anew, and its end; from the pages or the API alike.

Every platform's form comes from its own folder (`engine.setup.connecting`); nothing here knows one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from fastapi import Request

from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.connecting import Connectable, Found, disconnect, keep, keep_in
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN, FormField, Way, asked_in
from comptoir.storage.connections import LEDGER, ConnectionRecord
from comptoir.storage.consents import Consent
from comptoir.web.acting import Hand
from comptoir.web.guard import NotFoundError
from comptoir.web.render import own_address
from comptoir.web.scope import AtDesk, connection_of, platform_of

CALLBACK = "/connections/callback"
"""One address for all platforms, so that there is one to register."""
BEGUN = "/connections/begun/{token}"
"""Where a person goes on with a sign-in that a program began."""


@dataclass(frozen=True, slots=True)
class Here:
    """Where a form is filled in: the address to come back to, and whether simulators may be connected."""

    callback: str
    simulators: bool


def here_of(request: Request) -> Here:
    """The installation as whoever asks reaches it."""
    return Here(own_address(request, CALLBACK), request.app.state.simulators)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form on its way: to whom, by which way in, what it holds so far, what is wrong with it.

    `renewed`: the connection whose authorization is given anew. `lender`: a known connection whose secrets may be used
    where the form leaves them empty. `note`: what to know before filling it in.
    """

    platform: Connectable
    way: Way
    values: Mapping[str, str] = field(default_factory=dict)
    renewed: ConnectionRecord | None = None
    lender: ConnectionRecord | None = None
    problems: tuple[Problem, ...] = ()
    stop: Message | None = None
    note: Message | None = None

    @property
    def here(self) -> str:
        """Where the form is sent to."""
        if self.renewed is not None:
            return f"/connections/{self.renewed.id}/renew"
        return f"/connections/new/{self.platform.manifest.slug}"

    @property
    def consent(self) -> Consent:
        """What is kept of it while the person is at the platform's page."""
        return Consent(self.platform.manifest.slug, self.values, self.renewed.id if self.renewed else None)

    def at(self, name: str) -> list[Problem]:
        """What is wrong with a field."""
        return [each for each in self.problems if each.field == name]

    def plain(self) -> dict[str, str]:
        """What may be shown of the values: none of the secrets."""
        secret = {each.name for each in self.platform.fields if each.secret}
        return {**{name: value for name, value in self.values.items() if name not in secret}, SIGN_IN: self.way.name}


def way_in(platform: Connectable, wanted: str) -> Way:
    """The way of this name; the best one for most people where there is no such one."""
    return next((each for each in platform.ways if each.name == wanted), platform.ways[0])


def new_connection(desk: AtDesk, slug: str, wanted: str, lender: int | None = None) -> Draft:
    """A new connection to a platform. `lender`: the known connection whose app it shares."""
    platform = platform_of(desk, slug)
    return Draft(platform, way_in(platform, wanted), lender=_lender(desk, slug, lender) if lender is not None else None)


def _lender(desk: AtDesk, slug: str, connection_id: int) -> ConnectionRecord:
    record = living_of(desk, connection_id)
    if record.platform != slug:
        raise NotFoundError
    return record


def renewal(desk: AtDesk, connection_id: int, wanted: str) -> Draft:
    """The authorization of a connection, anew: it lends itself what it knows; a disconnected one knows nothing more."""
    record = connection_of(desk, connection_id)
    platform = platform_of(desk, record.platform)
    lender = record if record.disconnected_at is None else None
    return Draft(platform, way_in(platform, wanted or record.config.get(SIGN_IN, "")), record.config, record, lender)


def begun(desk: AtDesk, consent: Consent) -> Draft:
    """The form of a consent under way."""
    wanted = consent.form.get(SIGN_IN, "")
    if consent.connection_id is None:
        draft = new_connection(desk, consent.platform, wanted)
    else:
        draft = renewal(desk, consent.connection_id, wanted)
    return replace(draft, values=consent.form)


def fields_of(draft: Draft, here: Here) -> list[FormField]:
    """What is asked for in this way; what is for simulators only where this installation allows them."""
    asked = asked_in(draft.platform.fields, draft.way.name)
    return [each for each in asked if not each.simulated or here.simulators]


def filled(desk: AtDesk, draft: Draft, given: Mapping[str, str], here: Here) -> Draft:
    """What the platform is given: the fields of the form, our own address, and what a known connection lends."""
    fields = fields_of(draft, here)
    config = desk.app.config(draft.lender) if draft.lender else {}
    known = {each.name for each in draft.platform.fields if not each.simulated or each in fields}
    values = {name: value for name, value in config.items() if name not in known}
    values |= {each.name: given.get(each.name, "").strip() for each in fields}
    values[SIGN_IN] = draft.way.name
    if REDIRECT_URI in values:
        values[REDIRECT_URI] = here.callback
    lent = draft.platform.lent(values, config)
    values |= {name: secret for name, secret in lent.items() if name in values and not values[name]}
    return replace(draft, values=values)


def keep_found(hand: Hand, draft: Draft, found: Found) -> ConnectionRecord:
    """Save what was tested. Raises Refused where another account answered than the one to renew."""
    record = keep(hand.app.books, hand.app.organization_id, found, draft.renewed)
    action = "signed in again" if draft.renewed else "connected"
    hand.note(action, record.title, platform=draft.platform.manifest.name)
    return record


# Connections that are there


def living_of(desk: AtDesk, connection_id: int) -> ConnectionRecord:
    """A connection that can be done something with."""
    record = connection_of(desk, connection_id)
    if record.disconnected_at is not None:
        raise NotFoundError
    return record


def end(hand: Hand, record: ConnectionRecord) -> Message | None:
    """Nothing runs by itself any more, and what lets us in is deleted; what a person has left to do, if anything."""
    platform = hand.app.connectables()[record.platform]
    left = disconnect(hand.app.books, platform, record, hand.app.config(record), datetime.now(UTC))
    hand.note("disconnected", record.title, platform=platform.manifest.name)
    return left


def choose_company(hand: Hand, store: ConnectionRecord, company_id: int) -> None:
    """Keep a store in this company from now on. It runs by itself again when somebody switches that on again."""
    companies = hand.app.books.connections.connected(hand.app.organization_id, LEDGER)
    chosen = next((each for each in companies if each.id == company_id), None)
    if chosen is None:
        raise NotFoundError
    keep_in(hand.app.books, store, chosen)
    hand.note("company chosen", store.title, company=chosen.title)

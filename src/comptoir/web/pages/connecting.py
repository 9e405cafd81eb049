"""Connecting: a platform's form, the way to its consent page and back, and the test before anything is kept.

Every platform's form comes from its own folder (`engine.setup.connecting`); nothing here knows one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError, Refused
from comptoir.engine.setup.connecting import Connectable, Found, keep
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN, FormField, Way, asked_in
from comptoir.http.callback import Redirect
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.consents import Consent, Consents, Traveller
from comptoir.storage.database import number_in
from comptoir.storage.people.tokens import new_token
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.guard import SESSION_COOKIE, Desk, NotFoundError, OwnerOfRealBooks, UnderWay
from comptoir.web.render import go, own_address, page, trouble
from comptoir.web.scope import Number, connection_of, platform_of

router = APIRouter(prefix="/connections")
BAD_REQUEST, FORBIDDEN = 400, 403
LONGEST = 10_000
"""Characters of a field; the longest tokens have about half as many."""
CALLBACK = "/connections/callback"
"""One address for all platforms, so that there is one to register."""
LENDER = "like"
"""The field that names the known connection whose app a new one shares."""

_NOTHING = Message("Nothing was connected")
_REFUSED = "Access was refused at {platform}. Nothing was changed. Start again, and allow it there."
_STRANGE = Message(
    "This answer belongs to no sign-in that was begun here: in this browser, in this organization, within the last "
    "quarter of an hour, and not used before. Nothing was changed. Start again under Connections."
)
_CHECKED = Message("You come from the app's page in the shop. One step is left: allow Comptoir in there.")
_UNCHECKED = Message(
    "You come from the app's page in the shop. No app is known here yet, so type its client ID and secret: they show "
    "whether what comes next is genuine."
)


async def _filled(request: Request) -> dict[str, str]:
    """What a form holds; which fields it has is the platform's affair."""
    given = await request.form()
    return {name: value[:LONGEST] for name, value in given.items() if isinstance(value, str)}


Filled = Annotated[dict[str, str], Depends(_filled)]


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

    def at(self, name: str) -> list[Problem]:
        """What is wrong with a field."""
        return [each for each in self.problems if each.field == name]

    def plain(self) -> dict[str, str]:
        """What may be shown of the values: none of the secrets."""
        secret = {each.name for each in self.platform.fields if each.secret}
        return {**{name: value for name, value in self.values.items() if name not in secret}, SIGN_IN: self.way.name}


def _way(platform: Connectable, wanted: str) -> Way:
    return next((each for each in platform.ways if each.name == wanted), platform.ways[0])


def _new(desk: Desk, slug: str, wanted: str, lender: str = "") -> Draft:
    platform = platform_of(desk, slug)
    return Draft(platform, _way(platform, wanted), lender=_lender(desk, slug, lender))


def _lender(desk: Desk, slug: str, named: str) -> ConnectionRecord | None:
    if not named:
        return None
    record = connection_of(desk, number_in(named) or 0)
    if record.platform != slug or record.disconnected_at is not None:
        raise NotFoundError
    return record


def _renewal(desk: Desk, connection_id: int, wanted: str) -> Draft:
    """A connection lends itself what it knows; a disconnected one knows nothing any more."""
    record = connection_of(desk, connection_id)
    platform = platform_of(desk, record.platform)
    lender = record if record.disconnected_at is None else None
    return Draft(platform, _way(platform, wanted or record.config.get(SIGN_IN, "")), record.config, record, lender)


# The form


@router.get("/new/{slug}")
def form(request: Request, desk: OwnerOfRealBooks, slug: str, sign_in: str = "") -> Response:
    """The form of a platform, for one of its ways in."""
    return _show(request, desk, _new(desk, slug, sign_in))


@router.post("/new/{slug}")
def submit(
    request: Request, desk: OwnerOfRealBooks, hand: MemberHand, under_way: UnderWay, slug: str, given: Filled
) -> Response:
    """Check the form; then on to the platform's own page, or test the connection at once and keep it."""
    draft = _new(desk, slug, given.get(SIGN_IN, ""), given.get(LENDER, ""))
    return _submit(request, desk, hand, under_way, _fill(request, desk, draft, given))


@router.get("/{connection_id}/renew")
def renewal_form(request: Request, desk: OwnerOfRealBooks, connection_id: Number, sign_in: str = "") -> Response:
    """The same for a connection that is there: sign in again, or with other keys."""
    return _show(request, desk, _renewal(desk, connection_id, sign_in))


@router.post("/{connection_id}/renew")
def renew(
    request: Request,
    desk: OwnerOfRealBooks,
    hand: MemberHand,
    under_way: UnderWay,
    connection_id: Number,
    given: Filled,
) -> Response:
    """Authorize the same account anew."""
    draft = _renewal(desk, connection_id, given.get(SIGN_IN, ""))
    return _submit(request, desk, hand, under_way, _fill(request, desk, draft, given))


def _fields(request: Request, draft: Draft) -> list[FormField]:
    """What is asked for in this way; what is for simulators only where this installation allows them."""
    asked = asked_in(draft.platform.fields, draft.way.name)
    return [each for each in asked if not each.simulated or request.app.state.simulators]


def _fill(request: Request, desk: Desk, draft: Draft, given: Mapping[str, str]) -> Draft:
    """What the platform is given: the fields of the form, our own address, and what a known connection lends."""
    fields = _fields(request, draft)
    config = desk.app.config(draft.lender) if draft.lender else {}
    known = {each.name for each in draft.platform.fields if not each.simulated or each in fields}
    values = {name: value for name, value in config.items() if name not in known}
    values |= {each.name: given.get(each.name, "").strip() for each in fields}
    values[SIGN_IN] = draft.way.name
    if REDIRECT_URI in values:
        values[REDIRECT_URI] = own_address(request, CALLBACK)
    lent = draft.platform.lent(values, config)
    values |= {name: secret for name, secret in lent.items() if name in values and not values[name]}
    return replace(draft, values=values)


def _show(request: Request, desk: Desk, draft: Draft) -> Response:
    """The form, with whatever is wrong at its place. A secret is never sent back."""
    fields = _fields(request, draft)
    shown = {each.name for each in fields}
    values = draft.plain()
    lent = draft.platform.lent(values, desk.app.config(draft.lender)) if draft.lender else {}
    return page(
        request,
        "connect.html",
        BAD_REQUEST if draft.problems or draft.stop else 200,
        draft=draft,
        values=values,
        fields=[each for each in fields if not each.simulated],
        simulated=[each for each in fields if each.simulated],
        simulators=request.app.state.simulators,
        kept=lent.keys(),
        way_back=_way_back(request, draft),
        elsewhere=[each for each in draft.problems if each.field not in shown],
        redirect_uri=own_address(request, CALLBACK),
    )


def _way_back(request: Request, draft: Draft) -> list[Problem]:
    """What stands in the way of coming back here, told before anything is typed."""
    named = {each.name: each.default for each in draft.platform.fields} | draft.plain()
    found = draft.platform.check(named | {REDIRECT_URI: own_address(request, CALLBACK)})
    return [each for each in found if each.field == REDIRECT_URI]


def _submit(request: Request, desk: Desk, hand: Hand, under_way: Consents, draft: Draft) -> Response:
    problems = draft.platform.check(draft.values)
    if problems:
        return _show(request, desk, replace(draft, problems=tuple(problems)))
    state = new_token()
    try:
        address = draft.platform.consent(draft.values, state)
        if address is None:
            return _keep(request, desk, hand, draft, draft.platform.enter(draft.values))
    except HouseError as error:
        return _show(request, desk, replace(draft, stop=error.message))
    renewed = draft.renewed.id if draft.renewed else None
    under_way.begin(_traveller(request, desk), state, Consent(draft.platform.manifest.slug, draft.values, renewed))
    host, redirect_uri = urlsplit(address).netloc, draft.values.get(REDIRECT_URI, "")
    return page(request, "consent.html", draft=draft, address=address, host=host, redirect_uri=redirect_uri)


def _traveller(request: Request, desk: Desk) -> Traveller:
    return Traveller(desk.app.organization_id, request.cookies[SESSION_COOKIE])


def _keep(request: Request, desk: Desk, hand: Hand, draft: Draft, found: Found) -> Response:
    """Save what was tested. Raises Refused where another account answered than the one to renew."""
    record = keep(desk.app.books, desk.app.organization_id, found, draft.renewed)
    action = "signed in again" if draft.renewed else "connected"
    name = draft.platform.manifest.name
    hand.note(action, record.title, platform=name)
    return go(request, f"/connections?done={record.id}")


# Back from the platform


@router.get("/callback")
def callback(request: Request, desk: OwnerOfRealBooks, hand: MemberHand, under_way: UnderWay) -> Response:
    """The answer of a consent page: only to a sign-in that this very person began, and only once."""
    query = _raw_query(request)
    answer = Redirect(query)
    state = answer.values.get("state", "")
    consent = under_way.take(_traveller(request, desk), state) if state else None
    if consent is None:
        return trouble(request, FORBIDDEN, _NOTHING, _STRANGE)
    if consent.connection_id is None:
        draft = _new(desk, consent.platform, consent.form.get(SIGN_IN, ""))
    else:
        draft = _renewal(desk, consent.connection_id, consent.form.get(SIGN_IN, ""))
    draft = replace(draft, values=consent.form)
    if answer.is_refusal:
        refused = Message(_REFUSED, {"platform": draft.platform.manifest.name})
        return _show(request, desk, replace(draft, stop=refused))
    try:
        return _keep(request, desk, hand, draft, draft.platform.finish(consent.form, state, query))
    except HouseError as error:
        return _show(request, desk, replace(draft, stop=error.message))


def _raw_query(request: Request) -> str:
    """The query byte for byte: some platforms sign it."""
    return bytes(request.scope["query_string"]).decode("latin-1")


# From the platform's side


@router.get("/from/{slug}")
def invited(request: Request, desk: OwnerOfRealBooks, slug: str) -> Response:
    """A link from a platform's own pages: on to the form, filled in as far as the link can be trusted."""
    platform = platform_of(desk, slug)
    records = [each for each in desk.app.books.connections.connected(desk.app.organization_id) if each.platform == slug]
    try:
        found = platform.invited(_raw_query(request), [desk.app.config(each) for each in records], datetime.now(UTC))
    except Refused as error:
        return trouble(request, FORBIDDEN, _NOTHING, error.message)
    if found is None:
        raise NotFoundError
    if any(each.identity == found.identity for each in records):
        return go(request, "/connections")
    lender = records[found.lender] if found.lender is not None else None
    way = _way(platform, found.values.get(SIGN_IN, ""))
    note = _CHECKED if lender else _UNCHECKED
    return _show(request, desk, Draft(platform, way, found.values, lender=lender, note=note))

"""Connecting: a platform's form, the way to its consent page and back, and the test before anything is kept.

Every platform's form comes from its own folder (`engine.setup.connecting`); nothing here knows one by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from comptoir.books.problems import Message, Problem
from comptoir.engine.errors import HouseError, Refused
from comptoir.engine.setup.connecting import Found
from comptoir.engine.setup.forms import REDIRECT_URI, SIGN_IN
from comptoir.http.callback import Redirect
from comptoir.storage.consents import Consents, Traveller
from comptoir.storage.database import number_in
from comptoir.storage.people.tokens import new_token
from comptoir.web.acting import Hand, MemberHand
from comptoir.web.connecting import (
    Draft,
    Here,
    begun,
    fields_of,
    filled,
    here_of,
    keep_found,
    new_connection,
    renewal,
    way_in,
)
from comptoir.web.guard import SESSION_COOKIE, Desk, NotFoundError, OwnerOfRealBooks, UnderWay
from comptoir.web.render import go, page, trouble
from comptoir.web.scope import Number, platform_of

router = APIRouter(prefix="/connections")
BAD_REQUEST, FORBIDDEN, NOT_FOUND = 400, 403, 404
LONGEST = 10_000
"""Characters of a field; the longest tokens have about half as many."""
LENDER = "like"
"""The field that names the known connection whose app a new one shares."""

_NOTHING = Message("Nothing was connected")
_REFUSED = "Access was refused at {platform}. Nothing was changed. Start again, and allow it there."
_STRANGE = Message(
    "This answer belongs to no sign-in that was begun here: in this browser, in this organization, within the last "
    "quarter of an hour, and not used before. Nothing was changed. Start again under Connections."
)
_NOT_BEGUN = Message(
    "A program made this link for an owner of the organization at the top of this page; it is good for a quarter of an "
    "hour. Turn to the organization that it was made for, or have the program make a new link."
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


def _lender(given: Mapping[str, str]) -> int | None:
    """The number of the known connection whose app a new one shares; 0 for what is no number."""
    named = given.get(LENDER, "")
    return (number_in(named) or 0) if named else None


# The form


@router.get("/new/{slug}")
def form(request: Request, desk: OwnerOfRealBooks, slug: str, sign_in: str = "") -> Response:
    """The form of a platform, for one of its ways in."""
    return _show(request, desk, new_connection(desk, slug, sign_in))


@router.post("/new/{slug}")
def submit(
    request: Request, desk: OwnerOfRealBooks, hand: MemberHand, under_way: UnderWay, slug: str, given: Filled
) -> Response:
    """Check the form; then on to the platform's own page, or test the connection at once and keep it."""
    draft = new_connection(desk, slug, given.get(SIGN_IN, ""), _lender(given))
    return _submit(request, desk, hand, under_way, filled(desk, draft, given, here_of(request)))


@router.get("/{connection_id}/renew")
def renewal_form(request: Request, desk: OwnerOfRealBooks, connection_id: Number, sign_in: str = "") -> Response:
    """The same for a connection that is there: sign in again, or with other keys."""
    return _show(request, desk, renewal(desk, connection_id, sign_in))


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
    draft = renewal(desk, connection_id, given.get(SIGN_IN, ""))
    return _submit(request, desk, hand, under_way, filled(desk, draft, given, here_of(request)))


def _show(request: Request, desk: Desk, draft: Draft) -> Response:
    """The form, with whatever is wrong at its place. A secret is never sent back."""
    here = here_of(request)
    fields = fields_of(draft, here)
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
        simulators=here.simulators,
        kept=lent.keys(),
        way_back=_way_back(draft, here),
        elsewhere=[each for each in draft.problems if each.field not in shown],
        redirect_uri=here.callback,
    )


def _way_back(draft: Draft, here: Here) -> list[Problem]:
    """What stands in the way of coming back here, told before anything is typed."""
    named = {each.name: each.default for each in draft.platform.fields} | draft.plain()
    found = draft.platform.check(named | {REDIRECT_URI: here.callback})
    return [each for each in found if each.field == REDIRECT_URI]


def _submit(request: Request, desk: Desk, hand: Hand, under_way: Consents, draft: Draft) -> Response:
    problems = draft.platform.check(draft.values)
    if problems:
        return _show(request, desk, replace(draft, problems=tuple(problems)))
    try:
        address = _begin(request, desk, under_way, draft)
        if address is None:
            return _keep(request, hand, draft, draft.platform.enter(draft.values))
    except HouseError as error:
        return _show(request, desk, replace(draft, stop=error.message))
    return _consent_page(request, draft, address)


def _begin(request: Request, desk: Desk, under_way: Consents, draft: Draft) -> str | None:
    """The platform's page for this browser's sign-in; None where the form alone lets us in. Raises a HouseError."""
    state = new_token()
    address = draft.platform.consent(draft.values, state)
    if address is not None:
        under_way.begin(_traveller(request, desk), state, draft.consent)
    return address


def _consent_page(request: Request, draft: Draft, address: str) -> Response:
    host, redirect_uri = urlsplit(address).netloc, draft.values.get(REDIRECT_URI, "")
    return page(request, "consent.html", draft=draft, address=address, host=host, redirect_uri=redirect_uri)


def _traveller(request: Request, desk: Desk) -> Traveller:
    return Traveller(desk.app.organization_id, request.cookies[SESSION_COOKIE])


def _keep(request: Request, hand: Hand, draft: Draft, found: Found) -> Response:
    """Save what was tested. Raises Refused where another account answered than the one to renew."""
    return go(request, f"/connections?done={keep_found(hand, draft, found).id}")


@router.get("/begun/{token}")
def go_on(request: Request, desk: OwnerOfRealBooks, under_way: UnderWay, token: str) -> Response:
    """A sign-in that a program began: on to the platform's page, for this very browser."""
    consent = under_way.see(Traveller(desk.app.organization_id, token), token)
    if consent is None:
        return trouble(request, NOT_FOUND, _NOTHING, _NOT_BEGUN)
    draft = begun(desk, consent)
    try:
        address = _begin(request, desk, under_way, draft)
    except HouseError as error:
        return _show(request, desk, replace(draft, stop=error.message))
    if address is None:
        raise AssertionError("a program begins what ends at a platform's page")
    return _consent_page(request, draft, address)


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
    draft = begun(desk, consent)
    if answer.is_refusal:
        refused = Message(_REFUSED, {"platform": draft.platform.manifest.name})
        return _show(request, desk, replace(draft, stop=refused))
    try:
        return _keep(request, hand, draft, draft.platform.finish(consent.form, state, query))
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
    way = way_in(platform, found.values.get(SIGN_IN, ""))
    note = _CHECKED if lender else _UNCHECKED
    return _show(request, desk, Draft(platform, way, found.values, lender=lender, note=note))

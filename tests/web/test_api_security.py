"""What must hold on every route of the API, read from its table of routes: tokens, scopes, organizations, repeats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.web.apiclient import Program, program
from tests.web.conftest import Foreign, Place

from comptoir.http.limiter import Limiter
from comptoir.storage.answers import PATIENCE, Named
from comptoir.storage.people.api_tokens import MARK, Scope
from comptoir.storage.people.users import Role
from comptoir.storage.tables import api_answers, api_tokens, organizations
from comptoir.web.access.accounts import Actor
from comptoir.web.api.app import PREFIX, api_routes
from comptoir.web.guard import SESSION_COOKIE, Access, access_of
from comptoir.web.rates import Rates


def routes() -> Iterator[tuple[str, str, Access]]:
    for route in api_routes():
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, route.path, access_of(route)


def filled(path: str, ids: dict[str, object]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: str(ids[found[1]]), path)


BODIES: Mapping[str, dict[str, Any]] = {
    "/schedule": {"on": False},
    "/organization": {"name": "Ours"},
    "/privacy/forget": {"connection": 1, "order": "1"},
    "/privacy/forget-all": {"connection": 1, "confirmed": "no"},
    "/members/{user_id}": {"role": "viewer"},
    "/invitations": {"email": "new@example.com", "role": "viewer"},
    "/undo": {"what": "order", "name": "1"},
    "/problems/{act}": {"cause": "x"},
    "/problems/mend": {"cause": "x", "answers": [{"setting": ["taxes", "codes", "VAT"], "value": "x"}]},
    "/problems/tax-code": {"cause": "x", "setting": ["taxes", "codes", "VAT"], "name": "x", "agencies": ["x"]},
    "/company": {"company": 1},
    "/authorization": {"values": {}},
    "/platforms/{platform}/connections": {"values": {}},
    "/setup/copy": {"source": 1},
    "/setup/steps/{step}": {"answers": {}},
    "/setup/steps/{step}/make": {"question": "items.income_account", "name": "Sales"},
}
"""What bodies ask for, by how an address ends, so that no route is refused for lack of it."""


def body_for(method: str, path: str) -> dict[str, Any]:
    if method in {"GET", "DELETE"}:
        return {}
    return next(({"json": body} for end, body in BODIES.items() if path.endswith(end)), {})


def ids_of(connection: int, run: int, **others: int) -> dict[str, object]:
    named = {"connection_id": connection, "run_id": run, "user_id": 1, "invitation_id": 1, "request_id": 1}
    named |= {"posting_id": 1, "token_id": 1, **others}
    return {**named, "source_id": "1", "act": "hold", "step": "sync", "platform": "nowhere"}


def test_every_route_says_who_may_come_in() -> None:
    found = list(routes())
    assert {access for _, _, access in found} == {Access.READ, Access.WRITE, Access.OWN}
    readers = {path for method, path, access in found if method != "GET" and access is Access.READ}
    assert readers == {"/connections/{connection_id}/settings/check"}, "it changes nothing"
    owners = {path for method, path, access in found if method == "GET" and access is not Access.READ}
    assert owners == {"/invitations", "/tokens", "/privacy", "/privacy/{request_id}/data"}
    assert all(access is not Access.WRITE for method, _, access in found if method == "GET")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", f"Bearer {MARK}guessed", "Basic b3duZXI6"])
def test_nobody_comes_in_without_a_token(place: Place, header: str) -> None:
    place.run()
    asking = program(place, None, authorization=header)
    for method, path, _ in routes():
        answer = asking.ask(method, filled(path, ids_of(place.record.id, 1)), **body_for(method, path))
        assert (answer.status_code, answer.json()["code"]) == (401, "token-needed"), (method, path)
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_session_opens_nothing_here(place: Place) -> None:
    browser = place.browser("owner@example.com")
    asking = program(place, None)
    asking.client.cookies.set(SESSION_COOKIE, browser.session or "", domain="testserver.local", path="/")
    for method, path, _ in routes():
        answer = asking.ask(method, filled(path, ids_of(place.record.id, 1)), **body_for(method, path))
        assert answer.status_code == 401, (method, path)


def test_a_token_opens_no_page(place: Place) -> None:
    asking = program(place)
    answer = asking.client.get("/", headers={"authorization": f"Bearer {asking.token}"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_no_answer_sets_a_cookie(place: Place) -> None:
    assert "set-cookie" not in program(place).get("/connections").headers


def test_a_token_that_reads_changes_nothing(place: Place) -> None:
    place.run()
    asking = program(place, Scope.READ)
    tried = [(method, path) for method, path, access in routes() if access is Access.WRITE]
    assert len(tried) >= 6
    for method, path in tried:
        answer = asking.ask(method, filled(path, ids_of(place.record.id, 1)), **body_for(method, path))
        assert (answer.status_code, answer.json()["code"]) == (403, "read-only"), (method, path)
    assert asking.get("/connections").status_code == 200


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE])
def test_only_an_owners_token_does_what_owners_do(place: Place, scope: Scope) -> None:
    asking = program(place, scope)
    check_owners_only(asking, place)


def check_owners_only(asking: Program, place: Place) -> None:
    tried = [(method, path) for method, path, access in routes() if access is Access.OWN]
    assert len(tried) >= 6
    for method, path in tried:
        answer = asking.ask(method, filled(path, ids_of(place.record.id, 1)), **body_for(method, path))
        assert (answer.status_code, answer.json()["code"]) == (403, "owners-only"), (method, path)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ACCOUNTANT, None])
def test_an_owners_token_owns_no_longer_than_its_maker(place: Place, role: Role | None) -> None:
    asking = program(place, Scope.OWN)
    place.person("second@example.com", Role.OWNER)
    maker = place.rooms.users.by_email("owner@example.com")
    assert maker is not None
    assert asking.get("/invitations").status_code == 200
    if role is None:
        place.rooms.remove(place.app.organization_id, maker, Actor("second"))
    else:
        place.rooms.set_role(place.app.organization_id, maker, role, Actor("second"))
    check_owners_only(asking, place)
    assert asking.get("/connections").status_code == 200


def test_an_owners_token_whose_maker_is_nobody_owns_nothing(place: Place) -> None:
    asking = program(place, Scope.OWN)
    with place.app.books.database.write() as connection:
        connection.execute(update(api_tokens).values(made_by=None))
    check_owners_only(asking, place)


def test_owning_elsewhere_owns_nothing_here(place: Place, foreign: Foreign) -> None:
    asking = program(place, Scope.OWN)
    with place.app.books.database.write() as connection:
        connection.execute(update(api_tokens).values(made_by=foreign.owner.id))
    check_owners_only(asking, place)


def test_nothing_real_comes_into_a_demo(place: Place) -> None:
    asking = program(place, Scope.OWN)
    with place.app.books.database.write() as connection:
        connection.execute(update(organizations).values(is_demo=True))
    bodies = {
        "/invitations": {"email": "new@example.com", "role": "viewer"},
        "/platforms/shopify/connections": {},
        f"/connections/{place.record.id}/authorization": {},
    }
    for path, body in bodies.items():
        answer = asking.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "demo"), path


def test_another_organizations_ids_are_not_there(place: Place, foreign: Foreign) -> None:
    place.run()
    run = place.app.books.runs.start(foreign.app.organization_id, foreign.record.id, "test")
    others = {"user_id": foreign.owner.id, "invitation_id": foreign.invitation, "request_id": foreign.privacy_request}
    others["token_id"] = foreign.api_token
    asking, ids = program(place, Scope.OWN), ids_of(foreign.record.id, run.id, **others)
    looked_at = [(method, path) for method, path, _ in routes() if "{" in path]
    assert len(looked_at) >= 10
    for method, path in looked_at:
        settings = path.endswith(("/settings", "/settings/check")) and method in {"PUT", "POST"}
        how = {"json": asking.told(f"/connections/{place.record.id}/settings")["settings"]} if settings else None
        answer = asking.ask(method, filled(path, ids), **(how or body_for(method, path)))
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), (method, path)


def test_lists_hold_nothing_of_another_organization(place: Place, foreign: Foreign) -> None:
    place.app.books.runs.start(foreign.app.organization_id, foreign.record.id, "test")
    asking = program(place)
    assert [each["title"] for each in asking.told("/connections")["stores"]] == ["Shop"]
    assert asking.told("/runs")["runs"] == []
    assert asking.told(f"/runs?connection={foreign.record.id}")["runs"] == []
    assert "Other shop" not in json.dumps(asking.told("/trail"))


# Tokens


def test_a_token_that_was_ended_opens_nothing(place: Place) -> None:
    asking = program(place)
    (token,) = place.rooms.api_tokens.of(place.app.organization_id)
    assert place.rooms.revoke_api_token(place.app.organization_id, token.id, Actor("owner"))
    assert asking.get("/connections").status_code == 401
    assert not place.rooms.revoke_api_token(place.app.organization_id, token.id, Actor("owner")), "it is ended"
    assert place.rooms.api_tokens.of(place.app.organization_id) == []


def test_a_token_ends_with_its_day(place: Place) -> None:
    asking = program(place)
    with place.app.books.database.write() as connection:
        connection.execute(update(api_tokens).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    assert asking.get("/connections").status_code == 401
    assert place.rooms.api_tokens.of(place.app.organization_id) == []


def test_a_use_is_remembered(place: Place) -> None:
    asking = program(place)
    assert place.rooms.api_tokens.of(place.app.organization_id)[0].used_at is None
    asking.get("/connections")
    (token,) = place.rooms.api_tokens.of(place.app.organization_id)
    assert token.used_at is not None
    asking.get("/connections")
    assert place.rooms.api_tokens.of(place.app.organization_id)[0].used_at == token.used_at, "not at every request"


def test_tokens_are_kept_as_digests(place: Place) -> None:
    asking = program(place)
    asking.get("/connections")
    kept = b"".join(each.read_bytes() for each in place.app.home.path.glob("comptoir.sqlite*"))
    assert asking.token.encode() not in kept


def test_whoever_asks_too_often_is_told_when_to_go_on(place: Place) -> None:
    now = [1000.0]
    place.web.state.rates = Rates(lambda *_token: Limiter(((2, 60.0),), clock=lambda: now[0]))
    asking, other = program(place), program(place)
    assert [asking.get("/runs").status_code for _ in range(3)] == [200, 200, 429]
    answer = asking.get("/runs", headers={"accept-language": "fr"})
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("too-many-requests", "60")
    assert answer.json()["title"] == "Trop de demandes"
    assert other.get("/runs").status_code == 200, "each token by itself"
    now[0] += 60
    assert asking.get("/runs").status_code == 200


# Repeated writes


def repeat(asking: Program, path: str, key: str, **how: Any) -> Any:
    return asking.post(path, headers={"idempotency-key": key}, **how)


def test_a_repeated_write_is_carried_out_once(place: Place) -> None:
    asking, path = program(place), f"/connections/{place.record.id}/runs"
    first = repeat(asking, path, "one")
    place.doing.wait(30)
    second = repeat(asking, path, "one")
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.json() == first.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(asking.told("/runs")["runs"]) == 1
    repeat(asking, path, "two")
    place.doing.wait(30)
    assert len(asking.told("/runs")["runs"]) == 2
    assert repeat(program(place), path, "one").headers.get("idempotency-replayed") is None, "names belong to tokens"
    place.doing.wait(30)


def test_a_name_stands_for_one_request(place: Place) -> None:
    place.run()
    asking, path = program(place), f"/connections/{place.record.id}/orders/1/hold"
    assert repeat(asking, path, "k", json={"reason": "a"}).status_code == 200
    answer = repeat(asking, path, "k", json={"reason": "b"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")


def test_what_was_refused_may_be_asked_again(place: Place) -> None:
    asking, path = program(place), f"/connections/{place.record.id}/orders/1/hold"
    assert repeat(asking, path, "k").status_code == 404
    place.run()
    assert repeat(asking, path, "k").status_code == 200


def test_a_request_at_work_is_not_begun_twice(place: Place) -> None:
    asking, path = program(place), f"/connections/{place.record.id}/runs"
    assert repeat(asking, path, "k").status_code == 202
    place.doing.wait(30)
    with place.app.books.database.write() as connection:
        connection.execute(update(api_answers).values(status=None, body=None))
    answer = repeat(asking, path, "k")
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency-key-in-use")
    with place.app.books.database.write() as connection:
        connection.execute(update(api_answers).values(begun_at=datetime.now(UTC) - PATIENCE * 2))
    assert repeat(asking, path, "k").status_code == 202, "its process is gone"
    place.doing.wait(30)


@pytest.mark.parametrize("key", ["", "x" * 201, "é"])
def test_a_name_has_a_form(place: Place, key: str) -> None:
    answer = program(place).post(
        f"/connections/{place.record.id}/runs", headers={"idempotency-key": key.encode("latin-1")}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-invalid")


def test_reading_needs_no_name(place: Place) -> None:
    asking = program(place, Scope.READ)
    assert asking.get("/runs", headers={"idempotency-key": "k"}).status_code == 200
    assert program(place, None).post("/runs/1/repost", headers={"idempotency-key": "k"}).status_code == 401


def test_what_was_answered_is_kept_sealed(place: Place) -> None:
    place.run()
    asking = program(place)
    repeat(asking, f"/connections/{place.record.id}/orders/1/hold", "k", json={"reason": "Zebedee called"})
    (token,) = place.rooms.api_tokens.of(place.app.organization_id)
    with place.app.books.database.read() as connection:
        (row,) = connection.execute(api_answers.select()).all()
    assert b"Zebedee" not in row.body
    found = place.web.state.answers.begin(Named(token, "k", row.request_hash))
    assert b"Zebedee" in found.body


# The page of tokens


def test_an_owner_makes_and_ends_tokens(place: Place) -> None:
    browser = place.browser("owner@example.com")
    made = browser.post("/settings/programs", name="Month end", scope="write", days="90")
    secret = re.search(rf"{MARK}[\w-]{{30,}}", made.text)
    assert secret is not None
    assert secret[0] not in browser.get("/settings/programs").text, "it is shown once"
    asking = program(place, None, authorization=f"Bearer {secret[0]}")
    assert asking.get("/connections").status_code == 200
    (token,) = place.rooms.api_tokens.of(place.app.organization_id)
    assert (token.name, token.scope) == ("Month end", Scope.WRITE)
    assert token.expires_at is not None
    assert abs(token.expires_at - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=5)
    assert "Month end" in browser.get("/settings/programs").text
    assert browser.post(f"/settings/programs/{token.id}/end").status_code == 303
    assert asking.get("/connections").status_code == 401
    actions = [each.action for each in place.rooms.trail.latest(place.app.organization_id, 2)]
    assert actions == ["token ended", "token made"]


@pytest.mark.parametrize(("fields", "status"), [({"name": " "}, 400), ({"name": "x", "days": "1"}, 404)])
def test_a_token_needs_a_name_and_a_known_life(place: Place, fields: dict[str, str], status: int) -> None:
    assert place.browser("owner@example.com").post("/settings/programs", **fields).status_code == status
    assert place.rooms.api_tokens.of(place.app.organization_id) == []


def test_every_answer_carries_the_headers(place: Place) -> None:
    answer = program(place).get("/connections")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.request.url.path.startswith(PREFIX)

"""What must hold on every route, read from the table of routes: nobody forgets a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from annotated_types import Le
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.testclient import TestClient
from tests.web.conftest import Browser, Foreign, Place, text_of

from comptoir.storage.database import LARGEST
from comptoir.web.api.app import api_routes
from comptoir.web.app import CONTENT_POLICY, LARGEST_BODY, create_app, page_routes
from comptoir.web.guard import SESSION_COOKIE, VISIT_COOKIE, Access, access_of, form_token, safe_path
from comptoir.web.render import is_secure

FIELDS = {
    "role": "viewer",
    "organization_id": "999999",
    "secret": "A" * 32,
    "name": "X",
    "cause": "x",
    "choice": "hold",
}
"""Whatever forms ask for, so that no route is refused for lack of it."""


def routes() -> Iterator[tuple[str, str, Access]]:
    for route in page_routes():
        for method in sorted((route.methods or set()) - {"HEAD"}):
            yield method, route.path, access_of(route)


def call(browser: Browser, method: str, path: str) -> int:
    answer = browser.get(path) if method == "GET" else browser.post(path, **FIELDS)
    return answer.status_code


def filled(path: str, foreign: Foreign, run_id: int) -> str:
    """The path with ids of another organization, each of which exists there."""
    ids = {
        "connection_id": foreign.record.id,
        "source_id": "1",
        "run_id": run_id,
        "posting_id": 1,
        "user_id": foreign.owner.id,
        "invitation_id": foreign.invitation,
        "token_id": foreign.api_token,
        "request_id": foreign.privacy_request,
        "session_id": 999999,
        "token": "guessed",
        "step": "sync",
        "slug": "unknown",
    }
    return re.sub(r"\{(\w+)(:path)?\}", lambda found: str(ids[found[1]]), path)


def test_every_route_says_who_may_come_in() -> None:
    found = list(routes())
    assert {access for _, _, access in found} >= {Access.VISITOR, Access.PERSON, Access.READ, Access.WRITE, Access.OWN}
    assert all(access is not Access.READ for method, _, access in found if method == "POST"), "a reader changes nothing"


def test_a_route_without_a_guard_does_not_start() -> None:
    web = FastAPI()

    @web.get("/open")
    def open_page() -> str:
        return ""

    (route,) = [each for each in web.routes if isinstance(each, APIRoute)]
    with pytest.raises(AssertionError, match="/open does not say who may come in"):
        access_of(route)


def test_nobody_comes_in_without_signing_in(place: Place, foreign: Foreign) -> None:
    browser = place.browser()
    browser.get("/sign-in")
    for method, path, access in routes():
        if access is not Access.VISITOR:
            assert call(browser, method, filled(path, foreign, 1)) == 303, (method, path)


def test_another_organizations_ids_are_not_there(place: Place, foreign: Foreign) -> None:
    run = place.app.books.runs.start(foreign.app.organization_id, foreign.record.id, "test")
    browser = place.browser("owner@example.com")
    looked_at = [(method, path) for method, path, _ in routes() if "{" in path and "{token}" not in path]
    assert len(looked_at) > 5
    for method, path in looked_at:
        assert call(browser, method, filled(path, foreign, run.id)) == 404, (method, path)
    assert browser.post("/account/organization", organization_id=str(foreign.app.organization_id)).status_code == 404
    assert [each.user.id for each in place.rooms.users.members(foreign.app.organization_id)] == [foreign.owner.id]


NUMBERS = {"too-large": str(LARGEST + 1), "largest": str(LARGEST), "endless": "9" * 5000}
"""What may stand where a number is asked for."""


PLACES = ("path", "query", "form")


def numbers_of(route: APIRoute) -> list[tuple[str, Any]]:
    """Where a route takes whole numbers: in its path, behind it, and in its form."""
    found = route.dependant
    fields = (found.path_params, found.query_params, found.body_params)
    return [(place, each) for place, some in zip(PLACES, fields, strict=True) for each in some if int in _kinds(each)]


def _kinds(field: Any) -> tuple[object, ...]:
    return (field.field_info.annotation, *get_args(field.field_info.annotation))


def test_every_number_from_outside_is_one_that_a_database_keeps() -> None:
    taken = [(route.path, *each) for route in (*page_routes(), *api_routes()) for each in numbers_of(route)]
    assert {place for _, place, _ in taken} == set(PLACES)
    for path, place, field in taken:
        most = [each.le for each in field.field_info.metadata if isinstance(each, Le)]
        assert most, (path, place, field.name)
        assert isinstance(most[0], int)
        assert most[0] <= LARGEST, (path, place, field.name)


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
def test_a_number_of_nothing_is_not_there(place: Place, number: str) -> None:
    browser = place.browser("owner@example.com")
    place.run()
    known = {"connection_id": str(place.record.id), "run_id": "1"}
    none: dict[str, str] = {}
    for method, route in numbered():
        named = {where: [each.name for here, each in numbers_of(route) if here == where] for where in PLACES}
        query = "&".join(f"{name}={number}" for name in named["query"])
        fields = FIELDS | dict.fromkeys(named["form"], number)
        for ids in (none, known):
            names = re.findall(r"\{(\w+)(?::path)?\}", route.path)
            address = route.path.replace(":path}", "}").format_map({name: ids.get(name, number) for name in names})
            address += f"?{query}" if query else ""
            answer = browser.get(address) if method == "GET" else browser.post(address, **fields)
            assert answer.status_code < 500, (method, route.path, answer.status_code)
            if named["path"] and not ids:
                assert answer.status_code == 404, (method, route.path, answer.status_code)


def numbered() -> Iterator[tuple[str, APIRoute]]:
    for route in page_routes():
        if numbers_of(route):
            yield from ((method, route) for method in sorted((route.methods or set()) - {"HEAD"}))


def test_a_viewer_changes_nothing(place: Place, foreign: Foreign) -> None:
    browser = place.browser("viewer@example.com")
    tried = [(method, path) for method, path, access in routes() if access in {Access.WRITE, Access.OWN}]
    assert len(tried) > 5
    for method, path in tried:
        assert call(browser, method, filled(path, foreign, 1)) == 403, (method, path)


def test_an_accountant_decides_nothing_about_people(place: Place, foreign: Foreign) -> None:
    browser = place.browser("accountant@example.com")
    for method, path, access in routes():
        if access is Access.OWN:
            assert call(browser, method, filled(path, foreign, 1)) == 403, (method, path)


def test_no_form_counts_without_its_token(place: Place, foreign: Foreign) -> None:
    for browser in (place.browser("owner@example.com"), place.browser()):
        browser.get("/sign-in")
        for method, path, _ in routes():
            if method != "GET":
                for token in ("", "0" * 64, form_token("another")):
                    answer = browser.post(filled(path, foreign, 1), token=token, **FIELDS)
                    assert answer.status_code == 403, (path, token)


def test_no_form_brings_a_character_that_a_database_refuses(place: Place, foreign: Foreign) -> None:
    browser = place.browser("owner@example.com")
    for method, path, _ in routes():
        if method != "GET":
            answer = browser.post(filled(path, foreign, 1), **FIELDS, more="A\x00B")
            assert answer.status_code == 400, path
            assert "Nothing was changed" in answer.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "https://testserver"}, 303),
    ],
)
def test_a_form_of_another_site_is_refused(place: Place, headers: dict[str, str], status: int) -> None:
    browser = place.browser("owner@example.com")
    assert browser.post("/settings/name", headers=headers, name="Mine").status_code == status


def test_a_token_is_for_one_session(place: Place) -> None:
    one, two = place.browser("owner@example.com"), place.browser("owner@example.com")
    assert one.post("/settings/name", token=form_token(two.session or ""), name="Mine").status_code == 403


def test_a_session_is_begun_anew_at_sign_in(place: Place) -> None:
    browser = place.browser()
    browser.get("/sign-in")
    browser.client.cookies.set(SESSION_COOKIE, "planted", domain="testserver.local", path="/")
    assert browser.post("/sign-in", email="owner@example.com", password="correct horse battery").status_code == 303
    first = browser.session
    assert first not in {None, "planted"}
    browser.sign_in("viewer@example.com")
    assert browser.session != first
    assert place.rooms.sessions.find(first or "") is None, "the session before is ended"


def test_cookies_are_kept_from_scripts_and_other_sites(place: Place) -> None:
    browser = place.browser()
    answers = [browser.get("/sign-in"), browser.sign_in("owner@example.com")]
    cookies = [each for answer in answers for each in answer.headers.get_list("set-cookie") if "Max-Age=0" not in each]
    assert {each.split("=")[0] for each in cookies} == {SESSION_COOKIE, VISIT_COOKIE}
    for each in cookies:
        assert "HttpOnly" in each
        assert "SameSite=lax" in each
        assert "Secure" in each


def test_without_https_the_cookie_still_comes_back() -> None:
    scope = {"type": "http", "scheme": "http", "server": ("h", 80), "path": "/", "query_string": b"", "headers": []}
    assert not is_secure(Request(scope))


def test_sessions_and_links_are_kept_as_digests(place: Place) -> None:
    browser = place.browser("owner@example.com")
    page = browser.post("/settings/invitations", email="new@example.com", role="viewer")
    link = re.search(r"/join/([\w-]+)", page.text)
    assert link is not None
    kept = b"".join(each.read_bytes() for each in place.app.home.path.glob("comptoir.sqlite*"))
    for secret in (browser.session or "", link[1], "correct horse battery"):
        assert secret.encode() not in kept


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/\t/evil.example",
        "/a\\..\\evil",
        "/\n/evil.example",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(place: Place, wanted: str) -> None:
    assert safe_path(wanted) == "/"
    assert place.browser().sign_in("owner@example.com", next=wanted).headers["location"] == "/"


@pytest.mark.parametrize("wanted", ["/", "/orders?q=12&state=held", "/runs/1"])
def test_a_way_on_is_kept(wanted: str) -> None:
    assert safe_path(wanted) == wanted


def test_every_answer_carries_the_headers(place: Place) -> None:
    browser = place.browser("owner@example.com")
    for path in ("/", "/sign-in", "/nowhere", "/static/icon.svg"):
        answer = browser.get(path)
        assert answer.headers["content-security-policy"] == CONTENT_POLICY
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["strict-transport-security"]
    assert browser.get("/").headers["cache-control"] == "no-store"
    assert "immutable" in browser.get("/static/icon.svg?1").headers["cache-control"]


def test_pages_need_no_script_or_style_of_their_own(place: Place) -> None:
    place.run()
    browser = place.browser("owner@example.com")
    for method, path, _ in routes():
        if method == "GET" and "{" not in path:
            page = browser.get(path).text
            assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", page), path


@pytest.fixture
def at_fault(place: Place, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """A browser whose trail page meets a fault in the program."""

    def broken(*_args: object) -> None:
        raise RuntimeError("the secret is 42")

    browser = place.browser("owner@example.com")
    monkeypatch.setattr(type(place.rooms.trail), "latest", broken)
    calm = TestClient(place.web, base_url="https://testserver", raise_server_exceptions=False)
    calm.cookies.set(SESSION_COOKIE, browser.session or "", domain="testserver.local", path="/")
    return calm


def test_a_page_that_was_open_too_long_is_told_in_the_persons_own_language(place: Place) -> None:
    browser = place.browser("owner@example.com")
    browser.post("/account/profile", name="Olga", language="fr", theme="auto")
    told = browser.post("/account/profile", token="0" * 64, name="Olga")
    assert told.status_code == 403
    assert "été changé" in text_of(told)
    assert 'action="/sign-out"' in told.text, "they are signed in still"


def test_a_fault_is_a_page_that_tells_nothing(at_fault: TestClient) -> None:
    answer = at_fault.get("/settings/trail")
    assert answer.status_code == 500
    assert "the secret" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_POLICY
    assert "<html" in answer.text
    assert 'id="notices"' in answer.text
    assert 'href="" class="btn btn-primary">Try again' in answer.text
    missing = at_fault.get("/nothing-here")
    assert "Try again" not in missing.text


def as_part(source: str, target: str) -> dict[str, str]:
    """What htmx sends with a part's request."""
    return {"hx-request": "true", "hx-source": source, "hx-target": target}


@pytest.mark.parametrize(
    ("language", "told"), [("en", "Try again; if it comes again"), ("fr", "Essayez de nouveau; si cela se reproduit")]
)
def test_a_fault_is_a_notice_on_the_page_whose_part_met_it(
    place: Place, at_fault: TestClient, language: str, told: str
) -> None:
    user = place.rooms.users.by_email("owner@example.com")
    assert user is not None
    with place.app.books.database.write() as connection:
        place.rooms.users.change(connection, user.id, language=language)
    answer = at_fault.get("/settings/trail", headers=as_part("form", "article#connection-1"))
    assert answer.status_code == 500
    assert "<html" not in answer.text
    assert told in text_of(answer)
    assert "the secret" not in answer.text
    assert (answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == ("#notices", "innerHTML")
    assert answer.headers["content-security-policy"] == CONTENT_POLICY


def test_a_part_that_asked_for_itself_gives_its_place_to_the_notice(at_fault: TestClient) -> None:
    answer = at_fault.get("/settings/trail", headers=as_part("div", "div"))
    assert "<html" not in answer.text
    assert "hx-" not in answer.text, "it asks no more"
    assert "hx-retarget" not in answer.headers


def test_whatever_a_part_is_refused_is_a_notice(place: Place) -> None:
    viewer = place.browser("viewer@example.com")
    part = as_part("form", "div#x")
    for answer, told in (
        (viewer.get("/runs/99", **part), "There is nothing here"),
        (viewer.post(f"/stores/{place.record.id}/sync", headers=part), "Not with your role"),
    ):
        assert "<html" not in answer.text
        assert told in text_of(answer)
        assert answer.headers["hx-retarget"] == "#notices"


@pytest.mark.parametrize(("length", "status"), [(str(LARGEST_BODY + 1), 413), ("nonsense", 411), (None, 411)])
def test_a_body_that_is_too_large_is_not_read(place: Place, length: str | None, status: int) -> None:
    browser = place.browser()
    headers = {} if length is None else {"content-length": length}

    def chunks() -> Iterator[bytes]:
        yield b"x"

    answer = browser.client.post("/sign-in", content=chunks() if length is None else b"x", headers=headers)
    assert answer.status_code == status


def test_strange_methods_and_fields_are_refused_in_plain_words(place: Place) -> None:
    browser = place.browser("owner@example.com")
    assert browser.client.request("GET", "/sign-out").status_code == 405
    assert browser.post("/account/organization", organization_id="nonsense").status_code == 404
    assert browser.get("/stores/nonsense/progress").status_code == 404


def test_the_application_publishes_no_map_of_itself(place: Place) -> None:
    browser = place.browser("owner@example.com")
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert browser.get(path).status_code == 404
    assert not create_app(place.app).state.postbox.is_open

"""The demo that the pages begin: apart from real books, marked on every page, gone without a trace when removed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from tests.engine.conftest import SETTINGS, SmallStore, make_order
from tests.web.conftest import Browser, Place, text_of

from comptoir.books.problems import Message
from comptoir.books.settings import Settings
from comptoir.demo import demos as demos_module
from comptoir.demo.demos import MOST, Demos, DemoState, TooManyDemosError
from comptoir.demo.simulators import SimulatorError
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.storage.executors import Executors, demo_subject
from comptoir.storage.people.users import Role
from comptoir.storage.runs import RunState
from comptoir.storage.schedule import Terms
from comptoir.storage.tables import fences, metadata, organizations
from comptoir.storage.upkeep.removing import NoDemoError, remove_demo
from comptoir.web.app import create_app, page_routes
from comptoir.web.guard import Access, access_of
from comptoir.web.watching import Errands
from comptoir.wiring import App

PATIENCE = 20.0


@dataclass
class Floor:
    """Stands for the simulators: `gate` holds them back, `fault` keeps them from starting, `open` counts them."""

    store: SmallStore
    ledger_identity: str
    gate: threading.Event = field(default_factory=threading.Event)
    fault: Exception | None = None
    open: int = 0
    asked: list[list[str]] = field(default_factory=list)

    @contextmanager
    def pair(self, _shop: Any, company: Any) -> Iterator[Floor]:
        self.asked.append(list(company))
        assert self.gate.wait(PATIENCE)
        if self.fault:
            raise self.fault
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    def connect(self, app: App, _settings: Settings) -> tuple[ConnectionRecord, ConnectionRecord]:
        save, organization = app.books.connections.save, app.organization_id
        shop = save(organization, NewConnection(STORE, "shopify", self.store.identity, "Gift shop", {}, {}))
        company = save(organization, NewConnection(LEDGER, "quickbooks", self.ledger_identity, "Its company", {}, {}))
        app.books.connections.save_settings(shop.id, SETTINGS, company.id)
        return app.books.connections.get(shop.id), company


@pytest.fixture
def floor(empty: Place, monkeypatch: pytest.MonkeyPatch) -> Floor:
    made = Floor(empty.store, empty.ledger.identity)
    monkeypatch.setattr(demos_module, "pair", made.pair)
    empty.store.orders = [make_order(number, f"{number}.00") for number in range(1, 4)]
    made.gate.set()
    return made


@pytest.fixture
def server(empty: Place, floor: Floor) -> Iterator[Place]:
    """A fresh installation whose server can have demos, with an owner, an accountant and a viewer."""
    for role in Role:
        empty.person(f"{role.value}@example.com", role)
    demos = Demos(empty.app)
    yield replace(empty, web=create_app(empty.app, demos=demos))
    floor.gate.set()
    demos.close()
    assert floor.open == 0, "every simulator is ended"


def demos_of(server: Place) -> Demos:
    found: Demos = server.web.state.demos
    return found


def begun(server: Place, browser: Browser, *, until: DemoState = DemoState.RUNNING) -> int:
    """The demo of whoever looks, begun; answers its organization."""
    assert browser.post_anew("/demo").status_code == 303
    (place,) = server.rooms.users.demos()
    settled(server, place, until)
    return place


def settled(server: Place, place: int, until: DemoState) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if demos_of(server).state(place) is until:
            break
        pause.wait(0.01)
    assert demos_of(server).state(place) is until
    if until is DemoState.RUNNING:
        server.doing.wait(PATIENCE)


def rows(server: Place, organization: int) -> dict[str, int]:
    """How many rows each table holds of an organization."""
    with server.app.books.database.read() as connection:
        counted = {
            table.name: connection.execute(
                select(func.count()).select_from(table).where(table.c.organization_id == organization)
            ).scalar_one()
            for table in metadata.sorted_tables
            if "organization_id" in table.c
        }
    return {name: count for name, count in counted.items() if count}


def test_an_owner_tries_it_from_the_first_page(server: Place) -> None:
    browser = server.browser("owner@example.com")
    assert "Try it with demo data" in text_of(browser.get("/"))
    place = begun(server, browser)
    assert place != server.app.organization_id
    home = text_of(browser.get("/"))
    assert "Gift shop" in home
    assert "Remove the demo" in home
    assert rows(server, place)["postings"] > 0, "the first run was begun by itself"
    (run,) = server.app.books.runs.latest(place, 5)
    assert run.state is RunState.FINISHED
    assert set(rows(server, server.app.organization_id)) <= {"fences", "memberships", "sessions", "trail"}
    assert "Began a demo" in text_of(server.browser("owner@example.com").get("/settings/trail"))


@pytest.mark.parametrize("role", ["accountant", "viewer"])
def test_who_owns_nothing_begins_none(server: Place, role: str) -> None:
    browser = server.browser(f"{role}@example.com")
    page = browser.get("/")
    assert 'action="/demo"' not in page.text
    assert "An owner of the organization can begin it" in text_of(page)
    assert browser.post("/demo").status_code == 403


def test_every_page_of_the_demo_says_so(server: Place) -> None:
    browser = server.browser("owner@example.com")
    begun(server, browser)
    (record,) = server.app.books.connections.everywhere(STORE)
    looked_at = 0
    for route in page_routes():
        if "GET" not in (route.methods or ()) or access_of(route) in {Access.VISITOR, Access.PERSON}:
            continue
        answer = browser.get(route.path.replace("{connection_id}", str(record.id)))
        if answer.status_code == 200 and "<html" in answer.text:
            looked_at += 1
            assert "Remove the demo" in answer.text, route.path
    assert looked_at > 10
    assert "Remove the demo" not in server.browser("owner@example.com").get("/orders").text, "where books are real"


def test_nothing_real_comes_into_a_demo(server: Place) -> None:
    browser = server.browser("owner@example.com")
    place = begun(server, browser)
    before = rows(server, place)
    for path in ("/connections/new/shopify", "/connections/new/quickbooks", "/connections/callback?state=x&code=y"):
        assert browser.get(path).status_code == 403
    (record,) = server.app.books.connections.everywhere(STORE)
    for path in ("/connections/new/shopify", f"/connections/{record.id}/renew", "/settings/invitations"):
        answer = browser.post(path, email="friend@example.com", role="owner")
        assert answer.status_code == 403
        assert "Everything in the demo is made up" in text_of(answer)
    assert rows(server, place) == before
    page = browser.get("/connections").text
    assert "/connections/new/" not in page
    assert "/renew" not in page
    assert "/settings/invitations" not in browser.get("/settings").text


def test_a_demo_that_is_removed_leaves_nothing(server: Place) -> None:
    browser = server.browser("owner@example.com")
    place = begun(server, browser)
    browser.post("/settings/programs", name="A program", scope="read", days="30")
    other = server.browser("owner@example.com")
    other.post("/account/organization", organization_id=str(place))
    assert {"api_tokens", "facts", "postings", "runs", "events", "schedules"} - set(rows(server, place)) <= {
        "schedules"
    }
    assert browser.post("/demo/remove").status_code == 303
    assert rows(server, place) == {}
    assert server.rooms.users.demos() == []
    for each in (browser, other):
        assert "How do you want to begin?" in text_of(each.get("/"))
    assert "Removed a demo: Demo" in text_of(browser.get("/settings/trail"))


def test_a_demo_is_removed_while_its_run_is_at_work(server: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    going, browser = threading.Event(), server.browser("owner@example.com")
    monkeypatch.setattr(demos_module, "STOP_SECONDS", 2.0)
    monkeypatch.setattr(App, "work", lambda *_args, **_named: going.wait(PATIENCE))
    assert browser.post_anew("/demo").status_code == 303
    (place,) = server.rooms.users.demos()
    settled_at = threading.Timer(0.5, going.set)
    settled_at.start()
    assert browser.post("/demo/remove").status_code == 303
    assert rows(server, place) == {}
    settled_at.join()


def test_real_books_are_never_removed(server: Place) -> None:
    browser = server.browser("owner@example.com")
    assert browser.post_anew("/demo/remove").status_code == 404
    with pytest.raises(NoDemoError), server.app.books.database.write() as connection:
        remove_demo(connection, server.app.organization_id)
    with server.app.books.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(organizations)).scalar_one() == 1


def test_a_demo_that_starts_is_waited_for(server: Place, floor: Floor) -> None:
    floor.gate.clear()
    browser = server.browser("owner@example.com")
    place = begun(server, browser, until=DemoState.STARTING)
    assert "A shop opens on this machine" in text_of(browser.get("/"))
    waiting = browser.get("/demo/progress", **{"hx-request": "true"})
    assert 'hx-get="/demo/progress"' in waiting.text
    floor.gate.set()
    settled(server, place, DemoState.RUNNING)
    assert browser.get("/demo/progress", **{"hx-request": "true"}).headers["hx-redirect"] == "/"


def test_a_second_wish_leads_to_the_demo_that_runs(server: Place, floor: Floor) -> None:
    browser = server.browser("owner@example.com")
    begun(server, browser)
    again = server.browser("owner@example.com")
    assert again.post_anew("/demo").status_code == 303
    assert "Gift shop" in text_of(again.get("/"))
    assert len(floor.asked) == 1


def test_each_demo_has_a_company_of_its_own(server: Place, floor: Floor) -> None:
    for _ in range(2):
        browser = server.browser("owner@example.com")
        begun(server, browser)
        browser.post("/demo/remove")
    first, second = (asked[asked.index("--realm-id") + 1] for asked in floor.asked)
    assert first != second


def test_after_a_restart_the_demo_says_that_it_ended(server: Place) -> None:
    browser = server.browser("owner@example.com")
    place = begun(server, browser)
    (record,) = server.app.books.connections.everywhere(STORE)
    schedules = server.app.books.schedules
    terms = Terms("1", schedules.now(), "owner@example.com")
    schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=schedules.now())
    demos_of(server).close()
    schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=schedules.now())
    demos = Demos(server.app)
    Errands(server.app, demos=demos).run()
    anew = replace(server, web=create_app(server.app, demos=demos))
    browser = anew.browser("owner@example.com")
    browser.post("/account/organization", organization_id=str(place))
    page = text_of(browser.get("/"))
    assert "ended when the server was started anew" in page
    assert "Begin it anew" in page
    schedule = schedules.get(record.id)
    assert schedule is not None
    assert not schedule.enabled, "nothing runs by itself towards what is gone"
    assert browser.post("/demo").status_code == 303
    assert rows(server, place) == {} or place in server.rooms.users.demos(), "SQLite may give the number out again"
    (new,) = anew.rooms.users.demos()
    settled(anew, new, DemoState.RUNNING)
    assert "ended" not in text_of(browser.get("/"))
    demos.close()


def waited_for(condition: Callable[[], object]) -> None:
    pause = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if condition():
            return
        pause.wait(0.01)
    assert condition()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's process looks after it often."""
    monkeypatch.setattr(demos_module, "BEAT_SECONDS", 0.02)


@pytest.fixture
def among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is one of several of the installation, and workers are at work."""
    monkeypatch.setattr(demos_module, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(App, "alone", False)
    monkeypatch.setattr(App, "server_at_work", lambda _app: True)


@pytest.mark.usefixtures("quick")
def test_what_a_demo_s_schedule_asks_for_is_done_by_its_own_process(server: Place) -> None:
    place = begun(server, server.browser("owner@example.com"))
    (record,) = server.app.books.connections.everywhere(STORE)
    schedules, runs = server.app.books.schedules, server.app.books.runs
    terms = Terms("1", schedules.now(), "owner@example.com")
    schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=schedules.now())
    waited_for(lambda: len(runs.latest(place, 9)) == 2)
    server.doing.wait(PATIENCE)
    (last, first) = runs.latest(place, 9)
    assert [(each.trigger, each.state) for each in (first, last)] == [
        ("by hand", RunState.FINISHED),
        ("schedule", RunState.FINISHED),
    ]
    schedule = schedules.get(record.id)
    assert schedule is not None
    assert schedule.due_at is not None
    assert schedule.due_at > schedules.now(), "it is due again later"


@pytest.mark.usefixtures("among_others")
def test_workers_leave_a_demo_to_the_server_that_began_it(server: Place) -> None:
    browser = server.browser("owner@example.com")
    begun(server, browser)
    (record,) = server.app.books.connections.everywhere(STORE)
    assert server.app.books.schedules.get(record.id) is None, "nobody else was asked for the first run"
    assert browser.post(f"/stores/{record.id}/sync").status_code == 303
    server.doing.wait(PATIENCE)
    assert server.app.books.schedules.get(record.id) is None


@pytest.mark.usefixtures("among_others")
def test_a_demo_of_another_server_is_shown_and_can_be_removed(server: Place, floor: Floor) -> None:
    place = begun(server, server.browser("owner@example.com"))
    waited_for(lambda: Executors(server.app.books.database).holds(demo_subject(place)))
    others = Demos(server.app)
    elsewhere = replace(server, web=create_app(server.app, demos=others))
    others.switch_off_what_ended()
    browser = elsewhere.browser("owner@example.com")
    browser.post("/account/organization", organization_id=str(place))
    page = text_of(browser.get("/"))
    assert "are with another server of this installation" in page
    assert "Begin it anew" not in page
    assert browser.post_anew("/demo").status_code == 303
    assert server.rooms.users.demos() == [place], "the one that runs is turned to"
    assert browser.post_anew("/demo/remove").status_code == 303
    waited_for(lambda: floor.open == 0)
    assert rows(server, place) == {}
    waited_for(lambda: demos_of(server).state(place) is DemoState.ENDED)


@pytest.mark.usefixtures("among_others")
def test_a_server_that_was_thought_dead_keeps_its_demo(server: Place, floor: Floor) -> None:
    place = begun(server, server.browser("owner@example.com"))
    held = Executors(server.app.books.database)
    waited_for(lambda: held.holds(demo_subject(place)))
    with server.app.books.database.write() as connection:
        connection.execute(delete(fences).where(fences.c.subject == demo_subject(place)))
    waited_for(lambda: held.holds(demo_subject(place)))
    assert demos_of(server).state(place) is DemoState.RUNNING
    assert floor.open == 1


def test_a_demo_that_cannot_start_says_so(server: Place, floor: Floor) -> None:
    floor.fault = SimulatorError(Message("no room on this machine"))
    browser = server.browser("owner@example.com")
    begun(server, browser, until=DemoState.FAILED)
    page = text_of(browser.get("/"))
    assert "could not be started" in page
    assert "Begin it anew" in page
    floor.fault = None
    begun(server, browser)
    assert "Gift shop" in text_of(browser.get("/"))


def test_only_a_few_demos_run_at_once(server: Place, floor: Floor) -> None:
    floor.gate.clear()
    for number in range(MOST):
        demos_of(server).begin(1000 + number, lambda _app, _record, _trigger: None)
    browser = server.browser("owner@example.com")
    answer = browser.post_anew("/demo")
    assert answer.status_code == 503
    assert "Others are trying the demo now" in text_of(answer)
    assert server.rooms.users.demos() == []
    with pytest.raises(TooManyDemosError):
        demos_of(server).begin(2000, lambda _app, _record, _trigger: None)
    floor.fault = SimulatorError(Message("not needed any more"))


def test_where_no_demo_can_run_the_command_is_told(empty: Place) -> None:
    empty.person("owner@example.com", Role.OWNER)
    browser = empty.browser("owner@example.com")
    assert "comptoir demo" in text_of(browser.get("/"))
    assert browser.post("/demo").status_code == 404

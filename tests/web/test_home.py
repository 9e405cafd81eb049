"""Home: each connection in a line, what was posted, and a run asked for and followed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from bench.counting import queries
from sqlalchemy import update
from tests.engine.conftest import SETTINGS, make_order, pounds
from tests.web.conftest import Foreign, Place, text_of

from comptoir.books.problems import Message
from comptoir.engine.errors import Reconnect
from comptoir.engine.telling.overview import Health, Overview, overviews
from comptoir.engine.work import Step
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.runs import RunState
from comptoir.storage.schedule import Terms
from comptoir.storage.tables import runs
from comptoir.web.doing import Progress
from comptoir.web.following import Following
from comptoir.wiring import App

OWNER = "owner@example.com"


def health(place: Place) -> Health:
    return overviews(place.app.books, place.app.organization_id)[0].health


def test_a_store_from_its_connection_to_its_first_run(place: Place) -> None:
    assert health(place) is Health.NEVER_RUN
    browser = place.browser(OWNER)
    assert "Ready for its first sync" in text_of(browser.get("/"))
    answer = browser.post(f"/stores/{place.record.id}/sync")
    assert answer.headers["location"] == "/"
    place.doing.wait(30)
    assert health(place) is Health.WELL
    told = text_of(browser.get("/"))
    assert "All is well" in told
    assert "store = books" in told
    assert "£15.00" in told, "1 + 2 + 3 + 4 + 5 pounds"
    (entry, *_) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.who, entry.action, entry.subject) == (OWNER, "sync", "Shop")


def test_a_run_is_followed_live(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    going, go_on = threading.Event(), threading.Event()
    fetch = place.store.fetch_orders

    def slow(*args: object, **more: object) -> object:
        going.set()
        assert go_on.wait(30)
        return fetch(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(place.store, "fetch_orders", slow)
    browser = place.browser(OWNER)
    path = f"/stores/{place.record.id}"
    part = browser.post(f"{path}/sync", headers={"hx-request": "true"})
    assert part.status_code == 200
    assert 'hx-trigger="every 1s"' in part.text
    assert going.wait(30)
    assert "At work" in text_of(part)
    assert "Sync now" not in part.text
    followed = browser.get(f"{path}/progress")
    assert 'hx-trigger="every 1s"' in followed.text
    assert "Last sync" not in followed.text, "what changes, and no more"
    assert "hx-retarget" not in followed.headers
    assert not place.doing.start(place.app, place.record, "again"), "a second wish follows the first"
    go_on.set()
    place.doing.wait(30)
    done = browser.get(f"{path}/progress")
    assert "every" not in done.text
    assert 'hx-target="#figures" hx-select="#figures"' in done.text, "money and sales below are read anew, once"
    assert 'id="figures"' in browser.get("/").text
    assert "hx-select" not in browser.get("/").text
    assert "All is well" in text_of(done)
    assert done.headers["hx-retarget"] == f"#connection-{place.record.id}", "the whole line, once"


def test_a_viewer_has_nothing_to_press(place: Place) -> None:
    assert "Sync now" not in place.browser("viewer@example.com").get("/").text


def test_a_run_that_stopped_says_why(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Reconnect(Message("The company no longer lets us in. Connect it again."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    place.run()
    assert health(place) is Health.FAILED
    assert "The company no longer lets us in" in text_of(place.browser(OWNER).get("/"))


def test_a_fault_of_the_program_ends_its_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(place.ledger, "read_company", broken)
    place.run()
    told = text_of(place.browser(OWNER).get("/"))
    assert "A fault in the program stopped this run" in told
    assert "secret" not in told


def test_what_is_held_and_what_differs_is_said(place: Place) -> None:
    place.store.unreadable = {"3"}
    place.run()
    assert health(place) is Health.HELD
    assert "1 record" in text_of(place.browser(OWNER).get("/"))
    place.store.unreadable = set()
    place.store.orders.append(make_order(6))
    place.ledger.total_error = pounds("0.01")
    place.run()
    assert health(place) in {Health.DIFFERS, Health.HELD}


def test_what_is_still_to_do_before_the_first_run(place: Place) -> None:
    other = place.app.books.connections.save(
        place.app.organization_id, NewConnection(STORE, "shop", "shop:two", "Second", {}, {})
    )
    told = text_of(place.browser(OWNER).get("/"))
    assert "Settings missing" in told
    assert other.settings is None


def test_a_store_without_a_company(empty: Place) -> None:
    empty.app.books.connections.save(
        empty.app.organization_id, NewConnection(STORE, "shop", "shop:two", "Second", {}, {})
    )
    assert health(empty) is Health.NO_COMPANY


def test_nothing_is_connected(empty: Place) -> None:
    code = empty.rooms.setup_token() or ""
    browser = empty.browser()
    browser.get(f"/welcome?code={code}")
    fields = {"organization": "X", "name": "Ada", "email": "ada@example.com", "password": "correct horse battery"}
    browser.post("/welcome", code=code, language="en", **fields)
    assert "How do you want to begin?" in text_of(browser.get("/"))


def test_a_run_of_another_process_is_shown_as_going(place: Place) -> None:
    run = place.app.books.runs.start(place.app.organization_id, place.record.id, "schedule")
    told = place.browser(OWNER).get("/")
    assert "At work" in text_of(told)
    assert 'hx-trigger="every 1s"' in told.text
    place.app.books.runs.finish(run.id, RunState.FINISHED)
    assert SETTINGS.time_zone == "Europe/London"


def test_a_long_run_is_looked_at_less_often(place: Place) -> None:
    run = place.app.books.runs.start(place.app.organization_id, place.record.id, "schedule")
    browser, path = place.browser(OWNER), f"/stores/{place.record.id}/progress"
    for minutes, pace in ((0, 1), (2, 2), (20, 5)):
        with place.app.books.database.write() as connection:
            began = datetime.now(UTC) - timedelta(minutes=minutes)
            connection.execute(update(runs).where(runs.c.id == run.id).values(started_at=began))
        assert f'hx-trigger="every {pace}s"' in browser.get(path).text


def test_one_reading_serves_all_who_follow_a_run(place: Place) -> None:
    place.app.books.runs.start(place.app.organization_id, place.record.id, "schedule")
    place.web.state.following = Following(60)
    path = f"/stores/{place.record.id}/progress"
    browsers = [place.browser(OWNER), place.browser("viewer@example.com")]
    assert browsers[0].get(path).status_code == 200
    for browser in browsers:
        with queries(place.app.books.database) as asked:
            assert browser.get(path).status_code == 200
        assert len(asked) == 1, "who asks, and nothing else"


def test_what_was_just_read_is_told_to_nobody_of_another_organization(place: Place, foreign: Foreign) -> None:
    place.app.books.runs.start(place.app.organization_id, place.record.id, "schedule")
    place.web.state.following = Following(60)
    path = f"/stores/{place.record.id}/progress"
    assert place.browser(OWNER).get(path).status_code == 200
    assert place.browser(foreign.owner.email).get(path).status_code == 404
    leaving = place.browser("viewer@example.com")
    assert leaving.get(path).status_code == 200
    with place.app.books.database.write() as connection:
        place.rooms.users.leave(connection, place.app.organization_id, 3)
    assert leaving.get(path).status_code == 404, "rights are asked for at every look"


def test_a_reading_that_failed_is_not_kept() -> None:
    following, found = Following(60), cast("Overview", object())

    def fail() -> Overview:
        raise KeyError

    with pytest.raises(KeyError):
        following.stands(1, 1, fail)
    assert following.stands(1, 1, lambda: found) is found
    assert following.stands(1, 1, fail) is found
    with pytest.raises(KeyError):
        following.stands(2, 1, fail)


def test_the_rate_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    at = [100.0]
    monkeypatch.setattr("comptoir.web.doing.time.monotonic", lambda: at[0])
    progress = Progress()
    progress.see(Step("post", 10, 110))
    assert (progress.rate, progress.seconds_left) == (0.0, None)
    at[0] = 102.0
    progress.see(Step("post", 30, 110))
    assert (progress.rate, progress.seconds_left) == (10.0, 8)
    progress.see(Step("fetch", 5))
    at[0] = 104.0
    assert progress.seconds_left is None


def test_a_server_at_work_does_the_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "server_at_work", lambda _app: True)
    browser, path = place.browser(OWNER), f"/stores/{place.record.id}"
    part = browser.post(f"{path}/sync", headers={"hx-request": "true"})
    assert "Starting" in text_of(part)
    assert place.doing.progress(place.record.id) is None, "this process leaves it to the workers"
    schedules = place.app.books.schedules
    wished = schedules.get(place.record.id)
    assert wished is not None
    assert wished.urgent
    assert wished.due_at is not None
    run = place.app.books.runs.start(place.app.organization_id, place.record.id, "by hand")
    schedules.begin(place.record.id, wished.due_at, run.id)
    assert "0 read, 0 decided, 0 posted" in text_of(browser.get(f"{path}/progress"))
    place.app.books.runs.finish(run.id, RunState.FINISHED)
    assert "every" not in browser.get(f"{path}/progress").text


def test_a_run_that_never_begins_is_not_waited_for_for_ever(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "server_at_work", lambda _app: True)
    browser, path = place.browser(OWNER), f"/stores/{place.record.id}"
    browser.post(f"{path}/sync")
    assert "Starting" in text_of(browser.get(f"{path}/progress"))
    monkeypatch.setattr("comptoir.web.doing.PATIENCE", 0.0)
    assert "Starting" not in text_of(browser.get(f"{path}/progress"))


def test_when_a_store_is_synchronized_by_itself(place: Place) -> None:
    schedules = place.app.books.schedules
    terms = Terms("1", schedules.now(), "Ada")
    due = schedules.now() + timedelta(minutes=20, seconds=30)
    schedules.switch_on(place.record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=due)
    assert "in 20 minutes" in text_of(place.browser(OWNER).get("/"))

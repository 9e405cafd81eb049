"""Commands beside a server, or beside another command: what is done there, what is handed over, what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import make_order

from comptoir.books.money import Money
from comptoir.cli import following
from comptoir.engine.by_hand.fate import Fate
from comptoir.engine.sync import ending_told, sync
from comptoir.storage.executors import TICKER
from comptoir.storage.fence import GUEST, hold, posting_subject
from comptoir.storage.runs import PROOF, RunState
from comptoir.wiring import App, open_app

PAGES = "https://books.example"


@pytest.fixture
def counter(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A shop with an order in the books and another held back by hand."""
    monkeypatch.setattr(following, "LOOK_SECONDS", 0.01)
    desk.store.orders = [make_order(1), make_order(2)]
    desk.well("preview")
    desk.well("hold", "2")
    desk.well("sync")
    return desk


@contextmanager
def a_server(desk: Desk) -> Iterator[App]:
    """Somebody holds the directory and is the ticker, with pages."""
    with open_app(desk.home) as app, hold(app.books.database, TICKER, "server", app.organization_id, alone=True):
        app.home.tell_pages(PAGES)
        yield app


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["settings", "export"], "[payments"),
        (["settings", "check"], "The settings fit the company."),
        (["problems"], "Held: 1 order"),
        (["explain", "1"], "The rules, in the order in which they apply now:"),
        (["hold", "1", "--reason", "a return"], "Order 1 is held back from here on."),
        (["skip", "2"], "Order 2 is left out. Nothing of it is in the books."),
        (["prove"], "journal"),
        (["mail", "send"], "Sent: 0."),
        (["company"], "Company"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_sends_nothing_is_done_beside_a_server(counter: Desk, words: list[str], said: str) -> None:
    with a_server(counter):
        beside = counter.run(*words)
    assert beside.exit_code == 0, beside.output
    assert said in beside.stdout
    assert counter.well(*words) == beside.stdout, "the same as where nobody else is at work"


def test_settings_are_imported_beside_a_server(counter: Desk, tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    counter.well("settings", "export", str(file))
    with a_server(counter):
        assert "In force for Shop." in counter.well("settings", "import", str(file))


def test_a_document_is_accepted_beside_a_server(counter: Desk) -> None:
    entry = next(each for each in counter.ledger.entries.values() if each.number == "1" and each.dated)
    counter.ledger.edit_by_hand(entry.id, total=Money(Decimal("9.00"), "GBP"))
    with a_server(counter):
        assert counter.run("prove").exit_code == 1
        assert "Order 1 is kept as the books have it:" in counter.well("accept", "1")
        counter.well("prove")


def test_a_preview_beside_a_server_shows_what_the_server_read(counter: Desk) -> None:
    with a_server(counter) as app:
        runs = len(app.books.runs.latest(app.organization_id, 100))
        said = counter.well("preview")
        assert len(app.books.runs.latest(app.organization_id, 100)) == runs, "nothing is read, and no run begun"
    assert "Another Comptoir process is at work here. It read the store last on" in said
    assert "1 in the books already" in said


def test_a_preview_beside_a_server_that_read_nothing_yet(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    with a_server(desk):
        refused = desk.run("preview")
    assert refused.exit_code == 1
    assert "has not read Shop to its end yet" in refused.stderr


def test_a_retry_beside_a_server_is_handed_over(counter: Desk) -> None:
    with a_server(counter) as app:
        server = serve_a_wish(app)
        told = counter.json("retry", "2")
        server.join()
    assert [(each["order"], each["outcome"]) for each in told["orders"]] == [("2", Fate.POSTED.value)]


def serve_a_wish(app: App) -> threading.Thread:
    """Whatever is due at once is done, the way the server does it."""

    def work() -> None:
        while not (due := app.books.schedules.due(1)[1]):
            pass
        record = app.stores()[0]
        run = app.books.runs.start(record.organization_id, record.id, "by hand")
        assert due[0].due_at
        app.books.schedules.begin(record.id, due[0].due_at, run.id)
        with ending_told(app.books, run):
            sync(app.work(record, run), alone=True)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.parametrize("words", [["sync"], ["retry", "2"]])
def test_a_run_beside_another_command_is_refused_and_changes_nothing(counter: Desk, words: list[str]) -> None:
    with open_app(counter.home):
        refused = counter.run(*words)
    assert refused.exit_code == 1
    assert "Another Comptoir command is at work" in refused.stderr
    assert "Try again when it is done." in refused.stderr
    assert "Held: 1 order" in counter.well("problems"), "what was held is held"


def test_an_undo_names_the_page_of_the_server_that_does_it(counter: Desk) -> None:
    with a_server(counter) as app:
        store = app.stores()[0].id
        refused = counter.run("undo", "1", "--yes")
    assert refused.exit_code == 1
    assert f"A Comptoir server is at work in {counter.home}." in refused.stderr
    assert f"{PAGES}/undo/{store}?what=order&name=1" in refused.stderr


def test_an_undo_beside_another_command_waits_for_it(counter: Desk) -> None:
    with open_app(counter.home):
        refused = counter.run("undo", "--run", "1", "--dry-run")
    assert refused.exit_code == 1
    assert "Another Comptoir command is at work" in refused.stderr


def test_an_errand_waits_for_the_run_that_the_server_goes_on_with(counter: Desk) -> None:
    with a_server(counter) as app:
        run = app.books.runs.start(app.organization_id, app.stores()[0].id, "schedule")
        refused = counter.run("prove")
        assert app.books.runs.get(run.id).state is RunState.RUNNING, "it is the server's to end"
    assert refused.exit_code == 1
    assert "A run of Shop is at work. Try again when it has ended." in refused.stderr


def test_an_errand_joins_the_run_that_a_dead_process_left(counter: Desk) -> None:
    with open_app(counter.home) as app:
        run = app.books.runs.start(app.organization_id, app.stores()[0].id, "schedule")
    counter.run("prove")
    with open_app(counter.home) as app:
        assert app.books.runs.get(run.id).state is RunState.FINISHED


def test_the_holder_of_the_directory_leaves_a_guest_its_fence(counter: Desk) -> None:
    with a_server(counter) as server, open_app(counter.home, may_share=True) as guest:
        assert (server.alone, server.is_guest, guest.alone, guest.is_guest) == (True, False, False, True)
        record = guest.stores()[0]
        work = guest.work(record, guest.books.runs.start(record.organization_id, record.id, PROOF))
        assert work.worker.startswith(GUEST)
        subject, organization = posting_subject("ledger:one"), guest.organization_id
        with hold(guest.books.database, subject, work.worker, organization, alone=guest.alone) as mine:
            assert mine is not None
            with hold(server.books.database, subject, "server", organization, alone=True) as robbed:
                assert robbed is None
            mine.renew()


def test_whoever_only_looks_never_passes_for_the_holder(counter: Desk) -> None:
    with open_app(counter.home, to_read=True) as app:
        assert (app.alone, app.is_guest) == (False, True)
    with open_app(counter.home, may_share=True) as app:
        assert (app.alone, app.is_guest) == (True, False), "nobody else is at work"

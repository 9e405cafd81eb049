"""The doctor: every finding by what causes it, and that none stops the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from tests.engine.conftest import COMPANY, SETTINGS, Road, make_order

from comptoir.books.company import ItemRecord
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.problems import Message, Problem, ToldError
from comptoir.books.settings import (
    ItemMatch,
    MethodSettings,
    PaymentSettings,
    ReportSettings,
    ReportWhen,
    Settings,
)
from comptoir.engine.doctor import Finding, Outcome, examine, worst
from comptoir.engine.doctor.findings import Page, Report, Way
from comptoir.engine.doctor.records import look_at_runs
from comptoir.engine.errors import NeedsMapping, Reconnect, Refused, RetryLater
from comptoir.engine.ports import Ledger, Store
from comptoir.engine.road import fetch_connection
from comptoir.engine.setup.remedies import remedy_in_plain_words
from comptoir.engine.telling.platforms import platform_name
from comptoir.engine.telling.reporting import fail_run
from comptoir.engine.work import Books
from comptoir.http.oauth import Tokens
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord
from comptoir.storage.database import DatabaseFileError, server_url
from comptoir.storage.executors import subject_of
from comptoir.storage.file_faults import FULL
from comptoir.storage.postings import State
from comptoir.storage.runs import BY_SCHEDULE, RunState
from comptoir.storage.schedule import Terms
from comptoir.storage.tables import batches, connections, fences, postings, runs
from comptoir.storage.upkeep.home import Home
from comptoir.storage.vault import Vault, VaultError
from comptoir.telemetry import events

NOW = datetime.now(UTC)
"""The journal's own clock: what was just written is new."""
LEASED_UNTIL = int(NOW.timestamp()) + 86_400
"""Long enough for the slowest machine: leases end by the database's own clock."""
DAY = timedelta(days=1)
Lines = list[tuple[str, str]]


@dataclass
class Look:
    """The road's data directory as the doctor meets it."""

    books: Books
    organization_id: int
    the_store: Store
    the_ledger: Ledger
    warnings: Sequence[object] = ()
    for_good: datetime | None = None
    errors: list[Exception] = field(default_factory=list)
    mail: Problem | None = None
    """What is wrong with the mail server."""

    def store(self, _record: ConnectionRecord) -> Store:
        return self.the_store

    def ledger(self, _record: ConnectionRecord) -> Ledger:
        if self.errors:
            raise self.errors[0]
        return self.the_ledger

    def ledger_record(self, _record: ConnectionRecord) -> ConnectionRecord:
        found = self.books.connections.all(self.organization_id, LEDGER)
        if not found:
            raise NeedsMapping(Message("No company is connected yet."), what="company", where="connect")
        return found[0]

    def notes(self, _record: ConnectionRecord) -> Sequence[object]:
        return self.warnings

    def mail_problem(self) -> Problem | None:
        return self.mail

    def ends_for_good(self, _record: ConnectionRecord) -> datetime | None:
        return self.for_good


@pytest.fixture
def look(road: Road) -> Look:
    return Look(road.books, road.organization_id, road.store, road.ledger)


@pytest.fixture
def examined(home: Path, look: Look) -> Callable[..., list[Finding]]:
    home.chmod(0o700)

    @contextmanager
    def open_it(_home: Home) -> Iterator[Look]:
        yield look

    def run(**options: Any) -> list[Finding]:
        return list(examine(Home(home), open_it, NOW, **options))

    return run


def bad(findings: Sequence[Finding]) -> Lines:
    """What is not well: outcome and sentence."""
    return [
        (each.outcome.value, f"{each.setting}: {each.what}" if each.setting else str(each.what))
        for each in findings
        if each.outcome is not Outcome.OK
    ]


def of(findings: Sequence[Finding], check: str) -> list[str]:
    return [str(each.what) for each in findings if each.check == check]


def record_of(road: Road, role: str) -> ConnectionRecord:
    return road.books.connections.all(road.organization_id, role)[0]


def save_tokens(road: Road, role: str, ends: datetime | None) -> None:
    record = record_of(road, role)
    road.books.connections.tokens(record).save(Tokens("access", NOW, "refresh", ends))


def run_now(road: Road) -> None:
    """A good run, by the clock of the journal."""
    work = road.work()
    road.run()
    road.books.runs.finish(work.run.id, RunState.FINISHED, proof="{}")


# All is well


def test_all_is_well(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(1)]
    run_now(road)
    findings = examined()
    assert bad(findings) == []
    assert {each.check for each in findings} == {
        "data directory",
        "disk",
        "key file",
        "database",
        "sign-in",
        "connection",
        "schedule",
        "runs",
        "held",
        "documents",
        "settings",
        "orders",
        "products",
    }
    assert "Nothing stands in the way of the newest orders (1 looked at)." in of(findings, "orders")


def test_the_look_writes_nothing(road: Road, home: Path, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(1), make_order(2, paid="3.00")]
    fetch_connection(road.work(), alone=True)
    with road.books.database.read() as connection:
        before = list(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    examined()
    with road.books.database.read() as connection:
        assert list(connection.connection.driver_connection.iterdump()) == before  # type: ignore[union-attr]
    assert road.ledger.sends == []
    assert not (home / "lock").exists()


def test_the_worst_counts() -> None:
    def finding(outcome: Outcome) -> Finding:
        return Finding("x", outcome, Message("x"))

    assert worst([]) is Outcome.OK
    assert worst([finding(Outcome.WARNING), finding(Outcome.OK)]) is Outcome.WARNING
    assert worst([finding(Outcome.PROBLEM), finding(Outcome.WARNING)]) is Outcome.PROBLEM


# The machine


def test_nothing_was_set_up(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert bad(list(examine(Home(nowhere), None, NOW))) == [  # type: ignore[arg-type]
        ("problem", f"There is no data directory {nowhere}: nothing was ever set up here.")
    ]
    assert not nowhere.exists()
    nowhere.mkdir(mode=0o700)
    assert bad(list(examine(Home(nowhere), None, NOW))) == [  # type: ignore[arg-type]
        ("problem", "There is no database: nothing was ever set up here.")
    ]
    assert list(nowhere.iterdir()) == []


def test_what_others_can_read(home: Path, examined: Callable[..., list[Finding]]) -> None:
    home.chmod(0o755)
    (home / "secret.key").chmod(0o644)
    found = [each for each in examined() if each.check in {"data directory", "key file"}]
    assert [str(each.fix) for each in found] == [
        f"Close it to them: chmod 700 {home}",
        f"Close it to them: chmod 600 {home / 'secret.key'}",
    ]
    assert {each.outcome for each in found} == {Outcome.WARNING}


def test_what_this_user_cannot_use(
    home: Path, monkeypatch: pytest.MonkeyPatch, examined: Callable[..., list[Finding]]
) -> None:
    real = os.access  # tests may run as root, who can do everything
    monkeypatch.setattr(
        os, "access", lambda path, mode: home not in [Path(path), Path(path).parent] and real(path, mode)
    )
    assert bad(examined()) == [
        ("problem", f"The data directory {home} cannot be written by this user."),
        ("problem", f"The key file {home / 'secret.key'} cannot be read by this user."),
    ]


@pytest.mark.parametrize(("megabytes", "outcome"), [(99, Outcome.PROBLEM), (1023, Outcome.WARNING), (1024, Outcome.OK)])
def test_the_disk(
    megabytes: int, outcome: Outcome, monkeypatch: pytest.MonkeyPatch, examined: Callable[..., list[Finding]]
) -> None:
    class Usage:
        free = megabytes * 1024 * 1024

    monkeypatch.setattr("comptoir.engine.doctor.machine.shutil.disk_usage", lambda _path: Usage)
    findings = examined()
    assert [each.outcome for each in findings if each.check == "disk"] == [outcome]
    assert of(findings, "runs") != []  # a full disk hides nothing else


@pytest.mark.parametrize(
    ("content", "what"), [(None, "is missing"), (b"short", "is damaged")], ids=["missing", "damaged"]
)
def test_the_key_file(content: bytes | None, what: str, home: Path, examined: Callable[..., list[Finding]]) -> None:
    (home / "secret.key").unlink()
    if content is not None:
        (home / "secret.key").write_bytes(content)
    ((outcome, text_),) = bad(examined())
    assert outcome == "problem"
    assert what in text_


def test_another_key_file(road: Road, look: Look, examined: Callable[..., list[Finding]]) -> None:
    look.books = Books.open(road.books.database, Vault(b"x" * 32))
    findings = examined()
    found = [each for each in findings if each.check == "sign-in"]
    assert [each.outcome for each in found] == [Outcome.PROBLEM] * 2
    assert "does not open with this key file" in str(found[0].what)
    assert of(findings, "connection") != []  # what is not sealed is looked at all the same


@pytest.mark.parametrize(
    ("revision", "what"),
    [
        ("0001", "an earlier release's"),
        ("9999", "A newer release of Comptoir was at work here."),
        (None, "The database is empty"),
    ],
)
def test_a_database_of_another_release(
    revision: str | None, what: str, road: Road, examined: Callable[..., list[Finding]]
) -> None:
    with road.books.database.write() as connection:
        if revision is None:
            connection.execute(text("DELETE FROM alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    ((outcome, found),) = bad(examined())
    assert outcome == "problem"
    assert what in found


def test_a_database_that_is_none(home: Path, road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.books.database.close()
    for name in ("comptoir.sqlite-wal", "comptoir.sqlite-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "comptoir.sqlite").write_bytes(b"not a database at all" * 100)
    file = home / "comptoir.sqlite"
    assert bad(examined()) == [("problem", f"The database {file} is damaged (file is not a database).")]


def test_a_damaged_database(home: Path, road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(number) for number in range(1, 30)]
    run_now(road)
    with road.books.database.read() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        page = connection.execute(
            text("SELECT rootpage FROM sqlite_master WHERE name = 'ix_postings_batch_id'")
        ).scalar_one()
        size = connection.execute(text("PRAGMA page_size")).scalar_one()
    road.books.database.close()
    with (home / "comptoir.sqlite").open("r+b") as file:
        file.seek((page - 1) * size + 8)  # where the places of the page's cells stand
        file.write(b"\xff" * 40)
    ((outcome, found),) = bad(examined())
    assert outcome == "problem"
    assert found.startswith("The database is damaged: ")


def test_a_database_on_a_server(home: Path, cluster: Any, look: Look) -> None:
    """Of the directory the key is left; and where that is elsewhere, nothing."""

    @contextmanager
    def open_it(_home: Home) -> Iterator[Look]:
        yield look

    empty = Home(home, server_url(cluster.empty()))
    assert bad(list(examine(empty, open_it, NOW))) == [
        ("problem", "The database is empty: nothing was ever set up here.")
    ]
    there = Home(Path("/nowhere"), server_url(cluster.copy()), home / "secret.key")
    findings = list(examine(there, open_it, NOW, offline=True))
    assert "data directory" not in {each.check for each in findings}
    (database,) = of(findings, "database")
    assert database.startswith("The server at ")
    assert "@" not in database
    gone = Home(Path("/nowhere"), "postgresql+psycopg://ann@127.0.0.1:9/books", home / "secret.key")
    ((outcome, what),) = bad(list(examine(gone, open_it, NOW)))
    assert outcome == "problem"
    assert what.startswith("The database at 127.0.0.1:9/books cannot be reached")


# Connections


def test_nothing_is_connected(road: Road, examined: Callable[..., list[Finding]]) -> None:
    with road.books.database.write() as connection:
        connection.execute(text("DELETE FROM connections"))
    assert bad(examined()) == [("problem", "No store is connected."), ("problem", "No company is connected.")]


def test_a_store_without_a_company(road: Road, examined: Callable[..., list[Finding]]) -> None:
    with road.books.database.write() as connection:
        connection.execute(update(connections).values(ledger_connection_id=None))
        connection.execute(text("DELETE FROM connections WHERE role = 'ledger'"))
    assert ("problem", "No company is connected.") in bad(examined())


@pytest.mark.parametrize(
    ("days", "outcome", "what"),
    [
        (-1, Outcome.PROBLEM, "The sign-in ended on"),
        (13, Outcome.WARNING, "unless it is used before"),
        (15, Outcome.OK, "is good until"),
        (None, Outcome.OK, "Its secrets open with the key file."),
    ],
)
def test_how_long_a_sign_in_lasts(
    days: int | None, outcome: Outcome, what: str, road: Road, examined: Callable[..., list[Finding]]
) -> None:
    save_tokens(road, LEDGER, None if days is None else NOW + days * DAY)
    (found,) = [each for each in examined() if each.check == "sign-in" and each.about == "Company"]
    assert found.outcome is outcome
    assert what in str(found.what)


@pytest.mark.parametrize(
    ("days", "outcome", "what"),
    [
        (-1, Outcome.PROBLEM, "The sign-in ended on"),
        (59, Outcome.WARNING, "is not renewed beyond"),
        (61, Outcome.OK, "is good until"),
    ],
)
def test_a_sign_in_that_only_a_person_renews(
    days: int, outcome: Outcome, what: str, road: Road, look: Look, examined: Callable[..., list[Finding]]
) -> None:
    look.for_good = NOW + days * DAY
    save_tokens(road, LEDGER, NOW + 100 * DAY)
    (found,) = [each for each in examined() if each.check == "sign-in" and each.about == "Company"]
    assert found.outcome is outcome
    assert what in str(found.what)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (
            RetryLater(Message("Out of reach.")),
            "Look at this machine's way to the network, then again: comptoir doctor",
        ),
        (Reconnect(Message("Sign in again.")), "Mend what it says, then look again: comptoir doctor"),
        (
            Refused(Message("No."), request_id="1-abc"),
            "Mend what it says, then look again. The platform's reference for its support is 1-abc.",
        ),
        (ValueError("odd"), "Look again; if it stays, report it with the version of Comptoir (comptoir --version)."),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Exception) else "",
)
def test_a_company_that_does_not_answer(
    error: Exception, fix: str, road: Road, look: Look, examined: Callable[..., list[Finding]]
) -> None:
    road.store.orders = [make_order(1, "0.00"), make_order(2)]
    road.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    run_now(road)
    look.errors = [error]
    findings = examined()
    (found,) = [each for each in findings if each.check == "connection" and each.outcome is Outcome.PROBLEM]
    assert (found.about, str(found.fix)) == ("Company", fix)
    assert of(findings, "settings") == []  # cannot be known
    assert len(of(findings, "held")) == 2  # the causes stand in the journal
    assert [each for each in findings if each.check == "connection" and each.about == "Shop"] != []


def test_what_the_platforms_warn_of(look: Look, examined: Callable[..., list[Finding]]) -> None:
    look.warnings = ["a scope is missing", Message("It is a {kind} subscription.", {"kind": "trial"})]
    found = bad(examined())
    assert ("warning", "a scope is missing") in found
    assert ("warning", "It is a trial subscription.") in found


def test_offline_nobody_is_asked(look: Look, examined: Callable[..., list[Finding]]) -> None:
    look.errors = [AssertionError("asked")]
    assert of(examined(offline=True), "connection") == []


@pytest.mark.parametrize(
    ("ahead", "outcome", "what"),
    [
        ([500.0, 61.0], Outcome.WARNING, "61 seconds ahead of that of shop"),
        ([-75.0], Outcome.WARNING, "75 seconds behind that of shop"),
        ([400.0, 59.0], Outcome.OK, "It agrees with that of shop."),
        ([None], None, ""),
    ],
)
def test_the_clock(
    ahead: list[float | None],
    outcome: Outcome | None,
    what: str,
    look: Look,
    monkeypatch: pytest.MonkeyPatch,
    examined: Callable[..., list[Finding]],
) -> None:
    def notes(_record: ConnectionRecord) -> list[object]:
        for each in ahead:
            events.emit(events.Kind.CALL, platform="shop", ahead=each)
        events.emit(events.Kind.WAITED, platform="shop", ahead=9999.0)
        return []

    monkeypatch.setattr(look, "notes", notes)
    found = [each for each in examined() if each.check == "clock"]
    assert [each.outcome for each in found] == ([] if outcome is None else [outcome])
    assert not found or what in str(found[0].what)


# Runs


def test_no_run_yet(examined: Callable[..., list[Finding]]) -> None:
    assert ("warning", "Nothing was synchronized yet.") in bad(examined())


@pytest.mark.parametrize(
    ("hours", "outcome", "said"),
    [(25, Outcome.OK, "1 day"), (27, Outcome.WARNING, "1 day"), (72, Outcome.WARNING, "3 days")],
)
def test_the_last_good_run(hours: int, outcome: Outcome, said: str, road: Road, look: Look) -> None:
    run_now(road)
    record = record_of(road, STORE)
    (found,) = look_at_runs(look, record, datetime.now(UTC) + timedelta(hours=hours))
    assert found.outcome is outcome
    assert f"{said} ago" in str(found.what)


def test_a_run_that_failed(road: Road, examined: Callable[..., list[Finding]]) -> None:
    work = road.work()
    road.books.runs.finish(work.run.id, RunState.FAILED, problem="The shop is closed.")
    assert ("problem", "The last run, 1, ended early: The shop is closed.") in bad(examined())


@pytest.mark.parametrize("alive", [False, True])
def test_a_run_that_nobody_works_on(alive: bool, road: Road, examined: Callable[..., list[Finding]]) -> None:
    work = road.work()
    with road.books.database.write() as connection:
        connection.execute(update(runs).values(started_at=NOW - timedelta(hours=3)))
        until = int(road.books.database.now(connection)) + (60 if alive else -60)
        connection.execute(
            fences.insert().values(
                subject=f"fetch:{work.record.id}", organization_id=1, owner="worker", lease_until=until
            )
        )
    stuck = ("warning", "Run 1 began 3 hours ago and nobody is at work on it: it was cut off.")
    assert (stuck in bad(examined())) is not alive


def switch_on(road: Road, due_at: datetime) -> None:
    """A schedule of every hour, due at this time."""
    record = record_of(road, STORE)
    terms = Terms("1", NOW, "test")
    road.books.schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=due_at)


def live(road: Road) -> None:
    """A server is at work."""
    with road.books.database.write() as connection:
        connection.execute(
            fences.insert().values(
                subject=subject_of("here"), organization_id=1, owner="here", lease_until=LEASED_UNTIL
            )
        )


@pytest.mark.parametrize(
    ("minutes", "alive", "outcome", "what"),
    [
        (30, False, Outcome.PROBLEM, "It is on, and no server is at work: nothing is synchronized by itself."),
        (30, True, Outcome.OK, "It is on, and a server is at work."),
        (-14, True, Outcome.OK, "It is on, and a server is at work."),
        (-16, True, Outcome.WARNING, "It has been due for 16 minutes, and nobody has begun."),
    ],
)
def test_the_schedule(
    minutes: int, alive: bool, outcome: Outcome, what: str, road: Road, examined: Callable[..., list[Finding]]
) -> None:
    switch_on(road, NOW + timedelta(minutes=minutes))
    if alive:
        live(road)
    (found,) = [each for each in examined() if each.check == "schedule"]
    assert (found.outcome, str(found.what)) == (outcome, what)


@pytest.mark.parametrize(("hours", "outcome"), [(2, Outcome.OK), (4, Outcome.WARNING)])
def test_a_store_with_a_schedule_is_quiet_for_three_slots_at_most(
    hours: int, outcome: Outcome, road: Road, look: Look
) -> None:
    switch_on(road, NOW)
    run_now(road)
    (found,) = look_at_runs(look, record_of(road, STORE), datetime.now(UTC) + timedelta(hours=hours))
    assert found.outcome is outcome


def test_a_quiet_run_by_schedule_is_a_good_one(road: Road, look: Look) -> None:
    run = road.books.runs.start(road.organization_id, road.connection_id, BY_SCHEDULE)
    road.books.runs.finish(run.id, RunState.FINISHED)
    (found,) = look_at_runs(look, record_of(road, STORE), datetime.now(UTC))
    assert "The last good run was less than a minute ago." in str(found.what)


def test_the_mail_server_where_a_report_is_wanted(
    road: Road, look: Look, examined: Callable[..., list[Finding]]
) -> None:
    look.mail = Problem("mail-server", Message("No mail server is set."), Message("Set it."))
    assert of(examined(), "mail") == []
    road.set(replace(SETTINGS, report=ReportSettings(ReportWhen.DAILY, ("ann@example.com",))))
    assert ("warning", "No mail server is set.") in bad(examined())
    assert of(examined(offline=True), "mail") == []
    look.mail = None
    assert of(examined(), "mail") == ["The mail server lets Comptoir in."]


# The journal


def test_what_is_held_and_what_strayed(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(1), make_order(2)]
    road.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    run_now(road)
    assert ("warning", "Held: 2 (20.00 GBP).") in bad(examined())
    with road.books.database.write() as connection:
        road.books.journal.move(connection, road.row(Kind.SALE, "1"), State.GONE)
    assert ("warning", "Documents that somebody changed or deleted in the books: 1.") in bad(examined())


def test_documents_in_doubt(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(1)]
    run_now(road)
    sale = road.row(Kind.SALE, "1")
    with road.books.database.write() as connection:
        road.books.journal.move(connection, sale, State.UNKNOWN)
        connection.execute(update(batches).values(first_sent_at=int(NOW.timestamp()) - 3600))
    in_doubt = ("warning", "Documents that were sent and got no answer: 1.")
    assert in_doubt in bad(examined())
    with road.books.database.write() as connection:
        connection.execute(
            fences.insert().values(
                subject=f"post:{COMPANY}", organization_id=1, owner="worker", lease_until=LEASED_UNTIL
            )
        )
    assert in_doubt not in bad(examined())


def test_documents_that_wait_too_long(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(1)]
    run_now(road)
    with road.books.database.write() as connection:
        connection.execute(update(postings).values(state=State.WAITING.value))
        connection.execute(update(runs).values(started_at=NOW - 3 * DAY))
    assert any("wait for another one, for more than two days: " in what for _, what in bad(examined()))


# The company


def test_no_settings(road: Road, examined: Callable[..., list[Finding]]) -> None:
    with road.books.database.write() as connection:
        connection.execute(update(connections).values(settings=None))
    findings = examined()
    assert ("problem", "It has no settings yet.") in bad(findings)
    assert of(findings, "orders") == []


def test_settings_that_do_not_fit(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.set(replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Nowhere")})))
    findings = examined()
    assert (
        "problem",
        'payments.methods.*.account: The company has no account named "Nowhere".',
    ) in bad(findings)
    assert of(findings, "orders") == []


def test_advice_and_the_company_s_own_numbers(road: Road, examined: Callable[..., list[Finding]]) -> None:
    company = road.ledger.read_company()
    road.ledger.company = replace(
        company, custom_numbers=False, auto_apply_credit=True, books_closed_until=date(2026, 3, 1)
    )
    found = [what for _, what in bad(examined())]
    assert any("numbers its sales by itself" in each for each in found)
    assert any(each.startswith("start_date: ") for each in found)
    assert not any(each.startswith("refunds.record: ") for each in found)


def test_causes_that_hold_the_newest_orders(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.store.orders = [make_order(number) for number in range(1, 4)]
    fetch_connection(road.work(), alone=True)
    mug = ItemRecord(LedgerId("i1"), "Mug", "MUG", "Service", active=True)
    road.ledger.read_items = lambda: [mug, replace(mug, id=LedgerId("i2"), name="Mug, blue")]  # type: ignore[method-assign]
    (found,) = [each for each in examined() if each.check == "orders"]
    assert "MUG" in str(found.what)
    assert str(found.extent) == "3 of the newest 3 orders"
    assert found.fix is not None


def mugs(*skus: str, **changes: Any) -> list[ItemRecord]:
    mug = ItemRecord(LedgerId("i"), "Mug", "MUG", "Service", active=True)
    return [
        replace(mug, id=LedgerId(f"i{place}"), name=f"Mug {place}", sku=sku, **changes)
        for place, sku in enumerate(skus, start=1)
    ]


TWICE = 'Several products of the company have the SKU "A": Mug 1, Mug 2. Orders with it are held.'
ONCE = (
    "No two products of the company have one SKU (SKUs looked at: {}). Products of the store are known only from the "
    "orders that were read."
)


@pytest.mark.parametrize(
    ("items", "told"),
    [
        pytest.param(mugs("A", " a ", "B", "", ""), [TWICE], id="twice"),
        pytest.param(mugs("A", "B", "", ""), [ONCE.format(2)], id="once each"),
        pytest.param([*mugs("A"), *mugs("A", active=False)], [ONCE.format(1)], id="twice, one of them inactive"),
        pytest.param(mugs("", ""), [], id="none has a SKU"),
    ],
)
def test_skus_that_several_products_have(
    items: list[ItemRecord], told: list[str], road: Road, examined: Callable[..., list[Finding]]
) -> None:
    road.ledger.read_items = lambda: items  # type: ignore[method-assign]
    assert of(examined(), "products") == told


def test_of_many_skus_that_several_products_have_some_are_named(
    road: Road, examined: Callable[..., list[Finding]]
) -> None:
    road.ledger.read_items = lambda: mugs(*(f"S{number // 2}" for number in range(26)))  # type: ignore[method-assign]
    told = of(examined(), "products")
    assert len(told) == 11
    assert told[-1] == "More SKUs that several products of the company have: 3."


def test_matched_by_name_no_sku_is_looked_at(road: Road, examined: Callable[..., list[Finding]]) -> None:
    road.ledger.read_items = lambda: mugs("A", "A")  # type: ignore[method-assign]
    road.set(replace(SETTINGS, items=replace(SETTINGS.items, match=ItemMatch.NAME)))
    assert of(examined(), "products") == []


def test_many_causes(road: Road, examined: Callable[..., list[Finding]]) -> None:
    orders = [make_order(number) for number in range(1, 13)]
    road.store.orders = [
        replace(each, lines=tuple(replace(line, sku=f"SKU{each.number}") for line in each.lines)) for each in orders
    ]
    road.set(replace(SETTINGS, items=replace(SETTINGS.items, create=False)))
    fetch_connection(road.work(), alone=True)
    assert ("warning", "More causes that hold orders: 2.") in bad(examined())


def planned(road: Road, settings: Settings = SETTINGS) -> None:
    """Documents that are decided and not sent: the ledger gives no answers."""
    road.set(settings)
    road.store.orders = [make_order(1, "30.00", refunded="10.00"), make_order(2, paid="5.00")]
    run_now(road)
    with road.books.database.write() as connection:
        connection.execute(update(postings).where(postings.c.wave != "lists").values(state=State.PLANNED.value))


def test_planned_documents_of_a_closed_period(road: Road, examined: Callable[..., list[Finding]]) -> None:
    planned(road)
    road.ledger.company = replace(road.ledger.read_company(), tax_filed_until=date(2026, 1, 31))
    assert (
        "warning",
        "Planned documents of a period that is closed, or whose sales tax is filed, until 2026-01-31: 4.",
    ) in bad(examined())


def test_planned_documents_of_what_was_put_away(road: Road, examined: Callable[..., list[Finding]]) -> None:
    mug = ItemRecord(LedgerId("i1"), "Mug", "MUG", "Service", active=True, quantity=Decimal(0))
    road.ledger.read_items = lambda: [mug]  # type: ignore[method-assign]
    planned(road)
    company = road.ledger.read_company()
    road.ledger.read_items = lambda: [replace(mug, active=False)]  # type: ignore[method-assign]
    road.ledger.company = replace(
        company,
        tax_codes=tuple(replace(each, active=False) for each in company.tax_codes),
        accounts=tuple(replace(each, active=each.name != "Clearing") for each in company.accounts),
    )
    road.set(SETTINGS)
    found = [what for _, what in bad(examined()) if "planned documents" in what]
    assert found == [
        'The account "Clearing" is inactive, and planned documents use it: 3.',
        'The item "Mug" is inactive, and planned documents use it: 3.',
        'The tax code "No VAT" is inactive, and planned documents use it: 3.',
    ]


# In the pages


def test_what_is_to_be_done_has_a_page_or_is_the_operators(road: Road, examined: Callable[..., list[Finding]]) -> None:
    """A command stands beside words for the pages, or what it does can be done on the machine alone."""
    road.store.orders = [make_order(1, "1.00"), make_order(2, "2.00")]
    road.store.unreadable = {"2"}
    road.run()
    fixes = [each for each in examined() if each.fix is not None]
    assert {each.way.page for each in fixes if each.way} >= {Page.TO_FIX, Page.SET_UP}
    for each in fixes:
        told = str(each.way.words or "") if each.way else str(each.fix)
        assert each.is_for_the_operator or "comptoir " not in told, each


def test_a_remedy_in_the_pages_says_no_setting_s_name() -> None:
    report = Report("orders", "Shop", 7)
    held = Problem("tax-unmapped", Message("No code."), Message('Add "{tax}" under taxes.codes.', {"tax": "VAT"}))
    found = report.of(held, Outcome.WARNING)
    assert found.way == Way(Page.TO_FIX, remedy_in_plain_words(held))
    mistake = Problem("settings", Message("No."), Message("Change it."), where="items.match", field="items.match")
    assert (report.of(mistake, Outcome.PROBLEM).way, found.connection_id) == (Way(Page.SET_UP), 7)


@pytest.mark.parametrize(
    ("error", "page"),
    [
        (Reconnect(Message("Sign in again.")), Page.SIGN_IN),
        (RetryLater(Message("Later.")), Page.HEALTH),
        (Refused(Message("No."), request_id="r-1"), Page.HEALTH),
        (Refused(Message("No.")), Page.HEALTH),
        (VaultError(Message("Another key.")), Page.MACHINE),
        (DatabaseFileError("/srv/comptoir.sqlite", FULL, "full"), Page.MACHINE),
        (ToldError(Message("The address is not understood.")), Page.MACHINE),
        (ValueError("odd"), Page.HEALTH),
    ],
)
def test_a_look_that_fails_leads_somewhere(error: Exception, page: Page) -> None:
    def fail() -> list[Finding]:
        raise error

    (found,) = Report("connection", "Shop", 7).guarded(fail)
    assert found.way is not None
    assert (found.way.page, found.is_for_the_operator) == (page, page is Page.MACHINE)
    assert "comptoir" not in str(found.way.words or "")


def test_a_run_that_left_its_stops_tells_them_with_their_remedy(
    road: Road, examined: Callable[..., list[Finding]]
) -> None:
    work = road.work()
    fail_run(road.books, work.run, Refused(Message("The company says no.")))
    (found,) = [each for each in examined() if each.check == "runs" and each.outcome is Outcome.PROBLEM]
    assert (str(found.what), str(found.extent)) == ("The company says no.", f"run {work.run.id}")
    assert found.way == Way(Page.HOME, Message("Until then nothing can be posted."))


def test_platforms_are_called_by_their_own_names() -> None:
    assert [platform_name(each) for each in ("shopify", "quickbooks", "elsewhere", "")] == [
        "Shopify", "QuickBooks Online", "elsewhere", ""
    ]  # fmt: skip

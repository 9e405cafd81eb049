"""A run's end plans its report: in one transaction, when the settings ask for it, and never in the run's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ReportSettings, ReportWhen
from comptoir.engine.errors import Reconnect, RetryLater
from comptoir.engine.proving.outcome import LeftOut
from comptoir.engine.sync import ending_told, sync
from comptoir.engine.telling import reporting
from comptoir.engine.telling.report import Counted, Report, Walk
from comptoir.engine.telling.reporting import PASSING, REMINDER, Occasion, due_at, fail_run, is_wanted
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.codec import adapter
from comptoir.storage.outbox import MailState, PlannedMail
from comptoir.storage.runs import Run, RunState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TO = ("books@example.com",)
WALK = Walk(1, NOW, NOW, failed=False)
IDLE = Report(walks=(WALK,), agrees=True)
POSTED = replace(IDLE, posted=(Counted(Kind.SALE, 1, ()),))
LEFT_OUT = replace(IDLE, left_out=(LeftOut("test-order", Kind.SALE, 1, ()),))
STOPPED = replace(IDLE, stops=(Problem("reconnect", Message("Sign in again."), Message("Do.")),))
BUSY = replace(IDLE, stops=(Problem("retry_later", Message("Busy."), Message("Wait.")),))
SIGN_IN = "stopped:reconnect:Sign in again."


def told(hours_ago: float, *causes: str) -> PlannedMail:
    at = NOW - timedelta(hours=hours_ago)
    settings = ReportSettings(when=ReportWhen.PROBLEMS, to=TO)
    return PlannedMail(1, 1, 1, 1, settings, frozenset(causes), MailState.SENT, (), at, at, 1, ())


WANTED = [
    pytest.param("never", STOPPED, None, False, id="never"),
    pytest.param("daily", IDLE, None, True, id="a day in which nothing happened"),
    pytest.param("each_run", IDLE, None, False, id="an idle run"),
    pytest.param("each_run", POSTED, None, True, id="a run that posted"),
    pytest.param("each_run", LEFT_OUT, None, True, id="a run that left something out"),
    pytest.param("each_run", STOPPED, None, True, id="a run that was stopped"),
    pytest.param("each_run", STOPPED, told(1, SIGN_IN), False, id="stopped an hour later, by the same"),
    pytest.param("each_run", STOPPED, told(24, SIGN_IN), True, id="stopped a day later, by the same"),
    pytest.param("problems", IDLE, None, False, id="nothing needs a hand"),
    pytest.param("problems", POSTED, None, False, id="posted, and nothing needs a hand"),
    pytest.param("problems", STOPPED, None, True, id="the first time"),
    pytest.param("problems", STOPPED, told(1, SIGN_IN), False, id="told an hour ago"),
    pytest.param("problems", STOPPED, told(1, "held:other"), True, id="another was told an hour ago"),
    pytest.param("problems", STOPPED, told(24, SIGN_IN), True, id="told a day ago"),
    pytest.param("problems", IDLE, told(24, SIGN_IN), False, id="mended since"),
    pytest.param("problems", BUSY, None, False, id="busy for a moment"),
]


@pytest.mark.parametrize(("when", "report", "last", "wanted"), WANTED)
def test_when_a_report_is_wanted(when: str, report: Report, last: PlannedMail | None, wanted: bool) -> None:
    occasion = Occasion(report, last, NOW, is_lasting=False)
    assert is_wanted(ReportSettings(when=ReportWhen(when), to=TO), occasion) is wanted


def test_a_platform_out_of_reach_for_long_is_told() -> None:
    settings = ReportSettings(when=ReportWhen.PROBLEMS, to=TO)
    assert is_wanted(settings, Occasion(BUSY, None, NOW, is_lasting=True))


def test_runs_a_minute_early_still_remind_once_a_day() -> None:
    assert timedelta(hours=23) < REMINDER < timedelta(hours=24)


MONTREAL = ZoneInfo("America/Toronto")
DUE = [
    pytest.param("2026-06-01T10:59:59Z", 7, "2026-06-01T11:00:00Z", id="this morning"),
    pytest.param("2026-06-01T11:00:00Z", 7, "2026-06-02T11:00:00Z", id="the hour just struck"),
    pytest.param("2026-06-01T02:00:00Z", 23, "2026-06-01T03:00:00Z", id="late in the evening, the day before in UTC"),
    pytest.param("2026-03-07T13:00:00Z", 7, "2026-03-08T11:00:00Z", id="the night when clocks go forward"),
    pytest.param("2026-10-31T12:00:00Z", 7, "2026-11-01T12:00:00Z", id="the night when clocks go back"),
    pytest.param("2026-03-08T05:00:00Z", 2, "2026-03-08T07:00:00Z", id="an hour that does not exist that day"),
]


@pytest.mark.parametrize(("now", "hour", "due"), DUE)
def test_the_hour_of_the_daily_report_is_the_accounts(now: str, hour: int, due: str) -> None:
    settings = ReportSettings(when=ReportWhen.DAILY, to=TO, hour=hour)
    assert due_at(settings, datetime.fromisoformat(now), MONTREAL) == datetime.fromisoformat(due)


def test_every_other_report_goes_at_once() -> None:
    assert due_at(ReportSettings(when=ReportWhen.EACH_RUN, to=TO), NOW, MONTREAL) == NOW


# A run and its report


@pytest.fixture
def ask(road: Any) -> Callable[..., None]:
    """Ask for reports."""

    def asked(when: ReportWhen, **more: Any) -> None:
        settings = road.books.connections.get(road.connection_id).settings
        road.set(replace(settings, report=ReportSettings(when=when, to=TO, **more)))

    return asked


def a_run(road: Any) -> Run:
    road.now += HOUR
    return sync(road.work(), alone=True)[0]


def planned(road: Any) -> PlannedMail | None:
    found: PlannedMail | None
    with road.books.database.read() as connection:
        found = road.books.outbox.latest(connection, road.connection_id)
    return found


def report_of_run(run: Run) -> Report:
    assert run.report is not None
    report: Report = adapter(Report).validate_json(run.report)
    return report


def test_what_a_run_came_to_is_kept_with_it(road: Any, build: Any) -> None:
    pounds: Callable[[str], Money] = build["pounds"]
    road.store.orders = [build["make_order"](1), build["make_order"](2, "20.00", paid="5.00")]
    first = report_of_run(a_run(road))
    assert first.posted == (
        Counted(Kind.SALE, 2, (pounds("30.00"),)),
        Counted(Kind.PAYMENT, 1, (pounds("5.00"),)),
    ), "customers and items are no documents"
    (balance,) = first.balances
    assert (balance.net.ledger, balance.difference, first.agrees) == (pounds("30.00"), pounds("0.00"), True)
    assert planned(road) is None, "nobody asked to be told"
    again = report_of_run(a_run(road))
    assert (again.posted, again.balances) == ((), first.balances)


def test_what_is_held_and_left_out_is_told(road: Any, build: Any) -> None:
    early = replace(build["make_order"](1), placed_at=datetime(2025, 1, 1, tzinfo=UTC))
    road.store.orders = [early, build["make_order"](2)]
    road.store.unreadable = {"2"}
    report = report_of_run(a_run(road))
    assert report.left_out == (LeftOut("before-start", Kind.SALE, 1, (build["pounds"]("10.00"),)),)
    assert [dict(cause.kinds) for cause in report.held] == [{Kind.SALE: 1}]
    assert report.held_records == 1
    again = report_of_run(a_run(road))
    assert again.left_out == (), "told once: it is left out since an earlier run"
    assert again.held == report.held


def test_documents_that_strayed_are_told(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    a_run(road)
    (sale,) = [each.id for each in road.ledger.entries.values() if each.kind is Kind.SALE]
    road.ledger.edit_by_hand(sale, total=build["pounds"]("11.00"))
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    report = report_of_run(a_run(road))
    assert [(each.order, each.is_gone) for each in report.strayed] == [("1", False)]
    assert "strayed:sale:1:False" in report.needs_a_hand()


def test_a_report_is_planned_with_the_end_of_the_run(road: Any, build: Any, ask: Any) -> None:
    ask(ReportWhen.EACH_RUN)
    road.store.orders = [build["make_order"](1)]
    run = a_run(road)
    mail = planned(road)
    assert mail is not None
    assert (mail.first_run_id, mail.last_run_id, mail.recipients) == (run.id, run.id, TO)
    assert (mail.planned_at, mail.due_at) == (road.now, road.now)
    a_run(road)
    assert planned(road) == mail, "an idle run is not told"


def test_a_daily_report_tells_every_run_until_its_hour(road: Any, ask: Any) -> None:
    ask(ReportWhen.DAILY, hour=12)
    first, second = a_run(road), a_run(road)
    mail = planned(road)
    assert mail is not None
    assert (mail.first_run_id, mail.last_run_id) == (first.id, second.id)
    assert mail.due_at == datetime(2026, 2, 1, 12, tzinfo=UTC)
    road.books.outbox.claim(mail.due_at, mail.due_at + HOUR, 1)
    road.now = mail.due_at
    third = a_run(road)
    following = planned(road)
    assert following is not None
    assert (following.id, following.first_run_id) == (mail.id + 1, third.id), "that one is on its way already"
    assert following.due_at == datetime(2026, 2, 2, 12, tzinfo=UTC)


def test_a_run_that_fails_is_told_once_until_it_is_mended_and_again_when_it_comes_back(road: Any, ask: Any) -> None:
    ask(ReportWhen.PROBLEMS)
    fine = road.store.fetch_orders
    error = Reconnect(Message("Sign in to {shop} again.", {"shop": "Shop"}))

    def refused(*_args: object, **_bounds: object) -> None:
        raise error

    def failing() -> Run:
        road.now += HOUR
        work = road.work()
        with pytest.raises(Reconnect), ending_told(work.books, work.run):
            sync(work, alone=True)
        found: Run = road.books.runs.get(work.run.id)
        return found

    road.store.fetch_orders = refused
    run = failing()
    assert (run.state, run.problem) == (RunState.FAILED, "Sign in to Shop again.")
    report = report_of_run(run)
    assert [str(each.what) for each in report.stops] == ["Sign in to Shop again."]
    assert report.last.failed
    assert not report.balances
    first = planned(road)
    assert first is not None
    failing()
    assert planned(road) == first, "told already"
    road.store.fetch_orders = fine
    a_run(road)
    mended = planned(road)
    assert mended is not None
    assert (mended.id, mended.told) == (first.id, frozenset())
    road.store.fetch_orders = refused
    failing()
    again = planned(road)
    assert again is not None
    assert again.id == first.id + 1


@pytest.mark.parametrize(("after", "is_told"), [(PASSING - HOUR, False), (PASSING, True)])
def test_a_platform_out_of_reach_is_told_when_it_stays_so(road: Any, ask: Any, after: timedelta, is_told: bool) -> None:
    ask(ReportWhen.PROBLEMS)
    well = a_run(road).finished_at
    assert well is not None
    run = road.work().run
    fail_run(road.books, run, RetryLater(Message("Busy.")), well + after)
    assert (planned(road) is not None) is is_told


def test_settings_that_do_not_fit_are_told_one_by_one(road: Any, ask: Any) -> None:
    ask(ReportWhen.PROBLEMS)
    mistakes = [Problem("settings", Message(f"Mistake {n}."), Message("Mend it.")) for n in "ab"]
    run = fail_run(road.books, road.work().run, SettingsProblemsError(mistakes))
    assert report_of_run(run).stops == tuple(mistakes)
    assert run.problem == "Mistake a.; Mistake b."


def test_a_fault_of_the_program_is_told_without_its_words(road: Any, ask: Any) -> None:
    ask(ReportWhen.PROBLEMS)
    run = fail_run(road.books, road.work().run, ZeroDivisionError("division by zero"))
    assert report_of_run(run).stops == (reporting.FAULT,)
    assert "division" not in run.problem


def test_a_time_zone_that_is_none_and_no_settings_at_all(road: Any, ask: Any) -> None:
    ask(ReportWhen.DAILY, hour=5)
    settings = road.books.connections.get(road.connection_id).settings
    road.set(replace(settings, time_zone="Nowhere/Land"))
    fail_run(road.books, road.work().run, SettingsProblemsError([]), NOW)
    mail = planned(road)
    assert mail is not None
    assert mail.due_at == datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize("broken", ["standing", "due_at"])
def test_a_report_that_cannot_be_made_leaves_the_run_alone(
    road: Any, build: Any, ask: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    def fault(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(reporting, broken, fault)
    ask(ReportWhen.EACH_RUN)
    road.store.orders = [build["make_order"](1)]
    run = a_run(road)
    assert run.state is RunState.FINISHED
    assert run.proof is not None
    assert (run.report is None) is (broken == "standing")
    assert planned(road) is None
    assert "cannot be" in caplog.text


def test_a_crash_before_the_end_of_the_run_leaves_neither(
    road: Any, build: Any, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan and the end are one transaction: what stops the one stops the other."""
    ask(ReportWhen.EACH_RUN)
    road.store.orders = [build["make_order"](1)]

    def killed(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reporting, "due_at", killed)
        with pytest.raises(KeyboardInterrupt):
            a_run(road)
    assert planned(road) is None
    assert road.books.runs.latest(road.organization_id, 1)[0].state is RunState.RUNNING
    run = a_run(road)
    mail = planned(road)
    assert mail is not None
    assert mail.first_run_id == run.id
    assert report_of_run(run).posted, "what the run did before it was killed is told as well"

"""From the end of a run to the reader's mailbox: sent once, tried again, given up after a day."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.engine.conftest import Road, SmallLedger, SmallStore, make_order, open_road
from tests.mail.conftest import SENDER, Post, part

from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ReportDetail, ReportSettings, ReportWhen
from comptoir.engine.sync import sync
from comptoir.engine.telling.reporting import finish_quiet_run
from comptoir.mail import sending
from comptoir.mail.sending import GIVE_UP, PAUSES, send_due
from comptoir.mail.server import Conversation, Delivery, MailServer
from comptoir.storage.outbox import MailState, PlannedMail
from comptoir.storage.people.users import Role, Users
from comptoir.storage.runs import Run
from comptoir.storage.schedule import Terms
from comptoir.storage.vault import Vault

TO = "books@example.com"
BOSS = "boss@example.com"
MINUTE = timedelta(minutes=1)
NO_SERVER = Problem("mail-server", Message("No mail server is set."), Message("Set it."))


@pytest.fixture
def road(tmp_path: Path) -> Any:
    opened = open_road(tmp_path, SmallStore(), SmallLedger())
    ask(opened, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO,)))
    yield opened
    opened.books.database.close()


def ask(road: Road, report: ReportSettings) -> None:
    settings = road.books.connections.get(road.connection_id).settings
    assert settings is not None
    road.set(replace(settings, report=report))


def a_run(road: Road, *numbers: int) -> Run:
    """A run that posts these orders, an hour after the one before."""
    road.now += timedelta(hours=1)
    road.store.orders += [replace(make_order(number), updated_at=road.now - MINUTE) for number in numbers]
    return sync(road.work(), alone=True)[0]


def mail(road: Road) -> PlannedMail:
    with road.books.database.read() as connection:
        found = road.books.outbox.latest(connection, road.connection_id)
    assert found is not None
    return found


def nowhere() -> MailServer:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return MailServer("127.0.0.1", port, SENDER, "none")


def test_a_report_is_sent_once(road: Road, post: Post) -> None:
    run = a_run(road, 1, 2)
    assert send_due(road.books, post.settings(), road.now) == sending.Sent(sent=1)
    message = post.room.only()
    assert message["Subject"] == "Shop: 2 documents posted, and the books agree"
    for kind in ("plain", "html"):
        text = part(message, kind)
        assert f"Run {run.id}" in text
        assert "20.00" in text
    assert mail(road).state is MailState.SENT
    assert send_due(road.books, post.settings(), road.now) == sending.Sent()
    assert len(post.room.arrived) == 1


def test_every_document_where_that_is_asked_for(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO,), what=ReportDetail.DOCUMENTS))
    a_run(road, 1)
    a_run(road, 2, 3)
    send_due(road.books, post.settings(), road.now)
    texts = [part(message, "plain") for _, message in post.room.arrived]
    assert ["Sale 1 " in text for text in texts] == [True, False]
    assert ["Sale 3 " in text for text in texts] == [False, True]


def test_a_daily_report_tells_of_all_its_runs(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.DAILY, to=(TO,), hour=23))
    a_run(road, 1)
    a_run(road)
    a_run(road, 2, 3)
    assert send_due(road.books, post.settings(), road.now) == sending.Sent(), "its hour has not struck"
    assert send_due(road.books, post.settings(), mail(road).due_at) == sending.Sent(sent=1)
    text = part(post.room.only(), "plain")
    assert "3 runs from" in text
    assert "Sales  3  30.00" in text


def test_a_day_on_which_nothing_happened_shows_the_last_proof(road: Road, post: Post) -> None:
    a_run(road, 1)
    ask(road, ReportSettings(when=ReportWhen.DAILY, to=(TO,), hour=23))
    for _ in range(2):
        road.now += timedelta(hours=1)
        finish_quiet_run(road.work())
    send_due(road.books, post.settings(), mail(road).due_at)
    (_, earlier), (_, message) = post.room.arrived
    assert earlier["Subject"] == "Shop: 1 document posted, and the books agree", "planned before, and told by itself"
    assert message["Subject"] == "Shop: nothing new, and the books agree"
    text = part(message, "plain")
    assert "2 runs from" in text
    assert "This was proved at the end of an earlier run" in text
    assert "10.00" in text


def test_where_nothing_was_ever_proved_nothing_is_claimed(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.DAILY, to=(TO,), hour=23))
    road.now += timedelta(hours=1)
    finish_quiet_run(road.work())
    send_due(road.books, post.settings(), mail(road).due_at)
    assert post.room.only()["Subject"] == "Shop: nothing new"
    assert "No run came as far as a proof yet." in part(post.room.only(), "plain")


def test_the_next_run_is_told_where_one_is_set(road: Road, post: Post) -> None:
    record = road.books.connections.get(road.connection_id)
    now = road.books.schedules.now()
    terms = Terms("1", now, "me")
    next_one = now + timedelta(hours=1)
    road.books.schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=terms, due_at=next_one)
    a_run(road, 1)
    send_due(road.books, post.settings(), road.now)
    road.books.schedules.switch_off(record.id)
    a_run(road, 2)
    send_due(road.books, post.settings(), road.now)
    texts = [part(message, "plain") for _, message in post.room.arrived]
    assert ["Next run: " in text for text in texts] == [True, False]


def test_an_allowance_that_is_nearly_used_up_is_told(road: Road, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    nearly = Problem("reads-a-month", Message("Nearly used up."), Message("Read less."), cause="reads")
    monkeypatch.setattr(sending, "metered_problems", lambda *_of: [nearly])
    a_run(road, 1)
    send_due(road.books, post.settings(), road.now)
    assert "Nearly used up." in part(post.room.only(), "plain")


def test_a_busy_server_gets_it_later(road: Road, post: Post) -> None:
    a_run(road, 1)
    post.room.answers = ["451 Greylisted"]
    first = send_due(road.books, post.settings(), road.now)
    assert (first.sent, first.failed) == (0, 1)
    assert "451 Greylisted" in str(first.problems[0].what)
    assert send_due(road.books, post.settings(), road.now + PAUSES[0] - MINUTE / 2).sent == 0
    assert post.room.asked == 1, "not before its pause is over"
    assert send_due(road.books, post.settings(), road.now + PAUSES[0]).sent == 1
    assert mail(road).problems == (), "what is over is no trouble any more"
    assert len(post.room.arrived) == 1


def test_pauses_grow_and_after_a_day_it_is_given_up(road: Road) -> None:
    a_run(road, 1)
    server = nowhere()
    at, tries = road.now, []
    while mail(road).state is MailState.PLANNED:
        tries.append(at - road.now)
        send_due(road.books, server, at)
        at += MINUTE
        while mail(road).state is MailState.PLANNED and not due(road, at):
            at += MINUTE
    assert tries[:6] == [timedelta(minutes=each) for each in (0, 1, 6, 21, 51, 111)]
    assert GIVE_UP - timedelta(hours=2) < tries[-1] < GIVE_UP
    assert len(tries) < 32
    given_up = mail(road)
    assert given_up.state is MailState.GIVEN_UP
    (trouble,) = road.books.outbox.troubles(road.organization_id)
    assert "cannot be reached" in str(trouble.problems[0].what)


def due(road: Road, at: datetime) -> bool:
    from sqlalchemy import select

    from comptoir.storage.tables import reports

    with road.books.database.read() as connection:
        return bool(connection.execute(select(reports.c.next_try_at)).scalar_one() <= at)


def test_what_waits_in_an_old_backup_is_no_news(road: Road) -> None:
    """A restored backup holds reports that were sent since: after a day nobody gets them again."""
    a_run(road, 1)
    send_due(road.books, nowhere(), road.now + GIVE_UP)
    assert mail(road).state is MailState.GIVEN_UP


def test_a_server_that_is_down_is_asked_once_not_once_a_report(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(1, 4):
        a_run(road, number)
    server = nowhere()
    asked = []
    ask_it = Conversation.deliver

    def deliver(self: Conversation, *args: Any) -> Delivery:
        asked.append(args)
        return ask_it(self, *args)

    monkeypatch.setattr(Conversation, "deliver", deliver)
    done = send_due(road.books, server, road.now)
    assert (done.sent, done.failed, len(done.problems), len(asked)) == (0, 3, 1, 1)


def test_without_a_mail_server_it_waits_and_says_so(road: Road, post: Post) -> None:
    a_run(road, 1)
    assert send_due(road.books, NO_SERVER, road.now) == sending.Sent(failed=1, problems=(NO_SERVER,))
    assert mail(road).problems == (NO_SERVER,)
    assert send_due(road.books, post.settings(), road.now + PAUSES[0]).sent == 1


def test_a_report_that_is_refused_for_good_is_given_up_at_once(road: Road, post: Post) -> None:
    a_run(road, 1)
    post.room.answers = ["554 Looks like spam"]
    assert send_due(road.books, post.settings(), road.now).failed == 1
    assert mail(road).state is MailState.GIVEN_UP
    assert "554 Looks like spam" in str(mail(road).problems[0].what)


def test_one_address_of_two_is_refused_for_good(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO, BOSS)))
    a_run(road, 1)
    post.room.refuse = {BOSS: "550 No such user"}
    done = send_due(road.books, post.settings(), road.now)
    assert (done.sent, done.failed) == (1, 0)
    assert [recipients for recipients, _ in post.room.arrived] == [[TO]]
    found = mail(road)
    assert found.state is MailState.SENT
    assert [each.what.values["address"] for each in found.problems] == [BOSS]
    assert send_due(road.books, post.settings(), road.now + GIVE_UP / 2) == sending.Sent()


def test_one_address_of_two_is_busy(road: Road, post: Post) -> None:
    """The other one is not written to again."""
    ask(road, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO, BOSS)))
    a_run(road, 1)
    post.room.refuse = {BOSS: "452 Mailbox full"}
    assert send_due(road.books, post.settings(), road.now).failed == 1
    post.room.refuse = {}
    assert send_due(road.books, post.settings(), road.now + PAUSES[0]).sent == 1
    assert [recipients for recipients, _ in post.room.arrived] == [[TO], [BOSS]]
    assert mail(road).problems == ()


def test_one_is_busy_while_another_is_refused_for_good(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO, BOSS)))
    a_run(road, 1)
    post.room.refuse = {BOSS: "452 Mailbox full", TO: "550 No such user"}
    send_due(road.books, post.settings(), road.now)
    assert mail(road).recipients == (BOSS,)
    post.room.refuse = {}
    assert send_due(road.books, post.settings(), road.now + PAUSES[0]).sent == 1
    assert [each.what.values["address"] for each in mail(road).problems] == [TO], "that one has to be looked at"


def test_every_address_is_refused_for_good(road: Road, post: Post) -> None:
    ask(road, ReportSettings(when=ReportWhen.EACH_RUN, to=(TO, BOSS, TO)))
    a_run(road, 1)
    post.room.refuse = {TO: "550 No", BOSS: "550 No"}
    assert send_due(road.books, post.settings(), road.now).failed == 1
    assert mail(road).state is MailState.GIVEN_UP


def test_a_report_that_cannot_be_written_keeps_no_other(
    road: Road, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    a_run(road, 1)
    a_run(road, 2)
    write = sending.letter_of
    faults = [ZeroDivisionError()]

    def fault(*args: Any, **named: Any) -> Any:
        if faults:
            raise faults.pop()
        return write(*args, **named)

    monkeypatch.setattr(sending, "letter_of", fault)
    done = send_due(road.books, post.settings(), road.now)
    assert (done.sent, done.failed, done.problems) == (1, 1, (sending.UNWRITTEN,))
    assert "cannot be written" in caplog.text


@pytest.mark.parametrize("has_pages", [True, False])
def test_the_words_are_those_of_the_pages_where_somebody_comes_in_by_them(
    road: Road, post: Post, *, has_pages: bool
) -> None:
    if has_pages:
        users = Users(road.books.database, Vault(bytes(32)))
        with road.books.database.write() as connection:
            user = users.add(connection, email=TO, name="Ada", password_hash="x", language="en")
            users.join(connection, road.organization_id, user.id, Role.VIEWER)
    a_run(road, 1)
    send_due(road.books, post.settings(), road.now)
    ((_, message),) = post.room.arrived
    body = message.get_body(("plain",))
    assert body is not None
    assert ("section [report]" not in " ".join(body.get_content().split())) is has_pages


def test_runs_that_only_looked_have_no_letter(road: Road) -> None:
    from comptoir.storage.runs import RunState

    run = road.books.runs.finish(road.work().run.id, RunState.FINISHED)
    record = road.books.connections.get(road.connection_id)
    assert sending.letter_of(road.books, record, [run], ReportSettings()) is None


# Two at once, and a process that is killed


def test_two_processes_send_it_once(road: Road, post: Post, tmp_path: Path) -> None:
    for number in range(1, 31):
        a_run(road, number)
    other = open_road(tmp_path, road.store, road.ledger, is_new=False)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(send_due, each.books, post.settings(), road.now) for each in (road, other)]
        sent = sum(job.result().sent for job in jobs)
    other.books.database.close()
    names = [message["Message-ID"] for _, message in post.room.arrived]
    assert (sent, len(names), len(set(names))) == (30, 30, 30)


def send_in_a_process(home: Path, server: MailServer, at: datetime) -> None:
    opened = open_road(home, SmallStore(), SmallLedger(), is_new=False)
    send_due(opened.books, server, at)
    os._exit(0)


@pytest.fixture
def killed_when_taken(road: Road, post: Post, tmp_path: Path) -> Callable[[], None]:
    """The sender is killed (SIGKILL) by the server itself, which has taken the message, before it can note it."""

    def kill() -> None:
        process = multiprocessing.get_context("spawn").Process(
            target=send_in_a_process, args=(tmp_path, post.settings(), road.now)
        )
        post.room.after_data = lambda: os.kill(process.pid or 0, signal.SIGKILL)
        process.start()
        process.join(60)
        assert process.exitcode == -signal.SIGKILL
        post.room.after_data = lambda: None

    return kill


@pytest.mark.journey
def test_killed_between_the_sending_and_the_note_it_comes_twice_under_one_name_and_is_never_lost(
    road: Road, post: Post, killed_when_taken: Callable[[], None]
) -> None:
    a_run(road, 1)
    killed_when_taken()
    assert len(post.room.arrived) == 1
    assert mail(road).state is MailState.PLANNED
    assert send_due(road.books, post.settings(), road.now + MINUTE) == sending.Sent(), "it may be at work still"
    assert send_due(road.books, post.settings(), road.now + sending.CLAIM).sent == 1
    (_, first), (_, second) = post.room.arrived
    assert first["Message-ID"] == second["Message-ID"]
    assert part(first, "plain") == part(second, "plain")
    assert mail(road).state is MailState.SENT

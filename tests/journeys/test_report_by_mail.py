"""A report by e-mail, from `comptoir serve` to a mail server: in French, about a shop that was synchronized first."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.chaos.journal import look
from tests.journeys.conftest import Floor, full_settings
from tests.journeys.test_serve import due_now, serving, until
from tests.mail.conftest import Office, Room, part

pytestmark = pytest.mark.journey

TO = "livres@example.com"
REPORT = f'\n[report]\nwhen = "each_run"\nto = ["{TO}"]\nlanguage = "fr"\nwhat = "documents"\n'


@pytest.fixture
def room(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A mail server that the shell's environment names."""
    found = Room()
    office = Office(found, hostname="127.0.0.1", port=0)
    office.start()
    monkeypatch.setitem(floor.shell.environment, "COMPTOIR_SMTP_URL", f"smtp://127.0.0.1:{office.port}?tls=off")
    monkeypatch.setitem(floor.shell.environment, "COMPTOIR_MAIL_FROM", "Comptoir <comptoir@example.com>")
    yield found
    office.stop(no_assert=True)


def test_a_server_sends_the_report_of_a_scheduled_run(floor: Floor, home: Path, room: Room) -> None:
    floor.import_settings(home, full_settings() + REPORT).well()
    with serving(floor, home) as server:
        floor.shell.run("schedule", "on", "--accept-terms", "--home", home).well()
        due_now(home)
        until(lambda: room.arrived)
        due_now(home)
        until(lambda: look(home, "SELECT count(*) FROM runs WHERE state = 'finished'")[0][0] >= 2)
        assert server.stop(signal.SIGINT)[0] == 0
    ((recipients, message),) = room.arrived
    assert recipients == [TO]
    (posted,) = look(home, "SELECT posted FROM runs ORDER BY id LIMIT 1")[0]
    assert posted > 30
    assert message["Subject"].endswith("documents comptabilisés, et les livres concordent")
    text, page = part(message, "plain"), part(message, "html")
    for words in ("La boutique, le journal et les livres concordent", "Prochaine synchronisation", "Vente SH-536400"):
        assert words in text
        assert words in page
    assert look(home, "SELECT state, attempts FROM reports") == [("sent", 1)]
    shown = floor.shell.run("report", "--language", "fr", "--home", home).well()
    assert "La preuve" in shown.out


def test_a_run_by_hand_sends_its_own(floor: Floor, home: Path, room: Room) -> None:
    floor.import_settings(home, full_settings() + REPORT).well()
    room.answers = ["451 Greylisted"]
    told = floor.shell.run("sync", "--json", "--home", home).well()
    assert told.json["agrees"]
    assert "451 Greylisted" in told.err
    assert not room.arrived
    assert look(home, "SELECT state, attempts FROM reports") == [("planned", 1)]

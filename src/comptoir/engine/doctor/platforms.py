"""What the platforms tell when asked now, all of them at once: whether they let us in, and what time it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from comptoir.books.company import Company
from comptoir.books.problems import Message
from comptoir.books.settings import ReportWhen
from comptoir.engine.doctor.findings import Finding, Outcome, Report
from comptoir.engine.doctor.installation import Installation
from comptoir.engine.ports import Ledger
from comptoir.engine.telling.platforms import platform_name
from comptoir.storage.connections import LEDGER, ConnectionRecord
from comptoir.telemetry import events

AT_ONCE = 8
CLOCK_OFF_SECONDS = 60.0
"""Beyond it, tokens seem good when they are not, and signatures of webhooks are refused."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking one connection. `books` only of a company that answered."""

    record: ConnectionRecord
    findings: tuple[Finding, ...]
    books: tuple[Ledger, Company] | None = None


@dataclass(slots=True)
class Clock:
    """By how many seconds this machine's clock is ahead of each platform's, least of all that was seen.

    An answer that took long to come seems older than it is: the least is the truest.
    """

    ahead: dict[str, float] = field(default_factory=dict)

    def hear(self, event: events.Event) -> None:
        """Note the date of an answer."""
        ahead, platform = event.values.get("ahead"), str(event.values.get("platform"))
        if event.kind is events.Kind.CALL and isinstance(ahead, float):
            known = self.ahead.get(platform, ahead)
            self.ahead[platform] = min(known, ahead, key=abs)


def ask_all(installation: Installation, records: Sequence[ConnectionRecord]) -> tuple[list[Asked], list[Finding]]:
    """Ask every connection, and compare the clocks by the way."""
    if not records:
        return [], []
    clock = Clock()
    with events.listening(clock.hear), ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doctor") as pool:
        asked = list(pool.map(lambda record: _ask(installation, record), records))
    return asked, list(_clocks(clock))


def wants_reports(record: ConnectionRecord) -> bool:
    """Whether a store's settings ask for reports by e-mail."""
    return record.settings is not None and record.settings.report.when is not ReportWhen.NEVER


def look_at_mail(installation: Installation) -> Iterator[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    report = Report("mail")
    problem = installation.mail_problem()
    if problem is None:
        yield report.ok("The mail server lets Comptoir in.")
    else:
        yield report.of(problem, Outcome.WARNING)


def _ask(installation: Installation, record: ConnectionRecord) -> Asked:
    books: list[tuple[Ledger, Company]] = []

    def look() -> Iterator[Finding]:
        if record.role == LEDGER:
            ledger = installation.ledger(record)
            books.append((ledger, ledger.read_company()))
        notes = installation.notes(record)
        yield report.ok("It answers, and lets Comptoir in.")
        for note in notes:
            yield Finding("connection", Outcome.WARNING, _said(note), None, record.title, connection_id=record.id)

    report = Report.on("connection", record)
    return Asked(record, tuple(report.guarded(look)), books[0] if books else None)


def _said(note: object) -> Message:
    return note if isinstance(note, Message) else Message("{note}", {"note": str(note)})


def _clocks(clock: Clock) -> Iterator[Finding]:
    report = Report("clock")
    fix = "Set the clock by the network, for example: timedatectl set-ntp true"
    for platform, ahead in sorted(clock.ahead.items()):
        values = {"seconds": f"{abs(ahead):,.0f}", "platform": platform_name(platform)}
        if ahead > CLOCK_OFF_SECONDS:
            yield report.warning(
                "This machine's clock is {seconds} seconds ahead of that of {platform}.", fix, **values
            )
        elif ahead < -CLOCK_OFF_SECONDS:
            yield report.warning("This machine's clock is {seconds} seconds behind that of {platform}.", fix, **values)
        else:
            yield report.ok("It agrees with that of {platform}.", platform=platform_name(platform))

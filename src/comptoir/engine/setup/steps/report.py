"""PURE: the report by e-mail (Y3)."""

from __future__ import annotations

from comptoir.books.problems import Message
from comptoir.books.settings import Language, ReportDetail, ReportWhen
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.questions import Control, Option, Question, Step

HOURS = 24


def report_step(_setup: Setup) -> Step:
    """When, to whom, what."""
    return Step(
        "report",
        Message("Report by e-mail"),
        Message("Who is told by e-mail what was posted and what needs a hand."),
        (
            Question(
                ("report", "when"),
                Message("When"),
                Message("Problems are told once, and again every day while they last."),
                Control.ONE,
                (
                    Option(ReportWhen.NEVER.value, Message("Never"), is_suggested=True),
                    Option(ReportWhen.PROBLEMS.value, Message("When something needs a hand")),
                    Option(ReportWhen.DAILY.value, Message("Once a day")),
                    Option(ReportWhen.EACH_RUN.value, Message("After each sync that did something")),
                ),
            ),
            Question(
                ("report", "to"),
                Message("To"),
                Message("E-mail addresses, one a line."),
                Control.LINES,
            ),
            Question(
                ("report", "what"),
                Message("What"),
                Message("The figures and what needs a hand, or every document too."),
                Control.ONE,
                (
                    Option(ReportDetail.SUMMARY.value, Message("The figures"), is_suggested=True),
                    Option(ReportDetail.DOCUMENTS.value, Message("Every document too")),
                ),
                is_more=True,
            ),
            Question(
                ("report", "language"),
                Message("Language"),
                Message("The language of the report."),
                Control.ONE,
                (
                    Option(Language.ENGLISH.value, "English", is_suggested=True),
                    Option(Language.FRENCH.value, "Français"),
                ),
            ),
            Question(
                ("report", "hour"),
                Message("Hour of the daily report"),
                Message("By the clock of the time zone that you chose."),
                Control.LIST,
                [Option(str(each), f"{each}:00", is_suggested=each == 7) for each in range(HOURS)],  # noqa: PLR2004 - the default
                is_more=True,
            ),
        ),
    )

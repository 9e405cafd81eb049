"""`comptoir report`: what a run came to, as its e-mail tells it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.settings import ReportDetail, ReportSettings
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.mail import LanguageOption
from comptoir.language import chosen_language
from comptoir.mail.letter import Letter
from comptoir.mail.message import as_html
from comptoir.mail.plain_text import as_text
from comptoir.mail.sending import letter_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import Run
from comptoir.storage.tables import runs
from comptoir.wiring import App, open_app


@reported
def report(
    run: Annotated[int, typer.Option("--run", help="Which run (see runs); else the last one that has a report.")] = 0,
    documents: Annotated[bool, typer.Option("--documents", help="List every document that was posted too.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Also write the e-mail's page to this file.")] = None,
    language: LanguageOption = None,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a run came to: the proof, what was posted, what needs a hand. Reads only; nothing is sent."""
    with open_app(home, to_read=True) as app_:
        record = chosen_store(app_, store)
        settings = ReportSettings(
            what=ReportDetail.DOCUMENTS if documents else ReportDetail.SUMMARY,
            language=language or chosen_language(os.environ),
        )
        found = _chosen(app_, record, run)
        letter = letter_of(app_.books, record, [found], settings)
    if letter is None:
        raise CommandError(f"Run {found.id} only looked; it has no report.")
    console.print(as_text(letter), soft_wrap=True)
    if html is not None:
        _write(html, letter)
    if as_json:
        print(json.dumps({"run": found.id, "subject": letter.subject, "tone": letter.tone.value}))


def _chosen(app_: App, record: ConnectionRecord, run_id: int) -> Run:
    if run_id:
        found = app_.books.runs.between(record.id, run_id, run_id)
        if not found:
            raise CommandError(f"There is no run {run_id} of {record.title}. See: comptoir runs")
        return found[0]
    last = app_.books.runs.of_connection(record.id, runs.c.report.is_not(None))
    if last is None:
        raise CommandError(f"No run of {record.title} has a report yet. Start with: comptoir sync")
    return last


def _write(path: Path, letter: Letter) -> None:
    try:
        path.write_text(as_html(letter), encoding="utf-8")
    except OSError as error:
        raise CommandError(f"The file {path} cannot be written ({error.strerror}).") from error
    console.print(f"Written to {path}.")

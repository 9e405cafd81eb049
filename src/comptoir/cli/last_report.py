"""`comptoir report`: what a run came to, as its e-mail tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.problems import Message
from comptoir.books.settings import Language, ReportDetail, ReportSettings
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.files import write_text
from comptoir.cli.mail import LanguageOption
from comptoir.cli.speech import spoken, text
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
            language=language or spoken().language,
        )
        found = _chosen(app_, record, run)
        letter = letter_of(app_.books, record, [found], settings)
        for_machines = letter_of(app_.books, record, [found], replace(settings, language=Language.ENGLISH))
    if letter is None or for_machines is None:
        raise CommandError(Message("Run {run} only looked; it has no report.", {"run": str(found.id)}))
    console.print(as_text(letter), soft_wrap=True)
    if html is not None:
        write_text(html, as_html(letter))
        console.print(text("Written to {file}.", file=str(html)))
    if as_json:
        print(json.dumps({"run": found.id, "subject": for_machines.subject, "tone": letter.tone.value}))


def _chosen(app_: App, record: ConnectionRecord, run_id: int) -> Run:
    if run_id:
        found = app_.books.runs.between(record.id, run_id, run_id)
        if not found:
            values = {"run": str(run_id), "store": record.title}
            raise CommandError(Message("There is no run {run} of {store}. See: comptoir runs", values))
        return found[0]
    last = app_.books.runs.of_connection(record.id, runs.c.report.is_not(None))
    if last is None:
        raise CommandError(
            Message("No run of {store} has a report yet. Start with: comptoir sync", {"store": record.title})
        )
    return last

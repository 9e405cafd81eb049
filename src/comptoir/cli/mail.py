"""`comptoir mail`: try the mail server, and send the reports that are due."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from comptoir.books.checks.plain import ADDRESS
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Language
from comptoir.cli.calling import Family
from comptoir.cli.common import HomeOption, JsonOption, console
from comptoir.cli.errors import CommandError, ProblemsError, reported
from comptoir.cli.errors import console as errors
from comptoir.cli.speech import spoken, text, told
from comptoir.language import words_in
from comptoir.mail.letter import trial
from comptoir.mail.message import compose, message_id
from comptoir.mail.server import MailServer, conversation, mail_server
from comptoir.wiring import App, open_app

app = Family("Try the mail server, and send the reports that are due.")

NOT_SENT = Message("The message could not be sent:")

LanguageOption = Annotated[
    Language | None, typer.Option("--language", help="en or fr; else COMPTOIR_LANGUAGE, else the locale.")
]


def server_of_environment() -> MailServer:
    """The operator's mail server; ProblemsError says what is missing or wrong."""
    server = mail_server(os.environ)
    if isinstance(server, Problem):
        raise ProblemsError(Message("No mail can be sent:"), [server])
    return server


@contextmanager
def reports_sent(app_: App) -> Iterator[None]:
    """The reports that are due are sent after the block, also after a run that failed; not where the user stops it."""
    try:
        yield
    except Exception:
        _send(app_)
        raise
    _send(app_)


def _send(app_: App) -> None:
    """What goes wrong is said and tried again later: it changes nothing in the run."""
    for problem in app_.send_reports().problems:
        errors.print(f"{told(problem.what)}\n→ {told(problem.remedy)}", style="yellow")


@app.command("test")
@reported
def test(
    to: Annotated[str, typer.Option("--to", help="The address to send to.")],
    language: LanguageOption = None,  # noqa: PT028
    as_json: JsonOption = False,  # noqa: PT028 - a command, no test
) -> None:
    """Send a test message, to see that the reports will arrive. Uses COMPTOIR_SMTP_URL and COMPTOIR_MAIL_FROM."""
    if not ADDRESS.fullmatch(to):
        raise CommandError(
            Message('"{to}" is not an e-mail address. Write the address alone, like books@example.com.', {"to": to})
        )
    server, now = server_of_environment(), datetime.now(UTC)
    letter = trial(words_in(language or spoken().language))
    message = compose(letter, server, [to], name=message_id(server, "test", to, now), at=now)
    with conversation(server) as talk:
        delivery = talk.deliver(message, [to])
    if delivery.refusals:
        raise ProblemsError(NOT_SENT, [each.problem for each in delivery.refusals])
    took = text(
        "{host} took the message for {to}. Look whether it arrives, also among the spam.", host=server.host, to=to
    )
    console.print(took)
    if as_json:
        print(json.dumps({"sent_to": to, "host": server.host, "message_id": message["Message-ID"]}))


@app.command("send")
@reported
def send(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Send the reports that are due, as `comptoir sync` does after its run. Exit code 1 where one cannot be sent."""
    with open_app(home, may_share=True) as app_:
        done = app_.send_reports()
    if done.problems:
        raise ProblemsError(Message("Some reports could not be sent; they are tried again for a day:"), done.problems)
    console.print(text("Sent: {count}.", count=f"{done.sent:,}"))
    if as_json:
        print(json.dumps({"sent": done.sent}))

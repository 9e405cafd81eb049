"""The log: one line an event on standard error, as JSON or for the eye, with nothing secret or personal in it.

`COMPTOIR_LOG` is json or console, `COMPTOIR_LOG_LEVEL` debug, info, warning or error. Whatever the libraries say goes
the same way, from warnings on, without the values they fill in: those may be anybody's data.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from comptoir.books.problems import Message, ToldError
from comptoir.http.redaction import HIDDEN, redact
from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind

if TYPE_CHECKING:
    from structlog.types import EventDict, Processor

FORM_NAME = "COMPTOIR_LOG"
LEVEL_NAME = "COMPTOIR_LOG_LEVEL"
FORMS = ("json", "console")
LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
LOGGER = "comptoir.events"
OWN = "comptoir."

IDENTIFIER = re.compile(r"[A-Za-z0-9_.:/+*<>-]{0,120}")
"""What a value may look like: a state, a code, an operation, an id. A sentence or a name of two words does not."""
FRAMES = 12
FAILED_STATUS = 400

LEVEL_OF = {
    Kind.CALL: logging.DEBUG,
    Kind.BATCH_SENT: logging.DEBUG,
    Kind.BATCH_TURNED_AWAY: logging.WARNING,
    Kind.BATCH_UNKNOWN: logging.WARNING,
    Kind.TOKENS_REFUSED: logging.ERROR,
    Kind.TAKEN_OVER: logging.WARNING,
}
"""INFO for the rest."""

_installed: list[logging.Handler] = []


class LogSettingsError(ToldError):
    """A value of the environment that is none."""


def set_up(default_level: str = "", environment: Mapping[str, str] = os.environ, stream: TextIO | None = None) -> None:
    """Log from now on, as the environment asks; without its word at `default_level`, "" for not at all.

    Called again it begins anew. Raises LogSettingsError.
    """
    form = _chosen(environment, FORM_NAME, FORMS)
    level = _chosen(environment, LEVEL_NAME, tuple(LEVELS)) or default_level or ("info" if form else "")
    close()
    if not level:
        return
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(form or "console", handler.stream))
    _installed.append(handler)
    for name in ("", "dbos"):  # the queue's library would write by a handler of its own where it finds none
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("dbos").propagate = False
    logging.getLogger("comptoir").setLevel(LEVELS[level])
    events.listen(_write)


def close() -> None:
    """Log no more."""
    while _installed:
        handler = _installed.pop()
        for name in ("", "dbos"):
            logging.getLogger(name).removeHandler(handler)
        events.unlisten(_write)


def _chosen(environment: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = environment.get(name, "").strip().lower()
    if value and value not in choices:
        raise LogSettingsError(
            Message(
                '{name} cannot be "{value}". Choose one of: {choices}.',
                {"name": name, "value": value, "choices": ", ".join(choices)},
            )
        )
    return value


def _write(event: Event) -> None:
    logging.getLogger(LOGGER).log(_level(event), event.kind.value, extra={"values": event.values})


def _level(event: Event) -> int:
    values = event.values
    status = values.get("status")
    if event.kind is Kind.CALL and isinstance(status, int) and (status == 0 or status >= FAILED_STATUS):
        return logging.WARNING
    if event.kind is Kind.RUN_ENDED and values.get("state") == "failed":
        return logging.ERROR
    return LEVEL_OF.get(event.kind, logging.INFO)


def _formatter(form: str, stream: TextIO) -> logging.Formatter:
    import structlog  # noqa: PLC0415 - slow to load, and most commands log nothing

    pre: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _described,
    ]
    last: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if form == "console":
        last = structlog.dev.ConsoleRenderer(colors=stream.isatty(), timestamp_key="at")
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=pre,
        use_get_message=False,  # what the words are to be filled with is looked at first
        pass_foreign_args=True,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, clean, last],
    )


def _described(_logger: Any, _name: str, line: EventDict) -> EventDict:
    """What a record says: an event of ours with its values, or a library's words without theirs."""
    record: logging.LogRecord = line["_record"]
    arguments = line.pop("positional_args", ())
    values = getattr(record, "values", None)
    if record.name == LOGGER and isinstance(values, Mapping):
        line.update(values)
        return line
    line["event"] = "message"
    line["logger"] = record.name
    line["said"] = _said(record, arguments)
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        line["error"] = type(error).__name__
        line["frames"] = _frames(error.__traceback__)
    line.pop("exc_info", None)
    line.pop("stack_info", None)
    return line


def _said(record: logging.LogRecord, arguments: object) -> str:
    """The words of a record. Our own are filled with numbers, identifiers and the types of errors; others' are not."""
    words = str(record.msg)
    if not record.name.startswith(OWN) or not isinstance(arguments, tuple):
        return words
    try:
        return words % tuple(_identifier(each) for each in arguments)
    except (TypeError, ValueError):
        return words


def _identifier(value: object) -> object:
    if isinstance(value, BaseException):
        return type(value).__name__
    return value if isinstance(value, int | float) or IDENTIFIER.fullmatch(str(value)) else HIDDEN


def _frames(trace: TracebackType | None) -> list[str]:
    """Where it happened, without what it said: the words of an exception may hold anything."""
    found = traceback.extract_tb(trace)[-FRAMES:]
    return [f"{os.path.basename(each.filename)}:{each.lineno}:{each.name}" for each in found]  # noqa: PTH119


def clean(_logger: Any, _name: str, line: EventDict) -> EventDict:
    """The last before the line is written: every text of it without secrets; values that are no identifiers hidden."""
    return {key: _clean(key, value) for key, value in line.items()}


def _clean(key: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return [_clean(key, each) for each in value]
    text = redact(str(value))
    return text if key == "said" or IDENTIFIER.fullmatch(text) else HIDDEN

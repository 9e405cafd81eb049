"""What happens, told to whoever listens. Who tells knows no listener, and no listener stops who tells.

An event is a kind and values: whole numbers, seconds, and words from fixed lists (states, codes, platforms,
operations) or identifiers. Names, addresses, notes and amounts are no values of events; `logs` hides what looks like
free text all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

Value = str | int | float | bool | None


class Kind(StrEnum):
    """Everything that is told."""

    RUN_STARTED = "run_started"
    RUN_ENDED = "run_ended"
    PAGE_SAVED = "page_saved"
    BATCH_SENT = "batch_sent"
    BATCH_ANSWERED = "batch_answered"
    BATCH_TURNED_AWAY = "batch_turned_away"
    BATCH_UNKNOWN = "batch_unknown"
    DOCUMENT_HELD = "document_held"
    CALL = "call"
    WAITED = "waited"
    TOKENS_RENEWED = "tokens_renewed"
    TOKENS_REFUSED = "tokens_refused"
    TAKEN_OVER = "taken_over"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with what it happened to (`about`)."""

    kind: Kind
    values: Mapping[str, Value]


Listener = Callable[[Event], None]

_listeners: list[Listener] = []
_about: ContextVar[Mapping[str, Value]] = ContextVar("about", default={})  # noqa: B039 - never changed in place


def emit(kind: Kind, /, **values: Value) -> None:
    """Tell every listener. One that fails is passed over: an unwritten log line stops no posting."""
    if not _listeners:
        return
    event = Event(kind, {**_about.get(), **values})
    for listener in tuple(_listeners):
        with suppress(Exception):
            listener(event)


@contextmanager
def about(**values: Value) -> Iterator[None]:
    """What is told in the block, in this thread, happens to these: `run`, `connection`, `organization`, `company`."""
    token = _about.set({**_about.get(), **values})
    try:
        yield
    finally:
        _about.reset(token)


def listen(listener: Listener) -> None:
    """Tell `listener` everything from now on, from every thread."""
    _listeners.append(listener)


def unlisten(listener: Listener) -> None:
    """Tell `listener` no more."""
    if listener in _listeners:
        _listeners.remove(listener)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` everything, from every thread, for the block."""
    listen(listener)
    try:
        yield
    finally:
        unlisten(listener)

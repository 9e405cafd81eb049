"""What becomes of the sign-in of a connection: noted with it, whoever meets it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, Reconnect
from comptoir.engine.work import utc_now
from comptoir.http.oauth import Tokens, TokenStore
from comptoir.storage.connections import LEDGER, ConnectionRecord, Connections, Standing

_STORE_ENDED = "{title} was disconnected. Connect it again first."
_COMPANY_ENDED = (
    "{title} was disconnected. Connect it again; or, where another company is connected, keep the store there: under "
    "Connections, or with comptoir company."
)


def tokens_of(connections: Connections, record: ConnectionRecord) -> TokenStore:
    """The tokens of a connection; where they are refused for good, that is noted with it."""
    return _Ended(record) if record.disconnected_at is not None else _Watched(connections, record)


def note_test(connections: Connections, record: ConnectionRecord, ask: Callable[[], Standing]) -> Standing:
    """Test a connection with `ask`, and keep what was found. Never raises because of the platform."""
    try:
        found = ask()
    except HouseError as error:
        return _note_stop(connections, record, error)
    connections.save_standing(record.id, found)
    return found


def _note_stop(connections: Connections, record: ConnectionRecord, error: HouseError) -> Standing:
    """Keep with a connection why it does not work; what was known of the account stays."""
    known = connections.get(record.id).standing or Standing(utc_now())
    is_out = isinstance(error, Reconnect)
    found = replace(known, tested_at=utc_now(), notes=(), stop=error.message, signed_out=is_out)
    connections.save_standing(record.id, found)
    return found


def _note_renewal(connections: Connections, record: ConnectionRecord) -> None:
    """A sign-in that had ended is good again: somebody mended at the platform what had ended it."""
    known = connections.get(record.id).standing
    if known is not None and known.signed_out:
        connections.save_standing(record.id, replace(known, stop=None, signed_out=False))


class _Watched:
    """Tokens of a connection. What becomes of its sign-in is noted with it, whoever renews them."""

    def __init__(self, connections: Connections, record: ConnectionRecord) -> None:
        self._connections = connections
        self._record = record
        self._tokens = connections.tokens(record)

    def load(self) -> Tokens | None:
        return self._tokens.load()

    def save(self, tokens: Tokens) -> None:
        self._tokens.save(tokens)
        _note_renewal(self._connections, self._record)

    @contextmanager
    def lock(self) -> Iterator[None]:
        try:
            with self._tokens.lock():
                yield
        except Reconnect as error:
            _note_stop(self._connections, self._record, error)
            raise


class _Ended:
    """The tokens of a connection that was disconnected: there are none, and none will come."""

    def __init__(self, record: ConnectionRecord) -> None:
        self._record = record

    def load(self) -> Tokens | None:
        raise self._ended()

    def save(self, tokens: Tokens) -> None:
        del tokens
        raise self._ended()

    def lock(self) -> AbstractContextManager[None]:
        raise self._ended()

    def _ended(self) -> Reconnect:
        words = _COMPANY_ENDED if self._record.role == LEDGER else _STORE_ENDED
        return Reconnect(Message(words, {"title": self._record.title}))

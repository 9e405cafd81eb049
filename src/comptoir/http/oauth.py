"""Access tokens that are always good: refreshed ahead of time, once at a time, saved before they are used.

A platform that rotates refresh tokens ends the grant when an old value is used twice (quickbooks-online.md §1), so
every refresh happens under a lock that all processes share, and looks first whether another one has done it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from comptoir.http.transport import utc_now
from comptoir.telemetry import events

EARLY = timedelta(minutes=5)
"""How long before its end a token is replaced (a tenth of its life for tokens that live less than 50 minutes)."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a platform granted. Times are aware, UTC; None where the platform states none."""

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str | None = field(repr=False, default=None)
    refresh_expires_at: datetime | None = None


class TokenStore(Protocol):
    """Where the tokens of one connection are kept, encrypted; `lock` is shared by all processes."""

    def load(self) -> Tokens | None:
        """The tokens last saved."""
        ...

    def save(self, tokens: Tokens) -> None:
        """Keep `tokens`; once this returns they survive a crash."""
        ...

    def lock(self) -> AbstractContextManager[None]:
        """Held by one refresh at a time."""
        ...


class HeldTokens:
    """Tokens of a connection that is not saved yet, kept in memory."""

    def __init__(self, tokens: Tokens | None = None) -> None:
        self._tokens = tokens

    def load(self) -> Tokens | None:
        """The tokens last saved."""
        return self._tokens

    def save(self, tokens: Tokens) -> None:
        """Hold `tokens`."""
        self._tokens = tokens

    def lock(self) -> AbstractContextManager[None]:
        """Nobody else has them."""
        return nullcontext()


class Grant(Protocol):
    """How new tokens are obtained: by a refresh token, by client credentials."""

    def refresh(self, tokens: Tokens | None) -> Tokens:
        """New tokens. Raises the connector's Reconnect (never again without a person) or RetryLater."""
        ...


class TokenSource:
    """The access token of one connection, for any number of threads and processes."""

    def __init__(self, store: TokenStore, grant: Grant, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._store = store
        self._grant = grant
        self._clock = clock
        self._mutex = threading.Lock()
        self._current: Tokens | None = None
        self._renew_at: datetime | None = None

    def access_token(self) -> str:
        """A token with life left in it. Raises what the grant raises."""
        with self._mutex:
            tokens = self._current or self._adopt(self._store.load())
            if tokens is None or self._is_due():
                tokens = self._renew(spent=None)
            return tokens.access_token

    def invalidate(self, token: str) -> None:
        """Say that the platform refused `token` (a 401): it is replaced, once, whoever says so first."""
        with self._mutex:
            if self._current is None or self._current.access_token == token:
                self._renew(spent=token)

    def _renew(self, *, spent: str | None) -> Tokens:
        """New tokens under the shared lock, or those that another process saved meanwhile."""
        with self._store.lock():
            stored = self._adopt(self._store.load())
            if stored is not None and stored.access_token != spent and not self._is_due():
                return stored
            try:
                fresh = self._grant.refresh(stored)
            except Exception as error:
                events.emit(events.Kind.TOKENS_REFUSED, error=type(error).__name__)
                raise
            self._store.save(fresh)
            events.emit(events.Kind.TOKENS_RENEWED, until=fresh.access_expires_at.isoformat(timespec="seconds"))
            now = self._clock()
            self._current = fresh
            self._renew_at = fresh.access_expires_at - min(EARLY, (fresh.access_expires_at - now) / 10)
            return fresh

    def _adopt(self, stored: Tokens | None) -> Tokens | None:
        if stored is None or (self._current is not None and stored.access_token == self._current.access_token):
            return stored
        self._current = stored
        self._renew_at = stored.access_expires_at - EARLY
        return stored

    def _is_due(self) -> bool:
        return self._renew_at is None or self._clock() >= self._renew_at

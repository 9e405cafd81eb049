from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from comptoir.http.oauth import Tokens

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class MemoryStore:
    tokens: Tokens | None = None
    saved: list[Tokens] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        assert self._lock.locked(), "saved outside the lock"
        self.tokens = tokens
        self.saved.append(tokens)

    def lock(self) -> AbstractContextManager[None]:
        return self._held()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            yield


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def make_tokens() -> Callable[..., Tokens]:
    def make(name: str, *, seconds: float = 3600) -> Tokens:
        return Tokens(name, NOW + timedelta(seconds=seconds), f"refresh-{name}")

    return make

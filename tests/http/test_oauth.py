from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from comptoir.http.oauth import Tokens, TokenSource
from comptoir.telemetry import events
from comptoir.telemetry.events import Event, Kind


class CountingGrant:
    def __init__(self, make: Callable[..., Tokens], *, seconds: float = 3600, slow: float = 0) -> None:
        self._make, self._seconds, self._slow = make, seconds, slow
        self.asked_with: list[Tokens | None] = []

    def refresh(self, tokens: Tokens | None) -> Tokens:
        self.asked_with.append(tokens)
        time.sleep(self._slow)
        return self._make(f"granted-{len(self.asked_with)}", seconds=self._seconds)


class RefusingGrant:
    def refresh(self, tokens: Tokens | None) -> Tokens:
        del tokens
        raise PermissionError("ended")


def test_a_good_token_is_used_as_it_is(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("stored")
    grant = CountingGrant(make_tokens)
    source = TokenSource(store, grant, clock=clock)
    assert [source.access_token(), source.access_token()] == ["stored", "stored"]
    assert grant.asked_with == []


def test_it_is_replaced_five_minutes_before_its_end(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("stored")
    source = TokenSource(store, CountingGrant(make_tokens, seconds=7200), clock=clock)
    clock.advance(3600 - 301)
    assert source.access_token() == "stored"
    clock.advance(1)
    assert source.access_token() == "granted-1"
    assert store.tokens.access_token == "granted-1"


def test_the_first_token_of_client_credentials(store: Any, clock: Any, make_tokens: Any) -> None:
    grant = CountingGrant(make_tokens)
    assert TokenSource(store, grant, clock=clock).access_token() == "granted-1"
    assert grant.asked_with == [None]


def test_a_short_lived_token_is_not_refreshed_at_each_call(store: Any, clock: Any, make_tokens: Any) -> None:
    grant = CountingGrant(make_tokens, seconds=60)
    source = TokenSource(store, grant, clock=clock)
    assert {source.access_token() for _ in range(5)} == {"granted-1"}
    clock.advance(54)
    assert source.access_token() == "granted-2"


def test_invalidate_refreshes_once_for_the_refused_token(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("stored")
    grant = CountingGrant(make_tokens)
    source = TokenSource(store, grant, clock=clock)
    assert source.access_token() == "stored"
    source.invalidate("stored")
    source.invalidate("stored")
    assert source.access_token() == "granted-1"
    assert len(grant.asked_with) == 1


def test_invalidate_takes_what_another_process_saved(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("old")
    grant = CountingGrant(make_tokens)
    source = TokenSource(store, grant, clock=clock)
    assert source.access_token() == "old"
    store.tokens = make_tokens("by-another")
    source.invalidate("old")
    assert source.access_token() == "by-another"
    assert grant.asked_with == []


def test_invalidate_before_the_first_use(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("stored")
    source = TokenSource(store, CountingGrant(make_tokens), clock=clock)
    source.invalidate("stored")
    assert source.access_token() == "granted-1"


def test_a_due_token_of_another_process_is_not_taken(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("old")
    source = TokenSource(store, CountingGrant(make_tokens), clock=clock)
    assert source.access_token() == "old"
    store.tokens = make_tokens("late", seconds=200)
    source.invalidate("old")
    assert source.access_token() == "granted-1"


def test_what_the_grant_raises_reaches_the_caller_and_frees_the_lock(store: Any, clock: Any) -> None:
    source = TokenSource(store, RefusingGrant(), clock=clock)
    for _ in range(2):
        with pytest.raises(PermissionError):
            source.access_token()


def test_renewals_and_refusals_are_told(store: Any, clock: Any, make_tokens: Any) -> None:
    heard: list[Event] = []
    with events.listening(heard.append):
        TokenSource(store, CountingGrant(make_tokens), clock=clock).access_token()
        with pytest.raises(PermissionError):
            TokenSource(store, RefusingGrant(), clock=clock).invalidate("granted-1")
    assert [each.kind for each in heard] == [Kind.TOKENS_RENEWED, Kind.TOKENS_REFUSED]
    assert heard[1].values == {"error": "PermissionError"}
    assert "granted" not in str(heard)


def test_single_flight_over_two_sources_and_many_threads(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("old", seconds=10)
    grant = CountingGrant(make_tokens, slow=0.05)
    sources = [TokenSource(store, grant, clock=clock) for _ in range(2)]
    got: list[str] = []
    start = threading.Barrier(6)

    def use(source: TokenSource) -> None:
        start.wait()
        got.append(source.access_token())

    threads = [threading.Thread(target=use, args=(sources[at % 2],)) for at in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == ["granted-1"] * 6
    assert len(grant.asked_with) == 1
    assert [tokens.access_token for tokens in store.saved] == ["granted-1"]


def test_invalidate_from_two_sources_refreshes_once(store: Any, clock: Any, make_tokens: Any) -> None:
    store.tokens = make_tokens("old")
    grant = CountingGrant(make_tokens)
    one, two = (TokenSource(store, grant, clock=clock) for _ in range(2))
    assert one.access_token() == two.access_token() == "old"
    one.invalidate("old")
    two.invalidate("old")
    assert one.access_token() == two.access_token() == "granted-1"
    assert len(grant.asked_with) == 1


def test_tokens_do_not_show_themselves(make_tokens: Any) -> None:
    tokens = make_tokens("s3cret")
    assert "s3cret" not in repr(tokens)

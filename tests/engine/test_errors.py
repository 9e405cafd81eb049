"""The six errors, each named by what happens next."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected

HELLO = Message("Hello {name}.", {"name": "Ann"})
AT = datetime(2026, 1, 1, tzinfo=UTC)
STEPS = {
    RetryLater: "retry_later",
    Reconnect: "reconnect",
    NeedsMapping: "needs_mapping",
    Refused: "refused",
    Conflict: "conflict",
    Unexpected: "unexpected",
}


def test_there_are_six_and_each_says_what_happens_next() -> None:
    assert set(HouseError.__subclasses__()) == set(STEPS)
    assert {kind: kind.next_step for kind in HouseError.__subclasses__()} == STEPS


@pytest.mark.parametrize("kind", [RetryLater, Reconnect, Refused, Conflict, Unexpected])
def test_each_carries_words_for_the_user_and_the_platforms_own(kind: type[HouseError]) -> None:
    error = kind(HELLO, detail="for the log", code="6140", request_id="r-1")
    assert str(error) == "Hello Ann."
    assert (error.message, error.detail, error.code, error.request_id) == (HELLO, "for the log", "6140", "r-1")
    bare = kind(HELLO)
    assert (bare.detail, bare.code, bare.request_id) == ("", "", "")


def test_what_some_of_them_add() -> None:
    assert RetryLater(HELLO, not_before=AT).not_before == AT
    assert RetryLater(HELLO).not_before is None
    assert Conflict(HELLO, current="77").current == "77"
    assert Conflict(HELLO).current == ""
    missing = NeedsMapping(HELLO, what="card", where="payments", detail="for the log")
    assert (missing.what, missing.where, missing.detail, str(missing)) == (
        "card",
        "payments",
        "for the log",
        "Hello Ann.",
    )

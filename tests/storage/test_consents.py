"""Consents under way: sealed, for one session and organization, once, and not for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from comptoir.storage.consents import LIFE, Consent, Consents, Traveller
from comptoir.storage.people.tokens import digest_of, new_token
from comptoir.storage.tables import consents
from comptoir.storage.vault import KEY_BYTES, Vault

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def who(rooms: Any) -> Traveller:
    return Traveller(rooms.organization_id, "cookie")


@pytest.fixture
def under_way(rooms: Any) -> Consents:
    return Consents(rooms.database, rooms.vault)


def consent(connection_id: int | None = None) -> Consent:
    return Consent("shop", {"client_secret": "hush-hush", "shop": "quay"}, connection_id)


def begun(under_way: Consents, who: Traveller, filled: Consent, now: datetime = NOW) -> str:
    state = new_token()
    under_way.begin(who, state, filled, now)
    return state


def rows(rooms: Any) -> list[Any]:
    with rooms.database.read() as connection:
        return list(connection.execute(select(consents)))


def test_what_was_filled_in_comes_back_once(rooms: Any, under_way: Consents, who: Traveller) -> None:
    state = begun(under_way, who, consent(rooms.store.id))
    assert under_way.take(who, state, NOW) == consent(rooms.store.id)
    assert under_way.take(who, state, NOW) is None, "a state that is used twice is a replay"
    assert rows(rooms) == []


def test_neither_the_state_nor_a_secret_is_kept_in_the_open(rooms: Any, under_way: Consents, who: Traveller) -> None:
    state = begun(under_way, who, consent())
    (row,) = rows(rooms)
    assert row.state_hash == digest_of(state)
    assert b"hush-hush" not in row.form
    assert state not in {str(each) for each in row}


@pytest.mark.parametrize("change", [{"session": "another"}, {"organization_id": 999}])
def test_nobody_else_may_come_back_with_it(under_way: Consents, who: Traveller, change: dict[str, Any]) -> None:
    state = begun(under_way, who, consent())
    assert under_way.take(replace(who, **change), state, NOW) is None
    assert under_way.take(who, state, NOW) == consent(), "whose it is can still use it"


@pytest.mark.parametrize("state", ["", "guessed", "0" * 43])
def test_a_state_that_was_never_given_out(under_way: Consents, who: Traveller, state: str) -> None:
    begun(under_way, who, consent())
    assert under_way.take(who, state, NOW) is None


def test_it_is_good_for_a_while_and_then_deleted(rooms: Any, under_way: Consents, who: Traveller) -> None:
    state = begun(under_way, who, consent())
    under_way.clear(NOW + LIFE - timedelta(seconds=1))
    assert len(rows(rooms)) == 1
    assert under_way.take(who, state, NOW + LIFE) is None
    under_way.clear(NOW + LIFE)
    assert rows(rooms) == []


def test_the_next_one_clears_what_nobody_came_back_for(rooms: Any, under_way: Consents, who: Traveller) -> None:
    begun(under_way, who, consent(), NOW - LIFE)
    begun(under_way, who, consent())
    assert len(rows(rooms)) == 1


def test_another_key_opens_nothing(rooms: Any, under_way: Consents, who: Traveller) -> None:
    state = begun(under_way, who, consent())
    assert Consents(rooms.database, Vault(b"z" * KEY_BYTES)).take(who, state, NOW) is None

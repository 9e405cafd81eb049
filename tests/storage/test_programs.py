"""Tokens, remembered answers, deliveries and requests of people, and hints: on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from comptoir.books.facts import SourceId
from comptoir.storage.answers import AnotherRequest, Answered, Answers, AtWork, Named
from comptoir.storage.deliveries import LONGEST, is_new
from comptoir.storage.people.api_tokens import MARK, ApiToken, ApiTokens, Scope
from comptoir.storage.privacy import PrivacyRequests
from comptoir.storage.schedule import Schedules, Terms

TERMS = Terms("1", datetime(2026, 1, 1, tzinfo=UTC), "ann")


@pytest.fixture
def tokens(rooms: Any) -> ApiTokens:
    return ApiTokens(rooms.database)


def made(rooms: Any, tokens: ApiTokens, **how: Any) -> tuple[str, ApiToken]:
    with rooms.database.write() as connection:
        secret, number = tokens.make(
            connection, rooms.organization_id, "Sheet", Scope.READ, made_by=None, **({"expires_at": None} | how)
        )
    return secret, next(each for each in tokens.of(rooms.organization_id) if each.id == number)


def test_a_token_is_found_by_its_secret_alone(rooms: Any, tokens: ApiTokens) -> None:
    secret, token = made(rooms, tokens)
    assert secret.startswith(MARK)
    assert secret.startswith(token.beginning)
    found = tokens.find(secret)
    assert found is not None
    assert (found.id, found.scope, found.organization_id) == (token.id, Scope.READ, rooms.organization_id)
    assert tokens.find(token.beginning) is None
    assert tokens.find("") is None


def test_an_organization_ends_its_own_tokens_only(rooms: Any, tokens: ApiTokens) -> None:
    secret, token = made(rooms, tokens)
    with rooms.database.write() as connection:
        assert tokens.revoke(connection, rooms.organization_id + 1, token.id) is None
    assert tokens.find(secret) is not None
    with rooms.database.write() as connection:
        ended = tokens.revoke(connection, rooms.organization_id, token.id)
    assert ended is not None
    assert ended.revoked_at is not None
    assert tokens.find(secret) is None


def test_a_token_is_past_its_day(rooms: Any, tokens: ApiTokens) -> None:
    with rooms.database.write() as connection:
        secret, _ = tokens.make(
            connection,
            rooms.organization_id,
            "Old",
            Scope.WRITE,
            made_by=None,
            expires_at=datetime.now(UTC) - timedelta(seconds=1),
        )
    assert tokens.find(secret) is None
    assert tokens.of(rooms.organization_id) == []


def test_an_answer_is_remembered_under_its_name(rooms: Any, tokens: ApiTokens) -> None:
    answers = Answers(rooms.database, rooms.vault)
    _, token = made(rooms, tokens)
    named = Named(token, "k", "a" * 64)
    assert answers.begin(named) is None
    assert answers.begin(named) == AtWork()
    answers.keep(named, Answered(202, b'{"a": 1}'))
    assert answers.begin(named) == Answered(202, b'{"a": 1}')
    answers.drop(named)
    assert answers.begin(named) == Answered(202, b'{"a": 1}'), "what was answered is not dropped"
    assert answers.begin(Named(token, "k", "b" * 64)) == AnotherRequest()
    another = Named(token, "l", "a" * 64)
    assert answers.begin(another) is None
    answers.drop(another)
    assert answers.begin(another) is None


def test_a_delivery_is_new_once_for_a_connection(rooms: Any) -> None:
    with rooms.database.write() as connection:
        assert is_new(connection, rooms.store, "d", "orders/create")
        assert not is_new(connection, rooms.store, "d", "orders/create")
        assert is_new(connection, rooms.ledger, "d", "Invoice")
        assert is_new(connection, rooms.store, "x" * 500, "t" * 500), "what is too long is cut, not refused"
        assert not is_new(connection, rooms.store, "x" * LONGEST, "t")


def test_a_request_is_kept_once_and_forgets_who_it_was(rooms: Any) -> None:
    privacy = PrivacyRequests(rooms.database, rooms.vault)
    orders = (SourceId("1"), SourceId("2"))
    for _ in range(2):
        with rooms.database.write() as connection:
            privacy.add(connection, rooms.store, "d", "forget", orders, {"email": "ada@example.com"})
    (found,) = privacy.of(rooms.organization_id, 10)
    assert (found.orders, found.person, found.done_at) == (orders, {"email": "ada@example.com"}, None)
    assert found.due_at - found.received_at == timedelta(days=30)
    assert [each.id for each in privacy.waiting(("forget",))] == [found.id]
    assert privacy.waiting(("tell",)) == []
    assert privacy.find(rooms.organization_id + 1, found.id) is None
    with rooms.database.write() as connection:
        privacy.done(connection, found.id, 2)
    done = privacy.find(rooms.organization_id, found.id)
    assert done is not None
    assert (done.person, done.records, done.done_at is not None) == ({}, 2, True)
    assert privacy.waiting(("forget",)) == []


def test_a_hint_brings_forward_and_never_puts_off(rooms: Any) -> None:
    schedules = Schedules(rooms.database)
    assert not schedules.hint(rooms.store.id, 30), "it is not switched on"
    now = schedules.now()
    for due_in, expected in ((3600, 30), (5, 5)):
        due_at = now + timedelta(seconds=due_in)
        schedules.switch_on(rooms.store, period_seconds=3600, offset_seconds=0, terms=TERMS, due_at=due_at)
        assert schedules.hint(rooms.store.id, 30)
        found = schedules.get(rooms.store.id)
        assert found is not None
        assert found.due_at is not None
        assert abs((found.due_at - now).total_seconds() - expected) < 3
        assert not found.urgent
    schedules.switch_off(rooms.store.id)
    assert not schedules.hint(rooms.store.id, 30)
    found = schedules.get(rooms.store.id)
    assert found is not None
    assert found.due_at is None


def test_connections_are_found_by_their_account(rooms: Any) -> None:
    (found,) = rooms.connections.of_account("store", rooms.store.identity)
    assert found.id == rooms.store.id
    assert [each.id for each in rooms.connections.everywhere("store")] == [rooms.store.id]
    rooms.connections.disconnect(rooms.store, datetime.now(UTC))
    assert rooms.connections.of_account("store", rooms.store.identity) == []
    assert rooms.connections.everywhere("store") == []

"""Connections: secrets are sealed, settings and history outlive a new authorization."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from comptoir.books.problems import Message
from comptoir.http.oauth import Tokens
from comptoir.storage import connections as storage_connections
from comptoir.storage import fence
from comptoir.storage.connections import LEDGER, STORE, Connections, NewConnection, Standing
from comptoir.storage.facts import save_cursor
from comptoir.storage.fence import FenceLostError
from comptoir.storage.tables import fences
from comptoir.storage.vault import KEY_BYTES, Vault, VaultError

NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
TOKENS = Tokens(access_token="access-one", refresh_token="refresh-one", access_expires_at=NOON)


def shop(title: str = "Shop", secret: str = "hush-hush") -> NewConnection:
    return NewConnection(STORE, "shop", "shop:two", title, {"domain": "shop.example"}, {"client_secret": secret})


def test_the_organization_is_made_once(rooms: Any) -> None:
    assert rooms.connections.organization() == rooms.connections.organization() == rooms.organization_id


def test_a_connection_is_read_back_as_it_was_saved(rooms: Any) -> None:
    saved = rooms.connections.save(rooms.organization_id, shop())
    assert rooms.connections.get(saved.id) == saved
    assert (saved.title, saved.config, saved.settings, saved.cursor) == ("Shop", {"domain": "shop.example"}, None, None)
    assert rooms.connections.secrets(saved) == {"client_secret": "hush-hush"}
    assert rooms.connections.tokens(saved).load() is None


def test_connections_are_listed_oldest_first_by_role(rooms: Any) -> None:
    saved = rooms.connections.save(rooms.organization_id, shop())
    everything = rooms.connections.all(rooms.organization_id)
    assert [each.id for each in everything] == [rooms.store.id, rooms.ledger.id, saved.id]
    assert rooms.connections.all(rooms.organization_id, STORE) == [everything[0], everything[2]]
    assert rooms.connections.all(rooms.organization_id, LEDGER) == [everything[1]]
    assert rooms.connections.all(rooms.organization_id + 1) == []


def test_connecting_again_renews_the_secrets_and_keeps_the_rest(rooms: Any) -> None:
    first = rooms.connections.save(rooms.organization_id, shop(), TOKENS)
    rooms.connections.save_settings(first.id, rooms.settings(), rooms.ledger.id)
    with rooms.database.write() as connection:
        save_cursor(connection, first.id, "c1", NOON, NOON)
    again = rooms.connections.save(rooms.organization_id, shop("New name", "new secret"))
    assert again.id == first.id
    assert (again.title, rooms.connections.secrets(again)) == ("New name", {"client_secret": "new secret"})
    assert (again.settings, again.ledger_connection_id) == (rooms.settings(), rooms.ledger.id)
    assert (again.cursor, again.cursor_until, again.fetched_until) == ("c1", NOON, NOON)
    assert rooms.connections.tokens(again).load() == TOKENS, "what brings no tokens leaves the old ones"


@pytest.mark.parametrize(
    ("start", "kept"), [(date(2026, 1, 1), True), (date(2026, 2, 1), True), (date(2025, 12, 31), False)]
)
def test_an_earlier_start_date_forgets_how_far_the_store_was_read(rooms: Any, start: date, kept: Any) -> None:
    rooms.connections.save_settings(rooms.store.id, rooms.settings(), rooms.ledger.id)
    with rooms.database.write() as connection:
        save_cursor(connection, rooms.store.id, "c1", NOON, NOON)
    rooms.connections.save_settings(rooms.store.id, rooms.settings(start), rooms.ledger.id)
    record = rooms.connections.get(rooms.store.id)
    expected = ("c1", NOON, NOON) if kept else (None, None, None)
    assert (record.cursor, record.cursor_until, record.fetched_until) == expected
    assert record.settings == rooms.settings(start)


def test_tokens_are_kept_and_replaced(rooms: Any) -> None:
    store = rooms.connections.tokens(rooms.connections.save(rooms.organization_id, shop(), TOKENS))
    assert store.load() == TOKENS
    newer = Tokens(access_token="access-two", refresh_token="refresh-two", access_expires_at=NOON)
    store.save(newer)
    assert store.load() == newer


def test_one_refresh_at_a_time(rooms: Any) -> None:
    store, order = rooms.connections.tokens(rooms.store), []

    def second() -> None:
        with rooms.connections.tokens(rooms.store).lock():
            order.append("second")

    thread = threading.Thread(target=second)
    with store.lock(), store.lock():
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_a_renewal_waits_for_another_processs_until_that_one_is_dead(
    rooms: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage_connections, "TURN_POLL_SECONDS", 0.01)
    subject = f"tokens:{rooms.store.id}"
    dead = fence._take(rooms.database, subject, "another process", rooms.organization_id, alone=False)
    assert dead is not None
    order: list[str] = []

    def renew() -> None:
        with rooms.connections.tokens(rooms.store).lock():
            order.append("mine")

    thread = threading.Thread(target=renew)
    thread.start()
    thread.join(0.3)
    order.append("its lease ends")
    with rooms.database.write() as connection:
        connection.execute(update(fences).values(lease_until=0))
    thread.join(20)
    assert order == ["its lease ends", "mine"]


def test_tokens_of_a_renewal_that_was_overtaken_are_not_kept(rooms: Any) -> None:
    """A machine that slept during its renewal: the tokens that another process fetched meanwhile are newer."""
    store = rooms.connections.tokens(rooms.store)
    newer = Tokens(access_token="newer", access_expires_at=NOON)
    with pytest.raises(FenceLostError), store.lock():  # noqa: PT012
        with rooms.database.write() as connection:
            connection.execute(update(fences).values(owner="another process/1"))
        rooms.connections.save(rooms.organization_id, NewConnection(STORE, "shop", "shop:one", "Shop", {}, {}), newer)
        store.save(TOKENS)
    assert store.load() == newer
    store.save(TOKENS)
    assert store.load() == TOKENS, "outside of a renewal nobody is asked"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_file_holds_no_secret_in_clear(rooms: Any, file: Path) -> None:
    record = rooms.connections.save(rooms.organization_id, shop(), TOKENS)
    payload = b'{"id": "1", "total": "10.00", "email": "ann@example.com", "buyer": {"name": "Ann Bell"}}'
    with rooms.database.write() as connection:
        rooms.facts.save_page(connection, rooms.source, [rooms.raw(payload)], run_id=rooms.run_id, fetched_at=NOON)
        rooms.journal.plan(connection, rooms.owner, [rooms.plan("1")], rooms.run_id)
        rows = [("1", row) for row in rooms.journal.select(connection)]
        rooms.batches.save(connection, rooms.owner, "request-1", b"ann@example.com buys", rows, rooms.run_id)
    rooms.connections.tokens(record).save(TOKENS)
    rooms.database.close()
    content = b"".join(each.read_bytes() for each in file.parent.iterdir() if each.is_file())
    assert b"shop.example" in content, "the search finds what is there in clear"
    for secret in (b"hush-hush", b"access-one", b"refresh-one", b"ann@example.com", b"Ann Bell", b"k" * KEY_BYTES):
        assert secret not in content


def test_secrets_do_not_open_with_another_key(rooms: Any) -> None:
    record = rooms.connections.save(rooms.organization_id, shop(), TOKENS)
    other = Connections(rooms.database, Vault(b"o" * KEY_BYTES))
    with pytest.raises(VaultError):
        other.secrets(record)
    with pytest.raises(VaultError):
        other.tokens(record).load()


# What a test found; disconnecting


STANDING = Standing(NOON, "CAD", "America/Toronto", notes=(Message("It is a {kind}.", {"kind": "trial"}),))


def test_what_a_test_found_is_kept(rooms: Any) -> None:
    saved = rooms.connections.save(rooms.organization_id, shop(), standing=STANDING)
    assert saved.standing == STANDING
    ended = replace(STANDING, stop=Message("Sign in again."), signed_out=True)
    rooms.connections.save_standing(saved.id, ended)
    assert rooms.connections.get(saved.id).standing == ended
    assert rooms.connections.save(rooms.organization_id, shop()).standing == ended, "nothing was tested"


def test_a_disconnected_one_has_no_secrets_left_and_keeps_the_rest(rooms: Any) -> None:
    saved = rooms.connections.save(rooms.organization_id, shop(), TOKENS, STANDING)
    rooms.connections.save_settings(saved.id, rooms.settings(), rooms.ledger.id)
    store = rooms.connections.tokens(saved)
    rooms.connections.disconnect(saved, NOON)
    record = rooms.connections.get(saved.id)
    assert (record.disconnected_at, record.standing) == (NOON, None)
    assert (record.settings, record.ledger_connection_id) == (rooms.settings(), rooms.ledger.id)
    assert rooms.connections.secrets(record) == {}
    store.save(TOKENS)
    rooms.connections.save_standing(saved.id, STANDING)
    assert store.load() is None, "a run that still goes on leaves no token behind"
    assert rooms.connections.get(saved.id).standing is None
    assert saved.id in {each.id for each in rooms.connections.all(rooms.organization_id)}
    assert saved.id not in {each.id for each in rooms.connections.connected(rooms.organization_id)}


def test_connecting_again_goes_on_where_it_was(rooms: Any) -> None:
    saved = rooms.connections.save(rooms.organization_id, shop(), TOKENS)
    rooms.connections.save_settings(saved.id, rooms.settings(), rooms.ledger.id)
    rooms.connections.disconnect(saved, NOON)
    again = rooms.connections.save(rooms.organization_id, shop(secret="new"), TOKENS)
    assert (again.id, again.disconnected_at, again.settings) == (saved.id, None, rooms.settings())
    assert rooms.connections.secrets(again) == {"client_secret": "new"}


def test_a_store_never_goes_to_another_company_by_itself(rooms: Any) -> None:
    other = rooms.connections.save(rooms.organization_id, NewConnection(LEDGER, "l", "ledger:two", "Other", {}, {}))
    rooms.connections.choose_company(rooms.store.id, other.id)
    store = rooms.connections.get(rooms.store.id)
    assert rooms.connections.company_of(store) == other
    rooms.connections.disconnect(other, NOON)
    assert rooms.connections.company_of(store).id == other.id
    fresh = rooms.connections.save(rooms.organization_id, shop())
    assert rooms.connections.company_of(fresh).id == rooms.ledger.id
    rooms.connections.disconnect(rooms.ledger, NOON)
    assert rooms.connections.company_of(fresh) is None

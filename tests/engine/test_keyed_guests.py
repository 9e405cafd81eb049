"""Guests of an earlier release are called by keyed digests after the upgrade, and nothing of theirs is posted twice."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.engine.conftest import Road, SmallLedger, SmallStore, make_order, open_road

from comptoir.books.documents import CustomerDocument, Kind
from comptoir.books.facts import Buyer, Order, SourceId
from comptoir.books.problems import Message
from comptoir.engine.errors import RetryLater
from comptoir.storage.postings import State
from comptoir.storage.upkeep.upgrade import upgrade
from comptoir.storage.vault import VaultError

STEP = import_module("comptoir.storage.upkeep.migrations.versions.0026_keyed_guests")
KEYED = re.compile(r"guest:[0-9a-f]{64}")


def digest(told: str) -> str:
    return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()


def plainly(told: str) -> str:
    return told


def of_guest(number: int, name: str) -> Order:
    buyer = Buyer(None, name=name, email=f"{name.lower()}@example.com")
    return replace(make_order(number, f"{number}.00"), buyer=buyer)


def earlier(road: Road) -> None:
    """The database as the step's own release found it."""
    with road.books.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": STEP.down_revision})


def busy(*_args: object, **_named: object) -> list[object]:
    raise RetryLater(Message("Later."))


@pytest.fixture(params=[digest, plainly], ids=["a digest", "an address"])
def road(request: pytest.FixtureRequest, tmp_path: Path) -> Road:
    """One guest is in the books, and another on the way there, under the names of an earlier release."""
    name: Callable[[str], str] = request.param
    store = SmallStore([of_guest(1, "Ada")])
    opened = open_road(tmp_path, store, SmallLedger())
    with pytest.MonkeyPatch.context() as before:
        before.setattr("comptoir.books.customers._guest", lambda told, _key: SourceId(f"guest:{name(told)}"))
        assert opened.run().agrees
        store.orders.append(replace(of_guest(2, "Cy"), updated_at=opened.now))
        before.setattr(opened.ledger, "find", busy)
        with pytest.raises(RetryLater):
            opened.run()
    assert {row.state for row in opened.rows(Kind.CUSTOMER)} == {State.POSTED, State.PLANNED}
    earlier(opened)
    return opened


def test_what_was_posted_and_what_waits_goes_on_under_the_new_names(road: Road, tmp_path: Path) -> None:
    markers = {row.id: row.marker for row in road.rows()}
    upgrade(road.books.database, tmp_path / "secret.key")
    customers = road.rows(Kind.CUSTOMER)
    assert all(KEYED.fullmatch(row.key.source_id) for row in customers)
    assert {row.id: row.marker for row in road.rows()} == markers, "by which the books know them"
    keys = {str(row.key) for row in road.rows()}
    for row in road.rows():
        assert set(row.awaits) <= keys
        road.books.journal.document(row)
    more = [of_guest(3, "Ada"), of_guest(4, "Cy")]
    road.store.orders += [replace(each, updated_at=road.now) for each in more]
    assert road.run().agrees
    assert [row.id for row in road.rows(Kind.CUSTOMER)] == [row.id for row in customers], "they are known again"
    made = [each for each in road.ledger.documents.values() if isinstance(each, CustomerDocument)]
    assert Counter(each.name for each in made) == {"Ada": 1, "Cy": 1}
    assert {row.state for row in road.rows(Kind.SALE)} == {State.POSTED}
    with road.books.database.read() as connection:
        told = connection.execute(text("SELECT key, source_id, awaits, customer FROM postings")).all()
    assert digest("ada@example.com") not in str(told)
    assert "ada@example.com" not in str(told)


@pytest.mark.parametrize("content", [None, b"z" * 32], ids=["no key file", "another key file"])
def test_without_the_key_file_nothing_is_changed(road: Road, tmp_path: Path, content: bytes | None) -> None:
    elsewhere = tmp_path / "elsewhere.key"
    if content is not None:
        elsewhere.write_bytes(content)
    before = [(row.key, row.awaits) for row in road.rows()]
    with pytest.raises(VaultError):
        upgrade(road.books.database, elsewhere)
    assert [(row.key, row.awaits) for row in road.rows()] == before
    upgrade(road.books.database, tmp_path / "secret.key")
    assert road.run().agrees


def test_where_no_guest_is_no_key_is_asked_for(tmp_path: Path) -> None:
    opened = open_road(tmp_path, SmallStore([make_order(1)]), SmallLedger())
    opened.run()
    earlier(opened)
    upgrade(opened.books.database)
    assert opened.run().agrees


def test_a_name_is_keyed_whatever_it_was_made_of() -> None:
    key = b"k" * 32
    address, told = "guest:ada@example.com", f"guest:{digest('ada@example.com')}"
    alone = STEP._made_over([address], key)[address]
    assert STEP._made_over([told], key) == {told: alone}
    assert STEP._made_over([f"{told}~EUR"], key) == {f"{told}~EUR": f"{alone}~EUR"}
    assert STEP._made_over([told], b"z" * 32) != {told: alone}, "another installation's are others"
    both = STEP._made_over([address, told], key)
    assert both[told] == alone
    assert KEYED.fullmatch(both[address])
    assert both[address] != alone, "no two rows of one company have one key"

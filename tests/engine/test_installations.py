"""Backups that are put back, and two installations on one company: nothing is posted twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from comptoir.storage.postings import State


@contextmanager
def installation(build: Any, path: Path, store: Any, ledger: Any) -> Iterator[Any]:
    opened = build["open_road"](path, store, ledger, is_new=False)
    yield opened
    opened.books.database.close()


@pytest.fixture
def store(build: Any) -> Any:
    made = build["SmallStore"]()
    made.orders = [
        build["make_order"](1),
        build["make_order"](2, "20.00", paid="5.00"),
        build["make_order"](3, "30.00", refunded="30.00"),
        build["make_order"](4, "5.00", paid="0"),
    ]
    return made


def check_nothing_new(opened: Any, before: list[str]) -> None:
    """A run that adds nothing to the books, agrees, and leaves nothing open."""
    ids = set(opened.ledger.entries)
    proof = opened.run()
    assert opened.ledger.canonical() == before
    assert set(opened.ledger.entries) == ids
    assert proof.agrees
    assert not proof.unsettled
    assert not proof.held
    assert sum(proof.posted.values()) == 6


def test_a_copy_put_back_after_the_run_adds_nothing(build: Any, home: Path, tmp_path: Path, store: Any) -> None:
    ledger = build["SmallLedger"]()
    with installation(build, home, store, ledger) as opened:
        opened.run()
    copy = Path(shutil.copytree(home, tmp_path / "copy"))
    with installation(build, copy, store, ledger) as opened:
        check_nothing_new(opened, ledger.canonical())


def test_a_copy_from_before_the_run_adopts_everything(build: Any, home: Path, tmp_path: Path, store: Any) -> None:
    ledger = build["SmallLedger"]()
    backup = Path(shutil.copytree(home, tmp_path / "backup"))
    with installation(build, home, store, ledger) as opened:
        opened.run()
    with installation(build, backup, store, ledger) as opened:
        check_nothing_new(opened, ledger.canonical())
        assert {row.state for row in opened.rows()} == {State.ADOPTED}


def test_a_copy_from_between_two_runs_adopts_what_came_after_it(
    build: Any, home: Path, tmp_path: Path, store: Any
) -> None:
    ledger = build["SmallLedger"]()
    later = store.orders[2:]
    store.orders = store.orders[:2]
    with installation(build, home, store, ledger) as opened:
        opened.run()
        backup = Path(shutil.copytree(home, tmp_path / "backup"))
        for order in later:
            store.orders.append(order)
            opened.change(-1, order)
        opened.run()
    with installation(build, backup, store, ledger) as opened:
        opened.now += build["HOUR"]
        check_nothing_new(opened, ledger.canonical())
        assert {row.state for row in opened.rows()} == {State.ADOPTED, State.POSTED}


def test_a_second_installation_on_the_same_company_adopts_everything(
    build: Any, home: Path, tmp_path: Path, store: Any
) -> None:
    ledger = build["SmallLedger"]()
    with installation(build, home, store, ledger) as opened:
        opened.run()
    other = tmp_path / "other"
    other.mkdir()
    second = build["open_road"](other, store, ledger)
    check_nothing_new(second, ledger.canonical())
    assert {row.state for row in second.rows()} == {State.ADOPTED}
    second.books.database.close()
    with installation(build, home, store, ledger) as opened:
        opened.now += build["HOUR"]
        check_nothing_new(opened, ledger.canonical())


def test_two_stores_of_one_company_take_turns(build: Any, home: Path, store: Any) -> None:
    """The company's fence keeps a second worker from posting beside the first."""
    from comptoir.engine.errors import RetryLater
    from comptoir.engine.road import post_to_company
    from comptoir.storage.fence import hold

    ledger = build["SmallLedger"]()
    with installation(build, home, store, ledger) as opened:
        work = opened.work()
        subject = f"post:{ledger.identity}"
        with (
            hold(opened.books.database, subject, "other", opened.organization_id, alone=False),
            pytest.raises(RetryLater),
        ):
            post_to_company(work, alone=False)
        assert not ledger.sends

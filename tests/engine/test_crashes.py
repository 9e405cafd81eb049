"""A process that dies at any commit or any send, before or after it, and is started again: the same books."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

ORDERS_UNDER_TEST = 4


class Killed(BaseException):
    """The process is gone: no handler of the product sees it."""


class Killer:
    """Dies at the `at`-th crossing of a commit or a send; crossings are counted before and after each."""

    def __init__(self, at: int) -> None:
        self.left = at
        self.crossed = 0

    def cross(self) -> None:
        self.crossed += 1
        self.left -= 1
        if self.left == 0:
            raise Killed


def arm(opened: Any, killer: Killer) -> None:
    """Every commit and every send of this process crosses the killer."""
    database = opened.books.database
    write = database.write

    @contextmanager
    def deadly_write() -> Iterator[Connection]:
        with write() as connection:
            yield connection
            killer.cross()
        killer.cross()

    database.write = deadly_write
    send = opened.ledger.send

    def deadly_send(request_id: str, body: bytes) -> Any:
        killer.cross()
        answer = send(request_id, body)
        killer.cross()
        return answer

    opened.ledger.send = deadly_send


def a_month(build: Any) -> list[Any]:
    return [
        build["make_order"](1),
        build["make_order"](2, "20.00", paid="5.00"),
        build["make_order"](3, "30.00", refunded="30.00"),
        build["make_order"](4, "5.00", paid="0"),
    ]


def live_once(path: Path, build: Any, killer: Killer, *, seconds_later: int = 0) -> tuple[list[str], int]:
    """Live until killed, start again, and answer the books and how many crossings there were."""
    store, ledger = build["SmallStore"](), build["SmallLedger"]()
    store.orders = a_month(build)
    first = build["open_road"](path, store, ledger)
    send = ledger.send
    arm(first, killer)
    with suppress(Killed):
        first.run()
    first.books.database.close()
    ledger.send = send
    ledger.replay_window_seconds -= seconds_later
    second = build["open_road"](path, store, ledger)
    proof = second.run()
    second.books.database.close()
    assert proof.agrees
    assert not proof.unsettled
    return ledger.canonical(), killer.crossed


@pytest.mark.parametrize("seconds_later", [0, 600], ids=["within the replay window", "after the replay window"])
def test_every_commit_and_every_send_survives_a_kill(tmp_path: Path, build: Any, seconds_later: int) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    build["open_road"](empty, build["SmallStore"](), build["SmallLedger"]()).books.database.close()
    calm = Path(shutil.copytree(empty, tmp_path / "calm"))
    expected, crossings = live_once(calm, build, Killer(at=-1))
    assert crossings > 10 * ORDERS_UNDER_TEST
    for at in range(1, crossings + 1):
        place = Path(shutil.copytree(empty, tmp_path / str(at)))
        books, _ = live_once(place, build, Killer(at), seconds_later=seconds_later)
        assert books == expected, f"killed at crossing {at}"

"""Work aside: beside its caller, ended when the block ends, and its errors raised where its outcome is wanted."""

from __future__ import annotations

import threading

import pytest

from comptoir.engine.aside import Aside

PATIENCE_SECONDS = 10.0


def test_it_is_done_beside_the_block() -> None:
    here = threading.Event()

    def job() -> str:
        assert here.wait(PATIENCE_SECONDS), "the block goes on meanwhile"
        return "done"

    with Aside(job) as aside:
        here.set()
        assert aside.outcome() == "done"
        assert aside.outcome() == "done"


def test_pieces_of_other_work_are_done_until_it_has_ended() -> None:
    here = threading.Event()
    pieces: list[int] = []

    def meanwhile() -> bool:
        pieces.append(len(pieces))
        if len(pieces) == 3:
            here.set()
        return len(pieces) < 100_000_000

    with Aside(lambda: here.wait(PATIENCE_SECONDS)) as aside:
        assert aside.outcome(meanwhile), "the third piece let it end"
    done = len(pieces)
    assert done >= 3
    assert aside.outcome(meanwhile)
    assert len(pieces) == done, "it has ended: there is nothing to wait for"


def test_it_is_waited_for_where_no_other_work_is_left() -> None:
    here = threading.Event()

    def none_left() -> bool:
        here.set()
        return False

    with Aside(lambda: here.wait(PATIENCE_SECONDS)) as aside:
        assert aside.outcome(none_left)


def test_its_error_is_raised_where_the_outcome_is_wanted() -> None:
    def job() -> None:
        raise KeyError("lost")

    with Aside(job) as aside:
        pass
    with pytest.raises(KeyError, match="lost"):
        aside.outcome()


def test_it_has_ended_when_the_block_breaks() -> None:
    ended: list[str] = []
    here = threading.Event()

    def job() -> None:
        here.wait(0.2)
        ended.append("job")

    with pytest.raises(ValueError, match="broken"), Aside(job):
        raise ValueError("broken")
    assert ended == ["job"]

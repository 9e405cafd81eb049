"""`comptoir undo` against the company itself: what it takes out is gone there, and can be posted again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bench.chaos.journal import look, states
from tests.journeys.conftest import Floor

pytestmark = pytest.mark.journey


def without_marks(dump: str) -> str:
    """Whatever is posted anew has another mark."""
    return re.sub(r"comptoir:\w+", "", dump)


def test_an_order_is_taken_out_and_posted_again(floor: Floor, undisturbed: str, home: Path) -> None:
    floor.sync(home)
    posted = floor.documents()

    told = floor.shell.run("undo", "536400", "--yes", "--json", "--home", home).well()
    (gone,) = [each for each in told.json["gone"] if each["ledger_type"] in {"SalesReceipt", "Invoice"}]
    assert gone["number"].endswith("536400")
    after = floor.documents()
    assert after[gone["ledger_type"]] == posted[gone["ledger_type"]] - 1
    assert look(home, "SELECT trigger, state FROM runs ORDER BY id DESC LIMIT 1") == [("undo", "finished")]
    assert floor.sync(home)["agrees"]
    assert floor.documents() == after, "it stays out"

    again = floor.shell.run("undo", "536401", "--yes", "--repost", "--json", "--home", home).well()
    assert again.json["agrees"]
    floor.shell.run("retry", "536400", "--home", home).well()
    assert floor.sync(home)["agrees"]
    assert floor.documents() == posted
    assert without_marks(floor.canonical()) == without_marks(undisturbed)


def test_what_was_being_taken_out_when_the_line_was_cut_is_gone_after_the_next_run(
    floor: Floor, undisturbed: str, home: Path
) -> None:
    floor.sync(home)
    floor.faults({"kind": "cut", "operation": "delete *", "times": 10_000})
    failed = floor.shell.run("undo", "536400", "--yes", "--home", home)
    assert failed.code == 1
    assert look(home, "SELECT trigger, state FROM runs ORDER BY id DESC LIMIT 1") == [("undo", "failed")]
    assert floor.canonical() == undisturbed
    proven = floor.shell.run("prove", "--json", "--home", home)
    assert proven.json["unsettled"] > 0, "what is neither in nor out is told"
    floor.faults()
    floor.sync(home)
    assert states(home)["undoing"] == 0
    assert floor.canonical() != undisturbed

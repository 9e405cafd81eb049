"""The same run again, from a copy of the data directory, from an older copy, from another installation: nothing new."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.chaos.journal import states
from tests.journeys.conftest import Floor, copy_of, full_settings, wait_for

pytestmark = pytest.mark.journey


def test_a_restored_copy_adds_nothing(floor: Floor, undisturbed: str, home: Path, tmp_path: Path) -> None:
    before = copy_of(home, tmp_path / "before")
    floor.sync(home)
    after = copy_of(home, tmp_path / "after")
    posted = floor.documents()
    assert posted["SalesReceipt"] + posted["Invoice"] == 35

    copy_of(after, home)
    again = floor.sync(home)
    assert again["posted_now"] == 0
    assert floor.documents() == posted

    copy_of(before, home)
    older = floor.sync(home)
    assert older["agrees"]
    assert floor.documents() == posted
    assert floor.canonical() == undisturbed
    assert set(states(home)) == {"adopted", "skipped"}


def test_a_second_installation_adds_nothing(floor: Floor, undisturbed: str, home: Path, tmp_path: Path) -> None:
    floor.sync(home)
    posted = floor.documents()
    second = tmp_path / "second"
    floor.connect_shop(second).well()
    floor.connect_company(second).well()
    floor.import_settings(second, full_settings()).well()
    proof = floor.sync(second)
    assert proof["agrees"]
    assert proof["posted"] == {"sale": 35, "payment": posted["Payment"], "refund": 3}
    assert floor.documents() == posted
    assert floor.canonical() == undisturbed


def test_a_backup_of_a_run_at_work_is_put_back_and_adds_nothing(
    floor: Floor, undisturbed: str, home: Path, tmp_path: Path
) -> None:
    """A backup is made while documents are on their way; a week later it is put back, and run again."""
    file = tmp_path / "last-week.backup"
    process = floor.shell.start("sync", "--home", home)
    assert wait_for(lambda: states(home)["posted"] >= 5, process)
    floor.shell.run("backup", file, "--home", home).well()
    floor.shell.end(process).well()
    posted = floor.documents()
    assert floor.canonical() == undisturbed

    told = floor.shell.run("restore", file, "--replace", "--home", home).well()
    assert "nothing is posted twice" in told.out
    before = states(home)
    proof = floor.sync(home)
    assert proof["agrees"]
    assert proof["unsettled"] == 0
    assert floor.documents() == posted
    assert floor.canonical() == undisturbed
    assert before["posted"] >= 5

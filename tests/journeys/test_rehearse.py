"""The whole history into a copy of the company, beside the real one, which is only read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bench.chaos.journal import look, states
from tests.journeys.conftest import Floor, control, full_settings

pytestmark = pytest.mark.journey


def by_account(rows: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {row["account"]: (row["debit"], row["credit"]) for row in rows}


def written_to(floor: Floor) -> list[str]:
    """Every request to the real company that could change something there. A batch of queries has no key."""
    return [
        each["path"]
        for each in floor.log(floor.company)
        if each["method"] != "GET" and "/v3/company/" in each["path"] and not is_question(each)
    ]


def is_question(request: dict[str, Any]) -> bool:
    return request["operation"] == "query" or (request["operation"] == "batch" and not request["request_id"])


def test_nothing_to_rehearse_yet(floor: Floor, home: Path) -> None:
    told = floor.shell.run("rehearse", "--home", home)
    assert told.code == 1
    assert "Nothing was read from" in told.err
    assert "comptoir preview" in told.err


def test_the_copy_comes_to_what_the_real_books_come_to(floor: Floor, home: Path) -> None:
    floor.shell.run("preview", "--home", home).well()
    control(floor.company["url"], "log", method="DELETE")
    told = floor.shell.run("rehearse", "--json", "--home", home).well()
    found: dict[str, Any] = told.json
    assert found["agrees"]
    assert found["unsettled"] == 0
    assert written_to(floor) == []
    assert floor.documents() == {}
    assert look(home, "SELECT count(*) FROM postings") == [(0,)], "the live journal was not touched"
    assert "Nothing was sent to Sandbox Company UK itself." in told.out
    for title in ("Trial balance of the copy", "Money held until it is paid out"):
        assert title in told.out

    proof = floor.sync(home)
    assert written_to(floor), "a real run is seen to write"
    real = json.loads(control(floor.company["url"], "trial_balance"))
    assert by_account(found["trial_balance"]) == by_account(real)
    assert (found["store_total"], found["ledger_total"]) == (proof["store_total"], proof["ledger_total"])
    clearing = {row["account"]: row["balance"] for row in found["clearing"]}
    assert clearing["Card clearing"] == by_account(real)["Card clearing"][0]

    before = states(home)
    again = floor.shell.run("rehearse", "--json", "--home", home).well().json
    assert by_account(again["trial_balance"]) == by_account(real), "what is posted already is posted in the copy anew"
    assert states(home) == before


def test_what_is_held_in_the_rehearsal_is_told_with_its_orders_and_choices_count(floor: Floor, home: Path) -> None:
    cards_only = full_settings().replace('[payments.methods."*"]', "[payments.methods.nobody]")
    floor.import_settings(home, cards_only).well()
    floor.shell.run("preview", "--home", home).well()
    floor.shell.run("skip", "536400", "--reason", "entered by hand", "--home", home).well()
    told = floor.shell.run("rehearse", "--json", "--home", home).well()
    causes = told.json["held_by_cause"]
    assert causes
    assert all(cause["code"] == "method-unmapped" and cause["orders"] for cause in causes)
    assert told.json["skipped"]["left-out-by-hand"] == 2, "the order and its refund"
    assert told.json["agrees"], "what is held is in none of the sums"
    assert "Held in the rehearsal, with orders to look at:" in told.out
    assert look(home, "SELECT count(*) FROM postings") == [(0,)]

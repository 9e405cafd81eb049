"""`comptoir demo`: one command, and the books of the simulated company, added up by someone else."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.conftest import REFUNDS, SALES, Shell, sum_of_file

pytestmark = pytest.mark.journey

KEYS = {
    "orders",
    "posted",
    "held",
    "skipped",
    "refunds",
    "refunds_posted",
    "documents_by_type",
    "sales_total",
    "refund_total",
    "left_out_total",
    "store_total",
    "ledger_total",
    "difference",
    "second_run_documents",
    "ledger_calls",
    "store_calls",
    "seconds",
    "ledger_dump",
}
MONTH_TOTAL = Decimal("748957.02")


def documents_of(summary: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What the company holds, by type."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in Path(summary["ledger_dump"]).read_text(encoding="utf-8").splitlines():
        row = json.loads(line, parse_float=Decimal, parse_int=Decimal)
        found.setdefault(row["type"], []).append(row["object"])
    return found


def check(summary: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """What every demo must show; answers the company's documents by type."""
    assert set(summary) >= KEYS
    assert summary["difference"] == "0.00"
    assert summary["posted"] + summary["held"] + summary["skipped"] == summary["orders"]
    assert summary["second_run_documents"] == 0
    found = documents_of(summary)
    sold = sum((each["TotalAmt"] for name in SALES for each in found.get(name, [])), Decimal(0))
    returned = sum((each["TotalAmt"] for name in REFUNDS for each in found.get(name, [])), Decimal(0))
    assert sold - returned == Decimal(summary["ledger_total"]) == Decimal(summary["store_total"])
    for name, count in summary["documents_by_type"].items():
        assert count == len(found[name])
    assert sum(len(found.get(name, [])) for name in SALES) == summary["posted"]
    assert sum(len(found.get(name, [])) for name in REFUNDS) == summary["refunds_posted"]
    return found


def total_of_file(summary: dict[str, Any]) -> Decimal:
    return Decimal(summary["sales_total"]) - Decimal(summary["refund_total"]) + Decimal(summary["left_out_total"])


def test_the_gift_shop(folder: Path, tmp_path: Path) -> None:
    """What a stranger sees first: every case as expected, and the books of the company added up here."""
    shell = Shell(folder)
    told = shell.run("demo", "--once", "--json", "--home", tmp_path / "home").well()
    summary = told.json
    # For whoever runs it with -s: what the README may say.
    print(f"the gift shop: {summary['seconds']} seconds, {summary['ledger_calls']} calls of the ledger")  # noqa: T201
    wrong = {name: case for name, case in summary["cases"].items() if case["outcome"] != case["expected"]}
    assert wrong == {}
    assert len(summary["cases"]) >= 84
    assert (summary["difference"], summary["second_run_documents"]) == ("0.00", 0)
    assert (summary["held"], summary["refunds_held"]) == (0, 0)
    assert summary["posted"] + summary["skipped"] == summary["orders"]
    found = documents_of(summary)
    ours = {
        name: [each["TotalAmt"] for each in found[name] if "[comptoir:" in each["PrivateNote"]]
        for name in (*SALES, *REFUNDS)
    }
    sold = sum((amount for name in SALES for amount in ours[name]), Decimal(0))
    returned = sum((amount for name in REFUNDS for amount in ours[name]), Decimal(0))
    (by_hand,) = [each for each in found["SalesReceipt"] if "[comptoir:" not in each["PrivateNote"]]
    assert by_hand["TotalAmt"] == Decimal("23.00"), "the sale that was entered by hand stands alone"
    assert sold - returned == Decimal(summary["ledger_total"]) == Decimal(summary["store_total"])
    assert " = journal " in [line for line in told.out.splitlines() if line.startswith("Store ")][-1]
    for heading in ("The next morning", "The remedies", "Every case", "Held: nothing."):
        assert heading in told.out
    assert "✗" not in told.out


def test_a_small_file(folder: Path, retail_file: Path, tmp_path: Path) -> None:
    shell = Shell(folder)
    told = shell.run("demo", "--once", "--json", "--data", retail_file, "--home", tmp_path / "home").well()
    documents = check(told.json)
    assert (told.json["orders"], told.json["refunds"]) == (35, 3)
    assert (told.json["posted"], told.json["refunds_posted"], told.json["held"]) == (35, 3, 0)
    assert total_of_file(told.json) == sum_of_file(retail_file)
    numbers = [
        each["DocNumber"] for name in (*SALES, *REFUNDS) for each in documents.get(name, []) if "DocNumber" in each
    ]
    assert len(numbers) == len(set(numbers)) == 38
    for heading in (
        "Sales by day (GBP)",
        "Payments by method (GBP)",
        "Trial balance",
        "Left out, fee",
        "Held: nothing",
    ):
        assert heading in told.out
    assert "Store {0} GBP = journal {0} GBP = books {0} GBP".format(told.json["ledger_total"]) in told.out.replace(
        ",", ""
    )


def test_the_whole_month(folder: Path, tmp_path: Path) -> None:
    """The month in the package."""
    shell = Shell(folder, patience_seconds=1200)
    told = shell.run("demo", "--once", "--json", "--data", "online-retail", "--home", tmp_path / "home").well()
    summary = told.json
    # For whoever runs it with -s: what the README may say.
    print(f"the whole month: {summary['seconds']} seconds, {summary['ledger_calls']} calls of the ledger")  # noqa: T201
    check(summary)
    assert total_of_file(summary) == MONTH_TOTAL
    assert summary["posted"] >= 0.97 * summary["orders"]
    assert summary["refunds_posted"] >= 0.95 * summary["refunds"]

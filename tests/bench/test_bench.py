"""The measurements at a tiny size: counts and refusals, never times."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from bench.backfill import Size, backfill, sizes_to
from bench.calls import count_calls
from bench.idle import idle
from bench.limit import DOCUMENTS_A_MINUTE, WINDOW_SECONDS, pace_of
from bench.pages import filled, measure
from bench.race import race
from bench.shop import sales
from bench.world import BenchError, Call, check_totals, company_of, make_known

from bench import __main__ as main

START = datetime(2026, 1, 1, tzinfo=UTC)


def batch(second: float, items: int = 30, status: int = 200, request_id: str | None = "r") -> Call:
    return Call(START + timedelta(seconds=second), "batch", items, status, request_id)


def test_orders_have_buyers_products_and_round_totals() -> None:
    sold = list(sales(40, buyers=7, things=5))
    assert [sale.number for sale in sold] == list(range(1001, 1041))
    assert {sale.buyer.number for sale in sold} == set(range(1, 8))
    assert {thing.number for sale in sold for thing, _ in sale.lines} == set(range(1, 6))
    assert all(sale.total == sale.total.quantize(Decimal("0.01")) for sale in sold)


def test_the_share_counts_accepted_documents_of_whole_windows_only() -> None:
    full = [batch(WINDOW_SECONDS * window + place * 0.1) for window in range(4) for place in range(40)]
    besides = [batch(1, status=429), batch(2, request_id=None), replace(batch(3), operation="query")]
    found = pace_of(full + besides, windows=3)
    assert (found.documents, found.refused) == (3600, 1)
    assert found.share == pytest.approx(60 / WINDOW_SECONDS)
    slow = [batch(2 * WINDOW_SECONDS * window + place * 0.1) for window in range(4) for place in range(40)]
    assert pace_of(slow, windows=4).documents == 2 * DOCUMENTS_A_MINUTE
    with pytest.raises(BenchError, match="not one batch"):
        pace_of(besides, windows=3)


@pytest.mark.journey
def test_calls_are_counted_from_the_log_of_the_company(tmp_path: Path) -> None:
    receipts = count_calls(tmp_path, "receipt", 31, buyers=31, things=4)
    assert receipts.kinds["batch of documents"] == 2
    new = count_calls(tmp_path, "receipt", 31, buyers=31, things=4, known=False)
    assert new.kinds["batch of documents"] == 4, "35 names besides"


@pytest.mark.journey
def test_everybody_in_the_race_does_all_of_the_work(tmp_path: Path) -> None:
    found = race(tmp_path, orders=35, rounds=1, naive_orders=7, buyers=35, latency_seconds=0)
    assert len(found.product) == len(found.batched) == len(found.naive) == 1
    assert min(found.product + found.batched + found.naive) > 0


@pytest.mark.journey
def test_work_that_was_not_done_is_not_measured() -> None:
    with company_of() as company:
        make_known(company, buyers=2, things=2)
        with pytest.raises(BenchError, match="3 SalesReceipt missing"):
            check_totals(company, "SalesReceipt", sales(3, buyers=2, things=2), "S-")


@pytest.mark.journey
def test_a_long_run_is_watched_and_a_few_orders_more_tell_the_cost(tmp_path: Path) -> None:
    assert list(sizes_to(100_000)) == [1_000, 10_000, 100_000]
    (found,) = backfill(tmp_path, 65, new_orders=5)
    assert found.orders == 65
    assert found.seconds_per_order > 0
    assert 0 < found.memory_at_end < 2000


def test_memory_is_that_of_the_first_look_at_so_many_documents() -> None:
    size = Size(65, 0.1, {0: 7.0, 30: 86.0, 60: 90.0})
    assert (size.memory_after(0), size.memory_after(31), size.memory_at_end) == (7.0, 90.0, 90.0)


@pytest.mark.journey
def test_an_idle_connection_asks_its_store_at_most_twice(tmp_path: Path) -> None:
    found = idle(tmp_path, orders=4, runs=1)
    assert found.store_calls <= 2


@pytest.mark.journey
def test_every_page_is_measured_alone_and_among_others(tmp_path: Path) -> None:
    with filled(tmp_path / "home", 300):
        found = measure(tmp_path / "home", 1, 3, asks=True)
    assert found.alone.keys() == {page.name for page in found.pages}
    assert found.crowded.keys() == {page.name for page in found.pages if not page.asks}
    assert found.asked.keys() == found.crowded.keys()
    assert min(found.asked.values()) > 0
    assert all(0 < took.median <= took.most for took in (*found.alone.values(), *found.crowded.values()))
    assert found.answers_a_second > 0


def test_the_last_line_is_one_object_with_the_figures(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_folder: Path, _options: object) -> main.Figures:
        raise BenchError("the company lost an order")

    made = [main.Measure("a", lambda folder, _options: {"folder_is_there": int(folder.is_dir()), "share": 0.98765})]
    long = main.Measure("long", lambda _folder, _options: {"long": 1}, is_quick=False)
    monkeypatch.setattr(main, "MEASURES", [*made, long])
    assert main.main(["--json", "--quick"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"folder_is_there": 1, "share": 0.9877}
    monkeypatch.setattr(main, "MEASURES", [main.Measure("b", fails), *made, long])
    assert main.main(["--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out.splitlines()[-1]).keys() == {"folder_is_there", "share", "long"}
    assert "the company lost an order" in said.err

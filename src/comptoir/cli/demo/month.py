"""The demo of a real retailer's month: posted, proved, and run again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from comptoir.cli.common import console
from comptoir.cli.demo.figures import TRIAL_BALANCE, Figures, figures_of, show_documents
from comptoir.cli.demo.floor import Floor, connected, floor
from comptoir.cli.demo.truth import documents_in
from comptoir.cli.report import point_to_problems, show_proof, show_trial_balance
from comptoir.cli.settings import settings_from
from comptoir.cli.sync import sync_store

AN_ORDER = "536365"


def show_month(data: Path | None, place: Path, started: float, *, once: bool, as_json: bool) -> None:
    """The month in the box, or a file of its form. CommandError when the file cannot be read."""
    with floor(place, ["--data", str(data)] if data else []) as both:
        _explain_file(both.shop.facts["summary"])
        figures = _run_twice(both)
        if as_json:
            print(json.dumps(_summary(figures, both, time.monotonic() - started)))
        if not once:
            both.stay(AN_ORDER)


def _explain_file(told: dict[str, Any]) -> None:
    console.print(
        f"The file holds {told['documents']:,} documents: {told['orders']:,} orders and {told['refunds']:,} refunds "
        f"({told['refunds_matched']} of them of an order of the month, {told['refunds_standalone']} of an earlier one)."
    )
    for reason, found in told["left_out_by_reason"].items():
        console.print(f"Left out, {reason}: {found['documents']} documents, {found['amount']}.")


def _run_twice(both: Floor) -> Figures:
    text = files("comptoir.cli.demo").joinpath("online_retail.toml").read_text(encoding="utf-8")
    start = date.fromisoformat(both.shop.facts["summary"]["start_date"])
    with connected(both, replace(settings_from(text), start_date=start)) as (app_, record):
        run, proof = sync_store(app_, record)
        calls = both.shop.calls(), both.company.calls()
        first = documents_in(both.company.control("dump"))
        console.print("Running again ...")
        sync_store(app_, app_.books.connections.get(record.id))
        found = figures_of(both, app_.books.connections.get(record.id), proof, first)
    figures = replace(found, store_calls=calls[0], ledger_calls=calls[1])
    console.print()
    show_proof(console, proof, run)
    point_to_problems(console, proof)
    show_trial_balance(console, TRIAL_BALANCE, figures.trial_balance)
    show_documents(figures, both.place)
    console.print(f"The second run added {figures.last_run_documents} documents.")
    return figures


def _summary(figures: Figures, both: Floor, seconds: float) -> dict[str, Any]:
    told = both.shop.facts["summary"]
    names = ("refunds", "sales_total", "refund_total", "left_out_total")
    return {**figures.as_json(told, both.place, seconds), **{name: told[name] for name in names}}

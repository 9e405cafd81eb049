"""The demo of a real retailer's month: posted, proved, and run again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from comptoir.cli.common import console
from comptoir.cli.demo.figures import TRIAL_BALANCE, Figures, figures_of, show_added, show_documents
from comptoir.cli.demo.floor import Floor, connected, floor
from comptoir.cli.demo.truth import documents_in
from comptoir.cli.report import point_to_problems, show_proof, show_trial_balance
from comptoir.cli.settings import settings_from
from comptoir.cli.speech import spoken, text, told, translated
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


def _explain_file(summary: dict[str, Any]) -> None:
    names = ("documents", "orders", "refunds", "refunds_matched", "refunds_standalone")
    counts = {name: f"{summary[name]:,}" for name in names}
    console.print(
        text(
            "The file holds {documents} documents: {orders} orders and {refunds} refunds ({refunds_matched} of them of "
            "an order of the month, {refunds_standalone} of an earlier one).",
            **counts,
        )
    )
    for reason, found in summary["left_out_by_reason"].items():
        values = {"documents": str(found["documents"]), "amount": spoken().cents(Decimal(str(found["amount"])))}
        why = translated(reason)
        console.print(text("Left out, {why}: {documents} documents, {amount}.", why=why, **values))


def _run_twice(both: Floor) -> Figures:
    written = files("comptoir.cli.demo").joinpath("online_retail.toml").read_text(encoding="utf-8")
    start = date.fromisoformat(both.shop.facts["summary"]["start_date"])
    with connected(both, replace(settings_from(written), start_date=start)) as (app_, record):
        run, proof = sync_store(app_, record)
        calls = both.shop.calls(), both.company.calls()
        first = documents_in(both.company.control("dump"))
        console.print(text("Running again …"))
        sync_store(app_, app_.books.connections.get(record.id))
        found = figures_of(both, app_.books.connections.get(record.id), proof, first)
    figures = replace(found, store_calls=calls[0], ledger_calls=calls[1])
    console.print()
    show_proof(console, proof, run)
    point_to_problems(console, proof)
    show_trial_balance(console, told(TRIAL_BALANCE), figures.trial_balance)
    show_documents(figures, both.place)
    show_added(figures.last_run_documents)
    return figures


def _summary(figures: Figures, both: Floor, seconds: float) -> dict[str, Any]:
    summary = both.shop.facts["summary"]
    names = ("refunds", "sales_total", "refund_total", "left_out_total")
    return {**figures.as_json(summary, both.place, seconds), **{name: summary[name] for name in names}}

"""`comptoir preview`: what a run would post, before anything is sent."""

from __future__ import annotations

import json
from collections import Counter
from typing import Annotated

import typer
from rich.table import Table

from comptoir.books.context import Decided
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    CustomerDocument,
    ItemDocument,
    PaymentDocument,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
)
from comptoir.books.problems import Skipped
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console
from comptoir.cli.errors import reported
from comptoir.cli.report import plain
from comptoir.engine.road import fetch_connection
from comptoir.engine.road import preview as preview_road
from comptoir.storage.runs import RunState
from comptoir.wiring import open_app


@reported
def preview(
    limit: Annotated[int, typer.Option(min=1, help="How many documents to show; all are counted.")] = 30,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the documents that a run would post, the orders it would hold, and why. Nothing is sent."""
    counts: Counter[str] = Counter()
    table = Table(title="What would be posted", title_justify="left", header_style="bold")
    for name in ("Order", "Becomes", "Number", "Date", "Total"):
        table.add_column(name, justify="right" if name == "Total" else "left")
    with open_app(home) as app_:
        record = chosen_store(app_, store)
        run = app_.books.runs.start(record.organization_id, record.id, "preview")
        work = app_.work(record, run)
        fetch_connection(work, alone=True)
        app_.books.runs.finish(run.id, RunState.FINISHED)
        for previewed in preview_road(work):
            for decided in previewed.decided:
                form = form_of(decided)
                counts[form] += 1
                if table.row_count < limit and form not in {"customer", "item"}:
                    table.add_row(*_row(previewed.number, decided, form))
    console.print(table)
    console.print(", ".join(f"{count:,} {form}" for form, count in sorted(counts.items())))
    if as_json:
        print(json.dumps({"counts": dict(counts)}))


WORDS: dict[type[object], str] = {
    PaymentDocument: "payment",
    RefundDocument: "refund receipt",
    CashBackDocument: "cash back",
    ApplicationDocument: "credit applied",
    CustomerDocument: "customer",
    ItemDocument: "item",
    Skipped: "left out",
    tuple: "held",
}


def form_of(decided: Decided) -> str:
    """What a decision becomes, in a word."""
    if isinstance(decided.outcome, SaleDocument):
        return "sales receipt" if decided.outcome.form is SaleForm.RECEIPT else "invoice"
    if isinstance(decided.outcome, RefundDocument) and decided.outcome.form is RefundForm.CREDIT_MEMO:
        return "credit memo"
    return WORDS[type(decided.outcome)]


def _row(number: str, decided: Decided, form: str) -> tuple[str, ...]:
    outcome = decided.outcome
    if isinstance(outcome, tuple):
        what = "\n".join(str(problem.what) for problem in outcome)
        return (number, f"held: {what}", "", str(decided.dated or ""), plain(decided.total) if decided.total else "")
    if isinstance(outcome, Skipped):
        return (number, f"left out: {outcome.why}", "", str(decided.dated or ""), "")
    document_number = "" if isinstance(outcome, CustomerDocument | ItemDocument) else outcome.number
    return (number, form, document_number, str(decided.dated or ""), plain(decided.total) if decided.total else "")

"""`comptoir undo`: take an order, a run, a day or a mapping out of the books again, and post it anew if wanted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode

import typer

from comptoir.books.choices import Deed
from comptoir.books.facts import SourceId
from comptoir.books.money import totals_by_currency
from comptoir.books.problems import Message, ToldError
from comptoir.cli.choices import facts_of
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, agreed, chosen_store, console, number_of, say
from comptoir.cli.documents import MORE, title
from comptoir.cli.errors import FAILED, CommandError, reported
from comptoir.cli.report import show_verdict
from comptoir.cli.speech import count, labelled, spoken, text, told
from comptoir.cli.sync import sync_store
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.by_hand.taking_out import Named, What, scope_of
from comptoir.engine.posting.undo import Stays, Undoing
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.engine.sync import errand
from comptoir.engine.telling.shapes.documents import documents_told, stays_shapes
from comptoir.engine.telling.words import document_name
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.postings import Posting
from comptoir.storage.runs import UNDO, Run
from comptoir.storage.upkeep.home import HomeBusyError
from comptoir.wiring import App, open_app

SHOWN = 30
"""Documents told one by one; all are counted."""
UNDONE = "undone"


@reported
def undo(
    order: Annotated[str, typer.Argument(help="The order's number; or name something else.")] = "",
    *,
    run: Annotated[int, typer.Option("--run", min=0, help="Every document that this run posted (see runs).")] = 0,
    day: Annotated[
        datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="Every document dated by this day.")
    ] = None,
    tax: Annotated[
        str, typer.Option("--tax", help="Every order that bears this tax of the store, as taxes.codes names it.")
    ] = "",
    method: Annotated[
        str,
        typer.Option("--method", help="The money of this payment method of the store, as payments.methods names it."),
    ] = "",
    tax_code: Annotated[str, typer.Option("--tax-code", help="All that uses this tax code of the company.")] = "",
    account: Annotated[str, typer.Option("--account", help="All that uses this account of the company.")] = "",
    item: Annotated[str, typer.Option("--item", help="All that uses this item of the company.")] = "",
    customer: Annotated[str, typer.Option("--customer", help="All of this customer of the company.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go and what would stay; no more.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before anything is taken out.")] = False,
    repost: Annotated[
        bool, typer.Option("--repost", help="Then post the orders again, under the settings of now.")
    ] = False,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take documents out of the books again: only ours, only what nobody changed, never from a closed period.

    What hangs on them goes with them: a sale takes its payments and refunds along. An order of which one document must
    stay is left as it is, and you are told why. Undone orders stay out until: comptoir retry ORDER
    """
    named = _wanted(
        {
            What.ORDER: order and number_of(order),
            What.RUN: str(run or ""),
            What.DAY: day.date().isoformat() if day else "",
            What.TAX: tax,
            What.METHOD: method,
            What.TAX_CODE: tax_code,
            What.ACCOUNT: account,
            What.ITEM: item,
            What.CUSTOMER: customer,
        }
    )
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        if app_.is_guest:
            raise _busy(app_, record, named)
        work = app_.work(record, _latest_run(app_, record))
        undoing = look_at_undo(work, scope_of(work, named))
        if named.what is What.ORDER and not undoing.documents and not undoing.stays:
            facts_of(app_, record, named.name)  # says so where nobody knows the order
        _show(undoing, text(NAMED[named.what], name=named.name))
        gone: Sequence[Posting] = ()
        stays = list(undoing.stays)
        proof = None
        if undoing.documents and not dry_run and (yes or agreed(text("Take these documents out of the books?"))):
            gone, more = _carry_out(app_, record, undoing, named.deed)
            stays += more
            _show_stays(more)
            console.print(text("Taken out of the books: {documents}.", documents=_count(gone)))
            proof = _post_again(app_, record, gone) if repost else None
    if proof is not None:
        show_verdict(console, proof)
    elif gone:
        words = text("They stay out until you let an order go on with: {command}", command="comptoir retry ORDER")
        console.print(words, style="dim")
    if as_json:
        print(json.dumps(_summary(undoing, gone, stays, proof)))
    if stays and not dry_run:
        raise typer.Exit(FAILED)


def _wanted(named: Mapping[What, str]) -> Named:
    """The one thing that is named, with its name."""
    given = [Named(what, name) for what, name in named.items() if name]
    if len(given) != 1:
        raise CommandError(
            Message(
                "Name one order; or a run with --run, a day with --day; or what was mapped wrongly: a tax or a payment "
                "method of the store with --tax or --method, a record of the company with --tax-code, --account, "
                "--item or --customer."
            )
        )
    return given[0]


def _post_again(app_: App, record: ConnectionRecord, gone: Iterable[Posting]) -> Proof:
    orders = {SourceId(row.order_source_id) for row in gone}
    put_up_again(app_.books, app_.owner(record), orders, reopen=True)
    return sync_store(app_, app_.books.connections.get(record.id), "repost")[1]


def _busy(app_: App, record: ConnectionRecord, named: Named) -> ToldError:
    """Beside a server this is done in its pages: where, with what was named filled in."""
    home = app_.home
    if not home.pages:
        return HomeBusyError(home.path)
    address = f"{home.pages}/undo/{record.id}?{urlencode({'what': named.what.value, 'name': named.name})}"
    words = (
        "A Comptoir server is at work in {path}. Its page shows what would leave the books, and takes it out: {address}"
    )
    return CommandError(Message(words, {"path": str(home.path), "address": address}))


def _latest_run(app_: App, record: ConnectionRecord) -> Run:
    runs = app_.books.runs.latest(record.organization_id, 1)
    if not runs:
        raise CommandError(Message("Nothing was synchronized yet, so nothing can be undone."))
    return runs[0]


def _carry_out(
    app_: App, record: ConnectionRecord, undoing: Undoing, deed: Deed
) -> tuple[Sequence[Posting], Sequence[Stays]]:
    with errand(app_.books, record, UNDO, app_.work) as work:
        return carry_out_undo(work, undoing, deed, alone=app_.alone)


NAMED = {
    What.ORDER: "Order {name}",
    What.RUN: "Run {name}",
    What.DAY: "The day {name}",
    What.TAX: "Tax of the store {name}",
    What.METHOD: "Payment method {name}",
    What.TAX_CODE: "Tax code {name}",
    What.ACCOUNT: "Account {name}",
    What.ITEM: "Item {name}",
    What.CUSTOMER: "Customer {name}",
}


def _show(undoing: Undoing, what: str) -> None:
    documents = undoing.documents
    if not documents and not undoing.stays:
        console.print(text("{what}: nothing of it is in the books.", what=what))
        return
    if documents:
        console.print(text("{what}: this would leave the books.", what=what))
        for row in documents[:SHOWN]:
            say("  •", title(row))
        if len(documents) > SHOWN:
            console.print(f"  {count(MORE, len(documents) - SHOWN)}")
        console.print(text("In all: {documents}.", documents=_count(documents)))
    _show_stays(undoing.stays)


def _show_stays(stays: Iterable[Stays]) -> None:
    for each in stays:
        console.print(text("Order {number} stays as it is:", number=each.order_number))
        for problem in each.problems:
            say("  •", problem.what)
            say("    →", problem.remedy)


def _count(rows: Sequence[Posting]) -> str:
    """How many documents of each form, and what they come to."""
    forms: dict[str, list[Posting]] = defaultdict(list)
    for row in sorted(rows, key=lambda each: each.ledger_type):
        forms[row.ledger_type].append(row)
    return ", ".join(map(_count_of_form, forms.values()))


def _count_of_form(rows: Sequence[Posting]) -> str:
    name = told(document_name(rows[0].ledger_type, rows[0].key.kind))
    sums = totals_by_currency([row.meant for row in rows if row.meant is not None and not row.meant.is_zero])
    amounts = ", ".join(spoken().money(sums[currency]) for currency in sorted(sums))
    counted = labelled(name, spoken().number(len(rows)))
    return f"{counted} ({amounts})" if amounts else counted


def _summary(
    undoing: Undoing, gone: Sequence[Posting], stays: Iterable[Stays], proof: Proof | None
) -> dict[str, object]:
    return {
        "would_go": documents_told(undoing.documents),
        "gone": [{**each, "state": UNDONE} for each in documents_told(gone)],
        "stays": [asdict(each) for each in stays_shapes(stays)],
        "agrees": proof.agrees if proof is not None else None,
    }

"""`comptoir company`: in which company each store is kept, and the choice of another where several are connected."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.table import Table

from comptoir.books.problems import Message
from comptoir.cli.common import (
    HomeOption,
    JsonOption,
    StoreOption,
    agreed,
    chosen_store,
    console,
    named,
    numbered_names,
)
from comptoir.cli.errors import CommandError, reported
from comptoir.cli.speech import spoken, text
from comptoir.engine.setup.connecting import keep_in
from comptoir.storage.connections import LEDGER, ConnectionRecord
from comptoir.wiring import App, open_app


@reported
def company(
    name: Annotated[
        str, typer.Argument(help="The company, by its name or number; without it, how it stands is shown.")
    ] = "",
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show in which company each store is kept, or keep a store in another one from now on.

    Nothing is moved: what is in a company stays there.
    """
    with open_app(home, may_share=True) as app_:
        if name:
            _choose(app_, chosen_store(app_, store), name, yes=yes)
        kept = [(each, app_.books.connections.company_of(each)) for each in app_.stores()]
        companies = _companies(app_)
    if not name:
        _show(kept, companies)
    if as_json:
        rows = [{"store": each.title, "company": place.title if place else None} for each, place in kept]
        print(json.dumps({"stores": rows, "companies": [{"id": each.id, "name": each.title} for each in companies]}))


def _companies(app_: App) -> list[ConnectionRecord]:
    return app_.books.connections.connected(app_.organization_id, LEDGER)


def _choose(app_: App, record: ConnectionRecord, name: str, *, yes: bool) -> None:
    chosen = _named(app_, name)
    before = app_.books.connections.company_of(record)
    if before is not None and before.id != chosen.id and record.settings is not None:
        day = spoken().day(record.settings.start_date)
        console.print(
            text(
                "Nothing is moved: what is in {before} stays there. In {company} the orders since {day} are posted "
                "once more, from the next run on. The store no longer runs by itself until you switch that on again; "
                "look through its settings first, for they name accounts and taxes of the company.",
                before=before.title,
                company=chosen.title,
                day=day,
            ),
            style="yellow",
        )
        if not yes and not agreed(text("Keep {store} in {company}?", store=record.title, company=chosen.title)):
            raise CommandError(Message("Nothing was changed."))
    keep_in(app_.books, record, chosen)
    console.print(text("{store} is kept in {company} from now on.", store=record.title, company=chosen.title))


def _named(app_: App, name: str) -> ConnectionRecord:
    companies = _companies(app_)
    found = named(companies, name)
    if len(found) == 1:
        return found[0]
    if not companies:
        raise CommandError(Message("No company is connected yet. Connect one with: comptoir connect quickbooks"))
    raise CommandError(Message("Name one company. Connected are: {names}.", {"names": numbered_names(companies)}))


def _show(kept: list[tuple[ConnectionRecord, ConnectionRecord | None]], companies: list[ConnectionRecord]) -> None:
    table = Table(header_style="bold")
    table.add_column(text("Store"))
    table.add_column(text("Company"))
    for store, place in kept:
        table.add_row(store.title, place.title if place else "")
    console.print(table)
    if len(companies) > 1:
        console.print(text("Connected companies: {names}.", names=numbered_names(companies)))
        console.print(
            text("Keep a store in another one with: {command}", command="comptoir company NAME --store STORE")
        )

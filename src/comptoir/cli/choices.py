"""`comptoir hold` and `comptoir skip`: the user's own word on one order, kept until it is taken back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from comptoir.books.choices import ChoiceKind
from comptoir.cli.common import HomeOption, JsonOption, StoreOption, chosen_store, console, number_of, say
from comptoir.cli.documents import title
from comptoir.cli.errors import reported
from comptoir.cli.explain import never_seen
from comptoir.cli.speech import text
from comptoir.engine.by_hand.choosing import Stopped, choice_of, choose, local_day
from comptoir.engine.telling.shapes.documents import documents_told
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.wiring import App, open_app

OrderArgument = Annotated[str, typer.Argument(help="The order's number as the store shows it, with or without #.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in your own words; it is shown with the order.")]


def facts_of(app_: App, record: ConnectionRecord, order: str) -> list[StoredFact]:
    """What the store said of this order; CommandError where it was never read."""
    number = number_of(order)
    found = app_.books.facts.find(record.organization_id, number, record.id)
    if not found:
        raise never_seen(app_, number)
    return found


@reported
def hold(
    order: OrderArgument,
    reason: ReasonOption = "",
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold one order back until you let it go: what of it is not in the books yet is not posted.

    What is in the books stays there. Let it go with: comptoir retry ORDER
    """
    _choose(ChoiceKind.HOLD, order, reason, store, home, as_json=as_json)


@reported
def skip(
    order: OrderArgument,
    reason: ReasonOption = "",
    store: StoreOption = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leave one order out of the books for good, for example because it was entered by hand.

    What is in the books stays there. Take it back with: comptoir retry ORDER
    """
    _choose(ChoiceKind.SKIP, order, reason, store, home, as_json=as_json)


def _choose(kind: ChoiceKind, order: str, reason: str, store: str, home: Path | None, *, as_json: bool) -> None:
    with open_app(home, may_share=True) as app_:
        record = chosen_store(app_, store)
        found = facts_of(app_, record, order)
        choice = choice_of(kind, reason, datetime.now(UTC))
        done = [choose(app_.books, app_.owner(record), fact, choice, local_day(record, choice)) for fact in found]
    stopped = Stopped(
        tuple(row for each in done for row in each.stopped), tuple(row for each in done for row in each.stays)
    )
    _show(kind, found[0].number, stopped)
    if as_json:
        rows = {"stopped": documents_told(stopped.stopped), "stays": documents_told(stopped.stays)}
        print(json.dumps({"order": found[0].number, "choice": kind.value, "reason": choice.reason, **rows}))


IN_PART = {
    ChoiceKind.HOLD: "Order {number} is held back from here on. In the books already, and stays there:",
    ChoiceKind.SKIP: "Order {number} is left out from here on. In the books already, and stays there:",
}
WHOLLY = {
    ChoiceKind.HOLD: "Order {number} is held back. Nothing of it is in the books.",
    ChoiceKind.SKIP: "Order {number} is left out. Nothing of it is in the books.",
}
STOPPED = {
    ChoiceKind.HOLD: "Not in the books yet, and held back:",
    ChoiceKind.SKIP: "Not in the books yet, and left out:",
}
LATER = {
    ChoiceKind.HOLD: "Whatever comes later, such as a refund, is held back.",
    ChoiceKind.SKIP: "Whatever comes later, such as a refund, is left out.",
}


def _show(kind: ChoiceKind, number: str, done: Stopped) -> None:
    console.print(text((IN_PART if done.stays else WHOLLY)[kind], number=number))
    for row in done.stays:
        say("  •", title(row))
    if done.stopped:
        console.print(text(STOPPED[kind]))
        for row in done.stopped:
            say("  •", title(row))
    elif done.stays:
        console.print(text(LATER[kind]))
    console.print(text("Take this back with: {command}", command=f"comptoir retry {number}"), style="dim")

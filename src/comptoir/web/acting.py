"""What a person or a program does with orders: hold, leave out, let go on, keep as the books have it."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from comptoir.books.choices import ChoiceKind
from comptoir.engine.by_hand.choosing import choice_of, choose, local_day, put_up_again
from comptoir.engine.road import accept_the_books
from comptoir.engine.telling.held import HeldCause
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.web.doing import Doing
from comptoir.wiring import App


class Act(StrEnum):
    """What is done with an order."""

    HOLD = "hold"
    SKIP = "skip"
    RETRY = "retry"
    ACCEPT = "accept"


def act_on_order(app: App, doing: Doing, record: ConnectionRecord, fact: StoredFact, act: Act, reason: str) -> None:
    """Hold the order back, leave it out, let it go on, or keep it as the books have it. Raises a HouseError."""
    books, owner = app.books, app.owner(record)
    if act in {Act.HOLD, Act.SKIP}:
        made = choice_of(ChoiceKind(act.value), reason, datetime.now(UTC))
        choose(books, owner, fact, made, local_day(record, made))
    elif act is Act.RETRY:
        put_up_again(books, owner, [fact.source_id], reopen=True)
        doing.ask(app, record, "retry")
    else:
        run = books.runs.of_connection(record.id)
        if run is not None:
            accept_the_books(app.work(record, run), fact.number, alone=False)


def act_on_cause(app: App, doing: Doing, record: ConnectionRecord, held: HeldCause, act: Act, reason: str) -> None:
    """Let every order that a cause holds go on, hold them all back, or leave them all out."""
    books, owner = app.books, app.owner(record)
    if act is Act.RETRY:
        put_up_again(books, owner, list(held.orders))
        doing.ask(app, record, "retry")
        return
    made = choice_of(ChoiceKind(act.value), reason, datetime.now(UTC))
    for source_id in held.orders:
        fact = books.facts.one(record.organization_id, record.id, source_id)
        if fact is not None:
            choose(books, owner, fact, made, local_day(record, made))

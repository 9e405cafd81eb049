"""What a person or a program does, from a page or the API alike: the act, and the line of the trail telling of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Depends

from comptoir.books.choices import ChoiceKind, is_by_hand
from comptoir.books.settings import Settings
from comptoir.engine.by_hand.choosing import choice_of, choose, choose_all, local_day, put_up_again, undone_of
from comptoir.engine.by_hand.going_on import let_go_on
from comptoir.engine.by_hand.taking_out import Named
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import accept_the_books
from comptoir.engine.service import schedule
from comptoir.engine.setup.fitting import Fitting
from comptoir.engine.setup.reading import Reading
from comptoir.engine.sync import errand, prove_store
from comptoir.engine.telling.held import HeldCause, orders_of, standing
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.facts import StoredFact
from comptoir.storage.runs import BY_HAND, PROOF, REPOST, UNDO, Run
from comptoir.storage.schedule import Terms
from comptoir.web.access.accounts import Accounts, Actor
from comptoir.web.doing import Doing, TheDoing, proof_anew, undo_of
from comptoir.web.guard import Desk, Key, Rooms, key_of, reader
from comptoir.wiring import App

RETRY, PROVE = "retry", "proved"
LONGEST_REASON = 200
"""Characters of a reason that the trail keeps; the order keeps them all."""


class Act(StrEnum):
    """What is done with an order."""

    HOLD = "hold"
    SKIP = "skip"
    RETRY = RETRY
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Hand:
    """Whoever acts in one organization. `app` sees nothing of any other one."""

    app: App
    actor: Actor
    rooms: Accounts
    doing: Doing

    def note(self, action: str, subject: str, **detail: str) -> None:
        """Write down in the trail what was done."""
        self.rooms.record(action, self.actor, self.app.organization_id, subject, **detail)


async def _hand_of_member(desk: Annotated[Desk, Depends(reader)], rooms: Rooms, doing: TheDoing) -> Hand:
    return Hand(desk.app, desk.person.actor, rooms, doing)


async def _hand_of_program(key: Annotated[Key, Depends(key_of)], rooms: Rooms, doing: TheDoing) -> Hand:
    return Hand(key.app, key.actor, rooms, doing)


MemberHand = Annotated[Hand, Depends(_hand_of_member)]
"""A route's member, as whoever acts; what the member may do is the route's own `Writer` or `Owner` to say."""
ProgramHand = Annotated[Hand, Depends(_hand_of_program)]


def synchronize(hand: Hand, record: ConnectionRecord) -> bool:
    """Begin a run of a store; False where one is at work here, which is then followed instead."""
    started = hand.doing.ask(hand.app, record, BY_HAND)
    if started:
        hand.note("sync", record.title)
    return started


def take_out(hand: Hand, record: ConnectionRecord, named: Named, *, repost: bool) -> bool:
    """Take what is named out of the books, and post it again where wanted; False where a run is at work here."""
    started = hand.doing.start(hand.app, record, UNDO, undo_of(named, repost=repost), repost=repost)
    if started:
        hand.note(UNDO, f"{record.title}, {named}")
    return started


def post_again(hand: Hand, record: ConnectionRecord, run: Run) -> bool:
    """Post what was undone of a run once more, under the settings of now; False where nothing is out of the books."""
    books, owner = hand.app.books, hand.app.owner(record)
    orders = undone_of(books, owner, run.id)
    if not orders:
        return False
    put_up_again(books, owner, orders, reopen=True)
    hand.doing.ask(hand.app, record, REPOST)
    hand.note(REPOST, f"{record.title}, {run.id}")
    return True


def prove(hand: Hand, record: ConnectionRecord) -> Proof | None:
    """Prove a store anew, every document read from the books as they are now; None where nothing was synchronized yet.

    What somebody changed or deleted there is noted. Raises a HouseError, and SettingsProblemsError.
    """
    books = hand.app.books
    if books.runs.of_connection(record.id) is None:
        return None
    with errand(books, record, PROOF, hand.app.work) as work:
        found = prove_store(work, alone=False)
    hand.note(PROVE, record.title)
    return found


def begin_proof(hand: Hand, record: ConnectionRecord) -> bool:
    """The same for somebody who follows it; False where a run is at work here."""
    started = hand.doing.start(hand.app, record, PROOF, proof_anew)
    if started:
        hand.note(PROVE, record.title)
    return started


def act_on_order(hand: Hand, record: ConnectionRecord, fact: StoredFact, act: Act, reason: str) -> None:
    """Hold the order back, leave it out, let it go on, or keep it as the books have it. Raises a HouseError."""
    books, owner = hand.app.books, hand.app.owner(record)
    if act in {Act.HOLD, Act.SKIP}:
        made = choice_of(ChoiceKind(act.value), reason, datetime.now(UTC))
        choose(books, owner, fact, made, local_day(record, made))
    elif act is Act.RETRY:
        put_up_again(books, owner, [fact.source_id], reopen=True)
        hand.doing.ask(hand.app, record, RETRY)
    else:
        run = books.runs.of_connection(record.id)
        if run is not None:
            accept_the_books(hand.app.work(record, run), fact.number, alone=False)
    hand.note(act.value, fact.number, reason=reason[:LONGEST_REASON])


def go_on(hand: Hand, record: ConnectionRecord, causes: Collection[str]) -> int:
    """Let what these causes hold be decided anew, and begin a run; answers of how many orders."""
    orders = let_go_on(hand.app.books, hand.app.owner(record), causes)
    hand.doing.ask(hand.app, record, RETRY)
    return len(orders)


def go_on_all(hand: Hand, record: ConnectionRecord) -> int:
    """Let go on whatever is held, but for what somebody holds back by hand; answers how many orders."""
    causes = {each.cause for each in standing(hand.app.books, hand.app.owner(record)).causes}
    count = go_on(hand, record, {each for each in causes if not is_by_hand(each)})
    hand.note(RETRY, record.title, orders=str(count))
    return count


def act_on_cause(hand: Hand, record: ConnectionRecord, held: HeldCause, act: Act, reason: str) -> int:
    """Let every order that a cause holds go on, hold them all back, or leave them all out; answers how many."""
    if act is Act.RETRY:
        count = go_on(hand, record, {held.cause})
    else:
        books, owner = hand.app.books, hand.app.owner(record)
        orders = orders_of(books, owner, {held.cause})
        made = choice_of(ChoiceKind(act.value), reason, datetime.now(UTC))
        choose_all(books, owner, orders, made, local_day(record, made))
        count = len(orders)
    hand.note(act.value, str(held.problem.what), orders=str(count), reason=reason[:LONGEST_REASON])
    return count


def put_in_force(hand: Hand, record: ConnectionRecord, chosen: Settings | Reading) -> Fitting:
    """Put settings in force where every one fits the company. Raises SettingsProblemsError."""
    fitting = hand.app.put_in_force(record, chosen)
    hand.note("settings in force", record.title)
    return fitting


def switch_on(hand: Hand, record: ConnectionRecord, minutes: int, at: int | None, accepted: Terms | None) -> None:
    """Let a store be synchronized by itself. `accepted`: the terms as accepted before; None: they are now."""
    terms = accepted or schedule.accept_terms(hand.actor.who)
    schedule.switch_on(hand.app.books.schedules, record, minutes=minutes, at=at, terms=terms)
    hand.note("switched on", record.title, every=str(minutes))

"""Six batches on the line at once: the same books as one after the other, whatever happens to one of them."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from comptoir.books.documents import Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message
from comptoir.engine.errors import NeedsMapping, Reconnect, RetryLater, Unexpected
from comptoir.engine.ports import Answered, Entry, NoAnswer, NotSent
from comptoir.engine.posting import adopt, ahead, choosing, post, sending
from comptoir.engine.posting.lanes import Lanes
from comptoir.storage import facts, fence
from comptoir.storage.fence import FenceLostError
from comptoir.storage.postings import State
from comptoir.storage.tables import batches, events, exchanges, fences, postings

LANES = 6
ORDERS = 30
BUYERS = 3
"""Who buy in turn."""
PATIENCE_SECONDS = 10.0
GATHER_SECONDS = 2.0
"""How long a batch of the busy ledger waits for company."""
Fault = Callable[[Callable[[], Answered]], Answered | NoAnswer | NotSent]


@dataclass
class Line:
    """The way to the ledger: what is on it at once. A batch waits a moment for others, so that they overlap.

    `faults` meet the sends of sales, by their place; the ledger itself does one thing at a time.
    """

    road: Any
    faults: dict[int, Fault] = field(default_factory=dict)
    most: int = 0
    most_of_names: int = 0
    sales: int = 0
    before: Callable[[int], None] = lambda _place: None
    """Called with the place of a batch of sales while it is on the line."""
    seen: list[tuple[int, int]] = field(default_factory=list)
    """Of each batch of sales: its documents, and how many batches were on the line with it, itself included."""
    gather_seconds: float = GATHER_SECONDS
    _busy: int = 0
    _full: bool = False
    _turn: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))

    def __post_init__(self) -> None:
        self._send = self.road.ledger.send
        self.road.ledger.send = self.send

    def send(self, request_id: str, body: bytes) -> Answered | NoAnswer | NotSent:
        kinds = {row[1] for row in json.loads(body)}
        place = 0
        with self._turn:
            self._busy += 1
            if "SaleDocument" in kinds:
                self.sales += 1
                place = self.sales
            if kinds & {"ItemDocument", "CustomerDocument"}:
                self.most_of_names = max(self.most_of_names, self._busy)
            self.most = max(self.most, self._busy)
            self._full = self._full or self._busy >= LANES
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._full, self.gather_seconds if place > 1 else 0)
            if place:
                self.seen.append((len(json.loads(body)), self._busy))
        self.before(place)
        with self._turn:
            self._busy -= 1
            self._full = self._full and self._busy > 0
            fault = self.faults.get(place)
            return fault(lambda: self._send(request_id, body)) if fault else self._send(request_id, body)


def lost(_work: Callable[[], Answered]) -> NoAnswer:
    return NoAnswer("cut line")


def late(work: Callable[[], Answered]) -> NoAnswer:
    work()
    return NoAnswer("time-out after the work")


def refused(error: Any) -> Fault:
    return lambda _work: NotSent(error)


@pytest.fixture
def wide(road: Any, build: Any) -> Any:
    """A road of six lanes and ten batches of sales."""
    road.store.orders = [build["make_order"](number) for number in range(1, ORDERS + 1)]
    road.lanes = LANES
    return road


@pytest.fixture(scope="module")
def narrow_books(build: Any, blank: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the same orders come to one batch after the other."""
    home = Path(shutil.copytree(blank, tmp_path_factory.mktemp("narrow") / "home"))
    opened = build["open_road"](home, build["SmallStore"](), build["SmallLedger"](), is_new=False)
    opened.store.orders = [build["make_order"](number) for number in range(1, ORDERS + 1)]
    assert opened.run().agrees
    opened.books.database.close()
    books: list[str] = opened.ledger.canonical()
    return books


def acquaint(road: Any) -> None:
    """Post the first orders alone: what comes now needs no new customer and no new item."""
    orders = road.store.orders
    road.store.orders = orders[:BUYERS]
    road.run()
    road.now += timedelta(hours=1)
    road.store.orders = [*orders[:BUYERS], *(replace(each, updated_at=road.now) for each in orders[BUYERS:])]
    road.steps.clear()
    road.ledger.finds.clear()


def first_until_decided(road: Any, orders: int) -> Callable[[int], None]:
    """The answer to the first batch, which goes alone, takes until all orders are decided: the lanes can fill."""

    def before(place: int) -> None:
        while place == 1 and len(road.rows(Kind.SALE)) < orders:
            threading.Event().wait(0.01)

    return before


def sales(road: Any) -> list[State]:
    return [row.state for row in road.rows(Kind.SALE)]


def test_six_batches_at_once_and_the_same_books(wide: Any, narrow_books: list[str]) -> None:
    line = Line(wide)
    proof = wide.run()
    assert proof.agrees
    assert not proof.unsettled
    assert wide.ledger.canonical() == narrow_books
    assert line.most == LANES
    assert line.sales == ORDERS / wide.ledger.batch_limits.documents, "no posting was chosen twice"
    assert line.most_of_names == 1


def test_progress_counts_every_document_once_and_never_goes_back(wide: Any) -> None:
    Line(wide)
    wide.run()
    steps = [step for step in wide.steps if step.what == "post"]
    done = [step.done for step in steps]
    assert done == sorted(done)
    assert steps[-1].done == steps[-1].total == len(wide.ledger.documents)


def test_a_company_that_reckons_every_sale_otherwise_gets_one_batch(wide: Any, build: Any) -> None:
    wide.ledger.total_error = build["pounds"]("0.01")
    line = Line(wide)
    with pytest.raises(NeedsMapping):
        wide.run()
    assert line.sales == 1
    assert len(wide.ledger.removed) == wide.ledger.batch_limits.documents


def test_until_a_batch_is_answered_rightly_the_next_goes_alone(wide: Any) -> None:
    line = Line(wide)
    seen: list[int] = []
    line.before = lambda place: seen.append(line.most) if place in {1, 2} else None
    line.faults = {1: refused(RetryLater(Message("Busy.")))}
    assert wide.run().agrees
    assert seen == [1, 1]
    assert line.most == LANES


@pytest.mark.parametrize("error", [Reconnect(Message("Sign in.")), Unexpected(Message("Odd."))])
def test_an_error_in_one_lane_is_raised_when_the_others_are_recorded(wide: Any, error: Any) -> None:
    line = Line(wide)
    begun: list[int] = []

    def breaks(_work: Callable[[], Answered]) -> Answered:
        begun.append(line.sales)
        raise error

    line.faults = {3: breaks}
    with pytest.raises(type(error)):
        wide.run()
    assert line.sales <= begun[0] + 1, "one more may have been on its way to the line"
    assert sales(wide).count(State.POSTED) == 3 * (line.sales - 1)
    assert sales(wide).count(State.SENDING) == 3, "the batch that broke is in doubt"
    line.faults.clear()
    assert wide.run().agrees


def test_an_error_of_the_main_thread_waits_for_the_lanes(wide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(wide)

    def breaks(work: Any, *more: Any, **how: Any) -> None:
        if line.sales >= 3:
            raise RetryLater(Message("Out of reach."))
        adopt.look_up(work, *more, **how)

    monkeypatch.setattr(post, "look_up", breaks)
    with pytest.raises(RetryLater):
        wide.run()
    assert not set(sales(wide)) & {State.SENDING, State.UNKNOWN}
    assert State.PLANNED in sales(wide)


@pytest.mark.parametrize("fault", [lost, late])
def test_two_batches_lost_at_once(wide: Any, narrow_books: list[str], fault: Fault) -> None:
    line = Line(wide)
    line.faults = {2: fault, 3: fault}
    proof = wide.run()
    assert proof.agrees
    assert wide.ledger.canonical() == narrow_books
    assert wide.slept.count(sending.REPLAY_PAUSE_SECONDS) == 2
    assert line.sales == ORDERS / wide.ledger.batch_limits.documents + 2


def test_what_comes_to_rest_while_the_journal_is_read_is_not_looked_up_too_early(wide: Any) -> None:
    """A lane plans its rows again once it has said that they rest; the look-up reads first and asks who rests then."""
    wide.run()
    sale = wide.rows(Kind.SALE)[0]
    with wide.books.database.write() as connection:
        wide.books.journal.move(connection, sale, State.UNKNOWN)

    def a_lane_has_just_rested() -> list[int]:
        with wide.books.database.write() as connection:
            wide.books.journal.move(connection, sale, State.PLANNED, looked_up=False)
        return []

    work = wide.work()
    with fence.hold(wide.books.database, "post", "worker", work.record.organization_id, alone=True) as held:
        assert held
        adopt.look_up(work, held, Wave.SALES, a_lane_has_just_rested)
    assert not wide.rows(Kind.SALE)[0].looked_up
    assert wide.rows(Kind.SALE)[0].state is State.PLANNED


def test_what_is_decided_anew_while_the_ledger_is_asked_is_asked_for_again(wide: Any) -> None:
    wide.run()
    sale, other = wide.rows(Kind.SALE)[:2]
    with wide.books.database.write() as connection:
        for row in (sale, other):
            wide.books.journal.move(connection, row, State.PLANNED, looked_up=False, number=f"new {row.number}")
    find = wide.ledger.find

    def meanwhile(kind: Kind, numbers: Any, **how: Any) -> list[Entry]:
        with wide.books.database.write() as connection:
            wide.books.journal.move(connection, sale, State.PLANNED, number="another")
        found: list[Entry] = find(kind, numbers, **how)
        return found

    wide.ledger.find = meanwhile
    work = wide.work()
    with fence.hold(wide.books.database, "post", "worker", work.record.organization_id, alone=True) as held:
        assert held
        adopt.look_up(work, held, Wave.SALES)
    assert [row.looked_up for row in wide.rows(Kind.SALE)[:2]] == [False, True]


def test_a_busy_ledger_met_by_all_lanes_is_one_wait(wide: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "WAITS_LIMIT", 1)
    del wide.store.orders[3 * (1 + LANES) + BUYERS :]
    acquaint(wide)
    line = Line(wide, gather_seconds=6 * PATIENCE_SECONDS)
    line.before = first_until_decided(wide, len(wide.store.orders))
    line.faults = dict.fromkeys(range(2, 2 + LANES), refused(RetryLater(Message("Busy."))))
    assert wide.run().agrees
    assert wide.slept.count(sending.BUSY_PAUSE_SECONDS) == LANES


def test_a_refused_batch_goes_one_by_one_with_nothing_beside_it(wide: Any, narrow_books: list[str]) -> None:
    line = Line(wide)
    line.faults = {4: refused(Unexpected(Message("Odd.")))}
    assert wide.run().agrees
    assert wide.ledger.canonical() == narrow_books
    assert [busy for documents, busy in line.seen if documents == 1] == [1, 1, 1]


def test_what_the_ledger_may_not_show_yet_is_not_looked_up(wide: Any, narrow_books: list[str]) -> None:
    """An answer leaves documents out that were made, and for a while the ledger does not find them either."""
    line = Line(wide)
    hidden: set[str] = set()
    find = wide.ledger.find

    def leaves_out(work: Callable[[], Answered]) -> Answered:
        results = work().results
        made = results[0].outcome
        assert isinstance(made, Entry)
        hidden.add(made.number)
        return Answered(results[1:])

    def hides(kind: Kind, numbers: Any, **_how: Any) -> list[Entry]:
        return [each for each in find(kind, numbers) if each.number not in hidden]

    def shows(seconds: float) -> None:
        wide.slept.append(seconds)
        threading.Event().wait(GATHER_SECONDS)
        hidden.clear()

    wide.ledger.find = hides
    line.faults = {3: leaves_out}
    work = wide.work
    wide.work = lambda: _with_sleep(work(), shows)
    assert wide.run().agrees
    assert wide.ledger.canonical() == narrow_books
    assert sales(wide).count(State.ADOPTED) == 1


def _with_sleep(work: Any, sleep: Callable[[float], None]) -> Any:
    object.__setattr__(work, "sleep", sleep)
    return work


def test_a_lost_fence_stops_every_lane(wide: Any) -> None:
    line = Line(wide)
    left: list[tuple[list[State], int]] = []

    def steals(place: int) -> None:
        if place == 2:
            with wide.books.database.write() as connection:
                connection.execute(update(fences).values(owner="another"))
                left.append(([row.state for row in wide.books.journal.select(connection)], line.sales))

    line.before = steals
    with pytest.raises(FenceLostError):
        wide.run()
    assert [row.state for row in wide.rows()] == left[0][0], "after the fence was gone nothing was written"
    assert line.sales <= left[0][1] + 1, "nor frozen; one batch may have been on its way to the line"


# Killed with six batches on the line


@dataclass(frozen=True)
class Instant:
    home: Path
    ledger: Any


class Watcher:
    """Keeps what a SIGKILL would leave: the data directory and the ledger, at each commit and each send."""

    def __init__(self, road: Any, line: Line, home: Path, shelf: Path) -> None:
        self.instants: list[Instant] = []
        self.lock = line._turn
        database = road.books.database
        write = database.write

        @contextmanager
        def watched() -> Iterator[Connection]:
            with write() as connection:
                yield connection
                keep()  # before the commit: nobody else can commit meanwhile

        def keep() -> None:
            with self.lock:  # nor post
                place = Path(shutil.copytree(home, shelf / str(len(self.instants))))
                self.instants.append(Instant(place, road.ledger.copy()))

        def sent(request_id: str, body: bytes) -> Any:
            answer = Line.send(line, request_id, body)
            with write():
                keep()
            return answer

        database.write = watched
        road.ledger.send = sent


@pytest.mark.parametrize("decided_at_once", [100, 5], ids=["decided before", "decided meanwhile"])
def test_killed_at_any_instant_of_six_lanes(
    wide: Any, home: Path, build: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decided_at_once: int
) -> None:
    monkeypatch.setattr(fence, "BEAT_SECONDS", 3600)
    monkeypatch.setattr(facts, "CHUNK", decided_at_once)
    del wide.store.orders[3 * (1 + LANES) :]
    line = Line(wide, gather_seconds=PATIENCE_SECONDS)
    watcher = Watcher(wide, line, home, tmp_path / "shelf")
    wide.run()
    monkeypatch.setattr(fence, "BEAT_SECONDS", 5)
    assert line.most == LANES
    books = wide.ledger.canonical()
    assert len(books) == len(set(books)) == len(wide.store.orders) + 4
    in_doubt = set()
    for place, instant in enumerate(watcher.instants):
        ledger = instant.ledger.copy()
        ledger.__dict__.pop("send", None)
        opened = build["open_road"](instant.home, wide.store, ledger, is_new=False)
        opened.now, opened.lanes, opened.worker = wide.now + timedelta(hours=1), LANES, f"process-{place}"
        with opened.books.database.read() as connection:
            in_doubt.add(len(opened.books.batches.open(connection, ledger.identity)))
        if place % 2:
            ledger.remembered.clear()
            with opened.books.database.write() as connection:
                connection.execute(update(batches).values(first_sent_at=0))
        proof = opened.run()
        opened.books.database.close()
        assert proof.agrees, place
        assert not proof.unsettled, place
        assert ledger.canonical() == books, place
    assert in_doubt >= {0, 1, LANES}


# Deciding while what was decided is on its way


@pytest.fixture
def piecemeal(wide: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A road that decides a few orders at a time."""
    monkeypatch.setattr(facts, "CHUNK", 4)
    return wide


def steps(road: Any) -> list[str]:
    """What was reported, each as often as it came, in one word."""
    return [step.what for step in road.steps if step.what in {"decide", "post"}]


def test_what_is_decided_goes_out_before_all_is_decided(
    piecemeal: Any, narrow_books: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "WINDOW", 3)
    acquaint(piecemeal)
    line, decided = Line(piecemeal), []
    line.before = first_until_decided(piecemeal, ORDERS)

    def noted(request_id: str, body: bytes) -> Any:
        decided.append(len(piecemeal.rows(Kind.SALE)))
        return line.send(request_id, body)

    piecemeal.ledger.send = noted
    proof = piecemeal.run()
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert piecemeal.ledger.canonical() == narrow_books
    assert min(decided) < ORDERS
    assert line.most == LANES


def test_all_is_decided_first_where_customers_or_items_are_to_be_made(piecemeal: Any) -> None:
    line = Line(piecemeal)
    assert piecemeal.run().agrees
    told = steps(piecemeal)
    assert told == sorted(told), "all decisions, then the documents"
    assert line.most_of_names == 1


def test_customers_that_are_decided_late_are_made_before_their_sales(piecemeal: Any, build: Any) -> None:
    made, orders = build["make_order"], []
    for number in range(1, ORDERS + 1):
        buyer = replace(
            made(number).buyer, source_id=SourceId(str(number)), name=f"Buyer {number}", email=f"{number}@example.com"
        )
        orders.append(replace(made(number), buyer=buyer))
    piecemeal.store.orders = orders
    proof = piecemeal.run()
    assert (proof.agrees, proof.unsettled) == (True, 0)
    assert len(piecemeal.rows(Kind.CUSTOMER)) == ORDERS
    assert {row.state for row in piecemeal.rows()} == {State.POSTED}


def test_a_ledger_that_takes_nothing_leaves_nothing_undecided(piecemeal: Any) -> None:
    line = Line(piecemeal)
    line.faults = {1: refused(Reconnect(Message("Sign in.")))}
    with pytest.raises(Reconnect):
        piecemeal.run()
    assert len(piecemeal.rows(Kind.SALE)) == ORDERS


def test_what_is_left_from_before_waits_until_all_is_decided(piecemeal: Any) -> None:
    """An order that was planned and then held by a person must not be sent because its turn to be decided is late."""
    line = Line(piecemeal)
    line.faults = {1: refused(Reconnect(Message("Sign in.")))}
    with pytest.raises(Reconnect):
        piecemeal.run()
    line.faults.clear()
    with piecemeal.books.database.write() as connection:
        piecemeal.books.facts.decide_again(connection, piecemeal.connection_id, [str(n) for n in range(1, ORDERS + 1)])
    piecemeal.steps.clear()
    assert piecemeal.run().agrees
    told = steps(piecemeal)
    assert told == sorted(told), "all decisions, then the documents"


# The lanes themselves


def test_a_single_lane_is_the_callers_own_thread() -> None:
    ran: list[str] = []
    Lanes().start(lambda: ran.append(threading.current_thread().name))
    assert ran == [threading.current_thread().name]


def test_nothing_on_the_line_is_nothing_to_wait_for() -> None:
    lanes = Lanes()
    lanes.wait_for_one()
    lanes.come_home()
    assert not lanes.busy


def test_questions_leave_the_batches_to_documents_where_very_many_are_sent(
    wide: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide.run()
    assert set(wide.ledger.spared) == {False}
    wide.ledger.spared.clear()
    monkeypatch.setattr(post, "LONG", ORDERS)
    monkeypatch.setattr(ahead, "MOST", BUYERS)
    with wide.books.database.write() as connection:
        sales = [row.id for row in wide.rows(Kind.SALE)]
        connection.execute(delete(exchanges))
        connection.execute(delete(events).where(events.c.posting_id.in_(sales)))
        connection.execute(delete(postings).where(postings.c.id.in_(sales)))
        wide.books.facts.decide_again(connection, wide.connection_id, [str(n) for n in range(1, ORDERS + 1)])
    assert wide.run().agrees
    assert set(wide.ledger.spared) == {True}


def test_what_is_decided_meanwhile_is_looked_up_together(piecemeal: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "WINDOW", 3)
    acquaint(piecemeal)
    Line(piecemeal)
    assert piecemeal.run().agrees
    asked = [numbers for kind, numbers in piecemeal.ledger.finds if kind is Kind.SALE]
    assert sum(map(len, asked)) == ORDERS - BUYERS, "each once"
    assert len(asked) < ORDERS / 4, "not every few that are decided"

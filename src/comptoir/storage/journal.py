"""The journal: one row a posting, keyed; what is planned, sent, unknown and in the books. The truth of the road."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, insert, select, update

from comptoir.books.context import Link
from comptoir.books.documents import (
    WAVE_OF,
    Document,
    Kind,
    LedgerId,
    PostingKey,
    SaleDocument,
    Wave,
    awaited,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.books.uses import customer_named
from comptoir.storage.codec import (
    causes_digest,
    document_from_json,
    document_to_json,
    keys_to_json,
    notes_to_json,
    problems_to_json,
    said_from_text,
    said_to_text,
    to_minor,
)
from comptoir.storage.database import Database, in_chunks
from comptoir.storage.postings import IN_FLIGHT, OPEN, Plan, Posting, State, posting_of
from comptoir.storage.proofs import doubt_postings
from comptoir.storage.tables import events, postings
from comptoir.storage.vault import Vault
from comptoir.telemetry import events as told

ROWS_AT_ONCE = 500
"""Rows of a long reading that are held at a time."""
WITHDRAWN = "withdrawn"
"""The rule of a posting that an earlier decision planned and the latest one does not."""


@dataclass(frozen=True, slots=True)
class JournalOwner:
    """Whose rows are written: organization, connection and company."""

    organization_id: int
    connection_id: int
    company: str


@dataclass(frozen=True, slots=True)
class Made:
    """What the ledger holds for a posting. `fingerprint`: how our own fields of it look there."""

    ledger_type: str
    ledger_id: str
    version: str
    total: Money | None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """A posting that the ledger holds: what it made of it, and what is wrong with that."""

    posting: Posting
    state: State
    made: Made
    said: Message
    problems: tuple[Problem, ...] = ()


_SETTLED = (
    "state", "ledger_type", "ledger_id", "ledger_version", "ledger_minor", "fingerprint", "settled_at", "problems",
    "causes",
)  # fmt: skip
_SETTLE = (
    update(postings)
    .where(postings.c.id == bindparam("posting"))
    .values(looked_up=True, **{name: bindparam(name) for name in _SETTLED})
)


Line = tuple[int, State, tuple[Message, ...]]
"""A line of a posting's history: the posting (id), the state it came to, and what is to be said of it."""


class Journal:
    """Every reading and writing of postings; with a `connection`, in the caller's transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database = database
        self._vault = vault

    # Planning

    def plan(self, connection: Connection, owner: JournalOwner, plans: Sequence[Plan], run_id: int) -> int:
        """Write decisions; what has left the house stays as it is. Answers how many rows changed."""
        known = self._rows_by_key(connection, owner.company, [str(plan.key) for plan in plans])
        fresh = [plan for plan in plans if str(plan.key) not in known]
        self._insert(connection, owner, fresh, run_id)
        changed = len(fresh)
        for plan in plans:
            row = known.get(str(plan.key))
            if row is not None and State(row.state) in OPEN:
                self._replace(connection, row, plan, run_id)
                changed += 1
        return changed

    def _insert(self, connection: Connection, owner: JournalOwner, plans: Sequence[Plan], run_id: int) -> None:
        """All at once: a statement each costs more than the decision that it writes down."""
        if not plans:
            return
        rows = [
            {
                "organization_id": owner.organization_id,
                "connection_id": owner.connection_id,
                "company": owner.company,
                "key": str(plan.key),
                "store": plan.key.store,
                "kind": plan.key.kind.value,
                "source_id": plan.key.source_id,
                "part": plan.key.part,
                "generation": 0,
                "revision": 0,
                "wave": WAVE_OF[plan.key.kind].value,
                "looked_up": False,
                **self._plan_values(plan, run_id),
            }
            for plan in plans
        ]
        connection.execute(insert(postings), rows)
        ids = self._ids_by_key(connection, owner.company, [row["key"] for row in rows])
        notes = [(ids[str(plan.key)], plan.state, _said_by(plan)) for plan in plans]
        self._note(connection, owner.organization_id, notes)

    def _replace(self, connection: Connection, row: Row[Any], plan: Plan, run_id: int) -> None:
        values = self._plan_values(plan, run_id)
        if row.state == plan.state and row.problems == values["problems"] and row.rule == plan.rule:
            values.pop("run_id")
        else:
            self._note(connection, row.organization_id, [(row.id, plan.state, _said_by(plan))])
        connection.execute(
            update(postings)
            .where(postings.c.id == row.id)
            .values(revision=row.revision + 1, looked_up=row.looked_up and row.number == plan.number, **values)
        )

    def withdraw(
        self, connection: Connection, owner: JournalOwner, orders: Collection[str], keep: Collection[str]
    ) -> None:
        """Take back what an earlier decision planned for these orders (source ids) and the latest one does not.

        An invoice that never left the house and is a receipt now leaves its planned payments behind: sent, they would
        book the money a second time. Customers and items stay, other orders may wait for them; but not one that the
        ledger refused and that nothing waits for.
        """
        open_ones = [state.value for state in OPEN - {State.SKIPPED}]
        query = select(postings.c.id, postings.c.key).where(
            postings.c.connection_id == owner.connection_id,
            postings.c.company == owner.company,
            postings.c.order_source_id.in_(orders),
            postings.c.wave != Wave.LISTS.value,
            postings.c.state.in_(open_ones),
        )
        gone = [identity for identity, key in connection.execute(query) if key not in keep]
        for row in self.select(connection, postings.c.id.in_(gone)) if gone else ():
            self.leave_out(connection, row, WITHDRAWN, Message("the order no longer asks for it"), problems=())
        self._withdraw_refused(connection, owner, orders, keep)

    def _withdraw_refused(
        self, connection: Connection, owner: JournalOwner, orders: Collection[str], keep: Collection[str]
    ) -> None:
        """Take back the held customers and items of these orders that nothing waits for any more."""
        held = (
            postings.c.connection_id == owner.connection_id,
            postings.c.company == owner.company,
            postings.c.order_source_id.in_(orders),
            postings.c.wave == Wave.LISTS.value,
            postings.c.state == State.HELD.value,
        )
        for row in self.select(connection, *held):
            if str(row.key) not in keep and not self._is_awaited(connection, owner.company, row.key):
                said = Message("no order asks for it any more")
                self.leave_out(connection, row, WITHDRAWN, said, problems=())

    def _is_awaited(self, connection: Connection, company: str, key: PostingKey) -> bool:
        on_their_way = [state.value for state in (OPEN | IN_FLIGHT) - {State.SKIPPED}]
        return self.any(
            connection,
            postings.c.company == company,
            postings.c.state.in_(on_their_way),
            postings.c.awaits.contains(keys_to_json([key])[1:-1], autoescape=True),
        )

    def _plan_values(self, plan: Plan, run_id: int) -> dict[str, Any]:
        document = self._vault.seal(plan.document, _place(str(plan.key))) if plan.document is not None else None
        money = plan.store_total or plan.meant
        return {
            "order_source_id": plan.order_source_id,
            "order_number": plan.order_number,
            "state": plan.state.value,
            "document_type": plan.document_type,
            "document": document,
            "awaits": keys_to_json(plan.awaits),
            "line_count": plan.line_count,
            "number": plan.number,
            "marker": plan.marker,
            "dated": plan.dated,
            "currency": money.currency if money else None,
            "store_minor": _minor(plan.store_total),
            "meant_minor": _minor(plan.meant),
            **_held_by(plan.problems),
            "rule": plan.rule,
            "rule_text": notes_to_json((plan.why,)) if plan.why else None,
            "notes": notes_to_json(plan.notes) if plan.notes else None,
            "redeemed": keys_to_json(plan.redeemed),
            "account": plan.account or "",
            "customer": plan.customer,
            "run_id": run_id,
        }

    def links(self, connection: Connection, company: str) -> dict[PostingKey, Link]:
        """Every customer and item posting of the company that others may wait for.

        One that is held is decided anew with the order that asks for it: it may be another in today's settings.
        """
        key = (postings.c.store, postings.c.kind, postings.c.source_id, postings.c.part)
        columns = (*key, postings.c.number, postings.c.ledger_id)
        rows = connection.execute(
            select(*columns).where(*of_lists(company, frozenset(State) - {State.SKIPPED, State.UNDONE, State.HELD}))
        )
        return {
            PostingKey(StoreIdentity(store), Kind(kind), SourceId(source), part): Link(
                number or "", LedgerId(record) if record else None
            )
            for store, kind, source, part, number, record in rows
        }

    # Reading

    def document(self, posting: Posting) -> Document:
        """The document of a planned or posted row."""
        if posting.document_type is None or posting.sealed_document is None:
            raise AssertionError(f"{posting.key} has no document")
        return document_from_json(
            posting.document_type, self._vault.unseal(posting.sealed_document, _place(str(posting.key)))
        )

    def select(self, connection: Connection, *where: Any, limit: int | None = None) -> list[Posting]:
        """Rows in the order in which they were planned."""
        query = select(postings).where(*where).order_by(postings.c.id)
        if limit is not None:
            query = query.limit(limit)
        return [posting_of(row, row.document) for row in connection.execute(query)]

    def stream(self, *where: Any) -> Iterator[Posting]:
        """Every row that fits, whole, in the order of planning; few at a time, however many there are."""
        after = 0
        while True:
            with self.database.read() as connection:
                rows = self.select(connection, postings.c.id > after, *where, limit=ROWS_AT_ONCE)
            yield from rows
            if len(rows) < ROWS_AT_ONCE:
                return
            after = rows[-1].id

    def outlines(self, connection: Connection, *where: Any, limit: int | None = None) -> list[Posting]:
        """Rows in the order in which they were planned, without their sealed documents, which are most of the bytes."""
        columns = [column for column in postings.c if column is not postings.c.document]
        query = select(*columns).where(*where).order_by(postings.c.id).limit(limit)
        return [posting_of(row, None) for row in connection.execute(query)]

    def still_planned(self, connection: Connection, rows: Sequence[Posting]) -> list[Posting]:
        """Those of `rows` that are planned under the same number as when they were read."""
        now: dict[int, str] = {}
        for chunk in in_chunks([row.id for row in rows]):
            planned = postings.c.id.in_(chunk) & (postings.c.state == State.PLANNED.value)
            query = select(postings.c.id, postings.c.number).where(planned)
            now |= {row.id: row.number or "" for row in connection.execute(query)}
        return [row for row in rows if now.get(row.id) == row.number]

    def by_keys(self, connection: Connection, company: str, keys: Iterable[str]) -> dict[str, Posting]:
        """The rows of these keys, as far as they exist."""
        return {
            key: posting_of(row, row.document)
            for key, row in self._rows_by_key(connection, company, list(keys)).items()
        }

    def by_records(self, connection: Connection, company: str, ids: Collection[LedgerId]) -> list[Posting]:
        """The postings that made the records of these ids; of several types, ids may be the same."""
        found: list[Posting] = []
        for chunk in in_chunks(ids):
            found += self.select(
                connection,
                postings.c.company == company,
                postings.c.ledger_id.in_(chunk),
                postings.c.wave.not_in([Wave.LISTS.value, Wave.AMENDMENTS.value]),
            )
        return found

    def orders_of_record(
        self, company: str, ledger_type: str, ledger_id: LedgerId, but_settled: tuple[datetime, datetime] | None
    ) -> list[tuple[int, SourceId]]:
        """Connection and order of the postings that made this record; none while the order was at work in that span."""
        own = (postings.c.company == company) & (postings.c.ledger_id == ledger_id)
        own &= (postings.c.ledger_type == ledger_type) & (postings.c.wave != Wave.LISTS.value)
        query = select(postings.c.connection_id, postings.c.order_source_id).where(own).distinct()
        with self.database.read() as connection:
            found = [(place, SourceId(order)) for place, order in connection.execute(query)]
            if but_settled is None:
                return found
            return [each for each in found if not self._was_at_work(connection, *each, *but_settled)]

    def _was_at_work(
        self, connection: Connection, connection_id: int, order: SourceId, since: datetime, until: datetime
    ) -> bool:
        mine = (postings.c.connection_id == connection_id) & (postings.c.order_source_id == order)
        return self.any(connection, mine, postings.c.settled_at.between(since, until))

    def for_order(self, organization_id: int, number: str) -> list[Posting]:
        """Every posting of the orders of this number, oldest first."""
        with self.database.read() as connection:
            return self.select(
                connection,
                postings.c.organization_id == organization_id,
                postings.c.order_number == number,
                postings.c.wave != Wave.LISTS.value,
            )

    def history(self, posting_id: int) -> list[tuple[datetime, State, tuple[Message, ...]]]:
        """What happened to a posting, oldest first, and what is to be said of it."""
        with self.database.read() as connection:
            rows = connection.execute(
                select(events.c.at, events.c.state, events.c.detail)
                .where(events.c.posting_id == posting_id)
                .order_by(events.c.id)
            )
            return [(at, State(state), said_from_text(detail)) for at, state, detail in rows]

    def orders(self, connection: Connection, connection_id: int) -> Iterator[SourceId]:
        """The source ids of every order that has a posting."""
        query = select(postings.c.order_source_id).where(
            postings.c.connection_id == connection_id, postings.c.wave != Wave.LISTS.value
        )
        return map(SourceId, connection.scalars(query.distinct()))

    def count(self, connection: Connection, *where: Any) -> int:
        """How many rows fit."""
        return int(connection.execute(select(func.count()).select_from(postings).where(*where)).scalar_one())

    def any(self, connection: Connection, *where: Any) -> bool:
        """Whether any row fits."""
        return connection.execute(select(postings.c.id).where(*where).limit(1)).first() is not None

    def _ids_by_key(self, connection: Connection, company: str, keys: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for chunk in in_chunks(keys):
            ours = (postings.c.company == company) & postings.c.key.in_(chunk)
            found |= {row.key: row.id for row in connection.execute(select(postings.c.key, postings.c.id).where(ours))}
        return found

    def _rows_by_key(self, connection: Connection, company: str, keys: Sequence[str]) -> dict[str, Row[Any]]:
        found: dict[str, Row[Any]] = {}
        for chunk in in_chunks(keys):
            query: Select[Any] = select(postings).where(postings.c.company == company, postings.c.key.in_(chunk))
            found |= {row.key: row for row in connection.execute(query)}
        return found

    # Moving

    def reseal(self, connection: Connection, posting: Posting, document: Document) -> None:
        """Keep this document for a row in place of the one that it has; nothing else of it changes."""
        sealed = self._vault.seal(document_to_json(document), _place(str(posting.key)))
        connection.execute(update(postings).where(postings.c.id == posting.id).values(document=sealed))

    def move(self, connection: Connection, posting: Posting, state: State, *said: Message, **values: Any) -> None:
        """Put a row in another state, with what else changes and a line of its history, which says `said`."""
        if "problems" in values:
            values |= _held_by(values["problems"])
        moved = update(postings).where(postings.c.id == posting.id).values(state=state.value, **values)
        organization_id = connection.execute(moved.returning(postings.c.organization_id)).scalar_one()
        self._note(connection, organization_id, [(posting.id, state, said)])

    def leave_out(self, connection: Connection, posting: Posting, rule: str, why: Message, **values: Any) -> None:
        """A rule, or a person, leaves a posting out of the books."""
        self.move(connection, posting, State.SKIPPED, why, rule=rule, rule_text=notes_to_json((why,)), **values)

    def settle(self, connection: Connection, organization_id: int, settlings: Sequence[Settling]) -> None:
        """The ledger holds these postings: remember what, under which ids, and what is wrong with each."""
        if not settlings:
            return
        now = datetime.now(UTC)
        connection.execute(
            _SETTLE,
            [
                {
                    "posting": each.posting.id,
                    "state": each.state.value,
                    "ledger_type": each.made.ledger_type,
                    "ledger_id": each.made.ledger_id,
                    "ledger_version": each.made.version,
                    "ledger_minor": _minor(each.made.total),
                    "fingerprint": each.made.fingerprint or None,
                    "settled_at": now,
                    **_held_by(each.problems),
                }
                for each in settlings
            ],
        )
        self._note(connection, organization_id, [(each.posting.id, each.state, (each.said,)) for each in settlings])

    def hold(self, connection: Connection, posting: Posting, problem: Problem) -> None:
        """A posting meets a problem on its way out; before it is sent again the ledger is asked for it again."""
        self.move(
            connection,
            posting,
            State.HELD,
            problem.what,
            problems=(problem,),
            batch_id=None,
            slot=None,
            looked_up=False,
        )
        told.emit(told.Kind.DOCUMENT_HELD, posting=posting.id, kind=posting.key.kind.value, code=problem.code)

    def forget_entry(self, connection: Connection, posting: Posting) -> None:
        """The ledger no longer holds what was made for a posting."""
        connection.execute(
            update(postings)
            .where(postings.c.id == posting.id)
            .values(
                ledger_type=None,
                ledger_id=None,
                ledger_version=None,
                ledger_minor=None,
                accepted_minor=None,
                fingerprint=None,
                looked_up=False,
            )
        )

    def aim(self, connection: Connection, posting: Posting, version: str) -> None:
        """The target of a rewriting was looked at and may be written over in this version."""
        connection.execute(
            update(postings).where(postings.c.id == posting.id).values(looked_up=True, ledger_version=version)
        )

    def rewrite(
        self,
        connection: Connection,
        target: Posting,
        document: SaleDocument,
        store_total: Money | None,
        made: Made,
        problems: tuple[Problem, ...],
    ) -> None:
        """The ledger holds `document` in the place of what `target` posted; `problems` says what is wrong with it."""
        self.move(
            connection,
            target,
            State.CHANGED if problems else State.POSTED,
            Message("written anew: {total}", {"total": str(document.total)}),
            document=self._vault.seal(document_to_json(document), _place(str(target.key))),
            awaits=keys_to_json(awaited(document)),
            line_count=len(document.lines),
            redeemed=keys_to_json(document.redeemed),
            account=document.deposit_account or "",
            customer=customer_named(document),
            store_minor=_minor(store_total),
            meant_minor=to_minor(document.total),
            ledger_version=made.version,
            ledger_minor=_minor(made.total),
            fingerprint=made.fingerprint or None,
            problems=problems,
        )

    def note_books(
        self, connection: Connection, posting: Posting, state: State, said: Message, total: Money | None
    ) -> None:
        """The books hold a document otherwise than we left it, or again as we left it."""
        self.move(connection, posting, state, said, ledger_minor=_minor(total))

    def accept(self, connection: Connection, posting: Posting, made: Made) -> None:
        """The user keeps a document as the books have it: that is now what was meant."""
        before, meant, kept = (to_minor(each) if each else 0 for each in (posting.accepted, posting.meant, made.total))
        self.move(
            connection,
            posting,
            State.ADOPTED,
            Message("kept as the books have it: {total}", {"total": str(made.total)}),
            accepted_minor=before + meant - kept,
            meant_minor=kept,
            ledger_minor=kept,
            ledger_version=made.version,
            fingerprint=made.fingerprint or None,
        )

    def take_over(self, connection: Connection, posting: Posting, made: Made) -> None:
        """What the books hold is our own although the journal forgot it: it is what was meant."""
        minor = _minor(made.total)
        self.move(
            connection,
            posting,
            State.ADOPTED,
            Message("found in the books: {total}", {"total": str(made.total)}),
            store_minor=minor,
            meant_minor=minor,
            ledger_minor=minor,
            ledger_version=made.version,
            fingerprint=made.fingerprint or None,
        )

    def mark_undone(self, connection: Connection, posting: Posting) -> None:
        """The document is out of the books again; what may take its place one day is of the next generation."""
        self.move(connection, posting, State.UNDONE, generation=posting.generation + 1, problems=())
        self.forget_entry(connection, posting)

    def reopen(self, connection: Connection, posting: Posting) -> None:
        """What was undone, or deleted in the books, may be decided and posted once more."""
        generation = posting.generation + (posting.state is State.GONE)
        self.leave_out(connection, posting, WITHDRAWN, Message("to be posted again"), generation=generation)
        self.forget_entry(connection, posting)

    def mark_looked_up(self, connection: Connection, ids: Collection[int]) -> None:
        """The ledger was asked for the numbers of these postings and has none of them."""
        connection.execute(update(postings).where(postings.c.id.in_(ids)).values(looked_up=True))

    def replace_document(self, connection: Connection, posting: Posting, document: bytes, number: str) -> None:
        """Give a planned row another document, to be looked up under its own number."""
        connection.execute(
            update(postings)
            .where(postings.c.id == posting.id)
            .values(document=self._vault.seal(document, _place(str(posting.key))), number=number, looked_up=False)
        )

    def _note(self, connection: Connection, organization_id: int, notes: Sequence[Line]) -> None:
        """Lines of the histories of these postings (ids), with what each says; their orders are up for proof."""
        now = datetime.now(UTC)
        connection.execute(
            insert(events),
            [
                {
                    "organization_id": organization_id,
                    "posting_id": posting_id,
                    "at": now,
                    "state": state.value,
                    "detail": said_to_text(said),
                }
                for posting_id, state, said in notes
            ],
        )
        doubt_postings(connection, [posting_id for posting_id, _, _ in notes])


def of_lists(company: str, states: Collection[State] = tuple(State)) -> tuple[ColumnElement[bool], ...]:
    """Customers and items of a company. The states are named even where it is any: each leads to few rows."""
    named = postings.c.state.in_(sorted(state.value for state in states))
    return postings.c.company == company, named, postings.c.wave == Wave.LISTS.value


def _said_by(plan: Plan) -> tuple[Message, ...]:
    if plan.problems:
        return tuple(problem.what for problem in plan.problems)
    return (plan.why,) if plan.why else ()


def _held_by(problems: tuple[Problem, ...]) -> dict[str, str | None]:
    """What is wrong with a posting, as its row keeps it."""
    return {"problems": problems_to_json(problems) if problems else None, "causes": causes_digest(problems)}


def _place(key: str) -> str:
    return f"postings/{key}"


def _minor(money: Money | None) -> int | None:
    return to_minor(money) if money else None

"""Orders as their reader looks for them: every order of an organization with where its documents stand, by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from comptoir.books.documents import Kind, Wave
from comptoir.books.facts import SourceId
from comptoir.books.money import MINOR_DIGITS, Money
from comptoir.storage.codec import from_minor
from comptoir.storage.connections import LEDGER, STORE
from comptoir.storage.database import Database, has_part, looked_at, number_in
from comptoir.storage.held import LISTS
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import State
from comptoir.storage.tables import connections, facts, postings

Found = set[int] | ColumnElement[bool]
"""The ids of few orders, or what many meet."""
PAGE = 50
FEW = 2000
"""So many orders are found first and then put in order; of more, the latest are come by quickly in order."""
SEVERAL = 25_000
"""Up to so many the database finds and puts in order: all of them may be old, and the latest then long to come by."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for. `number` and `customer` are parts of them; `amount` is the order's own, in any currency.

    `with_any` and `without`: states of which the order has a document, or has none.
    """

    number: str = ""
    amount: Decimal | None = None
    customers: frozenset[str] = frozenset()
    """The customers whose name fits, as postings name them (`books.uses.customer_named`)."""
    with_any: frozenset[State] = frozenset()
    without: frozenset[State] = frozenset()


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list. `states` are those of its documents, without what an earlier decision had planned."""

    fact_id: int
    connection_id: int
    source_id: SourceId
    number: str
    placed_at: datetime
    total: Money | None
    states: frozenset[State]


@dataclass(frozen=True, slots=True)
class OrderPage:
    """Orders, the latest first; `after` is where the next page begins, "" at the end."""

    rows: tuple[OrderRow, ...]
    after: str


class Orders:
    """Looks orders up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, organization_id: int, wanted: Wanted, after: str = "") -> OrderPage:
        """A page of the orders that fit; an `after` that is none of ours begins at the beginning."""
        with self._database.read() as connection:
            conditions = _conditions(connection, organization_id, wanted)
        query = (
            select(facts.c.id, facts.c.connection_id, facts.c.source_id, facts.c.number, facts.c.placed_at)
            .where(*conditions)
            .order_by(facts.c.placed_at.desc(), facts.c.id.desc())
            .limit(PAGE + 1)
        )
        at, _, last = after.partition("~")
        before = number_in(last)
        if before is not None and _is_moment(at):
            moment = datetime.fromisoformat(at)
            earlier = (facts.c.placed_at == moment) & (facts.c.id < before)
            query = query.where(or_(facts.c.placed_at < moment, earlier))
        with self._database.read() as connection:
            found = list(connection.execute(query))
            standing = self._standing(connection, [(row.connection_id, row.source_id) for row in found[:PAGE]])
        rows = tuple(
            OrderRow(
                row.id,
                row.connection_id,
                SourceId(row.source_id),
                row.number,
                row.placed_at,
                *standing.get((row.connection_id, row.source_id), (None, frozenset())),
            )
            for row in found[:PAGE]
        )
        more = len(found) > PAGE
        return OrderPage(rows, f"{rows[-1].placed_at.isoformat()}~{rows[-1].fact_id}" if more else "")

    def customers(self, organization_id: int, name: str) -> frozenset[str]:
        """The keys of the customers made for orders whose name has this part."""
        own = (connections.c.organization_id == organization_id) & (connections.c.role == LEDGER)
        with self._database.read() as connection:
            companies = list(connection.scalars(select(connections.c.identity).where(own)))
            query = select(postings.c.key).where(
                postings.c.company.in_(companies),
                postings.c.state.in_([state.value for state in State]),
                postings.c.wave == Wave.LISTS.value,
                looked_at(postings.c.organization_id) == organization_id,
                postings.c.kind == Kind.CUSTOMER.value,
                has_part(connection, postings.c.number, name),
            )
            return frozenset(connection.scalars(query.limit(PAGE)))

    def _standing(
        self, connection: Connection, orders: list[tuple[int, str]]
    ) -> Mapping[tuple[int, str], tuple[Money | None, frozenset[State]]]:
        if not orders:
            return {}
        own = or_(
            *(
                and_(postings.c.connection_id == place, postings.c.order_source_id.in_(ids))
                for place, ids in _grouped(orders).items()
            )
        )
        query = select(
            postings.c.connection_id,
            postings.c.order_source_id,
            postings.c.kind,
            postings.c.part,
            postings.c.state,
            postings.c.rule,
            postings.c.store_minor,
            postings.c.currency,
        ).where(own, postings.c.kind.not_in(LISTS))
        totals: dict[tuple[int, str], Money] = {}
        states: dict[tuple[int, str], set[State]] = {}
        for row in connection.execute(query):
            order = (row.connection_id, row.order_source_id)
            if row.rule != WITHDRAWN:
                states.setdefault(order, set()).add(State(row.state))
            if row.kind == Kind.SALE.value and not row.part and row.store_minor is not None:
                totals[order] = from_minor(row.store_minor, row.currency)
        return {order: (totals.get(order), frozenset(states.get(order, set()))) for order in orders}


def _grouped(orders: list[tuple[int, str]]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for place, source in orders:
        found.setdefault(place, []).append(source)
    return found


def _conditions(connection: Connection, organization_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What an order must meet. Where few do, they are named by their ids: the database then reads those alone."""
    mine, latest = facts.c.organization_id == organization_id, facts.c.current.is_(True)
    looks = [*_looked_for(connection, organization_id, wanted)]
    found: list[ColumnElement[bool]] = []
    few: list[set[int]] = []
    if looks and all(isinstance(each, set) for each in looks):
        few.append(set().union(*(each for each in looks if isinstance(each, set))))
    elif looks:
        found.append(or_(*(facts.c.id.in_(each) if isinstance(each, set) else each for each in looks)))
    if wanted.with_any:
        stores = select(connections.c.id).where(
            connections.c.organization_id == organization_id, connections.c.role == STORE
        )
        places = list(connection.scalars(stores))
        states = [state.value for state in wanted.with_any]
        theirs = looked_at(facts.c.organization_id) == organization_id
        is_like = postings.c.state.in_(states)
        have = _has(connection, theirs, postings.c.connection_id.in_(places), is_like)
        if isinstance(have, set):
            few.append(have)
        elif _are_several(connection, postings.c.connection_id.in_(places), is_like):
            mine, latest = theirs, looked_at(facts.c.current).is_(True)
            found.append(_named(places, is_like))
        else:
            found.append(have)
    if wanted.without:
        found.append(~_exists(postings.c.state.in_([state.value for state in wanted.without])))
    return [facts.c.id.in_(set.intersection(*few)) if few else mine, latest, *found]


def _looked_for(connection: Connection, organization_id: int, wanted: Wanted) -> Iterator[Found]:
    """What was typed may be any of these."""
    mine = facts.c.organization_id == organization_id
    theirs = looked_at(facts.c.organization_id) == organization_id
    own = postings.c.organization_id == organization_id
    is_sale = looked_at(postings.c.kind) == Kind.SALE.value
    if wanted.number:
        fits = has_part(connection, facts.c.number, wanted.number)
        ids = set(connection.scalars(select(facts.c.id).where(mine, fits).limit(FEW + 1)))
        yield ids if len(ids) <= FEW else fits
    if wanted.amount is not None:
        minors = [int(wanted.amount.scaleb(places)) for places in (0, 2, 3)]
        yield _has(connection, theirs, own & postings.c.store_minor.in_(minors), is_sale & _amounts_to(wanted.amount))
    if wanted.customers:
        yield _has(connection, theirs, own, is_sale & postings.c.customer.in_(sorted(wanted.customers)))


def _amounts_to(amount: Decimal) -> ColumnElement[bool]:
    """The amount in minor units, as many as its currency has."""
    digits = sorted({*MINOR_DIGITS.values(), 2})
    minor = {places: amount.scaleb(places) for places in digits}
    by_digits = {places: [code for code, own in MINOR_DIGITS.items() if own == places] for places in digits}
    others = postings.c.currency.not_in(list(MINOR_DIGITS))
    return or_(
        *(
            (others if places == 2 else postings.c.currency.in_(by_digits[places]))  # noqa: PLR2004 - cents
            & (postings.c.store_minor == int(minor[places]))
            for places in digits
            if minor[places] == int(minor[places])
        )
    )


def _has(
    connection: Connection, theirs: ColumnElement[bool], scope: ColumnElement[bool], which: ColumnElement[bool]
) -> Found:
    """The orders that have a document like that, which the latest decision still asks for.

    `scope` says where documents of the organization are looked for; that of one order is found by the order itself.
    """
    query = select(postings.c.connection_id, postings.c.order_source_id).where(*_told(), scope, which)
    rows = connection.execute(query.limit(FEW + 1)).all()
    if len(rows) > FEW:  # there are more of them, though several may be one order's
        return _exists(which)
    orders = sorted({(place, source) for place, source in rows})
    found: set[int] = set()
    for place, sources in _grouped(orders).items():
        here = (facts.c.connection_id == place) & facts.c.source_id.in_(sources)
        found |= set(connection.scalars(select(facts.c.id).where(here, theirs)))
    return found


def _are_several(connection: Connection, scope: ColumnElement[bool], which: ColumnElement[bool]) -> bool:
    """Whether no more documents than SEVERAL are like that."""
    beyond = select(postings.c.connection_id).where(*_told(), scope, which).limit(1).offset(SEVERAL)
    return connection.execute(beyond).first() is None


def _named(places: Sequence[int], which: ColumnElement[bool]) -> ColumnElement[bool]:
    """The orders of these connections that have a document like that, found by their documents."""
    return or_(
        *(
            (facts.c.connection_id == place)
            & facts.c.source_id.in_(
                select(postings.c.order_source_id).where(*_told(), postings.c.connection_id == place, which)
            )
            for place in places
        )
    )


def _exists(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            postings.c.connection_id == facts.c.connection_id,
            postings.c.order_source_id == facts.c.source_id,
            *_told(),
            which,
        )
    )


def _told() -> tuple[ColumnElement[bool], ...]:
    return (postings.c.kind.not_in(LISTS), func.coalesce(postings.c.rule, "") != WITHDRAWN)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False

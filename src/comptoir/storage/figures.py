"""What the rows of the journal come to: how many stand where, sums by day and by account."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select, update

from comptoir.books.documents import JournalDocument, Kind, LedgerId, Wave
from comptoir.books.money import Money
from comptoir.books.uses import customer_named, money_account
from comptoir.storage.codec import from_minor
from comptoir.storage.journal import ROWS_AT_ONCE, Journal
from comptoir.storage.postings import IN_BOOKS, State
from comptoir.storage.tables import postings


class Figures:
    """Every counting and adding up of a store's postings, by the database."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._database = journal.database

    def counts(self, connection: Connection, connection_id: int) -> Counter[tuple[Kind, State]]:
        """How many postings of each kind stand where."""
        rows = connection.execute(
            select(postings.c.kind, postings.c.state, func.count())
            .where(postings.c.connection_id == connection_id)
            .group_by(postings.c.kind, postings.c.state)
        )
        return Counter({(Kind(kind), State(state)): count for kind, state, count in rows})

    def standing(self, connection_id: int, states: Collection[State]) -> Counter[State]:
        """How many postings stand in these states; quick where they are few."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(postings.c.state, func.count())
                .where(
                    postings.c.connection_id == connection_id, postings.c.state.in_([state.value for state in states])
                )
                .group_by(postings.c.state)
            )
            return Counter({State(state): count for state, count in rows})

    def dates(self, connection: Connection, connection_id: int) -> tuple[date | None, date | None]:
        """The first and the last day of what a store connection has in the books; None where it has nothing there."""
        query = select(func.min(postings.c.dated), func.max(postings.c.dated)).where(
            postings.c.connection_id == connection_id, postings.c.state.in_([state.value for state in IN_BOOKS])
        )
        first, last = connection.execute(query).one()
        return first, last

    def days(self, connection_id: int, most: int) -> list[tuple[date, Money]]:
        """Sales less refunds as the books hold them, by day and currency: the latest `most` days, oldest first."""
        mine = (postings.c.connection_id == connection_id) & postings.c.dated.is_not(None)
        days = select(postings.c.dated).where(mine).distinct().order_by(postings.c.dated.desc()).limit(most)
        held = func.sum(postings.c.ledger_minor)
        with self._database.read() as connection:
            since = min(connection.scalars(days), default=date.max)
            rows = connection.execute(
                select(postings.c.dated, postings.c.currency, postings.c.kind, held)
                .where(
                    mine,
                    postings.c.dated >= since,
                    postings.c.kind.in_([Kind.SALE.value, Kind.REFUND.value]),
                    postings.c.state.in_([state.value for state in IN_BOOKS]),
                    postings.c.ledger_minor.is_not(None),
                )
                .group_by(postings.c.dated, postings.c.currency, postings.c.kind)
                .order_by(postings.c.dated)
            )
            found: dict[tuple[date, str], int] = {}
            for day, currency, kind, minor in rows:
                sign = 1 if kind == Kind.SALE.value else -1
                found[day, currency] = found.get((day, currency), 0) + sign * int(minor)
        return [(day, from_minor(minor, currency)) for (day, currency), minor in found.items()]

    def money(self, connection_id: int) -> list[tuple[LedgerId, Kind, Money]]:
        """What documents in the books put into accounts and took from them, by account, kind and currency."""
        rows = self._money(connection_id)
        if any(each.account is None for each in rows):
            self._learn_accounts(connection_id)
            rows = self._money(connection_id)
        known = (each for each in rows if each.account)
        return [(LedgerId(each.account), Kind(each.kind), from_minor(int(each.minor), each.currency)) for each in known]

    def openings(self, connection_id: int) -> list[tuple[LedgerId, Money]]:
        """What each opening balance in the books added to the debits of its account, its other side too."""
        booked = (
            postings.c.connection_id == connection_id,
            postings.c.kind == Kind.JOURNAL.value,
            postings.c.state.in_([state.value for state in IN_BOOKS]),
        )
        with self._database.read() as connection:
            rows = self._journal.select(connection, *booked)
        documents = (self._journal.document(row) for row in rows)
        entries = (each for each in documents if isinstance(each, JournalDocument))
        return [(line.account, line.signed) for entry in entries for line in entry.lines]

    def _money(self, connection_id: int) -> list[Any]:
        told = (postings.c.account, postings.c.kind, postings.c.currency)
        query = select(*told, func.sum(postings.c.ledger_minor).label("minor")).where(
            postings.c.connection_id == connection_id,
            postings.c.dated.is_not(None),
            postings.c.state.in_([state.value for state in IN_BOOKS]),
            postings.c.ledger_minor.is_not(None),
        )
        with self._database.read() as connection:
            return list(connection.execute(query.group_by(*told)))

    def _learn_accounts(self, connection_id: int) -> None:
        """Note which account each document moves money of, where its row is from before that was kept."""
        unknown = (
            postings.c.connection_id == connection_id,
            postings.c.account.is_(None),
            postings.c.document.is_not(None),
            postings.c.wave != Wave.LISTS.value,
        )
        while True:
            with self._database.write() as connection:
                rows = self._journal.select(connection, *unknown, limit=ROWS_AT_ONCE)
                for row in rows:
                    document = self._journal.document(row)
                    values = {"account": money_account(document) or "", "customer": customer_named(document)}
                    connection.execute(update(postings).where(postings.c.id == row.id).values(**values))
            if len(rows) < ROWS_AT_ONCE:
                return

"""The rows of proofs that runs made, in pages: a reader takes a page of one part, not all that a proof tells."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, select, tuple_, update

from comptoir.books.documents.forgetting import telling_words
from comptoir.storage.database import Database
from comptoir.storage.nameless import nameless_json
from comptoir.storage.tables import proof_pages, runs


@dataclass(frozen=True, slots=True)
class ProofPage:
    """Rows of one part of a proof, as a JSON list; the first page of a part is its number 1."""

    part: str
    number: int
    rows: str


class ProofPages:
    """Every reading and writing of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, connection: Connection, organization_id: int, run_id: int, pages: Iterable[ProofPage]) -> None:
        """Keep the rows of a run's proof, and no others."""
        connection.execute(delete(proof_pages).where(proof_pages.c.run_id == run_id))
        mine = {"organization_id": organization_id, "run_id": run_id}
        rows = [{**mine, "part": each.part, "page": each.number, "content": _packed(each.rows)} for each in pages]
        if rows:
            connection.execute(insert(proof_pages), rows)

    def some(self, run_id: int, wanted: Collection[tuple[str, int]]) -> list[ProofPage]:
        """Those of these pages (part and number) that there are."""
        with self._database.read() as connection:
            return self._of(connection, run_id, tuple_(proof_pages.c.part, proof_pages.c.page).in_(wanted))

    def all(self, run_id: int, *parts: str) -> list[ProofPage]:
        """Every page of a run, or of some of its parts, in their order."""
        with self._database.read() as connection:
            return self._of(connection, run_id, *([proof_pages.c.part.in_(parts)] if parts else []))

    def forget(self, connection: Connection, connection_id: int, texts: Collection[str]) -> None:
        """Remove these personal texts from the messages of what proofs told of this connection."""
        words = telling_words(texts)
        mine = select(runs.c.id).where(runs.c.connection_id == connection_id).order_by(runs.c.id)
        for run_id in connection.scalars(mine).all() if words else ():
            for page in self._of(connection, run_id):
                told = nameless_json(page.rows, words)
                if told is not None and told != page.rows:
                    this = (proof_pages.c.part == page.part) & (proof_pages.c.page == page.number)
                    here = update(proof_pages).where(proof_pages.c.run_id == run_id, this)
                    connection.execute(here.values(content=_packed(told)))

    def _of(self, connection: Connection, run_id: int, *which: ColumnElement[bool]) -> list[ProofPage]:
        told = (proof_pages.c.part, proof_pages.c.page, proof_pages.c.content)
        query = select(*told).where(proof_pages.c.run_id == run_id, *which)
        rows = connection.execute(query.order_by(proof_pages.c.part, proof_pages.c.page))
        return [ProofPage(part, number, zlib.decompress(content).decode()) for part, number, content in rows]


def _packed(rows: str) -> bytes:
    """What is alike in many rows, as the problem that holds them, is kept about once."""
    return zlib.compress(rows.encode())

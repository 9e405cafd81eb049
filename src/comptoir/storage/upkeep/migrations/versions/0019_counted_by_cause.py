"""What is held is counted by what holds it."""

from __future__ import annotations

import hashlib
import json

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

ROWS_AT_ONCE = 1000


def upgrade() -> None:
    op.add_column("postings", sa.Column("causes", sa.String(64)))
    _name_causes()
    columns = ["connection_id", "company", "causes", "id", "kind", "currency", "store_minor", "state"]
    held = sa.text("state = 'held'")
    op.create_index("ix_postings_held", "postings", columns, sqlite_where=held, postgresql_where=held)


def _name_causes() -> None:
    """Of what is held already; a problem without a cause of its own stands for its code."""
    columns: list[sa.ColumnClause[str]] = [sa.column(name, sa.Text()) for name in ("problems", "causes", "state")]
    postings = sa.table("postings", sa.column("id", sa.BigInteger()), *columns)
    connection, after = op.get_bind(), 0
    while True:
        wanted = (postings.c.id > after) & (postings.c.state == "held")
        query = sa.select(postings.c.id, postings.c.problems).where(wanted)
        rows = connection.execute(query.order_by(postings.c.id).limit(ROWS_AT_ONCE)).all()
        for row in rows:
            causes = sorted({each.get("cause") or each["code"] for each in json.loads(row.problems)})
            digest = hashlib.sha256(json.dumps(causes).encode()).hexdigest()
            connection.execute(sa.update(postings).where(postings.c.id == row.id).values(causes=digest))
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].id

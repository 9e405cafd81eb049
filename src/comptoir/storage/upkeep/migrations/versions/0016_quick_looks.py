"""What Home tells, and orders by customer, without reading every document."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ROWS_AT_ONCE = 1000


def _words(length: int) -> sa.types.TypeEngine[str]:
    return sa.String(length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    op.add_column("postings", sa.Column("account", _words(64)))
    op.add_column("postings", sa.Column("customer", _words(400)))
    _name_customers()
    columns = ["connection_id", "dated", "kind", "state", "account", "currency", "ledger_minor"]
    op.create_index("ix_postings_days", "postings", columns)
    op.create_index("ix_postings_organization_id_customer", "postings", ["organization_id", "customer"])


def _name_customers() -> None:
    """Whom sales are for, as far as the row says it without its sealed document: those that wait for a customer."""
    columns: list[sa.ColumnClause[str]] = [sa.column(name, sa.Text()) for name in ("kind", "awaits", "customer")]
    postings = sa.table("postings", sa.column("id", sa.BigInteger()), *columns)
    connection, after = op.get_bind(), 0
    while True:
        wanted = (postings.c.id > after) & postings.c.kind.in_(["sale", "refund"])
        query = sa.select(postings.c.id, postings.c.awaits).where(wanted, postings.c.awaits.contains("/customer"))
        rows = connection.execute(query.order_by(postings.c.id).limit(ROWS_AT_ONCE)).all()
        for row in rows:
            keys = [key for key in json.loads(row.awaits) if "/customer" in key]
            connection.execute(sa.update(postings).where(postings.c.id == row.id).values(customer=keys[0]))
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1].id

"""One run of a connection at a time, and no limit on the length of what comes from outside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

FROM_OUTSIDE = {
    "organizations": ("name",),
    "connections": ("identity", "title"),
    "facts": ("store", "source_id", "number"),
    "postings": (
        "company",
        "key",
        "store",
        "source_id",
        "order_source_id",
        "order_number",
        "number",
        "ledger_id",
        "ledger_version",
        "rule",
    ),
    "batches": ("company",),
    "choices": ("order_source_id",),
    "fences": ("subject",),
}
RUNNING = sa.text("state = 'running'")


def upgrade() -> None:
    op.execute(
        "UPDATE runs SET state = 'failed' WHERE state = 'running' AND id NOT IN "
        "(SELECT max(id) FROM runs WHERE state = 'running' GROUP BY connection_id)"
    )
    op.create_index(
        "uq_runs_running", "runs", ["connection_id"], unique=True, sqlite_where=RUNNING, postgresql_where=RUNNING
    )
    if op.get_bind().dialect.name == "postgresql":  # SQLite never counted
        for table, columns in FROM_OUTSIDE.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.Text())

"""Reports: what a run came to, and the outbox of those that go by e-mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(length=27)


def upgrade() -> None:
    with op.batch_alter_table("runs") as runs:
        runs.add_column(sa.Column("report", sa.Text(), nullable=True))
    op.create_table(
        "reports",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("first_run_id", ID, nullable=False),
        sa.Column("last_run_id", ID, nullable=False),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("planned_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("next_try_at", TIME, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=True),
        sa.Column("settled_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_reports_organization_id")),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_reports_connection_id")),
        sa.ForeignKeyConstraint(["first_run_id"], ["runs.id"], name=op.f("fk_reports_first_run_id")),
        sa.ForeignKeyConstraint(["last_run_id"], ["runs.id"], name=op.f("fk_reports_last_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(op.f("ix_reports_state_next_try_at"), "reports", ["state", "next_try_at"])
    op.create_index(op.f("ix_reports_connection_id_id"), "reports", ["connection_id", "id"])

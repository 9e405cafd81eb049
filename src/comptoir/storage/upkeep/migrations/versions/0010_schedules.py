"""When each store is synchronized by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("connection_id", _id(), autoincrement=False, nullable=False),
        sa.Column("organization_id", _id(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("period_seconds", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("waits_for", sa.String(length=200), nullable=False),
        sa.Column("last_slot", sa.String(length=27), nullable=True),
        sa.Column("run_id", _id(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("terms_version", sa.String(length=16), nullable=True),
        sa.Column("terms_accepted_at", sa.String(length=27), nullable=True),
        sa.Column("terms_accepted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_schedules_connection_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_schedules_organization_id")),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_schedules_run_id")),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_schedules")),
    )
    op.create_index(op.f("ix_schedules_due_at"), "schedules", ["due_at"])
    op.create_index(op.f("ix_schedules_waits_for"), "schedules", ["waits_for"])
    op.create_index(op.f("ix_runs_connection_id"), "runs", ["connection_id"])

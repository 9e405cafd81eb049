"""Settings that are being chosen: kept apart from those in force."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("connection_id", _id(), autoincrement=False, nullable=False),
        sa.Column("organization_id", _id(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("looked", sa.LargeBinary(), nullable=True),
        sa.Column("trial", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_drafts_connection_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_drafts_organization_id")),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_drafts")),
    )

"""Limits that workers share, and reads that a platform counts by the month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "call_limits",
        sa.Column("bucket", sa.String(200).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("moments", sa.LargeBinary(), nullable=False),
        sa.Column("closed_until", sa.Float(53), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_call_limits_organization_id")),
        sa.PrimaryKeyConstraint("bucket", name=op.f("pk_call_limits")),
    )
    op.create_table(
        "metered_reads",
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_metered_reads_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "platform", "month", name=op.f("pk_metered_reads")),
    )

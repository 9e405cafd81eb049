"""The ledger's lists as they were last read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "known_companies",
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("company", _words(200), nullable=False),
        sa.Column("shape", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("told_at", sa.String(27), nullable=False),
        sa.Column("read_at", sa.String(27), nullable=False),
        sa.Column("looked_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_known_companies_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "company", name=op.f("pk_known_companies")),
    )
    op.create_table(
        "known_records",
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("company", _words(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("ledger_id", _words(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_known_records_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "company", "kind", "ledger_id", name=op.f("pk_known_records")),
    )

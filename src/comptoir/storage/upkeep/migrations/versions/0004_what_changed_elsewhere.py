"""What changed elsewhere: records that are gone from the store, and postings found by what they made in the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.create_index(op.f("ix_postings_company_ledger_id"), ["company", "ledger_id"])
    with op.batch_alter_table("facts") as facts:
        facts.add_column(sa.Column("gone_at", sa.String(length=27), nullable=True))
    with op.batch_alter_table("connections") as connections:
        connections.add_column(sa.Column("swept_at", sa.String(length=27), nullable=True))

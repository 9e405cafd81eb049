"""What was sent for a document and what was answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def _id() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "exchanges",
        sa.Column("posting_id", _id(), autoincrement=False, nullable=False),
        sa.Column("organization_id", _id(), nullable=False),
        sa.Column("batch_id", _id(), nullable=False),
        sa.Column("slot", sa.String(length=4), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["posting_id"], ["postings.id"], name=op.f("fk_exchanges_posting_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_exchanges_organization_id")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_exchanges_batch_id")),
        sa.PrimaryKeyConstraint("posting_id", name=op.f("pk_exchanges")),
    )

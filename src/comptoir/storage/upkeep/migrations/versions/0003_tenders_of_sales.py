"""Which tenders are lines of a sale, outside its sealed document: a proof asks it of every sale."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.add_column(sa.Column("redeemed", sa.Text(), nullable=True))

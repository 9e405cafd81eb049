"""What the user accepts of the books' own version of a document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("postings") as postings:
        postings.add_column(
            sa.Column("accepted_minor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )

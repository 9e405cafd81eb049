"""The proof of a run stands last in its row: whoever wants what stood behind it had to read through it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("runs", sa.Column("moved", sa.Text()))
    op.execute("UPDATE runs SET moved = proof WHERE proof IS NOT NULL")
    op.drop_column("runs", "proof")
    op.alter_column("runs", "moved", new_column_name="proof")

"""Organizations in which everything is made up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"


def upgrade() -> None:
    op.add_column("organizations", sa.Column("is_demo", sa.Boolean(), nullable=False, server_default=sa.false()))

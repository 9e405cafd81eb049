"""What lets pages find few orders among many."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_index("ix_facts_connection_id_source_id", "facts", ["connection_id", "source_id"])
    columns = ["connection_id", "state", "rule", "order_source_id"]
    op.create_index("ix_postings_connection_id_state_rule_order_source_id", "postings", columns)
    op.create_index("ix_postings_organization_id_store_minor", "postings", ["organization_id", "store_minor"])

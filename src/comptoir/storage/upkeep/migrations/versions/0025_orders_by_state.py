"""Orders are found by the state of their documents, and what a run sent by its batches, in an index alone."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.drop_index("ix_postings_connection_id_state_rule_order_source_id", "postings")
    columns = ["connection_id", "state", "order_source_id", "rule", "kind"]
    op.create_index("ix_postings_connection_id_state_order_source_id_rule_kind", "postings", columns)
    op.create_index("ix_batches_run_id", "batches", ["run_id"])

"""What was proven of each order is kept. Every order is up for its first proof."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_Sum = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.Text(), "postgresql")


def upgrade() -> None:
    _add_orders()
    _add_figures()
    op.create_index("ix_postings_connection_id_kind_state", "postings", ["connection_id", "kind", "state"])
    _add_partial_index("ix_postings_warned", "postings", "notes")
    _add_partial_index("ix_postings_accepted", "postings", "accepted_minor")
    op.execute(
        "INSERT INTO proven_orders (organization_id, connection_id, order_source_id) "
        "SELECT organization_id, connection_id, source_id FROM facts WHERE current UNION "
        "SELECT organization_id, connection_id, order_source_id FROM postings WHERE wave != 'lists'"
    )


def _add_orders() -> None:
    op.create_table(
        "proven_orders",
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("connection_id", _Identity, nullable=False),
        sa.Column("order_source_id", _words(64), nullable=False),
        sa.Column("proven_under", sa.String(64)),
        sa.Column("differences", sa.Text()),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_proven_orders_organization_id")
        ),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_proven_orders_connection_id")),
        sa.PrimaryKeyConstraint("connection_id", "order_source_id", name=op.f("pk_proven_orders")),
    )
    columns = ["connection_id", "proven_under"]
    op.create_index("ix_proven_orders_connection_id_proven_under", "proven_orders", columns)
    _add_partial_index("ix_proven_orders_different", "proven_orders", "differences")


def _add_figures() -> None:
    op.create_table(
        "proven_figures",
        sa.Column("id", _Identity, nullable=False),
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("connection_id", _Identity, nullable=False),
        sa.Column("order_source_id", _words(64), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("name", _words(200), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("store_minor", _Sum, nullable=False),
        sa.Column("journal_minor", _Sum, nullable=False),
        sa.Column("ledger_minor", _Sum, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_proven_figures_organization_id")
        ),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f("fk_proven_figures_connection_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proven_figures")),
    )
    columns = ["connection_id", "order_source_id"]
    op.create_index("ix_proven_figures_connection_id_order_source_id", "proven_figures", columns)


def _add_partial_index(name: str, table: str, column: str) -> None:
    rows = sa.text(f"{column} IS NOT NULL")
    op.create_index(name, table, ["connection_id"], sqlite_where=rows, postgresql_where=rows)

"""Reads that a platform meters are counted by the app that they are allowed to."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0026"

_Identity = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The table anew: its key becomes another. It holds a row a month."""
    connection = op.get_bind()
    known = [dict(row) for row in connection.execute(sa.text("SELECT * FROM metered_reads")).mappings()]
    apps = _apps(connection)
    op.drop_table("metered_reads")
    made = op.create_table(
        "metered_reads",
        sa.Column("organization_id", _Identity, nullable=False),
        sa.Column("platform", sa.String(32), nullable=False),
        sa.Column("app", sa.String(200).with_variant(sa.Text(), "postgresql"), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("reads", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_metered_reads_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "platform", "app", "month", name=op.f("pk_metered_reads")),
    )
    rows = [{**row, "app": apps.get((row["organization_id"], row["platform"]), "")} for row in known]
    if rows:
        connection.execute(sa.insert(made), rows)


def _apps(connection: sa.Connection) -> dict[tuple[int, str], str]:
    """The app of each organization's newest real company: what was counted before is taken as read through it."""
    query = sa.text("SELECT organization_id, platform, config FROM connections WHERE role = 'ledger' ORDER BY id")
    apps: dict[tuple[int, str], str] = {}
    for row in connection.execute(query):
        config: dict[str, Any] = json.loads(row.config)
        if config.get("environment", "production") == "production" and config.get("client_id"):
            apps[row.organization_id, row.platform] = config["client_id"]
    return apps

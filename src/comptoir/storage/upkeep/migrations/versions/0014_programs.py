"""Programs: their tokens and what they were answered; hints from platforms, and what people ask of their data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def _id() -> sa.BigInteger:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _words(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.Text(), "postgresql")


def _begin(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("id", _id(), nullable=False),
        sa.Column("organization_id", _id(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f(f"fk_{table}_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    ]


def _of_connection(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("connection_id", _id(), nullable=False),
        sa.Column("delivery_id", _words(200), nullable=False),
        sa.ForeignKeyConstraint(["connection_id"], ["connections.id"], name=op.f(f"fk_{table}_connection_id")),
        sa.UniqueConstraint("connection_id", "delivery_id", name=op.f(f"uq_{table}_connection_id_delivery_id")),
    ]


def upgrade() -> None:
    moment = sa.String(length=27)
    op.create_table(
        "api_tokens",
        *_begin("api_tokens"),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("beginning", sa.String(length=16), nullable=False),
        sa.Column("scope", sa.String(length=8), nullable=False),
        sa.Column("made_by", _id(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=True),
        sa.Column("used_at", moment, nullable=True),
        sa.Column("revoked_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["made_by"], ["users.id"], name=op.f("fk_api_tokens_made_by")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_organization_id"), "api_tokens", ["organization_id"])
    op.create_table(
        "api_answers",
        *_begin("api_answers"),
        sa.Column("token_id", _id(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("begun_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_tokens.id"], name=op.f("fk_api_answers_token_id")),
        sa.UniqueConstraint("token_id", "key", name=op.f("uq_api_answers_token_id_key")),
    )
    op.create_index(op.f("ix_api_answers_begun_at"), "api_answers", ["begun_at"])
    op.create_table(
        "deliveries",
        *_begin("deliveries"),
        *_of_connection("deliveries"),
        sa.Column("topic", _words(100), nullable=False),
        sa.Column("at", moment, nullable=False),
    )
    op.create_index(op.f("ix_deliveries_at"), "deliveries", ["at"])
    op.create_table(
        "privacy_requests",
        *_begin("privacy_requests"),
        *_of_connection("privacy_requests"),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("orders", sa.Text(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("done_at", moment, nullable=True),
        sa.Column("records", sa.Integer(), nullable=False),
    )
    op.create_index(op.f("ix_privacy_requests_organization_id_id"), "privacy_requests", ["organization_id", "id"])

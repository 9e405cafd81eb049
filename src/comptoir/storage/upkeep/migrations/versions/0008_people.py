"""People: accounts, memberships, sessions, links that work once, sign-in attempts, and who changed what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(27)


def reference(own: str, name: str, table: str, *, nullable: bool = True) -> tuple[sa.Column[int], sa.Constraint]:
    key = sa.ForeignKeyConstraint([name], [f"{table}.id"], name=f"fk_{own}_{name}")
    return sa.Column(name, ID, nullable=nullable), key


def upgrade() -> None:
    _accounts()
    _signing_in()
    op.create_table(
        "trail",
        sa.Column("id", ID, nullable=False),
        *reference("trail", "organization_id", "organizations"),
        *reference("trail", "user_id", "users"),
        sa.Column("who", sa.String(320), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trail"),
    )
    op.create_index("ix_trail_organization_id_id", "trail", ["organization_id", "id"])
    op.create_index(
        "ix_facts_organization_id_current_placed_at_id", "facts", ["organization_id", "current", "placed_at", "id"]
    )


def _accounts() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("theme", sa.String(8), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_step", ID),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "memberships",
        sa.Column("id", ID, nullable=False),
        *reference("memberships", "organization_id", "organizations", nullable=False),
        *reference("memberships", "user_id", "users", nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_memberships"),
        sa.UniqueConstraint("organization_id", "user_id", name="uq_memberships_organization_id_user_id"),
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"])


def _signing_in() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        *reference("sessions", "user_id", "users", nullable=False),
        *reference("sessions", "organization_id", "organizations"),
        sa.Column("is_complete", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        *reference("links", "organization_id", "organizations"),
        *reference("links", "user_id", "users"),
        sa.Column("email", sa.String(320)),
        sa.Column("role", sa.String(16)),
        *reference("links", "made_by", "users"),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("token_hash", name="uq_links_token_hash"),
    )
    op.create_index("ix_links_organization_id", "links", ["organization_id"])
    op.create_table(
        "attempts",
        sa.Column("id", ID, nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index("ix_attempts_subject_at", "attempts", ["subject", "at"])

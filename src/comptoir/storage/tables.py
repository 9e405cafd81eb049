"""Every table. Each row belongs to an organization, but for people's accounts, who may belong to several.

Amounts are whole minor units of the row's currency.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger as _BigInteger
from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    false,
    text,
)

from comptoir.storage.database import UtcTime

BigInteger = _BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _words(length: int) -> String:
    """Text from outside. SQLite counts no letters; PostgreSQL would refuse a company with a long name."""
    return String(length).with_variant(Text(), "postgresql")


def _only(rows: ColumnElement[bool] | TextClause) -> dict[str, Any]:
    """An index over these rows alone, where only few rows fit.

    The migrations make it for either database; to name PostgreSQL here would load its dialect at every start.
    """
    return {"sqlite_where": rows}


def _organization() -> Column[int]:
    return Column("organization_id", BigInteger, ForeignKey("organizations.id"), nullable=False)


organizations = Table(
    "organizations",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("name", _words(200), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("is_demo", Boolean, nullable=False, server_default=false()),  # all of it is made up, and is thrown away
)

connections = Table(
    "connections",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("role", String(8), nullable=False),  # store | ledger
    Column("platform", String(32), nullable=False),
    Column("identity", _words(200), nullable=False),
    Column("title", _words(200), nullable=False),
    Column("config", Text, nullable=False),  # JSON: what is needed to connect, no secrets
    Column("secrets", LargeBinary, nullable=False),  # sealed JSON
    Column("tokens", LargeBinary),  # sealed JSON
    Column("settings", Text),  # JSON; stores only
    Column("ledger_connection_id", BigInteger, ForeignKey("connections.id")),
    Column("cursor", Text),
    Column("cursor_until", UtcTime),  # the upper bound of the pass that the cursor belongs to
    Column("fetched_until", UtcTime),  # everything changed before this is here
    Column("swept_at", UtcTime),  # when the store was last asked which of its records are gone
    Column("standing", Text),  # JSON: what the latest test of the connection found
    Column("disconnected_at", UtcTime),  # its secrets are deleted; what was read and posted stays
    Column("created_at", UtcTime, nullable=False),
    UniqueConstraint("organization_id", "role", "identity"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("state_hash", String(64), nullable=False, unique=True),  # of what the platform sends back
    Column("session_hash", String(64), nullable=False),  # not its id: the id of one that ended may be given out again
    Column("platform", String(32), nullable=False),
    Column("connection_id", BigInteger, ForeignKey("connections.id")),  # whose authorization is renewed
    Column("form", LargeBinary, nullable=False),  # sealed JSON: what was filled in, secrets too
    Column("expires_at", UtcTime, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("state", String(16), nullable=False),  # running | finished | failed
    Column("started_at", UtcTime, nullable=False),
    Column("finished_at", UtcTime),
    Column("fetched", Integer, nullable=False, default=0),
    Column("decided", Integer, nullable=False, default=0),
    Column("posted", Integer, nullable=False, default=0),
    Column("problem", Text),
    Column("report", Text),  # JSON: what the run came to, as its report tells it
    Column("proof", Text),  # JSON: what its proof came to, without its rows
    Index(
        "uq_runs_running",  # one at a time for a connection
        "connection_id",
        unique=True,
        **_only(text("state = 'running'")),
    ),
    Index(None, "connection_id"),
)

proof_pages = Table(
    "proof_pages",
    metadata,
    Column("run_id", BigInteger, ForeignKey("runs.id"), primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),  # which rows: held, differences, days of a currency ...
    Column("page", Integer, primary_key=True),
    _organization(),
    Column("content", LargeBinary, nullable=False),  # compressed JSON: the rows
)

facts = Table(
    "facts",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("store", _words(200), nullable=False),
    Column("source_id", _words(64), nullable=False),
    Column("number", _words(64), nullable=False),
    Column("placed_at", UtcTime, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("raw", LargeBinary, nullable=False),  # compressed JSON without personal keys
    Column("personal", LargeBinary),  # sealed, compressed JSON; NULL once redacted
    Column("retain_personal_until", UtcTime),
    Column("fetched_at", UtcTime, nullable=False),
    Column("run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    Column("current", Boolean, nullable=False),
    Column("decided_under", String(64)),  # digest of settings and translator; NULL: to decide
    Column("gone_at", UtcTime),  # when it was noticed that the store no longer has the record
    UniqueConstraint("organization_id", "store", "source_id", "content_hash"),
    Index(None, "connection_id", "current", "decided_under"),
    Index(None, "organization_id", "number"),
    Index(None, "organization_id", "current", "placed_at", "id"),
    Index(None, "connection_id", "source_id"),
)

postings = Table(
    "postings",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("company", _words(200), nullable=False),
    Column("key", _words(400), nullable=False),
    Column("store", _words(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("source_id", _words(200), nullable=False),
    Column("part", String(16), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("order_source_id", _words(64), nullable=False),
    Column("order_number", _words(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("wave", String(8), nullable=False),
    Column("document_type", String(32)),
    Column("document", LargeBinary),  # sealed JSON: it names people
    Column("awaits", Text, nullable=False),  # JSON list of keys
    Column("line_count", Integer, nullable=False),
    Column("number", _words(500)),  # what the ledger is asked for: document number, reference or name
    Column("marker", String(64)),
    Column("dated", Date),
    Column("currency", String(3)),
    Column("store_minor", BigInteger),  # the store's own figure
    Column("meant_minor", BigInteger),  # the document's total
    Column("problems", Text),  # JSON, when held
    Column("causes", String(64)),  # digest of what holds it: alike for all that is held for the same
    Column("rule", _words(32)),  # when skipped
    Column("rule_text", Text),
    Column("notes", Text),  # JSON: warnings about what is posted all the same
    Column("redeemed", Text),  # JSON: the tenders that are lines of a sale; NULL for rows from before it was kept
    Column("account", _words(64)),  # whose money it moves, "" for none; NULL for rows from before it was kept
    Column("customer", _words(400)),  # whom it is for: the key of the customer's posting, or their id in the ledger
    Column("looked_up", Boolean, nullable=False),
    Column("batch_id", BigInteger, ForeignKey("batches.id")),
    Column("slot", String(4)),
    Column("ledger_type", String(32)),
    Column("ledger_id", _words(64)),
    Column("ledger_version", _words(32)),
    Column("ledger_minor", BigInteger),  # the total the ledger answered
    Column("fingerprint", String(64)),  # digest of our own fields as the ledger held them when we left them
    Column("accepted_minor", BigInteger),  # by how much less than was meant the user accepts; NULL: nothing to accept
    Column("settled_at", UtcTime),
    Column("run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    UniqueConstraint("company", "key"),
    Index(None, "company", "state", "wave", "id"),
    Index(None, "organization_id", "order_number"),
    Index(None, "connection_id", "order_source_id"),
    Index(None, "connection_id", "state", "order_source_id", "rule", "kind"),
    Index(None, "organization_id", "store_minor"),
    Index("ix_postings_days", "connection_id", "dated", "kind", "state", "account", "currency", "ledger_minor"),
    Index(None, "organization_id", "customer"),
    Index(None, "company", "ledger_id"),
    Index(None, "batch_id"),
    Index(None, "connection_id", "kind", "state"),
)
Index(
    "ix_postings_held",
    *(postings.c[name] for name in ("connection_id", "company", "causes", "id", "kind", "currency", "store_minor")),
    postings.c.state,  # one and the same, but without it SQLite looks each row up to see it
    **_only(text("state = 'held'")),
)
Index("ix_postings_warned", postings.c.connection_id, **_only(postings.c.notes.is_not(None)))
Index("ix_postings_accepted", postings.c.connection_id, **_only(postings.c.accepted_minor.is_not(None)))

# What was proven of each order, and needs no reckoning again until something of it changes (`storage.proofs`).
proven_orders = Table(
    "proven_orders",
    metadata,
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True),
    Column("order_source_id", _words(64), primary_key=True),
    Column("proven_under", String(64)),  # digest of what a proof depends on besides; NULL: to prove
    Column("differences", Text),  # JSON; NULL: none
    Index(None, "connection_id", "proven_under"),
)
Index("ix_proven_orders_different", proven_orders.c.connection_id, **_only(proven_orders.c.differences.is_not(None)))

proven_figures = Table(
    "proven_figures",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("order_source_id", _words(64), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("what", String(16), nullable=False),  # sale | refund | payment | marketplace_tax | redeemed
    Column("day", Date),  # of sales and refunds
    Column("name", _words(200), nullable=False),  # of payments: the store's method
    Column("orders", Integer, nullable=False),
    Column("store_minor", BigInteger, nullable=False),
    Column("journal_minor", BigInteger, nullable=False),
    Column("ledger_minor", BigInteger, nullable=False),
    Index(None, "connection_id", "order_source_id"),
)

batches = Table(
    "batches",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("company", _words(200), nullable=False),
    Column("request_id", String(36), nullable=False, unique=True),
    Column("body", LargeBinary, nullable=False),  # sealed, byte for byte as sent
    Column("state", String(16), nullable=False),  # sending | unknown | answered | dropped
    Column("first_sent_at", BigInteger, nullable=False),  # seconds since 1970, database clock
    Column("run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    Index(None, "company", "state"),
    Index(None, "run_id"),
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("posting_id", BigInteger, ForeignKey("postings.id"), primary_key=True, autoincrement=False),
    _organization(),
    Column("batch_id", BigInteger, ForeignKey("batches.id"), nullable=False),  # its last one that was answered
    Column("slot", String(4), nullable=False),  # its place in that batch
    Column("at", UtcTime, nullable=False),
    Column("answer", LargeBinary, nullable=False),  # sealed, compressed: the ledger's own words of it
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("posting_id", BigInteger, ForeignKey("postings.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("state", String(16), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "posting_id"),
)

choices = Table(
    "choices",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("order_source_id", _words(64), nullable=False),
    Column("choice", String(8), nullable=False),  # hold | skip
    Column("reason", Text, nullable=False),  # the user's own words, may be empty
    Column("made_at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "order_source_id"),
)

known_companies = Table(
    "known_companies",
    metadata,
    Column("organization_id", BigInteger, ForeignKey("organizations.id"), primary_key=True),
    Column("company", _words(200), primary_key=True),
    Column("shape", String(64), nullable=False),  # digest of what is kept and how it is read; another is read anew
    Column("content", Text, nullable=False),  # JSON: the company, its settings and short lists
    Column("told_at", UtcTime, nullable=False),  # when, by the ledger's clock
    Column("read_at", UtcTime, nullable=False),  # when everything was read whole
    Column("looked_at", UtcTime, nullable=False),  # when the ledger was last asked what changed
)

known_records = Table(
    "known_records",
    metadata,
    Column("organization_id", BigInteger, ForeignKey("organizations.id"), primary_key=True),
    Column("company", _words(200), primary_key=True),
    Column("kind", String(16), primary_key=True),  # item | customer
    Column("ledger_id", _words(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),  # sealed JSON: customers are people
)

call_limits = Table(
    "call_limits",
    metadata,
    Column("bucket", _words(200), primary_key=True),  # the company and what is limited in it
    _organization(),
    Column("moments", LargeBinary, nullable=False),  # doubles: seconds since 1970, database clock, ascending
    Column("closed_until", Float(53), nullable=False),  # nobody gets a turn before
)

metered_reads = Table(
    "metered_reads",
    metadata,
    Column("organization_id", BigInteger, ForeignKey("organizations.id"), primary_key=True),
    Column("platform", String(32), primary_key=True),
    Column("app", _words(200), primary_key=True),  # whose allowance it is: the platform's own name of the app
    Column("month", String(7), primary_key=True),  # "2026-11", UTC
    Column("reads", Integer, nullable=False),
    Column("allowed", Integer, nullable=False),
)

fences = Table(
    "fences",
    metadata,
    Column("subject", _words(200), primary_key=True),
    _organization(),
    Column("owner", String(64), nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # seconds since 1970, database clock
)

reports = Table(
    "reports",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("first_run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    Column("last_run_id", BigInteger, ForeignKey("runs.id"), nullable=False),
    Column("settings", Text, nullable=False),  # JSON: whom to tell, what, in which language, as it was when planned
    Column("told", Text, nullable=False),  # JSON list: the causes that it tells of and that have lasted since
    Column("state", String(8), nullable=False),  # planned | sent | given_up
    Column("recipients", Text, nullable=False),  # JSON list: the addresses that have not got it yet
    Column("planned_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("next_try_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("problems", Text),  # JSON: why it, or an address of it, was not sent
    Column("settled_at", UtcTime),
    Index(None, "state", "next_try_at"),
    Index(None, "connection_id", "id"),
)

users = Table(
    "users",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),  # folded
    Column("name", String(200), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("theme", String(8), nullable=False),  # auto | day | night
    Column("totp_secret", LargeBinary),  # sealed; NULL: no second factor
    Column("totp_step", BigInteger),  # the last half minute whose code was used: no code counts twice
    Column("created_at", UtcTime, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("role", String(16), nullable=False),  # owner | accountant | viewer
    UniqueConstraint("organization_id", "user_id"),
    Index(None, "user_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("user_id", BigInteger, ForeignKey("users.id"), nullable=False),
    Column("organization_id", BigInteger, ForeignKey("organizations.id")),  # the one being looked at
    Column("is_complete", Boolean, nullable=False),  # false: the second factor is still to come
    Column("device", String(200), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Index(None, "user_id"),
)

links = Table(
    "links",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("purpose", String(8), nullable=False),  # setup | invite | reset | recovery
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("organization_id", BigInteger, ForeignKey("organizations.id")),
    Column("user_id", BigInteger, ForeignKey("users.id")),  # whose password is reset, whose code it is
    Column("email", String(320)),  # who is invited
    Column("role", String(16)),
    Column("made_by", BigInteger, ForeignKey("users.id")),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("used_at", UtcTime),
    Index(None, "organization_id"),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("subject", String(80), nullable=False),  # digest of an account or an address
    Column("at", UtcTime, nullable=False),
    Index(None, "subject", "at"),
)

trail = Table(
    "trail",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("organization_id", BigInteger, ForeignKey("organizations.id")),
    Column("user_id", BigInteger, ForeignKey("users.id")),
    Column("who", String(320), nullable=False),  # as named then; stays when the account goes
    Column("at", UtcTime, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),  # JSON, no secrets
    Index(None, "organization_id", "id"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True, autoincrement=False),
    _organization(),
    Column("enabled", Boolean, nullable=False),
    Column("period_seconds", Integer, nullable=False),
    Column("offset_seconds", Integer, nullable=False),
    Column("due_at", UtcTime),  # database clock; NULL: nothing to come
    Column("urgent", Boolean, nullable=False),  # a person waits
    Column("waits_for", String(200), nullable=False),  # the company that a person waits to see it posted to, or ""
    Column("last_slot", UtcTime),  # what was due when the latest run began
    Column("run_id", BigInteger, ForeignKey("runs.id")),  # that run
    Column("failures", Integer, nullable=False),  # runs since the last good one
    Column("terms_version", String(16)),
    Column("terms_accepted_at", UtcTime),
    Column("terms_accepted_by", String(200)),
    Index(None, "due_at"),
    Index(None, "waits_for"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("name", String(100), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("beginning", String(16), nullable=False),  # of the token, by which its owner knows it again
    Column("scope", String(8), nullable=False),  # read | write | own
    Column("made_by", BigInteger, ForeignKey("users.id")),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime),  # NULL: it does not end by itself
    Column("used_at", UtcTime),
    Column("revoked_at", UtcTime),
    Index(None, "organization_id"),
)

api_answers = Table(
    "api_answers",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("token_id", BigInteger, ForeignKey("api_tokens.id"), nullable=False),
    Column("key", String(200), nullable=False),  # what the caller named the request
    Column("request_hash", String(64), nullable=False),
    Column("status", Integer),  # NULL: it is being carried out
    Column("body", LargeBinary),  # sealed: it may name people
    Column("begun_at", UtcTime, nullable=False),
    UniqueConstraint("token_id", "key"),
    Index(None, "begun_at"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("delivery_id", _words(200), nullable=False),  # the platform's own; the same when it is repeated
    Column("topic", _words(100), nullable=False),
    Column("at", UtcTime, nullable=False),
    UniqueConstraint("connection_id", "delivery_id"),
    Index(None, "at"),
)

privacy_requests = Table(
    "privacy_requests",
    metadata,
    Column("id", BigInteger, primary_key=True),
    _organization(),
    Column("connection_id", BigInteger, ForeignKey("connections.id"), nullable=False),
    Column("delivery_id", _words(200), nullable=False),
    Column("kind", String(16), nullable=False),  # tell | forget | forget_all
    Column("orders", Text, nullable=False),  # JSON list of source ids, as far as the request names them
    Column("person", LargeBinary),  # sealed JSON: who it is about; NULL once done
    Column("received_at", UtcTime, nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    Column("records", Integer, nullable=False),  # whose personal parts were removed, or are told
    UniqueConstraint("connection_id", "delivery_id"),
    Index(None, "organization_id", "id"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("connection_id", BigInteger, ForeignKey("connections.id"), primary_key=True, autoincrement=False),
    _organization(),
    Column("content", Text, nullable=False),  # JSON: the choices so far; not in force
    Column("looked", LargeBinary),  # sealed JSON: what was found in the store and the company
    Column("trial", Text),  # JSON: what the last days would have come to
    Column("updated_at", UtcTime, nullable=False),
)

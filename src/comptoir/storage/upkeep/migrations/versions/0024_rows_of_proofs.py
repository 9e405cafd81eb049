"""What a proof came to stays with its run; its rows stand apart, in pages."""

from __future__ import annotations

import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

PAGE = 50
LISTS = ("differences", "held", "skipped", "warnings", "kept")
FIGURES = ("currency", "sales", "refunds", "payments", "marketplace_tax", "redeemed")
SIDES = ("store", "journal", "ledger")
Json = dict[str, Any]


def upgrade() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    made = op.create_table(
        "proof_pages",
        sa.Column("run_id", id_, primary_key=True, autoincrement=False),
        sa.Column("part", sa.String(16), primary_key=True),
        sa.Column("page", sa.Integer, primary_key=True),
        sa.Column("organization_id", id_, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name=op.f("fk_proof_pages_run_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_proof_pages_organization_id")),
        sa.PrimaryKeyConstraint("run_id", "part", "page", name=op.f("pk_proof_pages")),
    )
    _take_apart(made)


def _take_apart(proof_pages: sa.Table) -> None:
    """A proof at a time: together they may be longer than what a machine holds."""
    runs = sa.table("runs", sa.column("id"), sa.column("organization_id"), sa.column("proof", sa.Text()))
    connection = op.get_bind()
    for run_id in connection.scalars(sa.select(runs.c.id).where(runs.c.proof.is_not(None)).order_by(runs.c.id)).all():
        row = connection.execute(sa.select(runs).where(runs.c.id == run_id)).one()
        proof = json.loads(row.proof)
        pages = [
            {"run_id": run_id, "organization_id": row.organization_id, "part": part, "page": page, "content": content}
            for part, page, content in _pages(proof)
        ]
        if pages:
            connection.execute(sa.insert(proof_pages), pages)
        connection.execute(sa.update(runs).where(runs.c.id == run_id).values(proof=_written(_outcome(proof))))


def _written(told: Any) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _parts(proof: Json) -> dict[str, list[Json]]:
    days = {f"days {each['currency']}": each["days"][::-1] for each in (proof, *proof.get("foreign", ()))}
    return {part: rows for part, rows in (*days.items(), *((name, proof.get(name, [])) for name in LISTS)) if rows}


def _pages(proof: Json) -> Iterator[tuple[str, int, bytes]]:
    for part, rows in _parts(proof).items():
        for number, first in enumerate(range(0, len(rows), PAGE), start=1):
            yield part, number, zlib.compress(_written(rows[first : first + PAGE]).encode())


def _outcome(proof: Json) -> Json:
    foreign = proof.get("foreign", [])
    return {
        "own": _figures(proof),
        "foreign": [_figures(each) for each in foreign],
        "agrees": not proof.get("differences") and all(map(_agrees, (proof, *foreign))),
        "counts": {part: len(rows) for part, rows in _parts(proof).items()},
        "left_out": _left_out(proof.get("skipped", [])),
        "unsettled": proof.get("unsettled", 0),
        "posted": proof.get("posted", {}),
    }


def _figures(totals: Json) -> Json:
    return {name: totals.get(name) for name in FIGURES}


def _agrees(totals: Json) -> bool:
    nets = {Decimal(totals["sales"][side]["amount"]) - Decimal(totals["refunds"][side]["amount"]) for side in SIDES}
    return len(nets) == 1


def _left_out(rows: list[Json]) -> list[Json]:
    """By rule and kind, how many and how much in each currency."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    sums: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        group = row["rule"], row["kind"]
        counts[group] += 1
        if row["amount"] is not None:
            sums[group][row["amount"]["currency"]] += Decimal(row["amount"]["amount"])
    return [
        {
            "rule": rule,
            "kind": kind,
            "count": counts[rule, kind],
            "amounts": [{"amount": str(sums[rule, kind][code]), "currency": code} for code in sorted(sums[rule, kind])],
        }
        for rule, kind in sorted(counts)
    ]

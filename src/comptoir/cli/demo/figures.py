"""What a demo did, in the simulators' own figures, and how it is shown."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from comptoir.books.documents import Kind
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Message
from comptoir.cli.common import console
from comptoir.cli.demo.floor import LEDGER_DUMP, Floor
from comptoir.cli.demo.truth import documents_in, ledger_total, store_total
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.proving.proof import Proof
from comptoir.engine.telling.shapes.common import plain
from comptoir.engine.telling.words import DOCUMENTS
from comptoir.storage.connections import ConnectionRecord

BEFORE_START = "before-start"
TRIAL_BALANCE = Message("Trial balance, by the company itself")


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts and sums. `last_run_documents` is what the last run added to the books."""

    proof: Proof
    documents: Counter[str]
    last_run_documents: int
    store_calls: int
    ledger_calls: int
    store: Decimal
    ledger: Decimal
    trial_balance: list[dict[str, str]]

    def as_json(self, told: dict[str, Any], place: Path, seconds: float) -> dict[str, Any]:
        """The outcome for a machine; `told` is the shop's own account. Amounts are text."""
        proof = self.proof
        sales = [row for row in proof.held if row.kind is Kind.SALE]
        refunds = [row for row in proof.held if row.kind is Kind.REFUND]
        # Orders from before the start date are in the store for their refunds' sake.
        skipped = [row for row in proof.skipped if row.kind is Kind.SALE and row.rule != BEFORE_START]
        return {
            "orders": told["orders"],
            "posted": told["orders"] - len(sales) - len(skipped),
            "held": len(sales),
            "skipped": len(skipped),
            "refunds_posted": proof.posted.get(Kind.REFUND, 0),
            "refunds_held": len(refunds),
            "documents_by_type": dict(sorted(self.documents.items())),
            "held_total": plain(held_total(proof)),
            "store_total": f"{self.store:.2f}",
            "ledger_total": f"{self.ledger:.2f}",
            "difference": f"{self.store - self.ledger:.2f}",
            "second_run_documents": self.last_run_documents,
            "ledger_calls": self.ledger_calls,
            "store_calls": self.store_calls,
            "seconds": round(seconds, 1),
            "ledger_dump": str(place / LEDGER_DUMP),
        }


def held_total(proof: Proof) -> Money:
    """Held sales less held refunds."""
    none = zero(proof.currency)
    sales = (row.amount or none for row in proof.held if row.kind is Kind.SALE)
    refunds = (row.amount or none for row in proof.held if row.kind is Kind.REFUND)
    return total(sales, proof.currency) - total(refunds, proof.currency)


def figures_of(
    floor: Floor,
    record: ConnectionRecord,
    proof: Proof,
    documents_before: Counter[str],
) -> Figures:
    """Everything as it is now. Orders whose sale is held or left out count on neither side."""
    dump = floor.company.control("dump")
    (floor.place / LEDGER_DUMP).write_text(dump, encoding="utf-8")
    without = {row.number for row in proof.held if row.kind is Kind.SALE}
    without |= {row.number for row in proof.skipped if row.kind is Kind.SALE and row.rule != BEFORE_START}
    documents = documents_in(dump)
    return Figures(
        proof=proof,
        documents=documents,
        last_run_documents=documents.total() - documents_before.total(),
        store_calls=floor.shop.calls(),
        ledger_calls=floor.company.calls(),
        store=store_total(floor.shop.control("dump"), record, without),
        ledger=ledger_total(dump),
        trial_balance=json.loads(floor.company.control("trial_balance")),
    )


def show_documents(figures: Figures, place: Path) -> None:
    """How many documents there are, and where to look at them."""
    counted = [
        labelled(told(DOCUMENTS[name]), spoken().number(number)) for name, number in sorted(figures.documents.items())
    ]
    console.print(text("In the books: {documents}.", documents=", ".join(counted)))
    words = text("Every document as the company holds it: {file}", file=str(place / LEDGER_DUMP))
    console.print(words, soft_wrap=True)


def show_added(number: int) -> None:
    """How many documents the last run added: none, where all is well."""
    console.print(text("The last run added {count} documents.", count=f"{number:,}"))


def show_difference(figures: Figures) -> None:
    """The shop against the books, each added up from its own dump."""
    difference = figures.store - figures.ledger
    cents = spoken().cents
    words = text(
        "Added up by the shop and by the company themselves, without what is held or left out: {store} and {company}; "
        "difference {difference}.",
        store=cents(figures.store),
        company=cents(figures.ledger),
        difference=cents(difference),
    )
    console.print(words, style="bold red" if difference else "bold green")

"""What became of each case: its documents as the company's own dump has them, and what the journal says of the rest.

A document belongs to the order that its private note names.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comptoir.cli.demo.truth import rows_of
from comptoir.cli.speech import labelled, spoken, text, told
from comptoir.engine.telling.words import DOCUMENTS, STATE_WORDS
from comptoir.storage.journal import WITHDRAWN
from comptoir.storage.postings import State
from comptoir.wiring import App

TOLD = ("SalesReceipt", "Invoice", "Payment", "CreditMemo", "RefundReceipt", "Purchase")
"""The documents of an order, in the order in which they are told."""
OF_ORDER = re.compile(r"\border (\S+)")
COMPARED = frozenset({"kind", "total"})
"""What is looked at in a kind of document that nobody expected."""

Outcome = dict[str, Any]
"""{"documents": [...], "notes": [...]}, both sorted."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with what became of it."""

    name: str
    family: str
    story: str
    orders: Sequence[str]
    outcome: Outcome
    expected: Outcome

    @property
    def agrees(self) -> bool:
        """Whether what was expected came."""
        return self.outcome == self.expected


def outcome_of(case: Mapping[str, Any], expected: Outcome, books: Mapping[str, list[Outcome]], app_: App) -> Outcome:
    """What stands in the books for the case's orders, in the members `expected` looks at, and the journal's notes."""
    looked_at: dict[str, set[str]] = defaultdict(lambda: set(COMPARED))
    for each in expected["documents"]:
        looked_at[each["kind"]] |= set(each)
    papers = [
        {name: value for name, value in paper.items() if name in looked_at[paper["kind"]]}
        for number in case["orders"]
        for paper in books.get(number, [])
    ]
    notes = {note for number in case["orders"] for note in _notes(number, app_)}
    return {"documents": sorted(papers, key=lambda each: sorted(each.items())), "notes": sorted(notes)}


def by_order(dump: str) -> dict[str, list[Outcome]]:
    """Every document of the company's dump under the number of its order."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for row in rows_of(dump):
        if row["type"] in TOLD:
            named = OF_ORDER.search(row["object"].get("PrivateNote", ""))
            if named:
                found[named[1].rstrip(";")].append(_paper(row["type"], row["object"]))
    return found


def _paper(kind: str, document: Mapping[str, Any]) -> Outcome:
    paper = {
        "kind": kind,
        "total": _text(document["TotalAmt"]),
        "tax": _text(document.get("TxnTaxDetail", {}).get("TotalTax", Decimal(0))),
        "open": _text(document.get("Balance", Decimal(0))),
        "dated": document["TxnDate"],
        "due": document.get("DueDate"),
        "customer": document.get("CustomerRef", {}).get("name"),
        "number": document.get("DocNumber"),
    }
    return {name: value for name, value in paper.items() if value is not None}


def _text(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _notes(number: str, app_: App) -> Collection[str]:
    notes = []
    for posting in app_.books.journal.for_order(app_.organization_id, number):
        match posting.state:
            case State.HELD:
                notes += [f"held: {problem.code}" for problem in posting.problems]
            case State.SKIPPED if posting.rule != WITHDRAWN:
                notes.append(f"left out: {posting.rule}")
            case State.CHANGED | State.GONE:
                notes.append(posting.state.value)
    return notes


def words(outcome: Outcome) -> list[str]:
    """An outcome for a table: a line a document, in the order in which a sale is told; then the notes."""
    papers = sorted(outcome["documents"], key=lambda paper: (TOLD.index(paper["kind"]), sorted(paper.items())))
    return [*map(_paper_words, papers), *map(_note_words, outcome["notes"])] or [text("nothing")]


def _paper_words(paper: Outcome) -> str:
    cents = spoken().cents
    extras = [text(AMOUNTS[name], value=cents(Decimal(paper[name]))) for name in AMOUNTS if name in paper]
    extras += [text(DATES[name], value=paper[name]) for name in DATES if name in paper]
    extras += [paper[each] for each in ("number", "customer") if each in paper]
    total = f"{told(DOCUMENTS[paper['kind']])} {cents(Decimal(paper['total']))}"
    return f"{total} ({', '.join(extras)})" if extras else total


AMOUNTS = {"tax": "tax {value}", "open": "open {value}"}
DATES = {"dated": "dated {value}", "due": "due {value}"}
STATES = {
    "held": STATE_WORDS[State.HELD],
    "left out": STATE_WORDS[State.SKIPPED],
    State.CHANGED.value: STATE_WORDS[State.CHANGED],
    State.GONE.value: STATE_WORDS[State.GONE],
}


def _note_words(note: str) -> str:
    """A note with its state in words; the code of a problem and the name of a rule stay as they are."""
    state, _, code = note.partition(": ")
    return labelled(told(STATES[state]), code) if code else told(STATES[state])

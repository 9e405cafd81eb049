"""What a case is: its orders, what people do afterwards, and what must stand in the books in the end.

A case is data. Whoever shows it (the demo, a test) seeds the orders, takes the steps in their time, and compares the
books with `expected`, which was worked out by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Json = dict[str, Any]
NUMBER = "{order}"
"""Stands in a step's texts for the number of the case's first order; "{order:2}" for the second's, and so on."""


class When(StrEnum):
    """The time of a step."""

    BEFORE = "before"
    """Before the first run."""
    MORNING = "morning"
    """Between the first run and the second."""
    STOPPED = "stopped"
    """After the second run refused to begin, because the settings no longer fit the company."""
    REMEDY = "remedy"
    """After the second run, against what was held; the third run posts it."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A document in the books. Amounts are texts with two decimals; None: not looked at."""

    kind: str
    """QuickBooks' own name: SalesReceipt, Invoice, Payment, RefundReceipt, CreditMemo, Purchase."""
    total: str
    tax: str | None = None
    open: str | None = None
    """What is not settled of it (Balance)."""
    dated: str | None = None
    due: str | None = None
    customer: str | None = None
    number: str | None = None

    def as_json(self) -> Json:
        """The members that are looked at."""
        names = ("kind", "total", "tax", "open", "dated", "due", "customer", "number")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


@dataclass(frozen=True, slots=True)
class Expected:
    """What must have become of a case's orders."""

    papers: tuple[Paper, ...] = ()
    notes: tuple[str, ...] = ()
    """What the journal says of what is not simply posted: "held: CODE", "left out: RULE", "changed", "gone"."""

    def as_json(self) -> Json:
        """Both lists, in a fixed order."""
        papers = [paper.as_json() for paper in self.papers]
        return {"documents": sorted(papers, key=lambda each: sorted(each.items())), "notes": sorted(self.notes)}


@dataclass(frozen=True, slots=True)
class Step:
    """Something that a person does; `store`, `books`, `settings`, `hidden` and `command` say what.

    `store` is an edit of the order (shopify/edits.py, without its name). `books` is a list of acts in the company:
    {"create": TYPE, "body": {...}}, {"change": TYPE, "where": QUERY, "set": {...}}, {"delete": TYPE, "where": QUERY},
    {"tax_code": {...}}; in a body {"find": TYPE, "name": NAME} is the reference to an object of that name.
    `settings` are the settings of the store connection that change. `hidden` is sent to the company's control API:
    what its pages can do and its API cannot. `command` is one of the product's own about the case's first order:
    "skip", "accept" or "retry".
    """

    when: When
    say: str
    """What happens, in one sentence."""
    store: Json | None = None
    order: int = 1
    """Which of the case's orders `store` edits."""
    books: tuple[Json, ...] = ()
    settings: Json | None = None
    hidden: Json | None = None
    command: str = ""
    mends: str = ""
    """The code of the problem that this is the remedy of."""

    def as_json(self) -> Json:
        """Everything that is set."""
        found: Json = {"when": self.when.value, "say": self.say}
        if self.store is not None:
            found |= {"store": self.store, "order": self.order}
        if self.books:
            found["books"] = list(self.books)
        for name in ("settings", "hidden", "command", "mends"):
            if getattr(self, name):
                found[name] = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class Case:
    """One case by its name. `orders` have the form of a seed file (shopify/seed.py) without their numbers."""

    name: str
    story: str
    """What the buyer or the merchant did, in one sentence."""
    orders: tuple[Json, ...]
    expected: Expected
    before: Expected | None = None
    """What must stand after the first run, where that is not the end."""
    midway: Expected | None = None
    """What must stand after the second run, where a remedy changes it."""
    steps: tuple[Step, ...] = ()
    stops: tuple[str, ...] = ()
    """The settings that no longer fit the company, so that the second run refuses to begin until they do."""

"""Orders for a machine: a row of a list, one with its documents, and why it is or is not in the books."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from comptoir.books.choices import Choice
from comptoir.books.facts import Untranslatable
from comptoir.books.ledger_lines import Effect
from comptoir.books.problems import Message
from comptoir.books.rules import Step
from comptoir.engine.by_hand.fate import fate_of_states
from comptoir.engine.preview import Previewed
from comptoir.engine.telling.held import STRAYED
from comptoir.engine.telling.order_view import DocumentView, LineView, OrderView
from comptoir.engine.telling.shapes.common import Say, moment, plain, plain_or_none
from comptoir.engine.telling.shapes.documents import DocumentShape, document_shape
from comptoir.storage.orders import OrderPage, OrderRow
from comptoir.storage.postings import State

History = Sequence[tuple[datetime, State, tuple[Message, ...]]]


@dataclass(frozen=True, slots=True)
class OrderRowShape:
    """An order in a list. `outcome` is what became of it, `changed` whether somebody changed it in the books."""

    connection: int
    order: str
    number: str
    placed_at: str
    amount: str | None
    currency: str | None
    outcome: str
    changed: bool


@dataclass(frozen=True, slots=True)
class OrderPageShape:
    """Orders, the latest first; `after` asks for the next page, "" at the end."""

    orders: list[OrderRowShape]
    after: str


def order_row_shape(row: OrderRow) -> OrderRowShape:
    """An order in a list."""
    return OrderRowShape(
        connection=row.connection_id,
        order=row.source_id,
        number=row.number,
        placed_at=row.placed_at.isoformat(),
        amount=plain_or_none(row.total),
        currency=row.total.currency if row.total else None,
        outcome=fate_of_states(set(row.states)).value,
        changed=bool(row.states & STRAYED),
    )


def order_page_shape(page: OrderPage) -> OrderPageShape:
    """A page of orders."""
    return OrderPageShape([order_row_shape(row) for row in page.rows], page.after)


@dataclass(frozen=True, slots=True)
class HistoryShape:
    """Something that happened to a document."""

    at: str
    state: str
    detail: str


@dataclass(frozen=True, slots=True)
class LineShape:
    """A line of a document."""

    item: str
    description: str
    quantity: str | None
    price: str | None
    amount: str
    tax_code: str | None


@dataclass(frozen=True, slots=True)
class FullDocumentShape:
    """A document with its lines and its history; `proven`: store, journal and books hold one figure."""

    posting: int
    document: DocumentShape
    customer: str
    lines: list[LineShape]
    tax: str | None
    in_the_books: str | None
    proven: bool
    history: list[HistoryShape]


@dataclass(frozen=True, slots=True)
class ChoiceShape:
    """What a person decided of an order."""

    choice: str
    reason: str
    made_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShape:
    """An order as the store tells it, beside its documents. What the store says is empty where it cannot be read."""

    connection: int
    order: str
    number: str
    placed_at: str
    gone_at: str | None
    readable: bool
    status: str
    total: str | None
    currency: str | None
    outcome: str
    changed: bool
    choice: ChoiceShape | None
    documents: list[FullDocumentShape]


def order_shape(view: OrderView, histories: Mapping[int, History], say: Say = str) -> OrderShape:
    """An order with its documents."""
    order = None if isinstance(view.order, Untranslatable) else view.order
    return OrderShape(
        connection=view.fact.connection_id,
        order=view.fact.source_id,
        number=view.fact.number,
        placed_at=view.fact.placed_at.isoformat(),
        gone_at=moment(view.fact.gone_at),
        readable=order is not None,
        status=order.status.value if order else "",
        total=plain(order.total) if order else None,
        currency=order.currency if order else None,
        outcome=view.fate.value,
        changed=view.is_strayed,
        choice=_choice(view.choice, say) if view.choice else None,
        documents=[_document(each, histories.get(each.row.id, ()), say) for each in view.documents],
    )


def _choice(choice: Choice, say: Say) -> ChoiceShape:
    return ChoiceShape(choice.kind.value, say(choice.why) if choice.why else "", choice.made_at.isoformat())


def _document(view: DocumentView, history: History, say: Say) -> FullDocumentShape:
    return FullDocumentShape(
        posting=view.row.id,
        document=document_shape(view.row, say),
        customer=view.customer,
        lines=[_line(each) for each in view.lines],
        tax=plain_or_none(view.tax),
        in_the_books=plain_or_none(view.row.ledger_total),
        proven=view.is_proven,
        history=[HistoryShape(at.isoformat(), state.value, " ".join(map(say, said))) for at, state, said in history],
    )


def _line(view: LineView) -> LineShape:
    line = view.line
    return LineShape(
        item=view.item,
        description=line.description,
        quantity=f"{line.quantity:f}" if line.quantity is not None else None,
        price=f"{line.unit_price.amount:f}" if line.unit_price else None,
        amount=plain(line.amount),
        tax_code=line.tax_code,
    )


@dataclass(frozen=True, slots=True)
class RuleShape:
    """A rule as it applies now: what it looked at and what it said."""

    rule: str
    saw: str
    said: str
    stops: bool


def rule_shapes(steps: Iterable[Step], say: Say = str) -> list[RuleShape]:
    """The rules in their order."""
    return [RuleShape(step.rule.value, say(step.saw), " ".join(map(say, step.said)), step.stops) for step in steps]


@dataclass(frozen=True, slots=True)
class LedgerLineShape:
    """A line in the accounts: a debit or a credit."""

    account: str
    account_id: str | None
    debit: str
    credit: str


def ledger_line_shapes(effect: Effect, say: Say = str) -> list[LedgerLineShape]:
    """What a document does to the accounts."""
    return [
        LedgerLineShape(
            say(line.words) if line.words else line.account,
            line.account_id,
            debit=plain(line.amount) if line.amount.amount > 0 else "0.00",
            credit=plain(-line.amount) if line.amount.amount <= 0 else "0.00",
        )
        for line in effect.lines
    ]


@dataclass(frozen=True, slots=True)
class EffectShape:
    """What one document does to the accounts; `posted`: it has left the house before."""

    kind: str
    posted: bool
    ledger: list[LedgerLineShape]
    notes: list[str]


@dataclass(frozen=True, slots=True)
class WhyShape:
    """The rules that apply to an order now, and what each of its documents does to the accounts."""

    rules: list[RuleShape]
    documents: list[EffectShape]


def why_shape(rules: Iterable[Step], previewed: Previewed, say: Say = str) -> WhyShape:
    """Why an order is or is not in the books."""
    effects = [
        EffectShape(
            each.decided.key.kind.value,
            each.has_left,
            ledger_line_shapes(each.effect, say),
            [say(note) for note in each.effect.notes],
        )
        for each in previewed.shown
        if each.effect is not None
    ]
    return WhyShape(rule_shapes(rules, say), effects)

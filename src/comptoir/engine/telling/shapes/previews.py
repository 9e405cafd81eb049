"""What a run would post of one order, for a machine: each document in full, with its lines, its tax and its entry."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.books.documents import (
    CustomerDocument,
    ItemDocument,
    OrderDocument,
    RefundDocument,
    SaleDocument,
)
from comptoir.books.problems import Skipped
from comptoir.engine.preview import Previewed, Previewer, Shown
from comptoir.engine.setup.trial import form_of
from comptoir.engine.telling.shapes.common import ProblemShape, Say, plain, plain_or_none, problem_shapes
from comptoir.engine.telling.shapes.orders import LedgerLineShape, ledger_line_shapes

TO_BE_POSTED = "to be posted"


@dataclass(frozen=True, slots=True)
class PlannedLineShape:
    """A line of a document."""

    item: str
    item_to_be_created: bool
    description: str
    quantity: str | None
    price: str | None
    amount: str
    tax_code: str | None


@dataclass(frozen=True, slots=True)
class PlannedTaxShape:
    """The tax of a document at one rate, by the rate's id in the company."""

    rate: str
    base: str
    tax: str


@dataclass(frozen=True, slots=True)
class PlannedShape:
    """A document as a run would post it, or as it was posted: then `state` tells, else it is "to be posted".

    `form` is the company's kind of document, None for what is held (`problems`) or left out by a `rule` (`why`).
    `name`: of an item or a customer that would be created.
    """

    kind: str
    form: str | None
    state: str
    number: str | None
    name: str | None
    dated: str | None
    total: str | None
    currency: str | None
    customer: str | None
    customer_to_be_created: bool
    lines: list[PlannedLineShape]
    tax: str | None
    tax_by_rate: list[PlannedTaxShape]
    ledger: list[LedgerLineShape]
    notes: list[str]
    problems: list[ProblemShape]
    rule: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class OrderPreviewShape:
    """What a run would post of an order now, each document in full."""

    number: str
    documents: list[PlannedShape]


def order_preview_shape(previewed: Previewed, previewer: Previewer, say: Say = str) -> OrderPreviewShape:
    """An order's documents in full."""
    return OrderPreviewShape(previewed.number, [_planned(each, previewer, say) for each in previewed.shown])


def _planned(shown: Shown, previewer: Previewer, say: Say) -> PlannedShape:
    decided, outcome, document, effect = shown.decided, shown.decided.outcome, shown.document, shown.effect
    listed = document if isinstance(document, CustomerDocument | ItemDocument) else None
    moving = None if isinstance(document, CustomerDocument | ItemDocument) else document
    total = moving.total if moving is not None else decided.total
    skipped = outcome if isinstance(outcome, Skipped) else None
    customer = document.customer if isinstance(document, OrderDocument) else None
    notes = [*decided.notes, *(effect.notes if effect is not None else ())]
    return PlannedShape(
        kind=decided.key.kind.value,
        form=form_of(document) if document is not None else None,
        state=shown.row.state.value if shown.row and shown.has_left else TO_BE_POSTED,
        number=moving.number if moving is not None else None,
        name=listed.name if listed is not None else None,
        dated=decided.dated.isoformat() if decided.dated else None,
        total=plain_or_none(total),
        currency=total.currency if total is not None else None,
        customer=previewer.name(customer) if customer is not None else None,
        customer_to_be_created=customer is not None and previewer.is_new(customer),
        lines=planned_lines(shown.form, previewer) if shown.form is not None else [],
        tax=plain(shown.form.tax) if shown.form is not None else None,
        tax_by_rate=planned_taxes(shown),
        ledger=ledger_line_shapes(effect, say) if effect is not None else [],
        notes=[say(note) for note in notes],
        problems=problem_shapes(outcome, say) if isinstance(outcome, tuple) else [],
        rule=skipped.rule if skipped is not None else None,
        why=say(skipped.why) if skipped is not None else None,
    )


def planned_lines(document: SaleDocument | RefundDocument, previewer: Previewer) -> list[PlannedLineShape]:
    """The lines of a document."""
    return [
        PlannedLineShape(
            item=previewer.name(line.item),
            item_to_be_created=previewer.is_new(line.item),
            description=line.description,
            quantity=f"{line.quantity:f}" if line.quantity is not None else None,
            price=f"{line.unit_price.amount:f}" if line.unit_price else None,
            amount=plain(line.amount),
            tax_code=line.tax_code,
        )
        for line in document.lines
    ]


def planned_taxes(shown: Shown) -> list[PlannedTaxShape]:
    """The tax of a document by rate."""
    return [PlannedTaxShape(each.rate, plain(each.base), plain(each.amount)) for each in shown.taxes]

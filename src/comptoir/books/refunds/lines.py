"""The lines of a refund: what was taken back, with the taxes that it was sold with, and what the cash differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from comptoir.books.context import Context, held
from comptoir.books.documents import DocumentLine, RateTax, Reference
from comptoir.books.drafts import UNTAXED_KINDS, Draft
from comptoir.books.facts import Order, Refund, RefundLine, TaxCollector, TaxLine
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, allocate, total
from comptoir.books.planning import TAX_ROUNDING, plan_drafts, unit_price_of
from comptoir.books.problems import Problem
from comptoir.books.specials import DEBT_OF, Special
from comptoir.books.taxes import TaxPlan


@dataclass(slots=True)
class Written:
    """The lines of the value, and everything found wrong with them."""

    drafts: list[Draft] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Planned:
    """Lines with how their tax is told to the ledger."""

    lines: tuple[DocumentLine, ...]
    plan: TaxPlan

    @property
    def tax(self) -> Money:
        """The form's tax, as the books keep it."""
        return self.plan.total.in_books()

    @property
    def rates(self) -> tuple[RateTax, ...]:
        """The amounts to state by rate."""
        return self.plan.rates

    def turned(self) -> Planned:
        """The same seen from the other side."""
        plan = replace(
            self.plan,
            amounts=tuple(-amount for amount in self.plan.amounts),
            rates=tuple(RateTax(each.rate, -each.amount, -each.base) for each in self.plan.rates),
            total=-self.plan.total,
        )
        return Planned(tuple(turned_line(line) for line in self.lines), plan)

    @property
    def total(self) -> Money:
        """What the form comes to."""
        net = total((line.amount for line in self.lines), self.plan.total.currency)
        return net if self.plan.inclusive else net + self.tax


def write_value_lines(order: Order, refund: Refund, items: ItemFinder) -> Written:
    """What was taken back, line by line. Amounts are above zero, those of goods given out in exchange below.

    Gift cards and store credit given for it are lines below zero with what the shop owes (section 6).
    """
    written = Written()
    for line in refund.lines:
        if line.amount.is_zero and line.tax.is_zero and line.quantity == 0:
            continue
        alone = _is_tax_alone(line, order)
        found = items.special(Special.REFUND_DIFFERENCE) if alone else items.for_return(line)
        taxes = _taxes(line, order)
        written.problems += [each for each in (found, taxes) if isinstance(each, Problem)]
        if isinstance(found, Problem) or isinstance(taxes, Problem):
            continue
        if alone:
            written.drafts += _tax_alone(line, taxes, found.reference, order)
            continue
        written.drafts.append(
            Draft(
                item=found.reference,
                description=line.name or line.sku,
                amount=line.amount.in_books(),
                quantity=line.quantity or None,
                unit_price=_price(line),
                taxes=taxes,
                is_untaxed_kind=line.kind in UNTAXED_KINDS,
            )
        )
    for tender in refund.given:
        item = items.special(DEBT_OF[items.context.resolved.tender_kind(tender.method)])
        if isinstance(item, Problem):
            written.problems.append(item)
            continue
        words = tender.method_name or tender.method
        written.drafts.append(Draft(item.reference, words, -tender.amount.in_books(), is_untaxed_kind=True))
    return written


def _is_tax_alone(line: RefundLine, order: Order) -> bool:
    """Whether tax went back and nothing that it was charged on."""
    net = line.amount - line.tax if order.prices_include_tax else line.amount
    return line.quantity == 0 and net.is_zero


def _tax_alone(line: RefundLine, taxes: tuple[TaxLine, ...], item: Reference, order: Order) -> list[Draft]:
    """A ledger reckons tax on an amount: here what the tax was charged on, and the same below zero without tax.

    Both have the item of refund differences: no goods move.
    """
    (sold,) = (each for each in order.lines if each.is_source_of(line))
    charged = total((tax.amount for tax in sold.taxes if tax.collector is TaxCollector.MERCHANT), order.currency)
    net = sold.net - charged if order.prices_include_tax else sold.net
    base = Money(net.amount * line.tax.amount / charged.amount, order.currency).rounded().in_books()
    words = f"Tax on {line.name or line.sku}"
    return [Draft(item, words, base + line.amount.in_books(), taxes=taxes), Draft(item, words, -base)]


def _taxes(line: RefundLine, order: Order) -> tuple[TaxLine, ...] | Problem:
    """The taxes that the line was sold with, each with its share of what goes back.

    Goods of an exchange are none of the order's lines and bring their own. Taxes that come to less than a minor unit
    share by their rates: pieces of a line may be worth one where the line was not, for the store rounds each by itself.
    """
    sold = [each for each in order.lines if each.is_source_of(line)]
    taxes = sold[0].taxes if sold else line.taxes
    own = [tax for tax in taxes if tax.collector is TaxCollector.MERCHANT]
    amounts = [abs(tax.amount.amount) for tax in own]
    weights = amounts if any(amounts) else [tax.rate or Decimal(0) for tax in own]
    if line.tax.is_zero:
        shares = [line.tax for _ in own]
    elif any(weights):
        shares = allocate(line.tax, weights)
    else:
        return held(
            "refund-tax",
            order,
            "The refund of order {number} gives back {tax} of tax on a line that was sold without tax.",
            "Enter this refund by hand.",
            field="taxes",
            tax=str(line.tax),
        )
    theirs = (tax for tax in taxes if tax.collector is TaxCollector.MARKETPLACE)
    return (*(replace(tax, amount=share) for tax, share in zip(own, shares, strict=True)), *theirs)


def difference_draft(amount: Money, words: str, items: ItemFinder) -> Draft | Problem:
    """The line for what the cash differs from the value: no tax, and the refund-difference item."""
    found = items.special(Special.REFUND_DIFFERENCE)
    if isinstance(found, Problem):
        return found
    return Draft(found.reference, words or "Refund difference", amount, is_untaxed_kind=True)


def plan_lines(
    drafts: Sequence[Draft], target: Money, words: str, items: ItemFinder, context: Context
) -> Planned | tuple[Problem, ...]:
    """The lines with their tax, and a line for the difference that makes them come to `target`; or why not."""
    planned = _planned(drafts, items.order, context)
    if isinstance(planned, tuple):
        return planned
    missing = target.in_books() - planned.total
    if missing.is_zero:
        return planned
    more = list(_making_up(missing, planned.plan, words, items))
    problems = tuple(each for each in more if isinstance(each, Problem))
    made = [each for each in more if isinstance(each, Draft)]
    return problems or _planned([*drafts, *made], items.order, context)


def _making_up(missing: Money, plan: TaxPlan, words: str, items: ItemFinder) -> Iterator[Draft | Problem]:
    """Lines for what is missing: what the ledger's own arithmetic makes of the tax is rounding, as on the sale."""
    by_tax = -plan.difference.in_books()
    if not by_tax.is_zero:
        found = items.special(Special.ROUNDING)
        if isinstance(found, Problem):
            yield found
        else:
            yield Draft(found.reference, TAX_ROUNDING, by_tax, is_untaxed_kind=True)
    if missing != by_tax:
        yield difference_draft(missing - by_tax, words, items)


def _planned(drafts: Sequence[Draft], order: Order, context: Context) -> Planned | tuple[Problem, ...]:
    planned = plan_drafts(drafts, order, context)
    if isinstance(planned, tuple):
        return planned
    plan = planned.plan
    lines = tuple(
        DocumentLine(
            item=draft.item,
            description=draft.description,
            amount=amount.in_books(),
            quantity=draft.quantity,
            unit_price=unit_price_of(draft, amount.in_books()),
            tax_code=code,
        )
        for draft, code, amount in zip(planned.drafts, plan.codes, plan.amounts, strict=True)
    )
    return Planned(lines, plan)


def turned(drafts: Iterable[Draft]) -> list[Draft]:
    """The same lines seen from the other side: what a refund takes back, a sale gives out."""
    return [
        replace(
            draft,
            amount=-draft.amount,
            quantity=None if draft.quantity is None else -draft.quantity,
            taxes=tuple(replace(tax, amount=-tax.amount) for tax in draft.taxes),
        )
        for draft in drafts
    ]


def turned_line(line: DocumentLine) -> DocumentLine:
    """A line that gives out what the other takes back."""
    return replace(line, amount=-line.amount, quantity=None if line.quantity is None else -line.quantity)


def _price(line: RefundLine) -> Money | None:
    """The price of one, where it multiplies back to the amount exactly."""
    if line.quantity == 0:
        return None
    price = Money(line.amount.amount / line.quantity, line.amount.currency).rounded()
    return price if (price * line.quantity).in_books() == line.amount.in_books() else None

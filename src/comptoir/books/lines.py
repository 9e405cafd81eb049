"""The lines of a sale: what was sold, discounts, tenders that brought no money, and rounding (sections 1, 3, 6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

from comptoir.books.company import fold
from comptoir.books.context import Context, Found, held
from comptoir.books.documents import DocumentLine, Known, LedgerId, Reference
from comptoir.books.drafts import UNTAXED_KINDS, Draft
from comptoir.books.facts import Order, OrderLine, TaxCollector, TaxLine, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, books_unit, total, zero
from comptoir.books.planning import TAX_ROUNDING, PlannedDrafts, plan_drafts, unit_price_of
from comptoir.books.problems import Problem
from comptoir.books.specials import Special, TenderKind
from comptoir.books.taxes import TaxPlan, merchant_taxes
from comptoir.books.tenders import redeemed

NO_ITEM = Known(LedgerId(""))


class Matched(NamedTuple):
    """What needs an item, as the store calls it, and the item that was found; `special`: what is no product's."""

    found: Found | Problem
    name: str = ""
    sku: str = ""
    special: Special | None = None


@dataclass(slots=True)
class Drafted:
    """Lines before their tax is known, with what was found for each. `redeemed` are the tenders among them."""

    drafts: list[Draft] = field(default_factory=list)
    matched: list[Matched] = field(default_factory=list)
    redeemed: list[Tender] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """What stands in the way of items."""
        return [each.found for each in self.matched if isinstance(each.found, Problem)]

    def item(self, matched: Matched) -> Reference:
        """The item of a line. One that is missing is noted, and the line drafted all the same for its taxes."""
        self.matched.append(matched)
        return matched.found.reference if isinstance(matched.found, Found) else NO_ITEM


@dataclass(frozen=True, slots=True)
class Written:
    """Lines that are done with how their tax is told. `rounding` is what the rounding item carries, if anything."""

    lines: list[DocumentLine]
    plan: TaxPlan
    rounding: Money | None = None


def draft_lines(order: Order, items: ItemFinder, context: Context) -> Drafted:
    """Everything that the order's sale has lines of, each with its item or what stands in its way."""
    drafted = Drafted()
    drafted.drafts.extend(_sold(order, items, context, drafted))
    drafted.drafts.extend(_used(order, items, context, drafted))
    return drafted


def add_up(drafted: Drafted, planned: PlannedDrafts, items: ItemFinder, context: Context) -> Written | Problem:
    """Lines that come, with the tax, to the order's total less its tenders, to the minor unit; or why they do not."""
    order = items.order
    target = order.total - total((tender.amount for tender in drafted.redeemed), order.currency)
    plan, lines = planned.plan, _document_lines(planned)
    missing = target.in_books() - _sum(lines, plan)
    if missing.is_zero:
        return Written(lines, plan)
    rounding = _rounding(missing, plan, order=order, items=items, context=context)
    if isinstance(rounding, Problem):
        return rounding
    again = plan_drafts([*planned.drafts, rounding], order, context)
    if isinstance(again, tuple):  # the same lines and an untaxed one: what could be planned still can
        raise AssertionError("a rounding line changed what the taxes are")  # noqa: TRY004 - no caller can mend it
    return Written(_document_lines(again), again.plan, missing)


def _sold(order: Order, items: ItemFinder, context: Context, drafted: Drafted) -> Iterable[Draft]:
    """What was sold, and the discounts apart where they have an item of their own: one line for taxes of one kind."""
    apart = bool(context.resolved.settings.items.discount)
    discounts: dict[tuple[object, ...], Draft] = {}
    for line in order.lines:
        found = items.for_line(kind=line.kind, sku=line.sku, name=line.name)
        own = apart and not line.discount.is_zero and all(tax.rate is not None for tax in merchant_taxes(line.taxes))
        taxes = _counting(line) if own else line.taxes
        amount = line.gross if own else line.net
        yield Draft(
            item=drafted.item(Matched(found, line.name, line.sku)),
            description=_description(line, discounted=not own and not line.discount.is_zero),
            amount=amount.in_books(),
            quantity=line.quantity,
            unit_price=line.unit_price,
            taxes=taxes,
            is_untaxed_kind=line.kind in UNTAXED_KINDS,
        )
        if own:
            _add_discount(discounts, line, taxes, items, drafted)
    yield from discounts.values()


def _counting(line: OrderLine) -> tuple[TaxLine, ...]:
    """The taxes of a line whose discount stands apart: where nothing is left to tax, neither line may be taxed."""
    if merchant_taxes(line.taxes):
        return line.taxes
    return tuple(tax for tax in line.taxes if tax.rate == 0 or tax.collector is TaxCollector.MARKETPLACE)


def _add_discount(
    discounts: dict[tuple[object, ...], Draft],
    line: OrderLine,
    taxes: tuple[TaxLine, ...],
    items: ItemFinder,
    drafted: Drafted,
) -> None:
    """Lower the discount of the goods that bear the same taxes; their tax stands on the goods."""
    item = drafted.item(Matched(items.special(Special.DISCOUNT), special=Special.DISCOUNT))
    theirs = any(tax.collector is TaxCollector.MARKETPLACE and not tax.amount.is_zero for tax in taxes)
    untaxed = line.kind in UNTAXED_KINDS or (theirs and not merchant_taxes(taxes))
    key = (untaxed, *sorted((fold(tax.name), str(tax.rate), tax.collector.value) for tax in taxes))
    nothing = zero(line.gross.currency)
    known = discounts.get(key)
    discounts[key] = Draft(
        item=item,
        description="Discount",
        amount=(known.amount if known else nothing) - line.discount.in_books(),
        taxes=tuple(replace(tax, amount=nothing) for tax in taxes),
        is_untaxed_kind=untaxed,
        is_discount=True,
    )


def _used(order: Order, items: ItemFinder, context: Context, drafted: Drafted) -> Iterable[Draft]:
    """Gift cards and store credit used: negative lines with what the shop owes; those used after the sale are none."""
    kinds = {
        TenderKind.GIFT_CARD: (Special.GIFT_CARD, "Gift card used"),
        TenderKind.STORE_CREDIT: (Special.STORE_CREDIT, "Store credit used"),
    }
    for kind, (special, words) in kinds.items():
        for tender in redeemed(order, context.resolved, kind):
            if context.redeemed is not None and tender.source_id not in context.redeemed:
                continue
            item = drafted.item(Matched(items.special(special), special=special))
            drafted.redeemed.append(tender)
            yield Draft(item, words, -tender.amount.in_books(), is_untaxed_kind=True)


def _sum(lines: Iterable[DocumentLine], plan: TaxPlan) -> Money:
    net = total((line.amount for line in lines), plan.total.currency)
    return net if plan.inclusive else net + plan.total.in_books()


def _document_lines(planned: PlannedDrafts) -> list[DocumentLine]:
    """The drafts with their codes and amounts; discounts of one code are one line."""
    lines: list[DocumentLine] = []
    discounts: dict[LedgerId | None, int] = {}
    plan = planned.plan
    for draft, code, meant in zip(planned.drafts, plan.codes, plan.amounts, strict=True):
        amount = meant.in_books()
        at = discounts.setdefault(code, len(lines)) if draft.is_discount else len(lines)
        if at < len(lines):
            lines[at] = replace(lines[at], amount=lines[at].amount + amount)
            continue
        lines.append(
            DocumentLine(
                item=draft.item,
                description=draft.description,
                amount=amount,
                quantity=draft.quantity,
                unit_price=unit_price_of(draft, amount),
                tax_code=code,
            )
        )
    return lines


def _description(line: OrderLine, *, discounted: bool) -> str:
    name = line.name or line.sku
    return f"{name} (discount {line.discount.rounded().amount})" if discounted else name


def _rounding(missing: Money, plan: TaxPlan, *, order: Order, items: ItemFinder, context: Context) -> Draft | Problem:
    """What the lines and the tax leave open, for the rounding item (O9); beyond its cap the order is held.

    At most one unit of the currency for each line and tax line, and at most the cap; of a currency with three
    decimals the books keep two, and the unit is theirs. What the tax differs from the store's, by the ledger's own
    arithmetic, has a bound of its own and is none of this (section 1).
    """
    by_tax = plan.difference.in_books()
    unexplained = abs((missing + by_tax).amount)
    unit, cap = books_unit(order.currency), context.resolved.settings.items.rounding_cap
    tax_lines = sum(len(merchant_taxes(line.taxes)) for line in order.lines)
    most = Decimal(len(order.lines) + tax_lines)
    if unexplained > min(most, cap) * unit:
        return _too_far(order, plan, None if unexplained > most * unit else unexplained / unit)
    found = items.special(Special.ROUNDING)
    if isinstance(found, Problem):
        return found
    words = TAX_ROUNDING if missing == -by_tax else "Rounding"
    return Draft(found.reference, words, missing, is_untaxed_kind=True)


def _too_far(order: Order, plan: TaxPlan, units: Decimal | None) -> Problem:
    """The lines do not come to the total; with `units`, a cap of so many minor units would let them."""
    values = {
        "lines": str(total(plan.amounts, order.currency)),
        "tax": str(plan.total),
        "store_tax": str(plan.total - plan.difference),
        "total": str(order.total),
    }
    if units is None:
        return held(
            "total",
            order,
            "The lines of order {number} come to {lines} with {tax} tax (the store says {store_tax}), "
            "and its total to {total}.",
            "Look at the order in the store; where its total is right, enter the sale by hand.",
            field="total",
            **values,
        )
    return held(
        "total",
        order,
        "The lines of order {number} come to {lines} with {tax} tax, and its total to {total}: further apart than the "
        "rounding that the settings allow.",
        "Look at the order in the store; where its total is right, set items.rounding_cap to {units} or more.",
        field="total",
        units=f"{units.to_integral_value(ROUND_CEILING):f}",
        **values,
    )

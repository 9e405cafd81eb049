"""Edits that refunds settle: what an edit removed from a paid order is the value of the refund that gives it back.

An edit changes the current figures and makes no refund; the cash follows in a refund without lines. Together they are
one refund: value from the edit, cash from the refund (posting rules, section 7). `balance` says how much of a refund's
cash that is; a refund takes as many of the removed pieces as it pays for, and the next one those after them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from comptoir.books.facts import OrderLine, RefundLine, Restock, TaxCollector
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import noise, tax_total
from comptoir.stores.shopify.translate.lines import charge_line, line_of, worth
from comptoir.stores.shopify.translate.refunds import Taken

MOST_TOGETHER = 8
"""Removed lines of which every combination is tried."""


@dataclass(slots=True)
class _Removed:
    """Pieces of one line item, or a whole shipping line, that an edit removed; `taken` of them have their refund."""

    pieces: int
    item: wire.LineItem | None = None
    place: int = -1
    taken: int = 0


def with_settled_edits(
    order: wire.Order, taken: Sequence[Taken], settled: Sequence[Money], exchanged: frozenset[str]
) -> list[Taken]:
    """The refunds, those whose cash is for removed goods and shipping with these as their value.

    `settled` is that cash by refund; `exchanged` are line items that are not of the sale.
    """
    removed = [*_goods(order, taken, exchanged), *_charges(order)]
    made = {each.refund.source_id: each for each in taken}
    by_time = sorted(zip(taken, settled, strict=True), key=lambda pair: pair[0].refund.in_time)
    for each, amount in by_time:
        if amount > zero(order.currency_code):
            made[each.refund.source_id] = _with(each, order, _covering(removed, amount, order))
    return [made[each.refund.source_id] for each in taken]


def _goods(order: wire.Order, taken: Sequence[Taken], exchanged: frozenset[str]) -> Iterator[_Removed]:
    """The pieces of each line item of the sale that are gone without a refund that names them."""
    refunded = sum((each.quantities for each in taken), start=Counter[str]())
    for item in order.line_items.nodes:
        pieces = item.quantity - item.current_quantity - refunded[item.id]
        if pieces > 0 and item.id not in exchanged:
            yield _Removed(pieces, item)


def _charges(order: wire.Order) -> Iterator[_Removed]:
    for place, charge in enumerate(order.shipping_lines.nodes):
        if charge.is_removed:
            yield _Removed(1, None, place)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one refund takes of a removal: pieces from `start` to `end` of it."""

    removed: _Removed
    start: int
    end: int


def _covering(removed: Sequence[_Removed], amount: Money, order: wire.Order) -> list[_Part]:
    """Pieces that no refund has yet which are worth `amount`; else as many as it takes, in the order of the lines.

    All of them where they are worth no more: a minor unit for each line is rounding.
    """
    left = [each for each in removed if each.taken < each.pieces]
    whole = [_Part(each, each.taken, each.pieces) for each in left]
    crumbs = noise(order).amount + minor_unit(order.currency_code)
    rest = total((_value(part, order) for part in whole), order.currency_code)
    if (rest - amount).amount <= len(left) * crumbs:
        parts = whole
    else:
        parts = _worth_just(whole, amount, crumbs, order) or list(_until(whole, amount, order))
    for part in parts:
        part.removed.taken = part.end
    return parts


def _worth_just(whole: Sequence[_Part], amount: Money, crumbs: Decimal, order: wire.Order) -> list[_Part]:
    """Pieces of one line that are worth just `amount`, else whole lines that together are; none where nothing is.

    So a refund keeps what it settled when more is removed later: an edit and its refund are worth the same.
    """

    def is_it(parts: Sequence[_Part]) -> bool:
        worth_of_all = total((_value(part, order) for part in parts), order.currency_code)
        return abs((worth_of_all - amount).amount) <= crumbs

    for part in whole:
        for end in range(part.start + 1, part.end + 1):
            if is_it([pieces := replace(part, end=end)]):
                return [pieces]
    some = whole[:MOST_TOGETHER]
    together = (list(each) for size in range(2, len(some) + 1) for each in combinations(some, size))
    return next(filter(is_it, together), [])


def _until(whole: Sequence[_Part], amount: Money, order: wire.Order) -> Iterator[_Part]:
    """Piece by piece, until they are worth no less than `amount`."""
    for part in whole:
        end = part.start
        while end < part.end and amount > zero(order.currency_code):
            amount -= _value(_Part(part.removed, end, end + 1), order)
            end += 1
        if end > part.start:
            yield replace(part, end=end)


def _value(part: _Part, order: wire.Order) -> Money:
    """What it took off the order's total."""
    worths = [zero(order.currency_code) if line is None else worth(line, order) for line in _lines(part, order)]
    return worths[1] - worths[0]


def _lines(part: _Part, order: wire.Order) -> tuple[OrderLine | None, OrderLine]:
    """The line with the pieces before the part (None: there are none), and with its own.

    The difference of the two is the part's: so all parts together are worth just what the whole is.
    """
    item = part.removed.item
    if item is None:
        return None, charge_line(order, part.removed.place)
    return (line_of(item, order, part.start) if part.start else None), line_of(item, order, part.end)


def _with(taken: Taken, order: wire.Order, parts: Sequence[_Part]) -> Taken:
    lines = tuple(_refund_line(part, order) for part in parts)
    pieces = Counter({part.removed.item.id: part.end - part.start for part in parts if part.removed.item is not None})
    return Taken(
        refund=replace(taken.refund, lines=(*taken.refund.lines, *lines)),
        value=taken.value + total((_value(part, order) for part in parts), order.currency_code),
        quantities=taken.quantities + pieces,
        charges=frozenset(part.removed.place for part in parts if part.removed.item is None),
    )


def _refund_line(part: _Part, order: wire.Order) -> RefundLine:
    before, line = _lines(part, order)
    tax = tax_total(line.taxes, order.currency_code, TaxCollector.MERCHANT)
    earlier = () if before is None else before.taxes
    return RefundLine(
        line_id=line.source_id,
        kind=line.kind,
        name=line.name,
        sku=line.sku,
        quantity=line.quantity if before is None else line.quantity - before.quantity,
        amount=line.net if before is None else line.net - before.net,
        tax=tax - tax_total(earlier, order.currency_code, TaxCollector.MERCHANT),
        restock=Restock.NEVER_LEFT,  # only goods that were not sent can be edited away
    )

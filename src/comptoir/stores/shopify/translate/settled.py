"""Edits that refunds settle: what an edit removed from a paid order is the value of the refund that gives it back.

An edit changes the current figures and makes no refund; the cash follows in a refund without lines. Together they are
one refund: value from the edit, cash from the refund (posting rules, section 7). `balance` says how much of a refund's
cash that is; a refund takes as many of the removed pieces as it pays for, and the next one those after them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations

from comptoir.books.facts import OrderLine, RefundLine, Restock, SourceId, TaxCollector
from comptoir.books.money import Money, minor_unit, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import noise, tax_total
from comptoir.stores.shopify.translate.lines import charge_line, line_of, worth
from comptoir.stores.shopify.translate.refunds import Taken

MOST_TOGETHER = 8
"""Removed lines of which every combination is tried."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one refund takes of a removal: pieces from `start` to `end` of a line item, by its gid.

    They are counted after those that earlier refunds name, for the store rounds what is gone of a line as it adds up.
    Of a shipping line there is one piece; the gid is "" and `place` is the line's.
    """

    gid: str
    place: int
    start: int
    end: int


Pieces = Mapping[SourceId, Sequence[Piece]]
"""What refunds take of removals, by their ids."""


@dataclass(slots=True)
class _Removed:
    """Pieces of one line item, or a whole shipping line, that an edit removed; `taken` of them have their refund."""

    pieces: int
    gid: str = ""
    place: int = -1
    taken: int = 0


def settled_pieces(
    order: wire.Order, taken: Sequence[Taken], settled: Sequence[Money], exchanged: frozenset[str]
) -> Pieces:
    """Which removed goods and shipping each refund gives back the money of.

    `settled` is that cash by refund; `exchanged` are line items that are not of the sale. It is the same whatever
    currency the record tells: the buyer's should be asked where there is one, for no amount of it is converted.
    """
    removed = [*_goods(order, taken, exchanged), *_charges(order)]
    found: dict[SourceId, Sequence[Piece]] = {}
    named = Counter[str]()
    for each, amount in sorted(zip(taken, settled, strict=True), key=lambda pair: pair[0].refund.in_time):
        if amount > zero(order.currency_code):
            found[each.refund.source_id] = _covering(removed, named, amount, order)
        named += each.quantities
    return found


def with_settled_edits(order: wire.Order, taken: Sequence[Taken], pieces: Pieces) -> list[Taken]:
    """The refunds, those whose cash is for removed goods and shipping with these as their value."""
    return [_with(each, order, pieces.get(each.refund.source_id, ())) for each in taken]


def _goods(order: wire.Order, taken: Sequence[Taken], exchanged: frozenset[str]) -> Iterator[_Removed]:
    """The pieces of each line item of the sale that are gone without a refund that names them."""
    refunded = sum((each.quantities for each in taken), start=Counter[str]())
    for item in order.line_items.nodes:
        pieces = item.quantity - item.current_quantity - refunded[item.id]
        if pieces > 0 and item.id not in exchanged:
            yield _Removed(pieces, item.id)


def _charges(order: wire.Order) -> Iterator[_Removed]:
    for place, charge in enumerate(order.shipping_lines.nodes):
        if charge.is_removed:
            yield _Removed(1, "", place)


def _covering(removed: Sequence[_Removed], named: Counter[str], amount: Money, order: wire.Order) -> list[Piece]:
    """Pieces that no refund has yet which are worth `amount`; else as many as it takes, in the order of the lines.

    All of them where they are worth no more: a minor unit for each line is rounding. `named`: the pieces of each line
    item that earlier refunds name.
    """
    left = [each for each in removed if each.taken < each.pieces]
    whole = [Piece(x.gid, x.place, named[x.gid] + x.taken, named[x.gid] + x.pieces) for x in left]
    crumbs = noise(order).amount + minor_unit(order.currency_code)
    rest = total((_value(part, order) for part in whole), order.currency_code)
    if (rest - amount).amount <= len(left) * crumbs:
        parts = whole
    else:
        parts = _worth_just(whole, amount, crumbs, order) or list(_until(whole, amount, order))
    ends = {(part.gid, part.place): part.end for part in parts}
    for each in left:
        each.taken = ends.get((each.gid, each.place), named[each.gid] + each.taken) - named[each.gid]
    return parts


def _worth_just(whole: Sequence[Piece], amount: Money, crumbs: Decimal, order: wire.Order) -> list[Piece]:
    """Pieces of one line that are worth just `amount`, else whole lines that together are; none where nothing is.

    So a refund keeps what it settled when more is removed later: an edit and its refund are worth the same.
    """

    def is_it(parts: Sequence[Piece]) -> bool:
        worth_of_all = total((_value(part, order) for part in parts), order.currency_code)
        return abs((worth_of_all - amount).amount) <= crumbs

    for part in whole:
        for end in range(part.start + 1, part.end + 1):
            if is_it([pieces := replace(part, end=end)]):
                return [pieces]
    some = whole[:MOST_TOGETHER]
    together = (list(each) for size in range(2, len(some) + 1) for each in combinations(some, size))
    return next(filter(is_it, together), [])


def _until(whole: Sequence[Piece], amount: Money, order: wire.Order) -> Iterator[Piece]:
    """Piece by piece, until they are worth no less than `amount`."""
    for part in whole:
        end = part.start
        while end < part.end and amount > zero(order.currency_code):
            amount -= _value(replace(part, start=end, end=end + 1), order)
            end += 1
        if end > part.start:
            yield replace(part, end=end)


def _value(part: Piece, order: wire.Order) -> Money:
    """What it took off the order's total."""
    worths = [zero(order.currency_code) if line is None else worth(line, order) for line in _lines(part, order)]
    return worths[1] - worths[0]


def _lines(part: Piece, order: wire.Order) -> tuple[OrderLine | None, OrderLine]:
    """The line with the pieces before the part (None: there are none), and with its own.

    The difference of the two is the part's: so all parts together are worth just what the whole is.
    """
    if not part.gid:
        return None, charge_line(order, part.place)
    item = next(each for each in order.line_items.nodes if each.id == part.gid)
    return (line_of(item, order, part.start) if part.start else None), line_of(item, order, part.end)


def _tax(line: OrderLine) -> Money:
    return tax_total(line.taxes, line.net.currency, TaxCollector.MERCHANT)


def _with(taken: Taken, order: wire.Order, parts: Sequence[Piece]) -> Taken:
    if not parts:
        return taken
    lines = tuple(_refund_line(part, order) for part in parts)
    return Taken(
        refund=replace(taken.refund, lines=(*taken.refund.lines, *lines)),
        value=taken.value + total((_value(part, order) for part in parts), order.currency_code),
        quantities=taken.quantities + Counter({part.gid: part.end - part.start for part in parts if part.gid}),
        charges=frozenset(part.place for part in parts if not part.gid),
    )


def _refund_line(part: Piece, order: wire.Order) -> RefundLine:
    before, line = _lines(part, order)
    return RefundLine(
        line_id=line.source_id,
        kind=line.kind,
        name=line.name,
        sku=line.sku,
        quantity=line.quantity if before is None else line.quantity - before.quantity,
        amount=line.net if before is None else line.net - before.net,
        tax=_tax(line) if before is None else _tax(line) - _tax(before),
        restock=Restock.NEVER_LEFT,  # only goods that were not sent can be edited away
    )

"""Returns: goods given in exchange, and what is kept of the money (shopify.md §4.7).

An exchange adds lines to the order. They are no part of the sale as it was: what came back and what was given for it
are one refund, with lines of both signs (posting rules, section 7). Fees lower what a refund takes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.books.facts import LineKind, OrderLine, Refund, RefundLine, SourceId, TaxCollector
from comptoir.books.money import Money, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import money, number_of, tax_total
from comptoir.stores.shopify.translate.lines import goods_lines, worth
from comptoir.stores.shopify.translate.refunds import Taken

OPEN = "OPEN"
LIVE = frozenset({OPEN, "CLOSED"})
"""Returns that take place: the others are asked for, declined or given up."""
RESTOCKING_FEE, RETURN_SHIPPING = "Restocking fee", "Return shipping"


@dataclass(frozen=True, slots=True)
class Swap:
    """A return, and the lines that were given out for it (none where it is no exchange)."""

    returned: wire.Return
    given: tuple[OrderLine, ...]
    worth: Money
    """What the lines given out add to the order's total, with tax."""

    @property
    def is_exchange(self) -> bool:
        """Whether goods are given out for it, now or later."""
        return bool(self.returned.exchange_line_items.nodes)

    @property
    def waits(self) -> bool:
        """Whether goods are still on their way, back or out: until then it is not known what an exchange comes to."""
        back = any(line.unprocessed_quantity for line in self.returned.return_line_items.nodes)
        out = any(not line.line_items for line in self.returned.exchange_line_items.nodes)
        return self.returned.status == OPEN and (back or out)

    @property
    def refund_ids(self) -> frozenset[SourceId]:
        """The refunds that settled it."""
        return frozenset(number_of(refund.id) for refund in self.returned.refunds.nodes)


def exchanged_items(order: wire.Order) -> frozenset[str]:
    """The gids of the order's lines that are goods given in exchange."""
    return frozenset(gid for returned in _live(order) for gid in _items(returned))


def swaps_of(order: wire.Order, taken: Sequence[Taken]) -> tuple[Swap, ...]:
    """The returns that take place, each with what was given out for it; none where the app may not read returns."""
    return tuple(_swap(returned, order, taken) for returned in _live(order))


def paid_with_goods(swaps: Iterable[Swap], taken: Sequence[Taken], currency: str) -> Money:
    """How much of the goods given out was paid by those that came back."""
    paid = (min(swap.worth, total((each.value for each in _of(swap, taken)), currency)) for swap in swaps)
    return total(paid, currency)


def fees_of(swaps: Iterable[Swap], taken: Sequence[Taken], currency: str) -> list[Money]:
    """What the merchant keeps of each refund, in their order."""
    kept: dict[SourceId, Money] = {}
    for swap in swaps:
        mine = _of(swap, taken)
        for each in mine:
            lines = _fees(swap.returned, each, mine)
            kept[each.refund.source_id] = -total((line.amount for line in lines), currency)
    return [kept.get(each.refund.source_id, zero(currency)) for each in taken]


def refunds_of(swaps: Iterable[Swap], taken: Sequence[Taken], currency: str) -> tuple[Refund, ...]:
    """The refunds as facts: those of an exchange as one, fees as lines below zero, the others as they are."""
    found = {each.refund.source_id: each.refund for each in taken}
    for swap in swaps:
        mine = _of(swap, taken)
        for each in mine:
            fees = tuple(_fees(swap.returned, each, mine))
            found[each.refund.source_id] = replace(each.refund, lines=(*each.refund.lines, *fees))
        if swap.is_exchange and (mine or swap.given):
            exchange = _exchange(swap, [found.pop(each.refund.source_id) for each in mine], currency)
            found[exchange.source_id] = exchange
    return tuple(found.values())


def _live(order: wire.Order) -> list[wire.Return]:
    return [each for each in order.returns.nodes if each.status in LIVE] if order.returns else []


def _items(returned: wire.Return) -> frozenset[str]:
    return frozenset(item.id for line in returned.exchange_line_items.nodes for item in line.line_items or ())


def _swap(returned: wire.Return, order: wire.Order, taken: Sequence[Taken]) -> Swap:
    """What was given out is what is left of the lines and what later refunds took back of them."""
    items = _items(returned)
    refunded = sum((each.quantities for each in taken), start=Counter[str]())
    sold = {item.id: item.current_quantity + refunded[item.id] for item in order.line_items.nodes if item.id in items}
    given = tuple(goods_lines(order, sold))
    return Swap(returned, given, total((worth(line, order) for line in given), order.currency_code))


def _of(swap: Swap, taken: Sequence[Taken]) -> list[Taken]:
    """The refunds of a return, the earliest first."""
    mine = [each for each in taken if each.refund.source_id in swap.refund_ids]
    return sorted(mine, key=lambda each: each.refund.in_time)


def _exchange(swap: Swap, parts: Sequence[Refund], currency: str) -> Refund:
    """What came back and what was given out for it, under the id of the first refund; pending while it waits."""
    returned = swap.returned
    kept = [part.kept for part in parts if part.kept is not None]
    return Refund(
        source_id=parts[0].source_id if parts else SourceId(f"return-{number_of(returned.id)}"),
        at=parts[0].at if parts else returned.created_at,
        lines=(*(line for part in parts for line in part.lines), *map(_given_out, swap.given)),
        tenders=tuple(tender for part in parts for tender in part.tenders),
        pending=swap.waits or any(part.pending for part in parts),
        note=" ".join(part.note for part in parts if part.note),
        kept=total(kept, currency) if len(kept) == len(parts) else None,
    )


def _given_out(line: OrderLine) -> RefundLine:
    """A line that was given out, as the refund sees it: everything below zero."""
    return RefundLine(
        line_id=line.source_id,
        kind=line.kind,
        name=line.name,
        sku=line.sku,
        quantity=-line.quantity,
        amount=-line.net,
        tax=-tax_total(line.taxes, line.net.currency, TaxCollector.MERCHANT),
        taxes=line.taxes,
    )


def _fees(returned: wire.Return, each: Taken, mine: Sequence[Taken]) -> Iterator[RefundLine]:
    """What the merchant keeps of a refund: for restocking its own lines and, of the first refund, for the way back."""
    for at, line in enumerate(returned.return_line_items.nodes, start=1):
        gid = line.fulfillment_line_item.line_item.id if line.fulfillment_line_item else ""
        keeper = next((other for other in mine if gid in other.quantities), mine[0])
        if line.restocking_fee is not None and keeper is each:
            yield _fee(f"restocking-{at}", RESTOCKING_FEE, money(line.restocking_fee.amount_set))
    for at, fee in enumerate(returned.return_shipping_fees, start=1):
        if each is mine[0]:
            yield _fee(f"return-shipping-{at}", RETURN_SHIPPING, money(fee.amount_set))


def _fee(known_as: str, name: str, amount: Money) -> RefundLine:
    return RefundLine(
        line_id=SourceId(known_as),
        kind=LineKind.FEE,
        name=name,
        sku="",
        quantity=Decimal(-1),
        amount=-amount,
        tax=zero(amount.currency),
    )

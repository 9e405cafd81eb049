"""Net amounts of lines whose prices include tax (posting rules, section 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

from comptoir.books.facts import Order
from comptoir.books.money import Money, total
from comptoir.books.taxes.arithmetic import spread
from comptoir.books.taxes.mapping import store_tax
from comptoir.books.taxes.model import TaxedLine


def net_amounts(lines: Sequence[TaxedLine], groups: Sequence[Hashable | None], order: Order) -> tuple[Money, ...]:
    """Each line without tax: as it is where the order adds tax, else its share of its group's net.

    A group's net is its lines' sum less the store's tax on them, spread by largest remainder in proportion to the
    lines; lines of the group None bear no tax.
    """
    amounts = [line.amount for line in lines]
    members: dict[Hashable, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        if group is not None and order.prices_include_tax:
            members[group].append(at)
    for places in members.values():
        taxed = [lines[at] for at in places]
        net = total((line.amount for line in taxed), order.currency) - store_tax(taxed, order.currency)
        parts = spread(net, [line.amount.amount for line in taxed], [line.place for line in taxed])
        for at, part in zip(places, parts, strict=True):
            amounts[at] = part
    return tuple(amounts)

"""Which tenders pay which of an order's sales, where an edit or an exchange made it more than one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, zero

JOINT = "+"


def share_tenders(order: Order, totals: Sequence[Money]) -> list[tuple[Tender, ...]]:
    """The order's tenders, in the order of their time, over sales of these totals: each is paid before the next.

    A tender that pays two is split: its second piece is a tender of its own (`piece_id`). What goes beyond all of
    them pays the last. Of one sale, all tenders as they stand.
    """
    if len(totals) == 1:
        return [order.tenders]
    shares: list[list[Tender]] = [[] for _ in totals]
    left = list(totals)
    place = 0
    for tender in sorted(order.tenders, key=lambda each: (each.at, each.source_id)):
        rest, pieces = tender.amount, 0
        while rest > zero(order.currency):
            while place < len(totals) - 1 and left[place] <= zero(order.currency):
                place += 1
            amount = rest if place == len(totals) - 1 else min(rest, left[place])
            pieces += 1
            shares[place].append(replace(tender, amount=amount, source_id=piece_id(tender.source_id, pieces)))
            left[place] -= amount
            rest -= amount
    return [tuple(share) for share in shares]


def new_money(
    order: Order, shares: Sequence[tuple[Tender, ...]], received: Mapping[SourceId, Money]
) -> list[tuple[Tender, ...]]:
    """The shares without the pieces of tenders that a payment brought whole already: its money is in the books once.

    It lies there as the buyer's credit, and meets a later sale of the order on the buyer's account.
    """
    brought = {
        piece_id(tender.source_id, place)
        for tender in order.tenders
        if received.get(tender.source_id, zero(order.currency)) >= tender.amount.in_books()
        for place in range(2, len(shares) + 1)
    } - received.keys()
    return [tuple(tender for tender in share if tender.source_id not in brought) for share in shares]


def piece_id(source_id: SourceId, place: int) -> SourceId:
    """The id of a tender's place-th piece: the first keeps the tender's own."""
    return source_id if place == 1 else SourceId(f"{source_id}{JOINT}{place}")

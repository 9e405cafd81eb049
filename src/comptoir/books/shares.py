"""Which tenders pay which of an order's sales, where an edit or an exchange made it more than one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from comptoir.books.documents import PostingKey, SaleForm
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, zero

JOINT = "+"
BEYOND = "beyond"
"""The part of a key that stands for what comes in beyond a sale that is a receipt in the books; it is no posting's."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one of the order's sales asks for; `form` is that of a sale in the books, None of one that is new."""

    key: PostingKey
    owed: Money
    day: date
    form: SaleForm | None = None


def in_order_of_posting(claims: Sequence[Claim]) -> list[Claim]:
    """The order's own sale first, what is in the books before what is new, and each by its day: as they were posted.

    Money that a sale in the books took is then never told to be another's.
    """
    first, *others = claims
    return [first, *sorted(others, key=lambda claim: (claim.form is None, claim.day))]


def shares_of(
    order: Order, claims: Sequence[Claim], received: Mapping[SourceId, Money]
) -> dict[PostingKey, tuple[Tender, ...]]:
    """The tenders that pay each sale, by its key.

    A receipt in the books took its own money, and no more can come to it: what goes beyond the last sale where that is
    one stands under its key with the part BEYOND.
    """
    keys, totals = [claim.key for claim in claims], [claim.owed for claim in claims]
    receipts = {place for place, claim in enumerate(claims) if claim.form is SaleForm.RECEIPT}
    brought = _brought(order, received)
    if claims[-1].form is SaleForm.RECEIPT:
        keys.append(replace(claims[-1].key, part=BEYOND))
        totals.append(zero(order.currency))
    return dict(zip(keys, new_money(order, share_tenders(order, totals, receipts, brought), received), strict=True))


def share_tenders(
    order: Order,
    totals: Sequence[Money],
    receipts: Collection[int] = (),
    brought: Collection[SourceId] = (),
) -> list[tuple[Tender, ...]]:
    """The order's tenders, in the order of their time, over sales of these totals: each is paid before the next.

    A tender that pays two is split: its second piece is a tender of its own (`piece_id`). What goes beyond all of
    them pays the last. Of one sale, all tenders as they stand. What is left of a tender that a payment `brought` whole
    is the buyer's credit, once the turn is at one of the `receipts` in the books: that took money of its own.
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
            if pieces and place in receipts and tender.source_id in brought:
                break
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
        piece_id(source_id, place) for source_id in _brought(order, received) for place in range(2, len(shares) + 1)
    } - received.keys()
    return [tuple(tender for tender in share if tender.source_id not in brought) for share in shares]


def _brought(order: Order, received: Mapping[SourceId, Money]) -> frozenset[SourceId]:
    """The tenders whose money a payment brought whole."""
    none = zero(order.currency)
    return frozenset(
        tender.source_id for tender in order.tenders if received.get(tender.source_id, none) >= tender.amount.in_books()
    )


def piece_id(source_id: SourceId, place: int) -> SourceId:
    """The id of a tender's place-th piece: the first keeps the tender's own."""
    return source_id if place == 1 else SourceId(f"{source_id}{JOINT}{place}")


def is_piece(piece: SourceId, source_id: SourceId) -> bool:
    """Whether `piece` is the tender of this id or a piece of it."""
    return piece == source_id or piece.startswith(f"{source_id}{JOINT}")

"""PURE: what the shop sent, as it is kept: complete, sorted, and the same whichever way it was read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from comptoir.books.facts import RawRecord, SourceId
from comptoir.stores.shopify.parts import Node
from comptoir.stores.shopify.translate.basics import number_of, order_number

_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted")


class _Head(msgspec.Struct, frozen=True, rename="camel"):
    """What the road needs of a record before it is translated."""

    id: str
    name: str
    processed_at: datetime
    updated_at: datetime


def order_record(node: Node) -> RawRecord:
    """A complete node as it is kept: sorted keys, numbers as they came, no trace of the pages it came in.

    Two keys are ours: `customerId`, which outlives the redaction of `customer`, and `refundNotes`, which lifts the
    free text of refunds to the top, where personal parts are.
    """
    customer = node.get("customer")
    notes = {refund["id"]: refund.pop("note", None) for refund in node["refunds"]}
    kept = {
        **_without_page_info(node),
        "customerId": customer["id"] if customer else None,
        "refundNotes": {gid: note for gid, note in notes.items() if note},
    }
    head = msgspec.convert(kept, _Head)
    return RawRecord(
        source_id=SourceId(number_of(head.id)),
        number=order_number(head.name),
        placed_at=head.processed_at,
        updated_at=head.updated_at,
        payload=_ENCODER.encode(kept),
    )


class _PayoutHead(msgspec.Struct, frozen=True, rename="camel"):
    """What the road needs of a payout before it is translated."""

    id: str
    issued_at: datetime


def payout_record(node: Node, rows: Sequence[Node]) -> RawRecord:
    """A payout with its rows, as it is kept. It has no time of change: the day it was issued stands for it."""
    kept = {**node, "rows": rows}
    head = msgspec.convert(kept, _PayoutHead)
    known = number_of(head.id)
    return RawRecord(
        source_id=known,
        number=known,
        placed_at=head.issued_at,
        updated_at=head.issued_at,
        payload=_ENCODER.encode(kept),
    )


def _without_page_info(value: Any) -> Any:
    """Complete lists without the places of their pages: those depend on how many records were asked for at once.

    A list that goes on keeps its mark: such a record is never translated.
    """
    if isinstance(value, list):
        return [_without_page_info(each) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: each for key, each in value.items() if key != "pageInfo" or each["hasNextPage"]}
    return {key: _without_page_info(each) for key, each in kept.items()}

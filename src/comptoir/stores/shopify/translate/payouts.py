"""A payout record of Shopify Payments as a fact of the books (shopify.md §6)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from comptoir.books.facts import SourceId, StoreIdentity, Untranslatable
from comptoir.books.money import Money
from comptoir.books.payouts import Payout, PayoutRow, PayoutStatus, RowKind
from comptoir.stores.shopify import wire_payouts as wire
from comptoir.stores.shopify.translate.basics import exact, field_and_detail, number_of, order_number

TRANSFER = "TRANSFER"
"""The payout itself, seen from the balance: its net is the payout's, negative. No part of what it is made of."""

KINDS: Mapping[str, RowKind] = {
    "CHARGE": RowKind.SALE,
    "REFUND": RowKind.REFUND,
    "REFUND_FAILURE": RowKind.REFUND,
    "TRANSFER_FAILURE": RowKind.FAILED_PAYOUT,
    "TRANSFER_CANCEL": RowKind.FAILED_PAYOUT,
    "TRANSFER_REFUND": RowKind.FAILED_PAYOUT,
    "DISPUTE_WITHDRAWAL": RowKind.DISPUTE,
    "DISPUTE_REVERSAL": RowKind.DISPUTE,
    "CHARGEBACK_HOLD": RowKind.DISPUTE,
    "CHARGEBACK_HOLD_RELEASE": RowKind.DISPUTE,
    "RISK_WITHDRAWAL": RowKind.RESERVE,
    "RISK_REVERSAL": RowKind.RESERVE,
    "CHARGEBACK_FEE": RowKind.FEE,
    "CHARGEBACK_FEE_REFUND": RowKind.FEE,
    "STRIPE_FEE": RowKind.FEE,
    "REFERRAL_FEE": RowKind.FEE,
    "REFERRAL_FEE_TAX": RowKind.TAX,
    "CUSTOMS_DUTY": RowKind.TAX,
    "CUSTOMS_DUTY_ADJUSTMENT": RowKind.TAX,
    "ADJUSTMENT": RowKind.ADJUSTMENT,
    "CHARGE_ADJUSTMENT": RowKind.ADJUSTMENT,
    "REFUND_ADJUSTMENT": RowKind.ADJUSTMENT,
    "ADVANCE": RowKind.LOAN,
    "ADVANCE_FUNDING": RowKind.LOAN,
}
"""TABLE: Shopify's types that mean one thing each."""
FAMILIES: Mapping[str, RowKind] = {
    "RESERVED_FUNDS": RowKind.RESERVE,
    "LENDING_": RowKind.LOAN,
    "SHIPPING_": RowKind.FEE,
    "MARKETPLACE_FEE_": RowKind.FEE,
    "TAX_ADJUSTMENT_": RowKind.TAX,
    "IMPORT_TAX": RowKind.TAX,
    "VAT_REFUND_": RowKind.TAX,
    "ANOMALY_": RowKind.ADJUSTMENT,
}
"""TABLE: the beginnings that whole families of types share. What is in neither table is OTHER."""


def translate_payout(payload: Mapping[str, object], *, store: StoreIdentity) -> Payout | Untranslatable:
    """The fact that a complete payout record states (its rows under `rows`), or the field in which it states none."""
    try:
        record = msgspec.convert(dict(payload), wire.Payout)
    except msgspec.ValidationError as error:
        field, detail = field_and_detail(str(error))
        gid = payload.get("id")
        known = number_of(gid) if isinstance(gid, str) else SourceId("")
        return Untranslatable(source_id=known, number=known, field=field, detail=detail)
    return Payout(
        store=store,
        source_id=number_of(record.id),
        issued_at=record.issued_at,
        status=_status(record.status),
        currency=record.net.currency_code,
        net=_signed(record),
        rows=tuple(_row(row) for row in record.rows if row.type != TRANSFER),
        reference=record.external_trace_id or "",
    )


def kind_of(platform_type: str) -> RowKind:
    """What a type of balance transaction is for."""
    family = next((kind for start, kind in FAMILIES.items() if platform_type.startswith(start)), RowKind.OTHER)
    return KINDS.get(platform_type, family)


def _status(stated: str) -> PayoutStatus:
    try:
        return PayoutStatus(stated.lower())
    except ValueError:
        return PayoutStatus.UNKNOWN


def _signed(record: wire.Payout) -> Money:
    """What reaches the bank; a withdrawal takes it from there, however its sign is written."""
    net = exact(record.net)
    return -abs(net) if record.transaction_type == wire.WITHDRAWAL else net


def _row(row: wire.BalanceTransaction) -> PayoutRow:
    order = row.associated_order
    return PayoutRow(
        source_id=number_of(row.id),
        kind=kind_of(row.type),
        platform_type=row.type,
        amount=exact(row.amount),
        fee=exact(row.fee),
        net=exact(row.net),
        at=row.transaction_date,
        order_id=number_of(order.id) if order else None,
        order_number=order_number(order.name) if order else "",
        tender_id=None if row.source_order_transaction_id is None else SourceId(str(row.source_order_transaction_id)),
        note=row.adjustment_reason or "",
        test=row.test,
    )

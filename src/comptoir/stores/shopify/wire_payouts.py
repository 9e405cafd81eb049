"""A payout of Shopify Payments with its balance transactions, as the books read them (shopify.md §6)."""

from __future__ import annotations

from comptoir.stores.shopify.wire import Amount, Moment, Wire

WITHDRAWAL = "WITHDRAWAL"


class AssociatedOrder(Wire, frozen=True):
    """The order that a row is about."""

    id: str
    name: str


class BalanceTransaction(Wire, frozen=True):
    """A row. The transaction of the order that it settles is named by its number alone."""

    id: str
    type: str
    test: bool
    transaction_date: Moment
    amount: Amount
    fee: Amount
    net: Amount
    source_order_transaction_id: int | str | None = None
    associated_order: AssociatedOrder | None = None
    adjustment_reason: str | None = None


class Payout(Wire, frozen=True):
    """A complete payout record: the node of `payouts`, and under `rows` all its balance transactions (store.py)."""

    id: str
    issued_at: Moment
    status: str
    transaction_type: str
    net: Amount
    rows: tuple[BalanceTransaction, ...]
    external_trace_id: str | None = None

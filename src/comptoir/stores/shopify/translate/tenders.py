"""Money that moved: which transactions count, and how much each is in the books (shopify.md §4.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from comptoir.books.facts import Tender
from comptoir.books.money import Money, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import UnreadableError, money, number_of
from comptoir.stores.shopify.translate.own_rate import worth

MONEY_IN = frozenset({"SALE", "CAPTURE"})
AUTHORIZATIONS = frozenset({"AUTHORIZATION", "EMV_AUTHORIZATION"})
VOID = "VOID"
CHANGE = "CHANGE"
REFUND = "REFUND"
SUCCESS = "SUCCESS"
UNDECIDED = frozenset({"PENDING", "AWAITING_RESPONSE", "UNKNOWN"})


@dataclass(frozen=True, slots=True)
class _Moved:
    """A transaction with what it moved, in the shop's money and in the buyer's (None where it is not stated)."""

    transaction: wire.Transaction
    shop: Money
    presentment: Money | None


def payments(order: wire.Order) -> tuple[Tender, ...]:
    """The successful sales and captures, less the change given on them."""
    done = [each for each in order.transactions if each.status == SUCCESS]
    moved: Sequence[_Moved] = [_moved(each) for each in done if each.kind in MONEY_IN]
    for change in done:
        if change.kind == CHANGE:
            moved = _less_change(moved, change)
    moved = _with_cash_rounding(moved, stated=money(order.total_received_set))
    return _tenders(moved, order)


def refund_tenders(refund: wire.Refund, order: wire.Order) -> tuple[Tender, ...]:
    """The cash of a refund: its successful transactions, stated above zero."""
    moved: Sequence[_Moved] = [
        _moved(each) for each in refund.transactions.nodes if each.kind == REFUND and each.status == SUCCESS
    ]
    moved = _with_cash_rounding(moved, stated=money(refund.total_refunded_set))
    return _tenders(moved, order)


def capturable(order: wire.Order) -> Money:
    """What is authorized and was neither taken nor given up; whether an authorization expired is not told.

    As the order's own total converts it: authorization and capture may have rates of different days.
    """
    done = [_moved(each) for each in order.transactions if each.status == SUCCESS]
    seen = _as_seen(done, order)
    left = None if seen is None else worth(_authorized(done, seen, order.presentment_currency_code), order)
    return _authorized(done, [each.shop for each in done], order.currency_code) if left is None else left


def _authorized(done: Sequence[_Moved], amounts: Sequence[Money], currency: str) -> Money:
    """What is left of the authorizations among `done`, each with its amount in one currency."""
    own = {each.transaction.id: amount for each, amount in zip(done, amounts, strict=True)}
    left = zero(currency)
    for each in done:
        if each.transaction.kind in AUTHORIZATIONS:
            later = [one.transaction for one in done if _is_of(one.transaction, each.transaction)]
            taken = total((own[one.id] for one in later), currency)
            if not any(one.kind == VOID for one in later):
                left += max(own[each.transaction.id] - taken, zero(currency))
    return left


def _is_of(later: wire.Transaction, authorization: wire.Transaction) -> bool:
    return later.parent_transaction is not None and later.parent_transaction.id == authorization.id


def is_pending(refund: wire.Refund) -> bool:
    """Whether a transaction of the refund may still succeed or fail."""
    return any(each.kind == REFUND and each.status in UNDECIDED for each in refund.transactions.nodes)


def _moved(transaction: wire.Transaction) -> _Moved:
    seen = transaction.amount_set.presentment_money
    return _Moved(
        transaction=transaction,
        shop=money(transaction.amount_set),
        presentment=None if seen is None else Money(seen.amount, seen.currency_code),
    )


def _less_change(moved: Sequence[_Moved], change: wire.Transaction) -> list[_Moved]:
    """Take the change off the payment that it was given on: its parent, else its payment, else its gateway's last."""
    given = _moved(change)
    candidates = (
        [each for each in moved if change.parent_transaction and each.transaction.id == change.parent_transaction.id]
        or [each for each in moved if change.payment_id and each.transaction.payment_id == change.payment_id]
        or [each for each in moved if each.transaction.gateway == change.gateway]
    )
    if not candidates or candidates[-1].shop < given.shop:
        raise UnreadableError("transactions", f"change {number_of(change.id)} belongs to no payment that covers it")
    paid = candidates[-1]
    rest = None if paid.presentment is None or given.presentment is None else paid.presentment - given.presentment
    lowered = replace(paid, shop=paid.shop - given.shop, presentment=rest)
    return [lowered if each is paid else each for each in moved]


def _with_cash_rounding(moved: Sequence[_Moved], *, stated: Money) -> Sequence[_Moved]:
    """Add the transactions' cash rounding exactly when the stated sum of money moved contains it.

    No source says whether `amountSet` holds the rounding already, so the sum decides.
    """
    rounded = [
        each
        if each.transaction.amount_rounding_set is None
        else replace(each, shop=each.shop + money(each.transaction.amount_rounding_set))
        for each in moved
    ]
    plain_sum = total((each.shop for each in moved), stated.currency)
    rounded_sum = total((each.shop for each in rounded), stated.currency)
    return rounded if plain_sum != stated and rounded_sum == stated else moved


def _tenders(moved: Sequence[_Moved], order: wire.Order) -> tuple[Tender, ...]:
    moved = [each for each in moved if not each.shop.is_zero]
    amounts = _at_the_orders_rate(moved, order)
    return tuple(_tender(each.transaction, amount) for each, amount in zip(moved, amounts, strict=True))


def _at_the_orders_rate(moved: Sequence[_Moved], order: wire.Order) -> Iterable[Money]:
    """The amounts in shop money, as the order itself converts them.

    Where the buyer paid in the shop's currency nothing changes. Each amount is what it adds to the worth of those
    before it: together they are worth just what was paid, and a later payment changes no earlier one.
    """
    seen = _as_seen(moved, order)
    stated = [each.shop for each in moved]
    if seen is None:
        return stated
    found: dict[str, Money] = {}
    paid, before = zero(order.presentment_currency_code), zero(order.currency_code)
    for each, amount in sorted(zip(moved, seen, strict=True), key=lambda pair: _in_time(pair[0].transaction)):
        paid += amount
        so_far = worth(paid, order)
        if so_far is None:
            return stated
        found[each.transaction.id], before = so_far - before, so_far
    return [found[each.transaction.id] for each in moved]


def _as_seen(moved: Sequence[_Moved], order: wire.Order) -> list[Money] | None:
    """The amounts in the buyer's money; None where that is the shop's, or one of them is not stated in it."""
    currency = order.presentment_currency_code
    seen = [each.presentment for each in moved if each.presentment and each.presentment.currency == currency]
    return None if currency == order.currency_code or len(seen) < len(moved) else seen


def _in_time(transaction: wire.Transaction) -> tuple[datetime, str]:
    return _moment(transaction), transaction.id


def _moment(transaction: wire.Transaction) -> datetime:
    return transaction.processed_at or transaction.created_at


def _tender(transaction: wire.Transaction, amount: Money) -> Tender:
    number = number_of(transaction.id)
    method = transaction.gateway or "unknown"
    return Tender(
        source_id=number,
        method=method,
        method_name=transaction.formatted_gateway or method,
        amount=amount,
        at=_moment(transaction),
        reference=number,
    )


def cash(tenders: Iterable[Tender], currency: str) -> Money:
    """What the tenders add up to."""
    return total((tender.amount for tender in tenders), currency)

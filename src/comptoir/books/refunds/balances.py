"""What is open on an order's invoices, and which of them a credit comes off (posting rules, section 7).

Payments settle the oldest invoice first, credits the newest: they meet in the middle, whatever comes first, and none
ever finds its invoice closed by the other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from comptoir.books.context import Context
from comptoir.books.documents import ApplicationDocument, Awaited, PostingKey
from comptoir.books.facts import Order, SourceId, Tender
from comptoir.books.money import Money, total, zero
from comptoir.books.payments import USED
from comptoir.books.refunds.value import by_time, cash_of, settlements, value_of


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice of ours that is not paid in full, and what is open on it."""

    key: PostingKey
    balance: Money


@dataclass(frozen=True, slots=True)
class Portion:
    """What a credit takes off one invoice."""

    invoice: PostingKey
    amount: Money


@dataclass(frozen=True, slots=True)
class SaleInBooks:
    """What refunds need of the order's sale.

    `invoices` are its open ones, the oldest first, less what `applied` names: the portions of the refunds, by their
    ids, and of the cancellation, by the order's, whose credits are in the books. `exchanges` are the tenders of
    exchanges for more.
    """

    key: PostingKey
    invoices: tuple[OpenInvoice, ...] = ()
    exchanges: Mapping[SourceId, tuple[Tender, ...]] = field(default_factory=dict)
    applied: Mapping[SourceId, tuple[Portion, ...]] = field(default_factory=dict)
    receipts: Collection[SourceId] = frozenset()
    """The refunds whose receipts are in the books."""
    credits_paid: Mapping[SourceId, Money] = field(default_factory=dict)
    """How much of the money of refunds gives back what was paid beyond the sales, by their ids."""

    @property
    def invoice(self) -> OpenInvoice | None:
        """All that refunds may take off its invoices, together with what they took; under the newest one's key."""
        applied = [portion.amount for portions in self.applied.values() for portion in portions]
        open_now = [invoice.balance for invoice in self.invoices]
        if not (applied or open_now):
            return None
        currency = (applied or open_now)[0].currency
        key = self.invoices[-1].key if self.invoices else self.key
        return OpenInvoice(key, total([*open_now, *applied], currency))


def spread(amount: Money, invoices: Sequence[OpenInvoice]) -> tuple[Portion, ...]:
    """`amount` over the open invoices, the newest first, as far as they go; the portions in the invoices' own order."""
    found: list[Portion] = []
    left = amount
    for invoice in reversed(invoices):
        part = min(left, invoice.balance)
        if part > zero(amount.currency):
            found.append(Portion(invoice.key, part))
            left -= part
    return tuple(reversed(found))


def less(invoices: Iterable[OpenInvoice], portions: Sequence[Portion]) -> tuple[OpenInvoice, ...]:
    """What stays open once `portions` are taken off."""
    return tuple(
        replace(invoice, balance=invoice.balance - _taken(portions, invoice.key, invoice.balance.currency))
        for invoice in invoices
    )


def taken_off(
    order: Order, sale: SaleInBooks | None
) -> tuple[Mapping[SourceId, tuple[Portion, ...]], tuple[OpenInvoice, ...]]:
    """What each refund takes off which invoice, by its id (the cancellation by the order's), and what is left open."""
    if sale is None:
        return {}, ()
    invoice, left = sale.invoice, sale.invoices
    balance = invoice.balance if invoice else zero(order.currency)
    settled = settlements(order, balance, sale.receipts, sale.credits_paid)
    found: dict[SourceId, tuple[Portion, ...]] = {}
    for refund in by_time(order):
        known = sale.applied.get(refund.source_id)
        found[refund.source_id] = spread(settled[refund.source_id].applied, left) if known is None else known
        left = left if known is not None else less(left, found[refund.source_id])
    return {**sale.applied, **found}, left


def paid_beyond(order: Order, owed: Money, context: Context) -> dict[SourceId, Money]:
    """How much of each refund's money gives back what was paid beyond the sales, which come to `owed`.

    That money lies on the buyer's account as a credit: giving it back is no cost. It is the money beyond what was taken
    back, as far as payments before the refund left a credit. A refund that is in the books keeps what it gave back.
    """
    none = zero(order.currency)
    known = context.credit_paid
    used = total(known.values(), order.currency)
    found = dict(known)
    for refund in by_time(order):
        if refund.source_id in known or refund.source_id in context.refunded or refund.pending:
            continue
        paid = total((tender.amount for tender in order.tenders if tender.at <= refund.at), order.currency)
        given = total((tender.amount for tender in refund.given), order.currency)
        money = cash_of(refund, order.currency)
        beyond = money + given + (refund.kept or none) - value_of(refund, order)
        amount = min(paid - owed - used, beyond, money).in_books()
        if amount > none:
            found[refund.source_id] = amount
            used += amount
    return found


def portions_in_books(context: Context) -> dict[PostingKey, tuple[Portion, ...]]:
    """What the order's credits in the books came off, by the credit's key; of gift cards used later tenders tell."""
    joined = ((document.credit, document) for document in context.applications)
    return {
        credit.key: _portions(document)
        for credit, document in joined
        if isinstance(credit, Awaited) and not credit.key.source_id.startswith(USED)
    }


def taken_from(portions: Iterable[Sequence[Portion]], invoice: PostingKey, currency: str) -> Money:
    """What all these credits took off one invoice."""
    return total((_taken(each, invoice, currency) for each in portions), currency)


def _portions(document: ApplicationDocument) -> tuple[Portion, ...]:
    parts = ((document.invoice, document.applied), *((each.invoice, each.amount) for each in document.others))
    return tuple(Portion(invoice.key, amount) for invoice, amount in parts if isinstance(invoice, Awaited))


def _taken(portions: Iterable[Portion], invoice: PostingKey, currency: str) -> Money:
    return total((each.amount for each in portions if each.invoice == invoice), currency)

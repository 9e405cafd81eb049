"""PURE: what the orders at hand show of a store: its taxes, payment methods, products, and what else it sells by."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from comptoir.books.company import ItemRecord, fold, tax_key
from comptoir.books.drafts import UNTAXED_KINDS
from comptoir.books.facts import LineKind, Order, OrderLine, PaymentStatus, TaxLine, Tender, Untranslatable
from comptoir.books.money import Money, total
from comptoir.books.taxes.mapping import charged, joined
from comptoir.books.taxes.model import TaxedLine
from comptoir.books.taxes.suggesting import TaxPart, taxes_as_parts

SKUS_KEPT = 5000


@dataclass(frozen=True, slots=True)
class FoundTax:
    """A tax, or several on one line, by the name it has under `taxes.codes`. `rate`: their sum, where it is stated.

    `parts`: each of them; none where a rate is not stated, or kept from before they were told.
    """

    name: str
    rate: Decimal | None
    orders: int
    sample: str
    parts: tuple[TaxPart, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundMethod:
    """A payment method of the store: how often it paid, how much, and an order of it."""

    method: str
    name: str
    payments: int
    amount: Money
    sample: str


@dataclass(frozen=True, slots=True)
class Sample:
    """An order that the questions take their examples from."""

    number: str
    placed_at: datetime
    total: Money
    buyer: str
    organisation: str
    note: str


@dataclass(frozen=True, slots=True)
class Found:
    """What some orders of a store show."""

    orders: int = 0
    unreadable: int = 0
    first: datetime | None = None
    last: datetime | None = None
    taxes: tuple[FoundTax, ...] = ()
    methods: tuple[FoundMethod, ...] = ()
    statuses: dict[PaymentStatus, int] = field(default_factory=dict)
    kinds: dict[LineKind, int] = field(default_factory=dict)
    """Orders with such a line."""
    currencies: dict[str, int] = field(default_factory=dict)
    """Orders by the currency that the buyer paid in."""
    skus: dict[str, str] = field(default_factory=dict)
    """The products' SKUs, with the name of one product each."""
    without_sku: int = 0
    refunds: int = 0
    discounted: int = 0
    guests: int = 0
    organisations: int = 0
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """How many of the products found have one item of the company, none, or several."""

    one: int = 0
    none: int = 0
    several: int = 0
    missing: tuple[str, ...] = ()
    """Some SKUs without an item."""


MISSING_SHOWN = 8


def find(records: Iterable[Order | Untranslatable]) -> Found:
    """What these orders show; of several samples the newest with the most to show."""
    kept = list(records)
    orders = [each for each in kept if isinstance(each, Order) and not each.test]
    lines = [line for order in orders for line in order.lines]
    products = [line for line in lines if line.kind is LineKind.PRODUCT]
    return Found(
        orders=len(orders),
        unreadable=len(kept) - sum(isinstance(each, Order) for each in kept),
        first=min((each.placed_at for each in orders), default=None),
        last=max((each.placed_at for each in orders), default=None),
        taxes=tuple(_taxes(orders)),
        methods=tuple(_methods(orders)),
        statuses=dict(Counter(each.status for each in orders)),
        kinds=dict(Counter(kind for order in orders for kind in {line.kind for line in order.lines})),
        currencies=dict(Counter(each.paid_currency or each.currency for each in orders)),
        skus=_skus(products),
        without_sku=len({fold(line.name) for line in products if not line.sku.strip()}),
        refunds=sum(len(each.refunds) for each in orders),
        discounted=sum(any(not line.discount.is_zero for line in each.lines) for each in orders),
        guests=sum(each.buyer is None for each in orders),
        organisations=sum(bool(_organisation(each)) for each in orders),
        sample=_sample(orders),
    )


def match(skus: Iterable[str], items: Iterable[ItemRecord], *, by_name: bool) -> Matched:
    """How the store's SKUs meet the company's items; inactive ones are none."""
    held = Counter(fold(each.name if by_name else each.sku) for each in items if each.active)
    wanted = list(skus)
    missing = [sku for sku in wanted if not held[fold(sku)]]
    several = sum(held[fold(sku)] > 1 for sku in wanted)
    return Matched(len(wanted) - len(missing) - several, len(missing), several, tuple(missing[:MISSING_SHOWN]))


def _skus(products: Iterable[OrderLine]) -> dict[str, str]:
    named: dict[str, tuple[str, str]] = {}
    for line in products:
        if line.sku.strip() and len(named) < SKUS_KEPT:
            named.setdefault(fold(line.sku), (line.sku.strip(), line.name))
    return dict(named.values())


def _taxes(orders: Iterable[Order]) -> Iterator[FoundTax]:
    """Each tax once, the most frequent first; a name that comes with several rates once a rate."""
    seen: dict[tuple[str, Decimal | None], tuple[list[TaxLine], list[str]]] = {}
    for order in orders:
        charges = (taxes for line in order.lines if (taxes := charged(_taxed(line))))
        for identity, taxes in {_identity(taxes): taxes for taxes in charges}.items():
            seen.setdefault(identity, (taxes, []))[1].append(order.number)
    rates = Counter(name for name, _ in seen)
    for (key, rate), (taxes, numbers) in sorted(seen.items(), key=lambda each: (-len(each[1][1]), each[0][0])):
        name = joined(taxes, with_rates=rates[key] > 1)
        yield FoundTax(name, rate, len(numbers), numbers[-1], taxes_as_parts(taxes))


def _taxed(line: OrderLine) -> TaxedLine:
    return TaxedLine(0, line.net, line.taxes, is_untaxed_kind=line.kind in UNTAXED_KINDS)


def _identity(taxes: list[TaxLine]) -> tuple[str, Decimal | None]:
    rates = [tax.rate for tax in taxes if tax.rate is not None]
    stated = len(rates) == len(taxes)
    return tax_key(tax.name for tax in taxes), sum(rates, start=Decimal(0)) if stated else None


def _methods(orders: Iterable[Order]) -> Iterator[FoundMethod]:
    """Each method that paid, the most frequent first."""
    seen: dict[str, list[tuple[Tender, str]]] = defaultdict(list)
    for order in orders:
        for tender in order.tenders:
            seen[fold(tender.method)].append((tender, order.number))
    for _, found in sorted(seen.items(), key=lambda each: (-len(each[1]), each[0])):
        tender, number = found[-1]
        amount = total((each.amount for each, _ in found), tender.amount.currency)
        yield FoundMethod(tender.method, tender.method_name or tender.method, len(found), amount, number)


def _organisation(order: Order) -> str:
    own = order.buyer.company if order.buyer else ""
    return own or (order.billing.company if order.billing else "")


def _sample(orders: Iterable[Order]) -> Sample | None:
    def worth(order: Order) -> tuple[bool, bool, datetime]:
        return order.buyer is not None, bool(order.tenders), order.placed_at

    best = max(orders, key=worth, default=None)
    if best is None:
        return None
    buyer = best.buyer.name if best.buyer else ""
    return Sample(best.number, best.placed_at, best.total, buyer, _organisation(best), best.note)

"""Choices that cannot be meant: each exists, and together, or with the store and its neighbours, they come to nothing.

Checked wherever settings are put in force; a run goes on under settings that were in force before, and what it cannot
post it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from comptoir.books.checks.names import mistake
from comptoir.books.company import Company, fold
from comptoir.books.documents import SaleForm
from comptoir.books.facts import PaymentStatus
from comptoir.books.problems import Problem
from comptoir.books.settings import CurrencyChoice, ItemSettings, NumberSource, Settings, UnpaidOrders
from comptoir.books.specials import STANDS_FOR, Special

EARLIEST_START = date(2000, 1, 1)
"""No store that can be connected sold anything before."""
LATEST_START = timedelta(days=366)
"""After the day on which settings are chosen: a new fiscal year may be prepared, not a later one."""
NEVER_PAID = frozenset({PaymentStatus.VOIDED, PaymentStatus.EXPIRED})
SETTLED = frozenset({PaymentStatus.PAID, PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED})
"""Of orders that a receipt can be made for."""
APART = (Special.SHIPPING, Special.DISCOUNT, Special.ROUNDING)
"""Items that are booked to accounts, and taxed, each in their own way: none can be another's."""


@dataclass(frozen=True, slots=True)
class Numbering:
    """How the documents of another store of the same company are numbered: a prefix for each kind that has one."""

    title: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What settings are chosen among. `currency`: the store's own; "" where it is not known."""

    today: date
    currency: str = ""
    others: tuple[Numbering, ...] = ()


def contradictions(settings: Settings, company: Company, around: Surroundings) -> Iterator[Problem]:
    """Every choice that comes to nothing, with what would mend it."""
    yield from _form(settings)
    yield from _statuses(settings)
    yield from _start(settings, around.today)
    yield from _items(settings.items)
    yield from _currency(settings, company, around.currency)
    yield from _numbers(settings, around.others)


def prefixes_of(settings: Settings) -> dict[str, str]:
    """The prefixes that numbers are made with, by their settings."""
    made = {}
    if settings.orders.number is NumberSource.STORE:
        made["orders.prefix"] = settings.orders.prefix
    if settings.refunds.record:
        made["refunds.prefix"] = settings.refunds.prefix
    return made


def numbering_of(title: str, settings: Settings) -> Numbering:
    """How a store numbers, for the settings of its neighbours."""
    return Numbering(title, tuple(prefixes_of(settings).values()))


def _form(settings: Settings) -> Iterator[Problem]:
    if settings.orders.form is SaleForm.RECEIPT and not settings.payments.record:
        yield mistake(
            "orders.form",
            "Sales are to be receipts, which hold the payment, and payments are not recorded: every order would become "
            "an invoice that stays open for ever.",
            "Record payments too, or let orders become invoices.",
        )


def _statuses(settings: Settings) -> Iterator[Problem]:
    orders = settings.orders
    chosen = set(orders.statuses)
    if not chosen:
        return  # said as a mistake of its own
    listed = ", ".join(each.value.replace("_", " ") for each in orders.statuses)
    if chosen <= NEVER_PAID:
        yield mistake(
            "orders.statuses",
            "Only orders that nobody pays any more are posted ({listed}), so no sale would ever reach the books.",
            'List others; "paid", "partially_refunded" and "refunded" are usual.',
            listed=listed,
        )
    elif orders.form is SaleForm.RECEIPT and orders.unpaid is UnpaidOrders.WAIT and not chosen & SETTLED:
        yield mistake(
            "orders.statuses",
            "Only orders that are not paid in full are posted ({listed}), and such orders are to wait: none would ever "
            "be posted.",
            'List "paid", "partially_refunded" and "refunded" too, or let such orders become invoices.',
            listed=listed,
        )


def _start(settings: Settings, today: date) -> Iterator[Problem]:
    start = settings.start_date
    values = {"start": start.isoformat(), "today": today.isoformat()}
    if start < EARLIEST_START:
        yield mistake(
            "start_date",
            "The start date {start} lies before the year 2000.",
            "Write the day from which on orders are to be posted, for example {today}.",
            **values,
        )
    if start > today + LATEST_START:
        yield mistake(
            "start_date",
            "The start date {start} is more than a year away, and nothing would be posted until then.",
            "Write the day from which on orders are to be posted, for example {today}.",
            **values,
        )


def _items(items: ItemSettings) -> Iterator[Problem]:
    known: dict[str, Special] = {}
    for special in APART:
        name = fold(items.name_of(special))
        first = known.setdefault(name, special) if name else special
        if first is not special:
            yield mistake(
                f"items.{special.value}",
                'The item "{name}" stands for two things, here and for {what}, which are booked and taxed in '
                "different ways.",
                "Give the two an item each.",
                name=items.name_of(special),
                what=STANDS_FOR[first.value],
            )


def _currency(settings: Settings, company: Company, currency: str) -> Iterator[Problem]:
    is_foreign = currency not in {"", company.currency}
    if is_foreign and not company.multicurrency and settings.orders.currency is CurrencyChoice.SHOP:
        yield mistake(
            "orders.currency",
            "The store sells in {currency} and the company keeps {home} only, so every order would be held.",
            "Switch multicurrency on in the company, or connect a company that keeps {currency}.",
            currency=currency,
            home=company.currency,
        )


def _numbers(settings: Settings, others: tuple[Numbering, ...]) -> Iterator[Problem]:
    for where, prefix in prefixes_of(settings).items():
        taken = [each.title for each in others if fold(prefix) in map(fold, each.prefixes)]
        if taken and prefix:
            yield mistake(
                where,
                'The store "{store}" of the same company has the prefix "{prefix}" too, so numbers of documents would '
                "collide.",
                "Choose another, for example the first letters of this store's name and a hyphen.",
                store=taken[0],
                prefix=prefix,
            )
        elif taken:
            yield mistake(
                where,
                'Neither this store nor "{store}" of the same company has a prefix, so numbers of documents would '
                "collide.",
                "Choose one, for example the first letters of this store's name and a hyphen.",
                store=taken[0],
            )

"""Which tax code a store's tax most likely stands for: offered to a person, never taken by itself (O14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import NamedTuple

from comptoir.books.checks.tax_codes import PSEUDO_CODES
from comptoir.books.company import Company, TaxCode, fold, tax_key
from comptoir.books.facts import Order, TaxCollector, TaxLine
from comptoir.books.taxes.arithmetic import effective_rate


class TaxPart(NamedTuple):
    """One of the taxes that are charged together on a line."""

    name: str
    rate: Decimal


def codes_to_map(company: Company) -> list[TaxCode]:
    """The active codes that a store's tax can be mapped to, by name."""
    found = (code for code in company.tax_codes if code.active and code.id not in PSEUDO_CODES)
    return sorted(found, key=lambda code: fold(code.name))


def rates_of(order: Order, name: str) -> frozenset[Decimal]:
    """At which rates the order charges the tax of this name, or the taxes that are joined under it."""
    return frozenset(sum((part.rate for part in parts), start=Decimal(0)) for parts in parts_of(order, name))


def parts_of(order: Order, name: str) -> frozenset[tuple[TaxPart, ...]]:
    """The tax of this name as the order charges it, or the taxes that are joined under it; none without their rates."""
    wanted = tax_key([name])
    alike = (taxes for taxes in _taxed(order) if taxes and tax_key(tax.name for tax in taxes) == wanted)
    return frozenset(parts for taxes in alike if (parts := taxes_as_parts(taxes)))


def taxes_as_parts(taxes: Iterable[TaxLine]) -> tuple[TaxPart, ...]:
    """These taxes with their rates, by name; () where one of them does not state its own."""
    told = list(taxes)
    found = (TaxPart(" ".join(tax.name.split()), tax.rate) for tax in told if tax.rate is not None)
    parts = tuple(sorted(found))
    return parts if len(parts) == len(told) else ()


def suggested_code(name: str, rates: frozenset[Decimal], company: Company) -> TaxCode | None:
    """A code of the store's own rate; of several, the one whose name has the most words of the tax's."""
    return next(iter(_likely(name, rates, company)), None)


def certain_code(name: str, rates: frozenset[Decimal], company: Company) -> TaxCode | None:
    """The same where no other code is as like; None in doubt."""
    found = _likely(name, rates, company)
    alike = [code for code in found if _likeness(name, code) == _likeness(name, found[0])]
    return alike[0] if len(alike) == 1 else None


def _likely(name: str, rates: frozenset[Decimal], company: Company) -> list[TaxCode]:
    """The codes of the rate, the most like first."""
    if len(rates) != 1 or not (rate := next(iter(rates))):
        return []
    fitting = (code for code in codes_to_map(company) if rate in {code.rate, effective_rate(code.rates)})
    return sorted(fitting, key=lambda code: (-_likeness(name, code), len(code.name)))


def likeness(name: str, other: str) -> int:
    """How many words two names share."""
    return len(_words(name) & _words(other))


def _likeness(name: str, code: TaxCode) -> int:
    """How many words of the tax's name the code and its rates have."""
    return likeness(name, " ".join((code.name, *(each.name for each in code.rates))))


def _taxed(order: Order) -> Iterator[list[TaxLine]]:
    """The merchant's taxes of each line, together and one by one."""
    for line in order.lines:
        own = [tax for tax in line.taxes if tax.collector is TaxCollector.MERCHANT and not tax.amount.is_zero]
        yield own
        yield from ([tax] for tax in own)


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", fold(text)))

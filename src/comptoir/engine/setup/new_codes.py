"""PURE: a tax code that can be made for a tax of the store: what it is called, what it charges, whom it is owed to."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from comptoir.books.company import TAX_JOINT, Company, TaxRegime, fold
from comptoir.books.taxes.suggesting import likeness
from comptoir.engine.setup.questions import NewCode

MADE_IN = frozenset({TaxRegime.GLOBAL, TaxRegime.US_MANUAL})
"""Where taxes have codes of their own: a company with automated sales tax reckons by place and needs none (§15.3)."""


def new_code(company: Company, name: str, rate: Decimal | None) -> NewCode | None:
    """The code that could stand for a tax; None where none can be made for it.

    Several taxes on one line are told with their rates in sum only: a code of several rates is made in the company.
    """
    single = TAX_JOINT.strip() not in name
    if company.tax_regime not in MADE_IN or not company.tax_agencies or not rate or not single:
        return None
    return NewCode(_free_name(company, " ".join(name.split()), rate), rate, percent(rate), _agencies(company, name))


def percent(rate: Decimal) -> str:
    """A fraction as its owner writes it."""
    return f"{(rate * 100).quantize(Decimal('0.0001')).normalize():f} %"


def _free_name(company: Company, name: str, rate: Decimal) -> str:
    taken = {fold(code.name) for code in company.tax_codes}
    return name if fold(name) not in taken else f"{name} {percent(rate)}"


def _agencies(company: Company, name: str) -> tuple[str, ...]:
    """The company's agencies: first those of rates that are called like the tax, then those with the most rates."""
    rates = [rate for code in company.tax_codes for rate in code.rates]
    alike, used = Counter[str](), Counter(rate.agency for rate in rates)
    for rate in rates:
        alike[rate.agency] = max(alike[rate.agency], likeness(name, rate.name))
    return tuple(sorted(company.tax_agencies, key=lambda agency: (-alike[agency], -used[agency], fold(agency))))

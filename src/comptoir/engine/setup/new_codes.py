"""PURE: a tax code that can be made for a tax of the store: what it is called, what it charges, whom it is owed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from comptoir.books.company import TAX_JOINT, Company, TaxRegime, fold
from comptoir.books.taxes.suggesting import TaxPart, likeness
from comptoir.engine.ports import NewTaxCode, NewTaxRate
from comptoir.engine.setup.questions import NewCode, NewRate

MADE_IN = frozenset({TaxRegime.GLOBAL, TaxRegime.US_MANUAL})
"""Where taxes have codes of their own: a company with automated sales tax reckons by place and needs none (§15.3)."""


def new_code(company: Company, name: str, rate: Decimal | None, parts: Sequence[TaxPart] = ()) -> NewCode | None:
    """The code that could stand for a tax; None where none can be made for it.

    `parts`: the taxes under that name, where they are several on one line; told in sum alone, they could be anything.
    """
    charged = parts if len(parts) > 1 else _single(name, rate)
    is_owed = bool(charged) and all(part.rate for part in charged)
    if company.tax_regime not in MADE_IN or not company.tax_agencies or not is_owed:
        return None
    whole = sum((part.rate for part in charged), start=Decimal(0))
    rates = tuple(NewRate(each.name, each.rate, percent(each.rate), _agencies(company, each.name)) for each in charged)
    return NewCode(_free_name(company, " ".join(name.split()), whole), percent(whole), rates)


def _single(name: str, rate: Decimal | None) -> Sequence[TaxPart]:
    joined = TAX_JOINT.strip() in name
    return () if joined or rate is None else (TaxPart(" ".join(name.split()), rate),)


def wanted_code(offered: NewCode | None, name: str, agencies: Sequence[str]) -> NewTaxCode | None:
    """What was offered, under this name and owed to these agencies, one a rate; None for what was not offered."""
    if offered is None or not name.strip() or len(agencies) != len(offered.rates):
        return None
    owed = list(zip(offered.rates, agencies, strict=True))
    if any(agency not in rate.agencies for rate, agency in owed):
        return None
    single = len(owed) == 1
    rates = (NewTaxRate(name.strip() if single else rate.name, rate.rate, agency) for rate, agency in owed)
    return NewTaxCode(name.strip(), tuple(rates))


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

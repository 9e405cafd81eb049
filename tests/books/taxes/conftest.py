"""Builders of taxed forms: lines as text, and companies of every regime with the codes that the examples need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tests.books.conftest import NO_VAT, make_address, make_company, make_context, make_order

from comptoir.books.company import TaxBase, TaxCode, TaxRate, TaxRegime, tax_key
from comptoir.books.context import Context
from comptoir.books.documents import LedgerId
from comptoir.books.facts import Order, TaxCollector, TaxLine
from comptoir.books.money import Money, total
from comptoir.books.problems import Problem
from comptoir.books.taxes import TaxedLine, TaxPlan, plan_taxes


def rate(identity: str, percent: str, name: str = "", on: TaxBase = TaxBase.AMOUNT, order: int = 0) -> TaxRate:
    return TaxRate(LedgerId(identity), name or identity, Decimal(percent) / 100, on=on, order=order)


def code(name: str, *rates: TaxRate, active: bool = True) -> TaxCode:
    return TaxCode(LedgerId(f"code {name}"), name, rates, active=active)


VAT20, VAT5, ZERO_RATE, EXEMPT_RATE = rate("v20", "20"), rate("v5", "5"), rate("v0", "0"), rate("vx", "0")
GST, QST, PST, HST = rate("gst", "5"), rate("qst", "9.975"), rate("pst", "7"), rate("hst", "13")
OLD_QST = rate("old qst", "9.5", on=TaxBase.AMOUNT_PLUS_TAX, order=2)
REVERSED, REVERSAL = rate("rc", "20"), rate("rc back", "-20")
STATE, COUNTY, CITY = rate("state", "6.5", "State tax"), rate("county", "1", "County tax"), rate("city", "0.5", "City")

STANDARD, REDUCED = code("20.0% S", VAT20), code("5.0% R", VAT5)
ZERO_RATED, EXEMPT, EXPORT = code("0.0% Z", ZERO_RATE), code("Exempt", EXEMPT_RATE), code("RC", REVERSED, REVERSAL)
GST_ONLY, GST_QST, GST_PST, HST_ON = (
    code("GST", GST),
    code("GST/QST", GST, QST),
    code("GST/PST", GST, PST),
    code("HST", HST),
)
OLD_QUEBEC = code("GST/old QST", GST, OLD_QST)
OUT = NO_VAT

WORLD = {
    "VAT": STANDARD,
    "VAT 5%": REDUCED,
    "GST": GST_ONLY,
    "QST + GST": GST_QST,
    "Old QST + GST": OLD_QUEBEC,
    "PST + GST": GST_PST,
    "HST": HST_ON,
    "Sales tax": GST_PST,
    "Nil": ZERO_RATED,
    "Outside": OUT,
    "EU-*": STANDARD,
}
STATE_ONLY, COUNTY_ONLY, CITY_ONLY = code("S", STATE), code("C", COUNTY), code("T", CITY)
STATE_COUNTY, EVERYTHING = code("S+C", STATE, COUNTY), code("S+C+T", STATE, COUNTY, CITY)
UNITED_STATES = {"State": STATE_ONLY, "County": COUNTY_ONLY, "City": CITY_ONLY}


def dollars(amount: str) -> Money:
    return Money(Decimal(amount), "CAD")


def tax(name: str, amount: str, percent: str | None, collector: TaxCollector = TaxCollector.MERCHANT) -> TaxLine:
    return TaxLine(name, None if percent is None else Decimal(percent) / 100, dollars(amount), collector)


def line(amount: str, *taxes: TaxLine, place: int = 0, untaxed: bool = False) -> TaxedLine:
    return TaxedLine(place, dollars(amount), taxes, is_untaxed_kind=untaxed)


def vat(amount: str, percent: str | None = "20") -> TaxLine:
    return tax("VAT", amount, percent)


def theirs(amount: str) -> TaxLine:
    return tax("State", amount, "8", TaxCollector.MARKETPLACE)


def order(*, included: bool = False, **changes: Any) -> Order:
    """An order in Canadian dollars, to the company's own country; its lines are of no account to a plan."""
    home = make_address(country="CA")
    return replace(
        make_order(), currency="CAD", prices_include_tax=included, **{"shipping": home, "billing": home, **changes}
    )


def context(
    regime: TaxRegime = TaxRegime.GLOBAL,
    codes: Mapping[str, TaxCode] | None = None,
    company_codes: Sequence[TaxCode] = (STATE_ONLY, COUNTY_ONLY, CITY_ONLY, STATE_COUNTY),
) -> Context:
    """A Canadian company of any regime; the codes are mapped as a settings file would."""
    mapped = codes if codes is not None else WORLD if regime is TaxRegime.GLOBAL else UNITED_STATES
    company = replace(make_company(), country="CA", currency="CAD", tax_regime=regime, tax_codes=tuple(company_codes))
    resolved = replace(
        make_context().resolved,
        untaxed=OUT,
        zero_rated=ZERO_RATED,
        exempt=EXEMPT,
        export=EXPORT,
        codes={tax_key([name]): each for name, each in mapped.items()},
    )
    return replace(make_context(), company=company, resolved=resolved)


MANUAL, AUTOMATED = context(TaxRegime.US_MANUAL), context(TaxRegime.US_AUTOMATED)


def placed(*lines: TaxedLine) -> list[TaxedLine]:
    return [replace(each, place=place) for place, each in enumerate(lines)]


def plan(*lines: TaxedLine, within: Context | None = None, **changes: Any) -> TaxPlan:
    found = plan_taxes(placed(*lines), order(**changes), within or context())
    assert isinstance(found, TaxPlan), [str(problem.what) for problem in found]
    return found


def problems(*lines: TaxedLine, within: Context | None = None, **changes: Any) -> list[Problem]:
    found = plan_taxes(placed(*lines), order(**changes), within or context())
    assert isinstance(found, tuple)
    return list(found)


def texts(amounts: Sequence[Money]) -> list[str]:
    return [str(each.amount) for each in amounts]


def form_total(plan: TaxPlan) -> Money:
    """What the ledger would answer as the form's total."""
    net = total(plan.amounts, "CAD")
    return net if plan.inclusive else net + plan.total


def stated(plan: TaxPlan) -> dict[str, tuple[str, str]]:
    return {str(each.rate): (str(each.amount.amount), str(each.base.amount)) for each in plan.rates}

"""Which taxes a sales form's lines bear: the company's regime (§15)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import taxes, taxseed
from comptoir_sandbox.quickbooks.faults import FaultError, business, invalid_reference, missing
from comptoir_sandbox.quickbooks.profile import GLOBAL, US_AUTOMATED
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, plain, reference, rounded

if TYPE_CHECKING:
    from collections.abc import Collection

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

CENTS_PER_LINE = Decimal("0.01")
LEAST_TOLERANCE = Decimal("0.05")
"""A stated tax may differ from the computed one by a cent a line, five cents at least. The service's own bound is not
evidenced beyond "small differences" (§15.4)."""
TAX, NON = "TAX", "NON"
SALES, PURCHASES = "SalesTaxRateList", "PurchaseTaxRateList"
"""The two sides of a tax code (§12.7)."""
DIRECTIONS = {"Sales": SALES, "Purchase": PURCHASES}
"""TaxApplicableOn -> the side (§15.4)."""
DATE = len("2026-01-31")


@dataclass(frozen=True, slots=True)
class Form:
    """What of a document its taxes depend on."""

    company: Company
    source: Object
    kept: Collection[tuple[str, str]]
    """Kind and id of what the stored document refers to already."""
    day: str
    """TxnDate."""
    side: str = SALES


@dataclass(slots=True)
class Statement:
    """A form's tax as answered, and per rate."""

    detail: Object | None = None
    """TxnTaxDetail."""
    by_rate: dict[str, Decimal] = field(default_factory=dict)


class Regime:
    """No sales tax: codes and stated taxes are ignored and not stored (§15.1)."""

    taxed = False
    included = False
    discount_first = True

    def __init__(self, form: Form) -> None:
        self.company = form.company
        self.source = form.source
        self.kept = form.kept
        self._form = form

    def code(self, detail: Object, item: Record | None) -> str:
        """The line's code, "" for none. `item` is None on the shipping line."""
        del detail, item
        return ""

    def discount_code(self, detail: Object) -> str | None:
        """The code stated on the discount line."""
        del detail
        return None

    def rates(self, code: str) -> list[taxes.Rate]:
        """The rates of a code that `code` returned."""
        del code
        return []

    def state(self, found: taxes.Taxes, shipping: list[taxes.Taxed], count: int) -> Statement:
        """The tax that stands, given the computed one. `shipping`: net shipping amounts; `count`: taxed lines."""
        del found, shipping, count
        return Statement()

    def _rates_of(self, code: str) -> list[taxes.Rate]:
        return rates_of(self.company, code, self._form.day, self._form.side)

    def _rate(self, identity: str) -> taxes.Rate:
        return taxes.Rate(identity, percent_on(self.company, identity, self._form.day))


class NotApplicable(Regime):
    """GlobalTaxCalculation NotApplicable: a stated tax is refused (§15.4)."""

    def state(self, found: taxes.Taxes, shipping: list[taxes.Taxed], count: int) -> Statement:
        """6170 for any stated tax."""
        if self.source.get("TxnTaxDetail"):
            raise FaultError("6170", "TxnTaxDetail is not allowed with NotApplicable", element="TxnTaxDetail")
        return super().state(found, shipping, count)


class GlobalTax(Regime):
    """A code per line, tax added or included (§15.4)."""

    taxed = True

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.included = form.source.get("GlobalTaxCalculation") == "TaxInclusive"

    def code(self, detail: Object, item: Record | None) -> str:
        """6000 for a missing code, 2500 for an unknown one; on both sides (§9, §15.4)."""
        del item
        code = reference(detail, "TaxCodeRef")
        if code is None:
            raise business(self.company.traits.missing_tax_code_text, element="TaxCodeRef")
        keep = code if ("TaxCode", code) in self.kept else None
        self.company.refer("TaxCode", code, element="TaxCodeRef", keep=keep)
        return code

    def discount_code(self, detail: Object) -> str | None:
        """The code stated on the discount line, 2500 for an unknown one."""
        code = reference(detail, "TaxCodeRef")
        if code is not None:
            self.company.refer("TaxCode", code, element="TaxCodeRef")
        return code

    def rates(self, code: str) -> list[taxes.Rate]:
        """The sales rates of the code."""
        return self._rates_of(code) if code else []

    def state(self, found: taxes.Taxes, shipping: list[taxes.Taxed], count: int) -> Statement:
        """Stated tax per rate within small differences, else the computed one."""
        del shipping
        stated = (self.source.get("TxnTaxDetail") or {}).get("TaxLine") or []
        return shown(found, self._overrides(stated, found, count))

    def _overrides(self, stated: list[Object], found: taxes.Taxes, count: int) -> dict[str, Decimal]:
        given: dict[str, Decimal] = {}
        for line in stated:
            detail = line.get("TaxLineDetail") or {}
            rate = reference(detail, "TaxRateRef")
            for name, value in (("TaxRateRef", rate), ("NetAmountTaxable", detail.get("NetAmountTaxable"))):
                if value is None:
                    raise missing(f"TxnTaxDetail.TaxLine.TaxLineDetail.{name}")
            if line.get("Amount") is None:
                raise missing("TxnTaxDetail.TaxLine.Amount")
            if rate not in self.company.records["TaxRate"]:
                raise invalid_reference("TaxRates", str(rate), element="TaxRateRef")
            given[rate] = given.get(rate, ZERO) + rounded(line["Amount"])
        if not given:
            return {}
        if set(given) != set(found.lines):
            raise business("The tax lines must state every tax rate used on the form, and no other.")
        tolerance = max(LEAST_TOLERANCE, CENTS_PER_LINE * count)
        for identity, value in given.items():
            if abs(value - found.lines[identity].tax) > tolerance:
                raise business(
                    f"The tax amount {value} differs too much from the calculated {found.lines[identity].tax}."
                )
        return given


class UnitedStates(Regime):
    """TAX and NON lines, one code for the form, amounts stated by the client win (§15.2)."""

    taxed = True

    def __init__(self, form: Form) -> None:
        super().__init__(form)
        self.discount_first = bool(form.source.get("ApplyTaxAfterDiscount"))
        self.stated: Object = form.source.get("TxnTaxDetail") or {}
        customer = reference(form.source, "CustomerRef")
        self.customer: Object = form.company.records["Customer"][customer].data if customer is not None else {}
        self.form_code = self._form_code()
        self._form_rates = self._chosen_rates()

    @property
    def exempt(self) -> bool:
        """Whether the customer pays no sales tax (§12.1)."""
        return self.customer.get("Taxable") is False or bool(self.customer.get("TaxExemptionReasonId"))

    def code(self, detail: Object, item: Record | None) -> str:
        """TAX or NON, else 6100. Unstated: by the item and the customer."""
        code = reference(detail, "TaxCodeRef")
        if code is None:
            return TAX if item is not None and item.data.get("Taxable") and not self.exempt else NON
        if code not in {TAX, NON}:
            text = f"Valid line TaxCodes for US should be TAX or NON. Supplied value: {code}."
            raise FaultError("6100", text, element="TaxCodeRef")
        return code

    def rates(self, code: str) -> list[taxes.Rate]:
        """The form's rates for TAX, none for NON."""
        return self._form_rates if code == TAX else []

    def _form_code(self) -> str | None:
        code = reference(self.stated, "TxnTaxCodeRef")
        if code is not None:
            if code in {TAX, NON}:
                raise invalid_reference("TaxCodes", code, element="TxnTaxCodeRef")
            keep = code if ("TaxCode", code) in self.kept else None
            self.company.refer("TaxCode", code, element="TxnTaxCodeRef", keep=keep)
        return code

    def _chosen_rates(self) -> list[taxes.Rate]:
        if self.form_code is None:
            self.form_code = reference(self.customer, "DefaultTaxCodeRef")
        return self._rates_of(self.form_code) if self.form_code is not None else []

    def state(self, found: taxes.Taxes, shipping: list[taxes.Taxed], count: int) -> Statement:
        """Stated amounts per rate, else a stated total spread over the rates, else the computed tax."""
        del shipping, count
        computed = {identity: line.tax for identity, line in found.lines.items()}
        given: dict[str, Decimal] = {}
        for line in self.stated.get("TaxLine") or []:
            rate = reference(line.get("TaxLineDetail") or {}, "TaxRateRef")
            if rate is None or line.get("Amount") is None:
                raise missing("TxnTaxDetail.TaxLine." + ("Amount" if rate else "TaxLineDetail.TaxRateRef"))
            if rate not in computed:
                raise invalid_reference("TaxRates", rate, element="TaxRateRef")
            given[rate] = given.get(rate, ZERO) + rounded(line["Amount"])
        if not given and self.stated.get("TotalTax") is not None and computed:
            given = taxes.apportion(rounded(self.stated["TotalTax"]), computed)
        return self._finished(found, given)

    def _finished(self, found: taxes.Taxes, given: dict[str, Decimal]) -> Statement:
        statement = shown(found, given)
        if self.form_code is not None and statement.detail is not None and found.lines:
            statement.detail = {"TxnTaxCodeRef": {"value": self.form_code}, **statement.detail}
        return statement


class Automated(UnitedStates):
    """Tax by place, from a table; a stated total is stored and spread over the computed rates (§15.3)."""

    def _chosen_rates(self) -> list[taxes.Rate]:
        if self.form_code is not None:
            return self._rates_of(self.form_code)
        if self.exempt:
            return []
        regions = self.company.regions
        found = regions.get(self._region()) or regions.get("") or (taxseed.engine_rate(self.company),)
        return [self._rate(each) for each in found]

    def _region(self) -> str:
        for name in ("ShipAddr", "BillAddr"):
            address = self.source.get(name) or self.customer.get(name) or {}
            if address.get("CountrySubDivisionCode"):
                return str(address["CountrySubDivisionCode"]).upper()
        return self.company.traits.region

    def state(self, found: taxes.Taxes, shipping: list[taxes.Taxed], count: int) -> Statement:
        """The computed tax, or the stated total; tax on shipping comes on top unless said to be included."""
        total = self.stated.get("TotalTax")
        if self.form_code is not None or total is None:
            statement = super().state(found, shipping, count) if self.form_code else self._finished(found, {})
            self._review(statement, "NON_AST_TAX" if self.form_code else None)
            return statement
        given: dict[str, Decimal] = {}
        if found.lines:
            given = taxes.apportion(rounded(total), {identity: line.tax for identity, line in found.lines.items()})
            if not self.source.get("ShippingTaxIncludedInTotalTax"):
                base = sum((each.amount for each in shipping if each.code == TAX), ZERO)
                for identity, line in found.lines.items():
                    given[identity] += rounded(base * line.rate.percent / taxes.HUNDRED)
        statement = self._finished(found, given)
        self._review(statement, "AST_TAX_OVERRIDE")
        return statement

    @staticmethod
    def _review(statement: Statement, status: str | None) -> None:
        if status is not None and statement.detail is not None:
            statement.detail["TaxReviewStatus"] = status


def shown(found: taxes.Taxes, given: dict[str, Decimal]) -> Statement:
    """The tax lines as answered: the given amounts, else the computed ones."""
    statement = Statement()
    lines: list[Object] = []
    for identity, line in found.lines.items():
        tax = statement.by_rate[identity] = given.get(identity, line.tax)
        detail = {
            "TaxRateRef": {"value": identity},
            "PercentBased": True,
            "TaxPercent": plain(line.rate.percent),
            "NetAmountTaxable": amount(line.base),
        }
        lines.append({"Amount": amount(tax), "DetailType": "TaxLineDetail", "TaxLineDetail": detail})
    statement.detail = {"TotalTax": amount(sum(statement.by_rate.values(), ZERO))}
    if lines:
        statement.detail["TaxLine"] = lines
    return statement


def side_of(word: str) -> str:
    """The side of a code that a line's TaxApplicableOn means."""
    return DIRECTIONS.get(word, SALES)


def rates_of(company: Company, code: str, day: str, side: str = SALES) -> list[taxes.Rate]:
    """A code's rates of one side, as they are on that day (§15.4)."""
    details = (company.records["TaxCode"][code].data.get(side) or {}).get("TaxRateDetail") or []
    steps = []
    for detail in details:
        identity = detail["TaxRateRef"]["value"]
        on = detail.get("TaxOnTaxOrder")
        steps.append(
            taxes.Step(
                id=identity,
                percent=percent_on(company, identity, day),
                applies=detail.get("TaxTypeApplicable") or taxes.ON_AMOUNT,
                order=int(detail.get("TaxOrder") or 0),
                on=int(on) if on is not None else None,
            )
        )
    return taxes.in_order(steps)


def percent_on(company: Company, rate: str, day: str) -> Decimal:
    """A rate's percent on a day: of the period that covers it, else the rate's own."""
    data = company.records["TaxRate"][rate].data
    for period in data.get("EffectiveTaxRate") or []:
        begins, ends = str(period.get("EffectiveDate") or "")[:DATE], str(period.get("EndDate") or "9999")[:DATE]
        if begins <= day <= ends and period.get("RateValue") is not None:
            return Decimal(period["RateValue"])
    return Decimal(data["RateValue"])


def regime_of(form: Form) -> Regime:
    """The rules for one form. Purchases are taxed by code only (§15.4): elsewhere their tax is part of the cost."""
    company = form.company
    if not company.preference("TaxPrefs", "UsingSalesTax"):
        return Regime(form)
    if company.traits.regime == GLOBAL:
        absent = form.source.get("GlobalTaxCalculation") == "NotApplicable"
        return (NotApplicable if absent else GlobalTax)(form)
    if form.side == PURCHASES:
        return Regime(form)
    return (Automated if company.traits.regime == US_AUTOMATED else UnitedStates)(form)

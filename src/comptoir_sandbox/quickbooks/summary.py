"""Tax by rate over the sales forms (control API)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.company import SALES_FORMS
from comptoir_sandbox.quickbooks.values import ZERO, Object

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

RETURNS = frozenset({"CreditMemo", "RefundReceipt"})


def tax_summary(company: Company, start: str, end: str) -> list[dict[str, str]]:
    """Per rate with any document dated start to end: base and tax in home currency, returns subtracted."""
    bases: dict[str, Decimal] = {}
    taxes: dict[str, Decimal] = {}
    for kind in SALES_FORMS:
        for record in company.records[kind].values():
            if not start <= record.data["TxnDate"] <= end:
                continue
            sign = Decimal(-1 if kind in RETURNS else 1) * Decimal(record.data.get("ExchangeRate", 1))
            for line in record.data.get("TxnTaxDetail", {}).get("TaxLine", []):
                detail: Object = line["TaxLineDetail"]
                rate = detail["TaxRateRef"]["value"]
                bases[rate] = bases.get(rate, ZERO) + sign * Decimal(detail["NetAmountTaxable"])
                taxes[rate] = taxes.get(rate, ZERO) + sign * Decimal(line["Amount"])
    return [_row(company, rate, bases[rate], taxes[rate]) for rate in sorted(bases, key=int)]


def _row(company: Company, rate: str, base: Decimal, tax: Decimal) -> dict[str, str]:
    data = company.records["TaxRate"][rate].data
    agency = company.records["TaxAgency"][data["AgencyRef"]["value"]].data["DisplayName"]
    return {
        "rate": rate,
        "name": data["Name"],
        "percent": f"{Decimal(data['RateValue']):f}",
        "agency": agency,
        "base": f"{base:.2f}",
        "tax": f"{tax:.2f}",
    }

"""PURE: how a sales form states its tax, in every regime (quickbooks-online.md §15)."""

from __future__ import annotations

from collections.abc import Sequence

from comptoir.books.company import TaxRegime
from comptoir.books.documents import DocumentLine, RateTax, RefundDocument, SaleDocument
from comptoir.ledgers.quickbooks.translate.parts import CompanyFacts, Json, number, present, ref

TAXABLE = "TAX"
NOT_TAXABLE = "NON"
"""The pseudo codes of US lines (§15.2)."""


def line_tax_code(line: DocumentLine, facts: CompanyFacts) -> str:
    """The code that a line names: an id, a pseudo code in the United States, or none (§15)."""
    if facts.tax_regime is TaxRegime.NONE:
        return ""
    if facts.tax_regime is TaxRegime.GLOBAL:
        return line.tax_code or ""
    return NOT_TAXABLE if line.tax_code in {None, NOT_TAXABLE} else TAXABLE


def form_tax(document: SaleDocument | RefundDocument, facts: CompanyFacts) -> Json:
    """The members that state the tax of a whole form (§15). The store's amount always wins over a computed one."""
    says = document.tax_stated or not document.tax.is_zero
    stated = present(
        TotalTax=number(document.tax.amount) if says else None,
        TaxLine=[_tax_line(each) for each in document.rates] or None,
    )
    if facts.tax_regime is TaxRegime.NONE:
        if stated and not document.prices_include_tax:
            raise ValueError("a company without sales tax cannot take tax")
        return {}
    if facts.tax_regime is TaxRegime.GLOBAL:
        basis = "TaxInclusive" if document.prices_include_tax else "TaxExcluded"
        return {"GlobalTaxCalculation": basis, "TxnTaxDetail": stated}
    if document.prices_include_tax:
        raise ValueError("a US company has no tax-inclusive form")
    code = {"TxnTaxCodeRef": ref(document.form_tax_code)} if document.form_tax_code else _us_form_code(document.lines)
    return {"TxnTaxDetail": code | stated}


def _tax_line(tax: RateTax) -> Json:
    """The amount of one rate: where one is stated, every rate of the form is (§15.4)."""
    return {
        "Amount": number(tax.amount.amount),
        "DetailType": "TaxLineDetail",
        "TaxLineDetail": {
            "TaxRateRef": ref(tax.rate),
            "PercentBased": True,
            "NetAmountTaxable": number(tax.base.amount),
        },
    }


def _us_form_code(lines: Sequence[DocumentLine]) -> Json:
    """The one real tax code of a US form, where lines name one instead of the pseudo codes."""
    codes = {line.tax_code for line in lines} - {None, TAXABLE, NOT_TAXABLE}
    if len(codes) > 1:
        raise ValueError("a US form takes one tax code")
    return {"TxnTaxCodeRef": ref(next(iter(codes)))} if codes else {}

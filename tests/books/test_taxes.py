from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.books.conftest import (
    COMBINED,
    NO_VAT,
    REDUCED,
    STANDARD,
    make_company,
    make_context,
    make_order,
    make_settings,
    make_tax,
    pounds,
)

from comptoir.books.company import TaxCode, TaxRegime
from comptoir.books.context import Context
from comptoir.books.documents import DocumentLine, Known, LedgerId
from comptoir.books.facts import TaxCollector, TaxLine
from comptoir.books.problems import Problem
from comptoir.books.taxes import code_for, ledger_tax, merchant_taxes

MARKETPLACE = make_tax("8.00", "State tax", "0.08", TaxCollector.MARKETPLACE)


def without_sales_tax() -> Context:
    settings = make_settings(taxes={"untaxed": "", "codes": {}})
    return make_context(settings, make_company(tax_regime=TaxRegime.NONE))


CODES = [
    pytest.param((), NO_VAT, id="no tax"),
    pytest.param((make_tax("0.00"),), NO_VAT, id="a tax of nothing"),
    pytest.param((replace(MARKETPLACE, amount=pounds("0.00")),), NO_VAT, id="a marketplace's tax of nothing"),
    pytest.param((make_tax("2.00"),), STANDARD, id="mapped"),
    pytest.param((make_tax("2.00", " vat ", "0.200"),), STANDARD, id="mapped, however written"),
    pytest.param((make_tax("0.50", "Reduced", None),), REDUCED, id="a rate that the store does not state"),
    pytest.param((make_tax("1.30", "Sales tax", "0.13"),), COMBINED, id="a code of two rates"),
]


@pytest.mark.parametrize(("taxes", "expected"), CODES)
def test_the_code_of_a_line(taxes: tuple[TaxLine, ...], expected: TaxCode) -> None:
    assert code_for(taxes, make_order(), make_context()) == expected


HELD = [
    pytest.param((MARKETPLACE,), {}, "marketplace-tax", "marketplace-tax", id="a marketplace's own tax"),
    pytest.param((make_tax("2.00"), MARKETPLACE), {}, "marketplace-tax", "marketplace-tax", id="beside the merchant's"),
    pytest.param((make_tax("2.00", "TVA"),), {}, "tax-unmapped", "tax:tva", id="unmapped"),
    pytest.param((make_tax("1.75", "VAT", "0.175"),), {}, "tax-rate", "tax:vat", id="another rate"),
    pytest.param((make_tax("2.00", "VAT", "0"),), {}, "tax-rate", "tax:vat", id="a rate of nothing, yet an amount"),
    pytest.param((make_tax("2.00"), make_tax("0.50", "Reduced", "0.05")), {}, "tax-form", "tax-form", id="two taxes"),
    pytest.param((make_tax("2.00"),), {"prices_include_tax": True}, "tax-form", "tax-form", id="tax inside prices"),
]


@pytest.mark.parametrize(("taxes", "changes", "code", "cause"), HELD)
def test_what_cannot_be_posted_truly_is_held(
    taxes: tuple[TaxLine, ...], changes: dict[str, Any], code: str, cause: str
) -> None:
    problem = code_for(taxes, make_order(**changes), make_context())
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause, problem.field, problem.where) == (code, cause, "taxes", "1001")


def test_a_rate_that_differs_is_shown_with_both_figures() -> None:
    problem = code_for((make_tax("1.75", "VAT", "0.175"),), make_order(), make_context())
    assert isinstance(problem, Problem)
    assert "17.500%" in str(problem.what)
    assert "20.000%" in str(problem.what)


def test_a_company_without_sales_tax() -> None:
    context = without_sales_tax()
    assert code_for((), make_order(), context) is None
    problem = code_for((make_tax("2.00"),), make_order(), context)
    assert isinstance(problem, Problem)
    assert problem.code == "tax-off"


def test_untaxed_prices_may_include_tax() -> None:
    assert code_for((), make_order(prices_include_tax=True), make_context()) == NO_VAT


def test_the_taxes_of_the_merchant() -> None:
    own = make_tax("2.00")
    assert merchant_taxes((MARKETPLACE, make_tax("0.00"), own)) == [own]


def document_line(amount: str, code: TaxCode | None) -> DocumentLine:
    return DocumentLine(Known(LedgerId("I1")), "Mug", pounds(amount), tax_code=code.id if code else None)


LEDGER_TAXES = [
    pytest.param([], "0.00", id="nothing sold"),
    pytest.param([("10.00", None)], "0.00", id="no code"),
    pytest.param([("10.00", NO_VAT)], "0.00", id="an untaxed code"),
    pytest.param([("10.00", STANDARD), ("-2.00", STANDARD)], "1.60", id="a discount lowers the base"),
    pytest.param([("1.10", REDUCED)] * 30, "1.65", id="thirty lines of 1.10 at 5 per cent are rounded once"),
    pytest.param([("100.00", STANDARD), ("100.00", REDUCED), ("100.00", NO_VAT)], "25.00", id="rate by rate"),
    pytest.param([("0.30", COMBINED)], "0.04", id="each rate of a code is rounded by itself"),
    pytest.param([("-0.10", REDUCED)], "-0.01", id="halves go away from zero"),
]


@pytest.mark.parametrize(("lines", "tax"), LEDGER_TAXES)
def test_the_tax_as_the_ledger_reckons_it(lines: list[tuple[str, TaxCode | None]], tax: str) -> None:
    documents = [document_line(amount, code) for amount, code in lines]
    assert ledger_tax(documents, [STANDARD, REDUCED, COMBINED], "GBP") == pounds(tax)

"""Which tax code a store's tax is offered: by its rate, and of several by the words of its name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.books.conftest import COMBINED, STANDARD, make_company, make_line, make_order, make_tax

from comptoir.books.documents import LedgerId
from comptoir.books.facts import TaxCollector
from comptoir.books.taxes.suggesting import TaxPart, certain_code, codes_to_map, parts_of, rates_of, suggested_code

VAT_CODE = replace(STANDARD, id=LedgerId("V20"), name="VAT on sales")
TWENTY = frozenset({Decimal("0.2")})


def test_only_active_codes_are_offered_by_name() -> None:
    assert [code.name for code in codes_to_map(make_company())] == ["20.0% S", "5.0% R", "GST + PST", "No VAT"]


def test_the_rates_of_a_tax_alone_and_of_taxes_that_are_joined() -> None:
    both = (make_tax("0.50", "GST", "0.05"), make_tax("0.80", "PST", "0.08"))
    order = make_order(make_line(taxes=both), make_line(taxes=(make_tax("2.00"),)), make_line())
    assert rates_of(order, "VAT") == TWENTY
    assert rates_of(order, "GST") == {Decimal("0.05")}
    assert rates_of(order, "GST + PST") == {Decimal("0.13")}
    assert rates_of(order, "QST") == frozenset()
    parts = (TaxPart("GST", Decimal("0.05")), TaxPart("PST", Decimal("0.08")))
    assert parts_of(order, "pst + gst") == {parts}


def test_taxes_that_are_not_the_merchants_or_have_no_rate_tell_nothing() -> None:
    theirs = make_tax("2.00", "VAT", "0.2", TaxCollector.MARKETPLACE)
    order = make_order(
        make_line(taxes=(theirs,)), make_line(taxes=(make_tax("2.00", rate=None),)), make_line(taxes=(make_tax("0"),))
    )
    assert rates_of(order, "VAT") == frozenset()


@pytest.mark.parametrize(
    ("codes", "suggested", "certain"),
    [
        ((STANDARD,), STANDARD, STANDARD),
        ((STANDARD, VAT_CODE), VAT_CODE, VAT_CODE),
        ((STANDARD, replace(STANDARD, id=LedgerId("T21"), name="20.0% Services")), STANDARD, None),
        ((COMBINED,), None, None),
    ],
    ids=["one", "by its name", "two alike", "none of the rate"],
)
def test_the_code_of_a_rate(codes: tuple[object, ...], suggested: object, certain: object) -> None:
    company = make_company(tax_codes=codes)
    assert suggested_code("VAT", TWENTY, company) == suggested
    assert certain_code("VAT", TWENTY, company) == certain


@pytest.mark.parametrize("rates", [frozenset(), frozenset({Decimal(0)}), frozenset({Decimal("0.2"), Decimal("0.05")})])
def test_no_rate_nought_or_several_suggest_nothing(rates: frozenset[Decimal]) -> None:
    assert suggested_code("VAT", rates, make_company()) is None

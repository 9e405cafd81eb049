"""The tax settings against the company: what `plan_taxes` is handed (O14)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.books.conftest import COMBINED, NO_VAT, REDUCED, STANDARD, make_company, make_resolved, make_settings
from tests.books.taxes.conftest import EXEMPT, EXPORT, ZERO_RATED

from comptoir.books.checks import resolve
from comptoir.books.company import TaxCode, TaxRegime, tax_key
from comptoir.books.documents import LedgerId

PSEUDO = (TaxCode(LedgerId("TAX"), "TAX", ()), TaxCode(LedgerId("NON"), "NON", ()))
COMPANY = make_company(tax_codes=(NO_VAT, STANDARD, REDUCED, COMBINED, ZERO_RATED, EXEMPT, EXPORT, *PSEUDO))


def test_the_four_untaxed_codes() -> None:
    named = {"zero_rated": ZERO_RATED.name, "exempt": EXEMPT.name, "export": EXPORT.name}
    found = make_resolved(make_settings(taxes=named), COMPANY)
    assert (found.untaxed, found.zero_rated, found.exempt, found.export) == (NO_VAT, ZERO_RATED, EXEMPT, EXPORT)


def test_what_is_not_chosen_is_out_of_scope() -> None:
    found = make_resolved(make_settings(), COMPANY)
    assert found.zero_rated == found.exempt == found.export == found.untaxed == NO_VAT


@pytest.mark.parametrize(
    ("regime", "taxes", "where", "what"),
    [
        (TaxRegime.GLOBAL, {"zero_rated": "20.0% S"}, "taxes.zero_rated", '"20.0% S" charges tax'),
        (TaxRegime.GLOBAL, {"exempt": "Nil"}, "taxes.exempt", 'no active tax code named "Nil"'),
        (TaxRegime.GLOBAL, {"export": "5.0% R"}, "taxes.export", '"5.0% R" charges tax'),
        (TaxRegime.GLOBAL, {"codes": {"GST + PST": "GST + PST", "pst + gst": "5.0% R"}}, "taxes.codes.pst + gst",
         '"pst + gst" is mapped twice'),
        (TaxRegime.US_MANUAL, {"codes": {"State": "TAX"}}, "taxes.codes.State", 'code "TAX" is a mark'),
        (TaxRegime.US_AUTOMATED, {"codes": {"State": "non"}}, "taxes.codes.State", 'code "NON" is a mark'),
    ],
)  # fmt: skip
def test_mistakes(regime: TaxRegime, taxes: dict[str, Any], where: str, what: str) -> None:
    company = make_company(tax_regime=regime, tax_codes=COMPANY.tax_codes)
    found = resolve(make_settings(taxes=taxes), company, None)
    assert isinstance(found, list)
    (problem,) = [each for each in found if each.where == where]
    assert what in str(problem.what)


def test_the_same_mapping_twice_is_no_mistake() -> None:
    found = make_resolved(make_settings(taxes={"codes": {"A + B": "GST + PST", "b + a": "GST + PST"}}), COMPANY)
    assert found.codes == {"a + b": COMBINED}


@pytest.mark.parametrize("names", [["GST", "QST"], ["qst", " Gst "], ["GST + QST"], ["QST + GST", "gst"]], ids="|".join)
def test_joined_taxes_have_one_key(names: list[str]) -> None:
    assert tax_key(names) == "gst + qst"

"""Which tax code can be made for a tax of the store, and what it is proposed as."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.books.conftest import make_company

from comptoir.books.company import Company, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.books.taxes.suggesting import TaxPart
from comptoir.engine.ports import NewTaxCode, NewTaxRate
from comptoir.engine.setup.new_codes import new_code, wanted_code
from comptoir.engine.setup.questions import NewRate

FIFTH = Decimal("0.2")


def company(*agencies: str, **changes: object) -> Company:
    rates = (
        TaxRate(LedgerId("1"), "State tax", Decimal("0.05"), agency="State"),
        TaxRate(LedgerId("2"), "City tax", Decimal("0.01"), agency="City"),
        TaxRate(LedgerId("3"), "Town tax", Decimal("0.01"), agency="City"),
    )
    codes = (TaxCode(LedgerId("9"), "Sales  tax", rates),)
    return replace(make_company(), tax_codes=codes, tax_agencies=agencies, **changes)  # type: ignore[arg-type]


def test_a_code_is_called_like_the_tax_and_says_its_rate() -> None:
    made = new_code(company("HMRC"), " VAT  reduced ", Decimal("0.09975"))
    assert made is not None
    assert (made.name, made.charges) == ("VAT reduced", "9.975 %")
    assert made.rates == (NewRate("VAT reduced", Decimal("0.09975"), "9.975 %", ("HMRC",)),)


def test_a_name_that_is_taken_has_the_rate_behind_it() -> None:
    made = new_code(company("HMRC"), "SALES TAX", FIFTH)
    assert made is not None
    assert made.name == "SALES TAX 20 %"


@pytest.mark.parametrize(
    ("tax", "expected"),
    [("State", ("State", "City", "Other")), ("Unheard of", ("City", "State", "Other"))],
    ids=["alike", "the most rates"],
)
def test_the_likely_agency_comes_first(tax: str, expected: tuple[str, ...]) -> None:
    made = new_code(company("Other", "State", "City"), tax, FIFTH)
    assert made is not None
    assert made.rates[0].agencies == expected


PARTS = (TaxPart("City", Decimal("0.01")), TaxPart("State", Decimal("0.05")))


def test_taxes_that_are_charged_together_are_one_code_of_their_rates() -> None:
    made = new_code(company("State", "City"), "City + State", Decimal("0.06"), PARTS)
    assert made is not None
    assert (made.name, made.charges) == ("City + State", "6 %")
    assert [(each.name, each.charges, each.agencies) for each in made.rates] == [
        ("City", "1 %", ("City", "State")),
        ("State", "5 %", ("State", "City")),
    ]
    wanted = wanted_code(made, " Both ", ["City", "State"])
    assert wanted == NewTaxCode(
        "Both", (NewTaxRate("City", Decimal("0.01"), "City"), NewTaxRate("State", Decimal("0.05"), "State"))
    )


def test_a_code_of_one_rate_gives_it_its_own_name() -> None:
    made = new_code(company("HMRC"), "VAT", FIFTH)
    assert wanted_code(made, " VAT 20 ", ["HMRC"]) == NewTaxCode.of_one("VAT 20", FIFTH, "HMRC")


@pytest.mark.parametrize(
    ("name", "agencies"),
    [(" ", ["City", "State"]), ("Both", ["City"]), ("Both", ["City", "Nobody"]), ("Both", ["City", "State", "City"])],
    ids=["no name", "too few", "not offered", "too many"],
)
def test_only_what_was_offered_is_made(name: str, agencies: list[str]) -> None:
    made = new_code(company("State", "City"), "City + State", Decimal("0.06"), PARTS)
    assert wanted_code(made, name, agencies) is None
    assert wanted_code(None, name, agencies) is None


@pytest.mark.parametrize("regime", [TaxRegime.NONE, TaxRegime.US_AUTOMATED])
def test_a_company_that_needs_no_code_is_offered_none(regime: TaxRegime) -> None:
    assert new_code(company("HMRC", tax_regime=regime), "VAT", FIFTH) is None
    assert new_code(company("HMRC", tax_regime=TaxRegime.US_MANUAL), "VAT", FIFTH) is not None


@pytest.mark.parametrize(
    ("name", "rate", "agencies"),
    [("VAT", FIFTH, ()), ("VAT", None, ("HMRC",)), ("VAT", Decimal(0), ("HMRC",)), ("GST + QST", FIFTH, ("HMRC",))],
    ids=["no agency", "no rate stated", "0 %", "two taxes, told in sum"],
)
def test_what_could_only_be_guessed_is_not_offered(name: str, rate: Decimal | None, agencies: tuple[str, ...]) -> None:
    assert new_code(company(*agencies), name, rate) is None


def test_a_part_of_nothing_makes_no_code() -> None:
    parts = (TaxPart("City", Decimal(0)), TaxPart("State", Decimal("0.05")))
    assert new_code(company("State"), "City + State", Decimal("0.05"), parts) is None

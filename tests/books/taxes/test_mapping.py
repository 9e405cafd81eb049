from __future__ import annotations

from typing import Any

import pytest
from tests.books.conftest import make_address
from tests.books.taxes.conftest import (
    EXEMPT,
    EXPORT,
    GST_ONLY,
    GST_PST,
    GST_QST,
    HST_ON,
    OLD_QUEBEC,
    OUT,
    REDUCED,
    STANDARD,
    ZERO_RATED,
    code,
    context,
    line,
    order,
    plan,
    problems,
    rate,
    stated,
    tax,
    theirs,
    vat,
)

from comptoir.books.company import TaxCode
from comptoir.books.facts import TaxLine
from comptoir.books.taxes import TaxedLine
from comptoir.books.taxes.mapping import charged, code_of, find_code, pair_off, untaxed_code

GST, QST = tax("GST", "5.00", "5"), tax("QST", "9.98", "9.975")

MAPPED = [
    pytest.param([vat("20.00")], STANDARD, id="one tax"),
    pytest.param([tax(" vat ", "20.00", "20.0")], STANDARD, id="however written"),
    pytest.param([vat("5.00", "5")], REDUCED, id="a name with its rate before the name"),
    pytest.param([vat("20.00", None)], STANDARD, id="a rate that the store does not state"),
    pytest.param([GST, QST], GST_QST, id="two taxes"),
    pytest.param([QST, GST], GST_QST, id="in whatever order"),
    pytest.param([tax("GST + QST", "14.98", "14.975")], GST_QST, id="a store that joins them itself"),
    pytest.param([tax("HST", "6.50", "6.5"), tax("HST", "6.50", "6.5")], HST_ON, id="one tax in two parts"),
    pytest.param([tax("Sales tax", "12.00", "12")], GST_PST, id="one tax, a code of two rates"),
    pytest.param([tax("GST", "5.00", "5"), tax("Old QST", "9.98", "9.5")], OLD_QUEBEC, id="compound, by plain rates"),
    pytest.param([tax("GST + old QST", "14.98", "14.975")], OLD_QUEBEC, id="compound, by their effect"),
    pytest.param([tax("EU-DE-standard", "20.00", "20")], STANDARD, id="by a pattern"),
]


@pytest.mark.parametrize(("taxes", "expected"), MAPPED)
def test_the_code_of_taxes(taxes: list[TaxLine], expected: TaxCode) -> None:
    assert code_of(taxes, order(), context()) == expected


PATTERNS = {"us-*": REDUCED, "us-ny-*": STANDARD, "us-ny-city": GST_ONLY, "a[b]?*": HST_ON}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("us-ca-state", REDUCED),
        ("US-NY-State", STANDARD),
        ("US-NY-City", GST_ONLY),
        ("A[B]?c", HST_ON),
        ("abxc", None),
        ("my us-ny-state", None),
    ],
)
def test_patterns(name: str, expected: TaxCode | None) -> None:
    assert find_code([tax(name, "1.00", None)], PATTERNS) == expected


HELD: list[Any] = [
    pytest.param([tax("TVA", "1.00", "10")], "tax-unmapped", "tax:tva", 'The store\'s tax "TVA" has no tax code.',
                 'Add "TVA" under taxes.codes', id="unmapped"),
    pytest.param([tax("PST  BC", "7.00", "7"), tax("GST", "5.00", "5")], "tax-unmapped", "tax:gst + pst bc",
                 'tax "GST + PST BC" has no', 'Add "GST + PST BC"', id="an unmapped combination"),
    pytest.param([vat("17.50", "17.5")], "tax-rate", "tax:vat",
                 'charges "VAT" at 17.5%, and the tax code "20.0% S" is at 20%.', 'or "VAT 17.5%" where',
                 id="another rate"),
    pytest.param([tax("GST", "5.00", "5"), tax("QST", "9.98", "10")], "tax-rate", "tax:gst + qst",
                 'charges "GST + QST" at 15%, and the tax code "GST/QST" is at 14.975%.',
                 'or "GST 5% + QST 10%" where', id="another rate of two"),
    pytest.param([tax("Outside", "1.00", None)], "tax-rate", "tax:outside",
                 'charges "Outside" at a rate that it does not state, and the tax code "No VAT" is at 0%.',
                 'Map "Outside" to a tax code', id="no rate, and a code that charges nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("taxes", "problem_code", "cause", "what", "remedy"), HELD)
def test_taxes_without_a_fitting_code(
    taxes: list[TaxLine], problem_code: str, cause: str, what: str, remedy: str
) -> None:
    (problem,) = problems(line("100.00", *taxes))
    assert (problem.code, problem.cause, problem.field, problem.where) == (problem_code, cause, "taxes", "1001")
    assert what in str(problem.what)
    assert remedy in str(problem.remedy)


def test_each_tax_is_reported_once_and_all_of_them() -> None:
    lines = [
        line("10.00", tax("TVA", "1.00", "10")),
        line("20.00", tax("tva", "2.00", "10")),
        line("30.00", vat("3.00", "10")),
        line("40.00", tax("Zoll", "4.00", "10")),
    ]
    assert [each.cause for each in problems(*lines)] == ["tax:tva", "tax:vat", "tax:zoll"]


NIL, UNMAPPED_NIL = tax("Nil", "0.00", "0"), tax("Free", "0.00", "0")
ABROAD, HOME = make_address(country="US"), make_address(country="CA")

UNTAXED: list[Any] = [
    pytest.param(line("10.00"), {}, OUT, id="no tax"),
    pytest.param(line("10.00", vat("0.00")), {}, OUT, id="a tax that is named and not charged"),
    pytest.param(line("10.00", tax("VAT", "0.00", None)), {}, OUT, id="neither rate nor amount"),
    pytest.param(line("10.00", NIL), {}, ZERO_RATED, id="0 %, mapped by its own name"),
    pytest.param(line("10.00", tax("Outside", "0.00", "0")), {}, OUT, id="0 %, mapped to a code without rates"),
    pytest.param(line("10.00", UNMAPPED_NIL), {}, ZERO_RATED, id="0 %, unmapped"),
    pytest.param(line("10.00", vat("0.00", "0")), {}, ZERO_RATED, id="0 %, its name mapped to a code that charges"),
    pytest.param(line("10.00"), {"tax_exempt": True}, EXEMPT, id="an exempt buyer"),
    pytest.param(line("10.00", UNMAPPED_NIL), {"tax_exempt": True}, EXEMPT, id="an exempt buyer before 0 %"),
    pytest.param(line("10.00", NIL), {"tax_exempt": True}, ZERO_RATED, id="its own name before an exempt buyer"),
    pytest.param(line("10.00"), {"shipping": ABROAD}, EXPORT, id="delivered abroad"),
    pytest.param(line("10.00"), {"shipping": ABROAD, "tax_exempt": True}, EXEMPT, id="an exempt buyer abroad"),
    pytest.param(line("10.00", UNMAPPED_NIL), {"shipping": ABROAD}, ZERO_RATED, id="0 % before delivery abroad"),
    pytest.param(line("10.00"), {"shipping": HOME, "billing": ABROAD}, OUT, id="billed abroad, delivered at home"),
    pytest.param(line("10.00"), {"shipping": None, "billing": ABROAD}, EXPORT, id="billed abroad, nothing delivered"),
    pytest.param(line("10.00"), {"shipping": make_address(country=""), "billing": ABROAD}, EXPORT,
                 id="delivered who knows where"),
    pytest.param(line("10.00"), {"shipping": None, "billing": None}, OUT, id="no address"),
    pytest.param(line("10.00", theirs("0.80")), {"shipping": ABROAD}, OUT, id="taxed by a marketplace"),
    pytest.param(line("10.00", theirs("0.00")), {"shipping": ABROAD}, EXPORT, id="a marketplace's tax of nothing"),
    pytest.param(line("10.00", untaxed=True), {"shipping": ABROAD, "tax_exempt": True}, OUT, id="rounding or a tip"),
    pytest.param(line("0.02", vat("0.00"), untaxed=True), {}, OUT, id="a tip too small to tell"),
]  # fmt: skip


@pytest.mark.parametrize(("each", "changes", "expected"), UNTAXED)
def test_the_code_of_an_untaxed_line(each: TaxedLine, changes: dict[str, Any], expected: TaxCode) -> None:
    assert untaxed_code(each, order(**changes), context()) == expected
    assert plan(each, **changes).codes == (expected.id,)


TAXED = [
    pytest.param(line("0.02", vat("0.00")), id="less than a cent"),
    pytest.param(line("0.00", vat("0.00")), id="given away"),
    pytest.param(line("-5.00", vat("0.00")), id="a discount on its own line"),
    pytest.param(line("25.00", vat("5.00"), untaxed=True), id="a gift card that the store taxed"),
    pytest.param(line("10.00", vat("2.00"), theirs("0.80")), id="the merchant's beside the marketplace's"),
]


@pytest.mark.parametrize("each", TAXED)
def test_lines_that_keep_the_code_of_their_tax(each: TaxedLine) -> None:
    assert code_of(charged(each), order(), context()) == STANDARD


def test_a_tax_of_two_that_is_not_charged_does_not_name_the_code() -> None:
    assert plan(line("100.00", tax("GST", "5.00", "5"), tax("QST", "0.00", "9.975"))).codes == (GST_ONLY.id,)


def test_a_tax_of_two_that_is_too_small_to_tell_does() -> None:
    assert plan(line("0.09", tax("GST", "0.00", "5"), tax("QST", "0.01", "9.975"))).codes == (GST_QST.id,)


ALIKE = code("Alike", rate("a", "6", "County levy"), rate("b", "6", "State levy"))
PAIRS: list[Any] = [
    pytest.param([GST, QST], GST_QST, {"gst": "5.00", "qst": "9.98"}, id="by rate"),
    pytest.param([QST, GST], GST_QST, {"gst": "5.00", "qst": "9.98"}, id="by rate, in whatever order"),
    pytest.param([tax("State", "6.01", "6"), tax("County", "6.00", "6")], ALIKE, {"a": "6.00", "b": "6.01"},
                 id="of equal rates by name"),
    pytest.param([tax("X", "6.01", "6"), tax("Y", "6.00", "6")], ALIKE, {"a": "6.01", "b": "6.00"},
                 id="of equal rates, in turn"),
    pytest.param([tax("Other", "5.00", None), QST], GST_QST, {"gst": "5.00", "qst": "9.98"}, id="what is left"),
    pytest.param([tax("Tax", "14.98", "14.975")], GST_QST, None, id="one for two"),
    pytest.param([GST, tax("QST", "7.00", "7")], GST_QST, None, id="another rate"),
]  # fmt: skip


@pytest.mark.parametrize(("taxes", "of", "expected"), PAIRS)
def test_pairing_taxes_with_rates(taxes: list[TaxLine], of: TaxCode, expected: dict[str, str] | None) -> None:
    found = pair_off(taxes, of)
    told = None if found is None else {str(identity): str(each.amount) for identity, each in found.items()}
    assert told == expected


def test_one_tax_for_two_rates_is_split_over_the_whole_form() -> None:
    """Split line by line, thirty lines would each favour the same rate."""
    lines = [line("1.04", tax("Sales tax", "0.13", "12")) for _ in range(30)]
    assert stated(plan(*lines)) == {"gst": ("1.63", "31.20"), "pst": ("2.27", "31.20")}

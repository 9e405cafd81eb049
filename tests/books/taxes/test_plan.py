"""The named examples of the posting rules and of the ledger's reference, regime by regime."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import make_address
from tests.books.taxes.conftest import (
    AUTOMATED,
    EVERYTHING,
    EXPORT,
    GST_ONLY,
    GST_PST,
    GST_QST,
    MANUAL,
    OUT,
    STANDARD,
    STATE_COUNTY,
    STATE_ONLY,
    code,
    context,
    dollars,
    form_total,
    line,
    order,
    plan,
    problems,
    rate,
    stated,
    tax,
    texts,
    theirs,
    vat,
)

from comptoir.books.company import TaxRegime
from comptoir.books.context import Context
from comptoir.books.facts import TaxLine
from comptoir.books.taxes import TaxPlan, plan_taxes

NO_TAX = context(TaxRegime.NONE)
EVERY = [
    pytest.param(context(), id="global"),
    pytest.param(MANUAL, id="US manual"),
    pytest.param(AUTOMATED, id="US automated"),
    pytest.param(NO_TAX, id="no sales tax"),
]


def state(amount: str, percent: str = "6.5") -> TaxLine:
    return tax("State", amount, percent)


def county(amount: str) -> TaxLine:
    return tax("County", amount, "1")


def city(amount: str) -> TaxLine:
    return tax("City", amount, "0.5")


@pytest.mark.parametrize("within", EVERY)
def test_marketplace_tax_reaches_neither_codes_nor_totals(within: Context) -> None:
    """Section 1: goods 100.00 + 8.00 that the marketplace collects and pays itself."""
    found = plan(line("100.00", theirs("8.00")), within=within)
    assert (texts(found.amounts), str(found.total.amount), found.is_stated) == (["100.00"], "0.00", False)
    assert found.codes[0] in {OUT.id, "NON", None}
    assert form_total(found) == dollars("100.00")


@pytest.mark.parametrize("within", EVERY)
def test_a_form_without_lines(within: Context) -> None:
    assert plan(within=within) == TaxPlan((), (), False, None, (), dollars("0.00"), False, dollars("0.00"))


@pytest.mark.parametrize("within", EVERY)
def test_prices_that_could_include_tax_and_do_not(within: Context) -> None:
    found = plan(line("9.99"), line("1.00", untaxed=True), within=within, included=True)
    assert (texts(found.amounts), found.inclusive, found.form_code) == (["9.99", "1.00"], False, None)


def test_a_company_without_sales_tax_holds_taxed_orders() -> None:
    (problem,) = problems(line("10.00", vat("2.00")), within=NO_TAX)
    assert (problem.code, problem.cause, problem.field, problem.where) == ("tax-off", "tax-off", "taxes", "1001")
    assert "sales tax is switched off" in str(problem.what)
    assert "Switch sales tax on" in str(problem.remedy)


# the global model


def test_the_ledgers_own_arithmetic_is_left_alone() -> None:
    found = plan(line("100.00", vat("20.00")), line("10.00", vat("2.00")), line("5.00"))
    assert found.codes == (STANDARD.id, STANDARD.id, OUT.id)
    assert (texts(found.amounts), str(found.total.amount)) == (["100.00", "10.00", "5.00"], "22.00")
    assert (found.is_stated, found.rates, found.inclusive, found.form_code) == (False, (), False, None)


def test_30_lines_of_1_10_at_5_per_cent() -> None:
    """Section 1: line by line 1.80, on the document 1.65: the store's amount is stated."""
    found = plan(*[line("1.10", tax("GST", "0.06", "5"))] * 30)
    assert (found.is_stated, str(found.total.amount), stated(found)) == (True, "1.80", {"gst": ("1.80", "33.00")})
    assert found.difference.is_zero
    assert form_total(found) == dollars("34.80")


def test_beyond_what_rounding_explains_the_order_is_held() -> None:
    """Half a cent for each of 30 lines and one for the form: 0.16, and this store is 0.17 above 1.65."""
    lines = [line("1.10", tax("GST", "0.06", "5"))] * 28
    assert isinstance(plan(*lines, *[line("1.10", tax("GST", "0.065", "5"))] * 2), TaxPlan)
    (problem,) = problems(*lines, *[line("1.10", tax("GST", "0.07", "5"))] * 2)
    assert (problem.code, problem.cause, problem.field) == ("tax-amount", "tax-amount", "taxes")
    assert str(problem.what) == (
        'The store\'s tax of order 1001 comes to 1.82 CAD at the rate "gst", and this rate of 33.00 CAD is 1.65 CAD.'
    )
    assert "enter the sale by hand" in str(problem.remedy)


def test_every_rate_beyond_rounding_is_told() -> None:
    found = problems(line("100.00", tax("GST", "6.00", "5"), tax("QST", "9.00", "9.975")), line("5.00", vat("1.00")))
    assert [each.what.values["rate"] for each in found] == ["gst", "qst"]


def test_uk_4_times_9_99_less_3_99_as_lines_of_their_own() -> None:
    """Section 2: the store's tax is 6.00, QuickBooks' own residual 5.98."""
    found = plan(*[line("9.99", vat("1.50"))] * 4, line("-3.99", vat("0.00")), included=True)
    assert not found.inclusive
    assert (str(found.total.amount), stated(found)) == ("6.00", {"v20": ("6.00", "29.97")})
    assert texts(found.amounts) == ["8.33", "8.32", "8.32", "8.32", "-3.32"]
    assert form_total(found) == dollars("35.97")


def test_uk_4_times_9_99_less_3_99_inside_the_lines() -> None:
    """The same sale with lines net of their discounts: here the residual is the store's 6.00."""
    found = plan(*[line("8.99", vat("1.50"))] * 3, line("9.00", vat("1.50")), included=True)
    assert (found.inclusive, found.is_stated, str(found.total.amount)) == (True, False, "6.00")
    assert texts(found.amounts) == ["8.99", "8.99", "8.99", "9.00"]
    assert form_total(found) == dollars("35.97")


@pytest.mark.parametrize(
    ("first", "inclusive", "expected"),
    [("1.05", True, {}), ("1.04", False, {"hst": ("1.10", "8.50")})],
    ids=["the ledger's own 1.11", "a store's 1.10"],
)
def test_the_recorded_document_at_13_per_cent(first: str, inclusive: bool, expected: dict[str, Any]) -> None:
    """§15.4: gross 9.00, 3.00 and -2.40 have the net 8.49, the tax 1.11 and the total 9.60."""
    lines = [
        line("9.00", tax("HST", first, "13")),
        line("3.00", tax("HST", "0.06", "13")),
        line("-2.40", tax("HST", "0.00", "13")),
    ]
    found = plan(*lines, included=True)
    assert (found.inclusive, stated(found)) == (inclusive, expected)
    assert form_total(found) == dollars("9.60")


def test_gst_and_qst_on_one_line() -> None:
    found = plan(
        line("100.00", tax("GST", "5.00", "5"), tax("QST", "9.98", "9.975")), line("10.00", tax("GST", "0.50", "5"))
    )
    assert found.codes == (GST_QST.id, GST_ONLY.id)
    assert (str(found.total.amount), found.is_stated) == ("15.48", False)


def test_gst_and_qst_inside_the_price() -> None:
    found = plan(line("114.98", tax("GST", "5.00", "5"), tax("QST", "9.98", "9.975")), included=True)
    assert (found.inclusive, found.codes, str(found.total.amount)) == (True, (GST_QST.id,), "14.98")


@pytest.mark.parametrize(
    ("net", "amount", "is_stated"),
    [("3.95", "0.39", False), ("3.96", "0.40", False), ("3.96", "0.39", True), ("3.95", "0.40", True)],
)
def test_qst_of_39_or_40_cents(net: str, amount: str, is_stated: bool) -> None:
    """9.975 % of 3.95 is 0.394 and of 3.96 0.395: a store that rounds otherwise is followed."""
    found = plan(line(net, tax("GST", "0.20", "5"), tax("QST", amount, "9.975")))
    assert found.is_stated == is_stated
    assert stated(found) == ({"gst": ("0.20", net), "qst": (amount, net)} if is_stated else {})
    assert str(found.total.amount) == str(Decimal("0.20") + Decimal(amount))


def test_shipping_is_taxed_with_the_goods() -> None:
    """Section 3: 100 + 10 shipping at 8 % is 118.80, not 119.60."""
    eight = context(codes={"Tax": code("8 %", rate("eight", "8"))})
    for within in (eight, AUTOMATED):
        found = plan(line("100.00", tax("Tax", "8.00", "8")), line("10.00", tax("Tax", "0.80", "8")), within=within)
        assert form_total(found) == dollars("118.80")


def test_what_is_stated_names_every_rate_on_the_form() -> None:
    """§15.4: then every rate used must be present, those that charge nothing too."""
    found = plan(line("3.96", tax("GST", "0.20", "5"), tax("QST", "0.39", "9.975")), line("5.00", vat("0.00", "0")))
    assert stated(found) == {"gst": ("0.20", "3.96"), "qst": ("0.39", "3.96"), "v0": ("0.00", "5.00")}


def test_each_code_keeps_its_own_net() -> None:
    lines = [line("12.00", vat("2.01")), line("24.00", vat("4.00")), line("10.50", vat("0.50", "5")), line("7.00")]
    found = plan(*lines, included=True)
    assert texts(found.amounts) == ["10.00", "19.99", "10.00", "7.00"]
    assert stated(found) == {"v20": ("6.01", "29.99"), "v5": ("0.50", "10.00")}


def test_reverse_charge_rates_cancel_beside_taxed_lines() -> None:
    abroad = make_address(country="FR")
    found = plan(line("100.00"), line("10.00", vat("2.01")), shipping=abroad)
    assert found.codes == (EXPORT.id, STANDARD.id)
    assert stated(found) == {"rc": ("20.00", "100.00"), "rc back": ("-20.00", "100.00"), "v20": ("2.01", "10.00")}
    assert str(found.total.amount) == "2.01"


def test_the_tax_of_prices_has_more_room() -> None:
    """Taken out of the price, a tax that is x off leaves a base that is x off too: 0.60 a line at 20 %."""
    found = plan(*[line("1.23", vat("0.21"))] * 20, included=True)  # exactly 0.205 each
    assert stated(found) == {"v20": ("4.20", "20.40")}  # by itself the ledger would add 4.08
    found_problems = problems(*[line("1.22", vat("0.21"))] * 20, included=True)
    assert [each.code for each in found_problems] == ["tax-amount"]


def test_a_compound_rate() -> None:
    found = plan(line("100.00", tax("GST", "5.00", "5"), tax("Old QST", "9.98", "9.5")))
    assert (str(found.total.amount), found.is_stated) == ("14.98", False)


def test_taxes_finer_than_the_cent_are_rounded_on_the_form_and_the_rest_is_shown() -> None:
    found = plan(*[line("1.11", tax("GST", "0.0555", "5"))] * 3)
    assert (found.is_stated, str(found.total.amount), found.difference) == (False, "0.17", dollars("0.0035"))


# United States


@pytest.mark.parametrize("within", [MANUAL, AUTOMATED], ids=["manual", "automated"])
def test_united_states_prices_that_include_tax_are_posted_net(within: Context) -> None:
    """Section 2: 108.00 with 8 % inside is 100.00 net and 8.00 tax; there is no form with tax inside."""
    eight = code("8 %", rate("eight", "8"))
    within = replace(
        within,
        company=replace(within.company, tax_codes=(eight,)),
        resolved=replace(within.resolved, codes={"tax": eight}),
    )
    found = plan(line("108.00", tax("Tax", "8.00", "8")), line("5.00"), within=within, included=True)
    assert (texts(found.amounts), str(found.total.amount)) == (["100.00", "5.00"], "8.00")
    assert (found.codes, found.inclusive, found.form_code) == (("TAX", "NON"), False, eight.id)


def test_automated_states_the_total_alone() -> None:
    found = plan(
        line("100.00", state("6.50"), county("1.00")), line("7.00"), within=context(TaxRegime.US_AUTOMATED, {})
    )
    assert (found.codes, found.form_code) == (("TAX", "NON"), None)
    assert (str(found.total.amount), found.is_stated, found.rates) == ("7.50", True, ())


def test_automated_without_tax_states_nothing() -> None:
    found = plan(line("100.00"), within=AUTOMATED)
    assert (found.codes, found.is_stated, str(found.total.amount)) == (("NON",), False, "0.00")


def test_automated_lines_of_several_taxes_keep_their_own_net() -> None:
    lines = [line("107.50", state("6.50"), county("1.00")), line("106.50", state("6.50")), line("53.25", state("3.25"))]
    found = plan(*lines, within=context(TaxRegime.US_AUTOMATED, {}), included=True)
    assert texts(found.amounts) == ["100.00", "100.00", "50.00"]


def test_automated_with_a_mapped_code_for_the_form() -> None:
    within = context(TaxRegime.US_AUTOMATED, {"us-ny-*": STATE_ONLY})
    found = plan(line("100.00", tax("US-NY-State", "6.50", "6.5")), within=within)
    assert (found.codes, found.form_code, found.is_stated) == (("TAX",), STATE_ONLY.id, True)


@pytest.mark.parametrize("second", [tax("US-CA-State", "1.00", "1"), city("0.50")], ids=["another", "none"])
def test_automated_with_several_codes_is_held(second: TaxLine) -> None:
    within = context(TaxRegime.US_AUTOMATED, {"us-ny-*": STATE_ONLY, "us-ca-*": GST_PST})
    (problem,) = problems(line("9.00", tax("US-NY-State", "1.00", "1")), line("9.00", second), within=within)
    assert (problem.code, problem.field) == ("tax-several-codes", "taxes")
    assert "1001" in str(problem.what)
    assert str(problem.remedy).startswith("Map the taxes")


def test_manual_345_00_at_6_5_per_cent() -> None:
    """§15.2: 22.425 is 22.43, half up."""
    found = plan(line("345.00", state("22.43")), line("5.00"), within=MANUAL)
    assert (found.codes, found.form_code) == (("TAX", "NON"), STATE_ONLY.id)
    assert (str(found.total.amount), found.is_stated) == ("22.43", False)


def test_manual_345_00_in_a_store_that_cuts() -> None:
    found = plan(line("345.00", state("22.42")), within=MANUAL)
    assert (stated(found), found.is_stated) == ({"state": ("22.42", "345.00")}, True)


def test_manual_one_code_holds_every_rate_on_the_order() -> None:
    found = plan(line("100.00", state("6.50"), county("1.00")), line("10.00", county("0.10")), within=MANUAL)
    assert found.form_code == STATE_COUNTY.id
    assert stated(found) == {"county": ("1.10", "110.00"), "state": ("6.50", "100.00")}
    assert (found.codes, str(found.total.amount)) == (("TAX", "TAX"), "7.60")


def test_manual_taxes_that_are_mapped_together() -> None:
    within = context(TaxRegime.US_MANUAL, {"State + County": STATE_COUNTY, "State": STATE_ONLY})
    found = plan(line("100.00", state("6.50"), county("1.00")), within=within)
    assert (found.form_code, found.is_stated, str(found.total.amount)) == (STATE_COUNTY.id, False, "7.50")


def test_manual_a_wider_code_serves_where_no_narrower_does() -> None:
    within = context(TaxRegime.US_MANUAL, company_codes=(EVERYTHING, STATE_COUNTY))
    found = plan(line("100.00", county("1.00")), within=within)
    assert found.form_code == STATE_COUNTY.id
    assert stated(found) == {"county": ("1.00", "100.00"), "state": ("0.00", "0.00")}


def test_manual_without_a_code_for_all_rates_is_held() -> None:
    within = context(TaxRegime.US_MANUAL, company_codes=(STATE_COUNTY, replace(EVERYTHING, active=False)))
    (problem,) = problems(line("100.00", state("6.50")), line("100.00", city("0.50")), within=within)
    assert (problem.code, problem.cause, problem.field) == ("tax-combine", "tax-combine:city,state", "taxes")
    assert '"City", "State tax"' in str(problem.what)
    assert '"City", "State tax"' in str(problem.remedy)


def test_manual_unmapped_taxes_are_told_one_by_one() -> None:
    found = problems(line("100.00", state("6.50"), tax("Town", "1.00", "1"), tax("Fee", "1.00", "1")), within=MANUAL)
    assert [each.cause for each in found] == ["tax:fee", "tax:town"]


def test_manual_the_rate_must_agree() -> None:
    assert [each.code for each in problems(line("100.00", state("6.00", "6")), within=MANUAL)] == ["tax-rate"]


def test_manual_without_tax() -> None:
    found = plan(line("100.00"), within=MANUAL)
    assert (found.codes, found.form_code, found.is_stated) == (("NON",), None, False)


def test_manual_net_lines_keep_to_their_own_rates() -> None:
    lines = [line("107.50", state("6.50"), county("1.00")), line("50.50", county("0.50"))]
    found = plan(*lines, within=MANUAL, included=True)
    assert texts(found.amounts) == ["100.00", "50.00"]
    assert stated(found) == {"county": ("1.50", "150.00"), "state": ("6.50", "100.00")}


def test_a_plan_is_the_same_again() -> None:
    lines = [line("9.99", vat("1.50"), place=3), line("5.00", place=1)]
    assert plan_taxes(lines, order(included=True), context()) == plan_taxes(lines, order(included=True), context())

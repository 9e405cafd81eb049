from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import COMBINED, NO_VAT, REDUCED, STANDARD, make_company, make_resolved, make_settings

from comptoir.books.checks import Method, Resolved, resolve
from comptoir.books.company import TaxCode, TaxRegime
from comptoir.books.documents import ItemType, LedgerId
from comptoir.books.problems import Problem
from comptoir.books.settings import MethodSettings

CASES = [
    pytest.param({"items": {"income_account": "Sails"}}, "items.income_account", 'no account named "Sails"',
                 "type Income", id="income account unknown"),
    pytest.param({"items": {"income_account": ""}}, "items.income_account", 'no account named ""',
                 "type Income", id="income account not chosen"),
    pytest.param({"items": {"income_account": "Till"}}, "items.income_account", '"Till" is of another type',
                 "type Income", id="income account is a bank"),
    pytest.param({"items": {"shipping_account": "Rent"}}, "items.shipping_account", '"Rent" is of another type',
                 "type Income", id="shipping account is an expense"),
    pytest.param({"items": {"discount_account": "Nowhere"}}, "items.discount_account", 'no account named "Nowhere"',
                 "type Income", id="discount account unknown"),
    pytest.param({"items": {"expense_account": "Sales"}}, "items.expense_account", '"Sales" is of another type',
                 "Expense or Cost of Goods Sold", id="expense account is income"),
    pytest.param({"payments": {"methods": {"card": MethodSettings("Old bank")}}}, "payments.methods.card.account",
                 '"Old bank" is inactive', "Bank or Other Current Asset", id="clearing account inactive"),
    pytest.param({"payments": {"methods": {"card": MethodSettings("Sales")}}}, "payments.methods.card.account",
                 '"Sales" is of another type', "Bank or Other Current Asset", id="clearing account is income"),
    pytest.param({"payments": {"methods": {"*": MethodSettings("Till", "Barter")}}},
                 "payments.methods.*.payment_method", 'payment method named "Barter"',
                 "Card, PayPal", id="payment method unknown"),
    pytest.param({"payments": {"methods": {"*": MethodSettings("Till", "Cheque")}}},
                 "payments.methods.*.payment_method", 'payment method named "Cheque"',
                 "Card, PayPal", id="payment method inactive"),
    pytest.param({"refunds": {"account": "Rent"}}, "refunds.account", '"Rent" is of another type',
                 "Bank or Other Current Asset", id="refund account is an expense"),
    pytest.param({"taxes": {"untaxed": ""}}, "taxes.untaxed", 'no active tax code named ""',
                 "20.0% S, 5.0% R, GST + PST, No VAT", id="untaxed code not chosen"),
    pytest.param({"taxes": {"codes": {"VAT": "17.5% S"}}}, "taxes.codes.VAT", 'tax code named "17.5% S"',
                 "20.0% S, 5.0% R, GST + PST, No VAT", id="tax code inactive"),
    pytest.param({"taxes": {"untaxed": "20.0% S"}}, "taxes.untaxed", '"20.0% S" charges tax', "without a rate",
                 id="untaxed code has a rate"),
    pytest.param({"orders": {"prefix": "MUGSHOP--"}}, "orders.prefix", '"MUGSHOP--" is longer than 8', "21 characters",
                 id="order prefix too long"),
    pytest.param({"refunds": {"prefix": "REFUNDED-"}}, "refunds.prefix", '"REFUNDED-" is longer than 8',
                 "21 characters", id="refund prefix too long"),
    pytest.param({"orders": {"prefix": "r-"}}, "refunds.prefix", "the same prefix", 'example "R-"',
                 id="prefixes differ in case alone"),
    pytest.param({"payments": {"record": False}}, "refunds.record", "payments are not", "Record payments too",
                 id="refunds without payments"),
    pytest.param({"items": {"rounding_cap": Decimal(-1)}}, "items.rounding_cap", "below zero", "0 or more",
                 id="rounding cap below zero"),
    pytest.param({"items": {"shipping": " "}}, "items.shipping", "name is empty", "Name an existing one",
                 id="shipping item without a name"),
    pytest.param({"items": {"rounding": ""}}, "items.rounding", "name is empty", "Name an existing one",
                 id="rounding item without a name"),
    pytest.param({"items": {"refund_difference": ":"}}, "items.refund_difference", "name is empty",
                 "Name an existing one", id="refund difference item without a name"),
    pytest.param({"orders": {"generic_customer": "\t"}}, "orders.generic_customer", "name is empty",
                 "Name an existing one", id="generic customer without a name"),
    pytest.param({"items": {"create_as": ItemType.INVENTORY}}, "items.create_as", "does not create inventory items",
                 "non_inventory", id="inventory items"),
]  # fmt: skip


def problems(found: Resolved | list[Problem]) -> list[Problem]:
    assert isinstance(found, list)
    for problem in found:
        assert problem.code == "settings"
        assert problem.where == problem.field == problem.cause
        for text in (str(problem.what), str(problem.remedy)):
            assert text.endswith(".")
            assert "{" not in text
    return found


@pytest.mark.parametrize(("changes", "where", "what", "remedy"), CASES)
def test_a_mistake_is_named_with_its_place_and_remedy(
    changes: dict[str, Any], where: str, what: str, remedy: str
) -> None:
    (problem,) = problems(resolve(make_settings(**changes), make_company(), UTC))
    assert problem.where == where
    assert what in str(problem.what)
    assert remedy in str(problem.remedy)


def test_a_time_zone_that_is_none() -> None:
    (problem,) = problems(resolve(make_settings(time_zone="Mars/Olympus"), make_company(), None))
    assert problem.where == "time_zone"
    assert '"Mars/Olympus"' in str(problem.what)
    assert "Europe/London" in str(problem.remedy)


@pytest.mark.parametrize("regime", [TaxRegime.US_MANUAL, TaxRegime.US_AUTOMATED])
def test_a_company_with_united_states_sales_tax_is_refused(regime: TaxRegime) -> None:
    (problem,) = problems(resolve(make_settings(), make_company(tax_regime=regime), UTC))
    assert problem.where == "taxes"
    assert "United States" in str(problem.what)


def test_every_mistake_is_reported_at_once() -> None:
    settings = make_settings(
        orders={"prefix": "MUGSHOP--"}, items={"income_account": "Sails"}, taxes={"untaxed": "Nil", "codes": {"A": "B"}}
    )
    found = problems(resolve(settings, make_company(), None))
    places = {"time_zone", "orders.prefix", "items.income_account", "taxes.untaxed", "taxes.codes.A"}
    assert {problem.where for problem in found} == places
    assert len(found) == len(places)


def test_a_company_without_lists_says_so_in_the_remedy() -> None:
    company = make_company(payment_methods=())
    settings = make_settings(payments={"methods": {"card": MethodSettings("Till", "Card")}})
    (problem,) = problems(resolve(settings, company, UTC))
    assert "(none)" in str(problem.remedy)


def test_names_become_ids() -> None:
    settings = make_settings(
        items={"shipping_account": " income:postage ", "discount_account": "Discounts given",
               "expense_account": "Cost of sales"},
        refunds={"account": "Till"},
    )  # fmt: skip
    resolved = make_resolved(settings)
    assert resolved.settings is settings
    assert resolved.zone is UTC
    assert (resolved.income_account, resolved.shipping_account, resolved.discount_account) == ("1", "2", "3")
    assert (resolved.expense_account, resolved.refund_account) == ("4", "7")
    assert resolved.untaxed == NO_VAT
    assert resolved.codes == {"vat": STANDARD, "reduced": REDUCED, "sales tax": COMBINED}


def test_what_is_not_chosen_falls_back() -> None:
    resolved = make_resolved(make_settings(items={"expense_account": ""}), make_company(country="FR"))
    assert resolved.shipping_account == resolved.discount_account == resolved.income_account
    assert resolved.expense_account is None
    assert resolved.refund_account is None


def test_of_two_accounts_of_one_name_the_active_one_is_meant() -> None:
    company = make_company()
    old = next(account for account in company.accounts if account.name == "Old bank")
    company = replace(company, accounts=(*company.accounts, replace(old, id=LedgerId("88"), active=True)))
    resolved = make_resolved(make_settings(refunds={"account": "Old bank"}), company)
    assert resolved.refund_account == "88"


def test_a_company_without_sales_tax_needs_no_codes() -> None:
    settings = make_settings(taxes={"untaxed": "", "codes": {}})
    resolved = make_resolved(settings, make_company(tax_regime=TaxRegime.NONE, tax_codes=()))
    assert resolved.untaxed is None
    assert resolved.codes == {}


def test_a_code_of_zero_per_cent_serves_untaxed_lines() -> None:
    zero_rated = TaxCode(LedgerId("Z"), "0.0% Z", (Decimal("0.00"),))
    resolved = make_resolved(make_settings(taxes={"untaxed": "0.0% z"}), make_company(tax_codes=(zero_rated, STANDARD,
                             REDUCED, COMBINED)))  # fmt: skip
    assert resolved.untaxed == zero_rated


def test_refunds_may_share_the_prefix_and_lack_payments_where_they_are_not_recorded() -> None:
    settings = make_settings(
        payments={"record": False}, refunds={"record": False, "prefix": "S-"}, orders={"prefix": "S-"}
    )
    assert isinstance(resolve(settings, make_company(), UTC), Resolved)


def test_inventory_may_stand_in_the_settings_where_nothing_is_created() -> None:
    settings = make_settings(items={"create": False, "create_as": ItemType.INVENTORY})
    assert isinstance(resolve(settings, make_company(), UTC), Resolved)


@pytest.mark.parametrize(
    ("country", "create", "needed"),
    [
        pytest.param("GB", True, True, id="United Kingdom"),
        pytest.param("CA", True, True, id="Canada"),
        pytest.param("FR", True, False, id="elsewhere"),
        pytest.param("GB", False, True, id="no products are created, but shipping is"),
    ],
)
def test_some_countries_need_an_expense_account_on_every_item(country: str, *, create: bool, needed: bool) -> None:
    settings = make_settings(items={"expense_account": "", "create": create})
    answer = resolve(settings, make_company(country=country), UTC)
    if needed:
        (problem,) = problems(answer)
        assert problem.where == "items.expense_account"
        assert "Expense or Cost of Goods Sold" in str(problem.remedy)
    else:
        assert isinstance(answer, Resolved)


@pytest.mark.parametrize("prefix", ["", "12345678"], ids=["none", "eight characters"])
def test_a_prefix_that_fits(prefix: str) -> None:
    assert isinstance(resolve(make_settings(orders={"prefix": prefix}), make_company(), UTC), Resolved)


@pytest.mark.parametrize(
    ("methods", "name", "expected"),
    [
        pytest.param({"card": "Till"}, " CARD ", Method(LedgerId("7"), None), id="its own, whatever the case"),
        pytest.param({"card": "Till", "*": "Card clearing"}, "card", Method(LedgerId("7"), None), id="before the rest"),
        pytest.param({"*": "Card clearing"}, "barter", Method(LedgerId("5"), None), id="the default"),
        pytest.param({"card": "Till"}, "barter", None, id="none"),
    ],
)
def test_the_method_of_a_tender(methods: dict[str, str], name: str, expected: Method | None) -> None:
    settings = make_settings(payments={"methods": {key: MethodSettings(value) for key, value in methods.items()}})
    assert make_resolved(settings).method(name) == expected


def test_a_method_carries_the_companys_own_name_for_it() -> None:
    assert make_resolved().method("paypal") == Method(LedgerId("6"), LedgerId("P2"))

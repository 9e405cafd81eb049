"""Which answers repair a problem: the company's own choices, the likely one marked, and what the settings become."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.engine.conftest import SETTINGS, SmallLedger, make_order, pounds

from comptoir.books.checks import Resolved, resolve
from comptoir.books.checks.names import mistake
from comptoir.books.choices import HELD_BY_HAND
from comptoir.books.company import Account, AccountType, Named, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.books.facts import TaxLine
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ClosedPeriods, Language, MethodSettings, Settings
from comptoir.books.specials import CHARGES, STANDS_FOR, Special
from comptoir.engine.setup.asks import SETTINGS as ASKED
from comptoir.engine.setup.asks import ask, changed, path_named, setting_of
from comptoir.engine.setup.default_names import NAMES
from comptoir.engine.setup.remedies import remedy_in_plain_words
from comptoir.engine.setup.repairs import (
    CURES,
    Repair,
    asks_for_items,
    missing,
    repairs_of,
)
from comptoir.engine.work import zone_named
from comptoir.storage.codec import adapter


def code(name: str, rate: str, *, active: bool = True) -> TaxCode:
    rates = (TaxRate(LedgerId(f"r{name}"), name, Decimal(rate)),) if Decimal(rate) else ()
    return TaxCode(LedgerId(f"c{name}"), name, rates, active)


def account(name: str, kind: AccountType, *, currency: str = "GBP", active: bool = True) -> Account:
    return Account(LedgerId(f"a{name}"), name, kind, currency, active)


COMPANY = replace(
    SmallLedger().read_company(),
    tax_codes=(
        code("20.0% S", "0.2"),
        code("20.0% ECG", "0.2"),
        code("5.0% R", "0.05"),
        code("Old", "0.2", active=False),
        code("No VAT", "0"),
    ),
    payment_methods=(Named(LedgerId("m1"), "Visa"), Named(LedgerId("m2"), "Old card", active=False)),
)


def problem(code_: str, **values: str) -> Problem:
    return Problem(code_, Message("It is held.", values), Message("Do something.", values), field="taxes")


def only(found: tuple[Repair, ...]) -> Repair:
    (one,) = found
    return one


def names(repair: Repair, place: int = 0) -> list[str]:
    return [each.value for each in repair.asks[place].options]


def taxed(name: str, rate: str | None) -> TaxLine:
    return TaxLine(name, None if rate is None else Decimal(rate), pounds("1.00"))


def test_an_unmapped_tax_asks_for_a_code_of_the_company() -> None:
    order = make_order(1)
    line = replace(order.lines[0], taxes=(taxed("VAT standard S", "0.2"),))
    held = problem("tax-unmapped", tax="VAT standard S")
    found = only(repairs_of(held, SETTINGS, COMPANY, orders=[replace(order, lines=(line,))]))
    assert str(found.question) == 'Which tax code of your company stands for "VAT standard S"?'
    assert names(found) == ["20.0% ECG", "20.0% S", "5.0% R", "No VAT"], "no inactive one"
    assert found.asks[0].options[1].note == "20 %"
    assert found.asks[0].suggested == "20.0% S", "its rate, and most of its words"
    assert found.asks[0].path == ("taxes", "codes", "VAT standard S")


@pytest.mark.parametrize("rates", [("0.2", "0.05"), (None,), ("0",), ("0.17",)])
def test_nothing_is_suggested_where_no_rate_says_it(rates: tuple[str | None, ...]) -> None:
    order = make_order(1)
    lines = tuple(replace(order.lines[0], taxes=(taxed("VAT", rate),)) for rate in rates)
    found = only(
        repairs_of(problem("tax-unmapped", tax="VAT"), SETTINGS, COMPANY, orders=[replace(order, lines=lines)])
    )
    assert found.asks[0].suggested == ""


def test_joined_taxes_are_suggested_by_the_sum_of_their_rates() -> None:
    order = make_order(1)
    line = replace(order.lines[0], taxes=(taxed("GST", "0.05"), taxed("QST", "0.15")))
    held = problem("tax-unmapped", tax="GST + QST")
    found = only(repairs_of(held, SETTINGS, COMPANY, orders=[replace(order, lines=(line,))]))
    assert found.asks[0].suggested == "20.0% S"


def test_another_rate_of_a_mapped_tax_is_mapped_beside_it() -> None:
    held = problem("tax-rate", tax="VAT", tax_and_rate="VAT 5%", store_rate="5%")
    found = only(repairs_of(held, SETTINGS, COMPANY))
    assert (found.asks[0].path, found.asks[0].suggested) == (("taxes", "codes", "VAT 5%"), "5.0% R")
    unstated = problem("tax-rate", tax="VAT", tax_and_rate="VAT", store_rate="a rate that it does not state")
    assert only(repairs_of(unstated, SETTINGS, COMPANY)).asks[0].suggested == ""


def test_a_payment_method_without_an_account() -> None:
    found = only(repairs_of(problem("method-unmapped", method="Gift voucher", key="voucher"), SETTINGS, COMPANY))
    assert names(found) == ["Clearing"], "accounts that can hold money"
    assert found.asks[0].suggested == "Clearing"
    assert names(found, 1) == ["Visa"]
    assert not found.asks[1].setting.is_needed
    made = changed(SETTINGS, {found.asks[0].path: "Clearing", found.asks[1].path: "Visa"})
    assert isinstance(made, Settings)
    assert made.payments.methods["voucher"] == MethodSettings("Clearing", "Visa")


def test_the_account_of_most_methods_is_the_likely_one() -> None:
    more = (account("Till", AccountType.BANK), account("Bank", AccountType.BANK))
    company = replace(COMPANY, accounts=(*COMPANY.accounts, *more))
    methods = {
        "a": MethodSettings("Bank"),
        "b": MethodSettings("bank"),
        "c": MethodSettings("Gone"),
        "d": MethodSettings("Till"),
    }
    settings = replace(SETTINGS, payments=replace(SETTINGS.payments, methods=methods))
    found = only(repairs_of(problem("method-unmapped", method="E", key="e"), settings, company))
    assert found.asks[0].suggested == "Bank"


def test_money_in_another_currency_gets_an_account_of_it() -> None:
    euros = account("Euros", AccountType.BANK, currency="EUR")
    dollars = account("Dollars", AccountType.BANK, currency="USD")
    company = replace(COMPANY, multicurrency=True, accounts=(*COMPANY.accounts, euros, dollars))
    held = problem("account-currency", method="Card", key="*", currency="EUR")
    found = only(repairs_of(held, SETTINGS, company))
    assert names(found) == ["Clearing", "Euros"]
    assert found.asks[0].options[1].note == "EUR"
    made = changed(SETTINGS, {found.asks[0].path: "Euros"})
    assert isinstance(made, Settings)
    assert made.payments.methods["*"] == MethodSettings("Clearing", by_currency={"EUR": "Euros"})


def test_a_product_that_matches_none_has_two_answers() -> None:
    held = problem("item-unmatched", what="Mug", sku="MUG")
    never = replace(SETTINGS, items=replace(SETTINGS.items, create=False))
    assert asks_for_items([held])
    assert not asks_for_items([problem("tax-unmapped", tax="VAT")])
    create, default = repairs_of(held, never, COMPANY, items=["Cup", "Plate"])
    assert (create.asks, create.sets) == ((), {("items", "create"): "true"})
    assert names(default) == ["Cup", "Plate"]
    assert default.asks[0].is_free
    made = changed(never, create.sets)
    assert isinstance(made, Settings)
    assert made.items.create is True
    assert len(repairs_of(held, made, COMPANY)) == 1, "what is so already is no remedy"
    nameless = only(repairs_of(problem("item-unmatched", what="Mug"), never, COMPANY, items=["Cup"]))
    assert names(nameless) == ["Cup"], "nothing is created that has no SKU"


def test_gift_cards_get_a_name_and_an_account() -> None:
    owed = account("Gift cards owed", AccountType.OTHER_CURRENT_LIABILITY)
    company = replace(COMPANY, accounts=(*COMPANY.accounts, owed))
    found = only(repairs_of(problem("gift-card", setting="gift_card"), SETTINGS, company))
    assert (found.asks[0].value, found.asks[1].suggested) == ("Gift card", "Gift cards owed")


@pytest.mark.parametrize("special", sorted(CHARGES))
def test_a_charge_without_an_item_asks_for_one_of_its_own(special: Special) -> None:
    held = problem("charge-unnamed", what=STANDS_FOR[special], line="x", setting=special.value)
    french = replace(SETTINGS, report=replace(SETTINGS.report, language=Language.FRENCH))
    assert asks_for_items([held])
    found = only(repairs_of(held, french, COMPANY, items=["Cup"]))
    assert [each.path for each in found.asks] == [("items", special.value), ("items", "charges_account")]
    assert names(found) == ["Cup"]
    assert found.asks[0].value == NAMES[Language.FRENCH].get(special.value, "")
    assert found.asks[0].is_free
    assert str(found.question).startswith(f"Which product or service stands for {STANDS_FOR[special]}?")


@pytest.mark.parametrize("setting", STANDS_FOR)
@pytest.mark.parametrize("code", ["named-item-inactive", "item-type"])
def test_an_item_that_cannot_serve_is_replaced_in_the_settings(code: str, setting: str) -> None:
    found = only(repairs_of(problem(code, name="Old", what=STANDS_FOR[setting], setting=setting), SETTINGS, COMPANY))
    assert [each.path for each in found.asks] == [("items", setting)]
    made = changed(SETTINGS, {("items", setting): "New"})
    assert isinstance(made, Settings)
    assert getattr(made.items, setting) == "New"


def test_a_problem_kept_from_before_has_no_such_form() -> None:
    assert repairs_of(problem("item-type", name="Old", what="tip"), SETTINGS, COMPANY) == ()


def test_a_setting_that_does_not_fit_is_asked_for_anew() -> None:
    held = mistake("payments.methods.shop.pay.account", 'The account "{name}" is inactive.', "Choose one.", name="Till")
    found = only(repairs_of(held, SETTINGS, COMPANY))
    assert found.asks[0].path == ("payments", "methods", "shop.pay", "account")
    assert names(found) == ["Clearing"]
    assert repairs_of(mistake("time_zone", "It is none.", "Use another."), SETTINGS, COMPANY) == ()
    untaxed = mistake("taxes.untaxed", "There is none.", "Choose one.")
    assert names(only(repairs_of(untaxed, SETTINGS, COMPANY))) == ["No VAT"]
    assert repairs_of(untaxed, SETTINGS, replace(COMPANY, tax_regime=TaxRegime.NONE)) == ()


def test_what_the_settings_say_and_the_company_still_has_is_there_to_begin_with() -> None:
    there = ask(("payments", "methods", "*", "account"), SETTINGS, COMPANY)
    assert (there.value, there.suggested) == ("Clearing", "")
    gone = replace(SETTINGS, items=replace(SETTINGS.items, income_account="Gone"))
    assert ask(("items", "income_account"), gone, COMPANY).value == ""
    assert (
        ask(("orders", "prefix"), replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="A-")), COMPANY).value
        == "A-"
    )


def test_another_spelling_of_the_same_taxes_is_no_second_answer() -> None:
    before = replace(SETTINGS, taxes=replace(SETTINGS.taxes, codes={"qst + GST": "Old", "VAT": "20.0% S"}))
    made = changed(before, {("taxes", "codes", "GST + QST"): "5.0% R"})
    assert isinstance(made, Settings)
    assert made.taxes.codes == {"VAT": "20.0% S", "GST + QST": "5.0% R"}


def test_what_cannot_be_such_a_value_is_said() -> None:
    wrong = changed(SETTINGS, {("closed_periods",): "never"})
    assert isinstance(wrong, list)
    assert [each.where for each in wrong] == ["closed_periods"]
    made = changed(SETTINGS, {("closed_periods",): "first_open_day"})
    assert isinstance(made, Settings)
    assert made.closed_periods is ClosedPeriods.FIRST_OPEN_DAY


def test_an_answer_that_is_needed_may_not_be_left_out() -> None:
    answers = {("taxes", "codes", "VAT"): "", ("payments", "methods", "a", "payment_method"): ""}
    assert [each.field for each in missing(answers)] == ["taxes.codes.VAT"]


def test_remedies_name_no_commands() -> None:
    assert str(remedy_in_plain_words(problem(HELD_BY_HAND))) == "Let it go on whenever you like."
    assert str(remedy_in_plain_words(problem("else"))) == "Do something."


@pytest.mark.parametrize("path", ASKED)
def test_every_setting_that_is_asked_for_is_one(path: tuple[str, ...]) -> None:
    named = tuple("x" if each == "*" else each for each in path)
    assert setting_of(named) is ASKED[path]
    assert path_named(".".join(named)) == named
    present: Any = adapter(Settings).dump_python(SETTINGS)
    for name in path if "*" not in path else path[: path.index("*")]:
        assert name in present, path
        present = present[name]


def test_every_cure_asks_for_settings_that_exist() -> None:
    for name, cures in CURES.items():
        for cure in cures:
            for path in (*cure.asks, *(cure.sets or {})):
                named = tuple(part.replace("{setting}", "tip") for part in path)
                assert setting_of(named) is not None, (name, path)
            assert cure.asks or cure.sets, name
            fixed = changed(SETTINGS, {path: value.format(units=9) for path, value in (cure.sets or {}).items()})
            assert isinstance(fixed, Settings), name


def test_a_setting_that_no_form_asks_for() -> None:
    with pytest.raises(AssertionError, match="no form asks for time_zone"):
        ask(("time_zone",), SETTINGS, COMPANY)


def test_an_answer_is_checked_against_the_company() -> None:
    made = changed(SETTINGS, {("taxes", "codes", "VAT"): "20.0% S"})
    assert isinstance(made, Settings)
    assert isinstance(resolve(made, COMPANY, zone_named("Europe/London")), Resolved)


def test_money_back_from_no_bank_asks_for_a_bank() -> None:
    banks = (account("Current", AccountType.BANK), account("Clearing", AccountType.OTHER_CURRENT_ASSET))
    company = replace(COMPANY, accounts=banks)
    found = only(repairs_of(problem("cash-back-account", key="paypal", currency="GBP"), SETTINGS, company))
    assert found.asks[0].path == ("payments", "methods", "paypal", "account")
    assert names(found) == ["Current"], "no clearing account"


def test_a_problem_kept_from_before_has_no_form_that_it_does_not_know_enough_for() -> None:
    assert repairs_of(problem("cash-back-account", account="Clearing"), SETTINGS, COMPANY) == ()
    assert repairs_of(problem("total", total="GBP 5.00"), SETTINGS, COMPANY) == ()


def test_a_rounding_that_is_right_may_be_allowed() -> None:
    found = only(repairs_of(problem("total", units="9"), SETTINGS, COMPANY))
    assert str(found.question) == "The store's total is right: let the rounding line carry up to 9 cents."
    settings = changed(SETTINGS, found.sets)
    assert isinstance(settings, Settings)
    assert settings.items.rounding_cap == Decimal(9)
    assert repairs_of(problem("total", units="9"), settings, COMPANY) == (), "it is allowed already"


def test_a_number_that_is_none_is_a_mistake_of_the_form() -> None:
    assert not isinstance(changed(SETTINGS, {("items", "rounding_cap"): "many"}), Settings)


def test_taxes_that_meet_are_asked_for_together() -> None:
    order = make_order(1)
    two = replace(order.lines[0], taxes=(taxed("State", "0.06"), taxed("County", "0.01")))
    orders = [replace(order, lines=(two,))]
    settings = replace(SETTINGS, taxes=replace(SETTINGS.taxes, codes={"State": "20.0% S"}))
    found = only(repairs_of(problem("tax-several-codes"), settings, COMPANY, orders=orders))
    assert [(each.path[-1], each.value) for each in found.asks] == [("County", ""), ("State", "20.0% S")]
    assert [str(each.setting.label) for each in found.asks] == ['Tax code of "County"', 'Tax code of "State"']
    joined = replace(SETTINGS, taxes=replace(SETTINGS.taxes, codes={"County + State": "20.0% S"}))
    found = only(repairs_of(problem("tax-several-codes"), joined, COMPANY, orders=orders))
    assert [each.path[-1] for each in found.asks] == ["County", "County + State", "State"]
    assert repairs_of(problem("tax-several-codes"), SETTINGS, COMPANY, orders=[]) == ()


def test_a_number_that_is_taken_asks_for_another_beginning() -> None:
    found = only(repairs_of(problem("number-taken", number="1"), SETTINGS, COMPANY))
    assert [each.path for each in found.asks] == [("orders", "prefix"), ("refunds", "prefix")]

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import COMBINED, NO_VAT, REDUCED, STANDARD, make_company, make_resolved, make_settings

from comptoir.books.checks import Method, Resolved, resolve
from comptoir.books.checks.advice import advice
from comptoir.books.checks.contradictions import Surroundings
from comptoir.books.company import Account, AccountType, Named, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import ItemType, LedgerId, SaleForm
from comptoir.books.facts import PaymentStatus
from comptoir.books.problems import Problem
from comptoir.books.settings import (
    ClosedPeriods,
    CurrencyChoice,
    CustomerChoice,
    DueRule,
    DueSettings,
    MessageChoice,
    MethodSettings,
    ReportSettings,
    ReportWhen,
)
from comptoir.books.specials import TenderKind

STOCKED: dict[str, Any] = {
    "create_as": ItemType.INVENTORY,
    "asset_account": "PayPal clearing",
    "cogs_account": "Cost of sales",
}
CASES: list[Any] = [
    pytest.param({"items": {"income_account": "Sails"}}, "items.income_account", 'no account named "Sails"',
                 "type Income", id="income account unknown"),
    pytest.param({"items": {"income_account": ""}}, "items.income_account", "No account is chosen",
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
    pytest.param({"payments": {"methods": {"*": MethodSettings("Till", by_currency={"eur": "Till"})}}},
                 "payments.methods.*.by_currency.eur", '"eur" is not the code', "for example EUR",
                 id="a currency without a code"),
    pytest.param({"payments": {"methods": {"*": MethodSettings("Till", by_currency={"EUR": "Till"})}}},
                 "payments.methods.*.by_currency.EUR", "keeps its books in GBP only", "leave EUR out",
                 id="foreign money without multicurrency"),
    pytest.param({"payments": {"methods": {"*": MethodSettings("Till", by_currency={"EUR": "Rent"})}}},
                 "payments.methods.*.by_currency.EUR", '"Rent" is of another type', "Bank or Other Current Asset",
                 id="foreign money in an expense account"),
    pytest.param({"refunds": {"account": "Rent"}}, "refunds.account", '"Rent" is of another type',
                 "Bank or Other Current Asset", id="refund account is an expense"),
    pytest.param({"taxes": {"untaxed": ""}}, "taxes.untaxed", "No tax code is chosen",
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
    pytest.param({"items": {"rounding_cap": Decimal(-1)}}, "items.rounding_cap", "cannot be -1.", "from 0 to 1000",
                 id="rounding cap below zero"),
    pytest.param({"items": {"rounding_cap": Decimal("1E+12")}}, "items.rounding_cap", "cannot be 1000000000000.",
                 "from 0 to 1000", id="rounding without an end"),
    pytest.param({"items": {"shipping": " "}}, "items.shipping", "name is empty", "Name an existing one",
                 id="shipping item without a name"),
    pytest.param({"items": {"rounding": ""}}, "items.rounding", "name is empty", "Name an existing one",
                 id="rounding item without a name"),
    pytest.param({"items": {"refund_difference": ":"}}, "items.refund_difference", "name is empty",
                 "Name an existing one", id="refund difference item without a name"),
    pytest.param({"orders": {"generic_customer": "\t"}}, "orders.generic_customer", "name is empty",
                 "Name an existing one", id="generic customer without a name"),
    pytest.param({"items": {"tip": ":"}}, "items.tip", "no character that the company accepts", "leave this setting",
                 id="an item's name that is none"),
    pytest.param({"items": {"discount": "\t"}}, "items.discount", "no character that the company accepts",
                 "leave this setting", id="a discount item's name that is none"),
    pytest.param({"orders": {"statuses": ()}}, "orders.statuses", "no order would ever be posted", '"paid"',
                 id="no status"),
    pytest.param({"orders": {"prefix": "S\n"}}, "orders.prefix", "cannot be printed", "letters, digits",
                 id="a prefix with a line break"),
    pytest.param({"payments": {"methods": {"card": MethodSettings("Till"), "Card ": MethodSettings("Card clearing")}}},
                 "payments.methods.Card ", '"Card " is there twice, as "card" too', "Keep one",
                 id="a payment method twice"),
    pytest.param({"items": {**STOCKED, "asset_account": ""}}, "items.asset_account", "No account is chosen",
                 "type Other Current Asset", id="inventory without an asset account"),
    pytest.param({"items": {**STOCKED, "asset_account": "Till"}}, "items.asset_account", '"Till" is of another type',
                 "type Other Current Asset", id="asset account is a bank"),
    pytest.param({"items": {**STOCKED, "cogs_account": "Rent"}}, "items.cogs_account", '"Rent" is of another type',
                 "type Cost of Goods Sold", id="cost of goods account is an expense"),
    pytest.param({"items": {"asset_account": "Sales"}}, "items.asset_account", '"Sales" is of another type',
                 "type Other Current Asset", id="asset account that no item needs"),
    pytest.param({"items": {"charges_account": "Till"}}, "items.charges_account", '"Till" is of another type',
                 "type Income", id="charges account is a bank"),
    pytest.param({"items": {"charges_as": ItemType.INVENTORY}}, "items.charges_as", "have no stock", '"service"',
                 id="tips with stock"),
    pytest.param({"items": {"deposit_names": ("Eco fee",)}}, "items.deposit_names", "no item for deposits",
                 '"items.deposit"', id="deposits without an item"),
    pytest.param({"items": {"gift_card": "Gift card"}}, "items.gift_card_account", "No account is chosen",
                 "type Other Current Liability", id="gift cards without an account"),
    pytest.param({"items": {"gift_card_account": "Sales"}}, "items.gift_card_account", '"Sales" is of another type',
                 "type Other Current Liability", id="gift cards as income"),
    pytest.param({"items": {"store_credit": "Credit", "store_credit_account": "Till"}}, "items.store_credit_account",
                 '"Till" is of another type', "type Other Current Liability", id="store credit in a bank"),
    pytest.param({"items": {"store_credit_account": "Nowhere"}}, "items.store_credit_account",
                 'no account named "Nowhere"', "type Other Current Liability", id="store credit account unknown"),
    pytest.param({"orders": {"class_name": "Web"}}, "orders.class_name", "does not track classes", "leave this setting",
                 id="class without tracking"),
    pytest.param({"orders": {"location_name": "Leeds"}}, "orders.location_name", "does not track locations",
                 "leave this setting", id="location without tracking"),
    pytest.param({"orders": {"currency": CurrencyChoice.PAID}}, "orders.currency", "keeps GBP only", '"shop"',
                 id="paid currency without multicurrency"),
    pytest.param({"report": ReportSettings(to=("books@localhost", "a@b.example"))}, "report.to",
                 '"books@localhost" is not an e-mail', "like books@example.com", id="report to no address"),
    pytest.param({"report": ReportSettings(to=("a@b.example\nBcc: c@d.example",))}, "report.to", "is not an e-mail",
                 "address alone", id="report to a line of its own"),
    pytest.param({"report": ReportSettings(when=ReportWhen.DAILY)}, "report.to", "no address is named",
                 "Name at least one", id="report to nobody"),
    pytest.param({"report": ReportSettings(hour=24)}, "report.hour", "cannot be 24", "0 to 23", id="report at 24"),
    pytest.param({"report": ReportSettings(hour=-1)}, "report.hour", "cannot be -1", "0 to 23", id="report at -1"),
    pytest.param({"orders": {"due": DueSettings(DueRule.AT_ONCE, 1)}}, "orders.due.days",
                 '"at_once" takes no days, and there are 1', "Set the days to 0", id="days that no rule uses"),
    pytest.param({"orders": {"due": DueSettings(DueRule.DAYS_AFTER, -1)}}, "orders.due.days", "cannot have -1 days",
                 "from 0 to 999", id="due before the sale"),
    pytest.param({"orders": {"due": DueSettings(DueRule.DAY_OF_MONTH, 0)}}, "orders.due.days", "cannot have 0 days",
                 "from 1 to 31", id="no day of the month"),
    pytest.param({"orders": {"due": DueSettings(DueRule.DAY_OF_NEXT_MONTH, 32)}}, "orders.due.days",
                 "cannot have 32 days", "from 1 to 31", id="a day that no month has"),
    pytest.param({"payments": {"gift_card_methods": ("Gift Voucher",)}}, "payments.gift_card_methods",
                 '"gift voucher" has an account', "Take it out", id="a gift card with an account"),
    pytest.param({"payments": {"store_credit_methods": ("GIFT_CARD",)}}, "payments.store_credit_methods",
                 "both a gift card and store credit", "one of the two lists", id="gift card and store credit at once"),
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


def test_the_accounts_of_foreign_money() -> None:
    euro = Account(LedgerId("30"), "Euro clearing", AccountType.BANK, "EUR")
    company = make_company(multicurrency=True, accounts=(*make_company().accounts, euro))
    good = MethodSettings("Till", by_currency={"EUR": "Euro clearing", "USD": "Till", "GBP": "Card clearing"})
    resolved = make_resolved(make_settings(payments={"methods": {"card": good}}), company)
    assert resolved.methods["card"].by_currency == {"EUR": "30", "USD": "7", "GBP": "5"}
    wrong = MethodSettings("Till", by_currency={"USD": "Euro clearing"})
    (problem,) = problems(resolve(make_settings(payments={"methods": {"card": wrong}}), company, UTC))
    assert problem.where == "payments.methods.card.by_currency.USD"
    assert '"Euro clearing" is kept in EUR' in str(problem.what)
    assert "kept in USD, or in GBP" in str(problem.remedy)


def test_a_debt_has_an_item_of_its_own() -> None:
    owed = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
    company = make_company(accounts=(*make_company().accounts, owed))
    debts = {"gift_card_account": "Owed", "store_credit_account": "Owed", "gift_card": "Owed to buyers"}
    shared = make_settings(items={**debts, "store_credit": "SHIPPING"})
    (problem,) = problems(resolve(shared, company, UTC))
    assert problem.where == "items.store_credit"
    assert '"SHIPPING" stands for a debt here and for income for shipping' in str(problem.what)
    make_resolved(make_settings(items={**debts, "store_credit": "Owed to buyers"}), company)


def test_a_company_without_stock_makes_no_inventory_items() -> None:
    (problem,) = problems(resolve(make_settings(items=STOCKED), make_company(track_stock=False), UTC))
    assert problem.where == "items.create_as"
    assert "Switch quantity tracking on" in str(problem.remedy)


def test_a_company_that_applies_credits_by_itself_takes_no_generic_customer() -> None:
    settings = make_settings(orders={"customer": CustomerChoice.GENERIC})
    (problem,) = problems(resolve(settings, make_company(auto_apply_credit=True), UTC))
    assert problem.where == "orders.customer"
    assert "automatic application" in str(problem.remedy)


TAGS: dict[str, Any] = {
    "track_classes": True,
    "track_locations": True,
    "classes": (Named(LedgerId("K1"), "Web"), Named(LedgerId("K2"), "Fair", active=False)),
    "locations": (Named(LedgerId("L1"), "Leeds"),),
}


def test_class_and_location_become_ids() -> None:
    settings = make_settings(orders={"class_name": " web ", "location_name": "LEEDS"})
    resolved = make_resolved(settings, make_company(**TAGS))
    assert (resolved.class_id, resolved.location_id) == ("K1", "L1")


@pytest.mark.parametrize(("setting", "name"), [("class_name", "Fair"), ("location_name", "York")])
def test_a_class_or_location_that_is_not_there(setting: str, name: str) -> None:
    (problem,) = problems(resolve(make_settings(orders={setting: name}), make_company(**TAGS), UTC))
    assert problem.where == f"orders.{setting}"
    assert f'"{name}"' in str(problem.what)
    assert "Web" in str(problem.remedy) or "Leeds" in str(problem.remedy)


def test_accounts_of_stock_and_of_debts_become_ids() -> None:
    owed = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
    company = make_company(accounts=(*make_company().accounts, owed))
    items = {**STOCKED, "gift_card": "Card", "gift_card_account": "Owed", "store_credit": "Credit",
             "store_credit_account": "Owed", "charges_account": "Income:Postage"}  # fmt: skip
    resolved = make_resolved(make_settings(items=items), company)
    assert (resolved.asset_account, resolved.cogs_account, resolved.charges_account) == ("6", "4", "2")
    assert (resolved.gift_card_account, resolved.store_credit_account) == ("20", "20")


@pytest.mark.parametrize(
    ("method", "kind"),
    [
        pytest.param(" Gift_Card ", TenderKind.GIFT_CARD, id="gift card"),
        pytest.param("shopify_store_credit", TenderKind.STORE_CREDIT, id="store credit"),
        pytest.param("card", TenderKind.MONEY, id="money"),
        pytest.param("barter", TenderKind.MONEY, id="anything else"),
    ],
)
def test_what_a_payment_method_brings(method: str, kind: TenderKind) -> None:
    assert make_resolved().tender_kind(method) is kind


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
    zero_rated = TaxCode(LedgerId("Z"), "0.0% Z", (TaxRate(LedgerId("RZ"), "0.0% Z", Decimal("0.00")),))
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


ADVICE: list[Any] = [
    pytest.param({}, {}, None, id="nothing"),
    pytest.param({}, {"auto_apply_credit": True}, "refunds.record", id="credits that are applied by themselves"),
    pytest.param({"refunds": {"record": False}}, {"auto_apply_credit": True}, None, id="and no credits"),
    pytest.param({"orders": {"customer": CustomerChoice.GENERIC}}, {"auto_apply_credit": True}, None,
                 id="for all buyers together, which is a mistake"),
    pytest.param({"payments": {"methods": {}}}, {}, "payments.methods", id="no payment method"),
    pytest.param({"payments": {"methods": {}, "record": False}, "refunds": {"record": False}}, {}, None,
                 id="and no payments"),
    pytest.param({"payments": {"record": False}, "orders": {"form": SaleForm.INVOICE}}, {}, "payments.record",
                 id="invoices that stay open"),
    pytest.param({"orders": {"statuses": (PaymentStatus.PENDING,)}}, {}, "orders.statuses", id="no paid orders"),
    pytest.param({"orders": {"statuses": (PaymentStatus.VOIDED,)}}, {}, None, id="no order at all, which is a mistake"),
    pytest.param({"start_date": date(2026, 6, 2)}, {}, "start_date", id="from tomorrow on"),
    pytest.param({"start_date": date(2026, 6, 1)}, {}, None, id="from today on"),
    pytest.param({"orders": {"message": MessageChoice.COMPANY_DEFAULT}}, {}, "orders.message", id="no message"),
    pytest.param({"orders": {"message": MessageChoice.COMPANY_DEFAULT}}, {"default_message": "Thank you"}, None,
                 id="a message"),
    pytest.param({}, {"books_closed_until": date(2026, 1, 1)}, "start_date", id="closed on the first day"),
    pytest.param({}, {"books_closed_until": date(2025, 12, 31)}, None, id="closed until the day before"),
    pytest.param({"closed_periods": ClosedPeriods.FIRST_OPEN_DAY}, {"books_closed_until": date(2026, 1, 1)}, None,
                 id="closed, and nothing waits for it"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "company", "where"), ADVICE)
def test_what_is_no_mistake_and_worth_knowing(changes: Any, company: Any, where: str | None) -> None:
    told = list(advice(make_settings(**changes), make_company(**company), Surroundings(date(2026, 6, 1))))
    assert [each.where for each in told] == ([where] if where else [])
    assert all(str(each.what).endswith(".") and "{" not in str(each.remedy) for each in told)

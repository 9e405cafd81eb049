"""Each step's questions: what is asked, what is offered and suggested, what is not asked and why."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, get_type_hints

import pytest
from tests.engine.conftest import COMPANY, SETTINGS, pounds

from comptoir.books.company import (
    Account,
    AccountType,
    Company,
    Named,
    TaxCode,
    TaxRate,
    TaxRegime,
)
from comptoir.books.documents import ItemType, LedgerId
from comptoir.books.facts import LineKind, PaymentStatus, StoreIdentity
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import (
    ItemMatch,
    Language,
    MethodSettings,
    OpeningSettings,
    PaymentSettings,
    Settings,
    TaxSettings,
)
from comptoir.engine.ports import StoreInfo
from comptoir.engine.setup.draft import Looked, SettingsDraft, Setup
from comptoir.engine.setup.filling import by_step, fill_in, mistakes, next_step, shown, worth_knowing
from comptoir.engine.setup.found import Found, FoundMethod, FoundTax, Matched, Sample
from comptoir.engine.setup.proposal import propose_settings
from comptoir.engine.setup.questions import Control, Question, Step
from comptoir.engine.setup.steps import STEPS, step_mending, steps_of
from comptoir.engine.setup.suggest import suggest

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIFTH = Decimal("0.2")


def account(identity: str, name: str, kind: AccountType, *, active: bool = True) -> Account:
    return Account(LedgerId(identity), name, kind, "GBP", active)


def code(identity: str, name: str, *rates: Decimal, active: bool = True) -> TaxCode:
    made = tuple(TaxRate(LedgerId(f"r{identity}{at}"), f"{name} rate", rate) for at, rate in enumerate(rates))
    return TaxCode(LedgerId(identity), name, made, active)


BOOKS = Company(
    identity=COMPANY,
    name="Books Ltd",
    country="GB",
    currency="GBP",
    tax_regime=TaxRegime.GLOBAL,
    accounts=(
        account("1", "Other sales", AccountType.INCOME),
        account("2", "Sales", AccountType.INCOME),
        account("3", "Postage and delivery", AccountType.INCOME),
        account("4", "Current account", AccountType.BANK),
        account("5", "PayPal", AccountType.BANK),
        account("6", "Card clearing", AccountType.OTHER_CURRENT_ASSET),
        account("7", "Old clearing", AccountType.BANK, active=False),
        account("8", "Purchases", AccountType.COST_OF_GOODS_SOLD),
        account("9", "Stock", AccountType.OTHER_CURRENT_ASSET),
        account("10", "Gift cards", AccountType.OTHER_CURRENT_LIABILITY),
    ),
    tax_codes=(
        code("a", "No VAT"),
        code("b", "20.0% S", FIFTH),
        code("c", "20.0% ECS", FIFTH),
        code("d", "5.0% R", Decimal("0.05")),
        code("e", "Old", Decimal("0.05"), active=False),
    ),
    payment_methods=(Named(LedgerId("m1"), "PayPal"), Named(LedgerId("m2"), "Cheque", active=False)),
    classes=(Named(LedgerId("k1"), "Web"), Named(LedgerId("k2"), "Gone", active=False)),
)
FOUND = Found(
    orders=10,
    first=AT,
    last=AT,
    taxes=(FoundTax("VAT 5%", Decimal("0.05"), 6, "1001"), FoundTax("Duty", None, 1, "1002")),
    methods=(
        FoundMethod("shopify_payments", "Shopify Payments", 7, pounds("70.00"), "1001"),
        FoundMethod("paypal", "PayPal", 2, pounds("20.00"), "1002"),
        FoundMethod("gift_card", "Gift card", 1, pounds("5.00"), "1003"),
    ),
    statuses={PaymentStatus.PAID: 9, PaymentStatus.PENDING: 1},
    kinds={LineKind.PRODUCT: 10, LineKind.SHIPPING: 4, LineKind.TIP: 1},
    currencies={"GBP": 9, "EUR": 1},
    skus={"MUG": "Mug", "CUP": "Cup"},
    discounted=2,
    sample=Sample("1001", AT, pounds("10.00"), "Ada King", "", "Leave it at the door"),
)
STORE = StoreInfo(StoreIdentity("shop:one"), "Mug & Cup", "GBP", "Europe/London")


INCOME = ["Other sales", "Sales", "Postage and delivery"]
MONEY = ["Current account", "PayPal", "Card clearing", "Stock"]


def setup(
    company: Company = BOOKS, found: Found = FOUND, settings: Settings = SETTINGS, in_force: Settings | None = None
) -> Setup:
    looked = Looked(AT, STORE, company, found, Matched(1, 1, 0, ("CUP",)), Matched(2, 0, 0), ("Postage",))
    return Setup(SettingsDraft(settings), looked, in_force, statuses=("paid", "pending"))


def proposed(company: Company = BOOKS, found: Found = FOUND, language: Language = Language.ENGLISH) -> Settings:
    looked = setup(company, found).looked
    return suggest(propose_settings(STORE, company, date(2026, 3, 1)), looked, language)


def asked(step: str, key: str, place: Setup) -> Question:
    return next(each for each in STEPS[step](place).questions if each.key == key)


def offered(question: Question) -> list[str]:
    return [each.value for each in question.options]


def suggested(question: Question) -> list[str]:
    return [each.value for each in question.options if each.is_suggested]


# What is offered and suggested


@pytest.mark.parametrize(
    ("step", "key", "options", "best"),
    [
        ("orders", "orders.statuses", ["pending", "paid"], ["paid"]),
        ("orders", "orders.form", ["receipt", "invoice"], ["receipt"]),
        ("taxes", "taxes.codes.VAT 5%", ["", "20.0% ECS", "20.0% S", "5.0% R", "No VAT"], ["5.0% R"]),
        ("taxes", "taxes.codes.Duty", ["", "20.0% ECS", "20.0% S", "5.0% R", "No VAT"], [""]),
        ("taxes", "taxes.untaxed", ["No VAT"], ["No VAT"]),
        ("products", "items.match", ["sku", "name"], ["name"]),
        ("missing", "items.income_account", INCOME, ["Sales"]),
        ("missing", "items.expense_account", ["", "Purchases"], ["Purchases"]),
        ("missing", "items.shipping_account", ["", *INCOME], ["Postage and delivery"]),
        ("payments", "payments.methods.paypal.account", ["", *MONEY], ["PayPal"]),
        ("payments", "payments.methods.paypal.payment_method", ["", "PayPal"], ["PayPal"]),
        ("payments", "payments.methods.shopify_payments.payment_method", ["", "PayPal"], [""]),
        ("payments", "payments.methods.*.account", ["", *MONEY], ["Card clearing"]),
    ],
)
def test_offered_and_suggested(step: str, key: str, options: list[str], best: list[str]) -> None:
    question = asked(step, key, setup())
    assert offered(question) == options
    assert suggested(question) == best


@pytest.mark.parametrize(
    ("step", "key", "words"),
    [
        ("sync", "start_date", "The orders read so far are from 2026-03-01 to 2026-03-01."),
        ("sync", "time_zone", "Mug & Cup keeps its own time in Europe/London."),
        ("orders", "orders.prefix", "With MUG-1001 for order 1001 you see at once where the sale is from."),
        ("orders", "orders.customer", "Order 1001 was bought by Ada King."),
        ("orders", "orders.message", "Order 1001 says: Leave it at the door"),
        ("orders", "items.shipping", "Orders read that have it: 4."),
        ("orders", "orders.unpaid", "Open among the orders read: 1."),
        ("taxes", "taxes.codes.VAT 5%", "Orders read with it, at 5 %: 6, order 1001 among them."),
        ("taxes", "taxes.codes.Duty", "Orders read with it: 1, order 1002 among them."),
        ("missing", "items.create", "SKUs sold that have no item: 1. Among them: CUP"),
        (
            "payments",
            "payments.methods.paypal.account",
            "Payments in the orders read: 2, which come to 20.00 GBP; order 1002 has one.",
        ),
    ],
)
def test_examples_are_the_users_own(step: str, key: str, words: str) -> None:
    assert str(asked(step, key, setup()).example) == words


def test_matches_are_counted_for_either_field() -> None:
    place = setup()
    looked = replace(place.looked, by_sku=Matched(3, 1, 2, ("CUP",)), by_name=Matched(6, 0, 0))
    question = asked("products", "items.match", replace(place, looked=looked))
    assert [str(each.note) for each in question.options] == [
        "3 of 6 match one item, 2 match several. Without one: CUP",
        "6 of 6 match.",
    ]


def test_books_that_are_closed_bring_their_question_forward() -> None:
    question = asked("sync", "closed_periods", setup(replace(BOOKS, books_closed_until=date(2025, 12, 31))))
    assert (str(question.example), question.is_more) == ("Books Ltd is closed until 2025-12-31.", False)
    assert asked("sync", "closed_periods", setup()).is_more


def test_without_orders_there_are_no_examples_and_all_is_asked_the_same() -> None:
    blank = setup(found=Found())
    for step in steps_of(blank):
        for question in step.questions:
            said = str(question.example or "")
            assert "orders read" not in said or said.startswith("SKUs sold in the orders read: 0."), (
                step.slug,
                question.key,
            )
    assert asked("orders", "orders.form", blank).hidden is None


NO_STOCK = replace(BOOKS, track_stock=False)


@pytest.mark.parametrize(
    ("company", "step", "key", "reason"),
    [
        (BOOKS, "orders", "orders.class_name", "Your company does not track classes."),
        (replace(BOOKS, track_classes=True), "orders", "orders.class_name", None),
        (BOOKS, "orders", "orders.location_name", "Your company does not track locations."),
        (replace(BOOKS, track_locations=True), "orders", "orders.location_name", None),
        (BOOKS, "orders", "orders.currency", "Your company keeps one currency."),
        (replace(BOOKS, multicurrency=True), "orders", "orders.currency", None),
        (NO_STOCK, "missing", "items.asset_account", "Your company does not keep stock."),
        (BOOKS, "missing", "items.asset_account", None),
        (BOOKS, "missing", "items.gift_card_account", "It has no item, so nothing is booked on it."),
        (BOOKS, "quantities", "items.opening_quantity", "No inventory items are made."),
        (
            BOOKS,
            "payments",
            "payments.methods.gift_card.account",
            "It brings no money: it uses up what you owed the buyer.",
        ),
        (
            replace(BOOKS, tax_regime=TaxRegime.NONE),
            "taxes",
            "taxes.codes.VAT 5%",
            "Your company does not use sales tax.",
        ),
        (replace(BOOKS, tax_regime=TaxRegime.US_MANUAL), "taxes", "taxes.codes.VAT 5%", None),
        (
            replace(BOOKS, tax_regime=TaxRegime.US_AUTOMATED),
            "taxes",
            "taxes.untaxed",
            "Your company reckons sales tax by place, and needs no code for what is not taxed.",
        ),
    ],
)
def test_what_is_not_asked_says_why(company: Company, step: str, key: str, reason: str | None) -> None:
    hidden = asked(step, key, setup(company)).hidden
    assert (None if hidden is None else str(hidden)) == reason


def test_inventory_is_offered_where_stock_is_kept_and_brings_its_questions() -> None:
    assert "inventory" not in offered(asked("missing", "items.create_as", setup(NO_STOCK)))
    stocked = setup(settings=replace(SETTINGS, items=replace(SETTINGS.items, create_as=ItemType.INVENTORY)))
    assert "inventory" in offered(asked("missing", "items.create_as", stocked))
    assert suggested(asked("missing", "items.asset_account", stocked)) == ["Stock"]
    assert asked("quantities", "items.opening_quantity", stocked).hidden is None


# Opening balances

EQUITY = Account(LedgerId("20"), "Eigenkapital", AccountType.EQUITY, "GBP", is_opening_equity=True)
WITH_EQUITY = replace(
    BOOKS, accounts=(*BOOKS.accounts, EQUITY, Account(LedgerId("21"), "Euros", AccountType.BANK, "EUR"))
)
LAST = date(2025, 12, 31)


def opening(
    balances: dict[LedgerId, Money] | None = None,
    on: date = LAST,
    entered: dict[str, Decimal] | None = None,
    **more: Any,
) -> Setup:
    """A set-up of card payments and gift cards, in a company whose books say these balances."""
    methods = {
        "paypal": MethodSettings("PayPal", by_currency={"EUR": "Euros"}),
        "shopify_payments": MethodSettings("card clearing"),
        "*": MethodSettings("Card clearing"),
    }
    items = replace(SETTINGS.items, gift_card="Gift card", gift_card_account="Gift cards")
    settings = replace(
        SETTINGS, payments=PaymentSettings(methods=methods), items=items, opening=OpeningSettings(entered or {}), **more
    )
    place = setup(WITH_EQUITY, settings=settings)
    return replace(place, looked=replace(place.looked, balances=balances, balances_on=on))


def balance(place: Setup, name: str) -> Question:
    return asked("openings", f"opening.balances.{name}", place)


def test_each_account_of_the_stores_money_and_of_its_debts_is_asked_once() -> None:
    step = STEPS["openings"](opening({}))
    assert [each.key for each in step.questions] == [
        "opening.balances.PayPal",
        "opening.balances.Euros",
        "opening.balances.Card clearing",
        "opening.balances.Gift cards",
        "opening.equity_account",
    ]
    assert "2025-12-31" in str(step.words)
    assert str(balance(opening({}), "Card clearing").why) == (
        "Money of earlier sales, paid by Shopify Payments, that had not reached your bank yet."
    )
    assert (
        str(balance(opening({}), "Euros").hidden) == "Euros is kept in EUR: enter by hand in your company what it held."
    )
    assert balance(opening(entered={"Euros": Decimal(1)}), "Euros").hidden is None, "so that it can be taken out"
    assert str(balance(opening({}), "Gift cards").why) == "Gift cards sold earlier that were not spent yet."


def test_where_the_store_tells_what_gift_cards_hold_stands_with_their_account_alone() -> None:
    place = opening({})
    where = Message("Under Reports.")
    told = replace(place, looked=replace(place.looked, store=replace(STORE, unspent_cards=where)))
    found = {each.key: each.find for each in STEPS["openings"](told).questions if each.find}
    assert found == {"opening.balances.Gift cards": where}
    assert balance(place, "Gift cards").find is None, "a store that tells it nowhere"


def test_what_the_books_say_stands_beside_it() -> None:
    place = opening({LedgerId("6"): pounds("512.30"), LedgerId("10"): pounds("-90.00")})
    told = {name: str(balance(place, name).example) for name in ("Card clearing", "Gift cards", "PayPal")}
    assert told == {
        "Card clearing": "Your books say 512.30 GBP at the end of 2025-12-31. Leave it empty if that is right; "
        "else enter what is missing.",
        "Gift cards": "Your books say 90.00 GBP at the end of 2025-12-31. Leave it empty if that is right; "
        "else enter what is missing.",
        "PayPal": "Your books say that it held nothing at the end of 2025-12-31. Leave it empty if that is right.",
    }
    other = str(balance(opening({}, date(2026, 2, 28)), "PayPal").example)
    assert "at the end of 2026-02-28" in other
    assert "Read the company again" in other
    assert "could not be read" in str(balance(opening(), "PayPal").example)


def test_debts_that_share_an_account_and_a_refund_account_are_asked_once() -> None:
    items = replace(
        SETTINGS.items,
        gift_card="Gift card",
        gift_card_account="Gift cards",
        store_credit="Credit",
        store_credit_account="gift cards",
    )
    settings = replace(SETTINGS, items=items, refunds=replace(SETTINGS.refunds, account="Current account"))
    place = setup(WITH_EQUITY, settings=settings)
    keys = [each.key for each in STEPS["openings"](place).questions]
    assert keys == ["opening.balances.Current account", "opening.balances.Gift cards", "opening.equity_account"]
    assert "store credit given earlier" in str(balance(place, "Gift cards").why)
    apart = replace(settings, items=replace(items, store_credit_account="Nowhere"))
    assert str(balance(setup(WITH_EQUITY, settings=apart), "Gift cards").why) == (
        "Gift cards sold earlier that were not spent yet."
    )


def test_what_was_entered_for_an_account_that_nothing_uses_any_more_can_be_taken_out() -> None:
    place = opening({}, entered={"Stock": Decimal("5.00"), "Gone": Decimal(1)})
    assert "Nothing in these settings uses" in str(balance(place, "Stock").why)
    assert balance(place, "Gone").example is None
    kept = fill_in(place, "openings", {"opening.balances.Stock": [""], "opening.balances.Gone": ["0"]})
    assert kept.draft is not None
    assert kept.draft.settings.opening.balances == {}


def test_an_amount_is_kept_and_nothing_is_nothing() -> None:
    kept = fill_in(
        opening({}), "openings", {"opening.balances.PayPal": ["1 512,30"], "opening.balances.Gift cards": [""]}
    )
    assert kept.draft is not None
    assert kept.draft.settings.opening.balances == {"PayPal": Decimal("1512.30")}
    assert kept.problems == {}
    again = opening({}, entered={"PayPal": Decimal("1512.30")})
    assert shown(again, balance(again, "PayPal")).texts == ("1512.30",)


def test_the_other_side_is_the_companys_own_account() -> None:
    own = asked("openings", "opening.equity_account", opening({}))
    assert (offered(own), own.is_more, own.hidden) == (["", "Eigenkapital"], True, None)
    assert str(own.options[0].label) == "Eigenkapital, as your company has it"
    bare = replace(EQUITY, is_opening_equity=False)
    company = replace(WITH_EQUITY, accounts=(*BOOKS.accounts, bare))
    chosen = opening({}, entered={"PayPal": Decimal(1)})
    place = replace(chosen, looked=replace(chosen.looked, company=company))
    needed = asked("openings", "opening.equity_account", place)
    assert (str(needed.options[0].label), needed.is_more) == ("None: choose one", False)
    wrong = by_step(place, mistakes(place))["openings"]
    assert list(wrong) == ["opening.equity_account"]
    none = asked("openings", "opening.equity_account", setup())
    assert str(none.hidden) == "Your company has no equity account."


def test_what_is_chosen_already_is_asked_though_no_order_shows_it() -> None:
    settings = replace(
        SETTINGS,
        taxes=TaxSettings(untaxed="No VAT", codes={"US-*": "5.0% R"}),
        payments=PaymentSettings(methods={"Cheque": MethodSettings("Current account")}),
    )
    place = setup(settings=settings)
    assert asked("taxes", "taxes.codes.US-*", place).example is None
    assert asked("payments", "payments.methods.Cheque.account", place).example is None


def test_a_tax_keeps_the_spelling_that_it_is_mapped_by() -> None:
    settings = replace(SETTINGS, taxes=TaxSettings(untaxed="No VAT", codes={"vat  5%": "5.0% R"}))
    keys = [each.key for each in STEPS["taxes"](setup(settings=settings)).questions]
    assert "taxes.codes.vat  5%" in keys
    assert "taxes.codes.VAT 5%" not in keys


def test_money_in_another_currency_has_its_account_where_the_company_keeps_several() -> None:
    euro = Account(LedgerId("e"), "Euro bank", AccountType.BANK, "EUR")
    several = replace(BOOKS, multicurrency=True, accounts=(*BOOKS.accounts, euro))
    question = asked("payments", "payments.methods.*.by_currency.EUR", setup(several))
    assert "Euro bank" in offered(question)
    keys = [each.key for each in STEPS["payments"](setup()).questions]
    assert "payments.methods.*.by_currency.EUR" not in keys


# The proposal


def test_the_proposal_takes_what_is_certain_and_leaves_what_is_in_doubt() -> None:
    settings = proposed(found=replace(FOUND, taxes=(*FOUND.taxes, FoundTax("VAT 20%", FIFTH, 3, "1003"))))
    assert settings.taxes.codes == {"VAT 5%": "5.0% R"}, "two codes are at 20 %"
    assert settings.taxes.untaxed == "No VAT"
    assert settings.items.match is ItemMatch.NAME
    assert settings.items.shipping_account == "Postage and delivery"
    assert (settings.items.discount, settings.items.tip, settings.items.duty) == ("Discount", "Tip", "")
    assert (settings.items.gift_card, settings.items.gift_card_account) == ("Gift card", "Gift cards")
    assert {name: method.account for name, method in settings.payments.methods.items()} == {
        "paypal": "PayPal",
        "*": "Card clearing",
    }
    assert (settings.orders.prefix, settings.refunds.prefix) == ("MUG-", "MUGR-")


def test_the_proposal_fits_the_company() -> None:
    assert mistakes(setup(settings=proposed())) == []


def test_the_proposal_names_items_in_the_language_of_whoever_begins() -> None:
    settings = proposed(language=Language.FRENCH)
    assert (settings.items.shipping, settings.items.discount) == ("Livraison", "Rabais")
    assert settings.orders.generic_customer == "Client Mug & Cup"
    assert settings.report.language is Language.FRENCH


@pytest.mark.parametrize("regime", [TaxRegime.NONE, TaxRegime.US_AUTOMATED])
def test_no_tax_is_mapped_where_the_company_needs_none(regime: TaxRegime) -> None:
    assert proposed(replace(BOOKS, tax_regime=regime)).taxes == TaxSettings()


def test_a_store_without_letters_gets_no_prefix() -> None:
    looked = replace(setup().looked, store=replace(STORE, name="茶碗 24"))
    settings = suggest(propose_settings(STORE, BOOKS, date(2026, 3, 1)), looked, Language.ENGLISH)
    assert (settings.orders.prefix, settings.refunds.prefix) == ("", "R-")


def test_a_company_without_a_fitting_account_is_left_to_the_person() -> None:
    bare = replace(BOOKS, accounts=())
    settings = proposed(bare)
    assert settings.items.income_account == ""
    assert {each.where for each in mistakes(setup(bare, settings=settings))} >= {"items.income_account"}


def test_the_first_hint_that_any_account_follows_decides() -> None:
    bank = (
        account("30", "Undeposited funds", AccountType.OTHER_CURRENT_ASSET),
        account("31", "Web clearing", AccountType.BANK),
        account("32", "Clearing", AccountType.BANK),
    )
    question = asked("payments", "payments.methods.*.account", setup(replace(BOOKS, accounts=bank)))
    assert suggested(question) == ["Clearing"]


@pytest.mark.parametrize("key", ["items.gift_card_account", "items.store_credit_account", "items.asset_account"])
def test_a_debt_or_a_stock_is_never_put_on_an_account_at_random(key: str) -> None:
    others = (
        account("20", "GST payable", AccountType.OTHER_CURRENT_LIABILITY),
        account("21", "Undeposited funds", AccountType.OTHER_CURRENT_ASSET),
    )
    company = replace(BOOKS, accounts=(*BOOKS.accounts[:8], *others))
    items = replace(SETTINGS.items, gift_card="Gift card", store_credit="Credit", create_as=ItemType.INVENTORY)
    question = asked("missing", key, setup(company, settings=replace(SETTINGS, items=items)))
    assert len(offered(question)) > 1
    assert suggested(question) == [""]


# Filling in


def form(place: Setup, step: str, **changes: list[str]) -> dict[str, list[str]]:
    """What a browser sends of a step as it is, with these changes."""
    known = {each.key: list(shown(place, each).texts) for each in STEPS[step](place).asked}
    return known | changes


@pytest.mark.parametrize("step", STEPS)
def test_a_step_as_it_is_changes_nothing(step: str) -> None:
    settings = proposed()
    place = replace(setup(settings=settings), statuses=tuple(each.value for each in settings.orders.statuses))
    filled = fill_in(place, step, form(place, step))
    assert filled.problems == {}
    assert filled.draft == replace(place.draft, step=step, done=(step,))


def test_what_does_not_fit_stands_at_its_question_and_is_kept() -> None:
    place = setup(settings=proposed())
    filled = fill_in(place, "refunds", {"refunds.prefix": ["MUG-"]})
    assert list(filled.problems) == ["refunds.prefix"]
    assert filled.draft is not None
    assert filled.draft.settings.refunds.prefix == "MUG-"
    assert filled.draft.done == ()


def test_a_mistake_of_another_step_does_not_keep_this_one_from_being_done() -> None:
    place = setup(settings=replace(proposed(), items=replace(proposed().items, income_account="Gone")))
    filled = fill_in(place, "refunds", {"refunds.prefix": ["R-"]})
    assert (filled.problems, filled.draft and filled.draft.done) == ({}, ("refunds",))
    assert list(by_step(place, mistakes(place))) == ["missing"]


def test_what_cannot_be_read_is_not_kept() -> None:
    filled = fill_in(setup(), "orders", {"orders.due.days": ["many"], "orders.prefix": ["X-"]})
    assert filled.draft is None
    assert list(filled.problems) == ["orders.due.days"]


def test_the_schedule_is_kept_beside_the_settings() -> None:
    filled = fill_in(setup(), "sync", {"schedule.every": ["30"], "schedule.at": ["7"]})
    assert filled.draft is not None
    assert (filled.draft.every_minutes, filled.draft.at_minute) == (30, 7)
    assert filled.draft.settings == SETTINGS
    again = fill_in(replace(setup(), draft=filled.draft), "sync", {"schedule.at": [""]})
    assert again.draft is not None
    assert again.draft.at_minute is None


def test_what_differs_from_what_is_in_force_is_shown() -> None:
    changed = replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="X-"))
    place = setup(settings=changed, in_force=SETTINGS)
    assert shown(place, asked("orders", "orders.prefix", place)).before == ("",)
    assert shown(place, asked("orders", "orders.form", place)).before is None
    assert shown(place, asked("sync", "schedule.every", place)).before is None, "it is no setting"
    assert shown(setup(settings=changed), asked("orders", "orders.prefix", place)).before is None


def test_what_was_typed_is_shown_again() -> None:
    place = setup()
    texts = shown(place, asked("orders", "orders.prefix", place), {"orders.prefix": ["too long"]}).texts
    assert texts == ("too long",)


def test_advice_stands_at_its_step_too() -> None:
    mapped = replace(FOUND, taxes=FOUND.taxes[:1])
    place = setup(replace(BOOKS, auto_apply_credit=True), mapped, proposed())
    assert list(by_step(place, worth_knowing(place))) == ["refunds"]


@pytest.mark.parametrize(
    ("company", "codes", "told"),
    [
        (BOOKS, {"VAT 5%": "5.0% R"}, ["taxes.codes.Duty"]),
        (BOOKS, {"vat 5%": "5.0% R", "DUTY": "No VAT"}, []),
        (BOOKS, {"VAT*": "5.0% R"}, []),
        (replace(BOOKS, tax_regime=TaxRegime.NONE), {}, []),
        (replace(BOOKS, tax_regime=TaxRegime.US_AUTOMATED), {}, []),
        (replace(BOOKS, tax_regime=TaxRegime.US_MANUAL), {}, ["taxes.codes.VAT 5%", "taxes.codes.Duty"]),
    ],
)
def test_a_tax_without_a_code_is_told(company: Company, codes: dict[str, str], told: list[str]) -> None:
    place = setup(company, settings=replace(SETTINGS, taxes=TaxSettings(untaxed="No VAT", codes=codes)))
    assert [each.where for each in worth_knowing(place) if each.code == "tax-open"] == told


def test_steps_follow_each_other() -> None:
    assert next_step("sync", ("review",)) == "orders"
    assert next_step("report", ("review",)) == "review"


# Completeness


@pytest.mark.parametrize(
    ("where", "step", "key"),
    [
        ("orders.prefix", "orders", "orders.prefix"),
        ("taxes.codes.VAT 5%", "taxes", "taxes.codes.VAT 5%"),
        ("taxes.codes", "taxes", "taxes.codes.VAT 5%"),
        ("payments.methods", "payments", "payments.methods.shopify_payments.account"),
        ("payments.methods.*", "payments", "payments.methods.*.account"),
        ("orders.class_name", "sync", ""),
        ("", "sync", ""),
    ],
)
def test_a_mistake_finds_its_question(where: str, step: str, key: str) -> None:
    problem = Problem("settings", Message("What."), Message("Remedy."), where=where)
    assert by_step(setup(), [problem]) == {step: {key: [problem]}}


NAMED = {"sku": "MUG", "setting": "tip"}


@pytest.mark.parametrize(
    ("code_", "slug"),
    [
        ("tax-unmapped", "taxes"),
        ("method-unmapped", "payments"),
        ("item-unmatched", "missing"),
        ("charge-unnamed", "orders"),
        ("named-item-inactive", "orders"),
        ("refund-pending", None),
    ],
)
def test_a_cause_finds_the_step_that_mends_it(code_: str, slug: str | None) -> None:
    found = step_mending(steps_of(setup()), Problem(code_, Message("What.", NAMED), Message("Remedy.")))
    assert (found.slug if found else None) == slug


def paths_of(section: type[Any], *above: str) -> list[tuple[str, ...]]:
    hints = get_type_hints(section)
    found: list[tuple[str, ...]] = []
    for each in fields(section):
        path = (*above, each.name)
        found += paths_of(hints[each.name], *path) if is_dataclass(hints[each.name]) else [path]
    return found


def test_every_setting_is_asked_somewhere_and_once() -> None:
    """A setting that is added must be asked too."""
    held = replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Card clearing")}))
    keys = [each.path for step in steps_of(setup(settings=held)) for each in step.questions]
    assert len(keys) == len(set(keys))
    made_elsewhere = {("taxes", "codes"), ("payments", "methods"), ("opening", "balances")}
    asked_for = {path[:2] if path[:2] in made_elsewhere else path for path in keys}
    assert set(paths_of(Settings)) <= asked_for


def test_every_question_of_a_few_has_one_that_is_suggested() -> None:
    place = setup(settings=proposed())
    steps: list[Step] = steps_of(place)
    for question in (each for step in steps for each in step.asked):
        if question.control is Control.ONE:
            assert len(suggested(question)) == 1, question.key

"""Every problem that an order may meet, and every rule that leaves one out: named, readable, and reached."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    STORE,
    links,
    make_company,
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_tax,
    make_tender,
    pounds,
    problems_in,
    refund_in,
    sale_in,
)
from tests.books.test_contradictions import CASES as CONTRADICTIONS

import comptoir.books
from comptoir.books.checks import Resolved, resolve
from comptoir.books.checks.advice import advice
from comptoir.books.checks.contradictions import Surroundings, contradictions
from comptoir.books.choices import Choice, ChoiceKind, held_by_hand
from comptoir.books.company import Account, AccountType, Company, ItemRecord, TaxCode, TaxRegime
from comptoir.books.context import Context, PostedPart, held
from comptoir.books.decide import decide_order
from comptoir.books.documents import ItemType, Kind, LedgerId, PostingKey, SaleDocument, SaleForm
from comptoir.books.facts import LineKind, Order, OrderLine, PaymentStatus, Restock, SourceId, TaxCollector
from comptoir.books.openings import decide_opening
from comptoir.books.problems import Message, Problem, Skipped, cause_of, distinct
from comptoir.books.settings import (
    CurrencyChoice,
    CustomerChoice,
    DatedBy,
    DueRule,
    DueSettings,
    EarlierOrders,
    MessageChoice,
    MethodSettings,
    OpeningSettings,
    ReportSettings,
    ReportWhen,
)

SHARED = ("item:", "tax:", "debt:", "customer:")
"""Causes of problems that are no order's own: their texts speak of the item or the tax, `where` of the order."""


def back(amount: str, method: str) -> Any:
    return make_tender(amount, method=method, source_id=SourceId(method), at=LATER)


def refunded(*args: Any, **changes: Any) -> Order:
    return make_order(refunds=(make_refund(*args, **changes),))


def untaxed_company() -> Context:
    settings = make_settings(taxes={"untaxed": "", "codes": {}})
    return make_context(settings, make_company(tax_regime=TaxRegime.NONE))


def closed(day: int, **changes: Any) -> Context:
    return make_context(company=make_company(books_closed_until=date(2026, 3, day)), **changes)


TWINS = make_known(items=[make_item("I1"), make_item("I2")])
RETIRED = make_known(items=[make_item(active=False)])
TWO_TAXES = (make_tax("2.00"), make_tax("0.50", "Reduced", "0.05"))
HOLD = make_settings(refunds={"of_earlier_orders": EarlierOrders.HOLD})
EARLY_PAYMENT = make_order(tenders=(make_tender("4.00", at=BEFORE_START),))

STOCKED = {"create_as": ItemType.INVENTORY, "asset_account": "PayPal clearing", "cogs_account": "Cost of sales"}
EURO_ACCOUNTS = tuple(replace(account, currency="EUR") for account in make_company().accounts)
OWED = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")


def used(method: str) -> Order:
    return make_order(tenders=(make_tender(method=method),))


def debts(*items: ItemRecord) -> Context:
    settings = make_settings(items={"gift_card": "Gift card", "gift_card_account": "Owed"})
    company = make_company(accounts=(*make_company().accounts, OWED))
    return make_context(settings, company, known=make_known(items=items))


def crowd(count: int) -> list[OrderLine]:
    """Taxed lines without a price of one, which cannot be taken together."""
    line = make_line("1.00", unit_price=None, taxes=(make_tax("0.20"),))
    return [replace(line, source_id=SourceId(str(place))) for place in range(count)]


def american(regime: TaxRegime = TaxRegime.US_AUTOMATED) -> Context:
    return make_context(make_settings(taxes={"untaxed": ""}), make_company(tax_regime=regime))


def posted(order: Order, *, is_untouched: bool = False, **document: Any) -> Context:
    """What is known once the sale of `order` was posted; `document` changes what stands in the books."""
    (sale,) = [each for each in decide_order(order, make_context()) if isinstance(each.outcome, SaleDocument)]
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, order.total, replace(sale.outcome, **document), is_untouched=is_untouched)
    return make_context(posted=(part,), posted_form=sale.outcome.form, redeemed=frozenset())


def shut(context: Context) -> Context:
    """The books were closed since."""
    return replace(context, company=replace(context.company, books_closed_until=date(2027, 1, 1)))


def kept_in(currency: str, context: Context) -> Context:
    """The same sale, as if it were in the books in another currency."""
    (part,) = context.posted
    return replace(context, posted=(replace(part, total=replace(part.total, currency=currency)),))


VOUCHER = make_tender("1.00", source_id=SourceId("tx-2"), method="gift_card", at=LATER)
ANOTHER_SALE = sale_in(decide_order(make_order(), make_context()))
ANOTHER_VALUE = refund_in(decide_order(refunded(make_refund_line("4.00")), make_context()))
EDITED = make_order(make_line("15.00"))
LONG = make_order(tenders=(), number="1" * 21)
NO_DEBTORS = replace(make_company(), accounts=tuple(each for each in make_company().accounts if each.name != "Debtors"))
LEFT = make_known(customers=[make_customer(active=False)])
"""Lists in which the one customer is inactive."""

PROBLEMS: list[Any] = [
    ("number-too-long", make_order(number="1" * 22), make_context()),
    ("books-closed", make_order(), closed(10)),
    ("books-closed", refunded(at=LATER.replace(day=5)), make_context(company=make_company(
        books_closed_until=date(2026, 3, 5)))),
    ("books-closed", EARLY_PAYMENT, make_context(company=make_company(books_closed_until=date(2026, 1, 31)))),
    ("tax-filed", make_order(), make_context(company=make_company(tax_filed_until=date(2026, 3, 31)))),
    ("tax-collector", make_order(make_line(taxes=(
        make_tax("0.50", "GST", None, TaxCollector.UNSTATED),
        make_tax("0.70", "PST", None, TaxCollector.UNSTATED)))), make_context()),
    ("currency", make_order(), make_context(company=make_company(currency="EUR"))),
    ("item-ambiguous", make_order(), make_context(known=TWINS)),
    ("item-inactive", make_order(), make_context(known=RETIRED)),
    ("named-item-inactive", make_order(make_line(kind=LineKind.SHIPPING)), make_context(known=make_known(
        items=[make_item(name="Shipping", sku="", active=False)]))),
    ("generic-customer-inactive", make_order(), make_context(
        make_settings(orders={"customer": CustomerChoice.GENERIC}),
        linked=links(PostingKey(STORE, Kind.CUSTOMER, SourceId("generic:GBP:online customer")), name="Online customer",
                     record=LedgerId("C1")), known=LEFT)),
    ("customer-inactive", make_order(), make_context(
        linked=links(PostingKey(STORE, Kind.CUSTOMER, SourceId("buyer-1")), name="Ada King", record=LedgerId("C1")),
        known=LEFT)),
    ("default-product-missing", make_order(make_line(sku="")),
     make_context(make_settings(items={"default_product": "Goods"}))),
    ("charge-unnamed", make_order(make_line(kind=LineKind.TIP)), make_context()),
    ("item-unmatched", make_order(make_line(sku="")), make_context()),
    ("item-unmatched", make_order(make_line(sku="MUG")), make_context(make_settings(items={"create": False}))),
    ("gift-card", make_order(make_line(kind=LineKind.GIFT_CARD)), make_context()),
    ("store-credit", used("shopify_store_credit"), make_context()),
    ("item-type", used("gift_card"), debts(make_item(name="Gift card", sku="", type="Group"))),
    ("item-account", used("gift_card"), debts(make_item(name="Gift card", sku="", income_account=LedgerId("1")))),
    ("item-starts-late", make_order(), make_context(known=make_known(
        items=[make_item(type="Inventory", start_date=date(2026, 4, 1))]))),
    ("no-restock", refunded(make_refund_line(restock=Restock.NOT_RETURNED)), make_context(known=make_known(
        items=[make_item(type="Inventory")]))),
    ("opening-quantity", make_order(), make_context(make_settings(items=STOCKED))),
    ("too-many-lines", make_order(*crowd(751)), make_context()),
    ("paid-currency", make_order(paid_currency="EUR"), make_context(
        make_settings(orders={"currency": CurrencyChoice.PAID}), make_company(multicurrency=True))),
    ("account-currency", make_order(), make_context(company=make_company(accounts=EURO_ACCOUNTS))),
    ("currency-inactive", make_order(), make_context(company=make_company(
        currency="EUR", multicurrency=True, currencies=("USD",)))),
    ("currency-changed", refunded(), kept_in("EUR", posted(make_order()))),
    ("refund-account-currency", refunded(tenders=(back("4.00", "barter"),)), make_context(
        make_settings(refunds={"account": "Till"}), make_company(accounts=tuple(
            replace(each, currency="EUR" if each.name == "Till" else "GBP") for each in make_company().accounts)))),
    ("number-too-long", replace(used("gift_card"), number="1" * 20), replace(
        debts(), redeemed=frozenset(), posted_form=SaleForm.INVOICE)),
    ("tax-off", make_order(make_line(taxes=(make_tax("2.00"),))), untaxed_company()),
    ("tax-amount", make_order(make_line("100.00", taxes=(make_tax("22.00"),))), make_context()),
    ("tax-several-codes", make_order(make_line(taxes=(make_tax("2.00"),)),
                                     make_line(taxes=(make_tax("0.50", "Reduced", "0.05"),))), american()),
    ("tax-combine", make_order(make_line(taxes=(make_tax("2.00"),)),
                               make_line(taxes=(make_tax("0.50", "Reduced", "0.05"),))),
     american(TaxRegime.US_MANUAL)),
    ("tax-unmapped", make_order(make_line(taxes=(make_tax("2.00", "TVA {20}"),))), make_context()),
    ("tax-rate", make_order(make_line(taxes=(make_tax("1.75", "VAT", "0.175"),))), make_context()),
    ("total", make_order(total=pounds("11.00")), make_context()),
    ("total", make_order(*(make_line(source_id=SourceId(str(at))) for at in range(6)), total=pounds("60.06")),
     make_context()),
    ("paid-over", make_order(lines=(), total=pounds("0.00")), make_context()),
    ("method-unmapped", make_order(tenders=(make_tender(method="barter"),)), make_context()),
    ("order-held", make_order(make_line(sku=""), refunds=(make_refund(),)), make_context()),
    ("refund-pending", refunded(pending=True), make_context()),
    ("refund-without-account", replace(refunded(tenders=()), tenders=(make_tender(method="barter"),)),
     make_context(make_settings(orders={"form": SaleForm.INVOICE}))),
    ("edit-tax", make_order(make_line("18.00", taxes=(make_tax("3.60"),)), total=pounds("21.60")),
     posted(make_order(make_line("12.00", taxes=(make_tax("2.40"),)), total=pounds("14.40")), tax=pounds("2.00"))),
    ("edit-unsettled", make_order(make_line("5.00")), posted(make_order())),
    ("books-closed", make_order(total=pounds("20.00"), lines=(make_line("20.00"),)), shut(posted(make_order()))),
    ("cancelled-paid", make_order(cancelled_at=LATER), posted(make_order())),
    ("number-too-long", replace(LONG, total=pounds("15.00"), lines=(make_line("15.00"),)), posted(LONG)),
    ("refund-over", refunded(make_refund_line("20.00"), tenders=()), make_context()),
    ("refund-turned", refunded(), make_context(refunded={SourceId("refund-1"): ANOTHER_SALE})),
    ("refund-changed", refunded(), make_context(refunded={SourceId("refund-1"): ANOTHER_VALUE})),
    ("used-beyond", replace(make_order(), tenders=(make_tender(), VOUCHER)), posted(make_order())),
    ("no-receivable-account", replace(refunded(tenders=()), tenders=()), make_context(company=NO_DEBTORS)),
    ("cash-back-account", replace(refunded(tenders=(back("4.00", "paypal"),)), tenders=(make_tender("4.00"),)),
     make_context()),
    ("refund-tax", refunded(make_refund_line(tax=pounds("2.00"))), make_context()),
    ("refund-of-earlier-order", replace(refunded(), placed_at=BEFORE_START), make_context(HOLD)),
    ("number-too-long", replace(refunded(), number="1" * 20), make_context()),
]  # fmt: skip

UNPAID = make_order(tenders=(), refunds=(make_refund(tenders=()),))
"""Goods came back, and no money moved."""
RULES: list[Any] = [
    ("cancelled", replace(UNPAID, cancelled_at=LATER), posted(replace(UNPAID, refunds=()), is_untouched=True)),
    ("test-order", make_order(test=True), make_context()),
    ("cancelled", make_order(cancelled_at=LATER), make_context()),
    ("deleted", make_order(cancelled_at=LATER, is_deleted=True), make_context()),
    ("before-start", make_order(placed_at=BEFORE_START), make_context()),
    ("before-start", refunded(at=BEFORE_START), make_context()),
    ("empty", make_order(lines=(), total=pounds("0.00"), tenders=()), make_context()),
    ("undated", make_order(), make_context(make_settings(orders={"dated_by": DatedBy.SHIPPED}))),
    ("status", make_order(status=PaymentStatus.PARTIALLY_PAID), make_context()),
    ("credit-before-start", replace(refunded(tenders=()), placed_at=BEFORE_START), make_context()),
    ("nothing-moved", refunded(make_refund_line("0.00"), tenders=()), make_context()),
]

MISTAKES: list[dict[str, Any]] = [
    {"time_zone": "Mars/Olympus"},
    {"report": ReportSettings(ReportWhen.DAILY)},
    {"report": ReportSettings(to=("books",), hour=24)},
    {"orders": {"prefix": "MUGSHOP--"}},
    {"orders": {"prefix": "R-"}},
    {"payments": {"record": False}},
    {"items": {"rounding_cap": Decimal(-1)}},
    {"items": {"shipping": ""}},
    {"items": {"expense_account": ""}},
    {"items": {"charges_as": ItemType.INVENTORY}},
    {"items": {"deposit_names": ("Eco fee",)}},
    {"orders": {"class_name": "Web"}},
    {"orders": {"location_name": "Leeds"}},
    {"orders": {"currency": CurrencyChoice.PAID}},
    {"orders": {"due": DueSettings(DueRule.AT_ONCE, 1)}},
    {"orders": {"due": DueSettings(DueRule.DAY_OF_MONTH, 0)}},
    {"items": {"income_account": ""}},
    {"taxes": {"untaxed": ""}},
    {"payments": {"gift_card_methods": ("card",)}},
    {"payments": {"store_credit_methods": ("gift_card",)}},
    {"taxes": {"codes": {"VAT": "20.0% S", "vat": "5.0% R"}}},
    {"items": {"income_account": "Sails"}},
    {"items": {"income_account": "Rent"}},
    {"refunds": {"account": "Old bank"}},
    {"taxes": {"untaxed": "Nil"}},
    {"taxes": {"untaxed": "20.0% S"}},
    {"payments": {"methods": {"*": MethodSettings("Till", "Barter")}}},
    {"items": {"tip": ":", "gift_card": "Shipping"}},
    {"orders": {"statuses": (), "prefix": "\n"}},
    {"payments": {"methods": {"card": MethodSettings("Till"), "CARD": MethodSettings("Till")}}},
    {"payments": {"methods": {"*": MethodSettings("Till", by_currency={"euro": "Till", "EUR": "Till"})}}},
    {"opening": OpeningSettings({"Till": Decimal("1.005")})},
    {"opening": OpeningSettings({"Till": Decimal(1), "till": Decimal(2)})},
]

ODD: list[dict[str, Any]] = [
    {"payments": {"record": False}, "orders": {"form": SaleForm.INVOICE}},
    {"orders": {"statuses": (PaymentStatus.PENDING,)}},
    {"start_date": date(2026, 6, 2)},
]
COME_TO_NOTHING = [tuple(case.values[:2]) for case in CONTRADICTIONS]


def id_of(case: Any) -> str | None:
    return case if isinstance(case, str) else ""


def met(code: str, order: Order, context: Context) -> Problem:
    problems = [problem for problem in problems_in(decide_order(order, context)) if problem.code == code]
    assert problems, f"{code} is not met"
    return problems[0]


def rule_met(rule: str, order: Order, context: Context) -> Skipped:
    outcomes = [each.outcome for each in decide_order(order, context)]
    (skipped,) = [each for each in outcomes if isinstance(each, Skipped) and each.rule == rule]
    return skipped


def mistakes() -> Iterator[Problem]:
    for changes in MISTAKES:
        zone = None if "time_zone" in changes else UTC
        found = resolve(make_settings(**changes), make_company(), zone)
        assert isinstance(found, list), changes
        yield from found
    pseudo = TaxCode(LedgerId("TAX"), "TAX", ())
    others: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"items": STOCKED}, {"track_stock": False}),
        ({"orders": {"customer": CustomerChoice.GENERIC}}, {"auto_apply_credit": True}),
        ({"orders": {"class_name": "Web"}}, {"track_classes": True}),
        (
            {"payments": {"methods": {"*": MethodSettings("Till", by_currency={"USD": "Card clearing"})}}},
            {
                "multicurrency": True,
                "accounts": tuple(
                    replace(each, currency="EUR" if each.name == "Card clearing" else "GBP")
                    for each in make_company().accounts
                ),
            },
        ),
        (
            {"opening": OpeningSettings({"Card clearing": Decimal(1)})},
            {
                "accounts": tuple(
                    replace(each, currency="EUR" if each.name == "Card clearing" else "GBP")
                    for each in make_company().accounts
                ),
            },
        ),
        ({"taxes": {"codes": {"VAT": "TAX"}}}, {"tax_regime": TaxRegime.US_MANUAL, "tax_codes": (pseudo,)}),
    ]
    for settings, company in others:
        found = resolve(make_settings(**settings), make_company(**company), UTC)
        assert isinstance(found, list), settings
        yield from found


@pytest.mark.parametrize(("code", "order", "context"), PROBLEMS, ids=id_of)
def test_a_problem_is_readable_and_names_its_order(code: str, order: Order, context: Context) -> None:
    problem = met(code, order, context)
    what, remedy = str(problem.what), str(problem.remedy)
    assert what.endswith(".")
    assert remedy.endswith(".")
    assert "{" not in what.replace("{20}", "")
    assert "{" not in remedy.replace("{20}", "")
    assert what != remedy
    assert problem.where == order.number
    assert problem.field
    assert problem.cause
    if not problem.cause.startswith(SHARED):
        assert order.number in what


@pytest.mark.parametrize(("rule", "order", "context"), RULES, ids=id_of)
def test_a_rule_says_why_and_names_its_order(rule: str, order: Order, context: Context) -> None:
    why = str(rule_met(rule, order, context).why)
    assert order.number in why
    assert why.endswith(".")
    assert "{" not in why


TELLING = {"explain.py", "telling.py", "ledger_lines.py"}


def written_in_the_rules(*functions: str) -> set[str]:
    """Every text that the package's code hands to one of `functions`: its sentences, templates as they stand.

    What tells the rules has none of its own, and `ledger_lines` names accounts: their words are met in their tests.
    """
    texts: set[str] = set()
    folder = Path(comptoir.books.__file__).parent
    for path in sorted(path for path in folder.rglob("*.py") if path.name not in TELLING):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] in functions:
                words = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                texts.update(word for word in words if " " in word)
    return texts


def test_every_problem_and_rule_of_the_code_is_met_above() -> None:
    """A new problem without a case here is one that nobody has read."""
    orders = [met(*case) for case in PROBLEMS]
    texts = {text.template for problem in (*orders, *mistakes()) for text in (problem.what, problem.remedy)}
    around = Surroundings(date(2026, 6, 1))
    odd = make_settings(payments={"methods": {}}, orders={"message": MessageChoice.COMPANY_DEFAULT})
    told = [
        *advice(make_settings(), make_company(auto_apply_credit=True), around),
        *advice(odd, make_company(), around),
        *advice(make_settings(), make_company(books_closed_until=date(2026, 3, 1)), around),
        *(each for changes in ODD for each in advice(make_settings(**changes), make_company(), around)),
        *(
            each
            for changes, at in COME_TO_NOTHING
            for each in contradictions(make_settings(**changes), make_company(), at)
        ),
    ]
    texts |= {text.template for each in told for text in (each.what, each.remedy)}
    assert written_in_the_rules("held", "period_problems", "mistake", "add") == texts
    by_hand = held_by_hand("1001", Choice(ChoiceKind.HOLD, "", LATER), LATER.date())
    rules = {rule_met(*case).why.template for case in RULES} | {by_hand.remedy.template}
    opening = resolve(make_settings(opening=OpeningSettings({"Till": Decimal(1)})), with_equity(), UTC)
    assert isinstance(opening, Resolved)
    closed = decide_opening(opening, replace(with_equity(), books_closed_until=date(2026, 3, 1)), STORE)
    assert closed is not None
    assert isinstance(closed.outcome, tuple)
    rules |= {text.template for text in (closed.outcome[0].what, closed.outcome[0].remedy)}
    assert written_in_the_rules("Message", "left_out") == rules


def with_equity() -> Company:
    """A company that keeps an account for opening balances."""
    equity = Account(LedgerId("obe"), "Opening", AccountType.EQUITY, "GBP", is_opening_equity=True)
    return replace(make_company(), accounts=(*make_company().accounts, equity))


def test_a_message_is_its_template_with_its_values() -> None:
    assert str(Message("{number} of {store}", {"number": "1001", "store": "{mugs}"})) == "1001 of {mugs}"
    assert str(Message("Nothing to fill in.")) == "Nothing to fill in."
    with pytest.raises(KeyError, match="missing"):
        str(Message("{missing}"))


def test_a_problem_of_an_order_is_its_own_cause_unless_told() -> None:
    own = held("late", make_order(), "{number} is {how}.", "Wait.", how="late")
    assert own == Problem(
        code="late",
        what=Message("{number} is {how}.", {"number": "1001", "how": "late"}),
        remedy=Message("Wait.", {"number": "1001", "how": "late"}),
        where="1001",
        field="",
        cause="late",
    )
    shared = held("late", make_order(), "a", "b", field="date", cause="post")
    assert (shared.cause, shared.field) == ("post", "date")


def test_equal_problems_are_told_once_in_their_order() -> None:
    one, other = (held(code, make_order(), "a", "b") for code in ("one", "other"))
    again = held("one", make_order(), "a", "b")
    assert distinct([one, other, again]) == (one, other)
    assert distinct([]) == ()


def test_what_one_act_frees_together() -> None:
    problem = Problem("tax-unmapped", Message("No code."), Message("Choose one."), cause="tax-unmapped:VAT")
    assert cause_of(problem) == "tax-unmapped:VAT"
    assert cause_of(replace(problem, cause="")) == "tax-unmapped"
    assert str(Message.verbatim("{as} it is")) == "{as} it is"

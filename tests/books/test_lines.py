from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    NO_VAT,
    REDUCED,
    STANDARD,
    make_company,
    make_context,
    make_item,
    make_known,
    make_line,
    make_order,
    make_settings,
    make_shipping,
    make_tax,
    make_tender,
    order_total,
    pounds,
)

from comptoir.books.company import Account, AccountType, TaxCode, TaxRate, TaxRegime
from comptoir.books.context import Context
from comptoir.books.documents import DocumentLine, ItemDocument, LedgerId
from comptoir.books.facts import LineKind, Order, OrderLine, SourceId, TaxCollector, Tender
from comptoir.books.items import ItemFinder
from comptoir.books.money import Money, total
from comptoir.books.problems import Problem, distinct
from comptoir.books.sales import rules
from comptoir.books.sales.draft import begin_sale
from comptoir.books.taxes import TaxPlan


@dataclass(frozen=True)
class Lines:
    """The lines of a sale, or what stands in their way."""

    lines: list[DocumentLine]
    problems: list[Problem]
    plan: TaxPlan | None
    redeemed: tuple[Tender, ...]


def written(order: Order, context: Context | None = None, **items: Any) -> Lines:
    context = context or make_context(make_settings(items=items))
    return written_with(ItemFinder(order, context))


def written_with(items: ItemFinder) -> Lines:
    """The lines as the rules of a sale write them one after the other."""
    draft = replace(begin_sale(items.order, items.context), items=items)
    problems = [each for rule in (rules.items, rules.taxes, rules.total) for each in rule(draft)]
    lines, plan = (draft.written.lines, draft.written.plan) if draft.written else ([], None)
    return Lines(lines, list(distinct(problems)), plan, tuple(draft.drafted.redeemed))


def lines_of(order: Order, **items: Any) -> list[DocumentLine]:
    answer = written(order, **items)
    assert answer.problems == []
    return answer.lines


def amounts(lines: list[DocumentLine]) -> list[str]:
    return [str(line.amount.amount) for line in lines]


def test_a_line_says_what_was_sold() -> None:
    (line,) = lines_of(make_order(make_line("30.00", quantity=Decimal(3), unit_price=pounds("10.00"))))
    assert line.description == "Blue mug"
    assert line.amount == pounds("30.00")
    assert line.quantity == Decimal(3)
    assert line.unit_price == pounds("10.00")
    assert line.tax_code == NO_VAT.id


def test_a_line_without_a_name_is_described_by_its_sku() -> None:
    (line,) = lines_of(make_order(make_line(name="")))
    assert line.description == "MUG-1"


PRICES = [
    pytest.param("3", "3.33", "9.99", "3.33", id="the product is the amount"),
    pytest.param("3", "3.333", "10.00", "3.333", id="the product rounds to the amount"),
    pytest.param("3", "3.33", "10.00", None, id="the product is a penny less"),
    pytest.param("0.333", "1.50", "0.50", "1.50", id="a part of one, rounded half up"),
    pytest.param("0.5", "0.99", "0.49", None, id="a part of one, cut by the store"),
    pytest.param("2", None, "10.00", None, id="the store states no price"),
]


@pytest.mark.parametrize(("quantity", "price", "gross", "expected"), PRICES)
def test_quantity_and_price_stand_only_where_they_make_the_amount(
    quantity: str, price: str | None, gross: str, expected: str | None
) -> None:
    line = make_line(gross, quantity=Decimal(quantity), unit_price=None if price is None else pounds(price))
    (document,) = lines_of(make_order(line))
    assert document.amount == pounds(gross)
    assert document.quantity == Decimal(quantity)
    assert document.unit_price == (None if expected is None else pounds(expected))


def test_without_a_discount_item_lines_are_net_and_say_so() -> None:
    order = make_order(make_line("40.00", discount=pounds("3.99")), make_line("5.00"))
    discounted, plain = lines_of(order)
    assert (discounted.amount, discounted.unit_price) == (pounds("36.01"), None)
    assert discounted.description == "Blue mug (discount 3.99)"
    assert (plain.amount, plain.unit_price, plain.description) == (pounds("5.00"), pounds("5.00"), "Blue mug")


def test_with_a_discount_item_lines_are_gross_and_the_discount_stands_once_a_tax_code() -> None:
    order = make_order(
        make_line("40.00", discount=pounds("4.00"), taxes=(make_tax("7.20"),)),
        make_line("20.00", discount=pounds("1.00"), taxes=(make_tax("3.80"),)),
        make_line("10.00", discount=pounds("2.00"), taxes=(make_tax("0.40", "Reduced", "0.05"),)),
        make_line("5.00"),
        make_shipping("4.00", discount=pounds("4.00")),
    )
    lines = lines_of(order, discount="Discount", discount_account="Discounts given")
    assert amounts(lines) == ["40.00", "20.00", "10.00", "5.00", "4.00", "-5.00", "-2.00", "-4.00"]
    codes = [STANDARD.id, STANDARD.id, REDUCED.id, NO_VAT.id, NO_VAT.id, STANDARD.id, REDUCED.id, NO_VAT.id]
    assert [line.tax_code for line in lines] == codes
    assert {line.description for line in lines[5:]} == {"Discount"}
    assert len({line.item for line in lines[5:]}) == 1
    assert all(line.quantity is None and line.unit_price is None for line in lines[5:])


def test_no_discount_makes_no_discount_line() -> None:
    assert amounts(lines_of(make_order(), discount="Discount")) == ["10.00"]


def test_a_discount_item_that_is_ambiguous_holds_the_order_once() -> None:
    items = [make_item("I1", name="Discount", sku=""), make_item("I2", name="Discount", sku="")]
    context = make_context(make_settings(items={"discount": "Discount"}), known=make_known(items=items))
    order = make_order(
        make_line(discount=pounds("1.00")), make_line(discount=pounds("1.00"), taxes=(make_tax("1.80"),))
    )
    assert [problem.code for problem in written(order, context).problems] == ["item-ambiguous"]


def test_every_problem_of_every_line_is_reported() -> None:
    order = make_order(
        make_line(taxes=(make_tax("2.00", "TVA"),)),
        make_line("25.00", kind=LineKind.GIFT_CARD, taxes=(make_tax("5.00", "Reduced"),)),
        make_line(sku=""),
    )
    codes = [problem.code for problem in written(order).problems]
    assert codes == ["gift-card", "item-unmatched", "tax-unmapped", "tax-rate"]


def test_an_order_with_problems_is_not_rounded() -> None:
    order = make_order(make_line(), make_line(sku=""), total=pounds("20.01"))
    answer = written(order)
    assert [problem.code for problem in answer.problems] == ["item-unmatched"]
    assert (answer.lines, answer.plan) == ([], None)


def test_marketplace_tax_never_reaches_the_books() -> None:
    """posting.md, section 1: goods 100.00 + 8.00 collected by the marketplace: the reference total is 100.00."""
    tax = make_tax("8.00", "State tax", "0.08", TaxCollector.MARKETPLACE)
    answer = written(make_order(make_line("100.00", taxes=(tax,)), total=pounds("100.00")))
    assert answer.problems == []
    assert [(line.amount, line.tax_code) for line in answer.lines] == [(pounds("100.00"), NO_VAT.id)]
    assert answer.plan is not None
    assert answer.plan.total == pounds("0.00")


def test_the_discount_of_what_a_marketplace_taxed_is_out_of_scope_like_its_goods() -> None:
    tax = make_tax("7.20", "State tax", "0.08", TaxCollector.MARKETPLACE)
    order = make_order(make_line("100.00", discount=pounds("10.00"), taxes=(tax,)), total=pounds("90.00"))
    lines = lines_of(order, discount="Discount")
    assert [(str(line.amount.amount), line.tax_code) for line in lines] == [("100.00", "T0"), ("-10.00", "T0")]


def test_free_goods_and_their_discount_are_both_untaxed() -> None:
    order = make_order(make_line("10.00", discount=pounds("10.00"), taxes=(make_tax("0.00"),)), total=pounds("0.00"))
    lines = lines_of(order, discount="Discount")
    assert [(str(line.amount.amount), line.tax_code) for line in lines] == [("10.00", "T0"), ("-10.00", "T0")]


def test_a_discount_of_goods_whose_rate_is_not_stated_stays_inside_their_line() -> None:
    order = make_order(make_line("10.00", discount=pounds("2.00"), taxes=(make_tax("1.60", "VAT", None),)))
    (line,) = lines_of(order, discount="Discount")
    assert (line.amount, line.description) == (pounds("8.00"), "Blue mug (discount 2.00)")


def test_two_taxes_of_one_code_have_one_discount_line() -> None:
    context = make_context(
        make_settings(items={"discount": "Discount"}, taxes={"codes": {"VAT": "20.0% S", "TVA": "20.0% S"}})
    )
    order = make_order(
        make_line("10.00", discount=pounds("1.00"), taxes=(make_tax("1.80"),)),
        make_line("20.00", discount=pounds("2.00"), taxes=(make_tax("3.60", "TVA"),)),
    )
    answer = written(order, context)
    assert answer.problems == []
    assert amounts(answer.lines) == ["10.00", "20.00", "-3.00"]


OWED = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
DEBTS: dict[str, Any] = {"gift_card": "Gift card", "gift_card_account": "Owed", "store_credit": "Store credit",
                         "store_credit_account": "Owed"}  # fmt: skip


def debts(**changes: Any) -> Context:
    company = make_company(accounts=(*make_company().accounts, OWED))
    return make_context(make_settings(items={**DEBTS, **changes.pop("items", {})}), company, **changes)


def test_a_gift_card_sold_is_a_debt_out_of_scope() -> None:
    card = make_line("25.00", kind=LineKind.GIFT_CARD, name="Gift card 25", sku="GIFT")
    context = debts()
    order = make_order(card)
    items = ItemFinder(order, context)
    answer = written_with(items)
    assert answer.problems == []
    assert [(line.description, line.tax_code) for line in answer.lines] == [("Gift card 25", NO_VAT.id)]
    (created,) = items.created.values()
    assert isinstance(created.outcome, ItemDocument)
    assert (created.outcome.name, created.outcome.income_account) == ("Gift card", OWED.id)


def test_a_gift_card_that_the_store_taxed_keeps_its_tax() -> None:
    card = make_line("25.00", kind=LineKind.GIFT_CARD, taxes=(make_tax("5.00"),))
    answer = written(make_order(card), debts())
    assert [line.tax_code for line in answer.lines] == [STANDARD.id]


def test_a_gift_card_used_is_a_negative_line() -> None:
    """posting.md, section 6: order 113 = 40 gift card + 73 card: the document's total is 73."""
    gift = make_tender("40.00", method="gift_card", source_id=SourceId("tx-2"))
    credit = make_tender("0.50", method="Shopify_Store_Credit", source_id=SourceId("tx-3"))
    order = make_order(make_line("94.17", taxes=(make_tax("18.83"),)), tenders=(make_tender("73.00"), gift, credit))
    answer = written(replace(order, total=pounds("113.00")), debts())
    assert answer.problems == []
    assert [(str(line.amount.amount), line.tax_code) for line in answer.lines] == [
        ("94.17", "T20"), ("-40.00", "T0"), ("-0.50", "T0")]  # fmt: skip
    assert [line.description for line in answer.lines[1:]] == ["Gift card used", "Store credit used"]
    assert answer.redeemed == (gift, credit)
    assert answer.plan is not None
    assert total((line.amount for line in answer.lines), "GBP") + answer.plan.total == pounds("72.50")


def test_what_was_used_after_the_sale_is_no_line_of_it() -> None:
    gift = make_tender("4.00", method="gift_card")
    order = make_order(tenders=(gift,))
    assert amounts(written(order, debts(redeemed=frozenset())).lines) == ["10.00"]
    assert amounts(written(order, debts(redeemed=frozenset({gift.source_id}))).lines) == ["10.00", "-4.00"]


@pytest.mark.parametrize(("method", "code"), [("gift_card", "gift-card"), ("shopify_store_credit", "store-credit")])
def test_debts_without_an_item_hold_the_order(method: str, code: str) -> None:
    (problem,) = written(make_order(tenders=(make_tender(method=method),))).problems
    assert problem.code == code


def many(count: int, **changes: Any) -> Order:
    lines = (make_line("1.00", source_id=SourceId(str(at)), taxes=(make_tax("0.20"),)) for at in range(count))
    return make_order(*(replace(line, **changes) for line in lines))


def test_750_taxable_lines_stand_as_they_are() -> None:
    assert len(lines_of(many(750))) == 750


def test_1000_taxable_lines_of_one_item_price_and_code_become_one() -> None:
    order = many(1000)
    order = replace(order, lines=(*order.lines[1:], make_shipping("4.00")), total=order.total + pounds("2.80"))
    goods, shipping = lines_of(order)
    assert (goods.quantity, goods.amount, goods.unit_price) == (Decimal(999), pounds("999.00"), pounds("1.00"))
    assert shipping.amount == pounds("4.00")


def test_a_merged_line_whose_price_no_longer_makes_its_amount_has_none() -> None:
    order = many(751, unit_price=pounds("1.004"))
    (line,) = lines_of(order)
    assert (line.quantity, line.amount, line.unit_price) == (Decimal(751), pounds("751.00"), None)


def test_too_many_taxable_lines_that_differ_are_held() -> None:
    order = many(751, unit_price=None)
    assert [problem.code for problem in written(order).problems] == ["too-many-lines"]


GST_QST = (make_tax("0.05", "GST", "0.05"), make_tax("0.10", "QST", "0.09975"))


def of_quebec(count: int, lines: int = 10, **changes: Any) -> tuple[Order, Context]:
    """So many lines of 1.00 with GST and QST, each rounded by the store; and a company with a code for both."""
    rates = (TaxRate(LedgerId("gst"), "GST", Decimal("0.05")), TaxRate(LedgerId("qst"), "QST", Decimal("0.09975")))
    company = make_company()
    company = replace(company, tax_codes=(*company.tax_codes, TaxCode(LedgerId("TQ"), "GST/QST", rates)))
    settings = make_settings(taxes={"codes": {"GST + QST": "GST/QST"}})
    sold = (
        make_line("1.00", source_id=SourceId(str(at)), sku=f"SKU-{at % lines}", taxes=GST_QST) for at in range(count)
    )
    known = make_known(items=[make_item(f"i{at}", name=f"Book {at}", sku=f"SKU-{at}") for at in range(lines)])
    return make_order(*sold, **changes), make_context(settings, company, known=known)


def test_1000_lines_keep_the_ledgers_tax_and_what_the_store_rounded_is_tax_rounding() -> None:
    """QST of 0.10 on each of 1,000 lines is 100.00; of the ten lines that are sent the ledger makes 99.75."""
    order, context = of_quebec(1000)
    answer = written(order, context)
    assert answer.problems == []
    assert answer.plan is not None
    assert (answer.plan.total, answer.plan.rates) == (pounds("149.75"), ())
    assert answer.plan.difference == pounds("-0.25")
    *goods, rounding = answer.lines
    assert [(line.quantity, str(line.amount.amount)) for line in goods] == [(Decimal(100), "100.00")] * 10
    assert (rounding.description, rounding.amount, rounding.tax_code) == ("Tax rounding", pounds("0.25"), "T0")
    assert total((line.amount for line in answer.lines), "GBP") + answer.plan.total == order.total == pounds("1150.00")


def test_lines_that_are_sent_as_they_are_state_the_stores_tax() -> None:
    order, context = of_quebec(750)
    answer = written(order, context)
    assert answer.plan is not None
    assert [(each.rate, str(each.amount.amount)) for each in answer.plan.rates] == [("gst", "37.50"), ("qst", "75.00")]


def test_other_rounding_beside_that_of_the_tax_has_its_own_cap() -> None:
    order, context = of_quebec(1000)
    near, far = (replace(order, total=order.total + pounds(more)) for more in ("0.05", "0.06"))
    assert [(line.description, str(line.amount.amount)) for line in written(near, context).lines[10:]] == [
        ("Rounding", "0.30")
    ]
    (problem,) = written(far, context).problems
    assert (problem.code, problem.remedy.values["units"]) == ("total", "6")


def test_a_line_that_bears_less_than_a_cent_keeps_its_code_among_a_thousand() -> None:
    order = many(1000, gross=pounds("0.02"), unit_price=pounds("0.02"), taxes=(make_tax("0.00"),))
    line, rounding = lines_of(replace(order, total=pounds("20.00")))
    assert (line.amount, line.tax_code) == (pounds("20.00"), "T20")
    assert rounding.amount == pounds("-4.00"), "the ledger's tax of 20.00; the store's of 0.02 is nothing"


def test_a_thousand_discounts_and_untaxed_lines_count_too() -> None:
    taxed = many(1)
    order = make_order(*taxed.lines, *(replace(line, taxes=()) for line in many(750).lines))
    order = replace(order, total=pounds("751.20"))
    assert [str(line.amount.amount) for line in lines_of(order)] == ["1.00", "750.00"]


def dinars(amount: str) -> Money:
    return Money(Decimal(amount), "KWD")


def test_a_third_decimal_is_lost_and_what_it_leaves_goes_to_rounding() -> None:
    """posting.md, section 3: the ledger keeps two decimals: posted rounded."""
    lines = tuple(
        replace(make_line(), source_id=SourceId(str(at)), unit_price=dinars("1.004"), gross=dinars("1.004"),
                discount=dinars("0.000"))
        for at in range(3)
    )  # fmt: skip
    company = make_company(currency="KWD", tax_regime=TaxRegime.NONE)
    context = make_context(make_settings(taxes={"untaxed": "", "codes": {}}), company)
    order = make_order(*lines, currency="KWD", total=dinars("3.012"), tenders=())
    assert amounts(written(order, context).lines) == ["1.00", "1.00", "1.00", "0.01"]
    assert amounts(written(replace(order, total=dinars("3.004")), context).lines) == ["1.00", "1.00", "1.00"]
    assert [p.code for p in written(replace(order, total=dinars("3.050")), context).problems] == ["total"]


def pennies(difference: str, count: int = 1) -> Order:
    lines = tuple(make_line(source_id=SourceId(str(place))) for place in range(count))
    return make_order(*lines, total=order_total(lines) + pounds(difference))


ROUNDED = [
    pytest.param("0.01", 1, id="a penny for a line"),
    pytest.param("-0.01", 1, id="a penny less"),
    pytest.param("0.05", 5, id="a penny a line"),
    pytest.param("0.05", 9, id="the cap"),
]
TOO_MUCH = [
    pytest.param("0.02", 1, id="more than a penny a line"),
    pytest.param("-0.03", 2, id="less by more than a penny a line"),
    pytest.param("0.06", 9, id="more than the cap"),
    pytest.param("0.011", 1, id="a tenth of a penny too much"),
]


@pytest.mark.parametrize(("difference", "count"), ROUNDED)
def test_a_small_difference_goes_to_the_rounding_item(difference: str, count: int) -> None:
    order = pennies(difference, count)
    answer = written(order)
    assert answer.problems == []
    rounding = answer.lines[-1]
    assert (rounding.amount, rounding.description, rounding.tax_code) == (pounds(difference), "Rounding", NO_VAT.id)
    assert (rounding.quantity, rounding.unit_price) == (None, None)
    assert total((line.amount for line in answer.lines), "GBP") == order.total


@pytest.mark.parametrize(("difference", "count"), TOO_MUCH)
def test_a_large_difference_holds_the_order(difference: str, count: int) -> None:
    (problem,) = written(pennies(difference, count)).problems
    assert (problem.code, problem.field, problem.where) == ("total", "total", "1001")


def test_a_held_total_shows_every_sum() -> None:
    order = make_order(make_line("100.00", taxes=(make_tax("20.01"),)), total=pounds("1120.50"))
    (problem,) = written(order).problems
    assert str(problem.what) == (
        "The lines of order 1001 come to 100.00 GBP with 20.01 GBP tax (the store says 20.01 GBP), "
        "and its total to 1,120.50 GBP."
    )


def test_each_tax_line_widens_what_may_be_rounded() -> None:
    order = make_order(make_line("100.00", taxes=(make_tax("20.00"),)), total=pounds("120.02"))
    assert amounts(lines_of(order)) == ["100.00", "0.02"]
    bare = make_order(make_line("100.00"), total=pounds("100.02"))
    assert [problem.code for problem in written(bare).problems] == ["total"]


def test_thirty_lines_whose_tax_the_store_rounds_one_by_one_keep_the_stores_tax() -> None:
    """posting.md, section 1: 30 lines of 1.10 at 5 %: per line 1.80, per document 1.65: the store's amounts win."""
    lines = [make_line("1.10", taxes=(make_tax("0.06", "Reduced", "0.05"),)) for _ in range(30)]
    answer = written(make_order(*lines))
    assert answer.problems == []
    assert amounts(answer.lines) == ["1.10"] * 30
    assert answer.plan is not None
    assert (answer.plan.total, answer.plan.is_stated) == (pounds("1.80"), True)


def test_a_cap_of_nothing_rounds_nothing() -> None:
    assert [problem.code for problem in written(pennies("0.01"), rounding_cap=Decimal(0)).problems] == ["total"]


def test_the_minor_unit_of_the_currency_measures_the_cap() -> None:
    def yen(amount: str) -> Money:
        return Money(Decimal(amount), "JPY")

    line = replace(make_line(), unit_price=yen("500"), gross=yen("500"), discount=yen("0"))
    order = make_order(line, currency="JPY", total=yen("501"), tenders=())
    assert amounts(written(order).lines) == ["500", "1"]
    assert [problem.code for problem in written(replace(order, total=yen("502"))).problems] == ["total"]


def test_an_ambiguous_rounding_item_holds_the_order() -> None:
    items = [make_item("I1", name="Rounding", sku=""), make_item("I2", name="Rounding", sku="")]
    context = make_context(known=make_known(items=items))
    assert [problem.code for problem in written(pennies("0.01"), context).problems] == ["item-ambiguous"]


def test_cash_rounding_of_the_store_is_a_line_of_its_own() -> None:
    order = make_order(make_line("9.99"), make_line("0.01", kind=LineKind.CASH_ROUNDING, name="Rounding", sku=""))
    goods, rounding = lines_of(order)
    assert (goods.amount, rounding.amount) == (pounds("9.99"), pounds("0.01"))
    assert goods.item != rounding.item


LINES: list[Any] = [
    pytest.param(make_line("100.00", taxes=(make_tax("20.00"),)), STANDARD.id, id="taxed goods"),
    pytest.param(make_shipping("10.00", taxes=(make_tax("0.50", "Reduced", "0.05"),)), REDUCED.id, id="taxed shipping"),
    pytest.param(make_shipping("10.00"), NO_VAT.id, id="untaxed shipping"),
]


@pytest.mark.parametrize(("line", "code"), LINES)
def test_shipping_is_a_line_with_its_own_tax_code(line: OrderLine, code: str) -> None:
    assert lines_of(make_order(line))[0].tax_code == code

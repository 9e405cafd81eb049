from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    NO_VAT,
    REDUCED,
    STANDARD,
    make_context,
    make_item,
    make_known,
    make_line,
    make_order,
    make_settings,
    make_shipping,
    make_tax,
    order_total,
    pounds,
)

from comptoir.books.context import Context
from comptoir.books.documents import DocumentLine
from comptoir.books.facts import LineKind, Order, OrderLine, SourceId, TaxCollector
from comptoir.books.items import ItemFinder
from comptoir.books.lines import Written, write_sale_lines
from comptoir.books.money import Money, total


def written(order: Order, context: Context | None = None, **items: Any) -> Written:
    context = context or make_context(make_settings(items=items))
    return write_sale_lines(order, ItemFinder(order, context), context)


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
    assert codes == ["tax-unmapped", "tax-rate", "gift-card", "item-unmatched"]


def test_an_order_with_problems_is_not_rounded() -> None:
    order = make_order(make_line(), make_line(sku=""), total=pounds("20.01"))
    answer = written(order)
    assert [problem.code for problem in answer.problems] == ["item-unmatched"]
    assert amounts(answer.lines) == ["10.00"]


def test_an_order_with_marketplace_tax_is_held() -> None:
    """posting.md, section 1: goods 100.00 + 8.00 collected by the marketplace; this release posts no such order."""
    tax = make_tax("8.00", "State tax", "0.08", TaxCollector.MARKETPLACE)
    answer = written(make_order(make_line("100.00", taxes=(tax,)), total=pounds("100.00")))
    assert [problem.code for problem in answer.problems] == ["marketplace-tax"]
    assert answer.lines == []


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
    order = make_order(make_line("100.00", taxes=(make_tax("20.02"),)), total=pounds("1120.50"))
    (problem,) = written(order).problems
    assert str(problem.what) == (
        "The lines of order 1001 come to 100.00 GBP with 20.00 GBP tax (the store says 20.02 GBP), "
        "and its total to 1,120.50 GBP."
    )


def test_each_tax_line_widens_what_may_be_rounded() -> None:
    order = make_order(make_line("100.00", taxes=(make_tax("20.02"),)))
    assert amounts(lines_of(order)) == ["100.00", "0.02"]


def test_thirty_lines_whose_tax_the_store_rounds_one_by_one_are_held() -> None:
    """posting.md, section 1: 30 lines of 1.10 at 5 %: per line 1.80, per document 1.65, beyond the cap of 0.05."""
    lines = [make_line("1.10", taxes=(make_tax("0.06", "Reduced", "0.05"),)) for _ in range(30)]
    (problem,) = written(make_order(*lines)).problems
    assert problem.code == "total"
    assert "33.00 GBP with 1.65 GBP tax (the store says 1.80 GBP)" in str(problem.what)
    assert amounts(lines_of(make_order(*lines), rounding_cap=Decimal(15)))[-1] == "0.15"


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

"""Every numeric example of the posting rules, once, from the order as the store tells it to what the books hold.

Named by the section of posting.md that it stands in. Those of section 7 over several invoices are in test_balances.py,
those of section 8 in test_currency.py, the days of section 5 in test_dates.py and test_periods.py.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    COMBINED,
    LATER,
    STANDARD,
    codes_in,
    documents_in,
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
    make_shipping,
    make_tax,
    make_tender,
    payments_in,
    pounds,
    problems_in,
    refund_in,
    sale_in,
)

from comptoir.books.company import Account, AccountType, TaxRegime
from comptoir.books.context import Context
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    LedgerId,
    RefundDocument,
    RefundForm,
    SaleForm,
)
from comptoir.books.facts import Order, OrderLine, PaymentStatus, SourceId, TaxCollector
from comptoir.books.money import Money, total
from comptoir.books.taxes.arithmetic import Taxable, added_tax, included_tax

KNOWN = make_known(items=[make_item()], customers=[make_customer()])
OWED = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")


def context(**settings: Any) -> Context:
    items = {"gift_card": "Gift card", "gift_card_account": "Owed", **settings.pop("items", {})}
    company = make_company(accounts=(*make_company().accounts, OWED))
    return make_context(make_settings(items=items, **settings), company, known=KNOWN)


def american() -> Context:
    company = make_company(country="US", tax_regime=TaxRegime.US_AUTOMATED)
    return make_context(make_settings(taxes={"untaxed": "", "codes": {}}), company, known=KNOWN)


def lines(*made: OrderLine) -> tuple[OrderLine, ...]:
    return tuple(replace(line, source_id=SourceId(f"line-{place}")) for place, line in enumerate(made, start=1))


# Section 1: the identity


def test_posting_1_goods_100_and_8_collected_by_the_marketplace_are_a_sale_and_a_payment_of_100() -> None:
    theirs = make_line("100.00", taxes=(make_tax("8.00", "State", "0.08", TaxCollector.MARKETPLACE),))
    order = make_order(theirs, tenders=(make_tender("108.00"),))
    decided = decide_order(order, context(orders={"form": SaleForm.INVOICE}))
    sale, (payment,) = sale_in(decided), payments_in(decided)
    assert (sale.total, sale.tax, payment.amount) == (pounds("100.00"), pounds("0.00"), pounds("100.00"))


def test_posting_1_226_edited_to_113_before_first_sight_and_refunded_is_a_sale_and_a_refund_of_113() -> None:
    """2 x 100 + 13 %, one removed without cash: it is not added back."""
    taxes = (make_tax("13.00", "Sales tax", "0.13"),)
    back = make_refund(make_refund_line("100.00", tax=pounds("13.00")))
    order = make_order(make_line("100.00", taxes=taxes), refunds=(back,), status=PaymentStatus.REFUNDED)
    decided = decide_order(order, context())
    assert (sale_in(decided).total, refund_in(decided).total) == (pounds("113.00"), pounds("113.00"))
    assert (sale_in(decided).tax, refund_in(decided).tax) == (pounds("13.00"), pounds("13.00"))


def test_posting_1_30_lines_of_1_10_at_5_per_cent_keep_the_stores_1_80_where_the_document_makes_1_65() -> None:
    each = make_line("1.10", taxes=(make_tax("0.06", "Reduced", "0.05"),))
    order = make_order(*lines(*[each] * 30))
    sale = sale_in(decide_order(order, context()))
    assert (sale.tax, sale.total) == (pounds("1.80"), pounds("34.80"))
    rates = next(code.rates for code in make_company().tax_codes if code.name == "5.0% R")
    own = added_tax([Taxable(line.amount, rates) for line in sale.lines], "GBP")
    assert [tax.amount for tax in own.values()] == [pounds("1.65")]
    assert [tax.amount for tax in sale.rates] == [pounds("1.80")]


CAPS: list[Any] = [
    pytest.param("0.01", 1, [], id="1 minor unit for a line"),
    pytest.param("0.02", 1, ["total"], id="2 for a line"),
    pytest.param("0.05", 9, [], id="5, the cap, for 9 lines"),
    pytest.param("0.06", 9, ["total"], id="6, above the cap"),
]


@pytest.mark.parametrize(("more", "count", "codes"), CAPS)
def test_posting_1_what_remains_goes_to_rounding_up_to_1_minor_unit_a_line_and_5_in_all(
    more: str, count: int, codes: list[str]
) -> None:
    goods = lines(*[make_line("10.00")] * count)
    stated = total((line.net for line in goods), "GBP") + pounds(more)
    decided = decide_order(make_order(*goods, total=stated), context())
    assert codes_in(decided) == codes
    if codes:
        (problem,) = problems_in(decided)
        assert str(stated) in str(problem.what)
        assert str(stated - pounds(more)) in str(problem.what)
    else:
        assert sale_in(decided).total == stated


def test_posting_1_yen_have_no_unit_below_1() -> None:
    def yen(amount: int) -> Money:
        return Money(Decimal(amount), "JPY")

    accounts = tuple(replace(account, currency="JPY") for account in make_company().accounts)
    company = make_company(currency="JPY", accounts=accounts)
    line = make_line(unit_price=yen(1000), gross=yen(1000), discount=yen(0))
    for stated, codes in ((1001, []), (1002, ["total"])):
        order = make_order(
            line, currency="JPY", total=yen(stated), tenders=(replace(make_tender(), amount=yen(stated)),)
        )
        assert codes_in(decide_order(order, make_context(company=company, known=KNOWN))) == codes


# Section 2: tax


def test_posting_2_united_states_108_including_8_per_cent_is_100_net_and_8_of_total_tax() -> None:
    line = make_line("108.00", taxes=(make_tax("8.00", "Sales tax", "0.08"),))
    order = make_order(line, prices_include_tax=True, total=pounds("108.00"))
    sale = sale_in(decide_order(order, american()))
    assert ([each.amount for each in sale.lines], sale.tax, sale.tax_stated) == (
        [pounds("100.00")], pounds("8.00"), True,
    )  # fmt: skip
    assert not sale.prices_include_tax
    assert [each.tax_code for each in sale.lines] == ["TAX"]


def test_posting_2_uk_4_times_9_99_less_3_99_keeps_the_stores_6_00_where_quickbooks_leaves_5_98() -> None:
    def mug(discount: str) -> OrderLine:
        return make_line("9.99", discount=pounds(discount), taxes=(make_tax("1.50"),))

    goods = lines(mug("1.00"), mug("1.00"), mug("1.00"), mug("0.99"))
    order = make_order(*goods, prices_include_tax=True, total=pounds("35.97"))
    sale = sale_in(decide_order(order, context(items={"discount": "Discount"})))
    gross = [*(Taxable(pounds("9.99"), STANDARD.rates) for _ in range(4)), Taxable(pounds("-3.99"), STANDARD.rates)]
    assert [tax.amount for tax in included_tax(gross, "GBP").values()] == [pounds("5.98")]
    assert (sale.prices_include_tax, sale.total, sale.tax) == (False, pounds("35.97"), pounds("6.00"))
    assert total((line.amount for line in sale.lines), "GBP") == pounds("29.97")
    assert [(tax.rate, tax.amount) for tax in sale.rates] == [("R20", pounds("6.00"))]


def test_posting_2_two_taxes_of_one_line_are_one_code_with_an_amount_a_rate() -> None:
    """GST 5 and PST 8 on 100: the code that holds both."""
    taxes = (make_tax("5.00", "GST", "0.05"), make_tax("8.00", "PST", "0.08"))
    within = context(taxes={"untaxed": "No VAT", "codes": {"GST + PST": "GST + PST"}})
    sale = sale_in(decide_order(make_order(make_line("100.00", taxes=taxes)), within))
    assert ([line.tax_code for line in sale.lines], sale.tax) == ([COMBINED.id], pounds("13.00"))


# Section 3: lines and items


def test_posting_3_100_and_10_of_shipping_at_8_per_cent_is_118_80() -> None:
    goods = make_line("100.00", taxes=(make_tax("8.00", "Sales tax", "0.08"),))
    shipping = make_shipping("10.00", taxes=(make_tax("0.80", "Sales tax", "0.08"),))
    sale = sale_in(decide_order(make_order(goods, shipping), american()))
    assert (sale.total, sale.tax) == (pounds("118.80"), pounds("8.80"))
    assert [each.tax_code for each in sale.lines] == ["TAX", "TAX"]


def test_posting_3_more_than_750_taxable_lines_are_merged() -> None:
    each = make_line("1.00", taxes=(make_tax("0.20"),))
    sale = sale_in(decide_order(make_order(*lines(*[each] * 751)), context()))
    (line,) = sale.lines
    assert (line.quantity, line.amount, sale.tax) == (Decimal(751), pounds("751.00"), pounds("150.20"))


def test_posting_3_of_three_decimals_the_books_keep_two_and_the_difference_is_shown() -> None:
    dinar = Money(Decimal("1.235"), "KWD")
    accounts = tuple(replace(account, currency="KWD") for account in make_company().accounts)
    line = make_line(unit_price=dinar, gross=dinar, discount=dinar * Decimal(0))
    order = make_order(line, currency="KWD", total=dinar, tenders=(replace(make_tender(), amount=dinar),))
    decided = decide_order(order, make_context(company=make_company(currency="KWD", accounts=accounts), known=KNOWN))
    assert sale_in(decided).total.amount == Decimal("1.24")
    assert [str(note) for each in decided for note in each.notes] == [
        "Order 1001 comes to 1.235 KWD in the store; the books keep two decimals: 1.24."
    ]


# Section 5: numbers


NUMBERS: list[Any] = [
    pytest.param("111-2233445-6677889", "AMZ-", "AMZ-11122334456677889", id="Amazon's 19: hyphens drop first"),
    pytest.param("111-2233445-6677889", "", "111-2233445-6677889", id="Amazon's 19 without a prefix"),
]


@pytest.mark.parametrize(("number", "prefix", "expected"), NUMBERS)
def test_posting_5_a_number_has_at_most_21_characters(number: str, prefix: str, expected: str) -> None:
    sale = sale_in(decide_order(make_order(number=number), context(orders={"prefix": prefix})))
    assert sale.number == expected
    assert len(sale.number) <= 21


def test_posting_5_refunds_are_the_number_then_2_then_3() -> None:
    backs = tuple(
        make_refund(make_refund_line("1.00"), source_id=SourceId(f"refund-{place}"), at=LATER.replace(hour=place))
        for place in (1, 2, 3)
    )
    decided = decide_order(make_order(refunds=backs), context())
    assert [each.number for each in documents_in(decided, RefundDocument)] == ["R-1001", "R-1001-2", "R-1001-3"]


# Section 6: tenders


def test_posting_6_an_order_of_113_with_40_by_gift_card_and_73_by_card_is_a_receipt_of_73() -> None:
    card = make_tender("40.00", method="gift_card", source_id=SourceId("tx-2"))
    order = make_order(make_line("113.00"), tenders=(make_tender("73.00"), card))
    sale = sale_in(decide_order(order, context()))
    assert (sale.form, sale.total) == (SaleForm.RECEIPT, pounds("73.00"))
    assert [line.amount for line in sale.lines] == [pounds("113.00"), pounds("-40.00")]


# Section 7: refunds


def refunded(value: str, cash: str | None, *, paid: str) -> Order:
    tenders = () if cash is None else make_refund(make_refund_line(value), cash=cash).tenders
    back = replace(make_refund(make_refund_line(value)), tenders=tenders)
    return make_order(
        make_line("113.00"),
        tenders=(make_tender(paid),) if paid != "0.00" else (),
        refunds=(back,),
        status=PaymentStatus.PAID,
    )


def test_posting_7_total_113_paid_50_refund_56_50_cash_20_leaves_26_50_open() -> None:
    decided = decide_order(refunded("56.50", "20.00", paid="50.00"), context())
    sale, (payment,), memo = sale_in(decided), payments_in(decided), refund_in(decided)
    (cash,), (joint,) = documents_in(decided, CashBackDocument), documents_in(decided, ApplicationDocument)
    assert (memo.form, memo.total) == (RefundForm.CREDIT_MEMO, pounds("56.50"))
    assert (cash.amount, cash.account, cash.receivable_account) == (pounds("20.00"), "5", "10")
    assert (joint.amount, joint.applied, joint.total) == (pounds("56.50"), pounds("36.50"), pounds("0.00"))
    assert sale.total - payment.amount - joint.applied == pounds("26.50")


FORMS: list[Any] = [
    pytest.param("56.50", "56.50", "113.00", RefundForm.RECEIPT, "56.50", ["56.50"], id="C = R"),
    pytest.param("56.50", None, "0.00", RefundForm.CREDIT_MEMO, "56.50", ["56.50"], id="C = 0 and open >= R"),
    pytest.param("56.50", "20.00", "113.00", RefundForm.RECEIPT, "20.00", ["56.50", "-36.50"], id="no open and C < R"),
    pytest.param("56.50", "60.00", "113.00", RefundForm.RECEIPT, "60.00", ["56.50", "3.50"], id="C > R"),
]


@pytest.mark.parametrize(("value", "cash", "paid", "form", "amount", "parts"), FORMS)
def test_posting_7_the_form_of_a_refund(
    value: str, cash: str | None, paid: str, form: RefundForm, amount: str, parts: list[str]
) -> None:
    memo = refund_in(decide_order(refunded(value, cash, paid=paid), context()))
    assert (memo.form, memo.total) == (form, pounds(amount))
    assert [line.amount for line in memo.lines] == [pounds(part) for part in parts]

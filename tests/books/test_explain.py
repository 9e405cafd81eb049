"""Every rule says what it looked at and what it said; what is told is what the decision holds or leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    STANDARD,
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
    make_shipping,
    make_tax,
    make_tender,
    pounds,
)

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.company import Account, AccountType, TaxRegime
from comptoir.books.context import Context, Link, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import Kind, LedgerId, SaleDocument, SaleForm
from comptoir.books.explain import explain_order
from comptoir.books.facts import Order, PaymentStatus, TaxCollector
from comptoir.books.problems import Message, Skipped
from comptoir.books.settings import ClosedPeriods, CustomerChoice, DatedBy, NumberSource


def explained(order: Order, context: Context | None = None) -> dict[str, str]:
    """Rule -> what it said; several of one rule are joined."""
    found: dict[str, str] = {}
    for step in explain_order(order, context or make_context()):
        mark = "✗ " if step.stops else ""
        text = mark + " ".join(map(str, (step.saw, *step.said)))
        found[step.rule] = f"{found[step.rule]} / {text}" if step.rule in found else text
    return found


def posted(order: Order, context: Context, **changes: Any) -> Context:
    """The context of a later decision, with the sale of `order` in the books."""
    sale = next(each for each in decide_order(order, context) if each.key.kind is Kind.SALE)
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, order.total, sale.outcome, **changes)
    return replace(context, posted_form=sale.outcome.form, posted=(part,), redeemed=frozenset())


EVERY = {"statuses": tuple(PaymentStatus)}
NO_MONEY = {"payments": {"record": False}, "refunds": {"record": False}}
OWING = make_company(
    accounts=(
        *make_company().accounts,
        Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP"),
    )
)
DEBTS = {"gift_card": "Card", "gift_card_account": "Owed"}
INVOICES = {"orders": {"form": SaleForm.INVOICE, **EVERY}}


def test_an_order_that_is_posted() -> None:
    assert explained(make_order()) == {
        "Test order?": "It is no test order.",
        "Cancelled before it was posted?": "It is not cancelled.",
        "Start date": "Dated 2026-03-10; the start is 2026-01-01.",
        "Status": explained(make_order())["Status"],
        "Dated": "By the day it is: order.",
        "Number": "It is 1001.",
        "Period": "Dated 2026-03-10.",
        "Currency": "It is in GBP.",
        "Customer": "Ada King, ada@example.org. Not in the company yet: to be created.",
        "Item": "Blue mug, SKU MUG-1. Blue mug (MUG-1): not in the company yet, to be created.",
        "Tax": "The store charges no tax. Tax code No VAT.",
        "Total": "The store's total is 10.00 GBP. The lines and 0.00 GBP tax come to it exactly.",
        "Form": "It is paid in full, into one account. It becomes a sales receipt. Held on: Card clearing.",
    }


LEFT_OUT = [
    pytest.param(make_order(test=True), {}, "Test order?", id="test"),
    pytest.param(make_order(cancelled_at=LATER), {}, "Cancelled before it was posted?", id="cancelled"),
    pytest.param(make_order(cancelled_at=LATER, is_deleted=True), {}, "Cancelled before it was posted?", id="deleted"),
    pytest.param(make_order(placed_at=BEFORE_START), {}, "Start date", id="before the start"),
    pytest.param(make_order(status=PaymentStatus.VOIDED), {"statuses": (PaymentStatus.PAID,)}, "Status", id="status"),
    pytest.param(make_order(shipped_at=None), {"dated_by": DatedBy.SHIPPED}, "Dated", id="undated"),
    pytest.param(make_order(lines=(), total=pounds("0.00"), tenders=()), {}, "Empty?", id="empty"),
    pytest.param(make_order(test=True, refunds=(make_refund(),)), {}, "Test order?", id="with its refunds"),
]


@pytest.mark.parametrize(("order", "orders", "rule"), LEFT_OUT)
def test_the_rule_that_leaves_an_order_out_is_the_last_that_is_asked(
    order: Order, orders: dict[str, Any], rule: str
) -> None:
    context = make_context(make_settings(orders=orders))
    (sale,) = [each.outcome for each in decide_order(order, context) if each.key.kind is Kind.SALE]
    assert isinstance(sale, Skipped)
    steps = explain_order(order, context)
    assert (steps[-1].rule, steps[-1].said, steps[-1].stops) == (rule, (sale.why,), True)
    assert [step.stops for step in steps].count(True) == 1


HELD = [
    pytest.param(make_order(number="9" * 40), {}, "Number", id="number"),
    pytest.param(make_order(lines=(make_line(sku=""),)), {}, "Item", id="item"),
    pytest.param(make_order(total=pounds("99.00")), {}, "Total", id="total"),
    pytest.param(make_order(tenders=(make_tender(method="cheque"),)), {"methods": {}}, "Form", id="method"),
]


@pytest.mark.parametrize(("order", "payments", "rule"), HELD)
def test_the_rule_that_holds_a_sale_says_so(order: Order, payments: dict[str, Any], rule: str) -> None:
    context = make_context(make_settings(payments=payments))
    (problems,) = [each.outcome for each in decide_order(order, context) if each.key.kind is Kind.SALE]
    assert isinstance(problems, tuple)
    (step, *_) = [each for each in explain_order(order, context) if each.rule == rule and each.stops]
    assert str(problems[0].what) in " ".join(map(str, step.said))


def test_a_closed_period_and_another_currency() -> None:
    closed = make_context(company=make_company(books_closed_until=date(2026, 12, 31)))
    assert explained(make_order(), closed)["Period"].startswith("✗ Dated 2026-03-10. Order 1001 is dated")
    moved = replace(
        closed, resolved=replace(closed.resolved, settings=make_settings(closed_periods=ClosedPeriods.FIRST_OPEN_DAY))
    )
    assert explained(make_order(), moved)["Period"] == "Dated 2027-01-01."
    foreign = make_context(company=make_company(currency="EUR"))
    assert explained(make_order(), foreign)["Currency"].startswith("✗ It is in GBP.")


def test_the_companys_own_number() -> None:
    context = make_context(make_settings(orders={"number": NumberSource.LEDGER}))
    assert explained(make_order(), context)["Number"] == "The company gives its own."


@pytest.mark.parametrize(
    ("customers", "orders", "words"),
    [
        ([make_customer()], {}, "Found by its e-mail address."),
        ([make_customer(email="", postcode="LS1 4AP")], {}, "Found by its name and its postcode or telephone number."),
        ([make_customer(name="Online customer", email="")], {"customer": CustomerChoice.GENERIC}, "Found by its name."),
    ],
)
def test_how_the_customer_was_found(customers: list[Any], orders: dict[str, Any], words: str) -> None:
    context = make_context(make_settings(orders=orders), known=make_known(customers=customers))
    assert explained(make_order(), context)["Customer"] == f"Ada King, ada@example.org. {words}"


def test_a_customer_who_is_inactive_by_now() -> None:
    (key,) = [each.key for each in decide_order(make_order(), make_context()) if each.key.kind is Kind.CUSTOMER]
    known = replace(make_known(), inactive_customers={LedgerId("C1")})
    context = make_context(known=known, linked={key: Link("Ada King", LedgerId("C1"))})
    assert explained(make_order(), context)["Customer"].startswith(
        '✗ Ada King, ada@example.org. The customer "Ada King"'
    )


def test_nobody_is_named() -> None:
    assert explained(make_order(buyer=None, billing=None))["Customer"].startswith("The store names nobody.")


def test_how_items_were_found() -> None:
    known = make_known(items=[make_item(), make_item(id="I2", name="Goods", sku="")])
    context = make_context(make_settings(items={"default_product": "Goods", "create": False}), known=known)
    order = make_order(
        lines=(make_line("4.00"), make_line("3.00", sku="JAR"), make_line("3.00", sku="", name="A vase")),
    )
    assert explained(order, context)["Item"] == (
        "Blue mug, SKU MUG-1. Blue mug: found by the SKU. / "
        "Blue mug, SKU JAR. Goods: the default product, since nothing else matches. / "
        "A vase. Goods: the default product, since nothing else matches."
    )


def test_items_that_an_earlier_order_makes() -> None:
    first = decide_order(make_order(), make_context())
    linked = links(*(each.key for each in first if each.key.kind in {Kind.ITEM, Kind.CUSTOMER}))
    found = explained(make_order(), make_context(linked=linked))
    assert found["Item"] == "Blue mug, SKU MUG-1. Made by Comptoir already."
    assert found["Customer"].endswith("Made by Comptoir already.")


def test_an_item_is_told_wherever_it_stands() -> None:
    """What stands in the way is told of a line that is none of the first, and of what is no line of the store."""
    lines = tuple(make_line("1.00", sku=f"P{place}", source_id=f"l{place}") for place in range(20))
    odd = make_line("1.00", sku="", source_id="odd", name="Odd one")
    told = explained(make_order(lines=(*lines, odd), total=pounds("21.00")))["Item"]
    assert told.endswith("✗ 9 further products. " + str(without_sku("Odd one")))
    card = make_tender("10.00", method="gift_card")
    settings = make_settings(items=DEBTS)
    used = explained(make_order(tenders=(card,)), make_context(settings, OWING))["Item"]
    assert used.endswith(" / What stands for gift cards. Card: not in the company yet, to be created.")
    assert "✗ What stands for gift cards." in explained(make_order(tenders=(card,)))["Item"]


def without_sku(what: str) -> Message:
    values = {"number": "1001", "what": what}
    return Message(
        'The line "{what}" of order {number} has no SKU, and there is no default product for such lines.', values
    )


def test_many_lines_are_told_by_the_first() -> None:
    lines = tuple(make_line("1.00", sku=f"P{place}", source_id=f"l{place}") for place in range(20))
    steps = [
        step
        for step in explain_order(make_order(lines=lines, total=pounds("20.00")), make_context())
        if step.rule == "Item"
    ]
    assert len(steps) == 13
    assert str(steps[-1].saw) == "8 further products."


def taxed(**changes: Any) -> Order:
    line = make_line("10.00", taxes=(make_tax("2.00"),))
    return make_order(lines=(line,), total=pounds("12.00"), tenders=(make_tender("12.00"),), **changes)


def test_taxes_of_the_world() -> None:
    context = make_context(make_settings(taxes={"codes": {"VAT": "20.0% S"}}))
    order = taxed()
    assert explained(order, context)["Tax"] == f"The store charges: VAT. Tax code {STANDARD.name}."
    with_post = replace(order, lines=(*order.lines, make_shipping("4.00")), total=pounds("16.00"))
    assert explained(with_post, context)["Tax"].endswith(" / The store charges no tax. Tax code No VAT.")
    unmapped = explained(order, make_context(make_settings(taxes={"codes": {}})))
    assert unmapped["Tax"] == '✗ The store charges: VAT. The store\'s tax "VAT" has no tax code.'
    assert unmapped["Total"].endswith("The lines are added up once each has its item and its tax.")


def test_taxes_whose_collector_is_not_known() -> None:
    tax = make_tax("2.00", collector=TaxCollector.UNSTATED)
    order = replace(taxed(), lines=(make_line("10.00", taxes=(tax,)),))
    assert "✗ Who remits it? The marketplace does not say yet" in explained(order)["Tax"]


def american(regime: TaxRegime, codes: dict[str, str]) -> Context:
    company = make_company(tax_regime=regime)
    return make_context(make_settings(taxes={"codes": codes, "untaxed": ""}), company)


def test_taxes_of_the_united_states() -> None:
    mapped = american(TaxRegime.US_MANUAL, {"VAT": "20.0% S"})
    assert explained(taxed(), mapped)["Tax"] == f"The store charges: VAT. Tax code {STANDARD.name}."
    assert explained(make_order(), mapped)["Tax"] == "The store charges no tax. Not taxed (NON)."
    two = replace(
        taxed(), lines=(make_line("10.00", taxes=(make_tax("2.00"), make_tax("0.50", name="City", rate="0.05"))),)
    )
    both = american(TaxRegime.US_MANUAL, {"VAT": "20.0% S", "City": "5.0% R"})
    assert explained(two, both)["Tax"].startswith("✗ The store charges: City + VAT. Order 1001 is taxed at several")
    automated = american(TaxRegime.US_AUTOMATED, {})
    assert explained(taxed(), automated)["Tax"].endswith("at the rates that QuickBooks has for the place.")


def test_a_company_without_sales_tax() -> None:
    context = make_context(make_settings(taxes={"untaxed": "", "codes": {}}), make_company(tax_regime=TaxRegime.NONE))
    assert explained(make_order(), context)["Tax"] == "The company keeps no sales tax."


def test_rounding() -> None:
    order = make_order(total=pounds("10.01"), tenders=(make_tender("10.01"),))
    assert explained(order)["Total"] == (
        "The store's total is 10.01 GBP. The lines, 0.00 GBP tax and 0.01 GBP for rounding come to it."
    )


FORMS = [
    pytest.param(INVOICES, {}, "The settings ask for invoices.", id="by setting"),
    pytest.param(NO_MONEY, {}, "payments are not recorded.", id="no payments"),
    pytest.param({}, {"tenders": (make_tender("4.00"),)}, "4.00 GBP of 10.00 GBP is paid.", id="paid in part"),
    pytest.param({}, {"tenders": (), "lines": (make_line("0.00"),), "total": pounds("0.00")}, "and none was paid.",
                 id="nothing to pay"),
    pytest.param({"orders": EVERY}, {"status": PaymentStatus.PENDING}, "the payment is still pending.", id="pending"),
    pytest.param(
        {}, {"tenders": (make_tender("4.00"), make_tender("6.00", source_id="t2", method="paypal"))},
        "the payments are held on several.", id="several accounts",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "changes", "why"), FORMS)
def test_why_it_is_an_invoice(settings: dict[str, Any], changes: dict[str, Any], why: str) -> None:
    order, context = make_order(**changes), make_context(make_settings(**settings))
    form = explained(order, context)["Form"]
    assert form.endswith(f"{why} It becomes an invoice.")


def test_a_payment_without_an_account() -> None:
    context = make_context(make_settings(orders={"form": SaleForm.INVOICE}, payments={"methods": {}}))
    assert explained(make_order(), context)["Payment"].startswith("✗ 10.00 GBP by Card payment. The payment method")


def test_payments_of_an_invoice() -> None:
    found = explained(make_order(), make_context(make_settings(**INVOICES)))
    assert found["Payment"] == "10.00 GBP by Card payment. Held on: Card clearing."
    off = explained(make_order(), make_context(make_settings(**NO_MONEY)))
    assert off["Payment"] == "✗ 10.00 GBP is paid. Payments are not recorded, by the settings."


def test_nothing_is_left_of_a_paid_order() -> None:
    found = explained(make_order(lines=(), total=pounds("0.00"), tenders=(make_tender("10.00"),)))
    assert found["Paid"].startswith("✗ 10.00 GBP is paid. Order 1001 was paid with 10.00 GBP and comes to 0.00 GBP")


# After the sale was posted


def test_what_is_in_the_books_keeps_its_form() -> None:
    context = posted(make_order(), make_context())
    found = explained(make_order(), context)
    assert found["Status"] == "Its sale is in the books."
    assert found["Form"] == (
        "It is in the books in this form, and keeps it. It is a sales receipt. Held on: Card clearing."
    )
    other = make_settings(orders={"prefix": "NEW-"})
    renamed = replace(context, resolved=replace(context.resolved, settings=other))
    assert explained(make_order(), renamed)["Number"] == "It is 1001.", "the number that it was posted under"


def test_a_gift_card_used_after_the_sale_was_posted() -> None:
    card = replace(make_tender("10.00", method="gift_card"), method_name="Gift card")
    order = make_order(tenders=(), status=PaymentStatus.PENDING)
    settings = make_settings(**INVOICES, items=DEBTS)
    later = replace(order, tenders=(card,))
    assert explained(later, posted(order, make_context(settings, OWING)))["Payment"] == (
        "10.00 GBP by Gift card. The invoice is still open: a credit memo that comes off it."
    )


def test_edits() -> None:
    order = make_order(tenders=(), status=PaymentStatus.PENDING)
    context = posted(order, make_context(make_settings(**INVOICES)), is_untouched=True)
    raised = replace(order, lines=(make_line("14.00"),), total=pounds("14.00"), updated_at=LATER)
    assert explained(raised, context)["Edit"] == (
        "It was raised by 4.00 GBP since it was posted. "
        "The invoice is unpaid and nobody touched it: it is written anew."
    )
    touched = posted(order, make_context(make_settings(**INVOICES)))
    assert explained(raised, touched)["Edit"].endswith("It is a sale of its own.")
    lowered = replace(order, lines=(make_line("7.00"),), total=pounds("7.00"), updated_at=LATER)
    assert explained(lowered, touched)["Edit"] == (
        "It was lowered by 3.00 GBP since it was posted. The invoice is still open: a credit memo that comes off it."
    )
    paid = posted(make_order(), make_context())
    assert explained(replace(make_order(), lines=lowered.lines, total=lowered.total), paid)["Edit"].startswith("✗")
    assert "Edit" not in explained(order, touched)


def test_cancellations() -> None:
    order = make_order(tenders=(), status=PaymentStatus.PENDING)
    cancelled = replace(order, cancelled_at=LATER)
    untouched = posted(order, make_context(make_settings(**INVOICES)), is_untouched=True)
    found = explained(cancelled, untouched)
    assert found["Cancelled before it was posted?"] == "Cancelled on 2026-03-20."
    assert found["Cancellation"] == (
        "It was cancelled after it was posted. The invoice is unpaid and nobody touched it: it is voided."
    )
    touched = posted(order, make_context(make_settings(**INVOICES)))
    assert explained(cancelled, touched)["Cancellation"].endswith("a credit memo that comes off it.")


def test_refunds() -> None:
    back = make_refund(lines=(make_refund_line("4.00"),), tenders=(make_tender("4.00"),))
    order = make_order(refunds=(back,))
    assert explained(order)["Refund"] == "Taken back: 4.00 GBP; paid back: 4.00 GBP. A refund receipt."
    unpaid = make_order(tenders=(), status=PaymentStatus.PENDING, refunds=(replace(back, tenders=()),))
    assert explained(unpaid, make_context(make_settings(**INVOICES)))["Refund"].endswith(
        "a credit memo that comes off it."
    )
    off = make_context(make_settings(refunds={"record": False}))
    assert explained(order, off)["Refund"].endswith("Refunds are not recorded, by the settings.")
    earlier = replace(order, placed_at=BEFORE_START)
    found = explained(earlier)
    assert found["Start date"].startswith("✗")
    assert found["Refund"].endswith("A refund receipt.")
    nothing = make_order(refunds=(make_refund(lines=(), tenders=()),))
    assert explained(nothing)["Refund"].startswith("✗ Taken back: 0.00 GBP")
    held = replace(order, number="9" * 40)
    assert "its refund waits for it" in explained(held)["Refund"]


def test_an_exchange_for_more_is_a_sale() -> None:
    back = make_refund(lines=(make_refund_line("-4.00", quantity=Decimal(-1)),), tenders=())
    assert explained(make_order(refunds=(back,)))["Refund"].endswith("It is a sale of its own.")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (ChoiceKind.HOLD, "✗ Of 2026-03-20. Order 1001 is held by hand since 2026-03-20: why"),
        (ChoiceKind.SKIP, "✗ Of 2026-03-20. Order 1001 was left out by hand on 2026-03-20: why"),
    ],
)
def test_the_users_word_comes_last(kind: ChoiceKind, words: str) -> None:
    steps = explain_order(make_order(), make_context(choice=Choice(kind, "why", LATER)))
    assert steps[-1].rule == "Your choice"
    assert f"✗ {steps[-1].saw} {' '.join(map(str, steps[-1].said))}" == words


def test_a_sale_that_may_be_on_its_way_to_be_written_anew() -> None:
    (step,) = explain_order(make_order(), make_context(is_amending=True))
    assert step.stops


def test_a_sale_in_the_books_in_a_currency_that_is_no_longer_told() -> None:
    context = posted(make_order(), make_context())
    moved = replace(context.posted[0], total=replace(context.posted[0].total, currency="EUR"))
    steps = explain_order(make_order(), replace(context, posted=(moved,)))
    assert [step.rule for step in steps] == ["Currency"]
    assert steps[0].stops

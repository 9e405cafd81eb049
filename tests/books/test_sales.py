from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    NOON,
    STORE,
    codes_in,
    customers_in,
    items_in,
    make_buyer,
    make_company,
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_settings,
    make_shipping,
    make_tax,
    make_tender,
    pounds,
    sale_in,
)

from comptoir.books.company import Account, AccountType, Named, TaxCode, TaxRate, TaxRegime
from comptoir.books.context import Context
from comptoir.books.documents import Awaited, ItemDocument, ItemType, Kind, LedgerId, PostingKey, SaleForm
from comptoir.books.facts import Order, PaymentStatus, SourceId, TaxCollector
from comptoir.books.money import Money
from comptoir.books.problems import Message, Skipped
from comptoir.books.rules import Objection
from comptoir.books.sales import decide_sale
from comptoir.books.scope import SCOPE, Candidate
from comptoir.books.settings import (
    DatedBy,
    DueRule,
    DueSettings,
    MessageChoice,
    NumberSource,
    UnpaidOrders,
)
from comptoir.books.tenders import reference_of
from comptoir.books.text import marker

KEY = PostingKey(STORE, Kind.SALE, SourceId("order-1"))


def objections(order: Order, context: Context) -> list[Objection]:
    """What the rules of scope object to an order."""
    return [each for rule in SCOPE for each in rule.ask(Candidate(order, context))]


def left_out_by(order: Order, context: Context) -> str | None:
    """The first rule that leaves something of an order out."""
    found = [each.rule for each in objections(order, context) if isinstance(each, Skipped)]
    return found[0] if found else None


def test_an_order_paid_by_card_is_a_sales_receipt() -> None:
    order = make_order(make_line("10.00"), make_shipping("4.00"), note="Leave with the neighbour")
    settings = make_settings(orders={"prefix": "S-"})
    decided = decide_sale(order, make_context(settings))
    sale = sale_in(decided)
    assert decided[-1].key == KEY
    assert (decided[-1].number, decided[-1].dated, decided[-1].total) == ("1001", date(2026, 3, 10), pounds("14.00"))
    assert sale.form is SaleForm.RECEIPT
    assert (sale.number, sale.dated, sale.currency) == ("S-1001", date(2026, 3, 10), "GBP")
    assert (sale.deposit_account, sale.payment_method, sale.payment_reference) == ("5", "P1", "ch_1")
    assert (sale.due_on, sale.allow_card_payment) == (None, False)
    assert (sale.billing, sale.shipping, sale.email) == (order.billing, order.shipping, "ada@example.org")
    assert (sale.memo, sale.private_note) == ("Leave with the neighbour", f"{STORE} order 1001")
    assert sale.marker == marker(KEY, 0)
    assert (sale.total, sale.tax) == (pounds("14.00"), pounds("0.00"))


def test_lists_come_before_the_sale_that_needs_them() -> None:
    decided = decide_sale(make_order(make_line(), make_shipping()), make_context())
    assert [each.key.kind for each in decided] == [Kind.ITEM, Kind.ITEM, Kind.CUSTOMER, Kind.SALE]
    sale = sale_in(decided)
    assert {sale.customer, *(line.item for line in sale.lines)} == {Awaited(each.key) for each in decided[:-1]}


def test_a_sale_of_what_the_company_knows_creates_nothing() -> None:
    known = make_known(items=[make_item()], customers=[make_customer()])
    decided = decide_sale(make_order(), make_context(known=known))
    assert (items_in(decided), customers_in(decided)) == ([], [])
    assert sale_in(decided).total == pounds("10.00")


def test_a_taxed_sale_states_the_tax_beside_its_lines() -> None:
    """posting.md, section 3: goods 100 and shipping 10, both taxed at 8 %, come to 118.80."""
    code = TaxCode(LedgerId("T8"), "8% sales tax", (TaxRate(LedgerId("R8"), "8%", Decimal("0.08")),))
    company = make_company(tax_codes=(*make_company().tax_codes, code))
    context = make_context(make_settings(taxes={"codes": {"City tax": "8% sales tax"}}), company)
    order = make_order(
        make_line("100.00", taxes=(make_tax("8.00", "City tax", "0.08"),)),
        make_shipping("10.00", taxes=(make_tax("0.80", "City tax", "0.08"),)),
    )
    sale = sale_in(decide_sale(order, context))
    assert sale.total == pounds("118.80")
    assert sale.tax == pounds("8.80")


def test_a_company_without_sales_tax_gets_no_tax_codes() -> None:
    settings = make_settings(taxes={"untaxed": "", "codes": {}})
    context = make_context(settings, make_company(tax_regime=TaxRegime.NONE))
    sale = sale_in(decide_sale(make_order(total=pounds("10.01")), context))
    assert [line.tax_code for line in sale.lines] == [None, None]
    assert sale.total == pounds("10.01")


TWO_CARDS = (make_tender("6.00"), make_tender("4.00", source_id=SourceId("tx-2")))
VOUCHER = make_tender("4.00", source_id=SourceId("tx-2"), method="gift voucher")
PAYPAL = make_tender("4.00", source_id=SourceId("tx-2"), method="paypal")
BARTER = make_tender("10.00", method="barter")
FORMS: list[Any] = [
    pytest.param({}, {}, SaleForm.RECEIPT, id="paid in full by card"),
    pytest.param({"tenders": TWO_CARDS}, {}, SaleForm.RECEIPT, id="paid by two cards"),
    pytest.param({"tenders": (TWO_CARDS[0], VOUCHER)}, {}, SaleForm.RECEIPT, id="two methods of one account"),
    pytest.param({"tenders": (TWO_CARDS[0], PAYPAL)}, {}, SaleForm.INVOICE, id="two methods of two accounts"),
    pytest.param({"tenders": (BARTER,)}, {"orders": {"form": SaleForm.INVOICE}}, SaleForm.INVOICE,
                 id="an invoice, and a method without an account"),
    pytest.param({"tenders": (BARTER,)}, {"posted_form": SaleForm.RECEIPT}, SaleForm.RECEIPT,
                 id="a receipt stays one when its method lost its account"),
    pytest.param({"tenders": (make_tender("3.00"), replace(PAYPAL, amount=pounds("3.00")),
                              replace(BARTER, amount=pounds("4.00"), source_id=SourceId("tx-3")))}, {},
                 SaleForm.INVOICE, id="several accounts, and a method without one"),
    pytest.param({"tenders": (make_tender("0.00"),), "lines": (make_line("0.00"),), "total": pounds("0.00")}, {},
                 SaleForm.INVOICE, id="nothing to pay"),
    pytest.param({"tenders": TWO_CARDS[:1]}, {}, SaleForm.INVOICE, id="paid in part"),
    pytest.param({"tenders": (make_tender("11.00"),)}, {}, SaleForm.INVOICE, id="paid too much"),
    pytest.param({"tenders": ()}, {}, SaleForm.INVOICE, id="not paid"),
    pytest.param({"status": PaymentStatus.PENDING}, {}, SaleForm.INVOICE, id="the payment is pending"),
    pytest.param({}, {"orders": {"form": SaleForm.INVOICE}}, SaleForm.INVOICE, id="invoices are wanted"),
    pytest.param({}, {"payments": {"record": False}, "refunds": {"record": False}}, SaleForm.INVOICE,
                 id="payments are not recorded"),
    pytest.param({"tenders": ()}, {"posted_form": SaleForm.RECEIPT}, SaleForm.RECEIPT, id="a receipt stays one"),
    pytest.param({}, {"posted_form": SaleForm.INVOICE}, SaleForm.INVOICE, id="an invoice stays one"),
    pytest.param({}, {"posted_form": SaleForm.RECEIPT, "orders": {"form": SaleForm.INVOICE}}, SaleForm.RECEIPT,
                 id="a receipt stays one when invoices are wanted"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "choices", "form"), FORMS)
def test_the_form_of_a_sale(changes: dict[str, Any], choices: dict[str, Any], form: SaleForm) -> None:
    settings = {name: choice for name, choice in choices.items() if name != "posted_form"}
    context = make_context(make_settings(**settings), posted_form=choices.get("posted_form"))
    sale = sale_in(decide_sale(make_order(**changes), context))
    assert sale.form is form
    if form is SaleForm.INVOICE:
        assert (sale.deposit_account, sale.payment_method, sale.payment_reference) == (None, None, "")
        assert sale.due_on == sale.dated
    else:
        assert sale.due_on is None


@pytest.mark.parametrize(
    ("tenders", "method", "reference"),
    [
        pytest.param((make_tender(),), "P1", "ch_1", id="one card"),
        pytest.param(TWO_CARDS, "P1", "", id="two cards have two references"),
        pytest.param((TWO_CARDS[0], VOUCHER), None, "", id="two methods"),
    ],
)
def test_a_receipt_names_the_method_and_reference_where_there_is_one(
    tenders: Any, method: str | None, reference: str
) -> None:
    sale = sale_in(decide_sale(make_order(tenders=tenders), make_context()))
    assert (sale.deposit_account, sale.payment_method, sale.payment_reference) == ("5", method, reference)


@pytest.mark.parametrize(
    ("due_on", "expected"),
    [
        pytest.param(date(2026, 4, 9), date(2026, 4, 9), id="the order's own"),
        pytest.param(None, date(2026, 3, 10), id="none: the sale's date"),
        pytest.param(date(2026, 3, 1), date(2026, 3, 10), id="never before the sale"),
    ],
)
def test_the_due_date_of_an_invoice(due_on: date | None, expected: date) -> None:
    order = make_order(tenders=(), due_on=due_on)
    assert sale_in(decide_sale(order, make_context())).due_on == expected


@pytest.mark.parametrize(
    ("choice", "tenders", "allowed"),
    [
        pytest.param(True, (), True, id="an open balance"),
        pytest.param(True, (TWO_CARDS[0], PAYPAL), False, id="nothing open"),
        pytest.param(False, (), False, id="not wanted"),
    ],
)
def test_card_payment_is_offered_on_open_invoices_only(choice: bool, tenders: Any, allowed: bool) -> None:
    context = make_context(make_settings(orders={"allow_card_payment": choice}))
    assert sale_in(decide_sale(make_order(tenders=tenders), context)).allow_card_payment is allowed


def test_a_receipt_never_offers_card_payment() -> None:
    context = make_context(make_settings(orders={"allow_card_payment": True}), posted_form=SaleForm.RECEIPT)
    assert sale_in(decide_sale(make_order(tenders=()), context)).allow_card_payment is False


def test_a_sale_to_nobody_has_no_mail_address() -> None:
    assert sale_in(decide_sale(make_order(buyer=None), make_context())).email == ""


def test_a_sale_is_dated_in_the_accounts_zone() -> None:
    order = make_order(placed_at=datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    berlin = make_context(zone=timezone(timedelta(hours=1)))
    assert sale_in(decide_sale(order, berlin)).dated == date(2026, 3, 11)
    assert sale_in(decide_sale(order, make_context())).dated == date(2026, 3, 10)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        pytest.param("123456789012345678", "AMZ" + "123456789012345678", id="21 characters"),
        pytest.param("112-1234567-1234567", "AMZ11212345671234567", id="hyphens drop first"),
    ],
)
def test_a_long_number_that_fits(number: str, expected: str) -> None:
    context = make_context(make_settings(orders={"prefix": "AMZ"}))
    assert sale_in(decide_sale(make_order(number=number), context)).number == expected


def test_every_problem_of_a_sale_is_reported_once() -> None:
    price = make_line().gross
    euro = replace(price, currency="EUR")
    lines = [
        make_line(sku="", unit_price=euro, gross=euro, discount=euro * Decimal(0), source_id=SourceId(str(place)))
        for place in range(3)
    ]
    order = make_order(*lines, number="1" * 22, currency="EUR", tenders=())
    context = make_context(company=make_company(books_closed_until=date(2026, 3, 10)))
    (decided,) = decide_sale(order, context)
    assert codes_in([decided]) == ["number-too-long", "books-closed", "currency", "item-unmatched"]
    assert (decided.key, decided.number, decided.dated, decided.total) == (KEY, "1" * 22, date(2026, 3, 10),
                                                                          order.total)  # fmt: skip


@pytest.mark.parametrize(
    ("closed", "codes"),
    [
        pytest.param(date(2026, 3, 10), ["books-closed"], id="closed on that day"),
        pytest.param(date(2026, 3, 9), [], id="closed the day before"),
    ],
)
def test_a_closed_period(closed: date, codes: list[str]) -> None:
    decided = decide_sale(make_order(), make_context(company=make_company(books_closed_until=closed)))
    assert codes_in(decided) == codes


def test_a_period_closed_after_the_sale_was_posted_is_no_reason_to_hold() -> None:
    company = make_company(books_closed_until=date(2026, 12, 31))
    decided = decide_sale(make_order(), make_context(company=company, posted_form=SaleForm.RECEIPT))
    assert codes_in(decided) == []


LEFT_OUT = [
    pytest.param({}, None, None, id="an ordinary order"),
    pytest.param({"test": True}, None, "test-order", id="a test order"),
    pytest.param({"cancelled_at": LATER}, None, "cancelled", id="cancelled before it was posted"),
    pytest.param({"cancelled_at": LATER}, SaleForm.RECEIPT, None, id="cancelled after it was posted"),
    pytest.param({"cancelled_at": LATER, "placed_at": BEFORE_START}, None, "before-start",
                 id="cancelled, and never to be posted: its refunds may be"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "posted", "rule"), LEFT_OUT)
def test_what_leaves_the_whole_order_out(changes: dict[str, Any], posted: SaleForm | None, rule: str | None) -> None:
    assert left_out_by(make_order(**changes), make_context(posted_form=posted)) == rule


WAIT = {"unpaid": UnpaidOrders.WAIT}
PART = {"tenders": TWO_CARDS[:1]}
RULES: list[Any] = [
    pytest.param({}, {}, None, None, id="paid"),
    pytest.param({"placed_at": BEFORE_START}, {}, None, "before-start", id="before the start date"),
    pytest.param({"placed_at": BEFORE_START}, {}, SaleForm.RECEIPT, "before-start", id="before it, whatever is posted"),
    pytest.param({"status": PaymentStatus.PENDING}, {}, None, "status", id="a status that is not chosen"),
    pytest.param({"status": PaymentStatus.PENDING}, {}, SaleForm.INVOICE, None, id="posted under another status"),
    pytest.param({"status": PaymentStatus.PENDING}, {"statuses": (PaymentStatus.PENDING,)}, None, None,
                 id="a status that is chosen"),
    pytest.param(PART, {}, None, None, id="paid in part becomes an invoice"),
    pytest.param(PART, WAIT, None, "status", id="paid in part waits"),
    pytest.param(PART, {**WAIT, "form": SaleForm.INVOICE}, None, None, id="invoices do not wait"),
    pytest.param({}, WAIT, None, None, id="paid in full does not wait"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "orders", "posted", "rule"), RULES)
def test_what_leaves_the_sale_out(
    changes: dict[str, Any], orders: dict[str, Any], posted: SaleForm | None, rule: str | None
) -> None:
    context = make_context(make_settings(orders=orders), posted_form=posted)
    assert left_out_by(make_order(**changes), context) == rule


@pytest.mark.parametrize(
    "tenders",
    [(BARTER,), (TWO_CARDS[0], replace(BARTER, amount=pounds("4.00")))],
    ids=["the only method", "one of two methods"],
)
def test_a_receipt_whose_payment_method_has_no_account_is_held(tenders: Any) -> None:
    """posting.md, section 6: unmapped method without default: receipt held."""
    assert codes_in(decide_sale(make_order(tenders=tenders), make_context())) == ["method-unmapped"]


def test_a_clearing_account_of_another_currency_holds_the_receipt() -> None:
    accounts = tuple(replace(each, currency="EUR") if each.id == "5" else each for each in make_company().accounts)
    context = make_context(company=make_company(accounts=accounts))
    assert codes_in(decide_sale(make_order(), context)) == ["account-currency"]


def test_a_sale_of_a_marketplace_is_paid_without_its_tax() -> None:
    """posting.md, section 1: goods 100.00 + 8.00 collected by the marketplace: the payment is 100.00."""
    tax = make_tax("8.00", "State tax", "0.08", TaxCollector.MARKETPLACE)
    order = make_order(make_line("100.00", taxes=(tax,)), total=pounds("100.00"), tenders=(make_tender("108.00"),))
    sale = sale_in(decide_sale(order, make_context()))
    assert (sale.form, sale.total, sale.tax) == (SaleForm.RECEIPT, pounds("100.00"), pounds("0.00"))


def test_an_order_of_113_with_a_gift_card_of_40_is_a_receipt_of_73() -> None:
    """posting.md, section 6: order 113 = 40 gift card + 73 card: TotalAmt 73."""
    owed = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
    context = make_context(
        make_settings(items={"gift_card": "Gift card", "gift_card_account": "Owed"}),
        make_company(accounts=(*make_company().accounts, owed)),
    )
    gift = make_tender("40.00", method="gift_card", source_id=SourceId("tx-2"))
    order = make_order(make_line("113.00"), tenders=(make_tender("73.00"), gift))
    decided = decide_sale(order, context)
    sale = sale_in(decided)
    assert (sale.form, sale.total, decided[-1].total) == (SaleForm.RECEIPT, pounds("73.00"), pounds("113.00"))
    assert (sale.redeemed, sale.payment_reference) == ((gift.source_id,), "ch_1")


def test_the_ledgers_own_number_is_left_to_it() -> None:
    context = make_context(make_settings(orders={"number": NumberSource.LEDGER, "prefix": "S-"}))
    sale = sale_in(decide_sale(make_order(number="1" * 30), context))
    assert (sale.number, sale.marker) == ("", marker(KEY, 0))
    assert "1" * 30 in sale.private_note


def test_a_sale_is_dated_by_the_day_that_the_settings_choose() -> None:
    context = make_context(make_settings(orders={"dated_by": DatedBy.SHIPPED}))
    assert sale_in(decide_sale(make_order(shipped_at=LATER), context)).dated == LATER.date()
    (waiting,) = objections(make_order(), context)
    assert waiting == Skipped("undated", Message("Order {number} is not {day} yet, and its sale is dated by that day.",
                                                 {"number": "1001", "day": "shipped"}))  # fmt: skip
    posted = replace(context, posted_form=SaleForm.RECEIPT)
    assert objections(make_order(), posted) == []
    assert sale_in(decide_sale(make_order(), posted)).dated == NOON.date()


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        pytest.param(None, date(2026, 4, 9), id="by the settings"),
        pytest.param(date(2026, 5, 1), date(2026, 5, 1), id="the order's own comes first"),
    ],
)
def test_the_settings_give_a_due_date_where_the_order_has_none(own: date | None, expected: date) -> None:
    context = make_context(make_settings(orders={"due": DueSettings(DueRule.DAYS_AFTER, 30)}))
    assert sale_in(decide_sale(make_order(tenders=(), due_on=own), context)).due_on == expected


def test_the_companys_message_takes_the_place_of_the_orders_note() -> None:
    context = make_context(
        make_settings(orders={"message": MessageChoice.COMPANY_DEFAULT}), make_company(default_message="Thank you")
    )
    assert sale_in(decide_sale(make_order(note="Leave it"), context)).memo == "Thank you"


def test_every_sale_bears_its_class_and_location() -> None:
    company = make_company(
        track_classes=True,
        track_locations=True,
        classes=(Named(LedgerId("K1"), "Web"),),
        locations=(Named(LedgerId("L1"), "Leeds"),),
    )
    context = make_context(make_settings(orders={"class_name": "Web", "location_name": "Leeds"}), company)
    sale = sale_in(decide_sale(make_order(), context))
    assert (sale.class_id, sale.location_id) == ("K1", "L1")


def test_the_private_note_keeps_a_third_decimal() -> None:
    def dinars(amount: str) -> Money:
        return Money(Decimal(amount), "KWD")

    company = make_company(currency="KWD", tax_regime=TaxRegime.NONE)
    context = make_context(make_settings(taxes={"untaxed": "", "codes": {}}), company)
    line = replace(make_line(), unit_price=dinars("1.004"), gross=dinars("1.004"), discount=dinars("0.000"))
    order = make_order(line, currency="KWD", total=dinars("1.004"), tenders=())
    sale = sale_in(decide_sale(order, context))
    assert sale.total == Money(Decimal("1.00"), "KWD")
    assert sale.private_note.endswith("the store's total is 1.004 KWD, the books keep 2 decimals")


def test_an_inventory_item_is_created_for_a_sale_that_waits_for_its_quantity() -> None:
    stock = {"create_as": ItemType.INVENTORY, "asset_account": "PayPal clearing", "cogs_account": "Cost of sales"}
    decided = decide_sale(make_order(make_line(), make_shipping()), make_context(make_settings(items=stock)))
    assert [each.type for each in items_in(decided)] == [ItemType.INVENTORY]
    assert codes_in(decided) == ["opening-quantity"]
    assert (
        items_in(decide_sale(make_order(make_line(), make_line(sku="")), make_context(make_settings(items=stock))))
        == []
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"placed_at": BEFORE_START}, "Order 1001 of 2025-12-31 is from before the start date 2026-01-01."),
        ({"status": PaymentStatus.PARTIALLY_PAID}, 'Order 1001 is "partially paid", a status that is not posted yet.'),
        ({"test": True}, "Order 1001 is a test order."),
        ({"cancelled_at": NOON}, "Order 1001 was cancelled before it was posted."),
        ({"lines": (), "total": pounds("0"), "tenders": ()}, "Nothing is left of order 1001."),
    ],
)
def test_rules_say_why(changes: dict[str, Any], words: str) -> None:
    (objection,) = objections(make_order(**changes), make_context())
    assert isinstance(objection, Skipped)
    assert str(objection.why) == words


@pytest.mark.parametrize(
    ("reference", "source_id", "expected"),
    [
        pytest.param("ch_1", "tx-1", "ch_1", id="its own"),
        pytest.param("x" * 21, "tx-1", "x" * 21, id="its own, as long as fits"),
        pytest.param("x" * 22, "tx-1", "tx-1", id="too long: the id"),
        pytest.param("", "tx-1", "tx-1", id="none: the id"),
        pytest.param("", "gid://shopify/OrderTransaction/1234567890", "ransaction/1234567890", id="the id's end"),
    ],
)
def test_the_reference_of_a_payment(reference: str, source_id: str, expected: str) -> None:
    assert reference_of(reference, SourceId(source_id)) == expected
    assert len(expected) <= 21


def test_a_guest_and_an_item_are_created_for_a_sale() -> None:
    decided = decide_sale(make_order(buyer=make_buyer(source_id=None)), make_context())
    assert [each.name for each in customers_in(decided)] == ["Ada King"]
    assert all(isinstance(each, ItemDocument) for each in items_in(decided))
    assert [each.sku for each in items_in(decided)] == ["MUG-1"]


def test_what_the_books_cannot_hold_to_the_last_digit_is_noted() -> None:
    fine = make_line("10.00", taxes=(make_tax("2.004"),))
    (decided,) = [each for each in decide_sale(make_order(fine), make_context()) if each.key.kind is Kind.SALE]
    assert [str(note) for note in decided.notes] == [
        "The tax of order 1001 is 2.00 GBP in the books and 2.004 in the store, by rounding."
    ]
    dinar = Money(Decimal("1.235"), "KWD")
    line = make_line(unit_price=dinar, gross=dinar, discount=dinar * Decimal(0))
    accounts = tuple(replace(each, currency="KWD") for each in make_company().accounts)
    order = make_order(line, currency="KWD", total=dinar, tenders=(replace(make_tender(), amount=dinar),))
    context = make_context(company=make_company(currency="KWD", accounts=accounts))
    (decided,) = [each for each in decide_sale(order, context) if each.key.kind is Kind.SALE]
    assert [str(note) for note in decided.notes] == [
        "Order 1001 comes to 1.235 KWD in the store; the books keep two decimals: 1.24."
    ]
    assert decide_sale(make_order(), make_context())[-1].notes == ()


@pytest.mark.parametrize(
    "order",
    [
        make_order(lines=(), total=pounds("0"), tenders=(make_tender("10.00"),)),
        make_order(make_line("6.00"), total=pounds("6.00"), tenders=(make_tender("10.00", method="gift_card"),)),
    ],
    ids=["nothing is left", "less is left than the gift card paid"],
)
def test_what_was_paid_over_holds_the_sale_until_it_is_given_back(order: Any) -> None:
    assert "paid-over" in codes_in(decide_sale(order, make_context()))
    posted = make_context(posted_form=SaleForm.RECEIPT)
    assert "paid-over" not in codes_in(decide_sale(order, posted))

"""Edits of paid orders and the refunds that settle them, as the store's own arithmetic tells them (shopify.md §4.7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.properties.rendering import payload_of

from comptoir.books.facts import LineKind, Order, Refund, Restock, StoreIdentity
from comptoir.books.money import Money
from comptoir.stores.shopify.translate import translate
from comptoir_sandbox.shopify.cart import Cart, CartDiscount, CartLine, CartShipping, Payment, Presentment, Tax
from comptoir_sandbox.shopify.edits import STEPS

STORE = StoreIdentity("shopify:quay-books.myshopify.com")
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
VAT = (Tax(title="VAT", rate=Decimal("0.2")),)
Change = tuple[str, Any]


def pounds(text: str) -> Money:
    return Money(Decimal(text), "GBP")


def bought(*prices: str, paid: str = "", **changes: Any) -> Cart:
    """Untaxed goods of these prices, paid by card: all of them unless `paid` says otherwise."""
    lines = tuple(CartLine(title=f"Mug {price}", quantity=1, unit_price=Decimal(price)) for price in prices)
    amount = paid or str(sum(map(Decimal, prices)))
    standard: dict[str, Any] = {
        "id": 6_000_000_000_001,
        "name": "#1001",
        "number": 1001,
        "created_at": NOON,
        "processed_at": NOON,
        "lines": lines,
        "payments": (Payment(amount=Decimal(amount), gateway="shopify_payments", processed_at=NOON),),
    }
    return Cart(**{**standard, **changes})


def told(cart: Cart, *changes: Change, without: tuple[str, ...] = ()) -> Order:
    """The order after these changes, a day apart; `without`: what the record does not state."""
    for day, (name, wanted) in enumerate(changes, start=1):
        cart = STEPS[name](cart, wanted, NOON + timedelta(days=day))
    payload = payload_of(cart)
    made = translate({key: value for key, value in payload.items() if key not in without}, store=STORE)
    assert isinstance(made, Order), made
    return made


def taken_back(refund: Refund) -> list[tuple[str, str]]:
    return [(line.name, str(line.amount.amount)) for line in refund.lines]


def removed(line: int, left: int = 0) -> Change:
    return "quantities", [{"line": line, "quantity": left}]


def back(amount: str) -> Change:
    return "refund", {"amount": amount}


def added(price: str) -> Change:
    return "add_lines", [{"title": "Added", "quantity": 1, "unit_price": price}]


def test_each_refund_settles_the_edit_that_it_pays_for() -> None:
    made = told(bought("10.00", "5.00", "7.00"), removed(0), back("10.00"), removed(1), back("5.00"))
    assert [taken_back(refund) for refund in made.refunds] == [[("Mug 10.00", "10.00")], [("Mug 5.00", "5.00")]]
    assert made.total == pounds("22.00")


def test_a_refund_takes_the_pieces_that_are_worth_just_its_cash_wherever_their_line_stands() -> None:
    """More is removed later of a line before them: what the first refund settled stays what it was."""
    cart = bought("10.00", "5.00", "7.00", "2.00")
    first = told(cart, removed(1), removed(3), back("7.00"))
    (refund,) = first.refunds
    assert taken_back(refund) == [("Mug 5.00", "5.00"), ("Mug 2.00", "2.00")]
    later = told(cart, removed(1), removed(3), back("7.00"), removed(0), back("10.00"))
    assert taken_back(later.refunds[0]) == taken_back(refund)
    assert taken_back(later.refunds[1]) == [("Mug 10.00", "10.00")]


def test_cash_for_a_part_of_an_edit_takes_pieces_until_they_are_worth_it() -> None:
    made = told(bought("10.00", "5.00", "7.00"), removed(0), removed(1), removed(2), back("11.00"), back("3.00"))
    assert [taken_back(refund) for refund in made.refunds] == [
        [("Mug 10.00", "10.00"), ("Mug 5.00", "5.00")],
        [("Mug 7.00", "7.00")],
    ]


def test_an_edit_that_is_not_given_back_yet_leaves_an_earlier_refund_as_it_was() -> None:
    made = told(bought("10.00", "5.00", "7.00"), removed(0), back("10.00"), removed(1))
    assert [taken_back(refund) for refund in made.refunds] == [[("Mug 10.00", "10.00")]]
    assert made.total == pounds("17.00"), "the second edit lowers the sale until its money goes back"


def test_goods_that_are_added_later_and_not_paid_do_not_take_an_edit_from_its_refund() -> None:
    settled = (removed(0), back("10.00"))
    before, after = told(bought("10.00", "7.00"), *settled), told(bought("10.00", "7.00"), *settled, added("30.00"))
    assert taken_back(before.refunds[0]) == taken_back(after.refunds[0]) == [("Mug 10.00", "10.00")]
    assert (before.total, after.total) == (pounds("17.00"), pounds("47.00"))


def test_goodwill_before_an_edit_takes_nothing_of_it() -> None:
    made = told(bought("10.00", "7.00"), back("3.00"), removed(0), back("10.00"))
    assert [taken_back(refund) for refund in made.refunds] == [[], [("Mug 10.00", "10.00")]]
    assert [refund.kept for refund in made.refunds] == [pounds("-3.00"), pounds("0.00")]


def test_pieces_of_one_line_that_were_removed_one_after_the_other_have_their_own_refunds() -> None:
    """Three for 10.00 in all: the parts are what is left of the whole, so nothing is lost by rounding."""
    line = CartLine(title="Mug", quantity=3, unit_price=Decimal("3.33"), taxes=VAT)
    cart = bought("1.00", paid="13.19", lines=(line, CartLine(title="Card", quantity=1, unit_price=Decimal("1.20"))))
    made = told(cart, removed(0, 2), back("4.00"), removed(0, 0), back("7.99"))
    first, second = (refund.lines[0] for refund in made.refunds)
    assert (first.quantity, second.quantity) == (Decimal(1), Decimal(2))
    assert first.amount + second.amount == pounds("9.99")
    assert first.tax + second.tax == pounds("2.00")
    assert first.restock is Restock.NEVER_LEFT
    assert made.total == made.paid == pounds("13.19")


def test_goodwill_before_shipping_was_removed_takes_nothing_of_it() -> None:
    half = CartDiscount(title="Half", percentage=Decimal(50), on_shipping=True)
    post = CartShipping(title="Post", price=Decimal("10.00"))
    cart = bought("10.00", paid="15.00", shipping=(post,), discounts=(half,))
    made = told(cart, back("3.00"), ("remove_shipping", [0]), back("5.00"))
    assert [taken_back(refund) for refund in made.refunds] == [[], [("Post", "5.00")]]
    assert [refund.kept for refund in made.refunds] == [pounds("-3.00"), pounds("0.00")]
    assert made.total == pounds("15.00")


def test_pieces_are_counted_after_those_that_earlier_refunds_took() -> None:
    """Tax of 0.83 on three for 4.17: 0.28 of the first piece, 0.27 of the second, as the store adds it up."""
    line = CartLine(title="Mug", quantity=3, unit_price=Decimal("1.39"), taxes=VAT)
    cart = bought(paid="5.00", lines=(line,))
    first = ("refund", {"lines": [{"line": 0, "quantity": 1}], "amount": "1.67"})
    made = told(cart, first, removed(0, 1), back("1.66"))
    assert [refund.lines[0].tax for refund in made.refunds] == [pounds("0.28"), pounds("0.27")]
    assert made.total == pounds("5.00")


def test_what_a_refund_settles_is_told_by_the_buyers_money() -> None:
    """8 yen are 4 pence: so little that six pieces are worth no more than three, but for the buyer."""
    lines = (
        CartLine(title="Mug", quantity=3, unit_price=Decimal(19321)),
        CartLine(title="Pin", quantity=7, unit_price=Decimal(8)),
    )
    cart = bought(
        lines=lines,
        currency="GBP",
        presentment=Presentment(currency="JPY", rate=Decimal("0.0052")),
        payments=(Payment(amount=Decimal(58019), gateway="shopify_payments", processed_at=NOON),),
    )
    changes = (removed(1, 1), back("48"), removed(0, 2), back("19321"))
    for made in (told(cart, *changes[:2]), told(cart, *changes)):
        assert [(line.name, line.quantity) for line in made.refunds[0].lines] == [("Pin", Decimal(6))]
    assert [(line.name, line.quantity) for line in made.refunds[1].lines] == [("Mug", Decimal(1))]


def test_money_for_what_came_back_before_without_any_takes_nothing_of_a_later_edit() -> None:
    """7.00 came back without money; then 9.00 went back, 2.00 of them for nothing; then 10.00 are removed and paid."""
    earlier = ("refund", {"lines": [{"line": 1, "quantity": 1}]})
    cart = bought("10.00", "7.00", "5.00")
    first = told(cart, earlier, back("9.00"))
    made = told(cart, earlier, back("9.00"), removed(0), back("10.00"))
    assert [taken_back(refund) for refund in made.refunds] == [[("Mug 7.00", "7.00")], [], [("Mug 10.00", "10.00")]]
    assert [taken_back(refund) for refund in first.refunds] == [[("Mug 7.00", "7.00")], []]
    assert [refund.kept for refund in made.refunds] == [pounds("0.00"), pounds("-2.00"), pounds("0.00")]


def test_value_that_came_off_what_was_open_leaves_an_edits_money_to_the_edit() -> None:
    earlier = ("refund", {"lines": [{"line": 1, "quantity": 1}]})
    made = told(bought("10.00", "7.00", paid="10.00"), earlier, removed(0), back("10.00"))
    assert [taken_back(refund) for refund in made.refunds] == [[("Mug 7.00", "7.00")], [("Mug 10.00", "10.00")]]


def test_removed_shipping_is_the_value_of_the_refund_that_gives_it_back() -> None:
    cart = bought("10.00", paid="15.00", shipping=(CartShipping(title="Post", price=Decimal("5.00")),))
    made = told(cart, ("remove_shipping", [0]), back("5.00"))
    (refund,) = made.refunds
    assert [(line.kind, line.amount) for line in refund.lines] == [(LineKind.SHIPPING, pounds("5.00"))]
    (line,) = [line for line in made.lines if line.kind is LineKind.SHIPPING]
    assert line.is_source_of(refund.lines[0])
    assert made.total == pounds("15.00")
    waiting = told(cart, ("remove_shipping", [0]))
    assert waiting.total == pounds("10.00")


def test_an_edit_that_paid_for_something_else_in_part_is_still_the_value_of_its_refund() -> None:
    made = told(bought("10.00", "7.00"), removed(0), added("4.00"), back("8.00"))
    (refund,) = made.refunds
    assert taken_back(refund) == [("Mug 10.00", "10.00")]
    assert refund.kept == pounds("-2.00"), "6.00 were owed, 2.00 are given"
    assert made.total == pounds("21.00")


def test_without_a_stated_balance_cash_is_for_an_edit_as_far_as_more_was_paid_than_is_owed() -> None:
    """A record of before it was asked for."""
    changes = (removed(0), back("10.00"), removed(1), back("6.00"))
    made = told(bought("10.00", "5.00", "7.00"), *changes, without=("totalOutstandingSet",))
    assert [taken_back(refund) for refund in made.refunds] == [[("Mug 10.00", "10.00")], [("Mug 5.00", "5.00")]]
    assert [refund.kept for refund in made.refunds] == [None, None]


def test_what_the_merchant_keeps_of_an_order_that_is_captured_in_part_is_stated() -> None:
    """20.22 authorized, 20.02 captured and given back with all goods: 0.20 of the value is kept."""
    whole = Payment(amount=Decimal("20.22"), gateway="card", processed_at=NOON, kind="AUTHORIZATION")
    part = Payment(amount=Decimal("20.02"), gateway="card", processed_at=NOON, kind="CAPTURE", parent=0)
    cart = bought("20.22", payments=(whole, part))
    back_again = ("refund", {"lines": [{"line": 0, "quantity": 1}], "amount": "20.02"})
    assert [refund.kept for refund in told(cart, back_again).refunds] == [pounds("0.20")]
    voided = told(cart, back_again, ("void", True))
    assert [refund.kept for refund in voided.refunds] == [pounds("0.20")]


def in_euros(*payments: Payment) -> Cart:
    """The same authorization and capture, in euros, each at the rate of its day."""
    seen = Presentment(currency="EUR", rate=Decimal("0.86"))
    lines = tuple(CartLine(title="Mug", quantity=3, unit_price=Decimal("6.67"), taxes=VAT) for _ in range(3))
    return bought("1.00", lines=lines, presentment=seen, payments=payments)


AUTHORIZED = Payment(
    amount=Decimal("72.03"), gateway="card", processed_at=NOON, kind="AUTHORIZATION", rate=Decimal("0.80")
)
CAPTURED = replace(AUTHORIZED, amount=Decimal("20.02"), kind="CAPTURE", parent=0, rate=Decimal("0.90"))
ALL_BACK = ("refund", {"lines": [{"line": at, "quantity": 3} for at in range(3)], "amount": "20.02"})


def test_what_is_kept_is_told_in_the_shops_money_although_every_amount_is_converted_by_itself() -> None:
    made = told(in_euros(AUTHORIZED, CAPTURED), ALL_BACK)
    (kept,) = (refund.kept for refund in made.refunds)
    assert kept == pounds("44.73"), "52.01 euros"


def test_an_authorization_that_expired_is_owed_again() -> None:
    made = told(in_euros(AUTHORIZED, CAPTURED), ("expire", True), ALL_BACK)
    assert [refund.kept for refund in made.refunds] == [pounds("0.00")], "it comes off what is open"


def test_an_order_with_nothing_to_convert_has_nothing_authorized() -> None:
    free = in_euros()
    free = replace(free, lines=tuple(replace(line, unit_price=Decimal(0), taxes=()) for line in free.lines))
    made = told(free, ("refund", {"lines": [{"line": 0, "quantity": 1}]}))
    assert [refund.kept for refund in made.refunds] == [pounds("0.00")]


def test_cents_of_conversion_settle_no_edit_and_change_no_total() -> None:
    """The parts of a refund are converted one by one: their sum is a cent beside the total."""
    paid = Payment(amount=Decimal("72.03"), gateway="card", processed_at=NOON)
    first = told(in_euros(paid))
    partly = {"lines": [{"line": at, "quantity": 1} for at in range(3)], "amount": "24.01"}
    after = told(in_euros(paid), ("refund", partly))
    assert after.total == first.total
    assert len(after.refunds[0].lines) == 3


def test_cash_of_a_few_cents_settles_its_edit_in_another_currency_too() -> None:
    """What is the edit's is told by the euros: in pounds each amount is converted by itself."""
    lines = (CartLine(title="Pin", quantity=1, unit_price=Decimal("0.09")), *in_euros().lines)
    cart = replace(in_euros(replace(AUTHORIZED, kind="SALE", amount=Decimal("72.12"))), lines=lines)
    partly = ("refund", {"lines": [{"line": at, "quantity": 1} for at in range(1, 4)], "amount": "24.01"})
    first, later = told(cart, removed(0), back("0.09")), told(cart, removed(0), back("0.09"), partly)
    assert taken_back(first.refunds[0]) == taken_back(later.refunds[0]) == [("Pin", "0.08")]
    assert first.total == later.total


def test_a_buyers_side_that_contradicts_itself_leaves_the_shops() -> None:
    payload = payload_of(in_euros(replace(AUTHORIZED, kind="SALE")))
    payload["transactions"][0]["amountSet"]["presentmentMoney"]["currencyCode"] = "USD"
    payload["refunds"] = []
    made = translate(payload, store=STORE)
    assert isinstance(made, Order)
    assert made.as_paid is None
    assert made.total == pounds("61.95")


def test_adjustments_that_the_stores_own_balance_does_not_count_say_nothing() -> None:
    """As if the edit's own refund were stated as an adjustment although nothing is outstanding."""
    cart = bought("10.00", "7.00")
    for day, (name, wanted) in enumerate((removed(0), back("10.00")), start=1):
        cart = STEPS[name](cart, wanted, NOON + timedelta(days=day))
    payload = payload_of(cart)
    bag = {"shopMoney": {"amount": "-10.00", "currencyCode": "GBP"}}
    none = {"shopMoney": {"amount": "0.00", "currencyCode": "GBP"}}
    stated = {"nodes": [{"amountSet": bag, "taxAmountSet": none}], "pageInfo": {"hasNextPage": False}}
    payload["refunds"][0]["orderAdjustments"] = stated
    made = translate(payload, store=STORE)
    assert isinstance(made, Order)
    assert taken_back(made.refunds[0]) == [("Mug 10.00", "10.00")]


def test_a_later_payment_in_another_currency_changes_no_earlier_one() -> None:
    """Each is what it adds to the worth of those before it, and together they are worth the whole."""
    seen = Presentment(currency="EUR", rate=Decimal("0.86"))
    part = Payment(amount=Decimal("10.50"), gateway="card", processed_at=NOON)
    cart = bought("49.99", presentment=seen, payments=(part,))
    first = told(cart)
    both = told(cart, ("pay", {"amount": "0.32"}))
    assert both.tenders[0] == first.tenders[0]
    whole = told(cart, ("pay", {"amount": "0.32"}), ("pay", {"gateway": "cash"}))
    assert whole.tenders[:2] == both.tenders
    assert whole.paid == whole.total == pounds("42.99")

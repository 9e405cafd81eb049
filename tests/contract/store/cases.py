"""What happens to orders, by name, with what a store must then state of it: every figure is given by hand.

The families are those that a bookkeeper meets; the meaning of the figures is section 1 of the posting rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.contract.store.harness import (
    Charge,
    Discount,
    Edit,
    Exchange,
    GivenBack,
    Line,
    Method,
    NewOrder,
    Payment,
    Person,
    ShopSetup,
    State,
    StoreHarness,
    Target,
    Tax,
)

from comptoir.books.facts import LineKind, PaymentStatus, SourceId

Step = Callable[[StoreHarness, SourceId], None]

VAT = Tax("VAT", "0.2")
HST = Tax("HST", "0.13")
GST, QST = Tax("GST", "0.05"), Tax("QST", "0.09975")
ADDED, INCLUDED = ShopSetup(), ShopSetup(prices_include_tax=True)
CANADA = ShopSetup(currency="CAD", zone="America/Toronto")

PAID, UNPAID, PARTLY = PaymentStatus.PAID, PaymentStatus.PENDING, PaymentStatus.PARTIALLY_PAID
REFUNDED, PARTLY_REFUNDED = PaymentStatus.REFUNDED, PaymentStatus.PARTIALLY_REFUNDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order, what happens to it, and what the store then states.

    `total` is the reference total as first sold; `tax` the merchant's and `marketplace_tax` the other's, as charged;
    `paid` each tender; `refunds` each refund's (value with tax, cash); `nets` the net by kind where it is told.
    None: platforms differ. Some tell a cancellation of what nobody paid as a refund without cash, some as nothing.
    """

    order: NewOrder
    total: str
    setup: ShopSetup = ADDED
    then: tuple[Step, ...] = ()
    tax: str = "0"
    marketplace_tax: str = "0"
    discount: str = "0"
    paid: tuple[str, ...] = ()
    refunds: tuple[tuple[str, str], ...] | None = ()
    status: PaymentStatus | None = UNPAID
    nets: Mapping[LineKind, str] = field(default_factory=dict)


def card(amount: str) -> tuple[Payment, ...]:
    return (Payment(amount=amount),)


def refunded(**given: object) -> Step:
    return lambda shop, order: shop.refund(order, GivenBack(**given))  # type: ignore[arg-type]


def edited(**edit: object) -> Step:
    return lambda shop, order: shop.edit(order, Edit(**edit))  # type: ignore[arg-type]


def paid(amount: str) -> Step:
    return lambda shop, order: shop.pay(order, Payment(amount=amount))


def captured(amount: str) -> Step:
    return lambda shop, order: shop.capture(order, amount)


def cancelled(*, money_back: bool) -> Step:
    return lambda shop, order: shop.cancel(order, money_back=money_back)


def exchanged(*instead: Line, cash: str = "") -> Step:
    return lambda shop, order: shop.exchange(order, Exchange(pieces={"A": 1}, instead=instead, cash=cash))


def placed(*lines: Line, **more: object) -> NewOrder:
    return NewOrder(lines=lines, **more)  # type: ignore[arg-type]


PRICES = {
    "a discount on one line": Case(
        order=placed(Line("A", "20.00", 2, (VAT,)), discounts=[Discount(amount="5.00", on="A")]),
        total="42.00", tax="7.00", discount="5.00",
    ),
    "a discount over the order": Case(
        order=placed(Line("A", "30.00"), Line("B", "10.00"), discounts=[Discount(percentage="10")]),
        total="36.00", discount="4.00",
    ),
    "a code of 15 percent": Case(
        order=placed(Line("A", "19.99", 1, (VAT,)), discounts=[Discount(percentage="15", code="WELCOME")]),
        total="20.39", tax="3.40", discount="3.00",
    ),
    "an amount that does not divide by its lines": Case(
        order=placed(Line("A", "10.00"), Line("B", "10.00"), Line("C", "10.00"), discounts=[Discount(amount="10.00")]),
        total="20.00", discount="10.00",
    ),
    "free shipping": Case(
        order=placed(
            Line("A", "10.00"), shipping=[Charge("Post", "5.00", (VAT,))],
            discounts=[Discount(percentage="100", on=Target.SHIPPING)],
        ),
        total="10.00", discount="5.00", nets={LineKind.PRODUCT: "10.00", LineKind.SHIPPING: "0.00"},
    ),
    "a free item": Case(
        order=placed(Line("A", "10.00"), Line("B", "5.00"), discounts=[Discount(percentage="100", on="B")]),
        total="10.00", discount="5.00",
    ),
    "discounts on a line, the order and shipping at once": Case(
        # 40 - 4 = 36; A 26 and B 10 bear 10 % as 2.60 and 1.00; 32.40 + 4 shipping.
        order=placed(
            Line("A", "30.00"), Line("B", "10.00"), shipping=[Charge("Post", "5.00")],
            discounts=[
                Discount(amount="4.00", on="A"), Discount(percentage="10"), Discount(amount="1.00", on=Target.SHIPPING)
            ],
        ),
        total="36.40", discount="8.60", nets={LineKind.PRODUCT: "32.40", LineKind.SHIPPING: "4.00"},
    ),
    "an order of nothing but free goods": Case(order=placed(Line("A", "0.00")), total="0.00", status=PAID),
    "lines without a SKU and two of one SKU": Case(
        order=placed(Line("", "1.00"), Line("A", "2.00"), Line("A", "4.00")), total="7.00"
    ),
    "a thousand lines": Case(order=placed(*(Line(f"S{at}", "1.01") for at in range(1000))), total="1010.00"),
    "a buyer of many words": Case(
        order=placed(
            Line('W: "quoted" \N{WRAPPED PRESENT} é', "3.00"), note="n" * 600,
            buyer=Person(given='Zo\N{LATIN SMALL LETTER E WITH DIAERESIS}: "Z"', family="O'Neil \N{WRAPPED PRESENT}"),
        ),
        total="3.00",
    ),
}  # fmt: skip

TAXES = {
    "two taxes on a line": Case(
        order=placed(Line("A", "100.00", 1, (GST, QST))), setup=CANADA, total="114.98", tax="14.98"
    ),
    "two taxes on goods and one on shipping": Case(
        order=placed(Line("A", "100.00", 1, (GST, QST)), shipping=[Charge("Post", "10.00", (GST,))]),
        setup=CANADA, total="125.48", tax="15.48",
    ),
    "an exempt buyer": Case(order=placed(Line("A", "100.00", 1, (VAT,)), tax_exempt=True), total="100.00"),
    "tax inside the prices": Case(
        order=placed(Line("A", "12.00", 1, (VAT,))), setup=INCLUDED, total="12.00", tax="2.00"
    ),
    "tax inside the prices, with a discount": Case(
        order=placed(Line("A", "9.99", 3, (VAT,)), discounts=[Discount(amount="3.00", on="A")]),
        setup=INCLUDED, total="26.97", tax="4.50", discount="3.00",
    ),
    "a tax of nothing": Case(order=placed(Line("A", "10.00", 1, (Tax("Zero", "0"),))), total="10.00"),
    "tax rounded line by line": Case(
        # 5 % of 1.10 is 0.055, so 0.06 on each of thirty lines; 33.00 at once would bear 1.65.
        order=placed(*(Line(f"S{at}", "1.10", 1, (GST,)) for at in range(30))), setup=CANADA,
        total="34.80", tax="1.80",
    ),
    "tax that a marketplace remits": Case(
        order=placed(Line("A", "100.00", 1, (Tax("State", "0.08", by_marketplace=True),)), payments=card("108.00")),
        total="100.00", marketplace_tax="8.00", paid=("108.00",), status=PAID,
    ),
    "tax of merchant and marketplace on one line": Case(
        order=placed(Line("A", "100.00", 1, (GST, Tax("PST", "0.07", by_marketplace=True)))),
        setup=CANADA, total="105.00", tax="5.00", marketplace_tax="7.00",
    ),
    "tax inside the prices that a marketplace remits": Case(
        order=placed(Line("A", "107.00", 1, (Tax("State", "0.07", by_marketplace=True),))),
        setup=INCLUDED, total="100.00", marketplace_tax="7.00",
    ),
    "a currency without decimals": Case(
        order=placed(Line("A", "333", 3, (Tax("JCT", "0.1"),)), payments=card("1099")),
        setup=ShopSetup(currency="JPY", zone="Asia/Tokyo"), total="1099", tax="100", paid=("1099",), status=PAID,
    ),
    "a currency of three decimals": Case(
        order=placed(Line("A", "1.234", 2, (GST,)), payments=card("2.591")),
        setup=ShopSetup(currency="KWD", zone="Asia/Kuwait"), total="2.591", tax="0.123", paid=("2.591",), status=PAID,
    ),
}  # fmt: skip

CHARGES = {
    "several shipping lines": Case(
        order=placed(
            Line("A", "10.00"), shipping=[Charge("Post", "5.00", (VAT,)), Charge("Courier", "3.50", (VAT,))]
        ),
        total="20.20", tax="1.70", nets={LineKind.PRODUCT: "10.00", LineKind.SHIPPING: "8.50"},
    ),
    "a tip": Case(
        order=placed(Line("A", "10.00", 1, (VAT,)), tip="2.00"), total="14.00", tax="2.00",
        nets={LineKind.PRODUCT: "10.00", LineKind.TIP: "2.00"},
    ),
    "customs duty": Case(
        order=placed(Line("A", "100.00", duty="7.00")), total="107.00",
        nets={LineKind.PRODUCT: "100.00", LineKind.DUTY: "7.00"},
    ),
    "an eco fee with its tax": Case(
        order=placed(Line("A", "10.00"), fees=[Charge("Eco fee", "2.50", (VAT,))]), total="13.00", tax="0.50",
        nets={LineKind.PRODUCT: "10.00", LineKind.FEE: "2.50"},
    ),
    "cash rounded down to the coins": Case(
        order=placed(Line("A", "10.02"), payments=[Payment(amount="10.00", method=Method.CASH, rounding="-0.02")]),
        total="10.00", paid=("10.00",), status=PAID,
        nets={LineKind.PRODUCT: "10.02", LineKind.CASH_ROUNDING: "-0.02"},
    ),
    "a gift card sold": Case(
        order=placed(Line("G", "50.00", gift_card=True), payments=card("50.00")), total="50.00", paid=("50.00",),
        status=PAID, nets={LineKind.GIFT_CARD: "50.00"},
    ),
}  # fmt: skip

PAYMENTS = {
    "a gift card and a card together": Case(
        order=placed(
            Line("A", "100.00", 1, (HST,)),
            payments=[Payment(amount="40.00", method=Method.GIFT_CARD), Payment(amount="73.00")],
        ),
        setup=CANADA, total="113.00", tax="13.00", paid=("40.00", "73.00"), status=PAID,
    ),
    "paid by store credit": Case(
        order=placed(Line("A", "30.00"), payments=[Payment(amount="30.00", method=Method.STORE_CREDIT)]),
        total="30.00", paid=("30.00",), status=PAID,
    ),
    "authorized only": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.AUTHORIZED)]),
        total="100.00", status=PaymentStatus.AUTHORIZED,
    ),
    "captured in two parts": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.AUTHORIZED)]),
        then=(captured("60.00"), captured("40.00")), total="100.00", paid=("60.00", "40.00"), status=PAID,
    ),
    "captured in part": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.AUTHORIZED)]),
        then=(captured("60.00"),), total="100.00", paid=("60.00",), status=PARTLY,
    ),
    "partially paid": Case(
        order=placed(Line("A", "100.00"), payments=card("30.00")), total="100.00", paid=("30.00",), status=PARTLY
    ),
    "paid later": Case(
        order=placed(Line("A", "100.00")), then=(paid("100.00"),), total="100.00", paid=("100.00",), status=PAID
    ),
    "never paid": Case(order=placed(Line("A", "100.00")), total="100.00"),
    "a payment on its way": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.PENDING)]), total="100.00"
    ),
    "an authorization let go": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.VOIDED)]),
        total="100.00", status=PaymentStatus.VOIDED,
    ),
    "an authorization that ran out": Case(
        order=placed(Line("A", "100.00"), payments=[Payment(amount="100.00", state=State.EXPIRED)]),
        total="100.00", status=PaymentStatus.EXPIRED,
    ),
    "a failed try before the payment": Case(
        order=placed(Line("A", "10.00"), payments=[Payment(amount="10.00", state=State.FAILED), *card("10.00")]),
        total="10.00", paid=("10.00",), status=PAID,
    ),
    "cash with change": Case(
        order=placed(
            Line("A", "7.30"), payments=[Payment(amount="20.00", method=Method.CASH, change="12.70")]
        ),
        total="7.30", paid=("7.30",), status=PAID,
    ),
}  # fmt: skip

TWO = placed(Line("A", "50.00", 2, (VAT,)), payments=card("120.00"))
WITH_POST = placed(Line("A", "10.00"), shipping=[Charge("Post", "5.00", (VAT,))], payments=card("16.00"))

REFUNDS = {
    "everything back": Case(
        order=TWO, then=(refunded(pieces={"A": 2}, cash="120.00"),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("120.00", "120.00"),), status=REFUNDED,
    ),
    "one piece back": Case(
        order=TWO, then=(refunded(pieces={"A": 1}, cash="60.00"),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("60.00", "60.00"),), status=PARTLY_REFUNDED,
    ),
    "shipping back": Case(
        order=WITH_POST, then=(refunded(shipping="5.00", cash="6.00"),), total="16.00", tax="1.00", paid=("16.00",),
        refunds=(("6.00", "6.00"),), status=PARTLY_REFUNDED,
    ),
    "a part of shipping back": Case(
        order=WITH_POST, then=(refunded(shipping="2.50", cash="3.00"),), total="16.00", tax="1.00", paid=("16.00",),
        refunds=(("3.00", "3.00"),), status=PARTLY_REFUNDED,
    ),
    "an amount and no goods": Case(
        order=TWO, then=(refunded(cash="5.00"),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("0", "5.00"),), status=PARTLY_REFUNDED,
    ),
    "tax alone": Case(
        order=TWO, then=(refunded(cash="20.00", tax_alone="20.00"),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("20.00", "20.00"),), status=PARTLY_REFUNDED,
    ),
    "goods back that were never paid": Case(
        order=placed(Line("A", "50.00", 2)), then=(refunded(pieces={"A": 1}),), total="100.00",
        refunds=(("50.00", "0"),),
    ),
    "more cash than the goods are worth": Case(
        order=TWO, then=(refunded(pieces={"A": 1}, cash="65.00"),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("60.00", "65.00"),), status=PARTLY_REFUNDED,
    ),
    "less cash than the goods are worth": Case(
        order=TWO, then=(refunded(pieces={"A": 1}, cash="55.00", restocked=False),), total="120.00", tax="20.00",
        paid=("120.00",), refunds=(("60.00", "55.00"),), status=PARTLY_REFUNDED,
    ),
    "back as store credit": Case(
        order=TWO, then=(refunded(pieces={"A": 1}, cash="60.00", to=Method.STORE_CREDIT),), total="120.00",
        tax="20.00", paid=("120.00",), refunds=(("60.00", "60.00"),), status=PARTLY_REFUNDED,
    ),
    "more back than was ever paid": Case(
        order=TWO, then=(refunded(pieces={"A": 2}, cash="130.00", beyond_paid=True),), total="120.00", tax="20.00",
        paid=("120.00",), refunds=(("120.00", "130.00"),), status=REFUNDED,
    ),
    "parts that add up to the whole": Case(
        # 3 x 3.33 = 9.99, tax 2.00; a third of it is 3.33 + 0.67, the rest 6.66 + 1.33.
        order=placed(Line("A", "3.33", 3, (VAT,)), payments=card("11.99")),
        then=(refunded(pieces={"A": 1}, cash="4.00"), refunded(pieces={"A": 2}, cash="7.99")),
        total="11.99", tax="2.00", paid=("11.99",), refunds=(("4.00", "4.00"), ("7.99", "7.99")), status=REFUNDED,
    ),
    "a discounted piece back, tax inside": Case(
        # 2 x 12.00 less 4.00 = 20.00, tax inside 3.33; half of it.
        order=placed(
            Line("A", "12.00", 2, (VAT,)), discounts=[Discount(amount="4.00", on="A")], payments=card("20.00")
        ),
        setup=INCLUDED, then=(refunded(pieces={"A": 1}, cash="10.00"),), total="20.00", tax="3.33", discount="4.00",
        paid=("20.00",), refunds=(("10.00", "10.00"),), status=PARTLY_REFUNDED,
    ),
    "back with tax that a marketplace remits": Case(
        order=placed(Line("A", "50.00", 2, (Tax("State", "0.08", by_marketplace=True),)), payments=card("108.00")),
        then=(refunded(pieces={"A": 1}, cash="54.00"),), total="100.00", marketplace_tax="8.00", paid=("108.00",),
        refunds=(("50.00", "54.00"),), status=PARTLY_REFUNDED,
    ),
    "an even exchange": Case(
        order=placed(Line("A", "50.00"), payments=card("50.00")), then=(exchanged(Line("B", "50.00")),),
        total="50.00", paid=("50.00",), refunds=(("0.00", "0"),), status=PAID,
    ),
    "an exchange for more": Case(
        order=placed(Line("A", "50.00"), payments=card("50.00")),
        then=(exchanged(Line("B", "70.00")), paid("20.00")),
        total="50.00", paid=("50.00", "20.00"), refunds=(("-20.00", "0"),), status=PAID,
    ),
    "an exchange for less": Case(
        order=placed(Line("A", "50.00"), payments=card("50.00")), then=(exchanged(Line("B", "30.00"), cash="20.00"),),
        total="50.00", paid=("50.00",), refunds=(("20.00", "20.00"),), status=PARTLY_REFUNDED,
    ),
}  # fmt: skip

PAIR = (Line("A", "100.00", 2, (HST,)),)

CHANGES = {
    "edited down and settled by a refund": Case(
        order=placed(*PAIR, payments=card("226.00")), setup=CANADA,
        then=(edited(left={"A": 1}), refunded(cash="113.00")),
        total="226.00", tax="26.00", paid=("226.00",), refunds=(("113.00", "113.00"),), status=PARTLY_REFUNDED,
    ),
    "edited down before it was paid": Case(
        order=placed(*PAIR), setup=CANADA, then=(edited(left={"A": 1}), paid("113.00")),
        total="113.00", tax="13.00", paid=("113.00",), status=PAID,
    ),
    "edited down, paid, and then all of it back": Case(
        order=placed(*PAIR), setup=CANADA,
        then=(edited(left={"A": 1}), paid("113.00"), refunded(pieces={"A": 1}, cash="113.00")),
        total="113.00", tax="13.00", paid=("113.00",), refunds=(("113.00", "113.00"),), status=REFUNDED,
    ),
    "edited up": Case(
        order=placed(Line("A", "100.00"), payments=card("100.00")), then=(edited(added=[Line("B", "20.00")]),),
        total="120.00", paid=("100.00",), status=PARTLY,
    ),
    "edited up and paid": Case(
        order=placed(Line("A", "100.00"), payments=card("100.00")),
        then=(edited(added=[Line("B", "20.00")]), paid("20.00")), total="120.00", paid=("100.00", "20.00"),
        status=PAID,
    ),
    "a line taken away": Case(
        order=placed(Line("A", "10.00"), Line("B", "5.00")), then=(edited(left={"B": 0}),), total="10.00"
    ),
    "shipping taken away": Case(
        order=placed(Line("A", "10.00"), shipping=[Charge("Post", "5.00", (VAT,))]),
        then=(edited(without_shipping=True),), total="10.00", nets={LineKind.PRODUCT: "10.00"},
    ),
    "cancelled before it was paid": Case(
        order=placed(Line("A", "50.00")), then=(cancelled(money_back=False),), total="50.00",
        refunds=None, status=None,
    ),
    "cancelled with an authorization": Case(
        order=placed(Line("A", "50.00"), payments=[Payment(amount="50.00", state=State.AUTHORIZED)]),
        then=(cancelled(money_back=True),), total="50.00", refunds=None, status=PaymentStatus.VOIDED,
    ),
    "cancelled and paid back": Case(
        order=TWO, then=(cancelled(money_back=True),), total="120.00", tax="20.00", paid=("120.00",),
        refunds=(("120.00", "120.00"),), status=REFUNDED,
    ),
}  # fmt: skip

CASES = {**PRICES, **TAXES, **CHARGES, **PAYMENTS, **REFUNDS, **CHANGES}


def happen(shop: StoreHarness, case: Case) -> SourceId:
    """Place the order and do what happens to it, a minute apart."""
    order = shop.place(case.order)
    for step in case.then:
        shop.wait(60)
        step(shop, order)
    return order

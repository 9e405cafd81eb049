"""Orders as they are placed and paid."""

from __future__ import annotations

from tests.contract.store.case import (
    CANADA,
    GST,
    HST,
    INCLUDED,
    PAID,
    PARTLY,
    QST,
    VAT,
    Case,
    captured,
    card,
    paid,
    placed,
)
from tests.contract.store.harness import Charge, Discount, Line, Method, Payment, Person, ShopSetup, State, Target, Tax

from comptoir.books.facts import LineKind, PaymentStatus

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

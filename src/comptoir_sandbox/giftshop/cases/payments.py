"""How far an order is paid, and how."""

from __future__ import annotations

from comptoir_sandbox.giftshop.cases.charges import VERMONT
from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import CARD, CASH, goods, invoice, left_out, order, paid, payment, posted, receipt

AUTHORIZED = {"kind": "AUTHORIZATION"}
BLANKET = goods("100.00", title="Couverture de laine", sku="COUV-LAINE")
# 100.00; GST 5.00; QST 9.975 = 9.98: 114.98

CASES = (
    Case(
        "authorized-only",
        "The card is authorized, nothing is captured yet.",
        (order(BLANKET, payments=[paid("114.98", CARD, **AUTHORIZED)]),),
        left_out("status"),
    ),
    Case(
        "captured-in-two-parts",
        "One authorization, captured as the two parcels leave.",
        (
            order(
                BLANKET,
                payments=[
                    paid("114.98", CARD, **AUTHORIZED),
                    paid("60.00", CARD, kind="CAPTURE", parent=0),
                    paid("54.98", CARD, kind="CAPTURE", parent=0),
                ],
            ),
        ),
        # both into the card account, together the whole
        posted(receipt("114.98", "14.98")),
    ),
    Case(
        "partially-paid",
        "A deposit of 50.00 on a blanket.",
        (order(BLANKET, payments=[paid("50.00")]),),
        posted(invoice("114.98", "14.98", "64.98"), payment("50.00")),
    ),
    Case(
        "pending",
        "The transfer has not come yet.",
        (order(goods("20.00"), payments=[paid("23.00", "virement", status="PENDING")]),),
        posted(invoice("23.00", "3.00", "23.00")),
    ),
    Case(
        "voided",
        "The authorization was voided.",
        (
            order(
                BLANKET,
                payments=[paid("114.98", CARD, **AUTHORIZED), paid("0.00", CARD, kind="VOID", parent=0)],
            ),
        ),
        left_out("status"),
    ),
    Case(
        "expired",
        "Nobody captured the authorization in time.",
        (order(BLANKET, payments=[paid("114.98", CARD, expired=True, **AUTHORIZED)]),),
        left_out("status"),
    ),
    Case(
        "cash-with-change",
        "Two twenties on the counter, 17.00 back.",
        (
            order(
                goods("20.00"),
                payments=[paid("40.00", CASH), paid("17.00", CASH, kind="CHANGE", parent=0)],
                source_name="pos",
            ),
        ),
        posted(receipt("23.00", "3.00")),
    ),
    Case(
        "paid-in-another-currency",
        "A buyer in Vermont pays 50.00 US dollars, captured on a day with another rate.",
        (
            order(
                goods("50.00", title="Chandelle sapin", sku="CHANDELLE-SAPIN", taxes=[]),
                payments=[paid("50.00", CARD, rate="1.41")],
                presentment={"currency": "USD", "rate": "1.40"},
                billing_address=VERMONT,
                shipping_address=VERMONT,
            ),
        ),
        # 50.00 at the order's 1.40; what the payment's 1.41 makes of it belongs to the payout
        posted(receipt("70.00", "0.00")),
    ),
)

"""Gift cards and store credit: what the shop owes, and how it is used."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import (
    CARD,
    GIFT_CARD,
    STORE_CREDIT,
    credit,
    goods,
    invoice,
    next_morning,
    order,
    paid,
    payment,
    posted,
    receipt,
    sold_for,
)

CASES = (
    Case(
        "gift-card-sold",
        "A gift card of 40.00: a debt, no income and no tax.",
        (
            sold_for(
                "40.00",
                {
                    "title": "Carte-cadeau 40 $",
                    "quantity": 1,
                    "unit_price": "40.00",
                    "is_gift_card": True,
                    "requires_shipping": False,
                },
            ),
        ),
        posted(receipt("40.00", "0.00")),
    ),
    Case(
        "gift-card-redeemed",
        "A tuque paid with a gift card alone: no money moves.",
        (sold_for("23.00", goods("20.00"), gateway=GIFT_CARD),),
        # 20.00 + 3.00 - 23.00 of the card: nothing is left to pay, so nothing that a receipt could have received
        posted(invoice("0.00", "3.00", "0.00")),
    ),
    Case(
        "gift-card-split-with-a-card",
        "40.00 from a gift card, the rest by credit card.",
        (
            order(
                goods("98.28", title="Manteau de quartier", sku="MANTEAU"),
                payments=[paid("40.00", GIFT_CARD), paid("72.99", CARD)],
            ),
        ),
        # 98.28; GST 4.914 = 4.91; QST 9.80343 = 9.80: 112.99, less 40.00
        posted(receipt("72.99", "14.71")),
    ),
    Case(
        "gift-card-redeemed-later",
        "An order that was to be paid by transfer is paid with a gift card the next morning.",
        (order(goods("50.00", title="Mitaines perlées", sku="MITAINES")),),
        # 50.00; GST 2.50; QST 4.9875 = 4.99. The card is a credit joined by a payment of nothing
        posted(invoice("57.49", "7.49", "0.00"), credit("57.49", "0.00"), payment("0.00")),
        before=posted(invoice("57.49", "7.49", "57.49")),
        steps=(next_morning("The buyer pays with a gift card.", pay={"gateway": GIFT_CARD}),),
    ),
    Case(
        "store-credit",
        "8.00 of store credit from an earlier return, the rest by credit card.",
        (order(goods("20.00"), payments=[paid("8.00", STORE_CREDIT), paid("15.00", CARD)]),),
        # 20.00 + 3.00 - 8.00
        posted(receipt("15.00", "3.00")),
    ),
)

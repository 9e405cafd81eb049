"""Money and goods that go back."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Expected
from comptoir_sandbox.giftshop.parts import (
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
    refunded,
    shipping,
    sold_for,
)

TWO_TUQUES = goods("20.00", 2)
# 40.00 (2.00 + 3.99): 45.99
CARD_OF_TEN = goods("10.00", title="Carte sérigraphiée", sku="CARTE-SERIE")
# 10.00 (0.50 + 0.9975 = 1.00): 11.50

CASES = (
    Case(
        "refund-whole",
        "Two tuques come back, everything is given back.",
        (sold_for("45.99", TWO_TUQUES),),
        posted(receipt("45.99", "5.99"), refunded("45.99", "5.99")),
        before=posted(receipt("45.99", "5.99")),
        steps=(next_morning("The whole order is refunded.", refund={"full": True}),),
    ),
    Case(
        "refund-by-line",
        "Of a tuque and a card, the card comes back.",
        (sold_for("34.50", goods("20.00"), CARD_OF_TEN),),
        posted(receipt("34.50", "4.50"), refunded("11.50", "1.50")),
        before=posted(receipt("34.50", "4.50")),
        steps=(
            next_morning("The card is refunded.", refund={"lines": [{"line": 1, "quantity": 1}], "amount": "11.50"}),
        ),
    ),
    Case(
        "refund-shipping-only",
        "The parcel came late: the shipping is given back.",
        (sold_for("34.50", goods("20.00"), shipping=[shipping("10.00")]),),
        # shipping 10.00 (0.50 + 1.00)
        posted(receipt("34.50", "4.50"), refunded("11.50", "1.50")),
        before=posted(receipt("34.50", "4.50")),
        steps=(next_morning("The shipping is refunded.", refund={"shipping": True, "amount": "11.50"}),),
    ),
    Case(
        "refund-amount-only",
        "Five dollars as a gesture, nothing comes back.",
        (sold_for("34.49", goods("30.00", title="Théière émaillée", sku="THEIERE")),),
        # 30.00; GST 1.50; QST 2.9925 = 2.99. The five dollars name no goods: no tax in them
        posted(receipt("34.49", "4.49"), refunded("5.00", "0.00")),
        before=posted(receipt("34.49", "4.49")),
        steps=(next_morning("Five dollars are refunded.", refund={"amount": "5.00", "note": "Geste commercial"}),),
    ),
    Case(
        "refund-without-cash",
        "An unpaid order of two cards; one of them comes back.",
        (order({**CARD_OF_TEN, "quantity": 2}),),
        # 20.00 (1.00 + 2.00): 23.00; the one 10.00 (0.50 + 1.00)
        posted(invoice("23.00", "3.00", "11.50"), credit("11.50", "1.50"), payment("0.00")),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(
            next_morning("One card is taken back, no money moves.", refund={"lines": [{"line": 0, "quantity": 1}]}),
        ),
    ),
    Case(
        "refund-over-the-sale",
        "The tuque and seven dollars for the trouble go back.",
        (sold_for("23.00", goods("20.00")),),
        # 20.00 + 3.00 of tax, and 7.00 beyond the sale, without tax
        posted(receipt("23.00", "3.00"), refunded("30.00", "3.00")),
        before=posted(receipt("23.00", "3.00")),
        steps=(
            next_morning(
                "30.00 are refunded on an order of 23.00.",
                refund={"lines": [{"line": 0, "quantity": 1}], "amount": "30.00", "over_refund": True},
            ),
        ),
    ),
    Case(
        "refund-before-first-sight",
        "One of two cards came back the day after, long before the first run.",
        (
            order(
                {**CARD_OF_TEN, "quantity": 2},
                payments=[paid("23.00")],
                created_at="2025-10-29T13:00:00-04:00",
                refunds=[
                    {
                        "processed_at": "2025-10-30T10:00:00-04:00",
                        "lines": [{"line": 0, "quantity": 1}],
                        "payments": [{"payment": 0, "amount": "11.50"}],
                    }
                ],
            ),
        ),
        posted(receipt("23.00", "3.00"), refunded("11.50", "1.50", dated="2025-10-30")),
    ),
    Case(
        "refund-of-an-order-out-of-scope",
        "An order from before the start date is refunded after it.",
        (
            order(
                goods("20.00"),
                payments=[paid("23.00")],
                created_at="2025-10-14T13:00:00-04:00",
                refunds=[
                    {
                        "processed_at": "2025-10-24T10:00:00-04:00",
                        "lines": [{"line": 0, "quantity": 1}],
                        "payments": [{"payment": 0, "amount": "23.00"}],
                    }
                ],
            ),
        ),
        Expected((refunded("23.00", "3.00", dated="2025-10-24"),), ("left out: before-start",)),
    ),
    Case(
        "refund-to-store-credit",
        "Two tuques come back for store credit.",
        (sold_for("45.99", TWO_TUQUES),),
        # 40.00 + 5.99 - 45.99 that the shop owes now: the receipt comes to nothing
        posted(receipt("45.99", "5.99"), refunded("0.00", "5.99")),
        before=posted(receipt("45.99", "5.99")),
        steps=(
            next_morning(
                "The order is refunded to store credit.",
                refund={
                    "lines": [{"line": 0, "quantity": 2}],
                    "payments": [{"payment": None, "gateway": STORE_CREDIT, "amount": "45.99"}],
                },
            ),
        ),
    ),
    Case(
        "refund-tax-only",
        "The buyer shows an exemption afterwards: the taxes are given back.",
        (sold_for("45.99", TWO_TUQUES),),
        # 5.99 of tax and no goods
        posted(receipt("45.99", "5.99"), refunded("5.99", "5.99")),
        before=posted(receipt("45.99", "5.99")),
        steps=(next_morning("The taxes are refunded.", refund={"amount": "5.99", "tax_only": "5.99"}),),
    ),
)

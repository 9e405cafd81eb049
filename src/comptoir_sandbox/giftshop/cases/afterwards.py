"""What happens to an order after it is in the books, and what is cancelled before it comes there."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import (
    CARD,
    credit,
    goods,
    invoice,
    left_out,
    next_morning,
    order,
    payment,
    posted,
    receipt,
    refunded,
    sold_for,
)

CASES = (
    Case(
        "cancelled-before-posting",
        "Cancelled an hour after it was placed, unpaid.",
        (
            order(
                goods("20.00"),
                created_at="2025-10-28T09:00:00-04:00",
                cancelled_at="2025-10-28T10:00:00-04:00",
                cancel_reason="CUSTOMER",
                refunds=[{"processed_at": "2025-10-28T10:00:00-04:00", "lines": [{"line": 0, "quantity": 1}]}],
            ),
        ),
        left_out("cancelled"),
    ),
    Case(
        "cancelled-and-refunded-after-posting",
        "A paid order is cancelled the next morning and the money goes back.",
        (sold_for("45.99", goods("20.00", 2)),),
        posted(receipt("45.99", "5.99"), refunded("45.99", "5.99")),
        before=posted(receipt("45.99", "5.99")),
        steps=(next_morning("The order is cancelled and refunded.", cancel={"reason": "CUSTOMER", "refund": True}),),
    ),
    Case(
        "edited-after-posting-up-paid",
        "A card is added to a paid order and paid.",
        (sold_for("23.00", goods("20.00")),),
        # the added 10.00 (0.50 + 1.00) is a receipt of its own
        posted(receipt("23.00", "3.00"), receipt("11.50", "1.50")),
        before=posted(receipt("23.00", "3.00")),
        steps=(
            next_morning(
                "A card is added and paid by credit card.",
                add_lines=[goods("10.00", title="Carte sérigraphiée", sku="CARTE-SERIE")],
                pay={"gateway": CARD},
            ),
        ),
    ),
    Case(
        "edited-after-posting-down",
        "Of two tuques in a paid order one is taken off, and its money goes back.",
        (sold_for("45.99", goods("20.00", 2)),),
        # one of two: 20.00 (1.00 + 3.99 / 2 = 2.00)
        posted(receipt("45.99", "5.99"), refunded("23.00", "3.00")),
        before=posted(receipt("45.99", "5.99")),
        steps=(
            next_morning(
                "One tuque is taken off and 23.00 go back.",
                quantities=[{"line": 0, "quantity": 1}],
                refund={"amount": "23.00"},
            ),
        ),
    ),
    Case(
        "edited-after-posting-down-unpaid",
        "Of two cards in an unpaid order one is taken off.",
        (order(goods("10.00", 2, title="Carte sérigraphiée", sku="CARTE-SERIE")),),
        # 20.00 (1.00 + 1.995 = 2.00) less 10.00 (0.50 + 1.00)
        posted(invoice("23.00", "3.00", "11.50"), credit("11.50", "1.50"), payment("0.00")),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(next_morning("One card is taken off.", quantities=[{"line": 0, "quantity": 1}]),),
    ),
)

"""What happens to an order after it is in the books, and what is cancelled before it comes there."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Expected, Step, When
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
    Case(
        "cancelled-after-posting",
        "An unpaid order is cancelled the next morning, and its goods are taken back.",
        (order(goods("20.00")),),
        # the store makes a refund of it, without money. Nobody touched the invoice: it is voided, and nothing credited
        Expected((invoice("0.00", "0.00", "0.00"),), ("left out: cancelled",)),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(
            next_morning("The order is cancelled, its goods are back.", cancel={"reason": "CUSTOMER", "refund": False}),
        ),
    ),
    Case(
        "cancelled-after-posting-without-a-refund",
        "An unpaid order is cancelled the next morning; the store makes no refund of it.",
        (order(goods("20.00")),),
        # nobody touched the invoice: it is voided, and comes to nothing
        posted(invoice("0.00", "0.00", "0.00")),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(next_morning("The order is cancelled.", cancel="CUSTOMER"),),
    ),
    Case(
        "deleted",
        "An order that an app made, unpaid, is deleted in the store.",
        (order(goods("20.00"), source_name="wholesale-app"),),
        # it counts as cancelled: nobody touched the invoice, and it is voided
        posted(invoice("0.00", "0.00", "0.00")),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(next_morning("The order is deleted in the store.", delete=True),),
    ),
    Case(
        "changed-in-the-books-by-hand",
        "Somebody moves a sale to another day in the books: it stays as it is, and is shown.",
        (sold_for("23.00", goods("20.00"), created_at="2025-11-04T12:00:00-05:00"),),
        posted(receipt("23.00", "3.00", dated="2025-11-05")),
        before=posted(receipt("23.00", "3.00", dated="2025-11-04")),
        midway=Expected((receipt("23.00", "3.00", dated="2025-11-05"),), ("changed",)),
        steps=(
            Step(
                When.MORNING,
                "Somebody dates the receipt MTL-{order} a day later.",
                books=(
                    {
                        "change": "SalesReceipt",
                        "where": "DocNumber = 'MTL-{order}'",
                        "set": {"TxnDate": "2025-11-05"},
                    },
                ),
            ),
            Step(When.REMEDY, "The new day is right: comptoir accept {order}.", command="accept", mends="changed"),
        ),
    ),
    Case(
        "deleted-in-the-books-by-hand",
        "Somebody deletes a sale in the books: it is shown, and made again only because it is asked for.",
        (sold_for("23.00", goods("20.00")),),
        posted(receipt("23.00", "3.00")),
        before=posted(receipt("23.00", "3.00")),
        midway=Expected(notes=("gone",)),
        steps=(
            Step(
                When.MORNING,
                "Somebody deletes the receipt MTL-{order}.",
                books=({"delete": "SalesReceipt", "where": "DocNumber = 'MTL-{order}'"},),
            ),
            Step(When.REMEDY, "It was a mistake: comptoir retry {order}.", command="retry", mends="gone"),
        ),
    ),
    Case(
        "edited-after-posting-up",
        "A card is added to an unpaid order.",
        (order(goods("20.00")),),
        # nobody touched the invoice: it is raised by 10.00 (0.50 + 1.00)
        posted(invoice("34.50", "4.50", "34.50")),
        before=posted(invoice("23.00", "3.00", "23.00")),
        steps=(
            next_morning("A card is added.", add_lines=[goods("10.00", title="Carte sérigraphiée", sku="CARTE-SERIE")]),
        ),
    ),
)

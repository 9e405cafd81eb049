"""PURE: which items carry what is no product: shipping, discounts, rounding, tips and the like (O7 to O10, O17)."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.facts import LineKind
from comptoir.books.problems import Message
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.questions import Control, Question

SPECIAL = (
    ("tip", LineKind.TIP, Message("Item of tips")),
    ("duty", LineKind.DUTY, Message("Item of import duties")),
    ("handling", LineKind.HANDLING, Message("Item of handling")),
    ("wrap", LineKind.WRAP, Message("Item of gift wrapping")),
    ("fee", LineKind.FEE, Message("Item of fees that the buyer pays")),
)


def charge_questions(setup: Setup) -> Iterator[Question]:
    """The items of what is charged beside goods."""
    found = setup.found
    yield _item(
        setup,
        "shipping",
        Message("Item of shipping"),
        Message("Shipping charges are booked to this item; it is made if it is not there."),
        found.kinds.get(LineKind.SHIPPING, 0),
    )
    yield _item(
        setup,
        "discount",
        Message("Item of discounts"),
        Message("With an item discounts stand on lines of their own; without one, lines are posted net of them."),
        found.discounted,
    )
    for name, kind, label in SPECIAL:
        yield _item(
            setup,
            name,
            label,
            Message("An item of its own shows them apart; left empty, the default product takes them."),
            found.kinds.get(kind, 0),
        )
    yield from _gift_cards(setup)
    yield Question(
        ("items", "default_product"),
        Message("Default product"),
        Message("An item that you have, for lines that match none; left empty, such orders wait."),
        Control.TEXT,
        is_more=True,
        ideas=setup.looked.items,
    )
    yield from _rounding(setup)
    yield _item(
        setup,
        "deposit",
        Message("Item of deposits and eco fees"),
        Message("For fees that you name below; an item of its own shows them apart."),
        0,
    )
    yield Question(
        ("items", "deposit_names"),
        Message("Fees that are deposits or eco fees"),
        Message("As your store names them, one a line."),
        Control.LINES,
        is_more=True,
    )


def _item(setup: Setup, name: str, label: Message, why: Message, orders: int) -> Question:
    example = Message("Orders read that have it: {count}.", {"count": str(orders)}) if orders else None
    return Question(
        ("items", name), label, why, Control.TEXT, example=example, is_more=not orders, ideas=setup.looked.items
    )


def _gift_cards(setup: Setup) -> Iterator[Question]:
    methods = {each.method.casefold() for each in setup.found.methods}
    payments = setup.settings.payments
    sold = setup.found.kinds.get(LineKind.GIFT_CARD, 0)
    used = any(each.casefold() in methods for each in payments.gift_card_methods)
    yield Question(
        ("items", "gift_card"),
        Message("Item of gift cards"),
        Message("A gift card is a debt until it is used, and no income; left empty, such orders wait."),
        Control.TEXT,
        example=Message("Orders read that have it: {count}.", {"count": str(sold)}) if sold else None,
        is_more=not (sold or used),
        ideas=setup.looked.items,
    )
    yield Question(
        ("items", "store_credit"),
        Message("Item of store credit"),
        Message("Store credit is a debt to the buyer too; left empty, orders paid with it wait."),
        Control.TEXT,
        is_more=not any(each.casefold() in methods for each in payments.store_credit_methods),
        ideas=setup.looked.items,
    )


def _rounding(setup: Setup) -> Iterator[Question]:
    yield Question(
        ("items", "rounding"),
        Message("Item of rounding"),
        Message("It carries the cent that the lines of an order and its total differ by; it is made if needed."),
        Control.TEXT,
        is_more=True,
        ideas=setup.looked.items,
    )
    yield Question(
        ("items", "rounding_cap"),
        Message("Largest rounding, in cents"),
        Message("An order whose lines are further from its total than this waits for you."),
        Control.NUMBER,
        is_more=True,
    )

"""What happens to an order that was placed: refunds, exchanges, edits, cancellations."""

from __future__ import annotations

from tests.contract.store.case import (
    CANADA,
    HST,
    INCLUDED,
    PAID,
    PARTLY,
    PARTLY_REFUNDED,
    REFUNDED,
    VAT,
    Case,
    cancelled,
    card,
    edited,
    exchanged,
    paid,
    placed,
    refunded,
)
from tests.contract.store.harness import Charge, Discount, Line, Method, Payment, State, Tax

from comptoir.books.facts import LineKind, PaymentStatus

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

"""What an order carries that is no product, and which item of the settings stands for it (O7-O9, O17)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from comptoir.books.facts import LineKind


class TenderKind(StrEnum):
    """What a payment method brings: money, or the use of what the shop owed the buyer (P2)."""

    MONEY = "money"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"


class Special(StrEnum):
    """Items that carry what is not a product."""

    SHIPPING = "shipping"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    REFUND_DIFFERENCE = "refund_difference"
    TIP = "tip"
    DUTY = "duty"
    HANDLING = "handling"
    WRAP = "wrap"
    FEE = "fee"
    DEPOSIT = "deposit"
    NO_RESTOCK = "no_restock"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"


DEFAULT_PRODUCT = "default_product"
"""The setting of the item for whatever matches none."""
STANDS_FOR: Mapping[str, str] = {
    Special.SHIPPING.value: "shipping",
    Special.DISCOUNT.value: "discounts",
    Special.ROUNDING.value: "rounding",
    Special.REFUND_DIFFERENCE.value: "differences of refunds",
    Special.TIP.value: "tips",
    Special.DUTY.value: "import duties",
    Special.HANDLING.value: "handling",
    Special.WRAP.value: "gift wrapping",
    Special.FEE.value: "fees that the buyer pays",
    Special.DEPOSIT.value: "deposits and eco fees",
    Special.NO_RESTOCK.value: "goods that do not return to stock",
    Special.GIFT_CARD.value: "gift cards",
    Special.STORE_CREDIT.value: "store credit",
    DEFAULT_PRODUCT: "whatever matches no other item",
}
"""What the item of each of these settings stands for, as a sentence says it."""
OWN_ITEMS = {
    LineKind.SHIPPING: Special.SHIPPING,
    LineKind.CASH_ROUNDING: Special.ROUNDING,
    LineKind.HANDLING: Special.HANDLING,
    LineKind.WRAP: Special.WRAP,
    LineKind.FEE: Special.FEE,
    LineKind.DUTY: Special.DUTY,
    LineKind.TIP: Special.TIP,
    LineKind.GIFT_CARD: Special.GIFT_CARD,
}
"""The item of each kind of line but products."""

CHARGES = frozenset(
    {
        Special.TIP,
        Special.DUTY,
        Special.HANDLING,
        Special.WRAP,
        Special.FEE,
        Special.DEPOSIT,
        Special.NO_RESTOCK,
    }
)
"""Items that are optional: without one the default product serves."""
DEBT_OF = {TenderKind.GIFT_CARD: Special.GIFT_CARD, TenderKind.STORE_CREDIT: Special.STORE_CREDIT}
"""The item of a tender that is no money."""
DEBTS = frozenset(DEBT_OF.values())
"""Items that stand for what the shop owes: nothing else ever serves for them."""

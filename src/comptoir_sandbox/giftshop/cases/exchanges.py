"""Goods that come back for others: one document, with what came back below zero."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Json, Step
from comptoir_sandbox.giftshop.parts import goods, next_morning, posted, receipt, refunded, sold_for

TUQUE = goods("20.00")
# 20.00 (1.00 + 2.00): 23.00


def exchange(say: str, given: Json, *, cash: str = "", pays: str = "") -> Step:
    """The tuque comes back and `given` goes out; `cash` goes back, or the buyer `pays` the rest."""
    back = [{"line": 0, "quantity": 1}]
    edit: Json = {"add_lines": [given], "returns": [{"lines": back, "exchange_lines": [1]}]}
    edit["refund"] = {"lines": back, "return": 0, **({"amount": cash} if cash else {})}
    if pays:
        edit["pay"] = {"amount": pays, "gateway": "shopify_payments"}
    return next_morning(say, **edit)


CASES = (
    Case(
        "exchange-even",
        "A red tuque comes back for a blue one.",
        (sold_for("23.00", TUQUE),),
        # -20.00 + 20.00, the taxes likewise
        posted(receipt("23.00", "3.00"), refunded("0.00", "0.00")),
        before=posted(receipt("23.00", "3.00")),
        steps=(
            exchange(
                "The red tuque is exchanged for a blue one.", goods("20.00", title="Tuque bleue", sku="TUQUE-BLEUE")
            ),
        ),
    ),
    Case(
        "exchange-for-less",
        "A tuque comes back for a card, and the rest in money.",
        (sold_for("23.00", TUQUE),),
        # 20.00 - 10.00 = 10.00; 3.00 - 1.50 = 1.50
        posted(receipt("23.00", "3.00"), refunded("11.50", "1.50")),
        before=posted(receipt("23.00", "3.00")),
        steps=(
            exchange(
                "The tuque is exchanged for a card; 11.50 go back.",
                goods("10.00", title="Carte sérigraphiée", sku="CARTE-SERIE"),
                cash="11.50",
            ),
        ),
    ),
    Case(
        "exchange-for-more",
        "A tuque comes back for a teapot, and the buyer pays the rest.",
        (sold_for("23.00", TUQUE),),
        # 30.00 (1.50 + 2.9925 = 2.99) = 34.49, less 23.00; 4.49 - 3.00 = 1.49
        posted(receipt("23.00", "3.00"), receipt("11.49", "1.49")),
        before=posted(receipt("23.00", "3.00")),
        steps=(
            exchange(
                "The tuque is exchanged for a teapot; the buyer pays 11.49.",
                goods("30.00", title="Théière émaillée", sku="THEIERE"),
                pays="11.49",
            ),
        ),
    ),
)

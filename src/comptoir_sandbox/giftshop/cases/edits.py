"""Orders that were edited before anyone saw them: what is left is the sale."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import goods, order, paid, posted, receipt

PLACED, EDITED, PAID = "2025-10-23T10:00:00-04:00", "2025-10-23T11:00:00-04:00", "2025-10-23T12:00:00-04:00"
CARD_OF_TEN = goods("10.00", title="Carte sérigraphiée", sku="CARTE-SERIE")

CASES = (
    Case(
        "quantity-edited",
        "Three tuques ordered, one taken off before paying.",
        (
            order(
                goods("20.00", 3),
                payments=[paid("45.99", processed_at=PAID)],
                created_at=PLACED,
                edits=[{"line": 0, "removed": 1, "at": EDITED}],
            ),
        ),
        # two thirds of 60.00 (3.00 + 5.985 = 5.99): 40.00 (2.00 + 3.99)
        posted(receipt("45.99", "5.99")),
    ),
    Case(
        "line-removed",
        "A card is taken off the order before paying.",
        (
            order(
                goods("20.00"),
                CARD_OF_TEN,
                payments=[paid("23.00", processed_at=PAID)],
                created_at=PLACED,
                edits=[{"line": 1, "removed": 1, "at": EDITED}],
            ),
        ),
        posted(receipt("23.00", "3.00")),
    ),
    Case(
        "line-added",
        "A card is added to the order before paying.",
        (
            order(
                goods("20.00"),
                {**CARD_OF_TEN, "added_at": EDITED},
                payments=[paid("34.50", processed_at=PAID)],
                created_at=PLACED,
            ),
        ),
        # goods 20.00 (1.00 + 2.00) and 10.00 (0.50 + 1.00)
        posted(receipt("34.50", "4.50")),
    ),
)

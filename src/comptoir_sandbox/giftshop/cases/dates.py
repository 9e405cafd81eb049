"""Days: which day an order belongs to, and which orders belong to these books at all."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case
from comptoir_sandbox.giftshop.parts import goods, left_out, posted, receipt, sold_for

TUQUE = goods("20.00")
# 20.00 (1.00 + 2.00): 23.00

CASES = (
    Case("test-order", "The owner tries the checkout.", (sold_for("23.00", TUQUE, test=True),), left_out("test-order")),
    Case(
        "before-the-start-date",
        "Placed a second before the first day of these books, and touched since.",
        (sold_for("23.00", TUQUE, created_at="2025-10-19T23:59:59-04:00", touched_at="2025-10-21T09:00:00-04:00"),),
        left_out("before-start"),
    ),
    Case(
        "exactly-at-midnight",
        "Placed in the first second of the first day, by the shop's clock.",
        (sold_for("23.00", TUQUE, created_at="2025-10-20T00:00:00-04:00"),),
        posted(receipt("23.00", "3.00", dated="2025-10-20")),
    ),
    Case(
        "on-the-day-clocks-change",
        "2 November has 25 hours: one order in its first half past one, one before its midnight, which is the next day "
        "by Greenwich.",
        (
            sold_for("23.00", TUQUE, created_at="2025-11-02T01:30:00-04:00"),
            sold_for("23.00", TUQUE, created_at="2025-11-02T23:30:00-05:00"),
        ),
        posted(receipt("23.00", "3.00", dated="2025-11-02"), receipt("23.00", "3.00", dated="2025-11-02")),
    ),
)

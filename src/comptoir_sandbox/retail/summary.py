"""The account of a loaded file: what became of every penny of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import date

    from comptoir_sandbox.retail.documents import LeftOut

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts and sums in the shop's currency. `sales_total` - `refund_total` + `left_out_total` = `file_total`."""

    documents: int
    orders: int
    sales_total: Decimal
    refunds: int
    refund_total: Decimal
    refunds_matched: int
    """Refunds of an order of the file."""
    refunds_standalone: int
    """Refunds of an order from before the file, which was made for them."""
    orders_before_start: int
    left_out: tuple[LeftOut, ...]
    file_total: Decimal
    start_date: date
    """The first day of the month of the first document."""

    @property
    def left_out_total(self) -> Decimal:
        """The sum of what was left out."""
        return sum((each.amount for each in self.left_out), ZERO)

    def left_out_by_reason(self) -> dict[str, dict[str, Any]]:
        """Return reason -> number of documents and amount (text)."""
        amounts: dict[str, list[Decimal]] = {}
        for each in self.left_out:
            amounts.setdefault(each.reason, []).append(each.amount)
        return {
            reason: {"documents": len(found), "amount": _text(sum(found, ZERO))}
            for reason, found in sorted(amounts.items())
        }

    def headline(self) -> dict[str, Any]:
        """Return the account without the single rows, as JSON values; amounts are text."""
        return {
            "documents": self.documents,
            "orders": self.orders,
            "sales_total": _text(self.sales_total),
            "refunds": self.refunds,
            "refund_total": _text(self.refund_total),
            "refunds_matched": self.refunds_matched,
            "refunds_standalone": self.refunds_standalone,
            "orders_before_start": self.orders_before_start,
            "left_out_count": len(self.left_out),
            "left_out_total": _text(self.left_out_total),
            "left_out_by_reason": self.left_out_by_reason(),
            "file_total": _text(self.file_total),
            "start_date": self.start_date.isoformat(),
        }

    def as_json(self) -> dict[str, Any]:
        """Return the whole account, `left_out` row by row included."""
        rows = [
            {"document": each.document, "reason": each.reason, "amount": _text(each.amount)} for each in self.left_out
        ]
        return {**self.headline(), "left_out": rows}


def _text(amount: Decimal) -> str:
    """Two decimals at least, more only where the file has them."""
    shown = amount.quantize(Decimal("0.01"))
    return f"{shown if shown == amount else amount.normalize():f}"

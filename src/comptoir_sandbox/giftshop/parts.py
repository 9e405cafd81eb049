"""The pieces of an order as a seed file writes them: lines, taxes, payments, buyers; and of what is expected of it."""

from __future__ import annotations

from typing import Any

from comptoir_sandbox.giftshop.model import Expected, Json, Paper, Step, When

GST: Json = {"title": "GST", "rate": "0.05"}
QST: Json = {"title": "QST", "rate": "0.09975"}
BOTH = [GST, QST]
"""What Québec charges on nearly everything."""
HST: Json = {"title": "HST ON", "rate": "0.13"}
CARD, PAYPAL, CASH, INTERAC, CHEQUE = "shopify_payments", "paypal", "cash", "interac", "cheque"
GIFT_CARD, STORE_CREDIT = "gift_card", "shopify_store_credit"


def goods(
    price: str, quantity: int = 1, *, title: str = "Tuque à pompon", sku: str = "TUQUE-ROUGE", **more: Any
) -> Json:
    """A product of the catalogue, with both taxes."""
    return {"title": title, "sku": sku, "quantity": quantity, "unit_price": price, "taxes": BOTH, **more}


def shipping(price: str, title: str = "Postes Canada, colis accélérés", **more: Any) -> Json:
    """A shipping line with both taxes."""
    return {"title": title, "price": price, "taxes": BOTH, **more}


def paid(amount: str, gateway: str = CARD, **more: Any) -> Json:
    """A payment."""
    return {"amount": amount, "gateway": gateway, **more}


def order(*lines: Json, payments: list[Json] | None = None, **more: Any) -> Json:
    """An order of these lines."""
    return {"lines": list(lines), "payments": payments or [], **more}


def sold_for(amount: str, *lines: Json, gateway: str = CARD, **more: Any) -> Json:
    """An order paid at once with one payment of `amount`."""
    return order(*lines, payments=[paid(amount, gateway)], **more)


def receipt(total: str, tax: str, **more: str) -> Paper:
    """A sales receipt."""
    return Paper("SalesReceipt", total, tax, **more)


def invoice(total: str, tax: str, open_: str, **more: str) -> Paper:
    """An invoice and what is open of it."""
    return Paper("Invoice", total, tax, open_, **more)


def payment(total: str) -> Paper:
    """A payment; of nothing where it joins a credit and an invoice."""
    return Paper("Payment", total)


def refunded(total: str, tax: str, **more: str) -> Paper:
    """A refund receipt."""
    return Paper("RefundReceipt", total, tax, **more)


def credit(total: str, tax: str) -> Paper:
    """A credit memo, used up."""
    return Paper("CreditMemo", total, tax, "0.00")


def posted(*papers: Paper) -> Expected:
    """Just these documents."""
    return Expected(papers)


def left_out(rule: str) -> Expected:
    """No document, by a rule."""
    return Expected(notes=(f"left out: {rule}",))


def held(code: str, *papers: Paper) -> Expected:
    """Held by this problem; what is in the books all the same."""
    return Expected(papers, (f"held: {code}",))


def next_morning(say: str, order: int = 1, **edit: Any) -> Step:
    """An edit of the order in the store, between the first run and the second."""
    return Step(When.MORNING, say, store=edit, order=order)

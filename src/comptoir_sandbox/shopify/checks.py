"""What a cart must hold before it is priced: indexes that point somewhere, parents of the right kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.pricing import CartError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comptoir_sandbox.shopify.cart import Cart, Payment, Refund, Terms

AUTHORIZATIONS = ("AUTHORIZATION", "EMV_AUTHORIZATION")
MOST_DUTIES = 4
"""Of one line: their numeric ids are made of the line's place."""
PARENTS = {"CAPTURE": AUTHORIZATIONS, "VOID": AUTHORIZATIONS, "CHANGE": ("SALE",)}


def check(cart: Cart) -> None:
    """Raise CartError with everything that is wrong."""
    found = [*_of_the_order(cart), *_of_payments(cart), *_of_refunds(cart), *_of_returns(cart), *_of_fulfillments(cart)]
    if found:
        raise CartError(f"{cart.name}: {'; '.join(found)}")


def _of_the_order(cart: Cart) -> Iterator[str]:
    if cart.presentment is not None and cart.presentment.rate <= 0:
        yield "the presentment rate must be positive"
    if cart.tip_without_line < 0:
        yield "a tip is not negative"
    if any(len(line.duties) > MOST_DUTIES for line in cart.lines):
        yield f"a line has at most {MOST_DUTIES} duties"
    for edit in cart.edits:
        if not 0 <= edit.line < len(cart.lines):
            yield f"an edit is of line {edit.line}, which is not there"
    if cart.terms is not None:
        yield from _of_terms(cart.terms)


def _of_terms(terms: Terms) -> Iterator[str]:
    needed = {"NET": ("due_in_days", "issued_at"), "RECEIPT": ("issued_at",), "FIXED": ("due_at",)}.get(terms.type, ())
    for name in needed:
        if getattr(terms, name) is None:
            yield f"terms {terms.type} need {name}"


def _of_payments(cart: Cart) -> Iterator[str]:
    for at, payment in enumerate(cart.payments):
        if payment.amount < 0 or (payment.rate is not None and payment.rate <= 0):
            yield f"payment {at} needs an amount that is not negative and a positive rate"
        if payment.expired and payment.kind not in AUTHORIZATIONS:
            yield f"payment {at} expired, but is no authorization"
        yield from _of_parent(cart, at, payment)


def _of_parent(cart: Cart, at: int, payment: Payment) -> Iterator[str]:
    kinds = PARENTS.get(payment.kind)
    if kinds is None:
        if payment.parent is not None:
            yield f"payment {at} is a {payment.kind}, which has no parent"
    elif payment.parent is None or not 0 <= payment.parent < at or cart.payments[payment.parent].kind not in kinds:
        yield f"payment {at} is a {payment.kind}: its parent must be an earlier {kinds[0]}"


def _of_refunds(cart: Cart) -> Iterator[str]:
    for at, refund in enumerate(cart.refunds):
        if refund.return_index is not None and not 0 <= refund.return_index < len(cart.returns):
            yield f"refund {at} is of return {refund.return_index}, which is not there"
        yield from (f"refund {at} {message}" for message in _of_places(cart, refund))


def _of_places(cart: Cart, refund: Refund) -> Iterator[str]:
    lines = [each.line for each in refund.lines] + [each.line for each in refund.duties]
    if any(not 0 <= line < len(cart.lines) for line in lines):
        yield "is of a line that is not there"
    elif any(not 0 <= each.duty < len(cart.lines[each.line].duties) for each in refund.duties):
        yield "is of a duty that is not there"
    if refund.duties and cart.duties_included:
        yield "gives duties back that are included in the prices"
    if any(not 0 <= each.line < len(cart.shipping) or cart.shipping[each.line].removed for each in refund.shipping):
        yield "is of a shipping line that is not there"
    for each in refund.payments:
        if each.payment is None and not each.gateway:
            yield "pays without a payment or a gateway"
        if each.payment is not None and (each.gateway or not 0 <= each.payment < len(cart.payments)):
            yield "pays through a payment that is not there, or names a gateway beside it"


def _of_returns(cart: Cart) -> Iterator[str]:
    for at, each in enumerate(cart.returns):
        if any(not 0 <= line.line < len(cart.lines) for line in each.lines):
            yield f"return {at} is of a line that is not there"
        if any(not 0 <= line < len(cart.lines) or cart.lines[line].added_at is None for line in each.exchange_lines):
            yield f"return {at}: an exchange line must be a line with added_at"
        if any(fee < 0 for fee in (*each.shipping_fees, *(line.restocking_fee for line in each.lines))):
            yield f"return {at}: a fee is not negative"


def _of_fulfillments(cart: Cart) -> Iterator[str]:
    for at, each in enumerate(cart.fulfillments or ()):
        if any(not 0 <= part.line < len(cart.lines) or cart.lines[part.line].is_tip for part in each.lines):
            yield f"fulfillment {at} is of a line that is not there, or of a tip"
        elif any(part.quantity <= 0 for part in each.lines):
            yield f"fulfillment {at}: a quantity is positive"

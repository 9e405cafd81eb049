"""PURE: an order record of Shopify as a fact of the books (shopify.md §4; posting rules, sections 1, 3, 6, 7).

The sale is posted as first sold and each refund by a document of its own, so that sale - refunds = the store's
current total: `Order.total` = current total + the value of all refunds. For an order that no edit touched that is
the original total.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import msgspec

from comptoir.books.facts import Order, OrderLine, PaymentStatus, SourceId, StoreIdentity, Untranslatable
from comptoir.books.money import CurrencyMismatchError, Money, total
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.adjustments import with_tax_alone
from comptoir.stores.shopify.translate.balance import Reasons, in_shop_money, reasons_of
from comptoir.stores.shopify.translate.basics import (
    UnreadableError,
    field_and_detail,
    money,
    noise,
    number_of,
    order_number,
)
from comptoir.stores.shopify.translate.lines import cash_rounding, lines_total, marketplace_tax, sold_lines
from comptoir.stores.shopify.translate.people import address_of, buyer_of
from comptoir.stores.shopify.translate.presentment import NotStatedError, as_buyer_saw
from comptoir.stores.shopify.translate.refunds import Taken, taken_back
from comptoir.stores.shopify.translate.returns import (
    Swap,
    exchanged_items,
    fees_of,
    paid_with_goods,
    refunds_of,
    swaps_of,
)
from comptoir.stores.shopify.translate.settled import Pieces, settled_pieces, with_settled_edits
from comptoir.stores.shopify.translate.shipped import shipped_at
from comptoir.stores.shopify.translate.tenders import cash, payments

TRANSLATOR_VERSION = 11
IDENTITY_PREFIX = "shopify:"
DOMAIN_SUFFIX = ".myshopify.com"


def translate(payload: Mapping[str, object], *, store: StoreIdentity) -> Order | Untranslatable:
    """The fact that a complete order record states, or the field in which it states none."""
    try:
        order = msgspec.convert(dict(payload), wire.Order)
    except msgspec.ValidationError as error:
        return _untranslatable(payload, *field_and_detail(str(error)))
    seen = _as_buyer_saw(payload, order)
    try:
        made = _order(order, store, seen)
    except UnreadableError as error:
        return _untranslatable(payload, error.field, error.detail)
    except CurrencyMismatchError as error:
        return _untranslatable(payload, "currencyCode", f"an amount is not in the shop's currency: {error}")
    return replace(made, as_paid=_as_paid(seen, store))


def _order(order: wire.Order, store: StoreIdentity, seen: wire.Order | None = None) -> Order:
    """The order; `seen` is the same record in the buyer's money, where that is another."""
    _check_complete(order)
    tenders = payments(order)
    taken = taken_back(order)
    exchanged, swaps = exchanged_items(order), swaps_of(order, taken)
    reasons, pieces = _settled(order, seen)
    taken = with_settled_edits(order, taken, pieces)
    pairs = zip(taken, reasons, strict=True)
    taken = [replace(each, refund=replace(each.refund, kept=reason.kept)) for each, reason in pairs]
    sold = _sold_quantities(order, taken, exchanged)
    charges = frozenset(place for each in taken for place in each.charges)
    lines = sold_lines(order, sold, charges)
    source_id = number_of(order.id)
    return Order(
        store=store,
        source_id=source_id,
        number=order_number(order.name),
        placed_at=order.processed_at,
        updated_at=order.updated_at,
        currency=order.currency_code,
        total=_total(order, taken, swaps, sold=sold, lines=lines),
        prices_include_tax=order.taxes_included,
        status=_status(order.display_financial_status),
        lines=lines,
        tenders=tenders,
        refunds=refunds_of(swaps, with_tax_alone(order, taken, lines), order.currency_code),
        buyer=buyer_of(order),
        billing=address_of(order.billing_address),
        shipping=address_of(order.shipping_address),
        due_on=_due_on(order),
        paid_currency=order.presentment_currency_code,
        shipped_at=shipped_at(order, swaps, exchanged),
        cancelled_at=order.cancelled_at,
        test=order.test,
        note=order.note or "",
        url=_url(store, source_id),
        tax_exempt=order.tax_exempt,
    )


def _settled(order: wire.Order, seen: wire.Order | None) -> tuple[list[Reasons], Pieces]:
    """Why the cash of each refund is not its value, and which removed goods it pays for.

    Told by the buyer's money, where no amount is converted.
    """
    if seen is not None:
        try:
            reasons, pieces = _settled(seen, None)
            return in_shop_money(reasons, order, seen), pieces
        except (UnreadableError, CurrencyMismatchError):
            pass  # the shop's side is complete
    taken, currency = taken_back(order), order.currency_code
    swaps = swaps_of(order, taken)
    paid = cash(payments(order), currency) + paid_with_goods(swaps, taken, currency)
    reasons = reasons_of(order, taken, paid=paid, fees=fees_of(swaps, taken, currency))
    return reasons, settled_pieces(order, taken, [each.settled for each in reasons], exchanged_items(order))


def _as_buyer_saw(payload: Mapping[str, object], order: wire.Order) -> wire.Order | None:
    """The same record in the buyer's money, where that is another than the shop's and the record states all of it."""
    if order.presentment_currency_code == order.currency_code:
        return None
    try:
        return msgspec.convert(as_buyer_saw(payload), wire.Order)
    except NotStatedError:
        return None


def _as_paid(seen: wire.Order | None, store: StoreIdentity) -> Order | None:
    """The same order in the buyer's money.

    Shopify states no rate of the order itself: a payment's shop amount has the rate of its own day, and a settlement's
    rate is the payout's (shopify.md §4.4 (12), §4.6). So `shop_rate` stays empty.
    """
    if seen is None:
        return None
    try:
        return _order(seen, store)
    except (UnreadableError, CurrencyMismatchError):
        return None  # the shop's side is complete; an order to be posted in the buyer's money is held without this


def _check_complete(order: wire.Order) -> None:
    """A list that goes on would be posted in part: such a record is never an order."""
    returns = order.returns.nodes if order.returns else ()
    lists: dict[str, bool] = {
        "lineItems": order.line_items.page_info.has_next_page,
        "shippingLines": order.shipping_lines.page_info.has_next_page,
        "refunds": any(
            part.page_info.has_next_page
            for refund in order.refunds
            for part in (
                refund.refund_line_items,
                refund.refund_shipping_lines,
                refund.transactions,
                refund.order_adjustments,
            )
            if part is not None
        ),
        "returns": bool(order.returns and order.returns.page_info.has_next_page)
        or any(
            part.page_info.has_next_page
            for returned in returns
            for part in (returned.return_line_items, returned.exchange_line_items, returned.refunds)
        ),
    }
    for name, goes_on in lists.items():
        if goes_on:
            raise UnreadableError(name, "the record holds only the first page of this list")


def _sold_quantities(order: wire.Order, taken: list[Taken], exchanged: frozenset[str]) -> dict[str, int]:
    """By line item of the sale: what is left, and what the refunds of their own documents took back."""
    refunded = sum((each.quantities for each in taken), start=Counter[str]())
    items = (item for item in order.line_items.nodes if item.id not in exchanged)
    return {item.id: item.current_quantity + refunded[item.id] for item in items}


def _total(
    order: wire.Order,
    taken: Sequence[Taken],
    swaps: Sequence[Swap],
    *,
    sold: Mapping[str, int],
    lines: tuple[OrderLine, ...],
) -> Money:
    """The reference total (posting rules, section 1), with cash rounding and without a marketplace's tax.

    For an edited order, and one with an exchange: current total + value of the refunds - goods given in exchange. For
    any other the original total: the stated value of a refund may be nothing although cash went out (shopify.md §4.7),
    so the way back over the refunds is the less certain one. It is taken only when the lines themselves confirm it and
    not the original, as after a change of taxes without an edit (2026-10); never for what conversion alone explains: it
    is a sum of figures that are converted one by one, and would be another one with each refund.
    """
    theirs = marketplace_tax(lines, order)
    rounding = cash_rounding(order)
    original = money(order.total_price_set) + rounding - theirs
    taken_value = total((each.value for each in taken), order.currency_code)
    given = total((swap.worth for swap in swaps), order.currency_code)
    restated = money(order.current_total_price_set) + taken_value - given + rounding - theirs
    edited = any(sold.get(item.id) != item.quantity for item in order.line_items.nodes)
    edited = edited or any(charge.is_removed for charge in order.shipping_lines.nodes)
    by_lines = lines_total(lines, order)
    if edited:
        return by_lines if abs((restated - by_lines).amount) <= noise(order).amount else restated
    crumbs = abs((restated - original).amount) <= noise(order).amount and restated != original
    return restated if by_lines == restated and not crumbs else original


def _status(stated: str | None) -> PaymentStatus:
    """Shopify's financial status; none yet, or one that is new, means that nothing is known to be paid."""
    try:
        return PaymentStatus((stated or "").lower())
    except ValueError:
        return PaymentStatus.PENDING


def _due_on(order: wire.Order) -> date | None:
    """The date of the first open instalment.

    It is the date in UTC, as the wire states the moment: the shop's zone is not part of the record.
    """
    if order.payment_terms is None:
        return None
    schedules = order.payment_terms.payment_schedules.nodes
    return next((each.due_at.date() for each in schedules if each.due_at and not each.completed_at), None)


def _url(store: StoreIdentity, source_id: SourceId) -> str:
    """The order's page in Shopify's administration."""
    name = store.removeprefix(IDENTITY_PREFIX).removesuffix(DOMAIN_SUFFIX)
    return f"https://admin.shopify.com/store/{name}/orders/{source_id}"


def _untranslatable(payload: Mapping[str, object], field: str, detail: str) -> Untranslatable:
    gid, name = payload.get("id"), payload.get("name")
    return Untranslatable(
        source_id=number_of(gid) if isinstance(gid, str) else SourceId(""),
        number=order_number(name) if isinstance(name, str) else "",
        field=field,
        detail=detail,
    )

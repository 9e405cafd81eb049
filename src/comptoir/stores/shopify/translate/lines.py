"""Order lines as sold: goods, tips, gift cards, duties, shipping, fees, cash rounding (shopify.md §4.4, §4.5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from comptoir.books.facts import LineKind, OrderLine, SourceId, TaxCollector, TaxLine
from comptoir.books.money import Money, allocate, total, zero
from comptoir.stores.shopify import wire
from comptoir.stores.shopify.translate.basics import (
    discount_of,
    money,
    number_of,
    share,
    tax_lines,
    tax_total,
)

TIP_NAME = "Tip"
ONE = Decimal(1)


def sold_lines(
    order: wire.Order, sold: Mapping[str, int], charges: Collection[int] = frozenset()
) -> tuple[OrderLine, ...]:
    """Every line with the quantity of `sold` (by gid); lines of which nothing was sold are left out.

    `charges`: the places of shipping lines that were sold although they were removed since.
    """
    return (
        *goods_lines(order, sold),
        *_duties(order, sold),
        *_untold_tip(order),
        *_shipping(order, charges),
        *_fees(order),
        *_cash_rounding(order),
    )


def line_of(item: wire.LineItem, order: wire.Order, quantity: int) -> OrderLine:
    """`quantity` units of a line item: amounts of another quantity than the original are scaled."""
    gross = money(item.original_total_set)
    unit = money(item.original_unit_price_set)
    if quantity != item.quantity:
        gross = (unit * Decimal(quantity)).rounded()
    return _line(
        order,
        source_id=number_of(item.id),
        kind=kind_of(item, order),
        name=item.name,
        sku=(item.sku or "").strip(),
        quantity=Decimal(quantity),
        unit_price=unit,
        gross=gross,
        discount=share(discount_of(item.discount_allocations, order.currency_code), quantity, item.quantity),
        taxes=tax_lines(_taxes_of(item, order), part=quantity, whole=item.quantity),
    )


def _taxes_of(item: wire.LineItem, order: wire.Order) -> Sequence[wire.TaxLine]:
    """The taxes of a line item, with those of its duties where its price holds them."""
    inside = item.duties if order.duties_included else ()
    return [*item.tax_lines, *(tax for duty in inside for tax in duty.tax_lines)]


def kind_of(item: wire.LineItem, order: wire.Order) -> LineKind:
    """What a line item is for: goods, a gift card sold, or a tip (shopify.md §4.4 (14, 15)).

    A tip has no product. Asking for the product takes a scope of its own (read_products), so its vendor is asked
    instead: every product has one, and the line keeps it when the product is deleted.
    """
    if item.is_gift_card:
        return LineKind.GIFT_CARD
    if _is_named_tip(item) or (not item.vendor and _is_unnamed_tip(item, order)):
        return LineKind.TIP
    return LineKind.PRODUCT


def _is_named_tip(item: wire.LineItem) -> bool:
    return not item.vendor and item.name == TIP_NAME


def _is_unnamed_tip(item: wire.LineItem, order: wire.Order) -> bool:
    """Whether this line is the tip under another name.

    It is when the lines exceed the stated subtotal by just the tip, and the line has its amount. A tip is untaxed, and
    where a line is named so, an own item of the same amount is none.
    """
    tip = money(order.total_tip_received_set)
    if tip.is_zero or order.subtotal_price_set is None or money(item.original_total_set) != tip:
        return False
    if any(not money(tax.price_set).is_zero for tax in item.tax_lines):
        return False
    if any(map(_is_named_tip, order.line_items.nodes)):
        return False
    currency = order.currency_code
    net = total((money(each.original_total_set) for each in order.line_items.nodes), currency) - total(
        (discount_of(each.discount_allocations, currency) for each in order.line_items.nodes), currency
    )
    return net - money(order.subtotal_price_set) == tip


def goods_lines(order: wire.Order, sold: Mapping[str, int]) -> Iterator[OrderLine]:
    """The line items of which `sold` names units."""
    for item in order.line_items.nodes:
        if sold.get(item.id):
            yield line_of(item, order, sold[item.id])


def _duties(order: wire.Order, sold: Mapping[str, int]) -> Iterator[OrderLine]:
    """Import duties, each a line of its own; where the prices hold them there are none."""
    if order.duties_included:
        return
    entries = [(item, duty) for item in order.line_items.nodes if item.id in sold for duty in item.duties]
    scaled = [share(money(duty.price), sold[item.id], item.quantity) for item, duty in entries]
    for (_, duty), amount in zip(entries, _sold_duties(order, scaled, [duty for _, duty in entries]), strict=True):
        price = money(duty.price)
        if not amount.is_zero or price.is_zero:
            yield _single(
                order,
                source_id=number_of(duty.id),
                kind=LineKind.DUTY,
                name="Duty",
                gross=amount,
                taxes=tax_lines(duty.tax_lines, part=amount.amount, whole=price.amount),
            )


def _sold_duties(order: wire.Order, scaled: list[Money], duties: Sequence[wire.Duty]) -> Sequence[Money]:
    """How much of each duty was sold: what is left of them all and what refunds took back, as the order states it.

    An edit may leave the duties of the units that it removes; only the sum says. Without it, and where it confirms
    them, the amounts follow the units.
    """
    if order.current_total_duties_set is None or not duties:
        return scaled
    refunded = [money(duty.amount_set) for refund in order.refunds for duty in refund.duties or ()]
    kept = total([money(order.current_total_duties_set), *refunded], order.currency_code)
    if total(scaled, order.currency_code) == kept:
        return scaled
    return allocate(kept, [money(duty.price).amount for duty in duties])


def _untold_tip(order: wire.Order) -> Iterator[OrderLine]:
    """A tip taken at a payment terminal may come without a line of its own."""
    told = total(
        (money(item.original_total_set) for item in order.line_items.nodes if kind_of(item, order) is LineKind.TIP),
        order.currency_code,
    )
    untold = money(order.total_tip_received_set) - told
    if untold > zero(order.currency_code):
        yield _single(order, source_id=SourceId("tip"), kind=LineKind.TIP, name=TIP_NAME, gross=untold)


def _shipping(order: wire.Order, charges: Collection[int]) -> Iterator[OrderLine]:
    for place, charge in enumerate(order.shipping_lines.nodes):
        if not charge.is_removed or place in charges:
            yield charge_line(order, place)


def charge_line(order: wire.Order, place: int) -> OrderLine:
    """The shipping line of this place, whether it was removed or not."""
    charge = order.shipping_lines.nodes[place]
    return _single(
        order,
        source_id=number_of(charge.id) if charge.id else SourceId(f"shipping-{place + 1}"),
        kind=LineKind.SHIPPING,
        name=charge.title,
        gross=money(charge.original_price_set),
        discount=discount_of(charge.discount_allocations, order.currency_code),
        taxes=tax_lines(charge.tax_lines),
    )


def _fees(order: wire.Order) -> Iterator[OrderLine]:
    for fee in order.additional_fees:
        yield _single(
            order,
            source_id=number_of(fee.id),
            kind=LineKind.FEE,
            name=fee.name,
            gross=money(fee.price),
            taxes=tax_lines(fee.tax_lines),
        )


def cash_rounding(order: wire.Order) -> Money:
    """What the till added to (or, below zero, took from) the total to meet the coins there are."""
    adjustment = order.total_cash_rounding_adjustment
    return zero(order.currency_code) if adjustment is None else money(adjustment.payment_set)


def _cash_rounding(order: wire.Order) -> Iterator[OrderLine]:
    amount = cash_rounding(order)
    if not amount.is_zero:
        yield _single(
            order,
            source_id=SourceId("cash-rounding"),
            kind=LineKind.CASH_ROUNDING,
            name="Cash rounding",
            gross=amount,
        )


def _single(
    order: wire.Order,
    *,
    source_id: SourceId,
    kind: LineKind,
    name: str,
    gross: Money,
    discount: Money | None = None,
    taxes: tuple[TaxLine, ...] = (),
) -> OrderLine:
    """A line of one unit without a SKU."""
    return _line(
        order,
        source_id=source_id,
        kind=kind,
        name=name,
        sku="",
        quantity=ONE,
        unit_price=gross,
        gross=gross,
        discount=discount or zero(order.currency_code),
        taxes=taxes,
    )


def _line(  # noqa: PLR0913 - the columns of a line
    order: wire.Order,
    *,
    source_id: SourceId,
    kind: LineKind,
    name: str,
    sku: str,
    quantity: Decimal,
    unit_price: Money | None,
    gross: Money,
    discount: Money,
    taxes: tuple[TaxLine, ...],
) -> OrderLine:
    """A line; a marketplace's tax inside the price is taken out of it, for it is never the merchant's revenue."""
    theirs = tax_total(taxes, order.currency_code, TaxCollector.MARKETPLACE)
    if order.taxes_included and not theirs.is_zero:
        gross, unit_price = gross - theirs, None
    return OrderLine(
        source_id=source_id,
        kind=kind,
        name=name,
        sku=sku,
        quantity=quantity,
        unit_price=unit_price,
        gross=gross,
        discount=discount,
        taxes=taxes,
    )


def worth(line: OrderLine, order: wire.Order) -> Money:
    """What a line adds to the store's total: net, and its taxes, those of a marketplace too."""
    theirs = tax_total(line.taxes, order.currency_code, TaxCollector.MARKETPLACE)
    own = tax_total(line.taxes, order.currency_code, TaxCollector.MERCHANT)
    return line.net + theirs + (zero(order.currency_code) if order.taxes_included else own)


def lines_total(lines: Sequence[OrderLine], order: wire.Order) -> Money:
    """What the lines add up to: net, and the merchant's tax where it is added to the prices."""
    net = total((line.net for line in lines), order.currency_code)
    if order.taxes_included:
        return net
    taxes = (tax for line in lines for tax in line.taxes)
    return net + tax_total(taxes, order.currency_code, TaxCollector.MERCHANT)


def marketplace_tax(lines: Sequence[OrderLine], order: wire.Order) -> Money:
    """The tax of these lines that a marketplace remits itself."""
    taxes = (tax for line in lines for tax in line.taxes)
    return tax_total(taxes, order.currency_code, TaxCollector.MARKETPLACE)

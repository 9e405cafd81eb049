"""orderCreate: an order made through the API, as importers and other channels make them (shopify.md §4.1, §4.2).

Amounts are taken in the currency the buyer saw. Taxes are those stated on lines and shipping lines; a tax without an
amount is worked out of its rate. Discounts, customers and a financial status without transactions are not simulated.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.cart import Attribute, Cart, CartLine, CartShipping, Payment, Presentment, Tax
from comptoir_sandbox.shopify.checks import AUTHORIZATIONS
from comptoir_sandbox.shopify.money import ZERO, rounded
from comptoir_sandbox.shopify.mutations.answers import UserError, answered, number_of, show
from comptoir_sandbox.shopify.pricing import CartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.shopify.call import Info

FIRST_ID = 6_900_000_000_000
FIRST_NUMBER = 1001


@answered("OrderCreatePayload", errors="OrderCreateUserError")
def order_create(info: Info, **arguments: Any) -> dict[str, Any]:
    """Store a new order with the next number."""
    wanted: Mapping[str, Any] = arguments["order"]
    shop = info.context.shop
    if not wanted.get("lineItems"):
        raise UserError(["order", "lineItems"], "Line items must have at least one line item", code="INVALID")
    with shop.lock:
        now = shop.now().replace(microsecond=0)
        numbers = [order.cart.number for order in shop.orders()]
        number = max(numbers, default=FIRST_NUMBER - 1) + 1
        try:
            cart = _Reader(wanted, shop.facts.currency, now).cart(FIRST_ID + number, number)
            order = shop.put(cart)
        except CartError as error:
            raise UserError(["order"], str(error).partition(": ")[2], code="INVALID") from error
    return {"order": show(info, order)}


class _Reader:
    """Reads one OrderCreateOrderInput. UserError names what is wrong."""

    def __init__(self, wanted: Mapping[str, Any], currency: str, now: datetime) -> None:
        self._wanted = wanted
        self._shop_currency = currency
        self._now = now
        self._seen = wanted.get("presentmentCurrency") or wanted.get("currency") or currency

    def cart(self, known: int, number: int) -> Cart:
        """Return the cart."""
        wanted = self._wanted
        processed = self._time(wanted.get("processedAt")) or self._now
        if processed > self._now:
            raise UserError(
                ["order", "processedAt"], "Processed at cannot be in the future", code="PROCESSED_AT_INVALID"
            )
        payments = tuple(self._payments(processed))
        return Cart(
            id=known,
            number=number,
            name=wanted.get("name") or f"#{number}",
            created_at=self._now,
            processed_at=processed,
            closed_at=self._time(wanted.get("closedAt")),
            currency=self._shop_currency,
            presentment=self._presentment(),
            taxes_included=bool(wanted.get("taxesIncluded")),
            lines=tuple(self._line(at, each) for at, each in enumerate(wanted["lineItems"])),
            shipping=tuple(self._shipping(each) for each in wanted.get("shippingLines") or ()),
            payments=payments,
            no_financial_status=not payments,
            fulfillments=None if wanted.get("fulfillmentStatus") == "FULFILLED" else (),
            email=wanted.get("email"),
            phone=wanted.get("phone"),
            note=wanted.get("note"),
            tags=tuple(wanted.get("tags") or ()),
            attributes=tuple(
                Attribute(key=each["key"], value=each["value"]) for each in wanted.get("customAttributes") or ()
            ),
            po_number=wanted.get("poNumber"),
            source_name=wanted.get("sourceName") or "api",
            source_identifier=wanted.get("sourceIdentifier"),
            test=bool(wanted.get("test")),
        )

    def _presentment(self) -> Presentment | None:
        """Take the order's rate from the first line that is stated in both currencies."""
        if self._seen == self._shop_currency:
            return None
        for each in self._wanted["lineItems"]:
            rate = _rate(each.get("priceSet") or {})
            if rate is not None:
                return Presentment(currency=self._seen, rate=rate)
        message = "Line items must be priced in the shop's currency and the presentment currency"
        raise UserError(["order", "lineItems"], message, code="INVALID")

    def _amount(self, bag: Mapping[str, Any]) -> Decimal:
        money = bag.get("presentmentMoney") if self._seen != self._shop_currency else bag.get("shopMoney")
        money = money or bag["shopMoney"]
        return rounded(Decimal(str(money["amount"])), self._seen)

    def _line(self, at: int, each: Mapping[str, Any]) -> CartLine:
        if each["quantity"] <= 0 or not each.get("title") or each.get("priceSet") is None:
            message = "Line items must have a title, a price and a positive quantity"
            raise UserError(["order", "lineItems", str(at)], message, code="INVALID")
        return CartLine(
            title=each["title"],
            quantity=each["quantity"],
            unit_price=self._amount(each["priceSet"]),
            sku=each.get("sku"),
            variant_id=number_of(each.get("variantId") or "", "ProductVariant"),
            product_id=number_of(each.get("productId") or "", "Product"),
            variant_title=each.get("variantTitle"),
            vendor=each.get("vendor"),
            requires_shipping=bool(each.get("requiresShipping")),
            is_gift_card=bool(each.get("giftCard")),
            taxable=bool(each.get("taxable")),
            taxes=self._taxes(each),
        )

    def _shipping(self, each: Mapping[str, Any]) -> CartShipping:
        return CartShipping(
            title=each["title"],
            price=self._amount(each["priceSet"]),
            code=each.get("code"),
            source=each.get("source"),
            taxes=self._taxes(each),
        )

    def _taxes(self, each: Mapping[str, Any]) -> tuple[Tax, ...]:
        return tuple(
            Tax(
                title=tax["title"],
                rate=Decimal(str(tax["rate"])),
                channel_liable=bool(tax.get("channelLiable")),
                amount=None if tax.get("priceSet") is None else self._amount(tax["priceSet"]),
            )
            for tax in each.get("taxLines") or ()
        )

    def _payments(self, processed: datetime) -> Any:
        """Yield the transactions; a capture or void belongs to the last authorization before it."""
        authorization = None
        for at, each in enumerate(self._wanted.get("transactions") or ()):
            kind = each["kind"]
            if kind in AUTHORIZATIONS:
                authorization = at
            yield Payment(
                amount=self._amount(each["amountSet"]),
                gateway=each.get("gateway") or "manual",
                processed_at=self._time(each.get("processedAt")) or processed,
                kind=kind,
                status=each["status"],
                parent=authorization if kind in {"CAPTURE", "VOID"} else None,
                rate=_rate(each["amountSet"]) if self._seen != self._shop_currency else None,
            )

    def _time(self, text: str | None) -> datetime | None:
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise UserError(["order"], f"{text} is no time", code="INVALID") from error
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def _rate(bag: Mapping[str, Any]) -> Decimal | None:
    """Return shop currency for one unit of what the buyer saw; None when it is not stated."""
    shop, seen = bag.get("shopMoney"), bag.get("presentmentMoney")
    if not shop or not seen or Decimal(str(seen["amount"])) == ZERO:
        return None
    return Decimal(str(shop["amount"])) / Decimal(str(seen["amount"]))

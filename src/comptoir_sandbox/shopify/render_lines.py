"""An order's lines and shipping lines as the GraphQL API shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.checks import MOST_DUTIES
from comptoir_sandbox.shopify.connections import Listing, of_nodes
from comptoir_sandbox.shopify.ids import child, gid
from comptoir_sandbox.shopify.money import ZERO, rounded
from comptoir_sandbox.shopify.render_parts import allocation, attributes, discount_application, tax_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from comptoir_sandbox.shopify.cart import CartLine
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.pricing import Priced, Taxes

Node = dict[str, Any]


class LineRenderer:
    """Makes the nodes of an order's lines when they are first shown, since long orders are read page by page."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._cart = order.cart
        self._exchange = order.exchange
        self._bag = order.exchange.bag
        self.discounts = [
            discount_application(at, each, order.cart.money_currency) for at, each in enumerate(order.cart.discounts)
        ]
        self._lines: dict[int, Node] = {}
        self.shipping = [self._shipping_line(at) for at in range(len(order.shipping))]

    def listing(self, wanted: Callable[[CartLine], bool] = lambda _line: True) -> Listing:
        """List the lines (those wanted) in order."""
        first = child(self._cart.id, 0)
        return Listing(
            name="LineItem",
            rows=[at for at, line in enumerate(self._cart.lines) if wanted(line)],
            key=lambda at: (first + at, first + at),
            node=self.line,
        )

    def line(self, at: int) -> Node:
        """Return the node of one line."""
        if at not in self._lines:
            self._lines[at] = self._make_line(at)
        return self._lines[at]

    def discount_listing(self) -> Listing:
        """List the discount applications by their index."""
        return Listing(
            name="DiscountApplication",
            rows=list(enumerate(self.discounts)),
            key=lambda row: (row[0], row[0]),
            node=lambda row: row[1],
        )

    def shipping_listing(self, *, removed: bool) -> Listing:
        """List the shipping lines, removed ones on request."""
        shown = [
            node for line, node in zip(self._cart.shipping, self.shipping, strict=True) if removed or not line.removed
        ]
        return of_nodes("ShippingLine", shown, number)

    def first_shipping(self) -> Node | None:
        """Return the first shipping line that was not removed."""
        kept = self.shipping_listing(removed=False).rows
        return kept[0] if kept else None

    def unit(self, amount: Decimal, quantity: int) -> Decimal:
        """Shopify states such prices approximately: rounded to the minor unit."""
        return rounded(amount / quantity, self._cart.money_currency)

    def _make_line(self, at: int) -> Node:
        line, priced = self._cart.lines[at], self._order.lines[at]
        left = line.quantity - self._order.removed.get(at, 0)
        return {
            "__typename": "LineItem",
            "id": gid("LineItem", child(self._cart.id, at)),
            "name": line.title if line.variant_title is None else f"{line.title} - {line.variant_title}",
            "title": line.title,
            "variantTitle": line.variant_title,
            "sku": line.sku,
            "vendor": line.vendor,
            "quantity": line.quantity,
            "currentQuantity": left,
            "refundableQuantity": left,
            "unfulfilledQuantity": self._order.fulfilled.open.get(at, 0),
            "isGiftCard": line.is_gift_card,
            "taxable": bool(line.taxes) if line.taxable is None else line.taxable,
            "requiresShipping": line.requires_shipping,
            "originalUnitPriceSet": self._bag(line.unit_price),
            "originalTotalSet": self._bag(priced.gross),
            "discountedTotalSet": self._bag(self._after_own_discounts(at)),
            "totalDiscountSet": self._bag(ZERO),
            "discountedUnitPriceAfterAllDiscountsSet": self._bag(self.unit(priced.net, line.quantity)),
            "taxLines": self._taxes(priced.taxes),
            "discountAllocations": self._allocations(priced),
            "duties": self._duties(at),
            "variant": self._variant(at),
            "product": self._product(at),
            "customAttributes": attributes(line.attributes),
            "lineItemGroup": self._group(line),
        }

    def _group(self, line: CartLine) -> Node | None:
        if line.bundle is None:
            return None
        return {
            "__typename": "LineItemGroup",
            "id": gid("LineItemGroup", child(self._cart.id, line.bundle.number)),
            "title": line.bundle.title,
            "quantity": line.bundle.quantity,
            "variantSku": line.bundle.variant_sku,
            "variantId": None,
            "productId": None,
            "customAttributes": [],
        }

    def _taxes(self, taxes: Taxes) -> list[Node]:
        return tax_lines(taxes, self._exchange)

    def _after_own_discounts(self, at: int) -> Decimal:
        """Gross less the discounts of particular lines that are not codes (§4.4 rule 8)."""
        priced, discounts = self._order.lines[at], self._cart.discounts
        own = [
            amount
            for index, amount in priced.allocations
            if discounts[index].lines is not None and discounts[index].kind != "code"
        ]
        return priced.gross - sum(own, ZERO)

    def _allocations(self, priced: Priced) -> list[Node]:
        return [allocation(self.discounts[index], amount, self._exchange) for index, amount in priced.allocations]

    def _duties(self, at: int) -> list[Node]:
        return [
            {
                "__typename": "Duty",
                "id": gid("Duty", child(self._cart.id, at * MOST_DUTIES + place)),
                "harmonizedSystemCode": duty.harmonized_system_code,
                "countryCodeOfOrigin": duty.country_code_of_origin,
                "price": self._bag(duty.amount),
                "taxLines": self._taxes(self._order.duties[at][place].taxes),
            }
            for place, duty in enumerate(self._cart.lines[at].duties)
        ]

    def _variant(self, at: int) -> Node | None:
        line = self._cart.lines[at]
        if line.variant_id is None:
            return None
        title = line.variant_title or "Default Title"
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", line.variant_id),
            "legacyResourceId": str(line.variant_id),
            "sku": line.sku,
            "title": title,
            "displayName": f"{line.title} - {title}",
            "product": self._product(at),
        }

    def _product(self, at: int) -> Node | None:
        line = self._cart.lines[at]
        if line.product_id is None:
            return None
        return {
            "__typename": "Product",
            "id": gid("Product", line.product_id),
            "legacyResourceId": str(line.product_id),
            "title": line.title,
        }

    def _shipping_line(self, at: int) -> Node:
        line, priced = self._cart.shipping[at], self._order.shipping[at]
        left = ZERO if line.removed else priced.net - self._order.taken.freight.get(at, ZERO)
        return {
            "__typename": "ShippingLine",
            "id": gid("ShippingLine", child(self._cart.id, at)),
            "title": line.title,
            "code": line.code,
            "source": line.source,
            "isRemoved": line.removed,
            "custom": False,
            "originalPriceSet": self._bag(line.price),
            "discountedPriceSet": self._bag(priced.net),
            "currentDiscountedPriceSet": self._bag(left),
            "taxLines": self._taxes(priced.taxes),
            "discountAllocations": self._allocations(priced),
        }


def number(node: Node) -> int:
    """Return the numeric id of a node."""
    return int(node["id"].rpartition("/")[2])

"""Which item a line is booked to, and the items that are created (O7-O10, O15-O17, I2-I5; posting rules, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from comptoir.books.company import ItemRecord, fold
from comptoir.books.context import Context, Decided, Found, held, order_key
from comptoir.books.documents import Awaited, ItemDocument, ItemType, Kind, Known, LedgerId
from comptoir.books.facts import LineKind, Order, SourceId
from comptoir.books.problems import Problem
from comptoir.books.settings import ItemMatch
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name, with_suffix


class Special(StrEnum):
    """Items that carry what is not a product."""

    SHIPPING = "shipping"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    REFUND_DIFFERENCE = "refund_difference"


class ItemFinder:
    """Finds the items of one order's documents; collects those that must be created first."""

    def __init__(self, order: Order, context: Context) -> None:
        self.order = order
        self.context = context
        self.created: dict[SourceId, Decided] = {}

    def for_line(self, *, kind: LineKind, sku: str, name: str) -> Found | Problem:
        """The item of a line by its kind: a product by its SKU, shipping and rounding by their settings."""
        match kind:
            case LineKind.PRODUCT:
                return self._keep(self._product(sku, name))
            case LineKind.SHIPPING:
                return self.special(Special.SHIPPING)
            case LineKind.CASH_ROUNDING:
                return self.special(Special.ROUNDING)
            case LineKind.GIFT_CARD:
                return self._gift_card(name)
            case LineKind.HANDLING | LineKind.WRAP | LineKind.FEE | LineKind.DUTY | LineKind.TIP:  # pragma: no branch
                return self._default(what=f"{kind.value}: {name}", sku=sku)

    def special(self, special: Special) -> Found | Problem:
        """The item named in the settings for `special`; created as a service where the company has none."""
        items = self.context.resolved.settings.items
        name = {
            Special.SHIPPING: items.shipping,
            Special.DISCOUNT: items.discount,
            Special.ROUNDING: items.rounding,
            Special.REFUND_DIFFERENCE: items.refund_difference,
        }[special]
        account = {
            Special.SHIPPING: self.context.resolved.shipping_account,
            Special.ROUNDING: self.context.resolved.income_account,
        }.get(special, self.context.resolved.discount_account)
        return self._keep(self._special(special, name, account))

    def _special(self, special: Special, name: str, account: LedgerId) -> Found | Problem:
        key = order_key(self.order, Kind.ITEM, SourceId(f"special:{special.value}"))
        if key in self.context.linked:
            return Found(Awaited(key))
        matches = self.context.known.items_by_name.get(fold(name), ())
        if matches:
            return self._only(matches, name)
        document = ItemDocument(
            name=clean_name(name, ITEM_NAME_LIMIT),
            sku="",
            type=ItemType.SERVICE,
            income_account=account,
            expense_account=self.context.resolved.expense_account,
        )
        return Found(Awaited(key), creates=Decided(key=key, outcome=document, number=document.name))

    def _product(self, sku: str, name: str) -> Found | Problem:
        wanted = fold(sku)
        if not wanted:
            return self._default(what=name, sku="")
        key = order_key(self.order, Kind.ITEM, SourceId(wanted))
        if key in self.context.linked:
            return Found(Awaited(key))
        by_sku = self.context.resolved.settings.items.match is ItemMatch.SKU
        index = self.context.known.items_by_sku if by_sku else self.context.known.items_by_name
        matches = index.get(wanted, ())
        if matches:
            return self._only(matches, sku)
        nameless = not clean_name(sku, ITEM_NAME_LIMIT)
        if nameless or not self.context.resolved.settings.items.create:
            return self._default(what=name, sku=sku)
        document = self._new_product(sku.strip(), name, by_sku=by_sku)
        return Found(Awaited(key), creates=Decided(key=key, outcome=document, number=document.name))

    def _new_product(self, sku: str, name: str, *, by_sku: bool) -> ItemDocument:
        """Named by its SKU where names are matched; else by its title with the SKU, which keeps names unique."""
        label = clean_name(name, ITEM_NAME_LIMIT)
        code = clean_name(sku, ITEM_NAME_LIMIT)
        titled = with_suffix(label, code, ITEM_NAME_LIMIT) if label else code
        return ItemDocument(
            name=titled if by_sku else code,
            sku=sku[:ITEM_NAME_LIMIT],
            type=self.context.resolved.settings.items.create_as,
            income_account=self.context.resolved.income_account,
            expense_account=self.context.resolved.expense_account,
            description=name,
        )

    def _only(self, matches: Sequence[ItemRecord], name: str) -> Found | Problem:
        active = [item for item in matches if item.active]
        if len(active) == 1:
            return Found(Known(active[0].id, active[0].name))
        if active:
            return held(
                "item-ambiguous",
                self.order,
                'Several items of the company match "{name}".',
                "Give each item its own SKU or name in the company, then retry.",
                field="sku",
                cause=f"item:{fold(name)}",
                name=name,
            )
        return held(
            "item-inactive",
            self.order,
            'The item "{name}" is inactive in the company.',
            "Make the item active again, then retry.",
            field="sku",
            cause=f"item:{fold(name)}",
            name=name,
        )

    def _default(self, *, what: str, sku: str) -> Found | Problem:
        name = self.context.resolved.settings.items.default_product
        if name:
            matches = self.context.known.items_by_name.get(fold(name), ())
            if matches:
                return self._only(matches, name)
        return held(
            "item-unmatched",
            self.order,
            'No item of the company matches the line "{what}" (SKU "{sku}") of order {number}.',
            "Enter an item with this SKU in the company, switch item creation on, or choose a default product.",
            field="sku",
            cause=f"item:{fold(sku or what)}",
            what=what,
            sku=sku,
        )

    def _gift_card(self, name: str) -> Problem:
        return held(
            "gift-card",
            self.order,
            'Order {number} sells a gift card ("{name}"), which is a debt and no income until it is used.',
            "Enter this order by hand: this release does not post gift cards yet.",
            field="lines",
            name=name,
        )

    def _keep(self, found: Found | Problem) -> Found | Problem:
        if isinstance(found, Found) and found.creates is not None:
            self.created.setdefault(found.creates.key.source_id, found.creates)
        return found

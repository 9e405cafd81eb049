"""Which item a line is booked to, and the items that are created (O7-O10, O15-O17, I2-I5; posting rules, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from comptoir.books.company import AccountType, ItemRecord, fold
from comptoir.books.context import Context, Decided, Found, held, order_key
from comptoir.books.documents import Awaited, ItemDocument, ItemType, Kind, Known, LedgerId, PostingKey
from comptoir.books.facts import LineKind, Order, RefundLine, Restock, SourceId
from comptoir.books.problems import Problem
from comptoir.books.settings import ItemMatch, OpeningQuantity
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name, with_suffix

OPENING_QUANTITY = "opening-quantity"
"""The problem of a sale that waits for stock; the item itself is created all the same."""
SPECIAL_TYPES = frozenset({"service", "noninventory"})
"""What an item that carries no product may be, folded."""
STOCKED = "inventory"


class Special(StrEnum):
    """Items that carry what is not a product."""

    SHIPPING = "shipping"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    REFUND_DIFFERENCE = "refund_difference"
    TIP = "tip"
    DUTY = "duty"
    HANDLING = "handling"
    WRAP = "wrap"
    FEE = "fee"
    DEPOSIT = "deposit"
    NO_RESTOCK = "no_restock"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"


OWN_ITEMS = {
    LineKind.SHIPPING: Special.SHIPPING,
    LineKind.CASH_ROUNDING: Special.ROUNDING,
    LineKind.HANDLING: Special.HANDLING,
    LineKind.WRAP: Special.WRAP,
    LineKind.FEE: Special.FEE,
    LineKind.DUTY: Special.DUTY,
    LineKind.TIP: Special.TIP,
    LineKind.GIFT_CARD: Special.GIFT_CARD,
}
"""The item of each kind of line but products."""

CHARGES = frozenset(
    {
        Special.TIP,
        Special.DUTY,
        Special.HANDLING,
        Special.WRAP,
        Special.FEE,
        Special.DEPOSIT,
        Special.NO_RESTOCK,
    }
)
"""Items that are optional: without one the default product serves."""
DEBTS = frozenset({Special.GIFT_CARD, Special.STORE_CREDIT})
"""Items that stand for what the shop owes: nothing else ever serves for them."""


@dataclass(frozen=True, slots=True)
class _New:
    """How a special item is created, and the name by which it is found."""

    name: str
    account: LedgerId
    type: ItemType = ItemType.SERVICE


class ItemFinder:
    """Finds the items of one order's documents; collects those that must be created first.

    `dated` is the date of the document that the items are for (None: the order's own).
    """

    def __init__(self, order: Order, context: Context, dated: date | None = None) -> None:
        self.order = order
        self.context = context
        self.dated = dated or context.local_date(order.placed_at)
        self.created: dict[SourceId, Decided] = {}

    def for_line(self, *, kind: LineKind, sku: str, name: str) -> Found | Problem:
        """The item of a line by its kind: a product by its SKU, everything else by its setting."""
        if kind is LineKind.PRODUCT:
            return self._keep(self._product(sku, name))
        special = OWN_ITEMS[kind]
        deposits = map(fold, self.context.resolved.settings.items.deposit_names)
        if kind is LineKind.FEE and fold(name) in deposits:
            special = Special.DEPOSIT
        if special in CHARGES and not self._named(special):
            return self._default(what=f"{kind.value}: {name}", sku=sku)
        return self.special(special)

    def for_return(self, line: RefundLine) -> Found | Problem:
        """The item of goods taken back: their own, or the one for goods that do not return to stock."""
        away = line.kind is LineKind.PRODUCT and line.restock is Restock.NOT_RETURNED
        if away and self._named(Special.NO_RESTOCK):
            return self.special(Special.NO_RESTOCK)
        return self.for_line(kind=line.kind, sku=line.sku, name=line.name)

    def special(self, special: Special) -> Found | Problem:
        """The item named in the settings for `special`; created where the company has none.

        An optional one that the settings do not name: the default product; a debt (gift card, store credit): held.
        """
        name = self._named(special)
        if special in CHARGES and not name:
            return self._default(what=special.value.replace("_", " "), sku="")
        if special in DEBTS and not name:
            return self._unnamed_debt(special)
        return self._keep(self._special(special, self._new(special, name)))

    def _named(self, special: Special) -> str:
        name: str = getattr(self.context.resolved.settings.items, special.value)
        return name

    def _new(self, special: Special, name: str) -> _New:
        resolved = self.context.resolved
        own = {
            Special.SHIPPING: resolved.shipping_account,
            Special.ROUNDING: resolved.income_account,
            Special.GIFT_CARD: resolved.gift_card_account,
            Special.STORE_CREDIT: resolved.store_credit_account,
        }
        if special in CHARGES:
            return _New(name, resolved.charges_account or resolved.income_account, resolved.settings.items.charges_as)
        return _New(name, own.get(special) or resolved.discount_account)

    def _special(self, special: Special, new: _New) -> Found | Problem:
        key = order_key(self.order, Kind.ITEM, SourceId(f"special:{special.value}"))
        if key in self.context.linked:
            return Found(Awaited(key))
        matches = self.context.known.items_by_name.get(fold(new.name), ())
        if matches:
            chosen = self._only(matches, new.name)
            return chosen if isinstance(chosen, Problem) else self._fitting(chosen, special)
        document = ItemDocument(
            name=clean_name(new.name, ITEM_NAME_LIMIT),
            sku="",
            type=new.type,
            income_account=new.account,
            expense_account=self.context.resolved.expense_account,
        )
        return Found(Awaited(key), creates=Decided(key=key, outcome=document, number=document.name))

    def _fitting(self, record: ItemRecord, special: Special) -> Found | Problem:
        """An existing item for what is no product: without stock, and a debt's in a liability account."""
        if fold(record.type).replace("_", "") not in SPECIAL_TYPES:
            return held(
                "item-type",
                self.order,
                'The item "{name}" stands for {what}, and it is neither a service nor a non-inventory item.',
                "Name another item in the settings, or change this one in the company, then retry.",
                field="lines",
                cause=f"item:{fold(record.name)}",
                name=record.name,
                what=special.value.replace("_", " "),
            )
        accounts = {account.id: account.type for account in self.context.company.accounts}
        booked = accounts.get(record.income_account) if record.income_account else None
        if special in DEBTS and booked not in {None, AccountType.OTHER_CURRENT_LIABILITY}:
            return held(
                "item-account",
                self.order,
                'The item "{name}" stands for {what}, which the shop owes, and it is booked to an account of income.',
                "Give the item an account of type Other Current Liability in the company, then retry.",
                field="lines",
                cause=f"item:{fold(record.name)}",
                name=record.name,
                what=special.value.replace("_", " "),
            )
        return Found(Known(record.id, record.name))

    def _product(self, sku: str, name: str) -> Found | Problem:
        wanted = fold(sku)
        if not wanted:
            return self._default(what=name, sku="")
        key = order_key(self.order, Kind.ITEM, SourceId(wanted))
        by_sku = self.context.resolved.settings.items.match is ItemMatch.SKU
        index = self.context.known.items_by_sku if by_sku else self.context.known.items_by_name
        matches = index.get(wanted, ())
        if key in self.context.linked:
            return self._made_by_us(key, matches, sku) or Found(Awaited(key))
        if matches:
            return self._existing(self._only(matches, sku))
        nameless = not clean_name(sku, ITEM_NAME_LIMIT)
        if nameless or not self.context.resolved.settings.items.create:
            return self._default(what=name, sku=sku)
        return self._made_now(key, sku, name, by_sku=by_sku)

    def _existing(self, chosen: ItemRecord | Problem) -> Found | Problem:
        """An item of the company: linked and never changed (I5)."""
        if isinstance(chosen, Problem):
            return chosen
        return self._too_late(chosen) or Found(Known(chosen.id, chosen.name))

    def _made_now(self, key: PostingKey, sku: str, name: str, *, by_sku: bool) -> Found | Problem:
        """A new item; one with stock is created, and its sale waits for a quantity all the same."""
        document = self._new_product(sku.strip(), name, by_sku=by_sku)
        found = Found(Awaited(key), creates=Decided(key=key, outcome=document, number=document.name))
        if document.type is ItemType.INVENTORY and self._waits:
            self._keep(found)
            return self._without_quantity(sku)
        return found

    @property
    def _waits(self) -> bool:
        return self.context.resolved.settings.items.opening_quantity is OpeningQuantity.WAIT

    def _made_by_us(self, key: PostingKey, matches: Sequence[ItemRecord], sku: str) -> Problem | None:
        """What stands in the way of an item that Comptoir made: its start, or that nobody gave it a quantity yet.

        Once a document of ours uses it, its quantity may come to nothing by sales alone.
        """
        waits = self._waits and key not in self.context.opened
        if not matches:  # planned by an order before this one, and not in the books when the lists were read
            stocked_type = self.context.resolved.settings.items.create_as is ItemType.INVENTORY
            return self._without_quantity(sku) if waits and stocked_type else None
        stocked = [item for item in matches if item.active and fold(item.type) == STOCKED]
        if len(stocked) != 1:
            return None
        late = self._too_late(stocked[0])
        return late or (self._without_quantity(sku) if waits and not stocked[0].quantity else None)

    def _too_late(self, item: ItemRecord) -> Problem | None:
        """The ledger refuses a document that is dated before an inventory item's start (quickbooks-online.md §17)."""
        if item.start_date is None or fold(item.type) != STOCKED or item.start_date <= self.dated:
            return None
        return held(
            "item-starts-late",
            self.order,
            'The stock of the item "{name}" starts on {start}, and order {number} is dated {dated}.',
            "Set the start of the item to {dated} or earlier in the company, then retry.",
            field="sku",
            name=item.name,
            start=item.start_date.isoformat(),
            dated=self.dated.isoformat(),
        )

    def _without_quantity(self, sku: str) -> Problem:
        return held(
            OPENING_QUANTITY,
            self.order,
            'The inventory item of the SKU "{sku}" was created and has no opening quantity yet; order {number} waits.',
            'Enter its quantity in the company, or set items.opening_quantity to "post"; then retry.',
            field="sku",
            cause=f"item:{fold(sku)}",
            sku=sku,
        )

    def _new_product(self, sku: str, name: str, *, by_sku: bool) -> ItemDocument:
        """Named by its SKU where names are matched; else by its title with the SKU, which keeps names unique."""
        resolved = self.context.resolved
        label = clean_name(name, ITEM_NAME_LIMIT)
        code = clean_name(sku, ITEM_NAME_LIMIT)
        titled = with_suffix(label, code, ITEM_NAME_LIMIT) if label else code
        stocked = resolved.settings.items.create_as is ItemType.INVENTORY
        return ItemDocument(
            name=titled if by_sku else code,
            sku=sku[:ITEM_NAME_LIMIT],
            type=resolved.settings.items.create_as,
            income_account=resolved.income_account,
            expense_account=resolved.cogs_account if stocked else resolved.expense_account,
            description=name,
            asset_account=resolved.asset_account if stocked else None,
            start_date=self._start() if stocked else None,
        )

    def _start(self) -> date:
        """The day before the first day that anything may be dated (I4)."""
        start = self.context.resolved.settings.start_date
        first = min(start, self.dated, self.context.oldest_order or start)
        return first - timedelta(days=1)

    def _only(self, matches: Sequence[ItemRecord], name: str) -> ItemRecord | Problem:
        active = [item for item in matches if item.active]
        if len(active) == 1:
            return active[0]
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
            "Make the item active again in the company, then retry.",
            field="sku",
            cause=f"item:{fold(name)}",
            name=name,
        )

    def _default(self, *, what: str, sku: str) -> Found | Problem:
        name = self.context.resolved.settings.items.default_product
        matches = self.context.known.items_by_name.get(fold(name), ()) if name else ()
        if matches:
            chosen = self._only(matches, name)
            return chosen if isinstance(chosen, Problem) else Found(Known(chosen.id, chosen.name))
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

    def _unnamed_debt(self, special: Special) -> Problem:
        return held(
            special.value.replace("_", "-"),
            self.order,
            "Order {number} sells or uses {what}, which the shop owes to its buyers and which is no income.",
            'Name an item under "items.{setting}" and its liability account under "items.{setting}_account".',
            field="lines",
            cause=f"debt:{special.value}",
            what="a gift card" if special is Special.GIFT_CARD else "store credit",
            setting=special.value,
        )

    def _keep(self, found: Found | Problem) -> Found | Problem:
        if isinstance(found, Found) and found.creates is not None:
            self.created.setdefault(found.creates.key.source_id, found.creates)
        return found

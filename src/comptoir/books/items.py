"""Which item a line is booked to, and the items that are created (O7-O10, O15-O17, I2-I5; posting rules, section 3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from comptoir.books import item_problems
from comptoir.books.company import AccountType, ItemRecord, fold
from comptoir.books.context import Context, Decided, Found, Match, order_key
from comptoir.books.documents import Awaited, ItemDocument, ItemType, Kind, Known, LedgerId, PostingKey, Reference
from comptoir.books.facts import LineKind, Order, RefundLine, Restock, SourceId
from comptoir.books.named import is_passed_over, key_of_name
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import ItemMatch, ItemSettings, OpeningQuantity
from comptoir.books.specials import CHARGES, DEBTS, DEFAULT_PRODUCT, OWN_ITEMS, Special
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name, with_suffix

NO_QUANTITY = 'The inventory item of the SKU "{sku}" has nothing on hand: order {number} takes it below zero.'
"""The warning of a sale that is posted by choice before its items have a quantity."""
SPECIAL_TYPES = frozenset({"service", "noninventory"})
"""What an item that carries no product may be, folded."""
STOCKED = "inventory"
SPECIAL = "special"
"""What the source of an item begins with that is no product's."""


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
        self.notes: list[Message] = []
        """Warnings of items that serve all the same."""

    @property
    def _settings(self) -> ItemSettings:
        return self.context.resolved.settings.items

    def for_line(self, *, kind: LineKind, sku: str, name: str) -> Found | Problem:
        """The item of a line by its kind: a product by its SKU, everything else by its setting."""
        if kind is LineKind.PRODUCT:
            return self._keep(self._product(sku, name))
        special = OWN_ITEMS[kind]
        deposits = map(fold, self._settings.deposit_names)
        if kind is LineKind.FEE and fold(name) in deposits:
            special = Special.DEPOSIT
        return self.special(special, line=name)

    def for_return(self, line: RefundLine) -> Found | Problem:
        """The item of goods taken back: their own, or the one for goods that do not return to stock.

        Without an item for those the goods' own serves as long as it keeps no stock, else the default product.
        """
        unstated = line.restock is Restock.UNSTATED and not self.context.resolved.settings.refunds.restock_unstated
        away = line.kind is LineKind.PRODUCT and (unstated or line.restock is Restock.NOT_RETURNED)
        if not away or line.quantity < 0:  # what is given out in exchange leaves the stock like any goods sold
            return self.for_line(kind=line.kind, sku=line.sku, name=line.name)
        if self._named(Special.NO_RESTOCK):
            return self.special(Special.NO_RESTOCK)
        if not self._keeps_stock(line.sku):
            return self.for_line(kind=line.kind, sku=line.sku, name=line.name)
        return self._default(item_problems.unstocked(self.order, line))

    def _keeps_stock(self, sku: str) -> bool:
        """Whether the product's item is an inventory item, in the company or as Comptoir makes it."""
        wanted = fold(sku)
        matches = self._matches(wanted)
        if matches:
            return any(fold(item.type) == STOCKED for item in matches)
        return bool(wanted) and self._settings.create_as is ItemType.INVENTORY

    def _matches(self, wanted: str) -> Sequence[ItemRecord]:
        known = self.context.known
        return (known.items_by_sku if self._by_sku else known.items_by_name).get(wanted, ())

    @property
    def _by_sku(self) -> bool:
        """Whether the store's SKU stands in the item's field of that name, and not in its name (O15)."""
        return self._settings.match is ItemMatch.SKU

    def special(self, special: Special, line: str = "") -> Found | Problem:
        """The item named in the settings for `special`; created where the company has none.

        An optional one that the settings do not name: the default product; a debt (gift card, store credit): held.
        `line` is what the store calls it.
        """
        name = self._named(special)
        if special in CHARGES and not name:
            return self._default(item_problems.unnamed_charge(self.order, special, line))
        if special in DEBTS and not name:
            return item_problems.unnamed_debt(self.order, special)
        return self._keep(self._special(special, self._new(special, name)))

    def as_named_now(self, reference: Reference) -> Reference:
        """The item that the settings name now for what a document in the books has; a product's as it is.

        Only items that Comptoir made tell what they stand for.
        """
        kind, _, rest = str(reference.key.source_id).partition(":") if isinstance(reference, Awaited) else ("", "", "")
        special = next((each for each in Special if kind == SPECIAL and rest.partition(":")[0] == each.value), None)
        if special is None or not self._named(special):
            return reference
        found = self.special(special)
        return found.reference if isinstance(found, Found) else reference

    def _named(self, special: Special) -> str:
        return self._settings.name_of(special)

    def _new(self, special: Special, name: str) -> _New:
        resolved = self.context.resolved
        own = {
            Special.SHIPPING: resolved.shipping_account,
            Special.ROUNDING: resolved.income_account,
            Special.GIFT_CARD: resolved.gift_card_account,
            Special.STORE_CREDIT: resolved.store_credit_account,
        }
        if special in CHARGES:
            return _New(name, resolved.charges_account or resolved.income_account, self._settings.charges_as)
        return _New(name, own.get(special) or resolved.discount_account)

    def _special(self, special: Special, new: _New) -> Found | Problem:
        name = clean_name(new.name, ITEM_NAME_LIMIT)
        key = key_of_name(
            order_key(self.order, Kind.ITEM, SourceId(f"{SPECIAL}:{special.value}")), (name,), self.context
        )
        matches = self.context.known.items_by_name.get(fold(new.name), ())
        link = self.context.linked.get(key)
        if link is not None and not is_passed_over(link, [item.id for item in matches if item.active]):
            if link.record in self.context.known.inactive_items:
                return item_problems.named_inactive(self.order, new.name, special.value)
            return Found(Awaited(key), Match.MADE_BEFORE)
        if matches:
            chosen = self._chosen(matches, new.name, special.value)
            return chosen if isinstance(chosen, Problem) else self._fitting(chosen, special)
        document = ItemDocument(
            name=name,
            sku="",
            type=new.type,
            income_account=new.account,
            expense_account=self.context.resolved.expense_account,
        )
        return Found(Awaited(key), Match.NEW, Decided(key=key, outcome=document, number=document.name))

    def _fitting(self, record: ItemRecord, special: Special) -> Found | Problem:
        """An existing item for what is no product: without stock, and a debt's in a liability account."""
        if fold(record.type).replace("_", "") not in SPECIAL_TYPES:
            return item_problems.wrong_type(self.order, record, special)
        accounts = {account.id: account.type for account in self.context.company.accounts}
        booked = accounts.get(record.income_account) if record.income_account else None
        if special in DEBTS and booked not in {None, AccountType.OTHER_CURRENT_LIABILITY}:
            return item_problems.booked_as_income(self.order, record, special)
        return Found(Known(record.id, record.name), Match.NAME)

    def _product(self, sku: str, name: str) -> Found | Problem:
        wanted = fold(sku)
        if not wanted:
            return self._default(self._without(name, ""))
        key = order_key(self.order, Kind.ITEM, SourceId(wanted))
        matches = self._matches(wanted)
        if key in self.context.linked:
            return self._made_by_us(key, matches, sku) or Found(Awaited(key), Match.MADE_BEFORE)
        if matches:
            return self._existing(self._only(matches, sku))
        nameless = not clean_name(sku, ITEM_NAME_LIMIT)
        if nameless or not self._settings.create:
            return self._default(self._without(name, sku))
        return self._made_now(key, sku, name)

    def _existing(self, chosen: ItemRecord | Problem) -> Found | Problem:
        """An item of the company: linked and never changed (I5)."""
        if isinstance(chosen, Problem):
            return chosen
        return self._too_late(chosen) or Found(Known(chosen.id, chosen.name), Match.CODE)

    def _made_now(self, key: PostingKey, sku: str, name: str) -> Found | Problem:
        """A new item; one with stock is created, and its sale waits for a quantity all the same."""
        document = self._new_product(sku.strip(), name)
        found = Found(Awaited(key), Match.NEW, Decided(key=key, outcome=document, number=document.name))
        if document.type is ItemType.INVENTORY and self._waits:
            self._keep(found)
            return item_problems.without_quantity(self.order, sku)
        if document.type is ItemType.INVENTORY:
            self._warn(sku)
        return found

    @property
    def _waits(self) -> bool:
        return self._settings.opening_quantity is OpeningQuantity.WAIT

    def _warn(self, sku: str) -> None:
        note = Message(NO_QUANTITY, {"sku": sku, "number": self.order.number})
        if note not in self.notes:
            self.notes.append(note)

    def _made_by_us(self, key: PostingKey, matches: Sequence[ItemRecord], sku: str) -> Problem | None:
        """What stands in the way of an item that Comptoir made: its start, or that nobody gave it a quantity yet.

        Once a document of ours uses it, its quantity may come to nothing by sales alone.
        """
        if not matches:  # planned by an order before this one, and not in the books when the lists were read
            stocked_type = self._settings.create_as is ItemType.INVENTORY
            return self._unopened(key, sku) if stocked_type else None
        stocked = [item for item in matches if item.active and fold(item.type) == STOCKED]
        if len(stocked) != 1:
            return None
        late = self._too_late(stocked[0])
        return late or (None if stocked[0].quantity else self._unopened(key, sku))

    def _unopened(self, key: PostingKey, sku: str) -> Problem | None:
        """Nobody gave the item a quantity yet, and no document of ours has used it: wait, or warn (I4)."""
        if self._waits:
            return None if key in self.context.opened else item_problems.without_quantity(self.order, sku)
        self._warn(sku)
        return None

    def _too_late(self, item: ItemRecord) -> Problem | None:
        start = item.start_date
        if start is None or fold(item.type) != STOCKED or start <= self.dated:
            return None
        return item_problems.starts_late(self.order, item, start, self.dated)

    def _new_product(self, sku: str, name: str) -> ItemDocument:
        """Named by its SKU where names are matched; else by its title with the SKU, which keeps names unique."""
        resolved = self.context.resolved
        label = clean_name(name, ITEM_NAME_LIMIT)
        code = clean_name(sku, ITEM_NAME_LIMIT)
        titled = with_suffix(label, code, ITEM_NAME_LIMIT) if label else code
        stocked = self._settings.create_as is ItemType.INVENTORY
        return ItemDocument(
            name=titled if self._by_sku else code,
            sku=sku[:ITEM_NAME_LIMIT],
            type=self._settings.create_as,
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
        return (item_problems.ambiguous if active else item_problems.inactive)(self.order, name)

    def _chosen(self, matches: Sequence[ItemRecord], name: str, setting: str) -> ItemRecord | Problem:
        """The one that the settings name; where it is inactive, another can be named."""
        if not any(item.active for item in matches):
            return item_problems.named_inactive(self.order, name, setting)
        return self._only(matches, name)

    def _without(self, what: str, sku: str) -> Problem:
        """That nothing matches a product's line, where there is no default product either."""
        name = self._settings.default_product
        if name:
            return item_problems.no_such_default(self.order, what, name)
        return item_problems.unmatched(self.order, what=what, sku=sku)

    def _default(self, without: Problem) -> Found | Problem:
        """The default product; where the settings or the company have none, the problem of being `without`."""
        name = self._settings.default_product
        matches = self.context.known.items_by_name.get(fold(name), ()) if name else ()
        if not matches:
            return without
        chosen = self._chosen(matches, name, DEFAULT_PRODUCT)
        return chosen if isinstance(chosen, Problem) else Found(Known(chosen.id, chosen.name), Match.DEFAULT)

    def _keep(self, found: Found | Problem) -> Found | Problem:
        if isinstance(found, Found) and found.creates is not None:
            self.created.setdefault(found.creates.key.source_id, found.creates)
        return found

"""What stands in the way of a line's item, each with what would mend it (posting rules, section 3)."""

from __future__ import annotations

from datetime import date

from comptoir.books.company import ItemRecord, fold
from comptoir.books.context import held
from comptoir.books.facts import Order, RefundLine
from comptoir.books.problems import Problem
from comptoir.books.specials import STANDS_FOR, Special

OPENING_QUANTITY = "opening-quantity"
"""The problem of a sale that waits for stock; the item itself is created all the same."""


def ambiguous(order: Order, name: str) -> Problem:
    """Several active items match."""
    return held(
        "item-ambiguous",
        order,
        'Several items of the company match "{name}".',
        "Give each item its own SKU or name in the company, then retry.",
        field="sku",
        cause=f"item:{fold(name)}",
        name=name,
    )


def inactive(order: Order, name: str) -> Problem:
    """Only inactive items match."""
    return held(
        "item-inactive",
        order,
        'The item "{name}" is inactive in the company.',
        "Make the item active again in the company, then retry.",
        field="sku",
        cause=f"item:{fold(name)}",
        name=name,
    )


def named_inactive(order: Order, name: str, setting: str) -> Problem:
    """The item that the settings name is inactive."""
    return held(
        "named-item-inactive",
        order,
        'The item "{name}", which the settings name for {what}, is inactive in the company.',
        'Make it active again in the company, or name another one under "items.{setting}", then retry.',
        field="sku",
        cause=f"item:{fold(name)}",
        name=name,
        what=STANDS_FOR[setting],
        setting=setting,
    )


def no_such_default(order: Order, what: str, name: str) -> Problem:
    """Nothing matches, and the default product that the settings name is not there either."""
    return held(
        "default-product-missing",
        order,
        'The line "{what}" of order {number} matches no product of the company, and the company has no product '
        '"{name}", which the settings name for such lines.',
        'Choose a product that the company has, or enter "{name}" there, then retry.',
        field="sku",
        cause=f"item:{fold(name)}",
        what=what,
        name=name,
    )


def unmatched(order: Order, *, what: str, sku: str) -> Problem:
    """No item matches, none may be created, and there is no default."""
    if not sku.strip():
        return _without_sku(order, what)
    return held(
        "item-unmatched",
        order,
        'No item of the company matches the line "{what}" (SKU "{sku}") of order {number}.',
        "Enter an item with this SKU in the company, switch item creation on, or choose a default product.",
        field="sku",
        cause=f"item:{fold(sku)}",
        what=what,
        sku=sku,
    )


def _without_sku(order: Order, what: str) -> Problem:
    """A line that nothing can be matched by: only a default product could stand for it, and none can be created."""
    return held(
        "item-unmatched",
        order,
        'The line "{what}" of order {number} has no SKU, and there is no default product for such lines.',
        "Choose a default product; or give the product a SKU in the store, then retry.",
        field="sku",
        cause=f"item:{fold(what)}",
        what=what,
    )


def starts_late(order: Order, item: ItemRecord, start: date, dated: date) -> Problem:
    """The ledger refuses a document that is dated before an inventory item's start (quickbooks-online.md §17)."""
    return held(
        "item-starts-late",
        order,
        'The stock of the item "{name}" starts on {start}, and order {number} is dated {dated}.',
        "Set the start of the item to {dated} or earlier in the company, then retry.",
        field="sku",
        name=item.name,
        start=start.isoformat(),
        dated=dated.isoformat(),
    )


def without_quantity(order: Order, sku: str) -> Problem:
    """An inventory item that Comptoir made and nobody gave a quantity yet."""
    return held(
        OPENING_QUANTITY,
        order,
        'The inventory item of the SKU "{sku}" was created and has no opening quantity yet; order {number} waits.',
        'Enter its quantity in the company, or set items.opening_quantity to "post"; then retry.',
        field="sku",
        cause=f"item:{fold(sku)}",
        sku=sku,
    )


def unstocked(order: Order, line: RefundLine) -> Problem:
    """Goods that do not return to stock, of an item that would take them back there."""
    return held(
        "no-restock",
        order,
        'The item of "{name}" (SKU "{sku}") keeps stock, and what came back of it on order {number} does not '
        "return to stock.",
        'Name an item under "items.no_restock", or a default product; or, where the store does not say whether '
        "goods return, set refunds.restock_unstated to true.",
        field="sku",
        cause="no-restock",
        name=line.name,
        sku=line.sku,
    )


def unnamed_charge(order: Order, special: Special, line: str) -> Problem:
    """What is charged beside goods without an item for it, and without a default product. `line`: the store's words."""
    what = STANDS_FOR[special.value]
    return held(
        "charge-unnamed",
        order,
        'Order {number} has a line for {what} ("{line}"), and the settings name no item for that.',
        'Name an item under "items.{setting}"; or choose a default product for whatever matches no other item.',
        field="lines",
        cause=f"charge:{special.value}",
        what=what,
        line=line or what,
        setting=special.value,
    )


def unnamed_debt(order: Order, special: Special) -> Problem:
    """A gift card or store credit without an item for it."""
    return held(
        special.value.replace("_", "-"),
        order,
        "Order {number} sells or uses {what}, which the shop owes to its buyers and which is no income.",
        'Name an item under "items.{setting}" and its liability account under "items.{setting}_account".',
        field="lines",
        cause=f"debt:{special.value}",
        what="a gift card" if special is Special.GIFT_CARD else "store credit",
        setting=special.value,
    )


def wrong_type(order: Order, record: ItemRecord, special: Special) -> Problem:
    """An item of goods where no goods are meant."""
    return held(
        "item-type",
        order,
        'The item "{name}" stands for {what}, and it is neither a service nor a non-inventory item.',
        "Name another item in the settings, or change this one in the company, then retry.",
        field="lines",
        cause=f"item:{fold(record.name)}",
        name=record.name,
        what=STANDS_FOR[special.value],
        setting=special.value,
    )


def booked_as_income(order: Order, record: ItemRecord, special: Special) -> Problem:
    """A debt whose item is booked to income."""
    return held(
        "item-account",
        order,
        'The item "{name}" stands for {what}, which the shop owes, and it is booked to an account of income.',
        "Give the item an account of type Other Current Liability in the company, then retry.",
        field="lines",
        cause=f"item:{fold(record.name)}",
        name=record.name,
        what=STANDS_FOR[special.value],
        setting=special.value,
    )

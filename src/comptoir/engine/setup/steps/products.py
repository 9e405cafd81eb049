"""PURE: how products find their items, and what becomes of those that have none (O15, O16, I0 to I6)."""

from __future__ import annotations

from collections.abc import Iterator

from comptoir.books.checks.plain import NEEDS_EXPENSE_ACCOUNT
from comptoir.books.documents import ItemType
from comptoir.books.problems import Message
from comptoir.books.settings import ItemMatch, OpeningQuantity
from comptoir.engine.setup.accounts import (
    COST_HINTS,
    DISCOUNT_HINTS,
    GIFT_HINTS,
    SALES_HINTS,
    SHIPPING_HINTS,
    STOCK_HINTS,
    account_question,
    accounts_for,
    best_account,
    hinted_account,
)
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.found import Matched
from comptoir.engine.setup.questions import Control, Option, Question, Step, yes_or_no

AS_PRODUCTS = Message("The same as products")
NO_ACCOUNT = Message("None")


def products_step(setup: Setup) -> Step:
    """Matching products with items."""
    looked, found = setup.looked, setup.found
    better = ItemMatch.NAME if looked.by_name.one > looked.by_sku.one else ItemMatch.SKU
    options = (
        Option(ItemMatch.SKU.value, Message("By the item's SKU"), _counted(looked.by_sku), better is ItemMatch.SKU),
        Option(ItemMatch.NAME.value, Message("By the item's name"), _counted(looked.by_name), better is ItemMatch.NAME),
    )
    values = {"count": str(len(found.skus)), "without": str(found.without_sku)}
    example = Message("SKUs sold in the orders read: {count}. Products without one: {without}.", values)
    return Step(
        "products",
        Message("Products"),
        Message("How the products of your store find the items of your company."),
        (
            Question(
                ("items", "match"),
                Message("Match the store's SKU"),
                Message("The field of your items that holds it. An item that matches is used as it is, never changed."),
                Control.ONE,
                options,
                example,
            ),
        ),
    )


def _counted(matched: Matched) -> Message:
    """How many match, and some that do not."""
    values = {
        "one": str(matched.one),
        "all": str(matched.one + matched.none + matched.several),
        "several": str(matched.several),
        "missing": ", ".join(matched.missing),
    }
    if matched.several:
        return Message("{one} of {all} match one item, {several} match several. Without one: {missing}", values)
    if matched.missing:
        return Message("{one} of {all} match. Without an item: {missing}", values)
    return Message("{one} of {all} match.", values)


def missing_step(setup: Setup) -> Step:
    """Items that are made, and the accounts that they book to."""
    return Step(
        "missing",
        Message("Missing items"),
        Message("What becomes of a product that has no item, and which accounts new items get."),
        (*_made(setup), *_accounts(setup), *_debts(setup)),
    )


def _made(setup: Setup) -> Iterator[Question]:
    missing = setup.looked.by_name if setup.settings.items.match is ItemMatch.NAME else setup.looked.by_sku
    words = Message("SKUs sold that have no item: {count}. Among them: {missing}", _some(missing))
    yield Question(
        ("items", "create"),
        Message("Make an item for a product that has none"),
        Message("Otherwise its order waits until you have made one."),
        Control.ONE,
        yes_or_no(suggested=True),
        words if missing.none else None,
    )
    stock = Option(
        ItemType.INVENTORY.value,
        Message("Inventory"),
        Message("It begins with no stock: you enter the opening quantity."),
    )
    yield Question(
        ("items", "create_as"),
        Message("Made as"),
        Message("Inventory items count stock and what goods cost; the others do not."),
        Control.ONE,
        (
            Option(ItemType.NON_INVENTORY.value, Message("Non-inventory"), is_suggested=True),
            Option(ItemType.SERVICE.value, Message("Service")),
            *((stock,) if setup.company.track_stock else ()),
        ),
        None if setup.company.track_stock else Message("Your company does not keep stock."),
    )


def _some(matched: Matched) -> dict[str, str]:
    return {"count": str(matched.none), "missing": ", ".join(matched.missing)}


def _accounts(setup: Setup) -> Iterator[Question]:
    company = setup.company
    income = accounts_for(company, ("items", "income_account"))
    yield account_question(
        company,
        ("items", "income_account"),
        Message("Sales of the items that are made are income on this account; you can change each item later."),
        best_account(income, SALES_HINTS),
        new=Message("{store} sales", {"store": setup.looked.store.name}),
    )
    costs = accounts_for(company, ("items", "expense_account"))
    is_needed = company.country in NEEDS_EXPENSE_ACCOUNT
    yield account_question(
        company,
        ("items", "expense_account"),
        Message("Companies in the United Kingdom and Canada need one on every item; cost prices are never sent."),
        best_account(costs, COST_HINTS) if is_needed else "",
        none=NO_ACCOUNT,
        is_more=not is_needed,
        new=Message("Cost of goods sold"),
    )
    yield from _stock_accounts(setup)
    for name, hints, new in (
        ("shipping_account", SHIPPING_HINTS, Message("Shipping income")),
        ("discount_account", DISCOUNT_HINTS, Message("Discounts given")),
        ("charges_account", (), Message("Fees and tips")),
    ):
        named = hinted_account(income, hints)
        why = Message("Of that item, where it is made.")
        yield account_question(company, ("items", name), why, named, none=AS_PRODUCTS, is_more=not named, new=new)
    yield Question(
        ("items", "charges_as"),
        Message("Tips, duties and fees are made as"),
        Message("The type of those items, where they are made."),
        Control.ONE,
        (
            Option(ItemType.SERVICE.value, Message("Service"), is_suggested=True),
            Option(ItemType.NON_INVENTORY.value, Message("Non-inventory")),
        ),
        is_more=True,
    )


def _stock_accounts(setup: Setup) -> Iterator[Question]:
    company = setup.company
    hidden = None if company.track_stock else Message("Your company does not keep stock.")
    for name, hints, new in (
        ("asset_account", STOCK_HINTS, Message("Inventory asset")),
        ("cogs_account", COST_HINTS, Message("Cost of goods sold")),
    ):
        path = ("items", name)
        yield account_question(
            company,
            path,
            Message("Only where items are made as inventory."),
            hinted_account(accounts_for(company, path), hints) if hidden is None else "",
            none=NO_ACCOUNT,
            hidden=hidden,
            is_more=setup.settings.items.create_as is not ItemType.INVENTORY,
            new=new,
        )


def _debts(setup: Setup) -> Iterator[Question]:
    """The accounts of gift cards and store credit, where they have items."""
    items = setup.settings.items
    for name, own in (("gift_card_account", items.gift_card), ("store_credit_account", items.store_credit)):
        path = ("items", name)
        yield account_question(
            setup.company,
            path,
            Message("What you owe on them until they are used."),
            hinted_account(accounts_for(setup.company, path), GIFT_HINTS) if own else "",
            none=NO_ACCOUNT,
            hidden=None if own else Message("It has no item, so nothing is booked on it."),
            new=Message("Gift cards and store credit"),
        )


def quantities_step(setup: Setup) -> Step:
    """Opening quantities of inventory items that are made (I2, I4)."""
    items = setup.settings.items
    hidden = None
    if not items.create or items.create_as is not ItemType.INVENTORY:
        hidden = Message("No inventory items are made.")
    return Step(
        "quantities",
        Message("Opening quantities"),
        Message("An inventory item begins with no stock on the day before its first sale; you enter what you have."),
        (
            Question(
                ("items", "opening_quantity"),
                Message("Sales of an inventory item that has no opening quantity yet"),
                Message("Posted before, its stock goes below zero and its cost is made up later."),
                Control.ONE,
                (
                    Option(OpeningQuantity.WAIT.value, Message("They wait until you entered it"), is_suggested=True),
                    Option(OpeningQuantity.POST.value, Message("They are posted")),
                ),
                hidden=hidden,
            ),
        ),
        nothing=Message("No inventory items are made, so there is nothing to choose here."),
    )

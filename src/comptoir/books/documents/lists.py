"""What a document needs in the ledger's lists: a customer, an item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from comptoir.books.documents.keys import LedgerId
from comptoir.books.facts import Address


@dataclass(frozen=True, slots=True)
class CustomerDocument:
    """A customer to create."""

    name: str
    currency: str
    given_name: str = ""
    family_name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    billing: Address | None = None
    shipping: Address | None = None
    note: str = ""


class ItemType(StrEnum):
    """What kind of item is created for a product."""

    SERVICE = "service"
    NON_INVENTORY = "non_inventory"
    INVENTORY = "inventory"


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """An item to create. Accounts are ledger ids; inventory items start at quantity 0 on `start_date`."""

    name: str
    sku: str
    type: ItemType
    income_account: LedgerId
    description: str = ""
    expense_account: LedgerId | None = None
    asset_account: LedgerId | None = None
    start_date: date | None = None

"""PURE: customers and items (quickbooks-online.md §§12.1, 12.2)."""

from __future__ import annotations

from decimal import Decimal

from comptoir.books.documents import CustomerDocument, ItemDocument, ItemType
from comptoir.ledgers.quickbooks import texts
from comptoir.ledgers.quickbooks.translate.parts import CompanyFacts, Json, address, currency_ref, present, ref, wrapped

_ITEM_TYPES = {
    ItemType.SERVICE: "Service",
    ItemType.NON_INVENTORY: "NonInventory",
    ItemType.INVENTORY: "Inventory",
}


def customer(document: CustomerDocument, facts: CompanyFacts) -> Json:
    """A customer. What QuickBooks would refuse in names and addresses is left out (§10)."""
    return present(
        DisplayName=texts.customer_name(document.name),
        GivenName=texts.person(document.given_name),
        FamilyName=texts.person(document.family_name),
        CompanyName=texts.person(document.company),
        PrimaryEmailAddr=wrapped("Address", texts.email(document.email)),
        PrimaryPhone=wrapped("FreeFormNumber", texts.phone(document.phone)),
        BillAddr=address(document.billing, with_name=False),
        ShipAddr=address(document.shipping, with_name=False),
        Notes=texts.block(document.note, texts.CUSTOMER_NOTES_CHARACTERS),
        CurrencyRef=currency_ref(document.currency, facts),
    )


def item(document: ItemDocument) -> Json:
    """An item; one with stock starts at quantity nothing (§17)."""
    record = present(
        Name=texts.item_name(document.name),
        Type=_ITEM_TYPES[document.type],
        Sku=texts.line(document.sku, texts.SKU_CHARACTERS),
        Description=texts.block(document.description, texts.DESCRIPTION_CHARACTERS),
        IncomeAccountRef=ref(document.income_account),
        ExpenseAccountRef=ref(document.expense_account),
        AssetAccountRef=ref(document.asset_account),
    )
    if document.type is not ItemType.INVENTORY:
        return record
    if document.expense_account is None or document.asset_account is None or document.start_date is None:
        raise ValueError("an inventory item needs its expense and asset accounts and a start date")
    stock = {"TrackQtyOnHand": True, "QtyOnHand": Decimal(0), "InvStartDate": document.start_date.isoformat()}
    return record | stock

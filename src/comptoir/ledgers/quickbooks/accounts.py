"""Accounts that a set-up makes (quickbooks-online.md §12.3): found by name first, and made once."""

from __future__ import annotations

import hashlib

from comptoir.books.company import Account, AccountType
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict
from comptoir.ledgers.quickbooks import texts, wire
from comptoir.ledgers.quickbooks.client import REQUEST_ID_CHARACTERS, QuickBooksClient
from comptoir.ledgers.quickbooks.company import ACCOUNT_TYPES, to_account
from comptoir.ledgers.quickbooks.errors import shaped
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE, among

TYPES = {kind: name for name, kind in ACCOUNT_TYPES.items()}
SUBTYPES = {
    AccountType.BANK: "Checking",
    AccountType.OTHER_CURRENT_ASSET: "Inventory",
    AccountType.INCOME: "SalesOfProductIncome",
    AccountType.COST_OF_GOODS_SOLD: "SuppliesMaterialsCogs",
    AccountType.OTHER_CURRENT_LIABILITY: "OtherCurrentLiabilities",
}
"""What inventory items ask of their accounts (§12.2), and the usual one elsewhere."""


def make_account(client: QuickBooksClient, name: str, kind: AccountType) -> Account:
    """The active account of this name and kind, made where there is none of the name. Conflict where it is another."""
    wanted = texts.account_name(name)
    home = client.preferences().currency_prefs.home_currency.value
    for row in client.rows("Account", f"{among('Name', [wanted])} AND {ALSO_INACTIVE}", wire.Account):
        found = to_account(row, home)
        if found.name.casefold() != wanted.casefold():  # a sub-account, elsewhere in the chart
            continue
        if not found.active or found.type is not kind:
            raise Conflict(
                Message(
                    'The name "{name}" is taken by another account, or by one that is inactive. Choose another name.',
                    {"name": wanted},
                ),
                code="6240",
            )
        return found
    fields = {"Name": wanted, "AccountType": TYPES[kind], "AccountSubType": SUBTYPES[kind]}
    made = client.create("Account", fields, request_id=_request_id(client.realm_id, wanted, kind))
    return to_account(shaped(made, wire.Account), home)


def _request_id(realm_id: str, name: str, kind: AccountType) -> str:
    """The same for the same account: a call that is repeated makes no second one."""
    return hashlib.sha256(f"{realm_id}:account:{kind}:{name}".encode()).hexdigest()[:REQUEST_ID_CHARACTERS]

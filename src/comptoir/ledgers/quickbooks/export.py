"""A company's lists and settings as QuickBooks answers them, for a local copy of the company in the simulator.

The rows hold what the company holds: names, addresses and telephone numbers of customers, vendors and employees among
it. They are for the user's own machine: nothing here sends them anywhere, and whoever writes them to a file tells the
user what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from comptoir.engine.errors import HouseError
from comptoir.ledgers.quickbooks.client import QuickBooksClient
from comptoir.ledgers.quickbooks.errors import QUERY_INVALID
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE, ONLY_INACTIVE

Rows = list[dict[str, Any]]

LISTS = (
    "Account",
    "Item",
    "Customer",
    "Vendor",
    "Employee",
    "PaymentMethod",
    "Term",
    "Class",
    "Department",
)
TAX_LISTS = ("TaxCode", "TaxRate")


def export_company(client: QuickBooksClient) -> dict[str, Rows | dict[str, Any]]:
    """CompanyInfo and Preferences, one object each, and the rows of every list by entity, inactive ones included.

    Numbers with a fraction are Decimals. Raises a house error.
    """
    preferences = client.read_single("Preferences")
    exported: dict[str, Rows | dict[str, Any]] = {
        "CompanyInfo": client.read("CompanyInfo", client.realm_id),
        "Preferences": preferences,
    }
    for entity in LISTS:
        exported[entity] = list(client.rows(entity, ALSO_INACTIVE, dict[str, Any]))
    exported["TaxAgency"] = list(client.rows("TaxAgency", "", dict[str, Any]))
    for entity in TAX_LISTS:
        exported[entity] = list(_tax_rows(client, entity))
    multicurrency = (preferences.get("CurrencyPrefs") or {}).get("MultiCurrencyEnabled") is True
    exported["CompanyCurrency"] = (
        list(client.rows("CompanyCurrency", ALSO_INACTIVE, dict[str, Any])) if multicurrency else []
    )
    return exported


def _tax_rows(client: QuickBooksClient, entity: str) -> Iterator[dict[str, Any]]:
    """The pseudo codes TAX and NON have no Active to compare, and not every company lets these lists be asked by it."""
    seen: set[object] = set()
    for row in client.rows(entity, "", dict[str, Any]):
        seen.add(row.get("Id"))
        yield row
    try:
        yield from (row for row in client.rows(entity, ONLY_INACTIVE, dict[str, Any]) if row.get("Id") not in seen)
    except HouseError as error:
        if error.code != QUERY_INVALID:
            raise

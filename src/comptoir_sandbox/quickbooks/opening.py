"""A company made of given lists (given.py): the same ids and settings, no documents, stock as it lies there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import fields, stock
from comptoir_sandbox.quickbooks.company import LISTS, NAME_KINDS, SINGLES, Company
from comptoir_sandbox.quickbooks.given import (
    PSEUDO_CODES,
    Given,
    active_name,
    changed_at,
    parent_of,
    percent_of,
)
from comptoir_sandbox.quickbooks.lists import CLASSIFICATIONS
from comptoir_sandbox.quickbooks.profile import GLOBAL, US_AUTOMATED, US_MANUAL, Traits
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import DISCOUNT, OWN, SHIPPING, payable_name
from comptoir_sandbox.quickbooks.values import ZERO, Object, reference

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock

ENVELOPE = frozenset({"Id", "SyncToken", "MetaData", "domain", "sparse", "status"})
LONG_NUMBERS = frozenset({"AU", "CA", "FR"})
"""Countries whose account numbers have up to 20 characters (§12.3)."""
NEEDS_EXPENSE = frozenset({"CA", "GB"})
TAX_WORDS = {"GB": "VAT", "CA": "GST/HST", "AU": "GST", "SG": "GST", "IN": "GST"}
"""The tax's name in the text that refuses a line without a code (§9)."""
PAYABLE_SUBTYPES = frozenset({"SalesTaxPayable", "GlobalTaxPayable"})


def open_given(realm_id: str, given: Given, clock: Clock) -> Company:
    """The company as it is before any request. A clock that is behind its rows catches up with them."""
    company = Company(realm_id, _traits(given), clock)
    rows = [(kind, row) for kind in (*SINGLES, *LISTS) for row in given.rows[kind]]
    behind = max((changed_at(row) for _, row in rows), default=clock.now()) - clock.now()
    clock.advance(max(0.0, behind.total_seconds()))
    with company.change():
        # Changes are told in the order of time (§6), so they are made in it.
        for kind, row in sorted(rows, key=lambda pair: changed_at(pair[1])):
            _add(company, kind, row)
        _counters(company)
        _roles(company)
        for item in [each.id for each in company.records["Item"].values() if each.data["Type"] == "Inventory"]:
            stock.open_item(company, item)
    return company


def _traits(given: Given) -> Traits:
    info, preferences = given.rows["CompanyInfo"][0], given.rows["Preferences"][0]
    country = str(info["Country"])
    currency = str(preferences["CurrencyPrefs"]["HomeCurrency"]["value"])
    regime = GLOBAL
    if country == "US":
        regime = US_AUTOMATED if preferences["TaxPrefs"].get("PartnerTaxEnabled") else US_MANUAL
    named = (row.get("CurrencyRef") or {} for kind in ("Account", "Customer") for row in given.rows[kind])
    names = (str(each["name"]) for each in named if each.get("value") == currency and each.get("name"))
    return Traits(
        slug="given",
        country=country,
        currency=currency,
        currency_name=next(names, currency),
        regime=regime,
        region=str((info.get("CompanyAddr") or {}).get("CountrySubDivisionCode") or "").upper(),
        items_need_expense_account=country in NEEDS_EXPENSE,
        acct_num_length=20 if country in LONG_NUMBERS else 7,
        missing_tax_code_text=f"Make sure all your transactions have a {TAX_WORDS.get(country, 'tax')} rate before you "
        "save.",
    )


def _add(company: Company, kind: str, row: Object) -> None:
    identity = row["Id"]
    read = fields.read(kind, row, lenient=True)
    source = {name: value for name, value in read.items() if name not in ENVELOPE}
    record = Record(kind=kind, id=identity, data=_shown(company, kind, row), source=source)
    if kind == "Item" and row["Type"] == "Inventory":
        record.facts |= {"first quantity": Decimal(row["QtyOnHand"]), "first cost": record.data["PurchaseCost"]}
    company.put(record)
    name = active_name(kind, row)
    if name is not None and kind in NAME_KINDS:
        company.undo.assign(company.names, name[1], (kind, identity))
    elif name is not None:
        company.undo.assign(company.list_names, name, identity)
    above = parent_of(row)
    if kind == "Customer" and above is not None:
        company.undo.assign(company.children, above, (*company.children.get(above, ()), identity))


def _shown(company: Company, kind: str, row: Object) -> Object:
    """The row with what the simulator relies on, where an older answer leaves it out."""
    moment = company.now()
    times = {"CreateTime": moment, "LastUpdatedTime": moment, **(row.get("MetaData") or {})}
    data: Object = {"domain": "QBO", "sparse": False, **row, "MetaData": times}
    if row["Id"] not in PSEUDO_CODES:
        data.setdefault("SyncToken", "0")
    if kind in LISTS and kind != "TaxAgency":
        data.setdefault("Active", True)
    home = {"value": company.traits.currency, "name": company.traits.currency_name}
    if kind == "Account":
        data.setdefault("FullyQualifiedName", row["Name"])
        data.setdefault("Classification", CLASSIFICATIONS[row["AccountType"]])
    if kind in {"Account", "Customer", "Vendor"}:
        data.setdefault("CurrencyRef", home)
    if kind == "Item":
        data.setdefault("FullyQualifiedName", row["Name"])
        if row["Type"] == "Inventory":
            data.setdefault("PurchaseCost", ZERO)
    if kind == "TaxRate":
        data["RateValue"] = percent_of(row)
    return data


def _counters(company: Company) -> None:
    """New ids follow the highest given ones."""
    for kind in LISTS:
        numbers = [int(identity) for identity in company.records[kind] if identity.isdigit()]
        company.undo.assign(company.counters, kind, max(numbers, default=0))
    addresses = [
        int(address["Id"])
        for customer in company.records["Customer"].values()
        for address in (customer.data.get("BillAddr"), customer.data.get("ShipAddr"))
        if address and str(address.get("Id", "")).isdigit()
    ]
    company.undo.assign(company.counters, "address", max(addresses, default=0))


def _roles(company: Company) -> None:
    """Which accounts, item and term are the company's own for what (§12.3, §14, §18)."""
    roles = company.accounts_by_role
    accounts = [each for each in company.records["Account"].values() if each.data["Active"]]
    for record in sorted(accounts, key=lambda each: int(each.id)):
        subtype, currency = record.data["AccountSubType"], record.data["CurrencyRef"]["value"]
        role = subtype if currency == company.traits.currency else f"{subtype}:{currency}"
        roles.setdefault(role, record.id)
    forms = company.records["Preferences"]["1"].data["SalesFormsPrefs"]
    for role, name in ((SHIPPING, "DefaultShippingAccount"), (DISCOUNT, "DefaultDiscountAccount")):
        chosen = forms.get(name)
        identity = str(chosen["value"] if isinstance(chosen, dict) else chosen)
        if identity in company.records["Account"]:
            roles[role] = identity
        elif OWN[role][2] == "DiscountsRefundsGiven" and "DiscountsRefundsGiven" in roles:
            roles[role] = roles["DiscountsRefundsGiven"]
    term = reference(forms, "DefaultTerms")
    if term is not None:
        roles["default term"] = term
    first = company.get("Item", "1")
    if first is not None and first.data["Active"] and first.data["Type"] == "Service":
        roles["default item"] = first.id
    _tax_roles(company, accounts)


def _tax_roles(company: Company, accounts: list[Record]) -> None:
    """One account an agency: by its name, else the only one that is left for the only agency that is left."""
    payables = {
        each.data["Name"].casefold(): each.id for each in accounts if each.data["AccountSubType"] in PAYABLE_SUBTYPES
    }
    left = []
    for agency in company.records["TaxAgency"]:
        account = payables.pop(payable_name(company, agency).casefold(), None)
        if account is None:
            left.append(agency)
        else:
            company.accounts_by_role[f"tax agency {agency}"] = account
    if len(left) == len(payables) == 1:
        company.accounts_by_role[f"tax agency {left[0]}"] = next(iter(payables.values()))

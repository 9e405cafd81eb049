"""The company's own accounts: found by what they are for, made when first needed (§12.3)."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.lists import BUILDERS
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.values import Object

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

UNDEPOSITED, RECEIVABLE, PAYABLE = "UndepositedFunds", "AccountsReceivable", "AccountsPayable"
INVENTORY, OPENING, EXCHANGE = "Inventory", "OpeningBalanceEquity", "ExchangeGainOrLoss"
SHIPPING, DISCOUNT = "shipping account", "discount account"
OWN = {
    UNDEPOSITED: ("Payments to deposit", "Other Current Asset", UNDEPOSITED),
    RECEIVABLE: ("Accounts Receivable (A/R)", "Accounts Receivable", RECEIVABLE),
    PAYABLE: ("Accounts Payable (A/P)", "Accounts Payable", PAYABLE),
    INVENTORY: ("Inventory Asset", "Other Current Asset", INVENTORY),
    OPENING: ("Opening Balance Equity", "Equity", OPENING),
    EXCHANGE: ("Exchange Gain or Loss", "Other Expense", EXCHANGE),
    SHIPPING: ("Shipping Income", "Income", "OtherPrimaryIncome"),
    DISCOUNT: ("Discounts given", "Income", "DiscountsRefundsGiven"),
}
"""Role -> name, type and subtype of the account that appears when first needed."""


def add_record(company: Company, record: Record) -> None:
    """Store a record that no client made."""
    moment = company.now()
    record.data["MetaData"] = {"CreateTime": moment, "LastUpdatedTime": moment}
    company.put(record)


def own_account(company: Company, role: str) -> str:
    """The id of the account with that role."""
    known = company.accounts_by_role.get(role)
    if known is not None:
        return known
    name, kind, subtype = OWN[role]
    return _appear(company, role, name, {"AccountType": kind, "AccountSubType": subtype})


def in_currency(company: Company, role: str, currency: str) -> str:
    """The receivables or payables account of a currency: the foreign ones beside the one in home currency."""
    if currency == company.traits.currency:
        return own_account(company, role)
    key = f"{role}:{currency}"
    known = company.accounts_by_role.get(key)
    if known is not None:
        return known
    home = company.records["Account"][own_account(company, role)].data
    fields: Object = {"AccountType": home["AccountType"], "CurrencyRef": {"value": currency}}
    return _appear(company, key, f"{home['Name']} - {currency}", fields)


def tax_account(company: Company, rate: str) -> str:
    """The account a rate's tax is owed on: one an agency, "<Agency> Payable" (§18)."""
    agency = company.records["TaxRate"][rate].data["AgencyRef"]["value"]
    known = company.accounts_by_role.get(f"tax agency {agency}")
    if known is not None:
        return known
    subtype = "GlobalTaxPayable" if company.traits.regime == GLOBAL else "SalesTaxPayable"
    fields: Object = {"AccountType": "Other Current Liability", "AccountSubType": subtype}
    return _appear(company, f"tax agency {agency}", payable_name(company, agency), fields)


def payable_name(company: Company, agency: str) -> str:
    """The name of an agency's account."""
    return f"{company.records['TaxAgency'][agency].data['DisplayName'].replace(':', '')} Payable"


def _appear(company: Company, role: str, name: str, fields: Object) -> str:
    identity = company.new_id("Account")
    names = (name if number == 1 else f"{name} {number}" for number in count(1))
    free = next(each for each in names if ("Account", each.casefold()) not in company.list_names)
    add_record(company, BUILDERS["Account"](company, "Account", {**fields, "Name": free}, None, identity))
    company.undo.assign(company.accounts_by_role, role, identity)
    return identity

"""Accounts and the small lists; the builders of every list (§12)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, business, inactive, invalid_reference, missing
from comptoir_sandbox.quickbooks.naming import (
    copy_kept,
    finish_named,
    head,
    parent_of,
)
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import ZERO, Object

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

from comptoir_sandbox.quickbooks.currency import currency_ref, stated_currency
from comptoir_sandbox.quickbooks.items import build_item
from comptoir_sandbox.quickbooks.persons import build_person

CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
CODE = re.compile("[A-Z]{3}")
FOREIGN_KINDS = frozenset({"Bank", "Credit Card", "Accounts Receivable", "Accounts Payable"})
"""Account types that may be kept in a foreign currency (§12.3)."""
DEFAULT_SUBTYPES = {
    "Bank": "Checking",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "OtherCurrentAssets",
    "Fixed Asset": "OtherFixedAssets",
    "Other Asset": "OtherLongTermAssets",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Long Term Liability": "OtherLongTermLiabilities",
    "Equity": "OwnersEquity",
    "Income": "OtherPrimaryIncome",
    "Other Income": "OtherMiscellaneousIncome",
    "Cost of Goods Sold": "OtherCostsOfServiceCos",
    "Expense": "OtherMiscellaneousServiceCost",
    "Other Expense": "OtherMiscellaneousExpense",
}


USUAL_SUBTYPES = {
    "Bank": ("Checking", "Savings", "CashOnHand", "MoneyMarket", "TrustAccounts", "RentsHeldInTrust"),
    "Accounts Receivable": ("AccountsReceivable",),
    "Other Current Asset": ("Inventory", "UndepositedFunds", "PrepaidExpenses", "OtherCurrentAssets"),
    "Accounts Payable": ("AccountsPayable",),
    "Credit Card": ("CreditCard",),
    "Other Current Liability": ("SalesTaxPayable", "GlobalTaxPayable", "GlobalTaxSuspense", "DeferredRevenue"),
    "Equity": ("OpeningBalanceEquity", "RetainedEarnings", "OwnersEquity", "PartnersEquity"),
    "Income": ("SalesOfProductIncome", "ServiceFeeIncome", "DiscountsRefundsGiven", "UnappliedCashPaymentIncome"),
    "Cost of Goods Sold": ("SuppliesMaterialsCogs", "CostOfLaborCos", "EquipmentRentalCos"),
    "Other Expense": ("ExchangeGainOrLoss", "PenaltiesSettlements"),
}
"""Subtypes that belong to one type alone (§12.3); others are taken as they come."""
USUAL_TYPES = {subtype: {kind} for kind, subtypes in USUAL_SUBTYPES.items() for subtype in subtypes}


def build_account(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An account of the chart (§12.3)."""
    name = source.get("Name")
    if not name:
        raise missing("Name")
    account_type = source.get("AccountType") or (old.data["AccountType"] if old is not None else None)
    account_type = account_type or next(iter(USUAL_TYPES.get(source.get("AccountSubType") or "", ())), None)
    if not account_type:
        raise missing("AccountType")
    if '"' in name:
        raise FaultError("2040", "Property Name has an invalid character", element="Name")
    if len(source.get("AcctNum") or "") > company.traits.acct_num_length:
        raise FaultError("2050", f"String length specified does not match: AcctNum {source['AcctNum']}")
    data = {**head(identity), "Name": name, "Active": source.get("Active", True)}
    if not data["Active"] and company.ledger.balances.get(identity, ZERO):
        raise FaultError("6220", "An account with a balance cannot be made inactive", element="Active")
    copy_kept(kind, source, data)
    finish_named(company, kind, data, parent_of(company, kind, source, identity), old)
    data.setdefault("SubAccount", False)
    data["Classification"] = CLASSIFICATIONS[account_type]
    data["AccountType"] = account_type
    data["AccountSubType"] = source.get("AccountSubType") or DEFAULT_SUBTYPES[account_type]
    if account_type not in USUAL_TYPES.get(data["AccountSubType"], {account_type}):
        text = f"{data['AccountSubType']} is not a subtype of {account_type}"
        raise FaultError("6010", text, element="AccountSubType")
    data["CurrentBalance"] = data["CurrentBalanceWithSubAccounts"] = 0
    data["CurrencyRef"] = currency_ref(company, _currency(company, source, account_type, old))
    kept = {**source, "Name": data["Name"], "AccountType": account_type}
    return Record(kind=kind, id=identity, data=data, source=kept)


def _currency(company: Company, source: Object, account_type: str, old: Record | None) -> str:
    if old is not None:
        return str(old.data["CurrencyRef"]["value"])
    wanted = stated_currency(company, source)
    if wanted != company.traits.currency and account_type not in FOREIGN_KINDS:
        raise business(f"An account of type {account_type} is kept in the home currency.", element="CurrencyRef")
    return wanted


def build_small(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """A class, department, term, payment method or tax agency (§12.4 to §12.7)."""
    if kind == "TaxAgency":
        return _tax_agency(company, source, identity)
    _check_tracking(company, kind)
    name = source.get("Name")
    if not name:
        raise missing("Name")
    data = {**head(identity), "Name": name, "Active": source.get("Active", True)}
    above = parent_of(company, kind, source, identity) if kind in {"Class", "Department"} else None
    finish_named(company, kind, data, above, old)
    if kind == "PaymentMethod":
        data["Type"] = source.get("Type") or "NON_CREDIT_CARD"
        if data["Type"] not in {"CREDIT_CARD", "NON_CREDIT_CARD"}:
            raise FaultError("2170", f"Invalid enumeration value. Supplied value:{data['Type']}", element="Type")
    if kind == "Term":
        _term(source, data)
    if kind in {"Term", "PaymentMethod"}:
        del data["FullyQualifiedName"]
    return Record(kind=kind, id=identity, data=data, source={**source, "Name": data["Name"]})


def _check_tracking(company: Company, kind: str) -> None:
    group = "AccountingInfoPrefs"
    if kind == "Class":
        on = company.preference(group, "ClassTrackingPerTxn") or company.preference(group, "ClassTrackingPerTxnLine")
    else:
        on = kind != "Department" or company.preference(group, "TrackDepartments")
    if not on:
        raise FaultError("5020", f"Permission Denied Error : {kind} tracking is turned off")


def _term(source: Object, data: Object) -> None:
    if source.get("DayOfMonthDue") is not None:
        data["Type"] = "DATE_DRIVEN"
        data["DayOfMonthDue"] = source["DayOfMonthDue"]
        data["DueNextMonthDays"] = source.get("DueNextMonthDays", 0)
        return
    if source.get("DueDays") is None:
        raise missing("DueDays")
    data["Type"] = "STANDARD"
    data["DueDays"] = source["DueDays"]


def _tax_agency(company: Company, source: Object, identity: str) -> Record:
    name = source.get("DisplayName")
    if not name:
        raise missing("DisplayName")
    company.claim_list_name("TaxAgency", identity, name, None)
    data = {**head(identity), "DisplayName": name, "TaxTrackedOnSales": True, "TaxTrackedOnPurchases": True}
    return Record(kind="TaxAgency", id=identity, data=data, source=source)


def build_currency(company: Company, kind: str, source: Object, old: Record | None, identity: str) -> Record:
    """An active foreign currency (§12.8)."""
    if not company.preference("CurrencyPrefs", "MultiCurrencyEnabled"):
        raise FaultError("5020", "Permission Denied Error : multicurrency is turned off")
    code = (old.data["Code"] if old is not None else None) or source.get("Code")
    if not code:
        raise missing("Code")
    if CODE.fullmatch(code) is None:
        raise FaultError("2220", f"Invalid currency. Supplied value:{code}", element="Code")
    company.claim_list_name(kind, identity, code, code if old is not None else None)
    data = {**head(identity), "Code": code, "Name": source.get("Name") or code, "Active": source.get("Active", True)}
    return Record(kind=kind, id=identity, data=data, source={**source, "Code": code})


def fall_due(company: Company, source: Object, data: Object, term: str | None) -> None:
    """Put the term and the due date on a form: as sent, else by the term, else the form's own date."""
    days = 0
    if term is not None:
        days = _due_days(company, term)
        data["SalesTermRef"] = company.ref("Term", term)
    due = date.fromisoformat(data["TxnDate"]) + timedelta(days=days)
    data["DueDate"] = source.get("DueDate") or due.isoformat()


def _due_days(company: Company, term: str) -> int:
    """Days after the document's date by a STANDARD term; 0 for a date-driven one."""
    found = company.get("Term", term)
    if found is None:
        raise invalid_reference("Terms", term, element="SalesTermRef")
    if found.data.get("Active") is False:
        raise inactive()
    return int(found.data.get("DueDays", 0))


BUILDERS = {
    "Customer": build_person,
    "Vendor": build_person,
    "Employee": build_person,
    "Item": build_item,
    "Account": build_account,
    "Class": build_small,
    "Department": build_small,
    "Term": build_small,
    "PaymentMethod": build_small,
    "TaxAgency": build_small,
    "CompanyCurrency": build_currency,
}
READ_ONLY = frozenset({"TaxCode", "TaxRate", "CompanyInfo"})

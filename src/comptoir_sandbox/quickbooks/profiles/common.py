"""What the profiles share: the English chart of accounts, terms, ways to pay, classes and locations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.profile import AccountSeed

if TYPE_CHECKING:
    from collections.abc import Mapping

CREDIT, OTHER = "CREDIT_CARD", "NON_CREDIT_CARD"
"""Types of payment methods (§12.6)."""
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
DEFAULT_TERM = "Net 30"
CLASSES = ("Online", "Shop")
DEPARTMENTS = ("Warehouse", "Counter")


def account(name: str, kind: str, subtype: str, currency: str | None = None) -> AccountSeed:
    """An account of the chart."""
    return AccountSeed(name=name, kind=kind, subtype=subtype, currency=currency)


_BEFORE_TAX = (
    account("Sales", "Income", "SalesOfProductIncome"),
    account("Services", "Income", "ServiceFeeIncome"),
    account("Shipping income", "Income", "OtherPrimaryIncome"),
    account("Discounts given", "Income", "DiscountsRefundsGiven"),
    account("Refunds and differences", "Income", "OtherPrimaryIncome"),
    account("Current account", "Bank", "Checking"),
    account("Savings account", "Bank", "Savings"),
    account("Card clearing", "Bank", "Checking"),
    account("PayPal clearing", "Bank", "Checking"),
    account("Bank transfer clearing", "Bank", "Checking"),
    account("Cash clearing", "Bank", "CashOnHand"),
    account("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
    account("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
    account("Inventory Asset", "Other Current Asset", "Inventory"),
    account("Prepaid expenses", "Other Current Asset", "PrepaidExpenses"),
    account("Equipment", "Fixed Asset", "MachineryAndEquipment"),
    account("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
    account("Credit card", "Credit Card", "CreditCard"),
)
_AFTER_TAX = (
    account("Gift cards outstanding", "Other Current Liability", "OtherCurrentLiabilities"),
    account("Loan", "Long Term Liability", "NotesPayable"),
    account("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
    account("Retained Earnings", "Equity", "RetainedEarnings"),
    account("Cost of sales", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
)
_EXPENSES = (
    account("Bank charges", "Expense", "BankCharges"),
    account("Payment processing fees", "Expense", "OtherMiscellaneousServiceCost"),
    account("Postage and delivery", "Expense", "ShippingFreightDelivery"),
    account("Advertising", "Expense", "AdvertisingPromotional"),
    account("Purchases", "Expense", "SuppliesMaterials"),
    account("Interest earned", "Other Income", "InterestEarned"),
    account("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
)


def english_chart(
    *, taxes: tuple[AccountSeed, ...], costs: tuple[AccountSeed, ...] = (), renamed: Mapping[str, str] | None = None
) -> tuple[AccountSeed, ...]:
    """The chart of an English-speaking company: its tax accounts, further costs of sales, names of its own."""
    names = renamed or {}
    listed = (*_BEFORE_TAX, *taxes, *_AFTER_TAX, *costs, *_EXPENSES)
    return tuple(account(names.get(each.name, each.name), each.kind, each.subtype, each.currency) for each in listed)

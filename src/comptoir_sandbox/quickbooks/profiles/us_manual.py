"""An American company that keeps its own sales-tax codes (§15.2, §21)."""

from __future__ import annotations

from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import US_MANUAL, AccountSeed, CodeSeed, ItemSeed, Profile, RateSeed


def _account(name: str, kind: str, subtype: str) -> AccountSeed:
    return AccountSeed(name=name, kind=kind, subtype=subtype)


ARIZONA = "Arizona Dept. of Revenue"

PROFILE = Profile(
    slug="us-manual",
    country="US",
    company_name="Sandbox Company US",
    currency="USD",
    currency_name="United States Dollar",
    city="San Francisco",
    region="CA",
    regime=US_MANUAL,
    agency="Board of Equalization",
    tax_account="Board of Equalization Payable",
    agency_accounts=((ARIZONA, "Arizona Dept. of Revenue Payable"),),
    shipping_account="Shipping income",
    discount_account="Discounts given",
    accounts=(
        _account("Sales of Product Income", "Income", "SalesOfProductIncome"),
        _account("Services", "Income", "ServiceFeeIncome"),
        _account("Shipping income", "Income", "OtherPrimaryIncome"),
        _account("Discounts given", "Income", "DiscountsRefundsGiven"),
        _account("Refunds and differences", "Income", "OtherPrimaryIncome"),
        _account("Checking", "Bank", "Checking"),
        _account("Savings", "Bank", "Savings"),
        _account("Card clearing", "Bank", "Checking"),
        _account("PayPal clearing", "Bank", "Checking"),
        _account("Bank transfer clearing", "Bank", "Checking"),
        _account("Cash clearing", "Bank", "CashOnHand"),
        _account("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
        _account("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
        _account("Inventory Asset", "Other Current Asset", "Inventory"),
        _account("Prepaid Expenses", "Other Current Asset", "PrepaidExpenses"),
        _account("Truck", "Fixed Asset", "MachineryAndEquipment"),
        _account("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
        _account("Mastercard", "Credit Card", "CreditCard"),
        _account("Board of Equalization Payable", "Other Current Liability", "SalesTaxPayable"),
        _account("Arizona Dept. of Revenue Payable", "Other Current Liability", "SalesTaxPayable"),
        _account("Gift cards outstanding", "Other Current Liability", "OtherCurrentLiabilities"),
        _account("Notes Payable", "Long Term Liability", "NotesPayable"),
        _account("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
        _account("Retained Earnings", "Equity", "RetainedEarnings"),
        _account("Cost of Goods Sold", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
        _account("Inventory Shrinkage", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
        _account("Bank Charges", "Expense", "BankCharges"),
        _account("Payment processing fees", "Expense", "OtherMiscellaneousServiceCost"),
        _account("Postage and delivery", "Expense", "ShippingFreightDelivery"),
        _account("Advertising", "Expense", "AdvertisingPromotional"),
        _account("Purchases", "Expense", "SuppliesMaterials"),
        _account("Interest Earned", "Other Income", "InterestEarned"),
        _account("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
    ),
    rates=(
        RateSeed(name="California", percent=Decimal(8)),
        RateSeed(name="AZ State tax", percent=Decimal("7.1"), agency=ARIZONA),
        RateSeed(name="Tucson City", percent=Decimal(2), agency=ARIZONA),
        RateSeed(name="Low", percent=Decimal("6.5")),
    ),
    codes=(
        CodeSeed(name="California", description="California", rates=("California",), config="USER_DEFINED"),
        CodeSeed(name="Tucson", description="Tucson", rates=("AZ State tax", "Tucson City"), config="USER_DEFINED"),
        CodeSeed(name="Low", description="Low", rates=("Low",), config="USER_DEFINED"),
    ),
    items=(
        ItemSeed(name="Services", income_account="Services"),
        ItemSeed(name="Hours", income_account="Services"),
        ItemSeed(
            name="Sales",
            income_account="Sales of Product Income",
            expense_account="Purchases",
            kind="NonInventory",
            taxable=True,
        ),
    ),
    default_item="Services",
    payment_methods=(
        ("Cash", "NON_CREDIT_CARD"),
        ("Check", "NON_CREDIT_CARD"),
        ("Visa", "CREDIT_CARD"),
        ("MasterCard", "CREDIT_CARD"),
        ("Discover", "CREDIT_CARD"),
        ("American Express", "CREDIT_CARD"),
        ("Diners Club", "CREDIT_CARD"),
    ),
    terms=(("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60)),
    default_term="Net 30",
    vendors=("US Mail",),
    classes=("Online", "Shop"),
    departments=("Warehouse", "Counter"),
    class_per_form=True,
    departments_on=True,
    inventory=True,
)

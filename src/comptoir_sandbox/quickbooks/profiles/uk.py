"""A British company: pounds, VAT by the global model, own document numbers (§11, §12, §15.4)."""

from __future__ import annotations

from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import AccountSeed, CodeSeed, ItemSeed, Profile, RateSeed


def _account(name: str, kind: str, subtype: str) -> AccountSeed:
    return AccountSeed(name=name, kind=kind, subtype=subtype)


PROFILE = Profile(
    slug="uk",
    country="GB",
    company_name="Sandbox Company UK",
    currency="GBP",
    currency_name="British Pound Sterling",
    city="London",
    agency="HM Revenue & Customs (VAT)",
    tax_account="VAT Control",
    shipping_account="Shipping income",
    discount_account="Discounts given",
    accounts=(
        _account("Sales", "Income", "SalesOfProductIncome"),
        _account("Services", "Income", "ServiceFeeIncome"),
        _account("Shipping income", "Income", "OtherPrimaryIncome"),
        _account("Discounts given", "Income", "DiscountsRefundsGiven"),
        _account("Refunds and differences", "Income", "OtherPrimaryIncome"),
        _account("Current account", "Bank", "Checking"),
        _account("Savings account", "Bank", "Savings"),
        _account("Card clearing", "Bank", "Checking"),
        _account("PayPal clearing", "Bank", "Checking"),
        _account("Bank transfer clearing", "Bank", "Checking"),
        _account("Cash clearing", "Bank", "CashOnHand"),
        _account("Undeposited Funds", "Other Current Asset", "UndepositedFunds"),
        _account("Accounts Receivable (A/R)", "Accounts Receivable", "AccountsReceivable"),
        _account("Inventory Asset", "Other Current Asset", "Inventory"),
        _account("Prepaid expenses", "Other Current Asset", "PrepaidExpenses"),
        _account("Equipment", "Fixed Asset", "MachineryAndEquipment"),
        _account("Accounts Payable (A/P)", "Accounts Payable", "AccountsPayable"),
        _account("Credit card", "Credit Card", "CreditCard"),
        _account("VAT Control", "Other Current Liability", "GlobalTaxPayable"),
        _account("VAT Suspense", "Other Current Liability", "GlobalTaxSuspense"),
        _account("Gift cards outstanding", "Other Current Liability", "OtherCurrentLiabilities"),
        _account("Loan", "Long Term Liability", "NotesPayable"),
        _account("Opening Balance Equity", "Equity", "OpeningBalanceEquity"),
        _account("Retained Earnings", "Equity", "RetainedEarnings"),
        _account("Cost of sales", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
        _account("Bank charges", "Expense", "BankCharges"),
        _account("Payment processing fees", "Expense", "OtherMiscellaneousServiceCost"),
        _account("Postage and delivery", "Expense", "ShippingFreightDelivery"),
        _account("Advertising", "Expense", "AdvertisingPromotional"),
        _account("Purchases", "Expense", "SuppliesMaterials"),
        _account("Interest earned", "Other Income", "InterestEarned"),
        _account("Exchange Gain or Loss", "Other Expense", "ExchangeGainOrLoss"),
    ),
    rates=(
        RateSeed(name="20.0% S (Sales)", percent=Decimal(20)),
        RateSeed(name="5.0% R (Sales)", percent=Decimal(5)),
        RateSeed(name="0.0% Z (Sales)", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="Exempt (Sales)", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="20.0% S (Purchases)", percent=Decimal(20)),
        RateSeed(name="5.0% R (Purchases)", percent=Decimal(5)),
        RateSeed(name="0.0% Z (Purchases)", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="Exempt (Purchases)", percent=Decimal(0), special="ZERO_RATE"),
    ),
    codes=(
        CodeSeed(
            name="20.0% S", description="Standard rate", rates=("20.0% S (Sales)",), purchases=("20.0% S (Purchases)",)
        ),
        CodeSeed(
            name="5.0% R", description="Reduced rate", rates=("5.0% R (Sales)",), purchases=("5.0% R (Purchases)",)
        ),
        CodeSeed(name="0.0% Z", description="Zero rate", rates=("0.0% Z (Sales)",), purchases=("0.0% Z (Purchases)",)),
        CodeSeed(
            name="Exempt", description="Exempt from VAT", rates=("Exempt (Sales)",), purchases=("Exempt (Purchases)",)
        ),
        CodeSeed(name="No VAT", description="Outside the scope of VAT", taxable=False),
    ),
    items=(
        ItemSeed(name="Services", income_account="Services", expense_account="Purchases"),
        ItemSeed(name="Hours", income_account="Services", expense_account="Purchases"),
        ItemSeed(name="Sales", income_account="Sales", expense_account="Purchases", kind="NonInventory"),
    ),
    default_item="Services",
    payment_methods=(
        ("Cash", "NON_CREDIT_CARD"),
        ("Cheque", "NON_CREDIT_CARD"),
        ("Visa", "CREDIT_CARD"),
        ("MasterCard", "CREDIT_CARD"),
        ("American Express", "CREDIT_CARD"),
        ("Direct Debit", "NON_CREDIT_CARD"),
        ("PayPal", "NON_CREDIT_CARD"),
        ("Bank transfer", "NON_CREDIT_CARD"),
        ("Card", "CREDIT_CARD"),
    ),
    terms=(("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60)),
    default_term="Net 30",
    vendors=("Royal Mail",),
    classes=("Online", "Shop"),
    departments=("Warehouse", "Counter"),
    class_per_line=True,
    departments_on=True,
    items_need_expense_account=True,
    missing_tax_code_text="Make sure all your transactions have a VAT rate before you save.",
)

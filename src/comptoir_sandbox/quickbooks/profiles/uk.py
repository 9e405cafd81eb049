"""A British company: pounds, VAT by the global model, own document numbers (§11, §12, §15.4)."""

from __future__ import annotations

from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import CodeSeed, ItemSeed, Profile, RateSeed
from comptoir_sandbox.quickbooks.profiles.common import (
    CLASSES,
    CREDIT,
    DEFAULT_TERM,
    DEPARTMENTS,
    OTHER,
    TERMS,
    account,
    english_chart,
)

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
    accounts=english_chart(
        taxes=(
            account("VAT Control", "Other Current Liability", "GlobalTaxPayable"),
            account("VAT Suspense", "Other Current Liability", "GlobalTaxSuspense"),
        )
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
        ("Cash", OTHER),
        ("Cheque", OTHER),
        ("Visa", CREDIT),
        ("MasterCard", CREDIT),
        ("American Express", CREDIT),
        ("Direct Debit", OTHER),
        ("PayPal", OTHER),
        ("Bank transfer", OTHER),
        ("Card", CREDIT),
    ),
    terms=TERMS,
    default_term=DEFAULT_TERM,
    vendors=("Royal Mail",),
    classes=CLASSES,
    departments=DEPARTMENTS,
    class_per_line=True,
    departments_on=True,
    items_need_expense_account=True,
    missing_tax_code_text="Make sure all your transactions have a VAT rate before you save.",
)

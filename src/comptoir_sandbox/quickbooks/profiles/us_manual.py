"""An American company that keeps its own sales-tax codes (§15.2, §21)."""

from __future__ import annotations

from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import US_MANUAL, CodeSeed, ItemSeed, Profile, RateSeed
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
    accounts=english_chart(
        taxes=(
            account("Board of Equalization Payable", "Other Current Liability", "SalesTaxPayable"),
            account("Arizona Dept. of Revenue Payable", "Other Current Liability", "SalesTaxPayable"),
        ),
        costs=(account("Inventory Shrinkage", "Cost of Goods Sold", "OtherCostsOfServiceCos"),),
        renamed={
            "Sales": "Sales of Product Income",
            "Current account": "Checking",
            "Savings account": "Savings",
            "Prepaid expenses": "Prepaid Expenses",
            "Equipment": "Truck",
            "Credit card": "Mastercard",
            "Loan": "Notes Payable",
            "Cost of sales": "Cost of Goods Sold",
            "Bank charges": "Bank Charges",
            "Interest earned": "Interest Earned",
        },
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
        ("Cash", OTHER),
        ("Check", OTHER),
        ("Visa", CREDIT),
        ("MasterCard", CREDIT),
        ("Discover", CREDIT),
        ("American Express", CREDIT),
        ("Diners Club", CREDIT),
    ),
    terms=TERMS,
    default_term=DEFAULT_TERM,
    vendors=("US Mail",),
    classes=CLASSES,
    departments=DEPARTMENTS,
    class_per_form=True,
    departments_on=True,
    inventory=True,
)

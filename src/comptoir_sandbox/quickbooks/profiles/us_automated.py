"""An American company with automated sales tax: rates by place, from a table (§15.3)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import US_AUTOMATED, CodeSeed, RateSeed
from comptoir_sandbox.quickbooks.profiles.common import account
from comptoir_sandbox.quickbooks.profiles.us_manual import ARIZONA
from comptoir_sandbox.quickbooks.profiles.us_manual import PROFILE as MANUAL

NEW_YORK = "New York Department of Taxation and Finance"

PROFILE = replace(
    MANUAL,
    slug="us-automated",
    company_name="Sandbox Company US, automated tax",
    regime=US_AUTOMATED,
    accounts=(
        *MANUAL.accounts,
        account("New York Department of Taxation and Finance Payable", "Other Current Liability", "SalesTaxPayable"),
    ),
    agency_accounts=(
        (ARIZONA, "Arizona Dept. of Revenue Payable"),
        (NEW_YORK, "New York Department of Taxation and Finance Payable"),
    ),
    rates=(
        RateSeed(name="California State", percent=Decimal(6)),
        RateSeed(name="California, San Francisco County", percent=Decimal("2.625")),
        RateSeed(name="New York State", percent=Decimal(4), agency=NEW_YORK),
        RateSeed(name="New York City", percent=Decimal("4.5"), agency=NEW_YORK),
        RateSeed(name="New York Metropolitan Commuter District", percent=Decimal("0.375"), agency=NEW_YORK),
        RateSeed(name="Arizona State", percent=Decimal("5.6"), agency=ARIZONA),
        RateSeed(name="No nexus", percent=Decimal(0)),
        RateSeed(name="Store's own 5 %", percent=Decimal(5)),
    ),
    codes=(
        CodeSeed(name="Own 5 %", description="The store's own", rates=("Store's own 5 %",), config="USER_DEFINED"),
        CodeSeed(name="Own 0 %", description="Never taxed", rates=("No nexus",), config="USER_DEFINED"),
    ),
    regions=(
        ("CA", ("California State", "California, San Francisco County")),
        ("NY", ("New York State", "New York City", "New York Metropolitan Commuter District")),
        ("AZ", ("Arizona State",)),
        ("", ("No nexus",)),
    ),
)

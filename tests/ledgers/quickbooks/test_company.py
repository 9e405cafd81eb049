from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.company import Account, AccountType, CustomerRecord, Named, TaxBase, TaxCode, TaxRate, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.company import Rows, applies_by_itself, tax_regime, to_company, to_customer, to_item


def preferences(**groups: Any) -> wire.Preferences:
    return wire.parse(groups, wire.Preferences)


def rows(shape: Any, *members: dict[str, Any]) -> Any:
    return tuple(wire.parse(row, shape) for row in members)


def lists(**changes: Any) -> Rows:
    names = (
        "accounts",
        "tax_codes",
        "tax_rates",
        "payment_methods",
        "classes",
        "departments",
        "currencies",
        "tax_agencies",
    )
    return Rows(**dict.fromkeys(names, ()) | changes)


GB = wire.CompanyInfo("Shop Ltd", "GB")


def test_a_company() -> None:
    company = to_company(
        "934",
        GB,
        preferences(
            AccountingInfoPrefs={
                "BookCloseDate": "2025-12-31",
                "ClassTrackingPerTxnLine": True,
                "ClassTrackingPerTxn": False,
                "TrackDepartments": True,
            },
            SalesFormsPrefs={"CustomTxnNumbers": True, "AutoApplyCredit": True},
            TaxPrefs={"UsingSalesTax": True},
            CurrencyPrefs={"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "GBP"}},
        ),
        lists(
            accounts=rows(
                wire.Account,
                {"Id": "35", "Name": "Till", "FullyQualifiedName": "Bank:Till", "AccountType": "Bank"},
                {"Id": "36", "Name": "Loan", "AccountType": "Long Term Liability", "Active": False,
                 "CurrencyRef": {"value": "EUR"}},
            ),
            payment_methods=rows(wire.Listed, {"Id": "1", "Name": "Cash"}),
            classes=rows(wire.Listed, {"Id": "2", "Name": "B", "FullyQualifiedName": "A:B", "Active": False}),
            departments=rows(wire.Listed, {"Id": "3", "Name": "London"}),
            tax_agencies=rows(
                wire.TaxAgency,
                {"Id": "1", "LastFileDate": "2025-09-30"},
                {"Id": "2", "LastFileDate": "2025-12-31"},
                {"Id": "3"},
            ),
            currencies=rows(wire.CompanyCurrency, {"Code": "EUR"}, {"Code": "FRF", "Active": False}),
        ),
    )  # fmt: skip
    assert company.identity == "quickbooks:934"
    assert (company.name, company.country, company.currency) == ("Shop Ltd", "GB", "GBP")
    assert company.tax_regime is TaxRegime.GLOBAL
    assert company.accounts == (
        Account(LedgerId("35"), "Bank:Till", AccountType.BANK, "GBP"),
        Account(LedgerId("36"), "Loan", AccountType.OTHER, "EUR", active=False),
    )
    assert company.payment_methods == (Named(LedgerId("1"), "Cash"),)
    assert company.classes == (Named(LedgerId("2"), "A:B", active=False),)
    assert company.locations == (Named(LedgerId("3"), "London"),)
    assert company.books_closed_until == date(2025, 12, 31)
    assert company.multicurrency
    assert company.currencies == ("EUR",)
    assert company.tax_filed_until == date(2025, 12, 31)
    assert company.custom_numbers
    assert company.auto_apply_credit
    assert company.class_per_line
    assert company.track_classes
    assert company.track_locations


def test_a_company_that_says_little() -> None:
    company = to_company("934", GB, preferences(), lists())
    assert company.currency == "USD"
    assert company.books_closed_until is None
    assert not company.class_per_line
    assert not company.track_classes
    assert not company.auto_apply_credit


@pytest.mark.parametrize(
    ("country", "prefs", "regime"),
    [
        ("US", {"UsingSalesTax": False, "PartnerTaxEnabled": True}, TaxRegime.NONE),
        ("GB", {}, TaxRegime.NONE),
        ("US", {"UsingSalesTax": True}, TaxRegime.US_MANUAL),
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": False}, TaxRegime.US_MANUAL),
        ("US", {"UsingSalesTax": True, "PartnerTaxEnabled": True}, TaxRegime.US_AUTOMATED),
        ("CA", {"UsingSalesTax": True}, TaxRegime.GLOBAL),
    ],
    ids=["off", "silent", "manual", "manual said", "automated", "global"],
)
def test_tax_regimes(country: str, prefs: dict[str, bool], regime: TaxRegime) -> None:
    assert tax_regime(country, preferences(TaxPrefs=prefs)) is regime


CODE = {
    "Id": "5",
    "Name": "20.0% S",
    "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "1"}}, {"TaxRateRef": {"value": "2"}}]},
}


def test_tax_codes_carry_their_sales_rates() -> None:
    found = to_company(
        "934",
        GB,
        preferences(),
        lists(
            tax_codes=rows(wire.TaxCode, CODE, {"Id": "NON", "Name": "NON"}),
            tax_rates=rows(
                wire.TaxRate,
                {"Id": "1", "RateValue": 20},
                {"Id": "2", "Name": "QST", "RateValue": Decimal("9.975"), "AgencyRef": {"value": "7"}},
            ),
            tax_agencies=rows(wire.TaxAgency, {"Id": "7", "DisplayName": "Revenu Québec"}),
        ),
    ).tax_codes
    assert found == (
        TaxCode(
            LedgerId("5"),
            "20.0% S",
            (
                TaxRate(LedgerId("1"), "", Decimal("0.2")),
                TaxRate(LedgerId("2"), "QST", Decimal("0.09975"), agency="Revenu Québec"),
            ),
        ),
        TaxCode(LedgerId("NON"), "NON", ()),
    )


@pytest.mark.parametrize(
    ("subtype", "payable"), [("GlobalTaxPayable", True), ("SalesTaxPayable", True), ("GlobalTaxSuspense", False)]
)
def test_accounts_that_sales_tax_is_owed_on(subtype: str, *, payable: bool) -> None:
    row = {"Id": "9", "Name": "Tax", "AccountType": "Other Current Liability", "AccountSubType": subtype}
    (account,) = to_company("934", GB, preferences(), lists(accounts=rows(wire.Account, row))).accounts
    assert account.is_tax_payable is payable


def test_rates_stand_in_their_order_with_what_they_are_charged_on() -> None:
    details = [
        {"TaxRateRef": {"value": "3"}, "TaxTypeApplicable": "TaxOnTax", "TaxOrder": 3},
        {"TaxRateRef": {"value": "2"}, "TaxTypeApplicable": "TaxOnAmountPlusTax", "TaxOrder": 2},
        {"TaxRateRef": {"value": "1"}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 1},
    ]
    codes = rows(wire.TaxCode, {"Id": "5", "Name": "Old", "SalesTaxRateList": {"TaxRateDetail": details}})
    rates = rows(wire.TaxRate, *({"Id": number, "RateValue": 5} for number in "123"))
    (code,) = to_company("934", GB, preferences(), lists(tax_codes=codes, tax_rates=rates)).tax_codes
    assert [(rate.id, rate.on, rate.order) for rate in code.rates] == [
        ("1", TaxBase.AMOUNT, 1),
        ("2", TaxBase.AMOUNT_PLUS_TAX, 2),
        ("3", TaxBase.TAX, 3),
    ]


PERIODS = [
    {"RateValue": 15, "EffectiveDate": "2008-12-01T00:00:00-08:00", "EndDate": "2009-12-31T00:00:00-08:00"},
    {"RateValue": Decimal("17.5"), "EffectiveDate": "1991-04-01T00:00:00-08:00"},
    {"RateValue": 20, "EffectiveDate": "2011-01-04T00:00:00-08:00"},
]


def test_rates_are_read_with_their_times() -> None:
    codes = rows(wire.TaxCode, {"Id": "5", "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "1"}}]}})
    rates = rows(wire.TaxRate, {"Id": "1", "RateValue": 20, "EffectiveTaxRate": PERIODS})
    (code,) = to_company("934", GB, preferences(), lists(tax_codes=codes, tax_rates=rates)).tax_codes
    days = [date(1985, 1, 1), date(2008, 11, 30), date(2008, 12, 1), date(2009, 12, 31), date(2010, 1, 1)]
    assert [code.as_of(day).rate for day in days] == [
        Decimal("0.2"), Decimal("0.175"), Decimal("0.15"), Decimal("0.15"), Decimal("0.175"),
    ]  # fmt: skip
    assert code.rate == code.as_of(date(2026, 1, 1)).rate == Decimal("0.2")


@pytest.mark.parametrize(
    ("row", "rate"),
    [
        ({"EffectiveTaxRate": PERIODS}, "0.2"),
        ({"EffectiveTaxRate": [{"RateValue": 5, "EffectiveDate": "unknown"}]}, "0.05"),
        ({}, "0"),
    ],
    ids=["the latest", "no day", "nothing"],
)
def test_a_rate_that_tells_only_its_times(row: dict[str, Any], rate: str) -> None:
    codes = rows(wire.TaxCode, {"Id": "5", "SalesTaxRateList": {"TaxRateDetail": [{"TaxRateRef": {"value": "1"}}]}})
    rates = rows(wire.TaxRate, {"Id": "1", **row})
    (code,) = to_company("934", GB, preferences(), lists(tax_codes=codes, tax_rates=rates)).tax_codes
    assert code.rate == Decimal(rate)


def test_a_code_with_an_unknown_rate_is_not_offered() -> None:
    rates = rows(wire.TaxRate, {"Id": "1", "RateValue": 20})
    (code,) = to_company("934", GB, preferences(), lists(tax_codes=rows(wire.TaxCode, CODE), tax_rates=rates)).tax_codes
    assert not code.active


@pytest.mark.parametrize(
    ("prefs", "applies"),
    [
        ({}, False),
        ({"SalesFormsPrefs": {"AutoApplyCredit": True}}, True),
        ({"SalesFormsPrefs": {"AutoApplyPayments": True}}, True),
        ({"OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.AutoApplyPayments", "Value": "true"}]}}, True),
        ({"OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.AutoApplyPayments", "Value": "false"}]}}, False),
    ],
    ids=["no", "credit", "payments", "as text", "as text no"],
)
def test_automatic_application(prefs: dict[str, Any], applies: bool) -> None:
    assert applies_by_itself(preferences(**prefs)) is applies


def test_items() -> None:
    row = {"Id": "7", "Name": "Mug", "Sku": "M1", "Type": "Inventory", "Active": False, "InvStartDate": "2026-01-01"}
    record = to_item(wire.parse(row, wire.Item))
    assert (record.id, record.name, record.sku, record.type) == ("7", "Mug", "M1", "Inventory")
    assert (record.active, record.start_date) == (False, date(2026, 1, 1))


def test_an_item_says_what_it_holds_and_where_it_is_booked() -> None:
    row = {"Id": "7", "Name": "Mug", "QtyOnHand": 0, "IncomeAccountRef": {"value": "79", "name": "Sales"}}
    record = to_item(wire.parse(row, wire.Item))
    assert (record.quantity, record.income_account) == (Decimal(0), "79")
    bare = to_item(wire.parse({"Id": "8"}, wire.Item))
    assert (bare.quantity, bare.income_account) == (None, None)


@pytest.mark.parametrize(
    ("prefs", "message"),
    [
        ({}, ""),
        ({"SalesFormsPrefs": {"DefaultCustomerMessage": "Thanks"}}, "Thanks"),
        ({"OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.DefaultCustomerMessage", "Value": "Ta"}]}}, "Ta"),
    ],
    ids=["none", "its own", "as text"],
)
def test_the_default_message(prefs: dict[str, Any], message: str) -> None:
    assert to_company("934", GB, preferences(**prefs), lists()).default_message == message


@pytest.mark.parametrize(
    ("prefs", "tracks"),
    [({}, True), ({"ProductAndServicesPrefs": {"QuantityOnHand": False}}, False)],
    ids=["silent", "no stock"],
)
def test_whether_items_can_keep_stock(prefs: dict[str, Any], *, tracks: bool) -> None:
    assert to_company("934", GB, preferences(**prefs), lists()).track_stock is tracks


def test_customers() -> None:
    full = {
        "Id": "3",
        "DisplayName": "Jo",
        "PrimaryEmailAddr": {"Address": "jo@shop.example"},
        "PrimaryPhone": {"FreeFormNumber": "123"},
        "BillAddr": {"PostalCode": "LS1", "Line1": "x"},
        "CurrencyRef": {"value": "EUR", "name": "Euro"},
        "Active": False,
    }
    assert to_customer(wire.parse(full, wire.Name), "GBP") == CustomerRecord(
        LedgerId("3"), "Jo", "jo@shop.example", "EUR", "LS1", "123", active=False
    )
    assert to_customer(wire.parse({"Id": "4"}, wire.Name), "GBP") == CustomerRecord(LedgerId("4"), "", "", "GBP")

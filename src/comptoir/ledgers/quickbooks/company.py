"""PURE: CompanyInfo, Preferences and the lists as the books' `Company` (quickbooks-online.md §§11, 12, 15)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from comptoir.books.company import (
    Account,
    AccountType,
    Company,
    CompanyIdentity,
    CustomerRecord,
    ItemRecord,
    Named,
    RatePeriod,
    TaxBase,
    TaxCode,
    TaxRate,
    TaxRegime,
)
from comptoir.books.documents import LedgerId
from comptoir.ledgers.quickbooks import wire

ACCOUNT_TYPES = {
    "Bank": AccountType.BANK,
    "Other Current Asset": AccountType.OTHER_CURRENT_ASSET,
    "Accounts Receivable": AccountType.ACCOUNTS_RECEIVABLE,
    "Income": AccountType.INCOME,
    "Other Income": AccountType.OTHER_INCOME,
    "Cost of Goods Sold": AccountType.COST_OF_GOODS_SOLD,
    "Expense": AccountType.EXPENSE,
    "Other Current Liability": AccountType.OTHER_CURRENT_LIABILITY,
    "Equity": AccountType.EQUITY,
}
TAX_PAYABLE = frozenset({"SalesTaxPayable", "GlobalTaxPayable"})
"""Subtypes of the accounts that an agency's tax is owed on (§18)."""
OPENING_EQUITY = "OpeningBalanceEquity"
"""The subtype by which that account is known: its name is another in every language (§12.3)."""
TAX_BASES = {
    "TaxOnAmount": TaxBase.AMOUNT,
    "TaxOnAmountPlusTax": TaxBase.AMOUNT_PLUS_TAX,
    "TaxOnTax": TaxBase.TAX,
}
_PERCENT = Decimal(100)


def identity_of(realm_id: str) -> CompanyIdentity:
    """The lasting name of a company."""
    return CompanyIdentity(f"quickbooks:{realm_id}")


@dataclass(frozen=True, slots=True)
class Rows:
    """A company's lists as they were read."""

    tax_codes: tuple[wire.TaxCode, ...] = ()
    tax_rates: tuple[wire.TaxRate, ...] = ()
    accounts: tuple[wire.Account, ...] = ()
    payment_methods: tuple[wire.Listed, ...] = ()
    classes: tuple[wire.Listed, ...] = ()
    departments: tuple[wire.Listed, ...] = ()
    currencies: tuple[wire.CompanyCurrency, ...] = ()
    tax_agencies: tuple[wire.TaxAgency, ...] = ()


def to_company(realm_id: str, info: wire.CompanyInfo, preferences: wire.Preferences, lists: Rows) -> Company:
    """The company, with the regime and the preferences that the rules ask for."""
    currency = preferences.currency_prefs.home_currency.value
    company = Company(
        identity=identity_of(realm_id),
        name=info.company_name,
        country=info.country,
        currency=currency,
        tax_regime=TaxRegime.NONE,
        accounts=tuple(to_account(row, currency) for row in lists.accounts),
        tax_codes=(),
        payment_methods=tuple(map(to_named, lists.payment_methods)),
        classes=tuple(map(to_named, lists.classes)),
        locations=tuple(map(to_named, lists.departments)),
    )
    return with_settings(company, preferences, lists)


def with_settings(company: Company, preferences: wire.Preferences, lists: Rows) -> Company:
    """The company with these preferences, taxes and currencies: what no change data capture tells of (§6)."""
    accounting, forms = preferences.accounting_info_prefs, preferences.sales_forms_prefs
    return replace(
        company,
        tax_regime=tax_regime(company.country, preferences),
        tax_codes=tuple(tax_codes_of(lists)),
        multicurrency=preferences.currency_prefs.multi_currency_enabled,
        currencies=tuple(row.code for row in lists.currencies if row.active),
        custom_numbers=forms.custom_txn_numbers,
        books_closed_until=accounting.book_close_date,
        tax_agencies=tuple(row.display_name for row in lists.tax_agencies),
        tax_filed_until=max((row.last_file_date for row in lists.tax_agencies if row.last_file_date), default=None),
        auto_apply_credit=applies_by_itself(preferences),
        class_per_line=accounting.class_tracking_per_txn_line,
        track_classes=accounting.class_tracking_per_txn or accounting.class_tracking_per_txn_line,
        track_locations=accounting.track_departments,
        track_stock=preferences.product_and_services_prefs.quantity_on_hand,
        default_message=default_message(preferences),
    )


def tax_regime(country: str, preferences: wire.Preferences) -> TaxRegime:
    """How the company reckons sales tax (§15)."""
    if not preferences.tax_prefs.using_sales_tax:
        return TaxRegime.NONE
    if country != "US":
        return TaxRegime.GLOBAL
    return TaxRegime.US_AUTOMATED if preferences.tax_prefs.partner_tax_enabled else TaxRegime.US_MANUAL


def applies_by_itself(preferences: wire.Preferences) -> bool:
    """Whether QuickBooks attaches credits or payments to open invoices unasked; some companies say so as text only."""
    forms = preferences.sales_forms_prefs
    as_text = {entry.name: entry.value for entry in preferences.other_prefs.name_value}
    named = as_text.get("SalesFormsPrefs.AutoApplyPayments", "") == "true"
    return forms.auto_apply_credit or forms.auto_apply_payments or named


def default_message(preferences: wire.Preferences) -> str:
    """What the company writes on its sales forms; some companies say so as text only (§11)."""
    as_text = {entry.name: entry.value for entry in preferences.other_prefs.name_value}
    own = preferences.sales_forms_prefs.default_customer_message
    return own or as_text.get("SalesFormsPrefs.DefaultCustomerMessage", "")


def to_item(row: wire.Item) -> ItemRecord:
    """An item, as far as matching needs it."""
    return ItemRecord(
        id=LedgerId(row.id),
        name=row.name,
        sku=row.sku,
        type=row.type,
        active=row.active,
        start_date=row.inv_start_date,
        quantity=row.qty_on_hand,
        income_account=LedgerId(row.income_account_ref.value) if row.income_account_ref else None,
    )


def to_customer(row: wire.Name, home_currency: str) -> CustomerRecord:
    """A customer, as far as matching needs it."""
    return CustomerRecord(
        id=LedgerId(row.id),
        name=row.display_name,
        email=row.primary_email_addr.address if row.primary_email_addr else "",
        currency=row.currency_ref.value if row.currency_ref else home_currency,
        postcode=row.bill_addr.postal_code if row.bill_addr else "",
        phone=row.primary_phone.free_form_number if row.primary_phone else "",
        active=row.active,
    )


def to_account(row: wire.Account, home_currency: str) -> Account:
    """An account of the chart."""
    return Account(
        id=LedgerId(row.id),
        name=row.fully_qualified_name or row.name,
        type=ACCOUNT_TYPES.get(row.account_type, AccountType.OTHER),
        currency=row.currency_ref.value if row.currency_ref else home_currency,
        active=row.active,
        is_tax_payable=row.account_sub_type in TAX_PAYABLE,
        is_opening_equity=row.account_type == "Equity" and row.account_sub_type == OPENING_EQUITY,
    )


def to_named(row: wire.Listed) -> Named:
    """An entry of a simple list."""
    return Named(LedgerId(row.id), row.fully_qualified_name or row.name, row.active)


def tax_codes_of(lists: Rows) -> Iterable[TaxCode]:
    """The codes among these rows, with their sales rates and whom these are owed to."""
    known = {rate.id: rate for rate in lists.tax_rates}
    agencies = {agency.id: agency.display_name for agency in lists.tax_agencies}
    return (_tax_code(code, known, agencies) for code in lists.tax_codes)


def _tax_code(code: wire.TaxCode, known: Mapping[str, wire.TaxRate], agencies: Mapping[str, str]) -> TaxCode:
    """A code with its sales rates, in their order. One with a rate that was not read counts as inactive.

    Without that rate it would look like an out-of-scope code, which is a different thing altogether.
    """
    details = code.sales_tax_rate_list.tax_rate_detail if code.sales_tax_rate_list else []
    read = [detail for detail in details if detail.tax_rate_ref.value in known]
    return TaxCode(
        id=LedgerId(code.id),
        name=code.name,
        rates=tuple(
            _tax_rate(detail, known[detail.tax_rate_ref.value], agencies)
            for detail in sorted(read, key=lambda detail: detail.tax_order)
        ),
        active=code.active and len(read) == len(details),
    )


def _tax_rate(detail: wire.TaxRateDetail, row: wire.TaxRate, agencies: Mapping[str, str]) -> TaxRate:
    periods = tuple(_period(each) for each in row.effective_tax_rate)
    latest = max(periods, key=lambda each: each.since or date.min, default=RatePeriod(Decimal(0)))
    return TaxRate(
        id=LedgerId(row.id),
        name=row.name,
        rate=latest.rate if row.rate_value is None else row.rate_value / _PERCENT,
        agency=agencies.get(row.agency_ref.value, "") if row.agency_ref else "",
        on=TAX_BASES.get(detail.tax_type_applicable, TaxBase.AMOUNT),
        order=detail.tax_order,
        periods=periods,
    )


def _period(row: wire.EffectiveTaxRate) -> RatePeriod:
    return RatePeriod(row.rate_value / _PERCENT, _day(row.effective_date), _day(row.end_date))


def _day(text: str) -> date | None:
    """The day of a time in its own offset; None where none is told, or what is told is no time."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

"""A fresh company from a profile: chart of accounts, taxes, lists, preferences (§11, §12, §21)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.company import Company
from comptoir_sandbox.quickbooks.lists import BUILDERS
from comptoir_sandbox.quickbooks.naming import head
from comptoir_sandbox.quickbooks.profile import US_AUTOMATED
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import DISCOUNT, SHIPPING
from comptoir_sandbox.quickbooks.taxseed import TaxSeeder
from comptoir_sandbox.quickbooks.values import Object

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.quickbooks.profile import Profile


def open_company(realm_id: str, profile: Profile, clock: Clock) -> Company:
    """The company as it is before any request."""
    company = Company(realm_id, profile, clock)
    with company.change():
        _Seeder(company, profile).run()
    return company


class _Seeder:
    def __init__(self, company: Company, profile: Profile) -> None:
        self._company = company
        self._profile = profile
        self._moment = company.now()
        self._accounts: dict[str, str] = {}

    def run(self) -> None:
        self._info()
        self._preferences()
        for currency in self._profile.currencies:
            self._add("CompanyCurrency", {"Code": currency.code, "Name": currency.name})
        for account in self._profile.accounts:
            fields: Object = {"Name": account.name, "AccountType": account.kind, "AccountSubType": account.subtype}
            role = account.subtype
            if account.currency is not None:
                fields["CurrencyRef"] = {"value": account.currency}
                role = f"{account.subtype}:{account.currency}"
            self._accounts[account.name] = self._add("Account", fields)
            self._company.accounts_by_role.setdefault(role, self._accounts[account.name])
        TaxSeeder(self._company, self._profile, self._accounts).run()
        for name, kind in self._profile.payment_methods:
            self._add("PaymentMethod", {"Name": name, "Type": kind})
        terms = {name: self._add("Term", {"Name": name, "DueDays": days}) for name, days in self._profile.terms}
        profile = self._profile
        tracked = {
            "Class": profile.classes if profile.class_per_line or profile.class_per_form else (),
            "Department": profile.departments if profile.departments_on else (),
        }
        for kind, names in tracked.items():
            for name in names:
                self._add(kind, {"Name": name})
        items = {item.name: self._item(item.name) for item in self._profile.items}
        for name in self._profile.vendors:
            self._add("Vendor", {"DisplayName": name})
        roles = self._company.accounts_by_role
        roles["default item"] = items[self._profile.default_item]
        roles["default term"] = terms[self._profile.default_term]
        roles[SHIPPING] = self._accounts[self._profile.shipping_account]
        roles[DISCOUNT] = self._accounts[self._profile.discount_account]
        forms = self._company.records["Preferences"]["1"].data["SalesFormsPrefs"]
        forms["DefaultDiscountAccount"] = roles[DISCOUNT]
        forms["DefaultShippingAccount"] = roles[SHIPPING]
        forms["DefaultTerms"] = {"value": roles["default term"]}

    def _add(self, kind: str, fields: Object) -> str:
        identity = self._company.new_id(kind)
        self._store(BUILDERS[kind](self._company, kind, fields, None, identity))
        return identity

    def _store(self, record: Record) -> None:
        record.data["MetaData"] = {"CreateTime": self._moment, "LastUpdatedTime": self._moment}
        self._company.put(record)

    def _item(self, name: str) -> str:
        seed = next(item for item in self._profile.items if item.name == name)
        fields: Object = {
            "Name": name,
            "Type": seed.kind,
            "IncomeAccountRef": {"value": self._accounts[seed.income_account]},
            "Taxable": seed.taxable,
        }
        if seed.expense_account is not None:
            fields["ExpenseAccountRef"] = {"value": self._accounts[seed.expense_account]}
        return self._add("Item", fields)

    def _info(self) -> None:
        profile = self._profile
        address = {"Id": "1", "Line1": "1 Sandbox Street", "City": profile.city, "Country": profile.country}
        if profile.region:
            address["CountrySubDivisionCode"] = profile.region
        data = {
            **head("1"),
            "CompanyName": profile.company_name,
            "LegalName": profile.company_name,
            "CompanyAddr": address,
            "CustomerCommunicationAddr": address,
            "LegalAddr": address,
            "CompanyStartDate": "2009-01-01",
            "FiscalYearStartMonth": "January",
            "Country": profile.country,
            "Email": {"Address": "books@sandbox.invalid"},
            "SupportedLanguages": profile.language,
            "NameValue": [
                {"Name": "NeoEnabled", "Value": "true"},
                {"Name": "SubscriptionStatus", "Value": "TRIAL"},
                {"Name": "OfferingSku", "Value": f"QuickBooks Online {'Plus' if profile.inventory else 'Essentials'}"},
            ],
        }
        self._store(Record(kind="CompanyInfo", id="1", data=data, source={}))

    def _preferences(self) -> None:
        profile = self._profile
        data = {
            **head("1"),
            "AccountingInfoPrefs": {
                "FirstMonthOfFiscalYear": "January",
                "TaxYearMonth": "January",
                "UseAccountNumbers": False,
                "ClassTrackingPerTxn": profile.class_per_form,
                "ClassTrackingPerTxnLine": profile.class_per_line,
                "TrackDepartments": profile.departments_on,
                "DepartmentTerminology": "Location",
                "CustomerTerminology": "Customers",
            },
            "ProductAndServicesPrefs": {
                "ForSales": True,
                "ForPurchase": True,
                "QuantityWithPriceAndRate": True,
                "QuantityOnHand": profile.inventory,
            },
            "SalesFormsPrefs": {
                "CustomTxnNumbers": profile.custom_numbers,
                "AllowDiscount": True,
                "AllowShipping": True,
                "AllowDeposit": True,
                "AllowEstimates": True,
                "AllowServiceDate": False,
                "AutoApplyCredit": False,
                "AutoApplyPayments": False,
                "ETransactionEnabledStatus": "NotApplicable",
                "ETransactionPaymentEnabled": False,
                "ETransactionAttachPDF": False,
                "IPNSupportEnabled": False,
            },
            "TaxPrefs": _tax_preferences(profile),
            "CurrencyPrefs": {
                "MultiCurrencyEnabled": bool(profile.currencies),
                "HomeCurrency": {"value": profile.currency},
            },
            "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
            "OtherPrefs": {"NameValue": [{"Name": "SalesFormsPrefs.AutoApplyPayments", "Value": "false"}]},
        }
        for group, values in profile.preferences.items():
            data[group] = {**data.get(group, {}), **values}
        self._store(Record(kind="Preferences", id="1", data=data, source={}))


def _tax_preferences(profile: Profile) -> Object:
    preferences: Object = {"UsingSalesTax": bool(profile.codes)}
    if profile.regime == US_AUTOMATED:
        preferences["PartnerTaxEnabled"] = True
    return preferences

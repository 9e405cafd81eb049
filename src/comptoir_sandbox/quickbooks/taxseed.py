"""A fresh company's tax agencies, rates and codes (§12.7), and the accounts that agencies are owed on (§18)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.lists import BUILDERS
from comptoir_sandbox.quickbooks.naming import head
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.values import Object, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comptoir_sandbox.quickbooks.company import Company

BEGUN = "2000-01-01T00:00:00-08:00"
PSEUDO_CODES = ("TAX", "NON")
"""US lists also hold these; their ids are the words (§12.7)."""


def add_record(company: Company, record: Record) -> None:
    """Store a record that no client made."""
    moment = company.now()
    record.data["MetaData"] = {"CreateTime": moment, "LastUpdatedTime": moment}
    company.put(record)


def add_rate(company: Company, *, name: str, percent: Decimal, agency: str, special: str = "NONE") -> str:
    """A tax rate of an agency (ids); its id."""
    identity = company.new_id("TaxRate")
    data = {
        **head(identity),
        "Name": name,
        "Description": name,
        "Active": True,
        "RateValue": plain(percent),
        "AgencyRef": {"value": agency},
        "SpecialTaxType": special,
        "DisplayType": "ReadOnly",
        "EffectiveTaxRate": [{"RateValue": plain(percent), "EffectiveDate": BEGUN}],
    }
    add_record(company, Record(kind="TaxRate", id=identity, data=data, source={}))
    return identity


def add_code(  # the columns of one table row
    company: Company,
    *,
    name: str,
    description: str,
    sales: Sequence[str],
    purchases: Sequence[str] = (),
    taxable: bool = True,
    config: str = "SYSTEM_GENERATED",
) -> str:
    """A tax code of rates (ids); its id."""
    identity = company.new_id("TaxCode")
    data = {
        **head(identity),
        "Name": name,
        "Description": description,
        "Active": True,
        "Hidden": False,
        "Taxable": taxable,
        "TaxGroup": True,
        "TaxCodeConfigType": config,
        "SalesTaxRateList": {"TaxRateDetail": _details(company, sales)},
        "PurchaseTaxRateList": {"TaxRateDetail": _details(company, purchases)},
    }
    company.claim_list_name("TaxCode", identity, name, None)
    add_record(company, Record(kind="TaxCode", id=identity, data=data, source={}))
    return identity


def _details(company: Company, rates: Sequence[str]) -> list[Object]:
    return [
        {"TaxRateRef": company.ref("TaxRate", each), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
        for each in rates
    ]


def tax_account(company: Company, rate: str) -> str:
    """The account a rate's tax is owed on; "<Agency> Payable" appears when first needed (§12.3, §18)."""
    agency = company.records["TaxRate"][rate].data["AgencyRef"]["value"]
    role = f"tax agency {agency}"
    known = company.accounts_by_role.get(role)
    if known is not None:
        return known
    identity = company.new_id("Account")
    subtype = "GlobalTaxPayable" if company.profile.regime == GLOBAL else "SalesTaxPayable"
    name = f"{company.records['TaxAgency'][agency].data['DisplayName'].replace(':', '')} Payable"
    fields: Object = {"Name": name, "AccountType": "Other Current Liability", "AccountSubType": subtype}
    add_record(company, BUILDERS["Account"](company, "Account", fields, None, identity))
    company.undo.assign(company.accounts_by_role, role, identity)
    return identity


class TaxSeeder:
    """Fills the tax lists from the profile."""

    def __init__(self, company: Company, accounts: Mapping[str, str]) -> None:
        self._company = company
        self._profile = company.profile
        self._accounts = accounts

    def run(self) -> None:
        """Agencies, rates, codes; for the US the pseudo codes and the table of regions."""
        company, profile = self._company, self._profile
        agencies = {}
        for name, account in ((profile.agency, profile.tax_account), *profile.agency_accounts):
            identity = company.new_id("TaxAgency")
            add_record(company, BUILDERS["TaxAgency"](company, "TaxAgency", {"DisplayName": name}, None, identity))
            company.accounts_by_role[f"tax agency {identity}"] = self._accounts[account]
            agencies[name] = identity
        rates = {}
        for rate in profile.rates:
            agency = agencies[rate.agency or profile.agency]
            rates[rate.name] = add_rate(
                company, name=rate.name, percent=rate.percent, agency=agency, special=rate.special
            )
        if profile.regime != GLOBAL:
            self._pseudo_codes()
        for code in profile.codes:
            add_code(
                company,
                name=code.name,
                description=code.description,
                sales=[rates[name] for name in code.rates],
                taxable=code.taxable,
                config=code.config,
            )
        company.regions.update({region: tuple(rates[name] for name in names) for region, names in profile.regions})

    def _pseudo_codes(self) -> None:
        for word in PSEUDO_CODES:
            data = {
                "domain": "QBO",
                "sparse": False,
                "Id": word,
                "MetaData": {},
                "Name": word,
                "Description": word,
                "Active": True,
                "Hidden": False,
                "Taxable": word == "TAX",
                "TaxGroup": False,
            }
            add_record(self._company, Record(kind="TaxCode", id=word, data=data, source={}))

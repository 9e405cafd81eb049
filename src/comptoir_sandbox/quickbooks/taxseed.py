"""A fresh company's tax agencies, rates and codes (§12.7)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.lists import BUILDERS
from comptoir_sandbox.quickbooks.naming import head
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.record import Record
from comptoir_sandbox.quickbooks.roles import add_record
from comptoir_sandbox.quickbooks.values import Object, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.profile import Profile

BEGUN = "2000-01-01T00:00:00-08:00"
PSEUDO_CODES = ("TAX", "NON")
"""US lists also hold these; their ids are the words (§12.7)."""


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


def switch_code(company: Company, name: str, *, active: bool) -> None:
    """Make a code active or inactive, as its page in the company can and the API cannot. ValueError: no such code."""
    found = [each for each in company.records["TaxCode"].values() if each.data["Name"] == name]
    if not found:
        raise ValueError(f"the company has no tax code {name!r}")
    data = found[0].data
    token = str(int(data["SyncToken"]) + 1)
    times = {**data["MetaData"], "LastUpdatedTime": company.now()}
    with company.change():
        changed = {**data, "Active": active, "SyncToken": token, "MetaData": times}
        company.put(replace(found[0], data=changed, cache=None))


def _details(company: Company, rates: Sequence[str]) -> list[Object]:
    return [
        {"TaxRateRef": company.ref("TaxRate", each), "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}
        for each in rates
    ]


def engine_rate(company: Company) -> str:
    """US automated, in a place no table knows: the rate of nothing that the engine makes for it (§15.3)."""
    known = company.regions.get("")
    if known is not None:
        return known[0]
    agencies = [each.id for each in company.records["TaxAgency"].values() if each.data.get("TaxTrackedOnSales")]
    if not agencies:
        agencies = [company.new_id("TaxAgency")]
        fields = {"DisplayName": "Sales tax agency"}
        add_record(company, BUILDERS["TaxAgency"](company, "TaxAgency", fields, None, agencies[0]))
    rate = add_rate(company, name="Sales tax of the place", percent=Decimal(0), agency=agencies[0])
    company.undo.assign(company.regions, "", (rate,))
    return rate


class TaxSeeder:
    """Fills the tax lists from the profile."""

    def __init__(self, company: Company, profile: Profile, accounts: Mapping[str, str]) -> None:
        self._company = company
        self._profile = profile
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
                purchases=[rates[name] for name in code.purchases],
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

"""The lists of a real company, as its API answers them: read and checked, every mistake with its place.

A simulated company made of them has the same ids, names, taxes and settings as the real one, so that a whole history
can be tried out before anything is sent there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from comptoir_sandbox.quickbooks import fields
from comptoir_sandbox.quickbooks.company import LISTS, NAME_KINDS, SINGLES
from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.lists import CLASSIFICATIONS
from comptoir_sandbox.quickbooks.record import decode
from comptoir_sandbox.quickbooks.values import PACIFIC, Object, reference

REFERENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "Account": (("ParentRef", "Account"), ("TaxCodeRef", "TaxCode")),
    "Customer": (
        ("ParentRef", "Customer"),
        ("SalesTermRef", "Term"),
        ("PaymentMethodRef", "PaymentMethod"),
        ("DefaultTaxCodeRef", "TaxCode"),
    ),
    "Vendor": (("TermRef", "Term"),),
    "Item": (
        ("ParentRef", "Item"),
        ("IncomeAccountRef", "Account"),
        ("ExpenseAccountRef", "Account"),
        ("AssetAccountRef", "Account"),
        ("SalesTaxCodeRef", "TaxCode"),
        ("PurchaseTaxCodeRef", "TaxCode"),
        ("PrefVendorRef", "Vendor"),
        ("ClassRef", "Class"),
    ),
    "TaxRate": (("AgencyRef", "TaxAgency"),),
    "Class": (("ParentRef", "Class"),),
    "Department": (("ParentRef", "Department"),),
}
"""Which properties name rows of which list."""
REQUIRED = {
    "CompanyInfo": ("CompanyName", "Country"),
    "Preferences": ("AccountingInfoPrefs", "SalesFormsPrefs", "TaxPrefs", "CurrencyPrefs"),
    "Account": ("Name", "AccountType", "AccountSubType"),
    "Customer": ("DisplayName",),
    "Vendor": ("DisplayName",),
    "Employee": ("DisplayName",),
    "Item": ("Name", "Type"),
    "TaxAgency": ("DisplayName",),
    "TaxRate": ("Name", "AgencyRef"),
    "TaxCode": ("Name",),
    "PaymentMethod": ("Name",),
    "Term": ("Name",),
    "Class": ("Name",),
    "Department": ("Name",),
    "CompanyCurrency": ("Code",),
}
STOCKED = ("AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef", "InvStartDate", "QtyOnHand")
PSEUDO_CODES = frozenset({"TAX", "NON"})
SIDES = ("SalesTaxRateList", "PurchaseTaxRateList")


@dataclass(frozen=True)
class Mistake:
    """Something wrong in a company's lists."""

    place: str
    """Where: `Item[3].IncomeAccountRef`, rows counted from 0."""
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class CompanyFileError(ValueError):
    """A company's lists that cannot be opened, with everything that is wrong with them."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Given:
    """Checked rows by kind; CompanyInfo and Preferences have one row each."""

    rows: dict[str, list[Object]]

    def row(self, kind: str, identity: str) -> Object | None:
        """The row of that id."""
        return next((row for row in self.rows[kind] if row["Id"] == identity), None)


def read(body: bytes) -> Given:
    """The company of a JSON text; CompanyFileError names every mistake."""
    try:
        raw = decode(body)
    except msgspec.DecodeError as error:
        raise CompanyFileError([Mistake("file", f"is not JSON: {error}")]) from None
    return check(raw)


def check(raw: Any) -> Given:
    """The company of an object that JSON gave, numbers as Decimal or int; CompanyFileError names every mistake."""
    if not isinstance(raw, dict):
        raise CompanyFileError([Mistake("file", "is not a JSON object of lists")])
    known = (*SINGLES, *LISTS)
    mistakes = [
        Mistake(str(name), f"is not a list of a company; known: {', '.join(known)}")
        for name in raw
        if name not in known
    ]
    rows: dict[str, list[Object]] = {kind: [] for kind in known}
    for kind in known:
        _take(kind, raw.get(kind), rows[kind], mistakes)
    given = Given(rows)
    mistakes += [each for kind in known for each in _wrong_rows(given, kind)]
    mistakes += [each for kind in known for each in _wrong_references(given, kind)]
    mistakes += [*_same_names(given), *_circles(given), *_wrong_settings(given)]
    if mistakes:
        raise CompanyFileError(mistakes)
    return given


def _take(kind: str, raw: Any, rows: list[Object], mistakes: list[Mistake]) -> None:
    """The rows that have a form and an id."""
    single = kind in SINGLES
    if raw is None:
        if single or kind == "Account":
            mistakes.append(Mistake(kind, "is missing"))
        return
    listed = [raw] if single and isinstance(raw, dict) else raw
    if not isinstance(listed, list) or (single and len(listed) != 1):
        mistakes.append(Mistake(kind, "must be one object" if single else "must be an array"))
        return
    seen: dict[str, int] = {}
    for number, row in enumerate(listed):
        place = kind if single else f"{kind}[{number}]"
        if not isinstance(row, dict):
            mistakes.append(Mistake(place, "must be an object"))
            continue
        identity = str(row.get("Id") or ("1" if single else ""))
        if not identity.isdigit() and not (kind == "TaxCode" and identity in PSEUDO_CODES):
            mistakes.append(Mistake(f"{place}.Id", f"must be a number in quotes, not {identity!r}"))
        elif identity in seen:
            mistakes.append(Mistake(f"{place}.Id", f"{identity} is also the id of {kind}[{seen[identity]}]"))
        seen.setdefault(identity, number)
        rows.append({**row, "Id": identity})


def _places(given: Given, kind: str) -> Iterator[tuple[str, Object]]:
    for number, row in enumerate(given.rows[kind]):
        yield (kind if kind in SINGLES else f"{kind}[{number}]"), row


def _wrong_rows(given: Given, kind: str) -> Iterator[Mistake]:
    for place, row in _places(given, kind):
        for name in REQUIRED[kind]:
            if row.get(name) in (None, "", {}):
                yield Mistake(f"{place}.{name}", "is missing")
        try:
            fields.read(kind, row, lenient=True)
        except FaultError as fault:
            yield Mistake(f"{place}.{fault.element}" if fault.element else place, fault.detail)
            continue
        try:
            changed_at(row)
        except ValueError as error:
            yield Mistake(f"{place}.MetaData.LastUpdatedTime", str(error))
        if kind == "Account" and row.get("AccountType") not in {None, *CLASSIFICATIONS}:
            yield Mistake(f"{place}.AccountType", f"{row['AccountType']!r} is not a type of posting accounts")
        if kind == "TaxRate" and percent_of(row) is None:
            yield Mistake(f"{place}.RateValue", "is missing")
        if kind == "Item" and row.get("Type") == "Inventory":
            yield from (Mistake(f"{place}.{name}", "is missing") for name in STOCKED if row.get(name) in (None, "", {}))


def changed_at(row: Object) -> datetime:
    """When the row was last changed; the beginning of time when it does not say. ValueError for no time."""
    text = (row.get("MetaData") or {}).get("LastUpdatedTime")
    moment = datetime.fromisoformat(text) if text else datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=PACIFIC)


def percent_of(rate: Object) -> Decimal | None:
    """A tax rate's percent: its own, else that of its last period."""
    value = rate.get("RateValue")
    if value is None:
        periods = rate.get("EffectiveTaxRate") or [{}]
        value = periods[-1].get("RateValue")
    return None if value is None else Decimal(value)


def _wrong_references(given: Given, kind: str) -> Iterator[Mistake]:
    ids = {each: {row["Id"] for row in rows} for each, rows in given.rows.items()}
    ids["TaxCode"] |= PSEUDO_CODES
    for place, row in _places(given, kind):
        for name, target in REFERENCES.get(kind, ()):
            if isinstance(row.get(name) or {}, dict):
                identity = reference(row, name)
                if identity is not None and identity not in ids[target]:
                    yield Mistake(f"{place}.{name}", f"there is no {target} {identity} in the lists")
        if kind == "TaxCode":
            for side, number, detail in _rate_details(row):
                identity = reference(detail, "TaxRateRef")
                if identity not in ids["TaxRate"]:
                    where = f"{place}.{side}.TaxRateDetail[{number}].TaxRateRef"
                    yield Mistake(where, f"there is no TaxRate {identity} in the lists")


def _rate_details(code: Object) -> Iterator[tuple[str, int, Object]]:
    for side in SIDES:
        listed = (code.get(side) or {}).get("TaxRateDetail") or []
        for number, detail in enumerate(listed):
            yield side, number, detail


def active_name(kind: str, row: Object) -> tuple[str, str] | None:
    """The space and the casefolded name an active row holds in it; None for an inactive one."""
    if row.get("Active") is False:
        return None
    if kind in NAME_KINDS:
        return "names", str(row.get("DisplayName", "")).casefold()
    name = row.get("FullyQualifiedName") or row.get("Name") or row.get("DisplayName") or row.get("Code") or ""
    return kind, str(name).casefold()


def _same_names(given: Given) -> Iterator[Mistake]:
    holders: dict[tuple[str, str], str] = {}
    for kind in LISTS:
        for place, row in _places(given, kind):
            name = active_name(kind, row)
            if name is None or not name[1] or kind == "TaxRate":
                continue
            if name in holders:
                yield Mistake(place, f"has the same name as {holders[name]}, and both are active")
            holders.setdefault(name, place)


def _circles(given: Given) -> Iterator[Mistake]:
    for kind in ("Account", "Customer", "Item", "Class", "Department"):
        parents = {row["Id"]: parent_of(row) for row in given.rows[kind]}
        for place, row in _places(given, kind):
            seen: set[str] = set()
            above: str | None = row["Id"]
            while above is not None and above not in seen:
                seen.add(above)
                above = parents.get(above)
            if above == row["Id"]:
                yield Mistake(f"{place}.ParentRef", "leads back to the row itself")


def parent_of(row: Object) -> str | None:
    """The id of the row above."""
    found = row.get("ParentRef")
    return reference(row, "ParentRef") if isinstance(found, dict) else None


def _wrong_settings(given: Given) -> Iterator[Mistake]:
    for preferences in given.rows["Preferences"]:
        currency = preferences.get("CurrencyPrefs") or {}
        if isinstance(currency, dict) and reference(currency, "HomeCurrency") is None:
            yield Mistake("Preferences.CurrencyPrefs.HomeCurrency", "is missing")
        forms = preferences.get("SalesFormsPrefs") or {}
        term = reference(forms, "DefaultTerms") if isinstance(forms, dict) else None
        if term is not None and given.row("Term", term) is None:
            yield Mistake("Preferences.SalesFormsPrefs.DefaultTerms", f"there is no Term {term} in the lists")

"""The ExchangeRate entity: read, query, set (§12.8)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks import fields
from comptoir_sandbox.quickbooks.currency import check_active, daily_rate, is_multicurrency
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.query_parser import Query, invalid
from comptoir_sandbox.quickbooks.values import Object, day, plain

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company

NAMES = {"sourcecurrencycode": "SourceCurrencyCode", "asofdate": "AsOfDate"}


def _shown(company: Company, code: str, date: str) -> Object:
    return {
        "SyncToken": "0",
        "domain": "QBO",
        "AsOfDate": date,
        "SourceCurrencyCode": code,
        "Rate": plain(daily_rate(company, code, date)),
        "TargetCurrencyCode": company.traits.currency,
        "MetaData": {"LastUpdatedTime": company.now()},
    }


def _allowed(company: Company) -> None:
    if not is_multicurrency(company):
        raise FaultError("5020", "Permission Denied Error : multicurrency is turned off")


def read(company: Company, code: str, date: str | None) -> Object:
    """The rate of a currency on a day, today by default. 2500 for a currency the company does not keep."""
    _allowed(company)
    if not code:
        raise missing("sourcecurrencycode")
    if code != company.traits.currency:
        check_active(company, code)
    return _shown(company, code, day(date, element="asofdate") if date else company.today())


def update(company: Company, raw: Any) -> Object:
    """Set the rate of a day; it also holds for later days until another is set."""
    _allowed(company)
    source = fields.read("ExchangeRate", raw)
    for name in ("SourceCurrencyCode", "Rate"):
        if source.get(name) is None:
            raise missing(name)
    code, date = source["SourceCurrencyCode"], source.get("AsOfDate") or company.today()
    if code == company.traits.currency:
        raise business("The exchange rate of the home currency is always 1.", element="SourceCurrencyCode")
    check_active(company, code)
    if source["Rate"] <= 0:
        raise FaultError("2090", f"Invalid decimal value. Supplied value:{source['Rate']}", element="Rate")
    others = [pair for pair in company.rates.get(code, ()) if pair[0] != date]
    company.undo.assign(company.rates, code, tuple(sorted([*others, (date, Decimal(source["Rate"]))])))
    return _shown(company, code, date)


def select(company: Company, query: Query) -> Object:
    """`select * from ExchangeRate where sourcecurrencycode in (...) and asofdate = '...'`."""
    _allowed(company)
    codes = [each.data["Code"] for each in company.records["CompanyCurrency"].values() if each.data["Active"]]
    date = company.today()
    for condition in query.where:
        name = NAMES.get(condition.name.lower())
        if name is None or condition.operator not in {"=", "IN"}:
            raise invalid(f"property '{condition.name}' is not queryable")
        if name == "AsOfDate":
            date = day(condition.values[0], element="AsOfDate")
        else:
            codes = [code for code in codes if code in condition.values]
    page = [_shown(company, code, date) for code in codes][query.start - 1 : query.start - 1 + query.size]
    if query.count:
        return {"totalCount": len(codes)}
    return {"ExchangeRate": page, "startPosition": query.start, "maxResults": len(page)} if page else {}

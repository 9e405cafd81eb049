"""Currencies: whose is which, daily rates, home amounts (§12.8, §13.1, §18)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError, business, invalid_reference
from comptoir_sandbox.quickbooks.values import Object, reference

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Money:
    """A document's currency and its rate: home units per unit."""

    code: str
    rate: Decimal = ONE


def is_multicurrency(company: Company) -> bool:
    """Whether foreign documents are allowed."""
    return bool(company.preference("CurrencyPrefs", "MultiCurrencyEnabled"))


def currency_ref(company: Company, code: str) -> Object:
    """A CurrencyRef as answers show it."""
    if code == company.traits.currency:
        return {"value": code, "name": company.traits.currency_name}
    names = (each.data["Name"] for each in company.records["CompanyCurrency"].values() if each.data["Code"] == code)
    return {"value": code, "name": next(names, code)}


def stated_currency(company: Company, source: Object) -> str:
    """The CurrencyRef of a request, the home currency by default; 6000 or 2500 for one the company does not keep."""
    code = reference(source, "CurrencyRef")
    if code is None or code == company.traits.currency:
        return company.traits.currency
    if not is_multicurrency(company):
        raise business("Multicurrency is not enabled for this company.", element="CurrencyRef")
    check_active(company, code)
    return code


def check_active(company: Company, code: str) -> None:
    """2500 unless the foreign currency is an active one of the company."""
    if all(
        each.data["Code"] != code or not each.data["Active"] for each in company.records["CompanyCurrency"].values()
    ):
        raise invalid_reference("Currencies", code, element="CurrencyRef")


def daily_rate(company: Company, code: str, day: str) -> Decimal:
    """The rate set for the day, else the last one set before it, else the profile's (§12.8)."""
    known = company.rates.get(code, ())
    place = bisect_right(known, day, key=lambda pair: pair[0])
    if place:
        return known[place - 1][1]
    return next((seed.rate for seed in company.traits.currencies if seed.code == code), ONE)


def money_of(company: Company, source: Object, old: Record | None, day: str, party: tuple[str, str | None]) -> Money:
    """Currency and rate of a document; 6000 when it is not the currency of its party (kind and id)."""
    kind, identity = party
    stated = stated_currency(company, source)
    if not is_multicurrency(company):
        return Money(stated)
    code = stated
    if identity is not None:
        code = str(company.records[kind][identity].data["CurrencyRef"]["value"])
        if reference(source, "CurrencyRef") is not None and stated != code:
            raise business(f"The transaction's currency must be the {kind.lower()}'s, {code}.", element="CurrencyRef")
    if code == company.traits.currency:
        return Money(code)
    rate = source.get("ExchangeRate")
    if rate is None and old is not None and reference(old.data, "CurrencyRef") == code:
        rate = old.data.get("ExchangeRate")
    rate = daily_rate(company, code, day) if rate is None else Decimal(rate)
    if rate <= 0:
        raise FaultError("2090", f"Invalid decimal value. Supplied value:{rate}", element="ExchangeRate")
    return Money(code, rate)


def check_account_currency(company: Company, account: str, money: Money, *, element: str) -> None:
    """6000 unless the account is kept in the home currency or in the document's."""
    kept = company.records["Account"][account].data["CurrencyRef"]["value"]
    if kept not in {company.traits.currency, money.code}:
        raise business(f"The account is kept in {kept}, the transaction is in {money.code}.", element=element)

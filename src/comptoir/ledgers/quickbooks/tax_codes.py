"""Tax codes that a set-up makes by the tax service (quickbooks-online.md §12.7): found by name first, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comptoir.books.company import TaxCode, TaxRate
from comptoir.books.documents import LedgerId
from comptoir.books.problems import Message
from comptoir.books.taxes.suggesting import likeness
from comptoir.engine.errors import Conflict, NeedsMapping, Unexpected
from comptoir.engine.ports import NewTaxCode, NewTaxRate
from comptoir.ledgers.quickbooks import texts, wire
from comptoir.ledgers.quickbooks.client import REQUEST_ID_CHARACTERS, QuickBooksClient
from comptoir.ledgers.quickbooks.company import Rows, tax_codes_of
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE

_HUNDRED = Decimal(100)
_ODD = Message("QuickBooks answered the new tax code in a way that Comptoir does not know.")


def make_tax_code(client: QuickBooksClient, wanted: NewTaxCode) -> TaxCode:
    """The active code of this name and these rates, made where there is none of the name.

    A rate of the agency that charges the same is taken; else one is made, under a name that no rate has. Conflict
    where the name is another code's, NeedsMapping where the company has no such agency.
    """
    name = texts.tax_name(wanted.name)
    rows = Rows(
        tax_codes=tuple(client.rows("TaxCode", ALSO_INACTIVE, wire.TaxCode)),
        tax_rates=tuple(client.rows("TaxRate", ALSO_INACTIVE, wire.TaxRate)),
        tax_agencies=tuple(client.rows("TaxAgency", "", wire.TaxAgency)),
    )
    known = next((code for code in tax_codes_of(rows) if code.name.casefold() == name.casefold()), None)
    if known is not None:
        return _same(known, wanted)
    details = _details(wanted, rows)
    fields = {"TaxCode": name, "TaxRateDetails": [each.sent for each in details]}
    made = client.create_tax_code(fields, request_id=_request_id(client.realm_id, fields))
    if len(made.tax_rate_details) != len(details):
        raise Unexpected(_ODD, detail=f"{len(made.tax_rate_details)} rates for {len(details)}")
    rates = (
        TaxRate(LedgerId(told.tax_rate_id), each.name, each.rate.rate, each.rate.agency)
        for each, told in zip(details, made.tax_rate_details, strict=True)
    )
    return TaxCode(LedgerId(made.tax_code_id), name, tuple(rates))


@dataclass(frozen=True, slots=True)
class _Detail:
    """One rate of the code: what is asked for, what it is called, and how it is sent."""

    rate: NewTaxRate
    name: str
    sent: dict[str, str]


def _details(wanted: NewTaxCode, rows: Rows) -> list[_Detail]:
    """Each rate, a known one of the company or a new one: a code has a rate only once, and names are unique."""
    used: set[str] = set()
    names = {row.name.casefold() for row in rows.tax_rates}
    found: list[_Detail] = []
    for each in wanted.rates:
        agency = _agency(rows, each.agency)
        known = _known_rate(rows.tax_rates, each, agency.id, used)
        if known is not None:
            used.add(known.id)
            found.append(_Detail(each, known.name, {"TaxRateId": known.id}))
            continue
        percent = f"{(each.rate * _HUNDRED).normalize():f}"
        name = _free_name(texts.tax_name(each.name), percent, names)
        names.add(name.casefold())
        sent = {"TaxRateName": name, "RateValue": percent, "TaxAgencyId": agency.id, "TaxApplicableOn": "Sales"}
        found.append(_Detail(each, name, sent))
    return found


def _agency(rows: Rows, name: str) -> wire.TaxAgency:
    found = next((row for row in rows.tax_agencies if row.display_name == name), None)
    if found is None:
        raise NeedsMapping(
            Message('The company has no tax agency "{agency}".', {"agency": name}),
            what="agency",
            where="taxes.codes",
        )
    return found


def _same(known: TaxCode, wanted: NewTaxCode) -> TaxCode:
    """The code of the name, if it is what is wanted: of as many rates, which charge the same."""
    if known.active and sorted(each.rate for each in known.rates) == sorted(each.rate for each in wanted.rates):
        return known
    raise Conflict(
        Message(
            'The name "{name}" is taken by another tax code, or by one that is inactive. Choose another name.',
            {"name": known.name},
        ),
        code="6240",
    )


def _known_rate(
    rows: Sequence[wire.TaxRate], wanted: NewTaxRate, agency: str, used: Collection[str]
) -> wire.TaxRate | None:
    """A rate of the agency that a code charges for sales already, at just this value; the most like by its name."""
    fitting = (
        row
        for row in rows
        if row.active and row.rate_value == wanted.rate * _HUNDRED and row.id not in used
        if row.agency_ref is not None and row.agency_ref.value == agency
    )
    return max(fitting, key=lambda row: likeness(wanted.name, row.name), default=None)


def _free_name(name: str, percent: str, taken: Collection[str]) -> str:
    """A name that no rate has: the tax's, else with the rate, else counted on. Names of rates are unique."""
    candidates = [name, f"{name} {percent}%", *(f"{name} {percent}% {at}" for at in range(2, len(taken) + 3))]
    return next(each for each in candidates if each.casefold() not in taken)


def _request_id(realm_id: str, fields: dict[str, Any]) -> str:
    """The same for the same code: a call that is repeated makes no second one."""
    return hashlib.sha256(f"{realm_id}:tax code:{fields}".encode()).hexdigest()[:REQUEST_ID_CHARACTERS]

"""Tax codes that a set-up makes by the tax service (quickbooks-online.md §12.7): found by name first, made once."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from comptoir.books.company import TaxCode, TaxRate
from comptoir.books.documents import LedgerId
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, NeedsMapping
from comptoir.engine.ports import NewTaxCode
from comptoir.ledgers.quickbooks import texts, wire
from comptoir.ledgers.quickbooks.client import REQUEST_ID_CHARACTERS, QuickBooksClient
from comptoir.ledgers.quickbooks.company import Rows, tax_codes_of
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE

_HUNDRED = Decimal(100)


def make_tax_code(client: QuickBooksClient, wanted: NewTaxCode) -> TaxCode:
    """The active code of this name and rate, made where there is none of the name.

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
    agency = next((row for row in rows.tax_agencies if row.display_name == wanted.agency), None)
    if agency is None:
        raise NeedsMapping(
            Message('The company has no tax agency "{agency}".', {"agency": wanted.agency}),
            what="agency",
            where="taxes.codes",
        )
    rate = _known_rate(rows.tax_rates, wanted.rate, agency.id)
    percent = f"{(wanted.rate * _HUNDRED).normalize():f}"
    made_rate = {
        "TaxRateName": _free_name(name, percent, rows.tax_rates),
        "RateValue": percent,
        "TaxAgencyId": agency.id,
        "TaxApplicableOn": "Sales",
    }
    detail: dict[str, Any] = made_rate if rate is None else {"TaxRateId": rate.id}
    fields = {"TaxCode": name, "TaxRateDetails": [detail]}
    made = client.create_tax_code(fields, request_id=_request_id(client.realm_id, fields))
    own = TaxRate(
        LedgerId(made.tax_rate_details[0].tax_rate_id),
        made_rate["TaxRateName"] if rate is None else rate.name,
        wanted.rate,
        wanted.agency,
    )
    return TaxCode(LedgerId(made.tax_code_id), name, (own,))


def _same(known: TaxCode, wanted: NewTaxCode) -> TaxCode:
    """The code of the name, if it is what is wanted."""
    if known.active and known.rate == wanted.rate:
        return known
    raise Conflict(
        Message(
            'The name "{name}" is taken by another tax code, or by one that is inactive. Choose another name.',
            {"name": known.name},
        ),
        code="6240",
    )


def _known_rate(rows: Sequence[wire.TaxRate], rate: Decimal, agency: str) -> wire.TaxRate | None:
    """A rate of the agency that a code charges for sales already, at just this value."""
    fitting = (row for row in rows if row.active and row.rate_value == rate * _HUNDRED)
    return next((row for row in fitting if row.agency_ref is not None and row.agency_ref.value == agency), None)


def _free_name(name: str, percent: str, rows: Sequence[wire.TaxRate]) -> str:
    """A name that no rate has: the code's, else with the rate, else counted on. Names of rates are unique."""
    taken = {row.name.casefold() for row in rows}
    candidates = [name, f"{name} {percent}%", *(f"{name} {percent}% {at}" for at in range(2, len(rows) + 3))]
    return next(each for each in candidates if each.casefold() not in taken)


def _request_id(realm_id: str, fields: dict[str, Any]) -> str:
    """The same for the same code: a call that is repeated makes no second one."""
    return hashlib.sha256(f"{realm_id}:tax code:{fields}".encode()).hexdigest()[:REQUEST_ID_CHARACTERS]

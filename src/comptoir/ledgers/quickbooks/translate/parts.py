"""What every document's JSON is made of: references, amounts, addresses, and what of the company decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from comptoir.books.company import Company, TaxRegime
from comptoir.books.documents import Known, LedgerId, MoneyDocument, PostingKey, Reference
from comptoir.books.facts import Address
from comptoir.ledgers.quickbooks import texts

Json = dict[str, object]
Resolved = Mapping[PostingKey, LedgerId]


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """What of a company decides how documents are written."""

    currency: str
    tax_regime: TaxRegime
    class_per_line: bool = False
    multicurrency: bool = False
    custom_numbers: bool = True


def facts_of(company: Company) -> CompanyFacts:
    """The facts that `to_wire` needs."""
    return CompanyFacts(
        currency=company.currency,
        tax_regime=company.tax_regime,
        class_per_line=company.class_per_line,
        multicurrency=company.multicurrency,
        custom_numbers=company.custom_numbers,
    )


def encode(value: object) -> bytes:
    """JSON with Decimals as numbers, digit for digit."""
    return _ENCODER.encode(value)


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def record_id(reference: Reference, resolved: Resolved) -> str:
    """The id of what is pointed at. Raises ValueError while it is not in the books."""
    if isinstance(reference, Known):
        return reference.id
    if reference.key not in resolved:
        raise ValueError(f"the record of {reference.key} is not in the books yet")
    return resolved[reference.key]


def ref(ledger_id: LedgerId | None) -> Json | None:
    """A reference by id (§10)."""
    return None if ledger_id is None else {"value": ledger_id}


def wrapped(name: str, text: str) -> Json | None:
    """An object of one member, unless there is nothing to say."""
    return {name: text} if text else None


def currency_ref(currency: str, facts: CompanyFacts) -> Json | None:
    """Stated only where the company knows several; elsewhere another currency is a fault of the rules."""
    if facts.multicurrency:
        return {"value": currency}
    if currency != facts.currency:
        raise ValueError(f"a company that keeps {facts.currency} alone cannot take {currency}")
    return None


def exchange_rate(document: MoneyDocument, facts: CompanyFacts) -> Decimal | None:
    """The store's own rate, home units for one of the document's; without it QuickBooks takes the day's (§13.1)."""
    if document.exchange_rate is None or document.currency == facts.currency:
        return None
    return number(document.exchange_rate)


def address(given: Address | None, *, with_name: bool) -> Json | None:
    """An address (§10); on documents it begins with the names, on customers these have members of their own."""
    if given is None:
        return None
    names = (given.name, given.company) if with_name else ()
    lines = [text for text in (texts.line(raw, 500) for raw in (*names, given.line1, given.line2)) if text]
    parts = present(
        **{f"Line{at}": text for at, text in enumerate(lines, start=1)},
        City=texts.line(given.city, 255),
        CountrySubDivisionCode=texts.line(given.region, 255),
        PostalCode=texts.line(given.postcode, 30),
        Country=texts.line(given.country, 255),
    )
    return parts or None


def check_number(text: str) -> None:
    """Raises ValueError for a document number that QuickBooks cannot hold (§13.1)."""
    if len(text) > texts.DOC_NUMBER_CHARACTERS:
        raise ValueError(f"a document number has at most {texts.DOC_NUMBER_CHARACTERS} characters")


def number(value: Decimal) -> Decimal:
    """The same number without an exponent above zero: 1E+2 is written 100."""
    return Decimal(f"{value:f}")


def present(**named: object) -> Json:
    """What has something to say: None, "", False and empty objects are left out; zero and lists stay."""
    return {
        name: value
        for name, value in named.items()
        if value is not None and value != "" and value is not False and value != {}
    }

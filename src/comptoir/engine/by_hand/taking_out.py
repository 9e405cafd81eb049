"""What a person names to have it taken out of the books: an order, a run, a day, or whatever was mapped wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from comptoir.books import uses
from comptoir.books.choices import Deed
from comptoir.books.problems import Message
from comptoir.engine.by_hand.mappings import of_record, of_store_method, of_store_tax
from comptoir.engine.errors import NeedsMapping
from comptoir.engine.posting.undo import Scope, of_day, of_order, of_run
from comptoir.engine.work import Work


class What(StrEnum):
    """Of what kind it is that is named."""

    ORDER = "order"
    RUN = "run"
    DAY = "day"
    TAX = "tax"
    METHOD = "method"
    TAX_CODE = "tax-code"
    ACCOUNT = "account"
    ITEM = "item"
    CUSTOMER = "customer"


RECORDS: Mapping[What, str] = {
    What.TAX_CODE: uses.TAX_CODE,
    What.ACCOUNT: uses.ACCOUNT,
    What.ITEM: uses.ITEM,
    What.CUSTOMER: uses.CUSTOMER,
}
"""Records of the company, as `books.uses` calls them."""


@dataclass(frozen=True, slots=True)
class Named:
    """What is to leave the books. `name`: a number, a day as 2026-01-31, or the store's or the company's own name."""

    what: What
    name: str

    @property
    def deed(self) -> Deed:
        """Having taken it out."""
        return Deed(self.what.value, self.name)

    def __str__(self) -> str:
        """For a person: "tax code 20% Standard"."""
        return f"{RECORDS.get(self.what, self.what)} {self.name}"


def scope_of(work: Work, named: Named) -> Scope:
    """The documents that are meant, whether or not they are in the books; NeedsMapping where nothing has that name."""
    match named.what:
        case What.ORDER:
            return of_order(named.name)
        case What.RUN:
            return of_run(_run(work, named))
        case What.DAY:
            return of_day(_day(named))
        case What.TAX:
            return of_store_tax(work, named.name)
        case What.METHOD:
            return of_store_method(work, named.name)
        case _:
            return of_record(work, RECORDS[named.what], named.name)


def _run(work: Work, named: Named) -> int:
    number = int(named.name) if named.name.isdecimal() and len(named.name) < len(str(2**63)) else 0
    found = work.books.runs.find(work.record.organization_id, number)
    if found is None or found.connection_id != work.record.id:
        values = {"name": named.name, "store": work.record.title}
        raise _nothing(
            named, Message("{store} has no run {name}. The list of its runs shows the number of each.", values)
        )
    return found.id


def _day(named: Named) -> date:
    try:
        return date.fromisoformat(named.name)
    except ValueError:
        text = '"{name}" is no day. Write it as year, month and day: 2026-01-31.'
        raise _nothing(named, Message(text, {"name": named.name})) from None


def _nothing(named: Named, message: Message) -> NeedsMapping:
    return NeedsMapping(message, what=named.name, where=named.what.value)

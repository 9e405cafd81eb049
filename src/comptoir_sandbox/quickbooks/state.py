"""What befalls a company from outside the API: a subscription that ended, closed books, filed taxes.

The control API sets it; the checks of §9 read it. The service does not say what it answers for a document in a filed
tax period; here it is the fault of closed books (6200), the nearest one that is documented.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks.faults import FaultError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

MATCHED, MERCHANT = "bank-matched", "merchant"
"""Marks of a transaction: matched with a line of the bank; paid through the merchant service."""
MARK_FAULTS = {
    (MATCHED, "update"): ("6480", "The transaction is matched with a line of the bank"),
    (MATCHED, "delete"): ("6480", "The transaction is matched with a line of the bank"),
    (MATCHED, "void"): ("6480", "The transaction is matched with a line of the bank"),
    (MERCHANT, "update"): ("6110", "A transaction of the merchant service cannot be changed"),
    (MERCHANT, "delete"): ("6120", "A transaction of the merchant service cannot be deleted"),
    (MERCHANT, "void"): ("6450", "The transaction is already settled and cannot be voided"),
}
"""Mark and verb -> the fault (§9)."""


@dataclass
class State:
    """All of it."""

    suspended: bool = False
    """6190 for every request."""
    closed_with_password: bool = False
    """Closed books answer 6210 instead of 6200."""
    filed: dict[str, str] = field(default_factory=dict)
    """Tax agency id -> ISO date until which its tax is filed."""
    marks: dict[tuple[str, str], str] = field(default_factory=dict)
    """Kind and id of a transaction -> its mark."""

    def as_json(self) -> dict[str, object]:
        """As the control API shows and takes it."""
        return {
            "suspended": self.suspended,
            "closed_with_password": self.closed_with_password,
            "filed_until": dict(self.filed),
            "marks": [{"type": kind, "id": identity, "mark": mark} for (kind, identity), mark in self.marks.items()],
        }


def changed(state: State, wanted: Any, company: Company) -> State:
    """The state with what the control API asks; ValueError names what it does not know."""
    if not isinstance(wanted, dict) or set(wanted) - set(state.as_json()):
        raise ValueError(f"the state takes {', '.join(state.as_json())}")
    for name in ("suspended", "closed_with_password"):
        if not isinstance(wanted.get(name, False), bool):
            raise ValueError(f"{name} is true or false")  # noqa: TRY004 # wrong content of a request, not of a call
    return State(
        suspended=wanted.get("suspended", state.suspended),
        closed_with_password=wanted.get("closed_with_password", state.closed_with_password),
        filed=_filed(wanted["filed_until"], company) if "filed_until" in wanted else state.filed,
        marks=_marks(wanted["marks"], company) if "marks" in wanted else state.marks,
    )


def _filed(wanted: Mapping[str, str], company: Company) -> dict[str, str]:
    unknown = [agency for agency in wanted if company.get("TaxAgency", agency) is None]
    if unknown:
        raise ValueError(f"there is no tax agency {', '.join(unknown)}")
    return {agency: date.fromisoformat(day).isoformat() for agency, day in wanted.items()}


def _marks(wanted: list[dict[str, str]], company: Company) -> dict[tuple[str, str], str]:
    marks: dict[tuple[str, str], str] = {}
    for each in wanted:
        key, mark = (str(each.get("type")), str(each.get("id"))), str(each.get("mark"))
        if key[0] not in company.records or company.get(*key) is None:
            raise ValueError(f"there is no {key[0]} {key[1]}")
        if mark not in {MATCHED, MERCHANT}:
            raise ValueError(f"a mark is {MATCHED} or {MERCHANT}, not {mark}")
        marks[key] = mark
    return marks


def check_subscription(company: Company) -> None:
    """6190 for a company whose subscription has ended."""
    if company.state.suspended:
        raise FaultError("6190", "The subscription of this company has ended.", status=403)


def check_open(company: Company, record: Record) -> None:
    """6200 or 6210 for a date in the closed books or in a tax period that is filed (§9)."""
    day = record.data["TxnDate"]
    closed = company.preference("AccountingInfoPrefs", "BookCloseDate")
    code = "6210" if company.state.closed_with_password else "6200"
    if closed and day <= closed:
        raise FaultError(code, f"The account period has closed: the transaction date {day} is not after {closed}.")
    for rate in record.facts.get("rates", ()) if company.state.filed else ():
        agency = company.records["TaxRate"][rate].data["AgencyRef"]["value"]
        filed = company.state.filed.get(agency)
        if filed is not None and day <= filed:
            name = company.records["TaxAgency"][agency].data["DisplayName"]
            raise FaultError("6200", f"The tax of {name} is filed until {filed}: the transaction date is {day}.")


def check_mark(company: Company, record: Record, verb: str) -> None:
    """6110, 6120, 6450 or 6480 for a transaction that something else holds fast (§9)."""
    found = MARK_FAULTS.get((company.state.marks.get((record.kind, record.id), ""), verb))
    if found is not None:
        raise FaultError(*found)

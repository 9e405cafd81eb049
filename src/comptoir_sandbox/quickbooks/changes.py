"""Change data capture (§6)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.company import KINDS
from comptoir_sandbox.quickbooks.faults import FaultError, missing
from comptoir_sandbox.quickbooks.values import PACIFIC, Object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.quickbooks.company import Company

UNSUPPORTED = frozenset({"TaxAgency", "TaxCode", "TaxRate", "CompanyInfo"})
MOST_OBJECTS = 1000


def capture(company: Company, parameters: Mapping[str, str]) -> Object:
    """The member CDCResponse: what changed since, one element an entity, oldest first; deleted ones as marks."""
    names = [name.strip() for name in parameters.get("entities", "").split(",") if name.strip()]
    if not names:
        raise missing("entities")
    if not parameters.get("changedSince"):
        raise missing("changedSince")
    since = _moment(parameters["changedSince"])
    known = {kind.lower(): kind for kind in KINDS if kind not in UNSUPPORTED}
    answers: list[Object] = []
    room = MOST_OBJECTS
    for name in names:
        kind = known.get(name.lower())
        if kind is None:
            raise FaultError("2000", f"Unknown object name: {name}", element="entities")
        found = _changed(company, kind, since)[:room]
        room -= len(found)
        page: Object = {kind: found, "startPosition": 1, "maxResults": len(found), "totalCount": len(found)}
        answers.append(page if found else {})
    return {"CDCResponse": [{"QueryResponse": answers}]}


def _moment(text: str) -> datetime:
    try:
        # A space stands where a client forgot to encode the plus sign of the zone.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise FaultError("2060", f"Invalid date format. Supplied value:{text}", element="changedSince") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=PACIFIC)


def _changed(company: Company, kind: str, since: datetime) -> list[object]:
    found: list[tuple[datetime, int, object]] = []
    for record in company.indexes.newest_first(kind, company.records[kind]):
        at = datetime.fromisoformat(record.data["MetaData"]["LastUpdatedTime"])
        if at < since:
            break
        found.append((at, record.sequence, company.encoded(record)))
    deleted = company.deleted.get(kind, {})
    for identity in reversed(deleted):
        time = deleted[identity]
        at = datetime.fromisoformat(time)
        if at < since:
            break
        mark = {"domain": "QBO", "status": "Deleted", "Id": identity, "MetaData": {"LastUpdatedTime": time}}
        # Times have seconds only: within one, what was deleted comes after what is there.
        found.append((at, company.counters["change"] + int(identity), mark))
    found.sort(key=lambda each: each[:2])
    return [each for _, _, each in found]

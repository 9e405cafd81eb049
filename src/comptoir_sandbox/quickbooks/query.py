"""The query language: what may be asked, filters, order, pages (§5)."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks.company import KINDS, LISTS, TRANSACTIONS
from comptoir_sandbox.quickbooks.fields import TYPES
from comptoir_sandbox.quickbooks.indexes import comparable
from comptoir_sandbox.quickbooks.query_parser import Condition, Parser, Query, invalid
from comptoir_sandbox.quickbooks.values import PACIFIC, Object

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

_TIMES = ("MetaData.CreateTime", "MetaData.LastUpdatedTime")
_NAMED = ("Id", "Name", "Active", "FullyQualifiedName", *_TIMES)
_PERSON = (
    "Id",
    "DisplayName",
    "GivenName",
    "MiddleName",
    "FamilyName",
    "CompanyName",
    "PrintOnCheckName",
    "FullyQualifiedName",
    "Active",
    "PrimaryEmailAddr",
    "PrimaryPhone",
    "Job",
    "Balance",
    *_TIMES,
)
_SALE = ("Id", "DocNumber", "TxnDate", "CustomerRef", "TotalAmt", "Balance", *_TIMES)
ATTACHED_TYPE, ATTACHED_ID = "AttachableRef.EntityRef.Type", "AttachableRef.EntityRef.value"
"""What an attachment is attached to (§19)."""
FILTERABLE: dict[str, frozenset[str]] = {
    kind: frozenset(names)
    for kind, names in {
        "CompanyInfo": ("Id", *_TIMES),
        "Preferences": ("Id", *_TIMES),
        "Account": (
            *_NAMED,
            "AccountType",
            "AccountSubType",
            "AcctNum",
            "Classification",
            "CurrentBalance",
            "SubAccount",
            "Description",
        ),
        "Customer": _PERSON,
        "Vendor": _PERSON,
        "Employee": _PERSON,
        "Item": (*_NAMED, "Type", "Sku", "UnitPrice", "QtyOnHand", "Description"),
        "TaxAgency": ("Id", "DisplayName", *_TIMES),
        "TaxRate": ("Id", "Name", "Active", *_TIMES),
        "TaxCode": ("Id", "Name", "Active", "Description", *_TIMES),
        "PaymentMethod": ("Id", "Name", "Type", "Active", *_TIMES),
        "Term": ("Id", "Name", "Type", "DueDays", "Active", *_TIMES),
        "CompanyCurrency": ("Id", "Code", "Name", "Active", *_TIMES),
        "Class": _NAMED,
        "Department": _NAMED,
        "Invoice": (*_SALE, "DueDate"),
        "SalesReceipt": _SALE,
        "CreditMemo": _SALE,
        "RefundReceipt": _SALE,
        "Bill": ("Id", "TxnDate", "DocNumber", "DueDate", "VendorRef", "TotalAmt", "Balance", *_TIMES),
        "BillPayment": ("Id", "TxnDate", "DocNumber", "VendorRef", "TotalAmt", *_TIMES),
        "Transfer": ("Id", "TxnDate", *_TIMES),
        "Purchase": ("Id", "TxnDate", "DocNumber", "TotalAmt", "PaymentType", *_TIMES),
        "JournalEntry": ("Id", "TxnDate", "DocNumber", *_TIMES),
        "Deposit": ("Id", "TxnDate", "TotalAmt", *_TIMES),
        "InventoryAdjustment": ("Id", "TxnDate", "DocNumber", *_TIMES),
        "Attachable": ("Id", "FileName", "Note", "ContentType", ATTACHED_TYPE, ATTACHED_ID, *_TIMES),
        "Payment": ("Id", "TxnDate", "CustomerRef", "TotalAmt", "PaymentRefNum", "UnappliedAmt", *_TIMES),
    }.items()
}
"""Properties that may stand after WHERE and ORDERBY."""
FIGURES = frozenset({"Balance", "CurrentBalance", "QtyOnHand"})
"""Properties of lists that come from the ledger."""


def parse(text: str) -> Query:
    """The query; 4000 for its grammar, 4001 for what it names."""
    query = Parser(text).parse()
    entity = {kind.lower(): kind for kind in KINDS}.get(query.entity.lower())
    if entity is None:
        raise invalid(f"invalid context declaration: {query.entity}")
    query.entity = entity
    for name in query.columns:
        _canonical(entity, name, queryable=False)
    query.where = [
        Condition(_canonical(entity, each.name), each.operator, _checked(entity, each)) for each in query.where
    ]
    query.order = [(_canonical(entity, name), descending) for name, descending in query.order]
    return query


def _canonical(entity: str, name: str, *, queryable: bool = True) -> str:
    for known in FILTERABLE[entity]:
        if known.lower() == name.lower():
            return known
    top = name.partition(".")[0].lower()
    found = next((each for each in TYPES[entity] if each.lower() == top), None)
    if found is None:
        raise invalid(f"Property {name} not found for Entity {entity}")
    if queryable:
        raise invalid(f"property '{name}' is not queryable")
    return found


def _checked(entity: str, condition: Condition) -> tuple[str, ...]:
    if condition.name.lower() == "id" and condition.operator not in {"=", "IN"}:
        raise invalid("Id supports the operators = and IN only")
    convert = _converter(entity, _canonical(entity, condition.name))
    if condition.operator != "LIKE":
        for value in condition.values:
            convert(value)
    return condition.values


# --- comparing


def _time(text: str) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(f"'{text}' is not a valid date and time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=PACIFIC)


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise invalid(f"'{text}' is not a valid number") from None


def _truth(text: str) -> Any:
    if text.lower() not in {"true", "false"}:
        raise invalid(f"'{text}' is not a valid boolean")
    return text.lower() == "true"


def _converter(entity: str, name: str) -> Callable[[str], Any]:
    if name in _TIMES:
        return _time
    kind = TYPES[entity].get(name, "string")
    return {"decimal": _number, "integer": _number, "boolean": _truth}.get(kind, str.casefold)


def _value(data: Object, name: str) -> Any:
    if name in _TIMES:
        return data["MetaData"][name.removeprefix("MetaData.")]
    return comparable(data, name)


def _test(entity: str, condition: Condition) -> Callable[[Object], bool]:
    name = condition.name
    if condition.operator == "LIKE":
        pattern = ".*".join(re.escape(part) for part in condition.values[0].split("%"))
        matcher = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda data: matcher.fullmatch(str(_value(data, name) or "")) is not None
    if name in {ATTACHED_TYPE, ATTACHED_ID}:
        part, values = name.rpartition(".")[2].lower(), {each.casefold() for each in condition.values}
        return lambda data: any(
            str(each.get("EntityRef", {}).get(part)).casefold() in values for each in data.get("AttachableRef", [])
        )
    convert = _converter(entity, name)
    wanted = [convert(value) for value in condition.values]

    def stored(data: Object) -> Any:
        found = _value(data, name)
        if found is None:
            return None
        return convert(found if isinstance(found, str) else str(found))

    if condition.operator in {"=", "IN"}:
        return lambda data: stored(data) in wanted
    limit = wanted[0]
    compare: dict[str, Callable[[Any], bool]] = {
        "<": lambda found: found < limit,
        ">": lambda found: found > limit,
        "<=": lambda found: found <= limit,
        ">=": lambda found: found >= limit,
    }
    chosen = compare[condition.operator]

    def ordered(data: Object) -> bool:
        found = stored(data)
        return found is not None and chosen(found)

    return ordered


# --- answering


def select(company: Company, query: Query) -> tuple[list[Record], int]:
    """The page's records and how many match altogether."""
    tests = [_test(query.entity, each) for each in query.where]
    if query.entity in LISTS and not any(each.name == "Active" for each in query.where):
        tests.append(lambda data: data.get("Active") is not False)
    shown = _seen(company, {each.name for each in query.where})
    found = [record for record in _candidates(company, query) if all(test(shown(record)) for test in tests)]
    if query.count:
        return [], len(found)
    _sort(company, query, found)
    return found[query.start - 1 : query.start - 1 + query.size], len(found)


def _seen(company: Company, names: Collection[str]) -> Callable[[Record], Object]:
    """How a record's properties are read: figures of the ledger only where they are asked for."""
    return company.view if FIGURES & set(names) else lambda record: record.data


def _candidates(company: Company, query: Query) -> Iterable[Record]:
    """All records, or those an index gives for one of the conditions."""
    records, indexes = company.records[query.entity], company.indexes
    for condition in query.where:
        if condition.operator in {"=", "IN"} and condition.name == "Id":
            return [records[each] for each in dict.fromkeys(condition.values) if each in records]
    exact = [each for each in query.where if each.operator in {"=", "IN"} and indexes.has(query.entity, each.name)]
    if exact:
        found = min((indexes.ids(query.entity, each.name, each.values) for each in exact), key=len)
        return [records[each] for each in found]
    for condition in query.where:
        if condition.name == "MetaData.LastUpdatedTime" and condition.operator in {">", ">="}:
            return _changed_since(company, query.entity, _time(condition.values[0]))
    dates = [each for each in query.where if each.name == "TxnDate" and each.operator != "LIKE"]
    if dates and indexes.has(query.entity, "TxnDate"):
        tests = [_test(query.entity, each) for each in dates]
        days = indexes.ids_where(query.entity, "TxnDate", lambda day: all(test({"TxnDate": day}) for test in tests))
        return [records[each] for each in days]
    return records.values()


def _changed_since(company: Company, kind: str, since: datetime) -> Iterator[Record]:
    for record in company.indexes.newest_first(kind, company.records[kind]):
        if _time(record.data["MetaData"]["LastUpdatedTime"]) < since:
            return
        yield record


def _sort(company: Company, query: Query, found: list[Record]) -> None:
    if not query.order:
        if query.entity in TRANSACTIONS:
            found.sort(key=lambda record: record.sequence, reverse=True)
        elif query.entity in {"Customer", "Vendor", "Employee", "Account", "Item"}:
            found.sort(key=lambda record: str(record.data.get("FullyQualifiedName", "")))
        else:
            found.sort(key=lambda record: _number_of(record.id))
        return
    shown = _seen(company, {name for name, _ in query.order})
    for name, descending in reversed(query.order):
        found.sort(key=_sort_key(shown, query.entity, name), reverse=descending)


def _number_of(identity: str) -> int:
    """Ids by their numbers; the pseudo tax codes, whose ids are words, come first (§12.7)."""
    return int(identity) if identity.isdigit() else 0


def _sort_key(shown: Callable[[Record], Object], entity: str, name: str) -> Callable[[Record], tuple[bool, Any]]:
    convert = _converter(entity, name)

    def key(record: Record) -> tuple[bool, Any]:
        if name == "Id":
            return (True, _number_of(record.id))
        value = _value(shown(record), name)
        return (value is not None, convert(str(value)) if value is not None else 0)

    return key


def answer(company: Company, text: str) -> Object:
    """The member QueryResponse. Raises FaultError 4000 or 4001."""
    query = parse(text)
    page, total = select(company, query)
    if query.count:
        return {"totalCount": total}
    if not page:
        return {}
    response: Object = {
        query.entity: [company.encoded(record) for record in page],
        "startPosition": query.start,
        "maxResults": len(page),
    }
    if query.entity in TRANSACTIONS:
        response["totalCount"] = total
    return response

"""The query language: grammar, the two classes of errors, filters, order, pages (§5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.quickbooks.company import KINDS, LISTS, TRANSACTIONS
from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.fields import TYPES
from comptoir_sandbox.quickbooks.values import PACIFIC, Object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<operator><=|>=|!=|<>|=|<|>)|(?P<mark>[(),*])"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>-?\d+(?:\.\d+)?))"
)
OPERATORS = frozenset({"=", "<", ">", "<=", ">="})
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
        "Class": _NAMED,
        "Department": _NAMED,
        "Invoice": (*_SALE, "DueDate"),
        "SalesReceipt": _SALE,
        "CreditMemo": _SALE,
        "RefundReceipt": _SALE,
        "Payment": ("Id", "TxnDate", "CustomerRef", "TotalAmt", "PaymentRefNum", "UnappliedAmt", *_TIMES),
    }.items()
}
"""Properties that may stand after WHERE and ORDERBY."""
INNER = {"PrimaryEmailAddr": "Address", "PrimaryPhone": "FreeFormNumber", "CustomerRef": "value"}
"""Where the comparable value of a structured property is."""


@dataclass(frozen=True)
class Condition:
    """property operator values."""

    name: str
    operator: str
    values: tuple[str, ...]


@dataclass
class Query:
    """A parsed query; property names are as the client wrote them until `validate` has run."""

    entity: str = ""
    count: bool = False
    columns: list[str] = field(default_factory=list)
    where: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    """Property and whether descending."""
    start: int = 1
    size: int = DEFAULT_PAGE


def _parse_error(token: str, column: int, expected: str) -> FaultError:
    return FaultError(
        "4000",
        f'QueryParserError: Encountered " {token}" at line 1, column {column}.\nWas expecting: {expected}',
    )


def _invalid(text: str) -> FaultError:
    return FaultError("4001", f"QueryValidationError: {text}")


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str, int]] = []
        position = 0
        stripped = text.rstrip().rstrip(";").rstrip()
        while position < len(stripped):
            match = TOKEN.match(stripped, position)
            if match is None:
                raise _parse_error(f'"{stripped[position]}"', position + 1, "a word, a number or a quoted text")
            kind = str(match.lastgroup)
            self._tokens.append((kind, match.group(kind), match.start(kind) + 1))
            position = match.end()
        self._position = 0

    def parse(self) -> Query:
        query = Query()
        self._word("SELECT")
        self._selection(query)
        self._word("FROM")
        query.entity = self._name()
        if self._take("WHERE"):
            query.where.append(self._condition())
            while self._take("AND"):
                query.where.append(self._condition())
        if self._take("ORDERBY") or (self._take("ORDER") and self._word("BY")):
            self._order(query)
        self._page(query)
        if self._position < len(self._tokens):
            raise self._unexpected("<EOF>")
        return query

    def _selection(self, query: Query) -> None:
        if self._take("COUNT"):
            for mark in "(*)":
                self._mark(mark)
            query.count = True
            return
        while True:
            if not self._take_mark("*"):
                query.columns.append(self._name())
            if not self._take_mark(","):
                return

    def _condition(self) -> Condition:
        name = self._name()
        if self._take("IN"):
            self._mark("(")
            values = [self._value()]
            while self._take_mark(","):
                values.append(self._value())
            self._mark(")")
            return Condition(name, "IN", tuple(values))
        if self._take("LIKE"):
            return Condition(name, "LIKE", (self._value(),))
        kind, text, _ = self._peek()
        if kind != "operator" or text not in OPERATORS:
            raise self._unexpected('"=" "<" ">" "<=" ">=" "IN" "LIKE"')
        self._position += 1
        return Condition(name, text, (self._value(),))

    def _order(self, query: Query) -> None:
        while True:
            name = self._name()
            descending = self._take("DESC")
            if not descending:
                self._take("ASC")
            query.order.append((name, descending))
            if not self._take_mark(","):
                return

    def _page(self, query: Query) -> None:
        while True:
            if self._take("STARTPOSITION"):
                query.start = self._whole()
            elif self._take("MAXRESULTS"):
                query.size = min(self._whole(least=0), LARGEST_PAGE)
            else:
                return

    def _whole(self, least: int = 1) -> int:
        kind, text, _ = self._peek()
        if kind != "number" or "." in text:
            raise self._unexpected("<INTEGER>")
        self._position += 1
        if int(text) < least:
            raise _invalid(f"value {text} is too small. Min allowed value is {least}")
        return int(text)

    def _value(self) -> str:
        kind, text, _ = self._peek()
        if kind == "text":
            self._position += 1
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if kind == "number" or (kind == "word" and text.lower() in {"true", "false"}):
            self._position += 1
            return text
        raise self._unexpected("<VALUE>")

    def _name(self) -> str:
        kind, text, _ = self._peek()
        if kind != "word":
            raise self._unexpected("<IDENTIFIER>")
        self._position += 1
        return text

    def _peek(self) -> tuple[str, str, int]:
        if self._position >= len(self._tokens):
            return ("end", "<EOF>", self._tokens[-1][2] + len(self._tokens[-1][1]) if self._tokens else 1)
        return self._tokens[self._position]

    def _take(self, word: str) -> bool:
        kind, text, _ = self._peek()
        if kind == "word" and text.upper() == word:
            self._position += 1
            return True
        return False

    def _word(self, word: str) -> bool:
        if not self._take(word):
            raise self._unexpected(f'"{word}"')
        return True

    def _take_mark(self, mark: str) -> bool:
        kind, text, _ = self._peek()
        if kind == "mark" and text == mark:
            self._position += 1
            return True
        return False

    def _mark(self, mark: str) -> None:
        if not self._take_mark(mark):
            raise self._unexpected(f'"{mark}"')

    def _unexpected(self, expected: str) -> FaultError:
        kind, text, column = self._peek()
        shown = f'<IDENTIFIER> "{text}"' if kind == "word" else f'"{text}"'
        return _parse_error(shown, column, expected)


def parse(text: str) -> Query:
    """The query; 4000 for its grammar, 4001 for what it names."""
    query = _Parser(text).parse()
    entity = {kind.lower(): kind for kind in KINDS}.get(query.entity.lower())
    if entity is None:
        raise _invalid(f"invalid context declaration: {query.entity}")
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
        raise _invalid(f"Property {name} not found for Entity {entity}")
    if queryable:
        raise _invalid(f"property '{name}' is not queryable")
    return found


def _checked(entity: str, condition: Condition) -> tuple[str, ...]:
    if condition.name.lower() == "id" and condition.operator not in {"=", "IN"}:
        raise _invalid("Id supports the operators = and IN only")
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
        raise _invalid(f"'{text}' is not a valid date and time") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=PACIFIC)


def _number(text: str) -> Any:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _invalid(f"'{text}' is not a valid number") from None


def _truth(text: str) -> Any:
    if text.lower() not in {"true", "false"}:
        raise _invalid(f"'{text}' is not a valid boolean")
    return text.lower() == "true"


def _converter(entity: str, name: str) -> Callable[[str], Any]:
    if name in _TIMES:
        return _time
    kind = TYPES[entity].get(name, "string")
    return {"decimal": _number, "integer": _number, "boolean": _truth}.get(kind, str.casefold)


def _value(data: Object, name: str) -> Any:
    if name in _TIMES:
        return data["MetaData"][name.removeprefix("MetaData.")]
    found = data.get(name)
    return found.get(INNER[name]) if isinstance(found, dict) else found


def _test(entity: str, condition: Condition) -> Callable[[Object], bool]:
    name = condition.name
    if condition.operator == "LIKE":
        pattern = ".*".join(re.escape(part) for part in condition.values[0].split("%"))
        matcher = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return lambda data: matcher.fullmatch(str(_value(data, name) or "")) is not None
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
    found = [
        record
        for record in _candidates(company, query)
        if all(test(company.view(record) if record.kind in {"Customer", "Account"} else record.data) for test in tests)
    ]
    if query.count:
        return [], len(found)
    _sort(company, query, found)
    return found[query.start - 1 : query.start - 1 + query.size], len(found)


def _candidates(company: Company, query: Query) -> Iterable[Record]:
    """All records, or those an index gives for an equality on an id or number."""
    records = company.records[query.entity]
    for condition in query.where:
        if condition.operator not in {"=", "IN"}:
            continue
        if condition.name == "Id":
            return [records[each] for each in dict.fromkeys(condition.values) if each in records]
        if condition.name == "DocNumber":
            folded = dict.fromkeys(each.casefold() for each in condition.values)
            keys = [key for number in folded for key in company.numbers.get(number, ())]
            return [records[identity] for kind, identity in keys if kind == query.entity]
    return records.values()


def _sort(company: Company, query: Query, found: list[Record]) -> None:
    if not query.order:
        if query.entity in TRANSACTIONS:
            found.sort(key=lambda record: record.sequence, reverse=True)
        elif query.entity in {"Customer", "Vendor", "Employee", "Account", "Item"}:
            found.sort(key=lambda record: str(record.data.get("FullyQualifiedName", "")))
        else:
            found.sort(key=lambda record: int(record.id))
        return
    for name, descending in reversed(query.order):
        found.sort(key=_sort_key(company, query.entity, name), reverse=descending)


def _sort_key(company: Company, entity: str, name: str) -> Callable[[Record], tuple[bool, Any]]:
    convert = _converter(entity, name)

    def key(record: Record) -> tuple[bool, Any]:
        if name == "Id":
            return (True, int(record.id))
        value = _value(company.view(record), name)
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

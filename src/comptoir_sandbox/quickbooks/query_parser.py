"""The query language's grammar (§5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from comptoir_sandbox.quickbooks.faults import FaultError

DEFAULT_PAGE = 100
LARGEST_PAGE = 1000
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<operator><=|>=|!=|<>|=|<|>)|(?P<mark>[(),*])"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_.]*)|(?P<number>-?\d+(?:\.\d+)?))"
)
OPERATORS = frozenset({"=", "<", ">", "<=", ">="})


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


def invalid(text: str) -> FaultError:
    """4001: the grammar is right, what it names is not."""
    return FaultError("4001", f"QueryValidationError: {text}")


class Parser:
    """Recursive descent over one query text."""

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
        """The query as written; 4000 for its grammar."""
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
            raise invalid(f"value {text} is too small. Min allowed value is {least}")
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

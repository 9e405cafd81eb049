"""The search language of `query:` arguments: parsing and matching (shopify.md §3.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN = re.compile(
    r"""\s*(?:
        (?P<paren>[()])
      | (?P<minus>-(?=[^\s]))
      | (?:(?P<field>[A-Za-z_][\w.]*):(?P<op>>=|<=|>|<|=)?)?
        (?P<value>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|(?:\\.|[^\s()\\])+)
    )""",
    re.VERBOSE,
)
COMPARISONS = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
ANY = "*"


@dataclass(frozen=True, slots=True)
class Term:
    """`field:op value`; without a field it is free text."""

    field: str | None
    op: str
    """"" for `field:value`, else one of > >= < <=."""
    value: str

    def parsed(self) -> dict[str, Any]:
        """As `extensions.search[].parsed` shows it."""
        name = self.field or "default"
        if self.op:
            return {"field": name, "range": {COMPARISONS[self.op]: self.value}}
        if self.value == ANY:
            return {"field": name, "exists": True}
        return {"field": name, "match_all": self.value}


@dataclass(frozen=True, slots=True)
class Group:
    """`and`, `or` or `not` of its members; `and` of none matches all."""

    kind: str
    members: tuple[Term | Group, ...]

    def parsed(self) -> dict[str, Any]:
        """As `extensions.search[].parsed` shows it."""
        members = [member.parsed() for member in self.members]
        return {self.kind: members[0] if self.kind == "not" else members} if members else {}


Node = Term | Group


def parse_search(text: str) -> Node:
    """Parse a search; what is not understood is free text, as at Shopify: nothing is a syntax error."""
    return _Parser(_tokens(text)).parse()


def _tokens(text: str) -> list[Term | str]:
    tokens: list[Term | str] = []
    at = 0
    while found := TOKEN.match(text, at):
        at = found.end()
        if found["paren"] or found["minus"]:
            tokens.append(found["paren"] or "NOT")
        elif found["field"] is None and found["value"].upper() in {"AND", "OR", "NOT"}:
            tokens.append(found["value"].upper())
        else:
            op = found["op"] or ""
            tokens.append(Term(found["field"], "" if op == "=" else op, _unquoted(found["value"])))
    return tokens


def _unquoted(text: str) -> str:
    bare = text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[-1] == text[0] else text
    return re.sub(r"\\(.)", r"\1", bare)


class _Parser:
    """Recursive descent: OR of AND of factors; AND binds tighter."""

    def __init__(self, tokens: list[Term | str]) -> None:
        self._tokens = tokens
        self._at = 0

    def parse(self) -> Node:
        members = [self._either()]
        while self._at < len(self._tokens):
            # Only a stray closing parenthesis stops the grammar early.
            self._at += 1
            if self._at < len(self._tokens):
                members.append(self._either())
        return _group("and", members)

    def _peek(self) -> Term | str | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _either(self) -> Node:
        members = [self._all()]
        while self._peek() == "OR":
            self._at += 1
            members.append(self._all())
        return _group("or", members)

    def _all(self) -> Node:
        members: list[Node] = []
        while (here := self._peek()) not in {None, "OR", ")"}:
            if here == "AND":
                self._at += 1
            else:
                members.append(self._factor())
        return _group("and", members)

    def _factor(self) -> Node:
        here = self._tokens[self._at]
        self._at += 1
        if isinstance(here, Term):
            return here
        if here == "NOT":
            following = self._peek()
            return Group("not", (self._factor() if following not in {None, ")"} else Group("and", ()),))
        inner = self._either()
        if self._peek() == ")":
            self._at += 1
        return inner


def _group(kind: str, members: list[Node]) -> Node:
    return members[0] if len(members) == 1 else Group(kind, tuple(members))


@dataclass
class Compiled:
    """A search ready to be asked of rows, with what the caller must be told."""

    matches: Callable[[Any], bool]
    warnings: list[dict[str, str]] = field(default_factory=list)


def compile_search(node: Node, fields: Mapping[str, Callable[[Term], Callable[[Any], bool]]]) -> Compiled:
    """Bind a parsed search to rows. `fields`: name -> maker of a test; the name "" takes free text.

    A term of an unknown field is left out (it matches everything, also under NOT) and becomes a warning.
    """
    warnings: list[dict[str, str]] = []

    def build(part: Node) -> Callable[[Any], bool] | None:
        if isinstance(part, Term):
            maker = fields.get((part.field or "").lower())
            if maker is None:
                message = "Invalid search field for this query."
                warnings.append({"field": part.field or "", "message": message, "code": "invalid_field"})
                return None
            return maker(part)
        tests = [test for test in map(build, part.members) if test is not None]
        if part.kind == "not":
            return _negated(tests[0]) if tests else None
        if part.kind == "or" and len(tests) < len(part.members):
            return None
        return _combined(part.kind, tests)

    test = build(node)
    return Compiled(test or (lambda _row: True), warnings)


def _negated(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda row: not test(row)


def _combined(kind: str, tests: list[Callable[[Any], bool]]) -> Callable[[Any], bool]:
    if kind == "or":
        return lambda row: any(test(row) for test in tests)
    return lambda row: all(test(row) for test in tests)

"""Comparisons that the searches of all lists share (shopify.md §3.5)."""

from __future__ import annotations

import operator
import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from comptoir_sandbox.shopify.errors import bad_request
from comptoir_sandbox.shopify.search import ANY, Term

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
DAY_ONLY = re.compile(r"\d{4}-\d{2}-\d{2}")


def moment(term: Term, zone: ZoneInfo, read: Callable[[Any], datetime]) -> Callable[[Any], bool]:
    """Compare a time; without an offset it is read in `zone`, a bare day is the whole day. BAD_REQUEST for no time."""
    if term.value == ANY:
        return lambda _entry: True
    try:
        wanted = datetime.fromisoformat(term.value)
    except ValueError as error:
        raise bad_request(f"Invalid timestamp for query filter `{term.field}`.") from error
    if wanted.tzinfo is None:
        wanted = wanted.replace(tzinfo=zone)
    if DAY_ONLY.fullmatch(term.value) and not term.op:
        return lambda entry: wanted <= read(entry) < wanted + timedelta(days=1)
    compare = OPERATORS[term.op]
    return lambda entry: compare(read(entry), wanted)


def number(term: Term, read: Callable[[Any], Decimal | int]) -> Callable[[Any], bool]:
    """Compare a number. BAD_REQUEST for no number."""
    if term.value == ANY:
        return lambda _entry: True
    try:
        wanted = Decimal(term.value)
    except InvalidOperation as error:
        raise bad_request(f"Invalid number for query filter `{term.field}`.") from error
    compare = OPERATORS[term.op]
    return lambda entry: compare(read(entry), wanted)


def one_of(term: Term, read: Callable[[Any], str]) -> Callable[[Any], bool]:
    """Compare a text in lower case with a comma list."""
    wanted = values(term)
    return lambda entry: ANY in wanted or read(entry) in wanted


def values(term: Term) -> set[str]:
    """Return the comma list of a term, in lower case."""
    return {value.strip().lower() for value in term.value.split(",")}

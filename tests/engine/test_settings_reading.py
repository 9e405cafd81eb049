"""Settings are read key by key: whatever is wrong is told in one go, each key with what is possible there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, EnumType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from tests.books.conftest import make_company

from comptoir.books.checks.contradictions import Surroundings
from comptoir.books.problems import Problem
from comptoir.books.settings import MethodSettings, PaymentSettings, Settings
from comptoir.engine.setup.fitting import misfits
from comptoir.engine.setup.reading import TURNS, Reading, reading_of
from comptoir.engine.setup.settings_file import plain, read_settings

GOOD: dict[str, Any] = {
    "time_zone": "Etc/UTC",
    "start_date": date(2026, 1, 1),
    "items": {"income_account": "Sales", "expense_account": "Cost of sales"},
    "payments": {"methods": {"*": {"account": "Till", "by_currency": {"GBP": "Till"}}}},
    "taxes": {"untaxed": "No VAT", "codes": {"VAT": "20.0% S"}},
}
AROUND = Surroundings(date(2026, 6, 1))
PYDANTIC = re.compile(
    r"(?i)input should|valid (date|integer|string|boolean|list|dict)|character in|unable to parse|type="
)
WRONG: tuple[Any, ...] = ("off", "7", "seven", 7, 7.5, Decimal("NaN"), True, None, [], ["x", 5], {}, {"x": {}},
         date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), "2026-13-45", 2**4000, 10**12, object)  # fmt: skip


def leaves(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every setting there is, sections too, with its type; names of the user's own are "any"."""
    for each in fields(kind):
        hint, where = get_type_hints(kind)[each.name], (*path, each.name)
        yield where, hint
        if is_dataclass(hint):
            yield from leaves(hint, where)
        elif get_origin(hint) is dict:
            yield (*where, "any"), get_args(hint)[1]
            if is_dataclass(get_args(hint)[1]):
                yield from leaves(get_args(hint)[1], (*where, "any"))


EVERY = dict(leaves(Settings))
HOLDS: dict[Any, Callable[[Any], bool]] = {
    str: lambda value: isinstance(value, str),
    bool: lambda value: isinstance(value, bool),
    int: lambda value: isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**12,
    Decimal: lambda value: value == "7" or (type(value) is int and abs(value) < 10**12),
    date: lambda value: type(value) is date,
    tuple: lambda value: value in ([], ["x", 5]),
    dict: lambda value: isinstance(value, dict),
}


def holds(kind: Any, value: Any) -> bool:
    """Whether the value may stand there, as far as its own type goes."""
    if is_dataclass(kind):
        return isinstance(value, dict)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return False
    return HOLDS[get_origin(kind) or kind](value)


def put(path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The good settings with this value there."""
    made: dict[str, Any] = {**GOOD}
    inner = made
    for name in path[:-1]:
        inner[name] = {**inner.get(name, {})}
        inner = inner[name]
    inner[path[-1]] = value
    return made


@pytest.mark.parametrize("path", list(EVERY), ids=".".join)
def test_whatever_stands_in_a_setting_it_is_told_plainly(path: tuple[str, ...]) -> None:
    where, told = ".".join(path), 0
    for value in WRONG:
        if holds(EVERY[path], value):
            continue
        found = [each for each in reading_of(put(path, value)).problems if each.where == where]
        assert found, (where, value)
        for problem in found:
            told += 1
            what, remedy = str(problem.what), str(problem.remedy)
            assert where in what
            assert problem.what.values["value"] in what
            assert not PYDANTIC.search(what + remedy)
            assert len(what) < 300
            assert what.endswith(".")
            assert remedy.endswith(".")
            assert "{" not in remedy
    assert told


@pytest.mark.parametrize(
    ("path", "value", "what", "remedy"),
    [
        (("payments", "record"), "off", '"payments.record" is "off", which is neither true nor false', "true or false"),
        (("report", "hour"), "7", '"report.hour" is "7", which is not a whole number', "without quotes"),
        (("report", "hour"), True, '"report.hour" is true, which is not a whole number', "without quotes"),
        (("start_date",), "1st of May", '"start_date" is "1st of May", which is not a day', "2026-01-31"),
        (("start_date",), "2026-02-30", '"start_date" is "2026-02-30", which is not a day', "2026-01-31"),
        (("start_date",), "20260101", '"start_date" is "20260101", which is not a day', "2026-01-31"),
        (("time_zone",), 7, '"time_zone" is 7, which is not text', "between double quotes"),
        (("orders", "form"), "Receipt", '"orders.form" cannot be "Receipt"', '"receipt", "invoice"'),
        (("orders", "statuses"), "paid", '"orders.statuses" is "paid", which is not a list', "square brackets"),
        (("report", "to"), ["a@b.example", 5], '"report.to" is 5, which is not text', "between double quotes"),
        (("taxes", "codes"), ["a"], '"taxes.codes" is ["a"], which does not say', "[taxes.codes]"),
        (("payments", "methods"), {"*": "T"}, '"payments.methods.*" is "T", and should hold', "[payments.methods.*]"),
        (("items", "rounding_cap"), Decimal("1E-13"), '"items.rounding_cap" is 1E-13, which is not a number', "2.5"),
        (("items", "rounding_cap"), "much", '"items.rounding_cap" is "much", which is not a number', "2.5"),
        (("orders", "due"), {"a": None}, 'no setting "orders.due.a"', "settings export"),
        (("orders", "prefix"), {"a": None}, '"orders.prefix" is {a: null}, which is not text', "double quotes"),
    ],
)  # fmt: skip
def test_the_key_what_was_found_and_what_is_possible(path: tuple[str, ...], value: Any, what: str, remedy: str) -> None:
    (problem,) = reading_of(put(path, value)).problems
    assert what in str(problem.what)
    assert remedy in str(problem.remedy)


@pytest.mark.parametrize(
    ("path", "value", "read"),
    [
        (("items", "rounding_cap"), "2.5", Decimal("2.5")),
        (("items", "rounding_cap"), 3, Decimal(3)),
        (("start_date",), "2026-02-28", date(2026, 2, 28)),
        (("orders", "prefix"), "", ""),
    ],
)
def test_what_json_writes_otherwise_is_read(path: tuple[str, ...], value: Any, read: Any) -> None:
    found: Any = reading_of(put(path, value)).settings
    for name in path:
        found = getattr(found, name)
    assert found == read


def test_any_choice_stands_in_for_what_cannot_be_read() -> None:
    choices = [kind for kind in EVERY.values() if isinstance(kind, EnumType)]
    assert max(map(len, choices)) <= TURNS


def mistakes(values: dict[str, Any], **company: Any) -> dict[str, list[Problem]]:
    """Everything that is wrong with these settings, by key."""
    found: dict[str, list[Problem]] = {}
    for each in reading_of(values).mistakes(lambda settings: misfits(settings, make_company(**company), AROUND)):
        found.setdefault(each.where, []).append(each)
    return found


def test_mistakes_of_writing_and_of_the_company_are_told_in_one_go() -> None:
    wrong: dict[str, Any] = {
        "time_zone": "Mars/Olympus",
        "start_date": "soon",
        "extra": 1,
        "items": {"income_account": "Till", "create": "off", "rounding_cap": -1},
        "orders": {
            "prefix": "TOO-LONG-",
            "due": {"rule": "day_of_month", "days": 40},
            "statuses": ["paid", "shipped"],
        },
        "payments": {"methods": {"card": {"account": "Old bank"}, "*": {"acount": "Till"}}},
        "report": {"hour": 30, "when": "hourly"},
    }
    found = mistakes(wrong)
    assert set(found) == {
        "time_zone", "start_date", "extra", "items.income_account", "items.create", "items.rounding_cap",
        "items.expense_account", "orders.prefix", "orders.due.days", "orders.statuses", "payments.methods.card.account",
        "payments.methods.*.acount", "payments.methods.*.account", "report.hour", "report.when", "taxes.untaxed",
    }  # fmt: skip
    assert all(len(each) == 1 for each in found.values())


def test_nothing_is_made_of_what_stands_in_for_a_key() -> None:
    """Whether receipts fit, whether days do, and whether prefixes differ, hangs on what was meant there."""
    base = {**GOOD, "refunds": {"record": False}, "payments": {"record": False}}
    assert set(mistakes({**base, "orders": {"form": "reciept"}})) == {"orders.form"}
    assert set(mistakes({**base, "orders": {"from": "invoice"}})) == {"orders.from"}
    assert set(mistakes({**base, "orders": {"form": "receipt", "prefx": "A-"}})) == {"orders.form", "orders.prefx"}
    due = {**GOOD, "orders": {"due": {"rule": "some_day", "days": 31}}}
    assert set(mistakes(due)) == {"orders.due.rule"}
    assert set(mistakes({**due, "orders": {"due": {"rule": "some_day", "days": 5000}}})) == {"orders.due.rule"}
    assert set(mistakes({**GOOD, "orders": 5, "refunds": {"prefix": ""}})) == {"orders"}


def test_what_is_well_written_is_checked_as_it_is() -> None:
    settings = reading_of(GOOD).settings
    assert settings is not None
    assert settings.payments == PaymentSettings(methods={"*": MethodSettings("Till", by_currency={"GBP": "Till"})})
    assert reading_of(plain(settings)).settings == settings
    assert Reading.of(settings).mistakes(lambda each: misfits(each, make_company(), AROUND)) == []
    odd = replace(settings, time_zone="Nowhere")
    assert [each.where for each in Reading.of(odd).mistakes(lambda each: misfits(each, make_company(), AROUND))] == [
        "time_zone"
    ]


@pytest.mark.parametrize("text", ["a = " + "9" * 5000, "a = " + "[" * 5000, "a = '"])
def test_a_file_that_breaks_the_reader_is_told(text: str) -> None:
    reading = read_settings(text)
    assert [each.code for each in reading.problems] == ["settings-syntax"]
    assert reading.settings is None
    assert reading.mistakes(lambda _: []) == list(reading.problems)

"""PURE: what was filled in, put into the choices; or what of it cannot be read, each at its question."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from comptoir.books.problems import Message, Problem
from comptoir.engine.setup.questions import Control, Path, Question, value_at

Given = Mapping[str, Sequence[str]]
"""What a form holds, by the questions' keys."""
NAMED_ELSEWHERE = (("taxes", "codes"), ("payments", "methods"), ("opening", "balances"))
"""Where the store or the company makes the names: an entry without a choice is none."""


def answered(values: Mapping[str, Any], questions: Sequence[Question], given: Given) -> dict[str, Any] | list[Problem]:
    """The values with the answers in them; what a form does not hold stays as it was."""
    made = copy.deepcopy(dict(values))
    problems: list[Problem] = []
    for question in questions:
        texts = given.get(question.key)
        if texts is None or question.hidden is not None:
            continue
        value = _read(question, texts)
        if isinstance(value, Problem):
            problems.append(value)
        else:
            _put(made, question.path, _as_held(value_at(made, question.path), value))
    _tidy(made)
    return problems or made


def not_asked(questions: Sequence[Question], given: Given) -> list[Problem]:
    """What was answered and is no question, or is not asked; nobody who fills in a page can."""
    known = {each.key: each for each in questions}
    problems: list[Problem] = []
    for key in given:
        question = known.get(key)
        if question is None:
            words = Message('There is no question "{question}" here.', {"question": key})
            problems.append(_wrong(key, words, Message("Leave it out, or look up how it is called.")))
        elif question.hidden is not None:
            words = Message('The question "{question}" is not asked.', {"question": key})
            problems.append(_wrong(key, words, question.hidden))
    return problems


def _read(question: Question, texts: Sequence[str]) -> Any:
    """The value that a setting has; a Problem where the texts say none."""
    text = texts[-1].strip() if texts else ""
    match question.control:
        case Control.SEVERAL:
            return _several(question, [each for each in texts if each])
        case Control.LINES:
            return [line.strip() for each in texts for line in each.splitlines() if line.strip()]
        case control:
            read = _READERS.get(control)
            return read(question, text) if read is not None else text


MOST_DIGITS = 9


def _is_whole(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS


def _number(question: Question, text: str) -> int | Problem:
    if _is_whole(text):
        return int(text)
    words = Message('"{value}" is not a whole number.', {"value": text})
    return _unreadable(question, words, Message("Write digits alone, for example 5."))


_BLANKS = str.maketrans({"\u2212": "-", **dict.fromkeys(" \u00a0\u202f\u2019'", None)})
"""What may stand between thousands, and a minus as a page prints it."""
_IN_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3}){1,2}(\.\d{1,2})?", re.ASCII)
_PLAIN = re.compile(r"-?\d{1,9}([.,]\d{1,2})?", re.ASCII)


def _amount(question: Question, text: str) -> Decimal | str | Problem:
    """An amount as it is written in English or in French; "" for none. One that could be read in two ways is asked."""
    bare = text.translate(_BLANKS)
    if _IN_THOUSANDS.fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    if not bare or _PLAIN.fullmatch(bare):
        return Decimal(bare.replace(",", ".")) if bare else ""
    words = Message('"{value}" is not an amount.', {"value": text})
    return _unreadable(question, words, Message("Write digits alone, for example 1250.00; or leave it empty."))


def _several(question: Question, texts: list[str]) -> list[str] | Problem:
    found = [_chosen(question, each) for each in texts]
    return next((each for each in found if isinstance(each, Problem)), texts)


def _chosen(question: Question, text: str) -> str | Problem:
    if text in {each.value for each in question.options}:
        return text
    words = Message('"{value}" is not among the choices.', {"value": text})
    return _unreadable(question, words, Message("Choose one of those that are offered."))


def _day(question: Question, text: str) -> date | Problem:
    try:
        return date.fromisoformat(text)
    except ValueError:
        words = Message('"{value}" is not a day.', {"value": text})
        return _unreadable(question, words, Message("Write year, month and day, for example 2026-01-31."))


_READERS: Mapping[Control, Callable[[Question, str], Any]] = {
    Control.NUMBER: _number,
    Control.AMOUNT: _amount,
    Control.DAY: _day,
    Control.ONE: _chosen,
    Control.LIST: _chosen,
}
"""What one text of a form is read by; any other answer is the text itself."""


def _unreadable(question: Question, what: Message, remedy: Message) -> Problem:
    return _wrong(question.key, what, remedy)


def _wrong(key: str, what: Message, remedy: Message) -> Problem:
    return Problem("answer", what, remedy, where=key, field=key, cause=key)


def _as_held(present: Any, value: Any) -> Any:
    """A value that was chosen among a form's texts as its setting holds it: a switch, or a whole number."""
    if isinstance(present, bool):
        return value == "true"
    return int(value) if isinstance(present, int) and isinstance(value, str) and value else value


def _put(values: dict[str, Any], path: Path, value: Any) -> None:
    *above, last = path
    for name in above:
        values = values.setdefault(name, {})
    values[last] = value


def _tidy(values: dict[str, Any]) -> None:
    """Take out what the store or the company names and nobody chose anything for."""
    for section, name in NAMED_ELSEWHERE:
        entries = values.get(section, {}).get(name, {})
        for key in [key for key, entry in entries.items() if not _says_something(entry)]:
            del entries[key]


def _says_something(entry: Any) -> bool:
    return any(map(_says_something, entry.values())) if isinstance(entry, Mapping) else bool(entry)

"""What is filled in becomes choices; what says nothing is told at its question."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.problems import Message
from comptoir.engine.setup.answers import answered
from comptoir.engine.setup.questions import Control, Option, Question, value_at

WHY = Message("Why.")
OPTIONS = (Option("a", "A"), Option("b", "B"), Option("", "None"))
VALUES: dict[str, Any] = {
    "text": "old",
    "taxes": {"codes": {"VAT": "20 %"}},
    "payments": {"methods": {"card": {"account": "Clearing", "payment_method": ""}}},
}


def question(control: Control, *path: str, hidden: Message | None = None) -> Question:
    return Question(path, "Label", WHY, control, OPTIONS, hidden=hidden)


@pytest.mark.parametrize(
    ("control", "texts", "expected"),
    [
        (Control.TEXT, [" new "], "new"),
        (Control.NUMBER, ["12"], 12),
        (Control.NUMBER, ["-3"], -3),
        (Control.DAY, ["2026-02-28"], date(2026, 2, 28)),
        (Control.AMOUNT, [""], ""),
        (Control.AMOUNT, ["512.30"], Decimal("512.30")),
        (Control.AMOUNT, ["1,512.30"], Decimal("1512.30")),
        (Control.AMOUNT, ["1 512,3"], Decimal("1512.3")),
        (Control.AMOUNT, ["1\u202f512\u00a0300,05"], Decimal("1512300.05")),
        (Control.AMOUNT, ["1\u2019512.30"], Decimal("1512.30")),
        (Control.AMOUNT, ["\u221220"], Decimal(-20)),
        (Control.AMOUNT, ["0"], Decimal(0)),
        (Control.ONE, ["b"], "b"),
        (Control.LIST, [""], ""),
        (Control.SEVERAL, ["", "a", "b"], ["a", "b"]),
        (Control.SEVERAL, [""], []),
        (Control.LINES, ["one \r\n\n two"], ["one", "two"]),
        (Control.TEXT, [], ""),
    ],
)
def test_read(control: Control, texts: list[str], expected: object) -> None:
    found = answered(VALUES, [question(control, "text")], {"text": texts})
    assert isinstance(found, dict)
    assert found["text"] == expected


@pytest.mark.parametrize(
    ("control", "text", "what"),
    [
        (Control.NUMBER, "a dozen", '"a dozen" is not a whole number.'),
        (Control.NUMBER, "1" * 10, '"1111111111" is not a whole number.'),
        (Control.NUMBER, "²", '"²" is not a whole number.'),
        (Control.DAY, "31/01/2026", '"31/01/2026" is not a day.'),
        (Control.AMOUNT, "a lot", '"a lot" is not an amount.'),
        (Control.AMOUNT, "1.512,30", '"1.512,30" is not an amount.'),
        (Control.AMOUNT, "1.512", '"1.512" is not an amount.'),
        (Control.AMOUNT, "1e5", '"1e5" is not an amount.'),
        (Control.ONE, "c", '"c" is not among the choices.'),
        (Control.LIST, "c", '"c" is not among the choices.'),
        (Control.SEVERAL, "c", '"c" is not among the choices.'),
    ],
)
def test_unreadable(control: Control, text: str, what: str) -> None:
    found = answered(VALUES, [question(control, "text")], {"text": [text]})
    assert not isinstance(found, dict)
    assert [(str(each.what), each.where) for each in found] == [(what, "text")]


def test_all_mistakes_come_at_once() -> None:
    questions = [question(Control.NUMBER, "one"), question(Control.DAY, "two"), question(Control.TEXT, "three")]
    found = answered(VALUES, questions, {"one": ["x"], "two": ["y"], "three": ["z"]})
    assert not isinstance(found, dict)
    assert [each.where for each in found] == ["one", "two"]


def test_what_is_not_asked_or_not_in_the_form_stays() -> None:
    hidden = question(Control.TEXT, "text", hidden=Message("Not for you."))
    assert answered(VALUES, [hidden], {"text": ["new"]}) == VALUES
    assert answered(VALUES, [question(Control.TEXT, "text")], {}) == VALUES


def test_the_values_given_are_not_touched() -> None:
    answered(VALUES, [question(Control.LIST, "taxes", "codes", "VAT")], {"taxes.codes.VAT": ["a"]})
    assert value_at(VALUES, ("taxes", "codes", "VAT")) == "20 %"


@pytest.mark.parametrize(
    ("path", "text", "section", "expected"),
    [
        (("taxes", "codes", "VAT"), "", ("taxes", "codes"), {}),
        (("taxes", "codes", "VAT 5.5%"), "a", ("taxes", "codes"), {"VAT": "20 %", "VAT 5.5%": "a"}),
        (("payments", "methods", "card", "account"), "", ("payments", "methods"), {}),
        (
            ("payments", "methods", "*", "account"),
            "a",
            ("payments", "methods"),
            {"card": {"account": "Clearing", "payment_method": ""}, "*": {"account": "a"}},
        ),
    ],
    ids=["a tax left open", "a name with a dot", "a method left open", "a new method"],
)
def test_names_of_the_stores(path: tuple[str, ...], text: str, section: tuple[str, ...], expected: object) -> None:
    found = answered(VALUES, [question(Control.LIST, *path)], {".".join(path): [text]})
    assert isinstance(found, dict)
    assert value_at(found, section) == expected


@pytest.mark.parametrize(("text", "expected"), [("512.30", Decimal("512.30")), ("", None)])
def test_an_amount_takes_the_place_of_a_whole_one(text: str, expected: Decimal | None) -> None:
    held = {"opening": {"balances": {"Clearing": 500}}}
    asked = question(Control.AMOUNT, "opening", "balances", "Clearing")
    found = answered(held, [asked], {asked.key: [text]})
    assert isinstance(found, dict)
    assert found["opening"]["balances"].get("Clearing") == expected

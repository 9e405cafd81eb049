"""Every value of the books goes to JSON and comes back unchanged."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir.books.documents import (
    Awaited,
    CustomerDocument,
    Document,
    DocumentLine,
    ItemDocument,
    Kind,
    Known,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    SaleDocument,
)
from comptoir.books.facts import Address
from comptoir.books.money import Money, minor_unit
from comptoir.books.problems import Message, Problem
from comptoir.storage.codec import (
    adapter,
    document_from_json,
    document_to_json,
    from_minor,
    keys_from_json,
    keys_to_json,
    problems_from_json,
    problems_to_json,
    to_minor,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
AMOUNTS = st.decimals(-(10**9), 10**9, places=4)
MONEY = st.builds(Money, AMOUNTS, CURRENCIES)
KEYS = st.builds(PostingKey, TEXTS, st.sampled_from(Kind), TEXTS, TEXTS)
REFERENCES = st.builds(Known, TEXTS, TEXTS) | st.builds(Awaited, KEYS)
MAYBE_TEXT = st.none() | TEXTS
ADDRESSES = st.none() | st.builds(Address, *[TEXTS] * 9)
LINES = st.lists(
    st.builds(DocumentLine, REFERENCES, TEXTS, MONEY, st.none() | AMOUNTS, st.none() | MONEY, MAYBE_TEXT), max_size=3
).map(tuple)
NAMED: dict[str, Any] = {
    "customer": REFERENCES,
    "invoice": REFERENCES,
    "lines": LINES,
    "billing": ADDRESSES,
    "shipping": ADDRESSES,
    "tax": MONEY,
    "amount": MONEY,
}


def documents(kind: type[Any]) -> st.SearchStrategy[Document]:
    """Documents of a kind, every field drawn."""
    hints = {name: NAMED[name] for name in kind.__dataclass_fields__ if name in NAMED}
    return st.from_type(kind) if not hints else st.builds(kind, **hints)


MESSAGES = st.builds(Message, TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=2))
PROBLEMS = st.builds(Problem, TEXTS, MESSAGES, MESSAGES, TEXTS, TEXTS, TEXTS)
DOCUMENTS = st.one_of(
    *(documents(kind) for kind in (CustomerDocument, ItemDocument, SaleDocument, PaymentDocument, RefundDocument))
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_a_document_comes_back_unchanged(document: Document) -> None:
    encoded = document_to_json(document)
    assert document_from_json(type(document).__name__, encoded) == document
    assert document_to_json(document_from_json(type(document).__name__, encoded)) == encoded


@given(MONEY)
def test_amounts_travel_as_text(money: Money) -> None:
    encoded = json.loads(adapter(Money).dump_json(money))
    assert encoded == {"amount": str(money.amount), "currency": money.currency}


@given(st.lists(PROBLEMS, max_size=3).map(tuple))
def test_problems_come_back_unchanged(problems: tuple[Problem, ...]) -> None:
    assert problems_from_json(problems_to_json(problems)) == problems


@given(MONEY)
def test_minor_units_are_exact_for_rounded_amounts(money: Money) -> None:
    assert from_minor(to_minor(money), money.currency) == money.rounded()


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("10.005", "GBP", 1001), ("-10.005", "GBP", -1001), ("12", "JPY", 12), ("1.2345", "KWD", 1235), ("0", "GBP", 0)],
)
def test_minor_units(amount: str, currency: str, minor: int) -> None:
    assert to_minor(Money(Decimal(amount), currency)) == minor
    assert from_minor(minor, currency).amount == minor * minor_unit(currency)


@given(st.lists(KEYS))
def test_keys_come_back_sorted_as_text(keys: list[PostingKey]) -> None:
    assert keys_from_json(keys_to_json(keys)) == sorted(str(key) for key in keys)


def test_a_reader_is_built_once() -> None:
    assert adapter(Money) is adapter(Money)


def test_a_document_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        document_from_json("OtherDocument", b"{}")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.books.company import fold


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("MUG-1", "mug-1", id="case"),
        pytest.param("  Blue   mug\t", "blue mug", id="spaces"),
        pytest.param("STRASSE", "straße", id="letters that have no capital"),
        pytest.param("Income:Postage", "INCOME:POSTAGE", id="the colon of a parent stays"),
    ],
)
def test_what_is_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("MUG-1", "MUG1", id="a hyphen"),
        pytest.param("Blue mug", "Bluemug", id="a space between"),
        pytest.param("Zoë", "Zoe", id="an accent"),
    ],
)
def test_what_is_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(text=st.text(max_size=60))
def test_surrounding_space_never_matters(text: str) -> None:
    assert fold(f" {text}\n") == fold(text)

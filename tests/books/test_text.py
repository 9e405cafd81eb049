from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.books.documents import Kind, PostingKey
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.books.text import NUMBER_LIMIT, clean_name, document_number, marker, with_suffix

SHORT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WILD = st.text(max_size=160)
KEYS = st.builds(
    PostingKey,
    store=st.sampled_from(["shopify:a", "shopify:ab"]).map(StoreIdentity),
    kind=st.sampled_from(Kind),
    source_id=st.text("1/2#:", max_size=6).map(SourceId),
    part=st.sampled_from(["", "1", "2"]),
)


def key(**changes: str) -> PostingKey:
    values = {"store": "shopify:a", "source_id": "1", "part": "", **changes}
    return PostingKey(StoreIdentity(values["store"]), Kind.SALE, SourceId(values["source_id"]), values["part"])


@pytest.mark.parametrize(
    ("prefix", "number", "suffix", "expected"),
    [
        pytest.param("", "1001", "", "1001", id="the store's own"),
        pytest.param("SH-", "1001", "-2", "SH-1001-2", id="prefix and suffix"),
        pytest.param("", "123456789012345678901", "", "123456789012345678901", id="21 characters fit"),
        pytest.param("", "1234567890123456789012", "", None, id="22 do not"),
        pytest.param("", "112-1234567-1234567", "", "112-1234567-1234567", id="an Amazon number keeps its hyphens"),
        pytest.param("AMZ-", "112-1234567-1234567", "", "AMZ-11212345671234567", id="hyphens drop first"),
        pytest.param("R-", "112-1234567-1234567", "-2", "R-11212345671234567-2", id="but not prefix's or suffix's"),
        pytest.param("AMAZ-", "112-1234567-1234567", "", None, id="without hyphens still too long"),
    ],
)
def test_document_number(prefix: str, number: str, suffix: str, expected: str | None) -> None:
    assert document_number(prefix, number, suffix) == expected


@given(
    prefix=st.text(max_size=8), number=st.text("0123456789-", max_size=24), suffix=st.sampled_from(["", "-2", "-12"])
)
def test_a_document_number_is_never_longer_than_the_ledger_allows(prefix: str, number: str, suffix: str) -> None:
    text = document_number(prefix, number, suffix)
    shortest = len(prefix) + len(number.replace("-", "")) + len(suffix)
    if text is None:
        assert shortest > NUMBER_LIMIT
    else:
        assert shortest <= len(text) <= NUMBER_LIMIT
        assert text.startswith(prefix)
        assert text.endswith(suffix)


def test_a_marker_is_short_plain_text() -> None:
    assert re.fullmatch(r"\[comptoir:[0-9a-f]{20}\]", marker(key(), 0))


def test_a_marker_never_changes_between_releases() -> None:
    """Documents of an earlier release are found by it: whoever changes this test strands them."""
    assert marker(key(), 0) == "[comptoir:12d16b29e7f2a3a7292f]"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(key(source_id="1/2"), key(source_id="1", part="2"), id="a slash in the id is no part"),
        pytest.param(key(source_id="2/1"), key(source_id="1", part="2"), id="nor one before it"),
        pytest.param(key(source_id="1#1"), key(source_id="1"), id="a hash in the id is no generation"),
        pytest.param(key(store="shopify:a"), key(store="shopify:b"), id="another store"),
    ],
)
def test_markers_of_different_keys_differ(one: PostingKey, other: PostingKey) -> None:
    assert marker(one, 0) != marker(other, 0)
    assert str(one) != str(other)


@given(one=KEYS, other=KEYS, first=st.integers(0, 12), second=st.integers(0, 12))
def test_markers_are_equal_exactly_for_the_same_key_and_generation(
    one: PostingKey, other: PostingKey, first: int, second: int
) -> None:
    assert (marker(one, first) == marker(other, second)) == ((one, first) == (other, second))
    assert (str(one) == str(other)) == (one == other)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("  Ada   King ", "Ada King", id="spaces"),
        pytest.param("Mugs: blue", "Mugs blue", id="colon"),
        pytest.param("Ada\tKing\r\nLondon", "Ada King London", id="control characters"),
        pytest.param("Ada\u00a0King\u200b", "Ada King", id="characters that nobody sees"),
        pytest.param("Zoë 王 ☕", "Zoë 王 ☕", id="letters of the world stay"),
        pytest.param(" : \x00 ", "", id="nothing left"),
        pytest.param("x" * 12, "xxxxxxxxxx", id="cut"),
        pytest.param("123456789 123", "123456789", id="no space at the cut"),
    ],
)
def test_clean_name(text: str, name: str) -> None:
    assert clean_name(text, 10 if name.startswith(("x", "1")) else 100) == name


@given(text=WILD, limit=st.integers(1, 120))
def test_a_clean_name_is_one_that_a_ledger_accepts(text: str, limit: int) -> None:
    name = clean_name(text, limit)
    assert len(name) <= limit
    assert ":" not in name
    assert name.isprintable()
    assert name == name.strip()
    assert clean_name(name, limit) == name


@pytest.mark.parametrize(
    ("name", "suffix", "limit", "expected"),
    [
        pytest.param("Ada King", "LS1", 20, "Ada King (LS1)", id="room for both"),
        pytest.param("Augusta Ada King", "LS1", 14, "Augusta (LS1)", id="the name gives way"),
        pytest.param("Ada", "0123456789", 8, "(012345", id="a suffix beyond the limit is cut itself"),
    ],
)
def test_with_suffix(name: str, suffix: str, limit: int, expected: str) -> None:
    assert with_suffix(name, suffix, limit) == expected


@given(name=SHORT, suffix=st.text("abc123@.", min_size=1, max_size=30), limit=st.integers(34, 60))
def test_the_suffix_is_kept_whole_within_the_limit(name: str, suffix: str, limit: int) -> None:
    clean = clean_name(name, limit)
    text = with_suffix(clean, suffix, limit)
    assert len(text) <= limit
    assert text.endswith(f"({suffix})")
    assert text == text.strip()

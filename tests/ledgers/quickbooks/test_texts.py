from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.ledgers.quickbooks import texts


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Jo Doe", "Jo Doe"),
        ("  Jo \t Doe\n", "Jo Doe"),
        ("Parent:Child", "Parent Child"),
        ("Zoë Ångström 山田", "Zoë Ångström 山田"),
        ("Jo\x00\x07\ufffe Doe", "Jo Doe"),
        ("\U0001f600", texts.NAMELESS),
        (":", texts.NAMELESS),
        ("x" * 501, "x" * 500),
    ],
    ids=["plain", "white space", "colon", "accents", "control", "emoji alone", "colon alone", "long"],
)
def test_customer_names(name: str, sent: str) -> None:
    assert texts.customer_name(name) == sent


def test_item_names_have_a_hundred_characters() -> None:
    assert texts.item_name("y" * 101) == "y" * 100
    assert texts.item_name("\t") == texts.UNNAMED_ITEM


@given(st.text(max_size=700))
def test_names_are_accepted_and_stable(name: str) -> None:
    clean = texts.customer_name(name)
    assert 0 < len(clean) <= 500
    assert not set(clean) & set(":\t\n")
    assert texts.customer_name(clean) == clean


@given(st.text(max_size=60))
def test_references_are_short_and_stable(text: str) -> None:
    short = texts.reference(text)
    assert len(short) <= 21
    assert texts.reference(short) == short


@given(st.text(max_size=5000), st.text("abc123:[]/", min_size=1, max_size=60))
def test_a_marker_always_ends_the_note(note: str, marker: str) -> None:
    written = texts.marked(note, marker)
    assert len(written) <= 4000
    assert written.endswith(marker)


def test_blocks_keep_their_lines() -> None:
    assert texts.block(" a\r\nb\rc\td\x01 ", 100) == "a\nb\nc d"
    assert texts.block("abcdef", 3) == "abc"


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (" jo.doe+x@shop.co.uk ", "jo.doe+x@shop.co.uk"),
        ("jo@shop", ""),
        ("jo doe@shop.example", ""),
        (".jo@shop.example", ""),
        (f"{'x' * 100}@shop.example", ""),
        ("", ""),
    ],
    ids=["good", "no domain", "space", "dot first", "long", "none"],
)
def test_an_email_address_that_would_be_refused_is_left_out(raw: str, sent: str) -> None:
    assert texts.email(raw) == sent


def test_phone_numbers() -> None:
    assert texts.phone("+44 20 7946 0000") == "+44 20 7946 0000"
    assert texts.phone("+44 (0)20 7946 0000 extension 12") == "+44020794600001" + "2"


def test_people() -> None:
    assert texts.person("A:B") == "A B"

"""JSON as platforms send it: exact numbers, and half characters replaced."""

from __future__ import annotations

from decimal import Decimal

import pytest

from comptoir.http.bodies import read_json

HALVES = [
    pytest.param(rb'"a\ud800b"', "a\ufffdb", id="the first half"),
    pytest.param(rb'"a\uDFFFb"', "a\ufffdb", id="the second half"),
    pytest.param(rb'"\ud83d"', "\ufffd", id="at the end: an emoji cut in two"),
    pytest.param(rb'"\ude00\ud83d"', "\ufffd\ufffd", id="both, the wrong way round"),
    pytest.param(rb'"\ud83d\ude00"', "\U0001f600", id="a whole emoji"),
    pytest.param(b'"a\xed\xa0\x80b"', "a\ufffdb", id="its bytes"),
    pytest.param(rb'"a\\ud800b"', r"a\ud800b", id="a backslash, and no half"),
    pytest.param(rb'{"\ud800": [{"x": "\udc00"}, 0.10, null]}', {"\ufffd": [{"x": "\ufffd"}, Decimal("0.10"), None]},
                 id="anywhere"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "expected"), HALVES)
def test_half_a_character_is_replaced(body: bytes, expected: object) -> None:
    found = read_json(body)
    assert found == expected
    str(found).encode()


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'"\xff"', b"[" * 100_000], ids=str)
def test_what_is_no_json(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several of the parser's own
        read_json(body)

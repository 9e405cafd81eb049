r"""The JSON that platforms send, read in one place: numbers are exact, and texts such as can be kept, sent and shown.

JSON may escape one half of a surrogate pair alone ("\ud83d", what is left of an emoji that was cut in two). That is no
character: no encoding, database or page takes it, and a single name with it would stop all orders of its store. Each
becomes U+FFFD, as wherever a text cannot be read.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal

REPLACEMENT = "\ufffd"
_MAY_HOLD_HALVES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""An escaped surrogate, or the bytes of one: whole pairs too, so that a body without any is not looked through."""
_HALF = re.compile("[\ud800-\udfff]")
"""A surrogate in a text that was read: the two halves of a pair are one character by then."""


def read_json(body: bytes) -> object:
    """`body` as JSON; every number with a fraction is a Decimal. Raises ValueError for what is none."""
    try:
        found: object = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
        return _mended(found) if _MAY_HOLD_HALVES.search(body) else found
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _mended(value: object) -> object:
    match value:
        case str():
            return _HALF.sub(REPLACEMENT, value)
        case list():
            return [_mended(each) for each in value]
        case dict():
            return {_HALF.sub(REPLACEMENT, name): _mended(each) for name, each in value.items()}
        case _:
            return value


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is not a number of JSON")

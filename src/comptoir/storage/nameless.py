"""JSON without the names of a person: what was told in messages, of which the words stay and some values go."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from comptoir.books.documents.forgetting import nameless


def nameless_json(text: str | None, words: Sequence[str]) -> str | None:
    """JSON without these words in the values of its messages; the very same text where none of them is there."""
    if text is None or not any(word in text or json.dumps(word)[1:-1] in text for word in words):
        return text
    return json.dumps(_nameless(json.loads(text), words), ensure_ascii=False, separators=(",", ":"))


def _nameless(told: Any, words: Sequence[str], *, is_value: bool = False) -> Any:
    match told:
        case str() if is_value:
            return nameless(told, words)
        case list():
            return [_nameless(each, words, is_value=is_value) for each in told]
        case dict():
            return {name: _nameless(each, words, is_value=is_value or name == "values") for name, each in told.items()}
        case _:
            return told

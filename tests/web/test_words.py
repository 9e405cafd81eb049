"""Pages have a word for everything that they are handed by a short name."""

from __future__ import annotations

import pytest

from comptoir.books.documents import Kind
from comptoir.books.rules import RuleName
from comptoir.engine.by_hand.fate import Fate
from comptoir.engine.telling.overview import Health
from comptoir.engine.telling.words import FATE_WORDS, KINDS, RULES, RUN_WORDS, STATE_WORDS
from comptoir.storage.people.users import Role
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState
from comptoir.web import words


@pytest.mark.parametrize(
    ("table", "every"),
    [
        (words.FATES, Fate),
        (words.HEALTHS, Health),
        (words.RUN_STATES, RunState),
        (words.ROLES, Role),
        (KINDS, Kind),
        (RULES, RuleName),
        (RUN_WORDS, RunState),
        (FATE_WORDS, Fate),
        (STATE_WORDS, State),
    ],
)
def test_nothing_is_without_a_word(table: dict[object, object], every: type) -> None:
    assert set(table) == set(every)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/1 Safari/1 Edg/1", "Edge · Windows"),
        ("curl/8", "curl/8"),
        ("", ""),
    ],
)
def test_a_browser_is_named_in_short(said: str, name: str) -> None:
    assert words.device_name(said) == name


def test_what_has_no_word_is_shown_as_it_is() -> None:
    assert str(words.rule_words("made-up")) == "made-up"
    assert str(words.action_words("made up")) == "made up"

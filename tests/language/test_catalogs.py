"""Every text that a person reads is translated into every language, with its placeholders, and nothing else is kept."""

from __future__ import annotations

import importlib.util
import re
import string
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PERCENT = re.compile(r"%\((\w+)\)s")
RUN_IT = "run: make messages, and translate what it names"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("find_messages", ROOT / "scripts" / "messages.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # data classes look their own module up
    spec.loader.exec_module(module)
    return module


MESSAGES = load()
LANGUAGES = MESSAGES.LANGUAGES


@pytest.fixture
def messages() -> ModuleType:
    return MESSAGES


@pytest.fixture(scope="module")
def finder() -> Any:
    return MESSAGES.Finder(MESSAGES.source_files()).run()


def placeholders(text: str) -> set[str]:
    """The names of the values in a text, of either kind; raises where a brace is not well written."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} | set(PERCENT.findall(text))


def entries(messages: ModuleType, language: str) -> list[tuple[tuple[str, ...], tuple[str, ...], str]]:
    """The texts of a catalog, their translations, and their context."""
    return [
        (each.id if isinstance(each.id, tuple) else (each.id,), messages._strings(each), each.context or "")
        for each in messages.known_catalog(language)
        if each.id
    ]


def test_every_text_can_be_followed_to_its_words(finder: Any) -> None:
    assert finder.lost == [], "write these texts out where they are used, with {names} for what varies"


def test_the_texts_are_many(finder: Any) -> None:
    """So that a finder that goes blind is noticed."""
    assert len(finder.found) > 800
    texts = {text.one for text in finder.found}
    assert {"Order {number} is a test order.", "Enter this refund by hand.", "Sync now", "The proof"} <= texts


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_stale(messages: ModuleType, finder: Any, language: str) -> None:
    known = {(ids[0], context) for ids, _, context in entries(messages, language)}
    wanted = {(text.one, text.context) for text in finder.found}
    assert wanted - known == set(), RUN_IT
    assert known - wanted == set(), RUN_IT


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(messages: ModuleType, language: str) -> None:
    assert [ids for ids, words, _ in entries(messages, language) if not all(words)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_translation_has_the_places_of_its_text(messages: ModuleType, language: str) -> None:
    wrong = [
        (ids[-1], words)
        for ids, words, _ in entries(messages, language)
        if any(placeholders(each) != placeholders(ids[-1]) for each in words)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_as_the_script_writes_it(messages: ModuleType, finder: Any, language: str) -> None:
    catalog = messages.catalog_of(finder.found, language, messages.known_catalog(language))
    path = messages.catalog_file(messages.Language(language))
    assert path.read_bytes() == messages.written(catalog, language), RUN_IT


def test_french_is_written_as_it_is_printed(messages: ModuleType) -> None:
    """Apostrophes are curved; quotes and colons have the space that no line breaks at."""
    words = [each for _, found, _ in entries(messages, "fr") for each in found]
    assert [each for each in words if re.search(r"[a-zA-Zé]'[a-zA-Zéêàœ]", each)] == []
    assert [each for each in words if re.search(r"« | »|\w :( |$)", each)] == []


# The finder


@pytest.fixture
def find(messages: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    package = tmp_path / "comptoir"
    package.mkdir()
    monkeypatch.setattr(messages, "SOURCE", tmp_path)
    monkeypatch.setattr(messages, "PACKAGE", package)
    monkeypatch.setattr(messages, "VALUES", {})

    def found(**files: str) -> Any:
        for name, text in files.items():
            (package / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return messages.Finder(messages.source_files()).run()

    return found


def texts(finder: Any) -> set[str]:
    return {text.one for text in finder.found}


FORMS = [
    pytest.param('Message("a")', id="in place"),
    pytest.param('Message(template="a")', id="by name"),
    pytest.param('def f(x):\n    return Message("a" if x else "b")', id="either"),
    pytest.param('T = "a"\nMessage(T)', id="a constant"),
    pytest.param('T = {1: "a"}\ndef f(n):\n    return Message(T[n])', id="a table"),
    pytest.param('T = {1: "a"}\ndef f(n):\n    return Message(T.get(n, "b"))', id="a table with a rest"),
    pytest.param('T = ((1, "a"),)\ndef f(n):\n    return Message(T[n])', id="a table of rows"),
    pytest.param('def f(x):\n    t = "a"\n    return Message(t)', id="a name"),
    pytest.param('def f(x):\n    t, u = ("a", 1) if x else ("b", 2)\n    return Message(t)', id="one of two names"),
    pytest.param('def f():\n    for t in ("a", "b"):\n        yield Message(t)', id="a loop"),
    pytest.param('def f():\n    return [Message(t) for t in ("a", "b")]', id="a comprehension"),
    pytest.param('def p(t):\n    return Message(t)\np("a")', id="a function that carries it"),
    pytest.param('def p(t):\n    return Message(t)\ndef q(*, u):\n    return p(u)\nq(u="a")', id="through two of them"),
    pytest.param('class P:\n    def p(self, t):\n        return Message(t)\nP().p("a")', id="a method"),
    pytest.param('class R:\n    n: int\n    template: str\nR(1, "a")\ndef f(r):\n    Message(r.template)', id="a row"),
    pytest.param('def f(words):\n    return words.text("a")', id="a text of the edge"),
    pytest.param('Plural("a", "as")', id="a plural"),
    pytest.param('def f(words):\n    return words.plural("a", "as", 2)', id="a plural of the edge"),
]  # fmt: skip


@pytest.mark.parametrize("source", FORMS)
def test_the_finder_follows(find: Any, source: str) -> None:
    finder = find(one=source)
    assert finder.lost == []
    assert "a" in texts(finder)
    assert texts(finder) <= {"a", "b"}


def test_the_finder_follows_over_files(find: Any) -> None:
    finder = find(
        one="""
            def p(where, t):
                return Message(t)

            class N:
                def add(self, t):
                    return Message(t)

            T = "c"
        """,
        two='from comptoir.one import N, T, p\np("no", "a")\nN().add("b")\nMessage(T)',
        three='s = set()\ns.add("not a text")',
    )
    assert texts(finder) == {"a", "b", "c"}
    assert finder.lost == []


LOST = [
    pytest.param('def f(x):\n    return Message(f"a {x}")', id="put together"),
    pytest.param('def f(x):\n    return Message("a" + x)', id="added up"),
    pytest.param("def f():\n    return Message(g())", id="made elsewhere"),
    pytest.param("Message(NOT_HERE)", id="from nowhere"),
    pytest.param('def f(words, x):\n    return words.plural(x, "as", 2)\nf(1, "a" if 1 else "b")', id="half a plural"),
]


@pytest.mark.parametrize("source", LOST)
def test_the_finder_says_what_it_cannot_follow(find: Any, source: str) -> None:
    assert len(find(one=source).lost) == 1


def test_templates_are_read_too(find: Any, messages: ModuleType) -> None:
    folder = messages.PACKAGE / "templates"
    folder.mkdir()
    page = "{{ _('a') }}{% trans n=n %}one {{ n }}{% pluralize %}many {{ n }}{% endtrans %}"
    (folder / "page.html").write_text(page, encoding="utf-8")
    assert {(text.one, text.many) for text in find().found} == {("a", ""), ("one %(n)s", "many %(n)s")}


def test_translations_stay_and_what_is_gone_leaves(messages: ModuleType) -> None:
    old = messages.Catalog(locale="fr")
    old.add("stays", "reste")
    old.add("goes", "part")
    found = {messages.Text("stays"): {("a.py", 1)}, messages.Text("one", "many"): {("a.py", 2)}}
    new = messages.catalog_of(found, "fr", old)
    assert {each.id: each.string for each in new if each.id} == {"stays": "reste", ("one", "many"): ("", "")}

"""Whatever holds a record is mended somewhere, and that is said in words for somebody with pages before them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from tests.engine.test_setup_steps import setup

import comptoir
from comptoir.books.problems import Message, Problem
from comptoir.books.specials import CHARGES, Special
from comptoir.engine.setup.plainly import IN_PAGES
from comptoir.engine.setup.remedies import REMEDIES, Place, remedy_in_plain_words, remedy_of
from comptoir.engine.setup.repairs import CURES, SEVERAL_CODES
from comptoir.engine.setup.steps import STEPS, steps_of
from comptoir.ledgers.quickbooks.errors import TABLE

ROOT = Path(comptoir.__file__).parent
ROOMS = ("books", "engine/posting", "engine/decide.py")
NOT_HELD = frozenset({"books/checks/names.py", "engine/posting/undo.py"})
"""Where problems are made that hold no record: of settings, and of what cannot be undone."""
MAKERS = {"held": 0, "_problem": 1, "Problem": 0}
"""What makes a problem, and which of its arguments is the code."""
OF_VALUES = {
    "special.value.replace('_', '-')": {"gift-card", "store-credit"},
    "f'ledger-{error.code or error.next_step}'": {"ledger-6000"},
    "code": set[str](),
}
"""Codes that are put together, or passed on by a maker that is itself called with them."""
TECHNICAL = re.compile(r"\b(items|orders|refunds|taxes|payments)\.\w|closed_periods|comptoir \w|\[")


def files() -> Iterator[Path]:
    for room in ROOMS:
        place = ROOT / room
        yield from sorted(place.rglob("*.py")) if place.is_dir() else [place]


def made(file: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every problem that a file makes, with its code; a code that cannot be followed is an error."""
    module = import_module(
        ".".join(["comptoir", *file.relative_to(ROOT).with_suffix("").parts]).removesuffix(".__init__")
    )
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in MAKERS:
            continue
        named = next((each.value for each in node.keywords if each.arg == "code" and name == "Problem"), None)
        code = named or node.args[MAKERS[name]]
        if isinstance(code, ast.Constant):
            yield str(code.value), node
        elif isinstance(code, ast.Name) and isinstance(getattr(module, code.id, None), str):
            yield getattr(module, code.id), node
        else:
            for each in OF_VALUES[ast.unparse(code)]:
                yield each, node


MADE = [(code, node) for file in files() if str(file.relative_to(ROOT)) not in NOT_HELD for code, node in made(file)]
CODES = sorted({code for code, _ in MADE})


def test_the_walk_finds_them() -> None:
    assert len(CODES) > 50
    assert {"cash-back-account", "tax-several-codes", "opening-quantity", "name-taken", "held-by-hand"} <= set(CODES)
    known = {code for code in CODES if not code.startswith("ledger-") or code in REMEDIES}
    assert set(REMEDIES) - {"settings"} == known, "no remedy for what never comes"


@pytest.mark.parametrize("code", CODES)
def test_every_cause_offers_something(code: str) -> None:
    found = remedy_of(Problem(code, Message("It is held.", {"setting": "tip"}), Message("Do something.")))
    if found.place is Place.SETTINGS:
        assert code in CURES or code == SEVERAL_CODES or found.step, "a form, or the way to the setting"
    assert (set(CURES) | {SEVERAL_CODES}) <= set(REMEDIES)


@pytest.mark.parametrize("code", sorted(TABLE))
def test_what_the_ledger_refuses_offers_something(code: str) -> None:
    problem = Problem(f"ledger-{code}", Message("It is held."), Message("Mend it."))
    assert remedy_of(problem).place is Place.COMPANY


def test_a_tax_that_the_ledger_refuses_leads_to_the_taxes() -> None:
    problem = Problem("ledger-6100", Message("It is held."), Message("Mend it."), field="taxes")
    assert (remedy_of(problem).place, remedy_of(problem).step) == (Place.SETTINGS, "taxes")


def test_no_remedy_names_a_setting_as_a_file_does() -> None:
    technical = {
        code
        for code, node in MADE
        for text in ast.walk(node)
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and TECHNICAL.search(text.value)
    }
    assert technical, "the command line and files still name them"
    plain = {code: each.words for code, each in REMEDIES.items() if each.words}
    assert technical - set(plain) - {"unreadable"} == set()
    assert [each.template for each in plain.values() if TECHNICAL.search(each.template)] == []


def test_plain_words_name_what_the_problem_names() -> None:
    values = {"tax": "GST", "number": "1001"}
    held = Problem("tax-unmapped", Message("{tax}", values), Message("Add it.", {"number": "1001"}))
    assert str(remedy_in_plain_words(held)) == 'Choose the tax code of the company that stands for "GST".'


@pytest.mark.parametrize("code", sorted(code for code, remedy in REMEDIES.items() if remedy.step))
def test_a_way_to_the_settings_leads_to_a_question(code: str) -> None:
    remedy = REMEDIES[code]
    assert remedy.step in STEPS
    if remedy.key:
        (step,) = [each for each in steps_of(setup()) if each.slug == remedy.step]
        keys = {each.key for each in step.questions}
        for charge in CHARGES - {Special.NO_RESTOCK}:
            wanted = remedy.key.format(setting=charge.value)
            assert any(key == wanted or key.startswith(f"{wanted}.") for key in keys), sorted(keys)


def test_a_charge_without_an_item_leads_to_the_question_of_its_own_item() -> None:
    values = {"what": "tips", "setting": "tip"}
    held = Problem("charge-unnamed", Message("{what}", values), Message("Name it."))
    assert (remedy_of(held).step, remedy_of(held).key) == ("orders", "items.tip")
    assert "stands for tips" in str(remedy_in_plain_words(held))


def said_of_settings() -> set[str]:
    """Every text that the checks of settings write out."""
    nodes = (ast.walk(ast.parse(each.read_text(encoding="utf-8"))) for each in (ROOT / "books/checks").glob("*.py"))
    constants = (node.value for each in nodes for node in each if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def test_the_remedies_of_settings_are_told_in_pages_without_the_words_of_files() -> None:
    assert IN_PAGES.keys() - said_of_settings() == set(), "no check says so any more"
    assert [each for each in IN_PAGES.values() if re.search(r'["_*]', each.template)] == []
    told = Problem("settings", Message("What."), Message('Set it to "service" or "non_inventory".'), where="items")
    assert str(remedy_in_plain_words(told)) == "Choose an item without stock."


def test_no_check_of_settings_tells_the_values_of_files_in_pages() -> None:
    of_files = re.compile(r'"\w+_\w+"|\b(items|report|payments)\.\w')
    technical = {each for each in said_of_settings() if " " in each and of_files.search(each)}
    assert technical - IN_PAGES.keys() == set()

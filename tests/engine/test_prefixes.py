"""What is suggested to stand before the numbers of a store, beside the other stores of its company."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.engine.conftest import SETTINGS

from comptoir.books.checks.contradictions import Numbering
from comptoir.engine.setup.prefixes import suggested_prefixes, with_free_prefixes

CASES = [
    pytest.param("Mug & Cup", (), ("MUG-", "MUGR-"), id="alone"),
    pytest.param("Mug & Cup", ("MUG-", "R-"), ("MUC-", "MUCR-"), id="its letters are taken"),
    pytest.param("Mug & Cup", ("tea-", "mugr-"), ("MUC-", "MUCR-"), id="those of its refunds, in small letters"),
    pytest.param("Mug", ("MUG-", "MUG2R-"), ("MUG3-", "MUG3R-"), id="no more letters"),
    pytest.param("茶碗 24", ("MUG-",), ("", "R-"), id="no letters"),
    pytest.param("茶碗 24", ("", "R-"), ("2-", "2R-"), id="no letters, beside one without"),
]


@pytest.mark.parametrize(("name", "taken", "expected"), CASES)
def test_no_neighbour_has_what_is_suggested(name: str, taken: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert suggested_prefixes(name, [Numbering("Other", taken)]) == expected


def test_settings_of_another_company_keep_their_prefixes() -> None:
    theirs = replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="TWO-"))
    assert with_free_prefixes(theirs, "Mug", [Numbering("Other", ("ONE-",))]) == theirs
    assert with_free_prefixes(theirs, "Mug", [Numbering("Other", ("TWO-",))]).orders.prefix == "MUG-"

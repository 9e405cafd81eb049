"""`settings check` and `settings import` say what is no mistake and worth knowing."""

from __future__ import annotations

from datetime import date

import pytest
from tests.books.conftest import make_company, make_settings

from comptoir.books.checks.contradictions import Surroundings
from comptoir.cli.settings import advise
from comptoir.engine.setup.fitting import fitted
from comptoir.engine.setup.reading import Reading


def test_advice_stands_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    settings, company = make_settings(), make_company(books_closed_until=date(2026, 3, 1))
    advise(fitted(Reading.of(settings), company, Surroundings(date(2026, 6, 1))))
    text = " ".join(capsys.readouterr().out.split())
    assert "closed until 2026-03-01, after the start date 2026-01-01" in text
    assert "→ Start after it; or open the period; or let what is late be dated by the first open day." in text


def test_where_there_is_none_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    advise(fitted(Reading.of(make_settings()), make_company(), Surroundings(date(2026, 6, 1))))
    assert capsys.readouterr().out == ""

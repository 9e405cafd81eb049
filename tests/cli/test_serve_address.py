"""The address that `serve` and `user reset` build links with: one that a browser opens, or a plain error."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Desk

from comptoir.cli import serve


@pytest.mark.parametrize("words", [["serve", "--public-url"], ["user", "reset", "ann@example.com", "--url"]])
def test_an_address_that_no_link_can_begin_with_is_refused_at_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setattr(serve, "serve_here", lambda *_words, **_how: pytest.fail("it was served"))
    result = desk.run(*words, "books")
    assert result.exit_code == 1
    assert f"{words[-1]} takes the address at which people reach the pages" in result.stderr
    assert "This is none: books" in result.stderr


def test_links_begin_with_the_address_as_it_was_given(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[object] = []
    monkeypatch.setattr(serve, "serve_here", lambda *words, **_how: served.append(words[-1]))
    desk.well("serve", "--public-url", "https://books.example/")
    desk.well("serve")
    assert served == ["https://books.example", ""]

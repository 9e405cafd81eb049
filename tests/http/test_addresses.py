"""Which addresses links can begin with."""

from __future__ import annotations

import pytest

from comptoir.http.addresses import is_web_address


@pytest.mark.parametrize(
    "address",
    [
        "https://books.example",
        "https://books.example/",
        "http://127.0.0.1:8700",
        "http://[::1]:8700",
        "HTTPS://Books.example",
        "https://bücher.example",
    ],
)
def test_an_address_that_a_browser_opens(address: str) -> None:
    assert is_web_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "books",
        "books.example",
        "//books.example",
        "ftp://books.example",
        "javascript:alert(1)",
        "https://",
        "https:///books",
        "https://:443",
        "https://books.example:port",
        "https://books.example:0",
        "https://books.example:99999",
        "https://books.example/comptoir",
        "https://books.example?a=1",
        "https://books.example#a",
        "https://ann" + ":word@" + "books.example",
        "https://books .example",
        "https://books.example\n",
        "https://[books",
    ],
)
def test_an_address_that_no_link_can_begin_with(address: str) -> None:
    assert not is_web_address(address)

"""Opening balances at the command line: previewed, posted, explained, undone and let go on, under one name."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.company import Account, AccountType
from comptoir.books.documents import LedgerId
from comptoir.books.settings import OpeningSettings


@pytest.fixture
def opened(desk: Desk) -> Desk:
    """A shop of one order, whose clearing account held 500.00 at the start."""
    company = desk.ledger.read_company()
    equity = Account(LedgerId("a9"), "Opening", AccountType.EQUITY, "GBP", is_opening_equity=True)
    desk.ledger.company = replace(company, accounts=(*company.accounts, equity))
    desk.store.orders = [make_order(1, "30.00")]
    desk.set(replace(SETTINGS, opening=OpeningSettings({"Clearing": Decimal("500.00")})))
    return desk


def test_it_goes_in_and_out_under_its_own_name(opened: Desk) -> None:
    every = " ".join(opened.well("preview").split())
    assert "1 journal entry" in every
    assert "│ Opening │ │ 500.00 │" in every
    alone = opened.well("preview", "OPENING")
    assert "Journal entry OPENING of 2025-12-31, 500.00 GBP: would be posted" in alone
    told = opened.json("preview", "OPENING")
    assert [(each["account"], each["debit"], each["credit"]) for each in told["documents"][0]["ledger"]] == [
        ("Clearing", "500.00", "0.00"),
        ("Opening", "0.00", "500.00"),
    ]
    assert "Order 1" in opened.well("preview", "1")
    opened.well("sync")
    assert "Journal OPENING" in opened.well("explain", "OPENING")
    assert "as it was posted" in opened.well("preview", "OPENING")
    assert "Journal entry OPENING of 2025-12-31, 500.00 GBP" in opened.well("undo", "OPENING", "--yes")
    assert "journal entries" in opened.well("sync"), "left out, and said"
    assert "Order OPENING: posted" in opened.well("retry", "OPENING")


def test_without_any_nothing_bears_that_name(desk: Desk) -> None:
    desk.store.orders = [make_order(1, "30.00")]
    desk.well("sync")
    assert desk.run("preview", "OPENING").exit_code != 0

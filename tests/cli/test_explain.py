"""The rules and the journal of one order; and of one that was never read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.settings import MethodSettings, PaymentSettings
from comptoir.cli.explain import show_rules
from comptoir.engine.errors import Reconnect
from comptoir.engine.ports import StoreInfo
from comptoir.storage.codec import notes_to_json
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.tables import postings
from comptoir.wiring import open_app


def test_the_rules_then_the_journal(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    text = desk.well("explain", "#1")
    assert text.index("The rules, in the order in which they apply now:") < text.index("The journal:")
    assert "✓ Start date: Dated 2026-01-10; the start is 2026-01-01." in text
    assert "✓ Form: It is in the books in this form, and keeps it. It is a sales receipt." in text
    assert "Sale of 2026-01-10, 10.00 GBP: in the books" in text
    found = desk.json("explain", "1")
    assert found["rules"][0] == {
        "rule": "Test order?",
        "saw": "It is no test order.",
        "said": "",
        "stops": False,
    }
    assert [each["state"] for each in found["postings"]] == ["posted"]


def test_of_two_stores_with_one_number_the_named_one_is_explained(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    with open_app(desk.home) as opened:
        new = NewConnection(STORE, "shop", "shop:two", "Second", {}, {})
        opened.books.connections.save(opened.organization_id, new)
    assert "Sale of 2026-01-10" in desk.well("explain", "1", "--store", "Shop")
    assert "Sale of 2026-01-10" in desk.well("explain", "1")
    refused = desk.run("explain", "1", "--store", "Second")
    assert refused.exit_code == 1
    assert "Order 1 was never read from a store" in refused.stderr
    assert "Choose one store with --store" in desk.run("explain", "1", "--store", "Third").stderr


def test_what_is_held_and_what_was_never_decided(desk: Desk) -> None:
    desk.set(replace(SETTINGS, payments=PaymentSettings(methods={})))
    desk.store.orders = [make_order(1)]
    desk.well("preview")
    text = desk.well("explain", "1")
    assert "✗ Form: It is paid in full, into one account. The payment method" in text
    assert "The journal knows nothing of it yet." in text


def test_warnings_of_what_was_posted(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    with open_app(desk.home) as opened, opened.books.database.write() as connection:
        row = desk.road(opened).row(Kind.SALE, "1")
        notes = notes_to_json((Message("Look at {this}.", {"this": "it"}),))
        connection.execute(update(postings).where(postings.c.id == row.id).values(notes=notes))
    assert "! Look at it." in desk.well("explain", "1")
    assert desk.json("explain", "1")["postings"][0]["notes"] == ["Look at it."]


def test_an_order_that_cannot_be_read_has_no_rules(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.store.unreadable = {"1"}
    desk.well("sync")
    text = desk.well("explain", "1")
    assert "The rules" not in text
    assert "is not readable" in text


# When the company cannot be asked


def test_settings_that_no_longer_fit(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    desk.set(replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Nowhere")})))
    assert "The settings do not fit the company any more: comptoir problems." in desk.well("explain", "1")


def test_a_company_that_does_not_let_us_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")

    def refuse() -> None:
        raise Reconnect(Message("The sign-in ended."))

    monkeypatch.setattr(desk.ledger, "read_company", refuse)
    assert "The sign-in ended." in desk.well("explain", "1")


# Never read


def never_read(desk: Desk) -> str:
    result = desk.run("explain", "99")
    assert result.exit_code == 1
    return result.stderr


def test_why_an_order_may_never_have_been_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Shop is read from 2026-01-01 on, and never was yet." in never_read(desk)
    desk.well("preview")
    told = StoreInfo(
        desk.store.identity, "Shop", "GBP", "Europe/London", (Message("Orders older than 60 days are kept back."),)
    )
    monkeypatch.setattr(desk.store, "describe", lambda: told)
    text = never_read(desk)
    assert "last at 20" in text
    assert "Orders older than 60 days are kept back." in text


def test_a_store_that_cannot_be_asked_now(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Reconnect(Message("No."))

    monkeypatch.setattr(desk.store, "describe", refuse)
    assert "Order 99 was never read" in never_read(desk)


def test_no_rules_no_heading(capsys: pytest.CaptureFixture[str]) -> None:
    show_rules(())
    assert capsys.readouterr().out == ""

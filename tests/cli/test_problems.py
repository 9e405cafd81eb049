from __future__ import annotations

from dataclasses import replace

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.books.settings import MethodSettings, PaymentSettings
from comptoir.cli.common import console
from comptoir.cli.problems import counted
from comptoir.engine.errors import Reconnect
from comptoir.storage.postings import State
from comptoir.wiring import open_app

NO_METHODS = replace(SETTINGS, payments=PaymentSettings(methods={}))


def test_a_cause_with_its_sentence_remedy_sum_and_samples(desk: Desk) -> None:
    desk.store.orders = [make_order(number, "10.00") for number in range(1, 6)]
    desk.set(NO_METHODS)
    assert "Every cause, with orders to look at: comptoir problems" in desk.well("sync")
    text = desk.well("problems")
    assert '1. The payment method "Card" of order 1 has no account.' in text
    assert '→ Add "card" under payments.methods in the settings, or a default under "*".' in text
    assert "Held: 5 orders, 50.00 GBP. Orders 1, 2, 3 and 2 more." in text
    assert "Cause: method:card" in text
    assert "In all: 5 records held for 1 cause, 50.00 GBP at stake." in text
    assert desk.json("problems") == {
        "held": [
            {
                "cause": "method:card",
                "code": "method-unmapped",
                "what": 'The payment method "Card" of order 1 has no account.',
                "remedy": 'Add "card" under payments.methods in the settings, or a default under "*".',
                "records": 5,
                "kinds": {"sale": 5},
                "orders": ["1", "2", "3"],
                "amounts": {"GBP": "50.00"},
                "detail": None,
            }
        ],
        "records_held": 5,
        "amounts": {"GBP": "50.00"},
        "changed": [],
        "gone": [],
        "stopped_by": [],
        "reports_unsent": [],
    }


def test_everything_fits_eighty_columns(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.store.orders = [make_order(number, "10.00") for number in range(1, 6)]
    desk.set(NO_METHODS)
    desk.well("sync")
    monkeypatch.setattr(console, "width", 80)
    assert max(map(len, desk.well("problems").splitlines())) <= 80


def test_nothing_is_held(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    assert "Nothing is held, and nothing in the books was changed or deleted." in desk.well("problems")


def test_documents_that_strayed(desk: Desk) -> None:
    desk.store.orders = [make_order(number) for number in range(1, 25)]
    desk.well("sync")
    with open_app(desk.home) as opened:
        road = desk.road(opened)
        with opened.books.database.write() as connection:
            opened.books.journal.move(connection, road.row(Kind.SALE, "1"), State.CHANGED, ledger_minor=900)
            opened.books.journal.move(connection, road.row(Kind.SALE, "2"), State.CHANGED)
            for number in range(3, 25):
                opened.books.journal.move(connection, road.row(Kind.SALE, str(number)), State.GONE)
    text = desk.well("problems")
    assert "Sales receipt 1 of 2026-01-10, order 1: 9.00 GBP there, 10.00 GBP was meant" in text
    assert "Sales receipt 2 of 2026-01-10, order 2: 10.00 GBP\n" in text
    assert "Deleted in the books since they were posted:" in text
    assert "and 2 more." in text
    found = desk.json("problems")
    assert (len(found["changed"]), len(found["gone"])) == (2, 22)
    assert (found["changed"][0]["meant"], found["changed"][0]["in_the_books"]) == ("10.00", "9.00")


def test_settings_that_stop_the_run(desk: Desk) -> None:
    desk.set(replace(SETTINGS, payments=PaymentSettings(methods={"*": MethodSettings("Nowhere")})))
    text = desk.well("problems")
    assert "Nothing can be posted before this is mended:" in text
    assert "payments.methods.*.account" in text
    (stop,) = desk.json("problems")["stopped_by"]
    assert stop["where"] == "payments.methods.*.account"


def test_no_settings_yet(desk: Desk) -> None:
    from sqlalchemy import update

    from comptoir.storage.tables import connections

    with open_app(desk.home) as opened, opened.books.database.write() as connection:
        connection.execute(update(connections).values(settings=None))
    assert "• Shop has no settings yet." in desk.well("problems")


def test_a_company_that_does_not_let_us_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Reconnect(Message("The sign-in ended. Connect QuickBooks again."))

    monkeypatch.setattr(desk.ledger, "read_company", refuse)
    assert "• The sign-in ended. Connect QuickBooks again." in desk.well("problems")


def test_kinds_in_words() -> None:
    assert counted({Kind.REFUND: 1, Kind.SALE: 1200, Kind.ITEM: 1}) == "1 item, 1,200 orders, 1 refund"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words(kind: Kind) -> None:
    assert counted({kind: 1}).startswith("1 ")
    assert counted({kind: 2}) != counted({kind: 1}).replace("1", "2")

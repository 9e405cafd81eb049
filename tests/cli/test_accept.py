"""`comptoir accept`: the books' own version of an order is kept."""

from __future__ import annotations

from decimal import Decimal

from tests.cli.conftest import Desk
from tests.engine.conftest import make_order

from comptoir.books.money import Money
from comptoir.wiring import open_app


def test_what_was_changed_or_deleted_is_kept(desk: Desk) -> None:
    desk.store.orders = [make_order(1), make_order(2)]
    desk.well("sync")
    entries = {each.number: each for each in desk.ledger.entries.values() if each.dated}
    desk.ledger.edit_by_hand(entries["1"].id, total=Money(Decimal("9.00"), "GBP"))
    desk.ledger.delete_by_hand(entries["2"].id)
    assert desk.run("prove").exit_code == 1
    assert "comptoir accept ORDER" in desk.well("problems")
    text = desk.well("accept", "#1")
    assert "Order 1 is kept as the books have it:" in text
    assert "Sales receipt 1 of 2026-01-10, 9.00 GBP" in text
    (kept,) = desk.json("accept", "2")["kept"]
    assert (kept["number"], kept["state"]) == ("2", "undone")
    text = desk.well("prove")
    assert "Kept as the books have it" in text
    assert "1.00 GBP" in text
    assert "nothing in the books was changed or deleted" in desk.well("problems")


def test_nothing_to_keep_is_told(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    for order, words in (("1", "Nothing of order 1 was changed or deleted"), ("7", "was never read")):
        result = desk.run("accept", order)
        assert result.exit_code != 0
        assert words in " ".join(result.output.split())
    with open_app(desk.home) as app:
        runs = app.books.runs.latest(app.organization_id, 5)
    assert "accept" not in {each.trigger for each in runs}, "nothing was done that a run could tell of"

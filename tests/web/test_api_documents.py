"""An order's documents looked at closer through the API."""

from __future__ import annotations

from typing import Any

import pytest
from tests.engine.conftest import pounds
from tests.web.apiclient import Program, program
from tests.web.conftest import Place

from comptoir.books.problems import Message
from comptoir.engine.errors import Refused


@pytest.fixture
def asking(place: Place) -> Program:
    return program(place)


def home(place: Place, order: str) -> str:
    return f"/connections/{place.record.id}/orders/{order}"


def sale(place: Place, asking: Program, order: str) -> Any:
    documents = asking.told(home(place, order))["documents"]
    return next(each for each in documents if each["document"]["kind"] == "sale")


def test_what_was_sent_and_what_was_answered(place: Place, asking: Program) -> None:
    place.run()
    found = sale(place, asking, "1")
    told = asking.told(f"{home(place, '1')}/documents/{found['posting']}")
    assert '"form":"receipt"' in told["sent"]
    assert told["answered"] == f"Made as {found['document']['ledger_id']}."
    assert told["at"] is not None
    assert asking.told(f"{home(place, '2')}/documents/{found['posting']}", 404)["code"] == "not-found"


def test_of_what_never_left_the_house_nothing_is_kept(place: Place, asking: Program) -> None:
    place.store.unreadable = {"2"}
    place.run()
    (held,) = asking.told(home(place, "2"))["documents"]
    told = asking.told(f"{home(place, '2')}/documents/{held['posting']}")
    assert told == {"sent": None, "answered": None, "at": None}


def test_what_somebody_changed_in_the_books(place: Place, asking: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    place.store.unreadable = {"5"}  # an idle company is not asked what changed in it
    place.run()
    place.ledger.edit_by_hand(sale(place, asking, "1")["document"]["ledger_id"], total=pounds("0.90"))
    place.ledger.delete_by_hand(sale(place, asking, "2")["document"]["ledger_id"])
    place.run()
    (changed,) = asking.told(f"{home(place, '1')}/books")["strayed"]
    assert (changed["there"], changed["document"]["meant"]) == (True, "1.00")
    assert changed["differences"] == [{"what": "Total", "left": "1.00 GBP", "now": "0.90 GBP"}]
    (gone,) = asking.told(f"{home(place, '2')}/books")["strayed"]
    assert (gone["there"], gone["differences"]) == (False, [])
    assert asking.told(f"{home(place, '3')}/books")["strayed"] == []

    def refuse(*_args: object) -> None:
        raise Refused(Message("The company is closed."))

    monkeypatch.setattr(place.ledger, "reread", refuse)
    assert asking.told(f"{home(place, '1')}/books", 409)["detail"] == "The company is closed."

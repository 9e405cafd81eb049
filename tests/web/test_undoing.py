"""Taking something out of the books in the pages: what would go and stay is shown first."""

from __future__ import annotations

from html import unescape
from urllib.parse import urlencode

import pytest
from tests.engine.conftest import pounds
from tests.web.conftest import Place, text_of

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.errors import Refused
from comptoir.storage.runs import RunState

OWNER = "owner@example.com"


def undo(place: Place, what: str = "", name: str = "") -> str:
    asked = f"?{urlencode({'what': what, 'name': name})}" if name else ""
    return f"/undo/{place.record.id}{asked}"


def test_a_run_is_taken_back_after_a_look(place: Place) -> None:
    place.run()
    browser = place.browser(OWNER)
    assert "Take it back" in browser.get("/runs/1").text
    look = text_of(browser.get(undo(place, "run", "1")))
    assert "5 documents would leave the books" in look
    before = len(place.ledger.entries)
    assert browser.post(undo(place), what="run", name="1").headers["location"] == "/"
    place.doing.wait(30)
    assert len(place.ledger.entries) == before - 5
    assert "Nothing of it is in the books." in text_of(browser.get(undo(place, "run", "1")))
    assert place.app.books.runs.get(2).state is RunState.FINISHED
    page = browser.get("/runs/1")
    assert "What this run posted of 5 orders is out of the books again." in text_of(page)
    assert 'action="/runs/1/repost"' not in place.browser("viewer@example.com").get("/runs/1").text
    assert browser.post("/runs/1/repost").headers["location"] == "/"
    place.doing.wait(30)
    assert "out of the books again" not in text_of(browser.get("/runs/1"))
    assert "Nothing of it is in the books." in text_of(browser.get(undo(place, "run", "1"))), "a later one's"
    assert place.rooms.trail.latest(place.app.organization_id, 1)[0].action == "repost"


def test_why_an_order_is_out_of_the_books_is_told_in_the_readers_language(place: Place) -> None:
    place.run()
    owner, reader = place.browser(OWNER), place.browser("viewer@example.com")
    owner.post(undo(place), what="run", name="1")
    place.doing.wait(30)
    path = f"/orders/{place.record.id}/1"
    assert "taken out of the books with run 1" in text_of(owner.get(path))
    reader.post("/account/profile", name="Vera", language="fr", theme="auto")
    assert "retirée des livres avec la synchronisation 1" in text_of(reader.get(path))


def test_what_must_stay_is_told_before(place: Place) -> None:
    place.run()
    entry = next(each for each in place.ledger.entries.values() if each.total == pounds("3.00"))
    place.ledger.edit_by_hand(entry.id, total=pounds("2.50"))
    look = text_of(place.browser(OWNER).get(undo(place, "run", "1")))
    assert "4 documents would leave the books" in look
    assert "These stay as they are Order 3" in look


def test_a_look_that_the_company_refuses(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run()

    def refuse() -> None:
        raise Refused(Message("The company says no."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    assert "The company says no." in text_of(place.browser(OWNER).get(undo(place, "run", "1")))


@pytest.mark.parametrize(
    ("what", "name", "would_go"),
    [
        ("order", "2", "1 document would leave the books"),
        ("day", "2026-09-02", "would leave the books"),
        ("method", "card", "5 documents would leave the books"),
        ("account", "Clearing", "5 documents would leave the books"),
        ("order", "77", "Nothing of it is in the books."),
        ("run", "9", "Shop has no run 9."),
        ("run", "nine", "Shop has no run nine."),
        ("day", "yesterday", '"yesterday" is no day.'),
        ("tax", "VAT", 'No order of Shop bears a tax named "VAT".'),
        ("method", "shells", 'No order of Shop was paid or refunded by a method named "shells".'),
        ("item", "Nothing", 'The company has no item named "Nothing".'),
    ],
)
def test_what_may_be_named(place: Place, what: str, name: str, would_go: str) -> None:
    place.run()
    before = dict(place.ledger.entries)
    assert would_go in unescape(text_of(place.browser(OWNER).get(undo(place, what, name))))
    assert place.ledger.entries == before, "a look changes nothing"


def sale_of_order_2(place: Place) -> str:
    """Its id in the books."""
    sales = [each for each in place.ledger.entries.values() if each.kind is Kind.SALE]
    return next(each.id for each in sales if each.number.endswith("2"))


def test_it_is_asked_what_is_to_go(place: Place) -> None:
    browser = place.browser(OWNER)
    assert "Show what would leave the books" in text_of(browser.get(undo(place)))
    assert "Nothing was synchronized yet" in text_of(browser.get(undo(place, "order", "1")))
    assert browser.get(undo(place, "dream", "1")).status_code == 404
    assert place.browser("viewer@example.com").get(undo(place)).status_code == 403


def test_an_order_is_taken_out_from_its_page_and_posted_again_at_once(place: Place) -> None:
    place.run()
    browser = place.browser(OWNER)
    page = browser.get(f"/orders/{place.record.id}/2").text
    assert f'href="{undo(place)}?what=order&amp;name=2"' in page
    sale = sale_of_order_2(place)
    browser.post(undo(place), what="order", name="2", repost="true")
    place.doing.wait(30)
    assert sale_of_order_2(place) != sale
    assert [run.trigger for run in place.app.books.runs.latest(place.app.organization_id, 2)] == ["repost", "undo"]


def test_what_cannot_be_taken_out_leaves_the_reason_with_its_run(place: Place) -> None:
    place.run()
    place.browser(OWNER).post(undo(place), what="item", name="Nothing")
    place.doing.wait(30)
    (run,) = place.app.books.runs.latest(place.app.organization_id, 1)
    assert (run.trigger, run.state) == ("undo", RunState.FAILED)
    assert 'no item named "Nothing"' in run.problem

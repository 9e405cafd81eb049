"""What people ask of their data: asked by Shopify or by hand, done, and nothing of them left but figures."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from tests.engine.conftest import SETTINGS, make_order
from tests.web.conftest import Foreign, Place, proved, text_of
from tests.web.test_webhooks import DOMAIN, SECRET, Knocking, knocking, shop

from comptoir.books.documents import CustomerDocument, Kind, RefundDocument, SaleDocument
from comptoir.books.facts import SourceId
from comptoir.books.problems import Message, Problem
from comptoir.engine.privacy import PrivacyKind, forget
from comptoir.engine.proving.proof import HeldRow
from comptoir.engine.setup.connecting import disconnect
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.drafts import Drafts
from comptoir.storage.forgetting import documents_of
from comptoir.storage.tables import batches, events, facts, metadata, postings, privacy_requests
from comptoir.stores.shopify.connecting import ShopifyConnecting
from comptoir.wiring import SIGNED_FOR

__all__ = ["knocking", "shop"]
OWNER = "owner@example.com"
BUYER = "Buyer"
ABOUT = {"shop_domain": DOMAIN, "customer": {"id": 77, "email": "ada@example.com", "phone": "555"}}


@pytest.fixture
def posted(place: Place, shop: ConnectionRecord) -> ConnectionRecord:
    """The shop's five orders in the books."""
    place.run()
    assert personal(place) == 5
    return shop


def personal(place: Place) -> int:
    """How many contents have a personal part."""
    with place.app.books.database.read() as connection:
        return len(connection.execute(select(facts.c.id).where(facts.c.personal.is_not(None))).all())


def person_of(place: Place, order: str) -> dict[str, Any]:
    fact = place.app.books.facts.one(place.app.organization_id, place.record.id, order)
    assert fact is not None
    found: dict[str, Any] = fact.payload.get("buyer") or {}
    return found


def one_request(place: Place) -> Any:
    (found,) = place.app.privacy.of(place.app.organization_id, 10)
    return found


def test_a_customer_is_forgotten(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    name = person_of(place, "3")["name"]
    assert name
    with place.app.books.database.read() as connection:
        ids = list(connection.scalars(select(postings.c.id).where(postings.c.order_source_id == "3")))
    assert any(place.app.books.exchanges.of(place.app.organization_id, each) for each in ids)
    assert knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]}) == 200
    request = one_request(place)
    assert (request.kind, request.orders, request.records) == (PrivacyKind.FORGET, ("3",), 1)
    assert request.done_at is not None
    assert request.person == {}, "who it was is forgotten too"
    assert person_of(place, "3") == {}
    assert personal(place) == 4
    rows = documents_of(place.app.books.journal, posted.id, "3")  # type: ignore[arg-type]
    assert rows
    assert name not in json.dumps([str(each) for each in rows])
    answered = [place.app.books.exchanges.of(place.app.organization_id, each) for each in ids]
    assert answered
    assert answered == [None] * len(ids), "what was sent and answered named them"
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.who, entry.action, entry.detail) == ("Shopify", "privacy asked", {"kind": "forget"})


def test_the_books_stay_proven_and_nothing_is_written_anew(
    place: Place, posted: ConnectionRecord, knocking: Knocking
) -> None:
    before = dict(place.ledger.entries)
    knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [1, 2, 3, 4, 5]})
    assert personal(place) == 0
    company = place.app.ledger_record(posted)
    assert SETTINGS.orders.prefix != "Z-"
    changed = replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="Z-"))
    place.app.books.connections.save_settings(posted.id, changed, company.id)  # everything is decided anew
    place.run()
    assert place.ledger.entries == before
    run = place.app.books.runs.latest(place.app.organization_id, 1)[0]
    assert run.state == "finished"
    assert place.browser(OWNER).get("/orders/1/3").status_code == 200
    names = [row.number for row in _rows(place) if row.kind == Kind.CUSTOMER.value]
    assert names
    assert all(BUYER not in name for name in names), names


def _rows(place: Place) -> list[Any]:
    with place.app.books.database.read() as connection:
        return list(connection.execute(postings.select()))


def test_what_was_sent_is_emptied(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    def sizes() -> list[int]:
        with place.app.books.database.read() as connection:
            return [len(row.body) for row in connection.execute(batches.select())]

    full = sizes()
    knocking.shopify("shop/redact", {"shop_domain": DOMAIN})
    assert all(after < before for after, before in zip(sizes(), full, strict=True))
    with place.app.books.database.read() as connection:
        assert place.app.books.batches.open(connection, place.app.ledger_record(posted).identity) == []


def test_a_name_in_the_history_is_taken_out(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    name = person_of(place, "3")["name"]
    with place.app.books.database.write() as connection:
        mine = select(postings.c.id).where(postings.c.order_source_id == "3")
        told = update(events).where(events.c.posting_id.in_(mine))
        connection.execute(told.values(detail=f"refused: {name} is taken"))
    knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]})
    with place.app.books.database.read() as connection:
        details = set(connection.scalars(select(events.c.detail).where(events.c.posting_id.in_(mine))))
    assert any("refused: — is taken" in each for each in details)
    assert not [each for each in details if name in each]
    assert posted.id


def test_a_later_refund_goes_to_the_customer_of_the_sale(place: Place, posted: ConnectionRecord) -> None:
    """The store names nobody any more; an application of credits would fail at another customer's invoice."""
    forget(place.app.books, posted, [SourceId("3")])
    later = replace(
        make_order(3, "3.00", refunded="1.00"), buyer=None, updated_at=datetime.now(UTC) - timedelta(seconds=1)
    )
    place.store.orders[2] = later
    place.run()
    documents = {type(each).__name__: each for each in place.ledger.documents.values()}
    refund, sales = documents["RefundDocument"], documents_of(place.app.books.journal, posted.id, SourceId("3"))
    (sale,) = [each for each in sales if isinstance(each, SaleDocument)]
    assert isinstance(refund, RefundDocument)
    assert refund.customer == sale.customer
    assert len([each for each in place.ledger.documents.values() if isinstance(each, CustomerDocument)]) == 3


def test_what_has_not_left_the_house_goes_for_the_generic_customer(
    place: Place, shop: ConnectionRecord, knocking: Knocking
) -> None:
    place.store.unreadable = {"2"}
    place.run()
    knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [2]})
    place.store.unreadable = set()
    place.run()
    (sale,) = [row for row in _rows(place) if row.order_source_id == "2" and row.kind == Kind.SALE.value]
    assert sale.state == "posted"
    assert "generic:GBP" in sale.awaits
    assert shop.id


def test_what_the_set_up_found_is_forgotten_with_its_example(place: Place, posted: ConnectionRecord) -> None:
    drafts = Drafts(place.app.books.database, place.app.vault)
    drafts.keep(posted, "{}", looked='{"buyer": "Ada King"}')
    forget(place.app.books, posted, [SourceId("1")])
    kept = drafts.get(posted)
    assert kept is not None
    assert (kept.content, kept.looked) == ("{}", "")


def test_a_shop_is_forgotten(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    assert knocking.shopify("shop/redact", {"shop_id": 1, "shop_domain": DOMAIN}) == 200
    request = one_request(place)
    assert (request.kind, request.records) == (PrivacyKind.FORGET_ALL, 5)
    assert personal(place) == 0
    assert posted.id


def test_a_request_counts_once_and_forged_ones_never(
    place: Place, posted: ConnectionRecord, knocking: Knocking
) -> None:
    wanted = ABOUT | {"orders_to_redact": [3]}
    assert knocking.shopify("customers/redact", wanted, secret="shpss_forger") == 401
    assert knocking.shopify("customers/redact", wanted) == 200
    assert knocking.shopify("customers/redact", wanted) == 200
    assert one_request(place).records == 1
    assert posted.id


def test_a_request_of_one_organization_touches_no_other(
    place: Place, posted: ConnectionRecord, foreign: Foreign, knocking: Knocking
) -> None:
    knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]})
    (theirs,) = place.app.privacy.of(foreign.app.organization_id, 10)
    assert theirs.done_at is None
    assert posted.id


def test_what_a_stopped_process_left_is_done_by_the_next(place: Place, posted: ConnectionRecord) -> None:
    with place.app.books.database.write() as connection:
        place.app.privacy.add(connection, posted, "d-9", PrivacyKind.FORGET.value, ("1",), {})  # type: ignore[arg-type]
    assert personal(place) == 5
    place.app.errands()
    assert personal(place) == 4
    assert one_request(place).done_at is not None
    assert place.app.act_on_privacy() == 0


def test_forgetting_twice_removes_nothing_more(place: Place, posted: ConnectionRecord) -> None:
    books = place.app.books
    assert [forget(books, posted, ["1", "2"]) for _ in range(2)] == [2, 0]  # type: ignore[list-item]
    assert forget(books, posted, ["99"]) == 0  # type: ignore[list-item]


def test_a_person_is_told_what_is_kept(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    name = person_of(place, "3")["name"]
    asked = ABOUT | {"orders_requested": [3, 99], "data_request": {"id": 5}}
    assert knocking.shopify("customers/data_request", asked) == 200
    request = one_request(place)
    assert (request.kind, request.done_at) == (PrivacyKind.TELL, None)
    with place.app.books.database.read() as connection:
        (row,) = connection.execute(privacy_requests.select()).all()
    assert b"ada@example.com" not in row.person, "sealed"
    browser = place.browser(OWNER)
    assert "A person asks what is kept of them" in text_of(browser.get("/settings/privacy"))
    answer = browser.get(f"/settings/privacy/{request.id}/data")
    assert "attachment" in answer.headers["content-disposition"]
    told = answer.json()
    assert told["person"] == {"id": "77", "email": "ada@example.com", "phone": "555"}
    (order,) = told["orders"]
    assert order["what_the_store_said"]["buyer"]["name"] == name
    assert {each["document"] for each in order["documents"]} >= {"SaleDocument"}
    assert [each["state"] for each in order["history"] if each["document"] == "3"][-1] == "posted"
    assert len(order["the_ledger_answered"]) == len(order["documents"])
    assert browser.post(f"/settings/privacy/{request.id}/done").status_code == 303
    done = one_request(place)
    assert (done.person, done.records) == ({}, 2)
    assert personal(place) == 5, "telling forgets nobody"
    assert posted.id


def test_a_person_is_forgotten_by_hand(place: Place, posted: ConnectionRecord) -> None:
    browser = place.browser(OWNER)
    assert browser.post("/settings/privacy/forget", store=str(posted.id), order="#3").status_code == 303
    assert personal(place) == 4
    missing = browser.post("/settings/privacy/forget", store=str(posted.id), order="99")
    assert missing.status_code == 400
    assert "No order of this number" in text_of(missing)
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.who, entry.action, entry.subject) == (OWNER, "person forgotten", "3")
    assert "done" in text_of(browser.get("/settings/privacy"))


def test_everybody_of_a_store_is_forgotten_by_hand(place: Place, posted: ConnectionRecord) -> None:
    browser = place.browser(OWNER)
    where = {"store": str(posted.id)}
    assert browser.post("/settings/privacy/forget-all", confirmed="Qua", **where).status_code == 400
    assert personal(place) == 5
    assert browser.post("/settings/privacy/forget-all", confirmed=posted.title, **where).status_code == 303
    assert personal(place) == 0


def test_a_shop_that_was_left_may_still_ask(place: Place, posted: ConnectionRecord, knocking: Knocking) -> None:
    rooms = place.app.books.connections
    left = datetime.now(UTC)
    disconnect(place.app.books, ShopifyConnecting(place.app.http), posted, place.app.config(posted), left)
    ended = rooms.get(posted.id)
    assert place.app.config(ended)["client_secret"] != SECRET, "it opens nothing here any more"
    assert knocking.shopify("orders/create", {"id": 9}, number="d-0") == 200
    assert place.app.books.schedules.get(posted.id).due_at is None, "what changes there is not our affair any more"  # type: ignore[union-attr]
    assert knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]}, secret="shpss_forger") == 401
    assert personal(place) == 5
    assert knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]}) == 200
    assert personal(place) == 4
    assert knocking.shopify("shop/redact", {"shop_domain": DOMAIN}, number="d-2") == 200
    assert personal(place) == 0
    assert rooms.forget_kept(left) == 0, "kept until then"
    assert rooms.forget_kept(left + timedelta(seconds=1)) == 1
    assert rooms.secrets(ended) == {}
    assert rooms.forget_kept(left + timedelta(seconds=1)) == 0
    assert knocking.shopify("shop/redact", {"shop_domain": DOMAIN}, number="d-3") == 401


def test_what_is_kept_of_an_ended_connection_goes_with_the_errands(place: Place, posted: ConnectionRecord) -> None:
    long_ago = datetime.now(UTC) - SIGNED_FOR - timedelta(minutes=1)
    place.app.books.connections.disconnect(posted, long_ago, {"client_secret": SECRET})
    assert place.app.books.connections.secrets(posted) == {"client_secret": SECRET}
    place.app.errands()
    assert place.app.books.connections.secrets(posted) == {}


GUESTS = {"name": "Guest Gale", "email": "guest.gale@example.com"}


def test_of_a_guest_nothing_is_left_anywhere(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    """Facts, documents, histories, runs, exchanges, the trail, what waits and every key: a look at all the tables."""
    order = place.store.orders[2]
    assert order.buyer is not None
    buyer = replace(order.buyer, source_id=None, given_name="Guest", family_name="Gale", **GUESTS)
    place.store.orders[2] = replace(order, buyer=buyer)
    place.run()
    (customer,) = [
        row for row in _rows(place) if row.kind == Kind.CUSTOMER.value and row.source_id.startswith("guest:")
    ]
    assert customer.state == "posted"
    words = Message("The name {name} is taken.", {"name": "Guest Gale"})
    proved(place, held=(HeldRow(Kind.SALE, "3", None, None, (Problem("taken", words, words),)),))
    assert knocking.shopify("customers/redact", ABOUT | {"orders_to_redact": [3]}) == 200
    told = {"customers/redact": one_request(place).person}
    with place.app.books.database.read() as connection:
        for table in metadata.sorted_tables:
            rows = (tuple(map(_unpacked, row)) for row in connection.execute(table.select()))
            told |= {f"{table.name} {at}": row for at, row in enumerate(rows)}
    for where, what in told.items():
        for text in ("gale", "guest.gale"):
            assert text not in repr(what).casefold(), where
    for row in _rows(place):
        if row.document is not None:
            document = place.app.books.journal.document(next(_posting(place, row.id)))
            assert "Gale" not in repr(document)
    browser = place.browser(OWNER)
    for path in ("/orders", f"/orders/{shop.id}/3", "/runs/1", "/settings/trail", "/settings/privacy", "/to-fix", "/"):
        assert "gale" not in browser.get(path).text.casefold(), path
    assert "done" in text_of(browser.get("/settings/privacy")), "the owner sees that it was"


def _unpacked(value: Any) -> Any:
    """What is kept compressed, as it reads."""
    with suppress(zlib.error):
        return zlib.decompress(value) if isinstance(value, bytes) else value
    return value


def _posting(place: Place, identity: int) -> Iterator[Any]:
    with place.app.books.database.read() as connection:
        yield from place.app.books.journal.select(connection, postings.c.id == identity)

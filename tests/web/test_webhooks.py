"""Webhooks: a signature opens the door, and behind it is only the wish for an early look."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient
from tests.engine.conftest import pounds
from tests.web.conftest import Place

from comptoir.books.company import CompanyIdentity
from comptoir.books.documents import Kind
from comptoir.engine.service.hints import OWN_WORK, SOON_SECONDS
from comptoir.ledgers.quickbooks.webhooks import VERIFIER
from comptoir.storage.connections import LEDGER, STORE, ConnectionRecord, NewConnection
from comptoir.storage.deliveries import KEPT
from comptoir.storage.schedule import Terms
from comptoir.storage.tables import connections, deliveries, known_companies, postings
from comptoir.web.guard import Access, access_of
from comptoir.web.hooks import LARGEST_BODY, PREFIX, hook_routes

SECRET = "shpss_right"
DOMAIN = "quay-books.myshopify.com"
TERMS = Terms("1", datetime(2026, 1, 1, tzinfo=UTC), "owner")


def signed(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@dataclass
class Knocking:
    """Shopify and Intuit, at the doors of an installation."""

    place: Place
    client: TestClient

    def shopify(self, topic: str, content: object, *, number: str = "d-1", secret: str = SECRET, **changes: str) -> int:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = {
            "x-shopify-topic": topic,
            "x-shopify-shop-domain": DOMAIN,
            "x-shopify-webhook-id": number,
            "x-shopify-hmac-sha256": signed(body, secret),
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        return self.client.post(f"{PREFIX}/shopify", content=body, headers=headers).status_code

    def quickbooks(self, *events: dict[str, Any], token: str = "verifier", body: bytes | None = None) -> int:
        sent = json.dumps(events).encode() if body is None else body
        headers = {"intuit-signature": signed(sent, token)}
        return self.client.post(f"{PREFIX}/quickbooks", content=sent, headers=headers).status_code


@pytest.fixture
def shop(place: Place) -> ConnectionRecord:
    """The store of the place as a Shopify shop, switched on and due in an hour."""
    save = place.app.books.connections.save
    identity = f"shopify:{DOMAIN}"
    with place.app.books.database.write() as connection:
        connection.execute(update(connections).where(connections.c.role == STORE).values(identity=identity))
    record = save(
        place.app.organization_id, NewConnection(STORE, "shopify", identity, "Quay", {}, {"client_secret": SECRET})
    )
    switch_on(place, record)
    return record


def switch_on(place: Place, record: ConnectionRecord) -> None:
    schedules = place.app.books.schedules
    due_at = schedules.now() + timedelta(hours=1)
    schedules.switch_on(record, period_seconds=3600, offset_seconds=0, terms=TERMS, due_at=due_at)


@pytest.fixture
def knocking(place: Place, monkeypatch: pytest.MonkeyPatch) -> Knocking:
    monkeypatch.setenv(VERIFIER, "verifier")
    return Knocking(place, TestClient(place.web, base_url="https://testserver", raise_server_exceptions=False))


def is_soon(place: Place, record: ConnectionRecord) -> bool:
    schedule = place.app.books.schedules.get(record.id)
    assert schedule is not None
    assert schedule.due_at is not None
    soon = schedule.due_at - place.app.books.schedules.now() <= timedelta(seconds=SOON_SECONDS + 1)
    return soon and not schedule.urgent


def settle(place: Place, record: ConnectionRecord) -> None:
    """As after the run that a hint asked for."""
    switch_on(place, record)


def test_every_door_says_that_platforms_come_in() -> None:
    assert {access_of(route) for route in hook_routes()} == {Access.PLATFORM}
    assert {route.path for route in hook_routes()} == {"/{platform}"}


def test_a_platform_that_is_not_known_has_no_door(knocking: Knocking) -> None:
    assert knocking.client.post(f"{PREFIX}/magento", content=b"{}").status_code == 404


# Shopify


@pytest.mark.parametrize("topic", ["orders/create", "orders/updated", "orders/delete", "refunds/create"])
def test_a_change_brings_the_next_run_forward(
    place: Place, shop: ConnectionRecord, knocking: Knocking, topic: str
) -> None:
    assert not is_soon(place, shop)
    assert knocking.shopify(topic, {"id": 42}) == 200
    assert is_soon(place, shop), "soon, and behind whoever waits at the screen"
    assert place.app.books.runs.latest(place.app.organization_id, 1) == [], "nothing is done at the door"


def test_a_delivery_counts_once(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    assert knocking.shopify("orders/create", {"id": 42}) == 200
    settle(place, shop)
    assert knocking.shopify("orders/create", {"id": 42}) == 200
    assert not is_soon(place, shop), "it was heeded already"
    assert knocking.shopify("orders/create", {"id": 42}, number="d-2") == 200
    assert is_soon(place, shop)


def test_deliveries_are_remembered_for_days(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    knocking.shopify("orders/create", {"id": 42})
    with place.app.books.database.write() as connection:
        connection.execute(update(deliveries).values(at=datetime.now(UTC) - KEPT * 2))
    knocking.shopify("orders/create", {"id": 43}, number="d-2")
    with place.app.books.database.read() as connection:
        kept = [row.delivery_id for row in connection.execute(deliveries.select())]
    assert kept == ["d-2"]
    assert is_soon(place, shop)


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": "shpss_wrong"},
        {"secret": ""},
        {"x_shopify_hmac_sha256": ""},
        {"x_shopify_shop_domain": "another.myshopify.com"},
        {"x_shopify_shop_domain": "evil.example"},
        {"x_shopify_shop_domain": ""},
    ],
)
def test_whoever_is_not_to_be_believed_learns_nothing(
    place: Place, shop: ConnectionRecord, knocking: Knocking, changes: dict[str, str]
) -> None:
    assert knocking.shopify("orders/create", {"id": 42}, **changes) == 401
    assert not is_soon(place, shop)
    assert place.app.privacy.of(place.app.organization_id, 10) == []


@pytest.mark.parametrize(("content", "changes"), [(b"{", {}), ({"id": 1}, {"x_shopify_topic": ""})])
def test_what_cannot_be_read_is_refused(
    place: Place, shop: ConnectionRecord, knocking: Knocking, content: object, changes: dict[str, str]
) -> None:
    assert knocking.shopify("orders/create", content, **changes) == 400
    assert not is_soon(place, shop)


def test_a_store_that_nobody_switched_on_stays_off(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    place.app.books.schedules.switch_off(shop.id)
    assert knocking.shopify("orders/create", {"id": 42}) == 200
    schedule = place.app.books.schedules.get(shop.id)
    assert schedule is not None
    assert schedule.due_at is None, "a hint is no permission"


def test_a_shop_that_was_disconnected_is_not_known(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    place.app.books.connections.disconnect(shop, datetime.now(UTC))
    assert knocking.shopify("orders/create", {"id": 42}) == 401


def test_a_shop_of_an_older_app_has_no_secret_to_sign_with(place: Place, knocking: Knocking) -> None:
    place.app.books.connections.save(
        place.app.organization_id,
        NewConnection(STORE, "shopify", f"shopify:{DOMAIN}", "Old", {}, {"client_secret": "", "token": "t"}),
    )
    assert knocking.shopify("orders/create", {"id": 42}, secret="") == 401


def test_an_app_that_is_taken_off_is_in_the_trail(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    assert knocking.shopify("app/uninstalled", {"id": 7, "domain": DOMAIN}) == 200
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.who, entry.action, entry.subject) == ("Shopify", "app taken off", "Quay")
    assert is_soon(place, shop), "the run finds out, and Home says it"


def test_two_organizations_of_one_shop_each_by_their_own_secret(
    place: Place, shop: ConnectionRecord, knocking: Knocking
) -> None:
    with place.app.books.database.write() as connection:
        other = place.rooms.users.add_organization(connection, "Others")
    new = NewConnection(STORE, "shopify", shop.identity, "Theirs", {}, {"client_secret": "shpss_theirs"})
    theirs = place.app.books.connections.save(other, new)
    switch_on(place, theirs)
    assert knocking.shopify("orders/create", {"id": 42}) == 200
    assert (is_soon(place, shop), is_soon(place, theirs)) == (True, False)
    assert knocking.shopify("orders/create", {"id": 42}, secret="shpss_theirs") == 200
    assert is_soon(place, theirs), "the same number of another organization is another delivery"


def test_a_delivery_may_be_larger_than_a_form(place: Place, shop: ConnectionRecord, knocking: Knocking) -> None:
    assert knocking.shopify("orders/create", {"id": 42, "note": "x" * 1_000_000}) == 200
    assert is_soon(place, shop)
    assert knocking.shopify("orders/create", b"x" * (LARGEST_BODY + 1)) == 413


# QuickBooks


def event(entity: str, record: str, at: datetime | None = None, *, number: str = "e-1", realm: str = "9") -> Any:
    moment = (at or datetime.now(UTC) + OWN_WORK * 2).isoformat()
    kind = f"qbo.{entity.lower()}.updated.v1"
    return {"id": number, "type": kind, "time": moment, "intuitentityid": record, "intuitaccountid": realm}


@pytest.fixture
def company(place: Place, shop: ConnectionRecord) -> ConnectionRecord:
    """The company of the place as one of QuickBooks, with the shop's five orders in its books."""
    assert shop.settings is not None
    identity = "quickbooks:9"
    with place.app.books.database.write() as connection:
        connection.execute(update(connections).where(connections.c.role == LEDGER).values(identity=identity))
    place.ledger.identity = CompanyIdentity(identity)
    place.ledger.company = replace(place.ledger.read_company(), identity=CompanyIdentity(identity))
    place.store.unreadable = set()
    place.run()
    found = place.app.books.connections.company_of(shop)
    assert found is not None
    settle(place, shop)
    return found


def sale_of(place: Place, number: str) -> Any:
    rows = place.app.books.journal.for_order(place.app.organization_id, number)
    return next(row for row in rows if row.key.kind is Kind.SALE)


def test_a_document_changed_by_hand_is_looked_at(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking
) -> None:
    row = sale_of(place, "3")
    place.ledger.edit_by_hand(row.ledger_id, total=pounds("2.50"))
    assert knocking.quickbooks(event(row.ledger_type, row.ledger_id)) == 200
    assert is_soon(place, shop)
    assert company.identity == "quickbooks:9"
    place.run()
    assert sale_of(place, "3").state == "changed", "an idle run would not have looked"


def test_what_our_own_posting_stirs_up_is_no_news(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking
) -> None:
    row = sale_of(place, "3")
    assert knocking.quickbooks(event(row.ledger_type, row.ledger_id, datetime.now(UTC))) == 200
    assert not is_soon(place, shop)
    assert company is not None


def test_a_change_of_the_lists_matters_where_something_is_held(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking
) -> None:
    assert knocking.quickbooks(event("Account", "a9")) == 200
    assert not is_soon(place, shop), "nothing is held"
    place.store.unreadable = {"4"}
    with place.app.books.database.write() as connection:
        connection.execute(update(postings).where(postings.c.order_number == "4").values(state="held"))
    assert knocking.quickbooks(event("Account", "a9", number="e-2")) == 200
    assert is_soon(place, shop)
    with place.app.books.database.read() as connection:
        (known,) = connection.execute(known_companies.select()).all()
    assert known.looked_at.year == 1970, "the held records are looked at again by whichever run comes"
    assert company is not None


def test_a_notification_counts_once(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking
) -> None:
    row = sale_of(place, "3")
    told = event(row.ledger_type, row.ledger_id)
    knocking.quickbooks(told)
    settle(place, shop)
    assert knocking.quickbooks(told) == 200
    assert not is_soon(place, shop)
    assert company is not None


def test_the_older_format_is_read_too(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking
) -> None:
    row = sale_of(place, "3")
    later = (datetime.now(UTC) + OWN_WORK * 2).isoformat()
    entity = {"name": row.ledger_type, "id": row.ledger_id, "operation": "Update", "lastUpdated": later}
    body = {"eventNotifications": [{"realmId": "9", "dataChangeEvent": {"entities": [entity]}}]}
    assert knocking.quickbooks(body=json.dumps(body).encode()) == 200
    assert is_soon(place, shop)
    assert company is not None


@pytest.mark.parametrize("token", ["another", ""])
def test_a_forged_notification_is_refused(
    place: Place, shop: ConnectionRecord, company: ConnectionRecord, knocking: Knocking, token: str
) -> None:
    row = sale_of(place, "3")
    assert knocking.quickbooks(event(row.ledger_type, row.ledger_id), token=token) == 401
    assert not is_soon(place, shop)
    assert company is not None


def test_without_a_verifier_token_nothing_is_believed(knocking: Knocking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VERIFIER)
    assert knocking.quickbooks(event("Invoice", "1"), token="") == 401


def test_odd_notifications(place: Place, knocking: Knocking) -> None:
    assert knocking.quickbooks(body=b"{") == 400
    assert knocking.quickbooks(event("Invoice", "1", realm="777")) == 200, "a company of nobody here"
    assert place.app.books.runs.latest(place.app.organization_id, 1) == []

"""Payouts and webhooks as the simulator makes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.stores.shopify.inside import SCOPES, inside

from comptoir.books.facts import Order
from comptoir.books.payouts import Payout, PayoutStatus, RowKind, check_payout
from comptoir.engine.errors import Reconnect, Refused
from comptoir.stores.shopify.store import ShopifyStore
from comptoir.stores.shopify.webhooks import TOPICS, Hint, hint_of
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.month import load, packaged_month
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig
from comptoir_sandbox.shopify.edits import edit_order
from comptoir_sandbox.shopify.payouts.account import Dispute, Entry, PaymentsAccount
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

SINCE, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
URI = "https://books.example.com/hooks"


@pytest.fixture(scope="module")
def seed() -> ShopSeed:
    """Three hundred orders by Shopify Payments, those simply paid first, and all that may befall the account."""
    month = load(packaged_month(), ShopFacts())
    paid = sorted(month.seed.carts[:300], key=lambda cart: not cart.payments or bool(cart.refunds))
    carts = tuple(
        replace(cart, payments=tuple(replace(each, gateway="shopify_payments") for each in cart.payments))
        for cart in paid
    )
    day, name = carts[0].processed_at, carts[0].name
    account = PaymentsAccount(
        entries=(
            Entry(type="RESERVED_FUNDS_WITHDRAWAL", at=day, amount=Decimal("-10.00")),
            Entry(type="SHIPPING_LABEL", at=day, amount=Decimal("-3.20"), fee=Decimal("0.10"), order=name),
            Entry(type="REFERRAL_FEE_TAX", at=day, amount=Decimal("-0.40"), reason="Tax"),
            Entry(type="SHOPIFY_COLLECTIVE_CREDIT", at=day, amount=Decimal("4.00")),
        ),
        disputes=(Dispute(order=name, initiated_at=day + timedelta(days=1)),),
        failed=((day + timedelta(days=2)).date().isoformat(),),
    )
    return replace(month.seed, carts=carts, payments=account)


@pytest.fixture
def sandbox(seed: ShopSeed) -> Sandbox:
    end = max(cart.processed_at for cart in seed.carts) + timedelta(days=10)
    return Sandbox(ShopifyConfig(seed=seed, clock=Clock(end, speed=0), throttle=False))


def payouts(store: ShopifyStore) -> list[Payout]:
    found: list[Payout] = []
    cursor, more = None, True
    while more:
        page = store.fetch_payouts(cursor, since=SINCE, until=UNTIL)
        cursor, more = page.cursor, page.more
        for record in page.records:
            made = store.translate_payout(json.loads(record.payload, parse_float=Decimal))
            assert isinstance(made, Payout), made
            found.append(made)
    return found


def orders(store: ShopifyStore) -> list[Order]:
    found: list[Order] = []
    cursor, more = None, True
    while more:
        page = store.fetch_orders(cursor, since=SINCE, until=UNTIL)
        cursor, more = page.cursor, page.more
        made = [store.translate(json.loads(record.payload, parse_float=Decimal)) for record in page.records]
        found += [each for each in made if isinstance(each, Order)]
    return found


def test_every_payout_is_what_its_rows_come_to(sandbox: Sandbox) -> None:
    found = payouts(inside(sandbox))
    assert len(found) > 3
    assert [check_payout(each) for each in found if check_payout(each)] == []
    assert {each.status for each in found} >= {PayoutStatus.PAID, PayoutStatus.FAILED}
    kinds = {row.kind for each in found for row in each.rows}
    assert kinds >= {
        RowKind.SALE,
        RowKind.FEE,
        RowKind.TAX,
        RowKind.DISPUTE,
        RowKind.RESERVE,
        RowKind.FAILED_PAYOUT,
        RowKind.OTHER,
    }


def test_every_sale_of_a_payout_leads_to_a_payment_of_its_order(sandbox: Sandbox) -> None:
    store = inside(sandbox)
    tenders = {
        (order.source_id, tender.source_id): tender.amount for order in orders(store) for tender in order.tenders
    }
    rows = [row for each in payouts(store) for row in each.rows if row.kind is RowKind.SALE]
    assert len(rows) > 100
    assert [row for row in rows if tenders.get((row.order_id, row.tender_id)) != row.amount] == []  # type: ignore[arg-type]


def test_a_payout_is_read_without_the_scope_by_nobody(sandbox: Sandbox) -> None:
    with pytest.raises(Reconnect, match="read_shopify_payments"):
        inside(sandbox, SCOPES - {"read_shopify_payments"}).fetch_payouts(None, since=SINCE, until=UNTIL)


# Webhooks


@pytest.fixture
def delivered(seed: ShopSeed) -> Callable[..., list[Any]]:
    """What is delivered to a subscriber of all topics after a change of the first order."""

    def run(change: Callable[[Sandbox], object]) -> list[Any]:
        sandbox = Sandbox(ShopifyConfig(seed=replace(seed, carts=seed.carts[:3]), throttle=False))
        got: list[tuple[dict[str, str], bytes]] = []

        def post(_url: str, body: bytes, headers: dict[str, str]) -> int:
            got.append((headers, body))
            return 200

        sandbox.services.hooks._post = post
        sandbox.services.hooks.settings.deliver_to = "http://127.0.0.1:9"
        client = inside(sandbox)._client
        for topic in TOPICS:
            client.create_webhook(topic, URI)
        change(sandbox)
        sandbox.services.hooks.deliver_due()
        return [hint_of(headers, body, ["shpss_before", "shpss_sandbox"]) for headers, body in got]

    return run


def test_a_changed_order_is_hinted_at(delivered: Callable[..., list[Any]], seed: ShopSeed) -> None:
    cart = seed.carts[0]
    hints = delivered(lambda sandbox: edit_order(sandbox.shop, {"name": cart.name, "note": "Hello"}))
    assert {hint.topic for hint in hints if isinstance(hint, Hint)} == {"orders/updated"}
    assert {(hint.store, hint.order_id) for hint in hints} == {(f"shopify:{ShopFacts().domain}", str(cart.id))}
    assert len({hint.delivery_id for hint in hints}) == len(hints)
    assert all(hint.triggered_at is not None for hint in hints)


def test_a_refund_and_a_deletion_are_hinted_at(delivered: Callable[..., list[Any]], seed: ShopSeed) -> None:
    known, name = seed.carts[0].id, seed.carts[0].name
    hints = delivered(lambda sandbox: edit_order(sandbox.shop, {"name": name, "refund": {"amount": "1.00"}}))
    assert {hint.topic for hint in hints} >= {"refunds/create", "orders/updated"}
    hints += delivered(lambda sandbox: edit_order(sandbox.shop, {"name": name, "delete": True}))
    assert "orders/delete" in {hint.topic for hint in hints}
    assert {hint.order_id for hint in hints} == {str(known)}


def test_subscriptions_of_the_simulator(sandbox: Sandbox) -> None:
    client = inside(sandbox)._client
    made = client.create_webhook("ORDERS_UPDATED", URI)
    assert [each["uri"] for each in client.webhooks()["nodes"]] == [URI]
    with pytest.raises(Refused, match="taken"):
        client.create_webhook("ORDERS_UPDATED", URI)
    client.delete_webhook(made["id"])
    assert client.webhooks()["nodes"] == []
    with pytest.raises(Refused):
        client.delete_webhook(made["id"])

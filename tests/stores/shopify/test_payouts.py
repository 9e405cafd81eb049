from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from comptoir.books.facts import StoreIdentity, Untranslatable
from comptoir.books.money import Money
from comptoir.books.payouts import Payout, PayoutStatus, RowKind, check_payout
from comptoir.engine.errors import Reconnect
from comptoir.stores.shopify.store import ShopifyStore
from comptoir.stores.shopify.translate.payouts import FAMILIES, KINDS, kind_of, translate_payout

STORE = StoreIdentity("shopify:quay-books.myshopify.com")
SINCE, UNTIL = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
Record = dict[str, Any]


def cad(text: str) -> Record:
    return {"amount": text, "currencyCode": "CAD"}


def row(kind: str, amount: str, fee: str, net: str, **changes: object) -> Record:
    return {
        "id": "gid://shopify/ShopifyPaymentsBalanceTransaction/77",
        "type": kind,
        "test": False,
        "transactionDate": "2026-11-18T15:00:00Z",
        "sourceType": kind,
        "sourceId": 5,
        "sourceOrderTransactionId": 1033,
        "adjustmentReason": None,
        "amount": cad(amount),
        "fee": cad(fee),
        "net": cad(net),
        "associatedOrder": {"id": "gid://shopify/Order/1036", "name": "#1008"},
        "associatedPayout": {"id": "gid://shopify/ShopifyPaymentsPayout/9"},
        "adjustmentsOrders": [],
        **changes,
    }


def head(**changes: object) -> Record:
    return {
        "id": "gid://shopify/ShopifyPaymentsPayout/9",
        "issuedAt": "2026-11-20T00:00:00Z",
        "status": "PAID",
        "transactionType": "DEPOSIT",
        "externalTraceId": "TRACE-1",
        "net": cad("66.63"),
        **changes,
    }


ROWS = [
    row("CHARGE", "100.0", "3.2", "96.8"),
    row("REFUND", "-30.0", "0.0", "-30.0", sourceOrderTransactionId="1034"),
    row("SOMETHING_NEW", "-0.17", "0.0", "-0.17", associatedOrder=None, sourceOrderTransactionId=None),
    row("TRANSFER", "-66.63", "0.0", "-66.63", associatedOrder=None),
]


def payout(**changes: object) -> Payout:
    made = translate_payout({**head(), "rows": ROWS, **changes}, store=STORE)
    assert isinstance(made, Payout), made
    return made


def test_a_payout_with_its_rows() -> None:
    made = payout()
    assert (made.store, made.source_id, made.status, made.reference) == (STORE, "9", PayoutStatus.PAID, "TRACE-1")
    assert made.issued_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert made.net == Money(Decimal("66.63"), "CAD")
    assert [(each.kind, each.platform_type, str(each.net.amount)) for each in made.rows] == [
        (RowKind.SALE, "CHARGE", "96.80"),
        (RowKind.REFUND, "REFUND", "-30.00"),
        (RowKind.OTHER, "SOMETHING_NEW", "-0.17"),
    ]
    assert check_payout(made) == ()


def test_a_row_leads_to_the_orders_own_payment() -> None:
    charge, refund, other = payout().rows
    assert (charge.order_id, charge.order_number, charge.tender_id) == ("1036", "1008", "1033")
    assert refund.tender_id == "1034"
    assert (other.order_id, other.order_number, other.tender_id) == (None, "", None)
    assert charge.fee == Money(Decimal("3.20"), "CAD")


def test_an_adjustment_says_why() -> None:
    made = payout(rows=[row("ADJUSTMENT", "66.63", "0.0", "66.63", adjustmentReason="Goodwill", test=True)])
    assert (made.rows[0].kind, made.rows[0].note, made.rows[0].test) == (RowKind.ADJUSTMENT, "Goodwill", True)


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("SCHEDULED", PayoutStatus.SCHEDULED),
        ("IN_TRANSIT", PayoutStatus.IN_TRANSIT),
        ("FAILED", PayoutStatus.FAILED),
        ("CANCELED", PayoutStatus.CANCELED),
        ("SOMETHING_NEW", PayoutStatus.UNKNOWN),
    ],
)
def test_states(stated: str, meant: PayoutStatus) -> None:
    assert payout(status=stated).status is meant


@pytest.mark.parametrize("net", ["12.0", "-12.0"])
def test_a_withdrawal_is_below_zero(net: str) -> None:
    made = payout(net=cad(net), transactionType="WITHDRAWAL", rows=[row("REFUND", "-12.0", "0.0", "-12.0")])
    assert made.net == Money(Decimal("-12.00"), "CAD")
    assert check_payout(made) == ()


@pytest.mark.parametrize(
    ("platform_type", "kind"),
    [
        *KINDS.items(),
        *((f"{start}X", kind) for start, kind in FAMILIES.items()),
        ("RESERVED_FUNDS_WITHDRAWAL", RowKind.RESERVE),
        ("SHIPPING_LABEL_ADJUSTMENT_BASE", RowKind.FEE),
        ("SHOPIFY_COLLECTIVE_DEBIT", RowKind.OTHER),
        ("", RowKind.OTHER),
    ],
)
def test_what_a_type_is_for(platform_type: str, kind: RowKind) -> None:
    assert kind_of(platform_type) is kind


def test_a_failed_payout_that_came_back_is_a_row() -> None:
    made = payout(net=cad("70.0"), rows=[row("TRANSFER_FAILURE", "70.0", "0.0", "70.0")])
    assert made.rows[0].kind is RowKind.FAILED_PAYOUT
    assert check_payout(made) == ()


@pytest.mark.parametrize(
    ("changes", "field", "known"),
    [
        ({"net": None}, "net", "9"),
        ({"rows": [{**ROWS[0], "fee": {"amount": "many", "currencyCode": "CAD"}}]}, "rows[0].fee.amount", "9"),
        ({"id": None}, "id", ""),
    ],
)
def test_what_cannot_be_read_is_named(changes: Record, field: str, known: str) -> None:
    made = translate_payout({**head(), "rows": ROWS, **changes}, store=STORE)
    assert isinstance(made, Untranslatable)
    assert (made.field, made.source_id) == (field, known)


# Fetching


def account(name: str, nodes: list[Record], after: str | None = None) -> Record:
    page = {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": nodes}
    return {"data": {"shopifyPaymentsAccount": {name: page}}}


def test_payouts_come_with_all_their_rows(platform: Any) -> None:
    platform.replies = [
        account("payouts", [head()], "p1"),
        account("balanceTransactions", ROWS[:2], "r1"),
        account("balanceTransactions", ROWS[2:]),
        account("payouts", [head(id="gid://shopify/ShopifyPaymentsPayout/10")]),
        account("balanceTransactions", []),
    ]
    store: ShopifyStore = platform.store()
    first = store.fetch_payouts(None, since=SINCE, until=UNTIL)
    (record,) = first.records
    assert (record.source_id, record.number, first.more) == ("9", "9", True)
    assert record.placed_at == record.updated_at == datetime(2026, 11, 20, tzinfo=UTC)
    assert store.translate_payout(json.loads(record.payload, parse_float=Decimal)) == payout()
    second = store.fetch_payouts(first.cursor, since=SINCE, until=UNTIL)
    assert (second.records[0].source_id, second.more) == ("10", False)
    asked = [call["variables"] for call in platform.asked]
    assert asked[0]["query"] == "issued_at:>='2026-11-01T00:00:00Z' issued_at:<'2026-11-22T00:00:01Z'"
    assert [call.get("after") for call in asked] == [None, None, "r1", "p1", None]
    assert [call["query"] for call in asked[1:3]] == ["payments_transfer_id:9"] * 2


def test_a_shop_without_shopify_payments_has_none(platform: Any) -> None:
    platform.replies = [{"data": {"shopifyPaymentsAccount": None}}]
    page = platform.store().fetch_payouts(None, since=SINCE, until=UNTIL)
    assert (page.records, page.more) == ((), False)


def test_an_empty_page_keeps_the_place(platform: Any) -> None:
    platform.replies = [account("payouts", [])]
    page = platform.store().fetch_payouts('{"after":"p9"}', since=SINCE, until=UNTIL)
    assert (page.records, page.cursor) == ((), '{"after":"p9"}')


def test_without_the_scope_the_message_names_it(platform: Any) -> None:
    said = {"code": "ACCESS_DENIED", "requiredAccess": "the `read_shopify_payments` access scope."}
    platform.replies = [{"data": {"shopifyPaymentsAccount": None}, "errors": [{"message": "x", "extensions": said}]}]
    with pytest.raises(Reconnect, match="read_shopify_payments"):
        platform.store().fetch_payouts(None, since=SINCE, until=UNTIL)

"""The demo's own sums and sentences: what it makes of dumps, and how it names what it did not expect."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from comptoir.books.settings import ItemSettings, Settings
from comptoir.cli.demo.by_hand import changed
from comptoir.cli.demo.outcomes import by_order, outcome_of, words
from comptoir.cli.demo.truth import documents_in, ledger_total, store_total
from comptoir.cli.errors import ProblemsError
from comptoir.cli.main import app as comptoir
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.wiring import App

SETTINGS = Settings(
    time_zone="America/Toronto", start_date=date(2025, 10, 20), items=ItemSettings(income_account="Ventes")
)


def record() -> ConnectionRecord:
    return ConnectionRecord(
        id=1,
        organization_id=1,
        role=STORE,
        platform="shopify",
        identity="shopify:shop.myshopify.com",
        title="Shop",
        config={},
        settings=SETTINGS,
        ledger_connection_id=None,
        cursor=None,
        cursor_until=None,
        fetched_until=datetime(2025, 11, 1, tzinfo=UTC),
        swept_at=None,
    )


def order(name: str, total: str, **more: Any) -> str:
    """A line of the shop's dump."""
    told: dict[str, Any] = {
        "name": name,
        "processedAt": "2025-10-20T04:00:00Z",
        "currentTotalPriceSet": total,
        "refundDiscrepancySet": "0.0",
        "totalCashRoundingAdjustment": {"paymentSet": "0.0", "refundSet": "0.0"},
        "transactions": [],
        "refunds": [],
        "cancelledAt": None,
    }
    return json.dumps({"type": "Order", "object": {**told, **more}})


def dumped(kind: str, **document: Any) -> str:
    return json.dumps({"type": kind, "object": document})


def money(gateway: str, kind: str, amount: str, status: str = "SUCCESS") -> dict[str, str]:
    return {"gateway": gateway, "kind": kind, "amountSet": amount, "status": status}


@pytest.mark.parametrize(
    ("dump", "kept"),
    [
        pytest.param(order("#1", "23.0"), "23.0", id="what the order comes to now"),
        pytest.param(order("#1", "23.0", refundDiscrepancySet="-5.0"), "18.0", id="five dollars as a gesture"),
        pytest.param(
            order("#1", "45.99", totalCashRoundingAdjustment={"paymentSet": "0.01", "refundSet": "0.0"}),
            "46.00",
            id="cash has no cents",
        ),
        pytest.param(
            order("#1", "23.0", transactions=[money("gift_card", "SALE", "8.0"), money("cash", "SALE", "15.0")]),
            "15.0",
            id="a gift card was owed before",
        ),
        pytest.param(
            order("#1", "0.0", transactions=[money("shopify_store_credit", "REFUND", "23.0")]),
            "23.0",
            id="refunded to store credit: owed now",
        ),
        pytest.param(
            order("#1", "23.0", transactions=[money("gift_card", "SALE", "8.0", "FAILURE")]), "23.0", id="a failed try"
        ),
        pytest.param(
            order(
                "#1",
                "0.0",
                processedAt="2025-10-20T03:59:59Z",
                refunds=[
                    {"createdAt": "2025-10-19T12:00:00Z", "totalRefundedSet": "3.0"},
                    {"createdAt": "2025-10-24T12:00:00Z", "totalRefundedSet": "20.0"},
                ],
            ),
            "-20.0",
            id="of an order from before the start date, what went back since",
        ),
        pytest.param(
            order("#1", "23.0", cancelledAt="2025-11-01T12:00:00Z", totalReceivedSet="9.0", totalRefundedSet="2.0"),
            "7.0",
            id="cancelled: what was paid and not given back",
        ),
        pytest.param("\n".join([order("#1", "23.0"), order("#2", "9.0")]), "23.0", id="without what is left out"),
    ],
)
def test_what_the_shop_kept(dump: str, kept: str) -> None:
    assert store_total(dump, record(), {"2"}) == Decimal(kept)


def test_the_ledgers_total_is_added_exactly_of_what_the_product_made() -> None:
    ours = "order 1 [comptoir:ab]"
    rows = ['{"type": "SalesReceipt", "object": {"TotalAmt": 0.1, "PrivateNote": "[comptoir:ab]"}}'] * 3
    rows += ['{"type": "RefundReceipt", "object": {"TotalAmt": 0.3, "PrivateNote": "[comptoir:cd]"}}']
    rows += [dumped("Invoice", TotalAmt=10, PrivateNote=ours), dumped("CreditMemo", TotalAmt=1, PrivateNote=ours)]
    rows += [dumped("SalesReceipt", TotalAmt=75, PrivateNote="by hand"), dumped("SalesReceipt", TotalAmt=75)]
    dump = "\n".join([*rows, dumped("Payment", TotalAmt=99, PrivateNote=ours), dumped("Item")])
    assert ledger_total(dump) == Decimal(9)
    assert documents_in(dump) == {
        "SalesReceipt": 5, "Invoice": 1, "RefundReceipt": 1, "CreditMemo": 1, "Payment": 1, "Item": 1,
    }  # fmt: skip


def test_an_outcome_shows_what_is_expected_and_every_document_that_is_not(app: App) -> None:
    note = "shopify:shop.myshopify.com order 1042"
    dump = "\n".join(
        [
            dumped("Invoice", TotalAmt=23, Balance=1.5, TxnDate="2025-11-02", PrivateNote=note, DocNumber="A"),
            dumped("CreditMemo", TotalAmt=5, TxnDate="2025-11-02", PrivateNote=f"{note} [comptoir:ab]"),
            dumped("Invoice", TotalAmt=99, TxnDate="2025-11-02", PrivateNote="order 10423"),
            dumped("Invoice", TotalAmt=99, TxnDate="2025-11-02"),
            dumped("Customer", DisplayName="order 1042"),
        ]
    )
    expected = {"documents": [{"kind": "Invoice", "total": "23.00", "open": "1.50"}], "notes": []}
    found = outcome_of({"orders": ["1042"]}, expected, by_order(dump), app)
    assert found == {
        "documents": [{"kind": "CreditMemo", "total": "5.00"}, {"kind": "Invoice", "total": "23.00", "open": "1.50"}],
        "notes": [],
    }
    assert words(found) == ["Invoice 23.00 (open 1.50)", "Credit memo 5.00"]
    assert words({"documents": [], "notes": []}) == ["nothing"]
    assert words({"documents": [], "notes": ["gone"]}) == ["deleted in the books"]


def test_settings_are_changed_as_a_file() -> None:
    wanted = changed(SETTINGS, {"orders": {"prefix": "MT-"}, "taxes": {"codes": {"HST ON": "HST ON"}}})
    assert (wanted.orders.prefix, wanted.taxes.codes) == ("MT-", {"HST ON": "HST ON"})
    assert wanted.items == SETTINGS.items
    with pytest.raises(ProblemsError):
        changed(SETTINGS, {"orders": {"prefixx": "MT-"}})


def test_a_directory_that_holds_something_is_left_alone(runner: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "comptoir.sqlite").write_text("somebody's books")
    told = runner.invoke(comptoir, ["demo", "--once", "--home", str(tmp_path)])
    assert told.exit_code == 1
    assert "is not empty" in told.output
    assert [path.name for path in tmp_path.iterdir()] == ["comptoir.sqlite"]


def test_a_bad_file_leaves_nothing_behind(runner: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(made))
    told = runner.invoke(comptoir, ["demo", "--once", "--json", "--data", str(tmp_path / "nothing.csv")])
    assert told.exit_code == 1
    assert "did not start" in json.loads(told.stdout.splitlines()[-1])["error"]
    assert list(made.iterdir()) == []

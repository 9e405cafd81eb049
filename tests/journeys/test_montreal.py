"""A Montréal shop with GST and QST against a Québec company: taxes, tips, gift cards, credits, each to the cent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx2
import pytest

from comptoir.cli.connect import save_quickbooks, save_shopify
from comptoir.cli.settings import put_in_force, settings_from
from comptoir.cli.simulators import Simulator, running
from comptoir.engine.proof import Proof
from comptoir.engine.road import fetch_connection, post_to_company, prove_again
from comptoir.storage.runs import RunState
from comptoir.wiring import App, open_app

pytestmark = pytest.mark.journey

GST = {"title": "GST", "rate": "0.05"}
QST = {"title": "QST", "rate": "0.09975"}
BOTH = [GST, QST]
SETTINGS = """
time_zone = "America/Toronto"
start_date = 2026-01-01
[items]
income_account = "Ventes"
expense_account = "Achats"
shipping_account = "Revenus de livraison"
discount = "Rabais"
discount_account = "Remises accordées"
tip = "Pourboire"
gift_card = "Carte-cadeau"
gift_card_account = "Cartes-cadeaux en circulation"
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "MTL-"
[payments.methods.shopify_payments]
account = "Compensation cartes"
[payments.methods."*"]
account = "Compensation virements"
[refunds]
prefix = "MTLR-"
[taxes]
untaxed = "Out of scope"
zero_rated = "Zero-rated"
[taxes.codes]
"GST + QST" = "GST/QST QC - 9.975"
"GST" = "GST"
"""


def line(price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A taxed product."""
    product = {"title": "Tuque", "sku": "TUQUE", "variant_id": 1, "product_id": 1}
    return {**product, "quantity": quantity, "unit_price": price, "taxes": BOTH, **more}


def card(amount: str, **more: Any) -> dict[str, Any]:
    """A payment by card."""
    return {"amount": amount, "gateway": "shopify_payments", **more}


ORDERS: dict[str, dict[str, Any]] = {
    "taxed, with shipping": {
        "lines": [line("20.00")],
        "shipping": [{"title": "Postes Canada", "price": "5.00", "taxes": BOTH}],
        "payments": [card("28.75")],
    },
    "thirty lines of 1.10": {"lines": [line("1.10", sku=f"P{at}") for at in range(30)], "payments": [card("38.10")]},
    "prices include tax": {"taxes_included": True, "lines": [line("22.99")], "payments": [card("22.99")]},
    "a code of ten percent": {
        "lines": [line("19.99", 2), line("5.00", sku="BAS")],
        "discounts": [{"title": "DIX", "percentage": "10", "kind": "code"}],
        "payments": [card("46.55")],
    },
    "a tip": {
        "lines": [
            line("10.00"),
            {"title": "Tip", "quantity": 1, "unit_price": "2.00", "is_tip": True, "requires_shipping": False},
        ],
        "payments": [card("13.50")],
    },
    "a gift card sold": {
        "lines": [{"title": "Carte", "quantity": 1, "unit_price": "40.00", "is_gift_card": True}],
        "payments": [card("40.00")],
    },
    "a gift card used with a card": {
        "lines": [line("98.28")],
        "payments": [{"amount": "40.00", "gateway": "gift_card"}, card("72.99")],
    },
    "one of two taken back": {
        "lines": [line("10.00", 2)],
        "payments": [card("23.00")],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [{"line": 0, "quantity": 1, "restock_type": "RETURN"}],
                "payments": [{"payment": 0, "amount": "11.50"}],
            }
        ],
    },
    "an amount given back": {
        "lines": [line("30.00")],
        "payments": [card("34.49")],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [],
                "payments": [{"payment": 0, "amount": "5.00"}],
                "note": "Geste commercial",
            }
        ],
    },
    "unpaid, one of two taken back": {
        "lines": [line("10.00", 2)],
        "refunds": [
            {
                "processed_at": "2026-02-03T10:00:00-05:00",
                "lines": [{"line": 0, "quantity": 1, "restock_type": "RETURN"}],
            }
        ],
    },
}


@dataclass
class Shop:
    """The shop, the company, and what a run came to."""

    company: Simulator
    proof: Proof
    again: Proof
    reread: Proof
    documents: tuple[int, int]


def seed(folder: Path) -> Path:
    """The orders as the shop's simulator reads them."""
    rows = [
        {
            "number": 1001 + place,
            "created_at": "2026-02-02T10:00:00-05:00",
            "customer": {
                "id": 7001 + place,
                "first_name": "Ada",
                "last_name": f"Tremblay {place}",
                "email": f"ada{place}@example.com",
            },
            "case": name,
            **order,
        }
        for place, (name, order) in enumerate(ORDERS.items())
    ]
    facts = {"currency": "CAD", "timezone": "America/Toronto", "country_code": "CA", "province_code": "QC"}
    path = folder / "montreal.json"
    path.write_text(json.dumps({"shop": facts, "orders": rows}), encoding="utf-8")
    return path


def run(app: App, record_id: int) -> Proof:
    """One run, without the queue."""
    record = app.books.connections.get(record_id)
    work = app.work(record, app.books.runs.start(record.organization_id, record.id, "test"))
    fetch_connection(work, alone=True)
    proof = post_to_company(work, alone=True)
    app.books.runs.finish(work.run.id, RunState.FINISHED)
    return proof


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("montreal")
    options = ["--profile", "quebec", "--auto-approve", "--no-limits"]
    with (
        running("shopify", ["--seed", str(seed(folder)), "--no-throttle"]) as store,
        running("quickbooks", options) as company,
        open_app(folder / "home") as app,
    ):
        facts = store.facts
        record, _ = save_shopify(
            app, {name: facts[name] for name in ("shop", "client_id", "client_secret")} | {"base_url": store.url}
        )
        save_quickbooks(
            app,
            {
                "client_id": company.facts["client_id"],
                "client_secret": company.facts["client_secret"],
                "redirect_uri": "http://127.0.0.1:8497/callback",
                "environment": "simulator",
                "discovery_url": company.facts["discovery_url"],
                "api_url": company.facts["api_url"],
            },
            lambda url: httpx2.get(url, follow_redirects=True, timeout=30).raise_for_status(),
        )
        put_in_force(app, record, settings_from(SETTINGS))
        proof = run(app, record.id)
        first = len(company.control("dump").splitlines())
        again = run(app, record.id)
        second = len(company.control("dump").splitlines())
        work = app.work(app.books.connections.get(record.id), app.books.runs.latest(app.organization_id, 1)[0])
        yield Shop(company, proof, again, prove_again(work, alone=True), (first, second))


def test_every_order_is_in_the_books_to_the_cent(shop: Shop) -> None:
    held = {row.number: [str(each.what) for each in row.problems] for row in shop.proof.held}
    assert held == {}
    assert shop.proof.differences == ()
    assert shop.proof.agrees
    assert shop.proof.unsettled == 0


def test_a_second_run_adds_nothing_and_the_books_reread_agree(shop: Shop) -> None:
    assert shop.documents[0] == shop.documents[1]
    assert shop.again.agrees
    assert shop.reread.agrees


def test_the_companys_own_books_balance_and_hold_the_debts(shop: Shop) -> None:
    rows = {row["account"]: row for row in json.loads(shop.company.control("trial_balance"))}
    assert sum(Decimal(str(row["debit"])) - Decimal(str(row["credit"])) for row in rows.values()) == 0
    debt = rows.get("Cartes-cadeaux en circulation", {"debit": 0, "credit": 0})
    assert Decimal(str(debt["debit"])) == Decimal(str(debt["credit"])) == 0, "40.00 sold, 40.00 used"
    assert Decimal(str(rows["Comptes clients"]["debit"])) == Decimal("11.50"), "one of two is still to be paid"

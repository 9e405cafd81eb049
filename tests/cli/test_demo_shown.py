"""What the demo shows, above all where a case did not come out as it was expected; and what its people do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from comptoir.books.documents import Kind
from comptoir.books.money import Money
from comptoir.books.problems import Message, Problem
from comptoir.cli.demo import show
from comptoir.cli.demo.by_hand import Person
from comptoir.cli.demo.outcomes import Judged
from comptoir.demo.simulators import Simulator, SimulatorError
from comptoir.engine.proving.figures import Triple
from comptoir.engine.proving.proof import HeldRow, Proof
from comptoir_sandbox.giftshop.shop import FACTS
from comptoir_sandbox.quickbooks.app import Config
from comptoir_sandbox.quickbooks.app import build_app as company_app
from comptoir_sandbox.server import ThreadedServer
from comptoir_sandbox.shopify.app import ShopifyConfig
from comptoir_sandbox.shopify.app import build_app as shop_app
from comptoir_sandbox.shopify.seed import parse_seed

RECEIPT = {"kind": "SalesReceipt", "total": "23.00"}
RIGHT: dict[str, Any] = {"documents": [RECEIPT], "notes": []}
HELD: dict[str, Any] = {"documents": [], "notes": ["held: tax-unmapped"]}
JUDGED = Judged("tip", "Charges", "A tip.", ["1001"], RIGHT, RIGHT)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Console:
    console = Console(width=100, record=True, highlight=False, markup=False)
    monkeypatch.setattr(show, "console", console)
    return console


def test_cases_that_agree(screen: Console) -> None:
    show.show_cases([JUDGED, replace(JUDGED, name="duty"), replace(JUDGED, name="pending", family="Payments")])
    shown = screen.export_text()
    assert shown.count("✓") == 3
    assert "✗" not in shown
    assert [line.strip() for line in shown.splitlines() if line.strip() in {"Charges", "Payments"}] == [
        "Charges",
        "Payments",
    ]
    assert "3 of 3 cases came out as the rules ask." in shown


@pytest.mark.parametrize(
    ("outcome", "expected", "words"),
    [
        pytest.param(HELD, RIGHT, ["held: tax-unmapped", "expected: Sales receipt 23.00"], id="in the end"),
        pytest.param(
            {**RIGHT, "before": HELD},
            {**RIGHT, "before": RIGHT},
            ["at first: held: tax-unmapped", "expected: Sales receipt 23.00"],
            id="at first",
        ),
        pytest.param(
            {**RIGHT, "midway": HELD},
            {**RIGHT, "midway": RIGHT},
            ["after the second run: held: tax-unmapped", "expected: Sales receipt 23.00"],
            id="midway",
        ),
        pytest.param(
            {**RIGHT, "stopped_by": []},
            {**RIGHT, "stopped_by": ["taxes.codes.GST"]},
            ["stopped by: nothing", "expected: taxes.codes.GST"],
            id="what stopped the run",
        ),
    ],
)
def test_a_case_that_does_not_agree_says_where(
    screen: Console, outcome: dict[str, Any], expected: dict[str, Any], words: list[str]
) -> None:
    show.show_cases([replace(JUDGED, outcome=outcome, expected=expected)])
    shown = screen.export_text()
    assert "✗" in shown
    assert "0 of 1 cases came out as the rules ask." in shown
    assert [each for each in words if each not in shown] == []


def proof(*held: HeldRow) -> Proof:
    none = Money(Decimal(0), "CAD")
    nothing = Triple(none, none, none)
    return Proof(
        currency="CAD", days=(), sales=nothing, refunds=nothing, payments={}, differences=(), held=held, skipped=(),
        unsettled=0, posted={},
    )  # fmt: skip


def test_what_is_held_stands_by_its_cause_with_what_is_at_stake(screen: Console) -> None:
    problem = Problem("tax-unmapped", Message("No code."), Message("Map it."), cause="tax:hst")
    rows = [
        HeldRow(Kind.SALE, number, date(2025, 11, 2), Money(Decimal(amount), "CAD"), (problem,))
        for number, amount in (("1", "113.00"), ("2", "56.50"))
    ]
    show.show_held(proof(*rows, HeldRow(Kind.SALE, "3", None, None, (replace(problem, cause="", code="other"),))))
    shown = screen.export_text()
    assert shown.count("No code.") == 2
    assert "169.50" in shown
    assert shown.count("→ Map it.") == 2
    show.show_held(proof())
    assert "Held: nothing." in screen.export_text()


def test_foreign_amounts_that_are_held_stand_by_themselves(screen: Console) -> None:
    problem = Problem("tax-unmapped", Message("No code."), Message("Map it."), cause="tax:hst")
    rows = [
        HeldRow(Kind.SALE, number, date(2025, 11, 2), Money(Decimal("113.00"), currency), (problem,))
        for number, currency in (("1", "CAD"), ("2", "USD"), ("3", "USD"))
    ]
    show.show_held(proof(*rows))
    shown = screen.export_text()
    assert "226.00 USD" in shown
    assert "113.00" in shown


def test_settings_that_stop_a_run_are_all_listed(screen: Console) -> None:
    show.show_mistakes(
        [Problem("settings", Message("It is inactive."), Message("Activate it."), where="taxes.codes.GST")]
    )
    shown = screen.export_text()
    assert "• taxes.codes.GST: It is inactive." in shown
    assert "→ Activate it." in shown


def test_steps_name_the_order_that_they_are_about(screen: Console) -> None:
    case = {"orders": ["1001", "1002"]}
    show.show_steps(
        [
            (case, {"say": "Refunded.", "store": {}, "order": 2}),
            (case, {"say": "An account is closed.", "books": []}),
            (case, {"say": "A code is mapped.", "settings": {}, "mends": "tax-unmapped"}),
            (case, {"say": "It is opened again.", "books": [], "mends": "settings"}),
        ]
    )
    lines = [line.split() for line in screen.export_text().splitlines()]
    assert [line[:2] for line in lines] == [["Order", "1002"], ["•", "An"], ["Order", "1001"], ["•", "It"]]


@pytest.fixture
def person() -> Iterator[tuple[Person, Simulator, Simulator]]:
    lines = [{"title": "Tuque", "quantity": 1, "unit_price": "20.00"}]
    seed = parse_seed({"orders": [{"number": 1, "created_at": "2025-11-02T12:00:00Z", "lines": lines}]}, FACTS)
    config = Config(profile="quebec", auto_approve=True, limits=False)
    with (
        ThreadedServer(shop_app(ShopifyConfig(seed=seed))) as shop,
        ThreadedServer(company_app(config)) as company,
    ):
        facts = {
            "url": company.url,
            "api_url": company.url,
            "realm_id": config.realm_id,
            "client_id": config.client_id,
            "client_secret": config.client_secret,
        }
        store, books = Simulator(shop.url, {"url": shop.url}), Simulator(company.url, facts)
        yield Person(store, books), store, books


def test_people_edit_orders_and_the_companys_records(person: tuple[Person, Simulator, Simulator]) -> None:
    someone, shop, company = person
    someone.do({"store": {"note": "rush"}}, ["1"])
    assert '"note": "rush"' in shop.control("dump")
    account = {"find": "Account", "name": "Ventes"}
    made = {"Name": "L'ours", "Type": "NonInventory", "IncomeAccountRef": account, "ExpenseAccountRef": account}
    customer = {"create": "Customer", "body": {"DisplayName": "Zoé O'Neil"}}
    someone.do(
        {"books": [{"create": "Item", "body": {**made, "ExpenseAccountRef": {"find": "Account", "name": "Achats"}}}]},
        [],
    )
    someone.do({"books": [customer, {"change": "Item", "where": "Name = 'L\\'ours'", "set": {"Sku": "OURS"}}]}, [])
    assert '"Sku":"OURS"' in company.control("dump")
    line = {
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {
            "ItemRef": {"find": "Item", "name": "L'ours"},
            "TaxCodeRef": {"find": "TaxCode", "name": "Out of scope"},
        },
    }
    sold = {"CustomerRef": {"find": "Customer", "name": "Zoé O'Neil"}, "DocNumber": "H-1", "Line": [line]}
    someone.do({"books": [{"create": "Invoice", "body": sold}]}, [])
    assert '"DocNumber":"H-1"' in company.control("dump")
    someone.do({"books": [{"delete": "Invoice", "where": "DocNumber = 'H-1'"}]}, [])
    assert '"DocNumber":"H-1"' not in company.control("dump")
    rate = {"TaxRateName": "HST 13", "RateValue": 13, "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    someone.do({"books": [{"tax_code": {"TaxCode": "HST", "TaxRateDetails": [rate]}}]}, [])
    someone.do({"hidden": {"path": "tax_code", "body": {"name": "HST", "active": False}}}, [])
    assert '"HST"' in company.control("dump")


def test_what_cannot_be_done_is_said(person: tuple[Person, Simulator, Simulator]) -> None:
    someone, _, _ = person
    with pytest.raises(SimulatorError, match="edit_order"):
        someone.do({"store": {"quantities": [{"line": 0, "quantity": 9}]}}, ["1"])
    with pytest.raises(AssertionError, match="holds 0 of"):
        someone.do({"books": [{"delete": "Invoice", "where": "DocNumber = 'none'"}]}, [])
    with pytest.raises(AssertionError, match="refuses POST item"):
        someone.do({"books": [{"create": "Item", "body": {"Name": "Nothing else"}}]}, [])

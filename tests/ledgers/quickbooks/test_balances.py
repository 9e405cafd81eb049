"""The trial balance as it is laid out: sections within sections, empty texts, sums that are no account's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.ledgers.quickbooks.conftest import Api

from comptoir.books.money import Money
from comptoir.engine.errors import Unexpected
from comptoir.ledgers.quickbooks.balances import read_balances

DAY = date(2026, 2, 27)


def told(rows: Any, currency: str = "CAD") -> dict[str, Any]:
    return {"Header": {"ReportName": "TrialBalance", "Currency": currency}, "Rows": rows}


def line(identity: str, debit: str = "", credit: str = "") -> dict[str, Any]:
    name = {"value": "An account", "id": identity} if identity else {"value": "TOTAL"}
    return {"ColData": [name, {"value": debit}, {"value": credit}]}


def money(text: str) -> Money:
    return Money(Decimal(text), "CAD")


def read(api: Api, body: Any) -> dict[str, Money]:
    api.answer(body)
    return {str(key): value for key, value in read_balances(api.client(), DAY).items()}


def test_debits_are_above_zero_and_credits_below(api: Api) -> None:
    rows = [
        line("35", "1,200.50"),
        {"type": "Section", "Rows": {"Row": [line("81", "", "7.00"), line("82", "0.00")]}, "Summary": line("", "9")},
        line("", "1200.50", "7.00"),
    ]
    assert read(api, told({"Row": rows})) == {"35": money("1200.50"), "81": money("-7.00")}
    (request,) = api.sent
    assert "reports/TrialBalance" in str(request.url)
    assert "end_date=2026-02-27" in str(request.url)


@pytest.mark.parametrize("rows", [{}, None, {"Row": []}])
def test_books_without_entries(api: Api, rows: Any) -> None:
    assert read(api, told(rows)) == {}


@pytest.mark.parametrize(
    "body",
    [
        {"Rows": {}},
        told({"Row": [line("35", "much")]}),
        told({"Row": [{"ColData": [{"value": "An account", "id": "35"}, {"value": "1.00"}]}]}),
    ],
)
def test_what_no_trial_balance_looks_like(api: Api, body: Any) -> None:
    with pytest.raises(Unexpected):
        read(api, body)

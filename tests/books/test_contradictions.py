"""Choices that come to nothing together, or beside the store and its neighbours: each a mistake with its remedy."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.books.conftest import make_company, make_settings

from comptoir.books.checks.contradictions import Numbering, Surroundings, contradictions, numbering_of
from comptoir.books.documents import SaleForm
from comptoir.books.facts import PaymentStatus
from comptoir.books.problems import Problem
from comptoir.books.settings import CurrencyChoice, NumberSource, Settings, UnpaidOrders

TODAY = date(2026, 6, 1)
NO_PAYMENTS: dict[str, Any] = {"payments": {"record": False}, "refunds": {"record": False}}
NO_REFUNDS: dict[str, Any] = {"payments": {"record": False}, "refunds": {"record": False, "prefix": "A-"}}
WAITING: dict[str, Any] = {"statuses": (PaymentStatus.PENDING,), "unpaid": UnpaidOrders.WAIT}
FROM_THE_COMPANY: dict[str, Any] = {"orders": {"number": NumberSource.LEDGER, "prefix": "A-"}}
OTHER = Surroundings(TODAY, others=(Numbering("Fair", ("A-", "B-")),))
BARE = Surroundings(TODAY, others=(Numbering("Fair", ("", "R2-")),))

CASES: list[Any] = [
    pytest.param(NO_PAYMENTS, Surroundings(TODAY), "orders.form", "stays open for ever", "Record payments too",
                 id="receipts without payments"),
    pytest.param({"orders": {"statuses": (PaymentStatus.VOIDED, PaymentStatus.EXPIRED)}}, Surroundings(TODAY),
                 "orders.statuses", "(voided, expired)", '"paid"', id="orders that nobody pays"),
    pytest.param({"orders": WAITING}, Surroundings(TODAY), "orders.statuses", "(pending)", "become invoices",
                 id="unpaid orders that wait"),
    pytest.param({"start_date": date(1026, 1, 1)}, Surroundings(TODAY), "start_date", "1026-01-01", "2026-06-01",
                 id="a start a thousand years ago"),
    pytest.param({"start_date": date(1999, 12, 31)}, Surroundings(TODAY), "start_date", "before the year 2000",
                 "2026-06-01", id="a start before any store"),
    pytest.param({"start_date": date(2027, 6, 3)}, Surroundings(TODAY), "start_date", "more than a year away",
                 "2026-06-01", id="a start in more than a year"),
    pytest.param({"items": {"rounding": " SHIPPING"}}, Surroundings(TODAY), "items.rounding", "for shipping",
                 "an item each", id="one item for shipping and rounding"),
    pytest.param({"items": {"discount": "Rounding"}}, Surroundings(TODAY), "items.rounding", "for discounts",
                 "an item each", id="one item for discounts and rounding"),
    pytest.param({}, Surroundings(TODAY, "CAD"), "orders.currency", "sells in CAD and the company keeps GBP only",
                 "a company that keeps CAD", id="a currency that the company does not keep"),
    pytest.param({"orders": {"prefix": "a-"}}, OTHER, "orders.prefix", '"Fair" of the same company has the prefix "a-"',
                 "Choose another", id="two stores with one prefix"),
    pytest.param({"orders": {"prefix": "B-"}}, OTHER, "orders.prefix", '"Fair" of the same company has the prefix "B-"',
                 "Choose another", id="the prefix of another store's refunds"),
    pytest.param({"refunds": {"prefix": "A-"}}, OTHER, "refunds.prefix", '"Fair" of the same company has the prefix',
                 "Choose another", id="refunds with another store's prefix"),
    pytest.param({"orders": {"prefix": ""}}, BARE, "orders.prefix", 'Neither this store nor "Fair"', "Choose one",
                 id="two stores without a prefix"),
]  # fmt: skip


def found(settings: Settings, around: Surroundings, **company: Any) -> list[Problem]:
    return list(contradictions(settings, make_company(**company), around))


@pytest.mark.parametrize(("changes", "around", "where", "what", "remedy"), CASES)
def test_what_comes_to_nothing_is_told_with_its_remedy(
    changes: dict[str, Any], around: Surroundings, where: str, what: str, remedy: str
) -> None:
    (problem,) = found(make_settings(**changes), around)
    assert problem.where == problem.field == problem.cause == where
    assert what in str(problem.what)
    assert remedy in str(problem.remedy)


@pytest.mark.parametrize(
    ("changes", "around", "company"),
    [
        pytest.param({}, OTHER, {}, id="a prefix of its own"),
        pytest.param({**NO_PAYMENTS, "orders": {"form": SaleForm.INVOICE}}, OTHER, {}, id="invoices without payments"),
        pytest.param({"orders": {**WAITING, "form": SaleForm.INVOICE}}, OTHER, {}, id="unpaid orders as invoices"),
        pytest.param({"orders": {"statuses": ()}}, OTHER, {}, id="no status, said elsewhere"),
        pytest.param({"start_date": date(2027, 6, 2)}, OTHER, {}, id="a start in a year"),
        pytest.param({"start_date": date(2000, 1, 1)}, OTHER, {}, id="a start as early as can be"),
        pytest.param({"items": {"discount": ""}}, OTHER, {}, id="no item for discounts"),
        pytest.param({}, Surroundings(TODAY, "GBP"), {}, id="the company's currency"),
        pytest.param({}, Surroundings(TODAY, "CAD"), {"multicurrency": True}, id="a company of several currencies"),
        pytest.param({"orders": {"currency": CurrencyChoice.PAID}}, Surroundings(TODAY, "CAD"), {}, id="paid currency"),
        pytest.param(FROM_THE_COMPANY, OTHER, {}, id="numbers of the company's own"),
        pytest.param({**NO_REFUNDS, "orders": {"form": SaleForm.INVOICE}}, OTHER, {}, id="no refunds to number"),
    ],
)  # fmt: skip
def test_what_can_be_meant_is_no_mistake(
    changes: dict[str, Any], around: Surroundings, company: dict[str, Any]
) -> None:
    assert found(make_settings(**changes), around, **company) == []


def test_a_store_numbers_what_it_records_and_the_company_does_not_number() -> None:
    assert numbering_of("Shop", make_settings(orders={"prefix": "S-"})) == Numbering("Shop", ("S-", "R-"))
    bare = make_settings(**FROM_THE_COMPANY, refunds={"record": False})
    assert numbering_of("Shop", bare) == Numbering("Shop", ())

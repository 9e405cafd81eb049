from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from tests.books.conftest import (
    LATER,
    NO_VAT,
    NOON,
    STANDARD,
    codes_in,
    make_company,
    make_context,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_tax,
    pounds,
    refund_in,
    sale_in,
)

from comptoir.books.company import RatePeriod
from comptoir.books.context import Context
from comptoir.books.decide import decide_order

NEW_YEAR = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "local", "in_scope"),
    [
        pytest.param(0, date(2026, 1, 1), True, id="at home"),
        pytest.param(9, date(2026, 1, 1), True, id="east"),
        pytest.param(-5, date(2025, 12, 31), False, id="west: it is still the year before"),
    ],
)
def test_the_accounts_zone_decides_the_date_and_the_start(hours: int, local: date, *, in_scope: bool) -> None:
    context = make_context(zone=timezone(timedelta(hours=hours)))
    assert context.local_date(NEW_YEAR) == local
    assert context.in_scope(NEW_YEAR) is in_scope


RISEN = replace(
    STANDARD.rates[0],
    periods=(
        RatePeriod(Decimal("0.175"), until=date(2026, 3, 15)),
        RatePeriod(Decimal("0.2"), since=date(2026, 3, 16)),
    ),
)


def with_a_risen_rate() -> Context:
    """20 % since the sixteenth of March, 17.5 % before it; and a code that charges nothing."""
    code = replace(STANDARD, rates=(RISEN,))
    return make_context(company=make_company(tax_codes=(code, *(c for c in make_company().tax_codes if c != STANDARD))))


RATES: list[Any] = [
    pytest.param(NOON, "17.50", "0.175", [], id="the old rate in its time"),
    pytest.param(NOON, "20.00", "0.2", ["tax-rate"], id="the new rate before its time"),
    pytest.param(LATER, "20.00", "0.2", [], id="the new rate in its time"),
    pytest.param(LATER, "17.50", "0.175", ["tax-rate"], id="the old rate after its time"),
]


@pytest.mark.parametrize(("moment", "tax", "rate", "codes"), RATES)
def test_a_document_is_taxed_at_the_rate_of_its_own_day(
    moment: datetime, tax: str, rate: str, codes: list[str]
) -> None:
    """quickbooks-online.md §15.4: the rate in force on the document's date."""
    line = make_line("100.00", taxes=(make_tax(tax, "VAT", rate),))
    order = make_order(line, placed_at=moment)
    decided = decide_order(order, with_a_risen_rate())
    assert codes_in(decided) == codes
    if not codes:
        sale = sale_in(decided)
        assert (sale.tax, sale.rates) == (pounds(tax), ()), "the ledger reckons it by itself"


def test_a_refund_is_taxed_at_the_rate_of_its_own_day() -> None:
    line = make_line("100.00", taxes=(make_tax("17.50", "VAT", "0.175"),))
    back = make_refund_line("100.00", tax=pounds("17.50"))
    soon = make_refund(back, at=NOON)
    assert refund_in(decide_order(make_order(line, refunds=(soon,)), with_a_risen_rate())).tax == pounds("17.50")
    late = make_order(line, refunds=(make_refund(back, at=LATER),))
    assert codes_in(decide_order(late, with_a_risen_rate())) == ["tax-rate"]


def test_rates_that_never_changed_leave_all_as_it_is() -> None:
    context = make_context()
    assert context.as_of(date(2020, 1, 1)) is context
    resolved = with_a_risen_rate().as_of(date(2026, 3, 1)).resolved
    assert [resolved.codes["vat"].rate, resolved.codes["reduced"].rate] == [Decimal("0.175"), Decimal("0.05")]
    assert resolved.untaxed == NO_VAT
    assert replace(with_a_risen_rate().resolved, untaxed=None).as_of(date(2026, 3, 1)).untaxed is None

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.books.conftest import NOON, make_line, make_order, make_tender, pounds

from comptoir.books.facts import SourceId
from comptoir.books.shares import share_tenders

SHARES = [
    pytest.param(["100"], ["120"], [["120 a"]], id="of one sale, all as they stand"),
    pytest.param(["100", "20"], ["100", "20"], [["100 a"], ["20 b"]], id="each its own"),
    pytest.param(["100", "20"], ["120"], [["100 a"], ["20 a+2"]], id="one tender pays both"),
    pytest.param(["100", "20"], ["60"], [["60 a"], []], id="the first before the second"),
    pytest.param(["100", "20"], ["130"], [["100 a"], ["30 a+2"]], id="the last takes what is left over"),
    pytest.param(["100", "20", "5"], ["125"], [["100 a"], ["20 a+2"], ["5 a+3"]], id="one tender pays three"),
]


@pytest.mark.parametrize(("totals", "paid", "expected"), SHARES)
def test_each_sale_is_paid_before_the_next(totals: list[str], paid: list[str], expected: list[list[str]]) -> None:
    tenders = [
        make_tender(amount, source_id=SourceId("ab"[place]), at=NOON + timedelta(days=place))
        for place, amount in enumerate(paid)
    ]
    order = make_order(make_line("100.00"), tenders=tuple(reversed(tenders)))
    shares = share_tenders(order, [pounds(each) for each in totals])
    assert [[f"{each.amount.amount} {each.source_id}" for each in share] for share in shares] == expected

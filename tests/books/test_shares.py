from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.books.conftest import NOON, STORE, make_line, make_order, make_tender, pounds

from comptoir.books.documents import Kind, PostingKey, SaleForm
from comptoir.books.facts import SourceId
from comptoir.books.shares import Claim, in_order_of_posting, share_tenders, shares_of

SALE = PostingKey(STORE, Kind.SALE, SourceId("order-1"))


def claim(part: str, day: int, form: SaleForm | None = SaleForm.RECEIPT) -> Claim:
    return Claim(replace(SALE, part=part), pounds("10.00"), date(2026, 3, day), form)


def test_sales_in_the_books_come_before_new_ones_and_each_by_its_day() -> None:
    """A new sale never gets the money that a receipt in the books took."""
    claims = [claim("", 9), claim("3", 1, None), claim("2", 6), claim("exchange", 5)]
    assert [each.key.part for each in in_order_of_posting(claims)] == ["", "exchange", "2", "3"]


def test_money_beyond_a_receipt_is_nobodys() -> None:
    order = make_order(make_line("20.00"), tenders=(make_tender("25.00"),))
    claims = [claim("", 1), claim("2", 2)]
    told = {
        key.part: [str(each.amount.amount) for each in share] for key, share in shares_of(order, claims, {}).items()
    }
    assert told == {"": ["10.00"], "2": ["10.00"], "beyond": ["5.00"]}
    claims = [claim("", 1), claim("2", 2, SaleForm.INVOICE)]
    told = {
        key.part: [str(each.amount.amount) for each in share] for key, share in shares_of(order, claims, {}).items()
    }
    assert told == {"": ["10.00"], "2": ["15.00"]}


def test_what_a_payment_brought_is_no_receipts_that_took_its_own_money() -> None:
    """10.00 were paid for 9.99, a cent of it stayed the buyer's; the receipt beside it took its 5.00 itself."""
    first = make_tender("10.00", source_id=SourceId("a"))
    own = make_tender("5.00", source_id=SourceId("b"), at=NOON + timedelta(days=1))
    order = make_order(make_line("14.99"), tenders=(first, own))
    claims = [
        replace(claim("", 1, SaleForm.INVOICE), owed=pounds("9.99")),
        replace(claim("2", 2), owed=pounds("5.00")),
    ]
    shares = shares_of(order, claims, {SourceId("a"): pounds("10.00")})
    assert {key.part: [str(each.amount.amount) for each in share] for key, share in shares.items()} == {
        "": ["9.99"],
        "2": ["5.00"],
        "beyond": [],
    }


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

from __future__ import annotations

from tests.books.conftest import make_line, make_order, make_refund, make_tender, pounds


def test_the_net_of_a_line_is_less_its_discount() -> None:
    assert make_line("40.00", discount=pounds("3.99")).net == pounds("36.01")


def test_what_was_paid_is_every_tender_and_no_refund() -> None:
    order = make_order(tenders=(make_tender("6.00"), make_tender("4.50")), refunds=(make_refund(),))
    assert order.paid == pounds("10.50")
    assert make_order(tenders=()).paid == pounds("0.00")

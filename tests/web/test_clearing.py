"""Money on its way to the bank: what documents put into accounts less what they took out, as of the last proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update
from tests.engine.conftest import NOON, SETTINGS, SmallLedger, make_order, pounds
from tests.web.conftest import Place, text_of

from comptoir.books.documents import Kind, LedgerId
from comptoir.books.money import Money
from comptoir.books.settings import MethodSettings
from comptoir.engine.telling.clearing import Clearing, clearing_of
from comptoir.engine.telling.overview import overviews
from comptoir.storage.tables import postings

MONEY, OTHER = LedgerId("a2"), LedgerId("a9")


def test_the_accounts_with_what_is_left_in_each() -> None:
    methods = {"*": MethodSettings("clearing"), "visa": MethodSettings("Till", by_currency={"EUR": "Clearing"})}
    settings = replace(SETTINGS, payments=replace(SETTINGS.payments, methods=methods))
    moved = [
        (MONEY, Kind.SALE, pounds("10.00")),
        (MONEY, Kind.PAYMENT, pounds("5.00")),
        (MONEY, Kind.REFUND, pounds("3.00")),
        (MONEY, Kind.CASH_BACK, pounds("1.00")),
        (OTHER, Kind.SALE, pounds("20.00")),
        (MONEY, Kind.SALE, Money(pounds("7.00").amount, "EUR")),
    ]
    other, own, euros = clearing_of(moved, settings, SmallLedger().read_company())
    assert own == Clearing("Clearing", ("*", "visa"), pounds("15.00"), pounds("4.00"))
    assert own.balance == pounds("11.00")
    assert (other.account, other.methods, other.balance) == ("a9", (), pounds("20.00")), "an account that is gone"
    assert euros.balance.currency == "EUR"


def test_home_tells_what_went_through_each_account(place: Place) -> None:
    place.store.orders = [make_order(1, "10.00", refunded="4.00"), make_order(2, "5.00")]
    place.run()
    (overview,) = overviews(place.app.books, place.app.organization_id)
    assert overview.clearing == (Clearing("Clearing", ("*",), pounds("15.00"), pounds("4.00")),)
    told = text_of(place.browser("owner@example.com").get("/"))
    assert "Money taken in, before payouts to the bank" in told
    assert "Clearing every other method £15.00 £4.00 £11.00" in told


def test_rows_from_before_accounts_were_kept_are_told_by_their_documents(place: Place) -> None:
    place.run()
    with place.app.books.database.write() as connection:
        connection.execute(update(postings).values(account=None, customer=None))
    assert place.app.books.figures.money(place.record.id) == [(MONEY, Kind.SALE, pounds("15.00"))]


def test_the_days_of_the_chart(place: Place) -> None:
    later = replace(make_order(2, "5.00"), placed_at=NOON + timedelta(days=3))
    place.store.orders = [make_order(1, "10.00", refunded="4.00"), later]
    place.run()
    days = place.app.books.figures.days
    assert days(place.record.id, 30) == [(NOON.date(), pounds("6.00")), (later.placed_at.date(), pounds("5.00"))]
    assert days(place.record.id, 1) == [(later.placed_at.date(), pounds("5.00"))]
    assert days(999, 30) == []

"""Money on its way to the bank: what documents put into accounts less what they took out, as of the last proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import update
from tests.engine.conftest import NOON, SETTINGS, SmallLedger, make_order, pounds
from tests.web.conftest import Place, text_of

from comptoir.books.company import Account, AccountType
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.money import Money
from comptoir.books.settings import MethodSettings, OpeningSettings
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


def test_home_tells_what_the_accounts_held_at_the_start(place: Place) -> None:
    company = place.ledger.read_company()
    equity = Account(LedgerId("a7"), "Opening", AccountType.EQUITY, "GBP", is_opening_equity=True)
    place.ledger.company = replace(company, accounts=(*company.accounts, equity))
    book_opening(place, "500.00")
    place.store.orders = [make_order(1, "10.00", refunded="4.00")]
    place.run()
    (overview,) = overviews(place.app.books, place.app.organization_id)
    begun = Clearing("Clearing", ("*",), pounds("10.00"), pounds("4.00"), pounds("500.00"))
    assert overview.clearing == (begun,)
    told = text_of(place.browser("owner@example.com").get("/"))
    assert "At the start Taken in" in told
    assert "Clearing every other method £500.00 £10.00 £4.00 £506.00" in told


def test_opening_balances_that_wait_lead_to_where_they_are_asked(place: Place) -> None:
    company = place.ledger.read_company()
    equity = Account(LedgerId("a7"), "Opening", AccountType.EQUITY, "GBP", is_opening_equity=True)
    closed = date(2025, 12, 31)
    place.ledger.company = replace(company, accounts=(*company.accounts, equity), books_closed_until=closed)
    book_opening(place, "500.00")
    place.run()
    browser = place.browser("owner@example.com")
    shown = browser.get("/to-fix")
    assert "The opening balances are of" in text_of(shown)
    where = f"/stores/{place.record.id}/setup/openings"
    assert f'href="{where}"' in shown.text
    assert browser.get(where).status_code == 200


def book_opening(place: Place, amount: str) -> None:
    """Put an opening balance of the clearing account in force."""
    opening = OpeningSettings({"Clearing": pounds(amount).amount})
    assert place.record.settings is not None
    ledger = place.app.books.connections.connected_company_of(place.record)
    assert ledger is not None
    place.app.books.connections.save_settings(
        place.record.id, replace(place.record.settings, opening=opening), ledger.id
    )

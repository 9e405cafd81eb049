"""A shop with buyers in two currencies, from the command line: nothing is added up that is not of one currency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.engine.conftest import SETTINGS, make_order

from comptoir.books.documents import LedgerId
from comptoir.books.facts import Order
from comptoir.books.settings import CurrencyChoice, MethodSettings, PaymentSettings
from comptoir.storage.codec import adapter


def in_euros(order: Order) -> Order:
    found: Order = adapter(Order).validate_json(adapter(Order).dump_json(order).decode().replace("GBP", "EUR"))
    return found


def open_shop(desk: Any) -> None:
    """A company that keeps euros too; one order in pounds, one that was paid in euros."""
    company = desk.ledger.read_company()
    euros = replace(company.accounts[1], id=LedgerId("a5"), name="Clearing EUR", currency="EUR")
    desk.ledger.company = replace(company, multicurrency=True, currencies=("EUR",), accounts=(*company.accounts, euros))
    orders = replace(SETTINGS.orders, currency=CurrencyChoice.PAID)
    desk.set(replace(SETTINGS, orders=orders))
    paid = replace(make_order(2, "20.00"), paid_currency="EUR", as_paid=in_euros(make_order(2, "24.00")))
    desk.store.orders = [make_order(1), paid]


def test_what_lacks_an_account_in_its_currency_is_held_with_the_line_to_write(desk: Any) -> None:
    open_shop(desk)
    text = desk.well("sync")
    assert 'Order 2 is in EUR, and the account "Clearing" of the payment method "Card" is in GBP.' in text
    assert 'Under [payments.methods."*".by_currency] in the settings, write: EUR = "NAME OF THE ACCOUNT".' in text


def test_each_currency_is_proved_and_listed_by_itself(desk: Any) -> None:
    open_shop(desk)
    methods = {"*": MethodSettings("Clearing", by_currency={"EUR": "Clearing EUR"})}
    desk.set(
        replace(
            SETTINGS,
            orders=replace(SETTINGS.orders, currency=CurrencyChoice.PAID),
            payments=PaymentSettings(methods=methods),
        )
    )
    text = desk.well("sync")
    assert "Store 10.00 GBP = journal 10.00 GBP = books 10.00 GBP" in text
    assert "Store 24.00 EUR = journal 24.00 EUR = books 24.00 EUR" in text
    assert "10.00 GBP + 24.00 EUR" in desk.well("runs")
    (run,) = desk.json("runs")["runs"]
    assert (run["agrees"], run["ledger_total"], run["foreign"]) == (True, "10.00", {"EUR": "24.00"})
    proof = desk.json("prove")
    assert proof["agrees"]
    assert [each["currency"] for each in proof["foreign"]] == ["EUR"]

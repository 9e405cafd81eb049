"""`comptoir undo` of everything that a wrong mapping made, and its posting anew under the right one."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.cli.conftest import Desk
from tests.engine.conftest import GBP, SETTINGS, make_order, pounds

from comptoir.books.company import Account, AccountType, CustomerRecord, ItemRecord, TaxCode, TaxRate
from comptoir.books.documents import LedgerId, RefundDocument, SaleDocument
from comptoir.books.facts import Order, TaxLine
from comptoir.books.settings import CustomerChoice, MethodSettings, PaymentSettings, TaxSettings

VAT = TaxLine("VAT", Decimal("0.2"), pounds("2.00"))


def code(identity: str, name: str) -> TaxCode:
    return TaxCode(LedgerId(identity), name, (TaxRate(LedgerId(f"r-{identity}"), name, Decimal("0.2")),))


def taxed(order: Order) -> Order:
    """10.00 and 20 % of it."""
    lines = tuple(replace(line, taxes=(VAT,)) for line in order.lines)
    tenders = tuple(replace(each, amount=pounds("12.00")) for each in order.tenders)
    return replace(order, lines=lines, total=pounds("12.00"), tenders=tenders)


@pytest.fixture
def books(desk: Desk) -> Desk:
    """Two taxed receipts under the wrong code; an untaxed receipt; an invoice with a payment by another method."""
    company = desk.ledger.read_company()
    desk.ledger.company = replace(
        company,
        accounts=(*company.accounts, Account(LedgerId("a5"), "Till", AccountType.BANK, GBP)),
        tax_codes=(*company.tax_codes, code("c2", "20% EU goods"), code("c3", "20% Standard")),
    )
    cash = make_order(4, "8.00", paid="3.00")
    cash = replace(cash, tenders=tuple(replace(each, method="cash") for each in cash.tenders))
    desk.store.orders = [taxed(make_order(1)), taxed(make_order(2)), make_order(3), cash]
    settle(desk, "20% EU goods", "Clearing")
    desk.well("sync")
    return desk


def settle(desk: Desk, vat: str, cash_account: str) -> None:
    methods = {"*": MethodSettings("Clearing"), "cash": MethodSettings(cash_account)}
    taxes = TaxSettings(untaxed="No VAT", codes={"VAT": vat})
    desk.set(replace(SETTINGS, payments=PaymentSettings(methods=methods), taxes=taxes))


def numbers(rows: list[dict[str, str]]) -> list[str]:
    return sorted(f"{row['ledger_type']} {row['number']}" for row in rows)


def gone(desk: Desk, *words: str) -> list[str]:
    return numbers(desk.json("undo", *words, "--dry-run")["would_go"])


def codes(desk: Desk) -> dict[str, set[str]]:
    """The tax codes of each sale in the company."""
    documents = [each for each in desk.ledger.documents.values() if isinstance(each, SaleDocument | RefundDocument)]
    return {each.number: {str(line.tax_code) for line in each.lines} for each in documents}


def test_a_wrong_code_is_undone_and_posted_again(books: Desk) -> None:
    assert codes(books)["1"] == codes(books)["2"] == {"c2"}
    settle(books, "20% Standard", "Clearing")
    text = books.well("undo", "--tax-code", "20% eu goods", "--dry-run")
    assert "Tax code 20% eu goods: this would leave the books." in text
    assert "In all: Sales receipt: 2 (24.00 GBP)." in text
    found = books.json("undo", "--tax-code", "20% EU goods", "--yes", "--repost")
    assert numbers(found["gone"]) == ["SalesReceipt 1", "SalesReceipt 2"]
    assert found["agrees"] is True
    there = {each.number for each in books.ledger.entries.values() if each.dated}
    assert there == {"1", "2", "3", "4", "t4"}
    assert codes(books)["1"] == codes(books)["2"] == {"c3"}
    assert gone(books, "--tax-code", "20% EU goods") == []


def test_a_tax_of_the_store(books: Desk) -> None:
    assert gone(books, "--tax", "vat") == ["SalesReceipt 1", "SalesReceipt 2"]
    unknown = books.run("undo", "--tax", "GST", "--dry-run")
    assert unknown.exit_code == 1
    assert 'No order of Shop bears a tax named "GST".' in unknown.output


def test_the_money_of_a_payment_method(books: Desk) -> None:
    """An invoice bears no account of money: its payment alone goes, and comes back on the right one."""
    assert gone(books, "--method", "card") == ["SalesReceipt 1", "SalesReceipt 2", "SalesReceipt 3"]
    settle(books, "20% EU goods", "Till")
    found = books.json("undo", "--method", "cash", "--yes", "--repost")
    assert numbers(found["gone"]) == ["Payment t4"]
    assert found["agrees"] is True
    payment = next(each for each in books.ledger.documents.values() if getattr(each, "reference", "") == "t4")
    assert payment.deposit_account == "a5"  # type: ignore[union-attr]


def test_an_account(books: Desk) -> None:
    assert len(gone(books, "--account", "Clearing")) == 4
    assert gone(books, "--account", "till") == []


def test_an_item_that_comptoir_made(books: Desk) -> None:
    assert len(gone(books, "--item", "Mug (MUG)")) == 5


def test_an_item_that_was_there(desk: Desk) -> None:
    mug = ItemRecord(LedgerId("i1"), "The mug", "MUG", "Service", active=True)
    desk.ledger.read_items = lambda: [mug]  # type: ignore[method-assign]
    desk.store.orders = [make_order(1)]
    desk.well("sync")
    assert gone(desk, "--item", "The mug") == ["SalesReceipt 1"]


def test_a_customer(desk: Desk) -> None:
    desk.store.orders = [make_order(1)]
    desk.ledger.read_customers = lambda: [CustomerRecord(LedgerId("u1"), "Counter", "", GBP)]  # type: ignore[method-assign]
    orders = replace(SETTINGS.orders, customer=CustomerChoice.GENERIC, generic_customer="Counter")
    desk.set(replace(SETTINGS, orders=orders))
    desk.well("sync")
    assert gone(desk, "--customer", "Counter") == ["SalesReceipt 1"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--account", "Clering"), 'The company has no account named "Clering". Did you mean "Clearing"?'),
        (("--tax-code", "zzz"), 'The company has no tax code named "zzz".'),
        (
            ("--account", "Sales"),
            "The account \"Sales\" is an item's, not a document's: change the account of its items",
        ),
    ],
)
def test_what_cannot_be_meant(words: tuple[str, ...], said: str, books: Desk) -> None:
    result = books.run("undo", *words)
    assert result.exit_code == 1
    assert said in " ".join(result.output.split())


def test_what_stays_is_told(books: Desk) -> None:
    entry = next(each for each in books.ledger.entries.values() if each.number == "2" and each.dated)
    books.ledger.edit_by_hand(entry.id, number="2-bis")
    result = books.run("undo", "--tax-code", "20% EU goods", "--yes", "--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout.splitlines()[-1])
    assert numbers(found["gone"]) == ["SalesReceipt 1"]
    assert [each["order"] for each in found["stays"]] == ["2"]


def test_an_order_that_cannot_be_read_any_more_is_passed_over(books: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from comptoir.books.facts import Untranslatable

    real = books.store.translate

    def translate(payload: object) -> Order | Untranslatable:
        order = real(payload)  # type: ignore[arg-type]
        assert isinstance(order, Order)
        return Untranslatable(order.source_id, order.number, "lines", "odd") if order.number == "1" else order

    monkeypatch.setattr(books.store, "translate", translate)
    assert gone(books, "--tax", "VAT") == ["SalesReceipt 2"]

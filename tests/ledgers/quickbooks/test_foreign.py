"""Orders in euros in a British company that keeps several currencies, decided and posted as they are (section 8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.books.conftest import LATER, make_line, make_order, make_refund, make_refund_line, make_tender
from tests.books.test_currency import euros
from tests.ledgers.quickbooks.sandboxed import connect, entry, running

from comptoir.books.checks import Resolved, resolve
from comptoir.books.company import Company
from comptoir.books.context import Context, Decided, Link
from comptoir.books.decide import decide_order
from comptoir.books.documents import WAVE_OF, Kind, LedgerId, PostingKey, SaleForm, Wave
from comptoir.books.facts import Order, PaymentStatus, SourceId, TaxLine
from comptoir.books.money import Money
from comptoir.books.settings import (
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    Settings,
    TaxSettings,
)
from comptoir.engine.knowledge import index_lists
from comptoir.engine.ports import Answered, Entry, Slot
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger

RATE = Decimal("0.8612")


def settings(company: Company, form: SaleForm) -> Settings:
    income = next(each.name for each in company.accounts if each.type.value == "income")
    cost = next(each.name for each in company.accounts if each.type.value == "cost_of_goods_sold")
    bank = next(each.name for each in company.accounts if each.type.value == "bank" and each.currency == "GBP")
    untaxed = next(code.name for code in company.tax_codes if not code.rates and code.active)
    standard = next(code.name for code in company.tax_codes if code.rate == Decimal("0.2") and len(code.rates) == 1)
    return Settings(
        time_zone="Europe/London",
        start_date=LATER.date().replace(month=1, day=1),
        items=ItemSettings(income_account=income, expense_account=cost),
        orders=OrderSettings(form=form, statuses=tuple(PaymentStatus)),
        payments=PaymentSettings(methods={"card": MethodSettings(bank, by_currency={"EUR": "PayPal clearing - EUR"})}),
        taxes=TaxSettings(untaxed=untaxed, codes={"VAT": standard}),
    )


class Poster:
    """Posts decisions wave by wave, as the road does, and keeps what was answered."""

    def __init__(self, ledger: QuickBooksLedger) -> None:
        self.ledger = ledger
        self.ids: dict[PostingKey, LedgerId] = {}
        self.entries: dict[PostingKey, Entry] = {}
        self.count = 0

    def context(self, form: SaleForm) -> Context:
        company = self.ledger.read_company()
        resolved = resolve(settings(company, form), company, UTC)
        assert isinstance(resolved, Resolved), resolved
        known = index_lists(self.ledger.read_items(), self.ledger.read_customers())
        return Context(resolved, company, known, linked={key: Link("", record) for key, record in self.ids.items()})

    def post(self, decided: tuple[Decided, ...]) -> dict[Kind, Entry]:
        for wave in Wave:
            for each in decided:
                if WAVE_OF[each.key.kind] is wave and each.key not in self.ids:
                    self._send(each)
        return {each.key.kind: self.entries[each.key] for each in decided if each.key in self.entries}

    def _send(self, each: Decided) -> None:
        assert not isinstance(each.outcome, tuple), [str(problem.what) for problem in each.outcome]
        self.count += 1
        document: Any = each.outcome
        outcome = self.ledger.send(f"foreign-{self.count}", self.ledger.freeze([Slot("0", document, self.ids)]))
        assert isinstance(outcome, Answered), outcome
        made = entry(outcome.results[0].outcome)
        self.ids[each.key], self.entries[each.key] = made.id, made


@pytest.fixture
def poster(client: httpx2.Client, api: Any) -> Iterator[Poster]:
    with running("--no-limits", "--profile", "multicurrency") as announced:
        connector, tokens = connect(announced, client)
        api.store.tokens = tokens
        yield Poster(connector.ledger(announced["realm_id"], api.store))


def sold(**changes: Any) -> Order:
    vat = (TaxLine("VAT", Decimal("0.2"), Money(Decimal("20.00"), "GBP")),)
    order = make_order(make_line("100.00", taxes=vat), **changes)
    return euros(order, RATE)


def test_a_foreign_receipt_and_its_refund(poster: Poster) -> None:
    back = make_refund(make_refund_line("100.00", tax=Money(Decimal("20.00"), "GBP")))
    made = poster.post(decide_order(sold(refunds=(back,)), poster.context(SaleForm.RECEIPT)))
    assert (made[Kind.SALE].type, str(made[Kind.SALE].total), str(made[Kind.SALE].tax)) == (
        "SalesReceipt", "120.00 EUR", "20.00 EUR",
    )  # fmt: skip
    assert (made[Kind.REFUND].type, str(made[Kind.REFUND].total)) == ("RefundReceipt", "120.00 EUR")
    context = poster.context(SaleForm.RECEIPT)
    assert context.company.currencies == ("EUR", "USD")
    home = make_order(source_id=SourceId("order-2"), number="1002")
    assert str(poster.post(decide_order(home, context))[Kind.SALE].total) == "10.00 GBP"
    customers = {record.name: record.currency for record in poster.ledger.read_customers()}
    assert customers["Ada King"] == "EUR"
    assert customers["Ada King (GBP)"] == "GBP"


def test_a_foreign_invoice_with_all_that_may_follow(poster: Poster) -> None:
    """Paid in part, then R 60.00 of which C 20.00 in cash: every document in euros, at the store's rate."""
    back = make_refund(make_refund_line("60.00"), cash="20.00")
    tender = make_tender("50.00")
    order = sold(tenders=(tender,), refunds=(back,), status=PaymentStatus.PARTIALLY_PAID)
    made = poster.post(decide_order(order, poster.context(SaleForm.INVOICE)))
    assert {kind: str(each.total) for kind, each in made.items() if each.total} == {
        Kind.SALE: "120.00 EUR",
        Kind.PAYMENT: "50.00 EUR",
        Kind.REFUND: "60.00 EUR",
        Kind.CASH_BACK: "20.00 EUR",
        Kind.APPLICATION: "0.00 EUR",
    }
    (invoice,) = poster.ledger.find(Kind.SALE, [order.number])
    assert str(invoice.balance) == "30.00 EUR"
    (credit,) = [each for each in poster.ledger.find(Kind.REFUND, [f"R-{order.number}"]) if each.type == "CreditMemo"]
    assert str(credit.balance) == "0.00 EUR"
    again = replace(order, source_id=SourceId("order-3"), number="1003", tenders=(), refunds=())
    assert str(poster.post(decide_order(again, poster.context(SaleForm.INVOICE)))[Kind.SALE].balance) == "120.00 EUR"

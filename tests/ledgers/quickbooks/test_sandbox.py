"""The connector over a real socket: consent, company, one document of each kind, replay, look-up, reading."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import HOME, Books, connect, entry, gbp, running

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    Awaited,
    CustomerDocument,
    ItemDocument,
    ItemType,
    Kind,
    PaymentDocument,
    PostingKey,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.engine.errors import NeedsMapping
from comptoir.engine.ports import Slot
from comptoir.http.limiter import Limiter
from comptoir.ledgers.quickbooks.connect import check_connection
from comptoir.ledgers.quickbooks.limits import BATCH_WINDOWS, REQUEST_WINDOWS, Limits
from comptoir.ledgers.quickbooks.query import select


def test_the_company(books: Books, shared: dict[str, Any]) -> None:
    company = books.company
    assert company.identity == f"quickbooks:{shared['realm']}"
    assert (company.country, company.currency, company.tax_regime) == ("GB", "GBP", TaxRegime.GLOBAL)
    assert any(code.rates and code.rate == Decimal("0.2") for code in company.tax_codes)
    report = check_connection(books.connector.client(shared["realm"], books.store))
    assert (report.name, report.currency) == (company.name, "GBP")


def test_an_invoice_its_payment_and_the_balance(books: Books, sale: SaleDocument) -> None:
    key = PostingKey(StoreIdentity("shopify:a"), Kind.SALE, SourceId("1"))
    invoice = entry(books.make(replace(sale, form=SaleForm.INVOICE, due_on=date(2026, 3, 27)))[0])
    assert (invoice.type, invoice.total, invoice.balance) == ("Invoice", gbp("28.50"), gbp("28.50"))
    payment = PaymentDocument(
        Awaited(key), sale.customer, date(2026, 2, 28), gbp("20.00"), books.account("bank"),
        f"a-long-reference-{sale.number}-of-a-gateway", "Order 1", "[comptoir:2]",
    )  # fmt: skip
    paid = entry(books.make(payment, resolved={key: invoice.id})[0])
    assert (paid.type, paid.total, paid.balance) == ("Payment", gbp("20.00"), gbp("0"))
    (open_invoice,) = books.ledger.find(Kind.SALE, [sale.number])
    assert open_invoice.balance == gbp("8.50")
    (found,) = books.ledger.find(Kind.PAYMENT, [payment.reference])
    assert (found.id, found.number) == (paid.id, payment.reference)


def test_customers_and_items(books: Books) -> None:
    name, product = f"Pye's: Cakes {books.number()}", f"Mug {books.number()}"
    customer = CustomerDocument(
        name, "GBP", "Jo", "Doe", "Doe Ltd", "jo@shop.example", "+44 20 7946 0000", HOME, HOME, "[comptoir:4]"
    )
    item = ItemDocument(product, "M-1", ItemType.SERVICE, books.account("income"), "A mug")
    (refused,) = books.make(item)
    assert isinstance(refused, NeedsMapping), "in the United Kingdom every item has both accounts"
    item = replace(item, expense_account=books.account("cost_of_goods_sold"))
    one, two = map(entry, books.make(customer, item))
    (found,) = books.ledger.find(Kind.CUSTOMER, [name])
    assert (found.id, found.type, found.number, found.private_note) == (one.id, "Customer", name, "[comptoir:4]")
    assert [it.id for it in books.ledger.find(Kind.ITEM, [product])] == [two.id]
    record = next(it for it in books.ledger.read_customers() if it.id == one.id)
    assert (record.email, record.postcode) == ("jo@shop.example", "LS1 1AA")
    assert next(it.sku for it in books.ledger.read_items() if it.id == two.id) == "M-1"


def test_a_replay_makes_nothing_new(books: Books, sale: SaleDocument) -> None:
    body = books.ledger.freeze([Slot("0", sale, {})])
    one, two = (books.ledger.send(f"replay-{sale.number}", body) for _ in range(2))
    assert one == two
    assert len(books.ledger.find(Kind.SALE, [sale.number])) == 1


def test_an_expired_token_is_renewed_on_the_way(books: Books, sale: SaleDocument) -> None:
    books.fault("expired_token")
    entry(books.make(sale)[0])


SPEED = 8


@pytest.mark.journey
def test_our_limits_are_never_above_theirs(client: httpx2.Client, api: Any) -> None:
    """Over more than one window of batches, on a clock that runs faster, nobody is told to slow down."""
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    batches = Limiter([(most, seconds / SPEED) for most, seconds in BATCH_WINDOWS], sleep=wait)
    with running("--clock-speed", str(SPEED)) as announced:
        connector, tokens = connect(announced, client, Limits(Limiter(REQUEST_WINDOWS), batches))
        api.store.tokens = replace(tokens, access_expires_at=tokens.access_expires_at + timedelta(days=1))
        asked = connector.client(announced["realm_id"], api.store)
        asked.preferences()
        body = json.dumps({"BatchItemRequest": [{"bId": "0", "Query": select("Item")}]}).encode()
        answers = [asked.batch(body, request_id=f"r{number}") for number in range(43)]
        assert {answer.status for answer in answers} == {200}
        assert waits, "the window was never full"
        waits.clear()
        assert len(asked.query_batch([select("Item"), select("Customer")])) == 2
        assert not waits, "reading does not wait for posting"

"""The connector over a real socket: consent, company, one document of each kind, replay, look-up, reading."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir.books.company import Company, TaxRegime
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CustomerDocument,
    DocumentLine,
    ItemDocument,
    ItemType,
    Kind,
    Known,
    LedgerId,
    PaymentDocument,
    PostingKey,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
    TakenOff,
)
from comptoir.books.facts import Address, SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect
from comptoir.engine.ports import Answered, Entry, NoAnswer, NotSent, Slot
from comptoir.http.limiter import Limiter
from comptoir.http.oauth import Tokens
from comptoir.http.transport import Transport, open_client
from comptoir.ledgers.quickbooks.connect import Connector, check_connection, settings_of
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.limits import BATCH_WINDOWS, REQUEST_WINDOWS, Limits
from comptoir.ledgers.quickbooks.query import select

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("comptoir_sandbox.quickbooks.main") is None, reason="the QuickBooks sandbox is not built"
)
HOME = Address("Jo Doe", "", "1 High St", "", "Leeds", "", "LS1 1AA", "GB")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


@dataclass
class Books:
    connector: Connector
    store: Any
    ledger: QuickBooksLedger
    company: Company
    url: str
    count: int = 0

    def account(self, type_name: str) -> LedgerId:
        return next(account.id for account in self.company.accounts if account.type.value == type_name)

    def untaxed(self) -> LedgerId:
        return next(code.id for code in self.company.tax_codes if not code.rates and code.active)

    def number(self) -> str:
        self.count += 1
        return f"T{self.count:04d}"

    def make(self, *documents: Any, resolved: Any = None) -> list[Entry | HouseError]:
        outcome = self.send(*documents, resolved=resolved)
        assert isinstance(outcome, Answered), outcome
        return [result.outcome for result in outcome.results]

    def send(self, *documents: Any, resolved: Any = None) -> Answered | NoAnswer | NotSent:
        slots = [Slot(str(at), document, resolved or {}) for at, document in enumerate(documents)]
        return self.ledger.send(f"request-{self.number()}", self.ledger.freeze(slots))

    def fault(self, kind: str, operation: str = "batch", **more: Any) -> None:
        rules = [{"kind": kind, "operation": operation, **more}]
        httpx2.post(f"{self.url}/_control/faults", json=rules).raise_for_status()


@contextmanager
def running(*options: str) -> Iterator[dict[str, Any]]:
    """A sandbox in a process of its own; what it announces."""
    command = [sys.executable, "-m", "comptoir_sandbox", "quickbooks", "--auto-approve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    with running("--no-limits") as announced:
        yield announced


def connect(announced: dict[str, Any], client: httpx2.Client, limits: Limits | None = None) -> tuple[Connector, Tokens]:
    """Through the consent page, as a browser would."""
    form = {
        "client_id": announced["client_id"],
        "client_secret": announced["client_secret"],
        "redirect_uri": "http://127.0.0.1:1/callback",
        "environment": "simulator",
        "discovery_url": announced["discovery_url"],
        "api_url": announced["api_url"],
    }
    connector = Connector(settings_of(form), Transport(client, user_agent="comptoir/test"), limits=limits)
    answer = client.get(connector.authorize_url("st4te"))
    assert answer.status_code in {302, 303}, answer.text
    callback = httpx2.URL(answer.headers["location"])
    assert callback.params["state"] == "st4te"
    tokens, identity = connector.finish(callback.params["code"], callback.params["realmId"])
    assert identity == f"quickbooks:{announced['realm_id']}"
    return connector, tokens


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with open_client() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(sandbox: dict[str, Any], client: httpx2.Client) -> dict[str, Any]:
    connector, tokens = connect(sandbox, client)
    return {"connector": connector, "tokens": tokens, "realm": sandbox["realm_id"], "url": sandbox["url"]}


@pytest.fixture
def books(shared: dict[str, Any], api: Any) -> Books:
    store = api.store
    store.tokens = shared.get("latest", shared["tokens"])
    keep = store.save

    def save(tokens: Any) -> None:
        shared["latest"] = tokens
        keep(tokens)

    store.save = save
    ledger = shared["connector"].ledger(shared["realm"], store)
    made = Books(shared["connector"], store, ledger, ledger.read_company(), shared["url"])
    made.count = shared.setdefault("count", 0)
    shared["count"] += 100
    return made


@pytest.fixture
def line(books: Books) -> Callable[..., DocumentLine]:
    item = next(iter(books.ledger.read_items()))

    def make(amount: str, **changes: Any) -> DocumentLine:
        plain = DocumentLine(Known(item.id), "A mug", gbp(amount), tax_code=books.untaxed())
        return replace(plain, **changes)

    return make


@pytest.fixture
def customer(books: Books) -> LedgerId:
    (made,) = books.make(CustomerDocument(f"Buyer {books.number()}", "GBP"))
    assert isinstance(made, Entry), made
    return made.id


@pytest.fixture
def sale(books: Books, line: Any, customer: LedgerId) -> SaleDocument:
    return SaleDocument(
        form=SaleForm.RECEIPT,
        number=books.number(),
        dated=date(2026, 2, 27),
        customer=Known(customer),
        currency="GBP",
        lines=(
            line("20.00", quantity=Decimal(4), unit_price=gbp("5.00")),
            line("-1.50", description="Discount"),
            line("10.00", quantity=Decimal(3), unit_price=gbp("3.3333333")),
        ),
        tax=gbp("0"),
        private_note="Order 1",
        marker="[comptoir:1]",
        memo="Thank you",
        deposit_account=books.account("bank"),
        payment_method=books.company.payment_methods[0].id,
        payment_reference="ch_1",
        email="jo@shop.example",
        billing=HOME,
        shipping=HOME,
    )


def entry(outcome: Entry | HouseError) -> Entry:
    assert isinstance(outcome, Entry), getattr(outcome, "detail", outcome)
    return outcome


def test_the_company(books: Books, shared: dict[str, Any]) -> None:
    company = books.company
    assert company.identity == f"quickbooks:{shared['realm']}"
    assert (company.country, company.currency, company.tax_regime) == ("GB", "GBP", TaxRegime.GLOBAL)
    assert any(code.rates and code.rate == Decimal("0.2") for code in company.tax_codes)
    report = check_connection(books.connector.client(shared["realm"], books.store))
    assert (report.name, report.currency) == (company.name, "GBP")


def test_a_receipt(books: Books, sale: SaleDocument) -> None:
    made = entry(books.make(sale)[0])
    assert (made.type, made.number, made.total, made.tax) == ("SalesReceipt", sale.number, gbp("28.50"), gbp("0"))
    assert sale.marker in made.private_note
    (found,) = books.ledger.find(Kind.SALE, [sale.number, "nothing"])
    assert found == made


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


def test_a_refund_receipt(books: Books, sale: SaleDocument, line: Any) -> None:
    refund = RefundDocument(
        sale.number, sale.dated, sale.customer, "GBP", (line("5.00"),), gbp("0"), books.account("bank"),
        "Refund", "[comptoir:3]", payment_method=sale.payment_method, payment_reference="re_1", billing=HOME,
    )  # fmt: skip
    made = entry(books.make(refund)[0])
    assert (made.kind, made.type, made.total) == (Kind.REFUND, "RefundReceipt", gbp("5.00"))
    assert [found.id for found in books.ledger.find(Kind.REFUND, [sale.number])] == [made.id]


def test_taxed_lines_add_their_tax(books: Books, sale: SaleDocument, line: Any) -> None:
    standard = next(code.id for code in books.company.tax_codes if code.rates and code.rate == Decimal("0.2"))
    taxed = replace(sale, lines=(line("10.00", tax_code=standard),), tax=gbp("2.00"))
    made = entry(books.make(taxed)[0])
    assert (made.total, made.tax) == (gbp("12.00"), gbp("2.00"))


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


def test_a_number_that_is_taken(books: Books, sale: SaleDocument) -> None:
    made = entry(books.make(sale)[0])
    (refused,) = books.make(sale)
    assert isinstance(refused, Conflict)
    assert refused.current == made.id


def test_reading_documents(books: Books, sale: SaleDocument) -> None:
    made = entry(books.make(sale)[0])
    assert made in list(books.ledger.read_documents(since=sale.dated, until=sale.dated))
    assert list(books.ledger.read_documents(since=date(2001, 1, 1), until=date(2001, 1, 1))) == []


@pytest.mark.parametrize("kind", ["after_commit", "cut_after_commit"])
def test_an_answer_that_never_came(books: Books, sale: SaleDocument, kind: str) -> None:
    books.fault(kind, status=500)
    body = books.ledger.freeze([Slot("0", sale, {})])
    assert isinstance(books.ledger.send(f"lost-{sale.number}", body), NoAnswer)
    assert len(books.ledger.find(Kind.SALE, [sale.number])) == 1
    assert isinstance(books.ledger.send(f"lost-{sale.number}", body), Answered)
    assert len(books.ledger.find(Kind.SALE, [sale.number])) == 1


def test_a_malformed_answer_leaves_it_open(books: Books, sale: SaleDocument) -> None:
    books.fault("malformed")
    assert isinstance(books.send(sale), NoAnswer)


def test_a_throttle_was_not_sent(books: Books, sale: SaleDocument) -> None:
    books.fault("throttle")
    outcome = books.send(sale)
    assert isinstance(outcome, NotSent)
    assert books.ledger.find(Kind.SALE, [sale.number]) == []


def test_an_expired_token_is_renewed_on_the_way(books: Books, sale: SaleDocument) -> None:
    books.fault("expired_token")
    entry(books.make(sale)[0])


def test_a_revoked_connection_asks_for_a_person(sandbox: dict[str, Any], client: httpx2.Client, api: Any) -> None:
    connector, tokens = connect(sandbox, client)
    connector.revoke(tokens)
    api.store.tokens = tokens
    with pytest.raises(Reconnect):
        connector.client(sandbox["realm_id"], api.store).preferences()


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
        answers = [asked.query_batch([select("Item")]) for _ in range(43)]
    assert len(answers) == 43
    assert waits, "the window was never full"


def test_one_payment_of_nothing_joins_a_credit_with_several_invoices(books: Books, sale: Any, customer: Any) -> None:
    """posting.md, section 7, over two invoices (quickbooks-online.md §16.1)."""
    common: dict[str, Any] = {"dated": sale.dated, "customer": Known(customer), "private_note": "", "marker": ""}
    bills = [replace(sale, form=SaleForm.INVOICE, number=books.number(), deposit_account=None) for _ in range(2)]
    first, second = books.make(*bills)
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    amount = sale.total + gbp("10.00")
    line = replace(sale.lines[0], amount=amount, quantity=None, unit_price=None)
    memo = RefundDocument(
        number=books.number(), currency="GBP", lines=(line,), tax=gbp("0"), refund_account=None,
        form=RefundForm.CREDIT_MEMO, **common,
    )  # fmt: skip
    (credit,) = books.make(memo)
    assert isinstance(credit, Entry)
    joint = ApplicationDocument(
        credit=Known(credit.id), invoice=Known(first.id), amount=amount, reference=memo.number,
        others=(TakenOff(Known(second.id), sale.total),), **common,
    )  # fmt: skip
    (made,) = books.make(joint)
    assert isinstance(made, Entry), made
    found = {each.id: each for each in books.ledger.find(Kind.SALE, [first.number, second.number])}
    assert found[first.id].balance == sale.total - gbp("10.00")
    assert found[second.id].balance == gbp("0.00")

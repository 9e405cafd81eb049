from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import HOME, Books, connect, gbp, running

from comptoir.books.company import Company, CompanyIdentity, TaxRegime
from comptoir.books.documents import CustomerDocument, DocumentLine, Known, LedgerId, SaleDocument, SaleForm
from comptoir.books.money import Money
from comptoir.engine.ports import Entry
from comptoir.http.oauth import Tokens, TokenSource
from comptoir.http.transport import Transport, open_client
from comptoir.ledgers.quickbooks.client import QuickBooksClient, RealmId
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.ledgers.quickbooks.limits import Limits

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
REALM = "9341453"


@dataclass
class MemoryStore:
    tokens: Tokens | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def lock(self) -> AbstractContextManager[None]:
        return self._held()

    @contextmanager
    def _held(self) -> Iterator[None]:
        with self._lock:
            yield


class Grant:
    """Gives access-2, access-3, ...; or raises what it is told."""

    def __init__(self) -> None:
        self.count = 1
        self.refusal: Exception | None = None

    def refresh(self, tokens: Tokens | None) -> Tokens:
        del tokens
        if self.refusal is not None:
            raise self.refusal
        self.count += 1
        return Tokens(f"access-{self.count}", NOW + timedelta(hours=1), "refresh")


class Api:
    """A scripted QuickBooks: each call takes the next answer; requests are kept."""

    def __init__(self) -> None:
        self.script: list[httpx2.Response | Exception | Callable[[httpx2.Request], httpx2.Response]] = []
        self.sent: list[httpx2.Request] = []
        self.slept: list[float] = []
        self.grant = Grant()
        self.store = MemoryStore(Tokens("access-1", NOW + timedelta(hours=1), "refresh"))
        self.transport = Transport(
            httpx2.Client(transport=httpx2.MockTransport(self._next)),
            user_agent="comptoir/test",
            retries=2,
            sleep=self.slept.append,
            clock=lambda: NOW,
        )

    def _next(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        step = self.script.pop(0)
        if isinstance(step, Exception):
            raise step
        return step(request) if callable(step) else step

    def answer(self, body: object, status: int = 200) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.script.append(httpx2.Response(status, content=text, headers={"intuit_tid": "1-tid"}))

    def fail(self, error: Exception) -> None:
        self.script.append(error)

    def fault(self, code: str, detail: str = "", *, status: int = 400, kind: str = "ValidationFault") -> None:
        error = {"Message": "message", "Detail": detail, "code": code, "element": ""}
        self.answer({"Fault": {"Error": [error], "type": kind}, "time": "2026-03-01T04:00:00-08:00"}, status)

    def gateway_fault(self, code: str, status: int, message: str = "") -> None:
        error = {"message": message or f"errorCode=00{code}", "detail": "at the door", "code": code, "element": None}
        self.answer({"warnings": None, "fault": {"error": [error], "type": "SERVICE"}, "time": 1601391072830}, status)

    def client(self, limits: Limits | None = None) -> QuickBooksClient:
        tokens = TokenSource(self.store, self.grant, clock=lambda: NOW)
        return QuickBooksClient(
            self.transport,
            tokens,
            realm_id=RealmId(REALM),
            base_url="https://qb.example/",
            limits=limits,
            clock=lambda: NOW,
        )

    def body(self, at: int = -1) -> Any:
        return json.loads(self.sent[at].content)


@pytest.fixture
def api() -> Iterator[Api]:
    built = Api()
    yield built
    assert built.script == [], "answers that nobody asked for"


def build_company(**changes: Any) -> Company:
    values: dict[str, Any] = {
        "identity": CompanyIdentity(f"quickbooks:{REALM}"),
        "name": "Shop Ltd",
        "country": "GB",
        "currency": "GBP",
        "tax_regime": TaxRegime.GLOBAL,
        "accounts": (),
        "tax_codes": (),
    }
    return Company(**values | changes)


@pytest.fixture
def make_company() -> Callable[..., Company]:
    return build_company


@pytest.fixture
def ledger(api: Api) -> QuickBooksLedger:
    return QuickBooksLedger(api.client(), build_company())


@pytest.fixture
def make_line() -> Callable[..., DocumentLine]:
    def make(amount: str = "10.00", **changes: Any) -> DocumentLine:
        values: dict[str, Any] = {
            "item": Known(LedgerId("7")),
            "description": "A mug",
            "amount": Money(Decimal(amount), "GBP"),
            "tax_code": LedgerId("5"),
        }
        return DocumentLine(**values | changes)

    return make


@pytest.fixture
def make_sale(make_line: Callable[..., DocumentLine]) -> Callable[..., SaleDocument]:
    def make(**changes: Any) -> SaleDocument:
        values: dict[str, Any] = {
            "form": SaleForm.RECEIPT,
            "number": "S1001",
            "dated": date(2026, 2, 28),
            "customer": Known(LedgerId("3")),
            "currency": "GBP",
            "lines": (make_line(),),
            "tax": Money(Decimal(0), "GBP"),
            "private_note": "Order 1001",
            "marker": "[c:1001]",
        }
        return SaleDocument(**values | changes)

    return make


@pytest.fixture(scope="module")
def sandbox() -> Iterator[dict[str, Any]]:
    with running("--no-limits") as announced:
        yield announced


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with open_client() as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(sandbox: dict[str, Any], client: httpx2.Client) -> dict[str, Any]:
    connector, tokens = connect(sandbox, client)
    return {
        "connector": connector,
        "tokens": tokens,
        "realm": sandbox["realm_id"],
        "url": sandbox["url"],
        "api_url": sandbox["api_url"],
    }


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
    made = Books(
        shared["connector"], store, ledger, ledger.read_company(), shared["url"], shared["api_url"], shared["realm"]
    )
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

"""The road without storage: decided documents go to a QuickBooks sandbox in this process and are read back.

It keeps in memory what the journal would: which documents of an order are in the books, which lists are planned.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx2
from tests.properties.rendering import payload_of
from tests.properties.worlds import World

from comptoir.books.company import Company, fold
from comptoir.books.context import Context, Decided, Link, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    WAVE_OF,
    AmendmentDocument,
    ApplicationDocument,
    Awaited,
    CustomerDocument,
    Document,
    ItemDocument,
    Kind,
    PostingKey,
    Reference,
    RefundDocument,
    SaleDocument,
    VoidDocument,
    Wave,
    awaited,
)
from comptoir.books.edits import is_of_sale
from comptoir.books.explain import explain_order
from comptoir.books.facts import Order, SourceId, StoreIdentity
from comptoir.books.money import Money, zero
from comptoir.books.problems import Problem, Skipped
from comptoir.books.refunds import EXCHANGE, is_out_of_credit
from comptoir.books.rules import Step
from comptoir.engine.errors import HouseError
from comptoir.engine.knowledge import index_lists
from comptoir.engine.ports import Answered, Entry, Slot
from comptoir.engine.work import resolved_settings
from comptoir.http.oauth import Tokens, TokenSource
from comptoir.http.transport import Transport
from comptoir.ledgers.quickbooks.client import QuickBooksClient, RealmId
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger
from comptoir.storage.codec import adapter
from comptoir.stores.shopify.translate import translate
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.in_process import InProcess
from comptoir_sandbox.quickbooks.app import Config, Sandbox
from comptoir_sandbox.quickbooks.oauth import ACCOUNTING_SCOPE
from comptoir_sandbox.shopify.cart import Cart

STORE = StoreIdentity("shopify:sandbox.myshopify.com")
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ADDRESS = "http://quickbooks.invalid"
BACK = "http://127.0.0.1:9/back"
LIFE = timedelta(days=100)
HOLDS = frozenset({"6140", "620"})
"""Refusals that hold a document of an edited order: its number is taken, its invoice has nothing open any more."""
DIFFERENCE = "special:refund_difference:refund difference"
"""How the item for money beyond the goods ends its key."""


@dataclass
class Granted:
    """A grant that lasts."""

    tokens: Tokens | None

    def load(self) -> Tokens | None:
        return self.tokens

    def save(self, tokens: Tokens) -> None:
        self.tokens = tokens

    def lock(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def refresh(self, tokens: Tokens | None) -> Tokens:
        raise AssertionError(f"{tokens} does not end during a test")


@contextmanager
def company_of(profile: str) -> Iterator[tuple[Sandbox, QuickBooksLedger]]:
    """A company of this profile in this process, and the connector's ledger that is signed in to it."""
    clock = Clock(NOW, speed=0)
    sandbox = Sandbox(
        Config(profile=profile, clock=clock, limits=False, token_lifetime_seconds=int(LIFE.total_seconds()))
    )
    realm = sandbox.config.realm_id
    code = sandbox.authority.issue_code(realm, BACK, frozenset({ACCOUNTING_SCOPE}))
    access = str(sandbox.authority.exchange(code, BACK)["access_token"])
    granted = Granted(Tokens(access, NOW + LIFE))
    with httpx2.Client(transport=InProcess(sandbox.app()), base_url=ADDRESS) as http:
        client = QuickBooksClient(
            Transport(http, user_agent="comptoir/test", clock=clock.now),
            TokenSource(granted, granted, clock=clock.now),
            realm_id=RealmId(realm),
            base_url=ADDRESS,
            clock=clock.now,
        )
        yield sandbox, QuickBooksLedger(client)


@dataclass
class Record:
    """What became of one order: its documents in the books, and what the rules said last."""

    number: str = ""
    decided: tuple[Decided, ...] = ()
    posted: dict[PostingKey, tuple[Decided, Entry]] = field(default_factory=dict)
    amendments: int = 0
    refused: bool = False
    """Whether the company refused one of its documents, so that it is held."""

    @property
    def held(self) -> list[Problem]:
        """Everything that stands in the way of it."""
        return [problem for each in self.decided if isinstance(each.outcome, tuple) for problem in each.outcome]

    @property
    def is_whole(self) -> bool:
        """Whether its sale is in the books, and all else that the rules want of it."""
        has_sale = any(key.kind is Kind.SALE for key in self.posted)
        left_out = any(isinstance(each.outcome, Skipped) for each in self.decided)
        return has_sale and not self.held and not left_out and not self.refused

    def documents(self) -> list[Document]:
        """What it made, customers and items too."""
        return [each.outcome for each, _ in self.posted.values() if not isinstance(each.outcome, tuple | Skipped)]


class Desk:
    """One company with its rules, and what was posted to it."""

    def __init__(self, world: World, sandbox: Sandbox, ledger: QuickBooksLedger) -> None:
        self.world = world
        self.sandbox = sandbox
        self.ledger = ledger
        self.company: Company = ledger.read_company()
        self.resolved = resolved_settings(world.settings, self.company)
        self.known = index_lists(ledger.read_items(), ledger.read_customers())
        self.records: dict[SourceId, Record] = defaultdict(Record)
        self.books: dict[PostingKey, Entry] = {}
        self.wrong: list[str] = []
        """What no run may meet: a document that cannot be written, is refused, or has another total than was meant."""
        self._linked: dict[PostingKey, Link] = {}
        self._names: dict[str, PostingKey] = {}
        self._batches = 0

    def read(self, cart: Cart) -> Order:
        """The order as the connector tells it."""
        order = translate(payload_of(cart), store=STORE)
        assert isinstance(order, Order), order
        return order

    def context(self, order: Order) -> Context:
        """What the rules know of the order, as the engine tells them."""
        record = self.records[order.source_id]
        parts = [_part(decided) for decided, _ in record.posted.values() if is_of_sale(decided.key)]
        parts = [part for part in parts if part.key.source_id == order.source_id]
        own = [key for key in record.posted if key.kind not in {Kind.CUSTOMER, Kind.ITEM}]
        if len(parts) == len(own) == 1:
            parts = [replace(parts[0], is_untouched=True)]
        sale = next((part.document for part in parts if isinstance(part.document, SaleDocument)), None)
        applied = (each for each in record.documents() if isinstance(each, ApplicationDocument))
        return Context(
            resolved=self.resolved,
            company=self.company,
            known=self.known,
            linked=self._linked,
            names_taken=self._names,
            posted_form=sale.form if sale else None,
            posted=tuple(parts),
            redeemed=frozenset(sale.redeemed) if sale else None,
            amendments=record.amendments,
            applications=tuple(applied),
            refunded=dict(_refunded(record)),
            credit_paid=_credit_paid(record),
            received={key.source_id: entry.total for key, entry in _entries(record, Kind.PAYMENT) if entry.total},
        )

    def take(self, carts: Iterable[Cart]) -> None:
        """One pass: read and decide these orders, then post everything that they ask for."""
        planned: dict[PostingKey, tuple[SourceId, Decided]] = {}
        for cart in carts:
            order = self.read(cart)
            record = self.records[order.source_id]
            self._look_twice(order)
            record.number, record.decided = order.number, self.decide(order)
            for each in record.decided:
                if each.key not in self.books and not isinstance(each.outcome, tuple | Skipped):
                    planned.setdefault(each.key, (order.source_id, each))
        for wave in Wave:
            left = [each for each in planned.values() if WAVE_OF[each[1].key.kind] is wave]
            self._post(left)
            self._post([each for each in left if each[1].after and each[1].key not in self.books])

    def decide(self, order: Order) -> tuple[Decided, ...]:
        """What the rules want of an order now; its customers and items are planned from here on."""
        decided = decide_order(order, self.context(order))
        for each in decided:
            if each.key.kind in {Kind.CUSTOMER, Kind.ITEM}:
                self._linked.setdefault(each.key, Link(each.number))
            if isinstance(each.outcome, CustomerDocument):
                self._names.setdefault(fold(each.outcome.name), each.key)
        return decided

    def _look_twice(self, order: Order) -> None:
        """Deciding twice gives the same, and so does an order whose lines come in another order."""
        context = self.context(order)
        first = decide_order(order, context)
        if decide_order(self.read_again(order), context) != first:
            self.wrong.append(f"order {order.number}: decided twice, and not the same")
        turned = replace(order, lines=tuple(reversed(order.lines)))
        if outline(decide_order(turned, context)) != outline(first):
            self.wrong.append(f"order {order.number}: other documents with its lines in another order")
        if objections_told(explain_order(order, context)) != objections(first):
            self.wrong.append(f"order {order.number}: explained otherwise than it was decided")

    def read_again(self, order: Order) -> Order:
        """The same fact, every part of it made anew."""
        again: Order = adapter(Order).validate_json(adapter(Order).dump_json(order))
        return again

    def asks_for_more(self, cart: Cart) -> list[PostingKey]:
        """What another pass over what the books hold already would post: nothing."""
        decided = decide_order(order := self.read(cart), self.context(order))
        return [
            each.key for each in decided if each.key not in self.books and not isinstance(each.outcome, tuple | Skipped)
        ]

    def _post(self, planned: list[tuple[SourceId, Decided]]) -> None:
        """Send what can be sent. An exchange follows its sale in the same wave: a second call sends it."""
        batch: list[tuple[SourceId, Decided, Slot]] = []
        lines = 0
        limits = self.ledger.batch_limits
        for source, decided in planned:
            slot = self._slot(decided)
            if slot is None:
                continue
            count = len(getattr(slot.document, "lines", ())) or 1
            if batch and (len(batch) == limits.documents or lines + count > limits.lines):
                self._send(batch)
                batch, lines = [], 0
            batch.append((source, decided, replace(slot, slot=str(len(batch)))))
            lines += count
        if batch:
            self._send(batch)

    def _slot(self, decided: Decided) -> Slot | None:
        """The document with what it refers to; None where that is not in the books, or it cannot be written."""
        document = decided.outcome
        if isinstance(document, tuple | Skipped):
            return None
        needs = awaited(document) | ({decided.after} if decided.after else set())
        if not needs <= self.books.keys():
            return None
        versions = {}
        if isinstance(document, AmendmentDocument | VoidDocument) and isinstance(document.target, Awaited):
            versions = {document.target.key: self.books[document.target.key].version}
        slot = Slot("0", document, {key: self.books[key].id for key in needs}, versions)
        try:
            self.ledger.freeze([slot])
        except ValueError as error:
            self.wrong.append(f"{decided.key}: {error}")
            return None
        return slot

    def _send(self, batch: list[tuple[SourceId, Decided, Slot]]) -> None:
        self._batches += 1
        body = self.ledger.freeze([slot for _, _, slot in batch])
        answer = self.ledger.send(f"batch-{self._batches:08d}-", body)
        assert isinstance(answer, Answered), answer
        outcomes = {result.slot: result.outcome for result in answer.results}
        for source, decided, slot in batch:
            self._note(source, decided, slot.document, outcomes[slot.slot])

    def _note(self, source: SourceId, decided: Decided, document: Document, outcome: Entry | HouseError) -> None:
        if isinstance(outcome, HouseError) and outcome.code in HOLDS:
            self.records[source].refused = True
            return
        if isinstance(outcome, HouseError):
            self.wrong.append(f"{decided.key}: {outcome.detail}")
            return
        meant = None if isinstance(document, CustomerDocument | ItemDocument) else document.total
        if outcome.total != meant:
            self.wrong.append(f"{decided.key}: the books say {outcome.total}, {meant} was meant")
        self.books[decided.key] = outcome
        record = self.records[source]
        if isinstance(document, AmendmentDocument | VoidDocument) and isinstance(document.target, Awaited):
            target = document.target.key
            record.amendments += 1
            self.books[target] = outcome
            was = record.posted.pop(target)[0]
            if isinstance(document, AmendmentDocument):
                record.posted[target] = (replace(was, outcome=document.sale, total=decided.total), outcome)
            return
        record.posted[decided.key] = (decided, outcome)

    def accounts(self, source: SourceId) -> dict[str, Decimal]:
        """What an order's documents did to each account (by name), debits positive, in the documents' currency."""
        found: dict[str, Decimal] = defaultdict(Decimal)
        accounts = self.sandbox.company.records["Account"]
        for _, entry in self.records[source].posted.values():
            posted = self.sandbox.company.ledger.entries.get((entry.type, entry.id))
            for posting in posted.postings if posted else ():
                found[accounts[posting.account].data["FullyQualifiedName"]] += posting.own
        return found

    def differences(self, source: SourceId) -> Decimal:
        """What lines for the difference between the value and the money of refunds come to."""
        forms = (each for each in self.records[source].documents() if isinstance(each, RefundDocument))
        lines = (line for form in forms for line in form.lines)
        return sum((each.amount.amount for each in lines if _is_difference(each.item)), Decimal(0))


def _is_difference(item: Reference) -> bool:
    return isinstance(item, Awaited) and item.key.source_id.endswith(DIFFERENCE)


def objections(decided: Iterable[Decided]) -> set[str]:
    """Everything that holds something of an order, or leaves it out."""
    found: set[str] = set()
    for each in decided:
        if isinstance(each.outcome, tuple):
            found.update(str(problem.what) for problem in each.outcome)
        elif isinstance(each.outcome, Skipped):
            found.add(str(each.outcome.why))
    return found


def objections_told(steps: Iterable[Step]) -> set[str]:
    """What the steps of an explanation say that stops something."""
    return {str(said) for step in steps for said in step.said if step.stops}


def outline(decided: Iterable[Decided]) -> dict[str, object]:
    """What the documents come to, whatever the order of their lines: totals, taxes, and net by tax code."""
    found: dict[str, object] = {}
    for each in decided:
        outcome = each.outcome
        if isinstance(outcome, tuple):
            found[str(each.key)] = sorted((problem.code, problem.cause) for problem in outcome)
        elif isinstance(outcome, SaleDocument | RefundDocument):
            codes: dict[str, Decimal] = defaultdict(Decimal)
            for line in outcome.lines:
                codes[str(line.tax_code)] += line.amount.amount
            rates = sorted((rate.rate, rate.amount.amount, rate.base.amount) for rate in outcome.rates)
            found[str(each.key)] = (outcome.total, outcome.tax, dict(codes), rates)
        elif isinstance(outcome, Skipped):
            found[str(each.key)] = outcome.rule
        elif not isinstance(outcome, CustomerDocument | ItemDocument):
            found[str(each.key)] = outcome.total
    return found


def _refunded(record: Record) -> Iterator[tuple[SourceId, RefundDocument | SaleDocument]]:
    """What each refund is in the books."""
    for key, (decided, _) in record.posted.items():
        is_refund = key.part == EXCHANGE or (key.kind is Kind.REFUND and not key.part)
        if is_refund and isinstance(decided.outcome, RefundDocument | SaleDocument):
            yield key.source_id, decided.outcome


def _credit_paid(record: Record) -> dict[SourceId, Money]:
    """What each refund gave back of money paid beyond the sales."""
    found: dict[SourceId, Money] = {}
    for key, entry in _entries(record, Kind.CASH_BACK):
        if is_out_of_credit(key) and entry.total is not None:
            found[key.source_id] = found.get(key.source_id, zero(entry.total.currency)) + entry.total
    return found


def _entries(record: Record, kind: Kind) -> Iterator[tuple[PostingKey, Entry]]:
    """The documents of a kind, as the books hold them."""
    return ((key, entry) for key, (_, entry) in record.posted.items() if key.kind is kind)


def _part(decided: Decided) -> PostedPart:
    document = decided.outcome
    assert isinstance(document, SaleDocument | RefundDocument)
    total = decided.total or document.total
    return PostedPart(decided.key, total if decided.key.kind is Kind.SALE else -total, document)

"""QuickBooks Online as the engine's `Ledger`: client and translation joined, and the meaning of a batch's answer."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from comptoir.books.company import Account, AccountType, Company, CustomerRecord, ItemRecord, ListNews, Lists, TaxCode
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.engine.errors import HouseError, RetryLater
from comptoir.engine.ports import (
    Answered,
    BatchLimits,
    Changes,
    Entry,
    NewTaxCode,
    NoAnswer,
    NotSent,
    Slot,
    SlotResult,
)
from comptoir.http.transport import Answer, MalformedBody, Unreachable
from comptoir.ledgers.quickbooks import accounts, balances, listing, tax_codes, texts, wire
from comptoir.ledgers.quickbooks.changes import OVERLAP, Captured, capture
from comptoir.ledgers.quickbooks.client import BATCH_ITEMS, QuickBooksClient, rows_of
from comptoir.ledgers.quickbooks.company import identity_of
from comptoir.ledgers.quickbooks.entries import (
    CATEGORY,
    FORMS,
    KIND_OF_FORM,
    MONEY_FORMS,
    item_entry,
    name_entry,
    to_entry,
)
from comptoir.ledgers.quickbooks.errors import (
    DUPLICATE_REQUEST_ID,
    LOCKED,
    OBJECT_NOT_FOUND,
    SYSTEM_FAULTS,
    error_of,
    fault_of,
    house_error,
    members,
    shaped,
    tid,
)
from comptoir.ledgers.quickbooks.export import export_company
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE, PAGE_ROWS, among, between, chunks, select
from comptoir.ledgers.quickbooks.translate import CompanyFacts, encode, encode_batch, facts_of

BATCH_LINES = 300
REPLAY_WINDOW_SECONDS = 600
APP_URL = "https://app.qbo.intuit.com/app"
SANDBOX_APP_URL = "https://app.sandbox.qbo.intuit.com/app"

_OK = 200
_CLIENT_FAULTS = frozenset({400, 401, 403, 404, 405, 406, 411, 413, 414, 415, 421, 429, 431})
"""Statuses with which a request is turned away at the door; 408 and 409 are not among them."""
_UNREACHABLE = Message("QuickBooks could not be reached. Nothing was sent; it will be tried again shortly.")

_FIELDS: dict[Kind, tuple[str, Callable[[str], str]]] = {
    Kind.SALE: ("DocNumber", str),
    Kind.REFUND: ("DocNumber", str),
    Kind.PAYMENT: ("PaymentRefNum", texts.reference),
    Kind.CASH_BACK: ("DocNumber", str),
    Kind.APPLICATION: ("PaymentRefNum", texts.reference),
    Kind.AMENDMENT: ("DocNumber", str),
    Kind.VOID: ("DocNumber", str),
    Kind.JOURNAL: ("DocNumber", str),
    Kind.CUSTOMER: ("DisplayName", texts.customer_name),
    Kind.ITEM: ("Name", texts.item_name),
}
"""By what a record of each kind is found again, and how that text was sent. A deposit has neither number nor name."""

_PAGES = {
    "Invoice": "invoice?txnId=",
    "SalesReceipt": "salesreceipt?txnId=",
    "CreditMemo": "creditmemo?txnId=",
    "RefundReceipt": "refundreceipt?txnId=",
    "Payment": "recvpayment?txnId=",
    "Purchase": "expense?txnId=",
    "Deposit": "deposit?txnId=",
    "JournalEntry": "journal?txnId=",
    "Customer": "customerdetail?nameId=",
    "Vendor": "vendordetail?nameId=",
}


class QuickBooksLedger:
    """One company. `company` may be one that was read earlier; else it is read when it is first needed."""

    batch_limits: BatchLimits = BatchLimits(documents=BATCH_ITEMS, lines=BATCH_LINES)
    replay_window_seconds: int = REPLAY_WINDOW_SECONDS

    def __init__(self, client: QuickBooksClient, company: Company | None = None, *, pages: str = APP_URL) -> None:
        """`pages`: where QuickBooks shows its companies to people; "" where nothing does."""
        self.identity = identity_of(client.realm_id)
        self._pages = pages
        self._client = client
        self._facts = None if company is None else facts_of(company)

    def read_company(self) -> Company:
        """The company, its preferences and lists."""
        return self._opened(listing.read_company(self._client))

    def read_lists(self) -> Lists:
        """The company with every item and customer."""
        lists = listing.read_lists(self._client)
        self._opened(lists.company)
        return lists

    def read_balances(self, on: date) -> dict[LedgerId, Money]:
        """The trial balance at the end of that day."""
        return balances.read_balances(self._client, on)

    def make_account(self, name: str, kind: AccountType) -> Account:
        """An account of this name and kind; made under a request id of its own where there is none."""
        return accounts.make_account(self._client, name, kind)

    def make_tax_code(self, wanted: NewTaxCode) -> TaxCode:
        """A tax code of this name and rate; made by the tax service where there is none."""
        return tax_codes.make_tax_code(self._client, wanted)

    def _opened(self, company: Company) -> Company:
        """From here on documents can be told, and written, in the company's terms."""
        self._facts = facts_of(company)
        return company

    def export_company(self) -> dict[str, list[dict[str, Any]] | dict[str, Any]]:
        """Settings and lists as QuickBooks answers them, by entity, for a local copy of the company.

        Customers', vendors' and employees' personal data are among them: they stay on the user's machine.
        """
        return export_company(self._client)

    def read_items(self) -> Iterator[ItemRecord]:
        """Every item, active or not. Categories are left out: they cannot be sold."""
        return listing.items_of(self._client.rows("Item", ALSO_INACTIVE, wire.Item))

    def read_customers(self) -> Iterator[CustomerRecord]:
        """Every customer, active or not."""
        return listing.customers_of(
            self._client.rows("Customer", ALSO_INACTIVE, wire.Name), self._known_facts().currency
        )

    def freeze(self, slots: Sequence[Slot]) -> bytes:
        """The body of one batch, in the company's terms."""
        if len(slots) > BATCH_ITEMS:
            raise ValueError(f"a batch holds at most {BATCH_ITEMS} documents")
        if len({slot.slot for slot in slots}) < len(slots):
            raise ValueError("two documents of a batch have the same slot")
        return encode_batch(slots, self._known_facts())

    def part(self, body: bytes, slot: str) -> str:
        """The write of one slot, laid out for a reader."""
        items = json.loads(body, parse_float=Decimal)["BatchItemRequest"]
        return next((readable(item) for item in items if str(item["bId"]) == slot), "")

    def send(self, request_id: str, body: bytes) -> Answered | NoAnswer | NotSent:
        """Send a frozen batch under `request_id` (at most 36 characters).

        `NotSent` speaks of this attempt alone: after an earlier one without answer the batch stays in doubt.
        """
        try:
            answer = self._client.batch(body, request_id=request_id)
        except Unreachable as error:
            if error.certainly_not_sent:
                return NotSent(RetryLater(_UNREACHABLE, detail=error.detail))
            return NoAnswer(error.detail)
        except MalformedBody as error:
            return NoAnswer(str(error))
        except HouseError as error:  # the token could not be refreshed; a 401 before it did nothing
            return NotSent(error)
        return self._answered(answer, frozen_slots(body)) if answer.status == _OK else self._refused(answer)

    def remove(self, entry: Entry) -> None:
        """Delete a document of ours in the version that was answered; one that is gone already is as good."""
        try:
            self._client.delete(entry.type, entry.id, entry.version)
        except HouseError as error:
            if error.code != OBJECT_NOT_FOUND:
                raise

    def find(self, kind: Kind, numbers: Sequence[str], *, sparing: bool = False) -> list[Entry]:
        """What the ledger holds under these numbers, in every form that such a record may take.

        Where a name or reference had to be cleaned or shortened to be sent, its entry comes back under the text that
        was asked for. Only active names are found: an inactive one gives its name free. `sparing`: no batch is used.
        """
        if kind not in _FIELDS:
            return []
        field, as_sent = _FIELDS[kind]
        asked = {as_sent(number).casefold(): number for number in numbers if number}
        sent = sorted({as_sent(number) for number in numbers if number})
        wanted = [(form, among(field, chunk)) for chunk in chunks(sent) for form in FORMS[kind]]
        found = [
            entry
            for form, rows in self._lookup(wanted, sparing=sparing)
            for entry in (self._entry(kind, form, row) for row in rows)
        ]
        return [_renamed(entry, asked) for entry in found]

    def read_documents(self, *, since: date, until: date) -> Iterable[Entry]:
        """Every document of the forms that we make dated in [since, until]."""
        where = between("TxnDate", since, until)
        for form in MONEY_FORMS:
            for row in self._client.rows(form, where, dict[str, Any]):
                yield self._entry(KIND_OF_FORM[form], form, row)

    def reread(self, records: Sequence[tuple[str, LedgerId]]) -> dict[tuple[str, LedgerId], Entry]:
        """These records as they are now, inactive ones too; those that are missing were deleted in QuickBooks."""
        wanted = [
            (form, " AND ".join([among("Id", chunk), *([ALSO_INACTIVE] if form in _LISTS else [])]))
            for form, ids in _by_form(records).items()
            for chunk in chunks(ids)
        ]
        return {
            (entry.type, entry.id): entry
            for form, rows in self._lookup(wanted)
            for entry in (self._entry(KIND_OF_FORM[form], form, row) for row in rows)
        }

    def changes(self, since: datetime, known: Lists | None = None) -> Changes | None:
        """What happened since: None beyond 30 days, and where it cannot be told whole (§6).

        With `known`, one call tells of documents and lists, and a second reads what no change tells of: the
        preferences, taxes and currencies, and the stock of items that had none.
        """
        if known is not None:
            self._opened(known.company)
        found = capture(self._client, MONEY_FORMS if known is None else (*MONEY_FORMS, *listing.TOLD), since)
        if found is None:
            return None
        return Changes(
            changed=tuple(
                self._entry(KIND_OF_FORM[form], form, row) for form, row in found.changed if form in MONEY_FORMS
            ),
            deleted=tuple(record for record in found.deleted if record[0] in MONEY_FORMS),
            until=found.at - OVERLAP,
            lists=None if known is None else self._news(known, found),
        )

    def _news(self, known: Lists, found: Captured) -> ListNews:
        news = listing.news(self._client, known, found)
        self._opened(news.company)
        return news

    def link(self, form: str, identity: LedgerId) -> str:
        """The record's page in QuickBooks, in the company the user is signed in to (addresses unverified)."""
        page = _PAGES.get(form)
        if not self._pages:
            return ""
        return f"{self._pages}/items" if page is None else f"{self._pages}/{page}{identity}"

    def _known_facts(self) -> CompanyFacts:
        return facts_of(self.read_company()) if self._facts is None else self._facts

    def _lookup(
        self, wanted: Sequence[tuple[str, str]], *, sparing: bool = False
    ) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """The rows of each (form, condition): together in batch calls, and page by page where a page is full."""
        statements = [select(form, where) for form, where in wanted]
        answers = self._client.query_batch(statements, sparing=sparing)
        for (form, where), response in zip(wanted, answers, strict=True):
            rows = rows_of(response, form)
            if len(rows) >= PAGE_ROWS:
                rows = list(self._client.rows(form, where, dict[str, Any]))
            yield form, rows

    def _entry(self, kind: Kind, form: str, row: dict[str, Any]) -> Entry:
        if kind is Kind.CUSTOMER:
            return name_entry(form, shaped(row, wire.Name))
        if kind is Kind.ITEM:
            return item_entry(shaped(row, wire.Item))
        return to_entry(kind, form, row, self._known_facts().currency)

    def _answered(self, answer: Answer, slots: Sequence[str]) -> Answered | NoAnswer | NotSent:
        """The results of a batch that came with 200. An answer that does not cover every slot once is no answer."""
        try:
            body = members(answer.json())
        except MalformedBody as error:
            return NoAnswer(f"HTTP 200 {tid(answer)}: {error}")
        if wire.parse_fault(body) is not None:
            return self._refused(answer)
        items = [item for item in body.get("BatchItemResponse") or [] if isinstance(item, dict)]
        by_slot = {str(item.get("bId")): item for item in items}
        if len(items) != len(slots) or set(by_slot) != set(slots):
            return NoAnswer(f"HTTP 200 {tid(answer)}: {len(items)} results for {len(slots)} documents")
        try:
            return Answered(
                tuple(
                    SlotResult(slot, self._outcome(by_slot[slot], tid(answer)), readable(by_slot[slot]).encode())
                    for slot in slots
                )
            )
        except HouseError as error:
            return NoAnswer(f"HTTP 200 {tid(answer)}: {error.detail}")

    def _outcome(self, item: dict[str, Any], request_id: str) -> Entry | HouseError:
        fault = wire.parse_fault(item)
        if fault is not None:
            return house_error(fault, request_id=request_id, now=self._client.clock())
        form = next((name for name in KIND_OF_FORM if name in item), "")
        return self._entry(KIND_OF_FORM.get(form, Kind.SALE), form, item.get(form, {}))

    def _refused(self, answer: Answer) -> NoAnswer | NotSent:
        """An answer without results: certainly not carried out only where the service turned the request away."""
        fault = fault_of(answer)
        code = "" if fault is None else fault.first.code
        turned_away = code in LOCKED or (answer.status in _CLIENT_FAULTS and code not in _IN_DOUBT)
        if fault is not None and answer.status == _OK:
            turned_away = code not in _IN_DOUBT and fault.type.lower() != "systemfault"
        error = error_of(answer, now=self._client.clock())
        return NotSent(error) if turned_away else NoAnswer(error.detail)


_IN_DOUBT = SYSTEM_FAULTS | {DUPLICATE_REQUEST_ID}
"""System faults may come after the work; a duplicate request id says that an earlier send arrived."""


def readable(item: Mapping[str, Any]) -> str:
    """A part of a batch laid out for a reader, without its place in it."""
    told = {name: value for name, value in item.items() if name != "bId"}
    return msgspec.json.format(encode(told), indent=1).decode()


def frozen_slots(body: bytes) -> list[str]:
    """The slots of a frozen batch, in its order."""
    return [str(item["bId"]) for item in json.loads(body)["BatchItemRequest"]]


_LISTS = frozenset({*FORMS[Kind.CUSTOMER], *FORMS[Kind.ITEM]})


def _by_form(records: Sequence[tuple[str, LedgerId]]) -> Mapping[str, list[str]]:
    """The ids to ask for of each entity; a category is an item."""
    found: dict[str, set[str]] = {}
    for form, identity in records:
        found.setdefault("Item" if form == CATEGORY else form, set()).add(identity)
    return {form: sorted(ids) for form, ids in found.items()}


def _renamed(entry: Entry, asked: dict[str, str]) -> Entry:
    number = asked.get(entry.number.casefold(), entry.number)
    if number.casefold() == entry.number.casefold():
        return entry
    return dataclasses.replace(entry, number=number)

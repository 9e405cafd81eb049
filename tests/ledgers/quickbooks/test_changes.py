"""What changed since: in one answer, form by form where one comes full, or not told at all."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.conftest import NOW

from comptoir.books.company import CustomerRecord, ItemRecord, Lists
from comptoir.books.documents import LedgerId
from comptoir.books.money import Money
from comptoir.engine.errors import RetryLater, Unexpected
from comptoir.ledgers.quickbooks.entries import MONEY_FORMS
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
SINCE = NOW - DAY


def cdc(*pages: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"CDCResponse": [{"QueryResponse": list(pages)}], "time": "2026-03-01T03:59:58.300-08:00", **more}


def test_changes_over_all_forms(api: Any, ledger: QuickBooksLedger) -> None:
    gone = {"domain": "QBO", "status": "Deleted", "Id": "39", "MetaData": {"LastUpdatedTime": "2026-02-28T10:00:00Z"}}
    invoice = {"Id": "5", "SyncToken": "2", "TotalAmt": Decimal(1)}
    page = {"Invoice": [json.loads(json.dumps(invoice, default=float)), gone], "startPosition": 1, "totalCount": 2}
    api.answer(cdc(page, {}, {"Payment": [{"Id": "8", "SyncToken": "0"}]}))
    told = ledger.changes(NOW - DAY)
    assert told is not None
    assert [(entry.type, entry.id, entry.version) for entry in told.changed] == [
        ("Invoice", "5", "2"),
        ("Payment", "8", "0"),
    ]
    assert told.changed[0].total == Money(Decimal(1), "GBP")
    assert told.deleted == (("Invoice", "39"),)
    assert told.until == NOW - timedelta(minutes=5, seconds=1.7), "the answer's own time, less an overlap"
    url = api.sent[0].url
    assert url.path.endswith("/cdc")
    assert url.params["changedSince"] == "2026-02-28T12:00:00+00:00"
    assert url.params["entities"] == (
        "Invoice,SalesReceipt,CreditMemo,RefundReceipt,Payment,Purchase,Deposit,JournalEntry"
    )


def test_beyond_thirty_days_nothing_is_asked(ledger: QuickBooksLedger) -> None:
    assert ledger.changes(NOW - 30 * DAY) is None


def test_almost_full_is_whole(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(cdc({"Invoice": [{"Id": str(at)} for at in range(999)]}))
    told = ledger.changes(NOW - DAY)
    assert told is not None
    assert len(told.changed) == 999


@pytest.mark.parametrize("time", ["", "yesterday", "2026-03-01T03:59:58"])
def test_without_a_time_it_goes_on_from_when_it_asked(api: Any, ledger: QuickBooksLedger, time: str) -> None:
    api.answer(cdc(time=time))
    told = ledger.changes(NOW - DAY)
    assert told is not None
    assert told.until == NOW - timedelta(minutes=5)


def test_a_fault_inside_the_answer(api: Any, ledger: QuickBooksLedger) -> None:
    fault = {"Error": [{"Message": "m", "Detail": "d", "code": "10000"}], "type": "SystemFault"}
    api.answer({"CDCResponse": [{"Fault": fault}]})
    with pytest.raises(RetryLater):
        ledger.changes(NOW - DAY)


def test_a_change_that_is_no_record(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(cdc({"Invoice": [{"Balance": 5}]}))
    with pytest.raises(Unexpected):
        ledger.changes(NOW - DAY)


class Busy:
    """A company in which much happened: `spans` are how many records of a form changed, a second after the other."""

    def __init__(self, **numbers: int) -> None:
        self.rows = {form: [self.row(place) for place in range(number)] for form, number in numbers.items()}
        self.keeps_newest = False
        self.shuffled = False
        self.asked: list[str] = []

    @staticmethod
    def row(place: int, **members: Any) -> dict[str, Any]:
        at = (SINCE + SECOND * (place + 1)).isoformat()
        return {"Id": str(place), "SyncToken": "0", "MetaData": {"LastUpdatedTime": at}, **members}

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/batch"):
            return httpx2.Response(200, json=self._count(json.loads(request.content)))
        forms = request.url.params["entities"].split(",")
        self.asked.append(forms[0] if len(forms) == 1 else "all")
        since = datetime.fromisoformat(request.url.params["changedSince"])
        room, pages = 1000, []
        for form in forms:
            found = [row for row in self.rows.get(form, []) if self._at(row) >= since]
            page = found[-room:] if self.keeps_newest and room else found[:room]
            room -= len(page)
            pages.append({form: list(reversed(page)) if self.shuffled else page})
        return httpx2.Response(200, json=cdc(*pages, time=NOW.isoformat()))

    @staticmethod
    def _at(row: dict[str, Any]) -> datetime:
        return datetime.fromisoformat(row["MetaData"]["LastUpdatedTime"])

    def _count(self, body: dict[str, Any]) -> dict[str, Any]:
        items = []
        for item in body["BatchItemRequest"]:
            assert "MetaData.LastUpdatedTime >= '2026-02-28T12:00:00+00:00'" in item["Query"]
            assert "MetaData.LastUpdatedTime <= '2026-03-01T12:00:00+00:00'" in item["Query"]
            form = item["Query"].removeprefix("SELECT COUNT(*) FROM ").split()[0]
            there = [row for row in self.rows.get(form, []) if "status" not in row and self._at(row) <= NOW]
            items.append({"bId": item["bId"], "QueryResponse": {"totalCount": len(there)}})
        return {"BatchItemResponse": items}


FORM_BY_FORM = 1 + len(MONEY_FORMS)


def test_a_full_answer_is_read_on_form_by_form(api: Any, ledger: QuickBooksLedger) -> None:
    busy = Busy(Invoice=2500, Payment=700)
    busy.rows["Invoice"][10] = Busy.row(10, status="Deleted")
    api.script += [busy] * (FORM_BY_FORM + 2 + 1)
    told = ledger.changes(SINCE)
    assert told is not None
    assert busy.asked == ["all", "Invoice", "Invoice", "Invoice", *MONEY_FORMS[1:]]
    assert len({(entry.type, entry.id) for entry in told.changed}) == len(told.changed) == 2499 + 700
    assert told.deleted == (("Invoice", "10"),)
    assert told.until == NOW - timedelta(minutes=5)


def test_a_record_that_changes_while_it_is_read_is_told_as_it_is_last(api: Any, ledger: QuickBooksLedger) -> None:
    busy = Busy(Invoice=1500)

    def deleted_meanwhile(request: httpx2.Request) -> httpx2.Response:
        busy.rows["Invoice"][5] = {**Busy.row(1600, status="Deleted"), "Id": "5"}
        busy.rows["Invoice"].sort(key=Busy._at)
        return busy(request)

    api.script += [busy, busy, deleted_meanwhile, *[busy] * len(MONEY_FORMS)]
    told = ledger.changes(SINCE)
    assert told is not None
    assert told.deleted == (("Invoice", "5"),)
    assert "5" not in {entry.id for entry in told.changed}


@pytest.mark.parametrize(
    ("trait", "calls"),
    [("keeps_newest", FORM_BY_FORM + 1 + 1), ("shuffled", 2)],
)
def test_an_order_that_does_not_lead_on_is_not_told(api: Any, ledger: QuickBooksLedger, trait: str, calls: int) -> None:
    """Were the newest kept, or the order another, part would be missed in silence: the count tells."""
    busy = Busy(Invoice=1500)
    setattr(busy, trait, True)
    api.script += [busy] * calls
    assert ledger.changes(SINCE) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.update(MetaData={"LastUpdatedTime": (SINCE + SECOND).isoformat()}),
        lambda row: row.update(MetaData={"LastUpdatedTime": (SINCE - SECOND).isoformat()}),
    ],
    ids=["going back", "before it began"],
)
def test_times_that_lead_nowhere(api: Any, ledger: QuickBooksLedger, spoil: Any) -> None:
    page = [Busy.row(at) for at in range(1000)]
    spoil(page[-1])
    for _ in range(2):
        api.answer(cdc({"Invoice": page}))
    assert ledger.changes(SINCE) is None


def test_too_many_at_one_time(api: Any, ledger: QuickBooksLedger) -> None:
    """More than an answer holds within one second: there is no way past it."""
    page = [{**Busy.row(0), "Id": str(at)} for at in range(1000)]
    for _ in range(3):
        api.answer(cdc({"Invoice": page}))
    assert ledger.changes(SINCE) is None


def test_records_without_a_time_are_not_read_on(api: Any, ledger: QuickBooksLedger) -> None:
    page = [{"Id": str(at), "MetaData": {}} for at in range(1000)]
    for _ in range(2):
        api.answer(cdc({"Invoice": page}))
    assert ledger.changes(SINCE) is None


def test_reading_on_comes_to_an_end(api: Any, ledger: QuickBooksLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.ledgers.quickbooks.changes.MOST_ANSWERS", 2)
    busy = Busy(Invoice=5000)
    api.script += [busy] * 3
    assert ledger.changes(SINCE) is None


def test_a_count_that_is_not_told_is_no_count(api: Any, ledger: QuickBooksLedger) -> None:
    busy = Busy(Invoice=1500)
    api.script += [busy] * (FORM_BY_FORM + 1)
    api.answer({"BatchItemResponse": [{"bId": str(at), "QueryResponse": {}} for at in range(len(MONEY_FORMS))]})
    assert ledger.changes(SINCE) is None


def test_pages_that_are_none_say_nothing(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(
        {"CDCResponse": ["x", {"QueryResponse": "y"}, {"QueryResponse": [7, {"Invoice": ["z"], "maxResults": 1}]}]}
    )
    told = ledger.changes(SINCE)
    assert told is not None
    assert (told.changed, told.deleted) == ((), ())


# Lists


def lists(company: Any, *items: ItemRecord) -> Lists:
    return Lists(company, items, (CustomerRecord(LedgerId("3"), "Jo", "jo@x.example", "GBP"),), SINCE)


def item(identity: str, quantity: int | None) -> ItemRecord:
    amount = None if quantity is None else Decimal(quantity)
    return ItemRecord(LedgerId(identity), f"Mug {identity}", identity, "Inventory", quantity=amount)


def asked_with(api: Any, **found: list[dict[str, Any]]) -> list[str]:
    """One batch of queries is answered by their entities; the statements."""
    statements: list[str] = []

    def answered(request: httpx2.Request) -> httpx2.Response:
        items = json.loads(request.content)["BatchItemRequest"]
        statements.extend(each["Query"] for each in items)
        entities = [each["Query"].split(" FROM ")[1].split()[0] for each in items]
        told = [
            {"bId": each["bId"], "QueryResponse": {entity: found.get(entity, [])}}
            for each, entity in zip(items, entities, strict=True)
        ]
        return httpx2.Response(200, json={"BatchItemResponse": told})

    api.script.append(answered)
    return statements


def test_documents_and_lists_take_one_call_and_what_no_change_tells_of_another(
    api: Any, ledger: QuickBooksLedger, make_company: Any
) -> None:
    """The stock of an item moves without a change of the item (§17): only of one that had none it is of interest."""
    known = lists(make_company(), item("7", 0), item("8", 5), item("9", None))
    api.answer(
        cdc(
            {"Invoice": [{"Id": "5", "SyncToken": "2", "TotalAmt": 1}]},
            {"Customer": [{"Id": "4", "DisplayName": "Zoe"}, {"Id": "3", "status": "Deleted"}]},
            {
                "Item": [
                    {"Id": "11", "Name": "Shelf", "Type": "Category"},
                    {"Id": "12", "Name": "Cup", "Type": "Service"},
                ]
            },
        )
    )
    statements = asked_with(
        api, Preferences=[{"AccountingInfoPrefs": {"BookCloseDate": "2025-12-31"}}], Item=[{"Id": "7", "QtyOnHand": 3}]
    )
    told = ledger.changes(SINCE, known)
    assert told is not None
    assert told.lists is not None
    assert [each.id for each in told.changed] == ["5"]
    assert told.deleted == ()
    assert [(each.id, each.quantity) for each in told.lists.items] == [("7", 3), ("12", None)]
    assert [each.name for each in known.renewed(told.lists).customers] == ["Zoe"]
    assert told.lists.company.books_closed_until == date(2025, 12, 31)
    (stock,) = [each for each in statements if " FROM Item " in each]
    assert "Id IN ('7')" in stock
    assert api.sent[0].url.params["entities"].endswith(",Account,Item,Customer,PaymentMethod,Class,Department")
    assert len(api.sent) == 2


def test_lists_that_cannot_be_told_whole_are_not_told_at_all(ledger: QuickBooksLedger, make_company: Any) -> None:
    assert ledger.changes(NOW - 30 * DAY, lists(make_company())) is None

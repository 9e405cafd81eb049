"""Documents of ours after they were made: written anew, voided, read again, told as changed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from comptoir.books.documents import (
    AmendmentDocument,
    Awaited,
    Document,
    Kind,
    Known,
    LedgerId,
    PostingKey,
    SaleForm,
    VoidDocument,
)
from comptoir.books.facts import SourceId, StoreIdentity
from comptoir.engine.errors import Conflict, Refused
from comptoir.engine.ports import Answered, Entry, Slot
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger

KEY = PostingKey(StoreIdentity("shopify:a"), Kind.SALE, SourceId("1"))
VOID = VoidDocument(Awaited(KEY), "S1001", date(2026, 2, 28), "GBP", "[c:1001]")
DAY = timedelta(days=1)


def slot(document: Document, versions: dict[PostingKey, str] | None = None) -> Slot:
    return Slot("1", document, {KEY: LedgerId("130")}, {KEY: "2"} if versions is None else versions)


def frozen(ledger: QuickBooksLedger, document: Document) -> dict[str, Any]:
    (found,) = json.loads(ledger.freeze([slot(document)]))["BatchItemRequest"]
    return dict(found)


def test_an_amendment_writes_all_that_is_ours_and_nothing_else(ledger: QuickBooksLedger, make_sale: Any) -> None:
    sale = make_sale(form=SaleForm.INVOICE, memo="Thanks")
    created, updated = frozen(ledger, sale), frozen(ledger, AmendmentDocument(Awaited(KEY), sale, "[a]"))
    assert (created["operation"], updated["operation"], updated["bId"]) == ("create", "update", "1")
    ours = {name: value for name, value in created["Invoice"].items() if name not in {"EmailStatus", "PrintStatus"}}
    assert updated["Invoice"] == {"Id": "130", "SyncToken": "2", "sparse": True, **ours}


def test_a_receipt_is_amended_too(ledger: QuickBooksLedger, make_sale: Any) -> None:
    updated = frozen(ledger, AmendmentDocument(Awaited(KEY), make_sale(), "[a]"))
    assert updated["SalesReceipt"]["SyncToken"] == "2"


def test_a_number_of_quickbooks_is_kept(ledger: QuickBooksLedger, make_sale: Any) -> None:
    invoice = frozen(ledger, AmendmentDocument(Awaited(KEY), make_sale(form=SaleForm.INVOICE, number=""), "[a]"))[
        "Invoice"
    ]
    assert invoice["sparse"] is True
    assert not {"DocNumber", "AutoDocNumber"} & set(invoice)


def test_a_void_names_its_version_alone(ledger: QuickBooksLedger) -> None:
    assert frozen(ledger, VOID) == {
        "bId": "1", "operation": "void", "Invoice": {"Id": "130", "SyncToken": "2"},
    }  # fmt: skip


@pytest.mark.parametrize("target", [Awaited(KEY), Known(LedgerId("130"))])
def test_nothing_is_written_upon_an_unknown_version(ledger: QuickBooksLedger, target: Any) -> None:
    document = VoidDocument(target, "S1001", date(2026, 2, 28), "GBP", "[c:1001]")
    with pytest.raises(ValueError, match="version"):
        ledger.freeze([slot(document, versions={})])


@pytest.mark.parametrize(("code", "error"), [("5010", Conflict), ("610", Refused), ("6540", Refused)])
def test_a_stale_or_gone_target_is_told(api: Any, ledger: QuickBooksLedger, code: str, error: type[Exception]) -> None:
    fault = {"Error": [{"Message": "m", "Detail": "why", "code": code}], "type": "ValidationFault"}
    api.answer({"BatchItemResponse": [{"bId": "1", "Fault": fault}]})
    answer = ledger.send("r", ledger.freeze([slot(VOID)]))
    assert isinstance(answer, Answered)
    assert isinstance(answer.results[0].outcome, error)


def test_a_voids_answer(api: Any, ledger: QuickBooksLedger) -> None:
    row = {"Id": "130", "SyncToken": "3", "TotalAmt": 0, "Balance": 0, "PrivateNote": "Voided - Order 1001\n[c:1001]"}
    api.answer({"BatchItemResponse": [{"bId": "1", "Invoice": row}]})
    answer = ledger.send("r", ledger.freeze([slot(VOID)]))
    assert isinstance(answer, Answered)
    entry = answer.results[0].outcome
    assert isinstance(entry, Entry)
    assert (entry.kind, entry.version, entry.voided, entry.total) == (Kind.SALE, "3", True, VOID.total)


MADE = Entry(Kind.SALE, LedgerId("130"), "2", "SalesReceipt", number="S1001")


def test_removing_deletes_the_version_that_was_answered(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer({"SalesReceipt": {"domain": "QBO", "status": "Deleted", "Id": "130"}})
    ledger.remove(MADE)
    (request,) = api.sent
    assert request.url.path.endswith("/salesreceipt")
    assert request.url.params["operation"] == "delete"
    assert api.body() == {"Id": "130", "SyncToken": "2"}


def test_a_removal_without_answer_is_tried_again_and_what_is_gone_is_gone(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(b"<html>Gateway Timeout</html>", 504)
    api.fault("610")
    ledger.remove(MADE)
    assert len(api.sent) == 2


@pytest.mark.parametrize(("code", "error"), [("5010", Conflict), ("6540", Refused), ("6200", Refused)])
def test_what_was_touched_stays(api: Any, ledger: QuickBooksLedger, code: str, error: type[Exception]) -> None:
    api.fault(code)
    with pytest.raises(error):
        ledger.remove(MADE)


def queries(api: Any) -> list[str]:
    return [item["Query"] for at in range(len(api.sent)) for item in api.body(at)["BatchItemRequest"]]


def answers(*pages: dict[str, Any]) -> dict[str, Any]:
    return {"BatchItemResponse": [{"bId": str(at), "QueryResponse": page} for at, page in enumerate(pages)]}


def test_rereading_asks_by_id_and_tells_what_is_missing(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(answers({"Invoice": [{"Id": "5", "SyncToken": "1"}]}, {}, {"Customer": [{"Id": "3", "Active": False}]}))
    asked = [("Invoice", LedgerId(text)) for text in ("5", "6", "5")]
    found = ledger.reread([*asked, ("Payment", LedgerId("7")), ("Customer", LedgerId("3"))])
    assert set(found) == {("Invoice", "5"), ("Customer", "3")}
    assert found["Invoice", LedgerId("5")].version == "1"
    assert [query.split(" ORDERBY")[0] for query in queries(api)] == [
        "SELECT * FROM Invoice WHERE Id IN ('5', '6')",
        "SELECT * FROM Payment WHERE Id IN ('7')",
        "SELECT * FROM Customer WHERE Id IN ('3') AND Active IN (true, false)",
    ]


def test_a_category_is_reread_as_an_item(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(answers({"Item": [{"Id": "5", "Name": "Mugs", "Type": "Category"}]}))
    assert list(ledger.reread([("Category", LedgerId("5"))])) == [("Category", "5")]


def test_rereading_many_takes_few_calls(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(answers(*[{}] * 30))
    api.answer(answers({}))
    assert ledger.reread([("Payment", LedgerId(str(at))) for at in range(3001)]) == {}
    assert max(query.count("', '") for query in queries(api)) == 99


def test_rereading_nothing_asks_nothing(ledger: QuickBooksLedger) -> None:
    assert ledger.reread([]) == {}

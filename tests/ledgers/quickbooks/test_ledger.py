from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir.books.documents import CustomerDocument, Kind, LedgerId
from comptoir.books.money import Money
from comptoir.books.problems import Message
from comptoir.engine.errors import Conflict, HouseError, NeedsMapping, Reconnect, Refused, RetryLater, Unexpected
from comptoir.engine.ports import Answered, Entry, Ledger, NoAnswer, NotSent, Slot
from comptoir.ledgers.quickbooks.connect import PAGES, PRODUCTION, SANDBOX, SIMULATOR
from comptoir.ledgers.quickbooks.ledger import QuickBooksLedger, frozen_slots


@pytest.fixture
def body(ledger: QuickBooksLedger, make_sale: Callable[..., Any]) -> bytes:
    return ledger.freeze([Slot("1", make_sale(number="S1"), {}), Slot("2", make_sale(number="S2"), {})])


def made(slot: str, **members: Any) -> dict[str, Any]:
    sale = {"Id": f"9{slot}", "SyncToken": "0", "DocNumber": f"S{slot}", "TotalAmt": 10.00, "TxnDate": "2026-02-28"}
    return {"bId": slot, "SalesReceipt": {**sale, **members}}


def refused(slot: str, code: str, detail: str = "why", kind: str = "ValidationFault") -> dict[str, Any]:
    return {"bId": slot, "Fault": {"Error": [{"Message": "m", "Detail": detail, "code": code}], "type": kind}}


def batch(*items: object) -> dict[str, Any]:
    return {"BatchItemResponse": list(items), "time": "2026-03-01T04:00:00-08:00"}


def test_it_is_a_ledger(ledger: QuickBooksLedger) -> None:
    port: Ledger = ledger
    assert port.identity == "quickbooks:9341453"
    assert (port.batch_limits.documents, port.batch_limits.lines) == (30, 300)
    assert port.replay_window_seconds == 600


def test_freeze_is_deterministic_and_bounded(ledger: QuickBooksLedger, body: bytes, make_sale: Any) -> None:
    assert frozen_slots(body) == ["1", "2"]
    assert body == ledger.freeze([Slot("1", make_sale(number="S1"), {}), Slot("2", make_sale(number="S2"), {})])
    with pytest.raises(ValueError, match="at most 30"):
        ledger.freeze([Slot(str(at), make_sale(), {}) for at in range(31)])
    with pytest.raises(ValueError, match="same slot"):
        ledger.freeze([Slot("1", make_sale(), {})] * 2)


def test_an_answered_batch(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.answer(batch(refused("2", "6140", "TxnType=Invoice with TxnId=77"), made("1", TxnTaxDetail={"TotalTax": 1.5})))
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, Answered)
    first, second = outcome.results
    assert first.slot == "1"
    assert isinstance(first.outcome, Entry)
    assert (first.outcome.id, first.outcome.kind, first.outcome.type) == ("91", Kind.SALE, "SalesReceipt")
    assert first.outcome.total == Money(Decimal("10.00"), "GBP")
    assert first.outcome.tax == Money(Decimal("1.5"), "GBP")
    assert isinstance(second.outcome, Conflict)
    assert (second.outcome.current, second.outcome.request_id) == ("77", "1-tid")
    assert api.sent[0].content == body


@pytest.mark.parametrize(
    ("code", "detail", "kind", "expected"),
    [
        ("10000", "", "SystemFault", RetryLater),
        ("6000", "You can only add or edit one name at a time. Please try again.", "ValidationFault", RetryLater),
        ("3001", "", "SERVICE", RetryLater),
        ("6240", "Id=3", "ValidationFault", Conflict),
        ("2500", "Invalid Reference Id : Items element id 7 not found", "ValidationFault", NeedsMapping),
        ("6200", "", "ValidationFault", Refused),
        ("2010", "", "ValidationFault", Unexpected),
    ],
)
def test_items_that_were_refused(
    api: Any, ledger: QuickBooksLedger, body: bytes, code: str, detail: str, kind: str, expected: type[HouseError]
) -> None:
    api.answer(batch(made("1"), refused("2", code, detail, kind)))
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, Answered)
    assert type(outcome.results[1].outcome) is expected


@pytest.mark.parametrize(
    "answer",
    [
        batch(made("1")),
        batch(made("1"), made("1")),
        batch(made("1"), made("2"), made("2")),
        batch(made("1"), made("3")),
        batch(made("1"), {"bId": "2"}),
        batch(made("1"), {"bId": "2", "SalesReceipt": {"DocNumber": "without id"}}),
        {"BatchItemResponse": None},
        {},
        [],
        b"<html>maintenance</html>",
        b"",
        b'{"BatchItemResponse":[{"Sales',
    ],
    ids=["lacks one", "twice", "three", "another", "empty item", "no id", "null", "nothing", "list", "html",
         "empty", "cut"],
)  # fmt: skip
def test_a_200_that_does_not_say_what_happened(api: Any, ledger: QuickBooksLedger, body: bytes, answer: object) -> None:
    api.answer(answer)
    assert isinstance(ledger.send("r-1", body), NoAnswer)


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (429, "3001", RetryLater),
        (403, "3001", RetryLater),
        (403, "3100", Reconnect),
        (400, "1040", Unexpected),
        (400, "2010", Unexpected),
        (400, "2130", Unexpected),
        (400, "140", RetryLater),
        (503, "150", RetryLater),
        (500, "130", RetryLater),
        (403, "6190", RetryLater),
        (400, "120", Reconnect),
        (400, "2500", NeedsMapping),
        (400, "2040", Refused),
        (400, "6000", Refused),
        (403, "5020", Refused),
        (200, "3001", RetryLater),
        (200, "2010", Unexpected),
        (200, "6000", Refused),
    ],
)
def test_a_whole_request_turned_away(
    api: Any, ledger: QuickBooksLedger, body: bytes, status: int, code: str, expected: type[HouseError]
) -> None:
    api.fault(code, status=status)
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert type(outcome.error) is expected
    assert len(api.sent) == 1


def test_a_throttle_says_when(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.gateway_fault("3001", 429)
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, RetryLater)
    assert outcome.error.not_before == api.client().clock() + timedelta(seconds=60)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, Unexpected), (404, Unexpected), (413, Unexpected), (403, Reconnect), (429, RetryLater)],
)
def test_a_page_instead_of_an_answer_at_the_door(
    api: Any, ledger: QuickBooksLedger, body: bytes, status: int, expected: type[HouseError]
) -> None:
    api.answer(b"<html>no</html>", status)
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert type(outcome.error) is expected


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (500, "10000", "SystemFault"),
        (500, "-1", "SystemFault"),
        (400, "10000", "SystemFault"),
        (200, "10000", "SystemFault"),
        (200, "77777", "SystemFault"),
        (400, "600", "ValidationFault"),
        (504, "77777", ""),
    ],
)
def test_faults_that_leave_it_open(
    api: Any, ledger: QuickBooksLedger, body: bytes, status: int, code: str, kind: str
) -> None:
    api.fault(code, status=status, kind=kind)
    assert isinstance(ledger.send("r-1", body), NoAnswer)


@pytest.mark.parametrize("status", [302, 408, 500, 502, 503, 504])
def test_pages_that_leave_it_open(api: Any, ledger: QuickBooksLedger, body: bytes, status: int) -> None:
    api.answer(b"<html>Gateway Timeout</html>", status)
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NoAnswer)
    assert str(status) in outcome.detail
    assert len(api.sent) == 1, "a write is never repeated here"


@pytest.mark.parametrize("error", [httpx2.ReadTimeout("slow"), httpx2.RemoteProtocolError("cut")])
def test_a_cut_line_leaves_it_open(api: Any, ledger: QuickBooksLedger, body: bytes, error: Exception) -> None:
    api.fail(error)
    assert isinstance(ledger.send("r-1", body), NoAnswer)
    assert len(api.sent) == 1


def test_an_endless_answer_leaves_it_open(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.transport._max_body_bytes = 5
    api.answer(batch(made("1"), made("2")))
    assert isinstance(ledger.send("r-1", body), NoAnswer)


def test_a_refused_connection_was_not_sent(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.fail(httpx2.ConnectError("refused"))
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, RetryLater)


def test_a_401_is_sent_once_more_under_the_same_id(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.gateway_fault("3200", 401)
    api.answer(batch(made("1"), made("2")))
    assert isinstance(ledger.send("r-1", body), Answered)
    one, two = api.sent
    assert one.url == two.url
    assert one.content == two.content == body
    assert two.headers["authorization"] == "Bearer access-2"


def test_a_second_401_was_not_sent(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.gateway_fault("3200", 401)
    api.gateway_fault("3200", 401)
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, Reconnect)


def test_an_ended_grant_was_not_sent(api: Any, ledger: QuickBooksLedger, body: bytes) -> None:
    api.gateway_fault("3200", 401)
    api.grant.refusal = Reconnect(Message("ended"))
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, NotSent)
    assert isinstance(outcome.error, Reconnect)
    assert len(api.sent) == 1


def answers(*responses: dict[str, Any]) -> dict[str, Any]:
    return batch(*({"bId": str(at), "QueryResponse": found} for at, found in enumerate(responses)))


def sent_queries(api: Any, at: int = 0) -> list[str]:
    return [item["Query"] for item in api.body(at)["BatchItemRequest"]]


def test_sales_are_found_over_both_forms(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(
        answers({"Invoice": [{"Id": "1", "DocNumber": "S1"}]}, {"SalesReceipt": [{"Id": "2", "DocNumber": "S2"}]})
    )
    found = ledger.find(Kind.SALE, ["S2", "S1", "S3", "S1", ""])
    assert [(entry.id, entry.type, entry.number) for entry in found] == [
        ("1", "Invoice", "S1"),
        ("2", "SalesReceipt", "S2"),
    ]
    condition = "WHERE DocNumber IN ('S1', 'S2', 'S3') ORDERBY Id"
    assert [condition in query for query in sent_queries(api)] == [True, True]


def test_many_numbers_share_few_batches(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(answers(*[{}] * 30))
    api.answer(answers(*[{}] * 2))
    assert ledger.find(Kind.REFUND, [f"R{at}" for at in range(1600)]) == []
    assert len(api.sent) == 2
    assert sent_queries(api)[0].count("'R") == 100
    assert {query.split()[3] for query in sent_queries(api)} == {"RefundReceipt", "CreditMemo"}


def test_questions_may_spare_the_batches(api: Any, ledger: QuickBooksLedger) -> None:
    for _ in range(4):
        api.answer({"QueryResponse": {}})
    assert ledger.find(Kind.REFUND, [f"R{at}" for at in range(200)], sparing=True) == []
    assert {request.url.path.rsplit("/", 1)[-1] for request in api.sent} == {"query"}
    assert len(api.sent) == 4


def test_nothing_to_find_asks_nothing(api: Any, ledger: QuickBooksLedger) -> None:
    assert ledger.find(Kind.SALE, []) == []
    assert api.sent == []


def test_a_full_page_is_read_on(api: Any, ledger: QuickBooksLedger) -> None:
    rows = [{"Id": str(at), "PaymentRefNum": "same"} for at in range(1000)]
    api.answer(answers({"Payment": rows}))
    api.answer({"QueryResponse": {"Payment": rows}})
    api.answer({"QueryResponse": {"Payment": [{"Id": "1000", "PaymentRefNum": "same"}]}})
    assert len(ledger.find(Kind.PAYMENT, ["same"])) == 1001


def test_a_shortened_reference_comes_back_as_asked(api: Any, ledger: QuickBooksLedger) -> None:
    def reply(request: httpx2.Request) -> httpx2.Response:
        del request
        asked = sent_queries(api)[0].split("'")[1]
        return httpx2.Response(200, json=answers({"Payment": [{"Id": "5", "PaymentRefNum": asked}]}))

    api.script.append(reply)
    (found,) = ledger.find(Kind.PAYMENT, ["a-reference-of-more-than-21-characters"])
    assert (found.number, found.kind) == ("a-reference-of-more-than-21-characters", Kind.PAYMENT)


def test_a_cash_back_is_found_by_its_number_and_an_application_by_its_reference(
    api: Any, ledger: QuickBooksLedger
) -> None:
    api.answer(answers({"Purchase": [{"Id": "8", "DocNumber": "R-1", "TotalAmt": 20}]}))
    api.answer(answers({"Payment": [{"Id": "9", "PaymentRefNum": "R-1", "TotalAmt": 0, "UnappliedAmt": 0}]}))
    (back,), (joint,) = ledger.find(Kind.CASH_BACK, ["R-1"]), ledger.find(Kind.APPLICATION, ["R-1"])
    assert (back.kind, back.type, back.number, str(back.total)) == (Kind.CASH_BACK, "Purchase", "R-1", "20.00 GBP")
    assert (joint.kind, joint.type, joint.number, str(joint.total)) == (Kind.APPLICATION, "Payment", "R-1", "0.00 GBP")
    assert "FROM Purchase WHERE DocNumber IN ('R-1')" in sent_queries(api)[0]
    assert "FROM Payment WHERE PaymentRefNum IN ('R-1')" in sent_queries(api, 1)[0]


def test_a_batch_answers_for_every_form_of_a_refund(api: Any, ledger: QuickBooksLedger) -> None:
    forms = ["CreditMemo", "Purchase", "Payment"]
    body = json.dumps({"BatchItemRequest": [{"bId": form} for form in forms]}).encode()
    api.answer(batch(*({"bId": form, form: {"Id": "1", "TotalAmt": 5}} for form in forms)))
    outcome = ledger.send("r-1", body)
    assert isinstance(outcome, Answered)
    entries = [result.outcome for result in outcome.results]
    kinds = [entry.kind for entry in entries if isinstance(entry, Entry)]
    assert kinds == [Kind.REFUND, Kind.CASH_BACK, Kind.PAYMENT]


def test_names_are_found_with_vendors_and_employees(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(
        answers(
            {"Customer": [{"Id": "1", "DisplayName": "jo doe"}]},
            {"Vendor": [{"Id": "2", "DisplayName": "Pye's"}]},
            {},
        )
    )
    found = ledger.find(Kind.CUSTOMER, ["Jo: Doe", "Pye's"])
    assert [(entry.type, entry.number) for entry in found] == [("Customer", "Jo: Doe"), ("Vendor", "Pye's")]
    assert r"DisplayName IN ('Jo Doe', 'Pye\'s')" in sent_queries(api)[0]


def test_items_are_found_by_name(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer(
        answers({"Item": [{"Id": "1", "Name": "Mug", "Type": "Service"}, {"Id": "2", "Name": "X", "Type": "Category"}]})
    )
    assert [entry.type for entry in ledger.find(Kind.ITEM, ["Mug", "X"])] == ["Item", "Category"]


def test_reading_documents_goes_over_all_forms(api: Any, ledger: QuickBooksLedger) -> None:
    forms = ["Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment", "Purchase", "Deposit", "JournalEntry"]
    for at, form in enumerate(forms):
        api.answer({"QueryResponse": {form: [{"Id": str(at), "TotalAmt": 1}]}})
    found = list(ledger.read_documents(since=date(2026, 2, 1), until=date(2026, 2, 28)))
    assert [(entry.type, entry.kind) for entry in found] == [
        ("Invoice", Kind.SALE),
        ("SalesReceipt", Kind.SALE),
        ("CreditMemo", Kind.REFUND),
        ("RefundReceipt", Kind.REFUND),
        ("Payment", Kind.PAYMENT),
        ("Purchase", Kind.CASH_BACK),
        ("Deposit", Kind.DEPOSIT),
        ("JournalEntry", Kind.JOURNAL),
    ]
    assert "TxnDate >= '2026-02-01' AND TxnDate <= '2026-02-28'" in api.sent[0].content.decode()


def test_reading_items_leaves_categories_out(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer({"QueryResponse": {"Item": [{"Id": "1", "Type": "Category"}, {"Id": "2", "Type": "Service"}]}})
    assert [item.id for item in ledger.read_items()] == ["2"]
    assert "Active IN (true, false)" in api.sent[0].content.decode()


def test_reading_customers(api: Any, ledger: QuickBooksLedger) -> None:
    api.answer({"QueryResponse": {"Customer": [{"Id": "1", "DisplayName": "Jo"}]}})
    (customer,) = ledger.read_customers()
    assert (customer.name, customer.currency) == ("Jo", "GBP")


def answers_by_entity(api: Any, **found: Any) -> None:
    """One batch of queries is answered, each by the entity that it asks for; what is no list is a fault."""

    def answered(request: httpx2.Request) -> httpx2.Response:
        items = []
        for item in json.loads(request.content)["BatchItemRequest"]:
            entity = item["Query"].split(" FROM ")[1].split()[0]
            rows = found.get(entity, [])
            fault = {"Error": [{"Message": "no", "Detail": entity, "code": "5030"}], "type": "ValidationFault"}
            told = {"QueryResponse": {entity: rows}} if isinstance(rows, list) else {"Fault": fault}
            items.append({"bId": item["bId"], **told})
        return httpx2.Response(200, json={"BatchItemResponse": items, "time": "2026-03-01T03:00:00-08:00"})

    api.script.append(answered)


SHOP = {"CompanyInfo": [{"CompanyName": "Shop", "Country": "GB"}]}
POUNDS = {"CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}}}


def test_reading_the_company_takes_one_call_and_opens_the_ledger(api: Any) -> None:
    ledger = QuickBooksLedger(api.client())
    account = {"Id": "35", "Name": "Till", "AccountType": "Bank"}
    answers_by_entity(api, **SHOP, Preferences=[POUNDS], Account=[account], CompanyCurrency=None, TaxAgency=None)
    company = ledger.read_company()
    assert (company.name, company.currency, len(company.accounts)) == ("Shop", "GBP", 1)
    assert frozen_slots(ledger.freeze([Slot("a", CustomerDocument("Jo", "GBP"), {})])) == ["a"]


def test_what_a_company_with_currencies_and_sales_tax_has_besides(api: Any) -> None:
    currencies = {"HomeCurrency": {"value": "GBP"}, "MultiCurrencyEnabled": True}
    answers_by_entity(
        api,
        **SHOP,
        Preferences=[{"CurrencyPrefs": currencies, "TaxPrefs": {"UsingSalesTax": True}}],
        CompanyCurrency=[{"Code": "EUR"}],
        TaxAgency=[{"Id": "1", "LastFileDate": "2025-12-31"}],
    )
    company = QuickBooksLedger(api.client()).read_company()
    assert (company.currencies, company.tax_filed_until) == (("EUR",), date(2025, 12, 31))


@pytest.mark.parametrize("refused", ["CompanyCurrency", "TaxAgency", "Account"])
def test_a_list_that_the_company_needs_and_may_not_be_asked_for_is_an_error(api: Any, refused: str) -> None:
    preferences = {"CurrencyPrefs": {"MultiCurrencyEnabled": True}, "TaxPrefs": {"UsingSalesTax": True}}
    answers_by_entity(api, **(SHOP | {"Preferences": [preferences], refused: None}))
    with pytest.raises(HouseError) as caught:
        QuickBooksLedger(api.client()).read_company()
    assert caught.value.code == "5030"


def test_a_company_without_its_settings_is_no_answer(api: Any) -> None:
    answers_by_entity(api, Preferences=[POUNDS])
    with pytest.raises(Unexpected):
        QuickBooksLedger(api.client()).read_company()


def test_everything_at_once_takes_one_call(api: Any) -> None:
    items = [{"Id": "1", "Type": "Category"}, {"Id": "2", "Type": "Service"}]
    customers = [{"Id": "3", "DisplayName": "Jo"}]
    answers_by_entity(api, **SHOP, Preferences=[POUNDS], Item=items, Customer=customers)
    lists = QuickBooksLedger(api.client()).read_lists()
    assert ([each.id for each in lists.items], [each.name for each in lists.customers]) == (["2"], ["Jo"])
    assert lists.at == datetime(2026, 3, 1, 11, tzinfo=UTC), "the service's own time"
    assert len(api.sent) == 1


def test_a_list_of_more_than_a_page_is_read_on(api: Any) -> None:
    first = [{"Id": str(at), "DisplayName": f"N{at}"} for at in range(1000)]
    answers_by_entity(api, **SHOP, Preferences=[POUNDS], Customer=first)
    api.answer({"QueryResponse": {"Customer": first}})
    api.answer({"QueryResponse": {"Customer": [{"Id": "1000", "DisplayName": "N1000"}]}})
    assert len(QuickBooksLedger(api.client()).read_lists().customers) == 1001


@pytest.mark.parametrize(
    ("form", "page"),
    [
        ("Invoice", "/app/invoice?txnId=7"),
        ("Payment", "/app/recvpayment?txnId=7"),
        ("Purchase", "/app/expense?txnId=7"),
        ("Customer", "/app/customerdetail?nameId=7"),
        ("Item", "/app/items"),
    ],
)
def test_links(ledger: QuickBooksLedger, form: str, page: str) -> None:
    assert ledger.link(form, LedgerId("7")) == f"https://app.qbo.intuit.com{page}"


@pytest.mark.parametrize(
    ("environment", "link"),
    [
        (PRODUCTION, "https://app.qbo.intuit.com/app/invoice?txnId=7"),
        (SANDBOX, "https://app.sandbox.qbo.intuit.com/app/invoice?txnId=7"),
        (SIMULATOR, ""),
    ],
)
def test_only_companies_of_quickbooks_have_pages(api: Any, environment: str, link: str) -> None:
    ledger = QuickBooksLedger(api.client(), pages=PAGES.get(environment, ""))
    assert ledger.link("Invoice", LedgerId("7")) == link


def test_what_was_sent_and_what_was_answered_can_be_read(
    api: Any, ledger: QuickBooksLedger, make_sale: Callable[..., Any]
) -> None:
    body = ledger.freeze([Slot("1", make_sale(number="S-1"), {}), Slot("2", make_sale(number="S-2"), {})])
    sent = json.loads(ledger.part(body, "2"))
    assert (sent["operation"], sent["SalesReceipt"]["DocNumber"]) == ("create", "S-2")
    assert ledger.part(body, "3") == ""
    fault = {"Error": [{"Message": "Wrong", "Detail": "Not so", "code": "6000"}], "type": "ValidationFault"}
    receipt = {"Id": "7", "SyncToken": "0", "DocNumber": "S-1", "TxnDate": "2026-01-05", "TotalAmt": 12}
    api.answer({"BatchItemResponse": [{"bId": "1", "SalesReceipt": receipt}, {"bId": "2", "Fault": fault}]})
    answered = ledger.send("r1", body)
    assert isinstance(answered, Answered)
    made, refused = (json.loads(each.said) for each in answered.results)
    assert made["SalesReceipt"]["Id"] == "7"
    assert refused == {"Fault": fault}

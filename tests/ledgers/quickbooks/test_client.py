from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir.engine.errors import Reconnect, Refused, RetryLater, Unexpected
from comptoir.http.limiter import Limiter
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.client import QuickBooksClient, RealmId, Report
from comptoir.ledgers.quickbooks.limits import BATCH_WINDOWS, Limits, standard_limits


def page(entity: str, ids: range) -> dict[str, Any]:
    return {"QueryResponse": {entity: [{"Id": str(at), "Name": f"n{at}"} for at in ids], "startPosition": 1}}


def test_a_read(api: Any) -> None:
    api.answer({"Invoice": {"Id": "12", "DocNumber": "A"}, "time": "x"})
    assert api.client().read("Invoice", "12") == {"Id": "12", "DocNumber": "A"}
    (sent,) = api.sent
    assert sent.method == "GET"
    assert str(sent.url) == "https://qb.example/v3/company/9341453/invoice/12?minorversion=75"
    assert sent.headers["authorization"] == "Bearer access-1"
    assert sent.headers["accept"] == "application/json"
    assert sent.headers["user-agent"] == "comptoir/test"


def test_company_and_preferences(api: Any) -> None:
    api.answer({"CompanyInfo": {"CompanyName": "Shop", "Country": "GB"}})
    api.answer({"Preferences": {"TaxPrefs": {"UsingSalesTax": True}}})
    client = api.client()
    assert client.company_info().company_name == "Shop"
    assert client.preferences().tax_prefs.using_sales_tax
    assert [sent.url.path.rsplit("/v3/company/9341453/")[1] for sent in api.sent] == [
        "companyinfo/9341453",
        "preferences",
    ]


def test_a_query_is_posted_as_text(api: Any) -> None:
    api.answer({"QueryResponse": {}})
    assert api.client().query("SELECT * FROM Item WHERE Name = 'Zoë'") == {}
    (sent,) = api.sent
    assert sent.method == "POST"
    assert sent.headers["content-type"] == "application/text"
    assert sent.content.decode() == "SELECT * FROM Item WHERE Name = 'Zoë'"
    assert "requestid" not in sent.url.params


def test_pages_follow_each_other_and_ids_come_once(api: Any) -> None:
    api.answer(page("Item", range(1, 1001)))
    api.answer(page("Item", range(1000, 1003)))
    items = list(api.client().rows("Item", "", wire.Item))
    assert [item.id for item in items] == [str(at) for at in range(1, 1003)]
    assert "STARTPOSITION 1001 MAXRESULTS 1000" in api.sent[1].content.decode()


def test_nothing_found(api: Any) -> None:
    api.answer({"QueryResponse": {}})
    assert list(api.client().rows("Item", "Name = 'x'", wire.Item)) == []


def test_query_batches_answer_in_order(api: Any) -> None:
    def item(at: int) -> dict[str, Any]:
        return {"bId": str(at), "QueryResponse": {"maxResults": at}}

    api.answer({"BatchItemResponse": [item(at) for at in reversed(range(30))]})
    api.answer({"BatchItemResponse": [item(0)]})
    answers = api.client().query_batch([f"q{at}" for at in range(31)])
    assert [answer["maxResults"] for answer in answers] == [*range(30), 0]
    assert api.body(1) == {"BatchItemRequest": [{"bId": "0", "Query": "q30"}]}


def test_a_fault_in_a_query_batch(api: Any) -> None:
    fault = {"Error": [{"Message": "m", "Detail": "d", "code": "4001"}], "type": "ValidationFault"}
    api.answer({"BatchItemResponse": [{"bId": "0", "Fault": fault}]})
    with pytest.raises(Unexpected):
        api.client().query_batch(["q"])


@pytest.mark.parametrize("answer", [{"BatchItemResponse": []}, {"BatchItemResponse": ["x"]}, {}])
def test_a_query_batch_that_lacks_an_answer(api: Any, answer: object) -> None:
    api.answer(answer)
    with pytest.raises(Unexpected):
        api.client().query_batch(["q"])


@pytest.mark.parametrize("report", Report)
def test_reports_come_as_they_are(api: Any, report: Report) -> None:
    api.answer({"Header": {}, "Rows": {}})
    assert api.client().report(report, date(2026, 1, 1), date(2026, 1, 31)) == {"Header": {}, "Rows": {}}
    url = api.sent[0].url
    assert url.path.endswith(f"/reports/{report.value}")
    assert (url.params["start_date"], url.params["end_date"]) == ("2026-01-01", "2026-01-31")
    assert url.params["accounting_method"] == "Accrual"


def test_reports_have_a_window_of_their_own(api: Any) -> None:
    waits: list[float] = []
    limits = Limits(reports=Limiter([(1, 60.0)], clock=lambda: 0.0, sleep=waits.append))
    client = api.client(limits)
    for _ in range(2):
        api.answer({"Header": {}})
        client.report(Report.TAX_SUMMARY, date(2026, 1, 1), date(2026, 1, 31))
    assert waits == [60.0]


def test_the_rate_of_a_day(api: Any) -> None:
    rate = {"SourceCurrencyCode": "EUR", "TargetCurrencyCode": "USD", "Rate": 1.0834, "AsOfDate": "2026-01-31"}
    api.answer({"ExchangeRate": rate})
    assert api.client().exchange_rate("EUR", date(2026, 1, 31)) == Decimal("1.0834")
    url = api.sent[0].url
    assert url.path.endswith("/exchangerate")
    assert (url.params["sourcecurrencycode"], url.params["asofdate"]) == ("EUR", "2026-01-31")


@pytest.mark.parametrize("answer", [{}, {"ExchangeRate": {}}, {"ExchangeRate": {"Rate": "much"}}])
def test_a_rate_that_is_not_told(api: Any, answer: object) -> None:
    api.answer(answer)
    with pytest.raises(Unexpected):
        api.client().exchange_rate("EUR", date(2026, 1, 31))


def test_a_401_is_answered_with_one_refresh(api: Any) -> None:
    api.gateway_fault("3200", 401)
    api.answer({"Preferences": {}})
    api.client().preferences()
    assert [sent.headers["authorization"] for sent in api.sent] == ["Bearer access-1", "Bearer access-2"]


def test_a_second_401_asks_for_a_person(api: Any) -> None:
    api.gateway_fault("3200", 401)
    api.gateway_fault("3200", 401)
    with pytest.raises(Reconnect):
        api.client().preferences()


def test_a_refused_refresh_reaches_the_caller(api: Any) -> None:
    api.gateway_fault("3200", 401)
    api.grant.refusal = RetryLater(wire_message(), detail="busy")
    with pytest.raises(RetryLater):
        api.client().preferences()


def wire_message() -> Any:
    from comptoir.books.problems import Message

    return Message("x")


def test_server_faults_of_reads_are_tried_again(api: Any) -> None:
    api.answer(b"<html>", 502)
    api.fault("10000", status=500)
    api.answer({"Preferences": {}})
    api.client().preferences()
    assert len(api.slept) == 2


def test_a_server_fault_that_stays(api: Any) -> None:
    for _ in range(3):
        api.answer(b"<html>", 503)
    with pytest.raises(RetryLater):
        api.client().preferences()


def test_a_throttle_is_waited_for(api: Any) -> None:
    api.gateway_fault("3001", 429)
    api.answer({"Preferences": {}})
    api.client().preferences()
    (slept,) = api.slept
    assert slept >= 60.0


def test_a_throttle_that_stays_is_told(api: Any) -> None:
    for _ in range(3):
        api.gateway_fault("3001", 429)
    with pytest.raises(RetryLater, match="asks to slow down"):
        api.client().preferences()


def test_a_simulators_fast_clock_is_kept_to() -> None:
    assert standard_limits().pause_seconds == 60.0
    assert standard_limits(40).pause_seconds == pytest.approx(1.65)


def test_an_unreachable_service(api: Any) -> None:
    for _ in range(3):
        api.fail(httpx2.ConnectError("refused"))
    with pytest.raises(RetryLater, match="could not be reached"):
        api.client().preferences()


def test_a_fault_inside_200(api: Any) -> None:
    api.fault("610", "Object Not Found", status=200)
    with pytest.raises(Refused) as caught:
        api.client().read("Invoice", "1")
    assert (caught.value.code, caught.value.request_id) == ("610", "1-tid")


@pytest.mark.parametrize(
    "body", [b"<html>", [], {"time": "x"}, {"Preferences": []}], ids=["html", "list", "none", "odd"]
)
def test_odd_answers(api: Any, body: object) -> None:
    api.answer(body)
    with pytest.raises(Unexpected):
        api.client().preferences()


def test_a_member_of_the_wrong_type(api: Any) -> None:
    api.answer({"Preferences": {"TaxPrefs": "odd"}})
    with pytest.raises(Unexpected) as caught:
        api.client().preferences()
    assert "Preferences" in caught.value.detail


@pytest.mark.parametrize("rows", ["text", ["text"]])
def test_rows_of_the_wrong_type_are_none(api: Any, rows: object) -> None:
    api.answer({"QueryResponse": {"Item": rows}})
    assert list(api.client().rows("Item", "", wire.Item)) == []


def test_a_batch_goes_with_its_request_id(api: Any) -> None:
    api.answer({"BatchItemResponse": []})
    api.client().batch(b"{}", request_id="r-1")
    (sent,) = api.sent
    assert dict(sent.url.params) == {"minorversion": "75", "requestid": "r-1"}
    assert sent.headers["content-type"] == "application/json"


@pytest.mark.parametrize("request_id", ["", "x" * 37])
def test_a_request_id_has_its_length(api: Any, request_id: str) -> None:
    with pytest.raises(ValueError, match="request id"):
        api.client().batch(b"{}", request_id=request_id)


def test_a_realm_is_a_number(api: Any) -> None:
    client = api.client()
    with pytest.raises(ValueError, match="digits"):
        QuickBooksClient(api.transport, client._tokens, realm_id=RealmId("../1"))


def test_every_call_takes_its_turn(api: Any) -> None:
    waits: list[float] = []
    requests, batches = (Limiter([(1, 60.0)], clock=lambda: 0.0, sleep=waits.append) for _ in range(2))
    client = api.client(Limits(requests, batches))
    api.answer({"Preferences": {}})
    client.preferences()
    api.answer({"BatchItemResponse": [{"bId": "0", "QueryResponse": {}}]})
    client.query_batch(["q"])
    api.answer({"BatchItemResponse": []})
    client.batch(b"{}", request_id="r")
    assert waits == [60.0, 60.0, 120.0], "the first batch waits for a request's turn, the second also for a batch's"


def test_a_retried_read_takes_a_turn_for_each_attempt(api: Any) -> None:
    waits: list[float] = []
    limits = Limits(requests=Limiter([(1, 60.0)], clock=lambda: 0.0, sleep=waits.append))
    api.answer(b"", 503)
    api.answer({"Preferences": {}})
    api.client(limits).preferences()
    assert waits == [60.0]


def test_the_standard_limits_are_below_the_services() -> None:
    limits = standard_limits()
    assert limits.batches.windows == BATCH_WINDOWS == ((40, 61.5),)
    assert all(most / seconds < 200 / 60 for most, seconds in limits.reports.windows)
    assert all(most / seconds <= 10 for most, seconds in limits.requests.windows)

"""Every fault of the reference's table (§9): on demand, and by its rule where one can be reached; and misfortune."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from comptoir_sandbox.quickbooks.codes import CODES, GATEWAY_CODES

TABLE = [
    "-1",
    "10000",
    "100",
    "110",
    "120",
    "130",
    "140",
    "150",
    "500",
    "600",
    "610",
    "620",
    "630",
    "700",
    "900",
    "800",
    "1000",
    "1010",
    "1020",
    "1040",
    "1050",
    "2000",
    "2010",
    "2020",
    "2030",
    "2040",
    "2050",
    "2060",
    "2070",
    "2080",
    "2090",
    "2100",
    "2110",
    "2120",
    "2170",
    "2130",
    "2140",
    "2150",
    "2160",
    "2200",
    "2210",
    "2220",
    "2230",
    "2250",
    "2260",
    "2270",
    "2280",
    "2290",
    "2300",
    "2500",
    "2600",
    "3000",
    "3001",
    "3100",
    "3200",
    "3202",
    "4000",
    "4001",
    "4002",
    "5000",
    "5010",
    "5020",
    "5030",
    "6000",
    "6010",
    "6020",
    "6030",
    "6040",
    "6041",
    "6050",
    "6060",
    "6070",
    "6080",
    "6090",
    "6100",
    "6110",
    "6120",
    "6130",
    "6140",
    "6150",
    "6160",
    "6230",
    "6170",
    "6180",
    "6190",
    "6200",
    "6210",
    "6220",
    "6280",
    "6240",
    "6250",
    "6270",
    "6310",
    "6320",
    "6440",
    "6520",
    "6420",
    "6430",
    "6450",
    "6470",
    "6480",
    "6540",
    "10100",
    "10200",
]
"""quickbooks-online.md §9, "Codes", in its order."""
OTHER_STATUS = {
    **dict.fromkeys(("-1", "10000"), 500),
    **dict.fromkeys(("100", "110", "3200", "3202"), 401),
    **dict.fromkeys(("120", "3100", "5020", "6190"), 403),
    **dict.fromkeys(("140", "150"), 503),
    "3001": 429,
}
"""The table's HTTP status where it is not 400; one of them where it names two."""


def test_the_table_is_whole() -> None:
    assert sorted(CODES) == sorted(TABLE)


@pytest.mark.parametrize("code", TABLE)
def test_on_demand(books: Any, code: str) -> None:
    books.faults({"kind": "code", "code": code, "operation": "create Customer"})
    answer = books.post("/customer", {"DisplayName": "Never made"})
    assert (answer.status, answer.fault) == (OTHER_STATUS.get(code, 400), code)
    assert ("fault" in answer.body) == (code in GATEWAY_CODES - {"3001"})
    error = (answer.body.get("Fault") or answer.body["fault"])["Error" if "Fault" in answer.body else "error"][0]
    assert error.get("Message") or error.get("message")
    assert error.get("Detail") or error.get("detail")
    assert books.rows("select * from Customer") == []


def test_on_demand_in_a_batch_and_on_a_query(books: Any) -> None:
    books.faults({"kind": "code", "code": "6190", "operation": "create Invoice"})
    item = {"bId": "1", "operation": "create", "Invoice": {}}
    found = books.post("/batch", {"BatchItemRequest": [item]}).body["BatchItemResponse"][0]
    assert found["Fault"]["Error"][0]["code"] == "6190"
    books.faults({"kind": "code", "code": "4002", "operation": "query"})
    assert books.query("select * from Item").fault == "4002"
    for wrong in ("7", None):
        assert books.http.post("/_control/faults", json={"kind": "code", "code": wrong}).status_code == 400


# --- by the rule

Make = Callable[[Any], Any]


def sale(books: Any, *changes: tuple[str, Any], **fields: Any) -> Any:
    """A sales receipt with a changed line or field."""
    line = books.line("10.00", "20.0% S")
    detail = line["SalesItemLineDetail"]
    for name, value in changes:
        (line if name in {"Amount", "DetailType"} else detail)[name] = value
    return books.post("/salesreceipt", {"Line": [line], **fields})


def discounted(books: Any, **detail: Any) -> Any:
    line = {"DetailType": "DiscountLineDetail", "DiscountLineDetail": detail}
    return books.post("/salesreceipt", {"Line": [books.line("10.00"), line]})


def journal(books: Any, amounts: tuple[Any, Any] = (5, 5), **detail: Any) -> Any:
    sides = zip(("Debit", "Credit"), ("Bank charges", "Current account"), amounts, strict=True)
    lines = [
        {
            "Amount": amount,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": books.account(name), **detail},
        }
        for side, name, amount in sides
    ]
    return books.post("/journalentry", {"Line": lines})


def rate(**changes: Any) -> dict[str, Any]:
    detail = {"TaxRateName": "R", "RateValue": 5, "TaxAgencyId": "1", "TaxApplicableOn": "Sales", **changes}
    return {"TaxCode": "R", "TaxRateDetails": [detail]}


def used_up(books: Any) -> Any:
    """A payment of an invoice that is paid."""
    customer = books.customer()
    bill = books.make("Invoice", {"CustomerRef": customer, "Line": [books.line("5.00")]})
    link = {"Amount": 5, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Invoice"}]}
    body = {"CustomerRef": customer, "TotalAmt": 5, "Line": [link]}
    books.make("Payment", body)
    return books.post("/payment", body)


def updated(books: Any, kind: str, made: dict[str, Any], **fields: Any) -> Any:
    body = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, **fields}
    return books.post(f"/{kind.lower()}", body)


def deposited(books: Any) -> Any:
    made = books.make("SalesReceipt", {"Line": [books.line("5.00")]})
    link = {"Amount": 5, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "SalesReceipt", "TxnLineId": "0"}]}
    books.make("Deposit", {"DepositToAccountRef": books.account("Current account"), "Line": [link]})
    return books.post("/salesreceipt", {"Id": made["Id"], "SyncToken": "1"}, operation="delete")


def nested(books: Any, depth: int = 6) -> Any:
    parent: dict[str, Any] = {}
    for level in range(depth):
        answer = books.post("/customer", {"DisplayName": f"L{level}", **parent})
        if answer.status != 200:
            return answer
        parent = {"ParentRef": {"value": answer.body["Customer"]["Id"]}, "Job": True}
    return answer


def looped(books: Any) -> Any:
    top = books.make("Customer", {"DisplayName": "Top"})
    below = books.make("Customer", {"DisplayName": "Below", "ParentRef": {"value": top["Id"]}})
    return updated(books, "Customer", top, ParentRef={"value": below["Id"]})


def own_parent(books: Any) -> Any:
    made = books.make("Customer", {"DisplayName": "A"})
    return updated(books, "Customer", made, ParentRef={"value": made["Id"]})


def billed_by_parent(books: Any) -> Any:
    job = books.make("Customer", {"DisplayName": "Job", "ParentRef": books.customer("Top")})
    return updated(books, "Customer", job, BillWithParent=True)


def owing(books: Any) -> Any:
    customer = books.make("Customer", {"DisplayName": "A"})
    books.make("Invoice", {"CustomerRef": {"value": customer["Id"]}, "Line": [books.line("5.00")]})
    return updated(books, "Customer", customer, Active=False)


def inactive_customer(books: Any) -> Any:
    customer = books.make("Customer", {"DisplayName": "A"})
    updated(books, "Customer", customer, Active=False)
    return sale(books, CustomerRef={"value": customer["Id"]})


def marked(books: Any, mark: str, **params: str) -> Any:
    made = books.make("SalesReceipt", {"Line": [books.line("5.00")]})
    marks = [{"type": "SalesReceipt", "id": made["Id"], "mark": mark}]
    books.http.post("/_control/state", json={"marks": marks})
    return books.post(
        "/salesreceipt", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"}, **params
    )


def closed(books: Any, *, password: bool) -> Any:
    books.http.post("/_control/state", json={"closed_with_password": password})
    closing = {"Id": "1", "SyncToken": "0", "sparse": True, "AccountingInfoPrefs": {"BookCloseDate": "2030-01-01"}}
    assert books.post("/preferences", closing).status == 200
    return sale(books)


def suspended(books: Any) -> Any:
    books.http.post("/_control/state", json={"suspended": True})
    return books.post("/salesreceipt", {})


def twice(books: Any, path: str, body: dict[str, Any]) -> Any:
    assert books.post(path, body).status == 200
    return books.post(path, body)


def uploaded(books: Any, **parts: Any) -> Any:
    return books.call("POST", "/upload", files=parts)


def stale(books: Any) -> Any:
    made = books.make("Customer", {"DisplayName": "A"})
    return updated(books, "Customer", {**made, "SyncToken": "7"}, Notes="x")


def too_many(books: Any) -> Any:
    items = [{"bId": str(n), "Query": "select * from Item"} for n in range(31)]
    return books.post("/batch", {"BatchItemRequest": items})


NOTHING = ("a.pdf", b"", "application/pdf")
META = ("m.json", b"{}", "application/json")
RULES: dict[str, Make] = {
    "500": lambda b: b.post("/item", {"Id": "1", "SyncToken": "0"}, operation="delete"),
    "610": lambda b: b.call("GET", "/invoice/99"),
    "620": used_up,
    "700": looped,
    "900": own_parent,
    "1040": too_many,
    "1050": lambda b: b.call("POST", "/customer", content="<x/>", headers={"Content-Type": "application/xml"}),
    "2000": lambda b: b.call("GET", "/cdc", params={"entities": "Robot", "changedSince": "2026-01-01"}),
    "2010": lambda b: b.post("/customer", {"BadJson": 1}),
    "2020": lambda b: b.post("/salesreceipt", {}),
    "2030": lambda b: b.call("GET", "/invoice/1.5"),
    "2040": lambda b: b.post("/customer", {"DisplayName": "A:B"}),
    "2050": lambda b: sale(b, CustomerMemo={"value": "x" * 1001}),
    "2060": lambda b: sale(b, TxnDate="tomorrow"),
    "2070": lambda b: sale(b, TxnDate="2026-02-30"),
    "2080": lambda b: sale(b, ("Qty", "many")),
    "2120": lambda b: b.post(
        "/purchase",
        {
            "PaymentType": "Cash",
            "AccountRef": b.account("Current account"),
            "EntityRef": {"value": "1", "type": "Robot"},
            "Line": [{}],
        },
    ),
    "2130": lambda b: b.post("/customer", {"DisplayName": "A"}, requestid="x" * 51),
    "2140": lambda b: sale(b, ("Amount", "100000000000")),
    "2150": lambda b: b.post("/taxservice/taxcode", rate(RateValue=101)),
    "2170": lambda b: sale(b, EmailStatus="Sometimes"),
    "2200": lambda b: b.post("/customer", {"DisplayName": "A", "WebAddr": {"URI": "no url"}}),
    "2210": lambda b: b.post("/customer", {"DisplayName": "A", "PrimaryEmailAddr": {"Address": "nobody"}}),
    "2230": lambda b: b.post("/customer", {"DisplayName": "A", "Taxable": "perhaps"}),
    "2250": lambda b: b.post("/salesreceipt", {"Line": [{"DetailType": "SubTotalLineDetail"}]}),
    "2260": lambda b: journal(b, PostingType=None),
    "2270": lambda b: journal(b, TaxCodeRef=b.code_ref()),
    "2280": lambda b: journal(b, TaxCodeRef=b.code_ref(), TaxApplicableOn="Sales"),
    "2290": lambda b: journal(b, (-5, -5)),
    "2300": lambda b: journal(b, (5, 6)),
    "2500": lambda b: sale(b, CustomerRef={"value": "99"}),
    "3000": lambda b: sale(b, CustomField=[{"DefinitionId": "9", "StringValue": "x"}]),
    "3200": lambda b: b.call("GET", "/preferences", headers={"Authorization": "Bearer none"}),
    "4000": lambda b: b.query("select from Item"),
    "4001": lambda b: b.query("select * from Custmoer"),
    "5010": stale,
    "5020": lambda b: b.call("GET", "/exchangerate", params={"sourcecurrencycode": "EUR"}),
    "5030": lambda b: b.post("/item", {"Name": "A", "Type": "Inventory", "TrackQtyOnHand": True}),
    "6000": lambda b: sale(b, ("Amount", -5)),
    "6010": lambda b: b.post("/account", {"Name": "A", "AccountType": "Bank", "AccountSubType": "CreditCard"}),
    "6020": lambda b: uploaded(b, file_metadata_1=META, file_content_1=NOTHING),
    "6040": lambda b: uploaded(b, file_content_1=NOTHING),
    "6041": lambda b: uploaded(b, file_metadata_1=META),
    "6050": lambda b: b.post("/attachable", {"Note": "x", "AttachableRef": [{"EntityRef": {"type": "Robot"}}]}),
    "6070": lambda b: sale(b, ("Qty", 3), ("UnitPrice", 3)),
    "6080": lambda b: b.post("/customer", {"CompanyName": "A"}),
    "6090": lambda b: discounted(b, PercentBased=True),
    "6110": lambda b: marked(b, "merchant"),
    "6120": lambda b: marked(b, "merchant", operation="delete"),
    "6130": billed_by_parent,
    "6140": lambda b: twice(b, "/salesreceipt", {"DocNumber": "A", "Line": [b.line("1.00")]}),
    "6150": lambda b: b.post("/customer", {"DisplayName": "A", "Job": True}),
    "6170": lambda b: sale(b, GlobalTaxCalculation="NotApplicable", TxnTaxDetail={"TotalTax": 1}),
    "6180": nested,
    "6190": suspended,
    "6200": lambda b: closed(b, password=False),
    "6210": lambda b: closed(b, password=True),
    "6220": owing,
    "6240": lambda b: twice(b, "/customer", {"DisplayName": "A"}),
    "6250": inactive_customer,
    "6420": lambda b: sale(b, EmailStatus="NeedToSend"),
    "6430": lambda b: sale(b, DepositToAccountRef=b.account("Sales")),
    "6450": lambda b: marked(b, "merchant", include="void"),
    "6470": lambda b: journal(b, TaxCodeRef=b.code_ref("No VAT"), TaxApplicableOn="Sales", TaxAmount=1),
    "6480": lambda b: marked(b, "bank-matched"),
    "6540": deposited,
}
ELSEWHERE = {
    "2090": "test_changes",  # a rate of nothing
    "2220": "test_profiles",  # a currency that is none
    "3001": "test_service",  # the limits
    "3100": "test_service",  # another realm
    "6030": "test_attachments",
    "6100": "test_profiles",  # the United States only
    "6270": "test_stock",
    "6440": "test_stock",
}
"""Reached by rule in other files: they need another company."""


@pytest.mark.parametrize("code", RULES)
def test_by_rule(books: Any, code: str) -> None:
    answer = RULES[code](books)
    inner = (answer.body.get("AttachableResponse") or [answer.body])[0]
    found = (inner.get("Fault") or inner.get("fault")) or {}
    assert (found.get("Error") or found.get("error") or [{"code": None}])[0]["code"] == code, answer.body


def test_rules_reach_most_of_the_table() -> None:
    assert not set(RULES) & set(ELSEWHERE)
    assert set(RULES) | set(ELSEWHERE) <= set(TABLE)
    assert len(RULES) + len(ELSEWHERE) >= 70


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({}, "6240"),
        ({"TaxRateName": "S", "TaxAgencyId": "99"}, "2500"),
        ({"TaxRateName": "S", "RateValue": 101}, "2150"),
    ],
    ids=["one name twice", "no such agency", "too high"],
)
def test_a_code_of_several_rates_is_made_whole_or_not_at_all(books: Any, second: dict[str, Any], code: str) -> None:
    # §12.7: "RateValue 0-100; names unique; a rate only once per code; the agency must exist."
    (first,), (other,) = rate()["TaxRateDetails"], rate(**second)["TaxRateDetails"]
    before = books.rows("select * from TaxRate"), books.rows("select * from TaxCode")
    assert books.post("/taxservice/taxcode", {"TaxCode": "R", "TaxRateDetails": [first, other]}).fault == code
    assert (books.rows("select * from TaxRate"), books.rows("select * from TaxCode")) == before


def test_a_rate_is_only_once_in_a_code(books: Any) -> None:
    known = {"TaxRateId": books.rows("select * from TaxRate")[0]["Id"]}
    answer = books.post("/taxservice/taxcode", {"TaxCode": "Twice", "TaxRateDetails": [known, known]})
    assert answer.fault == "6000"


# --- misfortune around the answer


def customer(books: Any, name: str = "A", **params: str) -> Any:
    return books.post("/customer", {"DisplayName": name}, **params)


def names(books: Any) -> list[str]:
    return [row["DisplayName"] for row in books.rows("select * from Customer")]


def test_too_many_requests_with_and_without_a_hint(books: Any) -> None:
    # §8: "`Retry-After` is not reliably sent".
    books.faults({"kind": "throttle"}, {"kind": "throttle", "retry_after_seconds": 7})
    found = [customer(books) for _ in range(3)]
    assert [(each.status, each.headers.get("retry-after")) for each in found] == [(429, None), (429, "7"), (200, None)]


def test_a_token_that_ends_in_the_middle_of_a_run(books: Any) -> None:
    books.faults({"kind": "expired_token", "skip": 2})
    assert [customer(books, name).status for name in "ABCD"] == [200, 200, 401, 200]


def test_done_but_answered_with_an_error(books: Any) -> None:
    # §22.7: "500 after commit (to test requestid)".
    books.faults({"kind": "after_commit", "status": 500, "body": "oops"}, {"kind": "cut_after_commit"})
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}"}
    answer = books.http.post(f"{books.base}/customer", json={"DisplayName": "A"}, headers=bearer)
    assert (answer.status_code, answer.text) == (500, "oops")
    with pytest.raises(httpx2.TransportError):
        customer(books, "B")
    assert names(books) == ["A", "B"]


def test_slow_and_html(books: Any) -> None:
    books.faults({"kind": "slow", "delay_seconds": 0.05}, {"kind": "malformed"})
    begun = time.monotonic()
    assert customer(books).status == 200
    assert time.monotonic() - begun >= 0.05
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}"}
    answer = books.http.get(f"{books.base}/preferences", headers=bearer)
    assert (answer.status_code, answer.text[:6]) == (200, "<html>")


def test_a_fault_on_the_replay_of_what_was_done(books: Any) -> None:
    # §3: "a replayed batch answered with fault 6000"; "treat a fault on a replay as unknown".
    books.faults({"kind": "replay_fault", "on_replay": True})
    assert customer(books, requestid="k").status == 200
    assert customer(books, requestid="k").fault == "6000"
    assert customer(books, requestid="k").body["Customer"]["Id"] == "1"


def test_a_forgotten_request_id_makes_it_twice(books: Any) -> None:
    # §3: "a repeated id that made two payments".
    body = {"CustomerRef": books.customer(), "TotalAmt": 5}
    books.faults({"kind": "forget", "on_replay": True})
    made = [books.make("Payment", body, requestid="k")["Id"] for _ in range(3)]
    assert made == ["1", "2", "2"]
    books.faults({"kind": "forget"})
    item = {"bId": "1", "operation": "create", "Payment": body}
    found = [books.post("/batch", {"BatchItemRequest": [item]}, requestid="b") for _ in range(2)]
    assert [each.body["BatchItemResponse"][0]["Payment"]["Id"] for each in found] == ["3", "3"]


def test_a_write_that_becomes_visible_after_its_time_out(books: Any) -> None:
    # §8: "Request time-out 120 s (504 afterwards; the write may have happened)".
    books.faults({"kind": "late_commit", "operation": "create Customer", "delay_seconds": 0.3})
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}"}
    answer = books.http.post(f"{books.base}/customer", json={"DisplayName": "A"}, headers=bearer)
    assert (answer.status_code, names(books)) == (504, [])
    deadline = time.monotonic() + 10
    while not names(books) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert names(books) == ["A"]


def test_what_waits_through_a_reset_reaches_neither_the_fresh_company_nor_its_log(books: Any) -> None:
    books.faults({"kind": "slow", "operation": "create Customer", "delay_seconds": 1})
    with ThreadPoolExecutor(1) as aside:
        waiting = aside.submit(customer, books)
        while books.sandbox.faults.rules():
            time.sleep(0.01)
        books.http.post("/_control/reset")
        assert waiting.result().status == 200
    assert (names(books), books.http.get("/_control/log").json()["counts"]) == ([], {"query": 1})


@pytest.mark.parametrize("whole", [True, False])
def test_half_a_batch(books: Any, whole: bool) -> None:
    items = [{"bId": str(n), "operation": "create", "Customer": {"DisplayName": f"C{n}"}} for n in range(6)]
    rule = {"kind": "half_batch"} if whole else {"kind": "system_fault", "operation": "create *", "skip": 3, "times": 3}
    books.faults(rule)
    answer = books.post("/batch", {"BatchItemRequest": items}, requestid="h")
    assert (answer.status, len(names(books))) == (500 if whole else 200, 3)
    if not whole:
        assert [bool(each.get("Fault")) for each in answer.body["BatchItemResponse"]] == [False] * 3 + [True] * 3
    again = books.post("/batch", {"BatchItemRequest": items}, requestid="h")
    assert (again.status, len(names(books))) == (200, 6)

"""Transport, OAuth, replays, batches, limits, injected faults, the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from comptoir_sandbox.quickbooks.main import run

REDIRECT = "http://127.0.0.1:9/callback"


def test_gateway_faults_have_lower_case_keys(bare: Any) -> None:
    none = bare.call("GET", "/companyinfo/1")
    assert (none.status, none.fault) == (401, "3200")
    assert none.headers["www-authenticate"] == 'Bearer realm="Intuit", error="invalid_token"'
    bare.connect()
    wrong = bare.http.get("/v3/company/1/query", headers={"Authorization": f"Bearer {bare.tokens['access_token']}"})
    assert (wrong.status_code, wrong.json()["fault"]["error"][0]["code"]) == (403, "3100")
    bare.connect("openid email")
    assert bare.query("select * from Item").fault == "3100"
    bearer = {"Authorization": f"Bearer {bare.tokens['access_token']}"}
    assert bare.http.get("/v1/openid_connect/userinfo", headers=bearer).json()["sub"] == "sandbox-user"
    assert bare.http.get("/v1/openid_connect/userinfo").status_code == 401


def test_tokens_end_after_an_hour(books: Any) -> None:
    assert books.query("select * from Item").status == 200
    books.pass_time(3601)
    assert books.query("select * from Item").fault == "3200"
    answer = books.token(grant_type="refresh_token", refresh_token=books.tokens["refresh_token"])
    books.tokens = answer.json()
    assert books.query("select * from Item").status == 200
    books.http.post("/_control/expire_tokens")
    assert books.query("select * from Item").fault == "3200"


def test_headers_and_forms_of_answers(books: Any) -> None:
    answer = books.call("GET", "/companyinfo/" + books.sandbox.config.realm_id)
    assert answer.body["CompanyInfo"]["Country"] == "GB"
    assert answer.headers["intuit_tid"].startswith("1-")
    assert answer.headers["qbo-version"] == "1988.128"
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}", "Accept": "*/*"}
    xml = books.http.get(f"{books.base}/query?query=select * from Item", headers=bearer).text  # noqa: S608
    assert xml.startswith('<?xml version="1.0"')
    assert "<Name>Services</Name>" in xml
    assert "<Fault type=" in books.http.get(f"{books.base}/query?query=select", headers=bearer).text


@pytest.mark.parametrize(
    ("path", "options", "code"),
    [
        ("/salesreceipt", {"content": "{}", "headers": {"Content-Type": "text/plain"}}, "1050"),
        ("/salesreceipt", {"content": "{", "headers": {"Content-Type": "application/json"}}, "2010"),
        ("/salesreceipt", {"json": []}, "2010"),
        ("/nothing", {"json": {}}, "500"),
        ("/taxcode", {"json": {}}, "500"),
        ("/customer?operation=delete", {"json": {"Id": "1", "SyncToken": "0"}}, "610"),
        ("/preferences?operation=delete", {"json": {"Id": "1", "SyncToken": "0"}}, "500"),
        ("/preferences", {"json": {}}, "2020"),
        ("/batch", {"json": {}}, "2010"),
        ("/salesreceipt?requestid=" + "x" * 51, {"json": {}}, "2130"),
        ("/query", {"content": " "}, "4000"),
    ],
)
def test_refused_requests(books: Any, path: str, options: dict[str, Any], code: str) -> None:
    assert books.call("POST", path, **options).fault == code


def test_refused_reads(books: Any) -> None:
    assert books.call("GET", "/companyinfo/77").fault == "610"
    assert books.call("GET", "/customer").fault == "2020"
    assert books.call("GET", "/reports/GeneralLedger").fault == "500"
    wrong = {"start_date": "2026-02-01", "end_date": "2026-01-01"}
    assert books.call("GET", "/reports/TrialBalance", params=wrong).fault == "2070"


def test_consent_page_refuses_what_it_must(bare: Any) -> None:
    asked = {
        "client_id": "sandbox-client",
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "redirect_uri": REDIRECT,
        "state": "s",
    }
    assert bare.http.get("/connect/oauth2", params={**asked, "client_id": "x"}).status_code == 400
    assert bare.http.get("/connect/oauth2", params={**asked, "redirect_uri": "https://evil.invalid"}).status_code == 400
    for change, error in (({"scope": "all"}, "invalid_scope"), ({"state": ""}, "invalid_request")):
        back = bare.http.get("/connect/oauth2", params={**asked, **change}).headers["location"]
        assert f"error={error}" in back
    no = bare.http.post("/connect/oauth2", data={**asked, "decision": "refuse"}).headers["location"]
    assert no == f"{REDIRECT}?error=access_denied&state=s"
    other = bare.http.post("/connect/oauth2", data={**asked, "decision": "approve", "realm_id": "1"})
    assert other.status_code == 400
    assert bare.http.post("/connect/oauth2", data={"client_id": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": REDIRECT}, "invalid_grant"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
    ],
)
def test_token_errors(bare: Any, form: dict[str, str], error: str) -> None:
    answer = bare.token(**form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_client_keys_and_codes(bare: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    for headers in ({}, {"Authorization": "Basic !!!"}):
        answer = bare.http.post("/oauth2/v1/tokens/bearer", data=form, headers=headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    code = bare.code()
    exchange = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    assert bare.token(**{**exchange, "redirect_uri": "http://localhost/other"}).json()["error"] == "invalid_grant"
    late = bare.code()
    bare.pass_time(301)
    assert bare.token(**{**exchange, "code": late}).json()["error"] == "invalid_grant"
    bare.connect()
    hard = bare.http.post(
        "/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": bare.tokens["refresh_token"]},
        auth=("sandbox-client", "sandbox-secret"),
        headers={"x-include-refresh-token-hard-expires-in": "true"},
    ).json()
    assert 157_679_000 < hard["x_refresh_token_hard_expires_in"] <= 157_680_000
    bare.pass_time(8_726_401)
    refresh = {"grant_type": "refresh_token", "refresh_token": bare.tokens["refresh_token"]}
    assert bare.token(**refresh).json()["error"] == "invalid_grant"
    keys = ("sandbox-client", "sandbox-secret")
    for body in (b"{", b'{"token": "x"}'):
        assert bare.http.post("/v2/oauth2/tokens/revoke", content=body, auth=keys).status_code == 400
    assert bare.http.post("/v2/oauth2/tokens/revoke", content=b"{}").status_code == 401
    assert bare.http.get("/op/v1/jwks").json() == {"keys": []}


def test_a_repeated_request_id_gives_the_first_outcome(books: Any) -> None:
    body = {"DisplayName": "Once"}
    first = books.post("/customer", body, requestid="r1")
    again = books.post("/customer", {"DisplayName": "Other"}, requestid="r1")
    assert again.body["Customer"] == first.body["Customer"]
    refused = books.post("/customer", body, requestid="r2")
    assert (refused.fault, books.post("/customer", body, requestid="r2").fault) == ("6240", "6240")
    books.faults({"kind": "replay_fault", "operation": "create Customer", "on_replay": True})
    assert books.post("/customer", {"DisplayName": "New"}).status == 200
    assert books.post("/customer", body, requestid="r1").fault == "6000"
    books.pass_time(901)
    assert (
        books.post("/customer", {"DisplayName": "Late"}, requestid="r1").body["Customer"]["Id"]
        != (first.body["Customer"]["Id"])
    )


def batch(*items: dict[str, Any]) -> dict[str, Any]:
    return {"BatchItemRequest": list(items)}


def test_batch_items_stand_alone(books: Any) -> None:
    request = batch(
        {"bId": "1", "operation": "create", "Customer": {"DisplayName": "A"}},
        {"bId": "2", "operation": "create", "Customer": {"DisplayName": "A"}},
        {"bId": "3", "Query": "select * from Customer where DisplayName = 'A'"},
        {"bId": "4", "operation": "create", "Nonsense": {}},
        {"bId": "5", "operation": "dance", "Customer": {}},
        {"bId": "6", "Query": "select"},
        {"bId": "7", "operation": "create", "SalesReceipt": {"Line": [books.line("1.00")]}},
        {"bId": "8", "operation": "update", "SalesReceipt": {"Id": "1", "SyncToken": "0"}, "optionsData": "void"},
    )
    answer = books.post("/batch", request, requestid="b")
    found = {item["bId"]: item for item in answer.body["BatchItemResponse"]}
    codes = {key: item["Fault"]["Error"][0]["code"] for key, item in found.items() if "Fault" in item}
    assert codes == {"2": "6240", "4": "2000", "5": "500", "6": "4000"}
    assert found["3"]["QueryResponse"]["Customer"] == [found["1"]["Customer"]]
    assert found["8"]["SalesReceipt"]["TotalAmt"] == 0
    replayed = books.post("/batch", request, requestid="b").body["BatchItemResponse"]
    assert replayed == answer.body["BatchItemResponse"]
    assert books.rows("select * from Customer") == [found["1"]["Customer"]]
    assert books.http.get("/_control/log").json()["counts"]["batch"] == 2


@pytest.mark.parametrize(
    ("items", "code"),
    [
        ([{"bId": str(number), "Query": "select * from Item"} for number in range(31)], "1040"),
        ([{"bId": "1", "Query": "x"}, {"bId": "1", "Query": "x"}], "2030"),
        ([{"Query": "x"}], "2020"),
        ([{"bId": "x" * 50, "Query": "x"}], "2130"),
    ],
)
def test_batches_refused_whole(books: Any, items: list[dict[str, Any]], code: str) -> None:
    assert books.post("/batch", batch(*items), requestid="key").fault == code


def test_batch_answers_come_in_no_order(another: Any) -> None:
    client = another()
    request = batch(*({"bId": str(number), "Query": "select * from Item"} for number in range(30)))
    order = [item["bId"] for item in client.post("/batch", request).body["BatchItemResponse"]]
    assert sorted(order, key=int) == [str(number) for number in range(30)]
    assert order != sorted(order, key=int)


def test_limits_count_on_the_sandbox_clock(another: Any) -> None:
    client = another()
    statuses = [client.query("select * from Item").status for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    refused = client.query("select * from Item")
    assert (refused.status, refused.fault) == (429, "3001")
    for _ in range(49):
        client.pass_time(1.1)
        for _ in range(10):
            assert client.query("select * from Term where Id = '1'").status == 200
    client.pass_time(1.1)
    assert client.query("select * from Item").status == 429
    client.pass_time(60)
    for number in range(40):
        client.pass_time(0.2)
        assert client.post("/batch", batch()).status == 200, number
    client.pass_time(1)
    assert client.post("/batch", batch()).status == 429
    assert client.query("select * from Item").status == 200


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("throttle", 429, "3001"),
        ("expired_token", 401, "3200"),
        ("forbidden", 403, "3100"),
        ("timeout", 504, "504 Gateway"),
        ("xml_error", 500, "<Fault type="),
        ("system_fault", 500, "10000"),
        ("name_lock", 400, "only add or edit one name"),
        ("stale", 400, "5010"),
        ("books_closed", 400, "6200"),
        ("suspended", 403, "6190"),
    ],
)
def test_injected_faults(books: Any, kind: str, status: int, text: str) -> None:
    books.faults({"kind": kind, "operation": "create Customer"})
    bearer = {"Authorization": f"Bearer {books.tokens['access_token']}", "Accept": "application/json"}
    answer = books.http.post(f"{books.base}/customer", json={"DisplayName": "A"}, headers=bearer)
    assert answer.status_code == status
    assert text in answer.text
    assert books.rows("select * from Customer") == []
    entries = books.http.get("/_control/log").json()["entries"]
    assert [bool(entry["fault"]) for entry in entries if entry["operation"] == "create Customer"] == [True]


def test_a_cut_after_commit_is_found_again_by_its_key(books: Any) -> None:
    books.faults({"kind": "cut_after_commit", "operation": "batch"}, {"kind": "invalid_grant", "operation": "token"})
    request = batch({"bId": "1", "operation": "create", "Customer": {"DisplayName": "A"}})
    with pytest.raises(httpx2.TransportError):
        books.post("/batch", request, requestid="k")
    assert books.post("/batch", request, requestid="k").body["BatchItemResponse"][0]["Customer"]["Id"] == "1"
    refresh = {"grant_type": "refresh_token", "refresh_token": books.tokens["refresh_token"]}
    assert books.token(**refresh).json()["error"] == "invalid_grant"
    assert books.token(**refresh).status_code == 200


def history(books: Any, names: list[str]) -> None:
    for name in names:
        customer = books.customer(name)
        body = {
            "CustomerRef": customer,
            "DocNumber": name,
            "TxnDate": "2026-01-02",
            "Line": [books.line("12", "20.0% S")],
        }
        made = books.make("Invoice", body)
        link = {"Amount": 5, "LinkedTxn": [{"TxnId": made["Id"], "TxnType": "Invoice"}]}
        pay = {"CustomerRef": customer, "TotalAmt": 5, "TxnDate": "2026-01-03", "PaymentRefNum": name, "Line": [link]}
        books.make("Payment", pay)


def test_dumps(books: Any) -> None:
    history(books, ["A", "B"])
    lines = [json.loads(line) for line in books.http.get("/_control/dump").text.splitlines()]
    invoices = [line["object"] for line in lines if line["type"] == "Invoice"]
    assert [invoice["DocNumber"] for invoice in invoices] == ["A", "B"]
    first = books.http.get("/_control/dump?canonical=1").text
    assert '"SyncToken"' not in first
    assert "20.0% S (Sales)" in first
    books.http.post("/_control/reset")
    books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    books.make("SalesReceipt", {"Id": "1", "SyncToken": "0"}, operation="delete")
    history(books, ["B", "A"])
    assert books.http.get("/_control/dump?canonical=1").text == first


def test_trial_balance_report(books: Any) -> None:
    empty = books.call("GET", "/reports/TrialBalance").body
    assert empty["Header"]["Option"] == [{"Name": "NoReportData", "Value": "true"}]
    history(books, ["A"])
    dates = {"start_date": "2026-01-01", "end_date": "2026-01-31"}
    rows = books.call("GET", "/reports/TrialBalance", params=dates).body["Rows"]["Row"]
    shown = {row["ColData"][0]["value"]: [cell["value"] for cell in row["ColData"][1:]] for row in rows[:-1]}
    assert shown == {
        "Services": ["", "12.00"],
        "Undeposited Funds": ["5.00", ""],
        "Accounts Receivable (A/R)": ["9.40", ""],
        "VAT Control": ["", "2.40"],
    }
    assert [cell["value"] for cell in rows[-1]["Summary"]["ColData"]] == ["TOTAL", "14.40", "14.40"]
    later = {"start_date": "2026-02-01", "end_date": "2026-02-28"}
    rows = books.call("GET", "/reports/TrialBalance", params=later).body["Rows"]["Row"]
    assert "Services" not in {row["ColData"][0]["value"] for row in rows[:-1]}
    assert books.balances()["Services"] == Decimal(-12)


def test_wrong_options_end_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["--clock-speed", "-1"], ["--profile", "mars"]):
        with pytest.raises(SystemExit) as ended:
            run(argv)
        assert ended.value.code == 2
    assert "mars" in capsys.readouterr().err


@pytest.mark.journey
def test_the_command_serves_a_company_and_approves_at_once() -> None:
    command = [sys.executable, "-m", "comptoir_sandbox", "quickbooks", "--auto-approve", "--realm-id", "77"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        found = httpx2.get(facts["discovery_url"]).json()
        asked = {
            "client_id": facts["client_id"],
            "response_type": "code",
            "scope": "com.intuit.quickbooks.accounting",
            "redirect_uri": REDIRECT,
            "state": "s",
        }
        back = httpx2.get(found["authorization_endpoint"], params=asked).headers["location"]
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert facts["api_url"] == facts["url"]
    assert "realmId=77" in back


def test_a_tax_code_is_switched_off_and_on_as_on_its_page(books: Any) -> None:
    def found() -> list[dict[str, Any]]:
        return list(books.rows("select * from TaxCode where Name = '20.0% S'"))

    (before,) = found()
    assert books.http.post("/_control/tax_code", json={"name": "20.0% S", "active": False}).status_code == 204
    assert found() == []
    assert books.http.post("/_control/tax_code", json={"name": "20.0% S", "active": True}).status_code == 204
    (after,) = found()
    assert (after["Active"], int(after["SyncToken"])) == (True, int(before["SyncToken"]) + 2)
    wrongs: tuple[Any, ...] = ({"name": "none", "active": True}, {"name": "20.0% S"}, [])
    for wrong in wrongs:
        assert books.http.post("/_control/tax_code", json=wrong).status_code == 400

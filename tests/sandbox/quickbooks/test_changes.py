"""Change data capture, notifications, faults by code, exchange rates and options over HTTP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.hooks import NO_ANSWER, signature
from comptoir_sandbox.quickbooks import webhooks
from comptoir_sandbox.quickbooks.main import run
from comptoir_sandbox.quickbooks.profile import Options
from comptoir_sandbox.quickbooks.webhooks import Change, Webhooks
from comptoir_sandbox.server import ThreadedServer

ROOT = Path(__file__).resolve().parents[3]


def test_changes_are_listed_oldest_first_with_deletions(books: Any) -> None:
    ada = books.customer()
    kept = books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    gone = books.make("SalesReceipt", {"Line": [books.line("2.00")]})
    books.make("SalesReceipt", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")
    asked = {"entities": "salesreceipt,Invoice,Customer", "changedSince": "2026-01-31T00:00:00-08:00"}
    answer = books.call("GET", "/cdc", params=asked).body["CDCResponse"][0]["QueryResponse"]
    assert [each.get("Id") for each in answer[0]["SalesReceipt"]] == [kept["Id"], gone["Id"]]
    assert answer[0]["SalesReceipt"][1]["status"] == "Deleted"
    assert (answer[1], answer[2]["Customer"][0]["Id"]) == ({}, ada["value"])
    later = {**asked, "changedSince": "2036-01-01T00:00:00Z"}
    assert books.call("GET", "/cdc", params=later).body["CDCResponse"][0]["QueryResponse"] == [{}, {}, {}]
    for change, code in (
        ({"entities": ""}, "2020"),
        ({"changedSince": ""}, "2020"),
        ({"entities": "TaxCode"}, "2000"),
        ({"changedSince": "yesterday"}, "2060"),
    ):
        assert books.call("GET", "/cdc", params={**asked, **change}).fault == code


@dataclass
class Receiver:
    """An application's webhook address."""

    status: int = 200
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def app(self) -> Starlette:
        async def take(request: Request) -> Response:
            self.seen.append((dict(request.headers), await request.body()))
            return Response(status_code=self.status)

        return Starlette(routes=[Route("/hook", take, methods=["POST"])])


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    made = Receiver()
    with ThreadedServer(made.app()) as server:
        yield made, f"{server.url}/hook"


def test_notifications_are_signed_cloud_events(receiver: tuple[Receiver, str]) -> None:
    made, url = receiver
    hooks = Webhooks(Clock(datetime(2026, 1, 31, tzinfo=UTC), speed=0), realm_id="77")
    hooks.configure(url, "token")
    hooks._add(webhooks.Delivery(b"[]", hooks._clock.now(), due=hooks._clock.now()))
    assert hooks.deliver_due() == 1
    headers, body = made.seen[0]
    expected = base64.b64encode(hmac.new(b"token", body, hashlib.sha256).digest()).decode()
    assert headers["intuit-signature"] == expected
    event = hooks._event(Change("Invoice", "5", "void"))
    assert (event["type"], event["intuitentityid"], event["intuitaccountid"]) == ("qbo.invoice.voided.v1", "5", "77")
    assert (event["specversion"], event["time"]) == ("1.0", "2026-01-31T00:00:00.000Z")


def test_a_write_announces_itself_and_what_changed_along(books: Any, receiver: tuple[Receiver, str]) -> None:
    _, url = receiver
    ada = books.customer()
    bill = books.make("Invoice", {"CustomerRef": ada, "Line": [books.line("5.00")]})
    answer = books.http.post("/_control/webhooks", json={"url": url, "verifier_token": "t"})
    assert answer.json()["url"] == url
    try:
        line = {"Amount": 5, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Invoice"}]}
        books.make("Payment", {"CustomerRef": ada, "TotalAmt": 5, "Line": [line]})
        books.http.post("/_control/webhooks", json={})
        found = books.http.get("/_control/webhooks").json()["deliveries"]
        types = sorted(event["type"] for each in found for event in each["events"])
        assert types == ["qbo.invoice.updated.v1", "qbo.payment.created.v1"]
        for wrong in ("[]", '{"x": 1}', "{"):
            assert books.http.post("/_control/webhooks", content=wrong).status_code == 400
    finally:
        books.http.post("/_control/webhooks", json={"url": None})


def test_failed_deliveries_are_retried_and_then_given_up() -> None:
    clock = Clock(datetime(2026, 1, 31, tzinfo=UTC), speed=0)
    statuses = [503, 0, 500, 504]
    hooks = Webhooks(clock, realm_id="1", post=lambda *_: statuses.pop(0))
    hooks.configure("http://127.0.0.1:9/hook", "t")
    hooks._add(webhooks.Delivery(b"[]", clock.now(), due=clock.now()))
    assert (hooks.deliver_due(), hooks.deliver_due()) == (1, 0)
    for minutes in webhooks.RETRY_MINUTES:
        clock.advance(minutes * 60)
        assert hooks.deliver_due() == 1
    assert hooks.blacklisted
    hooks.announce([Change("Invoice", "1", "create")])
    assert (len(hooks.deliveries), hooks.deliveries[0].statuses) == (1, [503, 0, 500, 504])
    assert webhooks.send("http://127.0.0.1:9/hook", b"[]", {}) == NO_ANSWER


def test_exchange_rates_over_http(another: Callable[..., Any]) -> None:
    client = another(profile="multicurrency", limits=False)
    rate = {"SourceCurrencyCode": "EUR", "Rate": "0.91", "AsOfDate": "2026-01-05"}
    assert client.post("/exchangerate", rate).body["ExchangeRate"]["Rate"] == Decimal("0.91")

    def read(**params: str) -> Any:
        return client.call("GET", "/exchangerate", params=params)

    found = read(sourcecurrencycode="EUR", asofdate="2026-01-05").body["ExchangeRate"]
    assert (found["Rate"], found["TargetCurrencyCode"]) == (Decimal("0.91"), "GBP")
    assert read(sourcecurrencycode="GBP").body["ExchangeRate"]["Rate"] == 1
    text = "select * from ExchangeRate where sourcecurrencycode in ('EUR','USD') and asofdate='2026-01-01'"
    rows = client.query(text).body["QueryResponse"]["ExchangeRate"]
    assert {row["SourceCurrencyCode"]: row["Rate"] for row in rows} == {"EUR": Decimal("0.85"), "USD": Decimal("0.75")}
    assert client.query("select count(*) from ExchangeRate").body["QueryResponse"] == {"totalCount": 2}
    assert client.query("select * from ExchangeRate where sourcecurrencycode = 'X'").body["QueryResponse"] == {}
    assert client.query("select * from ExchangeRate where Rate = 1").fault == "4001"
    assert (read().fault, read(sourcecurrencycode="JPY").fault) == ("2020", "2500")
    for change, code in (({"Rate": None}, "2020"), ({"SourceCurrencyCode": "GBP"}, "6000"), ({"Rate": 0}, "2090")):
        assert client.post("/exchangerate", {**rate, **change}).fault == code


def test_rooms_of_the_control_api_and_paths(books: Any) -> None:
    books.make("SalesReceipt", {"Line": [books.line("10.00", "20.0% S")]})
    rows = books.http.get("/_control/tax_summary").json()
    assert [(row["name"], row["base"], row["tax"]) for row in rows] == [("20.0% S (Sales)", "10.00", "2.00")]
    assert books.http.get("/_control/tax_summary", params={"end": "2020-01-01"}).json() == []
    assert books.call("GET", "/exchangerate", params={"sourcecurrencycode": "EUR"}).fault == "5020"
    assert books.call("GET", "/batch").fault == "500"
    assert books.call("POST", "/taxservice/other", json={}).fault == "500"
    made = books.post("/taxservice/taxcode", {"TaxCode": "A", "TaxRateDetails": [{"TaxRateId": "1"}]})
    assert made.body["TaxCodeId"]


def test_options_reach_the_company(another: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    client = another(profile="quebec", options=Options(inventory=False, auto_apply=True))
    prefs = client.call("GET", "/preferences").body["Preferences"]
    assert prefs["SalesFormsPrefs"]["AutoApplyCredit"] is True
    assert prefs["ProductAndServicesPrefs"]["QuantityOnHand"] is False
    with pytest.raises(SystemExit):
        run(["--books-closed-until", "soon"])
    assert "isoformat" in capsys.readouterr().err


def test_notifications_in_the_older_form(books: Any, receiver: tuple[Receiver, str]) -> None:
    # §7, "Legacy body".
    received, url = receiver
    wrong = books.http.post("/_control/webhooks", json={"url": url, "format": "smoke"})
    assert (wrong.status_code, "legacy" in wrong.json()["error"]) == (400, True)
    shown = books.http.post("/_control/webhooks", json={"url": url, "verifier_token": "t", "format": "legacy"})
    assert shown.json()["format"] == "legacy"
    try:
        made = books.customer()["value"]
        deadline = time.monotonic() + 10
        while not received.seen and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        books.http.post("/_control/webhooks", json={"url": None})
    headers, body = received.seen[0]
    assert headers["intuit-signature"] == signature(body, "t")
    notice = json.loads(body)["eventNotifications"][0]
    assert notice["realmId"] == books.sandbox.config.realm_id
    change = notice["dataChangeEvent"]["entities"][0]
    assert (change["name"], change["id"], change["operation"]) == ("Customer", made, "Create")
    assert datetime.fromisoformat(change["lastUpdated"]).utcoffset() is not None


def test_mail_paper_and_their_limits(books: Any) -> None:
    # §3: "/send", "/pdf"; §8: "E-mails (send): 40 / day per realm".
    form = {"CustomerRef": books.customer(), "Line": [books.line("1.00")]}
    made = books.make("Invoice", form)
    mail = {"headers": {"Content-Type": "application/octet-stream"}}
    address = f"/invoice/{made['Id']}/send"
    assert books.call("POST", address, **mail).fault == "6420"
    assert books.call("POST", address, params={"sendTo": "nobody"}, **mail).fault == "2210"
    sent = books.call("POST", address, params={"sendTo": "ada@example.com"}, **mail).body["Invoice"]
    assert (sent["EmailStatus"], sent["DeliveryInfo"]["DeliveryType"], sent["SyncToken"]) == ("EmailSent", "Email", "1")
    for _ in range(39):
        assert books.call("POST", address, **mail).status == 200
    assert books.call("POST", address, **mail).status == 429
    books.pass_time(86_400)
    books.connect()
    assert books.call("POST", address, **mail).status == 200
    assert books.call("POST", "/customer/1/send", **mail).fault == "500"
    assert books.call("GET", "/customer/1/pdf").fault == "500"
    assert books.call("GET", "/invoice/99/pdf").fault == "610"
    assert books.call("GET", f"/invoice/{made['Id']}/nothing").fault == "500"


def test_a_person_works_with_a_token_of_their_own(books: Any) -> None:
    given = books.http.post("/_control/token")
    bearer = {"Authorization": f"Bearer {given.json()['access_token']}", "Accept": "application/json"}
    by_hand = books.http.post(f"{books.base}/customer", json={"DisplayName": "By hand"}, headers=bearer)
    assert by_hand.status_code == 200
    assert books.rows("select * from Customer")[0]["DisplayName"] == "By hand"
    open_scopes = books.http.post("/_control/token", json={"scopes": ["openid"]}).json()["access_token"]
    other = {"Authorization": f"Bearer {open_scopes}"}
    assert books.http.get(f"{books.base}/preferences", headers=other).status_code == 403
    assert books.http.post("/_control/token", json=[]).status_code == 400

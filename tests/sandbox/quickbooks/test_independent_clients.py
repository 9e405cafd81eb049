"""Other people's clients drive the sandbox: intuit-oauth and python-quickbooks (referees, not dependencies)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

# Both libraries use calls their own dependencies call outdated, and python-quickbooks leaves its sessions open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def auth_client(bare: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from intuitlib import utils
    from intuitlib.client import AuthClient

    base = str(bare.http.base_url).rstrip("/")
    monkeypatch.setitem(utils.DISCOVERY_URL, "sandbox", f"{base}/.well-known/openid_sandbox_configuration")
    return AuthClient("sandbox-client", "sandbox-secret", "http://localhost:9/callback", "sandbox")


@pytest.fixture
def quickbooks(bare: Any, auth_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from quickbooks import QuickBooks

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    base = str(bare.http.base_url).rstrip("/")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{base}/v3")
    exchange(bare, auth_client)
    return QuickBooks(
        auth_client=auth_client,
        refresh_token=auth_client.refresh_token,
        company_id=bare.sandbox.config.realm_id,
        minorversion=75,
    )


def exchange(bare: Any, auth_client: Any) -> None:
    from intuitlib.enums import Scopes

    url = auth_client.get_authorization_url([Scopes.ACCOUNTING])
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert "Connect an application" in bare.http.get(url).text
    answer = bare.http.post("/connect/oauth2", data={**asked, "decision": "approve"})
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    assert back["state"] == [auth_client.state_token]
    auth_client.get_bearer_token(back["code"][0], realm_id=back["realmId"][0])


def test_oauth_exchange_refresh_rotation_and_revocation(bare: Any, auth_client: Any) -> None:
    from intuitlib.exceptions import AuthClientError

    exchange(bare, auth_client)
    first = auth_client.refresh_token
    auth_client.refresh()
    assert auth_client.refresh_token == first
    bare.pass_time(86_401)
    auth_client.refresh()
    assert auth_client.refresh_token != first
    with pytest.raises(AuthClientError):
        auth_client.refresh(refresh_token=first)
    assert auth_client.revoke(token=auth_client.refresh_token)
    with pytest.raises(AuthClientError):
        auth_client.refresh()


def receipt(number: str) -> Any:
    from quickbooks.objects import Ref, SalesItemLine, SalesItemLineDetail, SalesReceipt

    line = SalesItemLine()
    line.Amount = 10.0
    line.SalesItemLineDetail = SalesItemLineDetail()
    line.SalesItemLineDetail.Qty = 2
    line.SalesItemLineDetail.UnitPrice = 5
    line.SalesItemLineDetail.ItemRef = ref(Ref, "1")
    line.SalesItemLineDetail.TaxCodeRef = ref(Ref, "1")
    made = SalesReceipt()
    made.DocNumber = number
    made.Line = [line]
    return made


def ref(kind: Any, value: str) -> Any:
    made = kind()
    made.value = value
    return made


def test_create_query_update_void(quickbooks: Any) -> None:
    from quickbooks.exceptions import QuickbooksException
    from quickbooks.objects import Customer, SalesReceipt

    customer = Customer()
    customer.DisplayName = "O'Neil & Söhne"
    saved = customer.save(qb=quickbooks)
    found = Customer.filter(DisplayName="O'Neil & Söhne", qb=quickbooks)
    assert [each.Id for each in found] == [saved.Id]

    sale = receipt("R-1")
    sale.CustomerRef = saved.to_ref()
    sale = sale.save(qb=quickbooks)
    assert (sale.TotalAmt, sale.SyncToken) == (12.0, "0")
    sale.PrivateNote = "seen"
    changed = sale.save(qb=quickbooks)
    assert (changed.SyncToken, changed.PrivateNote) == ("1", "seen")
    with pytest.raises(QuickbooksException) as refused:
        receipt("R-1").save(qb=quickbooks)
    assert refused.value.error_code == 6140

    changed.void(qb=quickbooks)
    assert SalesReceipt.get(sale.Id, qb=quickbooks).TotalAmt == 0
    assert SalesReceipt.count(qb=quickbooks) == 1
    assert SalesReceipt.get(sale.Id, qb=quickbooks).delete(qb=quickbooks)["SalesReceipt"]["status"] == "Deleted"


def test_invoice_and_payment(quickbooks: Any) -> None:
    from quickbooks.objects import Customer, Invoice, Payment, PaymentLine, Ref

    customer = Customer()
    customer.DisplayName = "Paying"
    customer = customer.save(qb=quickbooks)
    invoice = Invoice()
    invoice.CustomerRef = customer.to_ref()
    invoice.Line = receipt("x").Line
    invoice = invoice.save(qb=quickbooks)
    line = PaymentLine()
    line.Amount = 12.0
    line.LinkedTxn = [invoice.to_linked_txn()]
    payment = Payment()
    payment.CustomerRef = ref(Ref, customer.Id)
    payment.TotalAmt = 12.0
    payment.Line = [line]
    payment = payment.save(qb=quickbooks)
    assert payment.UnappliedAmt == 0
    paid = Invoice.get(invoice.Id, qb=quickbooks)
    assert (paid.Balance, paid.SyncToken) == (0, "1")
    payment.void(qb=quickbooks)
    assert Invoice.get(invoice.Id, qb=quickbooks).Balance == 12.0


def test_batch_and_report(quickbooks: Any) -> None:
    from quickbooks.batch import batch_create

    answer = batch_create([receipt("B-1"), receipt("B-2"), receipt("B-2")], qb=quickbooks)
    assert sorted(each.DocNumber for each in answer.successes) == ["B-1", "B-2"]
    assert [fault.Error[0].code for fault in answer.faults] == ["6140"]
    report = quickbooks.get_report("TrialBalance", {"start_date": "2026-01-01", "end_date": "2030-12-31"})
    assert report["Rows"]["Row"][-1]["Summary"]["ColData"][1]["value"] == "24.00"

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
    return authorizer(bare, monkeypatch)


def authorizer(client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from intuitlib import utils
    from intuitlib.client import AuthClient

    base = str(client.http.base_url).rstrip("/")
    monkeypatch.setitem(utils.DISCOVERY_URL, "sandbox", f"{base}/.well-known/openid_sandbox_configuration")
    return AuthClient("sandbox-client", "sandbox-secret", "http://localhost:9/callback", "sandbox")


@pytest.fixture
def quickbooks(bare: Any, auth_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    return library(bare, auth_client, monkeypatch)


def library(client: Any, auth_client: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    from quickbooks import QuickBooks

    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    base = str(client.http.base_url).rstrip("/")
    monkeypatch.setattr(QuickBooks, "sandbox_api_url_v3", f"{base}/v3")
    exchange(client, auth_client)
    return QuickBooks(
        auth_client=auth_client,
        refresh_token=auth_client.refresh_token,
        company_id=client.sandbox.config.realm_id,
        minorversion=75,
    )


@pytest.fixture
def several_currencies(another: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The library before the company with stock and several currencies."""
    client = another(profile="multicurrency", limits=False, shuffle_batches=False)
    return library(client, authorizer(client, monkeypatch), monkeypatch)


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


def test_discovery_names_every_endpoint(bare: Any, auth_client: Any) -> None:
    base = str(bare.http.base_url).rstrip("/")
    assert auth_client.auth_endpoint == f"{base}/connect/oauth2"
    assert auth_client.token_endpoint == f"{base}/oauth2/v1/tokens/bearer"
    assert auth_client.revoke_endpoint == f"{base}/v2/oauth2/tokens/revoke"
    assert (auth_client.issuer_uri, auth_client.jwks_uri) == (f"{base}/op/v1", f"{base}/op/v1/jwks")
    exchange(bare, auth_client)
    assert auth_client.revoke(token=auth_client.access_token)  # either token ends the grant (§1)


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


def account(qb: Any, subtype: str) -> dict[str, str]:
    from quickbooks.objects import Account

    return {"value": min(Account.filter(AccountSubType=subtype, qb=qb), key=lambda each: int(each.Id)).Id}


def code(qb: Any, name: str = "20.0% S") -> dict[str, str]:
    from quickbooks.objects import TaxCode

    return {"value": TaxCode.filter(Name=name, qb=qb)[0].Id}


def sold(qb: Any, amount: float = 10.0) -> list[dict[str, Any]]:
    # The library sends a quantity and a price of nothing where none is given.
    detail = {"ItemRef": {"value": "1"}, "TaxCodeRef": code(qb), "Qty": 1, "UnitPrice": amount}
    return [{"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}]


def spent(qb: Any, amount: float = 10.0) -> list[dict[str, Any]]:
    detail = {"AccountRef": account(qb, "BankCharges"), "TaxCodeRef": code(qb)}
    line = {"Amount": amount, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
    return [line]


def save(qb: Any, kind: str, fields: dict[str, Any]) -> Any:
    from quickbooks import objects

    return getattr(objects, kind).from_json(fields).save(qb=qb)


LISTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("Account", {"Name": "Amazon clearing", "AccountType": "Bank"}, {"Description": "payouts"}),
    ("Class", {"Name": "Wholesale"}, {"Name": "Trade"}),
    ("Customer", {"DisplayName": "Ada"}, {"Notes": "n"}),
    ("Department", {"Name": "North"}, {"Name": "South"}),
    ("Employee", {"GivenName": "Jo", "FamilyName": "Doe"}, {"GivenName": "Joe"}),
    ("Item", {"Name": "Cup", "Type": "NonInventory"}, {"Description": "blue"}),
    ("PaymentMethod", {"Name": "Gift card"}, {"Name": "Voucher"}),
    ("Term", {"Name": "Net 7", "DueDays": 7}, {"DueDays": 8}),
    ("Vendor", {"DisplayName": "Post"}, {"CompanyName": "Post plc"}),
]


@pytest.mark.parametrize(("kind", "fields", "change"), LISTS, ids=[each[0] for each in LISTS])
def test_every_list(quickbooks: Any, kind: str, fields: dict[str, Any], change: dict[str, Any]) -> None:
    from quickbooks import objects

    cls = getattr(objects, kind)
    if kind == "Item":
        income, cost = account(quickbooks, "SalesOfProductIncome"), account(quickbooks, "SuppliesMaterials")
        fields = {**fields, "IncomeAccountRef": income, "ExpenseAccountRef": cost}
    made = save(quickbooks, kind, fields)
    for name, value in change.items():
        setattr(made, name, value)
    changed = made.save(qb=quickbooks)
    assert changed.SyncToken == "1"
    read = cls.get(made.Id, qb=quickbooks)
    assert {name: getattr(read, name) for name in change} == change
    assert cls.filter(Active=True, Id=made.Id, qb=quickbooks)[0].Id == made.Id
    read.Active = False
    assert read.save(qb=quickbooks).Active is False
    assert cls.filter(Id=made.Id, qb=quickbooks) == []


def documents(qb: Any) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Kind, fields, a sparse change of each document."""
    customer = {"value": save(qb, "Customer", {"DisplayName": "Ada"}).Id}
    vendor = {"value": save(qb, "Vendor", {"DisplayName": "Post"}).Id}
    bank, held = account(qb, "Checking"), account(qb, "UndepositedFunds")
    direct = {"AccountRef": account(qb, "SalesOfProductIncome")}
    sides = [
        {
            "Amount": 5,
            "DetailType": "JournalEntryLineDetail",
            "JournalEntryLineDetail": {"PostingType": side, "AccountRef": each},
        }
        for side, each in (("Debit", bank), ("Credit", account(qb, "OpeningBalanceEquity")))
    ]
    received = [{"Amount": 5, "DetailType": "DepositLineDetail", "DepositLineDetail": direct}]
    note = {"PrivateNote": "seen"}
    owed = {"VendorRef": vendor}
    paid = {"TotalAmt": 3, "PayType": "Check", "CheckPayment": {"BankAccountRef": bank}, "Line": []}
    return [
        ("Invoice", {"CustomerRef": customer, "Line": sold(qb)}, note),
        ("SalesReceipt", {"CustomerRef": customer, "Line": sold(qb)}, note),
        ("CreditMemo", {"CustomerRef": customer, "Line": sold(qb)}, note),
        ("RefundReceipt", {"CustomerRef": customer, "DepositToAccountRef": bank, "Line": sold(qb)}, note),
        (
            "Payment",
            {"CustomerRef": customer, "TotalAmt": 5, "Line": []},
            {"CustomerRef": customer, "PaymentRefNum": "7"},
        ),
        ("JournalEntry", {"Line": sides}, note),
        ("Deposit", {"DepositToAccountRef": bank, "Line": received}, note),
        ("Transfer", {"FromAccountRef": bank, "ToAccountRef": held, "Amount": 2}, note),
        (
            "Purchase",
            {"PaymentType": "Cash", "AccountRef": bank, "Line": spent(qb)},
            {"PaymentType": "Cash", "AccountRef": bank, "PrivateNote": "seen"},
        ),
        ("Bill", {**owed, "Line": spent(qb)}, {**owed, **note}),
        ("BillPayment", {**owed, **paid}, {**owed, "TotalAmt": 3, "PrivateNote": "seen"}),
    ]


def test_every_document(quickbooks: Any) -> None:
    """Made, read, found, changed sparsely and whole, voided where that is possible, deleted."""
    import json

    from quickbooks import objects
    from quickbooks.exceptions import QuickbooksException

    for kind, fields, change in documents(quickbooks):
        cls = getattr(objects, kind)
        made = save(quickbooks, kind, fields)
        assert (made.SyncToken, cls.get(made.Id, qb=quickbooks).Id) == ("0", made.Id), kind
        assert [each.Id for each in cls.filter(Id=made.Id, qb=quickbooks)] == [made.Id], kind
        sparse = {"Id": made.Id, "SyncToken": "0", "sparse": True, **change}
        answer = quickbooks.update_object(kind, json.dumps(sparse))[kind]
        assert answer["SyncToken"] == "1", kind
        if "TotalAmt" in answer:
            assert answer["TotalAmt"] == made.TotalAmt, kind
        with pytest.raises(QuickbooksException) as stale:
            quickbooks.update_object(kind, json.dumps(sparse))
        assert stale.value.error_code == 5010, kind
        whole = cls.get(made.Id, qb=quickbooks)
        whole.TxnDate = "2026-01-09"
        assert whole.save(qb=quickbooks).TxnDate == "2026-01-09", kind
        if hasattr(whole, "void"):
            cls.get(made.Id, qb=quickbooks).void(qb=quickbooks)
            assert cls.get(made.Id, qb=quickbooks).TotalAmt == 0, kind
        assert cls.get(made.Id, qb=quickbooks).delete(qb=quickbooks)[kind]["status"] == "Deleted", kind
        with pytest.raises(QuickbooksException) as gone:
            cls.get(made.Id, qb=quickbooks)
        assert gone.value.error_code == 610, kind
    report = quickbooks.get_report("TrialBalance", {"start_date": "2020-01-01", "end_date": "2030-12-31"})
    assert report["Rows"]["Row"][-1]["Summary"]["ColData"][1]["value"] == "0.00"


def test_batches_of_thirty_and_their_changes_captured(quickbooks: Any) -> None:
    from datetime import UTC, datetime

    from quickbooks.batch import batch_create, batch_delete, batch_update
    from quickbooks.cdc import change_data_capture
    from quickbooks.objects import Customer, SalesReceipt

    many = [SalesReceipt.from_json({"DocNumber": f"B{n}", "Line": sold(quickbooks)}) for n in range(35)]
    made = batch_create(many, qb=quickbooks)
    assert (len(made.successes), made.faults) == (35, [])
    for each in made.successes:
        each.PrivateNote = "seen"
    changed = batch_update(made.successes, qb=quickbooks)
    assert {each.SyncToken for each in changed.successes} == {"1"}
    ended = batch_delete(changed.successes[:30], qb=quickbooks)
    assert len(ended.successes) == 30
    save(quickbooks, "Customer", {"DisplayName": "Ada"})
    found = change_data_capture([SalesReceipt, Customer], datetime(2026, 1, 1, tzinfo=UTC), qb=quickbooks)
    marks = [getattr(each, "status", None) for each in found.SalesReceipt._object_list]
    assert (marks.count("Deleted"), len(marks)) == (30, 35)
    assert [each.DisplayName for each in found.Customer._object_list] == ["Ada"]


def test_company_taxes_and_settings(quickbooks: Any) -> None:
    from quickbooks.objects import CompanyInfo, Preferences, TaxAgency, TaxCode, TaxRate
    from quickbooks.objects.taxservice import TaxRateDetails, TaxService

    assert CompanyInfo.all(qb=quickbooks)[0].Country == "GB"
    settings = Preferences.get(qb=quickbooks)
    assert settings.TaxPrefs.UsingSalesTax is True
    agency = save(quickbooks, "TaxAgency", {"DisplayName": "Skatteverket"})
    assert agency.Id in [each.Id for each in TaxAgency.all(qb=quickbooks)]
    wanted = TaxService()
    wanted.TaxCode = "Moms 25"
    detail = TaxRateDetails()
    detail.TaxRateName, detail.RateValue, detail.TaxAgencyId = "Moms 25 %", 25, agency.Id
    wanted.TaxRateDetails = [detail]
    del wanted.__dict__["Id"]
    answer = quickbooks.create_object("TaxService/Taxcode", wanted.to_json())
    made = TaxCode.get(answer["TaxCodeId"], qb=quickbooks)
    rate = made.SalesTaxRateList.TaxRateDetail[0].TaxRateRef.value
    assert TaxRate.get(rate, qb=quickbooks).RateValue == 25


def test_currencies_and_their_rates(several_currencies: Any) -> None:
    from quickbooks.objects.companycurrency import CompanyCurrency
    from quickbooks.objects.exchangerate import ExchangeRate

    added = CompanyCurrency.from_json({"Code": "SEK", "Name": "Swedish Krona"}).save(qb=several_currencies)
    assert added.Id in [each.Id for each in CompanyCurrency.all(qb=several_currencies)]
    found = ExchangeRate.where("SourceCurrencyCode in ('EUR') and AsOfDate = '2026-01-31'", qb=several_currencies)
    assert found[0].Rate == 0.85
    foreign = {"DisplayName": "Zoé", "CurrencyRef": {"value": "EUR"}}
    customer = save(several_currencies, "Customer", foreign)
    body = {"CustomerRef": {"value": customer.Id}, "Line": sold(several_currencies), "ExchangeRate": 0.9}
    invoice = save(several_currencies, "Invoice", body)
    assert (invoice.CurrencyRef.value, invoice.HomeTotalAmt) == ("EUR", 10.8)


def test_stock(several_currencies: Any) -> None:
    from quickbooks.objects import Item

    fields = {
        "Name": "Cup",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 10,
        "InvStartDate": "2025-01-01",
        "PurchaseCost": 2,
        "IncomeAccountRef": account(several_currencies, "SalesOfProductIncome"),
        "ExpenseAccountRef": account(several_currencies, "SuppliesMaterialsCogs"),
        "AssetAccountRef": account(several_currencies, "Inventory"),
    }
    cup = save(several_currencies, "Item", fields)
    line = sold(several_currencies, 12.0)
    line[0]["SalesItemLineDetail"] |= {"ItemRef": {"value": cup.Id}, "Qty": 3, "UnitPrice": 4}
    save(several_currencies, "SalesReceipt", {"Line": line})
    assert Item.get(cup.Id, qb=several_currencies).QtyOnHand == 7


def test_files_mail_and_paper(quickbooks: Any) -> None:
    from quickbooks.objects import Attachable, Invoice

    customer = save(quickbooks, "Customer", {"DisplayName": "Ada", "PrimaryEmailAddr": {"Address": "ada@example.com"}})
    body = {"CustomerRef": {"value": customer.Id}, "Line": sold(quickbooks)}
    invoice = save(quickbooks, "Invoice", {**body, "BillEmail": {"Address": "ada@example.com"}})
    file = Attachable()
    ref = {"EntityRef": {"type": "Invoice", "value": invoice.Id}, "IncludeOnSend": False}
    file.AttachableRef = [ref]
    file.FileName, file.ContentType, file._FileBytes = "proof.pdf", "application/pdf", b"%PDF-\x00\xff"
    saved = file.save(qb=quickbooks)
    assert (saved.FileName, saved.Size) == ("proof.pdf", 7)
    assert [each.Id for each in Attachable.filter(FileName="proof.pdf", qb=quickbooks)] == [saved.Id]
    invoice.send(qb=quickbooks, send_to="other@example.com")
    sent = Invoice.get(invoice.Id, qb=quickbooks)
    assert (sent.EmailStatus, sent.BillEmail.Address) == ("EmailSent", "other@example.com")
    assert invoice.download_pdf(qb=quickbooks).startswith(b"%PDF-1.4")


def test_the_library_accepts_the_signature_of_a_notification(quickbooks: Any) -> None:
    from comptoir_sandbox.control.hooks import signature

    body = '[{"specversion":"1.0"}]'
    assert quickbooks.validate_webhook_signature(body, signature(body.encode(), "secret"), "secret")
    assert not quickbooks.validate_webhook_signature(body, signature(body.encode(), "other"), "secret")

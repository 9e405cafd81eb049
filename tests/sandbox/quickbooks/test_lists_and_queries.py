"""List objects, the query language, the generated table."""

from __future__ import annotations

import importlib.util
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comptoir_sandbox.quickbooks import profile, taxes
from comptoir_sandbox.quickbooks.ledger import Draft, Entry, Ledger, Posting, UnbalancedError
from comptoir_sandbox.quickbooks.undo import Undo

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_is_what_the_schema_files_say() -> None:
    schemas = ROOT.parent / "shared" / "specs" / "quickbooks"
    if not schemas.is_dir():
        pytest.skip("the schema files are not beside the repository")
    path = ROOT / "scripts" / "generate_quickbooks_fields.py"
    spec = importlib.util.spec_from_file_location("generate_quickbooks_fields", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    committed = (ROOT / "src" / "comptoir_sandbox" / "quickbooks" / "fields.json").read_text(encoding="utf-8")
    assert module.generate(schemas) == committed


def test_the_ledger_takes_only_balanced_entries() -> None:
    undo = Undo()
    ledger = Ledger(undo)
    draft = Draft()
    draft.debit("1", Decimal(5))
    with pytest.raises(UnbalancedError):
        ledger.replace(("Invoice", "1"), draft.entry("2026-01-01"))
    draft.credit("2", Decimal(5))
    ledger.replace(("Invoice", "1"), draft.entry("2026-01-01"))
    undo.commit()
    ledger.replace(("Invoice", "1"), Entry("2026-01-01", (Posting("1", Decimal(1)), Posting("3", Decimal(-1)))))
    assert ledger.balances == {"1": 1, "2": 0, "3": -1}
    undo.roll_back()
    assert ledger.balances == {"1": 5, "2": -5}


def test_recorded_canadian_figures() -> None:
    found = taxes.compute(
        included=True,
        lines=[taxes.Taxed("H", Decimal("9.00")), taxes.Taxed("H", Decimal("3.00"))],
        shipping=[],
        discount=Decimal("2.40"),
        discount_code=None,
        rates={"H": [taxes.Rate("1", Decimal(13))]},
    )
    assert (found.nets, found.discount_net) == ([Decimal("7.96"), Decimal("2.65")], Decimal("2.12"))
    assert (found.lines["1"].base, found.total) == (Decimal("8.49"), Decimal("1.11"))


def test_unknown_profiles_are_refused() -> None:
    with pytest.raises(ValueError, match="mars"):
        profile.load("mars")


def test_customer_answer_and_names(books: Any) -> None:
    made = books.make("Customer", {"GivenName": "Jane", "FamilyName": "Doe", "PrimaryEmailAddr": {"Address": "j@x.uk"}})
    assert (made["DisplayName"], made["PrintOnCheckName"], made["Balance"]) == ("Jane Doe", "Jane Doe", 0)
    taken = books.post("/customer", {"DisplayName": "jane doe"})
    assert (taken.fault, taken.detail) == ("6240", f"The name supplied already exists. : Id={made['Id']}")
    assert books.post("/customer", {"DisplayName": "Royal Mail"}).fault == "6240"
    gone = books.make("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert gone["DisplayName"] == "Jane Doe (deleted)"
    again = books.make("Customer", {"DisplayName": "Jane Doe"})
    second = books.make("Customer", {"Id": again["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert second["DisplayName"] == "Jane Doe (deleted 2)"
    assert books.post("/invoice", {"CustomerRef": {"value": made["Id"]}, "Line": [books.line("1")]}).fault == "6250"
    assert books.rows("select * from Customer") == []
    assert len(books.rows("select * from Customer where Active in (true, false)")) == 2
    assert books.rows("select * from Customer where PrimaryEmailAddr like 'J@%' and Active = false") == [gone]


def test_sub_customers(books: Any) -> None:
    top = books.customer("Top")
    job = books.make("Customer", {"DisplayName": "Job", "ParentRef": top, "Job": True})
    assert job["FullyQualifiedName"] == "Top:Job"
    books.make("Invoice", {"CustomerRef": {"value": job["Id"]}, "Line": [books.line("7.00")]})
    parent = books.read("Customer", top["value"])
    assert (parent["Balance"], parent["BalanceWithJobs"]) == (0, Decimal("7.00"))
    target = {"Id": job["Id"], "SyncToken": "0", "sparse": True}
    assert books.post("/customer", {**target, "Active": False}).fault == "6220"
    assert books.post("/customer", {**target, "ParentRef": {"value": job["Id"]}}).fault == "900"
    for level in range(3):
        job = books.make("Customer", {"DisplayName": f"Job {level}", "ParentRef": {"value": job["Id"]}})
    assert books.post("/customer", {"DisplayName": "Deep", "ParentRef": {"value": job["Id"]}}).fault == "6180"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("customer", {}, "6080"),
        ("customer", {"DisplayName": "a:b"}, "2040"),
        ("customer", {"DisplayName": "x" * 501}, "2050"),
        ("customer", {"DisplayName": "A", "Job": True}, "6150"),
        ("customer", {"DisplayName": "A", "CurrencyRef": {"value": "EUR"}}, "6000"),
        ("customer", {"DisplayName": "A", "SalesTermRef": {"value": "9"}}, "2500"),
        ("item", {}, "2020"),
        ("item", {"Name": "A", "Type": "Service"}, "2020"),
        ("item", {"Name": "A", "Type": "Service", "IncomeAccountRef": {"value": "1"}}, "2020"),
        ("item", {"Name": "A", "IncomeAccountRef": {"value": "6"}, "ExpenseAccountRef": {"value": "30"}}, "6430"),
        ("item", {"Name": "A", "IncomeAccountRef": {"value": "999"}}, "2500"),
        ("item", {"Name": "A", "Type": "Inventory"}, "5030"),
        ("item", {"Name": "A", "TrackQtyOnHand": True}, "5030"),
        ("item", {"Name": "A", "Type": "Group"}, "500"),
        (
            "item",
            {"Name": "Services", "IncomeAccountRef": {"value": "1"}, "ExpenseAccountRef": {"value": "30"}},
            "6240",
        ),
        ("account", {"AccountType": "Bank"}, "2020"),
        ("account", {"Name": "A"}, "2020"),
        ("account", {"Name": 'A"', "AccountType": "Bank"}, "2040"),
        ("account", {"Name": "A", "AccountType": "Bank", "AcctNum": "12345678"}, "2050"),
        ("account", {"Name": "Sales", "AccountType": "Income"}, "6240"),
        ("term", {"Name": "T"}, "2020"),
        ("term", {"DueDays": 1}, "2020"),
        ("paymentmethod", {"Name": "P", "Type": "GOLD"}, "2170"),
        ("taxagency", {}, "2020"),
        ("taxagency", {"DisplayName": "HM Revenue & Customs (VAT)"}, "6240"),
    ],
)
def test_refused_lists(books: Any, path: str, body: dict[str, Any], code: str) -> None:
    answer = books.post(f"/{path}", body)
    assert answer.fault == code, answer.body


def test_items_categories_and_inactive_ones(books: Any) -> None:
    accounts = {"IncomeAccountRef": books.account("Sales"), "ExpenseAccountRef": books.account("Purchases")}
    category = books.make("Item", {"Name": "Cups", "Type": "Category"})
    body = {"Name": "Red", "Type": "NonInventory", "Sku": "R1", "SubItem": True, "ParentRef": {"value": category["Id"]}}
    item = books.make("Item", {**body, **accounts, "SalesTaxCodeRef": books.code_ref(), "SalesTaxIncluded": True})
    assert (item["FullyQualifiedName"], item["TrackQtyOnHand"]) == ("Cups:Red", False)
    assert books.rows("select *, Sku from Item where Sku = 'r1'") == [item]
    sold = books.line("1.00", ItemRef={"value": category["Id"]})
    assert books.post("/salesreceipt", {"Line": [sold]}).fault == "2500"
    receipt = books.make("SalesReceipt", {"Line": [books.line("1.00", ItemRef={"value": item["Id"]})]})
    off = {"Id": item["Id"], "SyncToken": "0", "sparse": True, "Active": False}
    assert books.make("Item", off)["Name"] == "Red (deleted)"
    line = books.line("1.00", ItemRef={"value": item["Id"]})
    assert books.post("/salesreceipt", {"Line": [line]}).fault == "610"
    keep = {"Id": receipt["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "still"}
    assert books.make("SalesReceipt", keep)["PrivateNote"] == "still"
    wrong = {"Id": category["Id"], "SyncToken": "0", "sparse": True, "Type": "Service"}
    assert books.post("/item", wrong).fault == "6000"
    assert books.post("/item", {"Id": item["Id"], "SyncToken": "1"}, operation="delete").fault == "500"


def test_small_lists(books: Any) -> None:
    assert books.make("Account", {"Name": "Till", "AccountType": "Bank"})["AccountSubType"] == "Checking"
    assert books.make("Term", {"Name": "10th", "DayOfMonthDue": 10})["Type"] == "DATE_DRIVEN"
    assert books.make("PaymentMethod", {"Name": "Klarna"})["Type"] == "NON_CREDIT_CARD"
    assert books.make("Class", {"Name": "Fair"})["FullyQualifiedName"] == "Fair"
    assert books.make("TaxAgency", {"DisplayName": "Other"})["TaxTrackedOnSales"] is True
    books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    used = books.account("Undeposited Funds")["value"]
    assert books.post("/account", {"Id": used, "SyncToken": "0", "sparse": True, "Active": False}).fault == "6220"
    off = {"SyncToken": "0", "sparse": True, "AccountingInfoPrefs": {"TrackDepartments": False}}
    books.make("Preferences", off)
    assert books.post("/department", {"Name": "Late"}).fault == "5020"


def test_filters_order_and_pages(books: Any) -> None:
    for number, day in (("B", "2026-01-02"), ("a", "2026-01-03"), ("C", "2026-01-01")):
        books.make("SalesReceipt", {"DocNumber": number, "TxnDate": day, "Line": [books.line(str(ord(number)))]})

    def numbers(rest: str) -> list[str]:
        return [row["DocNumber"] for row in books.rows(f"select * from salesreceipt {rest}")]  # noqa: S608

    assert numbers("") == ["C", "a", "B"]
    assert numbers("orderby TxnDate desc") == ["a", "B", "C"]
    assert numbers("order by docnumber asc, Id maxresults 2 startposition 2") == ["B", "C"]
    assert numbers("where DocNumber in ('A', 'c', 'zz') orderby Id") == ["a", "C"]
    assert numbers("where TxnDate >= '2026-01-02' and TxnDate < '2026-01-03'") == ["B"]
    assert numbers("where TotalAmt > '66' and TotalAmt <= 97") == ["C", "a"]
    assert numbers("where Id = '2'") == ["a"]
    assert numbers("where MetaData.LastUpdatedTime > '2036-01-01T00:00:00Z'") == []
    assert numbers("where MetaData.CreateTime > '2020-01-01' orderby MetaData.CreateTime, Id") == ["B", "a", "C"]
    counted = books.query("SELECT COUNT(*) FROM SalesReceipt").body["QueryResponse"]
    assert counted == {"totalCount": 3}
    page = books.query("select * from SalesReceipt maxresults 1").body["QueryResponse"]
    assert (page["startPosition"], page["maxResults"], page["totalCount"]) == (1, 1, 3)
    assert books.query("select * from SalesReceipt where DocNumber = 'x'").body["QueryResponse"] == {}
    posted = books.call("POST", "/query", content="select * from Item", headers={"Content-Type": "application/text"})
    assert [item["Name"] for item in posted.body["QueryResponse"]["Item"]] == ["Hours", "Sales", "Services"]
    books.make("Customer", {"DisplayName": r"O'Neil \ Co"})
    assert len(books.rows(r"select * from Customer where DisplayName = 'O\'Neil \\ Co'")) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("select", "4000"),
        ("select * from Item where", "4000"),
        ("select * from Item where Name", "4000"),
        ("select * from Item where Name != 'a'", "4000"),
        ("select * from Item where Name = a", "4000"),
        ("select * from Item where Name in 'a'", "4000"),
        ("select * from Item where Name = 'a' or Name = 'b'", "4000"),
        ("select * from Item maxresults many", "4000"),
        ("select * from Item ; drop", "4000"),
        ("count * from Item", "4000"),
        ("select * from Custmoer", "4001"),
        ("select * from Item where Colour = 'red'", "4001"),
        ("select Colour from Item", "4001"),
        ("select * from SalesReceipt where DepartmentRef = '1'", "4001"),
        ("select * from Item where Id > '1'", "4001"),
        ("select * from Item startposition 0", "4001"),
        ("select * from Item where UnitPrice > 'dear'", "4001"),
        ("select * from Item where Active = 'perhaps'", "4001"),
        ("select * from Item where MetaData.CreateTime > 'then'", "4001"),
    ],
)
def test_wrong_queries(books: Any, text: str, code: str) -> None:
    answer = books.query(text)
    assert (answer.status, answer.fault) == (400, code), answer.body

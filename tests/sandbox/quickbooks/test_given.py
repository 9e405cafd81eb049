"""A simulated company made of a real one's lists: the same ids and settings, the same documents, every mistake told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.quickbooks import given, main
from comptoir_sandbox.quickbooks.company import LISTS, SINGLES
from comptoir_sandbox.quickbooks.opening import open_given
from comptoir_sandbox.quickbooks.profile import PROFILES
from comptoir_sandbox.quickbooks.record import ENCODER
from comptoir_sandbox.quickbooks.service import Service

D = Decimal
Opener = Callable[..., Any]


def exported(books: Any) -> dict[str, Any]:
    """What queries of every list answer, inactive rows too."""
    found: dict[str, Any] = {}
    for kind in (*SINGLES, *LISTS):
        where = " where Active in (true, false)" if kind in LISTS and kind != "TaxAgency" else ""
        rows = books.service.query(f"select * from {kind}{where} maxresults 1000")["QueryResponse"].get(kind, [])  # noqa: S608
        plain = sorted(json.loads(ENCODER.encode(rows)), key=lambda row: str(row["Id"]))
        if plain:
            found[kind] = plain[0] if kind in SINGLES else plain
    return found


def opened(desk: Opener, lists: Any) -> Any:
    """A desk over the company of these lists, checked at the end of the test like any other."""
    made = desk("uk")
    read = given.read(json.dumps(lists).encode())
    made.service = Service(open_given("1", read, Clock(datetime(2026, 2, 1, tzinfo=UTC), speed=0)), Faults())
    return made


def fill(books: Any) -> None:
    """Some of everything a company may have, with inactive rows and children."""
    parent = books.customer("Parent")
    books.customer("Child", ParentRef=parent, BillAddr={"Line1": "1 High St"})
    gone = books.customer("Gone")["value"]
    books.change("Customer", gone, Active=False)
    books.customer("Gone")
    under: dict[str, Any] = {"SubItem": True}
    category = books.make("Item", {"Name": "Cups", "Type": "Category"})["Id"]
    accounts = {
        "IncomeAccountRef": {"value": books.company.role("SalesOfProductIncome")},
        "ExpenseAccountRef": {"value": books.company.role("SuppliesMaterialsCogs")},
    }
    under["ParentRef"] = {"value": category}
    books.make("Item", {"Name": "Blue cup", "Type": "NonInventory", **accounts, **under})
    if books.company.preference("ProductAndServicesPrefs", "QuantityOnHand"):
        asset = {"AssetAccountRef": {"value": books.company.role("Inventory")}}
        start: dict[str, Any] = {
            "TrackQtyOnHand": True,
            "QtyOnHand": 7,
            "InvStartDate": "2025-12-01",
            "PurchaseCost": "2.50",
        }
        books.make("Item", {"Name": "Stocked", "Type": "Inventory", **accounts, **asset, **start})


def history(books: Any) -> list[Any]:
    """A few documents of every kind; totals and taxes."""
    codes = sorted(books.company.records["TaxCode"])
    american = "TAX" in codes
    code = "TAX" if american else codes[0]
    form: Any = {"TxnTaxDetail": {"TxnTaxCodeRef": {"value": codes[0]}}} if american else {}
    form = {"TxnTaxDetail": {"TotalTax": "1.23"}} if books.company.traits.regime == "us-automated" else form
    customer = books.ref("Customer", "Child")
    rows = sorted(books.company.records["Item"].values(), key=lambda each: int(each.id))
    items = [each.id for each in rows if each.data["Type"] != "Category"]
    lines: list[Any] = [
        {
            "Amount": "12.34",
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {"ItemRef": {"value": item}, "Qty": 2, "TaxCodeRef": {"value": code}},
        }
        for item in items
    ]
    shipping = {**lines[0]["SalesItemLineDetail"], "ItemRef": {"value": "SHIPPING_ITEM_ID"}}
    lines.append({"Amount": "5.00", "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": shipping})
    lines.append({"DetailType": "DiscountLineDetail", "Amount": "1.00", "DiscountLineDetail": {"PercentBased": False}})
    bank = {"value": books.company.role("Checking")}
    common = {"CustomerRef": customer, "TxnDate": "2026-01-15", "Line": lines, **form}
    made = [books.make(kind, {**common, "DocNumber": kind[0]}) for kind in ("Invoice", "SalesReceipt", "CreditMemo")]
    made.append(books.make("RefundReceipt", {**common, "DepositToAccountRef": bank}))
    links = [("CreditMemo", made[2]["Id"]), ("Invoice", made[0]["Id"])]
    joined = [{"Amount": "3", "LinkedTxn": [{"TxnId": each, "TxnType": kind}]} for kind, each in links]
    books.make("Payment", {"CustomerRef": customer, "TotalAmt": 0, "Line": joined})
    return [(each["TotalAmt"], each.get("DueDate"), each.get("TxnTaxDetail")) for each in made]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_copy_answers_and_books_as_the_company_it_copies(desk: Opener, profile: str) -> None:
    original = desk(profile)
    fill(original)
    lists = exported(original)
    for rows in lists.values():
        if isinstance(rows, list):
            rows.reverse()  # parents after children
    copy = opened(desk, lists)
    assert exported(copy) == exported(original)
    assert history(copy)[:3] == history(original)[:3] or profile == "us-automated"
    if profile != "us-automated":  # the table of places is not part of the lists
        assert copy.balances() == original.balances()
        assert {row["name"]: row["tax"] for row in taxes(copy)} == {row["name"]: row["tax"] for row in taxes(original)}
    number = int(copy.customer("New")["value"])
    assert number == 1 + max(int(row["Id"]) for row in lists["Customer"])
    assert copy.refused("Customer", {"DisplayName": "gone"}) == "6240"


def taxes(books: Any) -> list[dict[str, str]]:
    from comptoir_sandbox.quickbooks.summary import tax_summary

    return tax_summary(books.company, "2026-01-01", "2026-12-31")


def test_the_tax_a_store_states_is_kept_where_no_table_knows_the_place(desk: Opener) -> None:
    original = desk("us-automated")
    fill(original)
    copy = opened(desk, exported(original))
    assert copy.company.traits.regime == "us-automated"
    assert [tax["TotalTax"] for _, _, tax in history(copy)] == [D("1.23")] * 4


LITTLE: dict[str, Any] = {
    "CompanyInfo": {"CompanyName": "Little", "Country": "GB"},
    "Preferences": {
        "AccountingInfoPrefs": {"UseAccountNumbers": False},
        "SalesFormsPrefs": {"CustomTxnNumbers": True, "AllowShipping": True, "AllowDiscount": True},
        "TaxPrefs": {"UsingSalesTax": True},
        "CurrencyPrefs": {"HomeCurrency": {"value": "GBP"}, "MultiCurrencyEnabled": False},
    },
    "Account": [
        {"Id": "7", "Name": "Ventes", "AccountType": "Income", "AccountSubType": "SalesOfProductIncome"},
        {"Id": "8", "Name": "Till", "AccountType": "Bank", "AccountSubType": "CashOnHand"},
        {"Id": "9", "Name": "VAT", "AccountType": "Other Current Liability", "AccountSubType": "GlobalTaxPayable"},
        {"Id": "10", "Name": "Inventory Asset", "AccountType": "Equity", "AccountSubType": "OwnersEquity"},
    ],
    "TaxAgency": [{"Id": "3", "DisplayName": "HMRC"}],
    "TaxRate": [{"Id": "5", "Name": "20 %", "AgencyRef": {"value": "3"}, "EffectiveTaxRate": [{"RateValue": 20}]}],
    "TaxCode": [
        {
            "Id": "6",
            "Name": "20 %",
            "SalesTaxRateList": {
                "TaxRateDetail": [{"TaxRateRef": {"value": "5"}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0}]
            },
        }
    ],
    "Item": [
        {"Id": "22", "Name": "Cup", "Type": "NonInventory", "IncomeAccountRef": {"value": "7"}, "V4IDPseudonym": "0020"}
    ],
}


def test_accounts_appear_when_first_needed(desk: Opener) -> None:
    books = opened(desk, LITTLE)
    line = books.line("10.00", "20 %", ItemRef={"value": "22"})
    sale = books.make("SalesReceipt", {"Line": [line, books.shipping("2.00", "20 %")], "TxnDate": "2026-01-05"})
    assert sale["TotalAmt"] == D("14.40")
    assert sale["DepositToAccountRef"] == {"value": "12", "name": "Payments to deposit"}
    assert books.balances() == {
        "Payments to deposit": D("14.40"),
        "Ventes": D(-10),
        "Shipping Income": D(-2),
        "VAT": D("-2.40"),
    }
    assert (
        books.refused("SalesReceipt", {"Line": [{**line, "SalesItemLineDetail": {"TaxCodeRef": {"value": "6"}}}]})
        == "2020"
    )
    invoice = books.make("Invoice", {"CustomerRef": books.customer(), "Line": [line], "TxnDate": "2026-01-05"})
    assert (invoice["DueDate"], "SalesTermRef" in invoice) == ("2026-01-05", False)
    stocked = {
        "Name": "Saucer",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 1,
        "InvStartDate": "2026-01-01",
        "IncomeAccountRef": {"value": "7"},
    }
    assert books.refused("Item", stocked) == "5030"
    assert books.read("Item", "22")["V4IDPseudonym"] == "0020"


def test_stock_below_nothing_is_opened_too(desk: Opener) -> None:
    original = desk("us-manual")
    fill(original)
    lists = exported(original)
    row = next(each for each in lists["Item"] if each["Name"] == "Stocked")
    row["QtyOnHand"] = -4
    copy = opened(desk, lists)
    assert copy.read("Item", row["Id"])["QtyOnHand"] == -4
    assert copy.balance("Inventory Asset") == D("-10.00")


def changed(*path: Any, to: Any) -> Any:
    lists = json.loads(json.dumps(LITTLE))
    place = lists
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return lists


@pytest.mark.parametrize(
    ("lists", "place"),
    [
        ([], "file"),
        (changed("Account", to=None), "Account"),
        (changed("CompanyInfo", to=None), "CompanyInfo"),
        (changed("CompanyInfo", to=[]), "CompanyInfo"),
        (changed("CompanyInfo", "Country", to=None), "CompanyInfo.Country"),
        (changed("Preferences", "CurrencyPrefs", "HomeCurrency", to=None), "Preferences.CurrencyPrefs.HomeCurrency"),
        (
            changed("Preferences", "SalesFormsPrefs", "DefaultTerms", to={"value": "9"}),
            "Preferences.SalesFormsPrefs.DefaultTerms",
        ),
        (changed("Invoice", to=[]), "Invoice"),
        (changed("Item", to={}), "Item"),
        (changed("Item", 0, to="x"), "Item[0]"),
        (changed("Item", 0, "Id", to="x"), "Item[0].Id"),
        (changed("Account", 1, "Id", to="7"), "Account[1].Id"),
        (changed("Account", 1, "Name", to="ventes"), "Account[1]"),
        (changed("Account", 1, "AccountType", to="Till"), "Account[1].AccountType"),
        (changed("Account", 1, "AccountType", to="Non-Posting"), "Account[1].AccountType"),
        (changed("Account", 1, "ParentRef", to={"value": "8"}), "Account[1].ParentRef"),
        (changed("Account", 1, "ParentRef", to={"value": "99"}), "Account[1].ParentRef"),
        (changed("Item", 0, "IncomeAccountRef", "value", to="99"), "Item[0].IncomeAccountRef"),
        (changed("Item", 0, "Type", to="Inventory"), "Item[0].AssetAccountRef"),
        (changed("Item", 0, "UnitPrice", to="much"), "Item[0].UnitPrice"),
        (changed("Item", 0, "MetaData", to={"LastUpdatedTime": "soon"}), "Item[0].MetaData.LastUpdatedTime"),
        (changed("TaxRate", 0, "EffectiveTaxRate", to=None), "TaxRate[0].RateValue"),
        (
            changed("TaxCode", 0, "SalesTaxRateList", "TaxRateDetail", 0, "TaxRateRef", "value", to="4"),
            "TaxCode[0].SalesTaxRateList.TaxRateDetail[0].TaxRateRef",
        ),
    ],
)
def test_every_mistake_has_its_place(lists: Any, place: str) -> None:
    with pytest.raises(given.CompanyFileError) as refused:
        given.read(json.dumps(lists).encode())
    assert place in [each.place for each in refused.value.mistakes]


def test_all_mistakes_are_told_at_once() -> None:
    lists = changed("Item", 0, "Name", to=None)
    lists["Account"][0]["AccountType"] = "Till"
    lists["Other"] = []
    with pytest.raises(given.CompanyFileError) as refused:
        given.read(json.dumps(lists).encode())
    assert [each.place for each in refused.value.mistakes] == ["Other", "Account[0].AccountType", "Item[0].Name"]
    with pytest.raises(given.CompanyFileError, match="not JSON"):
        given.read(b"{")


@pytest.mark.parametrize(("changed_at", "year"), [("2027-01-01T00:00:00Z", 2027), ("2025-01-01T00:00:00Z", 2026)])
def test_a_clock_that_is_behind_its_rows_catches_up(changed_at: str, year: int) -> None:
    """A company whose own clock runs ahead: another simulator's, or ours is slow."""
    lists = changed("Item", 0, "MetaData", to={"LastUpdatedTime": changed_at})
    clock = Clock(datetime(2026, 2, 1, tzinfo=UTC), speed=0)
    company = open_given("1", given.read(json.dumps(lists).encode()), clock)
    assert clock.now().year == year
    assert company.records["Item"]["22"].data["MetaData"]["LastUpdatedTime"] == changed_at


def test_over_the_control_api(bare: Any) -> None:
    wrong = bare.http.post("/_control/company", json={"Account": []})
    assert wrong.status_code == 400
    assert {"place": "CompanyInfo", "problem": "is missing"} in wrong.json()["mistakes"]
    bare.connect()
    assert bare.http.post("/_control/company", json=LITTLE).json()["Account"] == 4
    assert bare.read("Item", "22")["Name"] == "Cup"
    line = {"Amount": 10, "DetailType": "SalesItemLineDetail"}
    detail = {"ItemRef": {"value": "22"}, "TaxCodeRef": {"value": "6"}}
    bare.make("SalesReceipt", {"Line": [{**line, "SalesItemLineDetail": detail}], "TxnDate": "2026-01-05"})
    period = {"start_date": "2026-01-01", "end_date": "2026-12-31"}
    report = bare.call("GET", "/reports/TaxSummary", params=period).body
    section = report["Rows"]["Row"][0]
    assert section["Header"]["ColData"][0]["value"] == "HMRC"
    assert [each["value"] for each in section["Rows"]["Row"][0]["ColData"]] == ["20 %", "10.00", "2.00"]
    assert [each["value"] for each in report["Rows"]["Row"][1]["Summary"]["ColData"]] == ["TOTAL", "10.00", "2.00"]
    assert bare.http.get("/_control/tax_summary").json()[0]["tax"] == "2.00"
    bare.http.post("/_control/reset")
    empty = bare.call("GET", "/reports/TaxSummary", params=period).body
    assert (empty["Rows"], empty["Header"]["Option"][0]["Value"]) == ({}, "true")
    assert bare.http.delete("/_control/company").status_code == 204
    assert bare.read("Item", "1")["Name"] == "Services"
    assert (
        "Sandbox Company UK"
        in bare.http.get(
            "/connect/oauth2",
            params={
                "client_id": "sandbox-client",
                "redirect_uri": "http://127.0.0.1/",
                "response_type": "code",
                "state": "s",
                "scope": "com.intuit.quickbooks.accounting",
            },
        ).text
    )


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "company.json"
    file.write_text(json.dumps(changed("Account", 1, "AccountType", to="Till")))
    for arguments, text in (
        (["--company", str(file)], "Account[1].AccountType"),
        (["--company", str(file), "--profile", "uk"], "leave out --profile"),
        (["--company", str(file), "--inventory"], "leave out --profile"),
        (["--company", str(tmp_path / "none.json")], "No such file"),
    ):
        with pytest.raises(SystemExit) as ended:
            main.run(arguments)
        assert ended.value.code == 2
        assert text in capsys.readouterr().err


def test_automated_tax_without_any_agency_makes_its_own(desk: Opener) -> None:
    lists = changed("CompanyInfo", "Country", to="US")
    lists["Preferences"]["TaxPrefs"]["PartnerTaxEnabled"] = True
    for kind in ("TaxAgency", "TaxRate", "TaxCode"):
        del lists[kind]
    books = opened(desk, lists)
    line = books.line("10.00", "TAX", ItemRef={"value": "22"})
    for total in ("0.80", "0.40"):
        made = books.make("SalesReceipt", {"Line": [line], "TxnTaxDetail": {"TotalTax": total}})
        assert made["TxnTaxDetail"]["TotalTax"] == D(total)
    assert books.balance("Sales tax agency Payable") == D("-1.20")

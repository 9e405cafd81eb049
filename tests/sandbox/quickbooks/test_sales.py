"""Sales forms: totals, taxes, faults, postings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


def amounts(document: dict[str, Any]) -> list[Decimal | int]:
    return [line["Amount"] for line in document["Line"]]


def test_a_receipt_with_tax_added_posts_sale_and_tax(books: Any) -> None:
    receipt = books.make(
        "SalesReceipt",
        {
            "CustomerRef": books.customer(),
            "DocNumber": "S-1",
            "TxnDate": "2026-01-15",
            "DepositToAccountRef": books.account("Card clearing"),
            "Line": [books.line("30.00", "20.0% S", Qty=3, UnitPrice="10"), books.line("8.01", "0.0% Z")],
        },
    )
    assert receipt["TotalAmt"] == Decimal("44.01")
    assert amounts(receipt) == [Decimal("30.00"), Decimal("8.01"), Decimal("38.01")]
    assert [line.get("LineNum") for line in receipt["Line"]] == [1, 2, None]
    assert receipt["TxnTaxDetail"]["TotalTax"] == Decimal("6.00")
    nets = [line["TaxLineDetail"]["NetAmountTaxable"] for line in receipt["TxnTaxDetail"]["TaxLine"]]
    assert nets == [Decimal("30.00"), Decimal("8.01")]
    assert (receipt["SyncToken"], receipt["Balance"], receipt["GlobalTaxCalculation"]) == ("0", 0, "TaxExcluded")
    assert receipt["MetaData"]["CreateTime"] == receipt["MetaData"]["LastUpdatedTime"]
    assert receipt["MetaData"]["CreateTime"][-6:] in {"-08:00", "-07:00"}
    assert books.balances() == {
        "Card clearing": Decimal("44.01"),
        "Services": Decimal("-38.01"),
        "VAT Control": Decimal("-6.00"),
    }


def test_included_tax_is_the_residual_of_gross_and_net(books: Any) -> None:
    # 7.96 and 2.65 net of 9.00 and 3.00 at 13 % are the recorded figures; at 20 % the same arithmetic by hand.
    receipt = books.make(
        "SalesReceipt",
        {
            "GlobalTaxCalculation": "TaxInclusive",
            "Line": [
                books.line("9.00", "20.0% S", Qty=15, UnitPrice="0.6"),
                books.line("3.00", "20.0% S"),
                {
                    "DetailType": "DiscountLineDetail",
                    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 20},
                },
            ],
        },
    )
    assert amounts(receipt) == [Decimal("7.50"), Decimal("2.50"), Decimal("10.00"), Decimal("2.00")]
    assert receipt["TotalAmt"] == Decimal("9.60")
    assert receipt["TxnTaxDetail"]["TotalTax"] == Decimal("1.60")
    detail = receipt["Line"][0]["SalesItemLineDetail"]
    assert (detail["UnitPrice"], detail["TaxInclusiveAmt"]) == (Decimal("0.5"), Decimal("9.00"))
    again = books.make("SalesReceipt", {"Id": receipt["Id"], "SyncToken": "0", "sparse": True, "PrivateNote": "x"})
    assert (again["TotalAmt"], again["SyncToken"], amounts(again)) == (Decimal("9.60"), "1", amounts(receipt))


def test_the_difference_the_service_itself_makes(books: Any) -> None:
    # posting.md §2: four at 9.99 less 3.99, 20 % inside: the service's own residual is 5.98, the store says 6.00.
    lines = [*[books.line("9.99", "20.0% S")] * 4, books.line("-3.99", "20.0% S")]
    receipt = books.make("SalesReceipt", {"GlobalTaxCalculation": "TaxInclusive", "Line": lines})
    assert receipt["TotalAmt"] == Decimal("35.97")
    assert receipt["TxnTaxDetail"]["TotalTax"] == Decimal("5.98")


def test_no_tax_at_all(books: Any) -> None:
    receipt = books.make("SalesReceipt", {"GlobalTaxCalculation": "NotApplicable", "Line": [books.line("5.00")]})
    assert receipt["TotalAmt"] == Decimal("5.00")
    assert "TxnTaxDetail" not in receipt
    assert "TaxCodeRef" not in receipt["Line"][0]["SalesItemLineDetail"]


def test_stated_tax_is_kept_within_cents(books: Any) -> None:
    rate = books.rows("select * from TaxRate where Name = '20.0% S (Sales)'")[0]["Id"]

    def body(tax: str) -> dict[str, Any]:
        detail = {"TaxRateRef": {"value": rate}, "PercentBased": True, "TaxPercent": 20, "NetAmountTaxable": 10}
        lines = [{"Amount": tax, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}]
        return {"Line": [books.line("10.00", "20.0% S")], "TxnTaxDetail": {"TotalTax": tax, "TaxLine": lines}}

    assert books.make("SalesReceipt", body("2.01"))["TotalAmt"] == Decimal("12.01")
    assert books.post("/salesreceipt", body("3.00")).fault == "6000"
    other = body("2.00")
    other["Line"] = [books.line("10.00", "5.0% R")]
    assert books.post("/salesreceipt", other).fault == "6000"
    unknown = body("2.00")
    unknown["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"]["TaxRateRef"] = {"value": "99"}
    assert books.post("/salesreceipt", unknown).fault == "2500"
    for name in ("TaxRateRef", "NetAmountTaxable"):
        lacking = body("2.00")
        del lacking["TxnTaxDetail"]["TaxLine"][0]["TaxLineDetail"][name]
        assert books.post("/salesreceipt", lacking).fault == "2020"


def test_shipping_and_discount_come_after_the_subtotal(books: Any) -> None:
    lines = [
        books.line("2.00", ItemRef={"value": "SHIPPING_ITEM_ID"}),
        {"Amount": 5, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {"PercentBased": False}},
        books.line("50.00"),
        {"DetailType": "DescriptionOnly", "Description": "Thank you"},
    ]
    receipt = books.make("SalesReceipt", {"Line": lines})
    kinds = [line["DetailType"] for line in receipt["Line"]]
    assert kinds == [
        "SalesItemLineDetail",
        "DescriptionOnly",
        "SubTotalLineDetail",
        "DiscountLineDetail",
        "SalesItemLineDetail",
    ]
    assert receipt["TotalAmt"] == Decimal("47.00")
    assert books.balances() == {
        "Undeposited Funds": Decimal(47),
        "Services": Decimal(-50),
        "Discounts given": Decimal(5),
        "Shipping income": Decimal(-2),
    }


def test_a_refund_posts_backwards(books: Any) -> None:
    bank = books.account("PayPal clearing")
    refund = books.make("RefundReceipt", {"DepositToAccountRef": bank, "Line": [books.line("10.00", "20.0% S")]})
    assert (refund["TotalAmt"], refund["PaymentRefNum"]) == (Decimal("12.00"), "To Print")
    assert books.balances() == {
        "PayPal clearing": Decimal(-12),
        "Services": Decimal(10),
        "VAT Control": Decimal(2),
    }


def test_line_ids_stay_and_are_not_used_again(books: Any) -> None:
    made = books.make("SalesReceipt", {"Line": [books.line("1.00"), books.line("2.00")]})
    kept = {**books.line("2.00"), "Id": "2"}
    changed = books.make(
        "SalesReceipt",
        {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Line": [kept, books.line("4.00")]},
    )
    assert [line.get("Id") for line in changed["Line"]] == ["2", "3", None]
    assert changed["TotalAmt"] == Decimal("6.00")
    same = books.make("SalesReceipt", {"Id": made["Id"], "SyncToken": "1", "sparse": True, "PrivateNote": ""})
    assert same["SyncToken"] == "1"


def test_a_full_update_clears_what_it_leaves_out(books: Any) -> None:
    made = books.make(
        "SalesReceipt", {"CustomerRef": books.customer(), "PrivateNote": "n", "Line": [books.line("1.00")]}
    )
    changed = books.make("SalesReceipt", {"Id": made["Id"], "SyncToken": "0", "Line": [books.line("1.00")]})
    assert "CustomerRef" not in changed
    assert "PrivateNote" not in changed


def test_invoice_defaults_follow_the_customer(books: Any) -> None:
    term = books.rows("select * from Term where Name = 'Net 15'")[0]["Id"]
    customer = books.make(
        "Customer",
        {"DisplayName": "B", "SalesTermRef": {"value": term}, "BillAddr": {"Line1": "1 Road", "City": "Leeds"}},
    )
    invoice = books.make(
        "Invoice",
        {
            "CustomerRef": {"value": customer["Id"]},
            "TxnDate": "2026-01-20",
            "Line": [books.line("10.00")],
            "Deposit": "4",
        },
    )
    assert (invoice["DueDate"], invoice["Balance"]) == ("2026-02-04", Decimal("6.00"))
    assert invoice["BillAddr"]["City"] == "Leeds"
    assert books.read("Customer", customer["Id"])["Balance"] == Decimal("6.00")
    assert books.post("/invoice", {**_resend(invoice, books), "Deposit": 11}).fault == "6000"


def _resend(invoice: dict[str, Any], books: Any) -> dict[str, Any]:
    return {
        "Id": invoice["Id"],
        "SyncToken": invoice["SyncToken"],
        "CustomerRef": invoice["CustomerRef"],
        "Line": [books.line("10.00")],
    }


def test_numbers_are_unique_over_the_sales_forms(books: Any) -> None:
    body = {"DocNumber": "A1", "CustomerRef": books.customer(), "Line": [books.line("1.00")]}
    invoice = books.make("Invoice", body)
    refused = books.post("/salesreceipt", body)
    assert refused.fault == "6140"
    assert f"DocNumber=A1 is assigned to TxnType=Invoice with TxnId={invoice['Id']}" in refused.detail
    assert books.make("SalesReceipt", body, include="allowduplicatedocnum")["DocNumber"] == "A1"
    assert "DocNumber" not in books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    assert books.make("SalesReceipt", {"AutoDocNumber": True, "Line": [books.line("1.00")]})["DocNumber"] == "1001"


def test_numbers_are_given_when_the_company_numbers(books: Any) -> None:
    prefs = books.call("GET", "/preferences").body["Preferences"]
    changed = {"SyncToken": prefs["SyncToken"], "sparse": True, "SalesFormsPrefs": {"CustomTxnNumbers": False}}
    books.make("Preferences", changed)
    body = {"Line": [books.line("1.00")]}
    assert books.make("SalesReceipt", body)["DocNumber"] == "1001"
    assert books.make("SalesReceipt", {**body, "DocNumber": "W-0099"})["DocNumber"] == "W-0099"
    assert books.make("SalesReceipt", body)["DocNumber"] == "W-0100"
    assert books.make("SalesReceipt", {**body, "DocNumber": "tail"})["DocNumber"] == "tail"
    assert books.make("SalesReceipt", body)["DocNumber"] == "tail1"


def test_voided_receipts_keep_their_place_with_nothing_in_them(books: Any) -> None:
    made = books.make(
        "SalesReceipt",
        {"DocNumber": "V", "PrivateNote": "n", "Line": [books.line("6.00", "20.0% S", Qty=2, UnitPrice=3)]},
    )
    void = {"Id": made["Id"], "SyncToken": "0", "sparse": True}
    done = books.make("SalesReceipt", void, operation="update", include="void")
    assert (done["TotalAmt"], done["PrivateNote"], done["SyncToken"]) == (0, "Voided - n", "1")
    assert done["Line"][0]["SalesItemLineDetail"]["Qty"] == 0
    assert books.balances() == {}
    assert books.make("SalesReceipt", {**void, "SyncToken": "1"}, include="void")["SyncToken"] == "1"
    assert books.post("/creditmemo", void, operation="void").fault == "500"


def test_deleted_forms_leave_nothing(books: Any) -> None:
    made = books.make("SalesReceipt", {"DocNumber": "D", "Line": [books.line("6.00")]})
    gone = books.make("SalesReceipt", {"Id": made["Id"], "SyncToken": "0"}, operation="delete")
    assert gone == {"domain": "QBO", "status": "Deleted", "Id": made["Id"]}
    assert books.call("GET", f"/salesreceipt/{made['Id']}").fault == "610"
    assert books.balances() == {}
    assert books.make("SalesReceipt", {"DocNumber": "D", "Line": [books.line("6.00")]})["Id"] != made["Id"]


CASES: dict[str, tuple[str, dict[str, Any], str]] = {
    "no lines": ("salesreceipt", {"Line": None}, "2020"),
    "only a subtotal": ("salesreceipt", {"Line": [{"DetailType": "SubTotalLineDetail"}]}, "2250"),
    "no detail type": ("salesreceipt", {"Line": [{"Amount": 1}]}, "2020"),
    "a payment's line": ("salesreceipt", {"Line": [{"DetailType": "PaymentLineDetail"}]}, "2170"),
    "a bundle": ("salesreceipt", {"Line": [{"DetailType": "GroupLineDetail"}]}, "2500"),
    "no amount": ("salesreceipt", {"Line": [{"DetailType": "SalesItemLineDetail"}]}, "2020"),
    "no customer": ("invoice", {}, "2020"),
    "unknown customer": ("invoice", {"CustomerRef": {"value": "99"}}, "2500"),
    "no account": ("refundreceipt", {}, "2020"),
    "income as deposit account": ("salesreceipt", {"DepositToAccountRef": {"value": "1"}}, "6430"),
    "unknown account": ("salesreceipt", {"DepositToAccountRef": {"value": "999"}}, "2500"),
    "unknown method": ("salesreceipt", {"PaymentMethodRef": {"value": "999"}}, "2500"),
    "unknown department": ("salesreceipt", {"DepartmentRef": {"value": "999"}}, "2500"),
    "foreign currency": ("salesreceipt", {"CurrencyRef": {"value": "EUR"}}, "6000"),
    "send without address": ("salesreceipt", {"EmailStatus": "NeedToSend"}, "6420"),
    "bad address": ("salesreceipt", {"BillEmail": {"Address": "nobody"}}, "2210"),
    "unknown property": ("salesreceipt", {"BadJson": 1}, "2010"),
    "unknown property of the line": ("salesreceipt", {"Line": [{"DetailType": "DescriptionOnly", "X": 1}]}, "2010"),
    "lines not a list": ("salesreceipt", {"Line": {}}, "2010"),
    "text for an object": ("salesreceipt", {"CustomerRef": "1"}, "2010"),
    "object for a text": ("salesreceipt", {"PrivateNote": {}}, "2010"),
    "control character": ("salesreceipt", {"PrivateNote": "\x01"}, "2040"),
    "long number": ("salesreceipt", {"DocNumber": "1" * 22}, "2050"),
    "date form": ("salesreceipt", {"TxnDate": "31/01/2026"}, "2060"),
    "impossible date": ("salesreceipt", {"TxnDate": "2026-02-30"}, "2070"),
    "number form": ("salesreceipt", {"TotalAmt": "ten"}, "2080"),
    "truth as number": ("salesreceipt", {"TotalAmt": True}, "2080"),
    "infinite number": ("salesreceipt", {"TotalAmt": "Infinity"}, "2080"),
    "huge amount": ("salesreceipt", {"TotalAmt": 100_000_000_000}, "2140"),
    "enumeration": ("salesreceipt", {"PrintStatus": "Perhaps"}, "2170"),
    "boolean": ("salesreceipt", {"ApplyTaxAfterDiscount": "perhaps"}, "2230"),
    "tax detail without tax": (
        "salesreceipt",
        {"GlobalTaxCalculation": "NotApplicable", "TxnTaxDetail": {"TotalTax": 1}},
        "6170",
    ),
}


@pytest.mark.parametrize(("path", "change", "code"), CASES.values(), ids=CASES)
def test_refused(books: Any, path: str, change: dict[str, Any], code: str) -> None:
    answer = books.post(f"/{path}", {"Line": [books.line("1.00")], **change})
    assert (answer.status, answer.fault) == (400, code), answer.body
    assert books.balances() == {}


LINES: dict[str, tuple[list[tuple[str, dict[str, Any]]], str]] = {
    "product": ([("1861.07", {"Qty": 2, "UnitPrice": 930})], "6070"),
    "negative total": ([("-1.00", {})], "6000"),
    "no tax code": ([("1.00", {"TaxCodeRef": None})], "6000"),
    "unknown code": ([("1.00", {"TaxCodeRef": {"value": "TAX"}})], "2500"),
    "unknown item": ([("1.00", {"ItemRef": {"value": "99"}})], "2500"),
    "unknown class": ([("1.00", {"ClassRef": {"value": "99"}})], "2500"),
    "too many": ([("1.00", {})] * 751, "6000"),
}


@pytest.mark.parametrize(("lines", "code"), LINES.values(), ids=LINES)
def test_refused_lines(books: Any, lines: list[tuple[str, dict[str, Any]]], code: str) -> None:
    template = books.line("0")
    body = [
        {**template, "Amount": amount, "SalesItemLineDetail": {**template["SalesItemLineDetail"], **detail}}
        for amount, detail in lines
    ]
    answer = books.post("/salesreceipt", {"Line": body})
    assert answer.fault == code, answer.body


def test_fault_texts_are_the_recorded_ones(books: Any) -> None:
    wrong = books.post("/invoice", {"BadJson": 1})
    assert wrong.detail.startswith(
        'Property Name:Unrecognized field "BadJson" (class com.intuit.schema.finance.v3.Invoice), not marked as '
        "ignorable (103 known properties: "
    )
    product = books.post("/salesreceipt", {"Line": [books.line("1861.07", Qty=2, UnitPrice=930)]})
    assert product.detail == "Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07"
    memo = books.post("/salesreceipt", {"CustomerMemo": {"value": "x" * 1016}})
    assert memo.detail.endswith("Min:0 Max:1,000 supported. Supplied length:1,016")
    assert memo.body["Fault"]["Error"][0]["element"] == "Customer Memo"


DISCOUNTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "above the subtotal": ([{"Amount": 2, "DiscountLineDetail": {}}], "6000"),
    "two": ([{"Amount": 1, "DiscountLineDetail": {}}] * 2, "6000"),
    "no percent": ([{"DiscountLineDetail": {"PercentBased": True}}], "6090"),
    "no amount": ([{"DiscountLineDetail": {"PercentBased": False}}], "6090"),
    "unknown code": ([{"Amount": 1, "DiscountLineDetail": {"TaxCodeRef": {"value": "9"}}}], "2500"),
    "unknown account": ([{"Amount": 1, "DiscountLineDetail": {"DiscountAccountRef": {"value": "999"}}}], "2500"),
}


@pytest.mark.parametrize(("discounts", "code"), DISCOUNTS.values(), ids=DISCOUNTS)
def test_refused_discounts(books: Any, discounts: list[dict[str, Any]], code: str) -> None:
    lines = [{"DetailType": "DiscountLineDetail", **discount} for discount in discounts]
    assert books.post("/salesreceipt", {"Line": [books.line("1.00"), *lines]}).fault == code


def test_settings_switch_shipping_discounts_and_closed_periods(books: Any) -> None:
    old = books.make("SalesReceipt", {"TxnDate": "2026-01-10", "Line": [books.line("1.00")]})
    change = {
        "SyncToken": "0",
        "sparse": True,
        "SalesFormsPrefs": {"AllowShipping": False, "AllowDiscount": False},
        "AccountingInfoPrefs": {"BookCloseDate": "2026-01-15"},
    }
    assert books.make("Preferences", change)["SyncToken"] == "1"
    assert books.post("/preferences", change).fault == "5010"
    both = {"ClassTrackingPerTxn": True}
    assert books.post("/preferences", {**change, "SyncToken": "1", "AccountingInfoPrefs": both}).fault == "6000"
    shipping = books.line("2.00", ItemRef={"value": "SHIPPING_ITEM_ID"})
    assert books.post("/salesreceipt", {"Line": [shipping]}).fault == "6000"
    discount = {"Amount": 1, "DetailType": "DiscountLineDetail", "DiscountLineDetail": {}}
    assert books.post("/salesreceipt", {"Line": [books.line("1.00"), discount]}).fault == "6000"
    assert books.post("/salesreceipt", {"TxnDate": "2026-01-15", "Line": [books.line("1.00")]}).fault == "6200"
    target = {"Id": old["Id"], "SyncToken": "0", "sparse": True, "TxnDate": "2026-01-20"}
    assert books.post("/salesreceipt", target).fault == "6200"
    assert books.post("/salesreceipt", target, operation="delete").fault == "6200"
    assert books.post("/salesreceipt", target, include="void").fault == "6200"


def test_updates_need_the_right_version(books: Any) -> None:
    made = books.make("SalesReceipt", {"Line": [books.line("1.00")]})
    target = {"Id": made["Id"], "sparse": True, "PrivateNote": "x"}
    assert books.post("/salesreceipt", target).fault == "2020"
    assert books.post("/salesreceipt", {**target, "SyncToken": "7"}).fault == "5010"
    assert books.post("/salesreceipt", {**target, "Id": "99", "SyncToken": "0"}).fault == "610"
    assert books.post("/salesreceipt", {**target, "Id": "1.5", "SyncToken": "0"}).fault == "2030"
    assert books.post("/salesreceipt", {"SyncToken": "0"}, operation="delete").fault == "2020"

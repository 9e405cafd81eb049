from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from comptoir.ledgers.quickbooks.fingerprint import fingerprint

Change = Callable[[dict[str, Any]], object]

INVOICE: dict[str, Any] = {
    "Id": "130",
    "SyncToken": "0",
    "MetaData": {"CreateTime": "2026-01-05T04:00:00-08:00", "LastUpdatedTime": "2026-01-05T04:00:00-08:00"},
    "DocNumber": "S1001",
    "TxnDate": "2026-01-05",
    "DueDate": "2026-02-04",
    "CurrencyRef": {"value": "GBP", "name": "British Pound Sterling"},
    "CustomerRef": {"value": "3", "name": "Jo Doe"},
    "PrivateNote": "Order 1001\n[c:1001]",
    "CustomerMemo": {"value": "Thank you"},
    "DepartmentRef": {"value": "2", "name": "London"},
    "LinkedTxn": [],
    "BillAddr": {"Id": "9", "Line1": "Jo Doe", "Line2": "1 High St"},
    "EmailStatus": "NotSet",
    "Line": [
        {
            "Id": "1",
            "LineNum": 1,
            "Description": "A mug",
            "Amount": Decimal("10.00"),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "7", "name": "Mug"},
                "UnitPrice": 5,
                "Qty": 2,
                "TaxCodeRef": {"value": "5"},
                "ClassRef": {"value": "1"},
            },
        },
        {"Amount": Decimal("10.00"), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ],
    "TxnTaxDetail": {
        "TotalTax": Decimal("2.00"),
        "TaxLine": [
            {
                "Amount": Decimal("2.00"),
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {"TaxRateRef": {"value": "3"}, "NetAmountTaxable": Decimal("10.00")},
            },
            {"Amount": 0, "DetailType": "TaxLineDetail", "TaxLineDetail": {"TaxRateRef": {"value": "4"}}},
        ],
    },
    "TotalAmt": Decimal("12.00"),
    "Balance": Decimal("12.00"),
}
PAYMENT: dict[str, Any] = {
    "Id": "131",
    "SyncToken": "0",
    "TxnDate": "2026-01-06",
    "CustomerRef": {"value": "3"},
    "DepositToAccountRef": {"value": "35"},
    "PaymentMethodRef": {"value": "3"},
    "PaymentRefNum": "ch_1",
    "TotalAmt": Decimal("12.00"),
    "UnappliedAmt": 0,
    "Line": [
        {"Amount": Decimal("9.00"), "LinkedTxn": [{"TxnId": "130", "TxnType": "Invoice"}]},
        {"Amount": Decimal("3.00"), "LinkedTxn": [{"TxnId": "140", "TxnType": "Invoice"}]},
    ],
}
PURCHASE: dict[str, Any] = {
    "Id": "132",
    "AccountRef": {"value": "35"},
    "EntityRef": {"value": "3", "type": "Customer"},
    "DocNumber": "R1",
    "TotalAmt": 5,
    "Line": [
        {
            "Amount": 5,
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "84"}},
        }
    ],
}


def altered(row: dict[str, Any], change: Change) -> dict[str, Any]:
    other = copy.deepcopy(row)
    change(other)
    return other


def item(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = row["Line"][0]["SalesItemLineDetail"]
    return found


UNTOUCHED: list[tuple[str, Change]] = [
    ("version", lambda row: row.update(SyncToken="4", MetaData={"LastUpdatedTime": "later"})),
    ("balance", lambda row: row.update(Balance=Decimal("1.50"), HomeBalance=Decimal("1.50"))),
    ("what hangs on it", lambda row: row.update(LinkedTxn=[{"TxnId": "9", "TxnType": "Payment"}])),
    ("mail", lambda row: row.update(EmailStatus="EmailSent", DeliveryInfo={"DeliveryType": "Email"})),
    ("print", lambda row: row.update(PrintStatus="PrintComplete")),
    ("folded address", lambda row: row.update(BillAddr={"Line1": "Jo Doe", "Line2": "1 High St", "Line3": "Leeds"})),
    ("names of references", lambda row: row["CustomerRef"].update(name="Jo Smith")),
    ("ids of lines", lambda row: row["Line"][0].update(Id="7", LineNum=3)),
    ("subtotal", lambda row: row["Line"].pop()),
    ("derived price", lambda row: item(row).update(UnitPrice=Decimal("5.0000001"))),
    ("digits", lambda row: row["Line"][0].update(Amount=10)),
    ("digits of quantities", lambda row: item(row).update(Qty=Decimal("2.00"))),
    ("ends of lines", lambda row: row.update(PrivateNote="Order 1001\r\n[c:1001] ")),
    ("rates of nothing", lambda row: row["TxnTaxDetail"]["TaxLine"].pop()),
    ("home currency's own rate", lambda row: row.update(ExchangeRate=1)),
    ("null", lambda row: row.update(ClassRef=None, PaymentRefNum=None)),
    ("defaults", lambda row: row.update(SalesTermRef={"value": "3"}, AllowOnlineACHPayment=False)),
]
TOUCHED: list[tuple[str, Change]] = [
    ("customer", lambda row: row.update(CustomerRef={"value": "4"})),
    ("date", lambda row: row.update(TxnDate="2026-01-06")),
    ("due date", lambda row: row.update(DueDate="2026-02-05")),
    ("number", lambda row: row.update(DocNumber="S1002")),
    ("currency", lambda row: row.update(CurrencyRef={"value": "EUR"})),
    ("rate of exchange", lambda row: row.update(ExchangeRate=Decimal("1.1"))),
    ("note", lambda row: row.update(PrivateNote="Order 1001")),
    ("memo", lambda row: row.pop("CustomerMemo")),
    ("location", lambda row: row.update(DepartmentRef={"value": "3"})),
    ("class", lambda row: row.update(ClassRef={"value": "3"})),
    ("amount", lambda row: row["Line"][0].update(Amount=Decimal("10.01"))),
    ("description", lambda row: row["Line"][0].update(Description="A cup")),
    ("item", lambda row: item(row).update(ItemRef={"value": "8"})),
    ("quantity", lambda row: item(row).update(Qty=1)),
    ("tax code", lambda row: item(row).update(TaxCodeRef={"value": "6"})),
    ("class of a line", lambda row: item(row).pop("ClassRef")),
    ("a line more", lambda row: row["Line"].append({"DetailType": "DescriptionOnly", "Description": "Gift"})),
    ("discount", lambda row: row["Line"].append({"Amount": 1, "DetailType": "DiscountLineDetail"})),
    ("tax", lambda row: row["TxnTaxDetail"].update(TotalTax=Decimal("2.01"))),
    ("tax of a rate", lambda row: row["TxnTaxDetail"]["TaxLine"][0].update(Amount=Decimal("1.99"))),
    ("no tax", lambda row: row.pop("TxnTaxDetail")),
]


@pytest.mark.parametrize(("name", "change"), UNTOUCHED, ids=[name for name, _ in UNTOUCHED])
def test_what_quickbooks_does_leaves_it(name: str, change: Change) -> None:
    other = altered(INVOICE, change)
    assert other != INVOICE or name.startswith("digits"), "nothing was changed"
    assert fingerprint("Invoice", other) == fingerprint("Invoice", INVOICE)


@pytest.mark.parametrize("change", [change for _, change in TOUCHED], ids=[name for name, _ in TOUCHED])
def test_what_a_person_changes_alters_it(change: Change) -> None:
    assert fingerprint("Invoice", altered(INVOICE, change)) != fingerprint("Invoice", INVOICE)


def test_lines_in_another_order_are_another_document() -> None:
    two = altered(INVOICE, lambda row: row["Line"].insert(0, {"DetailType": "DescriptionOnly", "Description": "Gift"}))
    swapped = altered(two, lambda row: row["Line"].insert(0, row["Line"].pop(1)))
    assert fingerprint("Invoice", swapped) != fingerprint("Invoice", two)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(TotalAmt=13),
        lambda row: row.update(DepositToAccountRef={"value": "36"}),
        lambda row: row.update(PaymentMethodRef={"value": "4"}),
        lambda row: row.update(PaymentRefNum="ch_2"),
        lambda row: row["Line"].pop(),
        lambda row: row["Line"][0].update(Amount=8),
        lambda row: row["Line"][0]["LinkedTxn"][0].update(TxnId="131"),
    ],
    ids=["amount", "account", "method", "reference", "link", "amount of a link", "target of a link"],
)
def test_a_payment_that_was_changed(change: Change) -> None:
    assert fingerprint("Payment", altered(PAYMENT, change)) != fingerprint("Payment", PAYMENT)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(UnappliedAmt=2, LinkedTxn=[{"TxnId": "9", "TxnType": "Deposit"}]),
        lambda row: row["Line"].reverse(),
        lambda row: row["Line"][0].update(LineEx={"any": [{"name": "txnOpenBalance"}]}),
    ],
    ids=["deposited", "order of links", "echoes"],
)
def test_a_payment_that_was_not(change: Change) -> None:
    assert fingerprint("Payment", altered(PAYMENT, change)) == fingerprint("Payment", PAYMENT)


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(AccountRef={"value": "36"}),
        lambda row: row.update(EntityRef={"value": "4", "type": "Customer"}),
        lambda row: row["Line"][0]["AccountBasedExpenseLineDetail"].update(AccountRef={"value": "85"}),
    ],
    ids=["account", "payee", "account of the line"],
)
def test_a_purchase_that_was_changed(change: Change) -> None:
    assert fingerprint("Purchase", altered(PURCHASE, change)) != fingerprint("Purchase", PURCHASE)


def test_journal_lines_tell_their_side_and_name() -> None:
    entry = {"EntityRef": {"value": "3"}, "Type": "Customer"}
    line = {"Amount": 5, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": {"Entity": entry}}
    row = {"Line": [line]}
    prints = {
        fingerprint("JournalEntry", row),
        fingerprint("JournalEntry", altered(row, lambda it: entry_of(it)["EntityRef"].update(value="4"))),
        fingerprint("JournalEntry", altered(row, lambda it: detail_of(it).update(PostingType="Debit"))),
        fingerprint("JournalEntry", altered(row, lambda it: detail_of(it).update(PostingType="Credit"))),
    }
    assert len(prints) == 4


def detail_of(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = row["Line"][0]["JournalEntryLineDetail"]
    return found


def entry_of(row: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = detail_of(row)["Entity"]
    return found


def test_flags_are_told_apart_from_numbers() -> None:
    def says(value: object) -> str:
        return fingerprint("Invoice", {"PrivateNote": value})

    assert says(value=True) != says(1)


def test_the_digest_stays_what_it_was() -> None:
    """Journals hold these digests: with another scheme every document would look as if somebody had changed it."""
    assert fingerprint("Invoice", INVOICE) == "d1de042219e7458287e80eb6dc3db7c85bb59ae0baa866e60df57325ef2430d9"

"""Inventory: layers, costs, negative stock, adjustments."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from comptoir_sandbox.quickbooks.layers import Layers

D = Decimal
Opener = Callable[..., Any]
COST, ASSET = "Cost of Goods Sold", "Inventory Asset"


def item(books: Any, **fields: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Name": "Cup",
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "QtyOnHand": 10,
        "InvStartDate": "2026-01-01",
        "PurchaseCost": "2.00",
        "IncomeAccountRef": books.account("Sales of Product Income"),
        "ExpenseAccountRef": books.account(COST),
        "AssetAccountRef": books.account(ASSET),
        **fields,
    }
    return body


def sale(books: Any, identity: str, quantity: int, day: str = "2026-01-20") -> dict[str, Any]:
    line = books.line("10.00", "NON", ItemRef={"value": identity}, Qty=quantity)
    return {"TxnDate": day, "Line": [line]}


def bought(books: Any, identity: str, quantity: int, amount: str, day: str) -> dict[str, Any]:
    detail = {"ItemRef": {"value": identity}, "Qty": quantity}
    line = {"Amount": amount, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": detail}
    return {"PaymentType": "Cash", "AccountRef": books.account("Checking"), "TxnDate": day, "Line": [line]}


def test_first_in_first_out_in_the_order_of_dates(desk: Opener) -> None:
    books = desk("us-manual")
    cup = books.make("Item", item(books))
    assert (cup["QtyOnHand"], books.balance("Opening Balance Equity")) == (10, -20)
    first = books.make("SalesReceipt", sale(books, cup["Id"], 12))
    assert (books.read("Item", cup["Id"])["QtyOnHand"], books.balance(COST)) == (-2, 24)
    late = books.make("Purchase", bought(books, cup["Id"], 5, "15.00", "2026-01-25"))
    assert (books.balance(COST), books.balance(ASSET)) == (26, 9)  # two of them cost 3.00, not 2.00
    books.change("Purchase", late["Id"], TxnDate="2026-01-10", PaymentType="Cash", AccountRef=books.account("Checking"))
    assert (books.balance(COST), books.balance(ASSET)) == (26, 9)
    till = books.account("Checking")
    books.make("RefundReceipt", {**sale(books, cup["Id"], 1, "2026-01-21"), "DepositToAccountRef": till})
    assert (books.read("Item", cup["Id"])["QtyOnHand"], books.balance(COST)) == (4, 23)
    books.end("SalesReceipt", first["Id"], "void")
    assert books.read("Item", cup["Id"])["QtyOnHand"] == 16
    books.end("Purchase", late["Id"])
    assert books.balance(ASSET) == 22
    assert [row["QtyOnHand"] for row in (books.read("Item", cup["Id"]),)] == [11]


def test_what_goes_back_to_the_vendor_leaves_at_its_cost(desk: Opener) -> None:
    books = desk("us-manual")
    cup = books.make("Item", item(books))  # ten at 2.00
    back = {**bought(books, cup["Id"], 3, "7.50", "2026-01-10"), "Credit": True}
    books.make("Purchase", back)
    assert (books.read("Item", cup["Id"])["QtyOnHand"], books.balance(ASSET)) == (7, 14)
    assert (books.balance("Checking"), books.balance(COST)) == (D("7.50"), D("-1.50"))


def test_adjustments_and_deactivation(desk: Opener) -> None:
    books = desk("us-manual")
    cup = books.make("Item", item(books))

    def adjust(**detail: Any) -> dict[str, Any]:
        found = {"ItemRef": {"value": cup["Id"]}, **detail}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": found}
        return {"AdjustAccountRef": books.account("Inventory Shrinkage"), "TxnDate": "2026-01-05", "Line": [line]}

    made = books.make("InventoryAdjustment", adjust(QtyDiff=-3))
    assert (made["DocNumber"], books.balance("Inventory Shrinkage")) == ("1", 6)
    books.make("InventoryAdjustment", adjust(NewQty=12))
    assert (books.read("Item", cup["Id"])["QtyOnHand"], books.balance("Inventory Shrinkage")) == (12, -4)
    whole = {**adjust(QtyDiff=-1), "Id": made["Id"], "SyncToken": "0"}
    assert books.refused("InventoryAdjustment", whole, "update") == "6000"
    books.make("InventoryAdjustment", {**whole, "sparse": True}, "update")
    assert books.read("Item", cup["Id"])["QtyOnHand"] == 14
    books.end("InventoryAdjustment", made["Id"])
    service = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": {"ItemRef": {"value": "1"}}}
    for change, code in (
        ({"AdjustAccountRef": None}, "2020"),
        ({"Line": None}, "2020"),
        ({"Line": [{"DetailType": "DescriptionOnly"}]}, "2170"),
        ({"Line": [{"DetailType": "ItemAdjustmentLineDetail"}]}, "2020"),
        ({"Line": [service]}, "6000"),
        (adjust(), "2020"),
        ({"TxnDate": "2025-12-31"}, "6270"),
    ):
        assert books.refused("InventoryAdjustment", {**adjust(QtyDiff=1), **change}) == code
    books.change("Item", cup["Id"], Active=False)
    assert (books.read("Item", cup["Id"])["QtyOnHand"], books.balance(ASSET)) == (0, 0)
    assert desk("uk").refused("InventoryAdjustment", {}) == "5030"


def test_inventory_items_refused(desk: Opener) -> None:
    books = desk("us-manual")
    for change, code in (
        ({"AssetAccountRef": None}, "2020"),
        ({"AssetAccountRef": books.account("Checking")}, "6430"),
        ({"ExpenseAccountRef": books.account("Purchases")}, "6430"),
        ({"ExpenseAccountRef": None}, "2020"),
        ({"InvStartDate": None}, "6000"),
        ({"QtyOnHand": None}, "2020"),
        ({"TrackQtyOnHand": False}, "6000"),
    ):
        assert books.refused("Item", item(books, **change)) == code, change
    cup = books.make("Item", item(books))
    assert books.refused("SalesReceipt", sale(books, cup["Id"], 1, "2025-12-31")) == "6270"
    assert books.refused("SalesReceipt", {"Line": [books.line("1.00", ItemRef={"value": cup["Id"]})]}) == "6440"
    for change in ({"QtyOnHand": 50}, {"InvStartDate": "2025-01-01"}, {"Type": "Service"}):
        target = {"Id": cup["Id"], "SyncToken": "0", "sparse": True, **change}
        assert books.refused("Item", target, "update") == "6000", change
    none = books.make("Item", item(books, Name="Saucer", QtyOnHand=0))
    assert books.change("Item", none["Id"], InvStartDate="2025-06-01")["InvStartDate"] == "2025-06-01"
    books.make("SalesReceipt", sale(books, none["Id"], 1, "2025-07-01"))
    late = {"Id": none["Id"], "SyncToken": "1", "sparse": True, "InvStartDate": "2025-08-01"}
    assert books.refused("Item", late, "update") == "6270"
    plain = books.make("Item", {"Name": "Bowl", "Type": "NonInventory", "IncomeAccountRef": {"value": "1"}})
    fields = {name: value for name, value in item(books).items() if name != "Name"}
    assert books.change("Item", plain["Id"], **fields)["Type"] == "Inventory"
    assert books.read("Item", plain["Id"])["QtyOnHand"] == 10


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5000)), max_size=12), st.data())
def test_layers_hold_what_came_less_what_left(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    layers = Layers(D("1.10"))
    value, quantity = D(0), D(0)
    for count, cents in steps:
        if data.draw(st.booleans()):
            value -= layers.take(D(count))
            quantity -= count
        else:
            value += D(cents) / 100 - layers.put(D(count), D(cents) / 100)
            quantity += count
        assert layers.value == value
        held = sum((each for each, _ in layers.held), D(0)) - sum((each for each, _ in layers.owed), D(0))
        assert held == quantity
        assert not (layers.held and layers.owed)

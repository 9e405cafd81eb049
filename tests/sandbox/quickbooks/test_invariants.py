"""Random documents in every profile: the ledger's invariants hold after each history (§22.12)."""

# ruff: noqa: ARG002 # every step has one signature

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comptoir_sandbox.quickbooks import deposits
from comptoir_sandbox.quickbooks.profile import PROFILES

Opener = Callable[..., Any]
LINES = st.lists(
    st.tuples(st.integers(-500, 20_000), st.integers(0, 9), st.integers(1, 4), st.booleans()), min_size=1, max_size=4
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *("sale", "sale", "sale", "pay", "pay", "join", "deposit", "edit", "delete", "void", "journal", "buy"),
                *("bill", "bill", "pay_bill", "transfer", "adjust"),
            ]
        ),
        st.integers(0, 30),
        st.integers(0, 30),
        LINES,
        st.sampled_from(["TaxExcluded", "TaxInclusive"]),
    ),
    min_size=8,
    max_size=25,
)
FORMS = ("Invoice", "SalesReceipt", "Invoice", "CreditMemo", "SalesReceipt", "Invoice", "RefundReceipt")
"""Invoices and receipts most often: most rules are about what settles and contains them."""
DAYS = ("2026-01-03", "2026-01-10", "2026-01-20", "2026-01-30")


class Player:
    """Turns random steps into requests; a refused one is part of the game."""

    def __init__(self, books: Any) -> None:
        self.books = books
        company = books.company
        self.company = company
        codes = [code for code in company.records["TaxCode"] if code.isdigit()]
        self.codes = ["TAX", "NON"] if "TAX" in company.records["TaxCode"] else codes
        self.form_code = codes[0]
        self.vendors = [books.make("Vendor", {"DisplayName": "Post"})["Id"]]
        self.customers = [books.customer("Ada")["value"], books.customer("Bob")["value"]]
        if company.traits.currencies:
            self.customers += [books.customer("Zoé", CurrencyRef={"value": "EUR"})["value"]] * 2
            foreign = {"DisplayName": "Poste", "CurrencyRef": {"value": "EUR"}}
            self.vendors.append(books.make("Vendor", foreign)["Id"])
        self.bank = {"value": company.role("Checking")}
        self.items = ["1"]
        if company.preference("ProductAndServicesPrefs", "QuantityOnHand"):
            self.items.append(self._stock_item())

    def _stock_item(self) -> str:
        company = self.company
        body = {
            "Name": "Stocked",
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 5,
            "PurchaseCost": "1.37",
            "InvStartDate": "2026-01-01",
            "IncomeAccountRef": {"value": company.role("SalesOfProductIncome")},
            "ExpenseAccountRef": {"value": company.role("SuppliesMaterialsCogs")},
            "AssetAccountRef": {"value": company.role("Inventory")},
        }
        return str(self.books.make("Item", body)["Id"])

    def play(self, step: tuple[str, int, int, list[Any], str], refused: type[Exception]) -> bool:
        name, first, second, lines, mode = step
        try:
            getattr(self, name)(first, second, lines, mode)
        except refused:
            return False
        return True

    def _lines(self, lines: list[Any]) -> list[dict[str, Any]]:
        made = []
        for cents, code, quantity, stocked in lines:
            item = self.items[-1] if stocked else "1"
            detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": self.codes[code % len(self.codes)]}}
            line = {"Amount": str(Decimal(cents) / 100), "DetailType": "SalesItemLineDetail"}
            made.append({**line, "SalesItemLineDetail": {**detail, "Qty": quantity}})
        return made

    def _pick(self, kind: str, number: int) -> str | None:
        found = list(self.company.records[kind])
        return found[number % len(found)] if found else None

    def sale(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        body: dict[str, Any] = {
            "CustomerRef": {"value": self.customers[second % len(self.customers)]},
            "TxnDate": DAYS[second % 4],
            "Line": self._lines(lines),
            "GlobalTaxCalculation": mode,
        }
        kind = FORMS[first % len(FORMS)]
        if self.codes == ["TAX", "NON"]:
            body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": self.form_code}} if first % 3 else {"TotalTax": "1.23"}
            body["ApplyTaxAfterDiscount"] = bool(second % 2)
        if kind == "RefundReceipt":
            body["DepositToAccountRef"] = self.bank
        if first % 5 == 0:
            share = {"PercentBased": True, "DiscountPercent": 7}
            body["Line"].append({"DetailType": "DiscountLineDetail", "DiscountLineDetail": share})
        self.books.make(kind, body)

    def pay(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        unpaid = [each for each in self.company.records["Invoice"].values() if each.data["Balance"]]
        if not unpaid:
            return
        identity, data = unpaid[first % len(unpaid)].id, unpaid[first % len(unpaid)].data
        balance = Decimal(data["Balance"])
        value = balance if second % 2 else min(balance, Decimal(second + 1))
        body: dict[str, Any] = {
            "CustomerRef": data["CustomerRef"],
            "TotalAmt": str(value + first % 3),
            "TxnDate": DAYS[first % 4],
            "Line": [{"Amount": str(value), "LinkedTxn": [{"TxnId": identity, "TxnType": "Invoice"}]}],
        }
        if data["CurrencyRef"]["value"] == "EUR":
            # Kept in a bank account: what is held undeposited is in home currency.
            body |= {"ExchangeRate": ["0.8", "0.9137"][first % 2], "DepositToAccountRef": self.bank}
        self.books.make("Payment", body)

    def join(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        credit, bill = self._pick("CreditMemo", first), self._pick("Invoice", second)
        if credit is None or bill is None:
            return
        value = str(Decimal(first + 1) / 2)
        links = [("CreditMemo", credit), ("Invoice", bill)]
        joined = [{"Amount": value, "LinkedTxn": [{"TxnId": each, "TxnType": kind}]} for kind, each in links]
        owner = self.company.records["CreditMemo"][credit].data["CustomerRef"]
        self.books.make("Payment", {"CustomerRef": owner, "TotalAmt": 0, "Line": joined})

    def deposit(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        kind = ("SalesReceipt", "Payment", "Transfer")[first % 3]
        identity = self._pick(kind, second)
        if identity is None:
            return
        total = str(deposits.held_amount(self.company, self.company.records[kind][identity]))
        line = {"Amount": total, "LinkedTxn": [{"TxnId": identity, "TxnType": kind, "TxnLineId": "0"}]}
        fee: dict[str, Any] = {"AccountRef": {"value": self.company.role("BankCharges")}}
        if self.codes != ["TAX", "NON"] and first % 2 == 0:
            fee |= {"TaxCodeRef": {"value": self.codes[second % len(self.codes)]}, "TaxApplicableOn": "Purchase"}
        fees = {"Amount": "-0.10", "DetailType": "DepositLineDetail", "DepositLineDetail": fee}
        self.books.make("Deposit", {"DepositToAccountRef": self.bank, "Line": [line, fees]})

    def edit(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        kind = FORMS[first % len(FORMS)]
        identity = self._pick(kind, second)
        if identity is not None:
            self.books.change(kind, identity, Line=self._lines(lines), TxnDate=DAYS[first % 4])

    def delete(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        others = ("Payment", "Deposit", "JournalEntry", "Purchase", "Bill", "BillPayment", "Transfer")
        kind = (*others, "InventoryAdjustment", *FORMS)[first % (len(FORMS) + len(others) + 1)]
        identity = self._pick(kind, second)
        if identity is not None:
            self.books.end(kind, identity)

    def void(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        kind = ("Invoice", "SalesReceipt", "Payment", "BillPayment")[first % 4]
        identity = self._pick(kind, second)
        if identity is not None:
            self.books.end(kind, identity, "void")

    def journal(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        value = str(Decimal(abs(lines[0][0])) / 100)
        entity = {"Type": "Customer", "EntityRef": {"value": self.customers[0]}}
        sides = (
            {"PostingType": "Debit", "AccountRef": {"value": self.company.role("BankCharges")}},
            {"PostingType": "Credit", "AccountRef": {"value": self.company.role("AccountsReceivable")}},
        )
        details = [sides[0], {**sides[1], "Entity": entity}]
        made = [
            {"Amount": value, "DetailType": "JournalEntryLineDetail", "JournalEntryLineDetail": each}
            for each in details
        ]
        self.books.make("JournalEntry", {"Line": made, "TxnDate": DAYS[first % 4]})

    def buy(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        detail: dict[str, Any] = {"ItemRef": {"value": self.items[-1]}, "Qty": second % 5 + 1}
        amount = str(Decimal(abs(lines[0][0])) / 100)
        line = {"Amount": amount, "DetailType": "ItemBasedExpenseLineDetail", "ItemBasedExpenseLineDetail": detail}
        body: dict[str, Any] = {
            "PaymentType": "Cash",
            "AccountRef": self.bank,
            "TxnDate": DAYS[first % 4],
            "Line": [line],
        }
        self._tax(body, detail, first, second, mode)
        body["Credit"] = first % 7 == 0
        self.books.make("Purchase", body)

    def _tax(self, body: dict[str, Any], detail: dict[str, Any], first: int, second: int, mode: str) -> None:
        if self.codes == ["TAX", "NON"]:
            return
        if first % 2:
            body["GlobalTaxCalculation"] = "NotApplicable"
        else:
            body["GlobalTaxCalculation"] = mode
            detail["TaxCodeRef"] = {"value": self.codes[second % len(self.codes)]}

    def bill(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        detail: dict[str, Any] = {"AccountRef": {"value": self.company.role("BankCharges")}}
        value = str(Decimal(abs(lines[0][0])) / 100)
        line = {"Amount": value, "DetailType": "AccountBasedExpenseLineDetail", "AccountBasedExpenseLineDetail": detail}
        vendor = {"value": self.vendors[first % len(self.vendors)]}
        body: dict[str, Any] = {"VendorRef": vendor, "TxnDate": DAYS[first % 4], "Line": [line]}
        self._tax(body, detail, second, first, mode)
        self.books.make("Bill", body)

    def pay_bill(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        unpaid = [each for each in self.company.records["Bill"].values() if each.data["Balance"]]
        if not unpaid:
            return
        bill = unpaid[first % len(unpaid)]
        balance = Decimal(bill.data["Balance"])
        value = balance if second % 2 else min(balance, Decimal(second + 1))
        body: dict[str, Any] = {
            "VendorRef": bill.data["VendorRef"],
            "TotalAmt": str(value + first % 2),
            "TxnDate": DAYS[second % 4],
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": self.bank},
            "Line": [{"Amount": str(value), "LinkedTxn": [{"TxnId": bill.id, "TxnType": "Bill"}]}],
        }
        if bill.data["CurrencyRef"]["value"] == "EUR":
            body["ExchangeRate"] = ["0.8", "0.9137"][first % 2]
        self.books.make("BillPayment", body)

    def transfer(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        accounts = (self.bank, {"value": self.company.role("UndepositedFunds")})
        value = str(Decimal(abs(lines[0][0])) / 100)
        body = {"FromAccountRef": accounts[first % 2], "ToAccountRef": accounts[1 - first % 2], "Amount": value}
        self.books.make("Transfer", body)

    def adjust(self, first: int, second: int, lines: list[Any], mode: str) -> None:
        detail = {"ItemRef": {"value": self.items[-1]}, "QtyDiff": first - 15}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": detail}
        account = {"value": self.company.role("BankCharges")}
        body = {"AdjustAccountRef": account, "TxnDate": DAYS[second % 4], "Line": [line]}
        self.books.make("InventoryAdjustment", body)


@pytest.mark.parametrize("auto_apply", [False, True], ids=["by hand", "auto-apply"])
@pytest.mark.parametrize("profile", PROFILES)
def test_books_stay_whole(open_desk: Opener, profile: str, auto_apply: bool) -> None:
    refused = open_desk.refused  # type: ignore[attr-defined] # the exception of a refused request

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(STEPS)
    def run(steps: list[Any]) -> None:
        player = Player(open_desk(profile, auto_apply=auto_apply))
        for step in steps:
            if player.play(step, refused):
                player.books.check()
        player.books.check()

    run()

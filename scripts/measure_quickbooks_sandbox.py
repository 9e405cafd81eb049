"""Measure the QuickBooks sandbox: time and memory a document, as the number of documents grows.

usage: python scripts/measure_quickbooks_sandbox.py [--documents N] [--profile P] [--items N] [--way W]

The mix: sales receipts, invoices with payments, refund receipts, credit memos applied to invoices, deposits with fees,
journal entries, edits, voids; every third sale sells from stock. Dates run forward, one in ten goes back a month. Every
thirtieth document is looked up by its number, every hundredth is followed by a capture of the changes.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import deque
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx2

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import Faults
from comptoir_sandbox.in_process import InProcess
from comptoir_sandbox.quickbooks import changes
from comptoir_sandbox.quickbooks.app import Config, Sandbox
from comptoir_sandbox.quickbooks.operations import Wanted
from comptoir_sandbox.quickbooks.profile import PROFILES, load
from comptoir_sandbox.quickbooks.record import ENCODER, decode
from comptoir_sandbox.quickbooks.seed import open_company
from comptoir_sandbox.quickbooks.service import Service
from comptoir_sandbox.server import ThreadedServer

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_DAY = date(2025, 1, 1)
REDIRECT = "http://127.0.0.1:9/callback"


class ByService:
    """Straight to the service object, each body through JSON as over a wire."""

    def __init__(self, profile: str) -> None:
        self._service = Service(open_company("1", load(profile), Clock(START)), Faults())

    def post(self, kind: str, body: Any, verb: str = "create") -> Any:
        """The object made."""
        wanted = Wanted(verb=verb, kind=kind, raw=decode(json.dumps(body).encode()))
        status, answer = self._service.single(wanted, None)
        if status != httpx2.codes.OK:
            raise SystemExit(f"{verb} {kind}: {answer}")
        return json.loads(ENCODER.encode(answer))[kind]

    def query(self, text: str) -> Any:
        """The answer of a query."""
        return json.loads(ENCODER.encode(self._service.query(text)))["QueryResponse"]

    def capture(self, since: str) -> None:
        """The changes since a moment."""
        entities = "Invoice,SalesReceipt,Payment,Item"
        with self._service.company.lock:
            ENCODER.encode(changes.capture(self._service.company, {"entities": entities, "changedSince": since}))


class ByClient:
    """Over HTTP, by a socket or in process."""

    def __init__(self, profile: str, client: httpx2.Client, sandbox: Sandbox) -> None:
        self._client = client
        self._base = f"/v3/company/{sandbox.config.realm_id}"
        code = sandbox.authority.issue_code(
            sandbox.config.realm_id, REDIRECT, frozenset({"com.intuit.quickbooks.accounting"})
        )
        tokens = sandbox.authority.exchange(code, REDIRECT)
        client.headers.update({"Authorization": f"Bearer {tokens['access_token']}", "Accept": "application/json"})
        self.profile = profile

    def _call(self, method: str, path: str, **options: Any) -> Any:
        answer = self._client.request(method, self._base + path, **options)
        if answer.status_code != httpx2.codes.OK:
            raise SystemExit(f"{method} {path}: {answer.text}")
        return answer.json()

    def post(self, kind: str, body: Any, verb: str = "create") -> Any:
        """The object made."""
        params = {"operation": verb} if verb in {"delete", "void"} else {}
        return self._call("POST", f"/{kind.lower()}", json=body, params=params)[kind]

    def query(self, text: str) -> Any:
        """The answer of a query."""
        return self._call("GET", "/query", params={"query": text})["QueryResponse"]

    def capture(self, since: str) -> None:
        """The changes since a moment."""
        entities = "Invoice,SalesReceipt,Payment,Item"
        self._call("GET", "/cdc", params={"entities": entities, "changedSince": since})


class Shop:
    """Makes the documents."""

    def __init__(self, way: Any, items: int) -> None:
        self._way = way
        self._number = 0
        self._since = START.isoformat()
        # The first of its kind counts: foreign accounts come after those in home currency.
        self._accounts = {row["AccountSubType"]: row["Id"] for row in reversed(self._rows("Account"))}
        codes = {row["Id"]: row for row in self._rows("TaxCode")}
        self._american = "TAX" in codes
        ordinary = [each for each in codes if each.isdigit()]
        self._form_code, self._code = ordinary[0], "TAX" if self._american else ordinary[0]
        self._customers = [way.post("Customer", {"DisplayName": f"Buyer {n}"})["Id"] for n in range(200)]
        stocked = self._way.query("select * from Preferences")["Preferences"][0]["ProductAndServicesPrefs"]
        self._items = self._stock(items) if stocked["QuantityOnHand"] else []
        self._unpaid: deque[Any] = deque(maxlen=500)
        self._held: deque[Any] = deque(maxlen=500)

    def _rows(self, kind: str) -> Any:
        return self._way.query(f"select * from {kind} maxresults 1000")[kind]  # noqa: S608 # names of this file

    def _rows_where(self, kind: str, where: str) -> Any:
        return self._way.query(f"select * from {kind} where {where}").get(kind, [])  # noqa: S608 # names of this file

    def _stock(self, count: int) -> list[str]:
        names = {
            "IncomeAccountRef": "SalesOfProductIncome",
            "ExpenseAccountRef": "SuppliesMaterialsCogs",
            "AssetAccountRef": "Inventory",
        }
        fields = {
            "Type": "Inventory",
            "TrackQtyOnHand": True,
            "QtyOnHand": 1000,
            "PurchaseCost": "3.21",
            "InvStartDate": "2024-01-01",
            **{name: {"value": self._accounts[subtype]} for name, subtype in names.items()},
        }
        return [self._way.post("Item", {"Name": f"Stocked {n}", **fields})["Id"] for n in range(count)]

    def documents(self) -> Iterator[str]:
        """Make one document after the other, for ever; yields its kind."""
        while True:
            self._number += 1
            yield self._make(self._number)
            if self._number % 30 == 0:
                self._way.query(f"select * from SalesReceipt where DocNumber in ('S{self._number - 1}','X')")  # noqa: S608
                self._way.query(f"select * from Payment where PaymentRefNum = 'P{self._number}'")  # noqa: S608
            if self._number % 100 == 0:
                self._way.capture(self._since)
                last = self._rows_where("SalesReceipt", f"DocNumber = 'S{self._number - 2}'")
                self._since = last[0]["MetaData"]["LastUpdatedTime"] if last else self._since

    def _make(self, number: int) -> str:
        turn, deposit, journal = number % 20, 13, 17
        if turn in {3, 7, 11} and self._unpaid:
            return self._pay(self._unpaid.popleft(), number)
        if turn == deposit and len(self._held) > 1:
            return self._deposit([self._held.popleft(), self._held.popleft()])
        if turn == journal:
            return self._journal(number)
        kind = {1: "Invoice", 5: "Invoice", 9: "Invoice", 15: "RefundReceipt", 19: "CreditMemo"}.get(
            turn, "SalesReceipt"
        )
        made = self._way.post(kind, self._sale(kind, number))
        if kind == "Invoice":
            self._unpaid.append(made)
        elif kind == "SalesReceipt":
            self._held.append(("SalesReceipt", made))
        elif kind == "CreditMemo":
            self._join(made)
        if turn == 2:  # noqa: PLR2004 # one in twenty
            change = {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "PrivateNote": "seen"}
            self._held.pop()
            self._way.post(kind, change, "update")
        if turn == 4:  # noqa: PLR2004 # one in twenty
            self._held.pop()
            self._way.post(kind, {"Id": made["Id"], "SyncToken": made["SyncToken"]}, "void")
        return kind

    def _day(self, number: int) -> str:
        return (FIRST_DAY + timedelta(days=number // 40 - (30 if number % 10 == 0 else 0))).isoformat()

    def _sale(self, kind: str, number: int) -> Any:
        sold = [self._items[number % len(self._items)]] if self._items and number % 3 == 0 else []
        lines = [self._line(item, number) for item in ("1", *sold)]
        body: dict[str, Any] = {
            "DocNumber": f"S{number}",
            "TxnDate": self._day(number),
            "CustomerRef": {"value": self._customers[number % len(self._customers)]},
            "Line": lines,
        }
        if self._american:
            body["TxnTaxDetail"] = {"TxnTaxCodeRef": {"value": self._form_code}}
        if kind == "RefundReceipt":
            body["DepositToAccountRef"] = {"value": self._accounts["Checking"]}
        return body

    def _line(self, item: str, number: int) -> Any:
        detail = {"ItemRef": {"value": item}, "Qty": 2, "TaxCodeRef": {"value": self._code}}
        cents = 1000 + number % 977
        amount = f"{cents // 100}.{cents % 100:02d}"
        return {"Amount": amount, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}

    def _pay(self, invoice: Any, number: int) -> str:
        link = {"Amount": invoice["TotalAmt"], "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        body = {
            "CustomerRef": invoice["CustomerRef"],
            "TotalAmt": invoice["TotalAmt"],
            "TxnDate": invoice["TxnDate"],
            "PaymentRefNum": f"P{number}",
            "Line": [link],
        }
        self._held.append(("Payment", self._way.post("Payment", body)))
        return "Payment"

    def _join(self, credit: Any) -> None:
        customer = credit["CustomerRef"]["value"]
        for invoice in self._unpaid:
            if invoice["CustomerRef"]["value"] == customer:
                value = min(invoice["TotalAmt"], credit["TotalAmt"])
                links = (("CreditMemo", credit["Id"]), ("Invoice", invoice["Id"]))
                lines = [{"Amount": value, "LinkedTxn": [{"TxnId": each, "TxnType": kind}]} for kind, each in links]
                self._unpaid.remove(invoice)
                self._way.post("Payment", {"CustomerRef": {"value": customer}, "TotalAmt": 0, "Line": lines})
                return

    def _deposit(self, members: list[Any]) -> str:
        lines: list[Any] = [
            {"Amount": made["TotalAmt"], "LinkedTxn": [{"TxnId": made["Id"], "TxnType": kind, "TxnLineId": "0"}]}
            for kind, made in members
        ]
        fee = {"AccountRef": {"value": self._accounts["BankCharges"]}}
        lines.append({"Amount": "-0.45", "DetailType": "DepositLineDetail", "DepositLineDetail": fee})
        self._way.post("Deposit", {"DepositToAccountRef": {"value": self._accounts["Checking"]}, "Line": lines})
        return "Deposit"

    def _journal(self, number: int) -> str:
        accounts = (("Debit", "BankCharges"), ("Credit", "Checking"))
        lines = [
            {
                "Amount": "1.23",
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": self._accounts[subtype]}},
            }
            for side, subtype in accounts
        ]
        self._way.post("JournalEntry", {"TxnDate": self._day(number), "DocNumber": f"J{number}", "Line": lines})
        return "JournalEntry"


def memory_mib() -> float:
    """The most memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(way: Any, documents: int, step: int, items: int) -> None:
    """Print milliseconds a document and memory after every step."""
    begun = time.perf_counter()
    shop = Shop(way, items)
    print(f"lists made in {time.perf_counter() - begun:.2f} s; {memory_mib():.0f} MiB")
    mark = time.perf_counter()
    for number, _ in enumerate(shop.documents(), start=1):
        if number % step == 0:
            now = time.perf_counter()
            print(
                f"{number:>7} documents: {(now - mark) * 1000 / step:6.3f} ms each; {memory_mib():.0f} MiB", flush=True
            )
            mark = now
        if number >= documents:
            return


def main(argv: list[str]) -> int:
    """Measure as the options say."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--step", type=int, default=1000)
    parser.add_argument("--items", type=int, default=8, help="inventory items among which the sales are spread")
    parser.add_argument("--profile", choices=PROFILES, default="multicurrency")
    parser.add_argument("--way", choices=("service", "in-process", "http"), default="service")
    options = parser.parse_args(argv)
    if options.way == "service":
        measure(ByService(options.profile), options.documents, options.step, options.items)
        return 0
    sandbox = Sandbox(Config(profile=options.profile, limits=False, clock=Clock(START)))
    with ExitStack() as stack:
        if options.way == "http":
            server = stack.enter_context(ThreadedServer(sandbox.app()))
            client = stack.enter_context(httpx2.Client(base_url=server.url, timeout=60))
        else:
            transport = InProcess(sandbox.app())
            client = stack.enter_context(httpx2.Client(transport=transport, base_url="http://sandbox.invalid"))
        measure(ByClient(options.profile, client, sandbox), options.documents, options.step, options.items)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

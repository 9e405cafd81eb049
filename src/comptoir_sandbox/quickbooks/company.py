"""One company's state: records, indexes, ledger. All changes go through its undo list."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from comptoir_sandbox.quickbooks.faults import FaultError, inactive, invalid_reference
from comptoir_sandbox.quickbooks.indexes import Indexes
from comptoir_sandbox.quickbooks.ledger import Ledger
from comptoir_sandbox.quickbooks.record import ENCODER, Record
from comptoir_sandbox.quickbooks.state import State
from comptoir_sandbox.quickbooks.undo import Undo
from comptoir_sandbox.quickbooks.values import PACIFIC, ZERO, Object, amount, plain, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.quickbooks.attachments import Link
    from comptoir_sandbox.quickbooks.profile import Traits
    from comptoir_sandbox.quickbooks.shelves import Shelf

TRANSACTIONS = (
    "Invoice",
    "SalesReceipt",
    "CreditMemo",
    "RefundReceipt",
    "Payment",
    "Purchase",
    "Bill",
    "BillPayment",
    "Transfer",
    "JournalEntry",
    "Deposit",
    "InventoryAdjustment",
)
SALES_FORMS = TRANSACTIONS[:4]
OPEN_KINDS = {"Invoice": "CustomerRef", "CreditMemo": "CustomerRef", "Bill": "VendorRef"}
"""What has a balance that payments settle, and whose it is."""
LISTS = (
    "Account",
    "Customer",
    "Vendor",
    "Employee",
    "Item",
    "TaxAgency",
    "TaxRate",
    "TaxCode",
    "PaymentMethod",
    "Term",
    "Class",
    "Department",
    "CompanyCurrency",
)
SINGLES = ("CompanyInfo", "Preferences")
KINDS = (*SINGLES, *LISTS, *TRANSACTIONS, "Attachable")
DELETABLE = (*TRANSACTIONS, "Attachable")
FIRST_ATTACHABLE = 5_000_000_000_000_000_000
"""Ids of attachments are long (§19)."""
ENTITY_OF_PATH = {kind.lower(): kind for kind in KINDS}
NAME_KINDS = ("Customer", "Vendor", "Employee")
REFERENCE_GROUPS = {
    "Account": "Accounts",
    "Customer": "Names",
    "Vendor": "Names",
    "Employee": "Names",
    "Item": "Items",
    "Class": "Klasses",
    "Department": "Depts",
    "TaxCode": "TaxCodes",
    "TaxRate": "TaxRates",
    "TaxAgency": "TaxAgencies",
    "Term": "Terms",
    "PaymentMethod": "PaymentMethods",
    "CompanyCurrency": "Currencies",
}
"""The service's own words in 2500 faults (§9)."""


def name_of(record: Record) -> str:
    """The visible name of a list object."""
    data = record.data
    return str(data.get("DisplayName") or data.get("FullyQualifiedName") or data.get("Name") or "")


class Company:
    """State of one realm. Hold `lock` around every use; call `commit` or `roll_back` after changes."""

    def __init__(self, realm_id: str, traits: Traits, clock: Clock) -> None:
        self.realm_id = realm_id
        self.traits = traits
        self.clock = clock
        self.lock = threading.RLock()
        self.undo = Undo()
        self.records: dict[str, dict[str, Record]] = {kind: {} for kind in KINDS}
        self.names: dict[str, tuple[str, str]] = {}
        """Casefolded display name -> kind and id, active customers, vendors and employees (§12.1)."""
        self.list_names: dict[tuple[str, str], str] = {}
        """Kind and casefolded full name -> id of active items, accounts, ...."""
        self.applied: dict[tuple[str, str], dict[str, Decimal]] = {}
        """Invoice or credit memo -> payment id -> amount applied (§16.1)."""
        self.applied_by: dict[str, tuple[tuple[str, str], ...]] = {}
        """Payment id -> what it is applied to: `applied` the other way round."""
        self.open: dict[tuple[str, str], dict[str, bool]] = {}
        """Kind and customer or vendor -> ids of open invoices, credit memos or bills."""
        self.children: dict[str, tuple[str, ...]] = {}
        """Customer id -> ids of its sub-customers."""
        self.deleted: dict[str, dict[str, str]] = {kind: {} for kind in DELETABLE}
        """Kind -> id of a deleted transaction -> time of deletion, in the order of deletion."""
        self.accounts_by_role: dict[str, str] = {}
        """Subtype -> id of its first account: how the service finds its own accounts (§12.3)."""
        self.regions: dict[str, tuple[str, ...]] = {}
        """US automated: region -> ids of the rates in force there (§15.3)."""
        self.rates: dict[str, tuple[tuple[str, Decimal], ...]] = {}
        """Currency -> ISO date and exchange rate set for that day, in order."""
        self.shelves: dict[str, Shelf] = {}
        """Inventory item -> its movements (§17)."""
        self.moved: dict[tuple[str, str], dict[tuple[str, int], bool]] = {}
        """Document -> inventory item and number of each of its movements."""
        self.deposited: dict[tuple[str, str], str] = {}
        """Member -> the bank deposit that contains it (§16.2)."""
        self.files: dict[str, bytes] = {}
        """Attachable -> its file (§19)."""
        self.links: dict[str, Link] = {}
        """Token of a temporary address -> what it leads to."""
        self.touched: dict[tuple[str, str], bool] = {}
        """Kind and id of everything stored or deleted by the unit of work under way."""
        self.counters: dict[str, int] = {}
        self.facts: dict[str, str] = {}
        """Small facts: the last document number given."""
        self.state = State()
        """What befell the company from outside the API."""
        self.indexes = Indexes(self.undo)
        self.ledger = Ledger(self.undo, control=self._control, is_foreign=self._is_foreign)

    # --- times and ids

    def now(self) -> str:
        """The present as MetaData shows it."""
        return stamp(self.clock.now())

    def today(self) -> str:
        """The server's date: the default of TxnDate (§10)."""
        return self.clock.now().astimezone(PACIFIC).date().isoformat()

    def next_number(self, counter: str) -> int:
        """1, 2, 3, ... of that counter."""
        number = self.counters.get(counter, 0) + 1
        self.undo.assign(self.counters, counter, number)
        return number

    def new_id(self, kind: str) -> str:
        """A fresh id: transactions share one sequence, each list has its own (§21)."""
        number = self.next_number("transaction" if kind in TRANSACTIONS else kind)
        return str(FIRST_ATTACHABLE + number if kind == "Attachable" else number)

    @contextmanager
    def change(self) -> Iterator[None]:
        """A unit of work: kept whole, or taken back whole when it raises."""
        with self.lock:
            self.touched.clear()
            try:
                yield
            except BaseException:
                self.undo.roll_back()
                raise
            self.undo.commit()
            self.indexes.tidy(self.records)

    # --- records

    def get(self, kind: str, identity: str) -> Record | None:
        """The record, or None."""
        return self.records[kind].get(identity)

    def must(self, kind: str, identity: str) -> Record:
        """The record, or fault 610: also for deleted ones (§3)."""
        record = self.records[kind].get(identity)
        if record is None:
            if not identity.isdigit():
                raise FaultError("2030", f"Id should be a valid number. Supplied value:{identity}", element="Id")
            raise inactive()
        return record

    def refer(self, kind: str, identity: str, *, element: str, keep: str | None = None) -> Record:
        """The active record a reference names: 2500 when unknown, 610 when inactive.

        `keep` is the id the stored object already refers to: an inactive object stays usable where it was.
        """
        record = self.records[kind].get(identity)
        if record is None:
            raise invalid_reference(REFERENCE_GROUPS[kind], identity, element=element)
        if record.data.get("Active") is False and identity != keep:
            raise inactive()
        return record

    def ref(self, kind: str, identity: str) -> Object:
        """A reference property as answers show it."""
        return {"value": identity, "name": name_of(self.records[kind][identity])}

    def put(self, record: Record) -> None:
        """Store a record in the place of the one with its id."""
        record.sequence = self.next_number("change")
        self.indexes.move(self.records[record.kind].get(record.id), record)
        self._note_open(record)
        self.undo.assign(self.records[record.kind], record.id, record)
        self.touched[record.kind, record.id] = True

    def remove(self, record: Record) -> None:
        """Delete a transaction."""
        self.touched[record.kind, record.id] = True
        self.indexes.move(record, None)
        if record.kind in OPEN_KINDS:
            self.undo.remove(self._open_of(record), record.id)
        self.undo.remove(self.records[record.kind], record.id)
        self.undo.assign(self.deleted[record.kind], record.id, self.now())

    def _open_of(self, record: Record) -> dict[str, bool]:
        party = record.data[OPEN_KINDS[record.kind]]["value"]
        return self.open.setdefault((record.kind, party), {})

    def _note_open(self, record: Record) -> None:
        if record.kind not in OPEN_KINDS:
            return
        table = self._open_of(record)
        former = self.records[record.kind].get(record.id)
        if former is not None and self._open_of(former) is not table:
            self.undo.remove(self._open_of(former), record.id)
        if record.data["Balance"]:
            self.undo.assign(table, record.id, True)  # a set by its keys
        else:
            self.undo.remove(table, record.id)

    def preference(self, group: str, name: str) -> Any:
        """One setting of Preferences, None when unset."""
        return self.records["Preferences"]["1"].data.get(group, {}).get(name)

    # --- what depends on the ledger

    def _control(self, account: str) -> str:
        return str(self.records["Account"][account].data["AccountType"])

    def _is_foreign(self, account: str) -> bool:
        return bool(self.records["Account"][account].data["CurrencyRef"]["value"] != self.traits.currency)

    def _figures(self, record: Record) -> tuple[Decimal, ...]:
        if record.kind == "Customer":
            own = self.ledger.receivables.get(record.id, ZERO)
            return (own, own + self._children_balance(record.id))
        if record.kind == "Vendor":
            return (-self.ledger.payables.get(record.id, ZERO),)
        if record.kind == "Account":
            return (self.ledger.own_balance(record.id),)
        if record.kind == "Item" and record.data["Type"] == "Inventory":
            shelf = self.shelves.get(record.id)
            return (shelf.quantity if shelf is not None else ZERO,)
        return ()

    def _children_balance(self, customer: str) -> Decimal:
        total = ZERO
        for child in self.children.get(customer, ()):
            total += self.ledger.receivables.get(child, ZERO) + self._children_balance(child)
        return total

    def view(self, record: Record) -> Object:
        """The object as a read answers it, with balances from the ledger."""
        figures = self._figures(record)
        if record.kind == "Customer":
            return {**record.data, "Balance": amount(figures[0]), "BalanceWithJobs": amount(figures[1])}
        if record.kind == "Account" and record.data["Classification"] in {"Asset", "Liability", "Equity"}:
            shown = amount(figures[0])
            return {**record.data, "CurrentBalance": shown, "CurrentBalanceWithSubAccounts": shown}
        if record.kind == "Vendor":
            return {**record.data, "Balance": amount(figures[0])}
        if figures and record.kind == "Item":
            return {**record.data, "QtyOnHand": plain(figures[0])}
        return record.data

    def encoded(self, record: Record) -> msgspec.Raw:
        """The object as JSON, encoded once."""
        figures = self._figures(record)
        if record.cache is None or record.cache[0] != figures:
            record.cache = (figures, msgspec.Raw(ENCODER.encode(self.view(record))))
        return record.cache[1]

    def role(self, subtype: str) -> str:
        """The id of the company's own account of that subtype."""
        return self.accounts_by_role[subtype]

    # --- names and numbers

    def claim_name(self, kind: str, identity: str, name: str, former: str | None) -> None:
        """Take a display name for an active customer, vendor or employee; 6240 when it is in use."""
        key = name.casefold()
        holder = self.names.get(key)
        if holder is not None and holder != (kind, identity):
            raise FaultError("6240", f"The name supplied already exists. : Id={holder[1]}")
        if former is not None and former.casefold() != key:
            self.undo.remove(self.names, former.casefold())
        self.undo.assign(self.names, key, (kind, identity))

    def release_name(self, name: str) -> None:
        """Give a display name back (deactivation)."""
        self.undo.remove(self.names, name.casefold())

    def claim_list_name(self, kind: str, identity: str, name: str, former: str | None) -> None:
        """Take a full name among the active objects of one list; 6240 when it is in use."""
        key = (kind, name.casefold())
        holder = self.list_names.get(key)
        if holder is not None and holder != identity:
            raise FaultError("6240", f"The name supplied already exists. : Id={holder}")
        if former is not None and former.casefold() != key[1]:
            self.undo.remove(self.list_names, (kind, former.casefold()))
        self.undo.assign(self.list_names, key, identity)

    def release_list_name(self, kind: str, name: str) -> None:
        """Give a full name back (deactivation)."""
        self.undo.remove(self.list_names, (kind, name.casefold()))

    def holder_of_number(self, number: str, besides: tuple[str, str]) -> tuple[str, str] | None:
        """Another sales form with this number."""
        for kind in SALES_FORMS:
            for identity in self.indexes.ids(kind, "DocNumber", [number]):
                if (kind, identity) != besides:
                    return kind, identity
        return None

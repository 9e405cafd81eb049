"""Where records are found without looking at all of them: by some of their properties, by their last change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from comptoir_sandbox.quickbooks.record import Record
    from comptoir_sandbox.quickbooks.undo import Undo
    from comptoir_sandbox.quickbooks.values import Object

_NUMBERED = ("DocNumber", "TxnDate")
_SALE = (*_NUMBERED, "CustomerRef")
INDEXED: dict[str, tuple[str, ...]] = {
    "Invoice": _SALE,
    "SalesReceipt": _SALE,
    "CreditMemo": _SALE,
    "RefundReceipt": _SALE,
    "Payment": ("PaymentRefNum", "TxnDate", "CustomerRef"),
    "Purchase": _NUMBERED,
    "Bill": (*_NUMBERED, "VendorRef"),
    "BillPayment": (*_NUMBERED, "VendorRef"),
    "Transfer": ("TxnDate",),
    "JournalEntry": _NUMBERED,
    "InventoryAdjustment": _NUMBERED,
    "Deposit": ("TxnDate",),
    "Customer": ("DisplayName", "PrimaryEmailAddr"),
    "Vendor": ("DisplayName",),
    "Item": ("Name", "Sku"),
}
INNER = {"PrimaryEmailAddr": "Address", "PrimaryPhone": "FreeFormNumber", "CustomerRef": "value", "VendorRef": "value"}
"""Where the comparable value of a structured property is."""
STALE_LIMIT = 1000


def comparable(data: Object, name: str) -> Any:
    """The value of a property that queries compare."""
    found = data.get(name)
    return found.get(INNER[name]) if isinstance(found, dict) else found


class Indexes:
    """The records of one company by values and by change. Changes go through the undo list."""

    def __init__(self, undo: Undo) -> None:
        self._undo = undo
        self._found: dict[tuple[str, str], dict[str, dict[str, bool]]] = {
            (kind, name): {} for kind, names in INDEXED.items() for name in names
        }
        self._changes: dict[str, dict[int, str]] = {}

    def move(self, old: Record | None, new: Record | None) -> None:
        """A record takes the place of another of the same object; None where there is none."""
        record = new or old
        assert record is not None  # noqa: S101 # one of them is there: the caller's duty
        for name in INDEXED.get(record.kind, ()):
            former = _folded(old, name)
            present = _folded(new, name)
            if former == present:
                continue
            table = self._found[record.kind, name]
            if former is not None:
                self._undo.remove(table[former], record.id)
            if present is not None:
                self._undo.assign(table.setdefault(present, {}), record.id, True)  # a set by its keys
        if new is not None:
            self._undo.assign(self._changes.setdefault(new.kind, {}), new.sequence, new.id)

    def has(self, kind: str, name: str) -> bool:
        """Whether `ids` knows this property."""
        return (kind, name) in self._found

    def ids(self, kind: str, name: str, values: Iterable[str]) -> list[str]:
        """Ids of the records whose property is one of the values; case does not count."""
        table = self._found[kind, name]
        return [
            identity for value in dict.fromkeys(each.casefold() for each in values) for identity in table.get(value, ())
        ]

    def ids_where(self, kind: str, name: str, test: Callable[[str], bool]) -> list[str]:
        """Ids of the records whose property passes: for properties of few values, as dates."""
        return [identity for value, ids in self._found[kind, name].items() if ids and test(value) for identity in ids]

    def newest_first(self, kind: str, records: dict[str, Record]) -> Iterator[Record]:
        """The records of a kind from the one changed last to the one changed first."""
        changes = self._changes.get(kind, {})
        for sequence in reversed(changes):
            record = records.get(changes[sequence])
            if record is not None and record.sequence == sequence:
                yield record

    def tidy(self, records: dict[str, dict[str, Record]]) -> None:
        """Forget former changes when they outnumber the present ones. Not within a unit of work."""
        for kind, changes in self._changes.items():
            if len(changes) > 2 * len(records[kind]) + STALE_LIMIT:
                present = sorted((record.sequence, record.id) for record in records[kind].values())
                self._changes[kind] = dict(present)


def _folded(record: Record | None, name: str) -> str | None:
    value = comparable(record.data, name) if record is not None else None
    return str(value).casefold() if value is not None else None

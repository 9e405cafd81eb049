"""Inventory: quantities, first-in-first-out layers, cost of goods sold (§17, §18).

An item's movements are costed in the order of their dates, so that a document entered late costs what it would have
cost in time. What left below zero is costed provisionally and corrected by the next arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.roles import OPENING, own_account
from comptoir_sandbox.quickbooks.shelves import Key, Movement, Shelf, move
from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.layers import Layers


@dataclass(frozen=True, slots=True)
class Change:
    """What a document does to one item."""

    item: str
    quantity: Decimal
    value: Decimal | None = None
    account: str | None = None


def on_hand(company: Company, item: str) -> Decimal:
    """QtyOnHand: every movement, whatever its date."""
    shelf = company.shelves.get(item)
    return shelf.quantity if shelf is not None else ZERO


def record(company: Company, key: tuple[str, str], date: str, changes: Sequence[Change]) -> None:
    """Put these movements in the place of the document's former ones. 6270 before an item's start date."""
    former = company.moved.get(key, {})
    wanted = {(change.item, number): change for number, change in enumerate(changes) if change.quantity}
    for item in {item for item, _ in wanted}:
        start = company.records["Item"][item].data.get("InvStartDate")
        if start is not None and date < start:
            raise FaultError("6270", "Transaction date is prior to start date for inventory item", element="TxnDate")
    if not former and not wanted:
        return
    present = dict.fromkeys(wanted, True)
    if present:
        company.undo.assign(company.moved, key, present)
    else:
        company.undo.remove(company.moved, key)
    for item in sorted({item for item, _ in (*former, *wanted)}):
        shelf = _shelf(company, item)
        gone = {(*key, number): shelf.movements[*key, number] for each, number in former if each == item}
        come: dict[Key, Movement] = {}
        for (each, number), change in wanted.items():
            if each == item:
                place = (*key, number)
                order = gone[place].order if place in gone else company.next_number("movement")
                come[place] = Movement(date, order, change.quantity, change.value, change.account)
        first = shelf.exchange(gone, come)
        company.undo.defer(_taking_back(shelf, gone, come))
        for place in gone.keys() - come.keys():
            company.ledger.replace(_ledger_key(item, place), None)
        shelf.replay(first, _poster(company, item))


def _taking_back(shelf: Shelf, gone: dict[Key, Movement], come: dict[Key, Movement]) -> Callable[[], object]:
    return lambda: shelf.exchange(come, gone)


def _shelf(company: Company, item: str) -> Shelf:
    if item not in company.shelves:
        company.undo.assign(company.shelves, item, _new_shelf(company, item))
    return company.shelves[item]


def _new_shelf(company: Company, item: str) -> Shelf:
    return Shelf(Decimal(company.records["Item"][item].facts.get("first cost", ZERO)))


def layers_of(company: Company, item: str) -> Layers:
    """The item's layers after all its movements."""
    shelf = company.shelves.get(item) or _new_shelf(company, item)
    return shelf.replay(len(shelf.movements), None)


def _ledger_key(item: str, key: Key) -> tuple[str, str]:
    return f"Stock {item}", " ".join(str(part) for part in key)


def _poster(company: Company, item: str) -> Callable[[Layers, Key, Movement], None]:
    """Carries out one movement and posts it, unless its postings stand already."""
    data = company.records["Item"][item].data
    asset, goods = data["AssetAccountRef"]["value"], data["ExpenseAccountRef"]["value"]

    def post(layers: Layers, key: Key, movement: Movement) -> None:
        value, correction = move(layers, movement)
        draft = Draft()
        if movement.quantity < 0:
            draft.credit(asset, value)
            draft.debit(movement.account or goods, value)
        else:
            if movement.account is not None:
                draft.debit(asset, value)
                draft.credit(movement.account, value)
            draft.credit(asset, correction)
            draft.debit(goods, correction)
        entry = draft.entry(movement.date)
        place = _ledger_key(item, key)
        if entry != company.ledger.entries.get(place):
            company.ledger.replace(place, entry)

    return post


def sale_changes(company: Company, sold: Sequence[tuple[str, Decimal]], *, returned: bool) -> list[Change]:
    """Movements of a sales form's lines: out at cost, or back at the current cost."""
    goods = {item: company.records["Item"][item].data["ExpenseAccountRef"]["value"] for item, _ in sold}
    return [Change(item, quantity if returned else -quantity, None, goods[item]) for item, quantity in sold]


def open_item(company: Company, item: str) -> None:
    """The first quantity of an inventory item, against opening balance equity."""
    data = company.records["Item"][item].data
    quantity = Decimal(company.records["Item"][item].facts["first quantity"])
    value = rounded(quantity * Decimal(data["PurchaseCost"]))
    account = own_account(company, OPENING)
    record(company, ("Item", item), data["InvStartDate"], [Change(item, quantity, value, account)])

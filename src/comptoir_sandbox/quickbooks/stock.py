"""Inventory: quantities, first-in-first-out layers, cost of goods sold (§17, §18).

An item's movements are replayed in the order of their dates whenever one changes, so that a document entered late costs
what it would have cost in time. What left below zero is costed provisionally and corrected by the next arrival.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks.faults import FaultError
from comptoir_sandbox.quickbooks.ledger import Draft
from comptoir_sandbox.quickbooks.values import ZERO, rounded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comptoir_sandbox.quickbooks.company import Company

Key = tuple[str, str, int]
"""Kind and id of the document, and which of its movements."""


@dataclass(frozen=True, slots=True)
class Movement:
    """A quantity in (positive) or out of stock."""

    date: str
    order: int
    quantity: Decimal
    value: Decimal | None
    """What an arrival cost, home currency; None for the current cost."""
    account: str | None
    """The other side; None where the document itself has posted the value."""

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands among the item's movements."""
        return self.date, self.order


@dataclass(frozen=True, slots=True)
class Change:
    """What a document does to one item."""

    item: str
    quantity: Decimal
    value: Decimal | None = None
    account: str | None = None


@dataclass(slots=True)
class Layers:
    """Quantity and value of what lies there, and of what was sold before it came."""

    unit: Decimal
    """The last known cost of one."""
    held: deque[tuple[Decimal, Decimal]] = field(default_factory=deque)
    owed: deque[tuple[Decimal, Decimal]] = field(default_factory=deque)

    @property
    def value(self) -> Decimal:
        """Σ layers less what is owed to them."""
        return sum((each for _, each in self.held), ZERO) - sum((each for _, each in self.owed), ZERO)

    def take(self, quantity: Decimal) -> Decimal:
        """Cost of that many leaving."""
        cost = ZERO
        while quantity and self.held:
            layer, value = self.held.popleft()
            if layer > quantity:
                part = rounded(value * quantity / layer)
                self.held.appendleft((layer - quantity, value - part))
                return cost + part
            quantity -= layer
            cost += value
        if quantity:
            provisional = rounded(quantity * self.unit)
            self.owed.append((quantity, provisional))
            cost += provisional
        return cost

    def put(self, quantity: Decimal, value: Decimal) -> Decimal:
        """That many arriving at that value; the correction of what was sold before at a guess."""
        self.unit = value / quantity
        correction = ZERO
        while quantity and self.owed:
            missing, guess = self.owed.popleft()
            filled = min(missing, quantity)
            part = rounded(value * filled / quantity)
            charged = guess if filled == missing else rounded(guess * filled / missing)
            if filled < missing:
                self.owed.appendleft((missing - filled, guess - charged))
            correction += part - charged
            quantity, value = quantity - filled, value - part
        if quantity:
            self.held.append((quantity, value))
        else:
            correction += value
        return correction


def on_hand(company: Company, item: str) -> Decimal:
    """QtyOnHand: every movement, whatever its date."""
    return sum((each.quantity for each in company.movements.get(item, {}).values()), ZERO)


def record(company: Company, key: tuple[str, str], date: str, changes: Sequence[Change]) -> None:
    """Put these movements in the place of the document's former ones. 6270 before an item's start date."""
    touched = {item for item, known in company.movements.items() if any(each[:2] == key for each in known)}
    for item in sorted(touched | {each.item for each in changes}):
        start = company.records["Item"][item].data.get("InvStartDate")
        known = company.movements.get(item, {})
        kept = {each: movement for each, movement in known.items() if each[:2] != key}
        for number, change in enumerate(changes):
            if change.item != item or not change.quantity:
                continue
            if start is not None and date < start:
                raise FaultError(
                    "6270", "Transaction date is prior to start date for inventory item", element="TxnDate"
                )
            place = (*key, number)
            order = known[place].order if place in known else company.next_number("movement")
            kept[place] = Movement(date, order, change.quantity, change.value, change.account)
        company.undo.assign(company.movements, item, kept)
        _replay(company, item, known)


def layers_of(company: Company, item: str) -> Layers:
    """The item's layers after all its movements."""
    return _walk(company, item, post=False)


def _replay(company: Company, item: str, former: dict[Key, Movement]) -> None:
    for gone in set(former) - set(company.movements[item]):
        company.ledger.replace(_ledger_key(item, gone), None)
    _walk(company, item, post=True)


def _ledger_key(item: str, key: Key) -> tuple[str, str]:
    return f"Stock {item}", " ".join(str(part) for part in key)


def _walk(company: Company, item: str, *, post: bool) -> Layers:
    found = company.records["Item"][item]
    asset = found.data["AssetAccountRef"]["value"]
    goods = found.data["ExpenseAccountRef"]["value"]
    layers = Layers(Decimal(found.facts.get("first cost", ZERO)))
    for key, movement in sorted(company.movements.get(item, {}).items(), key=lambda pair: pair[1].place):
        draft = Draft()
        if movement.quantity < 0:
            cost = layers.take(-movement.quantity)
            draft.credit(asset, cost)
            draft.debit(movement.account or goods, cost)
        else:
            value = rounded(movement.quantity * layers.unit) if movement.value is None else movement.value
            correction = layers.put(movement.quantity, value)
            if movement.account is not None:
                draft.debit(asset, value)
                draft.credit(movement.account, value)
            draft.credit(asset, correction)
            draft.debit(goods, correction)
        if post:
            entry = draft.entry(movement.date)
            if entry != company.ledger.entries.get(_ledger_key(item, key)):
                company.ledger.replace(_ledger_key(item, key), entry)
    return layers


def sale_changes(company: Company, sold: Sequence[tuple[str, Decimal]], *, returned: bool) -> list[Change]:
    """Movements of a sales form's lines: out at cost, or back at the current cost."""
    goods = {item: company.records["Item"][item].data["ExpenseAccountRef"]["value"] for item, _ in sold}
    return [Change(item, quantity if returned else -quantity, None, goods[item]) for item, quantity in sold]


def open_item(company: Company, item: str) -> None:
    """The first quantity of an inventory item, against opening balance equity."""
    data = company.records["Item"][item].data
    quantity = Decimal(company.records["Item"][item].facts["first quantity"])
    value = rounded(quantity * Decimal(data["PurchaseCost"]))
    account = company.role("OpeningBalanceEquity")
    record(company, ("Item", item), data["InvStartDate"], [Change(item, quantity, value, account)])

"""The journal under fire: six lanes against QuickBooks' simulator over real HTTP, and everything that goes wrong there.

Whatever happens, the books are in the end those of a run in which nothing did.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from tests.contract.ledger.harness import CompanyKind, Role
from tests.contract.ledger.quickbooks import QuickBooks, opened
from tests.engine.conftest import SETTINGS, Road, SmallStore, make_order, pounds

from comptoir.books.documents import Kind
from comptoir.books.facts import PaymentStatus
from comptoir.books.settings import ItemSettings, MethodSettings, PaymentSettings, TaxSettings
from comptoir.engine.ports import BatchLimits
from comptoir.engine.work import Books
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.storage.database import Database
from comptoir.storage.postings import State
from comptoir.storage.vault import Vault

ORDERS = 40
BATCH = BatchLimits(documents=5, lines=300)
"""Eight batches of sales: one alone, then six at once, then the last."""
Rule = dict[str, Any]


@dataclass
class Floor:
    """A company, a shop, and a data directory of six lanes between them."""

    company: QuickBooks
    road: Road

    @property
    def ledger(self) -> Any:
        return self.road.ledger

    def faults(self, *rules: Rule) -> None:
        self.company._post("faults", [{"operation": "batch", **rule} for rule in rules])

    def books(self) -> str:
        return self.company._http.get(f"{self.company._url}/_control/dump?canonical=1").text

    def left(self) -> int:
        """How many of the faults did not happen."""
        rules = self.company._http.get(f"{self.company._url}/_control/faults").json()
        return sum(int(rule["times"]) for rule in rules)

    def pass_time(self, seconds: float) -> None:
        self.company._books.pass_time(seconds)


def settings_of(company: QuickBooks) -> Any:
    """The small shop's settings, in this company's names."""
    names = {each.id: each.name for each in company._books.company.accounts}
    untaxed = {each.id: each.name for each in company._books.company.tax_codes}[company._books.untaxed()]
    return replace(
        SETTINGS,
        items=ItemSettings(names[company.account(Role.INCOME)], expense_account=names[company.account(Role.COST)]),
        payments=PaymentSettings(methods={"*": MethodSettings(names[company.account(Role.BANK)])}),
        taxes=TaxSettings(untaxed=untaxed),
    )


@contextmanager
def opened_floor(company: QuickBooks, home: Path) -> Iterator[Floor]:
    company.empty()
    ledger: Any = company.ledger()
    ledger.batch_limits = BATCH
    database = Database(f"sqlite:///{home / 'comptoir.sqlite'}")
    books = Books.open(database, Vault.open(home / "secret.key"))
    organization = books.connections.organization()
    store = SmallStore([make_order(number) for number in range(1, ORDERS + 1)], page_size=100)
    shop = books.connections.save(organization, NewConnection(STORE, "shop", store.identity, "Shop", {}, {}))
    kept = books.connections.save(organization, NewConnection(LEDGER, "quickbooks", ledger.identity, "Co", {}, {}))
    books.connections.save_settings(shop.id, settings_of(company), kept.id)
    road = Road(books, store, ledger, shop.id, organization, lanes=6)
    floor = Floor(company, road)
    work = road.work

    def sleeping() -> Any:
        """What the run sleeps passes at the company."""
        made = work()
        object.__setattr__(made, "sleep", floor.pass_time)
        return made

    road.work = sleeping  # type: ignore[method-assign]
    yield floor
    database.close()


@pytest.fixture(scope="module")
def company() -> Iterator[QuickBooks]:
    with opened(CompanyKind.TAX_PER_CODE) as found:
        yield found


@pytest.fixture(scope="module")
def undisturbed(company: QuickBooks, blank: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    home = Path(shutil.copytree(blank, tmp_path_factory.mktemp("undisturbed") / "home"))
    with opened_floor(company, home) as floor:
        assert floor.road.run().agrees
        return floor.books()


@pytest.fixture
def floor(undisturbed: str, company: QuickBooks, home: Path) -> Iterator[Floor]:
    del undisturbed  # first, in an empty company
    with opened_floor(company, home) as found:
        yield found


LISTS_FIRST = 3
"""Batches before those of the sales: what the lists are asked for, and the lists themselves."""
MISFORTUNES: dict[str, list[Rule]] = {
    "half of a batch is done, then a fault": [{"kind": "half_batch", "skip": LISTS_FIRST}],
    "two batches at once are half done": [{"kind": "half_batch", "skip": LISTS_FIRST + 3, "times": 2}],
    "a fault of the system inside 200": [{"kind": "system_fault", "operation": "create SalesReceipt", "times": 3}],
    "two answers are lost at once": [{"kind": "cut_after_commit", "skip": LISTS_FIRST + 3, "times": 2}],
    "a time-out after the work, six times at once": [
        {"kind": "after_commit", "status": 504, "skip": LISTS_FIRST + 2, "times": 6}
    ],
    "cut before the work": [{"kind": "cut", "skip": LISTS_FIRST + 3, "times": 3}],
    "the work is done after its answer was given up": [
        {"kind": "late_commit", "delay_seconds": 3, "skip": LISTS_FIRST + 3, "times": 2}
    ],
    "a fault on the repeat of a lost answer": [
        {"kind": "cut_after_commit", "skip": LISTS_FIRST + 3, "times": 2},
        {"kind": "replay_fault", "operation": "create SalesReceipt", "on_replay": True, "times": 2 * BATCH.documents},
    ],
    "the key is forgotten before the repeat": [
        {"kind": "cut_after_commit", "skip": LISTS_FIRST + 3, "times": 2},
        {"kind": "forget", "operation": "create SalesReceipt", "on_replay": True, "times": 2 * BATCH.documents},
    ],
    "too often, in all lanes": [{"kind": "throttle", "skip": LISTS_FIRST + 2, "times": 6}],
    "the sign-in runs out in the middle": [{"kind": "expired_token", "skip": LISTS_FIRST + 3}],
    "names are locked by somebody else": [{"kind": "name_lock", "operation": "create Customer", "times": 2}],
    "the names' answer is lost": [{"kind": "cut_after_commit", "skip": LISTS_FIRST - 1}],
}


@pytest.mark.parametrize("misfortune", MISFORTUNES)
def test_the_books_are_those_of_a_calm_run(floor: Floor, undisturbed: str, misfortune: str) -> None:
    floor.faults(*MISFORTUNES[misfortune])
    proof = floor.road.run()
    assert floor.left() == 0, "all of it happened"
    if proof.unsettled or proof.held:
        proof = floor.road.run()
    assert proof.agrees
    assert (proof.unsettled, proof.held) == (0, ())
    assert floor.books() == undisturbed


def test_a_name_that_is_taken_between_the_look_up_and_the_sending(floor: Floor) -> None:
    """Somebody writes a customer of the same name at that very moment: ours gets a suffix, theirs stays."""
    send, taken = floor.ledger.send, threading.Event()

    def after_them(request_id: str, body: bytes) -> Any:
        if b"Buyer 1" in body and not taken.is_set():
            taken.set()
            floor.company._books.by_hand("Customer", {"DisplayName": "Buyer 1"})
        return send(request_id, body)

    floor.ledger.send = after_them
    proof = floor.road.run()
    assert taken.is_set()
    assert proof.agrees
    assert (proof.unsettled, proof.held) == (0, ())
    names = sorted(each.name for each in floor.ledger.read_customers())
    assert [name for name in names if name.startswith("Buyer 1")] == ["Buyer 1", "Buyer 1 (b1@example.com)"]


def test_an_order_that_is_edited_during_the_run(floor: Floor) -> None:
    """It is posted as it was read; the next run posts what the edit adds."""
    send, edited = floor.ledger.send, threading.Event()
    order = floor.road.store.orders[20]
    line = replace(order.lines[0], unit_price=pounds("15.00"), gross=pounds("15.00"))
    tender = replace(order.tenders[0], amount=pounds("15.00"))

    def edits(request_id: str, body: bytes) -> Any:
        if b'"DocNumber":"21"' in body and not edited.is_set():
            edited.set()
            changed = replace(order, lines=(line,), tenders=(tender,), total=pounds("15.00"))
            floor.road.store.orders[20] = replace(changed, updated_at=floor.road.now)
        return send(request_id, body)

    floor.ledger.send = edits
    floor.road.run()
    assert edited.is_set()
    proof = floor.road.run()
    assert proof.agrees
    assert str(proof.sales.ledger) == "405.00 GBP"
    assert [str(row.meant) for row in floor.road.rows(Kind.SALE) if row.order_number == "21"] == [
        "10.00 GBP",
        "5.00 GBP",
    ]


def test_a_version_that_is_stale_when_an_invoice_is_written_anew(floor: Floor) -> None:
    """Something touched it between the look and the sending: it is looked at again, and then written."""
    order = replace(make_order(1, paid="0"), status=PaymentStatus.PENDING)
    floor.road.store.orders = [order]
    assert floor.road.run().agrees
    line = replace(order.lines[0], unit_price=pounds("15.00"), gross=pounds("15.00"))
    floor.road.change(0, replace(order, lines=(line,), total=pounds("15.00")))
    floor.faults({"kind": "stale", "operation": "update Invoice"})
    proof = floor.road.run()
    assert floor.left() == 0
    assert proof.agrees
    assert [row.state for row in floor.road.rows(Kind.AMENDMENT)] == [State.POSTED]
    assert str(proof.sales.ledger) == "15.00 GBP"


def test_the_calm_run_posts_every_order_once(undisturbed: str) -> None:
    assert sum('"SalesReceipt"' in line for line in undisturbed.splitlines()) == ORDERS

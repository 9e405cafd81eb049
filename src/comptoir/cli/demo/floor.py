"""The floor of the command's demo: both simulators, and an installation in a place of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comptoir.books.settings import Settings
from comptoir.cli.common import console, show_connected
from comptoir.cli.serve import HOST, serve_here
from comptoir.cli.speech import text
from comptoir.demo.floor import Pair, pair
from comptoir.demo.simulators import Simulator
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import App, open_app

LEDGER_DUMP = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Floor:
    """A shop, a company, and the directory of an installation that will connect them."""

    pair: Pair
    place: Path

    @property
    def shop(self) -> Simulator:
        """The shop."""
        return self.pair.shop

    @property
    def company(self) -> Simulator:
        """The company."""
        return self.pair.company

    def stay(self, order: str) -> None:
        """Serve the pages over what was done, with both simulators beside them, until Ctrl-C."""
        console.print()
        console.print(text("The shop and the company keep running, and Comptoir serves its pages over them."))
        console.print(text("Also try, in another terminal:"))
        for command in (f"explain {order}", "problems", "runs", "sync", "doctor", "schedule show"):
            console.print(f"  comptoir {command} --home {self.place}", style="bold", markup=False, soft_wrap=True)
        console.print(text("Shop: {shop}   Company: {company}", shop=self.shop.url, company=self.company.url))
        with open_app(Home.local(self.place)) as app_:
            serve_here(app_, HOST, 0)


@contextmanager
def floor(place: Path, shop_options: Sequence[str], company_options: Sequence[str] = ()) -> Iterator[Floor]:
    """Both simulators for the block. SimulatorError when one does not start."""
    console.print(text("Starting a shop and a company on this machine …"))
    with pair(shop_options, company_options) as both:
        yield Floor(both, place)


@contextmanager
def connected(floor_: Floor, settings: Settings) -> Iterator[tuple[App, ConnectionRecord]]:
    """The installation, open, with both connections and these settings in force; never on the user's own server."""
    with open_app(Home.local(floor_.place)) as app_:
        record, ledger = floor_.pair.connect(app_, settings)
        show_connected(record.title, record.standing)
        show_connected(ledger.title)
        yield app_, record

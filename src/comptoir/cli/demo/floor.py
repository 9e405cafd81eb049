"""The floor of a demo: both simulators, and the product connected to them as to the real platforms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from comptoir.books.settings import Settings
from comptoir.cli.common import console
from comptoir.cli.serve import HOST, serve_here
from comptoir.cli.simulators import Simulator, connect_company, connect_shop, running
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.upkeep.home import Home
from comptoir.wiring import App, open_app

CLOCK_TIMES = "40"
"""How much faster the simulators' clocks run: a month posts within their real limits in about a minute."""
LEDGER_DUMP = "ledger.jsonl"


@dataclass(frozen=True, slots=True)
class Floor:
    """A shop, a company, and an installation that will connect them."""

    shop: Simulator
    company: Simulator
    place: Path

    def stay(self, order: str) -> None:
        """Serve the pages over what was done, with both simulators beside them, until Ctrl-C."""
        console.print()
        console.print("The shop and the company keep running, and Comptoir serves its pages over them. Also try,")
        console.print("in another terminal:")
        for command in (f"explain {order}", "problems", "runs", "sync", "doctor", "schedule show"):
            console.print(f"  comptoir {command} --home {self.place}", style="bold", markup=False, soft_wrap=True)
        console.print(f"Shop: {self.shop.url}   Company: {self.company.url}")
        with open_app(Home.local(self.place)) as app_:
            serve_here(app_, HOST, 0)


@contextmanager
def floor(place: Path, shop_options: Sequence[str], company_options: Sequence[str] = ()) -> Iterator[Floor]:
    """Both simulators for the block. CommandError when one does not start."""
    console.print("Starting a shop and a company on this machine ...")
    clock = ["--clock-speed", CLOCK_TIMES]
    with (
        running("shopify", [*clock, *shop_options]) as shop,
        running("quickbooks", [*clock, "--auto-approve", *company_options]) as company,
    ):
        yield Floor(shop, company, place)


@contextmanager
def connected(floor_: Floor, settings: Settings) -> Iterator[tuple[App, ConnectionRecord]]:
    """The installation, open, with both connections and these settings in force; never on the user's own server."""
    with open_app(Home.local(floor_.place)) as app_:
        yield app_, _connect(app_, floor_, settings)


def _connect(app_: App, floor_: Floor, settings: Settings) -> ConnectionRecord:
    record, found = connect_shop(app_, floor_.shop)
    console.print(f"Connected: {record.title} ({found.currency}, {found.time_zone})")
    ledger = connect_company(app_, floor_.company, CLOCK_TIMES)
    console.print(f"Connected: {ledger.title}")
    app_.put_in_force(record, settings)
    return app_.books.connections.get(record.id)

"""The floor of every demo: a shop and a company on this machine, and the product connected to them as to real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files

from comptoir.books.settings import Settings
from comptoir.demo.simulators import Simulator, connect_company, connect_shop, running
from comptoir.engine.setup.settings_file import read_settings
from comptoir.storage.connections import ConnectionRecord
from comptoir.wiring import App

CLOCK_TIMES = "40"
"""How much faster the simulators' clocks run: a month posts within their real limits in about a minute."""
GIFT_SHOP = ("--gift-shop",)
GIFT_SHOPS_COMPANY = ("--profile", "quebec")


@dataclass(frozen=True, slots=True)
class Pair:
    """A shop and a company, both running."""

    shop: Simulator
    company: Simulator

    def connect(self, app: App, settings: Settings) -> tuple[ConnectionRecord, ConnectionRecord]:
        """Connect the shop and its company, with these settings in force; answers both connections."""
        record, _ = connect_shop(app, self.shop)
        ledger = connect_company(app, self.company, CLOCK_TIMES)
        app.put_in_force(record, settings)
        return app.books.connections.get(record.id), ledger


@contextmanager
def pair(shop_options: Sequence[str], company_options: Sequence[str]) -> Iterator[Pair]:
    """Both simulators for the block. SimulatorError when one does not start."""
    clock = ["--clock-speed", CLOCK_TIMES]
    with (
        running("shopify", [*clock, *shop_options]) as shop,
        running("quickbooks", [*clock, "--auto-approve", *company_options]) as company,
    ):
        yield Pair(shop, company)


def gift_shop_settings() -> Settings:
    """What the gift shop in Montréal has chosen."""
    found = read_settings(files("comptoir.demo").joinpath("gift_shop.toml").read_text(encoding="utf-8"))
    if found.settings is not None:
        return found.settings
    raise AssertionError(f"the demo's own settings have mistakes: {found.problems}")

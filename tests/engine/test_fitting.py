"""What the settings of a store are chosen among: its own currency, and the other stores of the same company."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from tests.engine.conftest import SETTINGS

from comptoir.books.checks.contradictions import Numbering, Surroundings
from comptoir.engine.setup.fitting import surroundings
from comptoir.storage.connections import LEDGER, STORE, NewConnection, Standing

TODAY = date(2026, 6, 1)


def test_the_neighbours_are_the_other_stores_of_the_company(road: Any) -> None:
    connections, organization = road.books.connections, road.organization_id
    own, (company,) = road.work().record, connections.all(organization, LEDGER)
    assert surroundings(road.books, own, company, TODAY) == Surroundings(TODAY)
    elsewhere = connections.save(organization, NewConnection(LEDGER, "ledger", "ledger:two", "Second", {}, {}))
    kept_in = {"two": company, "three": elsewhere, "four": company}
    for name, ledger in kept_in.items():
        store = connections.save(organization, NewConnection(STORE, "shop", f"shop:{name}", name, {}, {}))
        prefixed = replace(SETTINGS, orders=replace(SETTINGS.orders, prefix=f"{name}-"))
        connections.save_settings(store.id, prefixed, ledger.id)
    connections.save(organization, NewConnection(STORE, "shop", "shop:five", "five", {}, {}))
    gone = next(each for each in connections.all(organization, STORE) if each.title == "four")
    connections.disconnect(gone, road.now)
    found = surroundings(road.books, own, company, TODAY)
    assert found.others == (Numbering("two", ("two-", SETTINGS.refunds.prefix)),)


def test_the_currency_of_the_store_is_what_its_test_found(road: Any) -> None:
    record = replace(road.work().record, standing=Standing(road.now, currency="GBP"))
    (company,) = road.books.connections.all(road.organization_id, LEDGER)
    assert surroundings(road.books, record, company, TODAY).currency == "GBP"

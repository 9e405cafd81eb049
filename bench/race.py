"""How long a run takes from its process's start, beside scripts that do the same work; the service is 250 ms away."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.calls import KNOWN_BUYERS, KNOWN_THINGS, ORDERS
from bench.shop import CLEARING_ACCOUNT, VAT_CODE, Sale, sales, settings
from bench.world import (
    Clerk,
    Known,
    Ran,
    check_totals,
    company_of,
    comptoir,
    connect,
    connect_company,
    copy_of,
    fetch,
    make_known,
    run,
    shop_of,
    tell,
)
from comptoir.demo.simulators import Simulator

LATENCY_SECONDS = 0.25
ROUNDS = 3
NAIVE_ORDERS = 5
"""Of the naive script, whose time grows evenly with the orders, only so many are run, and its time is scaled up."""


@dataclass
class Race:
    """Seconds of each round, for the same orders."""

    product: list[float] = field(default_factory=list)
    batched: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)

    @property
    def vs_batched(self) -> float:
        """The product's median over the batching script's."""
        return median(self.product) / median(self.batched)

    @property
    def vs_naive(self) -> float:
        """The product's median over the naive script's."""
        return median(self.product) / median(self.naive)


def race(
    folder: Path,
    *,
    orders: int = ORDERS,
    rounds: int = ROUNDS,
    naive_orders: int = NAIVE_ORDERS,
    buyers: int = KNOWN_BUYERS,
    latency_seconds: float = LATENCY_SECONDS,
) -> Race:
    """Alternate product and scripts, each before a fresh company that already has the customers and the items."""
    sold = list(sales(orders, buyers=buyers, things=KNOWN_THINGS))
    found = Race()
    fetched = folder / "race-fetched"
    with shop_of(folder, sold) as shop:
        with company_of() as company:
            connect(fetched, shop, company, settings())
        fetch(fetched)
        tell(shop, "latency", body={"seconds": latency_seconds})
        for place in range(rounds):
            found.product.append(_product(folder / f"race-{place}", fetched, sold, latency_seconds))
            found.batched.append(_script(folder, "batched", sold, latency_seconds))
    seconds = _script(folder, "naive", sold[:naive_orders], latency_seconds)
    found.naive.append(seconds * orders / naive_orders)
    return found


@contextmanager
def _company(sold: Sequence[Sale], options: Sequence[str]) -> Iterator[tuple[Simulator, Known]]:
    buyers = max(sale.buyer.number for sale in sold)
    with company_of(options) as company:
        yield company, make_known(company, buyers=buyers, things=KNOWN_THINGS)


def _product(home: Path, fetched: Path, sold: list[Sale], latency_seconds: float) -> float:
    """The real command within the service's limits; the facts are there, nothing else of the company is."""
    copy_of(fetched, home)
    with _company(sold, []) as (company, _known):
        connect_company(home, company)
        tell(company, "latency", body={"seconds": latency_seconds})
        ran = comptoir("sync", "--json", "--home", home)
        check_totals(company, "SalesReceipt", sold, "S-")
    return ran.seconds


def _script(folder: Path, name: str, sold: list[Sale], latency_seconds: float) -> float:
    """A script, for which the company has no limits."""
    with _company(sold, ["--no-limits"]) as (company, known):
        facts = folder / f"facts-{name}.json"
        facts.write_text(json.dumps(_facts(company, known, sold)), encoding="utf-8")
        tell(company, "latency", body={"seconds": latency_seconds})
        ran: Ran = run([sys.executable, "-W", "ignore", "-m", f"bench.rivals.{name}", str(facts)])
        check_totals(company, "SalesReceipt", sold, "R-")
    return ran.seconds


def _facts(company: Simulator, known: Known, sold: list[Sale]) -> dict[str, Any]:
    """Everything a script needs, so that it asks for nothing."""
    clerk = Clerk(company)
    return {
        "company": {
            **{name: company.facts[name] for name in ("client_id", "client_secret", "realm_id", "discovery_url")},
            "url": company.url,
            "token": clerk.token,
            "deposit_to": clerk.id_of("Account", CLEARING_ACCOUNT),
            "tax_code": clerk.id_of("TaxCode", VAT_CODE),
        },
        "orders": [
            {
                "number": f"R-{sale.number}",
                "date": sale.at.date().isoformat(),
                "email": sale.buyer.email,
                "customer_id": known.customers[sale.buyer.email],
                "lines": [
                    {"item_id": known.items[thing.sku], "quantity": quantity, "price": int(thing.price)}
                    for thing, quantity in sale.lines
                ],
            }
            for sale in sold
        ],
    }

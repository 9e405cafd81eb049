"""How many requests a document costs, by the company's own log."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.shop import Sale, sales, settings
from bench.world import (
    OK,
    BenchError,
    Call,
    calls_of,
    check_totals,
    clear_log,
    company_of,
    comptoir,
    connect,
    make_known,
    shop_of,
)

ORDERS = 500
KNOWN_BUYERS = 500
KNOWN_THINGS = 50
FORMS = {"receipt": "SalesReceipt", "invoice": "Invoice"}


@dataclass(frozen=True)
class Calls:
    """The requests of one run that posted `orders`, and what they were for."""

    orders: int
    made: tuple[Call, ...]

    @property
    def per_order(self) -> float:
        """Requests of every kind for each order."""
        return len(self.made) / self.orders

    @property
    def kinds(self) -> dict[str, int]:
        """Requests by the platform's own words; a batch of documents apart from a batch of questions."""
        words = (each.operation if each.operation != "batch" else _batch(each) for each in self.made)
        return dict(sorted(Counter(words).items()))


def _batch(call: Call) -> str:
    return "batch of documents" if call.is_write else "batch of queries"


def count_calls(
    folder: Path,
    form: str,
    orders: int = ORDERS,
    *,
    buyers: int = KNOWN_BUYERS,
    things: int = KNOWN_THINGS,
    known: bool = True,
) -> Calls:
    """Post `orders` by one run of a connection that never ran before, and count what the company was asked.

    known: the buyers and the products are in the company already; else every one of them has to be made.
    """
    sold = list(sales(orders, buyers=buyers, things=things))
    home = folder / f"calls-{form}-{'known' if known else 'new'}"
    with shop_of(folder, sold) as shop, company_of(["--no-limits"]) as company:
        if known:
            make_known(company, buyers=buyers, things=things)
        connect(home, shop, company, settings(form=form))
        clear_log(company)
        comptoir("sync", "--json", "--home", home)
        made = calls_of(company)
        _check(sold, made)
        check_totals(company, FORMS[form], sold, "S-")
    return Calls(orders, tuple(made))


def _check(sold: list[Sale], made: list[Call]) -> None:
    refused = [each for each in made if each.status != OK]
    if refused:
        raise BenchError(f"{len(refused)} of the requests for {len(sold)} orders were refused: {refused[:3]}")

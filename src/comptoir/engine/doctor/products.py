"""Products that nothing tells apart: of several with one SKU a sale cannot say which is meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from comptoir.books.company import ItemRecord, fold
from comptoir.books.settings import ItemMatch, Settings
from comptoir.engine.doctor.findings import Finding, Report
from comptoir.storage.connections import ConnectionRecord

SHOWN = 10


def look_at_products(record: ConnectionRecord, settings: Settings, items: Iterable[ItemRecord]) -> Iterator[Finding]:
    """SKUs that several active products of the company have, and what was not looked at.

    Names are a company's own care: it takes none twice. A store's whole list of products is not asked for.
    """
    if settings.items.match is not ItemMatch.SKU:
        return
    report = Report.on("products", record)
    by_sku: dict[str, list[ItemRecord]] = defaultdict(list)
    for each in items:
        if each.active and fold(each.sku):
            by_sku[fold(each.sku)].append(each)
    twice = sorted(sku for sku, having in by_sku.items() if len(having) > 1)
    for sku in twice[:SHOWN]:
        yield report.warning(
            'Several products of the company have the SKU "{sku}": {names}. Orders with it are held.',
            "Give each a SKU of its own in QuickBooks, or make all but one of them inactive.",
            sku=by_sku[sku][0].sku.strip(),
            names=", ".join(sorted(each.name for each in by_sku[sku])),
        )
    if len(twice) > SHOWN:
        yield report.warning(
            "More SKUs that several products of the company have: {count}.",
            "Sort the list of products and services by SKU in QuickBooks, and give each a SKU of its own.",
            count=f"{len(twice) - SHOWN:,}",
        )
    if by_sku and not twice:
        yield report.ok(
            "No two products of the company have one SKU (SKUs looked at: {count}). Products of the store are known "
            "only from the orders that were read.",
            count=f"{len(by_sku):,}",
        )

"""Documents that the ledger numbers itself (O4): found again by day and marker, never posted twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from comptoir.books.documents import Kind, SaleDocument
from comptoir.books.settings import NumberSource
from comptoir.storage.postings import State


def numbered_by_the_ledger(opened: Any) -> None:
    settings = opened.work().settings
    opened.set(replace(settings, orders=replace(settings.orders, number=NumberSource.LEDGER)))


def sales(opened: Any) -> list[SaleDocument]:
    return [each for each in opened.ledger.documents.values() if isinstance(each, SaleDocument)]


def test_a_sale_without_a_number_of_ours_is_found_again_by_its_marker(build: Any, home: Path, tmp_path: Path) -> None:
    store, ledger = build["SmallStore"](), build["SmallLedger"]()
    store.orders = [build["make_order"](1)]
    backup = Path(shutil.copytree(home, tmp_path / "backup"))
    for path, state in ((home, State.POSTED), (backup, State.ADOPTED)):
        opened = build["open_road"](path, store, ledger, is_new=False)
        numbered_by_the_ledger(opened)
        assert opened.run().agrees
        assert [sale.number for sale in sales(opened)] == [""]
        (row,) = opened.rows(Kind.SALE)
        assert row.state is state
        opened.books.database.close()

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from comptoir_sandbox.retail.month import LoadedMonth, load, packaged_month
from comptoir_sandbox.retail.reader import COLUMNS

WriteFile = Callable[..., Path]


@pytest.fixture(scope="session")
def month() -> LoadedMonth:
    return load(packaged_month())


@pytest.fixture
def write_file(tmp_path: Path) -> WriteFile:
    """Write a data file of these lines ("InvoiceNo,StockCode,Description,..."); the header comes by itself."""

    def write(*rows: str, header: str = ",".join(COLUMNS), encoding: str = "utf-8") -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes("\r\n".join([header, *rows]).encode(encoding))
        return path

    return write

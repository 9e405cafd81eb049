"""Over real sockets: a company is exported, and the simulator opens a copy of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import connect, running

from comptoir.ledgers.quickbooks.translate import encode


@pytest.mark.parametrize("profile", ["uk", "quebec", "us-manual", "us-automated", "multicurrency"])
def test_a_copy_is_the_company(client: httpx2.Client, api: Any, tmp_path: Path, profile: str) -> None:
    with running("--no-limits", "--profile", profile) as announced:
        connector, api.store.tokens = connect(announced, client)
        original = connector.ledger(announced["realm_id"], api.store)
        company, items, customers = original.read_company(), set(original.read_items()), set(original.read_customers())
        file = tmp_path / "company.json"
        file.write_bytes(encode(original.export_company()))
    with running("--no-limits", "--company", str(file)) as announced:
        connector, api.store.tokens = connect(announced, client)
        copied = connector.ledger(announced["realm_id"], api.store)
        copy = replace(copied.read_company(), identity=company.identity)
        assert copy == company
        assert set(copied.read_items()) == items
        assert set(copied.read_customers()) == customers

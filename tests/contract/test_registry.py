"""No platform is left out of the contract suites."""

from __future__ import annotations

from pathlib import Path

from tests.contract.registry import STORES

import comptoir

ROOT = Path(comptoir.__file__).parent


def test_every_store_is_in_the_registry() -> None:
    assert {found.parent.name for found in (ROOT / "stores").glob("*/manifest.toml")} == {*STORES}

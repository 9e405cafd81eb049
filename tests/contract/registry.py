"""Every platform that the contract suites are run over: to add one, add its harness here."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.contract.ledger import quickbooks
from tests.contract.ledger.harness import CompanyKind, LedgerHarness
from tests.contract.store import shopify
from tests.contract.store.harness import ShopSetup, StoreHarness

STORES: dict[str, Callable[[ShopSetup], AbstractContextManager[StoreHarness]]] = {
    "shopify": shopify.opened,
}
"""By the platform's slug: an empty shop, for the length of a `with` block."""

LEDGERS: dict[str, Callable[[CompanyKind], AbstractContextManager[LedgerHarness]]] = {
    "quickbooks": quickbooks.opened,
}
"""By the platform's slug: an empty company, for the length of a `with` block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from tests.contract.ledger.desk import Desk
from tests.contract.ledger.harness import CompanyKind, LedgerHarness
from tests.contract.registry import LEDGERS

OpenDesk = Callable[[CompanyKind], Desk]


@pytest.fixture(scope="session", params=sorted(LEDGERS))
def running(request: pytest.FixtureRequest) -> Iterator[Callable[[CompanyKind], LedgerHarness]]:
    """Companies of one platform, each started once: starting and stopping is most of what a small test takes."""
    companies: dict[CompanyKind, LedgerHarness] = {}
    with ExitStack() as stack:

        def get(kind: CompanyKind) -> LedgerHarness:
            if kind not in companies:
                companies[kind] = stack.enter_context(LEDGERS[request.param](kind))
            return companies[kind]

        yield get


@pytest.fixture
def open_desk(running: Callable[[CompanyKind], LedgerHarness]) -> OpenDesk:
    """Gives empty companies of one platform."""

    def get(kind: CompanyKind) -> Desk:
        harness = running(kind)
        harness.empty()
        return Desk(harness)

    return get


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk(CompanyKind.TAX_PER_CODE)

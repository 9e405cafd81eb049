"""The database's server goes away in the middle of a run: it is told, and the next run goes on to the same books."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Cluster

from comptoir.engine.sync import ending_told, sync
from comptoir.storage.database import DatabaseUnreachableError
from comptoir.storage.runs import RunState


@pytest.mark.parametrize("arrives", [True, False], ids=["the batch arrived", "the batch did not arrive"])
def test_a_server_that_is_lost_while_a_batch_is_on_its_way(
    cluster: Cluster, build: Any, tmp_path: Path, arrives: bool
) -> None:
    with cluster.opened() as database:
        road = build["road_in"](database, tmp_path, build["SmallStore"](), build["SmallLedger"]())
        road.store.orders = [build["make_order"](number) for number in range(1, 8)]

        def lost(work: Callable[[], Any]) -> Any:
            if arrives:
                work()
            cluster.server.stop()
            return build["NoAnswer"]("the line went dead")

        road.ledger.faults = [None, None, lost]
        work = road.work()
        try:
            with pytest.raises(DatabaseUnreachableError, match="Nothing is lost"), ending_told(road.books, work.run):
                sync(work, alone=False)
        finally:
            cluster.server.start()
        assert road.books.runs.get(work.run.id).state is RunState.RUNNING, "nobody could write that it ended"
        road.worker = "the next one"
        proof = road.run()
        assert proof.agrees
        assert not proof.unsettled
        numbers = sorted(each.number for each in road.ledger.entries.values() if each.kind == "sale")
        assert numbers == [str(number) for number in range(1, 8)]
        assert road.books.runs.get(work.run.id).state is RunState.FINISHED

"""Reading a long history through a bulk operation: started, waited for, fetched, handed out in pieces.

Whatever becomes of an operation, nothing depends on it: where it comes to nothing everything is read page by page.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from comptoir.engine.errors import Refused
from comptoir.stores.shopify.bulk import BrokenResultError, Results, bulk_query
from comptoir.stores.shopify.client import ShopifyClient
from comptoir.stores.shopify.parts import Node

COMPLETED = "COMPLETED"
UNFINISHED = frozenset({"CREATED", "RUNNING"})
"""An operation in any other state comes to nothing, but for a completed one."""
POLL_SECONDS = 5.0
PATIENCE = timedelta(hours=6)
"""Reading 100,000 orders page by page takes about half as long."""
PIECE = 100
"""Orders handed out at once."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The next orders of an operation, and whether there is more; none while it runs."""

    nodes: list[Node]
    more: bool


class LongHistory:
    """The bulk operations of one shop; keeps the result file of the one that is being handed out."""

    def __init__(self, client: ShopifyClient) -> None:
        self._client = client
        self._results: Results | None = None
        self._results_of = ""

    def start(self, search: str, parts: Mapping[str, bool]) -> str | None:
        """Start an operation over what `search` finds: its gid; None where Shopify does not take it on.

        Five may run at once, and one that was started by an answer that never came counts among them.
        """
        try:
            return self._client.run_bulk(bulk_query(search, parts))
        except Refused:
            return None

    def read(self, gid: str, at: int, parts: Mapping[str, bool]) -> Piece | None:
        """The orders of an operation from the `at`-th on; None where it came to nothing, or its file is gone.

        A file is there for seven days. It is fetched once a process, and again after a crash.
        """
        if self._results is None or self._results_of != gid:
            self._let_go()
            state = self._client.bulk_state(gid)
            if state is not None and state["status"] in UNFINISHED:
                return self._wait(state)
            if state is None or state["status"] != COMPLETED:
                return None
            expected = int(state["rootObjectCount"])
            if expected == 0:
                return Piece([], more=False)
            self._results = self._fetch(state["url"], parts, expected)
            self._results_of = gid
        return None if self._results is None else self._piece(self._results, at)

    def _piece(self, results: Results, at: int) -> Piece:
        nodes = results.orders(at, PIECE)
        more = at + len(nodes) < len(results)
        if not more:
            self._let_go()
        return Piece(nodes, more)

    def _wait(self, state: Node) -> Piece | None:
        started = datetime.fromisoformat(state["createdAt"])
        if self._client.now() - started > PATIENCE:
            return None
        self._client.pause(POLL_SECONDS)
        return Piece([], more=True)

    def _fetch(self, url: str | None, parts: Mapping[str, bool], expected: int) -> Results | None:
        """The result file, in a temporary file that has no name and goes with the process; None where it is gone."""
        if not url:
            return None
        with ExitStack() as stack:
            file = stack.enter_context(tempfile.TemporaryFile())
            if not self._client.download(url, file):
                return None
            try:
                results = Results(file, parts=parts, expected=expected)
            except BrokenResultError:
                return None
            stack.pop_all()  # from here on the results hold the file
        return results

    def _let_go(self) -> None:
        if self._results is not None:
            self._results.close()
        self._results, self._results_of = None, ""

"""What a process that serves does beside the runs; among it, it asks the stores to tell it of their changes."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from comptoir.demo.demos import Demos
from comptoir.engine.errors import HouseError
from comptoir.storage.connections import STORE, ConnectionRecord
from comptoir.web.hooks import PREFIX
from comptoir.wiring import App

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Errands:
    """Done every few seconds, on a thread that may wait.

    `public_url` is how platforms reach the process; they go to https addresses only.
    """

    app: App
    public_url: str = ""
    demos: Demos | None = None
    _asked: set[int] = field(default_factory=set)

    def run(self) -> None:
        """Whatever is to be done now. Each store is asked once in the life of the process."""
        self.app.errands()
        if self.demos is not None:
            self.demos.switch_off_what_ended()
        if not self.public_url.startswith("https://"):
            return
        for record in self.app.books.connections.everywhere(STORE):
            if record.id not in self._asked:
                self._asked.add(record.id)
                self._ask(record)

    def _ask(self, record: ConnectionRecord) -> None:
        try:
            new = self.app.watch(record, f"{self.public_url.rstrip('/')}{PREFIX}/{record.platform}")
        except HouseError as error:
            log.warning("connection %d tells nothing of its changes: %s", record.id, error)
            return
        if new:
            log.info("connection %d tells of %d kinds of changes from now on", record.id, new)

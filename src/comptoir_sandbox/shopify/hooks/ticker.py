"""A thread that keeps the platform's own work going while nobody asks: retries, jobs, ends of bulk operations."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.services import Services

TICK_SECONDS = 0.05


class Ticker:
    """Runs while there is a subscription, and ends with its services."""

    def __init__(self, services: Services) -> None:
        self._services = weakref.ref(services)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread unless it runs."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=_run, args=(self._services,), daemon=True)
                self._thread.start()


def _run(services: weakref.ref[Services]) -> None:
    while (there := services()) is not None and there.busy():
        there.work()
        there.hooks.deliver_due()
        del there
        time.sleep(TICK_SECONDS)

"""Something that waits for a platform, done in a thread of its own while its caller does something else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from types import TracebackType
from typing import Generic, TypeVar

T = TypeVar("T")


def nothing() -> bool:
    """No other work: what is given where there is nothing to do meanwhile."""
    return False


class Aside(Generic[T]):
    """Does `job` beside the block; at its end, however that comes, the job has ended."""

    def __init__(self, job: Callable[[], T]) -> None:
        self._job = job
        self._found: list[T] = []
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=copy_context().run, args=(self._run,), name="aside", daemon=True)

    def __enter__(self) -> Aside[T]:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()

    def outcome(self, meanwhile: Callable[[], bool] = nothing) -> T:
        """What the job came to, waited for; raises what it raised.

        Until it has ended `meanwhile` does a piece of other work here, again and again until it answers False.
        """
        while self._thread.is_alive() and meanwhile():
            pass
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._job())
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            self._error = error

"""Lanes: several batches of one company on the line at once, each with a thread of its own.

The main thread alone decides what goes next; a lane carries one batch to the end of its life. An error in one lane
lets no further batch begin: the others come home first, then it is raised. While the main thread would wait, it does
what else there is to do (`meanwhile`), a piece at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context

from comptoir.engine.aside import Aside, nothing

ALONE = 1
"""The width at which a job has nothing beside it."""


class Lanes:
    """Runs jobs beside each other, as many as the caller allows at the moment."""

    def __init__(self, most: int = ALONE, meanwhile: Callable[[], bool] = nothing) -> None:
        """`most`: how many there ever are; a single one is the caller's own thread.

        `meanwhile` does a piece of other work in the caller's thread; False where none is left.
        """
        self._most = most
        self._ended = threading.Condition()
        self._busy = 0
        self._errors: list[BaseException] = []
        self._meanwhile = meanwhile

    @property
    def busy(self) -> bool:
        """Whether anything is on the line."""
        return self._busy > 0

    def wait_for_room(self, width: int) -> None:
        """Until one more job fits among `width`. Raises the first error of the lanes, once all are home."""
        self._wait(lambda: self._busy < width)

    def wait_for_one(self) -> None:
        """Until one of the jobs on the line has ended, if any is. Raises as `wait_for_room` does."""
        before = self._busy
        self._wait(lambda: self._busy < before or not before)

    def start(self, job: Callable[[], None]) -> None:
        """Run `job` in a lane of its own. The caller waited for room."""
        if self._most <= ALONE:
            job()
            return
        with self._ended:
            self._busy += 1
        # Daemon: whoever breaks the process off does not wait for answers. The journal knows what is on the line.
        # The context of the caller goes along: what happens in a lane is told as its run's.
        threading.Thread(target=copy_context().run, args=(self._run, job), name="lane", daemon=True).start()

    def ask(self, job: Callable[[], None]) -> None:
        """Run `job`, which waits for answers, to its end; the other work goes on as long as there is any."""
        if self._most <= ALONE:
            job()
            return
        with Aside(job) as asking:
            asking.outcome(self._meanwhile)

    def come_home(self) -> None:
        """Wait until nothing is on the line, whatever became of it."""
        with self._ended:
            self._ended.wait_for(lambda: not self._busy)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not self._has_come(is_so) and self._meanwhile():
            pass
        with self._ended:
            self._ended.wait_for(lambda: self._errors or is_so())
            if self._errors:
                self._ended.wait_for(lambda: not self._busy)
                raise self._errors[0]

    def _has_come(self, is_so: Callable[[], bool]) -> bool:
        with self._ended:
            return bool(self._errors) or is_so()

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # noqa: BLE001 - raised by the thread that waits
            self._errors.append(error)
        finally:
            with self._ended:
                self._busy -= 1
                self._ended.notify_all()

"""Lanes: several batches of one company on the line at once, each with a thread of its own.

The main thread alone decides what goes next; a lane carries one batch to the end of its life. An error in one lane
lets no further batch begin: the others come home first, then it is raised. While the main thread would wait, it does
what else there is to do (`meanwhile`), a piece at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context

ALONE = 1
"""The width at which a job has nothing beside it; in the caller's own thread, unless that has something else to do."""


def _nothing() -> bool:
    return False


class Lanes:
    """Runs jobs beside each other, as many as the caller allows at the moment."""

    def __init__(self, meanwhile: Callable[[], bool] = _nothing) -> None:
        """`meanwhile` does a piece of other work in the caller's thread; False, and it is not called again."""
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

    def go_on(self) -> bool:
        """Do a piece of the other work; False where none is left."""
        if self._meanwhile is not _nothing and not self._meanwhile():
            self._meanwhile = _nothing
        return self._meanwhile is not _nothing

    def start(self, job: Callable[[], None], width: int) -> None:
        """Run `job` in a lane of its own, or for a width of one here and now. The caller waited for room."""
        if width <= ALONE and self._meanwhile is _nothing:
            job()
            return
        with self._ended:
            self._busy += 1
        # Daemon: whoever breaks the process off does not wait for answers. The journal knows what is on the line.
        # The context of the caller goes along: what happens in a lane is told as its run's.
        threading.Thread(target=copy_context().run, args=(self._run, job), name="lane", daemon=True).start()

    def ask(self, job: Callable[[], None]) -> None:
        """Run `job`, which waits for answers, to its end; the other work goes on as long as there is any."""
        if self._meanwhile is _nothing:
            job()
            return
        asking = Lanes(self._meanwhile)
        try:
            asking.start(job, ALONE)
            asking.wait_for_room(ALONE)
        finally:
            asking.come_home()
            self._meanwhile = asking._meanwhile

    def come_home(self) -> None:
        """Wait until nothing is on the line, whatever became of it."""
        with self._ended:
            self._ended.wait_for(lambda: not self._busy)

    def _wait(self, is_so: Callable[[], bool]) -> None:
        while not self._has_come(is_so) and self.go_on():
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

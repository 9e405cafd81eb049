"""Ctrl-C, heard for certain."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def by_hand() -> Iterator[Callable[[], None]]:
    """For the block, Ctrl-C breaks off at once; at the latest where what this yields is called.

    A library in the middle of something can swallow the exception that Ctrl-C raises; what was asked stays asked.
    """
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        raise KeyboardInterrupt

    def check() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield check
        return
    before = signal.signal(signal.SIGINT, stop)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)

"""Ctrl-C during a run: at once, and where that is lost on the way, at the next point where the run may be left."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from comptoir.cli.stopping import by_hand


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(1)


def test_it_breaks_off_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), by_hand():
        press()


def test_what_somebody_swallows_is_heard_at_the_next_point() -> None:
    before = signal.getsignal(signal.SIGINT)
    with by_hand() as check:
        check()
        with pytest.raises(KeyboardInterrupt):
            press()
        with pytest.raises(KeyboardInterrupt):
            check()
    assert signal.getsignal(signal.SIGINT) == before


def test_in_another_thread_nothing_is_caught() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def look() -> None:
        with by_hand() as check:
            check()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [before]

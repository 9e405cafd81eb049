"""Simulators as children of a program: they end with it, however it ends, and say what they refuse."""

from __future__ import annotations

import signal
import subprocess
import sys

import httpx2
import pytest

from comptoir.demo.simulators import SimulatorError, approved, running, simulator_command

pytestmark = pytest.mark.journey
PARENT = """
import sys
from comptoir.demo.simulators import running
with running("quickbooks", []) as company:
    print(company.url, flush=True)
    sys.stdin.read()
"""
END_SECONDS = 15


def test_a_simulator_ends_with_a_program_that_is_killed() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        url = parent.stdout.readline().strip()
        assert httpx2.get(f"{url}/_control/log").is_success
        parent.send_signal(signal.SIGKILL)
        parent.stdout.read()  # the simulator's own end of it is a pipe of its own
    for _ in range(END_SECONDS * 10):
        try:
            httpx2.get(f"{url}/_control/log", timeout=1)
        except httpx2.TransportError:
            return
        signal.sigtimedwait([], 0.1)
    raise AssertionError("the simulator outlived the program that started it")


def test_a_simulator_alone_does_not_look_at_its_input() -> None:
    with subprocess.Popen(
        simulator_command("quickbooks"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as alone:
        assert alone.stdout is not None
        assert "ready" in alone.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            alone.wait(0.5)
        alone.terminate()


def test_a_consent_that_is_refused_is_said() -> None:
    with (
        running("quickbooks", []) as company,
        pytest.raises(SimulatorError, match="did not let us in"),
    ):
        approved(f"{company.url}/connect/oauth2?client_id=unknown")

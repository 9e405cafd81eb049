"""/healthz and /readyz over HTTP, on a real socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

import httpx2
import pytest
from starlette.applications import Starlette

from comptoir.web.health import health_routes
from comptoir.web.server import AddressTakenError, serving

Checks = Callable[[], Mapping[str, bool]]


def ask(alive: Checks, ready: Checks, path: str) -> tuple[int, object]:
    with serving(Starlette(routes=health_routes(alive, ready)), "127.0.0.1", 0) as url:
        answer = httpx2.get(f"{url}{path}")
        assert answer.headers["content-type"] == "application/json"
        return answer.status_code, answer.json()


def good() -> dict[str, bool]:
    return {"database": True}


def bad() -> dict[str, bool]:
    return {"database": True, "ticker": False}


def broken() -> dict[str, bool]:
    raise ConnectionError("what the message says is told to nobody")


@pytest.mark.parametrize(
    ("path", "alive", "ready", "expected"),
    [
        ("/healthz", good, bad, (200, {"ok": True, "checks": {"database": True}})),
        ("/readyz", good, bad, (503, {"ok": False, "checks": {"database": True, "ticker": False}})),
        ("/readyz", bad, good, (200, {"ok": True, "checks": {"database": True}})),
        ("/healthz", broken, good, (503, {"ok": False, "error": "ConnectionError"})),
    ],
    ids=["lives", "is not ready", "is ready", "cannot tell"],
)
def test_what_holds_is_told(path: str, alive: Checks, ready: Checks, expected: tuple[int, object]) -> None:
    assert ask(alive, ready, path) == expected


def test_only_reading_is_answered() -> None:
    with serving(Starlette(routes=health_routes(good, good)), "127.0.0.1", 0) as url:
        assert httpx2.post(f"{url}/healthz").status_code == 405
        assert httpx2.get(f"{url}/").status_code == 404


def test_an_address_that_is_taken_is_said_in_plain_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(AddressTakenError, match=f"port {port} .*Choose another with --host and --port"),
            serving(Starlette(), "127.0.0.1", port),
        ):
            pass
    with (
        pytest.raises(AddressTakenError, match="Nothing can listen at nowhere"),
        serving(Starlette(), "nowhere.invalid", 0),
    ):
        pass

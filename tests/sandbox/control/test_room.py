"""The shared control room, over a real socket."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from comptoir_sandbox.__main__ import main
from comptoir_sandbox.control.answers import CutResponse, answer_with_fault
from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.control.faults import FaultRule, Faults
from comptoir_sandbox.control.log import LoggedRequest, RequestLog
from comptoir_sandbox.control.routes import control_routes
from comptoir_sandbox.server import PortTakenError, ThreadedServer

START = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@dataclass
class Bench:
    clock: Clock = field(default_factory=lambda: Clock(START, speed=0))
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(default_factory=Faults)
    worked: int = 0
    resets: int = 0

    def app(self) -> Starlette:
        async def work() -> Response:
            self.worked += 1
            return JSONResponse({"worked": self.worked})

        async def endpoint(_request: Request) -> Response:
            return await answer_with_fault(self.faults.take("work"), work, self.faults.latency_seconds)

        def reset() -> None:
            self.resets += 1

        control = control_routes(
            clock=self.clock,
            log=self.log,
            faults=self.faults,
            reset=reset,
            dump=lambda query: ['{"a": 1}', json.dumps(dict(query))],
            kinds=["throttle"],
        )
        return Starlette(routes=[Route("/work", endpoint, methods=["POST"]), control])


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def http(bench: Bench) -> Iterator[httpx2.Client]:
    with ThreadedServer(bench.app()) as server, httpx2.Client(base_url=server.url, timeout=10) as client:
        yield client


def logged(operation: str) -> LoggedRequest:
    return LoggedRequest(at=START, method="GET", path="/x", query="", operation=operation, status=200)


def test_clock_runs_at_its_speed_and_jumps_forward() -> None:
    clock = Clock(START, speed=0)
    clock.advance(90)
    assert (clock.now() - START).total_seconds() == 90
    clock.set_speed(100_000)
    time.sleep(0.002)
    assert (clock.now() - START).total_seconds() > 190
    assert Clock().now().tzinfo is UTC


@pytest.mark.parametrize("speed", [-1, 2_000_000, float("nan")])
def test_clock_refuses_impossible_speeds(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Clock(START, speed=speed)


def test_clock_refuses_going_back_and_naive_times() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock(START).advance(-1)
    with pytest.raises(ValueError, match="aware"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001 # the naive time is the subject


def test_rules_are_used_in_order_with_skip_times_and_globs() -> None:
    faults = Faults()
    faults.add(FaultRule(kind="cut", operation="create *", skip=1, times=2))
    faults.add(FaultRule(kind="slow", operation="query", on_replay=True))
    assert faults.take("query") is None
    replayed = faults.take("query", replay=True)
    assert replayed is not None
    assert replayed.kind == "slow"
    taken = [faults.take("create SalesReceipt") for _ in range(4)]
    assert [rule is not None for rule in taken] == [False, True, True, False]
    assert faults.rules() == []


def test_log_counts_by_operation(http: httpx2.Client, bench: Bench) -> None:
    for operation in ("query", "batch", "query"):
        bench.log.add(logged(operation))
    answer = http.get("/_control/log").json()
    assert answer["counts"] == {"query": 2, "batch": 1}
    assert answer["entries"][0]["at"] == "2026-01-31T12:00:00+00:00"
    assert http.delete("/_control/log").status_code == 204
    assert bench.log.entries() == []


def test_clock_over_http(http: httpx2.Client) -> None:
    answer = http.post("/_control/clock", json={"advance_seconds": 3600, "speed": 0}).json()
    assert answer == {"now": "2026-01-31T13:00:00+00:00", "speed": 0.0}
    assert http.get("/_control/clock").json() == answer


@pytest.mark.parametrize("wanted", [[], {"hours": 1}, {"advance_seconds": -1}, {"speed": "fast"}, {"speed": None}])
def test_clock_refuses_nonsense_over_http(http: httpx2.Client, wanted: object) -> None:
    assert http.post("/_control/clock", json=wanted).status_code == 400


@pytest.mark.parametrize(
    "rules", [[{"kind": "earthquake"}], [{"operation": "work"}], [{"kind": "cut", "when": 1}], ["cut"], [{"kind": 1}]]
)
def test_wrong_rules_are_refused_whole(http: httpx2.Client, bench: Bench, rules: object) -> None:
    assert http.post("/_control/faults", json=rules).status_code == 400
    assert bench.faults.rules() == []


def test_rules_can_be_listed_and_lifted(http: httpx2.Client) -> None:
    assert http.post("/_control/faults", json={"kind": "throttle", "times": 3}).json() == {"added": 1}
    assert http.get("/_control/faults").json()[0]["times"] == 3
    assert http.delete("/_control/faults").status_code == 204
    assert http.get("/_control/faults").json() == []


@pytest.mark.parametrize(
    ("rule", "status", "worked"),
    [
        ({"kind": "status", "status": 503, "body": "down"}, 503, 0),
        ({"kind": "status", "body": '{"a": 1}'}, 500, 0),
        ({"kind": "malformed"}, 200, 0),
        ({"kind": "after_commit", "status": 504}, 504, 1),
        ({"kind": "slow", "delay_seconds": 0.01}, 200, 1),
        ({"kind": "throttle"}, 200, 1),
    ],
    ids=lambda value: value.get("kind") if isinstance(value, dict) else None,
)
def test_shared_kinds(http: httpx2.Client, bench: Bench, rule: dict[str, object], status: int, worked: int) -> None:
    http.post("/_control/faults", json=rule)
    assert http.post("/work").status_code == status
    assert bench.worked == worked
    assert http.post("/work").json() == {"worked": worked + 1}


@pytest.mark.parametrize(("kind", "worked"), [("cut", 0), ("cut_after_commit", 1)])
def test_cut_connections(http: httpx2.Client, bench: Bench, kind: str, worked: int) -> None:
    http.post("/_control/faults", json={"kind": kind})
    with pytest.raises(httpx2.TransportError):
        http.post("/work")
    assert bench.worked == worked
    assert http.post("/work").status_code == 200


def test_a_cut_under_a_foreign_server_is_a_broken_application() -> None:
    async def nothing(*_: object) -> None:
        return None

    import asyncio

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(CutResponse()({"type": "http"}, nothing, nothing))  # type: ignore[arg-type] # never called


def test_every_request_takes_the_latency_side_by_side_with_others(http: httpx2.Client) -> None:
    assert http.post("/_control/latency", json={"seconds": 0.3}).json() == {"seconds": 0.3}
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: http.post("/work").json()["worked"], range(8)))
    took = time.monotonic() - began
    assert sorted(answers) == list(range(1, 9))
    assert 0.3 <= took < 1.2, "eight one after the other take 2.4 seconds"
    assert http.get("/_control/latency").json() == {"seconds": 0.3}


@pytest.mark.parametrize("wanted", [{"seconds": -1}, {"seconds": 61}, {"seconds": "x"}, {"speed": 1}, []])
def test_an_impossible_latency_is_refused(http: httpx2.Client, bench: Bench, wanted: object) -> None:
    assert http.post("/_control/latency", json=wanted).status_code == 400
    assert bench.faults.latency_seconds == 0


def test_reset_empties_state_log_and_faults(http: httpx2.Client, bench: Bench) -> None:
    bench.log.add(logged("query"))
    bench.faults.add(FaultRule(kind="cut"))
    assert http.post("/_control/reset").status_code == 204
    assert (bench.resets, bench.log.entries(), bench.faults.rules()) == (1, [], [])


def test_the_counts_of_a_long_log_can_be_read_alone(http: httpx2.Client, bench: Bench) -> None:
    bench.log.add(logged("query"))
    assert http.get("/_control/log?entries=0").json() == {"counts": {"query": 1}, "entries": []}


def test_dump_is_json_lines(http: httpx2.Client) -> None:
    lines = http.get("/_control/dump?canonical=1").text.splitlines()
    assert [json.loads(line) for line in lines] == [{"a": 1}, {"canonical": "1"}]


def test_answer_leaves_in_one_piece(bench: Bench) -> None:
    with ThreadedServer(bench.app()) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as plain:
            plain.sendall(b"POST /work HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            first = plain.recv(65536)
    assert first.endswith(b'{"worked":1}')


def test_a_taken_port_is_said(bench: Bench) -> None:
    with ThreadedServer(bench.app()) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(PortTakenError, match=str(port)):
            ThreadedServer(bench.app(), port=port)


@pytest.mark.parametrize("argv", [[], ["xero"]])
def test_unknown_platform_exits_with_two(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    assert "usage" in capsys.readouterr().err


def test_help_is_not_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "quickbooks|shopify" in capsys.readouterr().out


SCRIPT = """
import sys
from starlette.applications import Starlette
from comptoir_sandbox.server import serve
sys.exit(serve(Starlette(), host="127.0.0.1", port=int(sys.argv[1]), announce={"platform": "x", "api": "{url}/v3"}))
"""


@pytest.mark.journey
def test_serve_announces_refuses_a_taken_port_and_stops_at_sigterm() -> None:
    command = [sys.executable, "-c", SCRIPT]
    with subprocess.Popen([*command, "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        assert facts == {"ready": True, "platform": "x", "url": facts["url"], "api": f"{facts['url']}/v3"}
        port = facts["url"].rsplit(":", 1)[1]
        taken = subprocess.run([*command, port], capture_output=True, text=True, check=False)
        assert (taken.returncode, taken.stdout) == (2, "")
        assert port in taken.stderr
        process.terminate()
        assert process.wait(timeout=10) == 0

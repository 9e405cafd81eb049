"""The control API, mounted by each platform at /_control: log, clock, faults, reset, dump."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from comptoir_sandbox.control.faults import SHARED_KINDS, FaultRule

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from starlette.datastructures import QueryParams
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.control.faults import Faults
    from comptoir_sandbox.control.log import RequestLog

BAD_REQUEST = 400
CONTROL_PATH = "/_control"


def control_routes(
    *,
    clock: Clock,
    log: RequestLog,
    faults: Faults,
    reset: Callable[[], None],
    dump: Callable[[QueryParams], Iterable[str]],
    kinds: Collection[str] = (),
    codes: Collection[str] = (),
    extra: Sequence[BaseRoute] = (),
) -> Mount:
    """Return the mount for /_control.

    reset: empties the platform's state (log and faults are emptied here). dump: lines of JSON without line ends, given
    the query parameters. kinds: the platform's own fault kinds. codes: what a rule of the kind
    "code" may name. extra: further routes below /_control.
    """
    room = _Room(
        clock=clock,
        log=log,
        faults=faults,
        reset=reset,
        dump=dump,
        kinds=frozenset(SHARED_KINDS) | frozenset(kinds),
        codes=frozenset(codes),
    )
    return Mount(
        CONTROL_PATH,
        routes=[
            Route("/log", room.read_log, methods=["GET"]),
            Route("/log", room.clear_log, methods=["DELETE"]),
            Route("/clock", room.read_clock, methods=["GET"]),
            Route("/clock", room.set_clock, methods=["POST"]),
            Route("/faults", room.read_faults, methods=["GET"]),
            Route("/faults", room.add_faults, methods=["POST"]),
            Route("/faults", room.clear_faults, methods=["DELETE"]),
            Route("/latency", room.read_latency, methods=["GET"]),
            Route("/latency", room.set_latency, methods=["POST"]),
            Route("/reset", room.do_reset, methods=["POST"]),
            Route("/dump", room.read_dump, methods=["GET"]),
            *extra,
        ],
    )


@dataclass(frozen=True, kw_only=True)
class _Room:
    """The endpoints and what they act on."""

    clock: Clock
    log: RequestLog
    faults: Faults
    reset: Callable[[], None]
    dump: Callable[[QueryParams], Iterable[str]]
    kinds: frozenset[str]
    codes: frozenset[str]

    def read_log(self, request: Request) -> Response:
        wanted = request.query_params.get("entries") != "0"
        entries = [entry.as_json() for entry in self.log.entries()] if wanted else []
        return JSONResponse({"counts": self.log.counts(), "entries": entries})

    def clear_log(self, _request: Request) -> Response:
        self.log.clear()
        return Response(status_code=204)

    def read_clock(self, _request: Request) -> Response:
        return JSONResponse({"now": self.clock.now().isoformat(), "speed": self.clock.speed})

    async def set_clock(self, request: Request) -> Response:
        try:
            _move(self.clock, await request.json())
        except (ValueError, TypeError) as error:
            return _refused(error)
        return self.read_clock(request)

    def read_faults(self, _request: Request) -> Response:
        return JSONResponse([vars(rule) for rule in self.faults.rules()])

    async def add_faults(self, request: Request) -> Response:
        try:
            rules = _rules(await request.json(), self.kinds, self.codes)
        except (ValueError, TypeError) as error:
            return _refused(error)
        for rule in rules:
            self.faults.add(rule)
        return JSONResponse({"added": len(rules)})

    def clear_faults(self, _request: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)

    def read_latency(self, _request: Request) -> Response:
        return JSONResponse({"seconds": self.faults.latency_seconds})

    async def set_latency(self, request: Request) -> Response:
        try:
            wanted = await request.json()
            if not isinstance(wanted, dict) or set(wanted) != {"seconds"}:
                return _refused(ValueError('the latency takes {"seconds": ...}'))
            self.faults.set_latency(wanted["seconds"])
        except (ValueError, TypeError) as error:
            return _refused(error)
        return self.read_latency(request)

    def do_reset(self, _request: Request) -> Response:
        self.reset()
        self.log.clear()
        self.faults.clear()
        return Response(status_code=204)

    def read_dump(self, request: Request) -> Response:
        text = "".join(f"{line}\n" for line in self.dump(request.query_params))
        return Response(text, media_type="application/x-ndjson")


def _refused(error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, status_code=BAD_REQUEST)


def _move(clock: Clock, wanted: Any) -> None:
    if not isinstance(wanted, dict) or set(wanted) - {"advance_seconds", "speed"}:
        raise ValueError('the clock takes {"advance_seconds": ..., "speed": ...}')
    if "speed" in wanted:
        clock.set_speed(wanted["speed"])
    if "advance_seconds" in wanted:
        clock.advance(wanted["advance_seconds"])


def _rules(raw: Any, allowed: frozenset[str], codes: frozenset[str]) -> list[FaultRule]:
    listed = raw if isinstance(raw, list) else [raw]
    if not all(isinstance(each, dict) for each in listed):
        raise ValueError("fault rules are JSON objects")
    rules = [FaultRule.from_json(each) for each in listed]
    unknown = sorted({rule.kind for rule in rules} - allowed)
    if unknown:
        raise ValueError(f"unknown kind of fault: {json.dumps(unknown)}; known: {json.dumps(sorted(allowed))}")
    coded = {"code", "code_after_commit"}
    wrong = [rule.code for rule in rules if rule.kind in coded and rule.code not in codes]
    if wrong:
        raise ValueError(f"unknown code of a fault: {json.dumps(wrong)}; known: {json.dumps(sorted(codes))}")
    return rules

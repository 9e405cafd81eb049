"""Carrying out the shared kinds of faults around a request's real work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response

from comptoir_sandbox.server import CUT_STATE_KEY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from comptoir_sandbox.control.faults import FaultRule

MALFORMED_PAGE = "<html><head><title>Service Unavailable</title></head><body><h1>We'll be right back</h1></body></html>"
DEFAULT_FAULT_STATUS = 500


class CutResponse(Response):
    """Closes the connection without an answer. Its status code is 0, for the log."""

    def __init__(self) -> None:
        super().__init__(status_code=200)
        self.status_code = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close; under a server that is not ours, fail as a broken application would."""
        del send
        cut = scope.get("state", {}).get(CUT_STATE_KEY)
        if cut is None:
            raise ConnectionAbortedError("the simulator cut this connection")
        cut()
        # The server must see the closed connection before this returns, else it would answer 500 itself.
        while (await receive())["type"] != "http.disconnect":
            pass


async def answer_with_fault(
    rule: FaultRule | None, work: Callable[[], Awaitable[Response]], latency_seconds: float = 0.0
) -> Response:
    """Do the work as the rule says. Kinds of the platform's own pass through to `work` (after the rule's delay).

    Half of the latency passes on the way there, half on the way back.
    """
    await asyncio.sleep(latency_seconds / 2)
    response = await _carried_out(rule, work)
    await asyncio.sleep(latency_seconds / 2)
    return response


async def _carried_out(rule: FaultRule | None, work: Callable[[], Awaitable[Response]]) -> Response:
    if rule is None:
        return await work()
    if rule.delay_seconds > 0:
        await asyncio.sleep(rule.delay_seconds)
    if rule.kind in _INSTEAD:
        return _INSTEAD[rule.kind](rule)
    response = await work()
    return _AFTERWARDS[rule.kind](rule) if rule.kind in _AFTERWARDS else response


def _stated(rule: FaultRule) -> Response:
    body = rule.body or ""
    media_type = "application/json" if body.startswith(("{", "[")) else "text/plain"
    media_type = "text/html" if body.startswith("<") else media_type
    headers = None if rule.retry_after_seconds is None else {"Retry-After": str(rule.retry_after_seconds)}
    return Response(body, status_code=rule.status or DEFAULT_FAULT_STATUS, media_type=media_type, headers=headers)


def _cut(_rule: FaultRule) -> Response:
    return CutResponse()


def _malformed(_rule: FaultRule) -> Response:
    return HTMLResponse(MALFORMED_PAGE, status_code=200)


_INSTEAD: dict[str, Callable[[FaultRule], Response]] = {"status": _stated, "cut": _cut, "malformed": _malformed}
_AFTERWARDS: dict[str, Callable[[FaultRule], Response]] = {"after_commit": _stated, "cut_after_commit": _cut}

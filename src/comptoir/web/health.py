"""Two answers for whatever watches over the process: does it live, and is it ready to work."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

OK, UNAVAILABLE = 200, 503

Checks = Callable[[], Mapping[str, bool]]
"""Asks; answers what was asked and whether it holds. Whatever it raises is a check that does not."""


def health_routes(alive: Checks, ready: Checks) -> list[Route]:
    """`/healthz` and `/readyz`: 200 where every check holds, 503 where one does not; JSON says which.

    A failed `/healthz` means that a restart may help; a failed `/readyz` that the process should get no work now.
    """
    return [Route("/healthz", _answer(alive)), Route("/readyz", _answer(ready))]


def _answer(checks: Checks) -> Callable[[Request], object]:
    async def answer(_request: Request) -> JSONResponse:
        try:
            found = dict(await run_in_threadpool(checks))
        except Exception as error:  # noqa: BLE001 - the name is told, the message might hold an address
            return JSONResponse({"ok": False, "error": type(error).__name__}, UNAVAILABLE)
        good = all(found.values())
        return JSONResponse({"ok": good, "checks": found}, OK if good else UNAVAILABLE)

    return answer

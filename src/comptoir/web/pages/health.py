"""Health: what the doctor finds, each with what it means and how to mend it."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from comptoir.engine.doctor import Outcome, examine, worst
from comptoir.web.guard import Reader
from comptoir.web.render import page

router = APIRouter(prefix="/health")
ORDER = (Outcome.PROBLEM, Outcome.WARNING, Outcome.OK)


@router.get("")
def health(request: Request, desk: Reader) -> Response:
    """The page; what takes the network to find out comes after it."""
    return page(request, "health.html")


@router.get("/findings")
def findings(request: Request, desk: Reader) -> Response:
    """Everything that the doctor finds now, what needs somebody first."""
    found = list(examine(desk.app.home, lambda _home: nullcontext(desk.app), datetime.now(UTC)))
    found.sort(key=lambda each: ORDER.index(each.outcome))
    return page(request, "parts/findings.html", findings=found, worst=worst(found))

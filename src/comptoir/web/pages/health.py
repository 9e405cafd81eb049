"""Health: what the doctor finds, each with what it means and how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from comptoir.books.problems import Message
from comptoir.engine.doctor import Finding, Outcome, examine, worst
from comptoir.engine.doctor.findings import Page
from comptoir.web.guard import Desk, Reader
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
    return page(request, "parts/findings.html", findings=found, worst=worst(found), way_of=partial(way_of, desk))


def way_of(desk: Desk, finding: Finding) -> tuple[str, Message] | None:
    """Where in the pages something can be done about a finding, and what the link there is called; None for nowhere."""
    page = finding.way.page if finding.way is not None else Page.MACHINE
    if page is Page.SIGN_IN and not (desk.is_owner and finding.connection_id):
        page = Page.CONNECTIONS
    place = PLACES.get(page)
    return (place[0].format(id=finding.connection_id), place[1]) if place is not None else None


PLACES: Mapping[Page, tuple[str, Message]] = {
    Page.HOME: ("/", Message("To the first page")),
    Page.CONNECTIONS: ("/connections", Message("To the connections")),
    Page.SIGN_IN: ("/connections/{id}/renew", Message("Sign in again")),
    Page.SET_UP: ("/stores/{id}/setup/review", Message("To the settings")),
    Page.TO_FIX: ("/to-fix", Message("To fix")),
    Page.HEALTH: ("/health", Message("Look again")),
}

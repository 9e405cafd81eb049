"""The rules of scope in words: what each looked at. Nothing is asked here, and nothing decided."""

from __future__ import annotations

from comptoir.books.problems import Message
from comptoir.books.rules import Told
from comptoir.books.scope.candidate import Candidate

UNTIL_KNOWN = "None of the rules is asked until that is known."


def rewriting(candidate: Candidate) -> list[Told]:
    """That the sale may be in the books otherwise than is known."""
    del candidate
    return [Told(Message("The sale was sent to be written anew, and the answer is not known yet."))]


def currency(candidate: Candidate) -> list[Told]:
    """The currency that the store tells the order in."""
    return [Told(Message("The store tells it in {it}.", {"it": candidate.order.currency}))]


def test(candidate: Candidate) -> list[Told]:
    """Whether it is a test."""
    return [Told(Message("It is a test order." if candidate.order.test else "It is no test order."))]


def cancellation(candidate: Candidate) -> list[Told]:
    """Whether and when it was cancelled."""
    cancelled_at = candidate.order.cancelled_at
    if cancelled_at is None:
        return [Told(Message("It is not cancelled."))]
    day = candidate.context.local_date(cancelled_at).isoformat()
    return [Told(Message("Cancelled on {day}.", {"day": day}))]


def start(candidate: Candidate) -> list[Told]:
    """The day of the sale beside the start."""
    values = {"day": candidate.own_day, "start": candidate.start}
    return [Told(Message("Dated {day}; the start is {start}.", values))]


def empty(candidate: Candidate) -> list[Told]:
    """What is left of it."""
    del candidate
    return [Told(Message("It has neither lines nor payments."))]


def status(candidate: Candidate) -> list[Told]:
    """The status beside those that are posted."""
    if candidate.is_posted:
        return [Told(Message("Its sale is in the books."))]
    posted = candidate.context.resolved.settings.orders.statuses
    values = {
        "status": candidate.order.status.value.replace("_", " "),
        "posted": ", ".join(each.value.replace("_", " ") for each in posted),
    }
    return [Told(Message("{status}; posted are: {posted}.", values))]


def dated(candidate: Candidate) -> list[Told]:
    """What dates the sale."""
    by = candidate.context.resolved.settings.orders.dated_by.value
    return [Told(Message("By the day it is: {by}.", {"by": by}))]

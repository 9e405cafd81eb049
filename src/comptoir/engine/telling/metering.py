"""What a platform counts by the month, and the word that the user should hear before it is used up."""

from __future__ import annotations

from datetime import datetime

from comptoir.books.problems import Message, Problem
from comptoir.engine.telling.platforms import platform_name
from comptoir.engine.work import Books
from comptoir.storage.limits import Metered


def metered_problems(books: Books, organization_id: int, now: datetime) -> list[Problem]:
    """One for each app of which this month's allowance of reads is nearly used up, or is. `now` is aware.

    Whoever works with the app is told, whoever of them it was that read.
    """
    return [_problem(each) for each in books.meter.standing(organization_id, now) if each.is_close]


def _problem(metered: Metered) -> Problem:
    values = {
        "platform": platform_name(metered.platform),
        "reads": f"{metered.reads:,}",
        "allowed": f"{metered.allowed:,}",
        "share": f"{metered.share:.0%}",
    }
    return Problem(
        code="reads-a-month",
        what=Message(
            "This month {reads} of the {allowed} free reads of the {platform} app were used, by everybody who is "
            "connected through it ({share}).",
            values,
        ),
        remedy=Message(
            "Beyond them {platform} answers nothing until the next month. Let the stores run less often, or take a "
            "paid tier for the app.",
            values,
        ),
        where=metered.platform,
        cause=f"reads-a-month:{metered.platform}:{metered.app}",
    )

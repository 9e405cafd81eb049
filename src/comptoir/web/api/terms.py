"""The terms of use: read, and accepted with the act that needs them."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.books.problems import Message
from comptoir.engine.service.schedule import TERMS_VERSION
from comptoir.engine.setup.terms import TERMS
from comptoir.storage.schedule import Terms
from comptoir.web.api.parts import Saying, api_router
from comptoir.web.api.trouble import ApiError
from comptoir.web.guard import ReadingKey

router = api_router()


@dataclass(frozen=True, slots=True)
class TermShape:
    """One paragraph of the terms."""

    title: str
    words: str


@dataclass(frozen=True, slots=True)
class TermsOfUseShape:
    """The terms of use that hold now. Whoever switches a store on says `accept_terms` once."""

    version: str
    terms: list[TermShape]


@router.get("/terms")
def terms(_key: ReadingKey, say: Saying) -> TermsOfUseShape:
    """The terms of use of automatic synchronization."""
    return TermsOfUseShape(TERMS_VERSION, [TermShape(say(title), say(words)) for title, words in TERMS])


def check_accepted(accepted: Terms | None, wanted: bool) -> None:
    """Refuse where the terms were neither accepted before nor are now."""
    if accepted is None and not wanted:
        detail = Message(
            'Read the terms of use (version {version}) and send "accept_terms": true.', {"version": TERMS_VERSION}
        )
        raise ApiError(409, "terms", Message("The terms of use are not accepted yet"), detail)

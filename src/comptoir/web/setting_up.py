"""Where a store's set-up stands, and what is done in it; from its pages or the API alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from comptoir.books.checks.contradictions import Numbering
from comptoir.books.company import Account, TaxCode
from comptoir.books.problems import Problem
from comptoir.books.settings import Language, Settings
from comptoir.engine.setup.draft import Kept, Looked, SettingsDraft, Setup, copied, keep_draft, kept_draft
from comptoir.engine.setup.filling import next_step
from comptoir.engine.setup.fitting import Fitting, misfits, neighbours
from comptoir.engine.setup.look import look_for_setup
from comptoir.engine.setup.making import chosen, make, question_of, with_made
from comptoir.engine.setup.prefixes import with_free_prefixes
from comptoir.engine.setup.questions import Question
from comptoir.engine.setup.reading import Reading
from comptoir.engine.setup.steps import STEPS
from comptoir.engine.setup.trial import try_draft
from comptoir.engine.telling.overview import stops_of
from comptoir.storage.connections import ConnectionRecord
from comptoir.storage.runs import BY_HAND, LOOK, TRY_OUT, RunState
from comptoir.storage.schedule import Terms
from comptoir.web.acting import Hand, put_in_force, switch_on
from comptoir.web.doing import Doing
from comptoir.web.scope import AtDesk, store_of

REVIEW, PREVIEW, ON = "review", "preview", "on"
AFTER = (REVIEW, PREVIEW, ON)
"""What comes after the questions."""


@dataclass(frozen=True, slots=True)
class Place:
    """A store's set-up as it stands."""

    record: ConnectionRecord
    company: ConnectionRecord | None
    kept: Kept | None

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"/stores/{self.record.id}/setup"

    @property
    def looked(self) -> Looked | None:
        """What the last look found; None before the first one."""
        return self.kept.looked if self.kept else None

    @property
    def settings(self) -> Settings | None:
        """Those of the draft; without one, those in force."""
        return self.kept.draft.settings if self.kept else self.record.settings


def place_of(desk: AtDesk, connection_id: int) -> Place:
    """How the set-up of this store stands. NotFoundError where the organization has no such store."""
    record = store_of(desk, connection_id)
    books = desk.app.books
    return Place(record, books.connections.connected_company_of(record), kept_draft(books.drafts, record))


def setup_of(desk: AtDesk, place: Place) -> Setup | None:
    """What the questions are made of; None where the store must be looked at first."""
    if place.kept is None or place.looked is None:
        return None
    return Setup(
        draft=place.kept.draft,
        looked=place.looked,
        in_force=place.record.settings,
        statuses=_statuses(desk, place.record),
        others=_neighbours(desk, place),
    )


def _neighbours(desk: AtDesk, place: Place) -> tuple[Numbering, ...]:
    return neighbours(desk.app.books, place.record, place.company) if place.company else ()


def copied_from(desk: AtDesk, place: Place, other: Settings) -> Settings:
    """Another store's settings for this one, with prefixes that no store of its company has."""
    return with_free_prefixes(copied(other, place.settings), place.record.title, _neighbours(desk, place))


def _statuses(desk: AtDesk, record: ConnectionRecord) -> tuple[str, ...]:
    platform = desk.app.connectables().get(record.platform)
    return platform.manifest.statuses if platform is not None else ()


def is_busy(doing: Doing, desk: AtDesk, record: ConnectionRecord) -> bool:
    """Whether a run of this store is at work, here or elsewhere."""
    return doing.progress(record.id) is not None or desk.app.books.runs.running(record.id) is not None


def stops_now(desk: AtDesk, record: ConnectionRecord) -> Sequence[Problem]:
    """What ended the last look, or dry run, before its end."""
    last = desk.app.books.runs.of_connection(record.id)
    is_ours = last is not None and last.trigger in {LOOK, TRY_OUT} and last.state is RunState.FAILED
    return stops_of(last) if is_ours else ()


def mistakes_of(desk: AtDesk, place: Place, reading: Reading) -> list[Problem]:
    """What is wrong with how settings are written, and with the rest of them, as far as the company is known."""
    if place.looked is None or place.company is None:
        return list(reading.problems)
    company = place.looked.company
    around = place.looked.around(_neighbours(desk, place))
    return reading.mistakes(lambda settings: misfits(settings, company, around))


# What is done


def look(hand: Hand, place: Place, language: Language) -> bool:
    """Read the last days' orders and the company's lists; False where a run is at work, or there is no company.

    `language`: of whoever begins.
    """
    if place.company is None or is_busy(hand.doing, hand, place.record):
        return False
    started = hand.doing.start(hand.app, place.record, LOOK, partial(look_for_setup, language=language))
    hand.note("looked for the set-up", place.record.title)
    return started


def begin_with(hand: Hand, place: Place, settings: Settings) -> None:
    """Draft these settings: another store's, or a file's."""
    kept = place.kept
    draft = replace(kept.draft, settings=settings) if kept else SettingsDraft(settings, place.record.settings)
    keep_draft(hand.app.books.drafts, place.record, draft)
    hand.note("set-up filled in", place.record.title)


def keep_answers(hand: Hand, place: Place, draft: SettingsDraft, step: str) -> None:
    """Keep a draft with the answers of a step in it; whoever comes back goes on after that step."""
    following = replace(draft, step=next_step(step, AFTER))
    keep_draft(hand.app.books.drafts, place.record, following)
    hand.note("set-up saved", place.record.title, step=step)


def make_for(
    hand: Hand, place: Place, setup: Setup, step: str, question: Question, name: str, agencies: Sequence[str]
) -> Account | TaxCode | None:
    """Make an account or a tax code in the company for the answer of a question, and choose it. Raises a HouseError.

    None where the question does not offer to make it so.
    """
    found = None
    if place.company is not None and name:
        found = make(hand.app.ledger(place.company), question, name, agencies)
    if found is None:
        return None
    looked = with_made(setup.looked, found)
    setup = replace(setup, looked=looked)
    again = question_of(STEPS[step](setup), question.key)
    draft = replace(chosen(setup, again or question, found), step=step)
    keep_draft(hand.app.books.drafts, place.record, draft, looked)
    hand.note("account made" if isinstance(found, Account) else "tax code made", found.name)
    return found


def try_out(hand: Hand, place: Place, draft: SettingsDraft) -> bool:
    """Begin the dry run of a draft; nothing is posted. False where a run is at work."""
    keep_draft(hand.app.books.drafts, place.record, replace(draft, step=PREVIEW))
    if is_busy(hand.doing, hand, place.record):
        return False
    started = hand.doing.start(hand.app, place.record, TRY_OUT, partial(try_draft, settings=draft.settings))
    hand.note("set-up tried out", place.record.title)
    return started


def discard(hand: Hand, place: Place) -> None:
    """Throw the draft away; what is in force stays."""
    hand.app.books.drafts.drop(place.record)
    hand.note("set-up thrown away", place.record.title)


def finish(hand: Hand, place: Place, draft: SettingsDraft, terms: Terms | None, *, on: bool) -> Fitting:
    """Put a draft in force, and switch the store on where wanted. Raises SettingsProblemsError and a HouseError.

    `terms`: the terms of use as accepted before; None: whoever switches it on accepts them now.
    """
    books = hand.app.books
    fitting = put_in_force(hand, place.record, draft.settings)
    if on:
        switch_on(hand, place.record, draft.every_minutes, draft.at_minute, terms)
        hand.doing.ask(hand.app, books.connections.get(place.record.id), BY_HAND)
    books.drafts.drop(place.record)
    return fitting

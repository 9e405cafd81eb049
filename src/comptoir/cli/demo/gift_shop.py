"""The demo of the gift shop: four runs, what people do between them, and every case against what was expected of it."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from comptoir.books.choices import Choice, ChoiceKind
from comptoir.cli.choices import facts_of
from comptoir.cli.common import console
from comptoir.cli.demo.by_hand import Person, changed
from comptoir.cli.demo.figures import TRIAL_BALANCE, Figures, figures_of, show_added, show_difference, show_documents
from comptoir.cli.demo.floor import Floor, connected, floor
from comptoir.cli.demo.outcomes import Judged, Outcome, by_order, outcome_of
from comptoir.cli.demo.show import heading, show_cases, show_held, show_mistakes, show_steps
from comptoir.cli.demo.truth import documents_in
from comptoir.cli.problems import show_strayed
from comptoir.cli.report import show_differences, show_proof, show_trial_balance, show_verdict
from comptoir.cli.speech import text, told
from comptoir.cli.sync import sync_store
from comptoir.demo.floor import GIFT_SHOP, GIFT_SHOPS_COMPANY, gift_shop_settings
from comptoir.engine.by_hand.choosing import choose, put_up_again
from comptoir.engine.proving.proof import Proof
from comptoir.engine.road import accept_the_books
from comptoir.engine.sync import errand
from comptoir.engine.telling.held import standing
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.connections import ConnectionRecord
from comptoir.wiring import App

Case = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Shown:
    """What there is to say at the end."""

    figures: Figures
    cases: Sequence[Judged]


def show_gift_shop(place: Path, started: float, *, once: bool, as_json: bool) -> None:
    """A made-up shop in Montréal in which every case of the domain occurs by name."""
    with floor(place, GIFT_SHOP, GIFT_SHOPS_COMPANY) as both:
        told = json.loads(both.shop.control("summary"))
        shown = _Days(both, told["case_list"]).run()
        show_cases(shown.cases)
        show_difference(shown.figures)
        if as_json:
            seconds = time.monotonic() - started
            cases = {each.name: {"outcome": each.outcome, "expected": each.expected} for each in shown.cases}
            print(json.dumps({**shown.figures.as_json(told, place, seconds), "cases": cases}, ensure_ascii=False))
        if not once:
            both.stay(told["case_list"][0]["orders"][0])


class _Days:
    """The runs and what happens between them."""

    def __init__(self, both: Floor, cases: Sequence[Case]) -> None:
        self._both = both
        self._cases = cases
        self._person = Person(both.shop, both.company)

    def run(self) -> _Shown:
        """All four runs, told aloud."""
        with connected(self._both, gift_shop_settings()) as (app_, record):
            self._take(app_, record, "before", text("Before the first run"))
            heading(text("The first run"))
            run, proof = sync_store(app_, record)
            show_proof(console, proof, run)
            seen = {"before": self._outcomes(app_, "before")}
            self._take(app_, record, "morning", text("The next morning"))
            heading(text("The second run"))
            stops = self._until_it_fits(app_, record)
            show_strayed(standing(app_.books, app_.owner(record), strayed=None).strayed)
            seen["midway"] = self._outcomes(app_, "midway")
            self._take(app_, record, "remedy", text("The remedies"))
            heading(text("The third run"))
            self._again(app_, record)
            documents = documents_in(self._both.company.control("dump"))
            heading(text("The fourth run, with nothing to do"))
            proof = self._again(app_, record)
            figures = figures_of(self._both, app_.books.connections.get(record.id), proof, documents)
            show_trial_balance(console, told(TRIAL_BALANCE), figures.trial_balance)
            show_documents(figures, self._both.place)
            show_added(figures.last_run_documents)
            return _Shown(figures, self._judged(app_, seen, stops))

    def _again(self, app_: App, record: ConnectionRecord, *, deleted: bool = False) -> Proof:
        _, proof = sync_store(app_, app_.books.connections.get(record.id), deleted=deleted)
        show_held(proof)
        show_differences(console, proof)
        show_verdict(console, proof)
        return proof

    def _until_it_fits(self, app_: App, record: ConnectionRecord) -> frozenset[str]:
        """A run that may refuse to begin: what stops it is mended, and it begins again. Answers what stopped it."""
        try:
            self._again(app_, record, deleted=True)
        except SettingsProblemsError as error:
            show_mistakes(error.problems)
            self._take(app_, record, "stopped", text("What stopped it is mended"))
            heading(text("The second run, begun again"))
            self._again(app_, record, deleted=True)
            return frozenset(problem.where for problem in error.problems)
        return frozenset()

    def _take(self, app_: App, record: ConnectionRecord, when: str, title: str) -> None:
        """Let people do what they do at this time, and say it."""
        steps = [(case, step) for case in self._cases for step in case["steps"] if step["when"] == when]
        if not steps:
            return
        heading(title)
        for case, step in steps:
            self._person.do(step, case["orders"])
            if "command" in step:
                _command(step["command"], app_, record, case["orders"][0])
        self._change_settings(app_, record, [step["settings"] for _, step in steps if "settings" in step])
        show_steps(steps)

    def _change_settings(self, app_: App, record: ConnectionRecord, changes: Sequence[Mapping[str, Any]]) -> None:
        """All changes in one file, which is then imported."""
        settings = app_.books.connections.get(record.id).settings
        if settings is None:
            raise AssertionError("the demo's shop has settings")
        wanted = settings
        for change in changes:
            wanted = changed(wanted, change)
        if wanted != settings:
            app_.put_in_force(record, wanted)

    def _outcomes(self, app_: App, member: str) -> dict[str, Outcome]:
        """What stands in the books now for each case that expects something under this member."""
        books = by_order(self._both.company.control("dump"))
        return {each["name"]: outcome_of(each, each[member], books, app_) for each in self._cases if member in each}

    def _judged(self, app_: App, seen: Mapping[str, Mapping[str, Outcome]], stops: Collection[str]) -> list[Judged]:
        final = self._outcomes(app_, "expected")
        judged = []
        for case in self._cases:
            outcome, expected = dict(final[case["name"]]), dict(case["expected"])
            for member, outcomes in seen.items():
                if member in case:
                    outcome[member], expected[member] = outcomes[case["name"]], case[member]
            if "stops" in case:
                outcome["stopped_by"] = [each for each in case["stops"] if each in stops]
                expected["stopped_by"] = case["stops"]
            judged.append(Judged(case["name"], case["family"], case["story"], case["orders"], outcome, expected))
        return judged


def _command(name: str, app_: App, record: ConnectionRecord, number: str) -> None:
    """`comptoir skip`, `accept` or `retry` of an order, here and now; what `retry` lets go, the next run posts."""
    owner, facts = app_.owner(record), facts_of(app_, record, number)
    match name:
        case "skip":
            choice = Choice(ChoiceKind.SKIP, "entered by hand", datetime.now(UTC))
            for fact in facts:
                choose(app_.books, owner, fact, choice, choice.made_at.date())
        case "accept":
            with errand(app_.books, record, name, app_.work) as work:
                accept_the_books(work, number, alone=app_.alone)
        case _:
            put_up_again(app_.books, owner, [fact.source_id for fact in facts], reopen=True)

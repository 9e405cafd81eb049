"""PURE: a step that was filled in: the draft with its answers, and what is wrong with them, each at its question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from comptoir.books.checks.advice import advice
from comptoir.books.company import TaxRegime, tax_key
from comptoir.books.problems import Message, Problem
from comptoir.books.taxes.mapping import ANY_TEXT
from comptoir.engine.setup.answers import Given, answered
from comptoir.engine.setup.draft import SettingsDraft, Setup
from comptoir.engine.setup.fitting import misfits
from comptoir.engine.setup.questions import Question, Step, texts_at
from comptoir.engine.setup.steps import STEPS, at_steps, steps_of


@dataclass(frozen=True, slots=True)
class FilledIn:
    """What came of a form. `draft` is None where it cannot be kept; `problems` are this step's, by its questions."""

    draft: SettingsDraft | None
    problems: Mapping[str, Sequence[Problem]]


def mistakes(setup: Setup) -> list[Problem]:
    """Everything in the draft that does not fit the company, the store or its neighbours."""
    return misfits(setup.settings, setup.company, setup.around)


def worth_knowing(setup: Setup) -> list[Problem]:
    """What the company allows, and the draft's owner should know all the same."""
    return [*advice(setup.settings, setup.company, setup.around), *_open_taxes(setup)]


def _open_taxes(setup: Setup) -> Iterator[Problem]:
    """Taxes of real orders that no code stands for, where the company needs one."""
    if setup.company.tax_regime not in {TaxRegime.GLOBAL, TaxRegime.US_MANUAL}:
        return
    codes = {tax_key([name]) for name in setup.settings.taxes.codes}
    if any(ANY_TEXT in name for name in codes):  # which names a pattern stands for, each order tells
        return
    for tax in setup.found.taxes:
        if tax_key([tax.name]) not in codes:
            values = {"tax": tax.name, "count": str(tax.orders)}
            where = f"taxes.codes.{tax.name}"
            yield Problem(
                "tax-open",
                Message('No tax code is chosen for "{tax}": orders with it wait, {count} of those read.', values),
                Message("Choose the code that stands for it."),
                where=where,
                field=where,
                cause=where,
            )


def by_step(setup: Setup, problems: Sequence[Problem]) -> dict[str, dict[str, list[Problem]]]:
    """Problems at the steps that mend them."""
    return at_steps(steps_of(setup), problems)


def fill_in(setup: Setup, slug: str, given: Given) -> FilledIn:
    """The answers of one step put into the draft. What can be read is kept, also where it does not fit yet."""
    step = STEPS[slug](setup)
    values = answered(setup.draft.values, step.questions, given)
    if not isinstance(values, dict):
        return FilledIn(None, _by_question(step, values))
    draft = setup.draft.with_values(values)
    problems = by_step(replace(setup, draft=draft), mistakes(replace(setup, draft=draft))).get(slug, {})
    done = tuple(each for each in STEPS if each in draft.done or (each == slug and not problems))
    return FilledIn(replace(draft, step=slug, done=done), problems)


def _by_question(step: Step, problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    return at_steps([step], problems)[step.slug]


def next_step(slug: str, rest: Sequence[str]) -> str:
    """The step after this one; after the last the first of `rest`, which are no questions."""
    names = [*STEPS, *rest]
    return names[names.index(slug) + 1]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with its answer, and the one in force where that is another (None: the same, or nothing is)."""

    question: Question
    texts: tuple[str, ...]
    before: tuple[str, ...] | None = None


def shown(setup: Setup, question: Question, given: Given | None = None) -> Shown:
    """A question as a page shows it: with what was just typed, else with the draft's answer."""
    texts = texts_at(setup.draft.values, question.path)
    if given is not None and question.key in given:
        texts = tuple(each for each in given[question.key] if each) or ("",)
    if setup.in_force is None or question.key.startswith("schedule."):
        return Shown(question, texts)
    before = texts_at(SettingsDraft(setup.in_force).values, question.path)
    return Shown(question, texts, None if before == texts else before)

"""A store's set-up for a machine: its questions, what was found to answer them with, and what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from comptoir.books.problems import Problem
from comptoir.engine.setup.draft import Looked, Setup
from comptoir.engine.setup.filling import mistakes, shown, worth_knowing
from comptoir.engine.setup.found import Matched
from comptoir.engine.setup.questions import Label, NewAccount, NewCode, Option, Question, Step
from comptoir.engine.setup.steps import STEPS, at_steps, steps_of
from comptoir.engine.telling.shapes.common import ProblemShape, Say, moment, plain, problem_shapes, said

# What was found


@dataclass(frozen=True, slots=True)
class MatchingShape:
    """How many SKUs that were sold have one item of the company, none, or several; `missing` are some with none."""

    one: int
    none: int
    several: int
    missing: list[str]


@dataclass(frozen=True, slots=True)
class FoundTaxShape:
    """A tax in the orders that were read. `rate` is a fraction, None where the store states none."""

    name: str
    rate: str | None
    orders: int


@dataclass(frozen=True, slots=True)
class FoundMethodShape:
    """A payment method in the orders that were read."""

    method: str
    name: str
    payments: int
    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class FoundShape:
    """What a look found: the orders that were read, from the `first` to the `last`, and what they show."""

    at: str
    orders: int
    unreadable: int
    first: str | None
    last: str | None
    taxes: list[FoundTaxShape]
    methods: list[FoundMethodShape]
    skus: int
    products_without_sku: int
    by_sku: MatchingShape
    by_name: MatchingShape


def found_shape(looked: Looked) -> FoundShape:
    """What a look found."""
    found = looked.found
    return FoundShape(
        at=looked.at.isoformat(),
        orders=found.orders,
        unreadable=found.unreadable,
        first=moment(found.first),
        last=moment(found.last),
        taxes=[FoundTaxShape(each.name, _rate(each.rate), each.orders) for each in found.taxes],
        methods=[
            FoundMethodShape(each.method, each.name, each.payments, plain(each.amount), each.amount.currency)
            for each in found.methods
        ],
        skus=len(found.skus),
        products_without_sku=found.without_sku,
        by_sku=_matching(looked.by_sku),
        by_name=_matching(looked.by_name),
    )


def _rate(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate:f}"


def _matching(found: Matched) -> MatchingShape:
    return MatchingShape(found.one, found.none, found.several, list(found.missing))


# Questions


@dataclass(frozen=True, slots=True)
class OptionShape:
    """Something to choose: `value` is what an answer says. `suggested`: what we would choose."""

    value: str
    label: str
    note: str | None
    suggested: bool


@dataclass(frozen=True, slots=True)
class NewAccountShape:
    """An account that can be made for the answer, in the company, under this or another name."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class NewRateShape:
    """A rate of a tax code that can be made: a fraction, owed to one of these agencies, the likely one first."""

    name: str
    rate: str
    agencies: list[str]


@dataclass(frozen=True, slots=True)
class NewTaxCodeShape:
    """A tax code that can be made for the answer, in the company, under this or another name."""

    name: str
    rates: list[NewRateShape]


@dataclass(frozen=True, slots=True)
class QuestionShape:
    """A question with its answer: texts, one, or several where `control` is "several" or "lines".

    `control`: "text", "number", "amount", "day", "one" or "list" (one of the options), "several" or "lines".
    `in_force`: the answer that is in force where that is another one. `example` shows it on the store's own orders,
    `find` tells where the answer is found. `ideas`: names to choose from where another may be given as well.
    `rarely`: seldom changed.
    """

    question: str
    label: str
    why: str
    control: str
    answer: list[str]
    in_force: list[str] | None
    options: list[OptionShape]
    ideas: list[str]
    example: str | None
    find: str | None
    rarely: bool
    new_account: NewAccountShape | None
    new_tax_code: NewTaxCodeShape | None
    problems: list[ProblemShape]


@dataclass(frozen=True, slots=True)
class NotAskedShape:
    """A question that is not asked, and why; it keeps its answer."""

    question: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class StepSummaryShape:
    """A step of the set-up. `done`: it was answered before. `fits`: nothing is wrong with its answers."""

    step: str
    title: str
    done: bool
    fits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShape(StepSummaryShape):
    """A step with its questions. `words` say what it is about; `problems` concern no single question of it."""

    words: str
    questions: list[QuestionShape]
    not_asked: list[NotAskedShape]
    problems: list[ProblemShape]


def named(label: Label, say: Say = str) -> str:
    """A sentence of ours in the reader's words; a name of the user's as it is."""
    return label if isinstance(label, str) else say(label)


def step_summaries(setup: Setup, say: Say = str) -> list[StepSummaryShape]:
    """Every step in its order."""
    steps = steps_of(setup)
    wrong = at_steps(steps, mistakes(setup))
    return [
        StepSummaryShape(each.slug, say(each.title), each.slug in setup.draft.done, not wrong.get(each.slug))
        for each in steps
    ]


def step_shape(setup: Setup, slug: str, say: Say = str) -> StepShape:
    """One step with its questions, their answers, and what is wrong with these."""
    step = STEPS[slug](setup)
    wrong = at_steps(steps_of(setup), mistakes(setup)).get(slug, {})
    return StepShape(
        step=slug,
        title=say(step.title),
        done=slug in setup.draft.done,
        fits=not wrong,
        words=say(step.words if step.asked else step.nothing or step.words),
        questions=[_question(setup, each, wrong, say) for each in step.asked],
        not_asked=[
            NotAskedShape(each.key, named(each.label, say), say(each.hidden)) for each in step.hidden if each.hidden
        ],
        problems=problem_shapes(wrong.get("", ()), say),
    )


def _question(setup: Setup, question: Question, wrong: Mapping[str, Sequence[Problem]], say: Say) -> QuestionShape:
    answer = shown(setup, question)
    return QuestionShape(
        question=question.key,
        label=named(question.label, say),
        why=say(question.why),
        control=question.control.value,
        answer=list(answer.texts),
        in_force=list(answer.before) if answer.before is not None else None,
        options=[_option(each, say) for each in question.options],
        ideas=list(question.ideas),
        example=said(question.example, say),
        find=said(question.find, say),
        rarely=question.is_more,
        new_account=_new_account(question.new_account, say),
        new_tax_code=new_tax_code_shape(question.new_code),
        problems=problem_shapes(wrong.get(question.key, ()), say),
    )


def _option(option: Option, say: Say) -> OptionShape:
    return OptionShape(option.value, named(option.label, say), said(option.note, say), option.is_suggested)


def _new_account(offered: NewAccount | None, say: Say) -> NewAccountShape | None:
    return NewAccountShape(named(offered.name, say), offered.type.value) if offered is not None else None


def new_tax_code_shape(offered: NewCode | None) -> NewTaxCodeShape | None:
    """A tax code that can be made; None where none can."""
    if offered is None:
        return None
    rates = [NewRateShape(each.name, f"{each.rate:f}", list(each.agencies)) for each in offered.rates]
    return NewTaxCodeShape(offered.name, rates)


# What does not fit


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedProblemShape(ProblemShape):
    """What does not fit, with the step and the question that mend it; `question` is "" where no single one does."""

    step: str
    question: str


@dataclass(frozen=True, slots=True)
class ReviewShape:
    """What of all choices does not fit the company, the store or its neighbours; `advice` is worth knowing."""

    fits: bool
    problems: list[PlacedProblemShape]
    advice: list[PlacedProblemShape]


def review_shape(setup: Setup, say: Say = str) -> ReviewShape:
    """Every mistake of a draft at once."""
    steps = steps_of(setup)
    problems = _placed(steps, mistakes(setup), say)
    return ReviewShape(not problems, problems, _placed(steps, worth_knowing(setup), say))


def _placed(steps: Sequence[Step], problems: Iterable[Problem], say: Say) -> list[PlacedProblemShape]:
    return [
        PlacedProblemShape(
            code=each.code,
            what=each.what,
            remedy=each.remedy,
            where=each.where,
            field=each.field,
            detail=each.detail,
            step=step,
            question=question,
        )
        for step, found in at_steps(steps, problems).items()
        for question, those in found.items()
        for each in problem_shapes(those, say)
    ]

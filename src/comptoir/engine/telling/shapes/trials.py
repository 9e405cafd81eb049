"""What a dry run came to, for a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from comptoir.engine.setup.questions import Step
from comptoir.engine.setup.steps import step_mending
from comptoir.engine.setup.trial import AccountRow, Trial, Waiting
from comptoir.engine.telling.shapes.common import ProblemShape, Say, by_currency, plain, problem_shapes


@dataclass(frozen=True, slots=True)
class TriedDocumentsShape:
    """Documents of one form that would be posted: how many, and their sums by currency."""

    form: str
    count: int
    amounts: dict[str, str]


@dataclass(frozen=True, slots=True)
class TriedAccountShape:
    """What an account would be debited and credited."""

    account: str
    debit: str
    credit: str
    currency: str


@dataclass(frozen=True, slots=True)
class TriedTaxShape:
    """The tax at one rate, refunds taken off; `base` is what it is charged on."""

    rate: str
    agency: str
    base: str
    tax: str
    currency: str


@dataclass(frozen=True, slots=True)
class WaitingShape:
    """What one cause would hold, with some order numbers; `step` mends it, None where the remedy lies elsewhere."""

    problem: ProblemShape
    step: str | None
    records: int
    amounts: dict[str, str]
    orders: list[str]


@dataclass(frozen=True, slots=True)
class LeavingShape:
    """What a rule would leave out."""

    rule: str
    kind: str
    records: int


@dataclass(frozen=True, slots=True)
class TrialShape:
    """What the days from `since` to `until` would come to. `debits` are the sums by currency; credits are the same.

    `problems`: the settings do not fit the company, and nothing was tried. `in_books`: documents already there.
    """

    at: str
    since: str
    until: str
    orders: int
    in_books: int
    documents: list[TriedDocumentsShape]
    held: list[WaitingShape]
    left_out: list[LeavingShape]
    accounts: list[TriedAccountShape]
    debits: dict[str, str]
    taxes: list[TriedTaxShape]
    problems: list[ProblemShape]


def trial_shape(trial: Trial, steps: Sequence[Step], say: Say = str) -> TrialShape:
    """What a dry run came to; `steps` are the set-up's, where causes are mended."""
    return TrialShape(
        at=trial.at.isoformat(),
        since=trial.since.isoformat(),
        until=trial.until.isoformat(),
        orders=trial.orders,
        in_books=trial.in_books,
        documents=[TriedDocumentsShape(each.form, each.count, by_currency(each.amounts)) for each in trial.documents],
        held=[_waiting(each, steps, say) for each in trial.held],
        left_out=[LeavingShape(each.rule, each.kind.value, each.count) for each in trial.left_out],
        accounts=[_account(each, say) for each in trial.accounts],
        debits=by_currency(trial.debits),
        taxes=[
            TriedTaxShape(each.rate, each.agency, plain(each.base), plain(each.tax), each.tax.currency)
            for each in trial.taxes
        ],
        problems=problem_shapes(trial.problems, say),
    )


def _waiting(each: Waiting, steps: Sequence[Step], say: Say) -> WaitingShape:
    mends = step_mending(steps, each.problem)
    (problem,) = problem_shapes([each.problem], say)
    return WaitingShape(
        problem, mends.slug if mends is not None else None, each.count, by_currency(each.amounts), list(each.numbers)
    )


def _account(each: AccountRow, say: Say) -> TriedAccountShape:
    name = say(each.words) if each.words else each.account
    return TriedAccountShape(name, plain(each.debit), plain(each.credit), each.debit.currency)

"""An account made for an answer: in the company first, then chosen in the draft."""

from __future__ import annotations

from dataclasses import replace

from comptoir.books.company import Account
from comptoir.engine.setup.answers import answered
from comptoir.engine.setup.draft import Looked, SettingsDraft, Setup
from comptoir.engine.setup.questions import Question, Step


def question_of(step: Step, key: str) -> Question | None:
    """The question of a step for whose answer an account can be made; None where there is no such one."""
    return next((each for each in step.asked if each.key == key and each.new_account is not None), None)


def with_account(looked: Looked, account: Account) -> Looked:
    """What is known of the company, with this account in it."""
    others = tuple(each for each in looked.company.accounts if each.id != account.id)
    return replace(looked, company=replace(looked.company, accounts=(*others, account)))


def chosen(setup: Setup, question: Question, account: Account) -> SettingsDraft:
    """The draft with the account as the answer; `setup` and `question` know it already."""
    values = answered(setup.draft.values, [question], {question.key: [account.name]})
    if not isinstance(values, dict):
        raise AssertionError("an account that is offered can be chosen")  # noqa: TRY004 - our own fault
    return setup.draft.with_values(values)

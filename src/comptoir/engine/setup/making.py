"""An account or a tax code made for an answer: in the company first, then chosen in the draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from comptoir.books.company import Account, TaxCode
from comptoir.engine.ports import Ledger
from comptoir.engine.setup.answers import answered
from comptoir.engine.setup.draft import Looked, SettingsDraft, Setup
from comptoir.engine.setup.new_codes import wanted_code
from comptoir.engine.setup.questions import Question, Step


def question_of(step: Step, key: str) -> Question | None:
    """The question of a step for whose answer something can be made; None where there is no such one."""
    return next((each for each in step.asked if each.key == key and (each.new_account or each.new_code)), None)


def make(ledger: Ledger, question: Question, name: str, agencies: Sequence[str]) -> Account | TaxCode | None:
    """What the question offers to make, in the company, under this name. Raises a house error.

    None for agencies that were not offered.
    """
    if question.new_account is not None:
        return ledger.make_account(name, question.new_account.type)
    wanted = wanted_code(question.new_code, name, agencies)
    return ledger.make_tax_code(wanted) if wanted is not None else None


def with_made(looked: Looked, made: Account | TaxCode) -> Looked:
    """What is known of the company, with what was made in it."""
    company = looked.company
    if isinstance(made, Account):
        accounts = (*(each for each in company.accounts if each.id != made.id), made)
        return replace(looked, company=replace(company, accounts=accounts))
    codes = (*(each for each in company.tax_codes if each.id != made.id), made)
    return replace(looked, company=replace(company, tax_codes=codes))


def chosen(setup: Setup, question: Question, made: Account | TaxCode) -> SettingsDraft:
    """The draft with what was made as the answer; `setup` and `question` know it already."""
    values = answered(setup.draft.values, [question], {question.key: [made.name]})
    if not isinstance(values, dict):
        raise AssertionError("what is offered can be chosen")  # noqa: TRY004 - our own fault
    return setup.draft.with_values(values)

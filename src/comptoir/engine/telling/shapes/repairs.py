"""How causes are mended, for a machine: each with its forms, and what the company has to answer them with."""

from __future__ import annotations

from dataclasses import dataclass

from comptoir.engine.setup.asks import Ask
from comptoir.engine.setup.repairs import Repair
from comptoir.engine.telling.mending import Mending
from comptoir.engine.telling.shapes.common import ProblemShape, Say, problem_shapes
from comptoir.engine.telling.shapes.setups import NewTaxCodeShape, new_tax_code_shape


@dataclass(frozen=True, slots=True)
class AnswerShape:
    """A value of a setting, which is named by its path: `["taxes", "codes", "GST"]`."""

    setting: list[str]
    value: str


@dataclass(frozen=True, slots=True)
class ChoosableShape:
    """Something to answer with. `note` tells it from others like it: a rate, a currency."""

    value: str
    note: str


@dataclass(frozen=True, slots=True)
class AskShape:
    """A setting that is asked for. `value`: what is there; `suggested`: what is likely, "" where nothing is.

    `free`: another value than those offered may be given. `needed`: it cannot be left empty.
    """

    setting: list[str]
    label: str
    takes: str
    value: str
    suggested: str
    options: list[ChoosableShape]
    free: bool
    needed: bool
    new_tax_code: NewTaxCodeShape | None


@dataclass(frozen=True, slots=True)
class RepairShape:
    """A form that mends a cause: answer what it `asks`, and send what it `sets` along."""

    question: str
    asks: list[AskShape]
    sets: list[AnswerShape]


@dataclass(frozen=True, slots=True)
class MendableShape:
    """A cause with the forms that mend it: alternatives, none where the remedy lies elsewhere."""

    cause: str
    what: str
    remedy: str
    repairs: list[RepairShape]


@dataclass(frozen=True, slots=True)
class RepairsShape:
    """How a store's causes are mended, the largest amount first.

    `stops`: the settings for which its last run ended before it posted; `settings`: the forms that mend those, all to
    be answered at once, with "" for the cause.
    """

    causes: list[MendableShape]
    stops: list[ProblemShape]
    settings: list[RepairShape]


def repairs_shape(found: Mending, say: Say = str) -> RepairsShape:
    """How a store's causes are mended."""
    return RepairsShape(
        causes=[
            MendableShape(
                each.held.cause,
                say(each.held.problem.what),
                say(each.held.problem.remedy),
                [_repair(one, say) for one in each.repairs],
            )
            for each in found.causes
        ],
        stops=problem_shapes(found.stops, say),
        settings=[_repair(each, say) for each in found.settings],
    )


def _repair(repair: Repair, say: Say) -> RepairShape:
    sets = [AnswerShape(list(path), value) for path, value in repair.sets.items()]
    return RepairShape(say(repair.question), [_ask(each, say) for each in repair.asks], sets)


def _ask(each: Ask, say: Say) -> AskShape:
    return AskShape(
        setting=list(each.path),
        label=say(each.setting.label),
        takes=each.setting.takes.value,
        value=each.value,
        suggested=each.suggested,
        options=[ChoosableShape(option.value, option.note) for option in each.options],
        free=each.is_free,
        needed=each.setting.is_needed,
        new_tax_code=new_tax_code_shape(each.new_code),
    )

"""PURE: the steps of the set-up in their order, and where a mistake of the settings is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from comptoir.books.problems import Problem
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.questions import Step
from comptoir.engine.setup.repairs import filled, ways
from comptoir.engine.setup.steps.money import payments_step, refunds_step
from comptoir.engine.setup.steps.openings import OPENINGS_STEP, openings_step
from comptoir.engine.setup.steps.orders import orders_step
from comptoir.engine.setup.steps.products import missing_step, products_step, quantities_step
from comptoir.engine.setup.steps.report import report_step
from comptoir.engine.setup.steps.sync import sync_step
from comptoir.engine.setup.steps.taxes import taxes_step

STEPS: Mapping[str, Callable[[Setup], Step]] = {
    "sync": sync_step,
    "orders": orders_step,
    "taxes": taxes_step,
    "products": products_step,
    "missing": missing_step,
    "payments": payments_step,
    "refunds": refunds_step,
    OPENINGS_STEP: openings_step,
    "quantities": quantities_step,
    "report": report_step,
}
"""By their names in addresses, in the order in which they are asked."""
FIRST = next(iter(STEPS))


def steps_of(setup: Setup) -> list[Step]:
    """Every step, with its questions as they are for this store and company."""
    return [make(setup) for make in STEPS.values()]


def at_steps(steps: Sequence[Step], problems: Iterable[Problem]) -> dict[str, dict[str, list[Problem]]]:
    """The problems by the step and the question that mend them; what no question mends is under "" of the first."""
    found: dict[str, dict[str, list[Problem]]] = {}
    for problem in problems:
        step, key = _place(steps, problem.where)
        found.setdefault(step, {}).setdefault(key, []).append(problem)
    return found


def step_mending(steps: Sequence[Step], problem: Problem) -> Step | None:
    """The step with a question whose answer mends what would hold an order; None where the remedy lies elsewhere."""
    paths = (path for cure in ways(problem) for path in (*cure.asks, *(cure.sets or {})))
    wanted = {filled(path[:2], problem.what.values) for path in islice(paths, 1)}
    asked = ((step, {question.path[:2] for question in step.asked}) for step in steps)
    return next((step for step, known in asked if known & wanted), None)


def _place(steps: Sequence[Step], where: str) -> tuple[str, str]:
    known = [(step.slug, question.key) for step in steps for question in step.asked]
    exact = [place for place in known if place[1] == where]
    around = [place for place in known if place[1].startswith(f"{where}.") or where.startswith(f"{place[1]}.")]
    near = [place for place in known if where and place[1].split(".")[:2] == where.split(".")[:2]]
    return next(iter((*exact, *around, *near)), (steps[0].slug, ""))

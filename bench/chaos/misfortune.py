"""Faults on a tenth of all calls of both platforms, drawn anew before each run."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.stage import Stage
from bench.world import calls_of, clear_log, tell
from comptoir.demo.simulators import Simulator

SHARE = 0.13
"""Of these calls. There are others, and one rule may be left over at the end: of all calls it is a tenth."""
CALLS = 80
"""Of each kind of call, so many are given their fate in advance: more than a run makes."""
OF_COMPANY = ("batch", "query", "cdc", "read *")
OF_SHOP = ("*",)
COMPANY_KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle"},
    {"kind": "after_commit", "status": 500},
    {"kind": "cut_after_commit"},
    {"kind": "cut"},
    {"kind": "slow", "delay_seconds": 0.5},
    {"kind": "malformed"},
)
SHOP_KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "throttle"},
    {"kind": "after_commit", "status": 500},
    {"kind": "cut_after_commit"},
    {"kind": "slow", "delay_seconds": 0.5},
    {"kind": "malformed"},
)


@dataclass
class Misfortune:
    """Puts the rules in force, and counts how many calls they hit."""

    stage: Stage
    draw: random.Random
    calls: int = 0
    hit: int = 0
    _laid: dict[str, int] = field(default_factory=dict)

    def arm(self, _attempt: int) -> None:
        """Before a run: count what the one before met, and draw anew."""
        self.settle()
        for platform, operations, kinds in (
            (self.stage.company, OF_COMPANY, COMPANY_KINDS),
            (self.stage.shop, OF_SHOP, SHOP_KINDS),
        ):
            rules = self._rules(operations, kinds)
            tell(platform, "faults", body=rules)
            self._laid[platform.url] = len(rules)

    def settle(self) -> None:
        """Count the calls since the last time and the faults that they met; lift the rest."""
        for platform in (self.stage.company, self.stage.shop):
            self.calls += len(calls_of(platform))
            self.hit += self._laid.pop(platform.url, 0) - _left(platform)
            clear_log(platform)
            tell(platform, "faults", method="DELETE")

    @property
    def share(self) -> float:
        """Of all calls."""
        return self.hit / self.calls if self.calls else 0.0

    def _rules(self, operations: tuple[str, ...], kinds: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        """One rule for each call that is to fail. A rule that hits spares those after it a step, hence `place`."""
        rules: list[dict[str, Any]] = []
        for operation in operations:
            doomed = [call for call in range(CALLS) if self.draw.random() < SHARE]
            rules += [
                {**self.draw.choice(kinds), "operation": operation, "skip": call - place}
                for place, call in enumerate(doomed)
            ]
        return rules


def _left(platform: Simulator) -> int:
    return len(json.loads(platform.control("faults")))

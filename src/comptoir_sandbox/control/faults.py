"""Scripted misfortune: rules that tests add and requests use up."""

from __future__ import annotations

import threading
from dataclasses import dataclass, fields
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LONGEST_LATENCY_SECONDS = 60
SHARED_KINDS = ("status", "after_commit", "cut", "cut_after_commit", "slow", "malformed")
"""Kinds that control/answers.py carries out; every other kind is interpreted by the platform that declares it."""


@dataclass(kw_only=True)
class FaultRule:
    """One kind of misfortune for matching operations.

    kind: "status" (answer `status` and `body` instead of working), "after_commit" (work, then answer that), "cut"
    (close the connection without working), "cut_after_commit", "slow" (wait, then work), "malformed" (an HTML page
    with status 200 instead of working), or a kind of the platform's own.
    """

    kind: str
    operation: str = "*"
    """Glob over operation names, case-sensitive."""
    times: int = 1
    """How many more requests it hits."""
    skip: int = 0
    """How many matching requests pass first."""
    status: int | None = None
    body: str | None = None
    delay_seconds: float = 0.0
    """Real seconds of waiting before the answer, whatever the kind."""
    retry_after_seconds: int | None = None
    """The header Retry-After of a refusal for too many requests; none by default."""
    code: str | None = None
    """The platform's fault code, for the kind "code"."""
    on_replay: bool = False
    """True: only for requests whose idempotency key is already known. False: for any request."""

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> FaultRule:
        """Build from a JSON object; ValueError names an unknown or missing member."""
        unknown = set(raw) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown member of a fault rule: {', '.join(sorted(unknown))}")
        if not isinstance(raw.get("kind"), str):
            raise ValueError("a fault rule needs a kind")  # noqa: TRY004 # wrong content of a request, not of a call
        return cls(**raw)


class Faults:
    """The rules in force, in the order they were added. Safe to use from several threads."""

    def __init__(self) -> None:
        self.latency_seconds = 0.0
        """Real seconds that every request takes on top of its work, side by side with others: a far service."""
        self._lock = threading.Lock()
        self._rules: list[FaultRule] = []

    def set_latency(self, seconds: Decimal | float) -> None:
        """Make every request take so much longer; ValueError below zero or above a minute."""
        wanted = float(seconds)
        if not 0 <= wanted <= LONGEST_LATENCY_SECONDS:
            raise ValueError(f"the latency must lie between 0 and {LONGEST_LATENCY_SECONDS} seconds")
        self.latency_seconds = wanted

    def add(self, rule: FaultRule) -> None:
        """Put a rule in force after those already there."""
        with self._lock:
            self._rules.append(rule)

    def take(
        self, operation: str, replay: bool = False, kinds: Collection[str] | None = None, besides: Collection[str] = ()
    ) -> FaultRule | None:
        """Use up one hit of the first rule that matches, or None. A rule's `skip` is used up first.

        kinds: only rules of these kinds; besides: no rules of these (a platform that asks at several depths).
        """
        with self._lock:
            for rule in self._rules:
                if (kinds is not None and rule.kind not in kinds) or rule.kind in besides:
                    continue
                if rule.times <= 0 or (rule.on_replay and not replay) or not fnmatchcase(operation, rule.operation):
                    continue
                if rule.skip > 0:
                    rule.skip -= 1
                    continue
                rule.times -= 1
                return rule
            return None

    def rules(self) -> list[FaultRule]:
        """The rules that still have hits left."""
        with self._lock:
            return [rule for rule in self._rules if rule.times > 0]

    def clear(self) -> None:
        """Lift all rules."""
        with self._lock:
            self._rules.clear()

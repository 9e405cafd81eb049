"""The @idempotent directive: the same key and parameters have the same outcome, once (shopify.md §1, §5.1)."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from graphql import get_directive_values

from comptoir_sandbox.shopify.errors import bad_request
from comptoir_sandbox.shopify.mutations.answers import UserError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from comptoir_sandbox.shopify.call import Info

REQUIRED = "The @idempotent directive is required for this mutation but was not provided."
EMPTY = "The idempotency key cannot be empty."
OTHER_PARAMETERS = "The same idempotency key cannot be used with different operation parameters."
FAILED_BEFORE = "A previous attempt with this idempotency key failed. Use a new key."


@dataclass
class _Reply:
    parameters: str
    recall: Callable[[], dict[str, Any]] | None
    """Makes the answer again; None: the attempt failed."""


class Replies:
    """What was answered under which key. Safe to use from several threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._known: dict[str, _Reply] = {}

    def once(self, key: str, parameters: str, work: Callable[[], Callable[[], dict[str, Any]]]) -> dict[str, Any]:
        """Do the work under a new key, or answer again what was answered. UserError on misuse."""
        with self.lock:
            known = self._known.get(key)
            if known is not None:
                if known.parameters != parameters:
                    raise UserError(None, OTHER_PARAMETERS)
                if known.recall is None:
                    raise UserError(None, FAILED_BEFORE)
                return known.recall()
            try:
                recall = work()
            except UserError:
                self._known[key] = _Reply(parameters, None)
                raise
            self._known[key] = _Reply(parameters, recall)
            return recall()

    def reset(self) -> None:
        """Forget all keys."""
        with self.lock:
            self._known.clear()


def idempotent(resolve: Callable[..., Callable[[], dict[str, Any]]]) -> Callable[..., dict[str, Any]]:
    """Let a mutation run once a key. `resolve` does the work and returns what makes the answer (again)."""

    @wraps(resolve)
    def run(info: Info, **arguments: Any) -> dict[str, Any]:
        parameters = json.dumps([info.field_name, arguments], default=str, sort_keys=True)
        return info.context.services.replies.once(key_of(info), parameters, lambda: resolve(info, **arguments))

    return run


def key_of(info: Info) -> str:
    """Return the key. BAD_REQUEST without one."""
    directive = info.schema.get_directive("idempotent")
    values: Mapping[str, Any] | None = None
    if directive is not None:
        values = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if values is None:
        raise bad_request(REQUIRED)
    if not values["key"]:
        raise bad_request(EMPTY)
    return str(values["key"])

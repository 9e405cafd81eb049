"""The GraphQL documents, a file each, read once; a document carries just the fragments that it uses.

Each one is checked against Shopify's published schema by `tests/rules/test_graphql_documents.py`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources

_FRAGMENT = re.compile(r"^fragment (\w+) on [^\n]*\n(?:.*\n)*?}\n", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.(\w+)")
"""Not an inline fragment, which has a space behind its dots."""
_COMMENT = re.compile(r"^#.*\n", re.MULTILINE)

DOCUMENTS = (
    "bulk_run",
    "bulk_state",
    "existing",
    "orders",
    "orders_count",
    "payout_rows",
    "payouts",
    "shop",
    "webhook_create",
    "webhook_delete",
    "webhooks",
)


@cache
def document(name: str) -> str:
    """The text to send for one of DOCUMENTS: the operation and its fragments, without comments."""
    return with_fragments(_COMMENT.sub("", _read(name)))


def with_fragments(operation: str) -> str:
    """`operation` followed by every fragment that it uses, directly or not, each once, in order of their names."""
    wanted: set[str] = set()
    waiting = set(_SPREAD.findall(operation))
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting |= set(_SPREAD.findall(_fragments()[name])) - wanted
    return "\n".join([operation.strip(), *(_fragments()[name].strip() for name in sorted(wanted))]) + "\n"


def expanded(fragment: str) -> str:
    """What a fragment selects, with the fragments inside it written out."""
    body = _fragments()[fragment].partition("{")[2].rpartition("}")[0]
    return _SPREAD.sub(lambda spread: expanded(spread.group(1)), body)


@cache
def _fragments() -> dict[str, str]:
    return {found.group(1): found.group(0) for found in _FRAGMENT.finditer(_read("fragments"))}


def _read(name: str) -> str:
    return resources.files(__name__).joinpath(f"{name}.graphql").read_text(encoding="utf-8")

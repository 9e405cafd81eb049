"""Running a bulk query: root objects and their children as lines of JSON, compressed while they wait (§3.6)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from graphql import FieldNode, get_argument_values, get_named_type

from comptoir_sandbox.shopify.bulk.project import Line, Projector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graphql import GraphQLSchema

    from comptoir_sandbox.shopify.bulk.check import BulkQuery
    from comptoir_sandbox.shopify.connections import Listing

ROWS_A_BLOCK = 100
COMPRESSION_LEVEL = 1


@dataclass
class Result:
    """The file: blocks of compressed lines, with its counters."""

    blocks: list[bytes] = field(default_factory=list)
    size_bytes: int = 0
    objects: int = 0
    roots: int = 0

    def add(self, raw: bytes) -> None:
        """Append lines."""
        self.size_bytes += len(raw)
        self.blocks.append(zlib.compress(raw, COMPRESSION_LEVEL))

    def read(self) -> Iterator[bytes]:
        """Yield the file, block by block."""
        for block in self.blocks:
            yield zlib.decompress(block)


def run(
    schema: GraphQLSchema,
    query: BulkQuery,
    granted: frozenset[str],
    lists: Callable[[str, dict[str, Any]], Listing],
    *,
    grouped: bool,
) -> Iterator[Result]:
    """Write the file; yield it after each block of root objects, so that a run can be stopped between.

    `lists`: (root field, arguments) -> what it lists. GraphQLError (ACCESS_DENIED) when a scope is missing. Without
    `grouped` the children of every other block come before their parents: nobody may count on the order (§3.6).
    """
    result = Result()
    projector = Projector(schema, query.fragments, granted)
    root: Any = schema.query_type
    for node in query.operation.selection_set.selections:
        if not isinstance(node, FieldNode) or node.selection_set is None:
            continue
        definition = root.fields[node.name.value]
        kind: Any = get_named_type(definition.type)
        compiled = projector.connection if kind.name.endswith("Connection") else projector.object
        project = compiled(kind, [node.selection_set])
        listing = lists(node.name.value, get_argument_values(definition, node))
        for at in range(0, len(listing.rows), ROWS_A_BLOCK):
            _write(result, listing, listing.rows[at : at + ROWS_A_BLOCK], project, grouped=grouped)
            yield result
    yield result


def _write(
    result: Result,
    listing: Listing,
    rows: Any,
    project: Callable[[Any, list[Line]], dict[str, Any]],
    *,
    grouped: bool,
) -> None:
    roots: list[bytes] = []
    children: list[bytes] = []
    for row in rows:
        lines: list[Line] = []
        try:
            node = listing.node(row)
        except KeyError:  # deleted since the run began
            continue
        roots.append(_text(project(node, lines)))
        below = [_text({**line.content, "__parentId": line.parent}) for line in lines]
        (roots if grouped else children).extend(below)
        result.roots += 1
        result.objects += 1 + len(below)
    early = len(result.blocks) % 2 == 1
    ordered = [*children, *roots] if early else [*roots, *children]
    result.add(b"".join(ordered))


def _text(content: dict[str, Any]) -> bytes:
    # A slash stands in texts only, and is escaped there (recorded).
    return msgspec.json.encode(content).replace(b"/", b"\\/") + b"\n"

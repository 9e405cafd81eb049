"""bulkOperationRunQuery and bulkOperationCancel (shopify.md §3.6; messages as recorded)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.bulk.check import check
from comptoir_sandbox.shopify.bulk.operations import MOST_AT_ONCE
from comptoir_sandbox.shopify.ids import gid
from comptoir_sandbox.shopify.listings import BULK_ROOTS, listing
from comptoir_sandbox.shopify.mutations.answers import UserError, answered, number_of

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.call import Info


@answered("BulkOperationRunQueryPayload", errors="BulkOperationUserError")
def run_query(info: Info, **arguments: Any) -> dict[str, Any]:
    """Start a run."""
    call = info.context
    query, problems = check(info.schema, arguments["query"], BULK_ROOTS)
    if query is None:
        found = [UserError(["query"], message, code="INVALID") for message in problems]
        raise UserError(["query"], problems[0], code="INVALID", more=found[1:])
    running = call.services.bulk.in_progress()
    if len(running) >= MOST_AT_ONCE:
        ids = ", ".join(gid("BulkOperation", each.id) for each in running)
        message = f"A bulk query operation for this app and shop is already in progress: {ids}."
        raise UserError(None, message, code="OPERATION_IN_PROGRESS")
    made = call.services.bulk.start(
        info.schema,
        arguments["query"],
        query,
        call.granted,
        lambda name, wanted: listing(call, name, wanted),
        grouped=arguments["groupObjects"],
    )
    return {"bulkOperation": call.services.bulk.node(made, call.base_url)}


@answered("BulkOperationCancelPayload")
def cancel(info: Info, **arguments: Any) -> dict[str, Any]:
    """Stop a run."""
    bulk = info.context.services.bulk
    found = bulk.find(number_of(arguments["id"], "BulkOperation"))
    if found is None:
        raise UserError(["id"], "Bulk operation does not exist")
    stopping = bulk.cancel(found)
    shown = {"bulkOperation": bulk.node(found, info.context.base_url)}
    if not stopping:
        state = found.status.lower()
        raise UserError(None, f"A bulk operation cannot be canceled when it is {state}", payload=shown)
    return shown

"""The mutations that the sandbox serves: root field -> resolver, and the scopes they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.mutations import bulk, hooks
from comptoir_sandbox.shopify.mutations.cancel import order_cancel
from comptoir_sandbox.shopify.mutations.order_create import order_create
from comptoir_sandbox.shopify.mutations.order_edit import add_variant, begin, commit, set_quantity
from comptoir_sandbox.shopify.mutations.payments import order_capture, order_mark_as_paid
from comptoir_sandbox.shopify.mutations.refund import refund_create

if TYPE_CHECKING:
    from collections.abc import Callable

MUTATIONS: dict[str, Callable[..., Any]] = {
    "orderCreate": order_create,
    "refundCreate": refund_create,
    "orderCancel": order_cancel,
    "orderMarkAsPaid": order_mark_as_paid,
    "orderCapture": order_capture,
    "orderEditBegin": begin,
    "orderEditSetQuantity": set_quantity,
    "orderEditAddVariant": add_variant,
    "orderEditCommit": commit,
    "bulkOperationRunQuery": bulk.run_query,
    "bulkOperationCancel": bulk.cancel,
    "webhookSubscriptionCreate": hooks.create,
    "webhookSubscriptionDelete": hooks.delete,
}

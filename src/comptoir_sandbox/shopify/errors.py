"""Errors in the API's shapes, raised while a query runs (shopify.md §3.1)."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError

SCOPE_DOCUMENTATION = "https://shopify.dev/api/usage/access-scopes"
CUSTOMER_DATA_DOCUMENTATION = "https://shopify.dev/docs/apps/launch/protected-customer-data"
LIMIT_DOCUMENTATION = "https://shopify.dev/api/usage/rate-limits"


def bad_request(message: str) -> GraphQLError:
    """A field's argument makes no sense; the field becomes null."""
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def invalid_id(message: str = "invalid id") -> GraphQLError:
    """An id of the wrong type, or no id at all."""
    return GraphQLError(message, extensions={"code": "RESOURCE_NOT_FOUND"})


def access_denied(field: str, required: str) -> GraphQLError:
    """The token lacks a scope."""
    return GraphQLError(
        f"Access denied for {field} field. Required access: {required}",
        extensions={"code": "ACCESS_DENIED", "documentation": SCOPE_DOCUMENTATION, "requiredAccess": required},
    )


def not_approved(kind: str) -> GraphQLError:
    """The app may not see protected customer data (§2.5)."""
    return GraphQLError(
        f"This app is not approved to access the {kind} object.",
        extensions={"code": "ACCESS_DENIED", "documentation": CUSTOMER_DATA_DOCUMENTATION},
    )


def too_many(size: int, maximum: int) -> GraphQLError:
    """An array argument longer than allowed."""
    return GraphQLError(
        f"The input array size of {size} is greater than the maximum allowed of {maximum}.",
        extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"},
    )


def throttled(cost: dict[str, Any]) -> dict[str, Any]:
    """Return the whole answer to a query that the bucket cannot pay for now."""
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": LIMIT_DOCUMENTATION}}
    return {"errors": [error], "extensions": {"cost": cost}}


def cost_exceeded(requested: int, maximum: int) -> dict[str, Any]:
    """Return the whole answer to a query that no bucket may pay for."""
    message = f"Query cost is {requested}, which exceeds the single query max cost limit ({maximum})."
    error = {
        "message": message,
        "extensions": {
            "code": "MAX_COST_EXCEEDED",
            "cost": requested,
            "maxCost": maximum,
            "documentation": LIMIT_DOCUMENTATION,
        },
    }
    return {"errors": [error]}

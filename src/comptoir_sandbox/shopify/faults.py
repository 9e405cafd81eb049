"""Misfortunes in Shopify's own shapes (shopify.md §3.1, §3.2), asked for by POST /_control/faults.

Beside the shared kinds (status, after_commit, cut, cut_after_commit, slow, malformed) there are:

throttle           the bucket is empty: THROTTLED, and so it stays until it fills again
expired_token      the token sent dies: 401 now and later
code               the answer that `code` names, instead of working; `retry_after_seconds` adds Retry-After
code_after_commit  the same, after the work was done
half_json          the work is done, and half of the answer arrives, well-formed as HTTP

`code` is an HTTP status (401 402 403 404 423 429 430 500 502 503 504) or a GraphQL code inside HTTP 200 (THROTTLED
MAX_COST_EXCEEDED ACCESS_DENIED SHOP_INACTIVE INTERNAL_SERVER_ERROR). The operation "bulk_file" is the download of a
bulk result, "token" and "authorize" are those of OAuth; all others have the names of GraphQL operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from comptoir_sandbox.shopify.errors import access_denied, cost_exceeded, throttled
from comptoir_sandbox.shopify.resolvers import nullable
from comptoir_sandbox.shopify.scopes import REQUIRED
from comptoir_sandbox.shopify.throttle import MAX_QUERY_POINTS

if TYPE_CHECKING:
    from comptoir_sandbox.control.faults import FaultRule

KINDS = ("throttle", "expired_token", "code", "code_after_commit", "half_json")
BAD_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
NOT_FOUND = {"errors": "Not Found"}
PAGE = "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
STATUS_BODIES: dict[int, Any] = {
    401: BAD_TOKEN,
    402: {"errors": "Unavailable Shop"},
    403: {"errors": "[API] This action requires merchant approval for read_orders scope."},
    404: NOT_FOUND,
    423: {"errors": "Shop is locked"},
    429: {
        "errors": "Exceeded 2 calls per second for api client. Reduce request rates to resume uninterrupted service."
    },
    430: PAGE.format(title="Security Rejection"),
    500: {"errors": "Internal Server Error"},
    502: PAGE.format(title="502 Bad Gateway"),
    503: PAGE.format(title="503 Service Unavailable"),
    504: PAGE.format(title="504 Gateway Time-out"),
}
"""What stands in the body of each status. A person reads it, a client must not."""
GRAPHQL_CODES = ("THROTTLED", "MAX_COST_EXCEEDED", "ACCESS_DENIED", "SHOP_INACTIVE", "INTERNAL_SERVER_ERROR")
CODES = frozenset({*map(str, STATUS_BODIES), *GRAPHQL_CODES})
TOO_DEAR = 1_001


def coded(rule: FaultRule, root: tuple[str, str], cost: dict[str, Any], request_id: str) -> Response:
    """Answer as the rule's code says. `root`: (type, field) first asked for; `cost`: for extensions."""
    code = str(rule.code)
    headers = {} if rule.retry_after_seconds is None else {"Retry-After": str(rule.retry_after_seconds)}
    if code.isdigit():
        body = STATUS_BODIES[int(code)]
        made = HTMLResponse if isinstance(body, str) else JSONResponse
        return made(body, status_code=int(code), headers=headers)
    return JSONResponse(_inside(code, root, cost, request_id), headers=headers)


def _inside(code: str, root: tuple[str, str], cost: dict[str, Any], request_id: str) -> dict[str, Any]:
    if code == "THROTTLED":
        return throttled(cost)
    if code == "MAX_COST_EXCEEDED":
        return cost_exceeded(max(TOO_DEAR, cost["requestedQueryCost"]), MAX_QUERY_POINTS)
    if code == "ACCESS_DENIED":
        needed = REQUIRED.get(root, ((), "`read_orders` access scope."))[1]
        error = {**access_denied(root[1], needed).formatted, "path": [root[1]]}
        # A root that cannot be null takes all of `data` with it (§2.5).
        return {
            "data": {root[1]: None} if nullable(*root) else None,
            "errors": [error],
            "extensions": {"cost": {**cost, "actualQueryCost": 1}},
        }
    if code == "SHOP_INACTIVE":
        return {"errors": [{"message": "The shop is inactive.", "extensions": {"code": code}}]}
    message = (
        "Internal error. Looks like something went wrong on our end.\n"
        f"Request ID: {request_id} (include this in support requests)."
    )
    return {"errors": [{"message": message, "extensions": {"code": code, "requestId": request_id}}]}


def half(response: Response) -> Response:
    """Return the first half of an answer."""
    body = bytes(response.body)
    return Response(body[: len(body) // 2], status_code=response.status_code, media_type="application/json")

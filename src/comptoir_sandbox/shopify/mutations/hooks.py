"""webhookSubscriptionCreate and webhookSubscriptionDelete (shopify.md §7; messages as recorded).

Deliveries go over HTTPS only; cloud destinations (pubsub://, arn:) are not simulated and refused like any other scheme.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from comptoir_sandbox.shopify.ids import gid
from comptoir_sandbox.shopify.mutations.answers import UserError, answered, number_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from comptoir_sandbox.shopify.call import Info

ADDRESS = ["webhookSubscription", "callbackUrl"]
INTERNAL = re.compile(
    r"localhost|127\.|10\.|192\.168\.|0\.0\.0\.0|\[?::1|.*\.(local|internal)$|(.*\.)?(my)?shopify\.com$"
)
NAME = re.compile(r"[A-Za-z0-9_-]+")
NEEDED = {"ORDERS": "read_orders", "REFUNDS": "read_orders", "ORDER": "read_orders", "RETURNS": "read_returns"}
"""First word of a topic -> the scope it needs (§7: the scope of the topic's resource)."""


@answered("WebhookSubscriptionCreatePayload")
def create(info: Info, **arguments: Any) -> dict[str, Any]:
    """Subscribe to a topic."""
    topic, wanted = arguments["topic"], arguments["webhookSubscription"]
    hooks = info.context.services.hooks
    needed = NEEDED.get(topic.partition("_")[0])
    if needed is not None and not {needed, needed.replace("read_", "write_")} & info.context.granted:
        kind, _, verb = topic.lower().rpartition("_")
        message = f"You do not have permission to create or update webhooks with {kind}/{verb} topic"
        raise UserError(["topic"], message)
    uri = _address(wanted)
    if wanted.get("format") == "XML":
        message = "Format 'xml' is invalid for this webhook topic. Allowed formats: json"
        raise UserError(["webhookSubscription", "format"], message)
    if any((each.topic, each.uri) == (topic, uri) for each in hooks.all()):
        raise UserError(ADDRESS, "Address for this topic has already been taken")
    name = _name(wanted, {each.name.lower() for each in hooks.all() if each.name})
    made = hooks.subscribe(topic, uri, wanted.get("includeFields") or (), name)
    info.context.services.ticker.start()
    return {"webhookSubscription": made.node()}


@answered("WebhookSubscriptionDeletePayload")
def delete(info: Info, **arguments: Any) -> dict[str, Any]:
    """End a subscription."""
    hooks = info.context.services.hooks
    found = hooks.find(number_of(arguments["id"], "WebhookSubscription"))
    if found is None:
        raise UserError(["id"], "Webhook subscription does not exist")
    hooks.unsubscribe(found.id)
    return {"deletedWebhookSubscriptionId": gid("WebhookSubscription", found.id)}


def _address(wanted: Mapping[str, Any]) -> str:
    uri = str(wanted.get("uri") or wanted.get("callbackUrl") or "").strip()
    if not uri:
        raise UserError(ADDRESS, "Address can't be blank")
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError as error:
        raise UserError(ADDRESS, "Address is invalid") from error
    if parts.scheme != "https":
        raise UserError(ADDRESS, f"Address protocol {parts.scheme or uri.partition(':')[0]}:// is not supported")
    if not host:
        raise UserError(ADDRESS, "Address is invalid")
    if INTERNAL.match(host):
        raise UserError(ADDRESS, "Address cannot be a Shopify or an internal domain")
    return uri


def _name(wanted: Mapping[str, Any], taken: set[str]) -> str | None:
    name = wanted.get("name")
    if name is None:
        return None
    place = ["webhookSubscription", "name"]
    if not NAME.fullmatch(name):
        message = "Name name field can only contain alphanumeric characters, underscores, and hyphens"
        raise UserError(place, message)
    if name.lower() in taken:
        raise UserError(place, "Name already exists, no duplicate allowed")
    return str(name)

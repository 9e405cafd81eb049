"""The shop's endpoints: one method a question or change, in Shopify's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comptoir.stores.shopify.errors import UNREADABLE, make
from comptoir.stores.shopify.graphql import GraphQLClient
from comptoir.stores.shopify.parts import Node, Open, question
from comptoir.stores.shopify.queries import document

IDS_LIMIT = 250
"""Ids that one question may hold (shopify.md §3.3)."""


class ShopifyClient(GraphQLClient):
    """What Comptoir asks of one shop, and the few things it changes there."""

    def shop_and_scopes(self) -> Node:
        """The shop's name, domain, currency and zone, and the access scopes that the app was given."""
        return self.ask("Shop", document("shop"), {})

    def orders(self, *, first: int, after: str | None, query: str, parts: Mapping[str, bool], cost: int) -> Node:
        """A page of orders by last change: `{pageInfo, nodes}`.

        `parts` says which parts with a scope of their own to ask for (store.OPTIONAL_PARTS); `cost` is what the page
        is expected to request.
        """
        variables = {"first": first, "after": after, "query": query, **parts}
        found: Node = self.ask("Orders", document("orders"), variables, expected_cost=cost)["orders"]
        return found

    def orders_count(self, query: str) -> int | None:
        """How many orders match; None when Shopify only knows a lower bound."""
        count = self.ask("OrdersCount", document("orders_count"), {"query": query})["ordersCount"]
        return int(count["count"]) if count and count["precision"] == "EXACT" else None

    def continue_parts(self, parts: Sequence[Open]) -> None:
        """Ask for the next page of each of `parts` and add it where it belongs."""
        text, variables = question(parts)
        data = self.ask("Rest", text, variables)
        for at, part in enumerate(parts):
            owner = data[f"p{at}"]
            if owner is None:
                raise make(
                    UNREADABLE,
                    self.around(),
                    detail=f"{part.kind.root} {part.owner['id']} disappeared while its {part.kind.field} were read",
                )
            part.append(owner[part.kind.field])

    def existing(self, gids: Sequence[str]) -> set[str]:
        """Which of these records the shop still has and lets the app see; at most IDS_LIMIT at once."""
        nodes = self.ask("Existing", document("existing"), {"ids": list(gids)})["nodes"]
        return {node["id"] for node in nodes if node}

    def run_bulk(self, query: str) -> str:
        """Start a query over everything: the operation's gid. Refused where Shopify gives a reason."""
        started: Node = self.change("BulkRun", document("bulk_run"), {"query": query})["bulkOperation"]
        return str(started["id"])

    def bulk_state(self, gid: str) -> Node | None:
        """How far an operation has come; None for one that Shopify does not know any more."""
        state: Node | None = self.ask("BulkState", document("bulk_state"), {"id": gid})["bulkOperation"]
        return state

    def webhooks(self, after: str | None = None) -> Node:
        """A page of the app's subscriptions in this shop: `{pageInfo, nodes}`."""
        found: Node = self.ask("Webhooks", document("webhooks"), {"after": after})["webhookSubscriptions"]
        return found

    def create_webhook(self, topic: str, uri: str) -> Node:
        """Subscribe `uri` (https) to a topic ("ORDERS_UPDATED"): the subscription. Refused with Shopify's reason."""
        variables = {"topic": topic, "subscription": {"uri": uri, "format": "JSON"}}
        made: Node = self.change("WebhookCreate", document("webhook_create"), variables)["webhookSubscription"]
        return made

    def delete_webhook(self, gid: str) -> None:
        """End a subscription. Refused where there is none."""
        self.change("WebhookDelete", document("webhook_delete"), {"id": gid})

    def payouts(self, *, first: int, after: str | None, query: str) -> Node | None:
        """A page of payouts, oldest first: `{pageInfo, nodes}`; None where the shop has no Shopify Payments."""
        variables = {"first": first, "after": after, "query": query}
        account = self.ask("Payouts", document("payouts"), variables)["shopifyPaymentsAccount"]
        return account["payouts"] if account else None

    def payout_rows(self, *, after: str | None, query: str) -> Node:
        """A page of balance transactions: `{pageInfo, nodes}`."""
        account = self.ask("PayoutRows", document("payout_rows"), {"after": after, "query": query})
        found: Node = account["shopifyPaymentsAccount"]["balanceTransactions"]
        return found

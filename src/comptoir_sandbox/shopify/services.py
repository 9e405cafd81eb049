"""What the platform does for one app on one shop, beside keeping its orders: jobs, bulk operations, webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.bulk.operations import BulkOperations, Operation
from comptoir_sandbox.shopify.hooks.deliveries import Webhooks
from comptoir_sandbox.shopify.hooks.events import Event, events
from comptoir_sandbox.shopify.hooks.payloads import RestWriter
from comptoir_sandbox.shopify.hooks.ticker import Ticker
from comptoir_sandbox.shopify.jobs import Jobs
from comptoir_sandbox.shopify.mutations.idempotency import Replies
from comptoir_sandbox.shopify.mutations.sessions import Sessions
from comptoir_sandbox.shopify.payouts.service import ShopifyPayments

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.shopify.engine import Order
    from comptoir_sandbox.shopify.payouts.account import PaymentsAccount
    from comptoir_sandbox.shopify.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ServiceConfig:
    """How the platform's own work behaves."""

    job_seconds: float = 1.0
    """How long an asynchronous job (orderCancel) takes, in sandbox seconds."""
    deliver_to: str | None = None
    """The address of this machine that stands for the hosts of webhooks (see `WebhookSettings`)."""


class Services:
    """The platform's own work. Safe to use from several threads."""

    def __init__(
        self,
        shop: Shop,
        clock: Clock,
        config: ServiceConfig,
        *,
        secret: str,
        account: PaymentsAccount | None,
    ) -> None:
        """`secret`: the app's, which signs its webhooks. `account`: the shop's at Shopify Payments."""
        self.shop = shop
        self.clock = clock
        self.jobs = Jobs(clock, config.job_seconds)
        self.replies = Replies()
        self.sessions = Sessions()
        self.bulk = BulkOperations(clock, finished=self._bulk_finished)
        self.hooks = Webhooks(clock, domain=shop.facts.domain, secret=secret, deliver_to=config.deliver_to)
        self.payments = ShopifyPayments(shop, clock, account)
        self.ticker = Ticker(self)
        self._writer = RestWriter(shop.zone)
        self._edits = 0
        shop.changed = self._order_changed

    def reset(self) -> None:
        """Forget everything that is not of the seed."""
        self.shop.reset()
        self.jobs.reset()
        self.replies.reset()
        self.sessions.reset()
        self.bulk.reset()
        self.hooks.reset()
        self.payments.reset()

    def busy(self) -> bool:
        """Tell whether somebody waits to hear of something."""
        return bool(self.hooks.all()) or any(each.due is not None for each in self.hooks.deliveries)

    def work(self) -> None:
        """Do what is due by now; called before anything is read."""
        self.jobs.run_due()
        self.bulk.work()

    def uninstalled(self) -> None:
        """Tell of the end of the app, and forget its subscriptions."""
        self.hooks.announce([("APP_UNINSTALLED", self._writer.shop(self.shop.facts))])
        self.hooks.unsubscribe_all()

    def _bulk_finished(self, operation: Operation) -> None:
        self.hooks.announce([("BULK_OPERATIONS_FINISH", self._writer.bulk_operation(operation))])

    def _order_changed(self, before: Order | None, after: Order | None) -> None:
        told = [event for event in events(before, after) if self.hooks.wants(event.topic)]
        if told:
            self.hooks.announce([(event.topic, self._body(event, before, after)) for event in told])

    def _body(self, event: Event, before: Order | None, after: Order | None) -> dict[str, Any]:
        if after is None:
            return {"id": before.cart.id if before is not None else None}
        node = self.shop.rendered(after.cart.id).node
        if event.refund is not None:
            return self._writer.refund(after, node["refunds"][event.refund])
        if event.topic == "ORDERS_EDITED" and before is not None:
            self._edits += 1
            return self._writer.edited(before, after, self._edits)
        return self._writer.order(after, node)

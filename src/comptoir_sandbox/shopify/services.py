"""What the platform does for one app on one shop, beside keeping its orders: jobs, replies, edits that are open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from comptoir_sandbox.shopify.bulk.operations import BulkOperations, Operation
from comptoir_sandbox.shopify.jobs import Jobs
from comptoir_sandbox.shopify.mutations.idempotency import Replies
from comptoir_sandbox.shopify.mutations.sessions import Sessions

if TYPE_CHECKING:
    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.shopify.shop import Shop


@dataclass(frozen=True, kw_only=True)
class ServiceConfig:
    """How the platform's own work behaves."""

    job_seconds: float = 1.0
    """How long an asynchronous job (orderCancel) takes, in sandbox seconds."""


class Services:
    """The platform's own work. Safe to use from several threads."""

    def __init__(self, shop: Shop, clock: Clock, config: ServiceConfig) -> None:
        self.shop = shop
        self.clock = clock
        self.jobs = Jobs(clock, config.job_seconds)
        self.replies = Replies()
        self.sessions = Sessions()
        self.bulk = BulkOperations(clock, finished=self._bulk_finished)

    def reset(self) -> None:
        """Forget everything that is not of the seed."""
        self.shop.reset()
        self.jobs.reset()
        self.replies.reset()
        self.sessions.reset()
        self.bulk.reset()

    def work(self) -> None:
        """Do what is due by now; called before anything is read."""
        self.jobs.run_due()
        self.bulk.work()

    def _bulk_finished(self, operation: Operation) -> None:
        """Nothing hears of it yet."""

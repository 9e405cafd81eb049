"""What the resolvers of one request know."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

if TYPE_CHECKING:
    from comptoir_sandbox.shopify.services import Services
    from comptoir_sandbox.shopify.shop import Shop


@dataclass
class Call:
    """One request: whose shop, what the token may do."""

    services: Services
    granted: frozenset[str]
    search_debug: bool = False
    base_url: str = "http://sandbox"
    """The address the request was sent to: result files lie below it."""
    searches: list[dict[str, Any]] = field(default_factory=list)
    """Becomes `extensions.search`."""

    @property
    def shop(self) -> Shop:
        """The shop."""
        return self.services.shop


Info = GraphQLResolveInfo[Call]

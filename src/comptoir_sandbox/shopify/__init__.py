"""The Shopify simulator: one shop's Admin GraphQL API 2026-10 (orders, refunds, shop facts) over HTTP."""

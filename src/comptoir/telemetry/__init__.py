"""What an operator sees of a running Comptoir: events for logs and metrics. No data of buyers, no secret."""

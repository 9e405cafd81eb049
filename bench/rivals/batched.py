"""python-quickbooks used well: batches of thirty, one after the other, ids at hand, no look-ups, no limits.

usage: python -m bench.rivals.batched FACTS.json
"""

from __future__ import annotations

import json

from quickbooks.batch import batch_create

from bench.rivals.common import client, given, receipt


def main() -> None:
    """Post every order."""
    facts = given()
    company = facts["company"]
    receipts = [receipt(order, company, order["customer_id"]) for order in facts["orders"]]
    answer = batch_create(receipts, qb=client(company))
    print(json.dumps({"posted": len(answer.successes), "refused": len(answer.faults)}))


if __name__ == "__main__":
    main()

"""python-quickbooks as most scripts use it: one document a call, the customer looked up before each.

usage: python -m bench.rivals.naive FACTS.json
"""

from __future__ import annotations

import json

from quickbooks.objects import Customer

from bench.rivals.common import client, given, receipt


def main() -> None:
    """Post every order."""
    facts = given()
    company = facts["company"]
    api = client(company)
    posted = 0
    for order in facts["orders"]:
        (customer,) = Customer.filter(PrimaryEmailAddr=order["email"], qb=api)
        receipt(order, company, customer.Id).save(qb=api)
        posted += 1
    print(json.dumps({"posted": posted}))


if __name__ == "__main__":
    main()

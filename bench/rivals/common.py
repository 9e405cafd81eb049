"""What both scripts share: the facts they are given, a client of the company, a receipt as python-quickbooks has it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from intuitlib import utils
from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.objects import Ref, SalesItemLine, SalesItemLineDetail, SalesReceipt

MINOR_VERSION = 75


def given() -> dict[str, Any]:
    """The orders and the company, from the file named on the command line."""
    facts: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return facts


def client(company: dict[str, Any]) -> Any:
    """The library before the company, with a token that is good: it signs nobody in and refreshes nothing."""
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # the simulator is on this machine
    utils.DISCOVERY_URL["sandbox"] = company["discovery_url"]
    QuickBooks.sandbox_api_url_v3 = f"{company['url']}/v3"
    auth = AuthClient(
        company["client_id"],
        company["client_secret"],
        "http://localhost:9/callback",
        "sandbox",
        access_token=company["token"],
    )
    return QuickBooks(auth_client=auth, company_id=company["realm_id"], minorversion=MINOR_VERSION)


def ref(value: str) -> Any:
    """A reference."""
    made = Ref()
    made.value = value
    return made


def receipt(order: dict[str, Any], company: dict[str, Any], customer_id: str) -> Any:
    """A paid order as a sales receipt."""
    made = SalesReceipt()
    made.DocNumber = order["number"]
    made.TxnDate = order["date"]
    made.CustomerRef = ref(customer_id)
    made.DepositToAccountRef = ref(company["deposit_to"])
    made.GlobalTaxCalculation = "TaxExcluded"
    for each in order["lines"]:
        line = SalesItemLine()
        line.Amount = each["price"] * each["quantity"]
        line.SalesItemLineDetail = SalesItemLineDetail()
        line.SalesItemLineDetail.ItemRef = ref(each["item_id"])
        line.SalesItemLineDetail.Qty = each["quantity"]
        line.SalesItemLineDetail.UnitPrice = each["price"]
        line.SalesItemLineDetail.TaxCodeRef = ref(company["tax_code"])
        made.Line.append(line)
    return made

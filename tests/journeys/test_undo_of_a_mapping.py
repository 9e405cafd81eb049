"""A tax mapped to a wrong code of the same rate, a payment method to a wrong account: taken back, posted anew."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.journeys.world import SALES_FORMS, World, open_world

from comptoir.books.choices import Deed
from comptoir.books.facts import SourceId
from comptoir.books.uses import TAX_CODE
from comptoir.engine.by_hand.choosing import put_up_again
from comptoir.engine.by_hand.mappings import of_record, of_store_method
from comptoir.engine.road import carry_out_undo, look_at_undo
from comptoir.storage.runs import RunState

pytestmark = pytest.mark.journey

SETTINGS = """
time_zone = "Europe/London"
start_date = 2026-01-01
[items]
income_account = "Sales"
expense_account = "Purchases"
[orders]
statuses = ["pending", "partially_paid", "paid", "partially_refunded", "refunded"]
prefix = "S-"
[payments.methods."*"]
account = "Card clearing"
[payments.methods.cash]
account = "{cash}"
[refunds]
prefix = "R-"
[taxes]
untaxed = "No VAT"
[taxes.codes]
VAT = "{code}"
"""
WRONG, RIGHT = "20% Construction", "20.0% S"


def sold(price: str, gateway: str, *, taxed: bool = True) -> dict[str, Any]:
    taxes = [{"title": "VAT", "rate": "0.2"}] if taxed else []
    product = {"title": "Hat", "sku": "HAT", "variant_id": 1, "product_id": 1}
    line = {**product, "quantity": 1, "unit_price": price, "taxes": taxes}
    return {"taxes_included": True, "lines": [line], "payments": [{"amount": price, "gateway": gateway}]}


ORDERS = [sold("12.00", "shopify_payments"), sold("24.00", "cash"), sold("30.00", "cash", taxed=False)]


def settle(world: World, code: str, cash: str) -> None:
    world.configure(SETTINGS.format(code=code, cash=cash))


def code_of(world: World) -> dict[str, set[str]]:
    """Document number -> the names of its lines' tax codes, as the company holds them."""
    names = {each["Id"]: each["Name"] for _, each in world.objects("TaxCode")}
    return {
        each["DocNumber"]: {
            names[line["SalesItemLineDetail"]["TaxCodeRef"]["value"]]
            for line in each["Line"]
            if "SalesItemLineDetail" in line
        }
        for _, each in world.objects(*SALES_FORMS)
    }


def undo_and_repost(world: World, chosen: frozenset[int]) -> list[str]:
    """The numbers of what went; the books hold all of it again afterwards."""
    work = world.begin()
    undoing = look_at_undo(work, chosen)
    assert undoing.stays == ()
    gone, stayed = carry_out_undo(work, undoing, Deed("tax-code", "GST"), alone=True)
    world.app.books.runs.finish(work.run.id, RunState.FINISHED)
    assert stayed == []
    put_up_again(world.app.books, work.owner, {SourceId(row.order_source_id) for row in gone}, reopen=True)
    assert world.run().agrees
    return sorted(row.number for row in gone)


def test_both(tmp_path: Path) -> None:
    shop = {"currency": "GBP", "timezone": "Europe/London", "country_code": "GB"}
    with open_world(tmp_path, "uk", shop, ORDERS) as world:
        rate = {"TaxRateName": WRONG, "RateValue": 20, "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
        world.by_hand().call("POST", "taxservice/taxcode", json={"TaxCode": WRONG, "TaxRateDetails": [rate]})
        settle(world, WRONG, "Card clearing")
        assert world.run().agrees
        assert code_of(world) == {"S-1001": {WRONG}, "S-1002": {WRONG}, "S-1003": {"No VAT"}}
        assert world.balances()["Card clearing"] == Decimal("66.00")

        settle(world, RIGHT, "Card clearing")
        work = world.begin()
        assert undo_and_repost(world, of_record(work, TAX_CODE, WRONG)) == ["S-1001", "S-1002"]
        assert code_of(world) == {"S-1001": {RIGHT}, "S-1002": {RIGHT}, "S-1003": {"No VAT"}}
        assert of_record(world.begin(), TAX_CODE, WRONG) == frozenset()

        settle(world, RIGHT, "Cash clearing")
        assert undo_and_repost(world, of_store_method(world.begin(), "cash")) == ["S-1002", "S-1003"]
        balances = world.balances()
        assert (balances["Card clearing"], balances["Cash clearing"]) == (Decimal("12.00"), Decimal("54.00"))
        assert len(world.objects(*SALES_FORMS)) == len(ORDERS)

"""The doctor over real connections: all well, an account put away in the company, nobody there any more."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.journeys.test_undo_of_a_mapping import ORDERS, RIGHT, SETTINGS
from tests.journeys.world import World, open_world

from comptoir.engine.doctor import Finding, Outcome, examine
from comptoir.wiring import look_into

pytestmark = pytest.mark.journey

SHOP = {"currency": "GBP", "timezone": "Europe/London", "country_code": "GB"}
PAYPAL = """
[payments.methods.paypal]
account = "PayPal clearing"
"""
PATIENCE_SECONDS = 20.0
"""For a look at two platforms that do not answer."""


def looked(world: World) -> list[Finding]:
    return list(examine(world.app.home, look_into, datetime.now(UTC)))


def bad(findings: list[Finding]) -> list[str]:
    return [f"{each.outcome}: {each.check}: {each.what}" for each in findings if each.outcome is not Outcome.OK]


def test_from_well_to_gone(tmp_path: Path) -> None:
    with open_world(tmp_path, "uk", SHOP, ORDERS) as world:
        world.configure(SETTINGS.format(code=RIGHT, cash="Cash clearing") + PAYPAL)
        assert world.run().agrees
        findings = looked(world)
        trial = [line for line in bad(findings) if "trial period" in line]
        assert len(trial) == 1
        assert [
            line for line in bad(findings) if line not in trial and "Nothing was synchronized yet" not in line
        ] == []
        clocks = [str(each.what) for each in findings if each.check == "clock"]
        assert clocks == ["It agrees with that of QuickBooks Online.", "It agrees with that of Shopify."]

        person = world.by_hand()
        asked = {"query": "select * from Account where Name = 'PayPal clearing'"}
        (account,) = person.call("GET", "query", params=asked)["QueryResponse"]["Account"]
        same = {"Id": account["Id"], "SyncToken": account["SyncToken"], "sparse": True}
        person.call("POST", "account", json={**same, "Active": False})
        settings = [each for each in looked(world) if each.check == "settings" and each.outcome is Outcome.PROBLEM]
        assert [(each.setting, str(each.what)) for each in settings] == [
            ("payments.methods.paypal.account", 'The company has no account named "PayPal clearing".')
        ], "QuickBooks gives what is put away another name"
        app = world.app
    began = time.monotonic()
    findings = list(examine(app.home, look_into, datetime.now(UTC)))
    assert time.monotonic() - began < PATIENCE_SECONDS
    unreached = [each for each in findings if each.check == "connection" and each.outcome is Outcome.PROBLEM]
    assert len(unreached) == 2
    assert {each.check for each in findings} >= {"sign-in", "runs", "held", "documents"}, (
        "what needs no network is told"
    )

"""Causes mended through the API: the forms, the answers put in force, a tax code made, and what goes on then."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from tests.engine.conftest import make_order
from tests.web.apiclient import Program, program
from tests.web.conftest import Place
from tests.web.test_mending import CAUSE, VAT, codeless, taxed

from comptoir.storage.tables import connections

__all__ = ["codeless", "taxed"]
MEND = {"cause": CAUSE, "answers": [{"setting": list(VAT), "value": "Standard"}]}


def home(place: Place) -> str:
    return f"/connections/{place.record.id}/problems"


def finished(place: Place, asking: Program) -> Any:
    place.doing.wait(30)
    return asking.told(home(place))


def test_a_cause_brings_its_forms_with_the_likely_answer(taxed: Place) -> None:
    told = program(taxed).told(f"{home(taxed)}/repairs")
    (cause,) = told["causes"]
    assert (cause["cause"], told["stops"], told["settings"]) == (CAUSE, [], [])
    (repair,) = cause["repairs"]
    assert "VAT" in repair["question"]
    assert repair["sets"] == []
    (ask,) = repair["asks"]
    assert (ask["setting"], ask["takes"], ask["suggested"]) == (list(VAT), "tax code", "Standard")
    assert (ask["free"], ask["needed"], ask["value"]) == (False, True, "")
    assert {"value": "Standard", "note": "20 %"} in ask["options"]


def test_one_request_mends_all_the_orders(taxed: Place) -> None:
    asking = program(taxed)
    done = asking.post(f"{home(taxed)}/mend", json=MEND)
    assert (done.status_code, done.json()) == (200, {"orders": 5})
    assert finished(taxed, asking)["records_held"] == 0
    settings = asking.told(f"/connections/{taxed.record.id}/settings")["settings"]
    assert settings["taxes"]["codes"] == {"VAT": "Standard"}
    (entry,) = [each for each in asking.told("/trail")["entries"] if each["action"] == "settings"]
    assert (entry["who"], entry["detail"]) == ("API: Spreadsheet", {"taxes.codes.VAT": "Standard"})


def test_a_tax_code_is_made_and_mends_all_the_orders(codeless: Place) -> None:
    asking = program(codeless)
    (cause,) = asking.told(f"{home(codeless)}/repairs")["causes"]
    offered = cause["repairs"][0]["asks"][0]["new_tax_code"]
    assert [rate["agencies"] for rate in offered["rates"]] == [["HMRC"]]
    body = {"cause": CAUSE, "setting": list(VAT), "name": "VAT 20", "agencies": ["HMRC"]}
    for changes in ({"agencies": ["Nobody"]}, {"cause": "another"}, {"setting": ["orders", "prefix"]}):
        refused = asking.post(f"{home(codeless)}/tax-code", json={**body, **changes})
        assert (refused.status_code, refused.json()["code"]) == (422, "not-offered")
    assert asking.post(f"{home(codeless)}/tax-code", json=body).json() == {"orders": 5}
    assert finished(codeless, asking)["records_held"] == 0
    assert codeless.ledger.read_company().tax_codes[-1].name == "VAT 20"


def test_every_mistake_of_the_answers_is_told_at_once(taxed: Place) -> None:
    asking, path = program(taxed), f"{home(taxed)}/mend"
    unknown = [{"setting": ["nowhere"], "value": "x"}, {"setting": ["items", "colour"], "value": "x"}]
    told = asking.post(path, json={"cause": CAUSE, "answers": unknown})
    assert (told.status_code, told.json()["code"]) == (422, "settings")
    assert [each["field"] for each in told.json()["problems"]] == ["nowhere", "items.colour"]
    needed = [{"setting": list(VAT), "value": " "}, {"setting": ["refunds", "account"], "value": ""}]
    told = asking.post(path, json={"cause": CAUSE, "answers": needed})
    assert [each["field"] for each in told.json()["problems"]] == ["taxes.codes.VAT", "refunds.account"]
    wrong = [{"setting": list(VAT), "value": "No such"}, {"setting": ["refunds", "account"], "value": "Nor this"}]
    told = asking.post(path, json={"cause": CAUSE, "answers": wrong})
    assert {each["where"] for each in told.json()["problems"]} == {"taxes.codes.VAT", "refunds.account"}
    assert asking.told(home(taxed))["records_held"] == 5


def test_settings_that_stop_the_runs_are_mended(place: Place) -> None:
    place.run()
    company = place.ledger.read_company()
    renamed = [replace(each, name="Turnover" if each.name == "Sales" else each.name) for each in company.accounts]
    place.ledger.company = replace(company, accounts=tuple(renamed))
    place.store.orders.append(replace(make_order(6, "6.00"), updated_at=datetime.now(UTC)))
    asking = program(place)
    asking.post(f"/connections/{place.record.id}/runs")
    place.doing.wait(30)
    told = asking.told(f"{home(place)}/repairs")
    assert [each["where"] for each in told["stops"]] == ["items.income_account"]
    (ask,) = told["settings"][0]["asks"]
    body = {"cause": "", "answers": [{"setting": ask["setting"], "value": ask["suggested"]}]}
    assert asking.post(f"{home(place)}/mend", json=body).json() == {"orders": 0}
    place.doing.wait(30)
    assert asking.told("/runs?limit=1")["runs"][0]["state"] == "finished"


@pytest.mark.parametrize(("method", "path"), [("GET", "repairs"), ("POST", "mend")])
def test_a_store_without_settings_is_set_up_first(place: Place, method: str, path: str) -> None:
    with place.app.books.database.write() as connection:
        connection.execute(update(connections).values(settings=None))
    answer = program(place).ask(method, f"{home(place)}/{path}", json=MEND if method == "POST" else None)
    assert (answer.status_code, answer.json()["code"]) == (409, "no-settings")

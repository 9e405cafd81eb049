"""A store's set-up through the API: looked at, asked, answered, made for, copied, tried out and switched on."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.engine.conftest import SETTINGS, SmallLedger
from tests.web.apiclient import Program, program
from tests.web.conftest import Place

from comptoir.books.company import AccountType
from comptoir.books.problems import Message
from comptoir.books.settings import OpeningSettings
from comptoir.engine.errors import Reconnect
from comptoir.engine.service.schedule import TERMS_VERSION
from comptoir.engine.setup.settings_file import plain, write_settings
from comptoir.engine.setup.steps import STEPS
from comptoir.engine.setup.terms import TERMS
from comptoir.engine.work import Work
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.storage.people.api_tokens import Scope
from comptoir.web.setting_up import place_of


@pytest.fixture
def asking(fresh: Place) -> Program:
    return program(fresh)


@pytest.fixture
def looked(fresh: Place, asking: Program) -> Program:
    """A program whose store was looked at."""
    assert asking.post(f"{home(fresh)}/look").json() == {
        "connection": fresh.record.id,
        "trigger": "look",
        "started": True,
    }
    fresh.doing.wait(30)
    return asking


def home(place: Place) -> str:
    return f"/connections/{place.record.id}/setup"


def answer(place: Place, asking: Program, step: str, answers: dict[str, Any], status: int = 200) -> Any:
    """What comes of answers."""
    told = asking.put(f"{home(place)}/steps/{step}", json={"answers": answers})
    assert told.status_code == status, told.text
    return told.json()


def question(step: Any, key: str) -> Any:
    return next(each for each in step["questions"] if each["question"] == key)


def is_set_up(place: Place) -> bool:
    return place.record.settings is not None


def last_action(place: Place) -> tuple[str, str]:
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    return entry.who, entry.action


def test_a_set_up_says_what_it_waits_for(fresh: Place, asking: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    told = asking.told(home(fresh))
    assert (told["next"], told["steps"], told["found"], told["has_draft"]) == ("look", [], None, False)
    assert asking.told(f"{home(fresh)}/steps/sync", 409)["code"] == "not-looked"
    assert asking.told(f"{home(fresh)}/settings", 409)["code"] == "not-looked"
    asking.post(f"{home(fresh)}/look")
    fresh.doing.wait(30)
    told = asking.told(home(fresh))
    assert (told["next"], told["has_draft"], told["has_settings"]) == ("answers", True, False)
    assert [each["step"] for each in told["steps"]] == list(STEPS)
    fresh.app.books.runs.start(fresh.app.organization_id, fresh.record.id, "by hand")
    assert asking.told(home(fresh))["next"] == "wait"

    def never(_work: Work, **_how: str) -> None:
        raise AssertionError("a second run began")

    monkeypatch.setattr("comptoir.web.setting_up.look_for_setup", never)
    monkeypatch.setattr("comptoir.web.setting_up.try_draft", never)
    for path in ("look", "dry-run"):
        answered = asking.post(f"{home(fresh)}/{path}")
        assert (answered.status_code, answered.json()["started"]) == (202, False), "it is followed instead"


def test_a_look_finds_what_there_is_to_choose_from(fresh: Place, looked: Program) -> None:
    found = looked.told(home(fresh))["found"]
    assert (found["orders"], found["skus"], found["products_without_sku"]) == (3, 1, 0)
    assert found["taxes"] == [{"name": "VAT", "rate": "0.2", "orders": 3}]
    assert found["methods"] == [
        {"method": "card", "name": "Card", "payments": 3, "amount": "36.00", "currency": "GBP"},
    ]
    assert found["by_sku"] == {"one": 0, "none": 1, "several": 0, "missing": ["MUG"]}
    assert last_action(fresh) == ("API: Spreadsheet", "looked for the set-up")
    assert fresh.ledger.sends == []


def test_a_look_that_stopped_says_why(fresh: Place, asking: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(_ledger: SmallLedger) -> None:
        raise Reconnect(Message("Sign in again."))

    monkeypatch.setattr(SmallLedger, "read_lists", stops)
    asking.post(f"{home(fresh)}/look")
    fresh.doing.wait(30)
    told = asking.told(home(fresh))
    assert (told["next"], [each["what"] for each in told["stops"]]) == ("look", ["Sign in again."])


def test_a_first_look_names_items_in_the_language_of_who_asks(fresh: Place, asking: Program) -> None:
    asking.headers = {"accept-language": "fr"}
    asking.post(f"{home(fresh)}/look")
    fresh.doing.wait(30)
    assert asking.told(f"{home(fresh)}/settings")["settings"]["report"]["language"] == "fr"
    assert asking.told(f"{home(fresh)}/steps/products")["title"] == "Produits"


def test_a_question_brings_its_options_and_what_we_would_choose(fresh: Place, looked: Program) -> None:
    codes = question(looked.told(f"{home(fresh)}/steps/taxes"), "taxes.codes.VAT")
    assert (codes["control"], codes["answer"], codes["in_force"]) == ("list", ["20 %"], None)
    offered = [(each["value"], each["label"], each["suggested"]) for each in codes["options"]]
    assert ("20 %", "20 % (20 %)", True) in offered
    assert codes["new_tax_code"]["rates"] == [{"name": "VAT", "rate": "0.2", "agencies": ["HMRC", "Customs"]}]
    missing = looked.told(f"{home(fresh)}/steps/missing")
    assert question(missing, "items.income_account")["new_account"] == {"name": "Shop sales", "type": "income"}
    assert all(each["why"] for each in missing["not_asked"])
    assert looked.told(f"{home(fresh)}/steps/nowhere", 404)["code"] == "not-found"


def test_answers_are_kept_and_the_rest_stays(fresh: Place, looked: Program) -> None:
    told = answer(fresh, looked, "orders", {"orders.prefix": "A-", "orders.statuses": ["paid", "partially_paid"]})
    assert question(told, "orders.prefix")["answer"] == ["A-"]
    assert question(told, "orders.statuses")["answer"] == ["paid", "partially_paid"]
    assert told["fits"]
    assert told["done"]
    draft = looked.told(f"{home(fresh)}/settings")
    assert (draft["state"], draft["settings"]["orders"]["prefix"]) == ("proposed", "A-")
    assert not is_set_up(fresh), "nothing is in force"
    assert looked.told(home(fresh))["step"] == "taxes", "whoever comes back goes on there"
    assert last_action(fresh) == ("API: Spreadsheet", "set-up saved")


def test_every_answer_that_cannot_be_read_is_named_and_none_is_kept(fresh: Place, looked: Program) -> None:
    told = answer(fresh, looked, "sync", {"start_date": "yesterday", "schedule.every": "7", "nothing": "1"}, 422)
    assert told["code"] == "answers"
    assert [(each["field"], each["code"]) for each in told["problems"]] == [
        ("nothing", "answer"),
        ("start_date", "answer"),
        ("schedule.every", "answer"),
    ]
    assert all(each["remedy"] for each in told["problems"])
    assert looked.told(home(fresh))["steps"][0]["done"] is False


def test_a_question_that_is_not_asked_takes_no_answer(fresh: Place, looked: Program) -> None:
    told = answer(fresh, looked, "quantities", {"items.opening_quantity": "post"}, 422)
    assert [(each["field"], each["remedy"]) for each in told["problems"]] == [
        ("items.opening_quantity", "No inventory items are made.")
    ]
    assert looked.told(f"{home(fresh)}/settings")["settings"]["items"]["opening_quantity"] == "wait"


def test_answers_that_do_not_fit_are_kept_and_told(fresh: Place, looked: Program) -> None:
    told = answer(fresh, looked, "sync", {"start_date": "1900-01-01"})
    assert told["fits"] is False
    (wrong,) = question(told, "start_date")["problems"]
    assert wrong["remedy"]
    review = looked.told(f"{home(fresh)}/review")
    assert review["fits"] is False
    placed = [{**wrong, "step": "sync", "question": "start_date"}]
    assert review["problems"] == placed
    refused = looked.post(f"{home(fresh)}/on", json={"accept_terms": True})
    assert (refused.status_code, refused.json()["code"]) == (422, "settings")
    assert not is_set_up(fresh)


def test_an_account_is_made_for_an_answer(fresh: Place, looked: Program) -> None:
    path = f"{home(fresh)}/steps/missing/make"
    made = looked.post(path, json={"question": "items.income_account", "name": " Web sales "})
    assert question(made.json(), "items.income_account")["answer"] == ["Web sales"]
    accounts = fresh.ledger.read_company().accounts
    assert [each.type for each in accounts if each.name == "Web sales"] == [AccountType.INCOME]
    assert last_action(fresh) == ("API: Spreadsheet", "account made")
    refused = looked.post(path, json={"question": "items.create", "name": "Web sales"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not-offered")
    assert looked.post(path, json={"question": "items.income_account", "name": "  "}).json()["code"] == "not-understood"


def test_a_tax_code_is_made_for_an_answer(fresh: Place, looked: Program) -> None:
    path, wanted = f"{home(fresh)}/steps/taxes/make", {"question": "taxes.codes.VAT", "name": "Shop VAT"}
    made = looked.post(path, json={**wanted, "agencies": ["HMRC"]})
    assert question(made.json(), "taxes.codes.VAT")["answer"] == ["Shop VAT"]
    assert last_action(fresh)[1] == "tax code made"
    assert looked.post(path, json={**wanted, "agencies": ["Somebody"]}).json()["code"] == "not-offered"


def test_a_company_that_does_not_let_us_in_makes_nothing(
    fresh: Place, looked: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_how: Any) -> None:
        raise Reconnect(Message("Sign in again."))

    monkeypatch.setattr(SmallLedger, "make_account", refuses)
    path = f"{home(fresh)}/steps/missing/make"
    answered = looked.post(path, json={"question": "items.income_account", "name": "Web sales"})
    assert (answered.status_code, answered.json()["code"]) == (409, "reconnect")


def another_store(place: Place) -> int:
    """A second store of the organization, with settings."""
    save, organization = place.app.books.connections.save, place.app.organization_id
    other = save(organization, NewConnection(STORE, "shopify", "shop:two", "Outlet", {}, {}))
    (company,) = place.app.books.connections.connected(organization, LEDGER)
    place.app.books.connections.save_settings(other.id, SETTINGS, company.id)
    return other.id


def test_another_stores_settings_are_copied_but_for_what_is_the_stores_own(fresh: Place, looked: Program) -> None:
    other = another_store(fresh)
    draft = looked.told(f"{home(fresh)}/settings")["settings"]
    assert looked.told(home(fresh))["copies"] == [other]
    told = looked.post(f"{home(fresh)}/copy", json={"source": other})
    assert (told.status_code, told.json()["next"]) == (200, "answers")
    now = looked.told(f"{home(fresh)}/settings")["settings"]
    assert (now["start_date"], now["items"]) == (draft["start_date"], plain(SETTINGS.items))
    assert last_action(fresh)[1] == "set-up filled in"
    assert looked.post(f"{home(fresh)}/copy", json={"source": fresh.record.id}).status_code == 404, "it has none"


def test_settings_are_drafted_from_a_file_and_taken_out_as_one(fresh: Place, asking: Program) -> None:
    text = write_settings(replace(SETTINGS, opening=OpeningSettings()))
    toml = {"content-type": "application/toml", "accept": "application/toml"}
    told = asking.put(f"{home(fresh)}/settings", content=text, headers=toml)
    assert (told.status_code, told.json()["next"], told.json()["has_draft"]) == (200, "look", True)
    assert tomllib.loads(asking.get(f"{home(fresh)}/settings", headers=toml).text) == tomllib.loads(text)
    wrong = asking.put(f"{home(fresh)}/settings", json={"time_zone": 7, "orders": {"prefix": []}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "settings")
    fields = {each["where"] for each in wrong.json()["problems"]}
    assert {"time_zone", "orders.prefix", "start_date", "items"} <= fields, "all at once"


def test_a_draft_is_thrown_away(fresh: Place, looked: Program) -> None:
    told = looked.ask("DELETE", home(fresh))
    assert (told.status_code, told.json()["has_draft"], told.json()["next"]) == (200, False, "look")
    assert last_action(fresh)[1] == "set-up thrown away"


def test_the_last_days_are_tried_out_with_their_totals(fresh: Place, looked: Program) -> None:
    path = f"{home(fresh)}/dry-run"
    assert looked.told(path)["trial"] is None
    assert looked.post(path).json()["trigger"] == "try out"
    fresh.doing.wait(30)
    told = looked.told(path)
    assert (told["busy"], told["outdated"], told["stops"]) == (False, False, [])
    trial = told["trial"]
    assert (trial["orders"], trial["held"], trial["problems"]) == (3, [], [])
    assert {each["form"]: each["amounts"] for each in trial["documents"] if each["amounts"]} == {
        "SalesReceipt": {"GBP": "36.00"}
    }
    assert [(each["rate"], each["base"], each["tax"]) for each in trial["taxes"]] == [("VAT", "30.00", "6.00")]
    assert trial["debits"] == {"GBP": "36.00"}
    assert {each["account"]: each["debit"] for each in trial["accounts"] if each["debit"] != "0.00"} == {
        "Card clearing": "36.00"
    }
    assert fresh.ledger.sends == [], "nothing is posted"
    assert last_action(fresh)[1] == "set-up tried out"
    answer(fresh, looked, "orders", {"orders.prefix": "B-"})
    assert looked.told(path)["outdated"] is True


def test_a_dry_run_names_the_step_that_mends_what_would_wait(fresh: Place, looked: Program) -> None:
    answer(fresh, looked, "taxes", {"taxes.codes.VAT": ""})
    advice = looked.told(f"{home(fresh)}/review")["advice"]
    assert [(each["code"], each["step"], each["question"]) for each in advice] == [
        ("tax-open", "taxes", "taxes.codes.VAT")
    ]
    looked.post(f"{home(fresh)}/dry-run")
    fresh.doing.wait(30)
    (held,) = looked.told(f"{home(fresh)}/dry-run")["trial"]["held"]
    assert (held["step"], held["records"], held["amounts"]) == ("taxes", 3, {"GBP": "36.00"})
    assert sorted(held["orders"]) == ["1", "2", "3"]
    assert held["problem"]["remedy"]


def test_a_store_is_switched_on_when_the_terms_are_accepted(fresh: Place, looked: Program) -> None:
    terms = looked.told("/terms")
    assert (terms["version"], len(terms["terms"])) == (TERMS_VERSION, len(TERMS))
    answer(fresh, looked, "sync", {"schedule.every": "120"})
    refused = looked.post(f"{home(fresh)}/on")
    assert (refused.status_code, refused.json()["code"]) == (409, "terms")
    assert not is_set_up(fresh)
    done = looked.post(f"{home(fresh)}/on", json={"accept_terms": True})
    assert done.status_code == 200, done.text
    schedule = done.json()["schedule"]
    assert (schedule["on"], schedule["every_minutes"], schedule["terms"]["by"]) == (True, 120, "API: Spreadsheet")
    fresh.doing.wait(30)
    assert is_set_up(fresh)
    assert place_of(fresh, fresh.record.id).kept is None
    assert len(looked.told("/runs")["runs"]) == 2, "the look, and the first run"
    assert looked.told(home(fresh))["has_settings"] is True


def test_a_draft_is_put_in_force_alone(fresh: Place, looked: Program) -> None:
    done = looked.post(f"{home(fresh)}/on", json={"switch_on": False})
    assert (done.status_code, done.json()["schedule"]["on"]) == (200, False)
    assert is_set_up(fresh)
    assert looked.told(f"{home(fresh)}/settings")["state"] == "in force"


def test_a_store_without_a_company_is_told_so(fresh: Place, asking: Program) -> None:
    (company,) = fresh.app.books.connections.connected(fresh.app.organization_id, LEDGER)
    asking.post(f"{home(fresh)}/look")
    fresh.doing.wait(30)
    fresh.app.books.connections.disconnect(company, datetime.now(UTC), {})
    assert asking.told(home(fresh))["next"] == "company"
    make = {"question": "items.income_account", "name": "x"}
    for path, body in (("look", None), ("dry-run", None), ("on", None), ("steps/missing/make", make)):
        answered = asking.post(f"{home(fresh)}/{path}", json=body)
        assert (answered.status_code, answered.json()["code"]) == (409, "no-company"), path


def test_a_repeated_answer_is_given_once(fresh: Place, looked: Program) -> None:
    path = f"{home(fresh)}/steps/orders"
    how: dict[str, Any] = {"json": {"answers": {"orders.prefix": "A-"}}, "headers": {"idempotency-key": "k"}}
    first, second = looked.put(path, **how), looked.put(path, **how)
    assert second.headers["idempotency-replayed"] == "true"
    assert second.json() == first.json()


@pytest.mark.usefixtures("looked")
def test_who_may_only_read_reads_the_questions(fresh: Place) -> None:
    reading = program(fresh, Scope.READ)
    assert reading.told(f"{home(fresh)}/steps/orders")["step"] == "orders"
    assert reading.put(f"{home(fresh)}/steps/orders", json={"answers": {}}).json()["code"] == "read-only"


@pytest.mark.parametrize("odd", [b"\\ud800", b"\\u0000"], ids=["half a character", "none"])
def test_what_no_text_holds_is_refused_and_no_fault(fresh: Place, looked: Program, odd: bytes) -> None:
    json = {"headers": {"content-type": "application/json"}}
    for body in (
        b'{"answers": {"orders.prefix": "%s"}}',
        b'{"answers": {"orders.statuses": ["%s"]}}',
        b'{"answers": {"%s": ""}}',
    ):
        told = looked.put(f"{home(fresh)}/steps/orders", content=body % odd, **json)
        assert (told.status_code, told.json()["code"]) == (422, "not-understood")
    told = looked.put(f"{home(fresh)}/settings", content=b'{"time_zone": "%s"}' % odd, **json)
    assert (told.status_code, told.json()["code"]) == (400, "body-unreadable")

"""What programs ask through the API, each thing as the pages do it."""

from __future__ import annotations

import threading
import tomllib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import update
from tests.engine.conftest import SETTINGS, SmallLedger, pounds
from tests.web.apiclient import Program, program
from tests.web.conftest import Place, days_like, proved

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.errors import Reconnect, RetryLater, Unexpected
from comptoir.engine.proving.outcome import PAGE
from comptoir.engine.proving.proof import HeldRow
from comptoir.engine.road import fetch_connection
from comptoir.engine.setup.settings_file import plain, write_settings
from comptoir.engine.sync import errand
from comptoir.engine.work import Step, Work
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.runs import RunState
from comptoir.storage.tables import connections
from comptoir.web.api.app import api_routes
from comptoir.web.app import LARGEST_BODY


@pytest.fixture
def asking(place: Place) -> Program:
    return program(place)


def finished(place: Place, asking: Program) -> dict[str, Any]:
    """The run that was asked for, once it ended."""
    place.doing.wait(30)
    run: dict[str, Any] = asking.told("/runs?limit=1")["runs"][0]
    return run


def test_a_store_from_its_connection_to_its_proof(place: Place, asking: Program) -> None:
    (store,) = asking.told("/connections")["stores"]
    assert (store["title"], store["state"], store["last_run"]) == ("Shop", "never run", None)
    home = f"/connections/{store['connection']}"
    assert asking.get(f"{home}/proof").json()["code"] == "no-proof"
    started = asking.post(f"{home}/runs")
    assert (started.status_code, started.json()["started"]) == (202, True)
    run = finished(place, asking)
    assert (run["state"], run["agrees"], run["ledger_total"], run["currency"]) == ("finished", True, "15.00", "GBP")
    told = asking.told(home)
    assert (told["store"]["state"], told["store"]["held"], told["progress"]) == ("well", 0, None)
    proof = asking.told(f"{home}/proof")
    assert (proof["store_total"], proof["journal_total"], proof["ledger_total"]) == ("15.00", "15.00", "15.00")
    assert asking.told(f"/runs/{run['run']}")["proof"] == proof
    assert asking.told("/trail")["entries"][0] | {"at": ""} == {
        "at": "",
        "who": "API: Spreadsheet",
        "action": "sync",
        "subject": "Shop",
        "detail": {},
    }


def test_a_long_proof_comes_a_page_at_a_time(place: Place, asking: Program) -> None:
    place.run()
    held = tuple(HeldRow(Kind.SALE, str(number), None, None, ()) for number in range(PAGE + 1))
    address = f"/runs/{proved(place, held=held, days=days_like(place, 2))}"
    first = asking.told(address)["proof"]
    assert (first["page"], first["pages"], len(first["held"])) == (1, 2, PAGE)
    assert first["counts"] == {"days": 2, "held": PAGE + 1, "rows": 0, "warnings": 0, "kept": 0}
    assert [each["day"] for each in first["days"]] == ["2026-01-01", "2026-01-02"]
    second = asking.told(f"{address}?page=2")["proof"]
    assert (second["page"], [each["number"] for each in second["held"]], second["days"]) == (2, [str(PAGE)], [])
    assert second["store_total"] == first["store_total"]
    assert asking.told(f"/connections/{place.record.id}/proof?page=2") == second
    assert asking.told(f"{address}?page=3")["proof"]["held"] == []
    assert [asking.get(f"{address}?page={page}").status_code for page in (0, 10**6, 10**9)] == [422, 200, 422]


def test_companies_are_listed_and_no_secret_is(asking: Program) -> None:
    found = asking.told("/connections")
    assert [each["title"] for each in found["companies"]] == ["Company"]
    assert set(found["companies"][0]) == {"connection", "role", "platform", "title", "identity"}
    assert asking.get(f"/connections/{found['companies'][0]['connection']}").status_code == 404, "it is no store"


def test_what_a_run_does_now_is_told(place: Place, asking: Program) -> None:
    going, go_on = threading.Event(), threading.Event()

    def body(work: Work) -> None:
        work.watch(Step("post", 3, 12))
        going.set()
        go_on.wait(20)
        work.books.runs.finish(work.run.id, RunState.FINISHED)

    place.doing.start(place.app, place.record, "by hand", body)
    try:
        assert going.wait(20)
        progress = asking.told(f"/connections/{place.record.id}")["progress"]
        assert progress == {"doing": "post", "done": 3, "total": 12, "seconds_left": None}
        again = asking.post(f"/connections/{place.record.id}/runs").json()
        assert again["started"] is False, "it is followed instead"
    finally:
        go_on.set()
    place.doing.wait(30)


def test_runs_come_by_page(place: Place, asking: Program) -> None:
    for _ in range(3):
        place.run()
    first = asking.told("/runs?limit=2")
    second = asking.told(f"/runs?limit=2&before={first['before']}")
    ids = [run["run"] for run in first["runs"] + second["runs"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert second["before"] is None
    assert asking.told(f"/runs?connection={place.record.id}&limit=1")["runs"][0]["run"] == ids[0]
    assert asking.told("/runs?connection=999")["runs"] == []


def test_a_run_that_stopped_says_why(place: Place, asking: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(_ledger: SmallLedger) -> None:
        raise Reconnect(Message("Sign in again."))

    monkeypatch.setattr(SmallLedger, "read_lists", stops)
    monkeypatch.setattr(SmallLedger, "read_company", stops)
    place.run()
    run = asking.told("/runs")["runs"][0]
    (stop,) = asking.told(f"/runs/{run['run']}")["stops"]
    assert (stop["code"], stop["what"]) == ("reconnect", "Sign in again.")
    assert asking.told("/connections")["stores"][0]["stops"] == [stop]


def test_a_store_is_proved_anew(place: Place, asking: Program) -> None:
    home = f"/connections/{place.record.id}/proof"
    assert asking.post(home).json()["code"] == "no-proof"
    place.run()
    assert asking.post(home).json()["agrees"] is True
    gone = next(each for each in place.ledger.entries.values() if each.total == pounds("3.00"))
    del place.ledger.entries[gone.id]
    assert asking.told(home)["agrees"] is True, "the last proof does not know of it"
    proved = asking.post(home)
    assert (proved.status_code, proved.json()["agrees"]) == (200, False)
    assert [row["number"] for row in proved.json()["rows"]] == ["3"]
    assert asking.told("/trail")["entries"][0]["action"] == "proved"


def test_a_store_without_settings_is_not_proved(place: Place, asking: Program) -> None:
    with place.app.books.database.write() as connection:
        connection.execute(update(connections).values(settings=None))
    answer = asking.post(f"/connections/{place.record.id}/proof")
    assert (answer.status_code, answer.json()["code"]) == (409, "no-proof")


def test_a_run_is_undone_after_a_look(place: Place, asking: Program) -> None:
    place.run()
    run = finished(place, asking)
    undo = f"/connections/{place.record.id}/undo"
    look = asking.told(f"{undo}?what=run&name={run['run']}")
    assert (len(look["would_go"]), look["stays"]) == (5, [])
    assert asking.post(undo, json={"what": "run", "name": str(run["run"])}).status_code == 202
    assert finished(place, asking)["trigger"] == "undo"
    assert {each["outcome"] for each in asking.told("/orders")["orders"]} == {"no longer in the books"}
    assert not [each for each in place.ledger.entries.values() if each.kind is Kind.SALE]
    again = asking.post(f"/runs/{run['run']}/repost")
    assert (again.status_code, again.json()["started"]) == (202, True)
    assert finished(place, asking)["trigger"] == "repost"
    assert len([each for each in place.ledger.entries.values() if each.kind is Kind.SALE]) == 5
    assert asking.post(f"/runs/{run['run']}/repost").json()["started"] is False, "nothing is out any more"


def test_orders_are_found(place: Place, asking: Program) -> None:
    place.run()
    assert [each["number"] for each in asking.told("/orders")["orders"]] == ["5", "4", "3", "2", "1"]
    (one,) = asking.told("/orders?q=%233")["orders"]
    assert (one["order"], one["amount"], one["currency"], one["outcome"]) == ("3", "3.00", "GBP", "posted")
    assert asking.told("/orders?state=held")["orders"] == []
    assert asking.get("/orders?state=odd").status_code == 422


def test_an_order_with_its_documents_and_why(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/orders/2"
    assert asking.get(path).status_code == 404, "not read yet"
    place.run()
    told = asking.told(path)
    assert (told["number"], told["total"], told["outcome"], told["choice"]) == ("2", "2.00", "posted", None)
    (sale,) = [each for each in told["documents"] if each["document"]["kind"] == "sale"]
    assert sale["proven"]
    assert sale["in_the_books"] == "2.00"
    assert sum(Decimal(line["amount"]) for line in sale["lines"]) == 2
    assert sale["history"][0]["state"] == "planned"
    assert sale["history"][-1]["state"] == "posted"
    why = asking.told(f"{path}/why")
    assert "Total" in {each["rule"] for each in why["rules"]}
    assert {each["kind"] for each in why["documents"]} == {"sale"}
    ledger = why["documents"][0]["ledger"]
    assert sum(Decimal(line["debit"]) - Decimal(line["credit"]) for line in ledger) == 0


def test_an_order_is_previewed_in_full(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/orders/2/preview"
    assert asking.told(path, 404)["code"] == "not-found"
    fetch(place)
    told = asking.told(path)
    assert told["number"] == "2"
    by_kind = {each["kind"]: each for each in told["documents"]}
    assert set(by_kind) == {"customer", "item", "sale"}
    assert (by_kind["item"]["form"], by_kind["item"]["name"], by_kind["item"]["number"]) == ("Item", "Mug (MUG)", None)
    sale = by_kind["sale"]
    assert (sale["form"], sale["state"], sale["total"], sale["currency"]) == (
        "SalesReceipt",
        "to be posted",
        "2.00",
        "GBP",
    )
    assert (sale["customer"], sale["customer_to_be_created"]) == ("Buyer 2", True)
    assert [(line["item"], line["item_to_be_created"], line["amount"]) for line in sale["lines"]] == [
        ("Mug (MUG)", True, "2.00")
    ]
    assert sum(Decimal(line["debit"]) - Decimal(line["credit"]) for line in sale["ledger"]) == 0
    assert place.ledger.sends == [], "nothing is posted"
    place.run()
    (sale,) = [each for each in asking.told(path)["documents"] if each["kind"] == "sale"]
    assert (sale["state"], sale["problems"], sale["rule"]) == ("posted", [], None)


def test_a_preview_says_what_stands_in_the_way(place: Place, asking: Program) -> None:
    place.store.unreadable = {"2"}
    place.store.orders[2] = replace(place.store.orders[2], test=True)
    place.run()
    home = f"/connections/{place.record.id}/orders"
    (held,) = asking.told(f"{home}/2/preview")["documents"]
    assert (held["form"], held["ledger"], held["rule"]) == (None, [], None)
    assert held["problems"][0]["remedy"]
    (left_out,) = asking.told(f"{home}/3/preview")["documents"]
    assert (left_out["rule"], left_out["problems"]) == ("test-order", [])
    assert left_out["why"]


def fetch(place: Place) -> None:
    """A run that ends before it posts."""
    with errand(place.app.books, place.record, "preview", place.app.work) as work:
        fetch_connection(work, alone=place.app.alone)


def test_a_stores_days_and_the_money_on_its_way_are_told(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/figures"
    assert asking.told(path) == {"days": [], "clearing": []}
    place.run()
    told = asking.told(path)
    assert told["days"] == [{"day": "2026-01-10", "amount": "15.00", "currency": "GBP"}]
    assert told["clearing"] == [
        {
            "account": "Clearing",
            "methods": ["*"],
            "opening": None,
            "taken": "15.00",
            "given_back": "0.00",
            "balance": "15.00",
            "currency": "GBP",
        }
    ]


def test_why_is_told_after_the_first_run(place: Place, asking: Program) -> None:
    place.run()
    assert asking.get(f"/connections/{place.record.id}/orders/99/why").status_code == 404


@pytest.fixture
def held(place: Place, asking: Program) -> dict[str, Any]:
    """Two orders are held by one cause; answers it."""
    place.store.unreadable = {"2", "4"}
    place.run()
    (cause,) = asking.told(f"/connections/{place.record.id}/problems")["held"]
    found: dict[str, Any] = cause
    return found


@pytest.mark.usefixtures("held")
def test_everything_held_goes_on_but_what_a_person_holds(place: Place, asking: Program) -> None:
    home = f"/connections/{place.record.id}"
    asking.post(f"{home}/orders/5/hold")
    place.store.unreadable = set()
    done = asking.post(f"{home}/problems/retry-all")
    assert (done.status_code, done.json()) == (200, {"orders": 2})
    place.doing.wait(30)
    (entry,) = asking.told("/trail?limit=1")["entries"]
    assert (entry["action"], entry["detail"]) == ("retry", {"orders": "2"})
    assert asking.told("/orders?q=2")["orders"][0]["outcome"] == "posted"
    assert asking.told(f"{home}/problems")["records_held"] == 0


def test_problems_come_by_cause(place: Place, asking: Program, held: dict[str, Any]) -> None:
    assert (held["records"], held["orders"], held["kinds"]) == (2, ["2", "4"], {"sale": 2})
    assert held["remedy"]
    told = asking.told(f"/connections/{place.record.id}/problems")
    assert (told["records_held"], told["changed"], told["gone"], told["documents_strayed"]) == (2, [], [], 0)


def test_the_records_of_a_cause_a_page_at_a_time(
    place: Place, asking: Program, held: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.engine.telling.held.PAGE", 1)
    path = f"/connections/{place.record.id}/problems/records"
    first = asking.told(f"{path}?cause={held['cause']}")
    (record,) = first["records"]
    assert (record["order"], record["number"], record["kind"], record["amount"]) == ("2", "2", "sale", None)
    last = asking.told(f"{path}?cause={held['cause']}&after={first['after']}")
    assert ([each["number"] for each in last["records"]], last["after"]) == (["4"], 0)
    assert asking.get(f"{path}?cause=nonsense").status_code == 404


def test_all_of_a_cause_are_tried_again(place: Place, asking: Program, held: dict[str, Any]) -> None:
    place.store.unreadable = set()
    done = asking.post(f"/connections/{place.record.id}/problems/retry", json={"cause": held["cause"]})
    assert done.json() == {"cause": held["cause"], "orders": 2}
    place.doing.wait(30)
    assert asking.told(f"/connections/{place.record.id}/problems")["held"] == []
    assert {each["outcome"] for each in asking.told("/orders")["orders"]} == {"posted"}


@pytest.mark.parametrize(("act", "outcome"), [("hold", "held still"), ("skip", "left out")])
def test_all_of_a_cause_are_held_back_or_left_out(
    place: Place, asking: Program, held: dict[str, Any], act: str, outcome: str
) -> None:
    body = {"cause": held["cause"], "reason": "by the book"}
    assert asking.post(f"/connections/{place.record.id}/problems/{act}", json=body).status_code == 200
    told = asking.told(f"/connections/{place.record.id}/orders/4")
    assert (told["outcome"], told["choice"]["reason"]) == (outcome, "by the book")


def test_a_cause_that_holds_nothing_is_not_there(place: Place, asking: Program, held: dict[str, Any]) -> None:
    answer = asking.post(f"/connections/{place.record.id}/problems/retry", json={"cause": f"not {held['cause']}"})
    assert (answer.status_code, answer.json()["code"]) == (404, "no-such-cause")
    assert asking.post(f"/connections/{place.record.id}/problems/accept", json={"cause": "x"}).status_code == 404


def test_one_order_is_held_back_and_let_go_on(place: Place, asking: Program) -> None:
    place.run()
    path = f"/connections/{place.record.id}/orders/3"
    answer = asking.post(f"{path}/hold", json={"reason": "the buyer calls back"})
    assert answer.json()["choice"]["choice"] == "hold"
    answer = asking.post(f"{path}/retry")
    assert (answer.status_code, answer.json()["choice"]) == (200, None)
    place.doing.wait(30)
    (entry, *_) = asking.told("/trail?limit=1")["entries"]
    assert (entry["action"], entry["subject"]) == ("retry", "3")


def test_what_was_changed_in_the_books_is_kept_as_it_is(place: Place, asking: Program) -> None:
    place.store.unreadable = {"5"}  # an idle company is not asked what changed in it
    place.run()
    sales = {each.number: key for key, each in place.ledger.entries.items() if each.kind is Kind.SALE}
    (sale,) = [key for number, key in sales.items() if number.endswith("3")]
    place.ledger.edit_by_hand(sale, total=pounds("2.50"))
    place.run()
    (strayed,) = asking.told(f"/connections/{place.record.id}/problems")["changed"]
    assert (strayed["order"], strayed["meant"]) == ("3", "3.00")
    path = f"/connections/{place.record.id}/orders/3"
    assert asking.told(path)["changed"]
    assert asking.post(f"{path}/accept").json()["changed"] is False


# Settings


def test_settings_go_out_and_come_in_as_json(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/settings"
    told = asking.told(path)
    assert (told["state"], told["settings"]) == ("in force", plain(SETTINGS) | {"start_date": "2026-01-01"})
    told["settings"]["orders"]["prefix"] = "W-"
    assert asking.put(path, json=told["settings"]).json()["fits"]
    assert place.record.settings is not None
    assert place.record.settings.orders.prefix == "W-"


def test_settings_go_out_and_come_in_as_toml(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/settings"
    answer = asking.get(path, headers={"accept": "application/toml"})
    assert answer.headers["content-type"].startswith("application/toml")
    assert tomllib.loads(answer.text) == tomllib.loads(write_settings(SETTINGS))
    text = answer.text.replace('prefix = ""', 'prefix = "T-"')
    toml = {"content-type": "application/toml"}
    assert asking.post(f"{path}/check", content=text, headers=toml).json() == {"fits": True, "advice": []}
    assert place.record.settings == SETTINGS, "a check changes nothing"
    assert asking.put(path, content=text, headers=toml).status_code == 200
    assert place.record.settings is not None
    assert place.record.settings.orders.prefix == "T-"


def test_everything_wrong_with_settings_is_told_at_once(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/settings"
    wrong = plain(SETTINGS) | {"start_date": "soon", "extra": 1, "time_zone": "Mars/Olympus"}
    answer = asking.put(path, json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "settings")
    assert {each["field"] for each in answer.json()["problems"]} == {"start_date", "extra", "time_zone"}
    unfit = plain(SETTINGS) | {"start_date": "2026-01-01"}
    unfit["items"] = unfit["items"] | {"income_account": "Nowhere"}
    answer = asking.put(path, json=unfit, headers={"accept-language": "fr-CA"})
    assert (answer.status_code, answer.headers["content-language"]) == (422, "fr")
    (problem,) = answer.json()["problems"]
    assert "Nowhere" in problem["what"]
    assert problem["field"] == "items.income_account"
    assert place.record.settings == SETTINGS


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"= 1", "application/toml", 422),
        (b"{}", "text/plain", 415),
    ],
)
def test_settings_that_cannot_be_read(place: Place, asking: Program, body: bytes, kind: str, status: int) -> None:
    path = f"/connections/{place.record.id}/settings"
    answer = asking.put(path, content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_a_store_without_settings_gets_a_proposal(place: Place, asking: Program) -> None:
    new = place.app.books.connections.save(
        place.app.organization_id, NewConnection(STORE, "shop", "shop:new", "New", {}, {})
    )
    told = asking.told(f"/connections/{new.id}/settings")
    assert told["state"] == "proposed"
    assert told["settings"]["items"]["income_account"] == "Sales"


# Schedule and health


def test_a_schedule_is_switched_on_once_its_terms_are_accepted(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/schedule"
    assert asking.told(path)["on"] is False
    assert asking.put(path, json={"on": True}).json()["code"] == "terms"
    told = asking.put(path, json={"on": True, "accept_terms": True, "every_minutes": 30}).json()
    assert (told["on"], told["every_minutes"], told["terms"]["by"]) == (True, 30, "API: Spreadsheet")
    assert asking.put(path, json={"on": True}).json()["every_minutes"] == 60
    assert asking.put(path, json={"on": False}).json()["on"] is False
    assert asking.put(path, json={"on": True, "every_minutes": 7}).json()["code"] == "schedule-period"


def test_the_doctor_is_asked(asking: Program) -> None:
    told = asking.told("/health?offline=true")
    assert told["outcome"] in {"ok", "warning", "problem"}
    assert {"check", "outcome", "about", "setting", "what", "fix", "extent"} == set(told["findings"][0])


# What does not go well


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (RetryLater(Message("Busy.")), 503, "retry_later"),
        (Reconnect(Message("Sign in again.")), 409, "reconnect"),
        (Unexpected(Message("Odd.")), 502, "unexpected"),
    ],
)
def test_what_a_platform_says_is_told(
    place: Place, asking: Program, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, code: str
) -> None:
    def says(_ledger: SmallLedger) -> None:
        raise error

    place.run()
    monkeypatch.setattr(SmallLedger, "read_company", says)
    answer = asking.get(f"/connections/{place.record.id}/undo?what=order&name=1")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert ("retry-after" in answer.headers) == (status == 503)


def test_without_a_company_the_remedy_is_told(empty: Place) -> None:
    record = empty.app.books.connections.save(
        empty.app.organization_id, NewConnection(STORE, "shop", "shop:1", "Shop", {}, {})
    )
    asking = program(empty)
    answer = asking.get(f"/connections/{record.id}/problems")
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_mapping")
    assert asking.told("/connections")["stores"][0]["state"] == "no company"


def test_a_fault_tells_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("the secret is 42")

    monkeypatch.setattr(type(place.rooms.trail), "latest", broken)
    answer = program(place).get("/trail")
    assert (answer.status_code, answer.json()["code"]) == (500, "fault")
    assert "the secret" not in answer.text


def test_each_field_that_does_not_fit_is_named(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/schedule"
    answer = asking.put(path, json={"on": "perhaps", "at_minute": 99, "more": 1}, headers={"accept-language": "fr"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert {each["field"] for each in answer.json()["problems"]} == {"on", "at_minute", "more"}
    assert answer.json()["title"] == "La demande ne peut pas être comprise"
    assert asking.put(path, content=b"{", headers={"content-type": "application/json"}).json()["code"] == (
        "body-unreadable"
    )


def test_an_address_that_leads_nowhere(asking: Program) -> None:
    for path in ("/nothing", "/runs/0", "/runs/99999999999999999999", "/runs/x", "/connections/1/orders/%00"):
        answer = asking.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), path
    answer = asking.ask("DELETE", "/runs")
    assert (answer.status_code, answer.json()["code"]) == (405, "http-405")


def test_a_body_too_large_is_told_as_a_problem(place: Place, asking: Program) -> None:
    path = f"/connections/{place.record.id}/settings"
    answer = asking.put(path, content=b"x" * (LARGEST_BODY + 1), headers={"content-type": "application/toml"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body-too-large")


def test_the_description_names_every_route_and_the_way_in(place: Place) -> None:
    found = program(place, None).told("/openapi.json")
    assert found["openapi"].startswith("3.")
    assert found["servers"] == [{"url": "/api/v1"}]
    assert found["components"]["securitySchemes"] == {"token": {"type": "http", "scheme": "bearer"}}
    assert set(found["paths"]) == {route.path for route in api_routes()}

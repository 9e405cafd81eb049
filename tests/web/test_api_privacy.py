"""What people ask of their data, heeded through the API."""

from __future__ import annotations

import json

import pytest
from tests.web.apiclient import Program, program
from tests.web.conftest import Foreign, Place

from comptoir.engine.privacy import PrivacyKind
from comptoir.storage.people.api_tokens import Scope


@pytest.fixture
def asking(place: Place) -> Program:
    place.run()
    return program(place, Scope.OWN)


def name_of(place: Place, order: str) -> str:
    fact = place.app.books.facts.one(place.app.organization_id, place.record.id, order)
    assert fact is not None
    buyer: dict[str, str] = fact.payload.get("buyer") or {}
    return buyer.get("name", "")


def last_action(asking: Program) -> str:
    (entry,) = asking.told("/trail?limit=1")["entries"]
    action: str = entry["action"]
    return action


def test_the_person_of_an_order_is_forgotten(place: Place, asking: Program) -> None:
    assert name_of(place, "3")
    told = asking.post("/privacy/forget", json={"connection": place.record.id, "order": "#3"})
    (request,) = told.json()["requests"]
    assert (request["kind"], request["connection"], request["records"]) == ("forget", place.record.id, 1)
    assert request["done_at"] is not None
    assert name_of(place, "3") == ""
    assert name_of(place, "4"), "nobody else"
    assert last_action(asking) == "person forgotten"
    assert asking.told("/privacy")["requests"] == [request]


def test_everybody_of_a_store_is_forgotten_where_its_name_confirms_it(place: Place, asking: Program) -> None:
    body = {"connection": place.record.id, "confirmed": "shop"}
    refused = asking.post("/privacy/forget-all", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "forget")
    assert refused.json()["problems"][0]["field"] == "confirmed"
    assert name_of(place, "3")
    told = asking.post("/privacy/forget-all", json={**body, "confirmed": "Shop"})
    assert [each["kind"] for each in told.json()["requests"]] == ["forget_all"]
    assert not any(name_of(place, str(order)) for order in range(1, 6))
    assert last_action(asking) == "everybody forgotten"


@pytest.mark.parametrize("order", ["77", "\n", " "])
def test_an_order_that_was_never_read_is_told(place: Place, asking: Program, order: str) -> None:
    refused = asking.post("/privacy/forget", json={"connection": place.record.id, "order": order})
    assert (refused.status_code, refused.json()["code"]) == (422, "forget")
    assert refused.json()["problems"][0]["field"] == "order"
    assert asking.told("/privacy")["requests"] == []


def test_a_person_is_told_what_is_kept_of_them(place: Place, asking: Program) -> None:
    person = {"email": "b3@example.com"}
    with place.app.books.database.write() as connection:
        place.app.privacy.add(connection, place.record, "theirs", PrivacyKind.TELL.value, (), person)
        place.app.privacy.add(connection, place.record, "others", PrivacyKind.FORGET.value, (), {})
    requests = {each["kind"]: each["request"] for each in asking.told("/privacy")["requests"]}
    listed = json.dumps(asking.told("/privacy"))
    assert "b3@example.com" not in listed
    found = asking.told(f"/privacy/{requests['tell']}/data")
    assert found["request"] == requests["tell"]
    assert "b3@example.com" in json.dumps(found["data"])
    assert asking.told(f"/privacy/{requests['forget']}/data", 404)["code"] == "not-found"
    done = asking.post(f"/privacy/{requests['tell']}/done")
    assert next(each for each in done.json()["requests"] if each["kind"] == "tell")["done_at"] is not None
    assert last_action(asking) == "privacy answered"
    assert "b3@example.com" not in json.dumps(asking.told(f"/privacy/{requests['tell']}/data"))


def test_another_organizations_store_is_not_there(foreign: Foreign, asking: Program) -> None:
    number = foreign.record.id
    for path, more in (("forget", {"order": "1"}), ("forget-all", {"confirmed": "Other shop"})):
        assert asking.post(f"/privacy/{path}", json={"connection": number, **more}).status_code == 404

"""The organization and its people through the API: named, invited, given another role, removed."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from tests.web.apiclient import Program, program
from tests.web.conftest import PASSWORD, Place

from comptoir.storage.people.api_tokens import Scope
from comptoir.storage.people.users import Role
from comptoir.web.mails import Letter, Postbox


@pytest.fixture
def asking(place: Place) -> Program:
    return program(place, Scope.OWN)


def id_of(place: Place, email: str) -> int:
    user = place.rooms.users.by_email(email)
    assert user is not None
    return user.id


def last_entry(asking: Program) -> dict[str, object]:
    (entry,) = asking.told("/trail?limit=1")["entries"]
    return {name: entry[name] for name in ("who", "action", "subject", "detail")}


def test_members_are_listed_for_whoever_reads(place: Place) -> None:
    told = program(place, Scope.READ).told("/members")["members"]
    assert [(each["email"], each["role"]) for each in told] == [
        ("accountant@example.com", "accountant"),
        ("owner@example.com", "owner"),
        ("viewer@example.com", "viewer"),
    ]
    assert set(told[0]) == {"user", "name", "email", "role", "two_factor"}, "no secrets"


def test_the_organization_is_called_otherwise(asking: Program) -> None:
    assert asking.told("/organization")["name"] == "My shop"
    assert asking.put("/organization", json={"name": " Quay  Goods "}).json()["name"] == "Quay Goods"
    assert asking.told("/organization")["name"] == "Quay Goods"
    assert asking.put("/organization", json={"name": " "}).json()["problems"][0]["field"] == "name"


def test_somebody_is_invited_and_joins_by_the_link(place: Place, asking: Program) -> None:
    made = asking.post("/invitations", json={"email": " new@example.com", "role": "accountant"})
    assert made.status_code == 201
    told = made.json()
    assert (told["email"], told["role"], told["mailed"]) == ("new@example.com", "accountant", False)
    assert told["link"].startswith("https://testserver/join/")
    listed = asking.told("/invitations")["invitations"]
    assert [(each["invitation"], each["email"]) for each in listed] == [(told["invitation"], "new@example.com")]
    assert "link" not in listed[0], "it was told once"
    assert last_entry(asking) == {
        "who": "API: Spreadsheet",
        "action": "invited",
        "subject": "new@example.com",
        "detail": {"role": "accountant"},
    }
    path = urlsplit(told["link"]).path
    joined = place.browser().post_anew(path, name="New", password=PASSWORD)
    assert joined.status_code == 303
    assert {each["email"] for each in asking.told("/members")["members"]} >= {"new@example.com"}


def test_an_invitation_is_mailed_in_its_makers_name(
    place: Place, asking: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[Letter, str]] = []
    monkeypatch.setattr(Postbox, "is_open", True)
    monkeypatch.setattr(Postbox, "send", lambda _box, letter, language: sent.append((letter, language)))
    place.web.state.postbox = Postbox("https://books.example.com")
    told = asking.post("/invitations", json={"email": "new@example.com", "role": "viewer"}).json()
    ((letter, language),) = sent
    assert told["mailed"] is True
    assert told["link"] == letter.link
    assert letter.link.startswith("https://books.example.com/join/")
    assert (letter.to, language) == ("new@example.com", "en")
    assert letter.before.values == {"who": "Owner", "organization": "My shop"}


def test_an_invitation_tells_all_its_mistakes_at_once(asking: Program) -> None:
    refused = asking.post("/invitations", json={"email": "nobody", "role": "king"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not-understood")
    assert [each["field"] for each in refused.json()["problems"]] == ["email", "role"]
    assert asking.told("/invitations")["invitations"] == []


def test_a_member_is_not_invited_again(asking: Program) -> None:
    refused = asking.post("/invitations", json={"email": "viewer@example.com", "role": "owner"})
    assert (refused.status_code, refused.json()["code"]) == (409, "refused")
    assert "belongs to the organization already" in refused.json()["detail"]


def test_an_invitation_is_taken_back(asking: Program) -> None:
    made = asking.post("/invitations", json={"email": "new@example.com", "role": "viewer"}).json()
    path = f"/invitations/{made['invitation']}"
    assert asking.delete(path).json() == {"invitations": []}
    assert asking.delete(path).json()["code"] == "not-found"
    assert last_entry(asking)["action"] == "invitation taken back"


def test_a_member_gets_another_role_and_leaves(place: Place, asking: Program) -> None:
    path = f"/members/{id_of(place, 'viewer@example.com')}"
    assert asking.put(path, json={"role": "accountant"}).json()["role"] == "accountant"
    assert last_entry(asking)["action"] == "role changed"
    left = asking.delete(path)
    assert {each["email"] for each in left.json()["members"]} == {"owner@example.com", "accountant@example.com"}
    assert last_entry(asking)["action"] == "removed"
    assert asking.delete(path).status_code == 404


def test_the_last_owner_stays(place: Place, asking: Program) -> None:
    path = f"/members/{id_of(place, 'owner@example.com')}"
    for answer in (asking.delete(path), asking.put(path, json={"role": Role.VIEWER.value})):
        assert (answer.status_code, answer.json()["code"]) == (409, "refused")
        assert "Make somebody else an owner first" in answer.json()["detail"]
    assert asking.put("/organization", json={"name": "Ours"}).status_code == 200, "and its token does as before"


def test_an_owner_makes_such_a_token_on_the_page(place: Place) -> None:
    browser = place.browser("owner@example.com")
    assert browser.post("/settings/programs", name="Robot", scope="own", days="30").status_code == 200
    assert "while whoever made it is an owner" in browser.get("/settings/programs").text
    (token,) = place.rooms.api_tokens.of(place.app.organization_id)
    assert token.scope is Scope.OWN


def test_tokens_are_listed_without_their_secrets_and_ended(place: Place, asking: Program) -> None:
    reading = program(place, Scope.READ)
    told = asking.told("/tokens")["tokens"]
    assert [(each["scope"], each["name"]) for each in told] == [("read", "Spreadsheet"), ("own", "Spreadsheet")]
    assert told[0]["beginning"] == reading.token[:10]
    assert reading.token not in json.dumps(told)
    ended = asking.delete(f"/tokens/{told[0]['token']}")
    assert [each["token"] for each in ended.json()["tokens"]] == [told[1]["token"]]
    assert reading.get("/connections").status_code == 401
    assert last_entry(asking)["action"] == "token ended"
    assert asking.delete(f"/tokens/{told[0]['token']}").status_code == 404
    assert asking.delete(f"/tokens/{told[1]['token']}").status_code == 200, "its own"
    assert asking.get("/tokens").status_code == 401

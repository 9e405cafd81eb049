"""Who belongs to an organization: invitations, roles, the last owner, the trail."""

from __future__ import annotations

import re

import pytest
from tests.web.conftest import Place, text_of

from comptoir.storage.people.users import Role, User

OWNER = "owner@example.com"


def user(place: Place, email: str) -> User:
    found = place.rooms.users.by_email(email)
    assert found is not None
    return found


def test_an_invitation_is_shown_once(place: Place) -> None:
    browser = place.browser(OWNER)
    page = browser.post("/settings/invitations", email="new@example.com", role="viewer")
    found = re.search(r"https://testserver(/join/[\w-]+)", page.text)
    assert found is not None
    assert found[1] not in browser.get("/settings").text
    assert "new@example.com" in browser.get("/settings").text
    assert place.browser().get(found[1]).status_code == 200


@pytest.mark.parametrize(
    ("email", "words"), [("nonsense", "no e-mail address"), (OWNER, "belongs to the organization")]
)
def test_an_invitation_that_makes_no_sense(place: Place, email: str, words: str) -> None:
    answer = place.browser(OWNER).post("/settings/invitations", email=email, role="viewer")
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert place.browser(OWNER).post("/settings/invitations", email="x@example.com", role="king").status_code == 404


def test_an_invitation_is_taken_back(place: Place) -> None:
    browser = place.browser(OWNER)
    page = browser.post("/settings/invitations", email="new@example.com", role="viewer")
    link = re.search(r"https://testserver(/join/[\w-]+)", page.text)
    withdraw = re.search(r"/settings/invitations/\d+/withdraw", page.text)
    assert link is not None
    assert withdraw is not None
    assert browser.post(withdraw[0]).status_code == 303
    assert place.browser().get(link[1]).status_code == 404
    assert browser.post(withdraw[0]).status_code == 404


def test_a_role_is_changed_and_counts_at_once(place: Place) -> None:
    other, browser = place.browser("viewer@example.com"), place.browser(OWNER)
    path = f"/settings/members/{user(place, 'viewer@example.com').id}/role"
    assert browser.post(path, role="owner").status_code == 303
    assert other.post("/settings/name", name="Mine").status_code == 303


def test_the_last_owner_stays(place: Place) -> None:
    browser, own = place.browser(OWNER), user(place, OWNER).id
    for path, fields in (
        (f"/settings/members/{own}/role", {"role": "viewer"}),
        (f"/settings/members/{own}/remove", {}),
    ):
        answer = browser.post(path, **fields)
        assert answer.status_code == 400
        assert "needs an owner" in text_of(answer)
    assert browser.get("/settings").status_code == 200


def test_whoever_is_removed_sees_nothing_any_more(place: Place) -> None:
    other, browser = place.browser("viewer@example.com"), place.browser(OWNER)
    assert browser.post(f"/settings/members/{user(place, 'viewer@example.com').id}/remove").status_code == 303
    assert other.get("/").status_code == 404


def test_an_owner_may_leave_where_another_stays(place: Place) -> None:
    browser = place.browser(OWNER)
    browser.post(f"/settings/members/{user(place, 'viewer@example.com').id}/role", role="owner")
    answer = browser.post(f"/settings/members/{user(place, OWNER).id}/remove")
    assert answer.headers["location"] == "/"
    assert browser.get("/").status_code == 404


def test_the_trail_tells_who_changed_what(place: Place) -> None:
    browser = place.browser(OWNER)
    browser.post("/settings/name", name="Chez Ada")
    assert browser.post("/settings/name", name="").status_code == 400
    browser.post(f"/settings/members/{user(place, 'viewer@example.com').id}/role", role="accountant")
    told = text_of(place.browser("viewer@example.com").get("/settings/trail"))
    assert "Renamed the organization: Chez Ada owner@example.com" in told
    assert "Changed a role: viewer@example.com · accountant" in told
    assert place.rooms.users.members(place.app.organization_id)[0].role in Role


def test_a_character_that_no_text_holds_is_refused(place: Place) -> None:
    """PostgreSQL keeps none."""
    browser = place.browser("owner@example.com")
    assert browser.post("/settings/name", name="A\x00B").status_code == 400
    assert browser.post("/settings/invitations", email="a\x00@example.com", role="viewer").status_code == 400

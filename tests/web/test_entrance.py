"""The way in: a fresh installation is taken once, by whoever has the link; signing in gives nothing away."""

from __future__ import annotations

import pytest
from tests.web.conftest import PASSWORD, Place, new_person, text_of

from comptoir.storage.people.links import Purpose
from comptoir.storage.people.users import Role
from comptoir.web.access.accounts import ACCOUNT_LIMIT, ADDRESS_LIMIT, Actor


def test_a_fresh_installation_asks_for_its_link(empty: Place) -> None:
    browser = empty.browser()
    for path in ("/", "/sign-in", "/account"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/welcome")
    assert "Open the set-up link" in text_of(browser.get("/welcome"))
    assert "Open the set-up link" in text_of(browser.get("/welcome?code=guessed"))


def test_whoever_has_the_link_becomes_the_owner(empty: Place) -> None:
    code = empty.rooms.setup_token()
    browser = empty.browser()
    page = browser.get(f"/welcome?code={code}")
    assert 'name="organization"' in page.text
    fields = {"organization": "Chez Ada", "name": "Ada", "email": "Ada@Example.com", "password": PASSWORD}
    answer = browser.post("/welcome", code=code or "", language="fr", **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    (member,) = empty.rooms.users.members(empty.app.organization_id)
    assert (member.user.email, member.role, member.user.language) == ("ada@example.com", Role.OWNER, "fr")
    assert empty.rooms.users.organization_name(empty.app.organization_id) == "Chez Ada"
    assert browser.get("/").status_code == 200
    (entry,) = empty.rooms.trail.latest(empty.app.organization_id, 10)
    assert (entry.who, entry.action) == ("ada@example.com", "installation taken")


def test_an_installation_is_taken_once(empty: Place) -> None:
    code = empty.rooms.setup_token() or ""
    empty.rooms.take(code, "Chez Ada", new_person())
    assert empty.rooms.setup_token() is None
    browser = empty.browser()
    browser.get("/sign-in")
    answer = browser.post(
        "/welcome", code=code, organization="X", name="Eve", email="eve@example.com", password=PASSWORD
    )
    assert answer.status_code == 400
    assert empty.rooms.users.by_email("eve@example.com") is None


def test_a_wrong_code_takes_nothing(empty: Place) -> None:
    empty.rooms.setup_token()
    browser = empty.browser()
    browser.get("/welcome")
    answer = browser.post(
        "/welcome", code="guess", organization="X", name="Eve", email="e@example.com", password=PASSWORD
    )
    assert answer.status_code == 400
    assert not empty.rooms.users.any()


def test_the_link_of_an_earlier_start_is_dead(empty: Place) -> None:
    first = empty.rooms.setup_token() or ""
    second = empty.rooms.setup_token() or ""
    assert empty.rooms.links.find(first, Purpose.SETUP) is None
    assert empty.rooms.links.find(second, Purpose.SETUP) is not None


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "Say what you are called"),
        ("email", "ada", "ada is no e-mail address"),
        ("password", "short", "at least 10 characters"),
        ("password", "x" * 201, "at most 200 characters"),
        ("password", "aaaaaaaaaaaa", "too easy to guess"),
        ("password", "ada@example.com", "too easy to guess"),
        ("organization", "", "Give the organization a name"),
    ],
)
def test_what_is_missing_is_named_and_the_rest_kept(empty: Place, field: str, value: str, words: str) -> None:
    code = empty.rooms.setup_token() or ""
    browser = empty.browser()
    browser.get(f"/welcome?code={code}")
    given = {"organization": "Chez Ada", "name": "Ada L.", "email": "ada@example.com", "password": PASSWORD}
    answer = browser.post("/welcome", code=code, **{**given, field: value})
    assert answer.status_code == 400
    assert words in text_of(answer)
    assert PASSWORD not in answer.text
    assert field == "organization" or 'value="Chez Ada"' in answer.text
    assert not empty.rooms.users.any()


def test_signing_in_and_out(place: Place) -> None:
    browser = place.browser()
    answer = browser.get("/account")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/account")
    assert browser.sign_in("OWNER@example.com ", next="/account").headers["location"] == "/account"
    assert browser.get("/account").status_code == 200
    kept = browser.session or ""
    assert browser.post("/sign-out").headers["location"] == "/sign-in"
    browser.client.cookies.set("comptoir_session", kept)
    assert browser.get("/account").status_code == 303, "the session is ended, not only forgotten"


@pytest.mark.parametrize("email", ["owner@example.com", "nobody@example.com", "", "x" * 900])
def test_a_wrong_password_and_an_unknown_address_look_alike(place: Place, email: str) -> None:
    answer = place.browser().sign_in(email, "not the password")
    assert answer.status_code == 400
    assert "do not belong together" in text_of(answer)
    assert place.browser().sign_in(email, "x" * 999).status_code == 400


def test_guessing_at_one_account_is_slowed_down(place: Place) -> None:
    browser = place.browser()
    for _ in range(ACCOUNT_LIMIT):
        browser.sign_in("owner@example.com", "guess")
    answer = browser.sign_in("owner@example.com")
    assert "Too many attempts" in text_of(answer)
    assert place.browser().sign_in("viewer@example.com").status_code == 303, "others come in"


def test_guessing_at_many_accounts_from_one_address_is_slowed_down(place: Place) -> None:
    for place_number in range(ADDRESS_LIMIT):
        place.rooms.attempts.note((f"account:{place_number}", "address:testclient"))
    assert "Too many attempts" in text_of(place.browser().sign_in("viewer@example.com"))


def test_a_good_sign_in_forgets_the_failed_ones(place: Place) -> None:
    for _ in range(ACCOUNT_LIMIT - 1):
        place.rooms.attempts.note(("account:owner@example.com",))
    place.browser("owner@example.com")
    assert place.rooms.attempts.count("account:owner@example.com") == 0


def test_a_forgotten_password_is_chosen_anew_once(place: Place) -> None:
    assert "comptoir user reset" in place.browser().get("/forgotten").text
    signed_in = place.browser("viewer@example.com")
    assert place.rooms.reset_token("nobody@example.com", Actor()) is None
    token = place.rooms.reset_token("viewer@example.com", Actor())
    browser = place.browser()
    assert "viewer@example.com" in browser.get(f"/reset/{token}").text
    assert browser.post(f"/reset/{token}", password="short").status_code == 400
    assert browser.post(f"/reset/{token}", password="another fine password").status_code == 303
    assert browser.get("/account").status_code == 200
    assert signed_in.get("/account").status_code == 303, "every other browser is signed out"
    assert place.browser().sign_in("viewer@example.com").status_code == 400
    assert browser.get(f"/reset/{token}").status_code == 404
    assert browser.post(f"/reset/{token}", password="yet another password").status_code == 404
    assert place.rooms.users.by_email("viewer@example.com") is not None


def test_somebody_new_joins_by_an_invitation(place: Place) -> None:
    token = place.rooms.invite(place.app.organization_id, "New@example.com", Role.ACCOUNTANT, Actor())
    browser = place.browser()
    assert "new@example.com" in browser.get(f"/join/{token}").text
    assert browser.post(f"/join/{token}", name="", password=PASSWORD).status_code == 400
    assert browser.post(f"/join/{token}", name="New", password=PASSWORD, language="fr").status_code == 303
    user = place.rooms.users.by_email("new@example.com")
    assert user is not None
    assert [each.role for each in place.rooms.users.memberships(user.id)] == [Role.ACCOUNTANT]
    assert place.browser().get(f"/join/{token}").status_code == 404


def test_somebody_with_an_account_signs_in_and_joins(place: Place) -> None:
    place.person("known@example.com")
    token = place.rooms.invite(place.app.organization_id, "known@example.com", Role.VIEWER, Actor())
    visitor = place.browser()
    assert f"/sign-in?next=/join/{token}" in visitor.get(f"/join/{token}").text
    assert visitor.post(f"/join/{token}", name="Known", password=PASSWORD).status_code == 400, "not a second account"
    browser = place.browser("known@example.com")
    assert "signed in as known@example.com" in text_of(browser.get(f"/join/{token}"))
    assert browser.post(f"/join/{token}").headers["location"] == "/"
    assert browser.get("/").status_code == 200


def test_an_invitation_is_for_one_person(place: Place) -> None:
    token = place.rooms.invite(place.app.organization_id, "known@example.com", Role.OWNER, Actor())
    answer = place.browser("viewer@example.com").post(f"/join/{token}")
    assert answer.status_code == 400
    assert "This invitation is for known@example.com" in text_of(answer)


def test_nobody_belongs_nowhere_and_sees_nothing(place: Place) -> None:
    place.person("alone@example.com")
    browser = place.browser("alone@example.com")
    assert browser.get("/").status_code == 404
    assert browser.get("/account").status_code == 200

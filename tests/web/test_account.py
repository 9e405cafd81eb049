"""One's own account: profile, password, two-factor codes, sessions, organizations."""

from __future__ import annotations

import re

import pyotp
import pytest
from argon2 import PasswordHasher
from httpx2 import Response
from tests.web.conftest import PASSWORD, Browser, Place, text_of

from comptoir.storage.people.recovery import CODES
from comptoir.storage.people.users import Role
from comptoir.web.access import passwords, two_factor
from comptoir.web.access.accounts import ACCOUNT_LIMIT

EMAIL = "owner@example.com"


def test_the_profile(place: Place) -> None:
    browser = place.browser(EMAIL)
    assert browser.post("/account/profile", name=" Ada  L. ", language="fr", theme="night").status_code == 303
    page = browser.get("/account?saved=profile")
    assert '<html lang="fr" data-theme="night">' in page.text
    assert 'value="Ada L."' in page.text
    assert browser.post("/account/profile", name="", language="fr", theme="night").status_code == 400
    browser.post("/account/profile", name="Ada", language="xx", theme="neon")
    user = place.rooms.users.by_email(EMAIL)
    assert user is not None
    assert (user.language, user.theme) == ("fr", "night"), "what does not exist changes nothing"


def test_another_password_signs_out_every_other_browser(place: Place) -> None:
    here, there = place.browser(EMAIL), place.browser(EMAIL)
    before = here.session
    assert here.post("/account/password", old="wrong", new="a whole new password").status_code == 400
    assert here.post("/account/password", old=PASSWORD, new="short").status_code == 400
    assert here.post("/account/password", old=PASSWORD, new="a whole new password").status_code == 303
    assert here.session != before
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 303
    assert place.browser().sign_in(EMAIL, "a whole new password").status_code == 303


def test_guessing_at_the_present_password_is_slowed_down(place: Place) -> None:
    browser = place.browser(EMAIL)
    for _ in range(ACCOUNT_LIMIT):
        browser.post("/account/password", old="guess", new="a whole new password")
    assert "Too many attempts" in text_of(browser.post("/account/password", old=PASSWORD, new="a whole new password"))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [1_800_000_000.0]
    monkeypatch.setattr("comptoir.web.access.accounts.time.time", lambda: at[0])
    return at


def turn_on(browser: Browser, at: float) -> str:
    page = browser.get("/account/two-factor")
    found = re.search(r'name="secret" value="([A-Z2-7]+)"', page.text)
    assert found is not None
    assert "<svg" in page.text
    assert browser.post("/account/two-factor", secret=found[1], code="000000").status_code == 400
    code = pyotp.TOTP(found[1]).at(at)
    shown = browser.post("/account/two-factor", secret=found[1], code=f"{code[:3]} {code[3:]}")
    assert shown.status_code == 200
    assert len(recovery_codes(shown)) == CODES
    return found[1]


def recovery_codes(page: Response) -> list[str]:
    return re.findall(r"<li>([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</li>", page.text)


def test_two_factor_codes(place: Place, now: list[float]) -> None:
    browser = place.browser(EMAIL)
    secret = turn_on(browser, now[0])
    assert "asks for a code" in text_of(browser.get("/account"))
    assert browser.get("/account/two-factor").status_code == 303, "not twice"
    assert browser.post("/account/two-factor", secret=secret, code="0").status_code == 404
    other = place.browser()
    assert other.sign_in(EMAIL, next="/account").headers["location"] == "/sign-in/code?next=/account"
    half = other.session
    assert other.get("/account").headers["location"] == "/sign-in/code"
    assert other.get("/sign-in/code").status_code == 200
    used = pyotp.TOTP(secret).at(now[0])
    assert other.post("/sign-in/code", code=used).status_code == 400, "a code that was used is no code"
    now[0] += 30
    fresh = pyotp.TOTP(secret).at(now[0])
    assert other.post("/sign-in/code", code=fresh, next="/account").headers["location"] == "/account"
    assert other.session != half
    assert other.get("/account").status_code == 200
    late = place.browser()
    late.sign_in(EMAIL)
    assert late.post("/sign-in/code", code=fresh).status_code == 400, "nor for somebody else"


def test_a_recovery_code_lets_in_once_instead_of_the_telephone(place: Place, now: list[float]) -> None:
    browser = place.browser(EMAIL)
    turn_on(browser, now[0])
    assert browser.post("/account/two-factor/recovery", password="wrong").status_code == 400
    codes = recovery_codes(browser.post("/account/two-factor/recovery", password=PASSWORD))
    assert f"You have {CODES} recovery codes left" in text_of(browser.get("/account"))
    lost = place.browser()
    lost.sign_in(EMAIL)
    typed = codes[0].lower().replace("-", " ")
    assert lost.post("/sign-in/code", code=typed, by_recovery="true", next="/account").headers["location"] == "/account"
    assert f"You have {CODES - 1} recovery codes left" in text_of(lost.get("/account"))
    again = place.browser()
    again.sign_in(EMAIL)
    refused = again.post("/sign-in/code", code=codes[0], by_recovery="true")
    assert refused.status_code == 400
    assert '<details class="mt-3" open>' in refused.text


def test_recovery_codes_end_with_newer_ones_and_with_the_second_factor(place: Place, now: list[float]) -> None:
    browser = place.browser(EMAIL)
    assert browser.post("/account/two-factor/recovery", password=PASSWORD).status_code == 404, "nothing to recover"
    turn_on(browser, now[0])
    user = place.rooms.users.by_email(EMAIL)
    assert user is not None
    old = recovery_codes(browser.post("/account/two-factor/recovery", password=PASSWORD))
    new = recovery_codes(browser.post("/account/two-factor/recovery", password=PASSWORD))
    with place.app.books.database.write() as connection:
        assert not place.rooms.recovery.spend(connection, user.id, old[0])
        assert not place.rooms.recovery.spend(connection, user.id + 1, new[0]), "nobody else's"
        assert place.rooms.recovery.spend(connection, user.id, new[0])
    browser.post("/account/two-factor/off", password=PASSWORD)
    assert place.rooms.recovery.left(user.id) == 0


def test_a_code_app_may_be_half_a_minute_off(now: list[float]) -> None:
    secret = two_factor.new_secret()
    totp = pyotp.TOTP(secret)
    for drift, good in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        assert (two_factor.step_of(secret, totp.at(now[0] + drift), now[0]) is not None) is good, drift


def test_guessing_at_codes_is_slowed_down(place: Place, now: list[float]) -> None:
    secret = turn_on(place.browser(EMAIL), now[0])
    now[0] += 60
    browser = place.browser()
    browser.sign_in(EMAIL)
    for _ in range(ACCOUNT_LIMIT):
        assert browser.post("/sign-in/code", code="000000").status_code == 400
    answer = browser.post("/sign-in/code", code=pyotp.TOTP(secret).at(now[0]))
    assert "Too many attempts" in text_of(answer)


def test_the_password_alone_does_not_forget_failed_codes(place: Place, now: list[float]) -> None:
    turn_on(place.browser(EMAIL), now[0])
    place.rooms.attempts.note((f"account:{EMAIL}",))
    place.browser().sign_in(EMAIL)
    assert place.rooms.attempts.count(f"account:{EMAIL}") == 1


def test_codes_are_turned_off_with_the_password(place: Place, now: list[float]) -> None:
    browser = place.browser(EMAIL)
    turn_on(browser, now[0])
    assert browser.post("/account/two-factor/off", password="wrong").status_code == 400
    assert browser.post("/account/two-factor/off", password=PASSWORD).status_code == 303
    assert place.browser().sign_in(EMAIL).headers["location"] == "/"


def test_guessing_at_the_password_does_not_turn_codes_off(place: Place, now: list[float]) -> None:
    browser = place.browser(EMAIL)
    turn_on(browser, now[0])
    for _ in range(ACCOUNT_LIMIT):
        assert browser.post("/account/two-factor/off", password="wrong").status_code == 400
    assert "Too many attempts" in text_of(browser.post("/account/two-factor/off", password=PASSWORD))
    user = place.rooms.users.by_email(EMAIL)
    assert user is not None
    assert user.has_two_factor


def test_nobody_gives_a_code_without_a_password(place: Place) -> None:
    browser = place.browser()
    assert browser.get("/sign-in/code").headers["location"] == "/sign-in"
    browser.get("/sign-in")
    assert browser.post("/sign-in/code", code="123456").headers["location"] == "/sign-in"


def test_the_secret_of_codes_is_sealed(place: Place, now: list[float]) -> None:
    secret = turn_on(place.browser(EMAIL), now[0])
    assert secret.encode() not in place.app.home.database_file.read_bytes()


def test_another_browser_is_signed_out_from_here(place: Place) -> None:
    here, there = place.browser(EMAIL), place.browser(EMAIL)
    user = place.rooms.users.by_email(EMAIL)
    assert user is not None
    page = here.get("/account").text
    (there_id,) = re.findall(r"/account/sessions/(\d+)/end", page)
    assert here.post(f"/account/sessions/{there_id}/end").status_code == 303
    assert there.get("/account").status_code == 303
    mine = place.rooms.sessions.of(user.id)[0].id
    assert place.browser("viewer@example.com").post(f"/account/sessions/{mine}/end").status_code == 404


def test_a_second_organization_and_the_way_back(place: Place) -> None:
    browser = place.browser(EMAIL)
    assert browser.post("/account/organizations", name=" ").status_code == 400
    assert browser.post("/account/organizations", name="Second").headers["location"] == "/"
    assert "How do you want to begin?" in text_of(browser.get("/"))
    first = str(place.app.organization_id)
    assert "Switch to" in text_of(browser.get("/"))
    assert browser.post("/account/organization", organization_id=first).status_code == 303
    assert "Shop" in text_of(browser.get("/"))


def test_an_older_hash_is_made_anew(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    before = place.rooms.users.by_email(EMAIL)
    place.browser(EMAIL)
    after = place.rooms.users.by_email(EMAIL)
    assert before is not None
    assert after is not None
    assert before.password_hash != after.password_hash
    assert not passwords.is_outdated(after.password_hash)


def test_the_real_hash_is_argon2id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher())
    kept = passwords.hash_of(PASSWORD)
    assert kept.startswith("$argon2id$")
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits("else", kept)
    assert not passwords.fits(PASSWORD, "damaged")


def test_roles(place: Place) -> None:
    assert [role.value for role in Role] == ["owner", "accountant", "viewer"]
    assert place.browser("viewer@example.com").get("/settings").status_code == 200


def test_a_page_that_is_not_there_says_so_in_its_reader_s_language_with_the_menu(place: Place) -> None:
    browser = place.browser("viewer@example.com")
    browser.post("/account/profile", name="Vera", language="fr", theme="auto")
    answer = browser.get("/nowhere")
    assert answer.status_code == 404
    assert "rien ici" in text_of(answer)
    assert 'href="/to-fix"' in answer.text
    stranger = place.browser().get("/nowhere")
    assert (stranger.status_code, "There is nothing here" in text_of(stranger)) == (404, True)

"""To fix: causes with what they hold, and one form for all of it; runs and how one is taken back; health."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from sqlalchemy import update
from tests.engine.conftest import pounds
from tests.web.conftest import Place, days_like, proved, text_of

from comptoir.books.documents import Kind
from comptoir.books.problems import Message
from comptoir.engine.errors import Reconnect, Refused
from comptoir.engine.proving.order import Difference
from comptoir.engine.proving.outcome import PAGE
from comptoir.storage.runs import RunState
from comptoir.storage.tables import runs
from comptoir.web.pages.runs import DAYS_OPEN

OWNER = "owner@example.com"


def fix(place: Place, cause: str, choice: str, **fields: str) -> int:
    answer = place.browser(OWNER).post(f"/to-fix/{place.record.id}/causes", cause=cause, choice=choice, **fields)
    place.doing.wait(30)
    return answer.status_code


@pytest.fixture
def held(place: Place) -> str:
    """Two orders are held by one cause; answers it."""
    place.store.unreadable = {"2", "4"}
    place.run()
    page = place.browser(OWNER).get("/to-fix").text
    found: list[str] = re.findall(r'name="cause" value="([^"]+)"', page)
    assert len(set(found)) == 1
    return found[0]


def test_nothing_to_fix(place: Place) -> None:
    place.run()
    assert "Nothing to fix" in text_of(place.browser(OWNER).get("/to-fix"))


def test_a_cause_with_its_orders(place: Place, held: str) -> None:
    told = text_of(place.browser(OWNER).get("/to-fix"))
    assert held
    assert "2 records are held" in told
    assert "2 orders" in told
    assert "Hold all back" not in text_of(place.browser("viewer@example.com").get("/to-fix"))


def test_all_of_a_cause_are_tried_again(place: Place, held: str) -> None:
    place.store.unreadable = set()
    assert fix(place, held, "retry") == 303
    assert "Nothing to fix" in text_of(place.browser(OWNER).get("/to-fix"))
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.action, entry.detail["orders"]) == ("retry", "2")


@pytest.mark.parametrize(("choice", "state"), [("hold", "held"), ("skip", "left-out")])
def test_all_of_a_cause_are_held_back_or_left_out(place: Place, held: str, choice: str, state: str) -> None:
    assert fix(place, held, choice, reason="by the book") == 303
    page = place.browser(OWNER).get(f"/orders?state={state}").text
    assert re.findall(r'href="/orders/\d+/[^"]+">([^<]+)</a>', page) == ["4", "2"]


def test_a_cause_that_is_gone(place: Place, held: str) -> None:
    assert fix(place, "nonsense", "retry") == 404
    assert fix(place, held, "accept") == 404
    assert fix(place, held, "nonsense") == 404


def test_the_orders_of_a_cause_a_page_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in (("PAGE", 2), ("SAMPLES", 2)):
        monkeypatch.setattr(f"comptoir.engine.telling.held.{name}", number)
    place.store.unreadable = {"2", "4", "5"}
    place.run()
    browser = place.browser("viewer@example.com")
    (path,) = re.findall(r'href="(/to-fix/\d+/orders[^"]+)"', browser.get("/to-fix").text)
    first = browser.get(html.unescape(path))
    assert re.findall(r'href="/orders/\d+/[^"]+">([^<]+)</a>', first.text) == ["2", "4"]
    (more,) = re.findall(r'href="(/to-fix/\d+/orders[^"]+after=\d+)"', first.text)
    last = browser.get(html.unescape(more)).text
    assert re.findall(r'href="/orders/\d+/[^"]+">([^<]+)</a>', last) == ["5"]
    assert "after=" not in last
    assert browser.get(f"/to-fix/{place.record.id}/orders?cause=nonsense").status_code == 404
    assert browser.get(f"/to-fix/{place.record.id}/orders").status_code == 404


def test_more_causes_are_shown_when_they_are_asked_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.web.pages.mending.CAUSES_SHOWN", 1)
    place.store.unreadable = {"2"}
    place.store.orders[3] = replace(place.store.orders[3], number="A" * 40)
    place.run()
    browser = place.browser(OWNER)
    titles = re.compile(r'id="cause-\d+-\d+"')
    first = browser.get("/to-fix?shown=1").text
    assert len(titles.findall(first)) == 1
    assert "2 records are held" in first
    assert 'href="/to-fix?shown=2"' in first
    all_of_them = browser.get("/to-fix?shown=2").text
    assert len(titles.findall(all_of_them)) == 2
    assert "shown=" not in all_of_them


def test_what_somebody_changed_in_the_books(place: Place) -> None:
    place.store.unreadable = {"5"}  # an idle company is not asked what changed in it
    place.run()
    entry = next(each for each in place.ledger.entries.values() if each.total == pounds("3.00"))
    place.ledger.edit_by_hand(entry.id, total=pounds("2.50"))
    place.run()
    told = text_of(place.browser(OWNER).get("/to-fix"))
    assert "Changed or deleted in the books" in told
    assert "£3.00 £2.50" in told


def test_a_run_with_its_proof(place: Place, held: str) -> None:
    browser = place.browser(OWNER)
    assert "agrees" in text_of(browser.get("/runs"))
    told = text_of(browser.get("/runs/1"))
    assert "The store says £9.00 Meant to be posted £9.00 The books hold £9.00" in told
    assert "Held when it ended" in told
    assert held
    assert browser.get("/runs/99").status_code == 404


def test_a_long_proof_is_told_a_page_at_a_time(place: Place, held: str) -> None:
    assert held
    browser = place.browser(OWNER)
    numbers = range(1, PAGE + 2)
    rows = tuple(Difference(Kind.SALE, f"N{number}", None, pounds("2"), pounds("1"), None) for number in numbers)
    address = f"/runs/{proved(place, days=days_like(place, PAGE + 2), differences=rows)}"
    first = browser.get(address).text
    assert 'class="scroll-mt-16"><summary' in first, "many days are shown to whoever opens them"
    told = text_of(browser.get(address))
    assert "Feb 21, 2026" in told, "the latest day comes first"
    assert "Jan 2, 2026" not in told
    assert (f"N{PAGE} " in told, f"N{PAGE + 1} " in told) == (True, False)
    assert f'href="{address}?days=2#days-GBP"' in first
    assert f'href="{address}?rows=2#rows"' in first
    assert "?days=0" not in first
    second = browser.get(f"{address}?days=2").text
    assert " open><summary" in second
    assert "Jan 2, 2026" in second
    assert (f'href="{address}?days=1#days-GBP"' in second, "?days=3" in second) == (True, False)
    assert f"N{PAGE + 1} " in text_of(browser.get(f"{address}?rows=2"))
    beyond = browser.get(f"{address}?days=9")
    assert "By day" not in text_of(beyond), "there are no such days"


def test_a_short_proof_tells_its_days_at_once(place: Place, held: str) -> None:
    assert held
    told = place.browser(OWNER).get(f"/runs/{proved(place, days=days_like(place, DAYS_OPEN))}").text
    assert " open><summary" in told
    assert "?days=" not in told
    assert "Rows that differ" not in told


def test_a_run_from_before_they_kept_a_report_tells_what_was_held(place: Place, held: str) -> None:
    with place.app.books.database.write() as connection:
        connection.execute(update(runs).values(report=None))
    told = text_of(place.browser(OWNER).get("/runs/1"))
    assert held
    assert "Held when it ended" in told


def test_a_run_that_stopped_says_what_to_do(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Refused(Message("The company says no."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    place.run()
    told = text_of(place.browser(OWNER).get("/runs/1"))
    assert "The company says no. Until then nothing can be posted." in told


def test_health(place: Place) -> None:
    place.run()
    browser = place.browser(OWNER)
    assert 'hx-get="/health/findings"' in browser.get("/health").text
    told = text_of(browser.get("/health/findings"))
    assert "Shop" in told
    assert "Settings · Shop They fit the company &#34;Company&#34;" in told
    assert re.search(r"\d+ things are well", told)


@pytest.mark.parametrize(("who", "link"), [("owner", "/connections/2/renew"), ("viewer", "/connections")])
def test_health_leads_to_the_page_that_mends(
    place: Place, monkeypatch: pytest.MonkeyPatch, who: str, link: str
) -> None:
    def refuse() -> None:
        raise Reconnect(Message("The sign-in has ended."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    page = place.browser(f"{who}@example.com").get("/health/findings")
    assert f'href="{link}"' in page.text
    assert 'href="/stores/1/setup/review"' in page.text, "nothing was synchronized yet"
    assert "comptoir sync" not in page.text


def test_health_says_what_only_the_operator_can_do(place: Place) -> None:
    place.app.home.path.chmod(0o755)
    told = text_of(place.browser(OWNER).get("/health/findings"))
    assert "For whoever runs Comptoir, on its machine: Close it to them: chmod 700" in told


def test_what_is_held_by_hand_stays_when_its_other_cause_is_mended(place: Place, held: str) -> None:
    page = place.browser(OWNER)
    assert page.post(f"/orders/{place.record.id}/2/act", choice="hold").status_code == 303
    place.store.unreadable = set()
    assert fix(place, held, "retry") == 303
    told = page.get("/orders?state=held").text
    assert re.findall(r'href="/orders/\d+/[^"]+">([^<]+)</a>', told) == ["2"]
    assert fix(place, "held-by-hand", "retry") == 303
    assert "Nothing to fix" in text_of(page.get("/to-fix"))


def test_a_store_is_proved_again_from_its_latest_proof(place: Place) -> None:
    place.run()
    browser = place.browser(OWNER)
    again = f'action="/stores/{place.record.id}/prove"'
    assert again in browser.get("/runs/1").text
    assert again not in place.browser("viewer@example.com").get("/runs/1").text
    entry = next(each for each in place.ledger.entries.values() if each.total == pounds("3.00"))
    del place.ledger.entries[entry.id]
    assert browser.post(f"/stores/{place.record.id}/prove").headers["location"] == "/"
    place.doing.wait(30)
    told = text_of(browser.get("/runs/2"))
    assert "Every document of this store was read from the books as they are now. 1 record differs" in told
    assert "Proved again" in told
    assert again in browser.get("/runs/2").text
    assert again not in browser.get("/runs/1").text, "an earlier proof"
    home = text_of(browser.get("/"))
    assert "store ≠ books" in home
    assert 'href="/runs/1"' in browser.get("/").text, "the last sync is still the run before"
    assert place.rooms.trail.latest(place.app.organization_id, 1)[0].action == "proved"


def test_a_proof_that_agrees_says_so(place: Place) -> None:
    place.run()
    browser = place.browser(OWNER)
    browser.post(f"/stores/{place.record.id}/prove")
    place.doing.wait(30)
    assert "every total agrees with the store to the cent" in text_of(browser.get("/runs/2"))


def test_a_proof_that_stopped_is_told_and_changes_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run()

    def refuse() -> None:
        raise Refused(Message("The company says no."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    browser = place.browser(OWNER)
    browser.post(f"/stores/{place.record.id}/prove")
    place.doing.wait(30)
    told = text_of(browser.get("/"))
    assert "The books could not be proved again. Nothing was changed by that. The company says no." in told
    assert "store = books" in told


def test_nothing_is_proved_before_the_first_run(place: Place) -> None:
    assert place.browser(OWNER).post(f"/stores/{place.record.id}/prove").status_code == 404


def test_runs_a_page_at_a_time(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.web.pages.runs.SHOWN", 2)
    for _ in range(3):
        run = place.app.books.runs.start(place.app.organization_id, place.record.id, "by hand")
        place.app.books.runs.finish(run.id, RunState.FINISHED)
    browser = place.browser(OWNER)
    assert re.findall(r'href="/runs/(\d+)"', browser.get("/runs").text) == ["3", "2"]
    assert 'href="/runs?before=2"' in browser.get("/runs").text
    later = browser.get("/runs?before=2").text
    assert re.findall(r'href="/runs/(\d+)"', later) == ["1"]
    assert "Earlier runs" not in later
    assert browser.get("/runs?before=99999999999999999999").status_code == 404

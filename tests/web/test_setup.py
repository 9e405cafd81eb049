"""The set-up's pages: begun, answered, corrected, copied, tried out, and switched on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from tests.engine.conftest import SETTINGS, pounds
from tests.web.conftest import Browser, Place, taxed, text_of

from comptoir.books.company import Account, AccountType, TaxRegime
from comptoir.books.documents import LedgerId
from comptoir.books.facts import StoreIdentity, TaxLine
from comptoir.books.problems import Message
from comptoir.books.settings import OpeningSettings, Settings
from comptoir.engine.errors import Reconnect
from comptoir.engine.setup.draft import kept_draft
from comptoir.engine.setup.settings_file import write_settings
from comptoir.engine.setup.steps import STEPS
from comptoir.engine.setup.terms import TERMS
from comptoir.engine.work import Work
from comptoir.storage.connections import LEDGER, STORE, NewConnection
from comptoir.storage.people.users import Role
from comptoir.web.guard import FORM_FIELD, form_token

OWNER, ACCOUNTANT, VIEWER = "owner@example.com", "accountant@example.com", "viewer@example.com"


@pytest.fixture
def begun(fresh: Place) -> Place:
    """The shop after its look."""
    assert look(fresh).status_code == 200
    return fresh


def path(place: Place, step: str = "") -> str:
    return f"/stores/{place.record.id}/setup" + (f"/{step}" if step else "")


def look(place: Place) -> Response:
    answer = place.browser(OWNER).post(path(place, "look"))
    place.doing.wait(30)
    return answer


def draft_of(place: Place) -> Settings:
    kept = kept_draft(place.app.books.drafts, place.record)
    assert kept is not None
    return kept.draft.settings


def in_force(place: Place) -> Settings:
    settings = place.record.settings
    assert settings is not None
    return settings


def well_posted(browser: Browser, address: str, **fields: Any) -> str:
    """Where a form leads that was taken."""
    answer = browser.post(address, **fields)
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"]


def test_a_look_posts_nothing_and_leads_to_the_first_step(fresh: Place) -> None:
    browser = fresh.browser(OWNER)
    assert "First a look" in text_of(browser.get(path(fresh)))
    part = browser.post(path(fresh, "look"))
    assert "Nothing is posted" in text_of(part)
    fresh.doing.wait(30)
    assert fresh.ledger.sends == []
    assert fresh.record.settings is None, "nothing is in force"
    assert browser.get(path(fresh)).headers["location"] == path(fresh, "sync")
    assert browser.get(path(fresh, "looking"), **{"hx-request": "true"}).headers["hx-redirect"] == path(fresh)


def test_home_leads_to_the_set_up(fresh: Place) -> None:
    link = f'href="{path(fresh)}"'
    assert link in fresh.browser(OWNER).get("/").text
    assert link not in fresh.browser(VIEWER).get("/").text


def test_what_was_found_is_offered(begun: Place) -> None:
    settings = draft_of(begun)
    assert settings.taxes.codes == {"VAT": "20 %"}
    assert settings.taxes.untaxed == "No VAT"
    assert settings.payments.methods["card"].account == "Card clearing"
    assert settings.items.income_account == "Sales"
    browser = begun.browser(OWNER)
    taxes = text_of(browser.get(path(begun, "taxes")))
    assert "Orders read with it, at 20 %: 3, order 3 among them" in taxes
    assert "20 % (20 %) · suggested" in taxes
    payments = text_of(browser.get(path(begun, "payments")))
    assert "Payments in the orders read: 3, which come to 36.00 GBP" in payments
    products = text_of(browser.get(path(begun, "products")))
    assert "0 of 1 match. Without an item: MUG" in products
    assert "Your company does not track classes" in text_of(browser.get(path(begun, "orders")))


@pytest.mark.parametrize("step", STEPS)
def test_a_step_saved_as_it_is_changes_nothing(begun: Place, step: str) -> None:
    before = draft_of(begun)
    browser = begun.browser(ACCOUNTANT)
    shown = browser.get(path(begun, step))
    assert shown.status_code == 200
    names = [*STEPS, "review"]
    leads = well_posted(browser, path(begun, step), **fields_of(shown))
    assert leads == path(begun, names[names.index(step) + 1])
    assert draft_of(begun) == before


def fields_of(answer: Response) -> dict[str, list[str]]:
    """What a browser would send of a step's form, untouched."""
    form = answer.text.split('<form method="post" action="/stores/', 1)[1].split("</form>")[0]
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        is_off = ("radio" in tag or "checkbox" in tag) and "checked" not in tag
        if name and value and not is_off and name[1] != "form_token":
            found.setdefault(unescape(name[1]), []).append(unescape(value[1]))
    for name_, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', inside)
        found[unescape(name_)] = [unescape(chosen[1]) if chosen else ""]
    for name_, inside in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        found[unescape(name_)] = [unescape(inside)]
    return found


def unescape(text: str) -> str:
    return text.replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&").replace("&lt;", "<")


def test_every_mistake_is_said_at_once_and_nothing_typed_is_lost(begun: Place) -> None:
    browser = begun.browser(OWNER)
    answer = browser.post(
        path(begun, "sync"), **{"start_date": "soon", "time_zone": "Mars/Base", "schedule.every": "60"}
    )
    assert answer.status_code == 400
    told = text_of(answer)
    assert '"soon" is not a day' in told.replace("&#34;", '"')
    assert '"Mars/Base" is not among the choices' in told.replace("&#34;", '"')
    assert 'value="soon"' in answer.text
    assert '<option value="Mars/Base" selected>' in answer.text
    assert draft_of(begun).time_zone == "Europe/London"


def test_what_does_not_fit_is_kept_and_said_at_its_field_and_in_the_review(begun: Place) -> None:
    browser = begun.browser(OWNER)
    answer = browser.post(path(begun, "refunds"), **{"refunds.prefix": "SHO-"})
    assert answer.status_code == 400
    assert "Orders and refunds have the same prefix" in text_of(answer)
    assert draft_of(begun).refunds.prefix == "SHO-"
    review = text_of(browser.get(path(begun, "review")))
    assert "Some choices do not fit the company yet" in review
    assert "Orders and refunds have the same prefix" in review
    assert well_posted(browser, path(begun, "refunds"), **{"refunds.prefix": "R-"}) == path(begun, "openings")
    assert "Every choice fits the company" in text_of(browser.get(path(begun, "review")))


def test_opening_balances_are_asked_beside_what_the_books_say(begun: Place) -> None:
    clearing = LedgerId("a5")
    equity = Account(LedgerId("a7"), "Opening", AccountType.EQUITY, "GBP", is_opening_equity=True)
    company = begun.ledger.read_company()
    begun.ledger.company = replace(company, accounts=(*company.accounts, equity))
    begun.ledger.balances = {clearing: pounds("512.30")}
    browser = begun.browser(OWNER)
    day = (datetime.now(UTC) - timedelta(days=7)).date()
    well_posted(browser, path(begun, "sync"), start_date=day.isoformat())
    assert "Read the company again, below" in text_of(browser.get(path(begun, "openings")))
    look(begun)
    asked = text_of(browser.get(path(begun, "openings")))
    assert "Your books say 512.30 GBP at the end of" in asked
    assert "Opening, as your company has it" in asked
    key = "opening.balances.Card clearing"
    wrong = browser.post(path(begun, "openings"), **{key: "a lot"})
    assert wrong.status_code == 400
    assert "is not an amount" in text_of(wrong)
    assert well_posted(browser, path(begun, "openings"), **{key: "1,512.30"}) == path(begun, "quantities")
    assert draft_of(begun).opening.balances == {"Card clearing": Decimal("1512.30")}
    assert "Card clearing 1512.30" in text_of(browser.get(path(begun, "review")))
    browser.post(path(begun, "preview"))
    begun.doing.wait(30)
    assert "1 journal entry £1,512.30" in text_of(browser.get(path(begun, "preview")))


def test_another_stores_settings_come_without_what_its_accounts_held(begun: Place) -> None:
    books, other = begun.app.books.connections, StoreIdentity("shop:two")
    held = replace(draft_of(begun), opening=OpeningSettings({"Card clearing": Decimal(5)}))
    company = books.connected_company_of(begun.record)
    assert company is not None
    made = books.save(begun.app.organization_id, NewConnection(STORE, "shopify", other, "Other", {}, {}))
    books.save_settings(made.id, held, company.id)
    well_posted(begun.browser(OWNER), path(begun, "copy"), source=str(made.id))
    assert draft_of(begun).opening.balances == {}


def test_one_comes_back_to_where_one_was(begun: Place) -> None:
    browser = begun.browser(OWNER)
    well_posted(browser, path(begun, "sync"), start_date="2026-01-05")
    assert begun.browser(ACCOUNTANT).get(path(begun)).headers["location"] == path(begun, "orders")
    assert well_posted(browser, path(begun, "orders"), go="review") == path(begun, "review")


def test_a_tax_that_nobody_maps_is_left_out(begun: Place) -> None:
    well_posted(begun.browser(OWNER), path(begun, "taxes"), **{"taxes.codes.VAT": ""})
    assert draft_of(begun).taxes.codes == {}


def test_an_account_is_made_and_chosen(begun: Place) -> None:
    browser = begun.browser(OWNER)
    key = "payments.methods.*.account"
    fields = {"payments.record": "true", "make": key, f"name:{key}": "Shop clearing"}
    assert well_posted(browser, path(begun, "payments"), **fields) == path(begun, "payments")
    assert draft_of(begun).payments.methods["*"].account == "Shop clearing"
    assert [each.type for each in begun.ledger.read_company().accounts if each.name == "Shop clearing"] == [
        AccountType.BANK
    ]
    shown = browser.get(path(begun, "payments"))
    assert '<option value="Shop clearing" selected>' in shown.text
    assert begun.rooms.trail.latest(begun.app.organization_id, 1)[0].subject == "Shop clearing"


def test_an_account_of_a_name_that_is_taken_is_not_made(begun: Place) -> None:
    key = "payments.methods.*.account"
    fields = {"make": key, f"name:{key}": "Sales"}
    answer = begun.browser(OWNER).post(path(begun, "payments"), **fields)
    assert answer.status_code == 400
    assert "The name is another account's. Nothing was made" in text_of(answer).replace("&#39;", "'")
    assert draft_of(begun).payments.methods["*"].account != "Sales"


def test_a_tax_code_is_made_and_chosen(begun: Place) -> None:
    browser, key = begun.browser(OWNER), "taxes.codes.VAT"
    offered = browser.get(path(begun, "taxes"))
    assert "A tax code for sales of 20 % is made in your company." in text_of(offered)
    likely, other = (offered.text.index(f'<option value="{each}">') for each in ("HMRC", "Customs"))
    assert likely < other
    fields = {"make": key, f"name:{key}": "VAT 20", f"agency:{key}": "HMRC"}
    assert well_posted(browser, path(begun, "taxes"), **fields) == path(begun, "taxes")
    assert draft_of(begun).taxes.codes == {"VAT": "VAT 20"}
    (made,) = [each for each in begun.ledger.read_company().tax_codes if each.name == "VAT 20"]
    assert [(each.rate, each.agency) for each in made.rates] == [(Decimal("0.2"), "HMRC")]
    assert '<option value="VAT 20" selected>' in browser.get(path(begun, "taxes")).text
    entry = begun.rooms.trail.latest(begun.app.organization_id, 1)[0]
    assert (entry.action, entry.subject) == ("tax code made", "VAT 20")


def test_a_tax_code_is_not_made_under_a_taken_name_or_for_an_agency_that_was_not_offered(begun: Place) -> None:
    browser, key = begun.browser(OWNER), "taxes.codes.VAT"
    untaxed = begun.ledger.read_company().tax_codes[0].name
    fields = {"make": key, f"name:{key}": untaxed, f"agency:{key}": "HMRC"}
    answer = browser.post(path(begun, "taxes"), **fields)
    assert answer.status_code == 400
    assert "Nothing was made." in text_of(answer)
    assert browser.post(path(begun, "taxes"), **{**fields, f"agency:{key}": "Nobody"}).status_code == 404
    assert len(begun.ledger.read_company().tax_codes) == 2


def test_a_company_that_reckons_tax_by_place_is_offered_no_code(fresh: Place) -> None:
    fresh.ledger.company = replace(fresh.ledger.read_company(), tax_regime=TaxRegime.US_AUTOMATED)
    look(fresh)
    assert "Make a new tax code" not in text_of(fresh.browser(OWNER).get(path(fresh, "taxes")))


@pytest.mark.parametrize("key", ["orders.prefix", "nonsense", "payments.methods.*.account"])
def test_nothing_is_made_for_what_takes_no_account(begun: Place, key: str) -> None:
    step = "payments" if key.startswith("payments") else "orders"
    assert begun.browser(OWNER).post(path(begun, step), make=key).status_code == 404


def test_the_last_days_are_tried_out_and_the_totals_are_shown(begun: Place) -> None:
    browser = begun.browser(OWNER)
    assert "Nothing was tried out yet" in text_of(browser.get(path(begun, "preview")))
    assert well_posted(browser, path(begun, "preview")) == path(begun, "preview")
    begun.doing.wait(30)
    told = text_of(browser.get(path(begun, "preview")))
    assert "3 orders" in told
    assert "3 sales receipts £36.00" in told
    assert "VAT HMRC £30.00 £6.00" in told
    assert "Card clearing £36.00" in told
    assert begun.ledger.sends == []
    browser.post(path(begun, "taxes"), **{"taxes.codes.VAT": ""})
    assert "The choices were changed since" in text_of(browser.get(path(begun, "preview")))
    browser.post(path(begun, "preview"))
    begun.doing.wait(30)
    held = text_of(browser.get(path(begun, "preview")))
    assert "Would wait for you" in held
    assert "has no tax code" in held
    assert "Change it at: Taxes" in held


def test_settings_that_do_not_fit_are_not_tried(begun: Place) -> None:
    browser = begun.browser(OWNER)
    browser.post(path(begun, "refunds"), **{"refunds.prefix": "SHO-"})
    browser.post(path(begun, "preview"))
    begun.doing.wait(30)
    assert "Orders and refunds have the same prefix" in text_of(browser.get(path(begun, "preview")))


def test_switched_on_it_is_in_force_and_the_first_orders_are_posted(begun: Place) -> None:
    browser = begun.browser(ACCOUNTANT)
    day = (datetime.now(UTC) - timedelta(days=7)).date().isoformat()
    well_posted(browser, path(begun, "sync"), **{"start_date": day, "schedule.every": "30"})
    refused = browser.post(path(begun, "on"), how="on")
    assert refused.status_code == 400
    assert "accept them first" in text_of(refused)
    assert begun.record.settings is None
    assert well_posted(browser, path(begun, "on"), how="on", accept="yes") == "/"
    begun.doing.wait(30)
    assert in_force(begun).start_date.isoformat() == day
    schedule = begun.app.books.schedules.get(begun.record.id)
    assert schedule is not None
    assert (schedule.enabled, schedule.period_seconds) == (True, 1800)
    assert schedule.terms is not None
    assert (schedule.terms.version, schedule.terms.accepted_by) == ("1", ACCOUNTANT)
    assert begun.app.books.drafts.get(begun.record) is None
    assert len([each for each in begun.ledger.entries.values() if each.type == "SalesReceipt"]) == 3
    told = [each.action for each in begun.rooms.trail.latest(begun.app.organization_id, 9)]
    assert {"settings in force", "switched on", "set-up saved"} <= set(told)


def test_only_in_force_starts_nothing_by_itself(begun: Place) -> None:
    assert well_posted(begun.browser(OWNER), path(begun, "on"), how="force") == "/"
    assert begun.record.settings is not None
    assert begun.app.books.schedules.get(begun.record.id) is None
    assert begun.ledger.sends == []


def test_what_does_not_fit_is_not_put_in_force(begun: Place) -> None:
    assert begun.ledger.company is not None
    begun.ledger.company = replace(begun.ledger.company, accounts=begun.ledger.company.accounts[:1])
    answer = begun.browser(OWNER).post(path(begun, "on"), how="force")
    assert answer.status_code == 400
    assert "These settings do not fit the company yet" in text_of(answer)
    assert "Card clearing" in text_of(answer)
    assert begun.record.settings is None


def test_a_company_that_does_not_answer_is_told(begun: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Reconnect(Message("The company no longer lets us in. Connect it again."))

    monkeypatch.setattr(begun.ledger, "read_company", refuse)
    answer = begun.browser(OWNER).post(path(begun, "on"), how="force")
    assert answer.status_code == 400
    assert "no longer lets us in" in text_of(answer)


def test_a_look_that_fails_says_why(fresh: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Reconnect(Message("The store no longer lets us in. Connect it again."))

    monkeypatch.setattr(fresh.store, "describe", refuse)
    look(fresh)
    assert "The store no longer lets us in" in text_of(fresh.browser(OWNER).get(path(fresh)))


def test_settings_in_force_are_changed_by_a_draft_that_shows_what_differs(place: Place) -> None:
    place.store.orders = [taxed(each) for each in place.store.orders]
    look(place)
    assert draft_of(place) == SETTINGS
    browser = place.browser(OWNER)
    well_posted(browser, path(place, "orders"), **{"orders.prefix": "AB-"})
    assert place.record.settings == SETTINGS
    review = text_of(browser.get(path(place, "review")))
    assert "AB- changed In force now: nothing" in review
    well_posted(browser, path(place, "on"), how="force")
    assert place.record.settings == replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="AB-"))
    look(place)
    well_posted(browser, path(place, "discard"))
    assert place.app.books.drafts.get(place.record) is None


def test_settings_of_another_store_are_a_beginning(begun: Place) -> None:
    books, organization = begun.app.books, begun.app.organization_id
    other = books.connections.save(organization, NewConnection(STORE, "shop", "shop:two", "Second", {}, {}))
    company = books.connections.all(organization, LEDGER)[0]
    theirs = replace(SETTINGS, orders=replace(SETTINGS.orders, prefix="TWO-"))
    books.connections.save_settings(other.id, theirs, company.id)
    own = draft_of(begun).start_date
    assert well_posted(begun.browser(OWNER), path(begun, "copy"), source=str(other.id)) == path(begun, "review")
    assert draft_of(begun) == replace(
        theirs,
        start_date=own,
        orders=replace(theirs.orders, prefix="SHO-"),
        refunds=replace(theirs.refunds, prefix="SHOR-"),
    )
    bare = books.connections.save(organization, NewConnection(STORE, "shop", "shop:three", "Third", {}, {}))
    for nothing in ("999", str(bare.id)):
        assert begun.browser(OWNER).post(path(begun, "copy"), source=nothing).status_code == 404


def test_a_file_goes_out_and_comes_in(fresh: Place) -> None:
    browser = fresh.browser(OWNER)
    assert browser.get(path(fresh, "file")).status_code == 404
    wrong = browser.post(path(fresh, "import"), text='time_zone = "Europe/London"\nnonsense = 1\n')
    assert wrong.status_code == 400
    told = text_of(wrong).replace("&#34;", '"')
    assert 'There is no setting "nonsense"' in told
    assert 'The setting "start_date" is missing' in told
    look(fresh)
    answer = browser.get(path(fresh, "file"))
    assert answer.headers["content-disposition"] == 'attachment; filename="settings.toml"'
    changed = answer.text.replace('prefix = "SHO-"', 'prefix = "NEW-"')
    assert well_posted(browser, path(fresh, "import"), text=changed) == path(fresh, "review")
    assert draft_of(fresh).orders.prefix == "NEW-"


def test_a_file_is_uploaded(begun: Place) -> None:
    browser = begun.browser(OWNER)
    token = form_token(browser.session or "")
    content = write_settings(SETTINGS).encode()
    for file, status in ((content, 303), (b"\xff\xfe not a text", 400)):
        answer = browser.client.post(
            path(begun, "import"), data={FORM_FIELD: token}, files={"file": ("settings.toml", file)}
        )
        assert answer.status_code == status
    assert draft_of(begun) == SETTINGS


SCRIPT = "<script>alert(1)</script>"


def test_no_name_becomes_a_script(fresh: Place) -> None:
    """Whatever the store and the company call things."""
    assert fresh.ledger.company is not None
    hostile = Account(LedgerId("h"), f"Till {SCRIPT}", AccountType.BANK, "GBP")
    fresh.ledger.company = replace(fresh.ledger.company, accounts=(*fresh.ledger.company.accounts, hostile))
    (order, *_) = fresh.store.orders
    line = replace(order.lines[0], sku=f"S{SCRIPT}", taxes=(TaxLine(f"T{SCRIPT}", Decimal("0.2"), pounds("2.00")),))
    tender = replace(order.tenders[0], method=f"m{SCRIPT}", method_name=f"M{SCRIPT}")
    fresh.store.orders = [replace(order, lines=(line,), tenders=(tender,), note=SCRIPT, number=SCRIPT)]
    look(fresh)
    browser = fresh.browser(OWNER)
    browser.post(path(fresh, "preview"))
    fresh.doing.wait(30)
    seen = ""
    for step in (*STEPS, "review", "preview", "on"):
        answer = browser.get(path(fresh, step))
        assert answer.status_code == 200
        assert SCRIPT not in answer.text, step
        seen += answer.text
    assert seen.count("&lt;script&gt;") > 5


def test_a_file_before_the_look_is_kept_over_it(fresh: Place) -> None:
    assert fresh.browser(OWNER).post(path(fresh, "import"), text=write_settings(SETTINGS)).status_code == 200
    fresh.doing.wait(30)
    assert draft_of(fresh) == SETTINGS


def test_a_store_without_a_company_is_sent_to_connect_one(empty: Place) -> None:
    save, organization = empty.app.books.connections.save, empty.app.organization_id
    save(organization, NewConnection(STORE, "shopify", empty.store.identity, "Shop", {}, {}))
    empty.person(OWNER, Role.OWNER)
    told = empty.browser(OWNER).get(path(empty))
    assert "A company first" in text_of(told)
    assert 'href="/connections"' in told.text


def test_a_viewer_reads_and_finds_nothing_to_press(begun: Place) -> None:
    browser = begun.browser(VIEWER)
    for step in (*STEPS, "review", "preview", "on"):
        answer = browser.get(path(begun, step))
        assert answer.status_code == 200
        main = answer.text.split("<main")[1]
        assert '<button class="btn' not in main.split("</main>")[0], step


def test_read_again_one_goes_on_where_one_was(begun: Place) -> None:
    browser = begun.browser(OWNER)
    assert begun.ledger.company is not None
    new = Account(LedgerId("a9"), "Till", AccountType.BANK, "GBP")
    begun.ledger.company = replace(begun.ledger.company, accounts=(*begun.ledger.company.accounts, new))
    assert "Till" not in browser.get(path(begun, "payments")).text
    browser.post(path(begun, "look"), step="payments")
    begun.doing.wait(30)
    assert browser.get(path(begun)).headers["location"] == path(begun, "payments")
    assert "Till" in browser.get(path(begun, "payments")).text


def test_without_a_draft_nothing_is_tried_or_switched_on(fresh: Place) -> None:
    browser = fresh.browser(OWNER)
    for step in ("preview", "on", "sync"):
        assert browser.post(path(fresh, step), accept="yes").status_code == 404, step
    assert fresh.record.settings is None


def test_unknown_steps_are_not_there(begun: Place) -> None:
    browser = begun.browser(OWNER)
    assert browser.get(path(begun, "nonsense")).status_code == 404
    assert browser.post(path(begun, "nonsense")).status_code == 404


@pytest.mark.parametrize("step", [*STEPS, "review", "preview", "on"])
def test_before_the_look_every_page_is_the_beginning(fresh: Place, step: str) -> None:
    assert "First a look" in text_of(fresh.browser(OWNER).get(path(fresh, step)))


def test_a_run_at_work_is_followed_and_no_second_look_begins(begun: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    begun.app.books.runs.start(begun.app.organization_id, begun.record.id, "by hand")

    def never(_work: Work, **_how: str) -> None:
        raise AssertionError("a second run began")

    monkeypatch.setattr("comptoir.web.setting_up.look_for_setup", never)
    browser = begun.browser(OWNER)
    assert 'hx-trigger="every 1s"' in browser.post(path(begun, "look")).text
    assert 'hx-trigger="every 1s"' in browser.get(path(begun, "looking")).text
    assert 'hx-trigger="every 1s"' in browser.get(path(begun, "preview")).text
    well_posted(browser, path(begun, "preview"))
    kept = kept_draft(begun.app.books.drafts, begun.record)
    assert kept is not None
    assert kept.trial == ""


def test_the_terms_on_the_page_are_those_of_the_documents() -> None:
    text = (Path(__file__).parents[2] / "docs" / "terms.md").read_text(encoding="utf-8")
    told = " ".join(text.split())
    for place, (title, words) in enumerate(TERMS, start=1):
        assert f"{place}. **{title}** {words}" in told

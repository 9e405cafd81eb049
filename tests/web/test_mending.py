"""Mending a cause on the page: one answer goes into the settings, what waited goes on, and every mistake is told."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from httpx2 import Response
from tests.engine.conftest import SETTINGS, make_order, pounds
from tests.web.conftest import Place, text_of

from comptoir.books.company import Account, AccountType, TaxCode, TaxRate
from comptoir.books.documents import LedgerId
from comptoir.books.facts import LineKind, SourceId, TaxLine
from comptoir.books.problems import Message
from comptoir.engine.errors import Refused
from comptoir.storage.postings import State
from comptoir.storage.runs import RunState

OWNER = "owner@example.com"
VAT = ("taxes", "codes", "VAT")
STANDARD = TaxCode(LedgerId("c20"), "Standard", (TaxRate(LedgerId("r20"), "Standard", Decimal("0.2")),))
CAUSE = "tax:vat"


def mend(place: Place, cause: str, answers: dict[tuple[str, ...], str], email: str = OWNER) -> str:
    """What the page says after the press, "" where it went on."""
    fields = {json.dumps(path): value for path, value in answers.items()}
    answer = place.browser(email).post(f"/to-fix/{place.record.id}/settings", cause=cause, **fields)
    place.doing.wait(30)
    assert answer.status_code in {303, 400, 403, 404}
    return "" if answer.status_code == 303 else f"{answer.status_code} {text_of(answer)}"


def tax_every_order(place: Place) -> None:
    for index, order in enumerate(place.store.orders):
        tax = TaxLine("VAT", Decimal("0.2"), order.total * Decimal("0.2"))
        gross = order.total * Decimal("1.2")
        line = replace(order.lines[0], taxes=(tax,))
        tender = replace(order.tenders[0], amount=gross)
        place.store.orders[index] = replace(order, lines=(line,), total=gross, tenders=(tender,))


def charge(place: Place, index: int, kind: LineKind, name: str) -> None:
    """Another line of an order, at the price of its first."""
    order = place.store.orders[index]
    line = replace(order.lines[0], source_id=SourceId("l2"), kind=kind, name=name, sku="")
    total = order.total * Decimal(2)
    tender = replace(order.tenders[0], amount=total)
    place.store.orders[index] = replace(order, lines=(*order.lines, line), total=total, tenders=(tender,))


@pytest.fixture
def taxed(place: Place) -> Place:
    """Every order bears a tax that the settings do not know; the company has a code for it."""
    tax_every_order(place)
    company = place.ledger.read_company()
    place.ledger.company = replace(company, tax_codes=(*company.tax_codes, STANDARD))
    place.run()
    return place


@pytest.fixture
def codeless(place: Place) -> Place:
    """The same in a company that has an agency and no code for the tax."""
    tax_every_order(place)
    place.ledger.company = replace(place.ledger.read_company(), tax_agencies=("HMRC",))
    place.run()
    return place


def test_the_form_offers_the_company_s_codes_with_the_likely_one(taxed: Place) -> None:
    page = taxed.browser(OWNER).get("/to-fix")
    told = text_of(page)
    assert 'Which tax code of your company stands for "VAT"?' in html.unescape(told)
    assert re.search(r'<option value="Standard" selected>Standard · 20 % · suggested</option>', page.text)
    assert "taxes.codes" not in told, "nothing technical"
    viewer = text_of(taxed.browser("viewer@example.com").get("/to-fix"))
    assert "Save and try again" not in viewer


def test_what_no_form_mends_says_where_it_is_mended(taxed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("comptoir.engine.telling.mending.repairs_of", lambda *_args, **_named: ())
    page = taxed.browser(OWNER).get("/to-fix")
    told = html.unescape(text_of(page))
    assert 'In your settings: Choose the tax code of the company that stands for "VAT".' in told
    assert f'href="/stores/{taxed.record.id}/setup/taxes"' in page.text
    viewer = taxed.browser("viewer@example.com").get("/to-fix")
    assert "In your settings:" in text_of(viewer)
    assert "/setup/taxes" not in viewer.text, "a viewer changes nothing"


@pytest.mark.parametrize(
    ("kind", "name", "setting", "words"),
    [
        (LineKind.TIP, "Tip", "tip", "pourboires"),
        (LineKind.DUTY, "Duty", "duty", "droits de douane"),
        (LineKind.FEE, "Écofrais", "fee", "frais payés par l\u2019acheteur"),
    ],
)
def test_what_is_charged_without_an_item_asks_for_one_of_its_own(
    place: Place, kind: LineKind, name: str, setting: str, words: str
) -> None:
    charge(place, 0, kind, name)
    place.run()
    browser = place.browser(OWNER)
    browser.post("/account/profile", name="Ada", language="fr", theme="auto")
    page = browser.get("/to-fix")
    told = html.unescape(text_of(page))
    assert f"une ligne pour les {words} (« {name} »)" in told
    assert "UGS" not in told
    assert "par défaut" not in told, "the default product would take every unmatched line"
    assert mend(place, f"charge:{setting}", {("items", setting): "Chez nous"}) == ""
    assert place.record.settings is not None
    assert getattr(place.record.settings.items, setting) == "Chez nous"
    assert "Chez nous" in {each.name for each in place.ledger.read_items()}


def test_an_inactive_item_of_the_settings_is_replaced_by_a_form(place: Place) -> None:
    charge(place, 0, LineKind.SHIPPING, "Post")
    place.run()
    (made,) = [each.id for each in place.ledger.read_items() if each.name == "Shipping"]
    place.ledger.retired.add(made)
    place.ledger.times[made] = place.ledger.clock()
    place.store.orders.append(replace(make_order(77), updated_at=datetime.now(UTC)))
    charge(place, -1, LineKind.SHIPPING, "Post")
    place.run()
    told = html.unescape(text_of(place.browser(OWNER).get("/to-fix")))
    assert 'The item "Shipping", which the settings name for shipping, is inactive in the company.' in told
    assert "Which product or service stands for shipping instead?" in told
    assert mend(place, "item:shipping", {("items", "shipping"): "Postage"}) == ""
    assert "Nothing to fix" in text_of(place.browser(OWNER).get("/to-fix"))
    assert "Postage" in {each.name for each in place.ledger.read_items()}


def test_what_the_ledger_says_itself_is_one_click_away(place: Place) -> None:
    said = "610: Object Not Found : Something you're trying to use has been made inactive"
    place.ledger.refuse = {"1": Refused(Message("Something is inactive."), detail=said, code="610", request_id="r-1")}
    place.run()
    browser = place.browser(OWNER)
    cards = browser.get("/to-fix").text
    order = re.search(r'href="(/orders/\d+/[^"]+)">1<', cards)
    assert order
    for page in (cards, browser.get(order[1]).text):
        before, _, inside = page.partition("The answer in full")
        assert "Something is inactive." in before
        assert "Object Not Found" not in before
        assert html.unescape(inside).count(f"{said}. Its reference for its support: r-1.") == 1


def test_one_press_mends_all_the_orders(taxed: Place) -> None:
    assert mend(taxed, CAUSE, {VAT: "Standard"}) == ""
    settings = taxed.record.settings
    assert settings is not None
    assert settings.taxes.codes == {"VAT": "Standard"}
    assert "Nothing to fix" in text_of(taxed.browser(OWNER).get("/to-fix"))
    entries = [each.total for each in taxed.ledger.entries.values() if each.total is not None]
    assert pounds("6.00") in entries
    (entry,) = [each for each in taxed.rooms.trail.latest(taxed.app.organization_id, 5) if each.action == "settings"]
    assert entry.detail == {"taxes.codes.VAT": "Standard"}


def make_code(place: Place, **changes: Any) -> Response:
    """The press that makes a code for the tax."""
    fields = {"cause": CAUSE, "setting": json.dumps(VAT), "name": "VAT 20", "agency": "HMRC", **changes}
    answer = place.browser(OWNER).post(f"/to-fix/{place.record.id}/tax-code", **fields)
    place.doing.wait(30)
    return answer


def test_one_press_makes_the_tax_code_and_mends_all_the_orders(codeless: Place) -> None:
    told = text_of(codeless.browser(OWNER).get("/to-fix"))
    assert "A tax code for sales of 20 % is made in your company." in told
    assert "Make a new tax code" not in text_of(codeless.browser("viewer@example.com").get("/to-fix"))
    assert make_code(codeless).status_code == 303
    settings = codeless.record.settings
    assert settings is not None
    assert settings.taxes.codes == {"VAT": "VAT 20"}
    assert codeless.ledger.read_company().tax_codes[-1].rates[0].agency == "HMRC"
    assert "Nothing to fix" in text_of(codeless.browser(OWNER).get("/to-fix"))
    actions = [each.action for each in codeless.rooms.trail.latest(codeless.app.organization_id, 5)]
    assert "tax code made" in actions


def test_taxes_on_one_line_are_one_code_of_their_rates(place: Place) -> None:
    taxes = (TaxLine("GST", Decimal("0.05"), pounds("0.05")), TaxLine("QST", Decimal("0.1"), pounds("0.10")))
    line = make_order(1).lines[0]
    order = make_order(1, "1.00")
    place.store.orders = [replace(order, lines=(replace(line, taxes=taxes),), total=pounds("1.15"))]
    place.ledger.company = replace(place.ledger.read_company(), tax_agencies=("ARC", "Revenu Québec"))
    place.run()
    page = text_of(place.browser(OWNER).get("/to-fix"))
    assert "A tax code for sales of 15 % in all is made in your company, of the rates below." in page
    assert "GST, 5 %: owed to" in page
    fields = {
        "cause": "tax:gst + qst",
        "setting": json.dumps(["taxes", "codes", "GST + QST"]),
        "name": "GST/QST",
        "agency": ["ARC", "Revenu Québec"],
    }
    assert make_code(place, **fields).status_code == 303
    made = place.ledger.read_company().tax_codes[-1]
    assert [(each.name, each.rate, each.agency) for each in made.rates] == [
        ("GST", Decimal("0.05"), "ARC"),
        ("QST", Decimal("0.1"), "Revenu Québec"),
    ]
    settings = place.record.settings
    assert settings is not None
    assert settings.taxes.codes == {"GST + QST": "GST/QST"}


@pytest.mark.parametrize(
    "changes",
    [
        {"agency": "Nobody"},
        {"name": " "},
        {"cause": "tax:other"},
        {"setting": json.dumps(["taxes", "codes", "Other"])},
        {"setting": json.dumps(["closed_periods"])},
        {"setting": "["},
    ],
)
def test_only_what_a_form_offers_is_made(codeless: Place, changes: dict[str, str]) -> None:
    before = codeless.ledger.read_company()
    assert make_code(codeless, **changes).status_code == 404
    assert codeless.ledger.read_company() == before


def test_a_tax_code_that_the_company_refuses_changes_nothing(codeless: Place) -> None:
    name = codeless.ledger.read_company().tax_codes[0].name
    answer = make_code(codeless, name=name)
    assert answer.status_code == 400
    assert "The name is another code" in html.unescape(text_of(answer))
    assert codeless.record.settings is not None
    assert codeless.record.settings.taxes.codes == {}


def test_what_is_held_by_hand_stays_held(taxed: Place) -> None:
    taxed.browser(OWNER).post(f"/orders/{taxed.record.id}/2/act", choice="hold", reason="Ask first")
    assert mend(taxed, CAUSE, {VAT: "Standard"}) == ""
    told = text_of(taxed.browser(OWNER).get("/to-fix"))
    assert "1 record is held" in told
    assert "Let it go on whenever you like." in told
    assert taxed.browser(OWNER).post(f"/to-fix/{taxed.record.id}/everything").status_code == 303
    taxed.doing.wait(30)
    assert "1 record is held" in text_of(taxed.browser(OWNER).get("/to-fix"))


def test_everything_is_tried_again(taxed: Place) -> None:
    place = taxed
    place.store.orders = [replace(each, lines=(replace(each.lines[0], taxes=()),)) for each in place.store.orders]
    place.app.books.connections.save_settings(place.record.id, SETTINGS, 2)
    assert place.browser(OWNER).post(f"/to-fix/{place.record.id}/everything").status_code == 303
    place.doing.wait(30)
    (entry,) = place.rooms.trail.latest(place.app.organization_id, 1)
    assert (entry.action, entry.detail["orders"]) == ("retry", "5")
    assert place.browser(OWNER).post("/to-fix/999/everything").status_code == 404


def test_every_mistake_is_told_at_once_beside_its_question(taxed: Place) -> None:
    company = taxed.ledger.read_company()
    accounts = tuple(replace(each, active=each.name != "Clearing") for each in company.accounts)
    spare = Account(LedgerId("a9"), "Till", AccountType.BANK, "GBP")
    taxed.ledger.company = replace(company, accounts=(*accounts, spare))
    told = mend(taxed, CAUSE, {VAT: "Gone"})
    assert told.startswith("400 ")
    assert "Nothing was changed yet." in told
    assert "The company has no active tax code named" in told
    assert "Clearing" in told
    assert "is inactive" in told
    settings = taxed.record.settings
    assert settings is not None
    assert settings.taxes.codes == {}
    both = {VAT: "Standard", ("payments", "methods", "*", "account"): "Till"}
    assert mend(taxed, CAUSE, both) == ""
    assert taxed.record.settings is not None
    assert taxed.record.settings.payments.methods["*"].account == "Till"


def test_an_answer_is_needed(taxed: Place) -> None:
    assert "This needs an answer." in mend(taxed, CAUSE, {VAT: " "})


def test_a_company_that_cannot_be_asked_changes_nothing(taxed: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise Refused(Message("The company says no."))

    monkeypatch.setattr(taxed.ledger, "read_company", refuse)
    assert "The company says no." in mend(taxed, CAUSE, {VAT: "Standard"})
    assert taxed.record.settings is not None
    assert taxed.record.settings.taxes.codes == {}


def test_a_value_that_is_none_is_said(taxed: Place) -> None:
    assert "cannot be" in mend(taxed, CAUSE, {("closed_periods",): "never"})


@pytest.mark.parametrize("name", ['["start_date"]', "[]", "[1]", "[", '["taxes"]', '{"a": 1}'])
def test_only_settings_that_a_form_asks_for_can_be_set(taxed: Place, name: str) -> None:
    answer = taxed.browser(OWNER).post(f"/to-fix/{taxed.record.id}/settings", cause=CAUSE, **{name: "x"})
    assert answer.status_code == 404


def test_settings_that_stop_the_run_are_mended_in_one_form(place: Place) -> None:
    place.run()
    company = place.ledger.read_company()
    renamed = [
        replace(each, name={"Sales": "Turnover", "Clearing": "Till"}.get(each.name, each.name))
        for each in company.accounts
    ]
    place.ledger.company = replace(company, accounts=tuple(renamed))
    place.store.orders.append(replace(make_order(6, "6.00"), updated_at=datetime.now(UTC)))
    place.run()
    browser = place.browser(OWNER)
    way = 'href="/to-fix">What is to fix now'
    assert way in browser.get("/runs/2").text
    assert way.replace(">", ' class="link">', 1) in browser.get("/").text
    page = browser.get("/to-fix")
    told = text_of(page)
    assert "Nothing can be posted before this is mended" in told
    assert "Income account of products" in told
    assert 'The company has no account named "Sales".' in html.unescape(told)
    income, money = ("items", "income_account"), ("payments", "methods", "*", "account")
    assert '<option value="Turnover" selected>' in page.text, "the only one there is"
    assert "has no account named" in mend(place, "", {income: "Turnover"})
    assert mend(place, "", {income: "Turnover", money: "Till"}) == ""
    assert "Nothing to fix" in text_of(place.browser(OWNER).get("/to-fix"))
    assert place.app.books.runs.get(3).state is RunState.FINISHED


def test_rows_of_the_journal_go_on(taxed: Place) -> None:
    counts = taxed.app.books.figures.standing(taxed.record.id, {State.HELD, State.POSTED})
    assert counts[State.HELD] == 5
    mend(taxed, CAUSE, {VAT: "Standard"})
    assert taxed.app.books.figures.standing(taxed.record.id, {State.HELD})[State.HELD] == 0

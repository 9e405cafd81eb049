"""What is in the books is found, read again and told of, as it is now and whoever made it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.contract.ledger.desk import DAY, Desk
from tests.contract.ledger.harness import CompanyKind, Hand, Role

from comptoir.books.company import AccountType
from comptoir.books.documents import Document, Kind, LedgerId, SaleForm
from comptoir.books.money import Money, zero
from comptoir.engine.errors import Conflict, NeedsMapping
from comptoir.engine.ports import Entry, NewTaxCode, NewTaxRate

FORMS = ("receipt", "invoice", "payment", "refund", "credit", "cash back", "application", "deposit", "journal")
KINDS = (
    Kind.SALE, Kind.SALE, Kind.PAYMENT, Kind.REFUND, Kind.REFUND, Kind.CASH_BACK, Kind.APPLICATION, Kind.DEPOSIT,
    Kind.JOURNAL,
)  # fmt: skip


def test_the_company(desk: Desk) -> None:
    company = desk.company
    assert company.identity == desk.ledger.identity
    assert company.identity.startswith(f"{desk.harness.slug}:")
    assert company.name
    accounts = {each.id for each in company.accounts if each.active}
    assert {desk.harness.account(role) for role in Role} <= accounts
    assert any(each.rate > 0 for each in company.tax_codes)
    assert desk.harness.ledger().read_company() == company


def test_an_account_is_made_once_however_often_it_is_asked(desk: Desk) -> None:
    made = [desk.harness.ledger().make_account("Web shop clearing", AccountType.BANK) for _ in range(2)]
    assert made[0] == made[1]
    found = [each for each in desk.harness.ledger().read_company().accounts if each.name == "Web shop clearing"]
    assert found == made[:1]
    assert (found[0].type, found[0].currency, found[0].active) == (AccountType.BANK, desk.company.currency, True)
    with pytest.raises(Conflict):
        desk.ledger.make_account("Web shop clearing", AccountType.INCOME)


def test_a_tax_code_is_made_once_however_often_it_is_asked(desk: Desk) -> None:
    agency = desk.company.tax_agencies[0]
    wanted = NewTaxCode.of_one("Web shop tax", Decimal("0.0425"), agency)
    made = [desk.harness.ledger().make_tax_code(wanted) for _ in range(2)]
    assert made[0].id == made[1].id
    found = [each for each in desk.harness.ledger().read_company().tax_codes if each.name == "Web shop tax"]
    assert [(each.id, each.rate, each.active) for each in found] == [(made[0].id, Decimal("0.0425"), True)]
    assert [rate.agency for rate in found[0].rates] == [agency]
    with pytest.raises(Conflict):
        desk.ledger.make_tax_code(NewTaxCode.of_one("Web shop tax", Decimal("0.05"), agency))
    with pytest.raises(NeedsMapping):
        desk.ledger.make_tax_code(NewTaxCode.of_one("Another", Decimal("0.05"), "Nobody at all"))


def test_a_tax_code_of_several_rates_is_made_with_each_of_them(desk: Desk) -> None:
    agencies = desk.company.tax_agencies
    parts = (
        NewTaxRate("Web shop tax, land", Decimal("0.031"), agencies[0]),
        NewTaxRate("Web shop tax, town", Decimal("0.031"), agencies[-1]),
        NewTaxRate("Web shop tax, port", Decimal("0.0025"), agencies[0]),
    )
    wanted = NewTaxCode("Web shop taxes", parts)
    made = [desk.harness.ledger().make_tax_code(wanted) for _ in range(2)]
    assert made[0].id == made[1].id
    assert [(each.rate, each.agency) for each in made[0].rates] == [(each.rate, each.agency) for each in parts]
    (found,) = [each for each in desk.harness.ledger().read_company().tax_codes if each.name == "Web shop taxes"]
    assert [(each.id, each.rate, each.agency) for each in found.rates] == [
        (each.id, each.rate, each.agency) for each in made[0].rates
    ]
    assert len({each.id for each in found.rates}) == len(parts), "alike as they may be"
    with pytest.raises(Conflict):
        desk.ledger.make_tax_code(replace(wanted, rates=parts[:2]))


@pytest.mark.parametrize("kind", CompanyKind)
def test_every_kind_of_company_is_read(open_desk: Callable[[CompanyKind], Desk], kind: CompanyKind) -> None:
    desk = open_desk(kind)
    assert desk.company.currency
    assert desk.company.multicurrency is (kind is CompanyKind.MULTICURRENCY)
    assert any(each.id == desk.harness.item() for each in desk.ledger.read_items())


def test_inactive_names_are_read_and_give_their_name_as_find_says(desk: Desk) -> None:
    customer, item = desk.post(desk.customer("Jo Doe")), desk.post(desk.item("Mug"))
    for each in (customer, item):
        assert [found.id for found in desk.ledger.find(each.entry.kind, [each.document.name])] == [each.entry.id]
        desk.harness.deactivate_by_hand(each.entry)
    customers = {each.id: each.active for each in desk.ledger.read_customers()}
    items = {each.id: each.active for each in desk.ledger.read_items()}
    assert (customers[customer.entry.id], items[item.entry.id]) == (False, False)
    for each in (customer, item):
        assert desk.read(each.entry) is not None
        is_held = bool(desk.ledger.find(each.entry.kind, [each.document.name]))
        (made,) = desk.answers(each.document)
        assert isinstance(made, Conflict if is_held else Entry)


def test_what_became_of_the_lists_leads_to_what_is_there_now(desk: Desk) -> None:
    renamed, put_away = desk.post(desk.customer("Jo Doe")), desk.post(desk.item("Mug"))
    before, known = desk.harness.now(), desk.ledger.read_lists()
    assert known.company == desk.company
    customer, item = desk.post(desk.customer("Zoe")), desk.post(desk.item("Cup"))
    for each in (renamed, put_away):
        desk.harness.deactivate_by_hand(each.entry)
    sale = desk.post(desk.sale())
    restarted = desk.harness.ledger()  # knows the company from the lists alone
    told = restarted.changes(before, known)
    assert told is not None
    assert told.lists is not None
    assert sale.entry.id in {each.id for each in told.changed}
    assert {customer.entry.id, renamed.entry.id} <= {each.id for each in told.lists.customers}
    assert {item.entry.id, put_away.entry.id} <= {each.id for each in told.lists.items}
    now, then = known.renewed(told.lists), desk.harness.ledger().read_lists()
    assert now.company == then.company
    assert {each.id: each for each in now.customers} == {each.id: each for each in then.customers}
    assert {each.id: each for each in now.items} == {each.id: each for each in then.items}
    assert then.at >= known.at


def test_every_kind_is_found_reread_and_listed_as_it_was_answered(desk: Desk) -> None:
    posted = desk.money_of_every_kind()
    now = desk.ledger.reread([(each.entry.type, each.entry.id) for each in posted])
    listed = {(each.type, each.id): each for each in desk.ledger.read_documents(since=DAY, until=DAY)}
    fingerprints = set()
    for each, kind in zip(posted, KINDS, strict=True):
        place = (each.entry.type, each.entry.id)
        assert now[place] == listed[place]
        assert now[place].fingerprint == each.entry.fingerprint
        assert (now[place].total, now[place].dated) == (each.document.total, DAY)
        found = desk.ledger.find(kind, [each.document.number, "nothing of the kind"])
        if kind is Kind.DEPOSIT:
            assert found == []
        else:
            assert place in {(it.type, it.id) for it in found}
        fingerprints.add(each.entry.fingerprint)
    assert "" not in fingerprints
    assert len(fingerprints) == len(posted)
    assert now[posted[1].entry.type, posted[1].entry.id].linked, "a payment hangs on the invoice"
    assert desk.read(posted[0].entry) == posted[0].entry


def test_a_ledger_that_was_just_opened_tells_writes_and_finds_the_same(desk: Desk) -> None:
    posted = desk.post(desk.sale(SaleForm.RECEIPT))
    place = (posted.entry.type, posted.entry.id)
    next_one = desk.slots(desk.sale(SaleForm.RECEIPT))
    as_known = desk.ledger.freeze(next_one)

    anew = desk.harness.ledger  # as after a restart
    assert anew().reread([place])[place].total == posted.document.total
    assert place in {(each.type, each.id) for each in anew().read_documents(since=DAY, until=DAY)}
    assert [(each.type, each.id) for each in anew().find(Kind.SALE, [posted.document.number])] == [place]
    assert list(anew().read_customers()) == list(desk.ledger.read_customers())
    assert anew().freeze(next_one) == as_known


def test_hundreds_of_numbers_at_once(desk: Desk) -> None:
    sales = [desk.sale(SaleForm.RECEIPT) for _ in range(60)]
    for at in range(0, len(sales), 30):
        desk.answers(*sales[at : at + 30])
    asked = [f"N{at}" for at in range(300)]
    for at, each in enumerate(sales):
        asked.insert(at * 6, each.number)
    found = desk.ledger.find(Kind.SALE, asked)
    assert sorted(each.number for each in found) == sorted(each.number for each in sales)
    assert desk.ledger.find(Kind.SALE, []) == []


def test_a_document_is_found_whatever_form_it_has(desk: Desk) -> None:
    receipt, invoice = desk.post(desk.sale(SaleForm.RECEIPT)), desk.post(desk.sale(SaleForm.INVOICE))
    found = desk.ledger.find(Kind.SALE, [receipt.document.number, invoice.document.number])
    assert {each.id for each in found} == {receipt.entry.id, invoice.entry.id}


def test_what_other_people_write_is_found_too(desk: Desk) -> None:
    sale, before = desk.sale(), desk.harness.now()
    theirs = desk.harness.invoice_by_hand(sale.number, desk.buyer.id)
    (found,) = desk.ledger.find(Kind.SALE, [sale.number])
    assert (found.id, found.number) == (theirs, sale.number)
    assert sale.marker not in found.private_note
    today = found.dated
    assert today is not None
    assert found in list(desk.ledger.read_documents(since=today, until=today))
    told = desk.ledger.changes(before)
    assert told is not None
    assert found in told.changed
    (refused,) = desk.answers(sale)
    assert isinstance(refused, Conflict)
    assert refused.current == theirs


def test_the_days_are_inclusive(desk: Desk) -> None:
    one = timedelta(days=1)
    days = [DAY - one, DAY, DAY + one, DAY + one + one]
    made = [desk.post(desk.sale(dated=day)).entry for day in days]
    inside = list(desk.ledger.read_documents(since=DAY, until=DAY + one))
    assert sorted(each.id for each in inside) == sorted(each.id for each in made[1:3])
    assert list(desk.ledger.read_documents(since=DAY - 9 * one, until=DAY - 8 * one)) == []


def test_reread_tells_what_is_gone(desk: Desk) -> None:
    kept, gone, voided = (desk.post(desk.sale()) for _ in range(3))
    desk.harness.delete_by_hand(gone.entry)
    desk.post(desk.void(voided), desk.upon(voided))
    asked = [(each.entry.type, each.entry.id) for each in (kept, gone, voided)]
    now = desk.ledger.reread([*asked, (kept.entry.type, LedgerId("987654321"))])
    assert set(now) == {asked[0], asked[2]}
    assert now[asked[0]] == kept.entry
    assert (now[asked[2]].voided, now[asked[2]].total) == (True, desk.money("0"))
    assert desk.ledger.find(Kind.SALE, [gone.document.number]) == []
    assert [each.id for each in desk.ledger.find(Kind.VOID, [voided.document.number])] == [voided.entry.id]


@pytest.mark.parametrize("at", range(len(FORMS)), ids=FORMS)
@pytest.mark.parametrize("hand", [Hand.DATE, Hand.NOTE])
def test_a_hand_on_any_form_is_seen(desk: Desk, hand: Hand, at: int) -> None:
    made = desk.money_of_every_kind()[at].entry
    desk.harness.change_by_hand(made, hand)
    _is_changed(desk, made)


@pytest.mark.parametrize("hand", [Hand.AMOUNT, Hand.NUMBER])
@pytest.mark.parametrize("form", ["receipt", "invoice", "refund", "credit"])
def test_a_hand_on_a_number_or_an_amount_is_seen(desk: Desk, form: str, hand: Hand) -> None:
    documents: dict[str, Callable[[], Document]] = {
        "receipt": lambda: desk.sale(SaleForm.RECEIPT),
        "invoice": lambda: desk.sale(SaleForm.INVOICE),
        "refund": desk.refund,
        "credit": desk.credit,
    }
    made = desk.post(documents[form]()).entry
    desk.harness.change_by_hand(made, hand)
    _is_changed(desk, made)


def _is_changed(desk: Desk, made: Entry) -> None:
    now = desk.read(made)
    assert now is not None
    assert now.version != made.version
    assert now.fingerprint != made.fingerprint


def test_what_is_not_ours_and_what_money_does_leave_the_fingerprint(desk: Desk) -> None:
    sale = desk.post(desk.sale())
    desk.post(desk.payment(sale))
    desk.harness.change_by_hand(sale.entry, Hand.NOT_OURS)
    now = desk.read(sale.entry)
    assert now is not None
    assert now.version != sale.entry.version
    assert (now.balance, now.linked, now.fingerprint) == (desk.money("8.50"), True, sale.entry.fingerprint)


def test_opening_balances_are_booked_found_seen_and_removed(desk: Desk) -> None:
    (own,) = [each for each in desk.company.accounts if each.is_opening_equity and each.active]
    assert own.id == desk.harness.account(Role.OPENING)
    before = desk.ledger.read_balances(DAY)
    made = desk.post(desk.opening())
    assert (made.entry.kind, made.entry.total, made.entry.dated) == (Kind.JOURNAL, desk.money("512.30"), DAY)
    assert made.entry.id in {each.id for each in desk.ledger.find(Kind.JOURNAL, [made.document.number])}
    assert _moved(before, desk.ledger.read_balances(DAY)) == {line.account: line.signed for line in made.document.lines}
    assert desk.ledger.read_balances(DAY - timedelta(days=1)) == before
    desk.ledger.remove(made.entry)
    assert desk.ledger.read_balances(DAY) == before


def _moved(before: Mapping[LedgerId, Money], after: Mapping[LedgerId, Money]) -> dict[LedgerId, Money]:
    """What was added to the debits of each account."""
    currency = next(each.currency for each in after.values())
    changes = {key: after.get(key, zero(currency)) - before.get(key, zero(currency)) for key in {*before, *after}}
    return {key: amount for key, amount in changes.items() if not amount.is_zero}


def test_changes_since_a_moment(desk: Desk) -> None:
    changed, deleted = desk.post(desk.sale()), desk.post(desk.sale())
    before = desk.harness.now()
    desk.harness.change_by_hand(changed.entry, Hand.NOTE)
    desk.harness.delete_by_hand(deleted.entry)
    made = desk.post(desk.journal())
    told = desk.ledger.changes(before)
    assert told is not None
    assert desk.read(changed.entry) in told.changed
    assert made.entry in told.changed
    assert (deleted.entry.type, deleted.entry.id) in told.deleted
    assert deleted.entry.id not in {each.id for each in told.changed if each.type == deleted.entry.type}
    further = desk.ledger.changes(told.until)
    assert further is not None
    assert further.until >= told.until


def test_no_changes(desk: Desk) -> None:
    told = desk.ledger.changes(desk.harness.now())
    assert told is not None
    assert (told.changed, told.deleted) == ((), ())


def test_changes_of_long_ago_are_told_whole_or_not_at_all(desk: Desk) -> None:
    made = desk.post(desk.sale())
    told = desk.ledger.changes(desk.harness.now() - timedelta(days=4000))
    assert told is None or made.entry in told.changed


def test_removing_what_nobody_touched(desk: Desk) -> None:
    made = desk.post(desk.sale())
    desk.ledger.remove(made.entry)
    assert desk.read(made.entry) is None
    desk.ledger.remove(made.entry)


def test_what_was_touched_is_not_removed(desk: Desk) -> None:
    paid, changed = desk.post(desk.sale()), desk.post(desk.sale())
    desk.post(desk.payment(paid))
    desk.harness.change_by_hand(changed.entry, Hand.NOTE)
    for each in (paid, changed):
        with pytest.raises(Conflict):
            desk.ledger.remove(each.entry)
        assert desk.read(each.entry) is not None


def test_links_lead_to_an_address(desk: Desk) -> None:
    posted = [*desk.money_of_every_kind(), desk.post(desk.customer()), desk.post(desk.item())]
    links = [desk.ledger.link(each.entry.type, each.entry.id) for each in posted]
    is_shown = [bool(each) for each in links]
    assert len(set(is_shown)) == 1, "a company is shown to people, or it is not"
    assert all(not each or (each.startswith("https://") and " " not in each) for each in links)
    assert is_shown[0] == (desk.ledger.link(posted[0].entry.type, LedgerId("77")) not in {"", links[0]})

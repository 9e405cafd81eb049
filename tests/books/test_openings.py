"""Opening balances: one journal entry, on the day before the start, against what the company keeps for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.books.conftest import STORE, make_company, make_settings, pounds

from comptoir.books.checks import Resolved, resolve
from comptoir.books.choices import Choice, ChoiceKind
from comptoir.books.company import Account, AccountType, Company
from comptoir.books.documents import JournalDocument, JournalLine, LedgerId, Side
from comptoir.books.ledger_lines import ledger_effect
from comptoir.books.openings import OPENING, decide_opening, opening_entry, says_the_same
from comptoir.books.problems import Problem, Skipped
from comptoir.books.settings import ClosedPeriods, OpeningSettings
from comptoir.books.uses import ACCOUNT, money_account, uses

COMPANY, SETTINGS = make_company(), make_settings()
CARDS, OWED, EQUITY, OTHER = LedgerId("cl"), LedgerId("gift"), LedgerId("obe"), LedgerId("own")
BOOKS = replace(
    COMPANY,
    accounts=(
        *COMPANY.accounts,
        Account(CARDS, "Web clearing", AccountType.BANK, "GBP"),
        Account(OWED, "Cards: unspent", AccountType.OTHER_CURRENT_LIABILITY, "GBP"),
        Account(EQUITY, "Anfangsbestand", AccountType.EQUITY, "GBP", is_opening_equity=True),
        Account(OTHER, "Owner", AccountType.EQUITY, "GBP"),
        Account(LedgerId("eur"), "Euro clearing", AccountType.BANK, "EUR"),
        Account(LedgerId("old"), "Old clearing", AccountType.BANK, "GBP", active=False),
        Account(LedgerId("eureq"), "Euro equity", AccountType.EQUITY, "EUR"),
    ),
)
LAST = date(2025, 12, 31)


def asked(
    balances: dict[str, str], equity: str = "", company: Company = BOOKS, **changes: object
) -> Resolved | list[Problem]:
    opening = OpeningSettings({name: Decimal(amount) for name, amount in balances.items()}, equity)
    return resolve(replace(SETTINGS, opening=opening, **changes), company, UTC)  # type: ignore[arg-type]


def resolved(balances: dict[str, str], equity: str = "", company: Company = BOOKS, **changes: object) -> Resolved:
    found = asked(balances, equity, company, **changes)
    assert isinstance(found, Resolved), found
    return found


def entry(balances: dict[str, str], equity: str = "") -> JournalDocument:
    found = opening_entry(resolved(balances, equity), BOOKS, STORE, 0)
    assert found is not None
    return found


def lines(document: JournalDocument) -> list[tuple[str, str, str]]:
    return [(each.side.value, each.account, f"{each.amount.amount.normalize():f}") for each in document.lines]


def test_what_was_on_its_way_and_what_was_owed() -> None:
    found = entry({"web clearing": "512.30", "Cards: unspent": "90"})
    assert lines(found) == [("debit", "cl", "512.3"), ("credit", "gift", "90"), ("credit", "obe", "422.3")]
    assert (found.dated, found.number, found.currency, found.total) == (LAST, OPENING, "GBP", pounds("512.30"))
    assert found.side(Side.DEBIT) == found.side(Side.CREDIT)
    assert found.private_note == f"{STORE} opening balances"


@pytest.mark.parametrize(
    ("balances", "expected"),
    [
        ({"Web clearing": "-20"}, [("credit", "cl", "20"), ("debit", "obe", "20")]),
        ({"Cards: unspent": "-5"}, [("debit", "gift", "5"), ("credit", "obe", "5")]),
        ({"Cards: unspent": "30"}, [("credit", "gift", "30"), ("debit", "obe", "30")]),
        ({"Web clearing": "30", "Cards: unspent": "30"}, [("debit", "cl", "30"), ("credit", "gift", "30")]),
        ({"Web clearing": "0", "Cards: unspent": "1"}, [("credit", "gift", "1"), ("debit", "obe", "1")]),
    ],
)
def test_sides(balances: dict[str, str], expected: list[tuple[str, str, str]]) -> None:
    assert lines(entry(balances)) == expected


def test_the_other_side_may_be_chosen() -> None:
    assert lines(entry({"Web clearing": "1"}, "Owner"))[1] == ("credit", "own", "1")


def test_nothing_is_booked_unless_it_is_asked() -> None:
    for balances in ({}, {"Web clearing": "0"}):
        found = resolved(balances)
        assert (found.openings, found.opening_equity) == ({}, None)
        assert decide_opening(found, BOOKS, STORE) is None
    assert resolved({}, "Owner").opening_equity == OTHER, "a name is checked all the same"


def test_the_number_bears_the_prefix_of_sales_and_a_later_entry_another_marker() -> None:
    orders = replace(SETTINGS.orders, prefix="W-")
    found = [opening_entry(resolved({"Web clearing": "1"}, orders=orders), BOOKS, STORE, at) for at in (0, 1)]
    assert [each.number for each in found if each] == ["W-OPENING", "W-OPENING"]
    assert len({each.marker for each in found if each}) == 2


@pytest.mark.parametrize(
    ("balances", "equity", "where", "words"),
    [
        ({"Nowhere": "1"}, "", "opening.balances.Nowhere", 'no account named "Nowhere"'),
        ({"Old clearing": "1"}, "", "opening.balances.Old clearing", "inactive"),
        ({"Owner": "1"}, "", "opening.balances.Owner", "another type"),
        ({"Euro clearing": "1"}, "", "opening.balances.Euro clearing", "kept in EUR"),
        ({"Web clearing": "1.005"}, "", "opening.balances.Web clearing", "more decimals"),
        ({"Web clearing": "1", "web  clearing": "2"}, "", "opening.balances.web  clearing", "listed twice"),
        ({"Web clearing": "1"}, "Web clearing", "opening.equity_account", "another type"),
        ({"Web clearing": "1"}, "Euro equity", "opening.equity_account", "kept in EUR"),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_done(
    balances: dict[str, str], equity: str, where: str, words: str
) -> None:
    found = asked(balances, equity)
    assert isinstance(found, list)
    assert [(each.where, words in str(each.what)) for each in found] == [(where, True)]


def test_a_company_without_an_account_for_it_is_told_to_choose_one() -> None:
    accounts = tuple(replace(each, active=not each.is_opening_equity) for each in BOOKS.accounts)
    found = asked({"Web clearing": "1"}, company=replace(BOOKS, accounts=accounts))
    assert isinstance(found, list)
    assert [each.where for each in found] == ["opening.equity_account"]
    assert resolved({"Web clearing": "1"}, "Owner", replace(BOOKS, accounts=accounts)).opening_equity == OTHER


def test_a_closed_period_holds_it_or_moves_it() -> None:
    closed = replace(BOOKS, books_closed_until=date(2026, 1, 31))
    held = decide_opening(resolved({"Web clearing": "7"}), closed, STORE)
    assert held is not None
    assert isinstance(held.outcome, tuple)
    assert (held.outcome[0].code, held.dated, held.total) == ("books-closed", LAST, pounds("7"))
    moves = resolved({"Web clearing": "7"}, closed_periods=ClosedPeriods.FIRST_OPEN_DAY)
    moved = decide_opening(moves, closed, STORE)
    assert moved is not None
    assert isinstance(moved.outcome, JournalDocument)
    assert moved.dated == moved.outcome.dated == date(2026, 2, 1)
    assert moved.outcome.private_note.endswith("; its own date is 2025-12-31")
    open_again = decide_opening(moves, replace(closed, books_closed_until=date(2025, 12, 30)), STORE)
    assert open_again is not None
    assert open_again.dated == LAST
    wanted = opening_entry(moves, closed, STORE, 0)
    assert says_the_same(moved.outcome, wanted, closed, moves), "it stays where it was put"
    assert not says_the_same(moved.outcome, wanted, BOOKS, moves), "nothing is closed any more"


def test_the_users_own_word_counts() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    found = resolved({"Web clearing": "7"})
    skipped = decide_opening(found, BOOKS, STORE, choice=Choice(ChoiceKind.SKIP, "by hand", at))
    held = decide_opening(found, BOOKS, STORE, choice=Choice(ChoiceKind.HOLD, "", at))
    assert skipped is not None
    assert held is not None
    assert isinstance(skipped.outcome, Skipped)
    assert isinstance(held.outcome, tuple)


def test_what_says_the_same() -> None:
    terms = resolved({"Web clearing": "7"})
    posted = entry({"Web clearing": "7"})
    worded = replace(posted, number="X", private_note="", marker="", lines=posted.lines[::-1])
    assert says_the_same(worded, posted, BOOKS, terms)
    assert not says_the_same(posted, None, BOOKS, terms)
    assert not says_the_same(posted, entry({"Web clearing": "8"}), BOOKS, terms)
    assert not says_the_same(posted, entry({"Web clearing": "7"}, "Owner"), BOOKS, terms)
    assert not says_the_same(replace(posted, dated=date(2026, 1, 1)), posted, BOOKS, terms)


def test_what_it_does_to_the_accounts() -> None:
    found = entry({"Web clearing": "512.30", "Cards: unspent": "90"})
    effect = ledger_effect(found, BOOKS, lambda _reference: pytest.fail("it has no items"))
    assert [(each.account, each.amount) for each in effect.lines] == [
        ("Web clearing", pounds("512.30")),
        ("Cards: unspent", pounds("-90.00")),
        ("Anfangsbestand", pounds("-422.30")),
    ]
    assert uses(found) == {(ACCOUNT, each) for each in (CARDS, OWED, EQUITY)}
    assert money_account(found) is None


def test_a_line_with_tax_adds_its_own_amount_to_its_account() -> None:
    line = JournalLine(Side.CREDIT, CARDS, pounds("10"), tax_code=LedgerId("t"), tax=pounds("2"))
    assert (line.signed, line.whole) == (pounds("-10"), pounds("12"))

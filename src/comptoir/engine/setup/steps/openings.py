"""PURE: what accounts held at the start, of sales before it: what is booked, beside what the books say already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from comptoir.books.checks import DEFAULT_METHOD
from comptoir.books.checks.names import LIABILITY_TYPES
from comptoir.books.company import Account, Company, fold
from comptoir.books.money import Money, zero
from comptoir.books.problems import Message
from comptoir.books.settings import Settings
from comptoir.engine.setup.accounts import account_question, accounts_for
from comptoir.engine.setup.draft import Setup
from comptoir.engine.setup.questions import Control, Path, Question, Step

OPENINGS_STEP = "openings"
BALANCES: Path = ("opening", "balances")
EQUITY: Path = ("opening", "equity_account")
ONE_DAY = timedelta(days=1)
METHODS_NAMED = 4
"""Payment methods that a sentence names."""


def openings_step(setup: Setup) -> Step:
    """Each account through which the store's money goes, and each on which its buyers are owed."""
    day = setup.settings.start_date - ONE_DAY
    return Step(
        OPENINGS_STEP,
        Message("Opening balances"),
        Message(
            "What these accounts held at the end of {day}, the day before your start date, and your books do not hold "
            "yet. Left empty, nothing is booked. An amount that you enter is booked once, on top of what your books "
            "hold, as a journal entry of that day.",
            {"day": day.isoformat()},
        ),
        (*_balances(setup, day), _equity(setup)),
        nothing=Message("No account is chosen for your payments yet, so there is nothing to enter here."),
    )


def _balances(setup: Setup, day: date) -> Iterator[Question]:
    settings, company = setup.settings, setup.company
    known = {fold(each.name): each for each in company.accounts if each.active}
    held, debts = _held(setup), _debts(settings)
    cards = {fold(settings.items.gift_card_account)} if settings.items.gift_card else set()
    entered = {fold(name): name for name in settings.opening.balances}
    for key in dict.fromkeys((*held, *debts, *entered)):
        account = known.get(key)
        name = entered.get(key) or (account.name if account is not None else "")
        if not name:  # what is wrong with it is said where it is chosen
            continue
        why = debts.get(key) or held.get(key) or Message("Nothing in these settings uses this account any more.")
        yield Question(
            (*BALANCES, name),
            account.name if account is not None else name,
            why,
            Control.AMOUNT,
            example=_example(setup, account, day) if account is not None else None,
            find=setup.looked.store.unspent_cards if key in cards else None,
            hidden=None if key in entered else _hidden(account, company),
        )


def _hidden(account: Account | None, company: Company) -> Message | None:
    """Why it is not asked: an entry is booked in the company's own currency."""
    if account is None or account.currency == company.currency:
        return None
    values = {"name": account.name, "currency": account.currency}
    return Message("{name} is kept in {currency}: enter by hand in your company what it held.", values)


def _held(setup: Setup) -> dict[str, Message]:
    """What each account of the payment methods is for, by its folded name."""
    found: dict[str, list[str]] = {}
    labels = {fold(each.method): each.name for each in setup.found.methods}
    for method, chosen in setup.settings.payments.methods.items():
        for name in (chosen.account, *chosen.by_currency.values()):
            found.setdefault(fold(name), []).append(labels.get(fold(method), method))
    if setup.settings.refunds.account:
        found.setdefault(fold(setup.settings.refunds.account), [])
    return {key: _on_its_way(methods) for key, methods in found.items() if key}


def _on_its_way(methods: list[str]) -> Message:
    named = [each for each in dict.fromkeys(methods) if each != DEFAULT_METHOD]
    if not named:
        return Message("Money of earlier sales that had been taken and had not reached your bank yet.")
    values = {"methods": ", ".join(named[:METHODS_NAMED])}
    return Message("Money of earlier sales, paid by {methods}, that had not reached your bank yet.", values)


def _debts(settings: Settings) -> Mapping[str, Message]:
    """What buyers are owed, by the folded name of its account."""
    items = settings.items
    cards = fold(items.gift_card_account) if items.gift_card else ""
    credit = fold(items.store_credit_account) if items.store_credit else ""
    if cards and cards == credit:
        return {cards: Message("Gift cards sold earlier and store credit given earlier that were not spent yet.")}
    found = {
        cards: Message("Gift cards sold earlier that were not spent yet."),
        credit: Message("Store credit given earlier that was not spent yet."),
    }
    return {key: words for key, words in found.items() if key}


def _example(setup: Setup, account: Account, day: date) -> Message:
    """What the books say of it, without what Comptoir booked itself."""
    looked = setup.looked
    if looked.balances is None or looked.balances_on is None:
        return Message("What your books say of it could not be read; you find it in your company's balance sheet.")
    amount = looked.balances.get(account.id, zero(setup.company.currency))
    held = -amount if account.type in LIABILITY_TYPES else amount
    values = {"amount": str(held), "day": looked.balances_on.isoformat(), "wanted": day.isoformat()}
    if looked.balances_on != day:
        return Message(
            "Your books say {amount} at the end of {day}. Read the company again, below, to see it at the end of "
            "{wanted}.",
            values,
        )
    if held.is_zero:
        return Message(
            "Your books say that it held nothing at the end of {day}. Leave it empty if that is right.", values
        )
    return Message(
        "Your books say {amount} at the end of {day}. Leave it empty if that is right; else enter what is missing.",
        values,
    )


def _equity(setup: Setup) -> Question:
    """The other side of the entry."""
    own = next((each.name for each in setup.company.accounts if each.active and each.is_opening_equity), "")
    none = Message("{name}, as your company has it", {"name": own}) if own else Message("None: choose one")
    booked = any(not Money(each, setup.company.currency).is_zero for each in setup.settings.opening.balances.values())
    return account_question(
        setup.company,
        EQUITY,
        Message("The other side of the entry. Your accountant moves it to where it belongs."),
        "",
        none=none,
        is_more=bool(own) or not booked,
        hidden=None if accounts_for(setup.company, EQUITY) else Message("Your company has no equity account."),
    )

"""Which answers repair a problem: its code, and the settings that a form asks for (T5).

PURE. A problem has no repair here where the remedy lies elsewhere: in the store, in the company, in waiting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from comptoir.books.company import AccountType, Company, fold, tax_key
from comptoir.books.facts import Order
from comptoir.books.problems import Message, Problem
from comptoir.books.settings import Settings
from comptoir.books.taxes.suggesting import parts_of, rates_of, suggested_code
from comptoir.engine.setup.asks import Ask, Path, Takes, ask, is_settable, path_named, setting_of, value_at
from comptoir.engine.setup.default_names import NAMES
from comptoir.engine.setup.new_codes import new_code
from comptoir.engine.setup.questions import NewCode


@dataclass(frozen=True, slots=True)
class Cure:
    """One way to repair a problem: a question, settings that are asked for, and settings that it puts by itself.

    Names in braces are the problem's own values. `currency` names the value that says in which currency an account
    must take money.
    """

    question: Message
    asks: tuple[Path, ...] = ()
    sets: Mapping[Path, str] | None = None
    currency: str = ""
    types: frozenset[AccountType] | None = None
    """Of the account that is asked for, where not every one that the setting takes will do."""
    needs: str = ""
    """The value without which this is no way: not every problem of the code has it, nor one kept from before."""


CURES: Mapping[str, tuple[Cure, ...]] = {
    "tax-unmapped": (
        Cure(Message('Which tax code of your company stands for "{tax}"?'), (("taxes", "codes", "{tax}"),)),
    ),
    "tax-rate": (
        Cure(
            Message('Which tax code of your company stands for "{tax}" at {store_rate}?'),
            (("taxes", "codes", "{tax_and_rate}"),),
        ),
    ),
    "method-unmapped": (
        Cure(
            Message('Which account holds the money that is paid with "{method}"?'),
            (("payments", "methods", "{key}", "account"), ("payments", "methods", "{key}", "payment_method")),
        ),
    ),
    "account-currency": (
        Cure(
            Message('Which account holds the money in {currency} that is paid with "{method}"?'),
            (("payments", "methods", "{key}", "by_currency", "{currency}"),),
            currency="currency",
        ),
    ),
    "refund-account-currency": (
        Cure(
            Message('Which account pays back in {currency} what was paid with "{key}"?'),
            (("payments", "methods", "{key}", "account"),),
            currency="currency",
        ),
    ),
    "refund-without-account": (
        Cure(Message("Which account do refunds name that have no other?"), (("refunds", "account"),)),
    ),
    "item-unmatched": (
        Cure(
            Message("Create such products in your company by themselves."),
            sets={("items", "create"): "true"},
            needs="sku",
        ),
        Cure(
            Message("Book whatever matches no product of your company to one of them."),
            (("items", "default_product"),),
        ),
    ),
    "default-product-missing": (
        Cure(
            Message("Book whatever matches no product of your company to one of them."),
            (("items", "default_product"),),
        ),
    ),
    "opening-quantity": (
        Cure(
            Message("Post such sales without waiting for a quantity; the stock goes below zero until you enter one."),
            sets={("items", "opening_quantity"): "post"},
        ),
    ),
    "no-restock": (
        Cure(
            Message("Which product or service stands for goods that come back and do not return to stock?"),
            (("items", "no_restock"),),
        ),
        Cure(
            Message("Goods return to stock wherever the store does not say that they do not."),
            sets={("refunds", "restock_unstated"): "true"},
        ),
    ),
    "named-item-inactive": (
        Cure(Message("Which product or service stands for {what} instead?"), (("items", "{setting}"),)),
    ),
    "item-type": (
        Cure(
            Message("Which product or service stands for {what} instead?"), (("items", "{setting}"),), needs="setting"
        ),
    ),
    "generic-customer-inactive": (
        Cure(
            Message(
                "Which customer stands for buyers without one of their own instead? One that is not there yet is made."
            ),
            (("orders", "generic_customer"),),
        ),
    ),
    "charge-unnamed": (
        Cure(
            Message("Which product or service stands for {what}? One that is not there yet is made."),
            (("items", "{setting}"), ("items", "charges_account")),
        ),
    ),
    "gift-card": (
        Cure(
            Message("What are gift cards called in your company, and in which account are they owed?"),
            (("items", "gift_card"), ("items", "gift_card_account")),
        ),
    ),
    "store-credit": (
        Cure(
            Message("What is store credit called in your company, and in which account is it owed?"),
            (("items", "store_credit"), ("items", "store_credit_account")),
        ),
    ),
    "refund-of-earlier-order": (
        Cure(
            Message("Post refunds of earlier orders as refund receipts by themselves."),
            sets={("refunds", "of_earlier_orders"): "post"},
        ),
    ),
    "books-closed": (
        Cure(
            Message("Date what is late by the first open day; its own date stands in the private note."),
            sets={("closed_periods",): "first_open_day"},
        ),
    ),
    "tax-filed": (
        Cure(
            Message("Date what is late by the first open day; its own date stands in the private note."),
            sets={("closed_periods",): "first_open_day"},
        ),
    ),
    "paid-currency": (
        Cure(
            Message("Post every order in the shop's own currency."),
            sets={("orders", "currency"): "shop"},
        ),
    ),
    "cash-back-account": (
        Cure(
            Message('Which bank account holds the money that is paid, and paid back, with "{key}"?'),
            (("payments", "methods", "{key}", "account"),),
            currency="currency",
            types=frozenset({AccountType.BANK}),
            needs="key",
        ),
    ),
    "total": (
        Cure(
            Message("The store's total is right: let the rounding line carry up to {units} cents."),
            sets={("items", "rounding_cap"): "{units}"},
            needs="units",
        ),
    ),
    "number-taken": (
        Cure(
            Message("It is another sale: give ours other numbers, by what stands before them."),
            (("orders", "prefix"), ("refunds", "prefix")),
        ),
    ),
    "number-too-long": (
        Cure(Message("Shorten what stands before the numbers."), (("orders", "prefix"), ("refunds", "prefix"))),
    ),
}
"""The ways to repair a problem, by its code; several are alternatives."""

SEVERAL_CODES = "tax-several-codes"
ONE_CODE = Message("Which one tax code stands for these taxes? Choose the same for each of them.")
NO_ANSWER = Message("This needs an answer.")


@dataclass(frozen=True, slots=True)
class Repair:
    """A form that mends a cause. `sets` are what it puts by itself."""

    question: Message
    asks: tuple[Ask, ...]
    sets: Mapping[Path, str]


def repairs_of(
    problem: Problem, settings: Settings, company: Company, *, orders: Sequence[Order] = (), items: Sequence[str] = ()
) -> tuple[Repair, ...]:
    """The ways to repair a problem, each with the company's own choices and the likely one marked.

    `orders`: some that it holds, from which the likely answer is read; `items`: what the company's products are called.
    """
    if problem.code == "settings":
        return _of_setting(problem, settings, company)
    if problem.code == SEVERAL_CODES:
        return _of_codes(settings, company, orders)
    values = problem.what.values
    found = (_repair(cure, values, settings, company, orders, items) for cure in ways(problem))
    return tuple(each for each in found if each.asks or _changes(each, settings))


def _changes(repair: Repair, settings: Settings) -> bool:
    """Whether what it puts by itself is not so already."""
    return any(value_at(settings, path) != value for path, value in repair.sets.items())


def filled(path: Path, values: Mapping[str, str]) -> Path:
    """The path with the problem's own values in it."""
    return tuple(part.format_map(values) for part in path)


def asks_for_items(problems: Iterable[Problem]) -> bool:
    """Whether a repair of any of these asks for a product of the company."""
    paths = (filled(path, each.what.values) for each in problems for cure in ways(each) for path in cure.asks)
    return any((found := setting_of(path)) is not None and found.takes is Takes.ITEM for path in paths)


def ways(problem: Problem) -> list[Cure]:
    """The ways to repair it, as far as it tells what each needs."""
    cures = CURES.get(problem.code, ())
    return [cure for cure in cures if not cure.needs or problem.what.values.get(cure.needs)]


def missing(answers: Mapping[Path, str]) -> list[Problem]:
    """The questions that need an answer and have none."""
    return [
        Problem("setting-missing", NO_ANSWER, NO_ANSWER, field=".".join(path))
        for path, answer in answers.items()
        if (setting := setting_of(path)) is not None and setting.is_needed and not answer
    ]


def _of_setting(problem: Problem, settings: Settings, company: Company) -> tuple[Repair, ...]:
    """A setting that does not fit the company: itself, asked for anew."""
    path = path_named(problem.where)
    if path is None or not is_settable(path, company):
        return ()
    found = ask(path, settings, company, currency=path[-1] if "by_currency" in path else "")
    return (Repair(problem.what, (found,), {}),)


def _of_codes(settings: Settings, company: Company, orders: Sequence[Order]) -> tuple[Repair, ...]:
    """The codes of the taxes that meet on the orders, asked for together: they must be one."""
    met = [tuple(tax.name for tax in line.taxes) for order in orders for line in order.lines]
    each = {tax_key([name]): name for names in met for name in names}
    together = {tax_key(names) for names in met} - each.keys()
    joined = {key: name for name in settings.taxes.codes if (key := tax_key([name])) in together}
    found = tuple(_code_of(name, settings, company) for _, name in sorted({**each, **joined}.items()))
    return (Repair(ONE_CODE, found, {}),) if found else ()


def _code_of(tax: str, settings: Settings, company: Company) -> Ask:
    found = ask(("taxes", "codes", tax), settings, company)
    return replace(found, setting=replace(found.setting, label=Message('Tax code of "{tax}"', {"tax": tax})))


def _repair(
    cure: Cure,
    values: Mapping[str, str],
    settings: Settings,
    company: Company,
    orders: Sequence[Order],
    items: Sequence[str],
) -> Repair:
    paths = [filled(path, values) for path in cure.asks]
    currency = values.get(cure.currency, company.currency)
    asks = (ask(path, settings, company, currency=currency, items=items, types=cure.types) for path in paths)
    likely = tuple(_likely(each, values, settings, company, orders) for each in asks)
    sets = {path: value.format_map(values) for path, value in (cure.sets or {}).items()}
    return Repair(Message(cure.question.template, dict(values)), likely, sets)


def _likely(
    found: Ask, values: Mapping[str, str], settings: Settings, company: Company, orders: Sequence[Order]
) -> Ask:
    """The question with the likely answer: read from the orders, or from what the settings say already."""
    if found.setting.takes is Takes.TAX_CODE:
        return _likely_code(found, values, company, orders)
    if found.value or found.suggested:
        return found
    match found.setting.takes:
        case Takes.ACCOUNT if found.path[0] == "payments":
            return replace(found, suggested=_usual_account(found, settings))
        case Takes.ITEM:
            return replace(found, value=NAMES[settings.report.language].get(found.path[-1], ""))
        case _:
            return found


def _likely_code(found: Ask, values: Mapping[str, str], company: Company, orders: Sequence[Order]) -> Ask:
    """The code of the rate that the orders tell, and one that could be made for it."""
    name, stated = values["tax"], _rate_in(values.get("store_rate", ""))
    rates = frozenset({stated}) if stated else frozenset().union(*(rates_of(each, name) for each in orders))
    found = replace(found, new_code=_new_code(name, rates, company, orders))
    if found.value or found.suggested:
        return found
    code = suggested_code(name, rates, company)
    return replace(found, suggested=code.name if code else "")


def _new_code(name: str, rates: frozenset[Decimal], company: Company, orders: Sequence[Order]) -> NewCode | None:
    """The code that could be made where the orders charge one rate: of one tax, or of the same several."""
    rate = next(iter(rates)) if len(rates) == 1 else None
    told = frozenset().union(*(parts_of(each, name) for each in orders))
    fitting = [parts for parts in told if sum(part.rate for part in parts) == rate]
    return new_code(company, name, rate, fitting[0] if len(fitting) == 1 else ())


def _usual_account(found: Ask, settings: Settings) -> str:
    """The account that holds the money of most other methods, where the form offers it."""
    used = Counter(fold(each.account) for each in settings.payments.methods.values())
    offered = {fold(each.value): each.value for each in found.options}
    return next((offered[name] for name, _ in used.most_common() if name in offered), "")


def _rate_in(text: str) -> Decimal | None:
    """The rate that a problem states as a percentage."""
    number = text.removesuffix("%")
    return Decimal(number) / 100 if text.endswith("%") and number.replace(".", "", 1).isdigit() else None

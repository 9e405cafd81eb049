"""What is wrong with settings without looking a name up in the company's lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo

from comptoir.books.checks.names import COST_TYPES, TYPE_WORDS, mistake
from comptoir.books.company import Company, fold
from comptoir.books.documents import ItemType
from comptoir.books.problems import Problem
from comptoir.books.settings import CurrencyChoice, CustomerChoice, DueRule, ReportWhen, Settings
from comptoir.books.specials import DEBTS, STANDS_FOR, Special
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name

PREFIX_LIMIT = 8
"""Characters; leaves 13 of QuickBooks' 21 for the store's own number and a suffix."""

ROUNDING_LIMIT = 1000
"""Minor units; an order of as many lines may differ by so much (posting rules, section 1)."""

NEEDS_EXPENSE_ACCOUNT = frozenset({"GB", "CA"})
"""Countries whose companies refuse an item without one (quickbooks-online.md §12.2)."""

DUE_DAYS = {
    DueRule.AT_ONCE: (0, 0),
    DueRule.DAYS_AFTER: (0, 999),
    DueRule.DAYS_AFTER_MONTH_END: (0, 999),
    DueRule.DAY_OF_MONTH: (1, 31),
    DueRule.DAY_OF_NEXT_MONTH: (1, 31),
}
"""What `days` may be under each rule of the due date."""

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
"""An e-mail address as mail servers everywhere take it: no name around it, no quotes, nothing beyond ASCII."""
LAST_HOUR = 23


def plain_mistakes(settings: Settings, company: Company, zone: tzinfo | None) -> Iterator[Problem]:
    """Every mistake that the settings and the company's preferences show by themselves."""
    if zone is None:
        yield mistake(
            "time_zone",
            '"{zone}" is not a time zone.',
            "Use a name like Europe/London or America/Toronto.",
            zone=settings.time_zone,
        )
    yield from _number_mistakes(settings)
    yield from _order_mistakes(settings, company)
    yield from _name_mistakes(settings)
    yield from _item_mistakes(settings, company)
    yield from _tender_mistakes(settings)
    yield from _report_mistakes(settings)


def _number_mistakes(settings: Settings) -> Iterator[Problem]:
    prefixes = {"orders.prefix": settings.orders.prefix, "refunds.prefix": settings.refunds.prefix}
    for where, prefix in prefixes.items():
        if not prefix.isprintable():
            yield mistake(
                where,
                "The prefix {prefix} has a character that cannot be printed.",
                "Use letters, digits and hyphens.",
                prefix=repr(prefix),
            )
        if len(prefix) > PREFIX_LIMIT:
            yield mistake(
                where,
                'The prefix "{prefix}" is longer than {limit} characters.',
                "Shorten it, so that the whole document number fits in 21 characters.",
                prefix=prefix,
                limit=str(PREFIX_LIMIT),
            )
    if settings.refunds.record and fold(settings.orders.prefix) == fold(settings.refunds.prefix):
        yield mistake(
            "refunds.prefix",
            "Orders and refunds have the same prefix, so their document numbers would collide.",
            'Choose another prefix for refunds, for example "R-".',
        )
    if settings.refunds.record and not settings.payments.record:
        yield mistake(
            "refunds.record",
            "Refunds are recorded but payments are not, so the money given back was never received in the books.",
            "Record payments too, or record no refunds.",
        )


def _order_mistakes(settings: Settings, company: Company) -> Iterator[Problem]:
    orders = settings.orders
    if not orders.statuses:
        yield mistake(
            "orders.statuses",
            "No payment status is listed, so no order would ever be posted.",
            'List at least one; "paid", "partially_refunded" and "refunded" are usual.',
        )
    least, most = DUE_DAYS[orders.due.rule]
    if orders.due.days and not most:
        yield mistake(
            "orders.due.days",
            'The due rule "{rule}" takes no days, and there are {days}.',
            "Set the days to 0, or choose a due rule that counts days.",
            rule=orders.due.rule.value,
            days=str(orders.due.days),
        )
    elif not least <= orders.due.days <= most:
        yield mistake(
            "orders.due.days",
            'The due rule "{rule}" cannot have {days} days.',
            "Choose a number from {least} to {most}.",
            rule=orders.due.rule.value,
            days=str(orders.due.days),
            least=str(least),
            most=str(most),
        )
    if orders.currency is CurrencyChoice.PAID and not company.multicurrency:
        yield mistake(
            "orders.currency",
            "Sales in the buyers' currencies need a company that keeps several, and this one keeps {home} only.",
            'Switch multicurrency on in the company, or set it to "shop".',
            home=company.currency,
        )
    if orders.customer is CustomerChoice.GENERIC and company.auto_apply_credit:
        yield mistake(
            "orders.customer",
            "The company applies credits to open invoices by itself, so that one buyer's credit under the generic "
            "customer would settle another's order.",
            "Switch the automatic application of credits and payments off in the company, or choose another customer.",
        )


def _name_mistakes(settings: Settings) -> Iterator[Problem]:
    """Items and customers that could be created only without a name, and debts that share theirs with income."""
    items = settings.items
    needed = {
        "items.shipping": items.shipping,
        "items.rounding": items.rounding,
        "items.refund_difference": items.refund_difference,
        "orders.generic_customer": settings.orders.generic_customer,
    }
    for where, name in needed.items():
        if not clean_name(name, ITEM_NAME_LIMIT):
            yield mistake(where, "The name is empty.", "Name an existing one, or the one that is to be created.")
    own = {special: items.name_of(special) for special in Special}
    for special, name in own.items():
        where = f"items.{special.value}"
        if name and where not in needed and not clean_name(name, ITEM_NAME_LIMIT):
            yield mistake(
                where,
                "The name has no character that the company accepts.",
                "Name an existing item, or the one that is to be created; or leave this setting empty.",
            )
        sharing = [other.value for other in own if other not in DEBTS and fold(own[other]) == fold(name)]
        if special in DEBTS and name and sharing:
            yield mistake(
                where,
                'The item "{name}" stands for a debt here and for income for {what}.',
                "Give the two an item each.",
                name=name,
                what=STANDS_FOR[sharing[0]],
            )


def _item_mistakes(settings: Settings, company: Company) -> Iterator[Problem]:
    items = settings.items
    if not 0 <= items.rounding_cap <= ROUNDING_LIMIT:
        yield mistake(
            "items.rounding_cap",
            "The largest rounding difference cannot be {cap}.",
            "Choose a number from 0 to {limit}, in the currency's smallest units (5 is usual).",
            cap=f"{items.rounding_cap:f}",
            limit=str(ROUNDING_LIMIT),
        )
    if company.country in NEEDS_EXPENSE_ACCOUNT and not items.expense_account:
        yield mistake(
            "items.expense_account",
            "Companies in this country need an expense account on every item.",
            "Choose an account of type {kinds}; it is used for every item that is created, shipping included.",
            kinds=TYPE_WORDS[COST_TYPES],
        )
    if items.create and items.create_as is ItemType.INVENTORY and not company.track_stock:
        yield mistake(
            "items.create_as",
            "The company does not keep stock, so no inventory item can be created.",
            'Switch quantity tracking on in the company, or set it to "non_inventory" or "service".',
        )
    if items.charges_as is ItemType.INVENTORY:
        yield mistake(
            "items.charges_as",
            "Tips, duties and fees have no stock.",
            'Set it to "service" or "non_inventory".',
        )
    if items.deposit_names and not items.deposit:
        yield mistake(
            "items.deposit_names",
            "Fees are named as deposits, and there is no item for deposits.",
            'Name the item under "items.deposit", or empty this list.',
        )


def _tender_mistakes(settings: Settings) -> Iterator[Problem]:
    """Payment methods that are said to be two things at once."""
    payments = settings.payments
    lists = {
        "payments.gift_card_methods": {fold(name) for name in payments.gift_card_methods},
        "payments.store_credit_methods": {fold(name) for name in payments.store_credit_methods},
    }
    spellings: dict[str, str] = {}
    for name in payments.methods:
        first = spellings.setdefault(fold(name), name)
        if first != name:
            yield mistake(
                f"payments.methods.{name}",
                'The payment method "{name}" is there twice, as "{first}" too.',
                "Keep one of the two; letter case does not tell methods apart.",
                name=name,
                first=first,
            )
    mapped = set(spellings)
    for where, names in lists.items():
        for name in sorted(names & mapped):
            yield mistake(
                where,
                'The payment method "{name}" has an account of its own, and is said to bring no money.',
                "Take it out of payments.methods or out of this list.",
                name=name,
            )
    for name in sorted(set.intersection(*lists.values())):
        yield mistake(
            "payments.store_credit_methods",
            'The payment method "{name}" is both a gift card and store credit.',
            "Take it out of one of the two lists.",
            name=name,
        )


def _report_mistakes(settings: Settings) -> Iterator[Problem]:
    """The report by e-mail: whom it goes to, and at which hour."""
    report = settings.report
    for address in report.to:
        if not ADDRESS.fullmatch(address):
            yield mistake(
                "report.to",
                '"{address}" is not an e-mail address.',
                "Write the address alone, like books@example.com, each in quotes of its own.",
                address=address,
            )
    if report.when is not ReportWhen.NEVER and not report.to:
        yield mistake(
            "report.to",
            "A report is wanted, and no address is named that it goes to.",
            'Name at least one address, or set report.when to "never".',
        )
    if not 0 <= report.hour <= LAST_HOUR:
        yield mistake(
            "report.hour",
            "The hour of the daily report cannot be {hour}.",
            "Choose a number from 0 to 23.",
            hour=str(report.hour),
        )

"""A company's settings and lists in few calls, and what became of them since they were read.

Several queries travel in one batch call. Change data capture tells of accounts, items, customers, payment methods,
classes and departments; it does not tell of tax codes, rates and agencies (quickbooks-online.md §6), nor, as far as is
known, of preferences and currencies, nor reliably of the stock of an item (§17). These are read anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from comptoir.books.company import (
    Company,
    CustomerRecord,
    ItemRecord,
    ListNews,
    Lists,
    renewed,
)
from comptoir.books.documents import LedgerId
from comptoir.engine.errors import Unexpected
from comptoir.ledgers.quickbooks import wire
from comptoir.ledgers.quickbooks.changes import Captured
from comptoir.ledgers.quickbooks.client import QuickBooksClient, rows_of
from comptoir.ledgers.quickbooks.company import (
    Rows,
    to_account,
    to_company,
    to_customer,
    to_item,
    to_named,
    with_settings,
)
from comptoir.ledgers.quickbooks.errors import ODD, shaped
from comptoir.ledgers.quickbooks.query import ALSO_INACTIVE, PAGE_ROWS, among, chunks, select

TOLD = ("Account", "Item", "Customer", "PaymentMethod", "Class", "Department")
"""The lists of which change data capture tells."""
_UNTOLD = ("TaxCode", "TaxRate", "TaxAgency", "CompanyCurrency")
_SINGLES = ("CompanyInfo", "Preferences")
_CATEGORY = "Category"

_Shape = TypeVar("_Shape")


def read_company(client: QuickBooksClient) -> Company:
    """The company, its preferences and lists. Raises a house error."""
    return _company(client.realm_id, _Asked(client, {**_SETTINGS, **_CHART}))


def read_lists(client: QuickBooksClient) -> Lists:
    """The company with every item and customer. Raises a house error."""
    asked = _Asked(client, {**_SETTINGS, **_CHART, **_RECORDS})
    company = _company(client.realm_id, asked)
    return Lists(
        company,
        tuple(items_of(asked.rows("Item", wire.Item))),
        tuple(customers_of(asked.rows("Customer", wire.Name), company.currency)),
        asked.at,
    )


def items_of(rows: Iterable[wire.Item]) -> Iterator[ItemRecord]:
    """The items among these rows; a category cannot be sold."""
    return (to_item(row) for row in rows if row.type != _CATEGORY)


def customers_of(rows: Iterable[wire.Name], currency: str) -> Iterator[CustomerRecord]:
    """The customers that these rows tell of."""
    return (to_customer(row, currency) for row in rows)


def news(client: QuickBooksClient, known: Lists, found: Captured) -> ListNews:
    """What became of `known`, by the changes that were captured, and what these do not tell. Raises a house error."""
    empty = sorted(item.id for item in known.items if item.quantity == 0)
    conditions = [f"{ALSO_INACTIVE} AND {among('Id', chunk)}" for chunk in chunks(empty)]
    asked = _Asked(client, _UNTOLD_SETTINGS, [select("Item", where) for where in conditions])
    company = _changed(known.company, found)
    currency = company.currency
    stocked = [shaped(row, wire.Item) for answer in asked.more for row in rows_of(answer, "Item")]
    return ListNews(
        company=with_settings(company, asked.single("Preferences", wire.Preferences), _untold(asked)),
        items=tuple(items_of([*stocked, *_rows(found, "Item", wire.Item)])),
        customers=tuple(customers_of(_rows(found, "Customer", wire.Name), currency)),
        gone_items=_gone(found, "Item"),
        gone_customers=_gone(found, "Customer"),
    )


def _changed(company: Company, found: Captured) -> Company:
    accounts = [to_account(row, company.currency) for row in _rows(found, "Account", wire.Account)]
    named = {form: [to_named(row) for row in _rows(found, form, wire.Listed)] for form in TOLD[3:]}
    return replace(
        company,
        accounts=renewed(company.accounts, accounts, _gone(found, "Account")),
        payment_methods=renewed(company.payment_methods, named["PaymentMethod"], _gone(found, "PaymentMethod")),
        classes=renewed(company.classes, named["Class"], _gone(found, "Class")),
        locations=renewed(company.locations, named["Department"], _gone(found, "Department")),
    )


def _rows(found: Captured, entity: str, shape: type[_Shape]) -> list[_Shape]:
    return [shaped(row, shape) for form, row in found.changed if form == entity]


def _gone(found: Captured, entity: str) -> frozenset[LedgerId]:
    return frozenset(identity for form, identity in found.deleted if form == entity)


# Asking

_SETTINGS = {**dict.fromkeys(_SINGLES, ""), **dict.fromkeys(_UNTOLD, "")}
_CHART = dict.fromkeys(("Account", "PaymentMethod", "Class", "Department"), ALSO_INACTIVE)
_RECORDS = dict.fromkeys(("Item", "Customer"), ALSO_INACTIVE)
_UNTOLD_SETTINGS = {"Preferences": "", **dict.fromkeys(_UNTOLD, "")}
"""Entities and the condition under which each is read."""


class _Asked:
    """The answers to one question an entity, asked together; pages beyond the first are read when they are wanted."""

    def __init__(self, client: QuickBooksClient, entities: dict[str, str], more: Sequence[str] = ()) -> None:
        self._client = client
        self._entities = entities
        statements = [_single(each) if each in _SINGLES else select(each, where) for each, where in entities.items()]
        answers = client.ask(statements + list(more))
        self._answers = dict(zip(entities, answers, strict=False))
        self.more = [each.rows for each in answers[len(entities) :]]
        self.at = answers[0].at

    def single(self, entity: str, shape: type[_Shape]) -> _Shape:
        """The one record of an entity."""
        rows = rows_of(self._answers[entity].rows, entity)
        if not rows:
            raise Unexpected(ODD, detail=f"an answer without {entity}")
        return shaped(rows[0], shape)

    def rows(self, entity: str, shape: type[_Shape]) -> tuple[_Shape, ...]:
        """Every row of an entity."""
        rows: list[Any] = rows_of(self._answers[entity].rows, entity)
        if len(rows) >= PAGE_ROWS:
            rows = list(self._client.rows(entity, self._entities[entity], dict[str, Any]))
        return tuple(shaped(row, shape) for row in rows)


def _single(entity: str) -> str:
    return f"SELECT * FROM {entity}"  # noqa: S608 - one of two names


def _company(realm_id: str, asked: _Asked) -> Company:
    lists = replace(
        _untold(asked),
        accounts=asked.rows("Account", wire.Account),
        payment_methods=asked.rows("PaymentMethod", wire.Listed),
        classes=asked.rows("Class", wire.Listed),
        departments=asked.rows("Department", wire.Listed),
    )
    info = asked.single("CompanyInfo", wire.CompanyInfo)
    return to_company(realm_id, info, asked.single("Preferences", wire.Preferences), lists)


def _untold(asked: _Asked) -> Rows:
    """Taxes and currencies. A company without sales tax or foreign currencies may refuse to be asked for these."""
    preferences = asked.single("Preferences", wire.Preferences)
    has_currencies, has_tax = preferences.currency_prefs.multi_currency_enabled, preferences.tax_prefs.using_sales_tax
    return Rows(
        tax_codes=asked.rows("TaxCode", wire.TaxCode),
        tax_rates=asked.rows("TaxRate", wire.TaxRate),
        currencies=asked.rows("CompanyCurrency", wire.CompanyCurrency) if has_currencies else (),
        tax_agencies=asked.rows("TaxAgency", wire.TaxAgency) if has_tax else (),
    )

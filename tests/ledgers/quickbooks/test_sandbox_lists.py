"""What becomes of a company's settings and lists reaches a copy of them, also what no change tells of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.ledgers.quickbooks.sandboxed import Books

from comptoir.books.company import Company, Lists


def read(books: Books, path: str) -> Any:
    """A record as QuickBooks' own page shows it."""
    answer = httpx2.get(
        f"{books.api_url}/v3/company/{books.realm}/{path}",
        headers={"authorization": f"Bearer {books.store.tokens.access_token}", "accept": "application/json"},
    )
    return answer.raise_for_status().json()


def set_preference(books: Books, group: str, name: str, value: Any) -> None:
    now = read(books, "preferences")["Preferences"]
    books.by_hand("Preferences", {**now, group: {**now.get(group, {}), name: value}})


def new_account(books: Books) -> None:
    books.by_hand("Account", {"Name": f"Till {books.number()}", "AccountType": "Bank", "AccountSubType": "CashOnHand"})


def put_account_away(books: Books) -> None:
    made = books.by_hand("Account", {"Name": f"Old {books.number()}", "AccountType": "Income"})
    books.by_hand("Account", {"Id": made["Id"], "SyncToken": made["SyncToken"], "sparse": True, "Active": False})


def new_listed(entity: str) -> Callable[[Books], object]:
    return lambda books: books.by_hand(entity, {"Name": f"{entity} {books.number()}"})


def new_tax_code(books: Books) -> None:
    code = books.number()
    detail = {"TaxRateName": f"R{code}", "RateValue": "7", "TaxAgencyId": "1", "TaxApplicableOn": "Sales"}
    answer = httpx2.post(
        f"{books.api_url}/v3/company/{books.realm}/taxservice/taxcode",
        json={"TaxCode": f"C{code}", "TaxRateDetails": [detail]},
        headers={"authorization": f"Bearer {books.store.tokens.access_token}", "accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text


def close_the_books(books: Books) -> None:
    set_preference(books, "AccountingInfoPrefs", "BookCloseDate", "2025-12-31")


CHANGES: dict[str, tuple[Callable[[Books], object], Callable[[Company], object]]] = {
    "a new account": (new_account, lambda company: company.accounts),
    "an account put away": (put_account_away, lambda company: company.accounts),
    "a new payment method": (new_listed("PaymentMethod"), lambda company: company.payment_methods),
    "a new class": (new_listed("Class"), lambda company: company.classes),
    "a new location": (new_listed("Department"), lambda company: company.locations),
    "a new tax code": (new_tax_code, lambda company: company.tax_codes),
    "the books are closed": (close_the_books, lambda company: company.books_closed_until),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_reaches_the_copy(books: Books, change: str) -> None:
    happens, seen = CHANGES[change]
    books.pass_time(3600)
    known = books.ledger.read_lists()
    happens(books)
    told = books.ledger.changes(known.at, known)
    assert told is not None
    assert told.lists is not None
    assert seen(told.lists.company) != seen(known.company)
    assert _alike(known.renewed(told.lists), books.ledger.read_lists())


def _alike(one: Lists, other: Lists) -> bool:
    """The same records, in whatever order; that of a company's lists is no matter either."""

    def plain(lists: Lists) -> object:
        company = lists.company
        names = ("accounts", "payment_methods", "classes", "locations", "tax_codes")
        empty: dict[str, Any] = dict.fromkeys(names, ())
        parts = [frozenset(getattr(company, name)) for name in names]
        return parts, replace(company, **empty), frozenset(lists.items), frozenset(lists.customers)

    return plain(one) == plain(other)

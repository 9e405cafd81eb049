"""The copy of a ledger's lists: what is kept comes back, what changes is replaced, and people are sealed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update

from comptoir.books.company import (
    Company,
    CompanyIdentity,
    CustomerRecord,
    ItemRecord,
    ListNews,
    Lists,
    TaxRegime,
)
from comptoir.books.documents import LedgerId
from comptoir.storage import lists as lists_room
from comptoir.storage.lists import ListCache
from comptoir.storage.tables import known_companies, known_records
from comptoir.storage.vault import KEY_BYTES, Vault, VaultError

AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
COMPANY = Company(CompanyIdentity("ledger:one"), "Company", "IE", "GBP", TaxRegime.GLOBAL, (), ())
MUG = ItemRecord(LedgerId("1"), "Mug", "MUG", "Inventory", quantity=Decimal("2.5"))
CUP = ItemRecord(LedgerId("2"), "Cup", "CUP", "Service")
JO = CustomerRecord(LedgerId("1"), "Jo Doe", "jo@x.example", "GBP", "LS1 1AA", "0113")
ZOE = CustomerRecord(LedgerId("2"), "Zoë", "zoe@x.example", "EUR", active=False)
LISTS = Lists(COMPANY, (MUG, CUP), (JO, ZOE), AT)


@pytest.fixture
def cache(database: Any) -> ListCache:
    return ListCache(database, Vault(b"k" * KEY_BYTES))


def kept(cache: ListCache, organization: int, company: str = COMPANY.identity) -> Lists:
    known = cache.company(organization, company)
    assert known is not None
    return cache.lists(organization, known)


def keep(cache: ListCache, database: Any, organization: int, lists: Lists = LISTS) -> None:
    with database.write() as connection:
        cache.keep_whole(connection, organization, lists, AT)


def test_what_is_kept_comes_back(cache: ListCache, database: Any, organization: int) -> None:
    assert cache.company(organization, COMPANY.identity) is None
    keep(cache, database, organization)
    assert kept(cache, organization) == LISTS
    known = cache.company(organization, COMPANY.identity)
    assert known is not None
    assert (known.company, known.told_at, known.read_at, known.looked_at) == (COMPANY, AT, AT, AT)


def test_what_is_read_whole_replaces_everything_of_that_company(
    cache: ListCache, database: Any, organization: int
) -> None:
    other = replace(COMPANY, identity=CompanyIdentity("ledger:two"))
    keep(cache, database, organization, replace(LISTS, company=other))
    keep(cache, database, organization)
    keep(cache, database, organization, Lists(replace(COMPANY, name="Renamed"), (CUP,), (), AT))
    assert kept(cache, organization) == Lists(replace(COMPANY, name="Renamed"), (CUP,), (), AT)
    assert len(kept(cache, organization, "ledger:two").customers) == 2


def test_news_change_add_and_take_away(cache: ListCache, database: Any, organization: int) -> None:
    keep(cache, database, organization)
    news = ListNews(
        replace(COMPANY, books_closed_until=AT.date()),
        items=(replace(MUG, name="Big mug"), ItemRecord(LedgerId("9"), "Jug", "JUG", "Service"), MUG),
        customers=(replace(JO, email="jo@y.example"),),
        gone_items=frozenset({CUP.id, LedgerId("77")}),
        gone_customers=frozenset({ZOE.id}),
    )
    later = AT + timedelta(hours=1)
    with database.write() as connection:
        cache.keep_news(connection, organization, news, later)
    now, wanted = kept(cache, organization), LISTS.renewed(news)
    assert now.company == wanted.company
    assert {each.id: each for each in now.items} == {each.id: each for each in wanted.items}
    assert {each.id: each for each in now.items}[MUG.id] == MUG, "of two tellings the last one counts"
    assert now.customers == (replace(JO, email="jo@y.example"),) == wanted.customers
    known = cache.company(organization, COMPANY.identity)
    assert known is not None
    assert (known.read_at, known.looked_at) == (AT, later)


def test_hundreds_of_records_change_at_once(cache: ListCache, database: Any, organization: int) -> None:
    keep(cache, database, organization)
    many = tuple(replace(JO, id=LedgerId(str(number))) for number in range(100, 1300))
    for _ in range(2):
        with database.write() as connection:
            cache.keep_news(connection, organization, ListNews(COMPANY, customers=many), AT)
    assert len(kept(cache, organization).customers) == 1202


def test_people_are_sealed_each_to_its_place(cache: ListCache, database: Any, organization: int) -> None:
    keep(cache, database, organization)
    with database.read() as connection:
        contents = list(connection.scalars(select(known_records.c.content)))
        company = connection.scalar(select(known_companies.c.content))
    assert not any(b"Doe" in each or b"x.example" in each for each in contents)
    assert "Doe" not in company
    with database.write() as connection:
        connection.execute(
            update(known_records)
            .where(known_records.c.kind == "customer", known_records.c.ledger_id == "2")
            .values(content=contents[0])
        )
    with pytest.raises(VaultError):
        kept(cache, organization)


def test_another_release_reads_everything_anew(
    cache: ListCache, database: Any, organization: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache, database, organization)
    before = lists_room.shape()
    monkeypatch.setattr(lists_room, "shape", lambda: "another")
    assert cache.company(organization, COMPANY.identity) is None
    keep(cache, database, organization)
    assert kept(cache, organization) == LISTS
    assert len(before) == 64


def test_an_organization_sees_its_own_alone(cache: ListCache, database: Any, organization: int) -> None:
    keep(cache, database, organization)
    assert cache.company(organization + 1, COMPANY.identity) is None

"""Every change once, in order, and again after whatever interrupts it."""

from __future__ import annotations

from datetime import timedelta, timezone

from tests.contract.store.harness import Edit, GivenBack, Line, NewOrder, Payment, StoreHarness
from tests.contract.store.reading import LONG_AGO, record_of, whole_pass

from comptoir.books.facts import SourceId

ONE = NewOrder(lines=[Line("A", "10.00")], payments=[Payment(amount="10.00")])


def place_many(shop: StoreHarness, count: int = 0) -> list[SourceId]:
    """Orders of several pages, or `count` of them, a second apart."""
    placed = []
    for _ in range(count or shop.many):
        placed.append(shop.place(ONE))
        shop.wait(1)
    return placed


def test_an_empty_shop_is_one_empty_page(shop: StoreHarness) -> None:
    page = shop.store().fetch_orders(None, since=LONG_AGO, until=shop.now())
    assert (page.records, page.more) == ((), False)


def test_every_order_once_and_the_oldest_change_first(shop: StoreHarness) -> None:
    placed = place_many(shop)
    shop.edit(placed[0], Edit(note="changed last"))
    first = shop.store().fetch_orders(None, since=LONG_AGO, until=shop.now())
    records = whole_pass(shop.store(), until=shop.now())
    assert first.more
    assert first.expected in {None, len(placed)}
    assert [record.source_id for record in records] == [*placed[1:], placed[0]]
    assert [record.updated_at for record in records] == sorted(record.updated_at for record in records)


def test_a_pass_may_be_read_again_from_any_page_by_another_process(shop: StoreHarness) -> None:
    placed = place_many(shop)
    seen: set[SourceId] = set()
    cursor, more = None, True
    while more:
        page = shop.store().fetch_orders(cursor, since=LONG_AGO, until=shop.now())
        again = shop.store().fetch_orders(cursor, since=LONG_AGO, until=shop.now())
        assert again.records == page.records
        assert not seen & {record.source_id for record in page.records}
        seen |= {record.source_id for record in page.records}
        cursor, more = page.cursor, page.more
    assert seen == {*placed}


def test_both_bounds_are_inclusive(shop: StoreHarness) -> None:
    before, at, after = place_many(shop, 3)
    moment = record_of(shop, at).updated_at
    found = {record.source_id for record in whole_pass(shop.store(), since=moment, until=moment)}
    assert found == {at}
    wider = whole_pass(shop.store(), since=moment - timedelta(seconds=1), until=moment + timedelta(seconds=1))
    assert [record.source_id for record in wider] == [before, at, after]


def test_bounds_in_any_zone_mean_the_same_moments(shop: StoreHarness) -> None:
    order = shop.place(ONE)
    moment = record_of(shop, order).updated_at
    local = moment.astimezone(timezone(timedelta(hours=-5)))
    assert [each.source_id for each in whole_pass(shop.store(), since=local, until=local)] == [order]


def test_passes_that_overlap_give_the_same_records(shop: StoreHarness) -> None:
    placed = [shop.place(ONE) for _ in range(3)]
    first = whole_pass(shop.store(), until=shop.now())
    shop.wait(60)
    again = whole_pass(shop.store(), until=shop.now())
    assert again == first
    assert {record.source_id for record in first} == {*placed}


def test_what_happens_after_the_upper_bound_is_of_the_next_pass(shop: StoreHarness) -> None:
    placed, until = place_many(shop), shop.now()
    store = shop.store()
    first = store.fetch_orders(None, since=LONG_AGO, until=until)
    read = first.records[0].source_id
    waiting = placed[-1]
    shop.wait(60)
    new = shop.place(ONE)
    shop.refund(read, GivenBack(pieces={"A": 1}, cash="10.00"))
    shop.edit(waiting, Edit(note="changed while the pass ran"))
    rest = whole_pass(store, until=until, cursor=first.cursor)
    following = whole_pass(shop.store(), since=until, until=shop.now())
    assert new not in {record.source_id for record in rest}
    assert read not in {record.source_id for record in rest}
    assert {record.source_id for record in following} >= {read, waiting, new}
    assert {record.source_id for record in (*first.records, *rest, *following)} == {*placed, new}


def test_an_order_deleted_while_a_pass_runs_hides_no_other(shop: StoreHarness) -> None:
    placed = place_many(shop)
    store = shop.store()
    first = store.fetch_orders(None, since=LONG_AGO, until=shop.now())
    shop.delete(first.records[-1].source_id)
    rest = whole_pass(store, until=shop.now(), cursor=first.cursor)
    assert {record.source_id for record in (*first.records, *rest)} == {*placed}


def test_a_record_is_the_same_however_it_is_read(shop: StoreHarness) -> None:
    placed = place_many(shop)
    many = {record.source_id: record for record in whole_pass(shop.store(), until=shop.now())}
    last = many[placed[-1]]
    (alone,) = whole_pass(shop.store(), since=last.updated_at, until=last.updated_at)
    assert alone == last

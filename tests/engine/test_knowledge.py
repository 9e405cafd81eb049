"""What a run asks of the company: nothing where nothing waits, else what changed, and everything once a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from comptoir.books.company import ItemRecord
from comptoir.books.documents import CustomerDocument, Kind, LedgerId
from comptoir.books.problems import Message
from comptoir.engine.decide import digest
from comptoir.engine.errors import Refused
from comptoir.engine.fetch import fetch
from comptoir.engine.knowledge import HELD_EVERY, WHOLE_EVERY, is_idle, learn
from comptoir.engine.road import fetch_connection, post_to_company
from comptoir.engine.work import SettingsProblemsError
from comptoir.storage.fence import hold
from comptoir.storage.postings import State
from comptoir.storage.runs import BY_SCHEDULE, RunState

NO = Refused(Message("No."))


class Asked:
    """Counts what a ledger is asked."""

    def __init__(self, ledger: Any) -> None:
        self.calls: list[str] = []
        for name in ("read_company", "read_items", "read_customers", "read_lists", "changes", "find", "read_documents",
                     "reread", "send", "remove"):  # fmt: skip
            self._watch(ledger, name)

    def _watch(self, ledger: Any, name: str) -> None:
        do = getattr(ledger, name)

        def watched(*args: Any, **more: Any) -> Any:
            self.calls.append(name)
            return do(*args, **more)

        setattr(ledger, name, watched)


def by_schedule(road: Any, after: timedelta = timedelta(hours=1)) -> Any:
    """A run that nobody asked for."""
    road.now += after
    run = road.books.runs.start(road.organization_id, road.connection_id, BY_SCHEDULE)
    work = replace(road.work(), run=run)
    fetch_connection(work, alone=True)
    proof = post_to_company(work, alone=True)
    road.books.runs.finish(run.id, RunState.FINISHED)
    return proof


def top_calls(asked: Asked) -> list[str]:
    """What was asked, without the parts that the small ledger answers its lists by."""
    return [call for call in asked.calls if call not in {"read_company", "read_items", "read_customers"}]


def test_a_run_with_nothing_new_asks_the_ledger_nothing(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](number) for number in (1, 2)]
    before = road.run()
    asked = Asked(road.ledger)
    assert road.run() == before
    assert by_schedule(road) == before
    assert asked.calls == []


def test_the_first_run_reads_the_lists_once_and_asks_for_no_changes(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    asked = Asked(road.ledger)
    road.run()
    assert top_calls(asked)[0] == "read_lists"
    assert asked.calls.count("read_lists") == 1
    assert "changes" not in asked.calls


def test_a_run_with_work_asks_once_what_changed(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    asked = Asked(road.ledger)
    assert road.run().agrees
    assert asked.calls.count("changes") == 1
    assert "read_lists" not in asked.calls


def test_a_list_that_changed_is_known_to_the_next_decision(road: Any, build: Any) -> None:
    """Somebody makes the item and the customer of an order before it comes: both are matched, none is made."""
    road.store.orders = [build["make_order"](1)]
    road.run()
    order = build["make_order"](2)
    line = replace(order.lines[0], sku="CUP", name="Cup")
    buyer = replace(order.buyer, source_id="b9", name="Zoe", email="zoe@example.com")
    road.ledger.times |= {"i9": road.now, "c9": road.now}
    road.ledger.documents["c9"] = CustomerDocument("Zoe", "GBP", email="zoe@example.com")
    read_items = road.ledger.read_items
    made = ItemRecord(LedgerId("i9"), "Cup", "CUP", "service", income_account=LedgerId("a1"))
    road.ledger.read_items = lambda: [*read_items(), made]
    road.store.orders.append(replace(order, lines=(line,), buyer=buyer, updated_at=road.now))
    lists = len(road.rows(Kind.CUSTOMER)) + len(road.rows(Kind.ITEM))
    assert road.run().agrees
    assert len(road.rows(Kind.CUSTOMER)) + len(road.rows(Kind.ITEM)) == lists
    assert road.row(Kind.SALE, "2").state is State.POSTED


def test_once_a_day_everything_is_read_whole(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    asked = Asked(road.ledger)
    road.now += WHOLE_EVERY
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    road.run()
    assert asked.calls.count("read_lists") == 1
    assert asked.calls.count("changes") == 1, "our documents were changed or not, whatever became of the lists"


def test_where_the_ledger_cannot_tell_everything_is_read(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    road.ledger.tells = False
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    asked = Asked(road.ledger)
    assert road.run().agrees
    assert asked.calls.count("read_lists") == 1
    assert asked.calls.count("read_documents") >= 1


def held(road: Any, build: Any) -> Any:
    road.store.orders = [build["make_order"](1)]
    road.ledger.refuse["1"] = NO
    assert [row.number for row in road.run().held] == ["1"]
    return Asked(road.ledger)


def test_what_is_held_is_looked_at_hourly_by_the_schedule(road: Any, build: Any) -> None:
    asked = held(road, build)
    by_schedule(road, HELD_EVERY / 2)
    assert asked.calls == []
    by_schedule(road, HELD_EVERY / 2)
    assert asked.calls.count("send") == 1
    asked.calls.clear()
    by_schedule(road, HELD_EVERY / 2)
    assert asked.calls == []
    road.ledger.refuse.clear()
    assert by_schedule(road).agrees
    assert road.row(Kind.SALE, "1").state is State.POSTED


def test_a_person_who_asks_has_what_is_held_looked_at_now(road: Any, build: Any) -> None:
    held(road, build)
    road.ledger.refuse.clear()
    road.now -= timedelta(minutes=59)
    assert road.run().agrees
    assert road.row(Kind.SALE, "1").state is State.POSTED


@pytest.mark.parametrize("state", [State.PLANNED, State.SENDING, State.UNKNOWN, State.UNDOING])
def test_what_is_on_its_way_is_no_idleness(road: Any, build: Any, state: State) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    work = road.work()
    fetch_is_over(road, work)
    assert is_idle(work, digest(work))
    with road.books.database.write() as connection:
        road.books.journal.move(connection, road.row(Kind.SALE, "1"), state)
    assert not is_idle(work, digest(work))


def fetch_is_over(road: Any, work: Any) -> None:
    """The next run's fetch finds nothing."""
    with hold(road.books.database, "fetch", "test", road.organization_id, alone=True) as fence:
        assert fence is not None
        assert fetch(work, fence) == 0


def test_new_settings_are_work(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    road.run()
    road.set(replace(road.work().settings, start_date=date(2025, 12, 1)))
    assert not is_idle(road.work(), digest(road.work()))


def test_settings_that_no_longer_fit_are_asked_for_again_by_an_idle_run(road: Any, build: Any) -> None:
    """An account is put away, and used again later: the copy would stop every run for a day."""
    road.store.orders = [build["make_order"](1)]
    road.run()
    company = road.ledger.read_company()
    accounts = tuple(replace(each, active=each.name != "Sales") for each in company.accounts)
    road.ledger.company = replace(company, accounts=accounts)
    road.store.orders.append(replace(build["make_order"](2), updated_at=road.now))
    with pytest.raises(SettingsProblemsError):
        road.run()
    road.books.runs.finish(road.work().run.id, RunState.FAILED)
    road.ledger.company = None
    assert road.run().agrees
    road.ledger.company = replace(company, accounts=accounts)
    assert road.run().agrees, "an idle run does not ask"


def test_a_look_keeps_nothing(road: Any, build: Any) -> None:
    road.store.orders = [build["make_order"](1)]
    work = road.work()
    learn(work)
    assert road.books.lists.company(road.organization_id, road.ledger.identity) is None
    assert road.books.connections.seen_until(road.organization_id, road.ledger.identity) is None

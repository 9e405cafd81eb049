"""Orders: found by number, customer, amount and state; one order side by side; what a person does with it."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select
from tests.engine.conftest import NOON, make_order, pounds
from tests.web.conftest import Place, text_of

from comptoir.books.company import CustomerRecord, ListNews
from comptoir.books.documents import Kind, LedgerId
from comptoir.books.facts import Buyer, Order, SourceId
from comptoir.books.problems import Message
from comptoir.engine.errors import Refused
from comptoir.engine.telling.order_view import order_view
from comptoir.storage.connections import STORE, NewConnection
from comptoir.storage.exchanges import LONGEST_ANSWER
from comptoir.storage.orders import PAGE, Orders, Wanted
from comptoir.storage.postings import Posting
from comptoir.storage.tables import facts, postings

OWNER = "owner@example.com"
STORED_SCRIPT = '<script>alert("x")</script>'


def numbers(place: Place, query: str) -> list[str]:
    page = place.browser(OWNER).get(f"/orders?{query}")
    assert page.status_code == 200
    return re.findall(r'href="/orders/\d+/[^"]+">([^<]+)</a>', page.text)


def order_page(place: Place, source_id: str = "1") -> str:
    page = place.browser(OWNER).get(f"/orders/{place.record.id}/{source_id}")
    assert page.status_code == 200
    return page.text


def act(place: Place, choice: str, source_id: str = "1", **fields: str) -> int:
    path = f"/orders/{place.record.id}/{source_id}/act"
    answer = place.browser(OWNER).post(path, choice=choice, **fields)
    place.doing.wait(30)
    return answer.status_code


def test_before_the_first_run_there_are_none(place: Place) -> None:
    assert "No order was read yet" in text_of(place.browser(OWNER).get("/orders"))


def test_the_latest_come_first(place: Place) -> None:
    place.run()
    assert numbers(place, "") == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=4", ["4"]),
        ("q=%234", ["4"]),
        ("q=3.00", ["3"]),
        ("q=3,00", ["3"]),
        ("q=£3.00", ["3"]),
        ("q=buyer 1", ["4", "1"]),
        ("q=BUYER 2", ["5", "2"]),
        ("q=nobody", []),
        ("q=%25", []),
        ("q=1e999999", []),
        ("q='; drop table facts", []),
        ("q=" + "9" * 500, []),
    ],
)
def test_looking_for_orders(place: Place, query: str, found: list[str]) -> None:
    place.run()
    assert numbers(place, query) == found
    assert found or "No order fits" in text_of(place.browser(OWNER).get(f"/orders?{query}"))


def test_none_of_many_orders_is_missed_for_the_documents_of_others(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.storage.orders.FEW", 4)
    place.store.orders = [make_order(number, "30.00", refunded="4.00") for number in range(1, 5)]
    place.run()
    assert numbers(place, "state=posted") == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("few", "several"),
    [
        pytest.param(2000, 2000, id="few, named one by one"),
        pytest.param(0, 2000, id="several, found by their documents"),
        pytest.param(0, 0, id="very many, the latest looked for in order"),
    ],
)
def test_orders_by_what_became_of_them(place: Place, monkeypatch: pytest.MonkeyPatch, few: int, several: int) -> None:
    monkeypatch.setattr("comptoir.storage.orders.FEW", few)
    monkeypatch.setattr("comptoir.storage.orders.SEVERAL", several)
    place.store.unreadable = {"2"}
    place.store.orders[3] = replace(place.store.orders[3], test=True)
    place.run()
    assert act(place, "hold", "6") == 404
    ids = {row.order_number: row.ledger_id for row in rows_of(place)}
    place.ledger.delete_by_hand(ids["5"] or "")
    place.run()
    assert numbers(place, "state=held") == ["2"]
    assert numbers(place, "state=left-out") == ["4"]
    assert numbers(place, "state=posted") == ["3", "1"]
    assert numbers(place, "state=changed") == ["5"]
    assert numbers(place, "state=taken-out") == ["5"]
    assert numbers(place, "state=on-the-way") == []
    assert numbers(place, "state=held&q=3") == []
    assert numbers(place, "state=nonsense") == ["5", "4", "3", "2", "1"]
    with_its_numbers_in_another_store(place)
    assert numbers(place, "state=held") == ["2"], "the other store's order of that number is not held"


def with_its_numbers_in_another_store(place: Place) -> None:
    """Another store of the organization has orders of the same numbers; nothing became of them yet."""
    other = place.app.books.connections.save(
        place.app.organization_id, NewConnection(STORE, "shopify", "shop:two", "Other shop", {}, {})
    )
    with place.app.books.database.write() as connection:
        for row in connection.execute(select(facts).where(facts.c.current)).mappings().all():
            like = {name: value for name, value in row.items() if name != "id"}
            connection.execute(insert(facts).values(like | {"store": "shop:two", "connection_id": other.id}))


def rows_of(place: Place) -> list[Posting]:
    with place.app.books.database.read() as connection:
        return place.app.books.journal.select(connection, postings.c.kind == Kind.SALE.value)


def test_more_orders_than_one_page(place: Place) -> None:
    place.store.orders = [make_order(number) for number in range(1, PAGE + 11)]
    place.run()
    browser = place.browser(OWNER)
    first = browser.get("/orders").text
    more = re.search(r'hx-get="(/orders\?[^"]+)"', first)
    assert more is not None
    rest = browser.get(more[1].replace("&amp;", "&"), **{"hx-request": "true"}).text
    assert "<html" not in rest
    found = re.findall(r"/orders/\d+/(\d+)\"", first + rest)
    assert sorted(map(int, found)) == list(range(1, PAGE + 11))
    assert numbers(place, "after=nonsense~12")[0] == str(PAGE + 10)
    moment = "2100-01-01T00:00:00%2B00:00"
    for endless in ("9" * 20, "9" * 5000):
        assert numbers(place, f"after={moment}~{endless}")[0] == str(PAGE + 10), "a number that no order has"
    assert numbers(place, "after=2026-01-01~12")[0] == str(PAGE + 10), "a time without a zone is none of ours"


def test_an_order_side_by_side(place: Place) -> None:
    place.run()
    page = order_page(place)
    told = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    for words in ("What the store says", "Buyer 1", "MUG", "In the books", "Proof: store £1.00 = books £1.00"):
        assert words in told, words
    assert f'hx-get="/orders/{place.record.id}/1/why"' in page


def test_why_it_is_in_the_books_and_what_it_does_to_the_accounts(place: Place) -> None:
    browser, path = place.browser(OWNER), f"/orders/{place.record.id}/1/why"
    place.run()
    told = text_of(browser.get(path))
    assert "Clearing £1.00" in told
    assert "Sales £1.00" in told
    assert "Test order? It is no test order." in told


def test_why_says_so_where_it_cannot_be_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run()
    path = f"/orders/{place.record.id}/1/why"
    company = place.ledger.read_company()
    place.ledger.company = replace(company, accounts=())
    assert "The settings do not fit the company any more" in text_of(place.browser(OWNER).get(path))

    def refuse() -> None:
        raise Refused(Message("The company says no."))

    monkeypatch.setattr(place.ledger, "read_company", refuse)
    assert "The company says no." in text_of(place.browser(OWNER).get(path))


def test_an_order_of_a_store_without_a_company(place: Place) -> None:
    place.run()
    assert place.browser(OWNER).get(f"/orders/{place.record.id}/999").status_code == 404
    assert place.browser(OWNER).get("/orders/999/1").status_code == 404


def test_an_order_that_cannot_be_read(place: Place) -> None:
    place.store.unreadable = {"1"}
    place.run()
    page = order_page(place)
    assert "This order cannot be read: total is not a number" in page
    assert "Needs you" in page
    assert "Try again now" in page


def test_script_in_names_is_text(place: Place) -> None:
    bad = place.store.orders[0]
    line = replace(bad.lines[0], name=STORED_SCRIPT, sku=STORED_SCRIPT)
    buyer = Buyer(SourceId("b9"), name=STORED_SCRIPT, email="x@example.com")
    place.store.orders[0] = replace(bad, number=f"1{STORED_SCRIPT}", lines=(line,), buyer=buyer, note=STORED_SCRIPT)
    place.store.unreadable = {"2"}
    place.run()
    act(place, "hold", "3", reason=STORED_SCRIPT)
    browser = place.browser(OWNER)
    browser.post("/settings/name", name=STORED_SCRIPT)
    paths = ["/", "/orders", "/to-fix", "/runs", "/runs/1", "/settings", "/settings/trail", "/account"]
    paths += [f"/orders/{place.record.id}/{each}{why}" for each in "123" for why in ("", "/why")]
    paths += [f"/orders?q={STORED_SCRIPT}", f"/nowhere/{STORED_SCRIPT}", f"/sign-in?next=/{STORED_SCRIPT}"]
    seen = "".join(browser.get(path).text for path in paths)
    assert "<script>alert" not in seen
    assert "&lt;script&gt;alert" in seen


def test_holding_back_and_letting_go(place: Place) -> None:
    place.store.unreadable = {"1"}
    place.run()
    assert act(place, "hold", reason="Ask the buyer first") == 303
    page = order_page(place)
    assert "You hold this order back" in page
    assert "Ask the buyer first" in page
    place.store.unreadable = set()
    assert act(place, "retry") == 303
    assert "Proof: store" in order_page(place)
    assert [entry.action for entry in place.rooms.trail.latest(place.app.organization_id, 2)] == ["retry", "hold"]


def test_leaving_out(place: Place) -> None:
    place.store.unreadable = {"1"}
    place.run()
    assert act(place, "skip") == 303
    assert "You leave this order out" in order_page(place)
    assert numbers(place, "state=left-out") == ["1"]


def test_right_as_the_books_have_it(place: Place) -> None:
    place.store.unreadable = {"5"}  # an idle company is not asked what changed in it
    place.run()
    row = next(each for each in rows_of(place) if each.order_number == "1")
    place.ledger.edit_by_hand(row.ledger_id or "", total=pounds("0.90"))
    place.run()
    page = order_page(place)
    assert "The books say £0.90, and £1.00 was meant" in page
    assert 'value="retry"' not in page, "another try would change nothing"
    assert "delete the document in your company" in page
    assert act(place, "accept") == 303
    assert numbers(place, "state=changed") == []


def test_what_the_company_refuses_is_said_on_the_page(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.run()

    def refuse(*_args: object) -> None:
        raise Refused(Message("The company is closed."))

    monkeypatch.setattr(place.ledger, "reread", refuse)
    monkeypatch.setattr(place.ledger, "read_company", refuse)
    answer = place.browser(OWNER).post(f"/orders/{place.record.id}/1/act", choice="accept")
    assert answer.status_code == 409
    assert "The company is closed." in text_of(answer)


def test_customers_of_other_organizations_are_not_found(place: Place) -> None:
    place.run()
    rooms = Orders(place.app.books.database)
    assert len(rooms.customers(place.app.organization_id, "buyer")) == 3
    assert rooms.customers(place.app.organization_id + 1, "buyer") == frozenset()
    assert rooms.page(place.app.organization_id + 1, Wanted()).rows == ()


def test_an_order_that_the_store_deleted_says_so(place: Place) -> None:
    place.run()
    with place.app.books.database.write() as connection:
        place.app.books.facts.mark_gone(connection, place.record.id, [SourceId("1")], NOON)
    fact = place.app.books.facts.one(place.app.organization_id, place.record.id, "1")
    assert fact is not None
    view = order_view(place.app.books, place.store, place.app.owner(place.record), fact)
    assert isinstance(view.order, Order)
    assert (view.order.is_deleted, view.order.cancelled_at) == (True, NOON)
    assert "The store no longer has this order." in order_page(place)


def test_customers_that_the_company_had_before_are_found_by_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    known = CustomerRecord(LedgerId("77"), "Grace Hopper", "b1@example.com", "GBP")
    monkeypatch.setattr(place.ledger, "read_customers", lambda: [known])
    place.run()
    assert numbers(place, "q=hopper") == ["4", "1"]
    renamed = replace(known, name="Grace Murray")
    lists = ListNews(place.ledger.read_company(), customers=(renamed,))
    with place.app.books.database.write() as connection:
        place.app.books.lists.keep_news(connection, place.app.organization_id, lists, datetime.now(UTC))
    assert numbers(place, "q=hopper") == []
    assert numbers(place, "q=murray") == ["4", "1"]
    assert place.app.books.lists.customers_named(place.app.organization_id + 1, "murray") == frozenset()


def sent_page(place: Place, posting_id: int, source_id: str = "1") -> str:
    page = place.browser(OWNER).get(f"/orders/{place.record.id}/{source_id}/sent/{posting_id}")
    return f"{page.status_code} {html.unescape(text_of(page))}"


def sale_of(place: Place, number: str) -> Posting:
    return next(row for row in rows_of(place) if row.order_number == number and row.key.kind is Kind.SALE)


def test_what_was_sent_and_what_was_answered(place: Place) -> None:
    place.run()
    row = sale_of(place, "1")
    told = sent_page(place, row.id)
    assert told.startswith("200")
    assert '"form":"receipt"' in told
    assert f"Made as {row.ledger_id}." in told
    assert f"/sent/{row.id}" in order_page(place)
    assert sent_page(place, sale_of(place, "2").id).startswith("404"), "a document of another order"
    assert sent_page(place, row.id, "999").startswith("404")
    assert place.app.books.exchanges.of(place.app.organization_id + 1, row.id) is None
    assert row.ledger_id is not None
    assert f"Made as {row.ledger_id}".encode() not in place.app.home.database_file.read_bytes(), "sealed"


def test_a_refusal_is_kept_in_the_ledger_s_own_words(place: Place) -> None:
    place.ledger.refuse["2"] = Refused(Message("No."))
    place.run()
    assert "The ledger says no." in sent_page(place, sale_of(place, "2").id, "2")
    place.ledger.refuse.clear()
    assert act(place, "retry", "2") == 303
    assert "Made as" in sent_page(place, sale_of(place, "2").id, "2"), "the last word"


def test_what_never_left_the_house_was_not_sent(place: Place) -> None:
    place.store.unreadable = {"1"}
    place.run()
    assert "Nothing was sent for it" in sent_page(place, sale_of(place, "1").id)


def test_a_long_answer_is_cut(place: Place) -> None:
    place.run()
    row, rooms = sale_of(place, "1"), place.app.books.exchanges
    with place.app.books.database.write() as connection:
        rooms.note(connection, place.app.organization_id, 1, [(row.id, "1", b"x" * (LONGEST_ANSWER + 1))])
    found = rooms.of(place.app.organization_id, row.id)
    assert found is not None
    assert len(found.answer) == LONGEST_ANSWER


def test_a_document_leads_into_the_books(place: Place) -> None:
    place.run()
    row = sale_of(place, "1")
    assert f'href="https://ledger.example/{row.ledger_type}/{row.ledger_id}"' in order_page(place)


def test_what_the_store_changed_stands_side_by_side(place: Place) -> None:
    place.run()
    assert "What the store changed" not in order_page(place)
    later = replace(place.store.orders[0], note=STORED_SCRIPT, updated_at=datetime.now(UTC))
    place.store.orders[0] = later
    place.run()
    page = order_page(place)
    assert "What the store changed" in page
    assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in page


def test_what_somebody_changed_in_the_books_stands_side_by_side(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.store.unreadable = {"5"}  # an idle company is not asked what changed in it
    place.run()
    place.ledger.edit_by_hand(sale_of(place, "1").ledger_id or "", total=pounds("0.90"))
    place.ledger.delete_by_hand(sale_of(place, "2").ledger_id or "")
    place.run()
    assert "What somebody changed in the books" in order_page(place)
    browser, path = place.browser(OWNER), f"/orders/{place.record.id}"
    assert "Total £1.00 £0.90" in text_of(browser.get(f"{path}/1/books"))
    assert "somebody deleted it" in text_of(browser.get(f"{path}/2/books"))
    assert "Every document is as we left it." in text_of(browser.get(f"{path}/3/books"))

    def refuse(*_args: object) -> None:
        raise Refused(Message("The company is closed."))

    monkeypatch.setattr(place.ledger, "reread", refuse)
    assert "The company is closed." in text_of(browser.get(f"{path}/1/books"))

"""What differs, field by field and in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from tests.engine.conftest import NOON, Road, make_order, pounds

from comptoir.books.documents import Kind, LedgerId
from comptoir.books.facts import Address, Buyer, PaymentStatus, SourceId, TaxLine
from comptoir.books.problems import Message
from comptoir.engine.ports import Entry
from comptoir.engine.telling.differences import YES, Difference, document_differences, order_differences
from comptoir.storage.postings import State
from comptoir.storage.tables import postings

ORDER = make_order(1, "10.00", refunded="2.00")
LINE = ORDER.lines[0]


def test_two_versions_that_say_the_same() -> None:
    assert order_differences(ORDER, replace(ORDER, updated_at=NOON + timedelta(days=1), url="elsewhere")) == ()


@pytest.mark.parametrize(
    ("changes", "what", "before", "after"),
    [
        ({"total": pounds("12.00")}, "Total", pounds("10.00"), pounds("12.00")),
        ({"status": PaymentStatus.REFUNDED}, "Payment", Message("Fully paid"), Message("Fully refunded")),
        ({"cancelled_at": NOON}, "Cancelled", None, NOON),
        ({"shipped_at": NOON}, "Shipped", None, NOON),
        ({"due_on": NOON.date()}, "Due", None, NOON.date()),
        ({"buyer": None}, "Customer", "Buyer 1", None),
        ({"tax_exempt": True}, "Pays no tax", None, YES),
        ({"note": "Ring twice"}, "Note", None, "Ring twice"),
        (
            {"shipping": Address(name="Ada", line1="1 Way", postcode="AB1", city="Ayr", country="GB")},
            "Delivery address",
            None,
            "Ada, 1 Way, AB1 Ayr GB",
        ),
    ],
)
def test_a_field_that_changed(changes: dict[str, object], what: str, before: object, after: object) -> None:
    found = order_differences(ORDER, replace(ORDER, **changes))  # type: ignore[arg-type]
    assert Difference(Message(what), before, after) == found[0]  # type: ignore[arg-type]


def test_a_company_bought_and_another_address_is_written_to() -> None:
    before = replace(ORDER, buyer=Buyer(None, company="Hats Ltd", email="a@example.com"))
    after = replace(ORDER, buyer=Buyer(None, company="Hats Ltd", email="b@example.com"))
    assert order_differences(before, after) == (
        Difference(Message("E-mail address"), "a@example.com", "b@example.com"),
    )


def test_lines_that_came_went_and_changed() -> None:
    tax = TaxLine("VAT", Decimal("0.2"), pounds("2.00"))
    other = replace(LINE, source_id=SourceId("l2"), name="Plate")
    found = order_differences(ORDER, replace(ORDER, lines=(replace(LINE, quantity=Decimal(2), taxes=(tax,)), other)))
    mug, plate = found
    assert str(mug.what) == "Line: Mug"
    assert (str(mug.before), str(mug.after)) == ("1 for 10.00 GBP", "2 for 10.00 GBP, 2.00 GBP tax")
    assert (str(plate.what), plate.before) == ("Line: Plate", None)
    (gone,) = order_differences(ORDER, replace(ORDER, lines=()))
    assert (str(gone.what), gone.after) == ("Line: Mug", None)


def test_money_that_came_and_went_back() -> None:
    more = replace(ORDER.tenders[0], source_id=SourceId("t9"), amount=pounds("3.00"), method_name="Cash")
    found = order_differences(replace(ORDER, refunds=()), replace(ORDER, tenders=(*ORDER.tenders, more)))
    assert found == (
        Difference(Message("Paid by {method}", {"method": "Cash"}), None, pounds("3.00")),
        Difference(Message("Refunded"), None, pounds("2.00")),
    )
    assert order_differences(ORDER, replace(ORDER, refunds=())) == (
        Difference(Message("Refunded"), pounds("2.00"), None),
    )


def test_a_document_as_we_left_it_and_as_it_is_now(road: Road) -> None:
    road.store.orders = [make_order(1, "10.00")]
    road.run()
    with road.books.database.read() as connection:
        (row,) = road.books.journal.select(connection, postings.c.kind == Kind.SALE.value)
    assert row.state is State.POSTED
    document = road.books.journal.document(row)
    entry = road.ledger.entries[row.ledger_id or ""]
    assert document_differences(document, row, entry) == ()
    now = replace(entry, total=pounds("9.00"), private_note="Other", tax=pounds("1.00"), voided=True)
    told = {str(each.what): (each.before, each.after) for each in document_differences(document, row, now)}
    assert told["Total"] == (pounds("10.00"), pounds("9.00"))
    assert told["Tax"] == (pounds("0"), pounds("1.00"))
    assert told["Private note"][1] == "Other"
    assert told["Voided"] == (None, YES)
    bare = Entry(Kind.SALE, LedgerId("1"), "0", "SalesReceipt", "1", row.dated, row.meant)
    assert [str(each.what) for each in document_differences(document, row, bare)] == ["Private note"]

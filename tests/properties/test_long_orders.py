"""Orders of a thousand lines, from the store's figures to the sandbox's own arithmetic."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.properties.desk import Desk, company_of
from tests.properties.figures import figures_of, in_books
from tests.properties.worlds import BOTH, CARD, QUEBEC

from comptoir.books.facts import SourceId
from comptoir_sandbox.shopify.cart import Cart, CartLine, Customer, Payment
from comptoir_sandbox.shopify.edits import STEPS

PLACED = datetime(2026, 3, 2, 15, tzinfo=UTC)


def of_a_thousand(*, included: bool) -> Cart:
    """Ten products at a dollar, a hundred lines of each, with GST and QST: the store rounds every line."""
    lines = (
        CartLine(
            title=f"Book {at % 10}",
            sku=f"BOOK-{at % 10}",
            variant_id=1000 + at % 10,
            product_id=2000 + at % 10,
            vendor="Quay Books",
            quantity=1,
            unit_price=Decimal("1.00"),
            taxes=BOTH,
        )
        for at in range(1000)
    )
    paid = Decimal("1000.00" if included else "1150.00")
    return Cart(
        id=6_000_000_000_001,
        name="#1",
        number=1,
        created_at=PLACED,
        processed_at=PLACED,
        currency="CAD",
        lines=tuple(lines),
        taxes_included=included,
        customer=Customer(id=7_000_001, first_name="Ada", last_name="Buyer", email="ada@example.com"),
        payments=(Payment(amount=paid, gateway=CARD, processed_at=PLACED),),
    )


@pytest.mark.journey
@pytest.mark.parametrize("included", [False, True], ids=["tax on top", "tax inside"])
def test_a_thousand_lines_with_two_taxes_come_to_the_cent_and_back(included: bool) -> None:
    sold = of_a_thousand(included=included)
    back = STEPS["refund"](sold, {"full": True}, PLACED + timedelta(days=2))
    with company_of("quebec") as (sandbox, ledger):
        desk = Desk(QUEBEC, sandbox, ledger)
        for cart in (sold, back):
            desk.take([cart])
            source = SourceId(str(cart.id))
            assert desk.wrong == []
            assert desk.records[source].held == []
            assert desk.records[source].is_whole
            assert in_books(desk.accounts(source), QUEBEC) == figures_of(cart, QUEBEC)
        taxes = [name for name in desk.accounts(source) if "TPS" in name or "TVQ" in name or "Payable" in name]
        assert taxes
        assert {desk.accounts(source)[name] for name in taxes} == {Decimal(0)}

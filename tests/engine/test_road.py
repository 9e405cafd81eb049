from __future__ import annotations

from typing import Any

from comptoir.books.documents import Kind


def test_a_run_posts_everything_and_a_second_adds_nothing(road: Any, build: Any) -> None:
    road.store.orders = [
        build["make_order"](1),
        build["make_order"](2, "20.00", paid="5.00"),
        build["make_order"](3, "30.00", refunded="30.00"),
    ]
    proof = road.run()
    assert proof.agrees
    assert str(proof.sales.ledger) == "60.00 GBP"
    assert str(proof.net.ledger) == "30.00 GBP"
    assert proof.posted == {Kind.SALE: 3, Kind.PAYMENT: 1, Kind.REFUND: 1}
    before = road.ledger.canonical()
    assert road.run().agrees
    assert road.ledger.canonical() == before
    assert road.store.fetches[-1][0] is None

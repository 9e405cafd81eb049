from __future__ import annotations

from datetime import date

import pytest

from comptoir.ledgers.quickbooks.query import among, between, quote, select


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("plain", "'plain'"), ("Pye's", r"'Pye\'s'"), ("a\\b", r"'a\\b'"), ("\\'", r"'\\\''"), ("", "''")],
)
def test_values_are_escaped(text: str, quoted: str) -> None:
    assert quote(text) == quoted


def test_conditions() -> None:
    assert among("DocNumber", ["A", "B'"]) == r"DocNumber IN ('A', 'B\'')"
    assert (
        between("TxnDate", date(2026, 1, 1), date(2026, 1, 31)) == "TxnDate >= '2026-01-01' AND TxnDate <= '2026-01-31'"
    )


def test_a_condition_on_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one"):
        among("DocNumber", [])


def test_statements_state_their_order_and_page() -> None:
    assert select("Item") == "SELECT * FROM Item ORDERBY Id STARTPOSITION 1 MAXRESULTS 1000"
    assert select("Item", "Name = 'a'", start=1001) == (
        "SELECT * FROM Item WHERE Name = 'a' ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000"
    )

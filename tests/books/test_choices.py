from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from tests.books.conftest import (
    BEFORE_START,
    make_context,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_tender,
)

from comptoir.books.choices import TAKEN, Choice, ChoiceKind, Deed, is_by_hand
from comptoir.books.context import Context, Decided, PostedPart
from comptoir.books.decide import decide_order
from comptoir.books.documents import Kind, SaleDocument, SaleForm
from comptoir.books.facts import Order
from comptoir.books.problems import Skipped

LISBON = timezone(timedelta(hours=1))
LATE = datetime(2026, 3, 31, 23, 30, tzinfo=UTC)
"""Already the first of April where the account is."""
HOLD = Choice(ChoiceKind.HOLD, "waits for the customs paper", LATE)
SKIP = Choice(ChoiceKind.SKIP, "", LATE)


def chosen(choice: Choice, order: Order | None = None, context: Context | None = None) -> tuple[Decided, ...]:
    return decide_order(order or refunded(), replace(context or make_context(zone=LISBON), choice=choice))


def refunded() -> Order:
    refund = make_refund(lines=(make_refund_line("4.00"),), tenders=(make_tender("4.00"),))
    return make_order(refunds=(refund,))


def by_kind(decided: tuple[Decided, ...]) -> dict[Kind, Any]:
    return {each.key.kind: each.outcome for each in decided}


def test_what_is_held_by_hand_has_the_reason_and_the_day_and_makes_no_lists() -> None:
    outcomes = by_kind(chosen(HOLD))
    assert set(outcomes) == {Kind.SALE, Kind.REFUND}
    for (problem,) in outcomes.values():
        assert (problem.code, problem.cause) == ("held-by-hand", "held-by-hand:waits for the customs paper")
        assert str(problem.what) == "Order 1001 is held by hand since 2026-04-01: waits for the customs paper"
        assert str(problem.remedy) == "Let it go on with: comptoir retry 1001"


def test_a_hold_without_a_reason() -> None:
    (problem,) = by_kind(chosen(replace(HOLD, reason="")))[Kind.SALE]
    assert (str(problem.what), problem.cause) == ("Order 1001 is held by hand since 2026-04-01.", "held-by-hand")


def test_what_held_it_before_is_still_told() -> None:
    order = make_order(number="1" * 40)
    codes = [each.code for each in by_kind(chosen(HOLD, order))[Kind.SALE]]
    assert codes == ["held-by-hand", "number-too-long"]
    assert isinstance(by_kind(chosen(SKIP, order))[Kind.SALE], Skipped)


DEEDS = [
    (Deed("order", "1001"), "taken out of the books", "was taken out of the books by hand on 2026-04-01."),
    (Deed("run", "7"), "taken out of the books with run 7",
     "was taken out of the books by hand on 2026-04-01, with run 7."),
    (Deed("day", "2026-03-01"), "taken out of the books with everything of 2026-03-01",
     "was taken out of the books by hand on 2026-04-01, with everything of 2026-03-01."),
    (Deed("deleted"), "deleted in the books, and accepted",
     "was deleted in the books, and that was accepted on 2026-04-01."),
    *((Deed(what, "A {1}"), f'taken out of the books with everything of the {words} "A {{1}}"',
       f'was taken out of the books by hand on 2026-04-01, with everything of the {words} "A {{1}}".')
      for what, words in TAKEN.items()),
]  # fmt: skip


@pytest.mark.parametrize(("deed", "alone", "whole"), DEEDS)
def test_what_the_user_did_is_told_as_a_reason_and_as_a_sentence(deed: Deed, alone: str, whole: str) -> None:
    choice = replace(SKIP, deed=deed)
    assert str(choice.why) == alone
    (skipped, *_) = by_kind(chosen(choice)).values()
    assert str(skipped.why) == f"Order 1001 {whole}"


def test_the_users_own_words_are_a_reason_too() -> None:
    assert (str(HOLD.why), SKIP.why) == (HOLD.reason, None)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Order 1001 was left out by hand on 2026-04-01."),
        ("entered by hand {twice}", "Order 1001 was left out by hand on 2026-04-01: entered by hand {twice}"),
    ],
)
def test_what_is_left_out_by_hand(reason: str, words: str) -> None:
    outcomes = by_kind(chosen(replace(SKIP, reason=reason)))
    assert {kind: (each.rule, str(each.why)) for kind, each in outcomes.items()} == {
        Kind.SALE: ("left-out-by-hand", words),
        Kind.REFUND: ("left-out-by-hand", words),
    }


def test_a_sale_in_the_books_stays_and_what_comes_later_is_stopped() -> None:
    context = make_context(settings=make_settings(orders={"form": SaleForm.INVOICE}))
    order = refunded()
    sale = next(each for each in decide_order(order, context) if each.key.kind is Kind.SALE)
    assert isinstance(sale.outcome, SaleDocument)
    posted = replace(
        context,
        posted_form=sale.outcome.form,
        posted=(PostedPart(sale.key, order.total, sale.outcome),),
        redeemed=frozenset(),
    )
    outcomes = by_kind(chosen(HOLD, order, posted))
    assert isinstance(outcomes[Kind.SALE], SaleDocument)
    assert [each.code for each in outcomes[Kind.PAYMENT]] == ["held-by-hand"]
    assert [each.code for each in outcomes[Kind.REFUND]] == ["held-by-hand"]
    assert not outcomes.keys() & {Kind.CUSTOMER, Kind.ITEM}


def test_a_rule_stays_the_reason_for_what_it_leaves_out() -> None:
    order = replace(refunded(), placed_at=BEFORE_START)
    outcomes = by_kind(chosen(HOLD, order))
    assert outcomes[Kind.SALE].rule == "before-start"
    assert [each.code for each in outcomes[Kind.REFUND]] == ["held-by-hand"]


@pytest.mark.parametrize(
    ("cause", "expected"),
    [("held-by-hand", True), ("held-by-hand:waits: for customs", True), ("tax:held-by-hand", False), ("", False)],
)
def test_a_cause_that_is_the_user_s_own_word(cause: str, expected: bool) -> None:
    assert is_by_hand(cause) is expected

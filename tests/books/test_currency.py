"""Orders in another currency than the company's (posting.md, section 8)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.conftest import (
    BEFORE_START,
    LATER,
    codes_in,
    customers_in,
    documents_in,
    make_company,
    make_context,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    make_tax,
    make_tender,
    payments_in,
    pounds,
    problems_in,
    refund_in,
    sale_in,
)
from tests.books.test_decide import orders

from comptoir.books.company import Account, AccountType
from comptoir.books.context import Context, PostedPart
from comptoir.books.currency import as_booked
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    LedgerId,
    PaymentDocument,
    RefundDocument,
    SaleDocument,
    SaleForm,
)
from comptoir.books.facts import Order, SourceId
from comptoir.books.money import Money
from comptoir.books.settings import CurrencyChoice, CustomerChoice, MethodSettings

RATE = Decimal("0.85")
EURO_CARDS = Account(LedgerId("30"), "Card clearing EUR", AccountType.BANK, "EUR")
EURO_DEBTORS = Account(LedgerId("31"), "Debtors EUR", AccountType.ACCOUNTS_RECEIVABLE, "EUR")
COMPANY = make_company(
    multicurrency=True, currencies=("EUR", "USD"), accounts=(*make_company().accounts, EURO_CARDS, EURO_DEBTORS)
)
METHODS = {"card": MethodSettings("Card clearing", "Card", {"EUR": "Card clearing EUR"})}


def in_euros(value: Any) -> Any:
    """The same facts with every amount in euros."""
    if isinstance(value, Money):
        return replace(value, currency="EUR")
    if isinstance(value, tuple):
        return tuple(in_euros(each) for each in value)
    if hasattr(value, "__dataclass_fields__"):
        return replace(value, **{name: in_euros(getattr(value, name)) for name in value.__dataclass_fields__})
    return value


def euros(order: Order, rate: Decimal | None = RATE) -> Order:
    told: Order = replace(in_euros(order), currency="EUR", shop_rate=rate)
    return told


def both(shop: Order, paid: Order) -> Order:
    """An order of a shop in pounds, told in the euros that it was paid in too."""
    return replace(shop, paid_currency="EUR", as_paid=replace(euros(paid), paid_currency="EUR"))


def context(currency: CurrencyChoice = CurrencyChoice.PAID, **changes: Any) -> Context:
    choices = {"orders": {"currency": currency, **changes.pop("orders", {})}, "payments": {"methods": METHODS}}
    return make_context(make_settings(**choices), COMPANY, **changes)


def test_posting_8_a_sale_in_the_shops_currency_is_paid_at_the_orders_shop_amount() -> None:
    """Section 6: the difference to what arrives belongs to the payout, never to a balance due."""
    order = both(make_order(make_line("85.00")), make_order(make_line("100.00")))
    decided = decide_order(order, context(CurrencyChoice.SHOP, orders={"form": SaleForm.INVOICE}))
    (payment,) = payments_in(decided)
    sale = sale_in(decided)
    assert (str(sale.total), sale.exchange_rate) == ("85.00 GBP", None)
    assert (str(payment.amount), payment.applied, payment.deposit_account) == ("85.00 GBP", None, "5")


def test_posting_8_a_sale_in_the_paid_currency_is_foreign_throughout() -> None:
    taxed = (make_tax("20.00"),)
    order = both(
        make_order(make_line("85.00", taxes=(make_tax("17.00"),))), make_order(make_line("100.00", taxes=taxed))
    )
    decided = decide_order(order, context())
    sale, (customer,) = sale_in(decided), customers_in(decided)
    assert (str(sale.total), sale.currency, str(sale.tax)) == ("120.00 EUR", "EUR", "20.00 EUR")
    assert (sale.deposit_account, sale.payment_method, sale.exchange_rate) == ("30", "P1", RATE)
    assert (customer.name, customer.currency) == ("Ada King", "EUR")
    assert all(line.amount.currency == "EUR" for line in sale.lines)


def test_posting_8_the_shops_own_currency_may_be_foreign() -> None:
    order = euros(make_order(make_line("100.00")), rate=None)
    for choice in CurrencyChoice:
        sale = sale_in(decide_order(order, context(choice)))
        assert (str(sale.total), sale.deposit_account, sale.exchange_rate) == ("100.00 EUR", "30", None)


def test_what_was_paid_in_home_money_in_a_foreign_shop_is_home_money() -> None:
    shop = replace(euros(make_order(make_line("100.00")), rate=None), paid_currency="GBP")
    order = replace(shop, as_paid=replace(make_order(make_line("85.00")), shop_rate=Decimal("1.18")))
    sale = sale_in(decide_order(order, context()))
    assert (str(sale.total), sale.deposit_account, sale.exchange_rate) == ("85.00 GBP", "5", None)


def test_the_rate_of_a_store_that_keeps_another_currency_is_no_rate_of_the_companys() -> None:
    dollars = replace(make_order(), currency="USD")
    order = replace(dollars, as_paid=euros(make_order()))
    booked = as_booked(order, CurrencyChoice.PAID, "GBP")
    assert (booked.currency, booked.shop_rate) == ("EUR", None)
    assert as_booked(order, CurrencyChoice.PAID, "USD").shop_rate == RATE


def test_payments_refunds_and_credits_keep_to_the_currency_of_the_sale_and_to_its_rate() -> None:
    """Section 7's case in euros: total 113, paid 50, R 56.50, C 20."""
    tender = make_tender("50.00")
    back = make_refund(make_refund_line("56.50"), cash="20.00")
    paid = make_order(make_line("113.00"), tenders=(tender,), refunds=(back,))
    order = both(make_order(make_line("96.05"), tenders=()), paid)
    decided = decide_order(order, context(orders={"form": SaleForm.INVOICE, "statuses": (paid.status,)}))
    assert codes_in(decided) == []
    (payment,), (cash,) = payments_in(decided), documents_in(decided, CashBackDocument)
    (joint,), memo = documents_in(decided, ApplicationDocument), refund_in(decided)
    assert [str(each) for each in (payment.amount, cash.amount, memo.total, joint.applied)] == [
        "50.00 EUR", "20.00 EUR", "56.50 EUR", "36.50 EUR",
    ]  # fmt: skip
    assert (payment.deposit_account, cash.account, cash.receivable_account) == ("30", "30", "31")
    documents: list[Any] = [sale_in(decided), payment, cash, memo, joint]
    assert {each.exchange_rate for each in documents} == {RATE}


def test_a_refund_receipt_leaves_the_account_of_its_currency() -> None:
    paid = make_order(make_line("100.00"), refunds=(make_refund(make_refund_line("100.00")),))
    refund = refund_in(decide_order(both(make_order(make_line("85.00")), paid), context()))
    assert (str(refund.total), refund.refund_account, refund.exchange_rate) == ("100.00 EUR", "30", RATE)


def test_home_money_may_hold_foreign_payments_where_the_settings_say_so() -> None:
    methods = {"card": MethodSettings("Card clearing", by_currency={"EUR": "Till"})}
    settings = make_settings(orders={"currency": CurrencyChoice.PAID}, payments={"methods": methods})
    sale = sale_in(decide_order(both(make_order(), make_order()), make_context(settings, COMPANY)))
    assert (sale.currency, sale.deposit_account) == ("EUR", "7")


def test_one_generic_customer_a_currency() -> None:
    order = both(make_order(), make_order())
    generic = context(orders={"customer": CustomerChoice.GENERIC})
    (foreign,) = customers_in(decide_order(order, generic))
    (home,) = customers_in(decide_order(make_order(), generic))
    assert (foreign.name, home.name) == ("Online customer (EUR)", "Online customer")


MISSING: list[Any] = [
    pytest.param({"multicurrency": False}, {}, "currency", "currency:EUR", "Switch multicurrency",
                 id="multicurrency"),
    pytest.param({"currencies": ("USD",)}, {}, "currency-inactive", "currency-inactive:EUR", "Add EUR", id="currency"),
    pytest.param({}, {"card": MethodSettings("Card clearing")}, "account-currency", "account-currency:card:EUR",
                 '[payments.methods."card".by_currency]', id="clearing account"),
]  # fmt: skip


@pytest.mark.parametrize(("company", "methods", "code", "cause", "remedy"), MISSING)
def test_posting_8_what_a_foreign_sale_lacks_is_named_once_with_its_remedy(
    company: dict[str, Any], methods: dict[str, Any], code: str, cause: str, remedy: str
) -> None:
    orders = [euros(make_order(number=number), rate=None) for number in ("1001", "1002")]
    settings = make_settings(payments={"methods": methods or {"card": MethodSettings("Card clearing EUR")}})
    within = make_context(settings, COMPANY)
    within = replace(within, company=replace(COMPANY, **company))
    found = [problem for order in orders for problem in problems_in(decide_order(order, within))]
    assert {problem.code for problem in found} == {code}
    assert {problem.cause for problem in found} == {cause}
    assert {problem.where for problem in found} == {"1001", "1002"}
    assert all(remedy in str(problem.remedy) for problem in found)


def test_currencies_that_were_not_read_stop_nothing() -> None:
    within = replace(context(), company=replace(COMPANY, currencies=None))
    assert codes_in(decide_order(euros(make_order()), within)) == []


def test_an_order_that_the_store_does_not_tell_in_the_paid_currency_is_held() -> None:
    order = make_order(paid_currency="EUR", refunds=(make_refund(),))
    assert codes_in(decide_order(order, context())) == ["paid-currency", "order-held"]
    assert codes_in(decide_order(order, context(CurrencyChoice.SHOP))) == []
    assert codes_in(decide_order(replace(order, paid_currency="GBP"), context())) == []


def test_a_foreign_refund_of_an_earlier_order_needs_the_same() -> None:
    order = euros(make_order(placed_at=BEFORE_START, refunds=(make_refund(),)))
    assert refund_in(decide_order(order, context())).refund_account == "30"
    within = replace(context(), company=replace(COMPANY, multicurrency=False))
    assert codes_in(decide_order(order, within)) == ["currency"]


@pytest.mark.parametrize("later", CurrencyChoice)
@pytest.mark.parametrize("first", CurrencyChoice)
def test_a_sale_in_the_books_keeps_its_currency(first: CurrencyChoice, later: CurrencyChoice) -> None:
    """Another choice of currency is for new sales: what refunds this one is in its own."""
    order = both(make_order(make_line("85.00")), make_order(make_line("100.00")))
    (sale,) = [each for each in decide_order(order, context(first)) if isinstance(each.outcome, SaleDocument)]
    assert isinstance(sale.outcome, SaleDocument)
    assert sale.total is not None
    part = PostedPart(sale.key, sale.total, sale.outcome)
    shop, paid = make_order(make_line("85.00")), make_order(make_line("100.00"))
    refunded = both(
        replace(shop, refunds=(make_refund(make_refund_line("85.00")),)),
        replace(paid, refunds=(make_refund(make_refund_line("100.00")),)),
    )
    again = context(later, posted=(part,), posted_form=sale.outcome.form, redeemed=frozenset())
    assert refund_in(decide_order(refunded, again)).total == sale.outcome.total


def test_a_sale_whose_currency_the_store_no_longer_tells_holds_its_refunds() -> None:
    sale = next(each for each in decide_order(euros(make_order()), context()) if isinstance(each.outcome, SaleDocument))
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, sale.outcome.total, sale.outcome)
    posted = context(posted=(part,), posted_form=SaleForm.RECEIPT, redeemed=frozenset())
    assert codes_in(decide_order(make_order(refunds=(make_refund(),)), posted)) == ["currency-changed"]
    none = replace(posted.resolved.settings, refunds=replace(posted.resolved.settings.refunds, record=False))
    within = replace(posted, resolved=replace(posted.resolved, settings=none))
    assert decide_order(make_order(refunds=(make_refund(),)), within) == ()


def test_an_increase_after_posting_is_paid_into_the_account_of_its_currency() -> None:
    sale = next(each for each in decide_order(euros(make_order()), context()) if isinstance(each.outcome, SaleDocument))
    assert isinstance(sale.outcome, SaleDocument)
    part = PostedPart(sale.key, sale.outcome.total, sale.outcome)
    more = make_tender("5.00", source_id=SourceId("tx-2"), at=LATER)
    edited = euros(make_order(make_line("15.00"), tenders=(make_tender("10.00"), more)))
    decided = decide_order(edited, context(posted=(part,), posted_form=SaleForm.RECEIPT, redeemed=frozenset()))
    receipt = documents_in(decided, SaleDocument)[-1]
    assert (str(receipt.total), receipt.deposit_account, receipt.exchange_rate) == ("5.00 EUR", "30", RATE)


def test_documents_without_a_rate_leave_it_to_the_ledger() -> None:
    decided = decide_order(make_order(refunds=(make_refund(),)), make_context())
    assert {each.exchange_rate for each in documents_in(decided, SaleDocument)} == {None}
    assert {each.exchange_rate for each in documents_in(decided, RefundDocument)} == {None}
    assert documents_in(decided, PaymentDocument) == []
    assert pounds("1.00").currency == COMPANY.currency


def in_short(decided: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """What a decision comes to, whatever its currency: kinds, parts, figures and problems."""
    found: list[tuple[Any, ...]] = []
    for each in decided:
        outcome, figures = each.outcome, []
        if isinstance(outcome, SaleDocument | RefundDocument):
            figures = [outcome.tax.amount, *(line.amount.amount for line in outcome.lines)]
        problems = [problem.code for problem in outcome] if isinstance(outcome, tuple) else []
        kept = None if each.total is None else each.total.amount
        found.append((each.key.kind, each.key.part, type(outcome), each.dated, kept, figures, problems))
    return found


@given(order=orders(), form=st.sampled_from(SaleForm))
def test_an_order_is_decided_alike_in_whatever_currency(order: Order, form: SaleForm) -> None:
    """The same figures in euros, paid in euros: the same documents, problems and rules, to the cent."""
    choices = {"form": form, "statuses": (order.status,)}
    methods = {"card": MethodSettings("Card clearing", "Card")}
    home = make_context(make_settings(orders=choices, payments={"methods": methods}), COMPANY)
    paid = replace(order, paid_currency="EUR", as_paid=replace(euros(order), paid_currency="EUR"))
    foreign = context(orders=choices)
    assert in_short(decide_order(paid, foreign)) == in_short(decide_order(order, home))
    amounts = [each.total.currency for each in decide_order(paid, foreign) if each.total is not None]
    assert set(amounts) <= {"EUR"}

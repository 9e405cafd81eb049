from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.conftest import (
    BEFORE_START,
    STORE,
    links,
    make_address,
    make_buyer,
    make_company,
    make_context,
    make_customer,
    make_item,
    make_known,
    make_line,
    make_order,
    make_refund,
    make_refund_line,
    make_settings,
    problems_in,
    sale_in,
)

from comptoir.books.company import CustomerRecord
from comptoir.books.context import Context, Found, Link, Match, PostedPart
from comptoir.books.customers import find_customer
from comptoir.books.decide import decide_order
from comptoir.books.documents import (
    Awaited,
    CustomerDocument,
    Kind,
    Known,
    LedgerId,
    PostingKey,
    Reference,
    RefundDocument,
    SaleDocument,
)
from comptoir.books.facts import Order, SourceId
from comptoir.books.money import Money
from comptoir.books.problems import Problem
from comptoir.books.refunds import decide_refunds
from comptoir.books.sales import decide_sale
from comptoir.books.settings import CustomerChoice
from comptoir.books.text import CUSTOMER_NAME_LIMIT, marker

ONLINE = "generic:GBP:online customer"


def key(source_id: str) -> PostingKey:
    return PostingKey(STORE, Kind.CUSTOMER, SourceId(source_id))


def found(order: Order, context: Context) -> Found:
    answer = find_customer(order, context)
    assert isinstance(answer, Found)
    return answer


def created(order: Order, context: Context) -> CustomerDocument:
    answer = found(order, context)
    assert answer.creates is not None
    assert isinstance(answer.creates.outcome, CustomerDocument)
    assert answer.reference == Awaited(answer.creates.key)
    assert answer.creates.number == answer.creates.outcome.name
    return answer.creates.outcome


def choosing(choice: CustomerChoice, **changes: Any) -> Context:
    return make_context(make_settings(orders={"customer": choice}), **changes)


def euros(order_number: str = "1001", **changes: Any) -> Order:
    price = Money(make_line().gross.amount, "EUR")
    line = make_line(unit_price=price, gross=price, discount=Money(price.amount * 0, "EUR"))
    return make_order(line, number=order_number, currency="EUR", tenders=(), **changes)


def test_a_new_customer_has_all_that_the_store_knows() -> None:
    order = make_order(buyer=make_buyer(company="Engines Ltd"))
    document = created(order, make_context())
    assert document == CustomerDocument(
        name="Ada King",
        currency="GBP",
        given_name="Ada",
        family_name="King",
        company="Engines Ltd",
        email="ada@example.org",
        phone="020 7946 0000",
        billing=order.billing,
        shipping=order.shipping,
        note=marker(key("buyer-1"), 0),
    )


def test_a_customer_of_a_later_generation_has_another_marker() -> None:
    key = next(each.key for each in decide_order(make_order(), make_context()) if each.key.kind is Kind.CUSTOMER)
    first = created(make_order(), make_context())
    second = created(make_order(), make_context(generations={key: 1}))
    assert first.note != second.note


KEY = b"an installation's own"


def guest(told: str) -> str:
    plain = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    return f"guest:{hmac.digest(KEY, plain.encode(), 'sha256').hex()}"


@pytest.mark.parametrize(
    ("changes", "source_id"),
    [
        pytest.param({}, "buyer-1", id="the store's own id"),
        pytest.param({"buyer": make_buyer(source_id=None)}, guest("ada@example.org"), id="a guest's e-mail"),
        pytest.param(
            {"buyer": make_buyer(source_id=None, email=" Ada@Example.org ")}, guest("ada@example.org"), id="as written"
        ),
        pytest.param(
            {"buyer": make_buyer(source_id=None, email="")}, guest("ada king:ls1 4ap"), id="name and postcode"
        ),
        pytest.param({"buyer": None}, guest("ada king:ls1 4ap"), id="the billing address alone"),
        pytest.param({"buyer": make_buyer(source_id=None, email=""), "billing": None}, guest("ada king:"), id="a name"),
        pytest.param({"buyer": None, "billing": None}, ONLINE, id="nobody"),
        pytest.param({"buyer": make_buyer(name=" : "), "billing": None}, ONLINE, id="a name that is none"),
    ],
)
def test_the_key_of_a_customer(changes: dict[str, Any], source_id: str) -> None:
    context = replace(make_context(), guest_key=KEY)
    assert found(make_order(**changes), context).reference == Awaited(key(source_id))


@pytest.mark.parametrize(
    ("choice", "changes", "name"),
    [
        pytest.param("original", {"buyer": make_buyer(company="Engines Ltd")}, "Ada King", id="the person"),
        pytest.param("original", {"buyer": make_buyer(name="", company="Engines Ltd"), "billing": None}, "Engines Ltd",
                     id="a company without a person"),
        pytest.param("original", {"buyer": make_buyer(name="")}, "Ada King", id="the billing address's person"),
        pytest.param("organisation", {"buyer": make_buyer(company="Engines Ltd")}, "Engines Ltd", id="the company"),
        pytest.param("organisation", {"billing": make_address(company="Looms Ltd")}, "Looms Ltd",
                     id="the billing address's company"),
        pytest.param("organisation", {}, "Ada King", id="a person without a company"),
        pytest.param("generic", {}, "Online customer", id="generic"),
        pytest.param("original", {"buyer": make_buyer(name="Ada:\tKing ")}, "Ada King", id="a name made clean"),
    ],
)  # fmt: skip
def test_the_name_of_a_customer(choice: str, changes: dict[str, Any], name: str) -> None:
    assert created(make_order(**changes), choosing(CustomerChoice(choice))).name == name


def test_two_people_of_one_organisation_are_one_customer() -> None:
    context = choosing(CustomerChoice.ORGANISATION)
    people = [
        make_buyer(company="Engines Ltd"),
        make_buyer(source_id=SourceId("buyer-2"), email="b@example.org", company="ENGINES  ltd"),
    ]
    keys = {found(make_order(buyer=person), context).reference for person in people}
    assert keys == {Awaited(key("organisation:engines ltd"))}


def test_the_generic_customer_knows_nobodys_address() -> None:
    document = created(make_order(), choosing(CustomerChoice.GENERIC))
    assert document == CustomerDocument(name="Online customer", currency="GBP", note=marker(key(ONLINE), 0))


def test_the_generic_customer_of_a_foreign_currency_says_which() -> None:
    context = choosing(CustomerChoice.GENERIC, company=make_company(multicurrency=True))
    document = created(euros(), context)
    assert (document.name, document.currency) == ("Online customer (EUR)", "EUR")


def test_the_phone_of_the_billing_address_serves_a_buyer_without() -> None:
    order = make_order(buyer=make_buyer(phone=""), billing=make_address(phone="0113 496 0000"))
    assert created(order, make_context()).phone == "0113 496 0000"
    nobody = make_order(buyer=make_buyer(phone=""), billing=None)
    assert created(nobody, make_context()).phone == ""


MATCHES = [
    pytest.param([make_customer(name="Somebody")], {}, "C1", id="by e-mail, whatever the name"),
    pytest.param([make_customer(email=" ADA@example.org")], {}, "C1", id="by e-mail in another case"),
    pytest.param([make_customer("C2"), make_customer("C1")], {}, "C1", id="by e-mail: of several the first id"),
    pytest.param([make_customer(email="", postcode="ls1 4ap")], {}, "C1", id="by name and postcode"),
    pytest.param([make_customer(email="", phone="020 7946 0000")], {}, "C1", id="by name and phone"),
    pytest.param([make_customer("C1", email=""), make_customer("C2", email="", postcode="LS1 4AP")], {}, "C2",
                 id="by name: the one whose postcode agrees"),
    pytest.param([make_customer(email="x@example.org")], {}, None, id="a name alone is no match"),
    pytest.param([make_customer(email="", postcode="")], {"billing": None, "buyer": make_buyer(phone="")}, None,
                 id="nothing known agrees with nothing known"),
    pytest.param([make_customer(currency="EUR", postcode="LS1 4AP")], {}, None, id="another currency is no match"),
]  # fmt: skip


@pytest.mark.parametrize(("customers", "changes", "expected"), MATCHES)
def test_matching(customers: list[Any], changes: dict[str, Any], expected: str | None) -> None:
    answer = found(make_order(**changes), make_context(known=make_known(customers=customers)))
    if expected is None:
        assert answer.creates is not None
    else:
        record = next(customer for customer in customers if customer.id == expected)
        assert answer == Found(Known(LedgerId(expected), record.name), Match.EMAIL if record.email else Match.PERSON)


def test_the_generic_customer_is_known_by_its_name() -> None:
    known = make_known(customers=[make_customer("C9", name="ONLINE customer", email="")])
    answer = found(make_order(), choosing(CustomerChoice.GENERIC, known=known))
    assert answer == Found(Known(LedgerId("C9"), "ONLINE customer"), Match.NAME)


EVERYBODY, WEB, BEFORE = (key(f"generic:GBP{name}") for name in (":online customer", ":web", ""))
OLD = make_customer("C9", name="Online customer", email="")
NAMED = [
    pytest.param("Online customer", links(EVERYBODY, record=LedgerId("C9")), [OLD], Awaited(EVERYBODY), id="the same"),
    pytest.param("Web", links(EVERYBODY, record=LedgerId("C9")), [OLD], Awaited(WEB), id="one that is to be made"),
    pytest.param("Web", links(EVERYBODY), [OLD, make_customer("C8", name="web", email="")],
                 Known(LedgerId("C8"), "web"), id="an existing one"),
    pytest.param("Online customer", links(EVERYBODY, record=LedgerId("C7")), [OLD],
                 Known(LedgerId("C9"), "Online customer"), id="renamed in the company, and another bears its name"),
    pytest.param("Online customer", links(EVERYBODY, record=LedgerId("C7")), [make_customer("C6", currency="EUR",
                 name="Online customer")], Awaited(EVERYBODY), id="another of a foreign currency bears its name"),
    pytest.param("Online customer", links(BEFORE, name="Online customer"), [OLD], Awaited(BEFORE),
                 id="a key from before names"),
    pytest.param("Online customer", links(BEFORE, name="Online customer (GBP)"), [], Awaited(BEFORE),
                 id="from before names, told apart by its currency"),
    pytest.param("Online customer", links(BEFORE, name="Online customer (generic GBP)"), [], Awaited(BEFORE),
                 id="from before names, told apart by its key"),
    pytest.param("Web", links(BEFORE, name="Online customer"), [OLD], Awaited(WEB), id="named otherwise since"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "linked", "customers", "reference"), NAMED)
def test_the_settings_decide_who_the_generic_customer_is(
    name: str, linked: dict[PostingKey, Link], customers: list[CustomerRecord], reference: Reference
) -> None:
    settings = make_settings(orders={"customer": CustomerChoice.GENERIC, "generic_customer": name})
    context = make_context(settings, linked=linked, known=make_known(customers=customers))
    assert found(make_order(), context).reference == reference


GONE = make_customer("C1", active=False)
INACTIVE = [
    pytest.param([], None, id="nobody else is theirs"),
    pytest.param([make_customer("C2")], Known(LedgerId("C2"), "Ada King"), id="another has their e-mail"),
    pytest.param([make_customer("C2", email="", phone="0123", postcode="")], None, id="another has their name alone"),
]


@pytest.mark.parametrize(("others", "expected"), INACTIVE)
def test_a_customer_that_was_made_inactive_is_replaced_or_asked_for(
    others: list[CustomerRecord], expected: Reference | None
) -> None:
    linked = links(key("buyer-1"), name="Ada King", record=LedgerId("C1"))
    answer = find_customer(make_order(), make_context(linked=linked, known=make_known(customers=[GONE, *others])))
    if expected is None:
        assert isinstance(answer, Problem)
        assert (answer.code, answer.cause) == ("customer-inactive", "customer:ada king")
    else:
        assert isinstance(answer, Found)
        assert answer.reference == expected


def test_a_sale_in_the_books_keeps_a_customer_that_is_inactive_by_now() -> None:
    linked = links(key("buyer-1"), name="Ada King", record=LedgerId("C1"))
    context = make_context(linked=linked, known=make_known(customers=[GONE]))
    sale = sale_in(decide_sale(make_order(), make_context()))
    part = PostedPart(PostingKey(STORE, Kind.SALE, SourceId("order-1")), sale.total, sale)
    assert found(make_order(), replace(context, posted=(part,))).reference == Awaited(key("buyer-1"))


def test_a_refund_of_an_earlier_order_waits_for_its_customer() -> None:
    linked = links(key("buyer-1"), name="Ada King", record=LedgerId("C1"))
    context = make_context(linked=linked, known=make_known(items=[make_item()], customers=[GONE]))
    order = make_order(placed_at=BEFORE_START, refunds=(make_refund(make_refund_line("10.00"), cash="10.00"),))
    assert [each.code for each in problems_in(decide_refunds(order, context))] == ["customer-inactive"]


def test_a_remembered_link_comes_before_any_match() -> None:
    context = make_context(linked=links(key("buyer-1")), known=make_known(customers=[make_customer()]))
    assert found(make_order(), context) == Found(Awaited(key("buyer-1")), Match.MADE_BEFORE)


TAKEN = {"ada king": key("buyer-2")}
FREE_NAMES = [
    pytest.param({"names_taken": {"ada king": key("buyer-1")}}, {}, "Ada King", id="planned for the same buyer"),
    pytest.param({"names_taken": TAKEN}, {}, "Ada King (ada@example.org)", id="planned for another"),
    pytest.param({"known": make_known(customers=[make_customer(email="")])}, {}, "Ada King (ada@example.org)",
                 id="borne by a customer of the company"),
    pytest.param({"names_taken": TAKEN}, {"buyer": make_buyer(email="")}, "Ada King (buyer-1)", id="no e-mail: the id"),
    pytest.param({"names_taken": TAKEN}, {"buyer": None}, "Ada King (LS1 4AP)", id="a guest: the postcode"),
    pytest.param({"names_taken": TAKEN}, {"buyer": None, "billing": make_address(postcode="")}, "Ada King (1001)",
                 id="nothing known: the order"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "changes", "name"), FREE_NAMES)
def test_a_taken_name_gets_a_suffix(known: dict[str, Any], changes: dict[str, Any], name: str) -> None:
    assert created(make_order(**changes), make_context(**known)).name == name


def test_a_customer_has_one_currency() -> None:
    pounds_only = make_known(customers=[make_customer()])
    both = make_known(customers=[make_customer(), make_customer("C2", currency="EUR", name="Ada King (EUR)")])
    assert created(euros(), make_context(known=pounds_only)).currency == "EUR"
    assert found(euros(), make_context(known=both)) == Found(Known(LedgerId("C2"), "Ada King (EUR)"), Match.EMAIL)
    assert found(make_order(), make_context(known=both)) == Found(Known(LedgerId("C1"), "Ada King"), Match.EMAIL)


def test_a_buyer_is_remembered_by_currency() -> None:
    context = make_context(linked=links(key("buyer-1")))
    assert found(make_order(), context).creates is None
    foreign = found(euros(), context)
    assert foreign.reference == Awaited(key("buyer-1~EUR"))
    assert foreign.creates is not None
    assert found(euros(), make_context(linked=links(key("buyer-1~EUR")))).creates is None


BORNE: list[Any] = [
    pytest.param({"known": make_known(customers=[make_customer()])}, "Ada King (EUR)", id="by a customer in pounds"),
    pytest.param({"names_taken": {"ada king": key("buyer-1")}}, "Ada King (EUR)", id="by the same, planned in pounds"),
    pytest.param({"names_taken": {"ada king": key("buyer-1~USD")}}, "Ada King (EUR)", id="by the same, in dollars"),
    pytest.param({"names_taken": {"ada king": key("buyer-2")}}, "Ada King (ada@example.org)", id="by somebody else"),
    pytest.param({"known": make_known(customers=[make_customer(), make_customer("C2", name="Ada King (EUR)",
                                                                               email="", currency="EUR")])},
                 "Ada King (ada@example.org)", id="with the currency too"),
]  # fmt: skip


@pytest.mark.parametrize(("context", "name"), BORNE)
def test_a_name_of_another_currency_gets_the_currency(context: dict[str, Any], name: str) -> None:
    assert created(euros(), make_context(**context)).name == name


@given(
    name=st.text(max_size=140),
    company=st.text(max_size=140),
    email=st.text(max_size=140),
    choice=st.sampled_from(CustomerChoice),
    taken=st.booleans(),
)
def test_every_name_is_one_that_the_ledger_accepts(
    name: str, company: str, email: str, choice: CustomerChoice, *, taken: bool
) -> None:
    order = make_order(buyer=make_buyer(name=name, company=company, email=email), billing=None)
    plain = created(order, choosing(choice))
    document = created(order, choosing(choice, names_taken={plain.name.casefold(): key("other")} if taken else None))
    for text in (plain.name, document.name, document.company, document.given_name, document.family_name):
        assert len(text) <= CUSTOMER_NAME_LIMIT
        assert ":" not in text
        assert text.isprintable()
        assert text == text.strip()
    assert plain.name
    assert document.name


NAMED = [
    pytest.param("Ada: King", "Ada King", id="a colon"),
    pytest.param('Ada "Countess" O\'King', 'Ada "Countess" O\'King', id="quotes"),
    pytest.param("Ada \U0001f600 King", "Ada King", id="an emoji"),
    pytest.param("Ada " * 150, ("Ada " * 25).rstrip(), id="600 characters"),
]


@pytest.mark.parametrize(("name", "expected"), NAMED)
def test_names_are_cleaned_to_the_ledgers_rules(name: str, expected: str) -> None:
    answer = find_customer(make_order(buyer=make_buyer(name=name)), make_context())
    assert isinstance(answer, Found)
    assert answer.creates is not None
    assert answer.creates.number == expected


def test_a_name_of_emoji_alone_is_the_generic_customer() -> None:
    order = make_order(buyer=make_buyer(name="\U0001f600", company=""), billing=None)
    answer = find_customer(order, make_context())
    assert isinstance(answer, Found)
    assert answer.creates is not None
    assert answer.creates.number == "Online customer"


def test_a_third_person_of_one_name_and_suffix_gets_a_number() -> None:
    taken = [
        make_customer("C1", email="", postcode="X"),
        make_customer("C2", name="Ada King (ada@example.org)", email=""),
        make_customer("C3", name="Ada King (ada@example.org 2)", email=""),
    ]
    answer = find_customer(make_order(), make_context(known=make_known(customers=taken)))
    assert isinstance(answer, Found)
    assert answer.creates is not None
    assert answer.creates.number == "Ada King (ada@example.org 3)"


def posted_sale(customer: Known, **changes: Any) -> PostedPart:
    """The sale as it lies in the books: by whom it was bought is told there."""
    order = make_order(buyer=make_buyer(), **changes)
    (sale,) = [each for each in decide_order(order, make_context()) if each.key.kind is Kind.SALE]
    assert isinstance(sale.outcome, SaleDocument)
    return PostedPart(sale.key, sale.outcome.total, replace(sale.outcome, customer=customer))


def test_whoever_was_forgotten_stays_the_customer_of_the_sale_in_the_books() -> None:
    ada = Known(LedgerId("7"), "Ada King")
    posted = posted_sale(ada)
    zero = posted.document.tax
    credit = replace(posted, document=RefundDocument("R", posted.document.dated, ada, "GBP", (), zero, None, "", ""))
    forgotten = make_order(buyer=None, billing=None)
    assert found(forgotten, make_context(posted=(credit, posted))) == Found(ada, Match.MADE_BEFORE)
    assert found(forgotten, make_context(posted=(credit,))).match is Match.NEW, "nothing tells who they were"
    assert found(forgotten, make_context()).match is Match.NEW
    assert found(euros(buyer=None, billing=None), make_context(posted=(posted,))).match is Match.NEW
    known = found(make_order(buyer=make_buyer()), make_context(posted=(posted,)))
    assert known.reference != ada, "somebody who is known is who the store says"

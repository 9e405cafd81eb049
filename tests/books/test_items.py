from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.books.conftest import (
    STORE,
    links,
    make_company,
    make_context,
    make_item,
    make_known,
    make_line,
    make_order,
    make_settings,
)

from comptoir.books.company import Account, AccountType, ItemRecord
from comptoir.books.context import Context, Found, Link, Match
from comptoir.books.documents import Awaited, ItemDocument, ItemType, Kind, Known, LedgerId, PostingKey, Reference
from comptoir.books.facts import LineKind, SourceId
from comptoir.books.item_problems import OPENING_QUANTITY
from comptoir.books.items import ItemFinder
from comptoir.books.problems import Problem
from comptoir.books.sales import decide_sale
from comptoir.books.settings import ItemMatch, OpeningQuantity
from comptoir.books.specials import Special
from comptoir.books.text import ITEM_NAME_LIMIT, clean_name


def finder(*items: ItemRecord, linked: Mapping[PostingKey, Link] | None = None, **settings: Any) -> ItemFinder:
    context: Context = make_context(make_settings(items=settings), known=make_known(items=items), linked=linked or {})
    return ItemFinder(make_order(), context)


def key(source_id: str) -> PostingKey:
    return PostingKey(STORE, Kind.ITEM, SourceId(source_id))


def product(items: ItemFinder, sku: str = "MUG-1", name: str = "Blue mug") -> Found | Problem:
    return items.for_line(kind=LineKind.PRODUCT, sku=sku, name=name)


def created(items: ItemFinder, answer: Found | Problem) -> ItemDocument:
    assert isinstance(answer, Found)
    assert answer.creates is not None
    assert answer.reference == Awaited(answer.creates.key)
    assert items.created[answer.creates.key.source_id] == answer.creates
    assert isinstance(answer.creates.outcome, ItemDocument)
    assert answer.creates.number == answer.creates.outcome.name
    return answer.creates.outcome


MATCHES = [
    pytest.param({}, [make_item(name="Other")], " mug-1 ", Known(LedgerId("I1"), "Other"), id="by SKU, folded"),
    pytest.param({"match": ItemMatch.NAME}, [make_item(name="mug-1", sku="")], "MUG-1", Known(LedgerId("I1"), "mug-1"),
                 id="by name: the SKU stands there"),
    pytest.param({}, [make_item("I1", active=False), make_item("I2")], "MUG-1", Known(LedgerId("I2"), "Blue mug"),
                 id="the active one of two"),
    pytest.param({}, [make_item(sku="", name="MUG-1")], "MUG-1", None, id="a name is no SKU"),
    pytest.param({"match": ItemMatch.NAME}, [make_item()], "MUG-1", None, id="a SKU is no name"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "items", "sku", "expected"), MATCHES)
def test_matching(settings: dict[str, Any], items: list[ItemRecord], sku: str, expected: Known | None) -> None:
    here = finder(*items, **settings)
    answer = product(here, sku)
    if expected is None:
        created(here, answer)
    else:
        assert answer == Found(expected, Match.CODE)
        assert here.created == {}


def test_a_remembered_link_comes_before_any_match() -> None:
    assert product(finder(make_item(), linked=links(key("mug-1")))) == Found(Awaited(key("mug-1")), Match.MADE_BEFORE)


def test_a_product_that_nothing_matches_is_created() -> None:
    items = finder()
    assert created(items, product(items, " MUG-1 ")) == ItemDocument(
        name="Blue mug (MUG-1)",
        sku="MUG-1",
        type=ItemType.NON_INVENTORY,
        income_account=LedgerId("1"),
        description="Blue mug",
        expense_account=LedgerId("4"),
    )


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        pytest.param({}, "", "MUG-1", id="by SKU, no title"),
        pytest.param({"match": ItemMatch.NAME}, "Blue mug", "MUG-1", id="by name"),
        pytest.param({}, "Mugs:\tblue", "Mugs blue (MUG-1)", id="a title made clean"),
        pytest.param({}, "x" * 120, "x" * 92 + " (MUG-1)", id="a long title gives way"),
    ],
)
def test_the_name_of_a_created_item(settings: dict[str, Any], name: str, expected: str) -> None:
    items = finder(**settings)
    assert created(items, product(items, name=name)).name == expected


def test_items_are_created_as_the_settings_say() -> None:
    items = finder(create_as=ItemType.SERVICE)
    assert created(items, product(items)).type is ItemType.SERVICE


def test_an_item_is_created_once_for_one_sku() -> None:
    items = finder()
    product(items, "MUG-1", "Blue mug")
    product(items, "mug-1", "Blue mug, second line")
    assert [each.number for each in items.created.values()] == ["Blue mug (MUG-1)"]


HELD = [
    pytest.param({}, [make_item("I1"), make_item("I2")], "MUG-1", "item-ambiguous", "item:mug-1", id="two of one SKU"),
    pytest.param({}, [make_item(active=False)], "MUG-1", "item-inactive", "item:mug-1", id="inactive"),
    pytest.param({"create": False}, [], "MUG-1", "item-unmatched", "item:mug-1", id="none, and none is created"),
    pytest.param({"create": False, "default_product": "Goods"}, [], "MUG-1", "default-product-missing", "item:goods",
                 id="the default product is not there"),
    pytest.param({}, [], " ", "item-unmatched", "item:blue mug", id="no SKU"),
    pytest.param({}, [], ":\u200b", "item-unmatched", "item:: ", id="a SKU that makes no name"),
    pytest.param({"default_product": "Goods"}, [make_item(name="Goods", sku="", active=False)], "",
                 "named-item-inactive", "item:goods", id="the default product is inactive"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "items", "sku", "code", "cause"), HELD)
def test_a_product_without_a_usable_item_is_held(
    settings: dict[str, Any], items: list[ItemRecord], sku: str, code: str, cause: str
) -> None:
    here = finder(*items, **settings)
    problem = product(here, sku)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.where, problem.field) == (code, "1001", "sku")
    assert problem.cause.replace("\u200b", " ") == cause
    assert here.created == {}


GOODS = make_item("I9", name="Goods", sku="")


def test_a_line_without_a_sku_says_so() -> None:
    problem = product(finder(), " ")
    assert isinstance(problem, Problem)
    assert "has no SKU" in str(problem.what)
    assert "Choose a default product" in str(problem.remedy)


@pytest.mark.parametrize("sku", ["", "MUG-1"], ids=["no SKU", "no creation"])
def test_the_default_product_serves_what_matches_nothing(sku: str) -> None:
    items = finder(GOODS, create=False, default_product=" goods ")
    assert product(items, sku) == Found(Known(LedgerId("I9"), "Goods"), Match.DEFAULT)


@pytest.mark.parametrize("kind", [LineKind.HANDLING, LineKind.WRAP, LineKind.FEE, LineKind.DUTY, LineKind.TIP])
def test_other_kinds_go_to_the_default_product_or_are_held(kind: LineKind) -> None:
    answer = finder(GOODS, default_product="Goods").for_line(kind=kind, sku="", name="For the barista")
    assert answer == Found(Known(LedgerId("I9"), "Goods"), Match.DEFAULT)
    problem = finder().for_line(kind=kind, sku="", name="For the barista")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause) == ("charge-unnamed", f"charge:{kind.value}")
    assert '("For the barista")' in str(problem.what)
    assert f'"items.{kind.value}"' in str(problem.remedy)


def test_a_gift_card_is_never_goods() -> None:
    items = finder(GOODS, default_product="Goods")
    problem = items.for_line(kind=LineKind.GIFT_CARD, sku="GIFT", name="Gift card 25")
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause) == ("gift-card", "debt:gift_card")
    assert '"items.gift_card_account"' in str(problem.remedy)
    assert items.created == {}


def test_store_credit_without_an_item_is_held_by_its_own_name() -> None:
    problem = finder(GOODS, default_product="Goods").special(Special.STORE_CREDIT)
    assert isinstance(problem, Problem)
    assert problem.code == "store-credit"
    assert "store credit" in str(problem.what)


OWED = Account(LedgerId("20"), "Owed", AccountType.OTHER_CURRENT_LIABILITY, "GBP")
DEBTS: dict[str, Any] = {"gift_card": "Gift card", "gift_card_account": "Owed", "store_credit": "Store credit",
                         "store_credit_account": "Owed"}  # fmt: skip


def debtor(*items: ItemRecord) -> ItemFinder:
    company = make_company(accounts=(*make_company().accounts, OWED))
    return ItemFinder(make_order(), make_context(make_settings(items=DEBTS), company, known=make_known(items=items)))


@pytest.mark.parametrize(
    ("special", "name"), [(Special.GIFT_CARD, "Gift card"), (Special.STORE_CREDIT, "Store credit")]
)
def test_a_debts_item_is_created_in_its_liability_account(special: Special, name: str) -> None:
    items = debtor()
    document = created(items, items.special(special))
    assert (document.name, document.type, document.income_account) == (name, ItemType.SERVICE, OWED.id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"income_account": OWED.id}, None, id="a liability"),
        pytest.param({}, None, id="an account that is not known"),
        pytest.param({"type": "Service"}, None, id="a service"),
        pytest.param({"income_account": LedgerId("1")}, "item-account", id="income"),
        pytest.param({"type": "Inventory"}, "item-type", id="goods in stock"),
        pytest.param({"type": "Group"}, "item-type", id="a bundle"),
    ],
)
def test_an_existing_item_of_a_debt_must_fit(changes: dict[str, Any], code: str | None) -> None:
    answer = debtor(make_item("I7", **{"name": "Gift card", "sku": "", **changes})).special(Special.GIFT_CARD)
    if code is None:
        assert answer == Found(Known(LedgerId("I7"), "Gift card"), Match.NAME)
    else:
        assert isinstance(answer, Problem)
        assert (answer.code, answer.cause) == (code, "item:gift card")
        assert "stands for gift cards" in str(answer.what)


CHARGES = [
    pytest.param(LineKind.TIP, "tip", id="tip"),
    pytest.param(LineKind.DUTY, "duty", id="duty"),
    pytest.param(LineKind.HANDLING, "handling", id="handling"),
    pytest.param(LineKind.WRAP, "wrap", id="wrap"),
    pytest.param(LineKind.FEE, "fee", id="fee"),
]


def named(setting: str) -> dict[str, Any]:
    return {setting: "Its own"}


@pytest.mark.parametrize(("kind", "setting"), CHARGES)
def test_a_charge_may_have_an_item_of_its_own(kind: LineKind, setting: str) -> None:
    items = finder(**named(setting), charges_as=ItemType.NON_INVENTORY, charges_account="Income:Postage")
    document = created(items, items.for_line(kind=kind, sku="", name="For the barista"))
    assert (document.name, document.type, document.income_account) == ("Its own", ItemType.NON_INVENTORY, "2")
    assert list(items.created) == [f"special:{setting}:its own"]
    plain = finder(**named(setting))
    assert created(plain, plain.for_line(kind=kind, sku="", name="x")).income_account == "1"


def test_a_fee_of_a_deposits_name_goes_to_the_deposit_item() -> None:
    items = finder(deposit="Eco fee", deposit_names=("Eco Fee", "Pfand"), fee="Fees")
    assert created(items, items.for_line(kind=LineKind.FEE, sku="", name=" PFAND")).name == "Eco fee"
    assert created(items, items.for_line(kind=LineKind.FEE, sku="", name="Cash on delivery")).name == "Fees"


@pytest.mark.parametrize("name", ["", "Not restocked"])
def test_goods_that_do_not_return_to_stock_have_their_item_or_the_default_product(name: str) -> None:
    items = finder(GOODS, default_product="Goods", no_restock=name)
    answer = items.special(Special.NO_RESTOCK)
    if name:
        assert created(items, answer).name == name
    else:
        assert answer == Found(Known(LedgerId("I9"), "Goods"), Match.DEFAULT)


def test_goods_that_do_not_return_to_stock_are_held_without_either() -> None:
    problem = finder().special(Special.NO_RESTOCK)
    assert isinstance(problem, Problem)
    assert 'for goods that do not return to stock ("goods that do not return to stock")' in str(problem.what)


STOCK: dict[str, Any] = {"create_as": ItemType.INVENTORY, "asset_account": "PayPal clearing",
                         "cogs_account": "Cost of sales"}  # fmt: skip
POST: dict[str, Any] = {**STOCK, "opening_quantity": OpeningQuantity.POST}
MUG = frozenset({key("mug-1")})


def stocked(quantity: str | None = "0", start: date | None = date(2025, 12, 31), **changes: Any) -> ItemRecord:
    number = None if quantity is None else Decimal(quantity)
    return make_item(type="Inventory", quantity=number, start_date=start, **changes)


@pytest.mark.parametrize(
    ("oldest", "dated", "start"),
    [
        pytest.param(None, None, date(2025, 12, 31), id="the day before the start date"),
        pytest.param(date(2025, 11, 3), None, date(2025, 11, 2), id="the day before the oldest order"),
        pytest.param(date(2026, 2, 1), None, date(2025, 12, 31), id="an oldest order after the start date"),
        pytest.param(date(2025, 11, 3), date(2025, 10, 1), date(2025, 9, 30), id="the document is older still"),
    ],
)
def test_an_inventory_item_starts_before_anything_that_may_use_it(
    oldest: date | None, dated: date | None, start: date
) -> None:
    context = make_context(make_settings(items=POST), oldest_order=oldest)
    items = ItemFinder(make_order(), context, dated)
    assert created(items, product(items)) == ItemDocument(
        name="Blue mug (MUG-1)",
        sku="MUG-1",
        type=ItemType.INVENTORY,
        income_account=LedgerId("1"),
        description="Blue mug",
        expense_account=LedgerId("4"),
        asset_account=LedgerId("6"),
        start_date=start,
    )


def test_a_sale_waits_for_the_opening_quantity_of_the_item_it_creates() -> None:
    items = finder(**STOCK)
    problem = product(items)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause) == (OPENING_QUANTITY, "item:mug-1")
    assert [each.number for each in items.created.values()] == ["Blue mug (MUG-1)"]


OPENING = [
    pytest.param([stocked()], STOCK, frozenset(), OPENING_QUANTITY, id="no quantity yet"),
    pytest.param([stocked(None)], STOCK, frozenset(), OPENING_QUANTITY, id="a quantity that is not told"),
    pytest.param([], STOCK, frozenset(), OPENING_QUANTITY, id="made by an order before this one"),
    pytest.param([stocked("5")], STOCK, frozenset(), None, id="a quantity"),
    pytest.param([stocked("-1")], STOCK, frozenset(), None, id="below nothing"),
    pytest.param([stocked()], STOCK, MUG, None, id="sold out by our own sales"),
    pytest.param([], STOCK, MUG, None, id="in use, under another SKU by now"),
    pytest.param([stocked()], POST, frozenset(), None, id="posted by choice"),
    pytest.param([make_item()], STOCK, frozenset(), None, id="made without stock, earlier"),
    pytest.param([], {}, frozenset(), None, id="made without stock"),
    pytest.param([stocked("5", date(2026, 3, 11))], STOCK, frozenset(), "item-starts-late", id="starts later"),
    pytest.param([stocked(active=False)], STOCK, frozenset(), None, id="inactive by now"),
]


@pytest.mark.parametrize(("items", "settings", "opened", "code"), OPENING)
def test_a_sale_of_an_item_that_we_made(
    items: list[ItemRecord], settings: dict[str, Any], opened: frozenset[PostingKey], code: str | None
) -> None:
    context = make_context(
        make_settings(items=settings), known=make_known(items=items), linked=links(*MUG), opened=opened
    )
    answer = product(ItemFinder(make_order(), context))
    if code is None:
        assert answer == Found(Awaited(key("mug-1")), Match.MADE_BEFORE)
    else:
        assert isinstance(answer, Problem)
        assert answer.code == code


WARNED = [
    pytest.param([], POST, frozenset(), True, id="the order that makes it"),
    pytest.param([], POST, MUG, True, id="an order after it"),
    pytest.param([stocked()], POST, MUG, True, id="nothing entered since"),
    pytest.param([stocked("5")], POST, MUG, False, id="a quantity"),
    pytest.param([], {}, frozenset(), False, id="no stock"),
]


@pytest.mark.parametrize(("items", "settings", "linked", "warned"), WARNED)
def test_a_sale_posted_without_an_opening_quantity_says_so(
    items: list[ItemRecord], settings: dict[str, Any], linked: frozenset[PostingKey], *, warned: bool
) -> None:
    """posting.md, section 3: by setting such a sale is posted, with a warning, once an item."""
    context = make_context(make_settings(items=settings), known=make_known(items=items), linked=links(*linked))
    two = (make_line("10.00"), make_line("10.00", source_id=SourceId("line-2")))
    notes = decide_sale(make_order(*two), context)[-1].notes
    words = 'The inventory item of the SKU "MUG-1" has nothing on hand: order 1001 takes it below zero.'
    assert [str(note) for note in notes] == ([words] if warned else [])


@pytest.mark.parametrize(
    ("start", "held"), [(date(2026, 3, 10), False), (date(2026, 3, 11), True), (None, False)], ids=str
)
def test_stock_that_starts_after_the_sale_holds_it_with_both_dates(start: date | None, *, held: bool) -> None:
    answer = product(finder(stocked("5", start)))
    if held:
        assert isinstance(answer, Problem)
        assert answer.code == "item-starts-late"
        assert str(answer.what) == (
            'The stock of the item "Blue mug" starts on 2026-03-11, and order 1001 is dated 2026-03-10.'
        )
    else:
        assert answer == Found(Known(LedgerId("I1"), "Blue mug"), Match.CODE)


ACCOUNTS: dict[str, Any] = {"shipping_account": "Income:Postage", "discount_account": "Discounts given"}
SPECIALS = [
    pytest.param(Special.SHIPPING, "Shipping", "2", id="shipping"),
    pytest.param(Special.DISCOUNT, "Discount", "3", id="discount"),
    pytest.param(Special.ROUNDING, "Rounding", "1", id="rounding"),
    pytest.param(Special.REFUND_DIFFERENCE, "Refund difference", "3", id="refund difference"),
]


@pytest.mark.parametrize(("special", "name", "account"), SPECIALS)
def test_a_special_item_is_created_as_a_service(special: Special, name: str, account: str) -> None:
    items = finder(discount="Discount", **ACCOUNTS)
    document = created(items, items.special(special))
    assert document == ItemDocument(
        name=name, sku="", type=ItemType.SERVICE, income_account=LedgerId(account), expense_account=LedgerId("4")
    )
    assert list(items.created) == [f"special:{special.value}:{name.lower()}"]


@pytest.mark.parametrize(("special", "name", "account"), SPECIALS)
def test_a_special_item_is_found_by_its_name(special: Special, name: str, account: str) -> None:
    del account
    items = finder(make_item("I7", name=name.upper(), sku=""), discount="Discount")
    assert items.special(special) == Found(Known(LedgerId("I7"), name.upper()), Match.NAME)


def test_a_special_item_that_a_posting_of_ours_makes_is_awaited() -> None:
    items = finder(linked=links(OWN, name="Shipping"))
    assert items.special(Special.SHIPPING) == Found(Awaited(OWN), Match.MADE_BEFORE)
    assert items.created == {}


OWN, OTHER, PLAIN = (key(f"special:shipping{name}") for name in (":shipping", ":livraison", ""))
MADE_HERE = links(OWN, name="Shipping", record=LedgerId("I7"))
BEFORE_NAMES = links(PLAIN, name="Shipping", record=LedgerId("I7"))
OURS = make_item("I7", name="Shipping", sku="")
DELIVERY = make_item("I8", name="Livraison", sku="")
SETTINGS_DECIDE = [
    pytest.param("Livraison", [OURS, DELIVERY], MADE_HERE, Known(LedgerId("I8"), "Livraison"), id="an existing one"),
    pytest.param("livraison", [OURS], MADE_HERE, Awaited(OTHER), id="one that is to be made"),
    pytest.param("Livraison", [OURS], {**MADE_HERE, **links(OTHER, name="Livraison")}, Awaited(OTHER), id="made since"),
    pytest.param("SHIPPING ", [OURS, DELIVERY], MADE_HERE, Awaited(OWN), id="back again"),
    pytest.param("Shipping", [OURS], BEFORE_NAMES, Awaited(PLAIN), id="a key from before names"),
    pytest.param("Livraison", [OURS], BEFORE_NAMES, Awaited(OTHER), id="named otherwise since"),
    pytest.param("Livraison", [OURS, DELIVERY], BEFORE_NAMES, Known(LedgerId("I8"), "Livraison"), id="an item instead"),
    pytest.param("Shipping", [], MADE_HERE, Awaited(OWN), id="renamed in the company"),
    pytest.param("Shipping", [make_item("I7", name="Postage", sku=""), make_item("I9", name="Shipping", sku="")],
                 MADE_HERE, Known(LedgerId("I9"), "Shipping"), id="renamed, and another bears its name"),
    pytest.param("Postage", [make_item("I7", name="Postage", sku="")], MADE_HERE, Known(LedgerId("I7"), "Postage"),
                 id="renamed in both"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "items", "linked", "reference"), SETTINGS_DECIDE)
def test_the_settings_decide_which_item_it_is(
    name: str, items: list[ItemRecord], linked: dict[PostingKey, Link], reference: Reference
) -> None:
    answer = finder(*items, linked=linked, shipping=name).special(Special.SHIPPING)
    assert isinstance(answer, Found)
    assert answer.reference == reference
    assert (answer.creates is None) == (reference != Awaited(OTHER) or OTHER in linked)


@pytest.mark.parametrize("called", ["Shipping", "Shipping (deleted)"])
@pytest.mark.parametrize("linked", [MADE_HERE, BEFORE_NAMES], ids=["ours", "from before names"])
def test_an_inactive_special_item_is_held_until_another_is_named(called: str, linked: dict[PostingKey, Link]) -> None:
    retired = make_item("I7", name=called, sku="", active=False)
    problem = finder(retired, linked=linked).special(Special.SHIPPING)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.cause) == ("named-item-inactive", "item:shipping")
    assert str(problem.remedy) == (
        'Make it active again in the company, or name another one under "items.shipping", then retry.'
    )
    other = finder(retired, DELIVERY, linked=linked, shipping="Livraison").special(Special.SHIPPING)
    assert other == Found(Known(LedgerId("I8"), "Livraison"), Match.NAME)


def test_an_inactive_item_that_nobody_made_here_is_held_in_the_same_way() -> None:
    problem = finder(make_item("I7", name="Shipping", sku="", active=False)).special(Special.SHIPPING)
    assert isinstance(problem, Problem)
    assert problem.code == "named-item-inactive"


def test_what_a_document_in_the_books_has_is_told_by_the_settings_of_today() -> None:
    known = Known(LedgerId("I1"))
    items = finder(DELIVERY, linked=BEFORE_NAMES, shipping="Livraison")
    for reference in (Awaited(PLAIN), Awaited(OWN)):
        assert items.as_named_now(reference) == Known(LedgerId("I8"), "Livraison")
    for other in (known, Awaited(key("mug-1")), Awaited(key("special:parking")), Awaited(key("special:tip:tip"))):
        assert items.as_named_now(other) == other
    retired = finder(make_item("I8", name="Livraison", sku="", active=False), shipping="Livraison")
    assert retired.as_named_now(Awaited(OWN)) == Awaited(OWN)


def test_an_ambiguous_special_item_is_held() -> None:
    items = finder(make_item("I1", name="Shipping"), make_item("I2", name="Shipping"))
    problem = items.special(Special.SHIPPING)
    assert isinstance(problem, Problem)
    assert problem.code == "item-ambiguous"


@pytest.mark.parametrize(
    ("kind", "name"), [(LineKind.SHIPPING, "Shipping"), (LineKind.CASH_ROUNDING, "Rounding")], ids=str
)
def test_kinds_that_have_a_special_item(kind: LineKind, name: str) -> None:
    items = finder()
    assert created(items, items.for_line(kind=kind, sku="X", name="whatever")).name == name


@given(sku=st.text(min_size=1, max_size=140), name=st.text(max_size=140), match=st.sampled_from(ItemMatch))
def test_every_created_name_is_one_that_the_ledger_accepts(sku: str, name: str, match: ItemMatch) -> None:
    items = finder(match=match)
    answer = product(items, sku, name)
    if isinstance(answer, Problem):
        assert answer.code == "item-unmatched"
        assert not clean_name(sku, ITEM_NAME_LIMIT)
        return
    document = created(items, answer)
    assert 0 < len(document.name) <= ITEM_NAME_LIMIT
    assert ":" not in document.name
    assert document.name.isprintable()
    assert document.name == document.name.strip()
    assert len(document.sku) <= ITEM_NAME_LIMIT

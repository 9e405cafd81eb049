"""What staff and apps do to orders through the API, and what the platform refuses them (messages as recorded)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import (
    Cart,
    CartLine,
    CartShipping,
    Customer,
    Duty,
    Payment,
    Presentment,
    Tax,
)
from comptoir_sandbox.shopify.scopes import DEFAULT_SCOPES

MakeCart = Callable[..., Cart]
MakeSandbox = Callable[..., Sandbox]
Send = Callable[..., dict[str, Any]]
WRITER = frozenset({*DEFAULT_SCOPES, "write_orders", "write_order_edits"})
BAG = "{ shopMoney { amount } presentmentMoney { amount } }"
REFUND = (
    """mutation Give($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) {
  refund { id note totalRefundedSet { shopMoney { amount } }
    refundLineItems(first: 5) { nodes { quantity restockType subtotalSet { shopMoney { amount } } } }
    transactions(first: 5) { nodes { kind status gateway amountSet """
    + BAG
    + """ parentTransaction { id } } } }
  order { displayFinancialStatus totalRefundedSet { shopMoney { amount } } }
  userErrors { field message } } }"""
)
ORDER = "gid://shopify/Order/1001"
LAMP, BULB = "gid://shopify/LineItem/10010000", "gid://shopify/LineItem/10010001"
SALE = "gid://shopify/OrderTransaction/10010000"


@pytest.fixture
def sandbox(make_sandbox: MakeSandbox, make_cart: MakeCart) -> Sandbox:
    """#1: 2 lamps at 10.00, a bulb at 5.00, post 3.00; all paid by card. #2: unpaid. Nothing was sent yet."""
    post = CartShipping(title="Post", price=Decimal("3.00"))
    moment = make_cart().created_at
    card = Payment(amount=Decimal("28.00"), gateway="shopify_payments", processed_at=moment)
    paid = replace(make_cart(1, paid=False, shipping=(post,), fulfillments=()), payments=(card,))
    return make_sandbox(paid, make_cart(2, paid=False, fulfillments=()))


@pytest.fixture
def send(sandbox: Sandbox) -> Send:
    keys = count()

    def run(query: str, granted: frozenset[str] = WRITER, **variables: Any) -> dict[str, Any]:
        sandbox.clock.advance(1)
        if "$key" in query:
            variables.setdefault("key", f"key {next(keys)}")
        return sandbox.api.answer(GraphQLRequest(query, variables, None), granted)

    return run


@pytest.fixture
def do(send: Send) -> Send:
    """Send a mutation and return its payload."""

    def run(query: str, **variables: Any) -> dict[str, Any]:
        answer = send(query, **variables)
        assert "errors" not in answer, answer["errors"]
        payload: dict[str, Any] = next(iter(answer["data"].values()))
        return payload

    return run


def through(amount: str, parent: str = SALE, **changes: Any) -> dict[str, Any]:
    return {"amount": amount, "gateway": "bogus", "kind": "REFUND", "orderId": ORDER, "parentId": parent, **changes}


def test_a_refund_of_lines_shipping_and_money(do: Send, send: Send) -> None:
    lines = [{"lineItemId": LAMP, "quantity": 1, "restockType": "RETURN"}]
    wanted = {"orderId": ORDER, "note": "chipped", "refundLineItems": lines, "shipping": {"amount": "1.00"}}
    made = do(REFUND, input={**wanted, "transactions": [through("11.00")]})
    assert made["userErrors"] == []
    refund = made["refund"]
    assert (refund["note"], refund["totalRefundedSet"]["shopMoney"]["amount"]) == ("chipped", "11.0")
    # The gateway that was sent does not count, and the mutation shows no subtotal (recorded).
    transaction = refund["transactions"]["nodes"][0]
    assert (transaction["gateway"], transaction["parentTransaction"]) == ("shopify_payments", {"id": SALE})
    assert refund["refundLineItems"]["nodes"] == [
        {"quantity": 1, "restockType": "RETURN", "subtotalSet": {"shopMoney": {"amount": "0.0"}}}
    ]
    assert made["order"]["displayFinancialStatus"] == "PARTIALLY_REFUNDED"
    read = send(
        """query($id: ID!) { refund(id: $id) { processedAt
        refundLineItems(first: 5) { nodes { subtotalSet { shopMoney { amount } } } }
        refundShippingLines(first: 5) { nodes { subtotalAmountSet { shopMoney { amount } } } }
        orderAdjustments(first: 5) { nodes { id } } order { updatedAt } } }""",
        id=refund["id"],
    )["data"]["refund"]
    assert read["refundLineItems"]["nodes"] == [{"subtotalSet": {"shopMoney": {"amount": "10.0"}}}]
    assert read["refundShippingLines"]["nodes"] == [{"subtotalAmountSet": {"shopMoney": {"amount": "1.0"}}}]
    assert (read["orderAdjustments"]["nodes"], read["order"]["updatedAt"]) == ([], read["processedAt"])


def test_what_was_paid_beside_the_value_becomes_an_adjustment(do: Send, sandbox: Sandbox) -> None:
    lines = [{"lineItemId": BULB, "quantity": 1}]
    do(
        REFUND,
        input={
            "orderId": ORDER,
            "refundLineItems": lines,
            "discrepancyReason": "DAMAGE",
            "transactions": [through("4.00")],
        },
    )
    order = sandbox.shop.find_order(1001)
    assert order is not None
    assert (order.refunds[0].adjustment, order.refunds[0].source.reason) == (Decimal("1.00"), "DAMAGE")


def test_everything_goes_back(do: Send) -> None:
    lines = [{"lineItemId": LAMP, "quantity": 2}, {"lineItemId": BULB, "quantity": 1}]
    wanted = {"orderId": ORDER, "refundLineItems": lines, "shipping": {"fullRefund": True}}
    made = do(REFUND, input={**wanted, "transactions": [through("28.00")]})
    assert made["order"] == {
        "displayFinancialStatus": "REFUNDED",
        "totalRefundedSet": {"shopMoney": {"amount": "28.0"}},
    }


@pytest.mark.parametrize(
    ("wanted", "field", "message"),
    [
        (
            {"refundLineItems": [{"lineItemId": LAMP, "quantity": 3}]},
            ["refundLineItems", "0", "quantity"],
            "Quantity cannot refund more items than were purchased",
        ),
        (
            {"refundLineItems": [{"lineItemId": LAMP, "quantity": 0}]},
            ["refundLineItems", "0", "quantity"],
            "Quantity must be greater than 0",
        ),
        (
            {"refundLineItems": [{"lineItemId": "gid://shopify/LineItem/5", "quantity": 1}]},
            ["refundLineItems", "0", "lineItemId"],
            "Line item does not exist",
        ),
        (
            {"transactions": [through("1.00", kind="AUTHORIZATION")]},
            None,
            "Kind authorization is not a valid transaction",
        ),
        (
            {"transactions": [through("1.00", parent="gid://shopify/OrderTransaction/9")]},
            ["transactions"],
            "Transactions require a parent_id associated with the order",
        ),
        (
            {"transactions": [through("1999.00")]},
            None,
            "Refund amount £1,999.00 is greater than net payment received £28.00",
        ),
        (
            {"transactions": [through("29.00")], "allowOverRefunding": True},
            None,
            "Refund amount £29.00 is greater than net payment received £28.00",
        ),
        ({"transactions": [through("much")]}, ["amount"], "Amount is not a number"),
        ({"shipping": {"amount": "3.01"}}, ["shipping"], "Shipping amount cannot be greater than £3.00"),
        (
            {"refundDuties": [{"dutyId": "gid://shopify/Duty/10010000"}]},
            ["refundDuties", "0", "dutyId"],
            "Duty does not exist",
        ),
        ({"currency": "USD"}, ["currency"], "Currency must match the order's presentment currency GBP"),
        (
            {"refundMethods": [{"storeCreditRefund": {"amount": {"amount": "1.00", "currencyCode": "GBP"}}}]},
            ["refundMethods"],
            "The order has no customer to give store credit to",
        ),
    ],
)
def test_refunds_that_are_refused(
    do: Send, sandbox: Sandbox, wanted: dict[str, Any], field: list[str] | None, message: str
) -> None:
    made = do(REFUND, input={"orderId": ORDER, **wanted})
    assert made["userErrors"] == [{"field": field, "message": message}]
    assert made["refund"] is None
    assert made["order"]["displayFinancialStatus"] == "PAID"
    order = sandbox.shop.find_order(1001)
    assert order is not None
    assert order.refunds == ()


def test_a_refund_of_no_order(do: Send, send: Send) -> None:
    made = do(REFUND, input={"orderId": "gid://shopify/Order/9"})
    assert made == {
        "refund": None,
        "order": None,
        "userErrors": [{"field": ["orderId"], "message": "Order does not exist"}],
    }
    answer = send(REFUND, input={"orderId": "gid://shopify/Refund/9"})
    assert answer["errors"][0]["extensions"]["code"] == "RESOURCE_NOT_FOUND"


def test_more_than_one_payment_brought_is_refused(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    cart = make_cart(1, paid=False)
    moment = cart.created_at
    pays = tuple(
        Payment(amount=Decimal(amount), gateway=gateway, processed_at=moment)
        for amount, gateway in (("5.00", "gift_card"), ("20.00", "shopify_payments"))
    )
    sandbox = make_sandbox(replace(cart, payments=pays))
    wanted = {"orderId": ORDER, "transactions": [through("6.00")]}
    answer = sandbox.api.answer(GraphQLRequest(REFUND, {"input": wanted, "key": "k"}, None), WRITER)
    errors = answer["data"]["refundCreate"]["userErrors"]
    assert errors == [{"field": None, "message": "6.00 cannot be paid back through gift_card, 5.00 is left"}]


def test_duties_and_store_credit(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    duties = (Duty(amount=Decimal("4.00")), Duty(amount=Decimal("1.00")))
    line = CartLine(title="Rug", quantity=2, unit_price=Decimal("50.00"), duties=duties)
    buyer = Customer(id=7, first_name="Ada", last_name=None)
    cart = make_cart(1, lines=(line,), paid=False, customer=buyer)
    paid = Payment(amount=Decimal("105.00"), gateway="paypal", processed_at=cart.created_at)
    sandbox = make_sandbox(replace(cart, payments=(paid,)))
    credit = {"storeCreditRefund": {"amount": {"amount": "53.00", "currencyCode": "GBP"}}}
    wanted = {
        "orderId": ORDER,
        "refundLineItems": [{"lineItemId": LAMP, "quantity": 1}],
        "refundDuties": [
            {"dutyId": "gid://shopify/Duty/10010000", "refundType": "PROPORTIONAL"},
            {"dutyId": "gid://shopify/Duty/10010001", "refundType": "FULL"},
        ],
        "refundMethods": [credit],
    }
    answer = sandbox.api.answer(GraphQLRequest(REFUND, {"input": wanted, "key": "k"}, None), WRITER)
    made = answer["data"]["refundCreate"]
    assert made["userErrors"] == []
    assert made["refund"]["transactions"]["nodes"][0]["gateway"] == "shopify_store_credit"
    order = sandbox.shop.find_order(1001)
    assert order is not None
    assert (order.refunds[0].value, order.refunds[0].adjustment) == (Decimal("53.00"), Decimal(0))
    assert order.taken.duties == {(0, 0): Decimal("2.00"), (0, 1): Decimal("1.00")}


def test_the_same_key_refunds_once(do: Send, sandbox: Sandbox) -> None:
    wanted = {"orderId": ORDER, "transactions": [through("1.00")]}
    first = do(REFUND, input=wanted, key="one")
    again = do(REFUND, input=wanted, key="one")
    assert first["refund"] == again["refund"]
    order = sandbox.shop.find_order(1001)
    assert order is not None
    assert order.totals.refunded == Decimal("1.00")
    other = do(REFUND, input={**wanted, "note": "x"}, key="one")["userErrors"]
    assert other == [
        {
            "field": None,
            "message": "The same idempotency key cannot be used with different operation parameters.",
        }
    ]
    sandbox.services.reset()
    assert do(REFUND, input=wanted, key="one")["userErrors"] == []


def test_a_key_whose_attempt_failed_is_used_up(do: Send) -> None:
    wanted = {"orderId": ORDER, "transactions": [through("99.00")]}
    do(REFUND, input=wanted, key="bad")
    again = do(REFUND, input=wanted, key="bad")["userErrors"]
    assert "previous attempt" in again[0]["message"]


def test_a_refund_needs_a_key(send: Send) -> None:
    bare = "mutation($input: RefundInput!) { refundCreate(input: $input) { refund { id } userErrors { message } } }"
    answer = send(bare, input={"orderId": ORDER})
    assert answer["data"] == {"refundCreate": None}
    error = answer["errors"][0]
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert error["message"] == "The @idempotent directive is required for this mutation but was not provided."
    empty = send(REFUND, input={"orderId": ORDER}, key="")
    assert (empty["data"], empty["errors"][0]["extensions"]["code"]) == ({"refundCreate": None}, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("mutation", "needed"),
    [
        ('refundCreate(input: {orderId: "x"}) @idempotent(key: "k")', "write_orders"),
        ('orderCancel(orderId: "x", reason: OTHER, restock: true)', "write_orders"),
        ('orderMarkAsPaid(input: {id: "x"})', "write_orders"),
        ('orderCapture(input: {id: "x", parentTransactionId: "y", amount: "1"})', "write_orders"),
        ('orderEditBegin(id: "x")', "write_order_edits"),
        ('orderEditSetQuantity(id: "x", lineItemId: "y", quantity: 1)', "write_order_edits"),
        ('orderEditAddVariant(id: "x", variantId: "y", quantity: 1)', "write_order_edits"),
        ('orderEditCommit(id: "x")', "write_order_edits"),
    ],
)
def test_reading_scopes_do_not_write(send: Send, mutation: str, needed: str) -> None:
    answer = send(f"mutation {{ {mutation} {{ userErrors {{ message }} }} }}", granted=frozenset(DEFAULT_SCOPES))
    error = answer["errors"][0]
    assert error["extensions"]["code"] == "ACCESS_DENIED"
    assert needed in error["extensions"]["requiredAccess"]


CANCEL = """mutation($id: ID!, $refund: Boolean, $method: OrderCancelRefundMethodInput, $restock: Boolean = true,
  $note: String) {
  orderCancel(orderId: $id, reason: CUSTOMER, refund: $refund, refundMethod: $method, restock: $restock,
    staffNote: $note) { job { id done } orderCancelUserErrors { field message code } userErrors { field message } } }"""
STATE = """query($id: ID!) { order(id: $id) { displayFinancialStatus closed cancelledAt cancelReason
  currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
  refunds(first: 5) { refundLineItems(first: 5) { nodes { restockType } } totalRefundedSet { shopMoney { amount } } }
} }"""


def test_cancelling_is_done_by_a_job(send: Send, do: Send, sandbox: Sandbox) -> None:
    made = do(CANCEL, id=ORDER, method={"originalPaymentMethodsRefund": True})
    assert (made["job"]["done"], made["orderCancelUserErrors"], made["userErrors"]) == (False, [], [])
    state = sandbox.api.answer(GraphQLRequest(STATE, {"id": ORDER}, None), WRITER)["data"]["order"]
    assert state["cancelledAt"] is None
    state = send(STATE, id=ORDER)["data"]["order"]
    assert (state["cancelledAt"], state["cancelReason"], state["closed"]) == ("2026-11-22T12:00:02Z", "CUSTOMER", True)
    assert (state["displayFinancialStatus"], state["currentTotalPriceSet"]["shopMoney"]["amount"]) == (
        "REFUNDED",
        "0.0",
    )
    assert state["totalOutstandingSet"]["shopMoney"]["amount"] == "0.0"
    assert state["refunds"][0]["totalRefundedSet"]["shopMoney"]["amount"] == "28.0"
    assert {each["restockType"] for each in state["refunds"][0]["refundLineItems"]["nodes"]} == {"CANCEL"}
    job = send("query($id: ID!) { job(id: $id) { id done } }", id=made["job"]["id"])["data"]["job"]
    assert job == {"id": made["job"]["id"], "done": True}
    assert send('{ job(id: "gid://shopify/Job/none") { id } }')["data"] == {"job": None}
    again = do(CANCEL, id=ORDER)["orderCancelUserErrors"]
    message = "Cannot cancel an order that has already been canceled"
    assert again == [{"field": ["orderId"], "message": message, "code": "INVALID"}]


def test_cancelling_an_order_that_vanished_meanwhile_does_nothing(do: Send, sandbox: Sandbox) -> None:
    do(CANCEL, id="gid://shopify/Order/1002", restock=False)
    sandbox.shop.delete(1002)
    sandbox.clock.advance(5)
    sandbox.services.work()
    assert [order.cart.id for order in sandbox.shop.orders()] == [1001]


@pytest.mark.parametrize(
    ("variables", "field", "message", "code"),
    [
        ({"id": "gid://shopify/Order/9"}, "orderId", "Order does not exist", "NOT_FOUND"),
        ({"note": "x" * 256}, "staffNote", "Staff note is too long. Maximum length is 255 characters.", "INVALID"),
        (
            {"refund": False, "method": {"originalPaymentMethodsRefund": True}},
            "refund",
            "Only one of the arguments `refund` or `refund_method` is allowed.",
            "INVALID",
        ),
    ],
)
def test_cancelling_that_is_refused(do: Send, variables: dict[str, Any], field: str, message: str, code: str) -> None:
    made = do(CANCEL, **{"id": ORDER, **variables})
    assert made["job"] is None
    assert made["orderCancelUserErrors"] == [{"field": [field], "message": message, "code": code}]
    assert made["userErrors"] == [{"field": [field], "message": message}]


def test_what_was_paid_and_sent_cannot_be_cancelled(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    sandbox = make_sandbox(make_cart(1))
    answer = sandbox.api.answer(GraphQLRequest(CANCEL, {"id": ORDER}, None), WRITER)
    errors = answer["data"]["orderCancel"]["userErrors"]
    assert errors == [{"field": ["orderId"], "message": "Cannot cancel a paid and fulfilled order"}]


PAID = """mutation($id: ID!) { orderMarkAsPaid(input: {id: $id}) {
  order { displayFinancialStatus paymentGatewayNames transactions { kind status gateway } }
  userErrors { field message } } }"""


def test_marking_as_paid(do: Send) -> None:
    made = do(PAID, id="gid://shopify/Order/1002")
    assert made["order"] == {
        "displayFinancialStatus": "PAID",
        "paymentGatewayNames": ["manual"],
        "transactions": [{"kind": "SALE", "status": "SUCCESS", "gateway": "manual"}],
    }
    again = do(PAID, id="gid://shopify/Order/1002")
    assert again["userErrors"] == [{"field": ["id"], "message": "Order cannot be marked as paid."}]
    assert again["order"]["displayFinancialStatus"] == "PAID"
    none = do(PAID, id="gid://shopify/Order/9")
    assert none == {"order": None, "userErrors": [{"field": ["id"], "message": "Order does not exist"}]}


CAPTURE = (
    """mutation($input: OrderCaptureInput!) { orderCapture(input: $input) {
  transaction { kind status gateway parentTransaction { id } amountSet """
    + BAG
    + """ } userErrors { field message } } }"""
)


def authorized(make_cart: MakeCart, **changes: Any) -> Cart:
    cart = make_cart(1, paid=False, **changes)
    return replace(
        cart,
        payments=(
            Payment(amount=Decimal("25.00"), gateway="manual", kind="AUTHORIZATION", processed_at=cart.created_at),
        ),
    )


def test_capturing_in_two_currencies(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    sandbox = make_sandbox(authorized(make_cart, presentment=Presentment(currency="USD", rate=Decimal("0.8"))))

    def capture(**changes: Any) -> dict[str, Any]:
        wanted = {"id": ORDER, "parentTransactionId": SALE, "amount": "5.00", "currency": "USD", **changes}
        answer = sandbox.api.answer(GraphQLRequest(CAPTURE, {"input": wanted}, None), WRITER)
        payload: dict[str, Any] = answer["data"]["orderCapture"]
        return payload

    for currency in (None, "GBP"):
        assert capture(currency=currency)["userErrors"] == [
            {"field": ["currency"], "message": "Currency Currency must match parent transaction USD"}
        ]
    refused: dict[str, dict[str, Any]] = {
        "Unable to find parent transaction": {"parentTransactionId": "gid://shopify/OrderTransaction/1"},
        "Amount must be greater than zero for capture transactions": {"amount": "0.00"},
        "Cannot capture more than the authorized 25.00 for this payment.": {"amount": "25.01"},
        "Setting final capture is not supported for this transaction's payment gateway. "
        "Please remove the parameter or set it to null, then try again.": {"finalCapture": True},
    }
    for message, change in refused.items():
        assert capture(**change) == {"transaction": None, "userErrors": [{"field": None, "message": message}]}
    assert capture(id="gid://shopify/Order/9")["userErrors"][0]["field"] == ["id"]
    taken = capture()["transaction"]
    assert taken == {
        "kind": "CAPTURE",
        "status": "SUCCESS",
        "gateway": "manual",
        "parentTransaction": {"id": SALE},
        "amountSet": {"shopMoney": {"amount": "4.0"}, "presentmentMoney": {"amount": "5.0"}},
    }
    assert capture(amount="20.01")["userErrors"][0]["message"].startswith("Cannot capture more than the authorized 20")


def test_a_capture_in_the_shops_currency_needs_none_named(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    sandbox = make_sandbox(authorized(make_cart))
    wanted = {"id": ORDER, "parentTransactionId": SALE, "amount": "25.00"}
    answer = sandbox.api.answer(GraphQLRequest(CAPTURE, {"input": wanted}, None), WRITER)
    assert answer["data"]["orderCapture"]["transaction"]["status"] == "SUCCESS"


EDIT = "userErrors { field message } calculatedOrder { id totalPriceSet { shopMoney { amount } } } "
BEGIN = "mutation($id: ID!) { orderEditBegin(id: $id) { " + EDIT + " orderEditSession { id } } }"
SET = """mutation($id: ID!, $line: ID!, $quantity: Int!) {
  orderEditSetQuantity(id: $id, lineItemId: $line, quantity: $quantity) { calculatedLineItem { id quantity } userErrors
  { field message } calculatedOrder { subtotalLineItemsQuantity totalPriceSet { shopMoney { amount } }
    totalOutstandingSet { shopMoney { amount } }
    lineItems(first: 9) { nodes { sku quantity } } addedLineItems(first: 9) { nodes { id sku quantity } } } } }"""
ADD = """mutation($id: ID!, $variant: ID!, $quantity: Int!, $twice: Boolean) { orderEditAddVariant(id: $id,
  variantId: $variant, quantity: $quantity, allowDuplicates: $twice) { calculatedLineItem { id title quantity }
  userErrors { field message } calculatedOrder { totalPriceSet { shopMoney { amount } } } } }"""
COMMIT = """mutation($id: ID!) { orderEditCommit(id: $id) { successMessages userErrors { field message } order {
  edited totalPriceSet { shopMoney { amount } } originalTotalPriceSet { shopMoney { amount } }
  currentTotalPriceSet { shopMoney { amount } } totalOutstandingSet { shopMoney { amount } }
  lineItems(first: 9) { nodes { sku quantity currentQuantity } } } } }"""


def test_an_edit_is_calculated_then_committed(do: Send, sandbox: Sandbox) -> None:
    begun = do(BEGIN, id=ORDER)["calculatedOrder"]
    assert begun["totalPriceSet"]["shopMoney"]["amount"] == "28.0"
    lowered = do(SET, id=begun["id"], line=LAMP, quantity=1)
    assert lowered["calculatedLineItem"]["quantity"] == 1
    assert lowered["calculatedOrder"]["totalOutstandingSet"]["shopMoney"]["amount"] == "-10.0"
    lamp = "gid://shopify/ProductVariant/1"
    assert do(ADD, id=begun["id"], variant=lamp, quantity=1)["userErrors"] == [
        {"field": ["id"], "message": "The Lamp was not added because it's already on the order."}
    ]
    added = do(ADD, id=begun["id"], variant=lamp, quantity=3, twice=True)
    assert added["calculatedOrder"]["totalPriceSet"]["shopMoney"]["amount"] == "48.0"
    raised = do(SET, id=begun["id"], line=added["calculatedLineItem"]["id"], quantity=4)["calculatedOrder"]
    assert raised["addedLineItems"]["nodes"][0]["quantity"] == 4
    order = sandbox.shop.find_order(1001)
    assert order is not None
    assert order.totals.current_total == Decimal("28.00")
    done = do(COMMIT, id=begun["id"])
    assert (done["userErrors"], done["successMessages"]) == ([], ["Order updated"])
    assert done["order"]["edited"] is True
    amounts = {name: done["order"][name]["shopMoney"]["amount"] for name in done["order"] if name.endswith("Set")}
    assert amounts == {
        "totalPriceSet": "68.0",
        "originalTotalPriceSet": "28.0",
        "currentTotalPriceSet": "58.0",
        "totalOutstandingSet": "30.0",
    }
    assert do(COMMIT, id=begun["id"])["userErrors"] == [
        {"field": ["id"], "message": "The calculated order does not exist."}
    ]


def test_raising_a_quantity_and_taking_an_added_line_off_again(do: Send) -> None:
    begun = do(BEGIN, id=ORDER)["calculatedOrder"]["id"]
    raised = do(SET, id=begun, line=BULB, quantity=3)["calculatedOrder"]
    assert (raised["subtotalLineItemsQuantity"], raised["totalPriceSet"]["shopMoney"]["amount"]) == (5, "38.0")
    added = raised["addedLineItems"]["nodes"][0]
    assert (added["sku"], added["quantity"]) == ("BULB", 2)
    gone = do(SET, id=begun, line=added["id"], quantity=0)["calculatedOrder"]
    assert (gone["addedLineItems"]["nodes"], gone["totalPriceSet"]["shopMoney"]["amount"]) == ([], "28.0")


@pytest.mark.parametrize(
    ("query", "variables", "field", "message"),
    [
        (BEGIN, {"id": "gid://shopify/Order/9"}, ["id"], "The order does not exist."),
        (SET, {"line": LAMP, "quantity": -1}, ["quantity"], "must be greater than or equal to 0"),
        (
            SET,
            {"line": "gid://shopify/LineItem/1", "quantity": 1},
            ["lineItemId"],
            "The line item does not exist on the order.",
        ),
        (
            SET,
            {"id": "gid://shopify/CalculatedOrder/9", "line": LAMP, "quantity": 1},
            ["id"],
            "The calculated order does not exist.",
        ),
        (
            ADD,
            {"variant": "gid://shopify/ProductVariant/9", "quantity": 1},
            ["variantId"],
            "The variant does not exist in the shop.",
        ),
        (ADD, {"variant": "gid://shopify/ProductVariant/1", "quantity": 0}, ["quantity"], "must be greater than 0"),
    ],
)
def test_edits_that_are_refused(
    do: Send, query: str, variables: dict[str, Any], field: list[str], message: str
) -> None:
    begun = do(BEGIN, id=ORDER)["calculatedOrder"]["id"]
    assert do(query, **{"id": begun, **variables})["userErrors"] == [{"field": field, "message": message}]


def test_an_edit_cannot_take_off_what_was_sent_nor_touch_a_cancelled_order(
    make_sandbox: MakeSandbox, make_cart: MakeCart
) -> None:
    moment = make_cart().created_at
    sandbox = make_sandbox(make_cart(1), make_cart(2, cancelled_at=moment))

    def run(query: str, **variables: Any) -> dict[str, Any]:
        answer = sandbox.api.answer(GraphQLRequest(query, variables, None), WRITER)
        payload: dict[str, Any] = next(iter(answer["data"].values()))
        return payload

    begun = run(BEGIN, id=ORDER)["calculatedOrder"]["id"]
    assert "what was fulfilled" in run(SET, id=begun, line=LAMP, quantity=1)["userErrors"][0]["message"]
    negative = run(ADD, id=begun, variant="gid://shopify/ProductVariant/1", quantity=-1)["userErrors"]
    assert [each["message"] for each in negative] == ["must be greater than 0", "must be greater than or equal to 0"]
    refused = run(BEGIN, id="gid://shopify/Order/1002")
    assert refused["userErrors"] == [{"field": None, "message": "The order cannot be edited."}]


def test_an_added_variant_is_taxed_like_the_order(make_sandbox: MakeSandbox, make_cart: MakeCart) -> None:
    taxes = (Tax(title="VAT", rate=Decimal("0.2")),)
    line = CartLine(title="Mug", quantity=1, unit_price=Decimal(10), taxes=taxes, variant_id=5)
    sandbox = make_sandbox(make_cart(1, paid=False, lines=(line,)))
    begun = sandbox.api.answer(GraphQLRequest(BEGIN, {"id": ORDER}, None), WRITER)["data"]["orderEditBegin"]
    variables = {
        "id": begun["calculatedOrder"]["id"],
        "variant": "gid://shopify/ProductVariant/5",
        "quantity": 1,
        "twice": True,
    }
    answer = sandbox.api.answer(GraphQLRequest(ADD, variables, None), WRITER)["data"]["orderEditAddVariant"]
    assert answer["calculatedOrder"]["totalPriceSet"]["shopMoney"]["amount"] == "24.0"


def test_what_mutations_cost(send: Send) -> None:
    cost = send(REFUND, input={"orderId": "gid://shopify/Order/9"})["extensions"]["cost"]
    # 20, and two connections of five: 2 + 3 nodes each, of which each transaction has a parent.
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (20 + 5 + 8, 20)
    assert send(PAID, id="gid://shopify/Order/9")["extensions"]["cost"]["requestedQueryCost"] == 11

"""Shopify Payments: rows and payouts hold their identities, whatever happens to the account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from comptoir_sandbox.control.clock import Clock
from comptoir_sandbox.retail.month import LoadedMonth
from comptoir_sandbox.shopify.api import GraphQLRequest
from comptoir_sandbox.shopify.app import Sandbox, ShopifyConfig
from comptoir_sandbox.shopify.cart import Cart, Payment, Presentment, Refund, RefundPayment
from comptoir_sandbox.shopify.main import _config, _parser
from comptoir_sandbox.shopify.payouts.account import Dispute, Entry, PaymentsAccount
from comptoir_sandbox.shopify.seed import SeedError, parse_account, parse_seed
from comptoir_sandbox.shopify.shop import ShopFacts, ShopSeed

MakeCart = Callable[..., Cart]
Ask = Callable[..., dict[str, Any]]
READER = frozenset({"read_orders", "read_all_orders", "read_shopify_payments", "read_shopify_payments_disputes"})
PAYOUTS = """query($query: String, $kind: ShopifyPaymentsPayoutTransactionType) { shopifyPaymentsAccount { payouts(
  first: 50, query: $query, transactionType: $kind) { nodes { id legacyResourceId issuedAt status transactionType
  externalTraceId net { amount } summary {
    chargesGross { amount } chargesFee { amount } refundsFeeGross { amount } refundsFee { amount }
    adjustmentsGross { amount } adjustmentsFee { amount } reservedFundsGross { amount } reservedFundsFee { amount }
    retriedPayoutsGross { amount } retriedPayoutsFee { amount } advanceGross { amount } advanceFees { amount }
    usdcRebateCreditAmount { amount } } } } } }"""
ROWS = """query($query: String, $hide: Boolean, $first: Int = 50, $after: String,
  $sort: BalanceTransactionSortKeys) { shopifyPaymentsAccount { balanceTransactions(first: $first, after: $after,
  query: $query, hideTransfers: $hide, sortKey: $sort) { pageInfo { hasNextPage endCursor } nodes {
  id type sourceType sourceId sourceOrderTransactionId transactionDate test adjustmentReason
  amount { amount currencyCode } fee { amount } net { amount } associatedOrder { id name }
  associatedPayout { id status } adjustmentsOrders { name net { amount } orderTransactionId link } } } } }"""
DAY = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def paid(make_cart: MakeCart, number: int, moment: datetime, amount: str, **changes: Any) -> Cart:
    cart = make_cart(number, paid=False, created_at=moment, processed_at=moment, **changes)
    return replace(cart, payments=(Payment(amount=Decimal(amount), gateway="shopify_payments", processed_at=moment),))


def given_back(cart: Cart, moment: datetime, amount: str) -> Cart:
    money = RefundPayment(payment=0, amount=Decimal(amount))
    return replace(cart, refunds=(Refund(processed_at=moment, payments=(money,)),))


Shop = Callable[..., Sandbox]


@pytest.fixture
def shop() -> Shop:
    """A shop whose present moment is noon of the 22nd."""

    def make(*carts: Cart, account: PaymentsAccount | None = None, facts: ShopFacts | None = None) -> Sandbox:
        seed = ShopSeed(facts=facts or ShopFacts(), carts=carts, payments=account or PaymentsAccount())
        return Sandbox(ShopifyConfig(seed=seed, clock=Clock(datetime(2026, 11, 22, 12, 0, tzinfo=UTC), speed=0)))

    return make


def ask(sandbox: Sandbox, query: str, /, granted: frozenset[str] = READER, **variables: Any) -> dict[str, Any]:
    answer = sandbox.api.answer(GraphQLRequest(query, variables, None), granted)
    assert "errors" not in answer, answer["errors"]
    account: dict[str, Any] = answer["data"]["shopifyPaymentsAccount"]
    return account


def payouts(sandbox: Sandbox, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(sandbox, PAYOUTS, **variables)["payouts"]["nodes"]
    return found


def rows(sandbox: Sandbox, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(sandbox, ROWS, **variables)["balanceTransactions"]["nodes"]
    return found


def number(node: dict[str, Any]) -> Decimal:
    return Decimal(node["amount"])


def test_a_charge_a_refund_and_their_payout(shop: Shop, make_cart: MakeCart) -> None:
    cart = given_back(paid(make_cart, 1, DAY, "25.00"), DAY + timedelta(hours=1), "5.00")
    sandbox = shop(cart)
    charge, refund, transfer = rows(sandbox)
    assert charge == {
        "id": "gid://shopify/ShopifyPaymentsBalanceTransaction/10010000",
        "type": "CHARGE",
        "sourceType": "CHARGE",
        "sourceId": "10010000",
        "sourceOrderTransactionId": "10010000",
        "transactionDate": "2026-11-18T12:00:00Z",
        "test": False,
        "adjustmentReason": None,
        "amount": {"amount": "25.0", "currencyCode": "GBP"},
        "fee": {"amount": "1.03"},
        "net": {"amount": "23.97"},
        "associatedOrder": {"id": "gid://shopify/Order/1001", "name": "#1"},
        "associatedPayout": {"id": charge["associatedPayout"]["id"], "status": "PAID"},
        "adjustmentsOrders": [],
    }
    assert (refund["type"], refund["amount"]["amount"], refund["fee"]["amount"]) == ("REFUND", "-5.0", "0.0")
    assert (transfer["type"], transfer["net"]["amount"]) == ("TRANSFER", "-18.97")
    (payout,) = payouts(sandbox)
    assert (payout["issuedAt"], payout["status"], payout["net"]["amount"]) == ("2026-11-20T00:00:00Z", "PAID", "18.97")
    assert payout["transactionType"] == "DEPOSIT"
    assert transfer["sourceId"] == payout["legacyResourceId"]
    summary = {name: each["amount"] for name, each in payout["summary"].items() if Decimal(each["amount"])}
    assert summary == {"chargesGross": "25.0", "chargesFee": "1.03", "refundsFeeGross": "-5.0"}
    transactions = sandbox.shop.rendered(1001).node["transactions"]
    known = [each["id"].rpartition("/")[2] for each in transactions]
    assert [charge["sourceOrderTransactionId"], refund["sourceOrderTransactionId"]] == known


def check_identities(sandbox: Sandbox) -> int:
    """Check every identity of §6; return the number of payouts."""
    found = []
    after: str | None = None
    more = True
    while more:
        page = ask(sandbox, ROWS, first=250, after=after)["balanceTransactions"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert len({row["id"] for row in found}) == len(found)
    for row in found:
        assert number(row["net"]) == number(row["amount"]) - number(row["fee"])
    made = payouts(sandbox)
    for payout in made:
        own = [row for row in found if row["associatedPayout"]["id"] == payout["id"]]
        net = number(payout["net"])
        assert net == sum(number(row["net"]) for row in own if row["type"] != "TRANSFER")
        transfers = [row for row in own if row["type"] == "TRANSFER"]
        expected = [] if payout["status"] == "SCHEDULED" else [-net]
        assert [number(row["net"]) for row in transfers] == expected
        summary = {name: number(each) for name, each in payout["summary"].items()}
        gross = sum(amount for name, amount in summary.items() if name.endswith("Gross"))
        fees = sum(amount for name, amount in summary.items() if name.endswith(("Fee", "Fees")))
        assert net == gross - fees
        assert payout["transactionType"] == ("WITHDRAWAL" if net < 0 else "DEPOSIT")
    return len(made)


def full_account() -> PaymentsAccount:
    return PaymentsAccount(
        entries=(
            Entry(type="RESERVED_FUNDS_WITHDRAWAL", at=DAY, amount=Decimal("-10.00")),
            Entry(type="RESERVED_FUNDS_REVERSAL", at=DAY + timedelta(days=1), amount=Decimal("10.00")),
            Entry(
                type="SHIPPING_LABEL",
                at=DAY,
                amount=Decimal("-3.20"),
                fee=Decimal("0.10"),
                reason="Label",
                order="#1",
            ),
            Entry(type="ADVANCE", at=DAY, amount=Decimal("40.00")),
        ),
        disputes=(
            Dispute(order="#1", initiated_at=DAY + timedelta(days=1)),
            Dispute(
                order="#2",
                initiated_at=DAY,
                amount=Decimal("4.00"),
                status="WON",
                finalized_at=DAY + timedelta(days=2),
            ),
            Dispute(order="#2", initiated_at=DAY, type="INQUIRY"),
            Dispute(order="#none", initiated_at=DAY),
        ),
        failed=("2026-11-20",),
    )


def test_the_identities_hold_with_everything(shop: Shop, make_cart: MakeCart) -> None:
    carts = (paid(make_cart, 1, DAY, "25.00"), paid(make_cart, 2, DAY + timedelta(days=1), "12.34"))
    sandbox = shop(*carts, account=full_account())
    assert check_identities(sandbox) == 4
    for days in range(1, 6):
        sandbox.clock.advance(timedelta(days=1).total_seconds())
        assert check_identities(sandbox) >= 4, days


def test_the_identities_hold_for_a_real_month(month: LoadedMonth) -> None:
    carts = tuple(
        replace(cart, payments=tuple(replace(each, gateway="shopify_payments") for each in cart.payments))
        for cart in month.seed.carts[:400]
    )
    seed = replace(month.seed, carts=carts, payments=PaymentsAccount())
    sandbox = Sandbox(ShopifyConfig(seed=seed, clock=Clock(DAY, speed=0), throttle=False))
    assert check_identities(sandbox) > 4
    again = Sandbox(ShopifyConfig(seed=seed, clock=Clock(DAY, speed=0), throttle=False))
    assert payouts(again) == payouts(sandbox)


def test_a_payout_that_fails_is_paid_out_again(shop: Shop, make_cart: MakeCart) -> None:
    cart = paid(make_cart, 1, DAY, "25.00")
    sandbox = shop(cart, account=PaymentsAccount(failed=("2026-11-20",)))
    first, second = payouts(sandbox)
    assert (first["status"], first["externalTraceId"], first["net"]["amount"]) == ("FAILED", None, "23.97")
    assert (second["status"], second["issuedAt"]) == ("SCHEDULED", "2026-11-23T00:00:00Z")
    assert second["summary"]["retriedPayoutsGross"]["amount"] == "23.97"
    kinds = [(row["type"], row["associatedPayout"]["status"]) for row in rows(sandbox)]
    assert kinds == [("CHARGE", "FAILED"), ("TRANSFER", "FAILED"), ("TRANSFER_FAILURE", "SCHEDULED")]
    sandbox.clock.advance(timedelta(days=1).total_seconds())
    assert payouts(sandbox)[1]["status"] == "PAID"


def test_todays_money_is_in_no_payout_yet(shop: Shop, make_cart: MakeCart) -> None:
    today = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    later = today + timedelta(hours=9)
    sandbox = shop(paid(make_cart, 1, today, "10.00"), paid(make_cart, 2, later, "5.00"))
    (row,) = rows(sandbox)
    assert row["associatedPayout"] == {"id": None, "status": "PENDING"}
    account = ask(sandbox, "{ shopifyPaymentsAccount { balance { amount } activated country defaultCurrency } }")
    assert account == {
        "balance": [{"amount": "9.41"}],
        "activated": True,
        "country": "GB",
        "defaultCurrency": "GBP",
    }
    assert payouts(sandbox) == []


def test_more_back_than_in_is_withdrawn(shop: Shop, make_cart: MakeCart) -> None:
    cart = given_back(paid(make_cart, 1, DAY, "25.00"), DAY + timedelta(days=1), "5.00")
    sandbox = shop(cart)
    made = payouts(sandbox)
    assert [each["transactionType"] for each in made] == ["DEPOSIT", "WITHDRAWAL"]
    assert [each["net"]["amount"] for each in payouts(sandbox, kind="WITHDRAWAL")] == ["-5.0"]


def test_other_gateways_test_orders_and_failures_are_not_paid_out(shop: Shop, make_cart: MakeCart) -> None:
    test = paid(make_cart, 1, DAY, "25.00", test=True)
    cash = replace(test, id=7, name="#7", test=False, payments=(replace(test.payments[0], gateway="cash"),))
    broken = replace(test, id=8, name="#8", test=False, payments=(replace(test.payments[0], status="FAILURE"),))
    assert rows(shop(test, cash, broken)) == []


def test_the_payout_currency_and_the_rate_of_the_day(shop: Shop, make_cart: MakeCart) -> None:
    cart = paid(make_cart, 1, DAY, "25.00", presentment=Presentment(currency="USD", rate=Decimal("0.80")))
    account = PaymentsAccount(currency="EUR", rate=Decimal("1.15"))
    (charge, _) = rows(shop(cart, account=account))
    assert charge["amount"] == {"amount": "23.0", "currencyCode": "EUR"}
    assert charge["fee"]["amount"] == "0.97"


def test_days_are_the_shops(shop: Shop, make_cart: MakeCart) -> None:
    evening = datetime(2026, 11, 18, 3, 0, tzinfo=UTC)  # the 17th in Montréal
    facts = ShopFacts(currency="CAD", timezone="America/Toronto", country_code="CA")
    sandbox = shop(paid(make_cart, 1, evening, "25.00", currency="CAD"), facts=facts)
    assert payouts(sandbox)[0]["issuedAt"] == "2026-11-19T05:00:00Z"


def test_searching(shop: Shop, make_cart: MakeCart) -> None:
    carts = (paid(make_cart, 1, DAY, "25.00"), paid(make_cart, 2, DAY + timedelta(days=3), "12.00"))
    sandbox = shop(*carts)
    first, second = payouts(sandbox)
    assert (first["status"], second["status"]) == ("PAID", "SCHEDULED")
    assert [each["id"] for each in payouts(sandbox, query="status:paid")] == [first["id"]]
    assert [each["id"] for each in payouts(sandbox, query="issued_at:>=2026-11-21")] == [second["id"]]
    assert [each["id"] for each in payouts(sandbox, query="amount:<20 currency:GBP")] == [second["id"]]
    own = rows(sandbox, query=f"payments_transfer_id:{first['legacyResourceId']}")
    assert [row["type"] for row in own] == ["CHARGE", "TRANSFER"]
    assert [row["type"] for row in rows(sandbox, query="payout_status:PAID", hide=True)] == ["CHARGE"]
    assert [row["type"] for row in rows(sandbox, query="transaction_type:transfer")] == ["TRANSFER"]
    assert len(rows(sandbox, query="processed_at:<2026-11-20")) == 1
    assert len(rows(sandbox, query="payout_date:2026-11-20")) == 2
    assert [row["amount"]["amount"] for row in rows(sandbox, sort="AMOUNT")] == ["-23.97", "12.0", "25.0"]
    for sort in ("ID", "NET", "FEE", "PAYOUT_DATE", "TRANSACTION_TYPE"):
        page = ask(sandbox, ROWS, first=2, sort=sort)["balanceTransactions"]
        rest = ask(sandbox, ROWS, sort=sort, after=page["pageInfo"]["endCursor"])["balanceTransactions"]
        assert [row["id"] for row in page["nodes"] + rest["nodes"]] == [row["id"] for row in rows(sandbox, sort=sort)]
    request = GraphQLRequest(PAYOUTS, {"query": "colour:red"}, None)
    warned = sandbox.api.answer(request, READER)["extensions"]["search"][0]
    assert warned["path"] == ["shopifyPaymentsAccount", "payouts"]
    assert warned["warnings"][0]["code"] == "invalid_field"


def test_disputes(shop: Shop, make_cart: MakeCart) -> None:
    carts = (paid(make_cart, 1, DAY, "25.00"), paid(make_cart, 2, DAY, "12.34"))
    sandbox = shop(*carts, account=full_account())
    query = """query($query: String) { shopifyPaymentsAccount { disputes(first: 9, query: $query) { nodes {
      legacyResourceId amount { amount } order { name } status type initiatedAt finalizedOn
      reasonDetails { reason } } } } }"""
    found = ask(sandbox, query)["disputes"]["nodes"]
    assert [(each["amount"]["amount"], each["status"], each["type"]) for each in found] == [
        ("4.0", "WON", "CHARGEBACK"),
        ("0.0", "NEEDS_RESPONSE", "INQUIRY"),
        ("0.0", "NEEDS_RESPONSE", "CHARGEBACK"),
        ("25.0", "NEEDS_RESPONSE", "CHARGEBACK"),
    ]
    assert [each["order"] and each["order"]["name"] for each in found] == ["#2", "#2", None, "#1"]
    assert len(ask(sandbox, query, query="status:won")["disputes"]["nodes"]) == 1
    moves = [(row["type"], row["net"]["amount"]) for row in rows(sandbox) if row["sourceType"] == "DISPUTE"]
    assert moves == [
        ("DISPUTE_WITHDRAWAL", "-19.0"),
        ("DISPUTE_WITHDRAWAL", "-40.0"),
        ("DISPUTE_REVERSAL", "19.0"),
    ]
    label = next(row for row in rows(sandbox) if row["type"] == "SHIPPING_LABEL")
    assert (label["adjustmentReason"], label["net"]["amount"]) == ("Label", "-3.3")
    assert label["adjustmentsOrders"] == [
        {
            "name": "#1",
            "net": {"amount": "-3.3"},
            "orderTransactionId": "10010000",
            "link": "https://retail-demo.myshopify.com/admin/orders/1001",
        }
    ]


def test_scopes_and_shops_without_an_account(shop: Shop, make_cart: MakeCart) -> None:
    sandbox = shop(make_cart(1))
    request = GraphQLRequest("{ shopifyPaymentsAccount { id } }", {}, None)
    denied = sandbox.api.answer(request, frozenset({"read_orders"}))
    assert denied["data"] == {"shopifyPaymentsAccount": None}
    assert denied["errors"][0]["message"] == (
        "Access denied for shopifyPaymentsAccount field. Required access: the `read_shopify_payments` or the "
        "`read_shopify_payments_accounts` access scope."
    )
    disputes = GraphQLRequest("{ shopifyPaymentsAccount { id disputes(first: 1) { nodes { id } } } }", {}, None)
    refused = sandbox.api.answer(disputes, READER - {"read_shopify_payments_disputes"})
    assert refused["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"
    sandbox.services.payments.account = None
    assert sandbox.api.answer(request, READER)["data"] == {"shopifyPaymentsAccount": None}
    sandbox.services.reset()
    assert sandbox.api.answer(request, READER)["data"]["shopifyPaymentsAccount"] is not None


def test_the_projects_own_queries_run(specs: Any, shop: Shop, make_cart: MakeCart) -> None:
    sandbox = shop(paid(make_cart, 1, DAY, "25.00"))
    for name, found in (("payouts", "payouts"), ("balance_transactions", "balanceTransactions")):
        query = (specs / "queries" / f"{name}.graphql").read_text(encoding="utf-8")
        assert ask(sandbox, query, first=50)[found]["nodes"]


def test_an_account_in_a_seed_and_its_mistakes() -> None:
    seed = parse_seed({"payments": {"delay_days": 3, "entries": [{"type": "ADS_PUBLISHER_CREDIT", "amount": "1.00",
                       "at": "2026-11-18T00:00:00Z"}]}})  # fmt: skip
    assert seed.payments is not None
    assert (seed.payments.delay_days, seed.payments.entries[0].type) == (3, "ADS_PUBLISHER_CREDIT")
    assert parse_seed({}).payments is None
    assert parse_account(None) is None
    wrong = {
        "entries": [{"type": "TIP", "amount": "1", "at": "2026-11-18T00:00:00Z"}],
        "disputes": [{"order": "#1", "initiated_at": "2026-11-18T00:00:00Z", "reason": "MOOD"}],
        "failed": ["soon"],
    }
    for parse in (parse_account, lambda raw: parse_seed({"payments": raw})):
        with pytest.raises(SeedError) as error:
            parse(wrong)
        assert len(error.value.mistakes) == 3
    with pytest.raises(SeedError, match="unknown member"):
        parse_account({"fees": 1})


def test_the_command_line_opens_an_account() -> None:
    options = _parser().parse_args(["--empty", "--payments", "--webhooks-to", "http://127.0.0.1:9"])
    config = _config(options, ShopSeed(), None)
    assert config.seed.payments == PaymentsAccount()
    assert config.services.deliver_to == "http://127.0.0.1:9"
    own = PaymentsAccount(delay_days=5)
    assert _config(options, ShopSeed(payments=own), None).seed.payments == own
    assert _config(_parser().parse_args(["--empty"]), ShopSeed(), None).seed.payments is None

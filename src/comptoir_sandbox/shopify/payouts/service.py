"""shopifyPaymentsAccount: the account's lists, searched and rendered (shopify.md §6)."""

from __future__ import annotations

import threading
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from comptoir_sandbox.shopify.connections import Listing
from comptoir_sandbox.shopify.ids import child, gid, stamp, stamp_or_none
from comptoir_sandbox.shopify.money import ZERO, money
from comptoir_sandbox.shopify.payouts.ledger import DISPUTE_IDS, Ledger, Payout, Row, ledger
from comptoir_sandbox.shopify.search import compile_search, parse_search
from comptoir_sandbox.shopify.search_terms import moment, number, one_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from comptoir_sandbox.control.clock import Clock
    from comptoir_sandbox.shopify.payouts.account import Dispute, PaymentsAccount
    from comptoir_sandbox.shopify.search import Term
    from comptoir_sandbox.shopify.shop import Shop

Node = dict[str, Any]
SUMMARY = {
    "charges": ("chargesGross", "chargesFee"),
    "refunds": ("refundsFeeGross", "refundsFee"),
    "adjustments": ("adjustmentsGross", "adjustmentsFee"),
    "reserved": ("reservedFundsGross", "reservedFundsFee"),
    "retried": ("retriedPayoutsGross", "retriedPayoutsFee"),
    "advance": ("advanceGross", "advanceFees"),
}
DECIMAL_SORTS = frozenset({"AMOUNT", "NET", "FEE"})


class ShopifyPayments:
    """The account of one shop, if it has one. Safe to use from several threads."""

    def __init__(self, shop: Shop, clock: Clock, account: PaymentsAccount | None) -> None:
        self._shop = shop
        self._clock = clock
        self._seed = account
        self._lock = threading.Lock()
        self._known: tuple[object, Ledger] | None = None
        self.account = account

    def reset(self) -> None:
        """Go back to the seed's account."""
        self.account = self._seed

    @property
    def currency(self) -> str:
        """The payout currency."""
        return (self.account.currency if self.account is not None else None) or self._shop.facts.currency

    def ledger(self, account: PaymentsAccount) -> Ledger:
        """Return rows and payouts as they are now; made anew only when orders, account or the hour changed."""
        now = self._clock.now().replace(second=0, microsecond=0)
        key = (self._shop.version, account, now)
        with self._lock:
            if self._known is None or self._known[0] != key:
                orders = self._shop.orders()
                made = ledger(account, self.currency, orders, self._shop.zone, self._clock.now())
                self._known = key, made
            return self._known[1]

    def node(self, note: Callable[..., None]) -> Node | None:
        """Return the ShopifyPaymentsAccount, or None. `note`: told of every search (path, query, parsed, compiled)."""
        account = self.account
        if account is None:
            return None
        book = self.ledger(account)
        return {
            "__typename": "ShopifyPaymentsAccount",
            "id": gid("ShopifyPaymentsAccount", 1),
            "activated": True,
            "country": self._shop.facts.country_code,
            "defaultCurrency": self.currency,
            "onboardable": False,
            "balance": [self._money(sum((row.net for row in book.rows if row.payout is None), ZERO))],
            "payouts": partial(self._payouts, book, note),
            "balanceTransactions": partial(self._transactions, book, note),
            "disputes": partial(self._disputes, account, note),
        }

    def _money(self, amount: Decimal) -> Node:
        return money(amount, self.currency)

    def _payouts(self, book: Ledger, note: Callable[..., None], arguments: Mapping[str, Any]) -> Node:
        now, zone = self._clock.now(), self._shop.zone
        fields = {
            "id": lambda term: number(term, lambda each: each.id),
            "status": lambda term: one_of(term, lambda each: each.status(now).lower()),
            "issued_at": lambda term: moment(term, zone, lambda each: each.issued_at),
            "amount": lambda term: number(term, lambda each: each.net),
            "currency": lambda term: one_of(term, lambda _each: self.currency.lower()),
        }
        kind = arguments.get("transactionType")
        found = [
            each
            for each in self._searched("payouts", list(book.payouts.values()), fields, note, arguments)
            if kind is None or kind == _direction(each)
        ]
        sort = {"ID": lambda each: each.id, "AMOUNT": lambda each: each.net, "STATUS": lambda each: each.status(now)}
        return self._page(
            "ShopifyPaymentsPayout", found, sort, lambda each: stamp(each.issued_at), self._payout, arguments
        )

    def _transactions(self, book: Ledger, note: Callable[..., None], arguments: Mapping[str, Any]) -> Node:
        now, zone = self._clock.now(), self._shop.zone

        def issued(row: Row) -> Any:
            return book.payouts[row.payout].issued_at if row.payout is not None else row.at

        fields = {
            "id": lambda term: number(term, lambda row: row.id),
            "processed_at": lambda term: moment(term, zone, lambda row: row.at),
            "payout_date": lambda term: _of_payout(moment(term, zone, issued)),
            "payout_status": lambda term: one_of(term, lambda row: _row_status(book, row, now).lower()),
            "transaction_type": lambda term: one_of(term, lambda row: row.type.lower()),
            "payments_transfer_id": lambda term: _of_payout(number(term, lambda row: book.payouts[row.payout].id)),
            "net": lambda term: number(term, lambda row: row.net),
        }
        rows: Sequence[Row] = self._searched("balanceTransactions", list(book.rows), fields, note, arguments)
        if arguments.get("hideTransfers"):
            rows = [row for row in rows if row.type != "TRANSFER"]
        sort = {
            "ID": lambda row: row.id,
            "AMOUNT": lambda row: row.amount,
            "NET": lambda row: row.net,
            "FEE": lambda row: row.fee,
            "PAYOUT_DATE": lambda row: stamp(issued(row)),
            "TRANSACTION_TYPE": lambda row: row.type,
        }
        return self._page(
            "ShopifyPaymentsBalanceTransaction",
            rows,
            sort,
            lambda row: stamp(row.at),
            lambda row: self._row(book, row, now),
            arguments,
        )

    def _disputes(self, account: PaymentsAccount, note: Callable[..., None], arguments: Mapping[str, Any]) -> Node:
        now, zone = self._clock.now(), self._shop.zone
        known = [(at, each) for at, each in enumerate(account.disputes) if each.initiated_at <= now]
        fields = {
            "id": lambda term: number(term, lambda pair: DISPUTE_IDS + pair[0] * 10),
            "status": lambda term: one_of(term, lambda pair: pair[1].status.lower()),
            "initiated_at": lambda term: moment(term, zone, lambda pair: pair[1].initiated_at),
        }
        found = self._searched("disputes", known, fields, note, arguments)
        return self._page(
            "ShopifyPaymentsDispute",
            found,
            {},
            lambda pair: stamp(pair[1].initiated_at),
            lambda pair: self._dispute(account, *pair),
            arguments,
        )

    def _searched(
        self,
        path: str,
        rows: Sequence[Any],
        fields: Mapping[str, Callable[[Term], Callable[[Any], bool]]],
        note: Callable[..., None],
        arguments: Mapping[str, Any],
    ) -> list[Any]:
        query = arguments.get("query")
        parsed = parse_search(query or "")
        compiled = compile_search(parsed, dict(fields))
        note(["shopifyPaymentsAccount", path], query, parsed, compiled)
        return [row for row in rows if compiled.matches(row)]

    def _page(
        self,
        kind: str,
        rows: Sequence[Any],
        sorts: Mapping[str, Callable[[Any], Any]],
        usual: Callable[[Any], Any],
        node: Callable[[Any], Node],
        arguments: Mapping[str, Any],
    ) -> Node:
        read = sorts.get(arguments.get("sortKey") or "", usual)

        def key(row: Any) -> tuple[Any, int]:
            return read(row), row[0] if isinstance(row, tuple) else row.id

        exact = arguments.get("sortKey") in DECIMAL_SORTS
        listing = Listing(
            name=kind,
            rows=sorted(rows, key=key),
            key=key,
            node=node,
            cursor_value=str if exact else _same,
            value_of_cursor=Decimal if exact else _same,
        )
        return listing.page(arguments)

    def _payout(self, payout: Payout) -> Node:
        now = self._clock.now()
        summary: Node = {"__typename": "ShopifyPaymentsPayoutSummary", "usdcRebateCreditAmount": self._money(ZERO)}
        for group, (gross, fee) in SUMMARY.items():
            summary[gross], summary[fee] = map(self._money, payout.of(group))
        status = payout.status(now)
        return {
            "__typename": "ShopifyPaymentsPayout",
            "id": gid("ShopifyPaymentsPayout", payout.id),
            "legacyResourceId": str(payout.id),
            "issuedAt": stamp(payout.issued_at),
            "status": status,
            "net": self._money(payout.net),
            "gross": self._money(payout.net),
            "transactionType": _direction(payout),
            "externalTraceId": f"{payout.id:015d}" if status == "PAID" else None,
            "summary": summary,
        }

    def _row(self, book: Ledger, row: Row, now: Any) -> Node:
        return {
            "__typename": "ShopifyPaymentsBalanceTransaction",
            "id": gid("ShopifyPaymentsBalanceTransaction", row.id),
            "type": row.type,
            "test": False,
            "transactionDate": stamp(row.at),
            "sourceType": row.source_type,
            "sourceId": str(row.source_id),
            "sourceOrderTransactionId": None if row.order_transaction_id is None else str(row.order_transaction_id),
            "amount": self._money(row.amount),
            "fee": self._money(row.fee),
            "net": self._money(row.net),
            "adjustmentReason": row.reason,
            "adjustmentsOrders": self._adjusted(row),
            "associatedOrder": _associated(row),
            "associatedPayout": {
                "__typename": "ShopifyPaymentsBalanceTransactionAssociatedPayout",
                "id": None if row.payout is None else gid("ShopifyPaymentsPayout", book.payouts[row.payout].id),
                "status": _row_status(book, row, now),
            },
        }

    def _adjusted(self, row: Row) -> list[Node]:
        """Return the order that an adjustment is for."""
        if row.order is None or row.source_type != "ADJUSTMENT":
            return []
        cart = row.order.cart
        return [
            {
                "__typename": "ShopifyPaymentsAdjustmentOrder",
                "name": cart.name,
                "link": f"https://{self._shop.facts.domain}/admin/orders/{cart.id}",
                "orderTransactionId": str(child(cart.id, 0)),
                "amount": self._money(row.amount),
                "fees": self._money(row.fee),
                "net": self._money(row.net),
            }
        ]

    def _dispute(self, account: PaymentsAccount, at: int, dispute: Dispute) -> Node:
        order = self._shop.find_by_name(dispute.order)
        rows = self.ledger(account).rows
        taken = [row for row in rows if row.type == "DISPUTE_WITHDRAWAL" and row.source_id == DISPUTE_IDS + at * 10]
        amount = dispute.amount if dispute.amount is not None else sum((-row.amount for row in taken), ZERO)
        return {
            "__typename": "ShopifyPaymentsDispute",
            "id": gid("ShopifyPaymentsDispute", DISPUTE_IDS + at * 10),
            "legacyResourceId": str(DISPUTE_IDS + at * 10),
            "amount": self._money(amount),
            "order": None if order is None else self._shop.rendered(order.cart.id).node,
            "status": dispute.status,
            "type": dispute.type,
            "initiatedAt": stamp(dispute.initiated_at),
            "finalizedOn": stamp_or_none(dispute.finalized_at),
            "evidenceDueBy": None,
            "evidenceSentOn": None,
            "reasonDetails": {
                "__typename": "ShopifyPaymentsDisputeReasonDetails",
                "reason": dispute.reason,
                "networkReasonCode": None,
            },
        }


def _direction(payout: Payout) -> str:
    return "WITHDRAWAL" if payout.net < 0 else "DEPOSIT"


def _row_status(book: Ledger, row: Row, now: Any) -> str:
    return "PENDING" if row.payout is None else book.payouts[row.payout].status(now)


def _of_payout(test: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Let a test of the payout fail for what is in none yet."""
    return lambda row: row.payout is not None and test(row)


def _associated(row: Row) -> Node | None:
    if row.order is None:
        return None
    cart = row.order.cart
    return {"__typename": "ShopifyPaymentsAssociatedOrder", "id": gid("Order", cart.id), "name": cart.name}


def _same(value: Any) -> Any:
    return value

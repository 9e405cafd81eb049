"""What purchases and bills share: lines by account or item, tax on purchases, stock that comes in (§15.4, §16.4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import taxes
from comptoir_sandbox.quickbooks.faults import FaultError, business, missing
from comptoir_sandbox.quickbooks.ledger import RECEIVABLE, Draft
from comptoir_sandbox.quickbooks.postings import line_class, posting_account, texts, type_of
from comptoir_sandbox.quickbooks.profile import GLOBAL
from comptoir_sandbox.quickbooks.regimes import PURCHASES, Form, regime_of
from comptoir_sandbox.quickbooks.roles import tax_account
from comptoir_sandbox.quickbooks.sales import customer_of, money_in
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, plain, reference, rounded

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

BY_ACCOUNT, BY_ITEM = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"


@dataclass(frozen=True, slots=True)
class _Line:
    line: Object
    kind: str
    detail: Object
    given: Decimal
    """Gross when tax is included, else net."""
    code: str


class ExpenseReader:
    """Reads the lines of one purchase or bill into its record, and posts them to a draft."""

    def __init__(self, company: Company, record: Record, old: Record | None) -> None:
        self._company = company
        self._record = record
        self._kept = _codes_in_use(old)
        form = Form(company, record.source, self._kept, record.data["TxnDate"], PURCHASES)
        self._regime = regime_of(form)

    def read(self, draft: Draft) -> Decimal:
        """Debit the lines and their tax; the total. Sets Line, TxnTaxDetail, TotalAmt and what moves stock."""
        data, source = self._record.data, self._record.source
        if not source.get("Line"):
            raise missing("Line")
        lines = [self._take(line) for line in source["Line"]]
        found = taxes.compute(
            included=self._regime.included,
            lines=[taxes.Taxed(each.code, each.given) for each in lines],
            shipping=[],
            discount=ZERO,
            discount_code=None,
            rates={code: self._regime.rates(code) for code in {each.code for each in lines}},
        )
        statement = self._regime.state(found, [], len(lines))
        total = sum(found.nets, ZERO) + sum(statement.by_rate.values(), ZERO)
        if total < 0:
            raise business("Transaction amount must be 0 or greater.", element="TotalAmt")
        # A total of nothing is what libraries send that have none.
        if source.get("TotalAmt") and rounded(source["TotalAmt"]) != total:
            raise FaultError("6070", f"Amount calculation: the lines add up to {total}", element="TotalAmt")
        pairs = zip(lines, found.nets, strict=True)
        data["Line"] = [self._post(draft, line, net, number) for number, (line, net) in enumerate(pairs, start=1)]
        for rate, tax in statement.by_rate.items():
            draft.debit(tax_account(self._company, rate), tax)
        self._record.facts["rates"] = tuple(statement.by_rate)
        if statement.detail is not None:
            data["TxnTaxDetail"] = statement.detail
        if self._company.preference("TaxPrefs", "UsingSalesTax") and self._company.traits.regime == GLOBAL:
            data["GlobalTaxCalculation"] = source.get("GlobalTaxCalculation") or "TaxExcluded"
        data["TotalAmt"] = amount(total)
        return total

    def _take(self, line: Object) -> _Line:
        if line.get("Amount") is None:
            raise missing("Line.Amount")
        kind = line.get("DetailType")
        if kind not in {BY_ACCOUNT, BY_ITEM}:
            raise FaultError("2170", f"DetailType {kind} is not valid on an expense", element="Line.DetailType")
        detail = line.get(kind) or {}
        gross = detail.get("TaxInclusiveAmt") if self._regime.included else None
        given = rounded(line["Amount"] if gross is None else gross)
        return _Line(line, kind, detail, given, self._regime.code(detail, None))

    def _post(self, draft: Draft, read: _Line, net: Decimal, number: int) -> Object:
        shown: Object = {"Id": str(number), "LineNum": number, "Amount": amount(net), "DetailType": read.kind}
        texts(read.line, shown, "Description")
        answer: Object = {}
        line_class(self._company, read.detail, answer)
        party = None
        if read.kind == BY_ITEM:
            account = self._bought(read.detail, answer, net)
        else:
            account = posting_account(self._company, read.detail, self._record.data, read.kind)
            answer["AccountRef"] = self._company.ref("Account", account)
            if type_of(self._company, account) == RECEIVABLE:
                party = self._on_receivables(account, net)
        wanted = reference(read.detail, "CustomerRef")
        if wanted is not None:
            self._company.refer("Customer", wanted, element="CustomerRef", keep=wanted)
            answer["CustomerRef"] = self._company.ref("Customer", wanted)
        if read.code:
            answer["TaxCodeRef"] = {"value": read.code}
            if self._regime.included:
                answer["TaxInclusiveAmt"] = amount(read.given)
        draft.debit(account, net, party=party)
        shown[read.kind] = answer
        return shown

    def _on_receivables(self, account: str, value: Decimal) -> str:
        record = self._record
        customer = expense_customer(self._company, record.source, None)
        if customer is None:
            raise business("When you use Accounts Receivable, you must choose a customer.", element="CustomerRef")
        if record.data.get("Credit"):
            raise business("A refund of an expense cannot be posted to the receivables.", element="Credit")
        record.facts["receivable"] = record.facts.get("receivable", ZERO) + value
        record.facts |= {"customer": customer, "receivable account": account}
        return customer

    def _bought(self, detail: Object, answer: Object, value: Decimal) -> str:
        item = reference(detail, "ItemRef")
        if item is None:
            raise missing("ItemBasedExpenseLineDetail.ItemRef")
        found = self._company.refer("Item", item, element="ItemRef").data
        answer["ItemRef"] = self._company.ref("Item", item)
        for name in ("Qty", "UnitPrice"):
            if detail.get(name) is not None:
                answer[name] = plain(detail[name])
        if found["Type"] == "Inventory":
            if detail.get("Qty") is None:
                raise FaultError("6440", "The quantity of a tracked item is missing", element="Qty")
            home = rounded(value * money_in(self._record.data).rate)
            self._record.facts.setdefault("stock", []).append((item, detail["Qty"], home))
            # What goes back leaves the stock at its cost; the difference to its price is cost of goods.
            name = "ExpenseAccountRef" if self._record.data.get("Credit") else "AssetAccountRef"
            return str(found[name]["value"])
        account = found.get("ExpenseAccountRef")
        if account is None:
            raise business("The item has no expense account.", element="ItemRef")
        return str(account["value"])


def expense_customer(company: Company, source: Object, old: Record | None) -> str | None:
    """The customer whose receivables the expense touches, if any: it decides the currency."""
    for line in source.get("Line") or []:
        detail = line.get(BY_ACCOUNT) or {}
        account = company.get("Account", reference(detail, "AccountRef") or "")
        if account is not None and account.data["AccountType"] == RECEIVABLE:
            return customer_of(company, detail, old) or _entity_customer(company, source)
    return None


def _entity_customer(company: Company, source: Object) -> str | None:
    entity = source.get("EntityRef") or {}
    if str(entity.get("type", "")).lower() != "customer" or not entity.get("value"):
        return None
    return customer_of(company, {"CustomerRef": entity}, None)


def _codes_in_use(old: Record | None) -> set[tuple[str, str]]:
    """Tax codes on the stored lines: they stay usable there when made inactive."""
    lines = old.data["Line"] if old is not None else []
    codes = (reference(line.get(line["DetailType"]) or {}, "TaxCodeRef") for line in lines)
    return {("TaxCode", code) for code in codes if code is not None}

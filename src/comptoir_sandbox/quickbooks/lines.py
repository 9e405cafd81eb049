"""Lines of a sales form: reading, checking, totals, the answer's order (§14)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import taxes
from comptoir_sandbox.quickbooks.faults import FaultError, business, invalid_reference, missing
from comptoir_sandbox.quickbooks.regimes import Form, regime_of
from comptoir_sandbox.quickbooks.roles import DISCOUNT, SHIPPING, own_account
from comptoir_sandbox.quickbooks.values import ZERO, Object, amount, plain, price, reference, rounded, thousands

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

SHIPPING_ITEM = "SHIPPING_ITEM_ID"
TAXABLE_LINES = 750
HUNDRED = Decimal(100)


@dataclass(slots=True)
class Sums:
    """A sales form's lines as answered, and what they post."""

    lines: list[Object] = field(default_factory=list)
    tax_detail: Object | None = None
    total: Decimal = ZERO
    income: list[tuple[str, Decimal]] = field(default_factory=list)
    """Income account id and credit."""
    discount: tuple[str, Decimal] | None = None
    """Discount account id and debit."""
    tax: dict[str, Decimal] = field(default_factory=dict)
    """Tax rate id and tax."""
    stock: list[tuple[str, Decimal]] = field(default_factory=list)
    """Inventory item id and quantity sold."""
    next_line: int = 1


@dataclass(slots=True)
class _Read:
    goods: list[tuple[Object, Object, str, str]] = field(default_factory=list)
    """Line, its detail, item id, tax code."""
    shipping: list[tuple[Object, Object, str, str]] = field(default_factory=list)
    order: list[Object] = field(default_factory=list)
    """Item and description lines as they came."""
    discount: Object | None = None


class LineReader:
    """Turns the lines a client sent into sums, for one company and one document."""

    def __init__(self, company: Company, source: Object, old: Record | None, day: str) -> None:
        self._company = company
        self._source = source
        self._old = old
        self._kept = _references_in_use(old)
        self._regime = regime_of(Form(company, source, self._kept, day))
        self._included = self._regime.included
        self._read = _Read()

    def sums(self) -> Sums:
        """Check and add up. Faults as §9 and §14 say."""
        lines = self._source.get("Line")
        if not lines:
            raise missing("Line")
        for line in lines:
            self._take(line)
        if not self._read.order and not self._read.shipping:
            raise FaultError("2250", "A sales form needs at least one line", element="Line")
        if self._regime.taxed and len(self._read.goods) > TAXABLE_LINES:
            raise business(f"A taxable form can have {TAXABLE_LINES} lines at most.", element="Line")
        return self._add_up()

    # --- reading

    def _take(self, line: Object) -> None:
        kind = line.get("DetailType")
        if not kind:
            raise missing("Line.DetailType")
        if kind == "SubTotalLineDetail":
            return
        if kind == "SalesItemLineDetail":
            self._take_item(line)
        elif kind == "DiscountLineDetail":
            if self._read.discount is not None:
                raise business("A sales form can have one discount line.", element="Line")
            self._read.discount = line
        elif kind == "DescriptionOnly":
            self._read.order.append(line)
        elif kind == "GroupLineDetail":
            detail = line.get("GroupLineDetail", {})
            raise invalid_reference("Items", reference(detail, "GroupItemRef") or "", element="GroupItemRef")
        else:
            raise FaultError("2170", f"DetailType {kind} is not valid on a sales form", element="Line.DetailType")

    def _take_item(self, line: Object) -> None:
        if "Amount" not in line:
            raise missing("Line.Amount")
        detail = line.get("SalesItemLineDetail") or {}
        item = reference(detail, "ItemRef") or self._company.accounts_by_role.get("default item")
        if item is None:
            raise missing("SalesItemLineDetail.ItemRef")
        _check_product(line, detail)
        if item == SHIPPING_ITEM:
            if not self._company.preference("SalesFormsPrefs", "AllowShipping"):
                raise business("Shipping is not enabled for this company.", element="ItemRef")
            self._read.shipping.append((line, detail, item, self._regime.code(detail, None)))
            return
        record = self._company.refer(
            "Item", item, element="ItemRef", keep=item if ("Item", item) in self._kept else None
        )
        if record.data["Type"] == "Category":
            raise invalid_reference("Items", item, element="ItemRef")
        self._read.goods.append((line, detail, item, self._regime.code(detail, record)))
        self._read.order.append(line)

    # --- adding up

    def _given(self, line: Object, detail: Object) -> Decimal:
        """The amount the arithmetic starts from: gross when tax is included."""
        if self._included and detail.get("TaxInclusiveAmt") is not None:
            return rounded(detail["TaxInclusiveAmt"])
        return rounded(line["Amount"])

    def _add_up(self) -> Sums:
        goods = [taxes.Taxed(code, self._given(line, detail)) for line, detail, _, code in self._read.goods]
        shipping = [taxes.Taxed(code, self._given(line, detail)) for line, detail, _, code in self._read.shipping]
        discount, discount_code = self._discount(sum((each.amount for each in goods), ZERO))
        codes = {each.code for each in (*goods, *shipping)} | ({discount_code} if discount_code else set())
        rates = {code: self._regime.rates(code) for code in codes} or {"": []}
        found = taxes.compute(
            included=self._included,
            lines=goods,
            shipping=shipping,
            discount=discount,
            discount_code=discount_code,
            rates=rates,
            discount_first=self._regime.discount_first,
        )
        result = Sums()
        net_goods = found.nets[: len(goods)]
        net_shipping = found.nets[len(goods) :]
        shipped = [taxes.Taxed(each.code, net) for each, net in zip(shipping, net_shipping, strict=True)]
        statement = self._regime.state(found, shipped, len(goods) + len(shipping))
        result.tax_detail, result.tax = statement.detail, statement.by_rate
        self._number(result, dict(zip((id(line) for line, *_ in self._read.goods), net_goods, strict=True)))
        subtotal = sum(net_goods, ZERO)
        result.lines.append({"Amount": amount(subtotal), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
        self._post_goods(result, net_goods)
        self._show_discount(result, found.discount_net)
        self._show_shipping(result, net_shipping)
        result.total = subtotal - found.discount_net + sum(net_shipping, ZERO) + sum(result.tax.values(), ZERO)
        if result.total < 0:
            raise business("Transaction amount must be 0 or greater.")
        return result

    def _discount(self, subtotal: Decimal) -> tuple[Decimal, str | None]:
        line = self._read.discount
        if line is None:
            return ZERO, None
        if not self._company.preference("SalesFormsPrefs", "AllowDiscount"):
            raise business("Discounts are not enabled for this company.", element="DiscountLineDetail")
        detail = line.get("DiscountLineDetail") or {}
        if detail.get("PercentBased"):
            if detail.get("DiscountPercent") is None:
                raise FaultError("6090", "DiscountPercent is missing", element="DiscountLineDetail")
            value = rounded(subtotal * detail["DiscountPercent"] / HUNDRED)
        elif line.get("Amount") is None:
            raise FaultError("6090", "Amount is missing", element="DiscountLineDetail")
        else:
            value = rounded(line["Amount"])
        if value > subtotal:
            raise business("The discount amount can't be greater than the subtotal")
        return value, self._regime.discount_code(detail)

    # --- the answer

    def _number(self, result: Sums, nets: dict[int, Decimal]) -> None:
        known = {line["Id"] for line in self._old.data.get("Line", []) if "Id" in line} if self._old else set()
        next_line = self._old.next_line if self._old else 1
        codes = {id(line): (item, code) for line, _, item, code in self._read.goods}
        for number, line in enumerate(self._read.order, start=1):
            identity = line.get("Id")
            if identity in known:
                known.discard(identity)
            else:
                identity, next_line = str(next_line), next_line + 1
            # The source keeps the id too, so that a sparse update without lines keeps them.
            line["Id"] = identity
            shown: Object = {"Id": identity, "LineNum": number}
            if line.get("Description"):
                shown["Description"] = line["Description"]
            if id(line) in codes:
                self._show_item(shown, line, *codes[id(line)], nets[id(line)])
            else:
                shown["DetailType"] = "DescriptionOnly"
                shown["DescriptionLineDetail"] = line.get("DescriptionLineDetail") or {}
            result.lines.append(shown)
        result.next_line = next_line

    def _show_item(self, shown: Object, line: Object, item: str, code: str, net: Decimal) -> None:
        detail = line.get("SalesItemLineDetail") or {}
        shown["Amount"] = amount(net)
        shown["DetailType"] = "SalesItemLineDetail"
        answer: Object = {"ItemRef": self._company.ref("Item", item)}
        if self._company.preference("AccountingInfoPrefs", "ClassTrackingPerTxnLine"):
            wanted = reference(detail, "ClassRef")
            if wanted is not None:
                keep = wanted if ("Class", wanted) in self._kept else None
                self._company.refer("Class", wanted, element="ClassRef", keep=keep)
                answer["ClassRef"] = self._company.ref("Class", wanted)
        quantity = detail.get("Qty")
        unit_price = _unit_price(detail, net, included=self._included)
        if unit_price is not None:
            answer["UnitPrice"] = unit_price
        if quantity is not None:
            answer["Qty"] = plain(quantity)
        if detail.get("ServiceDate"):
            answer["ServiceDate"] = detail["ServiceDate"]
        income = self._company.records["Item"][item].data.get("IncomeAccountRef")
        if income is not None:
            answer["ItemAccountRef"] = income
        if code:
            answer["TaxCodeRef"] = {"value": code}
            if self._included:
                answer["TaxInclusiveAmt"] = amount(self._given(line, detail))
        shown["SalesItemLineDetail"] = answer

    def _post_goods(self, result: Sums, nets: list[Decimal]) -> None:
        for (_, detail, item, _), net in zip(self._read.goods, nets, strict=True):
            income = self._company.records["Item"][item].data.get("IncomeAccountRef")
            if income is None:
                raise business("The item has no income account.", element="ItemRef")
            result.income.append((income["value"], net))
            if self._company.records["Item"][item].data["Type"] == "Inventory":
                if detail.get("Qty") is None:
                    raise FaultError("6440", "The quantity of a tracked item is missing", element="Qty")
                result.stock.append((item, detail["Qty"]))

    def _show_discount(self, result: Sums, net: Decimal) -> None:
        line = self._read.discount
        if line is None:
            return
        detail = line.get("DiscountLineDetail") or {}
        account = reference(detail, "DiscountAccountRef") or own_account(self._company, DISCOUNT)
        self._company.refer("Account", account, element="DiscountAccountRef")
        answer: Object = {"PercentBased": bool(detail.get("PercentBased"))}
        if detail.get("PercentBased"):
            answer["DiscountPercent"] = plain(detail["DiscountPercent"])
        answer["DiscountAccountRef"] = self._company.ref("Account", account)
        if self._regime.discount_code(detail) is not None:
            answer["TaxCodeRef"] = {"value": detail["TaxCodeRef"]["value"]}
        result.lines.append({"Amount": amount(net), "DetailType": "DiscountLineDetail", "DiscountLineDetail": answer})
        result.discount = (account, net)

    def _show_shipping(self, result: Sums, nets: list[Decimal]) -> None:
        for (line, detail, _, code), net in zip(self._read.shipping, nets, strict=True):
            answer: Object = {"ItemRef": {"value": SHIPPING_ITEM}}
            if code:
                answer["TaxCodeRef"] = {"value": code}
                if self._included:
                    answer["TaxInclusiveAmt"] = amount(self._given(line, detail))
            result.lines.append(
                {"Amount": amount(net), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": answer}
            )
            result.income.append((own_account(self._company, SHIPPING), net))


def _check_product(line: Object, detail: Object) -> None:
    """6070 unless quantity times price rounds to the amount (§14)."""
    quantity, unit_price = detail.get("Qty"), detail.get("UnitPrice")
    if quantity is not None and unit_price is not None and rounded(quantity * unit_price) != line["Amount"]:
        text = thousands(line["Amount"])
        raise FaultError(
            "6070", f"Amount is not equal to UnitPrice * Qty. Supplied value:{text}", element="Line.Amount"
        )


def _unit_price(detail: Object, net: Decimal, *, included: bool) -> Decimal | None:
    """The price as sent; derived from the net amount when tax is included or when only a quantity was sent (§14)."""
    quantity, sent = detail.get("Qty"), detail.get("UnitPrice")
    if quantity and (sent is None or included):
        return price(net / quantity)
    if included and sent is not None:
        return price(net)
    return plain(sent) if sent is not None else None


def _references_in_use(old: Record | None) -> set[tuple[str, str]]:
    """Items, codes and classes on the stored lines: they stay usable there when made inactive."""
    found: set[tuple[str, str]] = set()
    for line in old.data.get("Line", []) if old is not None else []:
        detail = line.get("SalesItemLineDetail", {})
        for kind, name in (("Item", "ItemRef"), ("TaxCode", "TaxCodeRef"), ("Class", "ClassRef")):
            identity = reference(detail, name)
            if identity is not None:
                found.add((kind, identity))
    return found

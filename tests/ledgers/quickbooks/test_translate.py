from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.books.company import TaxRegime
from comptoir.books.documents import (
    ApplicationDocument,
    Awaited,
    CashBackDocument,
    CustomerDocument,
    ItemDocument,
    ItemType,
    Kind,
    Known,
    LedgerId,
    PaidBack,
    PaymentDocument,
    PostingKey,
    RateTax,
    RefundDocument,
    RefundForm,
    SaleForm,
    TakenOff,
)
from comptoir.books.facts import Address, SourceId, StoreIdentity
from comptoir.books.money import Money
from comptoir.engine.ports import Slot
from comptoir.ledgers.quickbooks.translate import (
    CompanyFacts,
    encode,
    encode_batch,
    facts_of,
    to_wire,
)

UK = CompanyFacts("GBP", TaxRegime.GLOBAL)
US = CompanyFacts("GBP", TaxRegime.US_AUTOMATED)
UNTAXED = CompanyFacts("GBP", TaxRegime.NONE)
KEY = PostingKey(StoreIdentity("shopify:a"), Kind.CUSTOMER, SourceId("1"))
HOME = Address("Jo Doe", "Doe Ltd", "1 High St", "Flat 2", "Leeds", "WYK", "LS1 1AA", "GB")


def gbp(amount: str) -> Money:
    return Money(Decimal(amount), "GBP")


def wired(document: Any, facts: CompanyFacts = UK, resolved: Any = None) -> dict[str, Any]:
    return to_wire(document, resolved or {}, facts)[1]


def form_line(document: Any, facts: CompanyFacts = UK) -> dict[str, Any]:
    line: dict[str, Any] = wired(document, facts)["Line"][0]
    return line


def test_the_smallest_receipt(make_sale: Callable[..., Any]) -> None:
    entity, record = to_wire(make_sale(), {}, UK)
    assert entity == "SalesReceipt"
    assert record == {
        "DocNumber": "S1001",
        "TxnDate": "2026-02-28",
        "CustomerRef": {"value": "3"},
        "PrivateNote": "Order 1001\n[c:1001]",
        "EmailStatus": "NotSet",
        "PrintStatus": "NotSet",
        "GlobalTaxCalculation": "TaxExcluded",
        "Line": [
            {
                "LineNum": 1,
                "Description": "A mug",
                "Amount": Decimal("10.00"),
                "DetailType": "SalesItemLineDetail",
                "SalesItemLineDetail": {"ItemRef": {"value": "7"}, "TaxCodeRef": {"value": "5"}},
            }
        ],
    }


def test_a_full_receipt(make_sale: Callable[..., Any]) -> None:
    sale = make_sale(
        memo="Thank you",
        email="jo@shop.example",
        billing=HOME,
        shipping=Address(line1="2 Low St", city="York"),
        deposit_account=LedgerId("35"),
        payment_method=LedgerId("4"),
        payment_reference="ch_1",
        class_id=LedgerId("91"),
        location_id=LedgerId("92"),
        tax=gbp("2.00"),
    )
    record = wired(sale)
    assert record["CustomerMemo"] == {"value": "Thank you"}
    assert record["BillEmail"] == {"Address": "jo@shop.example"}
    assert record["BillAddr"] == {
        "Line1": "Jo Doe",
        "Line2": "Doe Ltd",
        "Line3": "1 High St",
        "Line4": "Flat 2",
        "City": "Leeds",
        "CountrySubDivisionCode": "WYK",
        "PostalCode": "LS1 1AA",
        "Country": "GB",
    }
    assert record["ShipAddr"] == {"Line1": "2 Low St", "City": "York"}
    assert record["DepositToAccountRef"] == {"value": "35"}
    assert record["PaymentMethodRef"] == {"value": "4"}
    assert record["PaymentRefNum"] == "ch_1"
    assert record["ClassRef"] == {"value": "91"}
    assert record["DepartmentRef"] == {"value": "92"}
    assert record["TxnTaxDetail"] == {"TotalTax": Decimal("2.00")}
    assert "AllowOnlineCreditCardPayment" not in record


@pytest.mark.parametrize(
    ("due_on", "sent"),
    [(None, "2026-02-28"), (date(2026, 3, 30), "2026-03-30"), (date(2026, 1, 1), "2026-02-28")],
    ids=["none", "later", "before the sale"],
)
def test_an_invoice_always_states_a_due_date(make_sale: Callable[..., Any], due_on: date | None, sent: str) -> None:
    entity, record = to_wire(make_sale(form=SaleForm.INVOICE, due_on=due_on), {}, UK)
    assert entity == "Invoice"
    assert record["DueDate"] == sent
    assert record["AllowOnlineCreditCardPayment"] is False
    assert "DepositToAccountRef" not in record


def test_an_invoice_may_be_paid_by_card(make_sale: Callable[..., Any]) -> None:
    sale = make_sale(form=SaleForm.INVOICE, allow_card_payment=True, deposit_account=LedgerId("35"))
    assert wired(sale)["AllowOnlineCreditCardPayment"] is True
    assert "DepositToAccountRef" not in wired(sale), "on an invoice that would be a prepayment"


def test_classes_per_line_leave_the_header(make_sale: Callable[..., Any]) -> None:
    record = wired(make_sale(class_id=LedgerId("91")), replace(UK, class_per_line=True))
    assert "ClassRef" not in record
    assert record["Line"][0]["SalesItemLineDetail"]["ClassRef"] == {"value": "91"}


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "sent"),
    [
        ("3", "3.33", "9.99", "3.33"),
        ("3", "3.3333333", "10.00", "3.3333333"),
        ("3", "3.33333333", "10.00", None),
        ("3", "3.33", "10.00", None),
        ("1", "1E+2", "100.00", "100"),
        ("-2", "5.00", "-10.00", "5.00"),
        ("0", "0", "0", "0"),
        (None, "5.00", "5.00", None),
        ("2", None, "5.00", None),
    ],
    ids=["exact", "seven decimals", "eight decimals", "does not multiply", "exponent", "negative", "zero",
         "no quantity", "no price"],
)  # fmt: skip
def test_unit_prices(
    make_sale: Any, make_line: Any, quantity: str | None, price: str | None, amount: str, sent: str | None
) -> None:
    line = make_line(
        amount,
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if price is None else gbp(price),
    )
    detail = form_line(make_sale(lines=(line,)))["SalesItemLineDetail"]
    assert detail.get("UnitPrice") == (None if sent is None else Decimal(sent))
    assert detail.get("Qty") == (None if quantity is None else Decimal(quantity))
    if sent is not None:
        assert encode(detail["UnitPrice"]) == sent.encode()


@pytest.mark.parametrize(
    ("facts", "tax_code", "sent"),
    [
        (UK, "5", "5"),
        (UK, None, None),
        (US, "TAX", "TAX"),
        (US, "NON", "NON"),
        (US, None, "NON"),
        (US, "12", "TAX"),
        (replace(US, tax_regime=TaxRegime.US_MANUAL), "12", "TAX"),
        (UNTAXED, "5", None),
    ],
    ids=["global", "global none", "us tax", "us non", "us none", "us own code", "us manual", "no sales tax"],
)
def test_line_tax_codes(
    make_sale: Any, make_line: Any, facts: CompanyFacts, tax_code: str | None, sent: str | None
) -> None:
    detail = form_line(make_sale(lines=(make_line(tax_code=tax_code),)), facts)["SalesItemLineDetail"]
    assert detail.get("TaxCodeRef") == (None if sent is None else {"value": sent})


def test_a_us_form_names_its_one_code(make_sale: Any, make_line: Any) -> None:
    lines = (make_line(tax_code="12"), make_line(tax_code="NON"), make_line(tax_code="12"))
    record = wired(make_sale(lines=lines, tax=gbp("1.60")), US)
    assert record["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": "12"}, "TotalTax": Decimal("1.60")}
    assert "GlobalTaxCalculation" not in record


def test_a_us_form_with_two_codes_is_a_fault_of_the_rules(make_sale: Any, make_line: Any) -> None:
    with pytest.raises(ValueError, match="one tax code"):
        wired(make_sale(lines=(make_line(tax_code="12"), make_line(tax_code="13"))), US)


def test_tax_inside_the_prices(make_sale: Any) -> None:
    sale = make_sale(prices_include_tax=True, tax=gbp("1.67"))
    assert wired(sale)["GlobalTaxCalculation"] == "TaxInclusive"
    assert wired(sale)["TxnTaxDetail"] == {"TotalTax": Decimal("1.67")}
    assert "TxnTaxDetail" not in wired(sale, UNTAXED)
    with pytest.raises(ValueError, match="tax-inclusive"):
        wired(sale, US)


def test_tax_in_a_company_without_sales_tax_is_refused(make_sale: Any) -> None:
    assert "TxnTaxDetail" not in wired(make_sale(), UNTAXED)
    with pytest.raises(ValueError, match="without sales tax"):
        wired(make_sale(tax=gbp("1.00")), UNTAXED)


@pytest.mark.parametrize(
    ("number", "custom", "sent"),
    [("S1", True, {"DocNumber": "S1"}), ("", True, {"AutoDocNumber": True}), ("", False, {})],
    ids=["ours", "asked for", "by itself"],
)
def test_numbers(make_sale: Any, number: str, custom: bool, sent: dict[str, object]) -> None:
    record = wired(make_sale(number=number), replace(UK, custom_numbers=custom))
    assert {name: record[name] for name in ("DocNumber", "AutoDocNumber") if name in record} == sent


def test_a_number_that_is_too_long_is_a_fault_of_the_rules(make_sale: Any) -> None:
    assert wired(make_sale(number="N" * 21))["DocNumber"] == "N" * 21
    with pytest.raises(ValueError, match="21 characters"):
        wired(make_sale(number="N" * 22))


def test_a_form_without_lines_is_a_fault_of_the_rules(make_sale: Any) -> None:
    with pytest.raises(ValueError, match="at least one line"):
        wired(make_sale(lines=()))


def test_currency(make_sale: Any) -> None:
    euros = replace(make_sale(), currency="EUR")
    assert wired(euros, replace(UK, multicurrency=True))["CurrencyRef"] == {"value": "EUR"}
    assert "CurrencyRef" not in wired(make_sale())
    with pytest.raises(ValueError, match="GBP alone cannot take EUR"):
        wired(euros)


def test_the_stores_rate_of_a_foreign_document(make_sale: Any) -> None:
    several = replace(UK, multicurrency=True)
    rate, euro, known = Decimal("0.8512"), Money(Decimal("10.00"), "EUR"), Known(LedgerId("3"))
    common: dict[str, Any] = {
        "customer": known, "dated": date(2026, 2, 28), "private_note": "", "marker": "[c:1]", "exchange_rate": rate,
    }  # fmt: skip
    documents: list[Any] = [
        make_sale(currency="EUR", exchange_rate=rate),
        replace(make_sale(form=SaleForm.INVOICE), currency="EUR", exchange_rate=rate),
        PaymentDocument(invoice=known, amount=euro, deposit_account=LedgerId("35"), reference="", **common),
        RefundDocument(
            number="R", currency="EUR", lines=make_sale().lines, tax=euro, refund_account=None,
            form=RefundForm.CREDIT_MEMO, **common,
        ),
        CashBackDocument(
            account=LedgerId("35"), receivable_account=LedgerId("84"), amount=euro, number="R", **common
        ),
        ApplicationDocument(credit=known, invoice=known, amount=euro, reference="R", **common),
    ]  # fmt: skip
    for document in documents:
        assert wired(document, several)["ExchangeRate"] == rate
        assert "ExchangeRate" not in wired(replace(document, exchange_rate=None), several)
    assert "ExchangeRate" not in wired(make_sale(exchange_rate=rate), several), "the company's own currency has none"


def test_references_to_postings_are_resolved(make_sale: Any) -> None:
    sale = make_sale(customer=Awaited(KEY))
    assert wired(sale, UK, {KEY: LedgerId("88")})["CustomerRef"] == {"value": "88"}
    with pytest.raises(ValueError, match="not in the books yet"):
        wired(sale)


def test_an_empty_address_is_left_out(make_sale: Any) -> None:
    assert "BillAddr" not in wired(make_sale(billing=Address()))


def test_the_marker_survives_a_long_note(make_sale: Any) -> None:
    note = wired(make_sale(private_note="x" * 5000))["PrivateNote"]
    assert len(note) == 4000
    assert note.endswith("x\n[c:1001]")
    assert wired(make_sale(private_note=""))["PrivateNote"] == "[c:1001]"


def payment(**changes: Any) -> PaymentDocument:
    values: dict[str, Any] = {
        "invoice": Known(LedgerId("69")),
        "customer": Known(LedgerId("3")),
        "dated": date(2026, 2, 28),
        "amount": gbp("25.00"),
        "deposit_account": LedgerId("35"),
        "reference": "ch_123",
        "private_note": "Order 1001",
        "marker": "[c:1001]",
    }
    return PaymentDocument(**values | changes)


def test_a_payment_is_linked_to_its_invoice() -> None:
    assert to_wire(payment(payment_method=LedgerId("4")), {}, UK) == (
        "Payment",
        {
            "CustomerRef": {"value": "3"},
            "TxnDate": "2026-02-28",
            "TotalAmt": Decimal("25.00"),
            "PaymentMethodRef": {"value": "4"},
            "PaymentRefNum": "ch_123",
            "DepositToAccountRef": {"value": "35"},
            "PrivateNote": "Order 1001\n[c:1001]",
            "Line": [{"Amount": Decimal("25.00"), "LinkedTxn": [{"TxnId": "69", "TxnType": "Invoice"}]}],
        },
    )


def test_long_references_stay_distinct() -> None:
    one, two = (wired(payment(reference=f"gid-of-some-gateway-{at}"))["PaymentRefNum"] for at in (10, 11))
    assert len(one) == len(two) == 21
    assert one != two
    assert one.startswith("gid-of-some-")


def test_a_refund_receipt(make_line: Any) -> None:
    refund = RefundDocument(
        number="S1001-2",
        dated=date(2026, 3, 1),
        customer=Known(LedgerId("3")),
        currency="GBP",
        lines=(make_line("4.00"),),
        tax=gbp("0.80"),
        refund_account=LedgerId("35"),
        private_note="Refund",
        marker="[r:1]",
        payment_method=LedgerId("4"),
        payment_reference="re_1",
        billing=HOME,
    )
    entity, record = to_wire(refund, {}, UK)
    assert entity == "RefundReceipt"
    assert record["DepositToAccountRef"] == {"value": "35"}
    assert record["PaymentRefNum"] == "re_1"
    assert record["TxnTaxDetail"] == {"TotalTax": Decimal("0.80")}
    assert record["PrintStatus"] == "NotSet", "else the reference would become To Print"


def credit_memo(line: Any) -> RefundDocument:
    return RefundDocument(
        number="R-1001",
        dated=date(2026, 3, 1),
        customer=Known(LedgerId("3")),
        currency="GBP",
        lines=(line,),
        tax=gbp("0.00"),
        refund_account=None,
        private_note="Refund",
        marker="[r:1]",
        payment_method=LedgerId("4"),
        payment_reference="re_1",
        form=RefundForm.CREDIT_MEMO,
    )


def test_a_credit_memo_moves_no_money(make_line: Any) -> None:
    entity, record = to_wire(credit_memo(make_line("56.50")), {}, UK)
    assert (entity, record["DocNumber"]) == ("CreditMemo", "R-1001")
    assert not {"DepositToAccountRef", "PaymentMethodRef", "PaymentRefNum"} & set(record)


def test_a_refund_receipt_without_its_account_is_a_fault_of_the_rules(make_line: Any) -> None:
    with pytest.raises(ValueError, match="account that its money leaves"):
        wired(replace(credit_memo(make_line()), form=RefundForm.RECEIPT))


CASH_BACK = CashBackDocument(
    Known(LedgerId("3")), LedgerId("35"), LedgerId("84"), date(2026, 3, 1), gbp("20.00"), "R-1001", "Refund", "[b:1]"
)


def test_a_cash_back_is_a_purchase_on_the_receivable_account() -> None:
    assert to_wire(CASH_BACK, {}, UK) == (
        "Purchase",
        {
            "PaymentType": "Cash",
            "AccountRef": {"value": "35"},
            "EntityRef": {"value": "3", "type": "Customer"},
            "DocNumber": "R-1001",
            "TxnDate": "2026-03-01",
            "PrivateNote": "Refund\n[b:1]",
            "GlobalTaxCalculation": "NotApplicable",
            "Line": [
                {
                    "Amount": Decimal("20.00"),
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "AccountBasedExpenseLineDetail": {"AccountRef": {"value": "84"}},
                }
            ],
        },
    )
    assert "GlobalTaxCalculation" not in wired(CASH_BACK, US)
    with pytest.raises(ValueError, match="21 characters"):
        wired(replace(CASH_BACK, number="N" * 22))


def test_an_application_joins_the_credit_with_the_invoice_and_the_cash() -> None:
    """posting.md, section 7: total 113, paid 50, R 56.50, C 20: 36.50 comes off the invoice."""
    document = ApplicationDocument(
        customer=Known(LedgerId("3")),
        dated=date(2026, 3, 1),
        credit=Known(LedgerId("70")),
        invoice=Known(LedgerId("69")),
        amount=gbp("56.50"),
        reference="R-1001",
        private_note="Refund",
        marker="[a:1]",
        cash_backs=(PaidBack(Known(LedgerId("71")), gbp("20.00")),),
    )
    entity, record = to_wire(document, {}, UK)
    assert (entity, record["TotalAmt"], record["PaymentRefNum"]) == ("Payment", Decimal(0), "R-1001")
    assert record["PrivateNote"] == "Refund\n[a:1]"
    assert record["Line"] == [
        {"Amount": Decimal("36.50"), "LinkedTxn": [{"TxnId": "69", "TxnType": "Invoice"}]},
        {"Amount": Decimal("20.00"), "LinkedTxn": [{"TxnId": "71", "TxnType": "Expense"}]},
        {"Amount": Decimal("56.50"), "LinkedTxn": [{"TxnId": "70", "TxnType": "CreditMemo"}]},
    ]
    assert "DepositToAccountRef" not in record
    both = wired(replace(document, others=(TakenOff(Known(LedgerId("72")), gbp("30.00")),)))
    assert [(line["Amount"], line["LinkedTxn"][0]["TxnId"]) for line in both["Line"]] == [
        (Decimal("6.50"), "69"),
        (Decimal("30.00"), "72"),
        (Decimal("20.00"), "71"),
        (Decimal("56.50"), "70"),
    ]
    assert [line["LinkedTxn"][0]["TxnType"] for line in wired(replace(document, cash_backs=()))["Line"]] == [
        "Invoice",
        "CreditMemo",
    ]


def test_a_customer() -> None:
    document = CustomerDocument(
        name=" Doe: Jo\t& Co \n\U0001f600",
        currency="GBP",
        given_name="Jo",
        family_name="Doe",
        company="Doe Ltd",
        email="jo@shop.example",
        phone="+44 20 7946 0000",
        billing=HOME,
        shipping=HOME,
        note="VIP",
    )
    record = wired(document)
    assert record["DisplayName"] == "Doe Jo & Co"
    assert record["PrimaryEmailAddr"] == {"Address": "jo@shop.example"}
    assert record["PrimaryPhone"] == {"FreeFormNumber": "+44 20 7946 0000"}
    assert record["BillAddr"] == record["ShipAddr"]
    assert record["BillAddr"]["Line1"] == "1 High St", "the name is the customer's own"
    assert (record["GivenName"], record["FamilyName"], record["CompanyName"]) == ("Jo", "Doe", "Doe Ltd")
    assert record["Notes"] == "VIP"
    assert wired(CustomerDocument("A", "GBP")) == {"DisplayName": "A"}


def test_a_plain_item() -> None:
    document = ItemDocument("Mug: blue", "MUG-1", ItemType.SERVICE, LedgerId("79"), description="A blue\r\nmug")
    assert to_wire(document, {}, UK) == (
        "Item",
        {
            "Name": "Mug blue",
            "Type": "Service",
            "Sku": "MUG-1",
            "Description": "A blue\nmug",
            "IncomeAccountRef": {"value": "79"},
        },
    )
    assert wired(replace(document, type=ItemType.NON_INVENTORY))["Type"] == "NonInventory"


STOCKED = ItemDocument(
    "Mug", "MUG-1", ItemType.INVENTORY, LedgerId("79"),
    expense_account=LedgerId("80"), asset_account=LedgerId("81"), start_date=date(2026, 1, 1),
)  # fmt: skip


def test_an_inventory_item_starts_empty() -> None:
    record = wired(STOCKED)
    assert record["TrackQtyOnHand"] is True
    assert record["QtyOnHand"] == 0
    assert record["InvStartDate"] == "2026-01-01"
    assert record["ExpenseAccountRef"] == {"value": "80"}
    assert record["AssetAccountRef"] == {"value": "81"}


@pytest.mark.parametrize("missing", ["expense_account", "asset_account", "start_date"])
def test_an_inventory_item_needs_its_accounts(missing: str) -> None:
    changes: dict[str, Any] = {missing: None}
    with pytest.raises(ValueError, match="inventory item needs"):
        wired(replace(STOCKED, **changes))


def test_a_batch_is_the_same_bytes_each_time(make_sale: Any) -> None:
    slots = [Slot("1", make_sale(), {}), Slot("2", payment(), {})]
    body = encode_batch(slots, UK)
    assert body == encode_batch(slots, UK)
    first, second = json.loads(body)["BatchItemRequest"]
    assert (first["bId"], first["operation"], "SalesReceipt" in first) == ("1", "create", True)
    assert (second["bId"], "Payment" in second) == ("2", True)
    assert b'"Amount":10.00' in body


@given(st.decimals(min_value=Decimal(-99999999999), max_value=Decimal(99999999999), places=2))
def test_amounts_are_written_digit_for_digit(amount: Decimal) -> None:
    document = payment(amount=Money(amount, "GBP"))
    text = encode(wired(document)).decode()
    read = json.loads(text, parse_float=str, parse_int=str)
    assert Decimal(read["TotalAmt"]) == Decimal(read["Line"][0]["Amount"]) == amount
    assert "E" not in read["TotalAmt"]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=7, min_value=-(10**9), max_value=10**9))
def test_quantities_keep_every_digit(quantity: Decimal) -> None:
    written = encode({"Qty": quantity})
    assert json.loads(written, parse_float=Decimal)["Qty"] == quantity


def test_facts_of_a_company(make_company: Any) -> None:
    company = make_company(class_per_line=True, multicurrency=True, custom_numbers=False)
    assert facts_of(company) == CompanyFacts(
        "GBP", TaxRegime.GLOBAL, class_per_line=True, multicurrency=True, custom_numbers=False
    )


RATES = (
    RateTax(LedgerId("R5"), gbp("5.00"), gbp("100.00")),
    RateTax(LedgerId("R9"), gbp("9.98"), gbp("100.00")),
)


def test_stated_rates_are_tax_lines(make_sale: Callable[..., Any]) -> None:
    record = wired(make_sale(tax=gbp("14.98"), rates=RATES, tax_stated=True))
    assert record["TxnTaxDetail"] == {
        "TotalTax": Decimal("14.98"),
        "TaxLine": [
            {
                "Amount": amount,
                "DetailType": "TaxLineDetail",
                "TaxLineDetail": {
                    "TaxRateRef": {"value": rate},
                    "PercentBased": True,
                    "NetAmountTaxable": Decimal("100.00"),
                },
            }
            for rate, amount in (("R5", Decimal("5.00")), ("R9", Decimal("9.98")))
        ],
    }


def test_a_tax_of_nothing_is_sent_only_where_it_must_be_stated(make_sale: Callable[..., Any]) -> None:
    assert wired(make_sale(tax_stated=True), US)["TxnTaxDetail"]["TotalTax"] == 0
    assert "TotalTax" not in json.dumps(wired(make_sale(), US)["TxnTaxDetail"])


def test_the_one_code_of_a_us_form_is_stated(make_sale: Callable[..., Any]) -> None:
    record = wired(make_sale(tax=gbp("0.80"), tax_stated=True, form_tax_code=LedgerId("2")), US)
    assert record["TxnTaxDetail"] == {"TxnTaxCodeRef": {"value": "2"}, "TotalTax": Decimal("0.80")}


def test_a_payment_beyond_its_invoice_links_only_what_the_invoice_takes() -> None:
    payment = PaymentDocument(
        invoice=Known(LedgerId("9")),
        customer=Known(LedgerId("3")),
        dated=date(2026, 3, 1),
        amount=gbp("2.00"),
        deposit_account=LedgerId("35"),
        reference="ch_1",
        private_note="",
        marker="[c:1]",
    )
    part = wired(replace(payment, applied=gbp("0.50")))
    assert part["Line"][0]["Amount"] == Decimal("0.50")
    assert part["TotalAmt"] == payment.amount.amount
    assert "Line" not in wired(replace(payment, applied=gbp("0.00")))


@pytest.mark.parametrize("custom", [True, False], ids=["custom numbering", "the ledger's numbering"])
def test_a_sale_without_a_number_asks_for_the_ledgers_own(make_sale: Callable[..., Any], *, custom: bool) -> None:
    record = wired(make_sale(number=""), replace(UK, custom_numbers=custom))
    assert "DocNumber" not in record
    assert record.get("AutoDocNumber", False) is custom

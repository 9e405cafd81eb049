"""What a document does to the accounts: debits and credits, as its ledger will write them (quickbooks-online.md §18).

The ledger makes the entry, not we: this says beforehand what it will be. What it does not tell us is named in words and
has no account id: which account an agency's tax is owed on where there are several, and what inventory cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from comptoir.books.company import Account, AccountType, Company, TaxRate
from comptoir.books.documents import (
    ApplicationDocument,
    CashBackDocument,
    DocumentLine,
    JournalDocument,
    LedgerId,
    MoneyDocument,
    PaymentDocument,
    RateTax,
    Reference,
    RefundDocument,
    RefundForm,
    SaleDocument,
    SaleForm,
)
from comptoir.books.money import Money, total, zero
from comptoir.books.problems import Message
from comptoir.books.taxes.arithmetic import Taxable, added_tax, included_tax, net_of, spread
from comptoir.books.taxes.united_states import TAXED


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A debit (`amount` above zero) or a credit (below) in the document's currency.

    `account` is the company's name of the account; where the company does not say which one it is, what it holds, in
    `words` of ours, and `account_id` is None.
    """

    account: str
    amount: Money
    account_id: LedgerId | None = None
    words: Message | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Effect:
    """A document's entry; its lines add up to nothing. `notes` say what else the ledger books of its own."""

    lines: tuple[LedgerLine, ...]
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class SoldItem:
    """What an item's line books: its income account (None: not known), and whether it moves stock."""

    name: str
    income_account: LedgerId | None
    is_stocked: bool = False


Items = Callable[[Reference], SoldItem]
STOCK = (
    "The stock of {items} changes too: QuickBooks books what the goods cost from the inventory account to the cost of "
    "goods sold. How much is known to QuickBooks alone."
)
STOCK_BACK = (
    "The stock of {items} changes too: QuickBooks books what the goods cost from the cost of goods sold back to the "
    "inventory account. How much is known to QuickBooks alone."
)
BY_PLACE = (
    "QuickBooks spreads the tax over the rates of the place that the goods go to; what falls to each is known to "
    "QuickBooks alone."
)
BY_CODE = "QuickBooks spreads the tax over the rates of its code; a cent may fall to another rate than is shown here."
JOINS = "No account changes: this joins the credit with what it pays."
FOREIGN = "In {currency}; QuickBooks books it in {home} at {rate}."
REWRITTEN = "It takes the place of a document in the books: what changes in the accounts is shown."
DAYS_RATE = "its own rate of the day"


def ledger_effect(document: MoneyDocument, company: Company, items: Items) -> Effect:
    """The entry that the ledger makes of `document`."""
    match document:
        case SaleDocument():
            lines = _form(document, company, items)
        case RefundDocument():
            lines = [_turned(line) for line in _form(document, company, items)]
        case PaymentDocument():
            lines = [
                _known(document.deposit_account, document.amount, company),
                _receivable(-document.amount, company),
            ]
        case CashBackDocument():
            lines = [
                _known(document.receivable_account, document.amount, company),
                _known(document.account, -document.amount, company),
            ]
        case ApplicationDocument():
            lines = []
        case JournalDocument():  # pragma: no branch
            lines = [_known(each.account, each.signed, company) for each in document.lines]
    return Effect(_summed(lines), tuple(_notes(document, company, items)))


def rewritten(before: Effect, after: Effect) -> Effect:
    """What changes in the accounts where a document takes the place of another: only what is no longer the same."""
    lines = (*after.lines, *map(_turned, before.lines))
    return Effect(_summed(lines), (*after.notes, Message(REWRITTEN)))


def rewritten_taxes(before: Iterable[RateTax], after: Iterable[RateTax]) -> tuple[RateTax, ...]:
    """What changes in the tax by rate where a document takes the place of another."""
    found: dict[LedgerId, RateTax] = {}
    for each in (*after, *map(_negative, before)):
        known = found.get(each.rate)
        found[each.rate] = RateTax(each.rate, known.amount + each.amount, known.base + each.base) if known else each
    return tuple(each for each in found.values() if not (each.amount.is_zero and each.base.is_zero))


def tax_by_rate(document: SaleDocument | RefundDocument, company: Company) -> tuple[RateTax, ...]:
    """The form's tax at each rate: as it is stated, else as the ledger reckons it.

    Where only the total is stated, the ledger spreads it over the rates of the form's own code, in proportion; how it
    rounds there is not known [U]. Empty where that has none: it takes the rates of the place then, which it alone knows
    (§15.3).
    """
    if document.rates or (document.tax_stated and document.form_tax_code is None):
        return document.rates
    codes = _codes(document, company)
    if document.form_tax_code is not None:
        codes[TAXED] = codes.get(document.form_tax_code, ())
    reckon = included_tax if document.prices_include_tax else added_tax
    own = tuple(reckon(_taxable(document.lines, codes), document.currency).values())
    return _spread_over(own, document.tax) if document.tax_stated else own


def _spread_over(own: Sequence[RateTax], tax: Money) -> tuple[RateTax, ...]:
    """A stated total, in proportion to what each rate comes to by itself."""
    if not own:
        return ()
    parts = spread(tax, [each.amount.amount for each in own], range(len(own)))
    return tuple(replace(each, amount=part) for each, part in zip(own, parts, strict=True))


def rates_of(company: Company) -> Mapping[LedgerId, TaxRate]:
    """Every sales-tax rate of the company's codes, by its id."""
    return {rate.id: rate for code in company.tax_codes for rate in code.rates}


def _form(document: SaleDocument | RefundDocument, company: Company, items: Items) -> list[LedgerLine]:
    """A sale's entry: what is received or owed, against income and tax. A refund's is the same backwards."""
    return [
        _counterpart(document, company),
        *(_income(line, net, company, items) for line, net in _nets(document, company)),
        *_taxes(document, company),
    ]


def _counterpart(document: SaleDocument | RefundDocument, company: Company) -> LedgerLine:
    if isinstance(document, SaleDocument):
        account = None if document.form is SaleForm.INVOICE else document.deposit_account
    else:
        account = None if document.form is RefundForm.CREDIT_MEMO else document.refund_account
    return _receivable(document.total, company) if account is None else _known(account, document.total, company)


def _nets(document: SaleDocument | RefundDocument, company: Company) -> Iterable[tuple[DocumentLine, Money]]:
    """The lines with what each is worth without tax."""
    codes = _codes(document, company)
    for line, taxable in zip(document.lines, _taxable(document.lines, codes), strict=True):
        yield line, net_of(line.amount, taxable.rates) if document.prices_include_tax else line.amount


def _codes(document: SaleDocument | RefundDocument, company: Company) -> dict[LedgerId, tuple[TaxRate, ...]]:
    """The rates of each code in force on the document's date (§15.4)."""
    return {code.id: code.as_of(document.dated).rates for code in company.tax_codes}


def _taxable(lines: Sequence[DocumentLine], codes: Mapping[LedgerId, tuple[TaxRate, ...]]) -> list[Taxable]:
    return [Taxable(line.amount, codes.get(line.tax_code, ()) if line.tax_code else ()) for line in lines]


def _income(line: DocumentLine, net: Money, company: Company, items: Items) -> LedgerLine:
    item = items(line.item)
    if item.income_account is None:
        return _told(Message('Income account of the item "{item}"', {"item": item.name}), -net)
    return _known(item.income_account, -net, company)


def _taxes(document: SaleDocument | RefundDocument, company: Company) -> Iterable[LedgerLine]:
    """The tax owed, on the account of each rate's agency."""
    found = tax_by_rate(document, company)
    if not found:
        yield _owed(None, -document.tax, company)
    rates = rates_of(company)
    for each in found:
        yield _owed(rates.get(each.rate), -each.amount, company)


def _owed(rate: TaxRate | None, amount: Money, company: Company) -> LedgerLine:
    """The agency's account: the company's only one for sales tax, or the one that bears the agency's name (§18)."""
    payable = [account for account in company.accounts if account.active and account.is_tax_payable]
    agency = rate.agency if rate else ""
    named = [account for account in payable if account.name == f"{agency.replace(':', '')} Payable"]
    for candidates in (named, payable):
        if len(candidates) == 1:
            return _line(candidates[0], amount)
    return _told(
        Message("Sales tax owed to {agency}", {"agency": agency}) if agency else Message("Sales tax owed"), amount
    )


def _receivable(amount: Money, company: Company) -> LedgerLine:
    """What buyers owe: the company's account of the amount's currency; a foreign one is made when needed (§12.3)."""
    for account in company.accounts:
        if account.active and account.type is AccountType.ACCOUNTS_RECEIVABLE and account.currency == amount.currency:
            return _line(account, amount)
    return _told(Message("Accounts receivable in {currency}", {"currency": amount.currency}), amount)


def _known(account: LedgerId, amount: Money, company: Company) -> LedgerLine:
    found = next((each for each in company.accounts if each.id == account), None)
    return _line(found, amount) if found else _told(Message("Account {id}", {"id": account}), amount, account)


def _line(account: Account, amount: Money) -> LedgerLine:
    return LedgerLine(account.name, amount, account.id)


def _told(words: Message, amount: Money, account: LedgerId | None = None) -> LedgerLine:
    """A line on an account whose name is not known here."""
    return LedgerLine(str(words), amount, account, words)


def _turned(line: LedgerLine) -> LedgerLine:
    return replace(line, amount=-line.amount)


def _notes(document: MoneyDocument, company: Company, items: Items) -> Iterable[Message]:
    if isinstance(document, ApplicationDocument):
        yield Message(JOINS)
    if isinstance(document, SaleDocument | RefundDocument):
        stocked = dict.fromkeys(item.name for item in map(items, _references(document)) if item.is_stocked)
        if stocked:
            words = STOCK if isinstance(document, SaleDocument) else STOCK_BACK
            yield Message(words, {"items": ", ".join(stocked)})
        if document.tax_stated and not document.rates and not document.tax.is_zero:
            yield Message(BY_PLACE if document.form_tax_code is None else BY_CODE)
    if document.currency != company.currency:
        rate = str(document.exchange_rate) if document.exchange_rate is not None else DAYS_RATE
        yield Message(FOREIGN, {"currency": document.currency, "home": company.currency, "rate": rate})


def _references(document: SaleDocument | RefundDocument) -> list[Reference]:
    return [line.item for line in document.lines]


def _summed(lines: Iterable[LedgerLine]) -> tuple[LedgerLine, ...]:
    """One line an account, in the order of their first; what comes to nothing leaves no trace."""
    found: dict[tuple[LedgerId | None, str], list[LedgerLine]] = {}
    for line in lines:
        found.setdefault((line.account_id, line.account), []).append(line)
    sums = (
        replace(alike[0], amount=total((each.amount for each in alike), alike[0].amount.currency))
        for alike in found.values()
    )
    return tuple(line for line in sums if not line.amount.is_zero)


@dataclass(slots=True)
class Totals:
    """Entries added up: what every account is debited and credited, by currency and account; tax by rate.

    `words` are ours for the accounts that the company does not name.
    """

    words: dict[str, Message] = field(default_factory=dict)
    debits: dict[tuple[str, str], Money] = field(default_factory=dict)
    credits: dict[tuple[str, str], Money] = field(default_factory=dict)
    taxes: dict[tuple[str, LedgerId], RateTax] = field(default_factory=dict)

    def add(self, effect: Effect, taxes: Sequence[RateTax], *, sign: int) -> None:
        """Add a document's entry, and its tax with `sign` (-1 for what is given back)."""
        for line in effect.lines:
            key, currency = (line.amount.currency, line.account), line.amount.currency
            if line.words is not None:
                self.words[line.account] = line.words
            side = self.debits if line.amount > zero(currency) else self.credits
            side[key] = side.get(key, zero(currency)) + abs(line.amount)
        for each in taxes:
            rate = (each.amount.currency, each.rate)
            known = self.taxes.get(rate, RateTax(each.rate, zero(rate[0]), zero(rate[0])))
            signed = RateTax(each.rate, each.amount, each.base) if sign > 0 else _negative(each)
            self.taxes[rate] = RateTax(each.rate, known.amount + signed.amount, known.base + signed.base)

    def accounts(self) -> list[tuple[str, Money, Money]]:
        """Each account with its debits and its credits, one currency after the other."""
        keys = dict.fromkeys((*self.debits, *self.credits))
        currencies = list(dict.fromkeys(currency for currency, _ in keys))
        return [
            (key[1], self.debits.get(key, zero(key[0])), self.credits.get(key, zero(key[0])))
            for key in sorted(keys, key=lambda key: currencies.index(key[0]))
        ]

    def by_rate(self, company: Company) -> list[tuple[TaxRate, RateTax]]:
        """The tax at each rate that the company has."""
        rates = rates_of(company)
        return [(rates[each.rate], each) for each in self.taxes.values() if each.rate in rates]


def _negative(tax: RateTax) -> RateTax:
    return RateTax(tax.rate, -tax.amount, -tax.base)

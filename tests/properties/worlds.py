"""The companies that generated orders are posted to: their settings, and what buyers there pay in tax and in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

from comptoir.books.facts import PaymentStatus
from comptoir.books.settings import (
    CurrencyChoice,
    ItemSettings,
    MethodSettings,
    OrderSettings,
    PaymentSettings,
    RefundSettings,
    Settings,
    TaxSettings,
)
from comptoir_sandbox.shopify.cart import Tax

START = date(2026, 1, 1)
CARD, PAYPAL, CASH, BANK, GIFT_CARD, STORE_CREDIT = (
    "shopify_payments",
    "paypal",
    "cash",
    "manual",
    "gift_card",
    "shopify_store_credit",
)
MONEY = (CARD, PAYPAL, CASH, BANK)
STATUSES = (
    PaymentStatus.PENDING,
    PaymentStatus.PARTIALLY_PAID,
    PaymentStatus.PAID,
    PaymentStatus.PARTIALLY_REFUNDED,
    PaymentStatus.REFUNDED,
)
Regime = tuple[tuple[Tax, ...], ...]
"""What may stand on a line of one order: one of these."""


def taxes(*named: tuple[str, str]) -> tuple[Tax, ...]:
    """Taxes of a line: title and rate each."""
    return tuple(Tax(title=title, rate=Decimal(rate)) for title, rate in named)


@dataclass(frozen=True, kw_only=True)
class World:
    """A shop and the company it is kept in."""

    profile: str
    currency: str
    zone: str
    country: str
    settings: Settings
    regimes: tuple[tuple[int, Regime], ...]
    """How often (weight) an order is taxed so."""
    included: float
    """The share of orders whose prices include the tax."""
    foreign: tuple[tuple[str, str], ...]
    """Currencies that buyers see, with the shop's money for one unit."""
    clearing: dict[str, str]
    """Payment method -> account, in the company's own currency."""
    liability: str = "Gift cards outstanding"

    def regime(self, random: Random) -> Regime:
        """How an order is taxed."""
        return random.choices([regime for _, regime in self.regimes], [weight for weight, _ in self.regimes])[0]


def _settings(  # noqa: PLR0913 - a world is many choices
    *,
    zone: str,
    accounts: tuple[str, str, str, str],
    income: str,
    expense: str,
    liability: str,
    tax: TaxSettings,
    discount: str = "",
    default_product: str = "Sales",
    orders: OrderSettings | None = None,
    by_currency: dict[str, dict[str, str]] | None = None,
) -> Settings:
    methods = zip(MONEY, accounts, strict=True)
    foreign = by_currency or {}
    return Settings(
        time_zone=zone,
        start_date=START,
        items=ItemSettings(
            income_account=income,
            expense_account=expense,
            discount=discount,
            default_product=default_product,
            tip="Tip",
            duty="Duty",
            fee="Fee",
            gift_card="Gift card",
            gift_card_account=liability,
            store_credit="Store credit",
            store_credit_account=liability,
        ),
        orders=orders or OrderSettings(statuses=STATUSES, generic_customer="Somebody"),
        payments=PaymentSettings(
            methods={name: MethodSettings(account, by_currency=foreign.get(name, {})) for name, account in methods}
        ),
        refunds=RefundSettings(account=accounts[3]),
        taxes=tax,
    )


NONE: tuple[Tax, ...] = ()
UNMAPPED = taxes(("Tax nobody mapped", "0.1"))

# United Kingdom: VAT in the prices, three rates.
V20, V5, V0 = taxes(("VAT", "0.2")), taxes(("VAT", "0.05")), taxes(("VAT", "0"))
BRITISH_ACCOUNTS = ("Card clearing", "PayPal clearing", "Cash clearing", "Bank transfer clearing")
BRITISH_TAX = TaxSettings(
    untaxed="No VAT",
    zero_rated="0.0% Z",
    exempt="Exempt",
    export="0.0% Z",
    codes={"VAT 20%": "20.0% S", "VAT 5%": "5.0% R", "VAT 0%": "0.0% Z"},
)
BRITISH_REGIMES: tuple[tuple[int, Regime], ...] = (
    (50, (V20,)),
    (30, (V20, V20, V5, V0)),
    (10, (V5, V0)),
    (8, (NONE,)),
    (1, (UNMAPPED, V20)),
)
UK = World(
    profile="uk",
    currency="GBP",
    zone="Europe/London",
    country="GB",
    settings=_settings(
        zone="Europe/London",
        accounts=BRITISH_ACCOUNTS,
        income="Sales",
        expense="Cost of sales",
        liability="Gift cards outstanding",
        tax=BRITISH_TAX,
    ),
    regimes=BRITISH_REGIMES,
    included=0.8,
    foreign=(("EUR", "0.86"), ("JPY", "0.0052"), ("KWD", "2.55"), ("USD", "0.78")),
    clearing=dict(zip(MONEY, BRITISH_ACCOUNTS, strict=True)),
)

# Several currencies: the same shop; what is paid in euros or dollars is kept in them.
MULTICURRENCY = World(
    profile="multicurrency",
    currency="GBP",
    zone="Europe/London",
    country="GB",
    settings=_settings(
        zone="Europe/London",
        accounts=BRITISH_ACCOUNTS,
        income="Sales",
        expense="Cost of sales",
        liability="Gift cards outstanding",
        tax=BRITISH_TAX,
        discount="Discount",
        orders=OrderSettings(statuses=STATUSES, generic_customer="Somebody", currency=CurrencyChoice.PAID),
        by_currency={
            PAYPAL: {"EUR": "PayPal clearing - EUR", "USD": "PayPal clearing - USD"},
            CARD: {"EUR": "Euro account", "USD": "Dollar account"},
        },
    ),
    regimes=BRITISH_REGIMES,
    included=0.6,
    foreign=(("EUR", "0.86"), ("USD", "0.78"), ("EUR", "0.85"), ("JPY", "0.0052")),
    clearing=dict(zip(MONEY, BRITISH_ACCOUNTS, strict=True)),
)

# Québec: GST and QST on top, GST alone on shipping.
GST, QST = ("GST", "0.05"), ("QST", "0.09975")
BOTH, FEDERAL, FOOD = taxes(GST, QST), taxes(GST), taxes(("GST", "0"))
QUEBEC_ACCOUNTS = ("Compensation cartes", "Compensation PayPal", "Petite caisse", "Compensation virements")
QUEBEC = World(
    profile="quebec",
    currency="CAD",
    zone="America/Toronto",
    country="CA",
    settings=_settings(
        zone="America/Toronto",
        accounts=QUEBEC_ACCOUNTS,
        income="Ventes",
        expense="Achats",
        liability="Cartes-cadeaux en circulation",
        tax=TaxSettings(
            untaxed="Out of scope",
            zero_rated="Zero-rated",
            exempt="Exempt",
            export="Zero-rated",
            codes={"GST + QST": "GST/QST QC - 9.975", "GST": "GST"},
        ),
        discount="Rabais",
        default_product="Ventes",
    ),
    regimes=((60, (BOTH,)), (20, (BOTH, BOTH, FEDERAL, FOOD)), (10, (FEDERAL,)), (9, (NONE,)), (1, (UNMAPPED, BOTH))),
    included=0.15,
    foreign=(("USD", "1.37"), ("JPY", "0.0091"), ("KWD", "4.45"), ("EUR", "1.48")),
    clearing=dict(zip(MONEY, QUEBEC_ACCOUNTS, strict=True)),
    liability="Cartes-cadeaux en circulation",
)

# United States, the merchant's own codes: one place an order.
CALIFORNIA = taxes(("California", "0.08"))
TUCSON = taxes(("AZ State tax", "0.071"), ("Tucson City", "0.02"))
STATE = taxes(("AZ State tax", "0.071"))
LOW = taxes(("Low", "0.065"))
AMERICAN_ACCOUNTS = ("Card clearing", "PayPal clearing", "Cash clearing", "Bank transfer clearing")
US_MANUAL = World(
    profile="us-manual",
    currency="USD",
    zone="America/Phoenix",
    country="US",
    settings=_settings(
        zone="America/Phoenix",
        accounts=AMERICAN_ACCOUNTS,
        income="Sales of Product Income",
        expense="Purchases",
        liability="Gift cards outstanding",
        tax=TaxSettings(
            codes={"California": "California", "AZ State tax + Tucson City": "Tucson", "Low": "Low"},
        ),
    ),
    regimes=(
        (40, (CALIFORNIA, CALIFORNIA, NONE)),
        (30, (TUCSON, NONE)),
        (15, (LOW,)),
        (12, (NONE,)),
        (1, (CALIFORNIA, LOW)),
        (1, (UNMAPPED,)),
        (1, (STATE, TUCSON)),
    ),
    included=0.15,
    foreign=(("CAD", "0.73"), ("JPY", "0.0067"), ("KWD", "3.26"), ("EUR", "1.08")),
    clearing=dict(zip(MONEY, AMERICAN_ACCOUNTS, strict=True)),
)

# United States, automated sales tax: the store's total is stated.
CITY = taxes(("New York State Tax", "0.04"), ("New York City Tax", "0.045"), ("Metropolitan District Tax", "0.00375"))
COUNTY = taxes(("California State Tax", "0.06"), ("San Francisco County Tax", "0.02625"))
US_AUTOMATED = World(
    profile="us-automated",
    currency="USD",
    zone="America/New_York",
    country="US",
    settings=_settings(
        zone="America/New_York",
        accounts=AMERICAN_ACCOUNTS,
        income="Sales of Product Income",
        expense="Purchases",
        liability="Gift cards outstanding",
        tax=TaxSettings(),
        discount="Discount",
    ),
    regimes=((45, (CITY, CITY, NONE)), (35, (COUNTY,)), (20, (NONE,))),
    included=0.15,
    foreign=(("CAD", "0.73"), ("JPY", "0.0067"), ("KWD", "3.26"), ("EUR", "1.08")),
    clearing=dict(zip(MONEY, AMERICAN_ACCOUNTS, strict=True)),
)

WORLDS = {each.profile: each for each in (UK, QUEBEC, US_MANUAL, US_AUTOMATED, MULTICURRENCY)}

"""A company in Québec: dollars, GST and QST on one code, French names (§12.7, §15.4)."""

from __future__ import annotations

from decimal import Decimal

from comptoir_sandbox.quickbooks.profile import AccountSeed, CodeSeed, ItemSeed, Profile, RateSeed


def _account(name: str, kind: str, subtype: str) -> AccountSeed:
    return AccountSeed(name=name, kind=kind, subtype=subtype)


GST_AGENCY = "Agence du revenu du Canada"
QST_AGENCY = "Revenu Québec"

PROFILE = Profile(
    slug="quebec",
    country="CA",
    company_name="Boutique du Bac à sable inc.",
    currency="CAD",
    currency_name="Canadian Dollar",
    city="Montréal",
    region="QC",
    language="fr",
    agency=GST_AGENCY,
    tax_account="GST/HST Payable",
    agency_accounts=((QST_AGENCY, "QST Payable"),),
    shipping_account="Revenus de livraison",
    discount_account="Remises accordées",
    accounts=(
        _account("Ventes", "Income", "SalesOfProductIncome"),
        _account("Services", "Income", "ServiceFeeIncome"),
        _account("Revenus de livraison", "Income", "OtherPrimaryIncome"),
        _account("Remises accordées", "Income", "DiscountsRefundsGiven"),
        _account("Remboursements et écarts", "Income", "OtherPrimaryIncome"),
        _account("Compte chèques", "Bank", "Checking"),
        _account("Compte épargne", "Bank", "Savings"),
        _account("Compensation cartes", "Bank", "Checking"),
        _account("Compensation PayPal", "Bank", "Checking"),
        _account("Compensation virements", "Bank", "Checking"),
        _account("Petite caisse", "Bank", "CashOnHand"),
        _account("Fonds non déposés", "Other Current Asset", "UndepositedFunds"),
        _account("Comptes clients", "Accounts Receivable", "AccountsReceivable"),
        _account("Stocks", "Other Current Asset", "Inventory"),
        _account("Comptes fournisseurs", "Accounts Payable", "AccountsPayable"),
        _account("Carte de crédit", "Credit Card", "CreditCard"),
        _account("GST/HST Payable", "Other Current Liability", "GlobalTaxPayable"),
        _account("QST Payable", "Other Current Liability", "GlobalTaxPayable"),
        _account("GST/QST Suspense", "Other Current Liability", "GlobalTaxSuspense"),
        _account("Cartes-cadeaux en circulation", "Other Current Liability", "OtherCurrentLiabilities"),
        _account("Pourboires à remettre", "Other Current Liability", "OtherCurrentLiabilities"),
        _account("Solde d'ouverture", "Equity", "OpeningBalanceEquity"),
        _account("Bénéfices non répartis", "Equity", "RetainedEarnings"),
        _account("Coût des marchandises vendues", "Cost of Goods Sold", "SuppliesMaterialsCogs"),
        _account("Écarts d'inventaire", "Cost of Goods Sold", "OtherCostsOfServiceCos"),
        _account("Frais bancaires", "Expense", "BankCharges"),
        _account("Frais de paiement", "Expense", "OtherMiscellaneousServiceCost"),
        _account("Frais d'expédition", "Expense", "ShippingFreightDelivery"),
        _account("Publicité", "Expense", "AdvertisingPromotional"),
        _account("Achats", "Expense", "SuppliesMaterials"),
        _account("Gain ou perte de change", "Other Expense", "ExchangeGainOrLoss"),
    ),
    rates=(
        RateSeed(name="GST", percent=Decimal(5)),
        RateSeed(name="QST", percent=Decimal("9.975"), agency=QST_AGENCY),
        RateSeed(name="Zero-rated", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="Exempt", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="GST (ITC)", percent=Decimal(5)),
        RateSeed(name="QST (ITR)", percent=Decimal("9.975"), agency=QST_AGENCY),
        RateSeed(name="Zero-rated (Purchases)", percent=Decimal(0), special="ZERO_RATE"),
        RateSeed(name="Exempt (Purchases)", percent=Decimal(0), special="ZERO_RATE"),
    ),
    codes=(
        CodeSeed(
            name="GST/QST QC - 9.975",
            description="TPS et TVQ, 14,975 %",
            rates=("GST", "QST"),
            purchases=("GST (ITC)", "QST (ITR)"),
        ),
        CodeSeed(name="GST", description="TPS seulement", rates=("GST",), purchases=("GST (ITC)",)),
        CodeSeed(name="QST", description="TVQ seulement", rates=("QST",), purchases=("QST (ITR)",)),
        CodeSeed(name="Zero-rated", description="Détaxé", rates=("Zero-rated",), purchases=("Zero-rated (Purchases)",)),
        CodeSeed(name="Exempt", description="Exonéré", rates=("Exempt",), purchases=("Exempt (Purchases)",)),
        CodeSeed(name="Out of scope", description="Hors du champ des taxes", taxable=False),
    ),
    items=(
        ItemSeed(name="Services", income_account="Services", expense_account="Achats"),
        ItemSeed(name="Heures", income_account="Services", expense_account="Achats"),
        ItemSeed(name="Ventes", income_account="Ventes", expense_account="Achats", kind="NonInventory"),
    ),
    default_item="Services",
    payment_methods=(
        ("Comptant", "NON_CREDIT_CARD"),
        ("Chèque", "NON_CREDIT_CARD"),
        ("Visa", "CREDIT_CARD"),
        ("MasterCard", "CREDIT_CARD"),
        ("Interac", "NON_CREDIT_CARD"),
        ("PayPal", "NON_CREDIT_CARD"),
        ("Virement", "NON_CREDIT_CARD"),
    ),
    terms=(("Payable à la réception", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60)),
    default_term="Net 30",
    vendors=("Postes Canada",),
    classes=("En ligne", "Boutique"),
    departments=("Entrepôt", "Comptoir"),
    class_per_line=True,
    departments_on=True,
    inventory=True,
    items_need_expense_account=True,
    acct_num_length=20,
    missing_tax_code_text="Make sure all your transactions have a GST/HST rate before you save.",
)

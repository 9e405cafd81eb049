"""Sales tax: from what the store charged to the codes and amounts of a form (O14; posting rules, section 2)."""

from comptoir.books.documents import RateTax
from comptoir.books.line_taxes import code_for, ledger_tax, merchant_taxes
from comptoir.books.taxes.model import TaxedLine, TaxPlan
from comptoir.books.taxes.plan import plan_taxes

__all__ = ["RateTax", "TaxPlan", "TaxedLine", "code_for", "ledger_tax", "merchant_taxes", "plan_taxes"]

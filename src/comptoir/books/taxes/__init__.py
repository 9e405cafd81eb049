"""Sales tax: from what the store charged to the codes and amounts of a form (O14; posting rules, section 2)."""

from comptoir.books.documents import RateTax
from comptoir.books.taxes.model import TaxedLine, TaxPlan, merchant_taxes
from comptoir.books.taxes.plan import plan_taxes

__all__ = ["RateTax", "TaxPlan", "TaxedLine", "merchant_taxes", "plan_taxes"]

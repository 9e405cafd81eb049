"""What happens to orders, by name, with what a store must then state of it: every figure is given by hand.

The families are those that a bookkeeper meets; the meaning of the figures is section 1 of the posting rules.
"""

from __future__ import annotations

from tests.contract.store.afterwards import CHANGES, REFUNDS
from tests.contract.store.sales import CHARGES, PAYMENTS, PRICES, TAXES

CASES = {**PRICES, **TAXES, **CHARGES, **PAYMENTS, **REFUNDS, **CHANGES}

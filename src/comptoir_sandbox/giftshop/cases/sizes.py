"""Very long, of nothing, and in currencies without cents or with three decimals."""

from __future__ import annotations

from comptoir_sandbox.giftshop.model import Case, Json
from comptoir_sandbox.giftshop.parts import GST, goods, invoice, order, paid, posted, receipt

LINES = 1000


def abroad(currency: str, rate: str, price: str, *, title: str, sku: str) -> Json:
    """An untaxed order in the buyer's own currency; `rate` in Canadian dollars."""
    return order(
        goods(price, title=title, sku=sku, taxes=[]),
        payments=[paid(price)],
        presentment={"currency": currency, "rate": rate},
    )


CASES = (
    Case(
        "thousand-lines",
        "A school's list: a thousand lines of ten colouring books at a dollar. Books bear GST alone.",
        (
            order(
                *(
                    goods("1.00", title=f"Cahier à colorier {at % 10}", sku=f"CAHIER-{at % 10}", taxes=[GST])
                    for at in range(LINES)
                ),
                payments=[paid("1050.00")],
            ),
        ),
        # a line: GST 0.05, a thousand times. In the books ten lines of a hundred
        posted(receipt("1050.00", "50.00")),
    ),
    Case(
        "zero-total",
        "A replacement for a broken cup, free by code.",
        (
            order(
                goods("20.00", title="Tasse Plateau", sku="TASSE-PLATEAU"),
                discounts=[{"title": "REMPLACEMENT", "percentage": "100", "kind": "code"}],
            ),
        ),
        # nothing is left to tax; nothing is paid, so nothing that a receipt could have received
        posted(invoice("0.00", "0.00", "0.00")),
    ),
    Case(
        "paid-in-yen",
        "10 000 yen, a currency without cents.",
        (abroad("JPY", "0.0095", "10000", title="Couverture de laine", sku="COUV-LAINE"),),
        # 10 000 x 0.0095
        posted(receipt("95.00", "0.00")),
    ),
    Case(
        "paid-in-kuwaiti-dinars",
        "10.125 dinars, a currency with three decimals.",
        (abroad("KWD", "4.55", "10.125", title="Mitaines perlées", sku="MITAINES"),),
        # 10.125 x 4.55 = 46.06875
        posted(receipt("46.07", "0.00")),
    ),
)

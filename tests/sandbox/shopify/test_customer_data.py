"""An app that was not approved sees orders, and not who placed them (shopify.md §2.5)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from comptoir_sandbox.shopify.app import Sandbox
from comptoir_sandbox.shopify.cart import Address, Bundle, Cart, CartLine, Company, Customer

QUERY = """{ orders(first: 9, sortKey: ID) { nodes { name email phone customer { id }
  purchasingEntity { ... on Customer { id } ... on PurchasingCompany { company { name } contact { id } } }
  billingAddress { name firstName company address1 city zip province provinceCode country countryCodeV2 phone }
  shippingAddress { country } } } }"""


def test_what_is_left(
    make_sandbox: Callable[..., Sandbox], make_cart: Callable[..., Cart], ask: Callable[..., dict[str, Any]]
) -> None:
    buyer = Customer(id=7, first_name="Ada", last_name="Byron", email="ada@shop.example", phone="+44")
    home = Address(first_name="Ada", address1="1 Road", city="Montréal", zip="H2X", phone="+1", company="Works",
                   province="Québec", province_code="QC", country="Canada", country_code="CA")  # fmt: skip
    works = Company(id=1, name="Works", location_id=2, location_name="Main")
    sandbox = make_sandbox(
        make_cart(1, customer=buyer, billing_address=home),
        make_cart(2, customer=buyer, company=works),
        customer_data=False,
    )
    first, second = ask(sandbox, QUERY)["data"]["orders"]["nodes"]
    assert (first["email"], first["phone"], first["customer"], first["purchasingEntity"]) == (None, None, None, None)
    known = {name: value for name, value in first["billingAddress"].items() if value is not None}
    assert known == {"province": "Québec", "provinceCode": "QC", "country": "Canada", "countryCodeV2": "CA"}
    assert first["shippingAddress"] is None
    assert second["purchasingEntity"] == {"company": {"name": "Works"}, "contact": None}
    refused = ask(sandbox, '{ customer(id: "gid://shopify/Customer/7") { id } }')
    assert refused["data"] == {"customer": None}
    assert refused["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_tax_numbers_and_bundles(
    make_sandbox: Callable[..., Sandbox], make_cart: Callable[..., Cart], ask: Callable[..., dict[str, Any]]
) -> None:
    buyer = Customer(id=7, first_name="Ada", last_name=None, tax_id="DE1")
    works = Company(id=1, name="Works", location_id=2, location_name="Main", tax_registration_id="DE2", tax_exempt=True)
    box = Bundle(number=1, title="Tea set", variant_sku="SET")
    lines = tuple(
        CartLine(title=title, quantity=1, unit_price=Decimal(5), bundle=bundle)
        for title, bundle in (("Pot", box), ("Cup", box), ("Tea", None))
    )
    sandbox = make_sandbox(make_cart(1, customer=buyer, company=works, lines=lines, paid=False))
    query = """{ orders(first: 1) { nodes {
      customer { taxSettings { taxId } taxExemptions }
      purchasingEntity { ... on PurchasingCompany { location { taxSettings { taxExempt taxRegistrationId } } } }
      lineItems(first: 3) { nodes { lineItemGroup { id title quantity variantSku } } } } } }"""
    (order,) = ask(sandbox, query)["data"]["orders"]["nodes"]
    assert order["customer"] == {"taxSettings": {"taxId": "DE1"}, "taxExemptions": []}
    location = order["purchasingEntity"]["location"]
    assert location == {"taxSettings": {"taxExempt": True, "taxRegistrationId": "DE2"}}
    pot, cup, tea = (each["lineItemGroup"] for each in order["lineItems"]["nodes"])
    assert pot == cup == {"id": pot["id"], "title": "Tea set", "quantity": 1, "variantSku": "SET"}
    assert tea is None

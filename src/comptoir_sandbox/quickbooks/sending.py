"""Forms by e-mail and on paper: /send and /pdf (§3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from comptoir_sandbox.quickbooks import fields, links
from comptoir_sandbox.quickbooks.faults import FaultError, unsupported
from comptoir_sandbox.quickbooks.values import Object

if TYPE_CHECKING:
    from comptoir_sandbox.quickbooks.company import Company
    from comptoir_sandbox.quickbooks.record import Record

PRINTED = frozenset({"Invoice", "SalesReceipt", "CreditMemo", "RefundReceipt", "Payment"})
MAILED = PRINTED - {"Payment"}
MOST_A_DAY = 40
"""E-mails a company in a sandbox or on trial may send a day (§8)."""


def send(company: Company, kind: str, identity: str, address: str | None) -> Record:
    """Mail a form: to the address given, else to the form's own; 6420 without any, 3001 beyond the day's number."""
    if kind not in MAILED:
        raise unsupported(f"Send {kind}")
    record = links.copy(company.must(kind, identity))
    if address is not None:
        record.data["BillEmail"] = fields.read("EmailAddress", {"Address": address})
    if not record.data.get("BillEmail", {}).get("Address"):
        raise FaultError("6420", "BillEmail is required to send the form", element="BillEmail")
    if company.next_number(f"mails of {company.today()}") > MOST_A_DAY:
        raise FaultError("3001", "The request limit was reached.  Try again later", status=429, kind="SERVICE")
    delivery: Object = {"DeliveryType": "Email", "DeliveryTime": company.now()}
    record.data |= {"EmailStatus": "EmailSent", "DeliveryInfo": delivery}
    record.source = {**record.source, "EmailStatus": "EmailSent", "BillEmail": record.data["BillEmail"]}
    links.restamp(company, record)
    company.put(record)
    return record


def pdf(company: Company, kind: str, identity: str) -> bytes:
    """A page that names the form."""
    if kind not in PRINTED:
        raise unsupported(f"Pdf {kind}")
    record = company.must(kind, identity)
    text = f"{kind} {record.data.get('DocNumber', identity)}".encode("ascii", "replace")
    stream = b"BT /F1 12 Tf 72 720 Td (" + text.replace(b"(", b" ").replace(b")", b" ") + b") Tj ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body = b"%PDF-1.4\n" + b"".join(b"%d 0 obj%s endobj\n" % pair for pair in enumerate(parts, start=1))
    return body + b"trailer<</Root 1 0 R/Size 6>>\n%%EOF\n"

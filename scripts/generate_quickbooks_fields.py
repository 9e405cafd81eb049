"""Write the table of properties the QuickBooks sandbox accepts, from Intuit's published schema files.

usage: python scripts/generate_quickbooks_fields.py [SCHEMA_FOLDER] [OUTPUT]

The JSON form of the API has the names of the XML schema: elements and attributes become properties; a reference's text
becomes `value`. Only what the sandbox's entities reach is kept.
See quickbooks-online.md §2 and the folder's SOURCES.md.
"""

from __future__ import annotations

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_SCHEMAS = ROOT.parent / "shared" / "specs" / "quickbooks"
DEFAULT_OUTPUT = ROOT / "src" / "comptoir_sandbox" / "quickbooks" / "fields.json"
FILES = ("IntuitBaseTypes.xsd", "IntuitNamesTypes.xsd", "Finance.xsd")
XS = "{http://www.w3.org/2001/XMLSchema}"
ENTITIES = (
    "Account",
    "Attachable",
    "Bill",
    "BillPayment",
    "Class",
    "CompanyCurrency",
    "CompanyInfo",
    "CreditMemo",
    "Customer",
    "Department",
    "Deposit",
    "Employee",
    "ExchangeRate",
    "InventoryAdjustment",
    "Invoice",
    "Item",
    "JournalEntry",
    "Payment",
    "PaymentMethod",
    "Preferences",
    "Purchase",
    "RefundReceipt",
    "SalesReceipt",
    "TaxAgency",
    "TaxCode",
    "TaxRate",
    "Term",
    "Transfer",
    "Vendor",
)
SCALARS = {
    "boolean": "boolean",
    "date": "date",
    "dateTime": "dateTime",
    "decimal": "decimal",
    "int": "integer",
    "integer": "integer",
    "long": "integer",
    "positiveInteger": "integer",
}
ANYTHING = "any"


class Schemas:
    """All named types of the schema files."""

    def __init__(self, folder: Path) -> None:
        self.complex: dict[str, ET.Element] = {}
        self.simple: dict[str, ET.Element] = {}
        self.groups: dict[str, ET.Element] = {}
        for name in FILES:
            # The files are the ones of the folder the caller names, not input from a network.
            root = ET.parse(folder / name).getroot()  # noqa: S314
            for node in root:
                found = {f"{XS}complexType": self.complex, f"{XS}simpleType": self.simple, f"{XS}group": self.groups}
                if node.tag in found:
                    found[node.tag][node.attrib["name"]] = node

    def kind(self, type_name: str) -> str:
        """The property's kind: a scalar word, "enum:NAME", the name of a complex type, or "any"."""
        local = type_name.rsplit(":", maxsplit=1)[-1]
        if local == "IntuitAnyType":
            return ANYTHING
        if local in self.complex:
            return local
        if local in self.simple:
            if self.enumeration(local):
                return f"enum:{local}"
            base = self.simple[local].find(f"{XS}restriction")
            return self.kind(base.attrib["base"]) if base is not None else "string"
        return SCALARS.get(local, "string")

    def enumeration(self, name: str) -> list[str]:
        """The values of an enumerated type, [] when it is none."""
        return [node.attrib["value"] for node in self.simple[name].iter(f"{XS}enumeration")]

    def properties(self, name: str) -> dict[str, str]:
        """Property -> kind of a complex type, its base types' first; a list's kind ends in "[]"."""
        found: dict[str, str] = {}
        self._collect(self.complex[name], found)
        return found

    def _collect(self, node: ET.Element, found: dict[str, str]) -> None:
        for child in node:
            if child.tag == f"{XS}extension":
                base = child.attrib["base"].split(":")[-1]
                if base in self.complex:
                    found.update(self.properties(base))
                else:
                    found["value"] = self.kind(base)
                self._collect(child, found)
            elif child.tag == f"{XS}element" and "name" in child.attrib:
                many = "[]" if child.attrib.get("maxOccurs", "1") not in {"0", "1"} else ""
                found[child.attrib["name"]] = self._element_kind(child) + many
            elif child.tag == f"{XS}attribute":
                found[child.attrib["name"]] = self.kind(child.attrib.get("type", "xs:string"))
            elif child.tag == f"{XS}group" and "ref" in child.attrib:
                self._collect(self.groups[child.attrib["ref"].split(":")[-1]], found)
            elif child.tag != f"{XS}annotation":
                self._collect(child, found)

    def _element_kind(self, element: ET.Element) -> str:
        return self.kind(element.attrib["type"]) if "type" in element.attrib else ANYTHING


def generate(folder: Path) -> str:
    """The table as JSON text, ending in a line end."""
    schemas = Schemas(folder)
    types: dict[str, dict[str, str]] = {}
    enumerations: dict[str, list[str]] = {}
    waiting = list(ENTITIES)
    while waiting:
        name = waiting.pop()
        if name in types:
            continue
        types[name] = schemas.properties(name)
        for kind in types[name].values():
            bare = kind.removesuffix("[]")
            if bare.startswith("enum:"):
                enumerations[bare[5:]] = schemas.enumeration(bare[5:])
            elif bare in schemas.complex:
                waiting.append(bare)
    table = {"entities": list(ENTITIES), "types": types, "enumerations": enumerations}
    return json.dumps(table, indent=1, sort_keys=True) + "\n"


def main(argv: list[str]) -> int:
    """Write the table; exit code 1 when the schema files are absent."""
    folder = Path(argv[0]) if argv else DEFAULT_SCHEMAS
    output = Path(argv[1]) if len(argv) > 1 else DEFAULT_OUTPUT
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        print(f"no {', '.join(missing)} in {folder}", file=sys.stderr)
        return 1
    output.write_text(generate(folder), encoding="utf-8")
    print(f"wrote {output}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

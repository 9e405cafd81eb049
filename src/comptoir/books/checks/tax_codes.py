"""The tax settings against the company's tax codes (O14)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from comptoir.books.checks.names import Names
from comptoir.books.company import TaxCode, TaxRegime, tax_key
from comptoir.books.settings import Settings

PSEUDO_CODES = frozenset({"TAX", "NON"})
"""What lines of United States companies bear instead of a code (quickbooks-online.md §15.2)."""


@dataclass(frozen=True, slots=True)
class TaxCodes:
    """The tax settings resolved; in the United States only `codes`, without sales tax nothing."""

    codes: Mapping[str, TaxCode]
    untaxed: TaxCode | None = None
    zero_rated: TaxCode | None = None
    exempt: TaxCode | None = None
    export: TaxCode | None = None


def tax_codes(settings: Settings, names: Names) -> TaxCodes:
    """The codes that the settings name, as far as the company's regime uses them."""
    taxes = settings.taxes
    regime = names.company.tax_regime
    if regime is TaxRegime.NONE:
        return TaxCodes({})
    codes = _mapped_codes(taxes.codes, names)
    if regime is not TaxRegime.GLOBAL:
        return TaxCodes(codes)
    untaxed = _untaxed_code(taxes.untaxed, "untaxed", names)
    return TaxCodes(
        codes,
        untaxed,
        zero_rated=_untaxed_code(taxes.zero_rated, "zero_rated", names) if taxes.zero_rated else untaxed,
        exempt=_untaxed_code(taxes.exempt, "exempt", names) if taxes.exempt else untaxed,
        export=_untaxed_code(taxes.export, "export", names) if taxes.export else untaxed,
    )


def _untaxed_code(name: str, setting: str, names: Names) -> TaxCode | None:
    """A code that charges nothing in sum: without rates, at 0 %, or with rates that cancel (reverse charge)."""
    where = f"taxes.{setting}"
    code = names.tax_code(name, where)
    if code is not None and code.rate:
        names.add(
            where,
            'The tax code "{name}" charges tax, so untaxed lines would be taxed in the books.',
            "Choose a code without a rate: out of scope, exempt or zero-rated.",
            name=code.name,
        )
    return code


def _mapped_codes(chosen: Mapping[str, str], names: Names) -> dict[str, TaxCode]:
    codes: dict[str, TaxCode] = {}
    for tax, name in chosen.items():
        where = f"taxes.codes.{tax}"
        code = names.tax_code(name, where)
        if code is None:
            continue
        if code.id in PSEUDO_CODES:
            names.add(
                where,
                'The tax code "{name}" is a mark of the company\'s own, without rates.',
                "Choose a code with the rates of this tax, or take the tax out of taxes.codes.",
                name=code.name,
            )
        elif codes.setdefault(tax_key([tax]), code) != code:
            names.add(
                where,
                'The tax "{tax}" is mapped twice, to different tax codes.',
                "Keep one of the two; neither letter case nor the order of joined taxes tells names apart.",
                tax=tax,
            )
    return codes

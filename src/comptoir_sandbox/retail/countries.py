"""The countries a data file names, as ISO 3166 codes and the names Shopify writes."""

from __future__ import annotations

COUNTRIES = {
    "australia": ("AU", "Australia"),
    "austria": ("AT", "Austria"),
    "bahrain": ("BH", "Bahrain"),
    "belgium": ("BE", "Belgium"),
    "bermuda": ("BM", "Bermuda"),
    "brazil": ("BR", "Brazil"),
    "canada": ("CA", "Canada"),
    "channel islands": ("JE", "Jersey"),
    "cyprus": ("CY", "Cyprus"),
    "czech republic": ("CZ", "Czechia"),
    "denmark": ("DK", "Denmark"),
    "eire": ("IE", "Ireland"),
    "finland": ("FI", "Finland"),
    "france": ("FR", "France"),
    "germany": ("DE", "Germany"),
    "greece": ("GR", "Greece"),
    "hong kong": ("HK", "Hong Kong SAR"),
    "iceland": ("IS", "Iceland"),
    "ireland": ("IE", "Ireland"),
    "israel": ("IL", "Israel"),
    "italy": ("IT", "Italy"),
    "japan": ("JP", "Japan"),
    "korea": ("KR", "South Korea"),
    "lebanon": ("LB", "Lebanon"),
    "lithuania": ("LT", "Lithuania"),
    "malta": ("MT", "Malta"),
    "netherlands": ("NL", "Netherlands"),
    "nigeria": ("NG", "Nigeria"),
    "norway": ("NO", "Norway"),
    "poland": ("PL", "Poland"),
    "portugal": ("PT", "Portugal"),
    "rsa": ("ZA", "South Africa"),
    "saudi arabia": ("SA", "Saudi Arabia"),
    "singapore": ("SG", "Singapore"),
    "spain": ("ES", "Spain"),
    "sweden": ("SE", "Sweden"),
    "switzerland": ("CH", "Switzerland"),
    "thailand": ("TH", "Thailand"),
    "united arab emirates": ("AE", "United Arab Emirates"),
    "united kingdom": ("GB", "United Kingdom"),
    "usa": ("US", "United States"),
}


def country(name: str) -> tuple[str | None, str]:
    """Return (ISO code, name); an unknown name ("Unspecified") has no code and stays as written."""
    return COUNTRIES.get(name.strip().lower(), (None, name.strip()))

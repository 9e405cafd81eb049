"""Addresses that somebody typed."""

from __future__ import annotations

from urllib.parse import urlsplit


def is_web_address(address: str) -> bool:
    """Whether links can begin with it: http or https, a host, maybe a port, and nothing more but a slash."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_plain = address.isprintable() and " " not in address and "@" not in parts.netloc and port != 0
    rest = (parts.path.strip("/"), parts.query, parts.fragment)
    return parts.scheme in {"http", "https"} and bool(host) and is_plain and not any(rest)

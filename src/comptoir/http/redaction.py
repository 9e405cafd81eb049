"""What must never reach a log or an error: tokens, secrets, authorization codes, e-mail addresses.

Rules look at names ("client_secret=...") and at the shapes of the platforms' own tokens, so that a secret inside free
text goes too. Error codes (`"code": "6140"`) stay: they are what a log is for.
"""

from __future__ import annotations

import re

HIDDEN = "***"

_HIDDEN_NAMES = (
    "access_token|refresh_token|id_token|client_secret|api_secret|api_key|apikey|password|secret|token|signature|hmac"
    "|assertion|verifier|x-shopify-access-token|intuit-signature"
)

_RULES = (
    # "Authorization: Bearer xyz", "Basic xyz" anywhere
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=:-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # JSON members and Python reprs: "refresh_token": "xyz"
    (
        re.compile(rf"""(["'](?:{_HIDDEN_NAMES})["']\s*:\s*)(["'])(?:\\.|(?!\2).)*\2?""", re.IGNORECASE),
        rf"\1\2{HIDDEN}\2",
    ),
    # forms, queries and headers: client_secret=xyz, token: xyz
    (re.compile(rf"\b({_HIDDEN_NAMES})(\s*[=:]\s*)(?![\"'])[^\s&,;\"'}}\])<>]+", re.IGNORECASE), rf"\1\2{HIDDEN}"),
    # an authorization code or state in a query; a JSON code only when it looks like one
    (re.compile(r"(?<![A-Za-z_])(code|state)=[^\s&,;\"'}\])<>]+", re.IGNORECASE), rf"\1={HIDDEN}"),
    (re.compile(r"""("code"\s*:\s*")(?=[^"]*[a-z])(?=[^"]*\d)[^"]{16,}(")"""), rf"\1{HIDDEN}\2"),
    # shapes: JSON web tokens, Shopify's prefixed tokens, Intuit's refresh tokens
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*"), HIDDEN),
    (re.compile(r"\bshp[a-z]{2,3}_[A-Za-z0-9]{8,}"), HIDDEN),
    (re.compile(r"\b(?:AB[01]\d?|RT1-)[A-Za-z0-9_-]{12,}"), HIDDEN),
    # people
    (re.compile(r"[A-Za-z0-9._%+'-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), HIDDEN),
)


def redact(text: str) -> str:
    """`text` without secrets and e-mail addresses."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text

from __future__ import annotations

import pytest

from comptoir.http.redaction import HIDDEN, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def-1234567", "abc.def"),
        ("authorization: basic Y2xpZW50OnNlY3JldA==", "Y2xpZW50"),
        ('{"access_token":"opaque-1","token_type":"bearer"}', "opaque-1"),
        ('{"refresh_token": "quo\\"ted"}', "ted"),
        ("{'client_secret': 'in a repr'}", "in a repr"),
        ('{"client_secret":"cut off', "cut off"),
        ("grant_type=refresh_token&refresh_token=RTxyz&x=1", "RTxyz"),
        ("https://shop.example/cb?code=XAB11&state=st4te&realmId=1", "XAB11"),
        ("https://shop.example/cb?code=XAB11&state=st4te&realmId=1", "st4te"),
        ('{"code":"ABdef1234567890abcdef"}', "ABdef"),
        ("Token expired: AB01666666666aaaaaa", "AB0166"),
        ("given RT1-123-H0-abcdefghijk", "RT1-123"),
        ("jwt eyJhbGciOiJkaXIi.abc.def.", "eyJ"),
        ("X-Shopify-Access-Token: shpat_0123456789abcdef", "0123456789"),
        ("key shpss_0123456789abcdef", "0123456789"),
        ("buyer jo.o'neil+x@shop.co.uk wrote", "shop.co.uk"),
        ("buyer=jo%40shop.example", "shop.example"),
        ("password=hunter2", "hunter2"),
    ],
)  # fmt: skip
def test_secrets_go(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"Message":"Duplicate","code":"6140"}',
        '{"extensions":{"code":"MAX_COST_EXCEEDED"}}',
        "message=AuthenticationFailed; errorCode=003200; statusCode=401",
        "DocNumber=18696 is assigned to TxnType=Invoice with TxnId=6575",
        "2026-03-01T10:00:00Z order #1001 total 12.50",
    ],
)
def test_what_a_log_is_for_stays(text: str) -> None:
    assert redact(text) == text

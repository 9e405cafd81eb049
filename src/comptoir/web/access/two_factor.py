"""Codes of a telephone as the second factor (TOTP, RFC 6238): six digits, a new one every half minute."""

from __future__ import annotations

import io

import pyotp
import segno

ISSUER = "Comptoir"
STEP_SECONDS = 30
DRIFT_STEPS = 1
"""A telephone's clock may be off by half a minute either way."""


def new_secret() -> str:
    """A secret for a telephone, in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, email: str) -> str:
    """What the telephone reads from the picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture_of(secret: str, email: str) -> str:
    """The same as a QR code: an SVG element without any style of its own."""
    out = io.BytesIO()
    segno.make(address_of(secret, email), error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, scale=5, border=2, dark="#111", light="#fff", omitsize=True
    )
    return out.getvalue().decode()


def step_of(secret: str, code: str, now: float) -> int | None:
    """The half minute (counted from 1970) whose code this is, around `now` in seconds; None for a wrong code."""
    totp = pyotp.TOTP(secret)
    digits = "".join(code.split())
    present = int(now) // STEP_SECONDS
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if pyotp.utils.strings_equal(digits, totp.generate_otp(step)):
            return step
    return None

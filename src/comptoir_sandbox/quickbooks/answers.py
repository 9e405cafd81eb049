"""Bodies and headers as the service and its gateway send them (§2, §9)."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

import msgspec
from starlette.responses import Response

from comptoir_sandbox.quickbooks.record import ENCODER, decode
from comptoir_sandbox.quickbooks.values import Object, envelope_time

if TYPE_CHECKING:
    from datetime import datetime

JSON_TYPE = "application/json;charset=utf-8"
XML_TYPE = "application/xml;charset=utf-8"
NAMESPACE = "http://schema.intuit.com/finance/v3"


def headers(moment: datetime) -> dict[str, str]:
    """Headers of every answer of the API."""
    return {
        "intuit_tid": f"1-{int(moment.timestamp()):x}-{secrets.token_hex(12)}",
        "QBO-Version": "1988.128",
        "Service-Time": "total=28, db=15",
        "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
        "Expires": "0",
    }


def answer(body: Object, *, status: int, moment: datetime, xml: bool) -> Response:
    """An envelope: the body and the time."""
    content = ENCODER.encode({**body, "time": envelope_time(moment)})
    if xml:
        return Response(to_xml(decode(content)), status_code=status, headers=headers(moment), media_type=XML_TYPE)
    return Response(content, status_code=status, headers=headers(moment), media_type=JSON_TYPE)


def gateway_fault(*, status: int, name: str, code: str, detail: str, kind: str, moment: datetime) -> Response:
    """A fault of the gateway: lower-case keys, epoch milliseconds."""
    error = {
        "message": f"message={name}; errorCode={int(code):06d}; statusCode={status}",
        "detail": detail,
        "code": code,
        "element": None,
    }
    body: Object = {
        "warnings": None,
        "intuitObject": None,
        "fault": {"error": [error], "type": kind},
        "report": None,
        "queryResponse": None,
        "batchItemResponse": [],
        "attachableResponse": [],
        "syncErrorResponse": None,
        "requestId": None,
        "time": int(moment.timestamp() * 1000),
        "status": None,
        "cdcresponse": [],
    }
    extra = headers(moment)
    if status == 401:  # noqa: PLR2004 # the status itself
        extra["WWW-Authenticate"] = 'Bearer realm="Intuit", error="invalid_token"'
    return Response(msgspec.json.encode(body), status_code=status, headers=extra, media_type="application/json")


def throttled(moment: datetime, retry_after_seconds: int | None = None) -> Response:
    """429 with the service's own code 3001; Retry-After is not reliably sent (§8)."""
    error = {
        "Message": "message=ThrottleExceeded; errorCode=003001; statusCode=429",
        "Detail": "The request limit was reached.  Try again later",
        "code": "3001",
    }
    response = answer({"Fault": {"Error": [error], "type": "SERVICE"}}, status=429, moment=moment, xml=False)
    if retry_after_seconds is not None:
        response.headers["Retry-After"] = str(retry_after_seconds)
    return response


def to_xml(body: Object) -> str:
    """The XML form of an envelope, sent when JSON was not asked for."""
    time = body.pop("time")
    parts = [f'<?xml version="1.0" encoding="UTF-8"?><IntuitResponse xmlns="{NAMESPACE}" time={quoteattr(str(time))}>']
    fault = body.pop("Fault", None)
    if fault is not None:
        parts.append(f"<Fault type={quoteattr(fault['type'])}>")
        for error in fault["Error"]:
            element = f" element={quoteattr(error['element'])}" if "element" in error else ""
            parts.append(
                f"<Error code={quoteattr(error['code'])}{element}><Message>{escape(error['Message'])}</Message>"
                f"<Detail>{escape(error['Detail'])}</Detail></Error>"
            )
        parts.append("</Fault>")
    parts.extend(_element(name, value) for name, value in body.items())
    parts.append("</IntuitResponse>")
    return "".join(parts)


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        if name.endswith("Ref") and "value" in value:
            label = f" name={quoteattr(value['name'])}" if "name" in value else ""
            return f"<{name}{label}>{escape(str(value['value']))}</{name}>"
        marks = "".join(f" {key}={quoteattr(_text(value[key]))}" for key in ("domain", "sparse") if key in value)
        inner = "".join(_element(key, each) for key, each in value.items() if key not in {"domain", "sparse"})
        return f"<{name}{marks}>{inner}</{name}>"
    return f"<{name}>{escape(_text(value))}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)

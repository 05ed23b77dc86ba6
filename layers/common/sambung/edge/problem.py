"""Every failure leaves as one problem document (RFC 9457) in the reader's language, with its next step."""

import json
from collections.abc import Mapping, Sequence

from aws_lambda_powertools.event_handler import Response

from sambung.domain.errors import Code, FieldError, RequestError, SambungError
from sambung.edge.texts import title_and_detail

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_S = 5


def document(
    error: SambungError, *, language: str, path: str, correlation_id: str, errors: Sequence[FieldError] = ()
) -> dict[str, object]:
    """The problem document of an error; `errors` name the fields of a request that were wrong."""
    title, detail = title_and_detail(error.code, error.params, language)
    body: dict[str, object] = {
        "type": f"urn:sambung:error:{error.code}",
        "title": title,
        "status": error.entry.http or 500,
        "detail": detail,
        "instance": path,
        "code": error.code.value,
        "action": error.action.value,
        "side": error.entry.side.value,
        "correlation_id": correlation_id,
    }
    if errors:
        body["errors"] = [{"field": e.field, "reason": e.reason} for e in errors]
    if error.params:
        body["params"] = dict(error.params)
    return body


def response(error: SambungError, *, language: str, path: str, correlation_id: str) -> Response[str]:
    """The problem as an answer. The body is a string: Powertools serialises dicts for application/json only."""
    errors = error.errors if isinstance(error, RequestError) else ()
    body = document(error, language=language, path=path, correlation_id=correlation_id, errors=errors)
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store", "Content-Language": language}
    if error.code in {Code.OVERLOADED, Code.SEND_RATE_LIMITED}:
        headers["Retry-After"] = error.params.get("seconds", str(RETRY_AFTER_S))
    return Response(
        status_code=error.entry.http or 500,
        content_type=CONTENT_TYPE,
        body=json.dumps(body, ensure_ascii=False),
        headers=headers,
    )


def last_error(code: str | None, evidence: Mapping[str, object], language: str) -> dict[str, object] | None:
    """An instance's stored error as the API shows it."""
    if code is None:
        return None
    known = Code(code)
    error = SambungError(known, params={k: str(v) for k, v in evidence.items()})
    title, detail = title_and_detail(known, error.params, language)
    return {
        "code": code,
        "title": title,
        "detail": detail,
        "action": error.entry.action.value,
        "side": error.entry.side.value,
    }

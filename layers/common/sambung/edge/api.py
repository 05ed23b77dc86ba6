"""The admin API's edge: limits and roles before anything is parsed, one problem document after any failure."""

import base64
import binascii
import gzip
import json
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
    ResponseValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg import errors as pg

from sambung.domain.errors import Code, FieldError, RequestError, SambungError
from sambung.edge import observing, problem
from sambung.edge.access import Caller, caller_of, required_role
from sambung.edge.observing import Story
from sambung.edge.texts import choose_language
from sambung.gateways.strict_json import UnreadableBody, loads

# An event and an answer are JSON whose shape Powertools checks, not we.
Event: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = dict[str, Any]

BODY_LIMIT_BYTES = 256 * 1024
ANSWER_WITHIN_S = 22.0  # API Gateway cuts at 30 s; what takes longer goes on as an operation
# A list of a thousand numbers is a million bytes, of which few differ; HTTP API itself compresses nothing.
COMPRESSED_FROM_BYTES = 8 * 1024
COMPRESSION = 5
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


def new_api() -> APIGatewayHttpResolver:
    """A resolver that validates requests and responses and answers every known failure with a problem document."""
    app = APIGatewayHttpResolver(
        enable_validation=True,
        response_validation_error_http_code=500,
        json_body_deserializer=lambda text: dict(loads(text.encode("utf-8", "surrogatepass"))),
    )
    app.exception_handler(SambungError)(lambda error: _problem(app, error))
    app.exception_handler(RequestValidationError)(lambda error: _problem(app, _invalid(error)))
    app.exception_handler(ResponseValidationError)(lambda error: _problem(app, _wrong_answer(error)))
    app.exception_handler(RequestUnsupportedContentType)(
        lambda _: _problem(app, RequestError(Code.UNSUPPORTED_MEDIA_TYPE))
    )
    app.exception_handler(UnreadableBody)(
        lambda error: _problem(app, RequestError(Code.INVALID_REQUEST, errors=[FieldError("body", str(error))]))
    )
    app.exception_handler(pg.DataError)(lambda _: _problem(app, RequestError(Code.INVALID_REQUEST)))
    app.not_found(lambda _error: _problem(app, RequestError(Code.NOT_FOUND)))
    return app


def serve(
    app: APIGatewayHttpResolver,
    event: Event,
    context: LambdaContext,
    *,
    is_open: Callable[[str, str], bool] | None = None,
) -> Answer:
    """Answer one HTTP API event. `is_open` tells the routes nobody needs a token for."""
    correlation_id = str(event["requestContext"].get("requestId") or context.aws_request_id)
    with observing.story("request", correlation_id) as told:
        try:
            answer = _resolved(app, event, context, told, is_open)
        except SambungError as error:
            told.bind(code=error.code.value)
            answer = _bare(error, event, correlation_id)
        except Exception as error:  # noqa: BLE001  the last line: whoever asks is answered
            told.fail(error)
            answer = _bare(SambungError(Code.INTERNAL), event, correlation_id)
        finally:
            app.clear_context()  # type: ignore[no-untyped-call]
        # The route's pattern is told, never the path: it may hold a secret.
        told.bind(route=event.get("routeKey"), status=answer["statusCode"])
    return answer


def _resolved(
    app: APIGatewayHttpResolver,
    event: Event,
    context: LambdaContext,
    told: Story,
    is_open: Callable[[str, str], bool] | None,
) -> Answer:
    started = time.monotonic()
    http = event["requestContext"]["http"]
    method, path = str(http["method"]), _path(event)
    caller: Caller | None = None
    if is_open is None or not is_open(method, path):
        caller = _admit(event, method, path)
        told.bind(actor=caller.username)
    _check_body(event, method)
    app.append_context(  # type: ignore[no-untyped-call]
        caller=caller,
        language=_language(event),
        correlation_id=told.correlation_id,
        facts=told.facts,
        deadline=started + min(ANSWER_WITHIN_S, context.get_remaining_time_in_millis() / 1000 - 2),
    )
    return _compressed(event, app.resolve(dict(event), context))


def _compressed(event: Event, answer: Answer) -> Answer:
    """A large answer as gzip, for whoever takes that."""
    body = answer.get("body") or ""
    taken = {one.partition(";")[0].strip().lower() for one in (_header(event, "accept-encoding") or "").split(",")}
    if len(body) < COMPRESSED_FROM_BYTES or answer.get("isBase64Encoded") or "gzip" not in taken:
        return answer
    content = base64.b64encode(gzip.compress(body.encode(), COMPRESSION, mtime=0)).decode()
    headers = {**answer.get("headers", {}), "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return {**answer, "headers": headers, "body": content, "isBase64Encoded": True}


def _admit(event: Event, method: str, path: str) -> Caller:
    authorizer = event["requestContext"].get("authorizer") or {}
    caller = caller_of((authorizer.get("jwt") or {}).get("claims"))
    role = required_role(method, path)
    if role is None:
        raise RequestError(Code.NOT_FOUND)
    if not caller.may(role):
        raise RequestError(Code.FORBIDDEN, params={"role": role.name.lower()})
    return caller


def _check_body(event: Event, method: str) -> None:
    body = event.get("body")
    if method not in METHODS_WITH_BODY or not body:
        return
    if len(body) > BODY_LIMIT_BYTES * (4 / 3 if event.get("isBase64Encoded") else 1):
        raise RequestError(Code.BODY_TOO_LARGE)
    raw = body.encode("utf-8", "surrogatepass")
    if event.get("isBase64Encoded"):
        try:
            raw = base64.b64decode(body, validate=True)
        except binascii.Error as error:
            raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("body", "is not base64")]) from error
    if len(raw) > BODY_LIMIT_BYTES:
        raise RequestError(Code.BODY_TOO_LARGE)
    content_type = (_header(event, "content-type") or "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise RequestError(Code.UNSUPPORTED_MEDIA_TYPE, params={"content_type": "application/json"})
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("body", "is not UTF-8")]) from error


def _invalid(error: RequestValidationError) -> RequestError:
    """What was wrong, by field. A malformed id in the path is an unknown thing, not a malformed request."""
    found = error.errors()
    if found and all(e["loc"][0] == "path" for e in found):
        return RequestError(Code.NOT_FOUND)
    return RequestError(
        Code.INVALID_REQUEST,
        errors=[FieldError(".".join(str(part) for part in e["loc"]), str(e.get("msg") or e["type"])) for e in found],
    )


def _wrong_answer(error: ResponseValidationError) -> SambungError:
    """Our own answer breaks the contract: told to us in the log, to the caller as an internal error."""
    places = [".".join(str(part) for part in e["loc"]) for e in error.errors()]
    observing.wrong(error="ResponseValidationError", places=places)
    return SambungError(Code.INTERNAL)


def _problem(app: APIGatewayHttpResolver, error: SambungError) -> Response[str]:
    facts = app.context.get("facts")
    if isinstance(facts, dict):
        facts.update(code=error.code.value, evidence=dict(error.evidence))
    return problem.response(
        error,
        language=str(app.context.get("language", "id")),
        path=str(app.current_event.raw_event.get("rawPath", "")),
        correlation_id=str(app.context.get("correlation_id", "")),
    )


def _bare(error: SambungError, event: Event, correlation_id: str) -> Answer:
    """A problem as HTTP API takes it, where the resolver could not make one."""
    made = problem.response(error, language=_language(event), path=_path(event), correlation_id=correlation_id)
    return {
        "statusCode": made.status_code,
        "headers": {"Content-Type": problem.CONTENT_TYPE, **{k: str(v) for k, v in made.headers.items()}},
        "body": made.body,
        "isBase64Encoded": False,
    }


def _path(event: Event) -> str:
    return str(event.get("rawPath", "/"))


def _language(event: Event) -> str:
    return choose_language(_header(event, "accept-language"))


def _header(event: Event, name: str) -> str | None:
    headers = event.get("headers") or {}
    value = headers.get(name) or next((v for k, v in headers.items() if k.lower() == name), None)
    return None if value is None else str(value)


def empty(status_code: int = 204) -> Response[str]:
    """An answer without a body."""
    return Response(status_code=status_code, body="", content_type="application/json")


def answer_json(body: object, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> Response[str]:
    """An answer whose body is already in the API's shape."""
    return Response(
        status_code=status_code,
        content_type="application/json",
        body=json.dumps(body, ensure_ascii=False, default=str),
        headers=dict(headers or {}),
    )

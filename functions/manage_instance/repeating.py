"""Idempotency-Key: a repeated POST that creates or sends is answered from the first one."""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import BaseModel

from manage_instance.models import Accepted
from sambung.domain.errors import Code, FieldError, RequestError, SambungError
from sambung.edge.wiring import Parts
from sambung.store import idempotency

T = TypeVar("T", bound=BaseModel)
KEY_LIMIT = 200
# A code on offer is kept with its number only, where it is deleted in time; a repetition answers without it.
NOT_KEPT = "qr"


class Repeating:
    """Serves a request once for each key of a caller."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def once(self, work: Callable[[], T], *, status_code: int = 201) -> Response[T]:
        """Do the work, or answer what it answered before; raises `invalid_request` for the same key on another body.

        What goes on after the answer is answered 202, whatever `status_code`.
        """
        key = self._key()
        if key is None:
            done = work()
            return _answer(done.model_dump(mode="json"), _status(done, status_code))
        actor = self._app.context["caller"].username
        with self._parts.database.transaction() as connection:
            earlier = idempotency.claim(connection, actor, key, self._request_hash(), self._parts.now())
        if earlier is not None:
            return _earlier(earlier)
        try:
            done = work()
        except SambungError as error:
            if not getattr(error, "maybe_done", False):
                with self._parts.database.transaction() as connection:
                    idempotency.forget(connection, actor, key)
            raise
        made, answered = done.model_dump(mode="json"), _status(done, status_code)
        with self._parts.database.transaction() as connection:
            kept = {name: None if name == NOT_KEPT else value for name, value in made.items()}
            idempotency.keep_answer(connection, actor, key, answered, kept)
        return _answer(made, answered)

    def _key(self) -> str | None:
        key = self._app.current_event.headers.get("idempotency-key")
        if key is not None and not (0 < len(key) <= KEY_LIMIT and key.isprintable()):
            raise RequestError(
                Code.INVALID_REQUEST,
                errors=[FieldError("Idempotency-Key", f"must be 1 to {KEY_LIMIT} printable characters")],
            )
        return key

    def _request_hash(self) -> bytes:
        event = self._app.current_event
        body = json.dumps(event.json_body, sort_keys=True) if event.body else ""
        return hashlib.sha256(f"{event.http_method} {event.path}\n{body}".encode()).digest()


def _earlier(earlier: idempotency.Earlier) -> Response[T]:
    if not earlier.same_request:
        raise RequestError(
            Code.INVALID_REQUEST, errors=[FieldError("Idempotency-Key", "was used for another request: take a new one")]
        )
    if earlier.status_code is None:
        raise RequestError(Code.INSTANCE_BUSY, params={"action": "idempotency"})
    return _answer(earlier.response, earlier.status_code)


def _status(done: BaseModel, status_code: int) -> int:
    return 202 if isinstance(done, Accepted) else status_code


def _answer(body: object, status_code: int) -> Response[T]:
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    return Response(status_code, "application/json", body, headers)  # type: ignore[arg-type]

"""Idempotency-Key: a repeated POST that creates or sends is answered from the first one."""

import hashlib
import json
from collections.abc import Callable
from typing import TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from pydantic import BaseModel

from manage_instance.models import Accepted
from sambung.domain.errors import Action, Code, FieldError, RequestError, SambungError, StoreUnavailable
from sambung.edge import observing
from sambung.edge.wiring import Parts
from sambung.store import idempotency
from sambung.store.connection import Connection

T = TypeVar("T", bound=BaseModel)
KEY_LIMIT = 200
# A code on offer is kept with its number only, where it is deleted in time; a repetition answers without it.
NOT_KEPT = "qr"
FAILED = 400


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
            with self._parts.database.transaction() as connection:
                if getattr(error, "maybe_done", False):
                    idempotency.keep_answer(connection, actor, key, *_told(error))
                else:
                    idempotency.forget(connection, actor, key)
            raise
        made, answered = done.model_dump(mode="json"), _status(done, status_code)
        kept = {name: None if name == NOT_KEPT else value for name, value in made.items()}
        try:
            with self._parts.database.transaction() as connection:
                idempotency.keep_answer(connection, actor, key, answered, kept)
        except StoreUnavailable as error:
            # It is done, and whoever asked shall know; only a repetition will not be told so much.
            observing.wrong(**observing.fault(error))
        return _answer(made, answered)

    def presume(self, connection: Connection, error: SambungError) -> None:
        """Keep what is answered to a repetition of the present request if its process dies on the way: from now on it
        is not done again."""
        key = self._key()
        if key is not None:
            actor = self._app.context["caller"].username
            idempotency.keep_answer(connection, actor, key, *_told(error), presumed=True)

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
        raise RequestError(Code.INSTANCE_BUSY)
    if earlier.status_code >= FAILED:
        raise _failed_before(earlier.response)
    return _answer(earlier.response, earlier.status_code)


def _told(error: SambungError) -> tuple[int, dict[str, object]]:
    """A failure as it is kept: who repeats the request is told in a language of their own."""
    return error.entry.http or 500, {"code": error.code, "params": dict(error.params), "action": error.action}


def _failed_before(kept: object) -> SambungError:
    found = dict(kept) if isinstance(kept, dict) else {}
    return SambungError(Code(found["code"]), params=found["params"], action=Action(found["action"]))


def _status(done: BaseModel, status_code: int) -> int:
    return 202 if isinstance(done, Accepted) else status_code


def _answer(body: object, status_code: int) -> Response[T]:
    headers: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
    return Response(status_code, "application/json", body, headers)  # type: ignore[arg-type]

"""Routes to delete all: first what it would touch, then, confirmed by token and count, the operation that does it."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from manage_instance.asking import asking
from manage_instance.bulk_kinds import DELETE_ALL
from manage_instance.bulk_models import DeleteAllAsked, Preview, PreviewAsked, Previewed
from manage_instance.models import Accepted
from manage_instance.repeating import Repeating
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.domain.instance import WebhookState
from sambung.edge import waking
from sambung.edge.wiring import Parts
from sambung.store import bulk, clients
from sambung.store.bulk import Confirmation, Listed, Member
from sambung.store.connection import Connection

GOOD_FOR = timedelta(minutes=5)


class DeletingAll:
    """Preview and confirmation."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, repeating: Repeating) -> None:
        self._parts = parts
        self._app = app
        self._repeating = repeating

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, path, tags = self._app, "/api/instances/delete-all", ["instances"]
        app.post(f"{path}/preview", summary="What deleting all would delete", tags=tags)(self.preview)
        app.post(path, summary="Delete what a preview showed", tags=tags)(self.delete_all)

    def preview(self, asked: PreviewAsked | None = None) -> Response[Preview]:
        client_id = asked.client_id if asked else None
        token, now = secrets.token_urlsafe(32), self._parts.now()
        with self._parts.database.transaction() as connection:
            if client_id is not None and clients.client(connection, client_id) is None:
                raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("client_id", "there is no such client")])
            found = bulk.members(connection, client_id)
            ids = [one.id for one in found]
            shown = Confirmation(asking(self._app).caller.username, client_id, ids, now + GOOD_FOR, None)
            bulk.keep_confirmation(connection, _hash(token), shown, now)
        made = Preview(
            count=len(found),
            instances=[_previewed(one) for one in found],
            confirm_token=token,
            expires_at=shown.expires_at,
        )
        return Response(200, "application/json", made, headers={"Cache-Control": "no-store"})

    def delete_all(self, asked: DeleteAllAsked) -> Response[Accepted]:
        return self._repeating.once(lambda: self._begin(asked), status_code=202)

    def _begin(self, asked: DeleteAllAsked) -> Accepted:
        token_hash, who = _hash(asked.confirm_token), asking(self._app).who
        with self._parts.database.transaction() as connection:
            shown = bulk.hold_confirmation(connection, token_hash)
            if shown is None or shown.actor != who.username:
                raise RequestError(Code.CONFIRM_MISMATCH)
            listed = self._confirmed(connection, shown, asked.confirm_count)
            operation_id = bulk.begin(
                connection, DELETE_ALL, listed, actor=who.username, correlation_id=who.correlation_id, wish={}
            )
            bulk.use_confirmation(connection, token_hash, operation_id)
        asking(self._app).facts.update(operation_id=str(operation_id), count=len(listed))
        waking.ask_for_work(self._parts.settings.work_queue_url, [operation_id])
        return Accepted(operation_id=operation_id)

    def _confirmed(self, connection: Connection, shown: Confirmation, count: int) -> list[Listed]:
        """The list that was shown; raises `confirm_mismatch`, or `conflict` where it is another one by now."""
        if shown.operation_id is not None:
            raise RequestError(Code.CONFIRM_MISMATCH, params=_cause("used", shown.operation_id))
        if shown.expires_at <= self._parts.now():
            raise RequestError(Code.CONFIRM_MISMATCH, params=_cause("expired"))
        if count != len(shown.instance_ids):
            raise RequestError(Code.CONFIRM_MISMATCH, params=_cause("count"))
        there = bulk.members(connection, shown.client_id)
        if {one.id for one in there} != set(shown.instance_ids):
            raise RequestError(Code.CONFLICT, params={"cause": "list_changed", "count": str(len(there))})
        return [Listed(one.instance_name, one.server_id, one.id) for one in there]


def _cause(cause: str, operation_id: UUID | None = None) -> dict[str, str]:
    return {"cause": cause} | ({"operation_id": str(operation_id)} if operation_id else {})


def _hash(token: str) -> bytes:
    """A token of 256 random bits needs no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _previewed(one: Member) -> Previewed:
    elsewhere = one.webhook_state == WebhookState.ELSEWHERE
    return Previewed(
        **{name: getattr(one, name) for name in _SAME}, webhook_host=one.webhook_url_host if elsewhere else None
    )


_SAME = tuple(name for name in Previewed.model_fields if name != "webhook_host")

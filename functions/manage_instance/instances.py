"""Routes of instances: read, create, connect, webhook, delete."""

from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from manage_instance.actions import Actions
from manage_instance.asking import asking
from manage_instance.creating import Wish
from manage_instance.models import (
    Accepted,
    ActionResult,
    ConnectAsked,
    Connected,
    InstanceAsked,
    InstanceCreated,
    InstanceDetail,
    InstanceEdited,
    InstancePage,
    InstanceShown,
    QrAnswer,
    SetWebhookAsked,
)
from manage_instance.paging import Limit, decode, encode
from manage_instance.presenting import instance_detail, instance_shown, qr_answer
from manage_instance.repeating import Repeating
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.domain.instance import Status
from sambung.domain.names import phone_number
from sambung.edge.etag import answer_unchanged, unless_known
from sambung.edge.wiring import Parts
from sambung.store import instances as store
from sambung.store import operations, snapshots
from sambung.store.instances import Filter, Instance

OptionalQuery = Annotated[str | None, Query(max_length=200)]


class Instances:
    """What can be done with instances."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, repeating: Repeating) -> None:
        self._parts = parts
        self._app = app
        self._repeating = repeating
        self._actions = Actions(parts)

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags, one = self._app, ["instances"], "/api/instances/<instance_id>"
        answer_unchanged(app)
        app.get("/api/instances", summary="List instances", tags=tags)(self.page)
        app.post("/api/instances", summary="Create an instance", tags=tags, status_code=201)(self.create)
        app.get(one, summary="One instance with its history", tags=tags)(self.detail)
        app.patch(one, summary="Change an instance", tags=tags)(self.edit)
        app.delete(one, summary="Delete on the server and here", tags=tags)(self.delete)
        app.get(f"{one}/qr", summary="The stored pairing offer", tags=tags)(self.qr)
        app.post(f"{one}/connect", summary="Bring a QR or find it connected", tags=tags)(self.connect)
        app.post(f"{one}/set-webhook", summary="Set the webhook and read it back", tags=tags)(self.set_webhook)

    def page(
        self,
        client_id: Annotated[UUID | None, Query()] = None,
        server_id: Annotated[UUID | None, Query()] = None,
        status: Annotated[Status | None, Query()] = None,
        q: OptionalQuery = None,
        limit: Limit = 100,
        cursor: Annotated[str | None, Query()] = None,
    ) -> Response[InstancePage]:
        chosen = Filter(client_id, server_id, status.value if status else None, q or None)
        with self._parts.database.transaction() as connection:
            found = store.instances(connection, chosen, after=decode(cursor), limit=limit)
        more = encode(found[-1].instance_name, found[-1].id) if len(found) == limit else None
        page = InstancePage(items=[self._shown(row) for row in found], next_cursor=more)
        return unless_known(page, self._app.current_event.headers.get("if-none-match"))

    def create(self, asked: InstanceAsked) -> Response[InstanceCreated]:
        return self._repeating.once(lambda: self._create(asked))

    def _create(self, asked: InstanceAsked) -> InstanceCreated:
        wish = Wish(asked.client_id, asked.instance_name, asked.server_id, asked.number, asked.label)
        made = self._actions.create(wish, asking(self._app).who)
        shown = self._shown(self._row(made.instance_id))
        return InstanceCreated(**shown.model_dump(), qr=self._qr(made.instance_id).qr)

    def detail(self, instance_id: UUID) -> InstanceDetail:
        with self._parts.database.transaction() as connection:
            row = store.instance(connection, instance_id)
            transitions = store.transitions(connection, instance_id)
            done = operations.of_instance(connection, instance_id)
        if row is None:
            raise RequestError(Code.NOT_FOUND)
        return instance_detail(row, transitions, done, now=self._parts.now(), language=asking(self._app).language)

    def edit(self, instance_id: UUID, asked: InstanceEdited) -> InstanceShown:
        columns: dict[str, object] = asked.model_dump(exclude_unset=True)
        if asked.expected_number is not None:
            columns["expected_number"] = phone_number(asked.expected_number)
        if any(columns.get(name, "") is None for name in ("client_id", "desired")):
            raise RequestError(
                Code.INVALID_REQUEST, errors=[FieldError("body", "client_id and desired cannot be null")]
            )
        self._row(instance_id)
        try:
            with self._parts.database.transaction() as connection:
                if columns:
                    store.edit_instance(connection, instance_id, columns)
        except ForeignKeyViolation as error:
            raise RequestError(
                Code.INVALID_REQUEST, errors=[FieldError("client_id", "there is no such client")]
            ) from error
        except UniqueViolation as error:
            raise RequestError(Code.INSTANCE_EXISTS) from error
        return self._shown(self._row(instance_id))

    def delete(
        self, instance_id: UUID, take_over: Annotated[bool, Query()] = False
    ) -> Response[ActionResult | Accepted]:
        done = self._actions.delete(instance_id, asking(self._app).who, take_over=take_over)
        if not done.finished:
            return Response(202, "application/json", Accepted(operation_id=done.operation_id))
        result = ActionResult(
            operation_id=done.operation_id, action="delete", ok=True, status=None, verified="absent", instance=None
        )
        return Response(200, "application/json", result)

    def qr(self, instance_id: UUID) -> Response[QrAnswer]:
        return Response(200, "application/json", self._qr(instance_id), headers={"Cache-Control": "no-store"})

    def connect(self, instance_id: UUID, asked: ConnectAsked | None = None) -> Response[Connected]:
        number = phone_number(asked.number) if asked and asked.number else None
        done = self._actions.connect(instance_id, asking(self._app).who, number)
        row, kept = self._row(instance_id), self._qr(instance_id)
        brought = Connected(
            status=row.status,
            qr=kept.qr if done.connection.qr else None,
            already_connected=done.connection.open,
            reason=None if done.connection.qr else done.connection.reason,
            phone_number=row.phone_number,
            operation_id=done.operation_id,
        )
        return Response(200, "application/json", brought, headers={"Cache-Control": "no-store"})

    def set_webhook(self, instance_id: UUID, asked: SetWebhookAsked | None = None) -> ActionResult:
        take_over = asked.take_over if asked else False
        operation_id = self._actions.set_webhook(instance_id, asking(self._app).who, take_over=take_over)
        row = self._row(instance_id)
        return ActionResult(
            operation_id=operation_id,
            action="set-webhook",
            ok=True,
            status=row.status,
            verified="set and proven" if row.webhook_proven else "set, not proven yet",
            instance=self._shown(row),
        )

    def _row(self, instance_id: UUID) -> Instance:
        with self._parts.database.transaction() as connection:
            row = store.instance(connection, instance_id)
        if row is None:
            raise RequestError(Code.NOT_FOUND)
        return row

    def _qr(self, instance_id: UUID) -> QrAnswer:
        with self._parts.database.transaction() as connection:
            kept = snapshots.read(connection, instance_id)
        if kept is None:
            raise RequestError(Code.NOT_FOUND)
        asking(self._app).facts["qr_viewed"] = str(instance_id)
        return qr_answer(kept.snapshot, self._parts.now())

    def _shown(self, row: Instance) -> InstanceShown:
        return instance_shown(row, now=self._parts.now(), language=asking(self._app).language)

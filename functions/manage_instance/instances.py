"""Routes of instances: list, create, look, edit; what is done to one is in `instance_actions`."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.errors import ForeignKeyViolation, UniqueViolation

from manage_instance.actions import Actions
from manage_instance.asking import asking
from manage_instance.creating import Wish
from manage_instance.instance_actions import InstanceActions
from manage_instance.journal import Unfinished
from manage_instance.models import (
    Accepted,
    InstanceAsked,
    InstanceCreated,
    InstanceDetail,
    InstanceEdited,
    InstancePage,
    InstanceShown,
    QrAnswer,
)
from manage_instance.paging import Limit, decode, encode
from manage_instance.presenting import instance_detail, instance_shown, qr_answer
from manage_instance.repeating import Repeating
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.domain.instance import Status
from sambung.domain.names import phone_number
from sambung.edge.etag import answer_unchanged, unless_known
from sambung.edge.wiring import Parts
from sambung.store import assignments, operations, snapshots
from sambung.store import instances as store
from sambung.store.instances import Filter, Instance

OptionalQuery = Annotated[str | None, Query(max_length=200)]

# Every sweep reads; that it found the same is no news.
_AGES: Mapping[str, object] = {"items": {"__all__": {"last_read_at"}}}


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
        app.get(f"{one}/qr", summary="The stored pairing offer", tags=tags)(self.qr)
        InstanceActions(self._parts, app, self._repeating, self._actions).register()

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
        return unless_known(page, self._app.current_event.headers.get("if-none-match"), ages=_AGES)

    def create(self, asked: InstanceAsked) -> Response[InstanceCreated | Accepted]:
        return self._repeating.once(lambda: self._create(asked))

    def _create(self, asked: InstanceAsked) -> InstanceCreated | Accepted:
        wish = Wish(asked.client_id, asked.instance_name, asked.server_id, asked.number, asked.label)
        try:
            made = self._actions.create(wish, asking(self._app).who)
        except Unfinished as unfinished:
            return Accepted(operation_id=unfinished.operation_id)
        shown = self._shown(self._row(made.instance_id))
        return InstanceCreated(**shown.model_dump(), qr=self._qr(made.instance_id).qr)

    def detail(self, instance_id: UUID) -> InstanceDetail:
        with self._parts.database.transaction() as connection:
            row = store.instance(connection, instance_id)
            transitions = store.transitions(connection, instance_id)
            events = store.events(connection, instance_id)
            done = operations.of_instance(connection, instance_id)
            moves = assignments.moves(connection, instance_id)
        if row is None:
            raise RequestError(Code.NOT_FOUND)
        return instance_detail(
            row, transitions, events, done, moves, now=self._parts.now(), language=asking(self._app).language
        )

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
            if "expected_number" in columns:
                self._actions.expect_number(instance_id)
        except ForeignKeyViolation as error:
            raise RequestError(
                Code.INVALID_REQUEST, errors=[FieldError("client_id", "there is no such client")]
            ) from error
        except UniqueViolation as error:
            raise RequestError(Code.INSTANCE_EXISTS) from error
        return self._shown(self._row(instance_id))

    def qr(self, instance_id: UUID) -> Response[QrAnswer]:
        return Response(200, "application/json", self._qr(instance_id), headers={"Cache-Control": "no-store"})

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

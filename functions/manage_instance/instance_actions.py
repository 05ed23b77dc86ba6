"""Routes of the actions on instances: each answers what its read-back saw, or 202 where it goes on."""

from collections.abc import Callable
from typing import Annotated, TypeVar
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import BaseModel

from manage_instance.actions import Actions, Done, WebhookWish
from manage_instance.asking import asking
from manage_instance.journal import Unfinished
from manage_instance.models import (
    Accepted,
    ActionResult,
    ConnectAsked,
    Connected,
    ErrorShown,
    QrAnswer,
    SetWebhookAsked,
    SyncAsked,
    Synced,
    SyncedOne,
)
from manage_instance.presenting import error_shown, instance_shown, qr_answer
from manage_instance.repeating import Repeating
from manage_instance.syncing import One, SyncWish
from sambung.domain.errors import Code, FieldError, RequestError, SambungError
from sambung.domain.names import phone_number
from sambung.edge.wiring import Parts
from sambung.store import instances as store
from sambung.store import servers, snapshots

T = TypeVar("T", bound=BaseModel)

NO_STORE: dict[str, str | list[str]] = {"Cache-Control": "no-store"}
GLOBAL_EVENTS = ("CONNECTION_UPDATE", "QRCODE_UPDATED", "MESSAGES_UPSERT", "SEND_MESSAGE", "LOGOUT_INSTANCE",
                 "REMOVE_INSTANCE")  # fmt: skip


class InstanceActions:
    """What can be done to an instance."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, repeating: Repeating, actions: Actions) -> None:
        self._parts = parts
        self._app = app
        self._repeating = repeating
        self._actions = actions

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags, one = self._app, ["instances"], "/api/instances/<instance_id>"
        # Before those with an id, which would take `sync` for one.
        app.post("/api/instances/sync", summary="Take in what lives on servers", tags=tags)(self.sync)
        app.delete(one, summary="Delete on the server and here", tags=tags)(self.delete)
        app.post(f"{one}/connect", summary="Bring a QR or find it connected", tags=tags)(self.connect)
        app.post(f"{one}/restart", summary="Restart an open session", tags=tags)(self.restart)
        app.post(f"{one}/logout", summary="Log out and see it closed", tags=tags)(self.logout)
        app.post(f"{one}/set-webhook", summary="Set the webhook and read it back", tags=tags)(self.set_webhook)
        app.post(f"{one}/recreate", summary="Make it anew under its name", tags=tags)(self.recreate)
        app.post(f"{one}/release", summary="Forget it here, keep it alive there", tags=tags)(self.release)

    def sync(self, asked: SyncAsked) -> Response[Synced | Accepted]:
        names = None if asked.instance_names is None else tuple(asked.instance_names)
        wish = SyncWish(asked.client_id, asked.server_id, names, asked.take_over_webhooks)
        return self._repeating.once(lambda: self._sync(wish), status_code=200)

    def _sync(self, wish: SyncWish) -> Synced | Accepted:
        done = self._actions.sync(wish, asking(self._app).who)
        if isinstance(done, UUID):
            return Accepted(operation_id=done)
        return Synced(
            synced=[self._one(one) for one in done.synced],
            existing=[self._one(one) for one in done.existing],
            skipped=[self._one(one) for one in done.skipped],
            failed=[self._one(one) for one in done.failed],
        )

    def _one(self, one: One) -> SyncedOne:
        return SyncedOne(
            instance_name=one.name, server_id=one.server_id, instance_id=one.instance_id, error=self._error(one.error)
        )

    def connect(self, instance_id: UUID, asked: ConnectAsked | None = None) -> Response[Connected | Accepted]:
        number = phone_number(asked.number) if asked and asked.number else None
        who = asking(self._app).who
        return self._now(lambda: self._connected(instance_id, self._actions.connect(instance_id, who, number)))

    def restart(self, instance_id: UUID) -> Response[ActionResult | Accepted]:
        who = asking(self._app).who
        return self._now(lambda: self._result("restart", instance_id, self._actions.restart(instance_id, who)))

    def logout(self, instance_id: UUID) -> Response[ActionResult | Accepted]:
        who = asking(self._app).who
        return self._once(lambda: self._result("logout", instance_id, self._actions.logout(instance_id, who)))

    def recreate(self, instance_id: UUID) -> Response[ActionResult | Accepted]:
        who = asking(self._app).who
        return self._once(lambda: self._result("recreate", instance_id, self._actions.recreate(instance_id, who)))

    def release(self, instance_id: UUID) -> Response[ActionResult | Accepted]:
        who = asking(self._app).who
        return self._once(lambda: self._gone("release", self._actions.release(instance_id, who)))

    def delete(
        self, instance_id: UUID, take_over: Annotated[bool, Query()] = False
    ) -> Response[ActionResult | Accepted]:
        who = asking(self._app).who
        return self._now(lambda: self._gone("delete", self._actions.delete(instance_id, who, take_over=take_over)))

    def set_webhook(self, instance_id: UUID, asked: SetWebhookAsked | None = None) -> Response[ActionResult | Accepted]:
        wish = _webhook_wish(asked or SetWebhookAsked())
        who = asking(self._app).who

        def work() -> ActionResult:
            result = self._result("set-webhook", instance_id, self._actions.set_webhook(instance_id, who, wish))
            if wish.use_global:
                result.setup = self._global_setup(instance_id)
            return result

        return self._now(work)

    def _now(self, work: Callable[[], T]) -> Response[T | Accepted]:
        """Do it whenever it is asked."""
        try:
            return Response(200, "application/json", work(), headers=NO_STORE)
        except Unfinished as unfinished:
            return Response(202, "application/json", Accepted(operation_id=unfinished.operation_id), headers=NO_STORE)

    def _once(self, work: Callable[[], ActionResult]) -> Response[ActionResult | Accepted]:
        """Do it once for each key."""

        def finished_or_not() -> ActionResult | Accepted:
            try:
                return work()
            except Unfinished as unfinished:
                return Accepted(operation_id=unfinished.operation_id)

        return self._repeating.once(finished_or_not, status_code=200)

    def _connected(self, instance_id: UUID, done: Done) -> Connected:
        row, kept = self._row(instance_id), self._kept_qr(instance_id)
        brought = done.connection
        return Connected(
            status=row.status,
            qr=kept.qr if brought and brought.qr else None,
            already_connected=bool(brought and brought.open),
            reason=None if brought is None or brought.qr else brought.reason,
            phone_number=row.phone_number,
            operation_id=done.operation_id,
            ok=done.doubt is None,
            detail=self._error(done.doubt),
        )

    def _result(self, action: str, instance_id: UUID, done: Done) -> ActionResult:
        row = self._row(instance_id)
        brought = done.connection
        return ActionResult(
            operation_id=done.operation_id,
            action=action,
            ok=done.doubt is None,
            status=row.status,
            verified=done.verified,
            instance=instance_shown(row, now=self._parts.now(), language=asking(self._app).language),
            detail=self._error(done.doubt),
            qr=self._kept_qr(instance_id).qr if brought and brought.qr else None,
        )

    def _gone(self, action: str, done: Done) -> ActionResult:
        return ActionResult(
            operation_id=done.operation_id, action=action, ok=True, status=None, verified=done.verified, instance=None
        )

    def _row(self, instance_id: UUID) -> store.Instance:
        with self._parts.database.transaction() as connection:
            row = store.instance(connection, instance_id)
        if row is None:
            raise RequestError(Code.NOT_FOUND)
        return row

    def _kept_qr(self, instance_id: UUID) -> QrAnswer:
        with self._parts.database.transaction() as connection:
            kept = snapshots.read(connection, instance_id)
        if kept is None:
            raise RequestError(Code.NOT_FOUND)
        return qr_answer(kept.snapshot, self._parts.now())

    def _error(self, error: SambungError | None) -> ErrorShown | None:
        return None if error is None else error_shown(error.code.value, dict(error.params), asking(self._app).language)

    def _global_setup(self, instance_id: UUID) -> dict[str, str]:
        """The gateway's own settings for a global webhook, which knows no headers: its secret is in the path."""
        row = self._row(instance_id)
        with self._parts.database.transaction() as connection:
            server = servers.server(connection, row.server_id) if row.server_id else None
        if server is None:
            raise RequestError(Code.NOT_FOUND)
        token = self._parts.keyring.path_token(server.id, server.key_id)
        return {
            "WEBHOOK_GLOBAL_ENABLED": "true",
            "WEBHOOK_GLOBAL_URL": f"{self._parts.settings.public_url}/webhooks/{server.id}/t/{token}",
            "WEBHOOK_GLOBAL_WEBHOOK_BY_EVENTS": "false",
            **{f"WEBHOOK_EVENTS_{event}": "true" for event in GLOBAL_EVENTS},
        }


def _webhook_wish(asked: SetWebhookAsked) -> WebhookWish:
    """The wish; raises `invalid_request` for more than one of what excludes each other."""
    if sum((asked.take_over, asked.restore_previous, asked.leave, asked.use_global)) > 1:
        raise RequestError(
            Code.INVALID_REQUEST,
            errors=[FieldError("body", "take_over, restore_previous, leave and use_global exclude each other")],
        )
    return WebhookWish(**asked.model_dump())

"""Routes of gateway servers: add with a check, edit, look, and list what a server itself knows."""

from collections.abc import Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from manage_instance.asking import asking
from manage_instance.models import (
    InstanceOnServer,
    InstancesOnServer,
    RefusedWebhooks,
    ServerAsked,
    ServerChecked,
    ServerEdited,
    ServerPage,
    ServerShown,
    Warned,
)
from manage_instance.paging import Limit, decode, encode
from manage_instance.presenting import error_shown
from manage_instance.repeating import Repeating
from manage_instance.setup import setup
from sambung.domain.errors import Code, FieldError, RequestError
from sambung.domain.probe_instance import is_probe
from sambung.edge.api import empty
from sambung.edge.keyring import SecretUnreadable
from sambung.edge.probing import look_at_one
from sambung.edge.texts import title_and_detail
from sambung.edge.wiring import Parts
from sambung.gateways.addresses import BadAddress, canonical_origin
from sambung.gateways.quirks import quirks, shares_names
from sambung.gateways.shape import Failed, Memory
from sambung.store import instances, refusals
from sambung.store import servers as store
from sambung.store.connection import STILL_REFERENCED
from sambung.store.health import Look
from sambung.store.servers import Server

LOOK_WITHIN_S = 12.0  # the list and the version, 5 s each, with something to spare
_STATES = {Memory.OPEN: "connected", Memory.CONNECTING: "connecting", Memory.CLOSE: "disconnected"}


class Servers:
    """What can be done with servers."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver, repeating: Repeating) -> None:
        self._parts = parts
        self._app = app
        self._repeating = repeating

    def register(self) -> None:
        """Put the routes on the resolver."""
        app, tags = self._app, ["servers"]
        app.get("/api/servers", summary="List servers", tags=tags)(self.page)
        app.post("/api/servers", summary="Add a server and check it", tags=tags, status_code=201)(self.add)
        app.patch("/api/servers/<server_id>", summary="Change a server", tags=tags)(self.edit)
        app.delete("/api/servers/<server_id>", summary="Remove a server", tags=tags, status_code=204)(self.remove)
        app.post("/api/servers/<server_id>/check", summary="Look at a server now", tags=tags)(self.check)
        app.get("/api/servers/<server_id>/instances", summary="What a server itself lists", tags=tags)(self.listed)

    def page(self, limit: Limit = 100, cursor: Annotated[str | None, Query()] = None) -> ServerPage:
        with self._parts.database.transaction() as connection:
            found = store.all_servers(connection, after=decode(cursor), limit=limit)
            refused = refusals.lately(connection, self._parts.now())
            unheard = refusals.not_taken_since(connection, self._parts.now())
        return ServerPage(
            items=[self._shown(server, unheard) for server in found],
            next_cursor=encode(found[-1].name, found[-1].id) if len(found) == limit else None,
            refused_webhooks=[RefusedWebhooks(**asdict(one)) for one in refused],
        )

    def add(self, asked: ServerAsked) -> Response[ServerShown]:
        return self._repeating.once(lambda: self._add(asked))

    def _add(self, asked: ServerAsked) -> ServerShown:
        base_url = self._origin("base_url", asked.base_url)
        announced = self._announced(asked.announced_url) if asked.announced_url else base_url
        seal = self._parts.keyring.seal
        columns: dict[str, object] = {
            "name": asked.name,
            "kind": asked.kind,
            "base_url": base_url,
            "announced_url": announced,
            "api_key_sealed": seal(asked.api_key),
            "webhook_secret_sealed": seal(asked.webhook_secret) if asked.webhook_secret else None,
            "key_id": self._parts.keyring.primary,
            "capacity": asked.capacity,
            "enabled": asked.enabled,
            "warnings": Jsonb([]),
        }
        try:
            with self._parts.database.transaction() as connection:
                made = store.insert_server(connection, columns)
        except UniqueViolation as error:
            raise _taken(error) from error
        self._look(self._known(made))
        return self._shown(self._known(made))

    def edit(self, server_id: UUID, asked: ServerEdited) -> ServerShown:
        before = self._known(server_id)
        columns = self._edited(before, asked)
        try:
            with self._parts.database.transaction() as connection:
                if columns:
                    store.update_server(connection, server_id, columns)
        except UniqueViolation as error:
            raise _taken(error) from error
        if {"base_url", "api_key_sealed"} & columns.keys():
            self._look(self._known(server_id))
        return self._shown(self._known(server_id))

    def _edited(self, before: Server, asked: ServerEdited) -> dict[str, object]:
        """The columns to change; a new webhook secret keeps the one before it valid until that is retired."""
        # Without a limit again is something one can say; without a name is not.
        given = {n: v for n, v in asked.model_dump(exclude_unset=True).items() if v is not None or n == "capacity"}
        columns: dict[str, object] = {n: given[n] for n in ("name", "capacity", "enabled") if n in given}
        if "base_url" in given:
            columns["base_url"] = self._origin("base_url", given["base_url"])
            if before.announced_url == before.base_url:
                columns["announced_url"] = columns["base_url"]
        if "announced_url" in given:
            columns["announced_url"] = self._announced(given["announced_url"])
        if "api_key" in given:
            columns["api_key_sealed"] = self._parts.keyring.seal(given["api_key"])
        if "webhook_secret" in given and not self._is_present(before, given["webhook_secret"]):
            columns["webhook_secret_sealed"] = self._parts.keyring.seal(given["webhook_secret"])
            columns["previous_webhook_secret_sealed"] = before.webhook_secret_sealed
        if asked.retire_previous_secret:
            columns["previous_webhook_secret_sealed"] = None
        return columns

    def _is_present(self, before: Server, secret: str) -> bool:
        """Whether it is the one in use: asked again, after an answer was lost, the one before it must stay valid."""
        if before.webhook_secret_sealed is None:
            return False
        try:
            return self._parts.keyring.unseal(before.webhook_secret_sealed) == secret
        except SecretUnreadable:
            return False

    def remove(self, server_id: UUID) -> Response[str]:
        found = self._known(server_id)
        try:
            with self._parts.database.transaction() as connection:
                store.delete_server(connection, server_id)
        except STILL_REFERENCED as error:
            raise RequestError(Code.CONFLICT, params={"count": str(found.instance_count)}) from error
        return empty()

    def check(self, server_id: UUID) -> ServerChecked:
        look = self._look(self._known(server_id))
        probe = look.probe
        return ServerChecked(
            reachable=probe.reachable,
            cause=probe.cause,
            key_accepted=probe.key_accepted,
            version=probe.version,
            latency_ms=probe.latency_ms,
            warnings=[self._warned(code) for code in look.warnings],
            can_reach_us=False if Code.WEBHOOK_UNREACHABLE_FROM_SERVER in look.warnings else None,
            last_error=error_shown(probe.error_code, {"cause": probe.cause}, asking(self._app).language),
            checked_at=self._parts.now(),
        )

    def listed(self, server_id: UUID) -> InstancesOnServer:
        server = self._known(server_id)
        answer = self._parts.run(self._parts.gateway_for(server).instances())
        if isinstance(answer, Failed):
            answer.throw()
        with self._parts.database.transaction() as connection:
            ours = instances.names_on_server(connection, server_id, shared_by=shares_names(server.kind))
        return InstancesOnServer(
            items=[
                InstanceOnServer.model_validate(
                    {
                        "instance_name": row.name,
                        "state": _STATES.get(row.memory, "unknown"),
                        "phone_number": row.phone_number,
                        "profile_name": row.profile_name,
                        "managed": row.name in ours,
                        "instance_id": ours.get(row.name),
                        "adoptable": row.name not in ours and row.name == row.name.strip() != "",
                    }
                )
                for row in sorted(answer.value, key=lambda listed: listed.name)
                if not is_probe(row.name)
            ]
        )

    def _look(self, server: Server) -> Look:
        """Look even while the server is left alone: somebody asks, and an answer ends that."""
        return look_at_one(self._parts, server, seconds=LOOK_WITHIN_S)

    def _known(self, server_id: UUID) -> Server:
        with self._parts.database.transaction() as connection:
            found = store.server(connection, server_id)
        if found is None:
            raise RequestError(Code.NOT_FOUND)
        return found

    def _announced(self, url: str) -> str:
        """What a server calls itself: a key to look up, which is never dialled, so any stage takes any."""
        return self._origin("announced_url", url, local=True)

    def _origin(self, field: str, url: str, *, local: bool | None = None) -> str:
        try:
            return canonical_origin(url, local=self._parts.settings.is_local if local is None else local)
        except BadAddress as error:
            raise RequestError(Code.INVALID_REQUEST, errors=[FieldError(field, str(error))]) from error

    def _shown(self, server: Server, refused: Mapping[UUID, int] = MappingProxyType({})) -> ServerShown:
        language = asking(self._app).language
        why: dict[str, object] = {"cause": server.unreachable_cause, "kind": server.kind}
        same = ServerShown.model_fields.keys() - {"warnings", "last_error", "has_webhook_secret", "setup"}
        return ServerShown(
            **{name: getattr(server, name) for name in same},
            has_webhook_secret=server.webhook_secret_sealed is not None,
            warnings=self._warnings(server, refused.get(server.id)),
            last_error=error_shown(server.last_error_code, why, language),
            setup=setup(server, self._parts.settings.public_url),
        )

    def _warnings(self, server: Server, refused: int | None) -> list[Warned]:
        warned = [self._warned(code) for code in server.warnings]
        if server.webhook_secret_sealed is None and quirks(server.kind, server.version).signs_webhooks:
            return [*warned, self._warned(Code.WEBHOOK_REFUSED, cause="no_secret", server=server.name)]
        if refused:
            return [*warned, self._warned(Code.WEBHOOK_REFUSED, server=server.name, count=str(refused))]
        return warned

    def _warned(self, code: str, **params: str) -> Warned:
        told = {"url": self._parts.settings.public_url, **params}
        title, detail = title_and_detail(Code(code), told, asking(self._app).language)
        return Warned(code=code, title=title, detail=detail)


def _taken(error: UniqueViolation) -> RequestError:
    field = "base_url" if "base_url" in (error.diag.constraint_name or "") else "name"
    return RequestError(Code.CONFLICT, errors=[FieldError(field, "is taken by another server")])

"""Create an instance so that it works on every version, and leave nothing behind when it does not."""

import asyncio
import secrets
import time
from dataclasses import dataclass
from uuid import UUID

from psycopg.errors import ForeignKeyViolation, UniqueViolation

from manage_instance import failpoint
from manage_instance.acting import Acting
from manage_instance.connecting import NEWBORN, Connecting, Connection
from manage_instance.ending import gone
from manage_instance.journal import SUCCEEDED, Journal, Outcome, Running, Unfinished, Who
from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.errors import Code, FieldError, GatewayFailed, RequestError, SambungError
from sambung.domain.instance import Observation, Seen, Source
from sambung.domain.names import instance_name, phone_number
from sambung.edge.webhook_target import put
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import shares_names
from sambung.gateways.shape import Failed, Gateway, Kind, Memory, Ok
from sambung.store import clients, instances, servers
from sambung.store.connection import Connection as DbConnection
from sambung.store.servers import Server

SETTLE_AFTER_S = (0.0, 0.5, 1.0, 2.0)
TIME_FOR_CONNECT_S = 8.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for."""

    client_id: UUID
    name: str
    server_id: UUID | None
    number: str | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Created:
    """The new instance, and what connecting it brought."""

    instance_id: UUID
    connection: Connection


@dataclass
class _Attempt:
    """What is tried with which token; `cleared`: nothing of it is left where it failed."""

    token: str
    number: str | None
    cleared: bool = True


class Creating:
    """The action *create*."""

    def __init__(self, parts: Parts, journal: Journal) -> None:
        self._parts = parts
        self._journal = journal

    def run(self, wish: Wish, who: Who) -> Created:
        """Create it on the server, set its webhook, ask for its first QR; raises SambungError with nothing left."""
        name = instance_name(wish.name)
        number = phone_number(wish.number) if wish.number else None
        token = secrets.token_hex(20)
        running = self._register(wish, name, number, token, who)
        failpoint.reach("row", "create")
        attempt = _Attempt(token, number)
        _, acting = self._journal.perform(
            running,
            lambda acting: self._work(running, acting, attempt),
            failed=lambda error, _: self._give_up(running, error, cleared=attempt.cleared),
        )
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Created(running.instance.id, self._connect(running, number))

    async def _work(self, running: Running, acting: Acting, attempt: _Attempt) -> None:
        try:
            await create(acting.gateway, acting.name, attempt.token, attempt.number)
        except GatewayFailed as error:
            attempt.cleared = _never_there(error) or await self._clear(acting.gateway, acting.name, attempt.token)
            raise
        acting.saw(Seen.CREATED, self._parts.now())
        # It works without a webhook, only slower: a failure there is shown, and does not undo the instance.
        if acting.quirks.sets_webhooks:
            setting = SettingWebhook(self._parts, running, acting)
            setting.keep(await put(acting.gateway, acting.name, setting.ours))

    def _register(self, wish: Wish, name: str, number: str | None, token: str, who: Who) -> Running:
        """Our row and the operation's, before anything is asked of the server."""
        with self._parts.database.transaction() as connection:
            if clients.client(connection, wish.client_id) is None:
                raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("client_id", "there is no such client")])
            if wish.server_id is None:
                server = servers.emptiest_server(connection)
            else:
                server = servers.server(connection, wish.server_id)
            if server is None:
                reason = (
                    "no reachable server has room: add or check one" if wish.server_id is None else "no such server"
                )
                raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("server_id", reason)])
            if instances.namesake(connection, wish.client_id, server.id, name, shared_by=shares_names(server.kind)):
                raise RequestError(Code.INSTANCE_EXISTS, params={"instance": name})
            instance_id = self._insert(connection, wish, name, number, token, server)
            made = instances.instance(connection, instance_id)
            if made is None:
                raise RequestError(Code.CONFLICT)
            return self._journal.begin(connection, made, server, "create", who)

    def _insert(
        self, connection: DbConnection, wish: Wish, name: str, number: str | None, token: str, server: Server
    ) -> UUID:
        try:
            return instances.insert_instance(
                connection,
                {
                    "client_id": wish.client_id,
                    "instance_name": name,
                    "label": wish.label,
                    "server_id": server.id,
                    "assigned_instance_url": server.base_url,
                    "instance_token_sealed": self._parts.keyring.seal(token),
                    "expected_number": number,
                },
            )
        except UniqueViolation as error:
            raise RequestError(Code.INSTANCE_EXISTS, params={"instance": name}) from error
        except ForeignKeyViolation as error:
            raise RequestError(Code.CONFLICT) from error

    def _give_up(self, running: Running, error: SambungError, *, cleared: bool) -> None:
        """Forget what is proven not to be there; keep our row only where nobody can tell."""
        if cleared:
            self._journal.close(running, Outcome("failed", error, forget=True))
        else:
            self._journal.close(running, Outcome("needs_operator", error), [self._saw_failure(running, error)])

    async def _clear(self, gateway: Gateway, name: str, token: str) -> bool:
        """Remove what a failed create may have left; whether the server proves that nothing of ours is there."""
        for wait in SETTLE_AFTER_S:
            await asyncio.sleep(wait)
            there = await gateway.memory(name, token)
            if isinstance(there, Failed):
                # A namesake that refuses our token is not ours, so nothing of ours is left.
                return there.code is Code.INSTANCE_EXISTS
            if there.value is None:
                return True
            await gateway.delete(name)
        return await gone(gateway, name, deadline=time.monotonic() + 2)

    def _connect(self, running: Running, number: str | None) -> Connection:
        """The first QR, if there is time for it; the page asks again anyway."""
        if time.monotonic() + TIME_FOR_CONNECT_S > running.who.deadline:
            return Connection(reason="qr_not_ready")
        try:
            connecting = self._journal.open(running.instance.id, "connect", running.who)
            found, acting = self._journal.perform(
                connecting,
                lambda acting: Connecting(acting, NEWBORN, self._parts.now).run(
                    number if acting.quirks.offers_pairing_code else None
                ),
            )
        except (SambungError, Unfinished):
            return Connection(reason="qr_not_ready")
        self._journal.close(connecting, SUCCEEDED, acting.seen)
        return found

    def _saw_failure(self, running: Running, error: SambungError) -> Observation:
        now = self._parts.now()
        return Observation(
            seen=Seen.ACTION_FAILED,
            source=Source.ACTION,
            server_id=running.server.id,
            received_at=now,
            at=now,
            generation=running.instance.generation,
            code=error.code,
            operation_id=running.operation_id,
        )


async def create(gateway: Gateway, name: str, token: str, number: str | None) -> None:
    """Ask the server; where its answer leaves it open, look whether the instance is there and ours.

    Raises GatewayFailed.
    """
    answer = await gateway.create(name, token, number)
    if isinstance(answer, Ok):
        return
    if answer.kind is Kind.AMBIGUOUS and await is_ours(gateway, name, token):
        return
    answer.throw()


async def is_ours(gateway: Gateway, name: str, token: str) -> bool:
    """Our own token is accepted for this instance only if we made it."""
    answer = await gateway.memory(name, token)
    return isinstance(answer, Ok) and isinstance(answer.value, Memory)


def _never_there(error: SambungError) -> bool:
    """Whether the failure itself proves that nothing was made: refused, or never sent."""
    if not isinstance(error, GatewayFailed):
        return True
    refused = error.code in {Code.INSTANCE_EXISTS, Code.SERVER_KEY_REJECTED, Code.LICENSE_REQUIRED}
    never_sent = not error.maybe_done and (error.transient or error.code is Code.SERVER_UNREACHABLE)
    return refused or never_sent

"""Sync: take instances that live on servers into the registry, by name; again changes nothing."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from psycopg.errors import UniqueViolation

from manage_instance import failpoint
from manage_instance.acting import Acting
from manage_instance.journal import SUCCEEDED, Journal, Running, Unfinished, Who
from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.errors import Code, FieldError, GatewayFailed, RequestError, SambungError
from sambung.domain.instance import Seen, Source, WebhookState
from sambung.domain.probe_instance import is_probe
from sambung.edge import waking
from sambung.edge.wiring import Parts
from sambung.gateways import KINDS
from sambung.gateways.quirks import is_addressable, shares_names
from sambung.gateways.shape import Failed, Memory
from sambung.store import bulk, clients, instances, servers
from sambung.store.bulk import Listed
from sambung.store.connection import Connection
from sambung.store.servers import Server

LIMIT = 50
AT_ONCE = 5
_SEEN = {Memory.OPEN: Seen.OPEN, Memory.CONNECTING: Seen.CONNECTING, Memory.CLOSE: Seen.CLOSE}


@dataclass(frozen=True, slots=True)
class SyncWish:
    """What to take in. No servers named: all enabled ones. No names: every instance they list."""

    client_id: UUID
    server_id: UUID | None
    names: tuple[str, ...] | None
    take_over: bool


@dataclass(frozen=True, slots=True)
class One:
    """What became of one instance; `error` says why it was skipped or failed. `name` None: a whole server failed."""

    name: str | None
    server_id: UUID
    instance_id: UUID | None = None
    error: SambungError | None = None


@dataclass
class Synced:
    """What became of all of them."""

    synced: list[One] = field(default_factory=list)
    existing: list[One] = field(default_factory=list)
    skipped: list[One] = field(default_factory=list)
    failed: list[One] = field(default_factory=list)


class Syncing:
    """The action *sync*."""

    def __init__(self, parts: Parts, journal: Journal) -> None:
        self._parts = parts
        self._journal = journal

    def run(self, wish: SyncWish, who: Who) -> Synced | UUID:
        """Take them in and set their webhooks; the id of the operation that does it where they are more than 50.

        Raises `invalid_request` for an unknown client or server.
        """
        done = Synced()
        found = self._listed(wish, done)
        chosen = [(server, name) for server, names in found for name in self._wanted(wish, server, names, done)]
        if len(chosen) > LIMIT:
            return self._begin_many(wish, chosen, who, done)
        adopted = [running for server, name in chosen if (running := self._adopt(wish, server, name, who, done))]
        self._parts.run(self._settle_all(wish, adopted, done))
        return done

    def _begin_many(self, wish: SyncWish, chosen: Sequence[tuple[Server, str]], who: Who, done: Synced) -> UUID:
        """A list for whoever works on it; what cannot be taken in is on it with its reason."""
        cannot = [
            Listed(one.name or "", one.server_id, one.instance_id, one.error.code.value)
            for one in (*done.skipped, *done.failed)
            if one.error is not None
        ]
        listed = [*(Listed(name, server.id) for server, name in chosen), *cannot]
        wanted = {"client_id": str(wish.client_id), "take_over": wish.take_over}
        with self._parts.database.transaction() as connection:
            operation_id = bulk.begin(
                connection, "sync", listed, actor=who.username, correlation_id=who.correlation_id, wish=wanted
            )
        waking.ask_for_work(self._parts.settings.work_queue_url, [operation_id])
        return operation_id

    def _listed(self, wish: SyncWish, done: Synced) -> Sequence[tuple[Server, Sequence[str]]]:
        """What each server lists; one that does not answer is a failure of its own."""
        with self._parts.database.transaction() as connection:
            if clients.client(connection, wish.client_id) is None:
                raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("client_id", "there is no such client")])
            known = [s for s in servers.all_servers(connection) if s.kind in KINDS]
        asked = [s for s in known if (s.id == wish.server_id if wish.server_id else s.enabled)]
        if wish.server_id and not asked:
            raise RequestError(Code.INVALID_REQUEST, errors=[FieldError("server_id", "there is no such server")])
        found = []
        for server, answer in zip(asked, self._parts.run(self._ask_all(asked)), strict=True):
            if isinstance(answer, SambungError):
                done.failed.append(One(None, server.id, error=answer))
            else:
                found.append((server, answer))
        return found

    async def _ask_all(self, asked: Sequence[Server]) -> list[Sequence[str] | SambungError]:
        async def ask(server: Server) -> Sequence[str] | SambungError:
            try:
                answer = await self._parts.gateway_for(server).instances()
                if isinstance(answer, Failed):
                    answer.throw()
            except GatewayFailed as error:
                return error
            return sorted(row.name for row in answer.value if not is_probe(row.name))

        return await asyncio.gather(*(ask(server) for server in asked))

    def _wanted(self, wish: SyncWish, server: Server, listed: Sequence[str], done: Synced) -> list[str]:
        """The names to take in here; what is known or cannot be taken is told at once."""
        with self._parts.database.transaction() as connection:
            ours = instances.names_on_server(connection, server.id, shared_by=shares_names(server.kind))
        missing = set(wish.names or ()) - set(listed) if wish.server_id else set()
        done.failed += [
            One(name, server.id, error=RequestError(Code.INSTANCE_NOT_FOUND_ON_SERVER)) for name in sorted(missing)
        ]
        wanted = []
        for name in listed:
            if wish.names is not None and name not in wish.names:
                continue
            if name in ours:
                done.existing.append(One(name, server.id, ours[name]))
            elif is_addressable(server.kind, name):
                wanted.append(name)
            else:
                done.skipped.append(One(name, server.id, error=RequestError(Code.INSTANCE_NAME_INVALID)))
        return wanted

    def _adopt(self, wish: SyncWish, server: Server, name: str, who: Who, done: Synced) -> Running | None:
        """Our row and its operation; None where the client has this name on another server already."""
        try:
            with self._parts.database.transaction() as connection:
                running = self.adopt(connection, wish, server, name, who)
        except UniqueViolation:
            error = RequestError(Code.INSTANCE_EXISTS, params={"instance": name})
            done.skipped.append(One(name, server.id, error=error))
            return None
        except SambungError as error:
            done.failed.append(One(name, server.id, error=error))
            return None
        failpoint.reach("row", "sync")
        return running

    def adopt(self, connection: Connection, wish: SyncWish, server: Server, name: str, who: Who) -> Running:
        """Its row and its operation; psycopg's UniqueViolation where the name is taken."""
        instance_id = instances.insert_instance(
            connection,
            {
                "client_id": wish.client_id,
                "instance_name": name,
                "server_id": server.id,
                "assigned_instance_url": server.base_url,
            },
        )
        made = instances.instance(connection, instance_id)
        if made is None:
            raise RequestError(Code.CONFLICT)
        return self._journal.begin(connection, made, server, "sync", who)

    async def _settle_all(self, wish: SyncWish, adopted: Sequence[Running], done: Synced) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def settle(running: Running) -> None:
            async with gate:
                await self._settle(wish, running, done)

        await asyncio.gather(*(settle(running) for running in adopted))

    async def _settle(self, wish: SyncWish, running: Running, done: Synced) -> None:
        name, server_id, instance_id = running.instance.instance_name, running.server.id, running.instance.id
        try:
            await self.settle(wish, running)
        except Unfinished:
            done.failed.append(One(name, server_id, instance_id, RequestError(Code.INSTANCE_BUSY)))
        except SambungError as error:
            done.failed.append(One(name, server_id, instance_id, error))
        else:
            done.synced.append(One(name, server_id, instance_id))

    async def settle(self, wish: SyncWish, running: Running) -> None:
        """See how it is and set its webhook; one that fails is in the registry all the same, and says why."""

        async def work(acting: Acting) -> None:
            await self._see(acting)
            await self._set_webhook(wish, running, acting)

        _, acting = await self._journal.performed(running, work)
        self._journal.close(running, SUCCEEDED, acting.seen)

    async def _see(self, acting: Acting) -> None:
        read_at = self._parts.now()
        memory = await acting.present()
        if memory is Memory.OPEN:
            await acting.opened()
        elif memory in _SEEN:
            acting.saw(_SEEN[memory], read_at, source=Source.READ)

    async def _set_webhook(self, wish: SyncWish, running: Running, acting: Acting) -> None:
        """Ours, unless somebody else's is there and was not to be taken over: that one stays, and is shown."""
        setting = SettingWebhook(self._parts, running, acting)
        _, found = await setting.read()
        if found.state in {WebhookState.OK, WebhookState.UNKNOWN} or (
            found.state is WebhookState.ELSEWHERE and not wish.take_over
        ):
            return
        await setting.run(take_over=wish.take_over)

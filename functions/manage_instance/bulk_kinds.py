"""The actions that are done to many instances at once: delete, and sync."""

from collections.abc import Mapping
from uuid import UUID

from psycopg.errors import UniqueViolation

from manage_instance.actions import Actions
from manage_instance.bulk import Kind
from manage_instance.journal import Journal, Running, Who
from manage_instance.syncing import Syncing, SyncWish
from sambung.domain.bulk import Item
from sambung.domain.errors import Code, RequestError
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import shares_names
from sambung.store import instances, servers
from sambung.store.bulk import Parent
from sambung.store.connection import Connection

DELETE_ALL = "delete-all"
SYNC = "sync"


class DeletingMany:
    """Deletes each; one whose webhook is somebody else's is left as it is, and said to be."""

    action = "delete"

    def __init__(self, actions: Actions, journal: Journal) -> None:
        self._actions = actions
        self._journal = journal

    def begin(self, connection: Connection, parent: Parent, item: Item, who: Who) -> Running | None:  # noqa: ARG002 - see Kind
        found = instances.instance(connection, item.instance_id) if item.instance_id else None
        if found is None:
            return None
        server = servers.server(connection, found.server_id) if found.server_id else None
        if server is None:
            raise RequestError(Code.SESSION_NOT_FOUND_ANYWHERE, params={"instance": found.instance_name})
        return self._journal.begin(connection, found, server, self.action, who)

    async def work(self, parent: Parent, running: Running) -> None:  # noqa: ARG002 - see Kind
        await self._actions.deleting(running, take_over=False)


class SyncingMany:
    """Takes each into the registry."""

    action = "sync"

    def __init__(self, syncing: Syncing, journal: Journal) -> None:
        self._syncing = syncing
        self._journal = journal

    def begin(self, connection: Connection, parent: Parent, item: Item, who: Who) -> Running | None:
        server = servers.server(connection, item.server_id) if item.server_id else None
        if server is None:
            raise RequestError(Code.NOT_FOUND)
        known = instances.names_on_server(connection, server.id, shared_by=shares_names(server.kind)).get(item.name)
        if known is None:
            return self._adopted(connection, parent, item, server, who)
        taken_in = instances.instance(connection, known)
        if taken_in is None or known != item.instance_id:
            # Somebody took it in meanwhile.
            return None
        return self._journal.begin(connection, taken_in, server, self.action, who)

    def _adopted(self, connection: Connection, parent: Parent, item: Item, server: servers.Server, who: Who) -> Running:
        try:
            with connection.transaction():
                return self._syncing.adopt(connection, _wish(parent), server, item.name, who)
        except UniqueViolation as error:
            raise RequestError(Code.INSTANCE_EXISTS, params={"instance": item.name}) from error

    async def work(self, parent: Parent, running: Running) -> None:
        await self._syncing.settle(_wish(parent), running)


def kinds(parts: Parts) -> Mapping[str, Kind]:
    """Every action on many by the name of its operation."""
    journal = Journal(parts)
    return {
        DELETE_ALL: DeletingMany(Actions(parts), journal),
        SYNC: SyncingMany(Syncing(parts, journal), journal),
    }


def _wish(parent: Parent) -> SyncWish:
    said = parent.wish
    return SyncWish(UUID(said["client_id"]), None, None, bool(said["take_over"]))

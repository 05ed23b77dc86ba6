"""The actions on an instance, each journalled: its row first, then the gateway, then what was seen."""

from dataclasses import dataclass
from uuid import UUID

from manage_instance.connecting import Connecting, Connection
from manage_instance.creating import Created, Creating, Wish
from manage_instance.deleting import Deleting
from manage_instance.journal import SUCCEEDED, Journal, Outcome, Who
from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.errors import GatewayFailed, SambungError
from sambung.edge.wiring import Parts


@dataclass(frozen=True, slots=True)
class ConnectDone:
    """What connecting brought, and its operation."""

    operation_id: UUID
    connection: Connection


@dataclass(frozen=True, slots=True)
class DeleteDone:
    """Whether the instance was seen gone; otherwise the operation goes on."""

    operation_id: UUID
    finished: bool


class Actions:
    """Everything an operator can do to an instance."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._journal = Journal(parts)

    def create(self, wish: Wish, who: Who) -> Created:
        """Create an instance; raises SambungError with nothing left behind."""
        return Creating(self._parts, self._journal).run(wish, who)

    def connect(self, instance_id: UUID, who: Who, number: str | None) -> ConnectDone:
        """Bring a QR, or find it connected; raises SambungError."""
        running = self._journal.open(instance_id, "connect", who)
        work = Connecting(
            gateway=self._parts.gateway_for(running.server),
            name=running.instance.instance_name,
            server_id=running.server.id,
            generation=running.instance.generation,
            operation_id=running.operation_id,
            paired_before=running.instance.opened_since_pairing,
            deadline=who.deadline,
            now=self._parts.now,
        )
        try:
            found = self._parts.run(work.run(number))
        except GatewayFailed as error:
            self._journal.fail(running, error, work.seen)
            raise
        self._journal.close(running, SUCCEEDED, found.seen)
        return ConnectDone(running.operation_id, found)

    def set_webhook(self, instance_id: UUID, who: Who, *, take_over: bool) -> UUID:
        """Set the webhook and read it back; raises SambungError."""
        running = self._journal.open(instance_id, "set-webhook", who)
        try:
            SettingWebhook(self._parts).run(running, take_over=take_over)
        except SambungError as error:
            self._journal.fail(running, error)
            raise
        self._journal.close(running, SUCCEEDED)
        return running.operation_id

    def delete(self, instance_id: UUID, who: Who, *, take_over: bool) -> DeleteDone:
        """Delete it on its server and here; raises SambungError with the row kept."""
        running = self._journal.open(instance_id, "delete", who)
        try:
            finished = Deleting(self._parts).run(running, take_over=take_over)
        except SambungError as error:
            self._journal.fail(running, error)
            raise
        if finished:
            self._journal.close(running, Outcome("succeeded", forget=True))
        return DeleteDone(running.operation_id, finished)

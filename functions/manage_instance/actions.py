"""The actions on an instance, each journalled: its row first, then the gateway, then what was seen."""

from dataclasses import dataclass
from uuid import UUID

from manage_instance.connecting import Connecting, Connection, Past, qr_hash
from manage_instance.creating import Created, Creating, Wish
from manage_instance.ending import Deleting, LoggingOut
from manage_instance.journal import FORGOTTEN, SUCCEEDED, Journal, Running, Who
from manage_instance.proving import Proving
from manage_instance.recreating import Recreating
from manage_instance.releasing import Releasing
from manage_instance.restarting import Restarting
from manage_instance.syncing import Synced, Syncing, SyncWish
from manage_instance.webhook_setting import SettingWebhook
from sambung.domain.errors import Code, GatewayFailed, RequestError, SambungError
from sambung.domain.instance import WebhookState
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Memory, WebhookTarget
from sambung.store import instances, snapshots


@dataclass(frozen=True, slots=True)
class Done:
    """How an action ended. `verified`: what the read-back saw; `doubt`: the gateway said yes and that was not seen."""

    operation_id: UUID
    verified: str
    connection: Connection | None = None
    doubt: SambungError | None = None


@dataclass(frozen=True, slots=True)
class WebhookWish:
    """What to do about an instance's webhook; at most one of the four. `test`: send the number a message to itself."""

    take_over: bool = False
    restore_previous: bool = False
    leave: bool = False
    use_global: bool = False
    test: bool = True


class Actions:
    """Everything an operator can do to an instance.

    Each raises SambungError where it failed, and Unfinished where it goes on after the answer.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._journal = Journal(parts)

    def create(self, wish: Wish, who: Who) -> Created:
        """Create an instance, with nothing left behind where that fails."""
        return Creating(self._parts, self._journal).run(wish, who)

    def sync(self, wish: SyncWish, who: Who) -> Synced | UUID:
        """Take instances that live on servers into the registry; many of them as an operation that goes on."""
        return Syncing(self._parts, self._journal).run(wish, who)

    def connect(self, instance_id: UUID, who: Who, number: str | None) -> Done:
        """Bring a QR, or find it connected."""
        running = self._journal.open(instance_id, "connect", who)
        past = self._past(running)
        try:
            found, acting = self._journal.perform(
                running, lambda acting: Connecting(acting, past, self._parts.now).run(number)
            )
        except GatewayFailed as error:
            return _doubtful(running, error)
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Done(running.operation_id, found.reason or "qr", found)

    def restart(self, instance_id: UUID, who: Who) -> Done:
        """Restart an open session and see it come back."""
        running = self._journal.open(instance_id, "restart", who)
        try:
            memory, acting = self._journal.perform(running, lambda acting: Restarting(acting, self._parts.now).run())
        except GatewayFailed as error:
            return _doubtful(running, error)
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Done(running.operation_id, memory.value)

    def logout(self, instance_id: UUID, who: Who) -> Done:
        """Log it out and see it closed."""
        running = self._journal.open(instance_id, "logout", who)
        offer = self._past(running).offer
        if offer is not None:
            self._edit(instance_id, {"dead_qr": qr_hash(offer)})
        try:
            _, acting = self._journal.perform(running, lambda acting: LoggingOut(acting, self._parts.now).run())
        except GatewayFailed as error:
            return _doubtful(running, error)
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Done(running.operation_id, Memory.CLOSE.value)

    def recreate(self, instance_id: UUID, who: Who) -> Done:
        """Make it anew under the same name and connect it."""
        running = self._journal.open(instance_id, "recreate", who)
        try:
            found, acting = self._journal.perform(
                running, lambda acting: Recreating(self._parts, running, acting).run()
            )
        except GatewayFailed as error:
            return _doubtful(running, error)
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Done(running.operation_id, found.reason or "qr", found)

    def delete(self, instance_id: UUID, who: Who, *, take_over: bool) -> Done:
        """Delete it on its server and here; its row stays until it was seen gone."""
        running = self._journal.open(instance_id, "delete", who)
        return self._parts.run(self.deleting(running, take_over=take_over))

    async def deleting(self, running: Running, *, take_over: bool) -> Done:
        """The rest of a delete whose operation is open."""
        _, acting = await self._journal.performed(
            running, lambda acting: self._delete(SettingWebhook(self._parts, running, acting), take_over=take_over)
        )
        self._journal.close(running, FORGOTTEN, acting.seen)
        return Done(running.operation_id, "absent")

    async def _delete(self, setting: SettingWebhook, *, take_over: bool) -> None:
        await Deleting(setting.acting, await self._may_switch_off(setting, take_over=take_over)).run()

    async def _may_switch_off(self, setting: SettingWebhook, *, take_over: bool) -> WebhookTarget | None:
        """Our webhook where it is set; raises `webhook_elsewhere` where somebody else's system lives on it."""
        try:
            found = await setting.read()
        except GatewayFailed as error:
            if error.code is Code.INSTANCE_NOT_FOUND_ON_SERVER or take_over:
                return None
            raise
        if found[1].state is WebhookState.ELSEWHERE and not take_over:
            raise RequestError(Code.WEBHOOK_ELSEWHERE, params={"host": found[1].host or "?"})
        return setting.ours if found[1].state in {WebhookState.OK, WebhookState.INCOMPLETE} or take_over else None

    def release(self, instance_id: UUID, who: Who) -> Done:
        """Forget it here and leave it alive there."""
        running = self._journal.open(instance_id, "release", who)
        _, acting = self._journal.perform(
            running, lambda acting: Releasing(SettingWebhook(self._parts, running, acting)).run()
        )
        self._journal.close(running, FORGOTTEN, acting.seen)
        return Done(running.operation_id, "released")

    def set_webhook(self, instance_id: UUID, who: Who, wish: WebhookWish) -> Done:
        """Set the webhook and read it back, put back what stood there before, or decide to leave it as it is."""
        running = self._journal.open(instance_id, "set-webhook", who)
        try:
            verified, acting = self._journal.perform(
                running, lambda acting: self._webhook(SettingWebhook(self._parts, running, acting), wish)
            )
        except GatewayFailed as error:
            return _doubtful(running, error)
        self._journal.close(running, SUCCEEDED, acting.seen)
        return Done(running.operation_id, verified)

    async def _webhook(self, setting: SettingWebhook, wish: WebhookWish) -> str:
        if wish.restore_previous:
            return f"put back: {await setting.restore() or '?'}"
        if wish.leave or wish.use_global:
            return await setting.decide("global" if wish.use_global else "leave")
        memory = await setting.run(take_over=wish.take_over)
        return str(await Proving(self._parts, setting.running, setting.acting).run(memory, test=wish.test))

    def _past(self, running: Running) -> Past:
        with self._parts.database.transaction() as connection:
            stored = snapshots.read(connection, running.instance.id)
            dead = instances.dead_qr(connection, running.instance.id)
        if stored is None:
            raise RequestError(Code.NOT_FOUND)
        was = stored.snapshot
        return Past(was.opened_since_pairing, was.phone_number is not None, was.qr, was.qr_at, dead)

    def _edit(self, instance_id: UUID, columns: dict[str, object]) -> None:
        with self._parts.database.transaction() as connection:
            instances.edit_instance(connection, instance_id, columns)

    def expect_number(self, instance_id: UUID) -> None:
        """Judge the connected number again after another one was said to be expected."""
        with self._parts.database.transaction() as connection:
            stored = snapshots.read(connection, instance_id, hold=True)
            if stored is not None:
                instances.edit_instance(connection, instance_id, snapshots.number_columns(stored.snapshot))


def _doubtful(running: Running, error: GatewayFailed) -> Done:
    """An action the gateway said yes to and nobody saw; any other failure is raised as it is."""
    if error.code is not Code.ACTION_NOT_CONFIRMED:
        raise error
    seen = error.evidence.get("memory") or error.evidence.get("webhook") or "unknown"
    return Done(running.operation_id, str(seen), doubt=error)

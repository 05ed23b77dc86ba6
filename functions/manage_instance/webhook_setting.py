"""Where a gateway sends an instance's events: set it, read it back, prove it; never take somebody else's silently."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from manage_instance.acting import Acting, not_offered
from manage_instance.journal import Running
from sambung.domain.errors import Code, GatewayFailed, RequestError
from sambung.domain.instance import WebhookState
from sambung.edge.webhook_target import Found, judge, put, target
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Memory, WebhookSetting, WebhookTarget
from sambung.store import instances, servers


@dataclass
class SettingWebhook:
    """The action *set webhook*, and the part of others that sets one."""

    parts: Parts
    running: Running
    acting: Acting

    @property
    def _has_own(self) -> bool:
        return self.acting.quirks.sets_webhooks

    @property
    def ours(self) -> WebhookTarget:
        """Our address for this instance."""
        return target(self.parts, self.running.server, self.running.instance)

    async def read(self) -> tuple[WebhookSetting | None, Found]:
        """What is set now, and what that means; kept. Nothing is known where a server has one address for all.

        Raises GatewayFailed.
        """
        if not self._has_own:
            return None, Found(WebhookState.UNKNOWN, None)
        answer = await self.acting.gateway.webhook(self.acting.name)
        if isinstance(answer, Failed):
            answer.throw()
        found = judge(answer.value, self.ours)
        self.keep(found)
        return answer.value, found

    def keep(self, found: Found | Failed) -> None:
        """Store what was found, and which body the server took; what could not be read leaves what was known."""
        if isinstance(found, Failed):
            return
        columns: dict[str, object] = {
            "webhook_state": found.state.value,
            "webhook_url_host": found.host,
            "webhook_looked_at": self.parts.now(),
        }
        if found.state is not WebhookState.OK:
            columns["webhook_proven"] = False
        with self.parts.database.transaction() as connection:
            instances.edit_instance(connection, self.running.instance.id, columns)
            if found.taken is not None and found.taken.shape != self.running.server.webhook_shape:
                servers.update_server(connection, self.running.server.id, {"webhook_shape": found.taken.shape.value})

    async def refuse_if_elsewhere(self) -> Found:
        """What is set; raises `webhook_elsewhere` where it is somebody else's."""
        _, found = await self.read()
        if found.state is WebhookState.ELSEWHERE:
            raise RequestError(Code.WEBHOOK_ELSEWHERE, params={"host": found.host or "?"})
        return found

    async def run(self, *, take_over: bool) -> Memory:
        """Set ours and read it back; the session's state. Raises `webhook_elsewhere` where it is somebody else's.

        What stood there before is sealed and kept. Raises `invalid_request` where the server's own configuration names
        the one address.
        """
        self._refuse_without()
        memory = await self.acting.present()
        before, found = await self.read()
        if found.state is WebhookState.ELSEWHERE:
            if not take_over:
                raise RequestError(Code.WEBHOOK_ELSEWHERE, params={"host": found.host or "?"})
            self._keep_previous(before, found.host)
        await self.put(self.ours)
        return memory

    async def put_if_any(self) -> None:
        """Set ours, where an instance has a webhook at all; raises as `put`."""
        if self._has_own:
            await self.put(self.ours)

    def _refuse_without(self) -> None:
        if not self._has_own:
            raise not_offered("no_own_webhook")

    async def put(self, wanted: WebhookTarget) -> Found:
        """Set it and read it back; raises what the gateway failed with, or `action_not_confirmed`."""
        after = await put(self.acting.gateway, self.acting.name, wanted)
        if isinstance(after, Failed):
            after.throw()
        self.keep(after)
        if after.state is not WebhookState.OK:
            raise GatewayFailed(
                Code.ACTION_NOT_CONFIRMED, transient=False, maybe_done=True, evidence={"webhook": after.state.value}
            )
        return after

    async def restore(self) -> str | None:
        """Put back what stood there before ours; its host. Raises `conflict` where nothing was kept."""
        sealed = self.running.instance.previous_webhook_sealed
        if sealed is None:
            raise RequestError(Code.CONFLICT, params={"cause": "no_previous_webhook"})
        previous = _target(json.loads(self.parts.keyring.unseal(sealed)))
        await self.acting.present()
        answer = await self.acting.gateway.set_webhook(self.acting.name, previous)
        if isinstance(answer, Failed):
            answer.throw()
        setting, found = await self.read()
        if setting is None or setting.url != previous.url:
            raise GatewayFailed(
                Code.ACTION_NOT_CONFIRMED, transient=False, maybe_done=True, evidence={"webhook": found.state.value}
            )
        self._edit({"previous_webhook_sealed": None, "previous_webhook_host": None, "webhook_policy": "leave"})
        return found.host

    async def decide(self, policy: str) -> str:
        """Leave what is set alone: `leave` it and watch by reading, or hear of it by the server's `global` webhook."""
        self._refuse_without()
        _, found = await self.read()
        self._edit({"webhook_policy": policy})
        return f"{found.state.value}: {found.host or '-'}"

    def _keep_previous(self, before: WebhookSetting | None, host: str | None) -> None:
        """Before ours is set, so that a death in between loses nothing."""
        if before is None or before.as_target is None:
            return
        sealed = self.parts.keyring.seal(json.dumps(asdict(before.as_target)))
        self._edit({"previous_webhook_sealed": sealed, "previous_webhook_host": host, "webhook_policy": "ours"})

    def _edit(self, columns: dict[str, object]) -> None:
        with self.parts.database.transaction() as connection:
            instances.edit_instance(connection, self.running.instance.id, columns)


def _target(kept: dict[str, Any]) -> WebhookTarget:
    """A target as it was sealed."""
    return WebhookTarget(**{**kept, "events": None if kept["events"] is None else tuple(kept["events"])})

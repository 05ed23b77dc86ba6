"""Where a gateway sends an instance's events: set it, read it back, and never overwrite somebody else's silently."""

from dataclasses import replace

from manage_instance.journal import Running
from sambung.domain.errors import Code, GatewayFailed, RequestError
from sambung.domain.instance import WebhookState
from sambung.edge.webhook_target import Found, look, target
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Gateway, WebhookTarget
from sambung.store import instances, servers


async def put(gateway: Gateway, name: str, wanted: WebhookTarget) -> Found | Failed:
    """Set it and read it back: what the setting's answer said proves nothing."""
    answer = await gateway.set_webhook(name, wanted)
    if isinstance(answer, Failed):
        return answer
    found = await look(gateway, name, wanted)
    return replace(found, taken=answer.value) if isinstance(found, Found) else found


def keep(parts: Parts, running: Running, found: Found | Failed) -> None:
    """Store what was found, and which body the server took; a server that could not be read leaves what was known."""
    if isinstance(found, Failed):
        return
    columns: dict[str, object] = {"webhook_state": found.state.value, "webhook_url_host": found.host}
    if found.state is not WebhookState.OK:
        columns["webhook_proven"] = False
    with parts.database.transaction() as connection:
        instances.edit_instance(connection, running.instance.id, columns)
        if found.taken is not None and found.taken.shape != running.server.webhook_shape:
            servers.update_server(connection, running.server.id, {"webhook_shape": found.taken.shape.value})


def set_on_create(parts: Parts, running: Running, gateway: Gateway) -> None:
    """Give a new instance its webhook; a failure is what the registry then shows."""
    wanted = target(parts, running.server, running.instance)
    keep(parts, running, parts.run(put(gateway, running.instance.instance_name, wanted)))


class SettingWebhook:
    """The action *set webhook*."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def run(self, running: Running, *, take_over: bool) -> Found:
        """Set our webhook and prove that it is set; raises `webhook_elsewhere` where it is somebody else's."""
        gateway = self._parts.gateway_for(running.server)
        wanted = target(self._parts, running.server, running.instance)
        before = self._parts.run(look(gateway, running.instance.instance_name, wanted))
        if isinstance(before, Found) and before.state is WebhookState.ELSEWHERE and not take_over:
            keep(self._parts, running, before)
            raise RequestError(Code.WEBHOOK_ELSEWHERE, params={"host": before.host or "?"})
        after = self._parts.run(put(gateway, running.instance.instance_name, wanted))
        keep(self._parts, running, after)
        if isinstance(after, Failed):
            after.throw()
        if after.state is not WebhookState.OK:
            raise GatewayFailed(
                Code.ACTION_NOT_CONFIRMED, transient=False, maybe_done=True, evidence={"webhook": after.state.value}
            )
        return after

"""Where a gateway shall send an instance's events, and what it means when it sends them somewhere else."""

from dataclasses import dataclass, replace
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from sambung.domain.instance import WebhookState
from sambung.edge.wiring import Parts
from sambung.gateways.quirks import CREATION_EVENT
from sambung.gateways.shape import Failed, Gateway, Ok, WebhookSet, WebhookSetting, WebhookTarget
from sambung.store.servers import Server


class Marked(Protocol):
    """What our address carries of an instance."""

    @property
    def id(self) -> UUID: ...
    @property
    def generation(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Found:
    """What a server has set for an instance, judged."""

    state: WebhookState
    host: str | None
    missing_events: tuple[str, ...] = ()
    taken: WebhookSet | None = None


def target(parts: Parts, server: Server, instance: Marked) -> WebhookTarget:
    """Our address for this instance's events; its secret is in a header, or in the path where there are none."""
    ours = f"{parts.settings.public_url}/webhooks/{server.id}"
    mark = f"i={instance.id}.{instance.generation}"
    if not sends_headers(server.version):
        return WebhookTarget(url=f"{ours}/t/{parts.keyring.path_token(server.id, server.key_id)}?{mark}", headers={})
    bearer = parts.keyring.bearer(server.id, server.key_id)
    headers = {"Authorization": f"Bearer {bearer}", "X-Instance-Url": server.announced_url}
    return WebhookTarget(url=f"{ours}?{mark}", headers=headers)


def probe_target(parts: Parts, server: Server, instance: Marked, probe: str) -> WebhookTarget:
    """Where a probe instance tells that it was made, which proves the way of this instance's events as well.

    It tells nothing else: a server does not finish deleting what still has to tell of it.
    """
    ours = target(parts, server, instance)
    proves = f"{instance.id}.{instance.generation}"
    mark = parts.keyring.probe_mark(server.id, probe, proves, server.key_id)
    return replace(ours, url=f"{ours.url.partition('?')[0]}?i=probe.{proves}.{mark}", events=(CREATION_EVENT,))


def sends_headers(version: str | None) -> bool:
    """Whether a server of this version sends custom headers (2.1.1 and later)."""
    parts = [int(p) for p in (version or "0").split("-")[0].split(".") if p.isdigit()]
    return tuple(parts) >= (2, 1, 1)


def judge(found: WebhookSetting | None, wanted: WebhookTarget) -> Found:
    """Compare what is set with what should be; an older address of ours is incomplete, not somebody else's."""
    if found is None or not found.url:
        return Found(WebhookState.MISSING, None)
    host = urlsplit(found.url).netloc.rpartition("@")[2] or None
    ours = found.url.startswith(wanted.url.partition("/webhooks/")[0] + "/webhooks/")
    if not found.enabled:
        return Found(WebhookState.DISABLED, host)
    if not ours:
        return Found(WebhookState.ELSEWHERE, host)
    if found.missing_events or found.url != wanted.url:
        return Found(WebhookState.INCOMPLETE, host, found.missing_events)
    return Found(WebhookState.OK, host)


async def look(gateway: Gateway, name: str, wanted: WebhookTarget) -> Found | Failed:
    """Read what is set and judge it."""
    answer = await gateway.webhook(name)
    return judge(answer.value, wanted) if isinstance(answer, Ok) else answer


async def put(gateway: Gateway, name: str, wanted: WebhookTarget) -> Found | Failed:
    """Set it and read it back: what the setting's answer said proves nothing."""
    answer = await gateway.set_webhook(name, wanted)
    if isinstance(answer, Failed):
        return answer
    found = await look(gateway, name, wanted)
    return replace(found, taken=answer.value) if isinstance(found, Found) else found

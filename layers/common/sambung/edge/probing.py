"""A look at one server: does it answer, does it take our key, can it reach us. It judges nothing else."""

import time

from sambung.domain.errors import Code
from sambung.edge.wiring import Parts
from sambung.gateways.addresses import public_url_warning
from sambung.gateways.shape import Failed
from sambung.store.servers import Probe, Server


async def look_at(parts: Parts, server: Server) -> Probe:
    """Ask for its list, which needs the key, then for its version, which may be slow and decides nothing."""
    gateway = parts.gateway_for(server)
    started = time.monotonic()
    listed = await gateway.instances()
    latency_ms = round((time.monotonic() - started) * 1000)
    if isinstance(listed, Failed):
        answered = listed.cause is None
        return Probe(
            reachable=answered,
            cause=listed.cause,
            key_accepted=False if listed.code is Code.SERVER_KEY_REJECTED else None,
            version=None,
            latency_ms=latency_ms if answered else None,
            error_code=listed.code.value,
        )
    info = await gateway.info()
    version = None if isinstance(info, Failed) else info.value.version
    return Probe(reachable=True, cause=None, key_accepted=True, version=version, latency_ms=latency_ms, error_code=None)


def warnings_for(public_url: str, base_url: str) -> list[str]:
    """Catalogue codes of what will hurt later."""
    return [Code.WEBHOOK_UNREACHABLE_FROM_SERVER.value] if public_url_warning(public_url, base_url) else []

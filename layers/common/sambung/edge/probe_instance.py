"""Probe instances that a dead process left on a server: found by their names, and removed where our own key proves them
ours."""

from sambung.edge.keyring import Keyring
from sambung.gateways.shape import Failed, Gateway
from sambung.store.servers import Server


async def is_ours(keyring: Keyring, gateway: Gateway, server: Server, probe: str) -> bool:
    """Whether the server takes one of the tokens that only we can derive from this name."""
    for token in keyring.probe_tokens(server.id, probe):
        answer = await gateway.memory(probe, token)
        if not isinstance(answer, Failed):
            return answer.value is not None
    return False


async def remove(keyring: Keyring, gateway: Gateway, server: Server, probe: str) -> bool:
    """Delete it if it is ours; whether it was asked for. That it is gone is seen by looking again."""
    if not await is_ours(keyring, gateway, server, probe):
        return False
    return not isinstance(await gateway.delete(probe), Failed)

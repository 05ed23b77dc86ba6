"""Failures on demand: what a gateway, its proxy or its owner can do to a caller."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from simulator.wire import Reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

LIE = {"error": True, "message": "[object Object]"}
GARBAGE = "<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
# The words of 2.4.0 were read about, not recorded; the status and LICENSE_REQUIRED are what a client may rely on.
LICENSE = {
    "error": "service not activated",
    "code": "LICENSE_REQUIRED",
    "message": "License required. Open the manager to activate your license",
}


@dataclass(frozen=True)
class Faults:
    """What goes wrong now; `routes` None means everywhere, `times` None until cleared; `slow_s` is never sped up.

    `status` with `garbage` is a proxy's page: the server behind it is gone.
    """

    slow_s: float = 0
    status: int | None = None
    garbage: bool = False
    lie: bool = False
    truncate: bool = False
    empty_list: bool = False
    half_list: bool = False
    key: str | None = None
    license_required: bool = False
    routes: list[str] | None = None
    times: int | None = None

    def merged(self, changes: dict[str, Any]) -> Faults:
        """These faults with some changed.

        Raises:
            ValueError: for a name that is no fault.
        """
        known = {item.name for item in fields(self)}
        unknown = sorted(set(changes) - known)
        if unknown:
            raise ValueError(f"unknown faults {unknown}; known are {sorted(known)}")
        return replace(self, **changes)

    def applies(self, route: str) -> bool:
        return (self.routes is None or route in self.routes) and self.times != 0

    def shown(self) -> dict[str, Any]:
        return asdict(self)


async def suffer(faults: Faults, route: str, answer: Callable[[], Awaitable[Reply]]) -> Reply:
    """Answer, or fail as the faults of this route say; a failure in front of the server leaves it untouched."""
    if faults.slow_s:
        await asyncio.sleep(faults.slow_s)
    if faults.license_required and route != "info":
        return Reply(503, LICENSE)
    if faults.status is not None and faults.garbage:
        return Reply(faults.status, text=GARBAGE)
    if faults.status is not None:
        return Reply(faults.status, {"status": faults.status, "error": "Fault", "response": {"message": "simulated"}})
    if faults.garbage:
        return Reply(200, text=GARBAGE)
    if faults.lie:
        return Reply(200, LIE)
    return _spoiled(faults, await answer())


def _spoiled(faults: Faults, reply: Reply) -> Reply:
    if isinstance(reply.body, list) and (faults.empty_list or faults.half_list):
        kept = 0 if faults.empty_list else len(reply.body) // 2
        return Reply(reply.status, reply.body[:kept])
    if faults.truncate:
        whole = json.dumps(reply.body)
        return Reply(reply.status, text=whole[: len(whole) // 2])
    return reply

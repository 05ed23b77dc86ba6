"""Divides the long waits of a real gateway, so that a test need not sit through them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """How many times faster than the real gateway; the order of what happens stays the same."""

    speed: float = 1.0

    async def sleep(self, seconds: float) -> None:
        """Wait as long as the real gateway would, divided by the speed."""
        await asyncio.sleep(seconds / self.speed)

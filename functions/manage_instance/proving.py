"""What proves a webhook that is set: an event that arrives. One is waited for, or caused where that harms nobody."""

import asyncio
import time
from dataclasses import dataclass
from enum import StrEnum

from manage_instance.acting import Acting
from manage_instance.journal import Running
from manage_instance.probe_instance import ProbeInstance
from sambung.edge.wiring import Parts
from sambung.gateways.shape import Failed, Memory
from sambung.store import instances

PROOF_WITHIN_S = 5.0
PROOF_POLL_S = 0.2
TEST_TEXT = "Sambung: tes webhook. Abaikan pesan ini. / Webhook test, please ignore."


class Proof(StrEnum):
    """What is known of a webhook after it was set."""

    PROVEN = "set and proven"
    NOT_YET = "set, not proven yet"


@dataclass
class Proving:
    """The last part of *set webhook*."""

    parts: Parts
    running: Running
    acting: Acting

    async def run(self, memory: Memory, *, test: bool) -> Proof:
        """Seek a proof by what the session's state allows; whatever comes later proves it all the same.

        `test`: a connected number may send itself a message, whose event is the proof; nobody else is ever written to.
        """
        return Proof.PROVEN if await self._sought(memory, test=test) else Proof.NOT_YET

    async def _sought(self, memory: Memory, *, test: bool) -> bool:
        if self.proven():
            return True
        if memory is Memory.OPEN and test and await self._test():
            # Where this one does not arrive, no probe's event is a proof for it.
            return await self.arrives()
        if memory is Memory.CONNECTING and await self.arrives():
            return True
        if self.acting.quirks.tells_of_creation:
            await ProbeInstance(self.parts, self.running, self.acting).run(self.arrives)
        return self.proven()

    async def _test(self) -> bool:
        """Send the number a message to itself; whether it was sent. A failure to send is no failure to set."""
        row = await self.acting.gateway.instance(self.acting.name)
        number = None if isinstance(row, Failed) or row.value is None else row.value.phone_number
        if number is None:
            return False
        return not isinstance(await self.acting.gateway.send_text(self.acting.name, number, TEST_TEXT), Failed)

    async def arrives(self) -> bool:
        """Wait for an event that proves it."""
        ends = min(self.acting.deadline, time.monotonic() + PROOF_WITHIN_S)
        while not self.proven():
            if time.monotonic() + PROOF_POLL_S > ends:
                return False
            await asyncio.sleep(PROOF_POLL_S)
        return True

    def proven(self) -> bool:
        """Whether an event arrived here since it was set."""
        with self.parts.database.transaction() as connection:
            found = instances.instance(connection, self.running.instance.id)
        return found is not None and found.webhook_proven

"""Asks for a check at once, without making the gateway wait: the wish itself is already in the database."""

import time
from collections.abc import Callable
from uuid import UUID

from sambung.edge import waking
from webhook.watchdog import watchdog

WITHIN_S = 1.0
# A queue that did not take it in time is left alone for a while: the next sweep finds the wish.
LEFT_ALONE_S = 30.0


class TooSlow(Exception):
    """The queue did not answer in time."""


class Wakeup:
    """Wakes the reconciler through its queue, if there is one."""

    def __init__(self, queue_url: str | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._queue_url = queue_url
        self._clock = clock
        self._not_before = float("-inf")

    def __call__(self, instance_id: UUID) -> bool | None:
        """Whether the queue took it; None where it was not asked. Never raises."""
        if not self._queue_url or self._clock() < self._not_before:
            return None
        # Not below the watchdog: an import that is interrupted stays half done.
        import boto3  # noqa: F401

        try:
            with watchdog(WITHIN_S, TooSlow):
                taken = waking.wake(self._queue_url, [instance_id])
        except TooSlow:
            taken = False
        if not taken:
            self._not_before = self._clock() + LEFT_ALONE_S
        return taken

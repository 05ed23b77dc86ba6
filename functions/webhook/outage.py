"""Remembers that the database was away a moment ago, so that not every webhook waits its whole time for it."""

import time
from collections.abc import Callable, Sequence

# A slow or dead connection leaves time for a second try on a new one, and both for the queue after them.
TRIES_S = (1.5, 2.5)
# A database that works answers in milliseconds, connecting included.
PROBE_S = (1.0,)
# A failed try is followed by this many times its own length without one: waiting costs a quarter of the time at most.
QUIET_TIMES = 3.0
QUIET_AT_LEAST_S, QUIET_AT_MOST_S = 0.5, 5.0


class Outage:
    """How long each next try of the database may take. One environment serves one event at a time, so during an
    outage there is one probe at a time."""

    def __init__(self, tries_s: Sequence[float] = TRIES_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._tries_s = tries_s
        self._clock = clock
        self._quiet_until: float | None = None

    def tries_s(self) -> Sequence[float]:
        """The time for each try; none while the database is known to be away."""
        if self._quiet_until is None:
            return self._tries_s
        return PROBE_S if self._clock() >= self._quiet_until else ()

    def noted(self, cost_s: float) -> None:
        """It did not answer, which took so long."""
        quiet = min(max(cost_s * QUIET_TIMES, QUIET_AT_LEAST_S), QUIET_AT_MOST_S)
        self._quiet_until = self._clock() + quiet

    def over(self) -> None:
        """It answered."""
        self._quiet_until = None

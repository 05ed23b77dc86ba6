"""What becomes of an authenticated delivery: kept in the database, else in the queue, else asked for again."""

# First, because its libraries take longest to load.
import psycopg

# isort: split
import time
from collections.abc import Callable

from sambung.domain.errors import StoreUnavailable
from sambung.edge.keyring import Keyring
from sambung.edge.observing import Metric, Story
from sambung.store import events
from sambung.store.events import Incoming, Kept, RaceLost, Verdict
from webhook import answers, parking
from webhook.answers import Answer
from webhook.delivery import Delivery, Signed
from webhook.overflow import Overflow, OverflowUnavailable
from webhook.patience import PatientDatabase
from webhook.wakeup import Wakeup

# Whoever sends it has proven nothing yet, so it may take little of the queue.
UNPROVEN_BYTES = 64 * 1024
UNPROVEN_A_MINUTE = 60


class Keeping:
    """Keeps deliveries. Without an `overflow` queue, what the database cannot take is asked for again; without a
    `wakeup` a check waits for the next sweep."""

    def __init__(
        self,
        database: PatientDatabase,
        keyring: Keyring,
        overflow: Overflow | None,
        wakeup: Wakeup | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._overflow = overflow
        self._wakeup = wakeup
        self._clock = clock
        self._minute = 0
        self._unproven = 0

    def kept_or_parked(self, delivery: Delivery, incoming: Incoming, told: Story) -> Answer:
        """Keep it, wherever there is room for it."""
        try:
            kept = self.keep(incoming, told)
        except psycopg.DataError as error:
            told.bind(error=type(error).__name__)
            return answers.unreadable("cannot be stored")
        except (StoreUnavailable, RaceLost) as error:
            told.bind(error=type(error).__name__)
            return self._park(delivery, told)
        except psycopg.Error as error:
            # A fault of ours, such as a schema that is not migrated yet: it is mended before the queue gives up.
            told.fail(error)
            return self._park(delivery, told)
        return answers.refused() if kept.verdict is Verdict.UNKNOWN_SERVER else answers.taken(kept.verdict.value)

    def park_unproven(self, signed: Signed, told: Story) -> Answer:
        """Keep in the queue what cannot be verified now; the queue's consumer does it."""
        told.bind(unproven=True)
        if not parking.is_text(signed.body):
            return answers.refused()
        if len(signed.body) > UNPROVEN_BYTES or not self._has_room():
            return answers.later()
        return self._park(signed, told)

    def _has_room(self) -> bool:
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute, self._unproven = minute, 0
        self._unproven += 1
        return self._unproven <= UNPROVEN_A_MINUTE

    def _park(self, delivery: Delivery | Signed, told: Story) -> Answer:
        if self._overflow is None or len(delivery.body) > parking.LIMIT_BYTES:
            return answers.later()
        try:
            self._overflow.park(parking.packed(delivery, self._keyring), told.correlation_id)
        except OverflowUnavailable as error:
            told.wrong(parking=str(error))
            return answers.later()
        told.bind(outcome="parked")
        told.measure(Metric.WEBHOOKS_PARKED)
        return answers.parked()

    def keep(self, incoming: Incoming, told: Story) -> Kept:
        """Keep it in the database, and wake whoever checks; raises StoreUnavailable, and what a statement raises."""
        kept = self._database.ask(lambda connection: events.keep(connection, incoming))
        told.bind(**_outcome(kept))
        if self._wakeup and kept.session_id and kept.decision and kept.decision.needs_check:
            told.bind(woken=self._wakeup(kept.session_id))
        return kept


def _outcome(kept: Kept) -> dict[str, object]:
    moved = kept.decision and kept.decision.transition
    return {
        "outcome": kept.outcome,
        "instance_id": str(kept.session_id) if kept.session_id else None,
        "needs_check": bool(kept.decision and kept.decision.needs_check),
        "transition": f"{moved.old}->{moved.new}" if moved else None,
    }

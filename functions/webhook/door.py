"""Where gateways' events come in, over HTTP or out of the overflow queue; what was acknowledged is never lost."""

# First, because its libraries take longest to load.
import psycopg

# isort: split
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sambung.domain.errors import StoreUnavailable
from sambung.edge.keyring import Keyring
from sambung.edge.observing import Metric, Story, correlation_of, fault, story
from sambung.gateways.strict_json import UnreadableBody
from sambung.store import events
from sambung.store.connection import Database
from sambung.store.events import Incoming, Kept, RaceLost, Verdict
from webhook import answers, evolution, parking, request
from webhook.answers import Answer
from webhook.delivery import Delivery
from webhook.outage import Outage
from webhook.overflow import Overflow, OverflowUnavailable
from webhook.request import Event, Request, Unreadable
from webhook.wakeup import Wakeup
from webhook.watchdog import watchdog

# All tries of the database, with some time to end in.
RECORD_TAKES_UP_TO_S = 5.0


class Door:
    """Where gateways knock. Without an `overflow` queue, what the database cannot take is asked for again; without a
    `wakeup` a check waits for the next sweep."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        overflow: Overflow | None = None,
        *,
        wakeup: Wakeup | None = None,
        outage: Outage | None = None,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._overflow = overflow
        self._wakeup = wakeup
        self._outage = outage or Outage()

    def answer(self, event: Event) -> Answer:
        """Answer one HTTP API event; never fails, never 5xx: a gateway drops for good what got one."""
        with story("webhook", _request_id(event)) as told:
            try:
                given = self._given(request.read(event), told)
            except Exception as error:  # noqa: BLE001  the last line: nothing was kept, so the gateway is asked to repeat
                told.fail(error)
                given = answers.later()
            told.bind(status=given["statusCode"])
            return given

    def _given(self, asked: Request, told: Story) -> Answer:
        if asked.method != "POST" or asked.segments[:1] != ("webhooks",):
            return answers.unknown()
        if asked.is_too_large:
            return answers.unreadable("is too large")
        sender = evolution.authenticated(asked, self._keyring)
        if sender is None:
            told.measure(Metric.WEBHOOK_AUTH_FAILURES)
            return answers.refused()
        told.bind(server_id=str(sender.server_id), by_path=sender.by_path)
        try:
            delivery = Delivery(sender, asked.mark, asked.received_at, asked.body())
            incoming = evolution.incoming(delivery)
        except (Unreadable, UnreadableBody) as error:
            return answers.unreadable(str(error))
        told.bind(gateway_event=incoming.event)
        told.measure(Metric.WEBHOOK_EVENTS)
        return self._kept_or_parked(delivery, incoming, told)

    def _kept_or_parked(self, delivery: Delivery, incoming: Incoming, told: Story) -> Answer:
        try:
            kept = self._keep(incoming, told)
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

    def _park(self, delivery: Delivery, told: Story) -> Answer:
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

    def _keep(self, incoming: Incoming, told: Story) -> Kept:
        """Keep it within the tries that are left; raises StoreUnavailable, and what a statement raises."""
        started = time.monotonic()
        for seconds in self._outage.tries_s():
            try:
                with watchdog(seconds, psycopg.OperationalError), self._database.transaction() as connection:
                    kept = events.keep(connection, incoming)
            except StoreUnavailable:
                self._outage.noted(time.monotonic() - started)
                continue
            self._outage.over()
            told.bind(**_outcome(kept))
            self._wake(kept, told)
            return kept
        raise StoreUnavailable

    def _wake(self, kept: Kept, told: Story) -> None:
        if self._wakeup and kept.session_id and kept.decision and kept.decision.needs_check:
            told.bind(woken=self._wakeup(kept.session_id))

    # ------------------------------------------------------------------ the queue

    def drain(self, records: Sequence[Mapping[str, Any]], remaining_s: Callable[[], float]) -> dict[str, Any]:
        """Keep what was parked; names the messages that must come again. One that can never be kept holds up no other,
        and what the time or the database does not serve is not tried in vain."""
        again: list[str] = []
        away = False
        for record in records:
            try:
                done = not away and remaining_s() > RECORD_TAKES_UP_TO_S and self._drained(record)
            except StoreUnavailable:
                done, away = False, True
            if not done:
                again.append(str(record["messageId"]))
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}

    def _drained(self, record: Mapping[str, Any]) -> bool:
        """Whether the message is done with; raises StoreUnavailable."""
        with story("webhook", correlation_of(record)) as told:
            told.bind(from_queue=True, receives=_receives(record))
            try:
                self._take(record, told)
            except StoreUnavailable as error:
                # Raised below: what leaves a story is a failure of ours.
                told.bind(outcome="comes_again")
                away = error
            except Exception as error:  # noqa: BLE001  one poisoned message, whatever is wrong with it, holds up no other
                told.wrong(**fault(error), outcome="poisoned")
                return False
            else:
                return True
        raise away

    def _take(self, record: Mapping[str, Any], told: Story) -> None:
        delivery = parking.unpacked(record["body"], self._keyring)
        told.bind(server_id=str(delivery.sender.server_id), by_path=delivery.sender.by_path)
        incoming = evolution.incoming(delivery)
        told.bind(gateway_event=incoming.event)
        self._keep(incoming, told)


def _outcome(kept: Kept) -> dict[str, object]:
    moved = kept.decision and kept.decision.transition
    return {
        "outcome": kept.outcome,
        "instance_id": str(kept.session_id) if kept.session_id else None,
        "needs_check": bool(kept.decision and kept.decision.needs_check),
        "transition": f"{moved.old}->{moved.new}" if moved else None,
    }


def _request_id(event: Event) -> str:
    context = event.get("requestContext")
    return str(context.get("requestId", "")) if isinstance(context, Mapping) else ""


def _receives(record: Mapping[str, Any]) -> int:
    return int((record.get("attributes") or {}).get("ApproximateReceiveCount", 1))

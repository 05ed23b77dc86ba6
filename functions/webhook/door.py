"""Where gateways' events come in, over HTTP or out of the overflow queue; what was acknowledged is never lost."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sambung.domain.errors import StoreUnavailable
from sambung.edge.keyring import Keyring
from sambung.edge.observing import Metric, Story, correlation_of, fault, story
from sambung.gateways.quirks import WEBJS
from sambung.gateways.strict_json import UnreadableBody
from sambung.store import servers
from sambung.store.connection import Database
from sambung.store.events import Incoming
from webhook import answers, evolution, parking, request, signed, webjs
from webhook.answers import Answer
from webhook.delivery import Delivery, Sender, Signed
from webhook.keeping import Keeping
from webhook.outage import Outage
from webhook.overflow import Overflow
from webhook.patience import PatientDatabase
from webhook.refusals import Refusals
from webhook.request import Event, Request, Unreadable
from webhook.restoring import Restoring
from webhook.senders import Senders
from webhook.signers import Signers
from webhook.wakeup import Wakeup

# All tries of the database, with some time to end in.
RECORD_TAKES_UP_TO_S = 5.0


class Door:
    """Where gateways knock."""

    def __init__(
        self,
        database: Database,
        keyring: Keyring,
        overflow: Overflow | None = None,
        *,
        wakeup: Wakeup | None = None,
        outage: Outage | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        patient = PatientDatabase(database, outage or Outage())
        signers = Signers(keyring, lambda: patient.ask(servers.signing, tries=1), clock)
        self._keyring = keyring
        self._refusals = Refusals(patient)
        self._senders = Senders(keyring, signers, self._refusals)
        self._keeping = Keeping(patient, keyring, overflow, wakeup)
        self._restoring = Restoring(patient, self._senders, self._keeping)

    def answer(self, event: Event) -> Answer:
        """Answer one HTTP API event; never fails, never 5xx: a gateway drops for good what got one."""
        with story("webhook", _request_id(event)) as told:
            try:
                given = self._given(request.read(event), told)
            except Exception as error:  # noqa: BLE001  the last line: nothing was kept, so the gateway is asked to repeat
                told.fail(error)
                given = answers.later()
            told.bind(status=given["statusCode"])
            self._refusals.settle()
            return given

    def _given(self, asked: Request, told: Story) -> Answer:
        match (asked.method, *asked.segments):
            case ("POST", "webhooks", *_):
                return self._heard(asked, told, to_one=True)
            case ("POST", "api", "whatsapp", "webhooks", "webjs"):
                return self._heard(asked, told, to_one=False)
            case ("GET", "api", "whatsapp", "accounts", "active"):
                return self._restoring.active(asked, told)
            case ("POST", "api", "whatsapp", "sessions", _, "mark-disconnected"):
                return self._restoring.mark(asked, told)
        return answers.unknown()

    def _heard(self, asked: Request, told: Story, *, to_one: bool) -> Answer:
        """An event: at the address of one server, or at the one that all webjs nodes share."""
        if asked.is_too_large:
            return answers.unreadable("is too large")
        try:
            sender = self._sender(asked, to_one=to_one)
            if sender is None:
                return answers.refused()
            if isinstance(sender, Signed):
                return self._keeping.park_unproven(sender, told)
            _bind(sender, told)
            delivery = Delivery(sender, asked.mark, asked.received_at, asked.body())
            incoming = self._incoming(delivery, told)
        except (Unreadable, UnreadableBody) as error:
            return answers.unreadable(str(error))
        told.measure(Metric.WEBHOOK_EVENTS)
        return self._keeping.kept_or_parked(delivery, incoming, told)

    def _sender(self, asked: Request, *, to_one: bool) -> Sender | Signed | None:
        if to_one and not asked.has(signed.SIGNATURE):
            return self._senders.by_key(asked)
        return self._senders.by_signature(asked, by_path=to_one)

    def _incoming(self, delivery: Delivery, told: Story) -> Incoming:
        """The delivery as its gateway's kind is read; raises UnreadableBody."""
        if delivery.sender.kind == WEBJS:
            incoming = webjs.incoming(delivery)
        else:
            incoming = evolution.incoming(delivery, self._keyring)
        told.bind(gateway_event=incoming.event)
        return incoming

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
        self._refusals.settle()
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in again]}

    def _drained(self, record: Mapping[str, Any]) -> bool:
        """Whether the message is done with; raises StoreUnavailable."""
        with story("webhook", correlation_of(record)) as told:
            told.bind(from_queue=True, receives=_receives(record))
            try:
                self._take(parking.unpacked(record["body"], self._keyring), told)
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

    def _take(self, found: Delivery | Signed, told: Story) -> None:
        if isinstance(found, Signed):
            self._take_unproven(found, told)
            return
        _bind(found.sender, told)
        self._keeping.keep(self._incoming(found, told), told)

    def _take_unproven(self, claim: Signed, told: Story) -> None:
        """What was parked before anybody could verify it; its time was held to the window when it came."""
        sender = self._senders.proven(claim)
        if sender is None:
            told.bind(outcome="refused")
            return
        _bind(sender, told)
        delivery = Delivery(sender, claim.mark, claim.received_at, claim.body)
        try:
            incoming = self._incoming(delivery, told)
        except UnreadableBody:
            told.bind(outcome="unreadable")
            return
        self._keeping.keep(incoming, told)


def _bind(sender: Sender, told: Story) -> None:
    told.bind(server_id=str(sender.server_id), by_path=sender.by_path, may_be_of=len(sender.or_else) or None)


def _request_id(event: Event) -> str:
    context = event.get("requestContext")
    return str(context.get("requestId", "")) if isinstance(context, Mapping) else ""


def _receives(record: Mapping[str, Any]) -> int:
    return int((record.get("attributes") or {}).get("ApproximateReceiveCount", 1))

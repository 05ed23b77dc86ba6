"""Evolution's door: who sends is settled by keys alone, then the event is read and kept."""

import re
from datetime import UTC
from uuid import UUID

from sambung.domain.instance import Observation, Source
from sambung.edge.keyring import Keyring
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.webhook_event import WebhookEvent
from sambung.store.events import Incoming
from webhook.delivery import Delivery, Sender
from webhook.request import UUID_TEXT, Request

# A gateway that appends its event to the address appends it behind the query.
_MARK = re.compile(rf"({UUID_TEXT})\.([0-9]{{1,9}})(?:/.*)?", re.ASCII)
_PROBE = re.compile(rf"probe\.(({UUID_TEXT})\.([0-9]{{1,9}}))\.([0-9a-f]{{64}})(?:/.*)?", re.ASCII)
_BEARER = re.compile(r"[Bb]earer +([!-~]{1,200})", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,200}", re.ASCII)
_NOBODY = UUID(int=0)


def authenticated(request: Request, keyring: Keyring) -> Sender | None:
    """The sender, if it proves it. Costs the same whatever is wrong."""
    named = request.named_server
    server_id = named or _NOBODY
    by_path = request.segments[2:3] == ("t",)
    if by_path:
        found = _TOKEN.fullmatch("".join(request.segments[3:4]))
        proven = keyring.accepts_path_token(server_id, found[0] if found else "")
    else:
        found = _BEARER.fullmatch(request.header("authorization"))
        proven = keyring.accepts_bearer(server_id, found[1] if found else "")
    return Sender(server_id, by_path) if proven and named else None


def incoming(delivery: Delivery, keyring: Keyring) -> Incoming:
    """The delivery as an event to keep; raises UnreadableBody."""
    sender = delivery.sender
    event = parse_webhook(delivery.body, server_id=sender.server_id)
    mark, probe = _MARK.fullmatch(delivery.mark), _PROBE.fullmatch(delivery.mark)
    if probe is not None:
        return _of_probe(delivery, event, probe, keyring)
    return Incoming(
        dedupe_key=bytes.fromhex(event.dedupe_key),
        server_id=sender.server_id,
        instance_name=event.instance_name,
        event=event.event,
        received_at=delivery.received_at,
        # The zone it claims is false; how far off it is, is learned.
        sent_at=event.date_time and event.date_time.replace(tzinfo=UTC),
        seen=_observation(event, delivery) if event.known else None,
        facts=event.facts,
        claimed_id=UUID(mark[1]) if mark else None,
        generation=int(mark[2]) if mark else None,
        assigned_only=sender.by_path,
    )


def _of_probe(delivery: Delivery, event: WebhookEvent, mark: re.Match[str], keyring: Keyring) -> Incoming:
    """What a probe instance tells: it is nobody's, whatever its name, and proves the way of the one it was made for."""
    sender = delivery.sender
    proven = keyring.accepts_probe_mark(sender.server_id, event.instance_name, mark[1], mark[4])
    return Incoming(
        dedupe_key=bytes.fromhex(event.dedupe_key),
        server_id=sender.server_id,
        instance_name=event.instance_name,
        event=event.event,
        received_at=delivery.received_at,
        sent_at=event.date_time and event.date_time.replace(tzinfo=UTC),
        seen=None,
        facts=event.facts,
        claimed_id=_NOBODY,
        generation=int(mark[3]),
        proves=UUID(mark[2]) if proven and not sender.by_path else None,
    )


def _observation(event: WebhookEvent, delivery: Delivery) -> Observation:
    """A secret that others may have seen can say how an instance is, not whose it is."""
    sender = delivery.sender
    return Observation(
        seen=event.seen,
        source=Source.WEBHOOK,
        server_id=sender.server_id,
        received_at=delivery.received_at,
        reason=event.reason,
        reconnects=event.reconnects,
        qr=event.qr,
        phone_number=None if sender.by_path else event.phone_number,
        profile_name=None if sender.by_path else event.profile_name,
    )

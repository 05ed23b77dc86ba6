"""The webjs nodes' door: an event names its session alone, since any node may hold any session."""

from sambung.domain.instance import Observation, Source
from sambung.gateways.webhook_event import WebhookEvent
from sambung.gateways.webjs.webhooks import parse_mark, parse_webhook
from sambung.store.events import Incoming
from webhook.delivery import Delivery


def incoming(delivery: Delivery) -> Incoming:
    """The delivery as an event to keep; raises UnreadableBody."""
    instance_url = delivery.sender.instance_url
    event = parse_webhook(delivery.body, instance_url=instance_url, received_at=delivery.received_at)
    return _kept_as(event, delivery)


def mark(session: str, delivery: Delivery) -> Incoming:
    """A node's word that it could not restore a session, as an event to keep; raises UnreadableBody."""
    said_by = str(delivery.sender.server_id)
    return _kept_as(
        parse_mark(session, delivery.body, instance_url=said_by, received_at=delivery.received_at), delivery
    )


def _kept_as(event: WebhookEvent, delivery: Delivery) -> Incoming:
    sender = delivery.sender
    return Incoming(
        dedupe_key=bytes.fromhex(event.dedupe_key),
        server_id=sender.server_id,
        instance_name=event.instance_name,
        event=event.event,
        received_at=delivery.received_at,
        # A node tells no time.
        sent_at=None,
        seen=_observation(event, delivery) if event.known else None,
        facts=event.facts,
        or_else=sender.or_else,
        of_kind=True,
        findable=event.findable,
    )


def _observation(event: WebhookEvent, delivery: Delivery) -> Observation:
    return Observation(
        seen=event.seen,
        source=Source.WEBHOOK,
        server_id=delivery.sender.server_id,
        received_at=delivery.received_at,
        reason=event.reason,
        reconnects=event.reconnects,
        qr=event.qr,
        phone_number=event.phone_number,
    )

"""A node's webhooks as events of ours, by an allow-list: messages, people and pictures other than the code stay out."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from sambung.domain.instance import Qr, Seen
from sambung.gateways.redaction import evidence
from sambung.gateways.reply import mapping, text, whole_number
from sambung.gateways.strict_json import UnreadableBody, loads
from sambung.gateways.webhook_event import Fact, WebhookEvent
from sambung.gateways.webjs.answers import phone, qr
from sambung.gateways.webjs.names import is_in_place

BUCKET_S: Final = 30
"""A body has neither id nor time, and a later true `session_ready` is the same to the byte: so deliveries count as one
event for this long."""

MARK: Final = "mark_disconnected"
"""The word for what is no event of a node's own: it asks at its start, and says what it could not restore."""

_EVENT_LIMIT: Final = 64
_NAME_LIMIT: Final = 255
# Some reasons are phrases, such as `Max qrcode retries reached`.
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_. -]{0,59}", re.ASCII)
_FOR_GOOD: Final = frozenset({"LOGOUT", "UNPAIRED"})


class _Meaning(NamedTuple):
    """What one event says, before the envelope is looked at."""

    seen: Seen
    facts: Mapping[str, Fact] = {}
    reason: str | None = None
    reconnects: bool = False
    qr: Qr | None = None
    phone_number: str | None = None
    known: bool = True


def parse_webhook(body: bytes, *, instance_url: str, received_at: datetime) -> WebhookEvent:
    """One webhook; `instance_url` is what its sender calls itself. Raises UnreadableBody."""
    found = loads(body)
    event, data = _event_name(found.get("event")), mapping(found.get("data"))
    meaning = _MEANINGS.get(event, _unknown)(data)
    name = _session_name(data.get("session_id", found.get("session_id")))
    return WebhookEvent(
        event=event,
        instance_name=name,
        seen=meaning.seen,
        dedupe_key=dedupe_key(body, instance_url, received_at),
        known=meaning.known,
        qr=meaning.qr,
        reason=meaning.reason,
        reconnects=meaning.reconnects,
        phone_number=meaning.phone_number,
        facts=meaning.facts,
        findable=is_in_place(name, data.get("workspace_id")),
    )


def parse_mark(session: str, body: bytes, *, instance_url: str, received_at: datetime) -> WebhookEvent:
    """A node's word that it could not restore a session: a reason to look, and no more. Raises UnreadableBody."""
    found = loads(body)
    return WebhookEvent(
        event=MARK,
        instance_name=_session_name(session),
        seen=Seen.STATUS_NOTICE,
        # The session is in the path, and no event's body can be this one.
        dedupe_key=dedupe_key(b"mark " + session.encode(errors="replace") + b" " + body, instance_url, received_at),
        facts={},
        findable=is_in_place(session, found.get("workspace_id")),
    )


def dedupe_key(body: bytes, instance_url: str, received_at: datetime) -> str:
    """The same for every delivery of these bytes by this sender within one bucket of 30 s."""
    bucket = int(received_at.timestamp()) // BUCKET_S
    # A length before the address, so that no other division of the same characters makes the same key.
    prefix = f"{bucket} {len(instance_url)} {instance_url} ".encode(errors="replace")
    return sha256(prefix + body).hexdigest()


def _qr(data: Mapping[str, object]) -> _Meaning:
    count, lives_s = whole_number(data.get("qr_count")), whole_number(data.get("expires_in"))
    facts = _without_none({"qr_count": count, "expires_in": lives_s})
    found = qr(data.get("qr_code"), count, lives_s)
    return _Meaning(Seen.QR, facts, qr=found) if found else _Meaning(Seen.ACTIVITY, facts, known=False)


def _ready(data: Mapping[str, object]) -> _Meaning:
    facts = _without_none({"status": _word(data.get("status")), "platform": _word(data.get("platform"))})
    return _Meaning(Seen.SESSION_READY, facts, phone_number=phone(data.get("phone_number")))


def _disconnected(data: Mapping[str, object]) -> _Meaning:
    """After a reason that is not for good the node dials again by itself, up to five times."""
    reason = _word(data.get("reason"))
    facts = _without_none({"reason": reason})
    return _Meaning(Seen.SESSION_DISCONNECTED, facts, reason, reconnects=reason not in _FOR_GOOD)


def _error(data: Mapping[str, object]) -> _Meaning:
    reason, said = _word(data.get("error")), text(data.get("message"))
    return _Meaning(
        Seen.SESSION_ERROR, _without_none({"error": reason, "message": evidence(said) if said else None}), reason
    )


def _reconnect_failed(data: Mapping[str, object]) -> _Meaning:
    facts = _without_none({"max_retries": whole_number(data.get("max_retries"))})
    return _Meaning(Seen.SESSION_RECONNECT_FAILED, facts, _word(data.get("status")))


def _message(data: Mapping[str, object]) -> _Meaning:
    """That there was one, and whether it was ours; never what it said or to whom."""
    from_me = mapping(data.get("message")).get("from_me")
    ours = from_me if isinstance(from_me, bool) else None
    return _Meaning(Seen.ACTIVITY, _without_none({"from_me": ours, "status": _word(data.get("status"))}))


def _plain(seen: Seen) -> Callable[[Mapping[str, object]], _Meaning]:
    return lambda data: _Meaning(seen, _without_none({"status": _word(data.get("status"))}))


def _unknown(_: Mapping[str, object]) -> _Meaning:
    return _Meaning(Seen.ACTIVITY, known=False)


_MEANINGS: Final[Mapping[str, Callable[[Mapping[str, object]], _Meaning]]] = {
    "qr_code_generated": _qr,
    "session_authenticated": _plain(Seen.AUTHENTICATED),
    "session_ready": _ready,
    "session_reconnected": _plain(Seen.SESSION_RECONNECTED),
    "session_disconnected": _disconnected,
    "session_error": _error,
    "session_reconnect_failed": _reconnect_failed,
    **dict.fromkeys(
        ("message_received", "message_sent", "message_status_updated", "message_delivered", "message_read"), _message
    ),
    **dict.fromkeys(("typing_indicator", "mobile_activity_detected"), _plain(Seen.ACTIVITY)),
}


def _event_name(value: object) -> str:
    name = text(value, _EVENT_LIMIT)
    if name is None:
        raise UnreadableBody("has no event")
    return name


def _session_name(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 0 < len(value) <= _NAME_LIMIT:
        raise UnreadableBody("has no session")
    return value


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _without_none(facts: Mapping[str, Fact | None]) -> Mapping[str, Fact]:
    return {name: value for name, value in facts.items() if value is not None}

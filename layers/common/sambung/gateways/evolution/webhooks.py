"""Evolution's webhooks of both generations as events of ours, by an allow-list: keys, addresses, messages stay out."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from sambung.domain.instance import Qr, Seen
from sambung.domain.qr import parse_qr
from sambung.gateways.evolution.jid import phone_in
from sambung.gateways.evolution.versions import reconnects_after
from sambung.gateways.reply import mapping, text, whole_number
from sambung.gateways.strict_json import UnreadableBody, checked, loads
from sambung.gateways.webhook_event import Fact, WebhookEvent

_EVENT_LIMIT: Final = 64
_NAME_LIMIT: Final = 255
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_.-]{0,39}", re.ASCII)
_YEARS: Final = range(2000, 2100)

_STATES: Final = {
    "connecting": Seen.CONNECTING,
    "open": Seen.OPEN,
    "close": Seen.CLOSE,
    "closed": Seen.CLOSE,
    "refused": Seen.REFUSED,
}


class _Meaning(NamedTuple):
    """What one event says, before envelope and version are looked at."""

    seen: Seen
    facts: Mapping[str, Fact] = {}
    reason: int | None = None
    qr: Qr | None = None
    known: bool = True


def parse_webhook(body: bytes | Mapping[str, object], *, server_id: UUID, version: str | None = None) -> WebhookEvent:
    """One webhook from the server; `version` is what is known of it. Raises UnreadableBody."""
    found = loads(body) if isinstance(body, bytes) else checked(body)
    event, instance = _event_name(found.get("event")), _instance_name(found.get("instance"))
    data = mapping(found.get("data"))
    meaning = _MEANINGS.get(event, _unknown)(data)
    is_open = meaning.seen is Seen.OPEN
    return WebhookEvent(
        event=event,
        instance_name=instance,
        seen=meaning.seen,
        dedupe_key=_dedupe_key(server_id, event, instance, found),
        date_time=_claimed_time(found.get("date_time")),
        known=meaning.known,
        qr=meaning.qr,
        reason=meaning.reason,
        reconnects=meaning.seen is Seen.CLOSE and reconnects_after(meaning.reason, version),
        phone_number=phone_in(data.get("wuid")) or phone_in(found.get("sender")) if is_open else None,
        profile_name=text(data.get("profileName"), 200) if is_open else None,
        facts=meaning.facts,
    )


def _connection(data: Mapping[str, object]) -> _Meaning:
    state, reason = _word(data.get("state")), whole_number(data.get("statusReason"))
    seen = _STATES.get(state or "")
    facts = _without_none({"state": state, "status_reason": reason})
    if seen is None:
        return _Meaning(Seen.ACTIVITY, facts, known=False)
    return _Meaning(seen, facts, reason if seen in {Seen.CLOSE, Seen.REFUSED} else None)


def _qr(data: Mapping[str, object]) -> _Meaning:
    """A QR event that names no QR code at all says that the last one was shown."""
    qr = parse_qr(data)
    if qr:
        facts = {"code": bool(qr.code), "image": bool(qr.image), "pairing_code": bool(qr.pairing_code)}
        return _Meaning(Seen.QR, facts, qr=qr)
    if "qrcode" in data:
        return _Meaning(Seen.ACTIVITY, known=False)
    return _Meaning(Seen.QR_LIMIT, _without_none({"status_code": whole_number(data.get("statusCode"))}))


def _status(data: Mapping[str, object]) -> _Meaning:
    reason = whole_number(data.get("disconnectionReasonCode"))
    facts = _without_none({"status": _word(data.get("status")), "status_reason": reason})
    return _Meaning(Seen.STATUS_NOTICE, facts, reason)


def _message(data: Mapping[str, object]) -> _Meaning:
    """That there was one, and whether it was ours; never what it said or to whom."""
    from_me = data.get("fromMe", mapping(data.get("key")).get("fromMe"))
    ours = from_me if isinstance(from_me, bool) else None
    return _Meaning(Seen.ACTIVITY, _without_none({"from_me": ours, "status": _word(data.get("status"))}))


def _plain(seen: Seen) -> Callable[[Mapping[str, object]], _Meaning]:
    return lambda _: _Meaning(seen)


def _unknown(_: Mapping[str, object]) -> _Meaning:
    return _Meaning(Seen.ACTIVITY, known=False)


_MEANINGS: Final[Mapping[str, Callable[[Mapping[str, object]], _Meaning]]] = {
    "connection.update": _connection,
    "qrcode.updated": _qr,
    "status.instance": _status,
    "logout.instance": _plain(Seen.LOGOUT_NOTICE),
    "remove.instance": _plain(Seen.REMOVE_NOTICE),
    "instance.delete": _plain(Seen.REMOVE_NOTICE),
    **dict.fromkeys(("messages.upsert", "messages.update", "send.message", "send.message.update"), _message),
    **dict.fromkeys(
        (
            "application.startup",
            "call",
            "chats.delete",
            "chats.set",
            "chats.update",
            "chats.upsert",
            "contacts.set",
            "contacts.update",
            "contacts.upsert",
            "group.participants.update",
            "group.update",
            "groups.upsert",
            "instance.create",
            "labels.association",
            "labels.edit",
            "messages.delete",
            "messages.edited",
            "messages.set",
            "new.jwt.token",
            "presence.update",
            "typebot.change.status",
            "typebot.start",
        ),
        _plain(Seen.ACTIVITY),
    ),
}


def _event_name(value: object) -> str:
    name = text(value, _EVENT_LIMIT)
    if name is None:
        raise UnreadableBody("has no event")
    return name.lower().replace("_", ".").replace("-", ".")


def _instance_name(value: object) -> str:
    if not isinstance(value, str) or len(value) > _NAME_LIMIT:
        raise UnreadableBody("has no instance")
    return value


def _dedupe_key(server_id: UUID, event: str, instance: str, found: Mapping[str, object]) -> str:
    parts = [str(server_id), event, instance, found.get("date_time"), found.get("data")]
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _claimed_time(value: object) -> datetime | None:
    """The wall clock of the gateway: its `Z` is false, so the zone is dropped."""
    try:
        found = datetime.fromisoformat(value).replace(tzinfo=None) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found and found.year in _YEARS else None


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def _without_none(facts: Mapping[str, Fact | None]) -> Mapping[str, Fact]:
    return {name: value for name, value in facts.items() if value is not None}

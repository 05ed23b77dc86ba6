"""Evolution's answers in our words, as functions of the answer alone; here it is decided what may be repeated."""

from collections.abc import Mapping

from sambung.domain.errors import Code
from sambung.domain.qr import parse_qr
from sambung.gateways.ask import ACTION, READ
from sambung.gateways.evolution.refusals import CREATE, SEND, failure, garbage
from sambung.gateways.evolution.rows import listed, memory_of, rows
from sambung.gateways.reply import Reply, mapping, messages, text
from sambung.gateways.shape import (
    ConnectAnswer,
    Created,
    Failed,
    Listed,
    Memory,
    Ok,
    Result,
    Sent,
    ServerInfo,
    WebhookSetting,
    WebhookTarget,
)


def info(reply: Reply) -> Result[ServerInfo]:
    if failed := failure(reply, READ):
        return failed
    if not isinstance(reply.body, dict):
        return garbage(reply, READ)
    return Ok(ServerInfo(text(reply.body.get("version"), 40)))


def instances(reply: Reply) -> Result[tuple[Listed, ...]]:
    """Rows without a name are passed over: absence is never concluded from a list alone."""
    found = rows(reply)
    if isinstance(found, Failed):
        return found
    told = tuple(row for row in map(listed, found) if row)
    return Ok(told) if told or found == [] else garbage(reply, READ)


def instance(reply: Reply, name: str) -> Result[Listed | None]:
    found = instances(reply)
    if isinstance(found, Failed):
        return Ok(None) if found.code is Code.INSTANCE_NOT_FOUND_ON_SERVER else found
    return Ok(next((row for row in found.value if row.name == name), None))


def memory(reply: Reply) -> Result[Memory | None]:
    """A 200 without a state comes from an instance that is being deleted, half loaded, or just after a start."""
    failed = failure(reply, READ)
    if failed:
        return Ok(None) if failed.code is Code.INSTANCE_NOT_FOUND_ON_SERVER else failed
    found = mapping(reply.body).get("instance")
    return Ok(memory_of(mapping(found).get("state"))) if isinstance(found, dict) else garbage(reply, READ)


def created(reply: Reply, token: str) -> Result[Created]:
    if failed := failure(reply, ACTION, CREATE, harmless_400=False):
        return failed
    body = mapping(reply.body)
    name, given = mapping(body.get("instance")).get("instanceName"), body.get("hash")
    if not isinstance(name, str):
        return garbage(reply, ACTION)
    return Ok(Created(name, own_token=token == (mapping(given).get("apikey") if isinstance(given, dict) else given)))


def connected(reply: Reply) -> Result[ConnectAnswer]:
    """An empty 200 is a 1.x that failed inside; `{"count": 0}` is a QR code that is not there yet."""
    if failed := failure(reply, ACTION):
        return failed
    body = mapping(reply.body)
    state, qr = mapping(body.get("instance")).get("state"), parse_qr(body)
    if state is None and qr is None and "count" not in body and "qrcode" not in body and "pairingCode" not in body:
        return garbage(reply, ACTION)
    return Ok(ConnectAnswer(qr, open=memory_of(state) is Memory.OPEN))


def restarted(reply: Reply) -> Result[None]:
    """The QR code some versions answer with is the old one, so it is not looked at."""
    if failed := failure(reply, ACTION):
        return failed
    return Ok(None) if isinstance(reply.body, dict) and reply.body else garbage(reply, ACTION)


def logged_out(reply: Reply) -> Result[None]:
    failed = _done(reply)
    was_out = reply.status == 400 and any("is not connected" in said for said in messages(reply.body))  # noqa: PLR2004
    return Ok(None) if was_out else failed


def deleted(reply: Reply) -> Result[None]:
    return _done(reply)


def webhook_set(reply: Reply) -> Result[None]:
    if failed := failure(reply, ACTION):
        return failed
    return Ok(None) if isinstance(reply.body, dict) else garbage(reply, ACTION)


def webhook(reply: Reply, needed: tuple[str, ...]) -> Result[WebhookSetting | None]:
    """`{}` (1.x) and null (2.x) say that none was ever set."""
    if failed := failure(reply, READ):
        return failed
    if reply.body is None or reply.body == {}:
        return Ok(None)
    body = mapping(reply.body)
    if "url" not in body and "enabled" not in body:
        return garbage(reply, READ)
    given = body.get("events")
    names = set(given) if isinstance(given, list) and all(isinstance(n, str) for n in given) else set()
    sent = {str(header).lower() for header in mapping(body.get("headers"))}
    return Ok(
        WebhookSetting(
            url=text(body.get("url"), 2000) or "",
            enabled=body.get("enabled") is True,
            missing_events=tuple(name for name in needed if name not in names),
            bearer="authorization" in sent,
            as_target=_as_target(body),
        )
    )


def _as_target(body: Mapping[str, object]) -> WebhookTarget:
    """Everything that is set, in the words of 1.x or 2.x."""
    events, headers = body.get("events"), mapping(body.get("headers"))
    return WebhookTarget(
        url=text(body.get("url"), 2000) or "",
        headers={str(name): str(value) for name, value in headers.items()},
        enabled=body.get("enabled") is True,
        events=tuple(e for e in events if isinstance(e, str)) if isinstance(events, list) else (),
        by_events=True in {body.get("webhookByEvents"), body.get("webhook_by_events")},
        base64=True in {body.get("webhookBase64"), body.get("webhook_base64")},
    )


def sent(reply: Reply) -> Result[Sent]:
    if failed := failure(reply, ACTION, SEND):
        return failed
    message_id = text(mapping(mapping(reply.body).get("key")).get("id"), 200)
    return Ok(Sent(message_id)) if message_id else garbage(reply, ACTION)


def _done(reply: Reply) -> Result[None]:
    if failed := failure(reply, ACTION):
        return failed
    return Ok(None) if mapping(reply.body).get("status") == "SUCCESS" else garbage(reply, ACTION)

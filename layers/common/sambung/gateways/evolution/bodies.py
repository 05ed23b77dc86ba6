"""What Evolution is asked, as data: method, path and body of every call, for every version."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from sambung.gateways.ask import ACTION, LIST_LIMIT, READ, Ask
from sambung.gateways.evolution.versions import Traits
from sambung.gateways.shape import WebhookShape, WebhookTarget


def info() -> Ask:
    return Ask("GET", "/", "info", READ)


def instances() -> Ask:
    return Ask("GET", "/instance/fetchInstances", "instances", READ, limit=LIST_LIMIT)


def instance(name: str) -> Ask:
    query = urlencode({"instanceName": name})
    return Ask("GET", f"/instance/fetchInstances?{query}", "instance", READ)


def memory(name: str, token: str | None) -> Ask:
    return Ask("GET", _path("/instance/connectionState", name), "memory", READ, key=token)


def create(name: str, token: str, number: str | None, webhook: WebhookTarget | None = None) -> Ask:
    """The one body every version takes; the webhook follows by its own call, since no create body with one fits all.

    `webhook`, with its events: for those that take a nested one (2.1 and later).
    """
    body: dict[str, object] = {
        "instanceName": name,
        "token": token,
        "integration": "WHATSAPP-BAILEYS",
        "qrcode": False,
    }
    if number:
        body["number"] = number
    if webhook is None:
        return Ask("POST", "/instance/create", "create", ACTION, body=body, secrets=(token,))
    body["webhook"] = _nested(webhook, webhook.events or (), headers=True)
    secrets = (token, webhook.url, *webhook.headers.values())
    return Ask("POST", "/instance/create", "create", ACTION, body=body, secrets=secrets)


def connect(name: str, number: str | None) -> Ask:
    query = "?" + urlencode({"number": number}) if number else ""
    return Ask("GET", _path("/instance/connect", name) + query, "connect", ACTION)


def restart(name: str, *, by_put: bool) -> Ask:
    return Ask("PUT" if by_put else "POST", _path("/instance/restart", name), "restart", ACTION)


def logout(name: str) -> Ask:
    return Ask("DELETE", _path("/instance/logout", name), "logout", ACTION)


def delete(name: str) -> Ask:
    return Ask("DELETE", _path("/instance/delete", name), "delete", ACTION)


def set_webhook(name: str, body: Mapping[str, object], secrets: tuple[str, ...]) -> Ask:
    return Ask("POST", _path("/webhook/set", name), "set_webhook", ACTION, body=body, secrets=secrets)


def webhook(name: str) -> Ask:
    return Ask("GET", _path("/webhook/find", name), "webhook", READ)


def send_text(name: str, to: str, text: str, *, nested: bool) -> Ask:
    """`nested`: 1.x wants the text inside `textMessage`."""
    said: dict[str, object] = {"textMessage": {"text": text}} if nested else {"text": text}
    path = _path("/message/sendText", name)
    return Ask("POST", path, "send_text", ACTION, body={"number": to, **said}, secrets=(text,))


def webhook_body(
    shape: WebhookShape, target: WebhookTarget, events: tuple[str, ...], *, headers: bool
) -> Mapping[str, object]:
    """The body of one shape. Headers are named even when empty: 2.x keeps the old ones otherwise."""
    names = list(events)
    flat: dict[str, object] = {
        "url": target.url,
        "enabled": target.enabled,
        "webhook_by_events": target.by_events,
        "webhook_base64": target.base64,
        "webhookByEvents": target.by_events,
        "webhookBase64": target.base64,
        "events": names,
    }
    nested: dict[str, object] = {"webhook": _nested(target, events, headers=headers)}
    return {WebhookShape.UNION: flat | nested, WebhookShape.FLAT: flat, WebhookShape.NESTED: nested}[shape]


def _nested(target: WebhookTarget, events: tuple[str, ...], *, headers: bool) -> dict[str, object]:
    return {
        "enabled": target.enabled,
        "url": target.url,
        "byEvents": target.by_events,
        "base64": target.base64,
        "headers": dict(target.headers) if headers else {},
        "events": list(events),
    }


def shapes_to_try(known: WebhookShape | None, traits: Traits) -> tuple[WebhookShape, ...]:
    """What worked before first, then the union, then the shape of the version, then the other."""
    single = (
        (WebhookShape.NESTED, WebhookShape.FLAT) if traits.nested_webhook else (WebhookShape.FLAT, WebhookShape.NESTED)
    )
    return tuple(dict.fromkeys((known or WebhookShape.UNION, WebhookShape.UNION, *single)))


def _path(route: str, name: str) -> str:
    return f"{route}/{quote(name, safe='')}"

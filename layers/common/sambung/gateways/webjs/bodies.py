"""What a node is asked, as data. The key travels in the query of a GET and in the JSON of everything else."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from sambung.gateways.ask import ACTION, LIST_LIMIT, READ, REPLY_LIMIT, Ask
from sambung.gateways.webjs.names import workspace_of


def health() -> Ask:
    """`/health/live` is always 503 and `/health/ready` is true too early, so neither is asked."""
    return Ask("GET", "/health", "health", READ)


def version() -> Ask:
    return Ask("GET", "/info", "info", READ)


def health_list() -> Ask:
    return Ask("GET", "/health/detailed", "health_list", READ, limit=LIST_LIMIT)


def sessions(key: str) -> Ask:
    return _read("/api/sessions", "sessions", key, LIST_LIMIT)


def status(name: str, key: str) -> Ask:
    return _read(_path(name, "/status"), "status", key)


def metadata(name: str, key: str) -> Ask:
    return _read(_path(name, "/metadata"), "metadata", key)


def create(name: str, key: str) -> Ask:
    return _act("POST", "/api/sessions", "create", key, **_owner(name), session_id=name)


def reconnect(name: str, key: str) -> Ask:
    return _act("POST", _path(name, "/reconnect"), "reconnect", key, **_owner(name), session_id=name)


def delete(name: str, key: str) -> Ask:
    return _act("DELETE", _path(name), "delete", key, workspace_id=workspace_of(name))


def send_text(name: str, key: str, to: str, text: str) -> Ask:
    """`to` in digits. Without `type`, or with one it does not know, a node answers success and sends nothing."""
    return _act(
        "POST",
        "/api/messages/send",
        "send_text",
        key,
        workspace_id=workspace_of(name),
        session_id=name,
        recipient_phone=to,
        message=text,
        type="text",
    )


def _owner(name: str) -> dict[str, object]:
    """The account means something only to the service's first owner; a restored session has none at all."""
    workspace = workspace_of(name)
    return {"workspace_id": workspace, "account_id": workspace}


def _read(path: str, call: str, key: str, limit: int = REPLY_LIMIT) -> Ask:
    query = urlencode({"api_key": key})
    as_sent = query.partition("=")[2]
    return Ask("GET", f"{path}?{query}", call, READ, secrets=(as_sent,), limit=limit)


def _act(method: str, path: str, call: str, key: str, **body: object) -> Ask:
    """A node quotes what it was sent in its errors, so a message is hidden there as the key is."""
    return Ask(method, path, call, ACTION, body={**body, "api_key": key}, secrets=_texts(body))


def _texts(body: Mapping[str, object]) -> tuple[str, ...]:
    text = body.get("message")
    return (text,) if isinstance(text, str) else ()


def _path(name: str, route: str = "") -> str:
    return f"/api/sessions/{quote(name, safe='')}{route}"

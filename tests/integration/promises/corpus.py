"""What may ever be thrown at the webhook door: real bodies, broken in every way that a seed can think of."""

import base64
import copy
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sambung.edge.keyring import Keyring
from tests.contract import recordings
from tests.integration.promises import node_corpus
from tests.integration.promises.node_corpus import NodeTarget

NAME = "toko-1"
FOLDERS = ("evolution-1.6.0", "evolution-1.8.2", "evolution-2.3.6")
BASES: Sequence[Mapping[str, Any]] = [
    {"event": "connection.update", "data": {"instance": NAME, "state": "open", "statusReason": 200}},
    {"event": "connection.update", "data": {"state": "close", "statusReason": 401, "wuid": "6281@s.whatsapp.net"}},
    {
        "event": "qrcode.updated",
        "data": {"qrcode": {"code": "2@x", "base64": "data:image/png;base64,", "count": 1}},
    },
    {"event": "qrcode.updated", "data": {"message": "QR code limit reached", "statusCode": 500}},
    {"event": "status.instance", "data": {"status": "closed", "disconnectionReasonCode": 401}},
    {"event": "logout.instance", "data": None},
    {"event": "remove.instance", "data": {"instanceName": NAME}},
    {"event": "messages.upsert", "data": {"key": {"remoteJid": "6281@s.whatsapp.net", "fromMe": False}, "message": {}}},
]
WEIRD: Sequence[object] = [
    None, True, False, 0, -1, 2**31, 2**63, -(2**63) - 1, 10**19, 10**400, 0.1, 1e308, -0.0, float("nan"), float("inf"),
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\ufeff", "\u202e", "🏪" * 70, "x" * 20_000, "%s %(x)s {0}",
    "'; DROP TABLE wa_sessions; --", "../../etc/passwd", "=cmd()", [], {}, [[]], [None] * 50, {"": ""}, {"\x00": 1},
    "2026-02-30T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "1970-01-01",
    "\uff12\uff10\uff12\uff16-01-01",
    "2026-01-02T03:04:05+99:99", "2026-01-02T03:04:05+23:59", "-0", "1e5", "connection.update", "open", "close", 401,
    "401",
]  # fmt: skip
# What an instance's address may claim to be; it is a name to look up, never a place to call.
ADDRESSES = (
    "http://user:password@evo-1.example", "http://evo-1.example\\@evil.example", "http://evo-1.example.", "http://127.1",
    "http://0x7f.1", "http://2130706433", "http://[::ffff:7f00:1]", "http://evo-1\u3002example", "http://evo-1.example:0",
    "http://evo-1.example:99999", "file:///etc/passwd", "http://169.254.169.254/latest/meta-data", "", "\x00",
    "é" * 4000,
)  # fmt: skip
MARKS = (
    "{id}.1",
    "{id}.0",
    "{id}.999999999",
    "{id}.1/connection-update",
    "{id}",
    "",
    "x",
    "{id}.-1",
    "{id}.1.1",
    "\x00",
    "٣",
)
ENCODINGS = ("", "identity", "gzip", "br", "gzip, identity", "\x00")


@dataclass(frozen=True)
class Target:
    """Whom to speak for."""

    server_id: UUID
    instance_id: UUID
    keyring: Keyring
    node: NodeTarget | None = None


def bases() -> list[dict[str, Any]]:
    """What real servers sent, where the recordings are at hand, and the least of each kind."""
    made = [{"instance": NAME, "date_time": "2026-01-02T03:04:05.678Z", **base} for base in BASES]
    recorded = []
    if recordings.ROOT.is_dir():
        recorded = [dict(hook.body) | {"instance": NAME} for folder in FOLDERS for hook in recordings.webhooks(folder)]
    return [*made, *recorded[:: max(1, len(recorded) // 60)]]


def request(target: Target, chance: random.Random, known: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One HTTP API event: mostly from somebody who may speak, with a body that is mostly not what it should be."""
    if target.node is not None and chance.random() < 0.25:
        broken = _body(chance, node_corpus.bases(NAME))
        return node_corpus.request(target.node, chance, broken, NAME, ADDRESSES)
    body = _body(chance, known)
    server, keyring = target.server_id, target.keyring
    by_path = chance.random() < 0.4
    path = f"/webhooks/{server}/t/{keyring.path_token(server)}" if by_path else f"/webhooks/{server}"
    headers: dict[str, Any] = {"content-type": "application/json", "host": "hook.example"}
    if not by_path:
        headers["authorization"] = f"Bearer {keyring.bearer(server)}"
    if chance.random() < 0.2:
        headers["x-instance-url"] = chance.choice(ADDRESSES)
    if chance.random() < 0.05:
        headers["content-encoding"] = chance.choice(ENCODINGS)
    if chance.random() < 0.05:
        path, headers = _stranger(path, headers, chance)
    mark = chance.choice(MARKS).format(id=target.instance_id)
    encoded = chance.random() < 0.3 or not _is_text(body)
    return {
        "rawPath": path + chance.choice(["", "", "", "/connection-update", "/", "//", "/\x00"]),
        "headers": headers,
        "queryStringParameters": {"i": mark} if chance.random() < 0.8 else None,
        "requestContext": {
            "http": {"method": "POST"},
            "requestId": str(chance.random()),
            "timeEpoch": 1767323045000 + chance.randrange(10**7),
        },
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }


def _stranger(path: str, headers: dict[str, Any], chance: random.Random) -> tuple[str, dict[str, Any]]:
    secrets = ["", "Bearer", "Bearer ", "Bearer \ud800", "Bearer " + "x" * 10**6, None]
    return chance.choice(
        [
            (f"/webhooks/{uuid4()}", headers),
            (path.partition("/t/")[0] + "/t/" + "0" * 64, {}),
            ("/webhooks", {}),
            ("/", headers),
            (path, {"authorization": chance.choice(secrets)}),
        ]
    )  # fmt: skip


def _body(chance: random.Random, known: Sequence[dict[str, Any]]) -> bytes:
    found = copy.deepcopy(chance.choice(known))
    for _ in range(chance.choice([0, 1, 1, 2, 5])):
        _damage(found, chance)
    # A body with half a character in it is only possible escaped, with NaN only unescaped: json.dumps writes both.
    text = json.dumps(found)
    if chance.random() < 0.1:
        text = text.replace("{", '{"event": "x", ', 1)
    raw = text.encode()
    return _torn(raw, chance) if chance.random() < 0.2 else raw


def _damage(tree: Any, chance: random.Random) -> None:
    """Replace, remove or add one thing somewhere."""
    while isinstance(tree, dict | list) and tree:
        keys = list(tree) if isinstance(tree, dict) else list(range(len(tree)))
        key = chance.choice(keys)
        below = tree[key]
        if isinstance(below, dict | list) and below and chance.random() < 0.7:
            tree = below
            continue
        what = chance.random()
        if what < 0.7:
            tree[key] = copy.deepcopy(chance.choice(WEIRD))
        elif what < 0.8:
            del tree[key]
        elif what < 0.9:
            tree[key] = _nested(below, chance.choice([5, 31, 33, 100]))
        elif isinstance(tree, dict):
            tree[str(chance.choice(["constructor", "\x00", "event", "data", "é", ""]))] = copy.deepcopy(
                chance.choice(WEIRD)
            )
        return


def _nested(inner: object, depth: int) -> object:
    for _ in range(depth):
        inner = [inner]
    return inner


def _torn(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw))
    ways: list[Callable[[], bytes]] = [
        lambda: raw[:at],
        lambda: raw[:at] + bytes([chance.randrange(256)]) + raw[at + 1 :],
        lambda: raw + raw,
        lambda: b"\xef\xbb\xbf" + raw,
        lambda: raw.decode().encode("utf-16"),
        lambda: raw[:at] + b"\xed\xa0\x80" + raw[at:],
        lambda: b"[" * 100_000,
        lambda: b"9" * 5000,
        lambda: b"",
        lambda: chance.randbytes(chance.randrange(300)),
        lambda: raw[:-1] + b', "x": "' + b"y" * 262_144 + b'"}',
    ]
    return chance.choice(ways)()


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True

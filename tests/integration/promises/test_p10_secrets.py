"""P10: no secret is anywhere it should not be, after the whole product was used, well and badly."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sambung.gateways.signatures import sign
from simulator.process import SimulatorProcess
from tests.integration.promises import canaries
from tests.integration.promises.canaries import Canaries, Places
from tests.local_stack import StackProcess, running_stack

PASSWORD = "Canary-Password-7f3a9c"
VERSIONS = ("1.8.2", "2.3.6")
STRANGER = "6289912345678"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackProcess]:
    """The whole product, nothing scheduled."""
    home = tmp_path_factory.mktemp("p10") / "home"
    with running_stack(home, env={"SAMBUNG_ADMIN_PASSWORD": PASSWORD}) as running:
        yield running


def test_no_secret_is_found_where_it_should_not_be(stack: StackProcess) -> None:
    known, places = Canaries(), Places()
    known.add("password of the admin", PASSWORD)
    with ExitStack() as gateways, stack.client() as client:
        known.add("token of the admin", client.headers["Authorization"].removeprefix("Bearer "))
        servers = {}
        for version in VERSIONS:
            api_key = known.add(f"API key of {version}", f"canary-api-key-{version}-{uuid4()}")
            gateway = gateways.enter_context(SimulatorProcess(version, api_key=api_key, speed=50))
            servers[version] = use_well(client, gateway, version, known, places)
        canaries.kept_secrets(stack, known, servers)
        use_badly(client, servers, known, places)
        tell_channels(client, known, places)
        speak_as_a_gateway(stack, servers, known)
        speak_as_a_node(stack, client, known, places)
        ask_everything(client, places)
    places.texts += [*canaries.tables(stack.database_url), *canaries.files(stack.home)]
    assert len(places.answers) > 30
    assert known.found_in((stack.home / "keys").read_text()) == ["SAMBUNG_KEYS"]
    assert "webhooks parked" in facts(stack)
    hits = sorted(set(places.hits(known)))
    assert not hits, "\n".join(map(str, hits))


def use_well(client: httpx.Client, gateway: SimulatorProcess, version: str, known: Canaries, places: Places) -> str:
    """From an unknown server to a connected number and back; the server's id."""
    body = {
        "name": f"VPS {version}",
        "kind": "evolution",
        "base_url": gateway.url,
        "api_key": gateway.api_key,
        "webhook_secret": known.add(f"webhook secret of {version}", f"canary-webhook-secret-{uuid4()}"),
    }
    server_id = str(places.answered("server", client.post("/api/servers", json=body)).json()["id"])
    again = known.add(f"webhook secret of {version}, replaced", f"canary-webhook-secret-{uuid4()}")
    places.answered("server", client.patch(f"/api/servers/{server_id}", json={"webhook_secret": again}))
    places.answered("check", client.post(f"/api/servers/{server_id}/check"))
    client_id = client.get("/api/clients").json()["items"][0]["id"]
    name = f"toko-{version.replace('.', '-')}"
    asked = {"client_id": client_id, "instance_name": name, "server_id": server_id}
    made = places.answered(
        "create", client.post("/api/instances", json=asked, headers={"Idempotency-Key": f"canary-key-{uuid4()}"})
    )
    assert made.status_code == 201, made.text
    instance = made.json()
    at = f"/api/instances/{instance['id']}"
    offered = [instance["qr"], places.answered("connect", client.post(f"{at}/connect")).json()["qr"]]
    until(lambda: client.get(f"{at}/qr").json()["qr"])
    offered.append(places.answered("qr", client.get(f"{at}/qr")).json()["qr"])
    for number, code in enumerate(one for one in offered if one):
        for part in ("code", "image", "pairing_code"):
            if code.get(part):
                known.add(f"code {version} {number} {part}", code[part])
    gateway.control(f"instances/{name}/pair", {"number": "6281234567890", "profile_name": "Toko"})
    until(lambda: client.get(at).json()["status"] == "connected")
    for step in ("set-webhook", "restart", "logout"):
        places.answered(step, client.post(f"{at}/{step}", json={} if step == "set-webhook" else None))
    for page in ("", "/diagnosis", "/qr"):
        places.answered(f"instance{page}", client.get(at + page))
    return server_id


def use_badly(client: httpx.Client, servers: dict[str, str], known: Canaries, places: Places) -> None:
    """Mistakes are told, and what was wrong is not repeated."""
    wrong = known.add("API key in a mistake", f"canary-mistaken-{uuid4()}")
    server_id = servers["2.3.6"]
    bodies: list[Any] = [
        {"name": "x", "kind": "evolution", "base_url": "http://127.0.0.1:9", "api_key": {"x": wrong}},
        {"name": "x", "kind": "evolution", "base_url": f"http://u:{wrong}@127.0.0.1:9", "api_key": wrong},
        {"name": "x", "kind": "evolution", "base_url": f"ftp://{wrong}", "api_key": wrong, "webhook_secret": [wrong]},
        {"api_key": wrong},
    ]
    for body in bodies:
        places.answered("mistake", client.post("/api/servers", json=body))
    places.answered("mistake", client.patch(f"/api/servers/{server_id}", json={"api_key": wrong}))
    places.answered("mistake", client.post(f"/api/servers/{server_id}/check"))
    places.answered("mistake", client.get(f"/api/servers/{server_id}/instances"))
    places.answered("mistake", client.post("/api/servers", content=f'{{"api_key": "{wrong}"'.encode()))
    places.answered("mistake", client.get("/api/me", headers={"Authorization": f"Bearer {wrong}"}))


def tell_channels(client: httpx.Client, known: Canaries, places: Places) -> None:
    """A channel's URL is its password, whether it is right, cannot be reached or must not be one."""
    token = known.add("token of a channel", f"123456789:canary-channel-{uuid4().hex}")
    kept = {"items": [{"name": "Telegram", "url": f"tgram://{token}/-100"}]}
    assert places.answered("channels", client.put("/api/alert-channels", json=kept)).status_code == 200
    wrong = known.add("token in a mistake", f"canary-channel-mistaken-{uuid4().hex}")
    for url in (f"json://127.0.0.1:9/{wrong}", f"evolution://{wrong}@127.0.0.1/x", f"nonsense {wrong}"):
        places.answered("channels", client.post("/api/alert-channels/test", json={"url": url}))
    places.answered("channels", client.put("/api/alert-channels", json={"items": [{"name": wrong * 9, "url": wrong}]}))


def speak_as_a_gateway(stack: StackProcess, servers: dict[str, str], known: Canaries) -> None:
    """Events with secrets in every slot, right and forged, while the database is there and while it is not."""
    hook_key = known.add("API key in an event", f"canary-hook-{uuid4()}")
    words = known.add("words of a message", f"canary words {uuid4()}")
    code = known.add("code in an event", f"2@canary-code-{uuid4()}")
    forged = known.add("forged secret", f"canary-forged-{uuid4()}")
    known.add("number of a customer", STRANGER)
    message = {
        "key": {"remoteJid": f"{STRANGER}@s.whatsapp.net"},
        "message": {"conversation": words},
        "apikey": hook_key,
    }
    events: list[tuple[str, dict[str, Any]]] = [
        ("messages.upsert", message),
        ("qrcode.updated", {"qrcode": {"code": code, "base64": f"data:image/png;base64,{code}"}}),
        ("no.such.event", {"secret": hook_key, "text": words}),
        ("connection.update", {"state": "open", "token": hook_key}),
    ]
    with httpx.Client(base_url=stack.url, timeout=30) as gateway:
        for version, server_id in servers.items():
            bearer, token = known.secrets[f"bearer of {version}"], known.secrets[f"path token of {version}"]
            ways = [
                (f"/webhooks/{server_id}", {"Authorization": f"Bearer {bearer}"}, 200),
                (f"/webhooks/{server_id}/t/{token}/messages-upsert", {}, 200),
                (f"/webhooks/{server_id}/t/{forged}", {}, 401),
                (f"/webhooks/{server_id}", {"Authorization": f"Bearer {forged}"}, 401),
            ]
            for path, headers, status in ways:
                for event, data in events:
                    body = {
                        "event": event,
                        "instance": f"toko-{version.replace('.', '-')}",
                        "data": {**data, "n": str(uuid4())},
                        "apikey": hook_key,
                        "destination": f"{stack.url}/webhooks/{server_id}/t/{token}",
                        "sender": "6281234567890@s.whatsapp.net",
                    }
                    assert gateway.post(path, headers=headers, json=body).status_code == status
            assert (
                gateway.post(ways[0][0], headers=ways[0][1], content=f'{{"x": "{hook_key}'.encode()).status_code == 422
            )
        with canaries.frozen(stack.home):
            for event, data in events:
                body = {"event": event, "instance": "toko-2-3-6", "data": data, "apikey": hook_key, "n": hook_key}
                assert gateway.post(ways[0][0], headers=ways[0][1], json=body).status_code == 202


def speak_as_a_node(stack: StackProcess, client: httpx.Client, known: Canaries, places: Places) -> None:
    """Signed events, right and forged, under names that hold a password, while the database is there and is not."""
    secret = known.add("webhook secret of a node", f"canary-node-secret-{uuid4()}")
    key = known.add("API key of a node", f"canary-node-key-{uuid4()}")
    words = known.add("words of a node's message", f"canary node words {uuid4()}")
    password = known.add("password in a claimed address", f"canary-claimed-{uuid4()}")
    body = {"name": "node", "kind": "webjs", "base_url": "http://127.0.0.1:9", "api_key": key, "webhook_secret": secret}
    assert places.answered("server", client.post("/api/servers", json=body)).status_code == 201
    event = {
        "event": "message_received",
        "data": {"session_id": "webjs_1_1_node", "workspace_id": 1, "message": {"body": words, "from": STRANGER}},
    }

    def posted(signed_with: str) -> int:
        raw, at = json.dumps({**event, "n": str(uuid4())}).encode(), str(int(time.time()))
        headers = {"X-HMAC-Signature": sign(raw, at, signed_with), "X-Timestamp": at}
        headers["X-Instance-Url"] = f"http://node:{password}@localhost:3001"
        with httpx.Client(base_url=stack.url, timeout=30) as node:
            return node.post("/api/whatsapp/webhooks/webjs", content=raw, headers=headers).status_code

    forged = known.add("secret of a forger", f"canary-forger-{uuid4()}")
    guessed = known.add("guessed key of a node", f"canary-guessed-{uuid4()}")

    def restored(given: str) -> int:
        asked = httpx.get(f"{stack.url}/api/whatsapp/accounts/active", headers={"X-API-Key": given}, timeout=30)
        return places.answered("restoration", asked).status_code

    # Whoever found the database frozen a moment ago leaves it alone for some seconds.
    until(lambda: [posted(secret), posted(forged), restored(key), restored(guessed)] == [200, 401, 200, 401])
    with canaries.frozen(stack.home):
        assert posted(secret) == 202


def ask_everything(client: httpx.Client, places: Places) -> None:
    """What there is to read, and what runs by itself."""
    until(lambda: client.get("/api/me").status_code == 200)
    for path in (
        "/api/servers",
        "/api/instances",
        "/api/clients",
        "/api/ops-logs",
        "/api/health-check",
        "/api/alerts",
        "/api/alert-channels",
        "/config.json",
    ):
        places.answered(path, client.get(path))
    for path in ("/api/health-check", "/api/reconcile"):
        places.answered(path, client.post(path, json={}))
    for instance in client.get("/api/instances").json()["items"]:
        at = f"/api/instances/{instance['id']}"
        places.answered("instance", client.get(at))
        places.answered("diagnosis", client.get(f"{at}/diagnosis"))
        places.answered("delete", client.delete(at))
    places.answered("/api/ops-logs", client.get("/api/ops-logs"))


def facts(stack: StackProcess) -> set[str]:
    """What has happened, so that the search is no search in an empty house."""
    lines = "\n".join(path.read_text() for path in Path(stack.home / "logs").glob("*.jsonl"))
    return {"webhooks parked"} if '"outcome":"parked"' in lines else set()


def until(found: Any, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)

"""What the recordings show between the lines: disagreements, leaks, lies, and what survives a restart."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError

import httpx
import pytest

from simulator.process import SimulatorProcess
from tests.contract.simulator.user import User

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.simulator.receiver import Receiver


def _pixels(image: str) -> list[list[int]]:
    """The grey values of a one-bit PNG, 0 being dark."""
    raw = base64.b64decode(image.removeprefix("data:image/png;base64,"))
    assert raw.startswith(b"\x89PNG")
    width, height, depth = struct.unpack(">IIB", raw[16:25])
    assert depth == 1
    data, at = b"", 8
    while at < len(raw):
        length, name = struct.unpack(">I4s", raw[at : at + 8])
        data += raw[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    lines, stride = zlib.decompress(data), (width + 7) // 8 + 1
    rows = [lines[y * stride + 1 : (y + 1) * stride] for y in range(height)]
    for y in range(1, height):
        if lines[y * stride] == 2:  # a line written as the difference to the one above it
            rows[y] = bytes((up + down) % 256 for up, down in zip(rows[y - 1], rows[y], strict=True))
    return [[row[x // 8] >> (7 - x % 8) & 1 for x in range(width)] for row in rows]


def test_a_qr_image_is_dark_on_white_with_a_quiet_zone(either: User) -> None:
    pixels = _pixels(either.connect(either.create())["base64"])

    quiet = 4 * 4
    assert {value for row in pixels[:quiet] for value in row} == {1}
    assert {value for row in pixels for value in row[:quiet]} == {1}
    assert [row[quiet : quiet + 28] for row in pixels[quiet : quiet + 4]] == [[0] * 28] * 4


def test_creates_of_one_name_at_once_all_fail_on_2_3_6(v2: User) -> None:
    body = {"instanceName": "at-once", "integration": "WHATSAPP-BAILEYS"}
    together = Barrier(6)

    def create(_: int) -> int:
        together.wait()
        return v2.client.post("/instance/create", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(create, range(6)))

    assert answers == [400] * 6
    assert v2.client.get("/instance/fetchInstances?instanceName=at-once").status_code == 404


def test_one_of_two_creates_at_once_succeeds_on_1_8_2(v1: User) -> None:
    with ThreadPoolExecutor(2) as pool:
        send = lambda _: v1.client.post("/instance/create", json={"instanceName": "pair"}).status_code  # noqa: E731
        answers = sorted(pool.map(send, range(2)))

    assert answers == [201, 403]


def connected_twice_at_once(user: User, webhook: str) -> str:
    """An instance that two connects met; on a busy machine the second may come too late, then another one is tried."""
    for _ in range(10):
        name = user.create(webhook)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _, name=name: user.connect(name), range(2)))
        if user.until(name, memory="connecting")["sockets"] == 2:
            return name
    raise AssertionError("two connects at once never opened two sockets")


def test_connects_at_once_leak_a_socket_that_outlives_the_instance(either: User, receiver: Receiver) -> None:
    path = f"/leak/{either.process.url[-5:]}"
    either.process.control("settings", {"qr_refresh_s": 4})
    name = connected_twice_at_once(either, f"{receiver.url}{path}")

    either.client.delete(f"/instance/delete/{name}")
    either.gone(name)

    before = len(receiver.at(path))
    codes = [each for each in receiver.wait_for(before + 2, path)[before:] if each.body["event"] == "qrcode.updated"]
    assert codes != []


def test_a_restart_on_1_8_2_can_start_a_storm_of_replacements(v1: User, receiver: Receiver) -> None:
    name = v1.connected(f"{receiver.url}/storm")
    v1.process.control("settings", {"conflict": True})

    v1.client.put(f"/instance/restart/{name}")

    storm = [each.body["data"] for each in receiver.wait_for(20, "/storm")]
    assert [data["statusReason"] for data in storm if data.get("state") == "close"].count(440) > 2


def test_a_half_loaded_instance_of_1_8_2_is_healed_by_delete_only(v1: User) -> None:
    name = v1.create()
    v1.act(name, "half-loaded")

    assert v1.state(name) == {"instanceName": name}
    connect = v1.client.get(f"/instance/connect/{name}")
    assert (connect.status_code, connect.text) == (200, "")
    assert v1.client.post("/instance/create", json={"instanceName": name}).status_code == 403
    assert v1.client.delete(f"/instance/delete/{name}").status_code == 200
    assert v1.client.post("/instance/create", json={"instanceName": name}).status_code == 201


def test_2_3_6_is_deaf_to_messages_after_a_logout_and_a_new_pairing(v2: User, receiver: Receiver) -> None:
    name = v2.connected(f"{receiver.url}/deaf")
    v2.act(name, "message", **{"from": "6281300000001", "text": "before"})
    v2.client.delete(f"/instance/logout/{name}")
    v2.until(name, memory="close")
    v2.connect(name)
    v2.act(name, "pair", number="6281200000001")
    v2.until(name, memory="open")

    v2.act(name, "message", **{"from": "6281300000001", "text": "after"})
    v2.client.post(f"/message/sendText/{name}", json={"number": "6281300000001", "text": "still sends"})

    # The delivery notice is the last thing told, so nothing of the message can still be underway.
    seen = receiver.wait_for(1, "/deaf")
    while "messages.update" not in {each.body["event"] for each in seen}:
        seen = receiver.wait_for(len(seen) + 1, "/deaf")
    texts = [each.body["data"]["message"] for each in seen if each.body["event"] == "messages.upsert"]
    assert texts == [{"conversation": "before"}]


def test_a_logout_while_whatsapp_is_out_of_reach_is_no_logout_on_2_3_6(v2: User) -> None:
    name = v2.connected()
    v2.act(name, "offline", on=True)
    v2.until(name, memory="connecting", database="open")

    assert v2.client.delete(f"/instance/logout/{name}").json()["status"] == "SUCCESS"
    v2.act(name, "offline", on=False)

    v2.until(name, memory="open")


def test_database_and_memory_disagree_after_the_qr_limit(v2: User) -> None:
    name = v2.create()
    v2.connect(name)

    v2.act(name, "qr-limit")

    assert v2.state(name)["state"] == "close"
    [row] = v2.client.get(f"/instance/fetchInstances?instanceName={name}").json()
    assert row["connectionStatus"] == "connecting"


def test_a_phone_cannot_pair_without_a_code(either: User) -> None:
    name = either.create()

    with pytest.raises(HTTPError, match="409"):
        either.act(name, "pair", number="6281200000001")


@pytest.mark.parametrize("version", ["1.8.2", "2.3.6"])
def test_a_paired_instance_survives_a_killed_process_with_a_state_file(version: str, tmp_path: Path) -> None:
    process = SimulatorProcess(version, speed=20, state_file=tmp_path / "state.json")
    with process, User(process) as user:
        name = user.connected(hook="http://127.0.0.1:9/x")
        process.kill()
    with process, User(process) as user:
        user.until(name, memory="open")
        assert user.client.get(f"/webhook/find/{name}").json()["url"] == "http://127.0.0.1:9/x"


def test_a_logged_out_instance_is_gone_after_a_restart_of_1_8_2() -> None:
    with SimulatorProcess("1.8.2", speed=20) as process, User(process) as user:
        name = user.connected()
        user.client.delete(f"/instance/logout/{name}")

        process.control("process-restart")

        assert user.client.get(f"/instance/connectionState/{name}").status_code == 404


def test_a_never_paired_instance_shows_codes_by_itself_after_a_restart() -> None:
    with SimulatorProcess("2.3.6", speed=20) as process, User(process) as user:
        name = user.create()

        process.control("process-restart")

        user.until(name, memory="connecting", qr_count=1)


# --- faults ---


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [
        ({"status": 503}, 503, None),
        ({"lie": True}, 200, {"error": True, "message": "[object Object]"}),
        ({"empty_list": True}, 200, []),
        ({"key": "changed"}, 401, None),
        ({"license_required": True}, 503, None),
    ],
    ids=str,
)
def test_a_fault_shows_where_it_was_ordered(either: User, fault: dict[str, Any], status: int, body: Any) -> None:
    either.create()
    either.process.control("faults", {**fault, "routes": ["fetchInstances"]})

    answer = either.client.get("/instance/fetchInstances")

    assert answer.status_code == status
    assert body is None or answer.json() == body
    assert either.client.get("/").status_code == 200


def test_half_a_list_is_half_a_list(either: User) -> None:
    names = [either.create() for _ in range(4)]
    whole = len(either.client.get("/instance/fetchInstances").json())
    assert whole >= len(names)

    either.process.control("faults", {"half_list": True})

    assert len(either.client.get("/instance/fetchInstances").json()) == whole // 2


@pytest.mark.parametrize("fault", ["garbage", "truncate"])
def test_a_spoiled_answer_is_no_json(either: User, fault: str) -> None:
    either.process.control("faults", {fault: True})

    answer = either.client.get("/instance/fetchInstances?instanceName=")

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_a_slow_answer_takes_its_time(either: User) -> None:
    either.process.control("faults", {"slow_s": 5, "routes": ["fetchInstances"]})

    with pytest.raises(httpx.ReadTimeout):
        either.client.get("/instance/fetchInstances", timeout=0.2)


def test_a_fault_ends_after_its_times(either: User) -> None:
    either.process.control("faults", {"status": 500, "times": 2})

    answers = [either.client.get("/instance/fetchInstances").status_code for _ in range(3)]

    assert answers == [500, 500, 200]


def test_an_unknown_fault_is_refused_with_the_known_ones(either: User) -> None:
    with pytest.raises(HTTPError) as refused:
        either.process.control("faults", {"slow": 1})

    assert refused.value.code == 422
    assert "slow_s" in refused.value.read().decode()


def test_the_state_shows_requests_but_never_a_key(either: User) -> None:
    either.client.get("/instance/fetchInstances")

    state = either.process.state()

    assert state["requests"][-1] == {"method": "GET", "path": "/instance/fetchInstances", "status": 200, "body": {}}
    assert either.process.api_key not in str(state["requests"])

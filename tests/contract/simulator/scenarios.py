"""What the laboratory did between the recorded calls, in the words of the simulator's control routes.

The 1.8.2 recording holds the laboratory's commands as rows; that of 2.3.6 only shows what followed from them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Do:
    """A control call."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Ask:
    """A call to the server that the recording leaves out."""

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True)
class Until:
    """Wait for an instance to be as told (a count: at least so many); None means that it is gone."""

    instance: str
    wanted: Mapping[str, str | int] | None


Action: TypeAlias = "Do | Ask | Until"


def until(name: str, state: str | None) -> Until:
    return Until(name, None if state is None else {"memory": state})


def counted(name: str, count: int) -> Until:
    return Until(name, {"qr_count": count})


def refused(name: str) -> Until:
    """Wait for the QR limit, after which no socket is left to come back."""
    return Until(name, {"memory": "close", "connected": False})


def pair(name: str, number: str = "5511999990001") -> tuple[Action, ...]:
    return (Do(f"instances/{name}/pair", {"number": number}), until(name, "open"))


def drop(name: str, code: int) -> Action:
    return Do(f"instances/{name}/drop", {"code": code})


def message(name: str, sender: str, text: str) -> Action:
    return Do(f"instances/{name}/message", {"from": sender, "text": text})


@dataclass(frozen=True)
class Group:
    """Files that were recorded on one server, in order; `url` is where its webhooks went."""

    folder: str
    version: str
    files: tuple[str, ...]
    url: str
    speed: float
    settings: Mapping[str, object]

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.files[0]}"


V1 = ("evolution-1.8.2", "1.8.2")
V2 = ("evolution-2.3.6", "2.3.6")
V1_URL, V2_URL = "http://127.0.0.1:8095", "http://127.0.0.1:8072"
RECORDED_REFRESH = {"qr_refresh_s": 20.0, "qr_refs": 30}

GROUPS = (
    Group(
        *V1,
        (
            "01-info-and-auth.json",
            "02-instance-create.json",
            "02b-instance-create-more.json",
            "03-instance-connect.json",
            "04-connection-state.json",
            "05-fetch-instances.json",
            "06-restart.json",
            "07-logout-delete.json",
            "11b-webhook-redirect.json",
        ),
        V1_URL,
        20,
        RECORDED_REFRESH,
    ),
    Group(
        *V1,
        (
            "08-webhook-set-find.json",
            "09-send-text.json",
            "10-webhook-events.json",
            "11-webhook-delivery-failures.json",
            "12-process-restart.json",
            "13-qrcode-limit.json",
            "14-global-webhook-and-del-instance.json",
        ),
        V1_URL,
        20,
        RECORDED_REFRESH,
    ),
    Group(
        *V2,
        (
            "00_empty_database.json",
            "01_info_auth.json",
            "02_create.json",
            "02b_create_more.json",
            "03_connect_state.json",
            "04_fetchInstances.json",
            "05_restart.json",
            "06_logout.json",
            "07_delete.json",
            "08_webhook_set_find.json",
            "10_webhook_failure_long.json",
        ),
        V2_URL,
        10,
        RECORDED_REFRESH,
    ),
    Group(
        *V2,
        (
            "09_sendText.json",
            "11_disconnect_codes.json",
            "12_webhook_shapes.json",
            "14_process_restart.json",
            "21_webhook_before_response.json",
            "22_settings_and_misc.json",
        ),
        V2_URL,
        10,
        RECORDED_REFRESH,
    ),
    # Slower, because here the codes that pass during a wait are counted.
    Group(
        *V2,
        ("15_qrcode_limit.json", "15b_qrcode_limit_after_relogin.json", "16_pairing_code_unfinished.json"),
        V2_URL,
        3,
        {"qr_limit": 5, "qr_refs": 3},
    ),
)

# The intervals of codes are not the recorded ones where a recorded wait would end within a hair of one.
LIMITED_V1 = Do("settings", {"qr_limit": 3, "qr_refresh_s": 3.2})
LIMITED_V2 = Do("settings", {"qr_refresh_s": 1.3})
UNLIMITED = Do("settings", {"qr_limit": 30, **RECORDED_REFRESH})


def silently_deleted(*names: str) -> tuple[Action, ...]:
    """Remove what a scenario left, because its server was another one than the next scenario's."""
    gone = tuple(Ask("DELETE", f"/instance/{what}/{name}") for name in names for what in ("logout", "delete"))
    ends = tuple(until(name, None) for name in names)
    return (Do("webhooks", {"deliver": False}), *gone, *ends, Do("webhooks", {"deliver": True}))


CLOSE_CODES = (401, 402, 403, 406, 408, 411, 428, 440, 500, 503, 515)

# file -> name of the row (with #2 for the second of that name) -> what was done before it
BEFORE: dict[str, dict[str, tuple[Action, ...]]] = {
    "02_create.json": {
        "qrcode true but no QR ever arrives (stuck connecting)": (Do("instances/c-noqr/qr", {"mode": "none"}),),
    },
    "02b_create_more.json": {
        "find after v1 snake_case (1 s later)": (until("c-snake", None),),
        "... state of it 1 s later": (until("c-again", None),),
    },
    "03_connect_state.json": {
        "connect after the QR was refreshed": (counted("k1", 2),),
        "states polled after pairing (s, state)": (Do("instances/k1/pair", {"number": "5511999990001"}),),
        "connect when open": (until("k1", "open"),),
        "connect, QR not ready after the 2 s wait": (Do("instances/k2/qr", {"mode": "none"}),),
        "connectionState k3 after pairing by code": pair("k3", "5511999990003"),
    },
    "05_restart.json": {
        "connect after that restart": (counted("r1", 2),),
        "restart when open": pair("r1"),
        "restart when open, WhatsApp unreachable afterwards": (
            until("r1", "open"),
            Do("instances/r1/offline", {"on": True, "drop": False}),
        ),
        "connect while registered session cannot reach WhatsApp": (until("r1", "connecting"),),
        "states after back online": (Do("instances/r1/offline", {"on": False}),),
    },
    "06_logout.json": {
        "logout again": (until("l1", "close"),),
        "logout when open": pair("l1"),
        "connect after logout (new QR?)": (until("l1", "close"),),
        "states after the phone removed the device (401)": (*pair("l1"), drop("l1", 401)),
        "connect after 401": (until("l1", "close"),),
    },
    "07_delete.json": {
        "connectionState 1.5 s later": (until("d1", None),),
        "delete while open": pair("d3"),
        "logout then": pair("d4"),
        "webhook/find after delete": (until("d4", None),),
        "recreate d3 after delete": (until("d3", None),),
    },
    "09_sendText.json": {
        "v2 body": (
            *pair("s1", "5511999990009"),
            message("s1", "5511966660001", "first"),
            message("s1", "5511966660001", "again"),
        ),
        "WhatsApp refuses the send": (Do("settings", {"refuse_sends": True}),),
        "connectionState after network drop": (
            Do("settings", {"refuse_sends": False}),
            Do("instances/s1/offline", {"on": True}),
        ),
        "send after reconnection": (Do("instances/s1/offline", {"on": False}), until("s1", "open")),
        "send after logout": (until("s1", "close"),),
    },
    "10_webhook_failure_long.json": {
        "connectionState y500 3 s after delete": (until("y500", "close"),),
        "logout z500": pair("z500"),
        "connect z500 after logout while logout.instance is being retried": (until("z500", "close"),),
    },
    "11_disconnect_codes.json": {
        f"states after WhatsApp closes with {code}": (*pair(f"z{code}"), drop(f"z{code}", code)) for code in CLOSE_CODES
    }
    # An end without a code is one that 2.3.6 recovers from, as from 428.
    | {"states after WhatsApp closes with none": (*pair("znone"), drop("znone", 428))},
    "12_webhook_shapes.json": {
        "send": (
            *pair("b1", "5511977770001"),
            message("b1", "5511966660001", "inbound"),
            message("b1", "5511966660002", "inbound-status-append"),
        ),
        "delete": (until("b1", "close"),),
    },
    "14_process_restart.json": {
        "create g-qr": pair("g-open"),
        "logout": pair("g-logout"),
        "states polled after the restart (SIGTERM); t=0 is process start": (
            until("g-logout", "close"),
            Do("process-restart"),
            until("g-open", "open"),
            counted("g-close", 1),
            counted("g-qr", 1),
            counted("g-logout", 1),
        ),
        "states polled after the restart (SIGKILL); t=0 is process start": (
            Do("process-restart"),
            until("g-open", "open"),
            counted("g-close", 1),
            counted("g-qr", 1),
            counted("g-logout", 1),
        ),
    },
    "15_qrcode_limit.json": {
        "create q1": (LIMITED_V2,),
        "states while QRs run out": (refused("q1"),),
        "state after pairing": (counted("q1", 3), *pair("q1")),
        "connect: count after a logout": (until("q1", "close"),),
    },
    "15b_qrcode_limit_after_relogin.json": {
        "create c1": (*silently_deleted("q1"), Do("settings", {"qr_refresh_s": 2.4})),
        "round 0: logout": (counted("c1", 2), *pair("c1")),
        "round 1: connect": (until("c1", "close"),),
        "round 1: logout": (counted("c1", 4), *pair("c1")),
        "round 2: connect": (until("c1", "close"),),
        "state": (refused("c1"),),
    },
    "16_pairing_code_unfinished.json": {
        "create u1": (*silently_deleted("c1"), LIMITED_V2),
        "states while the pairing code is never used": (Until("u1", {"memory": "close", "database": "close"}),),
    },
    "21_webhook_before_response.json": {
        "was t3 created?": (
            Ask(
                "POST",
                "/instance/create",
                {"instanceName": "t3", "integration": "WHATSAPP-BAILEYS", "qrcode": True},
            ),
        ),
    },
    "02b-instance-create-more.json": {
        "delete c-race": (Ask("POST", "/instance/create", {"instanceName": "c-race", "token": "tok-race"}),),
    },
    "22_settings_and_misc.json": {
        "sendText to number ending 0000 (not on WhatsApp)": pair("o1"),
    },
    "12-process-restart.json": {
        "(lab control, not Evolution) POST /pair/p-open?mode=realistic": (
            Ask("GET", "/instance/connect/p-open"),
            Ask("GET", "/instance/connect/p-qr"),
            Ask("GET", "/instance/connect/p-out"),
            Ask("GET", "/instance/connect/p-401"),
            Ask("GET", "/instance/connect/p-noset"),
            Ask("GET", "/instance/connect/p-code?number=5511999990003"),
        ),
        "logout p-out": (until("p-out", "open"),),
        "(lab control, not Evolution) POST /drop/p-401?code=401": (until("p-401", "open"),),
        "fetchInstances before": (until("p-open", "open"), until("p-noset", "open")),
        "fetchInstances at once after the start": (Do("process-restart"),),
        "connect p-close": (counted("p-close", 1),),
        "fetchInstances after SIGKILL": (Do("process-restart"), until("p-open", "open"), counted("p-out", 1)),
    },
    "13-qrcode-limit.json": {
        "create q1": (LIMITED_V1,),
    },
    "14-global-webhook-and-del-instance.json": {
        "create g1": (UNLIMITED, Do("webhooks", {"global_url": f"{V1_URL}/global"})),
    },
    "04-connection-state.json": {
        "(lab control, not Evolution) POST /drop/s1?code=428": (until("s1", "open"),),
        "(lab control, not Evolution) POST /drop/s1?code=428#2": (until("s1", "open"),),
        "(lab control, not Evolution) POST /drop/s1?code=515": (until("s1", "open"),),
        "(lab control, not Evolution) POST /drop/s1?code=408": (until("s1", "open"),),
        "(lab control, not Evolution) POST /drop/s1?code=401": (until("s1", "open"),),
        "(lab control, not Evolution) POST /offline/s1": (until("s1", "open"),),
        "connect meanwhile: old QR data (not an error)": (until("s1", "connecting"),),
    },
    "03-instance-connect.json": {
        "connect after the QR came": (counted("k2", 1),),
        "connect after 408 (server reconnected by itself, count goes on)": (counted("k6", 2),),
    },
    "06-restart.json": {
        "(lab control, not Evolution) POST /config#2": (until("k1", "open"),),
        "PUT restart, open, with WhatsApp-like conflict (440 to the older socket)": (until("k1", "open"),),
    },
    "09-send-text.json": {
        "link lost, reconnecting": (until("m1", "connecting"),),
        "back": (until("m1", "open"),),
    },
    "10-webhook-events.json": {
        "(lab control, not Evolution) POST /message/e1": (until("e1", "open"),),
        "(lab control, not Evolution) POST /drop/e1?code=428": (until("e1", "open"),),
        "logout": (until("e1", "open"),),
        "(lab control, not Evolution) POST /message/e2": (until("e2", "open"),),
        "(lab control, not Evolution) POST /drop/e2?code=428": (until("e2", "open"),),
        "logout#2": (until("e2", "open"),),
    },
}


def translate(target: str, body: dict[str, Any] | None) -> tuple[Action, ...]:
    """Turn a recorded command of the 1.8.2 laboratory into control calls."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query))
    command, _, name = url.path.strip("/").partition("/")
    match command:
        case "pair":
            number = query.get("id", "5511999990001")
            return (Do(f"instances/{name}/pair", {"number": number, "direct": query.get("mode") != "realistic"}),)
        case "drop":
            return (drop(name, int(query["code"])),)
        case "noqr":
            return (Do(f"instances/{name}/qr", {"mode": "none"}),)
        case "qr":
            return (Do(f"instances/{name}/qr", {"mode": "normal"}), Do(f"instances/{name}/offline", {"on": False}))
        case "offline":
            return (Do(f"instances/{name}/offline", {"on": True, "drop": False}),)
        case "message":
            sent = body or {}
            return (message(name, sent.get("from", "5511988887777"), sent["text"]),)
        case "config":
            return (Do("settings", _knobs(body or {})),)
    return ()


def _knobs(config: dict[str, Any]) -> dict[str, Any]:
    known = {"loginMs": ("login_s", 0.001), "conflict": ("conflict", None)}
    return {known[key][0]: value * known[key][1] if known[key][1] else value for key, value in config.items()}

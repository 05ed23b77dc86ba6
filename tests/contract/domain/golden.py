"""The golden sequences of the design as one table: which recorded life it is, and what Sambung must say at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from sambung.domain.errors import Code
from sambung.domain.instance import Status

V1, V2, WEBJS = "evolution-1.8.2", "evolution-2.3.6", "webjs"
OFF, DIAL, ON, BAD = Status.DISCONNECTED, Status.CONNECTING, Status.CONNECTED, Status.ERROR

Answer = tuple[str, str]
"""A recorded answer: the file and the name of the row; `#2` behind it is the second row of that name."""


@dataclass(frozen=True)
class Recorded:
    """The webhooks `first` to `last` of `instance` in the folder's webhooks.json.

    `calls`: of webjs, the row of another file that has them instead. `memory`, `listed`: what the server answered
    then; None where nobody asked it. `was`: the status before. `own`: our action that runs meanwhile. `second_life`:
    the path at which the life after a re-create tells its events. `sweeps`: reads that follow without being asked for.
    `other_places`: servers where the same number is open too; `told_by_them`: they also told so.
    """

    folder: str
    instance: str
    first: int
    last: int
    was: Status = DIAL
    own: str | None = None
    second_life: str | None = None
    sweeps: int = 0
    calls: Answer | None = None
    memory: Answer | None = None
    listed: Answer | None = None
    other_places: tuple[str, ...] = ()
    told_by_them: bool = False


@dataclass(frozen=True)
class End:
    """Status, last error, whether a QR code is on offer, and the findings with the worst first.

    `code_may_be_doubted`: a code that comes before the end of the connection is seen is not believed; the next one
    comes with the next event.
    """

    status: Status
    error: Code | None = None
    qr: bool = False
    findings: tuple[Code, ...] = ()
    code_may_be_doubted: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Golden:
    """One life and its end, which is the same for the recorded order and any other, after the check if one was asked
    for."""

    name: str
    recorded: Recorded
    end: End


_DISCONNECTS, _RESTART_V1, _RESTART_V2 = (
    "11_disconnect_codes.json",
    "12-process-restart.json",
    "14_process_restart.json",
)
_CONNECT_V2, _UNUSED_V2, _BACK = "03_connect_state.json", "16_pairing_code_unfinished.json", "restoration.json"
_AFTER_RESTART = "states polled after the restart (SIGTERM); t=0 is process start"
_STATES_V1, _LEAVING_V1, _LIMIT_V1 = "04-connection-state.json", "07-logout-delete.json", "13-qrcode-limit.json"
_LIMIT_V2, _LOGOUT_V2, _DELETE_V2 = "15_qrcode_limit.json", "06_logout.json", "07_delete.json"
_FOUR_NODES = (
    "4 nodes start, GET /api/whatsapp/accounts/active answers 3 sessions "
    "(one paired on shared storage, one without data, one invalid id)"
)
# Of another session in the same state.
_SHOWS_CODE = ("sessions.json", "status of A right after create")
_SHOWS_CONNECTED = ("sessions.json", "status of A connected")
_LIST_AFTER_START_V1 = (_RESTART_V1, "fetchInstances 3 s after the start")

GOLDEN = (
    Golden(
        "pairing on 1.8 with its close 515",
        Recorded(V1, "s1", 25, 29, memory=(_STATES_V1, "1.3 s after")),
        End(ON),
    ),
    Golden(
        "pairing on 2.3",
        Recorded(
            V2,
            "k1",
            1,
            6,
            memory=(_CONNECT_V2, "connectionState when open"),
            listed=(_CONNECT_V2, "fetchInstances when open"),
        ),
        End(ON),
    ),
    Golden(
        "technical drops on 1.8",
        Recorded(V1, "s1", 25, 44, memory=(_STATES_V1, "link back")),
        End(ON, findings=(Code.UNSTABLE_CONNECTION,)),
    ),
    Golden(
        "silent drop on 2.3",
        Recorded(
            V2,
            "z408",
            238,
            244,
            memory=(_DISCONNECTS, "states after WhatsApp closes with 408"),
            listed=(_DISCONNECTS, "fetch after 408"),
        ),
        End(ON),
    ),
    Golden(
        "440 storm on 1.8",
        Recorded(V1, "k1", 49, 76),
        End(DIAL, findings=(Code.REPLACED_ELSEWHERE,)),
    ),
    Golden(
        "440 storm on 1.8 that our own restart began",
        Recorded(V1, "k1", 49, 76, own="restart"),
        End(DIAL),
    ),
    Golden(
        "replaced once on 2.3, which tells no reason",
        Recorded(
            V2,
            "z440",
            261,
            268,
            memory=(_DISCONNECTS, "states after WhatsApp closes with 440"),
            listed=(_DISCONNECTS, "fetch after 440"),
        ),
        End(ON),
    ),
    Golden(
        "QR limit on 1.8",
        Recorded(V1, "q1", 158, 163, memory=(_LIMIT_V1, "state after the limit"), listed=(_LIMIT_V1, "fetchInstances")),
        End(OFF, Code.QR_LIMIT_REACHED, findings=(Code.QR_LIMIT_REACHED,)),
    ),
    Golden(
        "QR limit on 1.8, then connect",
        Recorded(V1, "q1", 158, 168, memory=(_LIMIT_V1, "pairing still works")),
        End(ON),
    ),
    Golden(
        "QR limit on 2.3",
        Recorded(
            V2,
            "q1",
            726,
            735,
            memory=(_LIMIT_V2, "connectionState after the limit"),
            listed=(_LIMIT_V2, "fetchInstances after the limit"),
        ),
        End(OFF, Code.QR_LIMIT_REACHED, findings=(Code.QR_LIMIT_REACHED,)),
    ),
    Golden(
        "QR limit on 2.3, then connect",
        Recorded(V2, "q1", 726, 741, memory=(_LIMIT_V2, "state after pairing")),
        End(ON),
    ),
    Golden(
        "API logout while connecting on 1.8",
        Recorded(V1, "l1", 77, 79, own="logout", memory=(_LEAVING_V1, "state after")),
        End(OFF, findings=(Code.NOT_CONNECTED,)),
    ),
    Golden(
        "API logout while open on 1.8",
        Recorded(
            V1,
            "l1",
            77,
            84,
            own="logout",
            memory=(_LEAVING_V1, "state right after logout"),
            listed=(_LEAVING_V1, "fetchInstances?instanceName after logout"),
        ),
        End(OFF, findings=(Code.NOT_CONNECTED,)),
    ),
    Golden(
        "API logout while connecting on 2.3",
        Recorded(V2, "l1", 26, 31, own="logout", memory=(_LOGOUT_V2, "states after logout while connecting")),
        End(OFF, findings=(Code.NOT_CONNECTED,)),
    ),
    Golden(
        "API logout while open on 2.3",
        Recorded(
            V2,
            "l1",
            26,
            38,
            own="logout",
            memory=(_LOGOUT_V2, "states after logout when open"),
            listed=(_LOGOUT_V2, "fetchInstances after logout"),
        ),
        End(OFF, findings=(Code.NOT_CONNECTED,)),
    ),
    Golden(
        "removal by phone on 1.8",
        Recorded(
            V1,
            "s1",
            25,
            45,
            memory=(_STATES_V1, "after 401 (unlinked on the phone)"),
            listed=(_STATES_V1, "fetchInstances?instanceName=s1 after 401"),
        ),
        End(OFF, Code.LOGGED_OUT_BY_PHONE, findings=(Code.LOGGED_OUT_BY_PHONE, Code.UNSTABLE_CONNECTION)),
    ),
    Golden(
        "removal by phone on 2.3",
        Recorded(
            V2,
            "z401",
            203,
            210,
            memory=(_DISCONNECTS, "states after WhatsApp closes with 401"),
            listed=(_DISCONNECTS, "fetch after 401"),
        ),
        End(OFF, Code.LOGGED_OUT_BY_PHONE, findings=(Code.LOGGED_OUT_BY_PHONE,)),
    ),
    Golden(
        "payment required",
        Recorded(V2, "z402", 211, 218, memory=(_DISCONNECTS, "states after WhatsApp closes with 402")),
        End(OFF, Code.SESSION_ENDED, findings=(Code.SESSION_ENDED,)),
    ),
    Golden(
        "banned",
        Recorded(V2, "z403", 219, 228, memory=(_DISCONNECTS, "states after WhatsApp closes with 403")),
        End(BAD, Code.ACCOUNT_BANNED, findings=(Code.ACCOUNT_BANNED,)),
    ),
    Golden(
        "not acceptable",
        Recorded(V2, "z406", 229, 237, memory=(_DISCONNECTS, "states after WhatsApp closes with 406")),
        End(OFF, Code.SESSION_ENDED, findings=(Code.SESSION_ENDED,)),
    ),
    Golden(
        "pairing code unused on 1.8",
        Recorded(V1, "p-code", 185, 205, memory=(_RESTART_V1, "connectionState p-code"), listed=_LIST_AFTER_START_V1),
        End(OFF, Code.PAIRING_FAILED, findings=(Code.PAIRING_FAILED,)),
    ),
    Golden(
        "pairing code unused on 2.3",
        Recorded(V2, "u1", 751, 762, memory=(_UNUSED_V2, "states while the pairing code is never used")),
        End(OFF, Code.PAIRING_FAILED, findings=(Code.PAIRING_FAILED,)),
    ),
    Golden(
        "delete while connecting on 1.8",
        Recorded(V1, "l2", 85, 87, own="delete", memory=(_LEAVING_V1, "state after#2")),
        End(OFF, findings=(Code.INSTANCE_NOT_FOUND_ON_SERVER, Code.INSTANCE_BUSY)),
    ),
    Golden(
        "delete while connecting on 2.3",
        Recorded(
            V2,
            "d2",
            51,
            58,
            own="delete",
            memory=(_DELETE_V2, "states after delete while connecting"),
            listed=(_DELETE_V2, "fetch d2"),
        ),
        End(OFF, findings=(Code.INSTANCE_NOT_FOUND_ON_SERVER, Code.INSTANCE_BUSY)),
    ),
    Golden(
        "delete while open on 2.3",
        Recorded(
            V2,
            "d3",
            59,
            68,
            own="delete",
            memory=(_DELETE_V2, "states after delete while open"),
            listed=(_DELETE_V2, "fetch d3"),
        ),
        End(OFF, findings=(Code.INSTANCE_NOT_FOUND_ON_SERVER, Code.INSTANCE_BUSY)),
    ),
    Golden(
        "late close of the old life after re-create",
        Recorded(V2, "d3", 59, 81, second_life="/hook/d3b"),
        End(DIAL, qr=True),
    ),
    Golden(
        "process restart with an instance logged out by us on 2.3",
        Recorded(
            V2,
            "g-logout",
            369,
            427,
            own="logout",
            memory=(_RESTART_V2, _AFTER_RESTART),
            listed=(_RESTART_V2, "g-logout after restart: fetch"),
        ),
        End(DIAL, qr=True, code_may_be_doubted=True),
    ),
    Golden(
        "process restart with an instance logged out by the phone on 2.3",
        Recorded(V2, "z401", 203, 419),
        End(DIAL, Code.LOGGED_OUT_BY_PHONE, qr=True, findings=(Code.LOGGED_OUT_BY_PHONE,), code_may_be_doubted=True),
    ),
    Golden(
        "process restart with a never-paired instance on 2.3",
        Recorded(
            V2,
            "g-qr",
            365,
            411,
            memory=(_RESTART_V2, _AFTER_RESTART),
            listed=(_RESTART_V2, "g-qr after restart: fetch"),
        ),
        End(DIAL, qr=True),
    ),
    Golden(
        "process restart with an open instance on 2.3",
        Recorded(V2, "k1", 1, 431),
        End(ON),
    ),
    Golden(
        "process restart with a logged-out instance on 1.8, which forgets it",
        Recorded(
            V1,
            "p-out",
            179,
            196,
            own="logout",
            sweeps=2,
            memory=(_RESTART_V1, "connectionState p-out"),
            listed=_LIST_AFTER_START_V1,
        ),
        End(BAD, Code.INSTANCE_NOT_FOUND_ON_SERVER, findings=(Code.INSTANCE_NOT_FOUND_ON_SERVER,)),
    ),
    Golden(
        "process restart with a never-paired instance on 1.8",
        Recorded(V1, "p-qr", 178, 207, memory=(_RESTART_V1, "connectionState p-qr"), listed=_LIST_AFTER_START_V1),
        End(DIAL, qr=True),
    ),
    Golden(
        "every event twice, from the instance's and the global webhook",
        Recorded(V2, "e1", 832, 840),
        End(ON),
    ),
    Golden(
        "the same number opened under another name",
        Recorded(
            V1,
            "p-open",
            177,
            204,
            memory=(_RESTART_V1, "connectionState p-open"),
            listed=_LIST_AFTER_START_V1,
            other_places=("VPS 1",),
        ),
        End(ON, findings=(Code.CONFLICT_TWO_SERVERS,)),
    ),
    Golden(
        "the same number opened on another server",
        Recorded(
            V2,
            "k1",
            1,
            6,
            memory=(_CONNECT_V2, "connectionState when open"),
            listed=(_CONNECT_V2, "fetchInstances when open"),
            other_places=("VPS 2",),
            told_by_them=True,
        ),
        End(ON, findings=(Code.CONFLICT_TWO_SERVERS,)),
    ),
    Golden(
        "four session_ready from four nodes",
        Recorded(
            WEBJS,
            "webjs_1_1732000011_two00001",
            0,
            -1,
            was=ON,
            calls=(_BACK, _FOUR_NODES),
            memory=(_BACK, "sessions per node afterwards"),
            other_places=("3002", "3003", "3004"),
        ),
        End(ON),
    ),
    Golden(
        "pairing on webjs",
        Recorded(WEBJS, "webjs_1_1732000003_cccccc03", 0, 17, memory=_SHOWS_CONNECTED),
        End(ON),
    ),
    Golden(
        "false session_reconnected",
        Recorded(WEBJS, "webjs_1_1732000003_cccccc03", 20, 21, was=ON),
        End(DIAL),
    ),
    Golden(
        "session_error webhook_send_failed",
        Recorded(
            WEBJS,
            "webjs_1_1732000011_two00001",
            0,
            -1,
            was=ON,
            calls=("retry-policy.json", "session_ready answered 429 always -> 4 attempts, then session_error"),
            memory=(_BACK, "sessions per node afterwards"),
        ),
        End(ON),
    ),
    Golden(
        "removal by phone on webjs, then a new code",
        Recorded(WEBJS, "webjs_1_1732000003_cccccc03", 24, 25, was=ON, memory=_SHOWS_CODE),
        End(DIAL, Code.LOGGED_OUT_BY_PHONE, qr=True, findings=(Code.LOGGED_OUT_BY_PHONE,), code_may_be_doubted=True),
    ),
    Golden(
        "ready without a number",
        Recorded(WEBJS, "webjs_1_1732000004_noinfo", 18, 19),
        End(BAD, Code.SERVER_ERROR, findings=(Code.SERVER_ERROR,)),
    ),
    Golden(
        "the browser never starts again",
        Recorded(WEBJS, "webjs_1_1732000021_failrec", 29, 31),
        End(BAD, Code.SESSION_ENDED, findings=(Code.SESSION_ENDED,)),
    ),
)

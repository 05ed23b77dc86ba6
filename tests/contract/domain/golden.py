"""The golden sequences of the design as one table: which recorded life it is, and what Sambung must say at its end."""

from __future__ import annotations

from dataclasses import dataclass

from sambung.domain.errors import Code
from sambung.domain.instance import Status

V1, V2, WEBJS = "evolution-1.8.2", "evolution-2.3.6", "webjs"
OFF, DIAL, ON, BAD = Status.DISCONNECTED, Status.CONNECTING, Status.CONNECTED, Status.ERROR

Answer = tuple[str, str]
"""A recorded answer: the file and the name of the row."""


@dataclass(frozen=True)
class Golden:
    """One recorded life and its end.

    The life: the webhooks `first` to `last` of `instance` in the folder's webhooks.json; of webjs those of `calls`, a
    recorded row of another file, where that is named. `own`: our action that runs meanwhile. `second_life`: the path
    at which the life after a re-create tells its events. `was`: the status before; `sweeps`: reads that follow without
    being asked for. `memory`, `listed`: what the server answered then; None where nobody asked it. `other_places`:
    servers where the same number is open too; `told_by_them`: they also told so.

    The end: status, last error, whether a QR code is on offer, the findings with the worst first. It holds for the
    recorded order and for any other, after the check if one was asked for. `code_may_be_doubted`: a code that comes
    before the end of the connection is seen is not believed; the next one comes with the next `qrcode.updated`.
    """

    name: str
    folder: str
    instance: str
    first: int
    last: int
    status: Status
    error: Code | None = None
    qr: bool = False
    findings: tuple[Code, ...] = ()
    memory: Answer | None = None
    listed: Answer | None = None
    was: Status = DIAL
    own: str | None = None
    second_life: str | None = None
    sweeps: int = 0
    calls: Answer | None = None
    other_places: tuple[str, ...] = ()
    told_by_them: bool = False
    code_may_be_doubted: bool = False


_DISCONNECTS, _RESTART_V1, _RESTART_V2 = (
    "11_disconnect_codes.json",
    "12-process-restart.json",
    "14_process_restart.json",
)
_AFTER_RESTART = "states polled after the restart (SIGTERM); t=0 is process start"
_STATES_V1, _LEAVING_V1, _LIMIT_V1 = "04-connection-state.json", "07-logout-delete.json", "13-qrcode-limit.json"
_LIMIT_V2, _LOGOUT_V2, _DELETE_V2 = "15_qrcode_limit.json", "06_logout.json", "07_delete.json"
_FOUR_NODES = (
    "4 nodes start, GET /api/whatsapp/accounts/active answers 3 sessions "
    "(one paired on shared storage, one without data, one invalid id)"
)
# Of another session in the same state.
_SHOWS_CODE, _SHOWS_CONNECTED = (
    ("sessions.json", "status of A right after create"),
    ("sessions.json", "status of A connected"),
)
_LIST_AFTER_START_V1 = (_RESTART_V1, "fetchInstances 3 s after the start")

GOLDEN = (
    Golden(
        "pairing on 1.8 with its close 515",
        V1,
        "s1",
        25,
        29,
        ON,
        memory=(_STATES_V1, "1.3 s after"),
    ),
    Golden(
        "pairing on 2.3",
        V2,
        "k1",
        1,
        6,
        ON,
        memory=("03_connect_state.json", "connectionState when open"),
        listed=("03_connect_state.json", "fetchInstances when open"),
    ),
    Golden(
        "technical drops on 1.8",
        V1,
        "s1",
        25,
        44,
        ON,
        memory=(_STATES_V1, "link back"),
        findings=(Code.UNSTABLE_CONNECTION,),
    ),
    Golden(
        "silent drop on 2.3",
        V2,
        "z408",
        238,
        244,
        ON,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 408"),
        listed=(_DISCONNECTS, "fetch after 408"),
    ),
    Golden(
        "440 storm on 1.8",
        V1,
        "k1",
        49,
        76,
        DIAL,
        findings=(Code.REPLACED_ELSEWHERE,),
    ),
    Golden(
        "440 storm on 1.8 that our own restart began",
        V1,
        "k1",
        49,
        76,
        DIAL,
        own="restart",
    ),
    Golden(
        "replaced once on 2.3, which tells no reason",
        V2,
        "z440",
        261,
        268,
        ON,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 440"),
        listed=(_DISCONNECTS, "fetch after 440"),
    ),
    Golden(
        "QR limit on 1.8",
        V1,
        "q1",
        158,
        163,
        OFF,
        Code.QR_LIMIT_REACHED,
        memory=(_LIMIT_V1, "state after the limit"),
        listed=(_LIMIT_V1, "fetchInstances"),
        findings=(Code.QR_LIMIT_REACHED,),
    ),
    Golden(
        "QR limit on 1.8, then connect",
        V1,
        "q1",
        158,
        168,
        ON,
        memory=(_LIMIT_V1, "pairing still works"),
    ),
    Golden(
        "QR limit on 2.3",
        V2,
        "q1",
        726,
        735,
        OFF,
        Code.QR_LIMIT_REACHED,
        memory=(_LIMIT_V2, "connectionState after the limit"),
        listed=(_LIMIT_V2, "fetchInstances after the limit"),
        findings=(Code.QR_LIMIT_REACHED,),
    ),
    Golden(
        "QR limit on 2.3, then connect",
        V2,
        "q1",
        726,
        741,
        ON,
        memory=(_LIMIT_V2, "state after pairing"),
    ),
    Golden(
        "API logout while connecting on 1.8",
        V1,
        "l1",
        77,
        79,
        OFF,
        own="logout",
        memory=(_LEAVING_V1, "state after"),
        findings=(Code.NOT_CONNECTED,),
    ),
    Golden(
        "API logout while open on 1.8",
        V1,
        "l1",
        77,
        84,
        OFF,
        own="logout",
        memory=(_LEAVING_V1, "state right after logout"),
        listed=(_LEAVING_V1, "fetchInstances?instanceName after logout"),
        findings=(Code.NOT_CONNECTED,),
    ),
    Golden(
        "API logout while connecting on 2.3",
        V2,
        "l1",
        26,
        31,
        OFF,
        own="logout",
        memory=(_LOGOUT_V2, "states after logout while connecting"),
        findings=(Code.NOT_CONNECTED,),
    ),
    Golden(
        "API logout while open on 2.3",
        V2,
        "l1",
        26,
        38,
        OFF,
        own="logout",
        memory=(_LOGOUT_V2, "states after logout when open"),
        listed=(_LOGOUT_V2, "fetchInstances after logout"),
        findings=(Code.NOT_CONNECTED,),
    ),
    Golden(
        "removal by phone on 1.8",
        V1,
        "s1",
        25,
        45,
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
        memory=(_STATES_V1, "after 401 (unlinked on the phone)"),
        listed=(_STATES_V1, "fetchInstances?instanceName=s1 after 401"),
        findings=(
            Code.LOGGED_OUT_BY_PHONE,
            Code.UNSTABLE_CONNECTION,
        ),
    ),
    Golden(
        "removal by phone on 2.3",
        V2,
        "z401",
        203,
        210,
        OFF,
        Code.LOGGED_OUT_BY_PHONE,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 401"),
        listed=(_DISCONNECTS, "fetch after 401"),
        findings=(Code.LOGGED_OUT_BY_PHONE,),
    ),
    Golden(
        "payment required",
        V2,
        "z402",
        211,
        218,
        OFF,
        Code.SESSION_ENDED,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 402"),
        findings=(Code.SESSION_ENDED,),
    ),
    Golden(
        "banned",
        V2,
        "z403",
        219,
        228,
        BAD,
        Code.ACCOUNT_BANNED,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 403"),
        findings=(Code.ACCOUNT_BANNED,),
    ),
    Golden(
        "not acceptable",
        V2,
        "z406",
        229,
        237,
        OFF,
        Code.SESSION_ENDED,
        memory=(_DISCONNECTS, "states after WhatsApp closes with 406"),
        findings=(Code.SESSION_ENDED,),
    ),
    Golden(
        "pairing code unused on 1.8",
        V1,
        "p-code",
        185,
        205,
        OFF,
        Code.PAIRING_FAILED,
        memory=(_RESTART_V1, "connectionState p-code"),
        listed=_LIST_AFTER_START_V1,
        findings=(Code.PAIRING_FAILED,),
    ),
    Golden(
        "pairing code unused on 2.3",
        V2,
        "u1",
        751,
        762,
        OFF,
        Code.PAIRING_FAILED,
        memory=("16_pairing_code_unfinished.json", "states while the pairing code is never used"),
        findings=(Code.PAIRING_FAILED,),
    ),
    Golden(
        "delete while connecting on 1.8",
        V1,
        "l2",
        85,
        87,
        OFF,
        own="delete",
        memory=(_LEAVING_V1, "state after#2"),
        findings=(
            Code.INSTANCE_NOT_FOUND_ON_SERVER,
            Code.INSTANCE_BUSY,
        ),
    ),
    Golden(
        "delete while connecting on 2.3",
        V2,
        "d2",
        51,
        58,
        OFF,
        own="delete",
        memory=(_DELETE_V2, "states after delete while connecting"),
        listed=(_DELETE_V2, "fetch d2"),
        findings=(
            Code.INSTANCE_NOT_FOUND_ON_SERVER,
            Code.INSTANCE_BUSY,
        ),
    ),
    Golden(
        "delete while open on 2.3",
        V2,
        "d3",
        59,
        68,
        OFF,
        own="delete",
        memory=(_DELETE_V2, "states after delete while open"),
        listed=(_DELETE_V2, "fetch d3"),
        findings=(
            Code.INSTANCE_NOT_FOUND_ON_SERVER,
            Code.INSTANCE_BUSY,
        ),
    ),
    Golden(
        "late close of the old life after re-create",
        V2,
        "d3",
        59,
        81,
        DIAL,
        qr=True,
        second_life="/hook/d3b",
    ),
    Golden(
        "process restart with an instance logged out by us on 2.3",
        V2,
        "g-logout",
        369,
        427,
        DIAL,
        qr=True,
        own="logout",
        memory=(_RESTART_V2, _AFTER_RESTART),
        listed=(_RESTART_V2, "g-logout after restart: fetch"),
        code_may_be_doubted=True,
    ),
    Golden(
        "process restart with an instance logged out by the phone on 2.3",
        V2,
        "z401",
        203,
        419,
        DIAL,
        Code.LOGGED_OUT_BY_PHONE,
        qr=True,
        findings=(Code.LOGGED_OUT_BY_PHONE,),
        code_may_be_doubted=True,
    ),
    Golden(
        "process restart with a never-paired instance on 2.3",
        V2,
        "g-qr",
        365,
        411,
        DIAL,
        qr=True,
        memory=(_RESTART_V2, _AFTER_RESTART),
        listed=(_RESTART_V2, "g-qr after restart: fetch"),
    ),
    Golden(
        "process restart with an open instance on 2.3",
        V2,
        "k1",
        1,
        431,
        ON,
    ),
    Golden(
        "process restart with a logged-out instance on 1.8, which forgets it",
        V1,
        "p-out",
        179,
        196,
        BAD,
        Code.INSTANCE_NOT_FOUND_ON_SERVER,
        own="logout",
        sweeps=2,
        memory=(_RESTART_V1, "connectionState p-out"),
        listed=_LIST_AFTER_START_V1,
        findings=(Code.INSTANCE_NOT_FOUND_ON_SERVER,),
    ),
    Golden(
        "process restart with a never-paired instance on 1.8",
        V1,
        "p-qr",
        178,
        207,
        DIAL,
        qr=True,
        memory=(_RESTART_V1, "connectionState p-qr"),
        listed=_LIST_AFTER_START_V1,
    ),
    Golden(
        "every event twice, from the instance's and the global webhook",
        V2,
        "e1",
        832,
        840,
        ON,
    ),
    Golden(
        "the same number opened under another name",
        V1,
        "p-open",
        177,
        204,
        ON,
        memory=(_RESTART_V1, "connectionState p-open"),
        listed=_LIST_AFTER_START_V1,
        other_places=("VPS 1",),
        findings=(Code.CONFLICT_TWO_SERVERS,),
    ),
    Golden(
        "the same number opened on another server",
        V2,
        "k1",
        1,
        6,
        ON,
        memory=("03_connect_state.json", "connectionState when open"),
        listed=("03_connect_state.json", "fetchInstances when open"),
        other_places=("VPS 2",),
        told_by_them=True,
        findings=(Code.CONFLICT_TWO_SERVERS,),
    ),
    Golden(
        "four session_ready from four nodes",
        WEBJS,
        "webjs_1_1732000011_two00001",
        0,
        -1,
        ON,
        was=ON,
        calls=("restoration.json", _FOUR_NODES),
        memory=("restoration.json", "sessions per node afterwards"),
        other_places=("3002", "3003", "3004"),
    ),
    Golden(
        "pairing on webjs",
        WEBJS,
        "webjs_1_1732000003_cccccc03",
        0,
        17,
        ON,
        memory=_SHOWS_CONNECTED,
    ),
    Golden(
        "false session_reconnected",
        WEBJS,
        "webjs_1_1732000003_cccccc03",
        20,
        21,
        DIAL,
        was=ON,
    ),
    Golden(
        "session_error webhook_send_failed",
        WEBJS,
        "webjs_1_1732000011_two00001",
        0,
        -1,
        ON,
        was=ON,
        calls=("retry-policy.json", "session_ready answered 429 always -> 4 attempts, then session_error"),
        memory=("restoration.json", "sessions per node afterwards"),
    ),
    Golden(
        "removal by phone on webjs, then a new code",
        WEBJS,
        "webjs_1_1732000003_cccccc03",
        24,
        25,
        DIAL,
        Code.LOGGED_OUT_BY_PHONE,
        qr=True,
        was=ON,
        memory=_SHOWS_CODE,
        findings=(Code.LOGGED_OUT_BY_PHONE,),
        code_may_be_doubted=True,
    ),
    Golden(
        "ready without a number",
        WEBJS,
        "webjs_1_1732000004_noinfo",
        18,
        19,
        BAD,
        Code.SERVER_ERROR,
        findings=(Code.SERVER_ERROR,),
    ),
    Golden(
        "the browser never starts again",
        WEBJS,
        "webjs_1_1732000021_failrec",
        29,
        31,
        BAD,
        Code.SESSION_ENDED,
        findings=(Code.SESSION_ENDED,),
    ),
)

"""The error catalogue and the one tree of exceptions, so that every failure names a side and a next step.

SambungError
├── RequestError        the caller can mend it
├── GatewayFailed       a gateway refused, failed or lied; says whether a retry can help
└── StoreUnavailable    the database is away; always transient
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    """Whose side a problem is on."""

    SERVER = "server"
    NUMBER = "number"
    WEBHOOK = "webhook"
    UPSTREAM = "upstream"
    US = "us"


class Action(StrEnum):
    """The one next step offered to the operator."""

    CHECK_SERVER = "check_server"
    WAIT = "wait"
    SET_WEBHOOK = "set_webhook"
    OPEN_WIZARD = "open_wizard"
    CONNECT = "connect"
    CONTACT_OWNER = "contact_owner"
    RECREATE = "recreate"
    SYNC = "sync"
    VIEW_DIAGNOSIS = "view_diagnosis"
    NONE = "none"


class Code(StrEnum):
    """Stable names of everything that can be wrong."""

    SERVER_UNREACHABLE = "server_unreachable"
    SERVER_ERROR = "server_error"
    SERVER_KEY_REJECTED = "server_key_rejected"
    LICENSE_REQUIRED = "license_required"
    SERVER_TIMEOUT = "server_timeout"
    WEBHOOK_MISSING = "webhook_missing"
    WEBHOOK_INCOMPLETE = "webhook_incomplete"
    WEBHOOK_ELSEWHERE = "webhook_elsewhere"
    WEBHOOK_UNREACHABLE_FROM_SERVER = "webhook_unreachable_from_server"
    WEBHOOK_SILENT = "webhook_silent"
    WEBHOOK_REFUSED = "webhook_refused"
    STUCK_CONNECTING = "stuck_connecting"
    UNSTABLE_CONNECTION = "unstable_connection"
    QR_NOT_READY = "qr_not_ready"
    QR_LIMIT_REACHED = "qr_limit_reached"
    QR_EXPIRED = "qr_expired"
    PAIRING_FAILED = "pairing_failed"
    LOGGED_OUT_BY_PHONE = "logged_out_by_phone"
    SESSION_ENDED = "session_ended"
    NOT_CONNECTED = "not_connected"
    REPLACED_ELSEWHERE = "replaced_elsewhere"
    ACCOUNT_BANNED = "account_banned"
    NUMBER_CHANGED = "number_changed"
    INSTANCE_NOT_FOUND_ON_SERVER = "instance_not_found_on_server"
    SESSION_NOT_FOUND_ANYWHERE = "session_not_found_anywhere"
    NEEDS_RECREATE = "needs_recreate"
    INSTANCE_EXISTS = "instance_exists"
    INSTANCE_BUSY = "instance_busy"
    INSTANCE_NAME_INVALID = "instance_name_invalid"
    NUMBER_NOT_ON_WHATSAPP = "number_not_on_whatsapp"
    MOVED = "moved"
    CONFLICT_TWO_SERVERS = "conflict_two_servers"
    CONFIRM_MISMATCH = "confirm_mismatch"
    ACTION_NOT_CONFIRMED = "action_not_confirmed"
    SEND_RATE_LIMITED = "send_rate_limited"
    OVERLOADED = "overloaded"
    UPSTREAM_PAIRING_OUTAGE = "upstream_pairing_outage"
    CHANNEL_FAILED = "channel_failed"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    INVALID_REQUEST = "invalid_request"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    BODY_TOO_LARGE = "body_too_large"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the catalogue knows of one code; `http` is None where a code lives in findings and last_error only."""

    http: int | None
    action: Action
    side: Side


_C, _A, _S = Code, Action, Side

CATALOGUE: Mapping[Code, Entry] = {
    _C.SERVER_UNREACHABLE: Entry(502, _A.CHECK_SERVER, _S.SERVER),
    _C.SERVER_ERROR: Entry(502, _A.CHECK_SERVER, _S.SERVER),
    _C.SERVER_KEY_REJECTED: Entry(502, _A.CHECK_SERVER, _S.SERVER),
    _C.LICENSE_REQUIRED: Entry(502, _A.CHECK_SERVER, _S.SERVER),
    _C.SERVER_TIMEOUT: Entry(504, _A.WAIT, _S.SERVER),
    _C.WEBHOOK_MISSING: Entry(None, _A.SET_WEBHOOK, _S.WEBHOOK),
    _C.WEBHOOK_INCOMPLETE: Entry(None, _A.SET_WEBHOOK, _S.WEBHOOK),
    _C.WEBHOOK_ELSEWHERE: Entry(409, _A.SET_WEBHOOK, _S.WEBHOOK),
    _C.WEBHOOK_UNREACHABLE_FROM_SERVER: Entry(None, _A.CHECK_SERVER, _S.WEBHOOK),
    _C.WEBHOOK_REFUSED: Entry(None, _A.CHECK_SERVER, _S.WEBHOOK),
    _C.WEBHOOK_SILENT: Entry(None, _A.OPEN_WIZARD, _S.WEBHOOK),
    _C.STUCK_CONNECTING: Entry(None, _A.OPEN_WIZARD, _S.SERVER),
    _C.UNSTABLE_CONNECTION: Entry(None, _A.OPEN_WIZARD, _S.NUMBER),
    _C.QR_NOT_READY: Entry(None, _A.WAIT, _S.SERVER),
    _C.QR_LIMIT_REACHED: Entry(None, _A.CONNECT, _S.NUMBER),
    _C.QR_EXPIRED: Entry(None, _A.CONNECT, _S.NUMBER),
    _C.PAIRING_FAILED: Entry(None, _A.CONNECT, _S.NUMBER),
    _C.LOGGED_OUT_BY_PHONE: Entry(None, _A.CONNECT, _S.NUMBER),
    _C.SESSION_ENDED: Entry(None, _A.CONNECT, _S.NUMBER),
    _C.NOT_CONNECTED: Entry(409, _A.CONNECT, _S.NUMBER),
    _C.REPLACED_ELSEWHERE: Entry(None, _A.CONTACT_OWNER, _S.NUMBER),
    _C.ACCOUNT_BANNED: Entry(None, _A.CONTACT_OWNER, _S.NUMBER),
    _C.NUMBER_CHANGED: Entry(409, _A.CONTACT_OWNER, _S.NUMBER),
    _C.INSTANCE_NOT_FOUND_ON_SERVER: Entry(404, _A.RECREATE, _S.SERVER),
    _C.SESSION_NOT_FOUND_ANYWHERE: Entry(404, _A.RECREATE, _S.SERVER),
    _C.NEEDS_RECREATE: Entry(409, _A.RECREATE, _S.SERVER),
    _C.INSTANCE_EXISTS: Entry(409, _A.SYNC, _S.US),
    _C.INSTANCE_BUSY: Entry(409, _A.WAIT, _S.US),
    _C.INSTANCE_NAME_INVALID: Entry(422, _A.NONE, _S.US),
    _C.NUMBER_NOT_ON_WHATSAPP: Entry(422, _A.NONE, _S.NUMBER),
    _C.MOVED: Entry(409, _A.NONE, _S.SERVER),
    _C.CONFLICT_TWO_SERVERS: Entry(409, _A.VIEW_DIAGNOSIS, _S.SERVER),
    _C.CONFIRM_MISMATCH: Entry(409, _A.NONE, _S.US),
    _C.ACTION_NOT_CONFIRMED: Entry(200, _A.VIEW_DIAGNOSIS, _S.SERVER),
    _C.SEND_RATE_LIMITED: Entry(429, _A.WAIT, _S.NUMBER),
    _C.OVERLOADED: Entry(429, _A.WAIT, _S.US),
    _C.UPSTREAM_PAIRING_OUTAGE: Entry(None, _A.WAIT, _S.UPSTREAM),
    _C.CHANNEL_FAILED: Entry(502, _A.NONE, _S.UPSTREAM),
    _C.NOT_FOUND: Entry(404, _A.NONE, _S.US),
    _C.CONFLICT: Entry(409, _A.NONE, _S.US),
    _C.INVALID_REQUEST: Entry(422, _A.NONE, _S.US),
    _C.UNSUPPORTED_MEDIA_TYPE: Entry(415, _A.NONE, _S.US),
    _C.BODY_TOO_LARGE: Entry(413, _A.NONE, _S.US),
    _C.UNAUTHORIZED: Entry(401, _A.NONE, _S.US),
    _C.FORBIDDEN: Entry(403, _A.NONE, _S.US),
    _C.INTERNAL: Entry(500, _A.NONE, _S.US),
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: `field` is a dotted path in the request, `reason` a short English phrase."""

    field: str
    reason: str


class SambungError(Exception):
    """Anything this project reports: a code of the catalogue, values for its text, evidence without secrets.

    `params` fill the placeholders of the text, `evidence` is kept for the operational log and the diagnosis;
    `action`: the next step, where it is not the code's usual one.
    """

    transient = False

    def __init__(
        self,
        code: Code,
        *,
        params: Mapping[str, str] | None = None,
        evidence: Mapping[str, object] | None = None,
        action: Action | None = None,
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.params: Mapping[str, str] = params or {}
        self.evidence: Mapping[str, object] = evidence or {}
        self.action = action or self.entry.action

    @property
    def entry(self) -> Entry:
        """The code's row in the catalogue."""
        return CATALOGUE[self.code]


class RequestError(SambungError):
    """The request cannot be served as it stands; `errors` name the fields."""

    def __init__(
        self,
        code: Code,
        *,
        params: Mapping[str, str] | None = None,
        evidence: Mapping[str, object] | None = None,
        errors: Sequence[FieldError] = (),
        action: Action | None = None,
    ) -> None:
        super().__init__(code, params=params, evidence=evidence, action=action)
        self.errors = tuple(errors)


class GatewayFailed(SambungError):
    """A gateway did not do what was asked.

    `transient`: the same call may succeed later. `maybe_done`: it may have taken effect although it failed.
    """

    def __init__(
        self,
        code: Code,
        *,
        transient: bool,
        maybe_done: bool,
        params: Mapping[str, str] | None = None,
        evidence: Mapping[str, object] | None = None,
        action: Action | None = None,
    ) -> None:
        super().__init__(code, params=params, evidence=evidence, action=action)
        self.transient = transient
        self.maybe_done = maybe_done


class StoreUnavailable(SambungError):
    """PostgreSQL cannot be reached or does not answer in time; nothing of the statement is known to have been kept."""

    transient = True

    def __init__(self, *, evidence: Mapping[str, object] | None = None) -> None:
        super().__init__(Code.OVERLOADED, evidence=evidence)

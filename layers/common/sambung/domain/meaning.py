"""The status table as data: what each observation means for a number, so that it can be read beside the design."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sambung.domain.errors import Code
from sambung.domain.instance import Observation, Seen, Snapshot, Source, Status

OWN_CLOSE_WINDOW = timedelta(seconds=60)
CLOSING_OPERATIONS = frozenset({"logout", "delete", "delete-all", "recreate"})
TARGETED_404 = 404
ABSENT_READS_NEEDED = 2
NEVER_PAIRED = "UNPAIRED"
LOGGED_OUT_WORDS = frozenset({"LOGOUT", NEVER_PAIRED})
OUR_DOOR_FAILED = "webhook_send_failed"

INSTANCE_AT_FAULT = frozenset(
    {
        Code.ACCOUNT_BANNED,
        Code.INSTANCE_NOT_FOUND_ON_SERVER,
        Code.PAIRING_FAILED,
        Code.SESSION_NOT_FOUND_ANYWHERE,
    }
)
"""Codes with which a failed action blames the number; any other leaves the status to the next read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one row of the table does. `status` None: nothing was learnt of it, so the clock does not move either.

    `keeps_error`: the error stays as it is, whatever `error` says.
    """

    status: Status | None
    error: Code | None = None
    keeps_error: bool = False
    needs_check: bool = False


Decide = Callable[[Snapshot, Observation], Outcome]

UNCHANGED = Outcome(None, keeps_error=True)
DOUBTED = Outcome(None, keeps_error=True, needs_check=True)
DIALLING = Outcome(Status.CONNECTING, keeps_error=True)
LIMIT = Outcome(Status.DISCONNECTED, Code.QR_LIMIT_REACHED)
ENDED = Outcome(Status.DISCONNECTED, Code.SESSION_ENDED)


def starts_pairing(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether what was accepted asks for a new pairing; a restart keeps the old one."""
    if observation.seen is Seen.CREATED:
        return True
    restarts = snapshot.last_operation is not None and snapshot.last_operation.kind == "restart"
    return observation.seen is Seen.CONNECT_ACCEPTED and not restarts


def _accepted(snapshot: Snapshot, observation: Observation) -> Outcome:
    return Outcome(Status.CONNECTING, keeps_error=not starts_pairing(snapshot, observation))


def _qr(snapshot: Snapshot, _: Observation) -> Outcome:
    return DOUBTED if snapshot.status is Status.CONNECTED else DIALLING


def _open(snapshot: Snapshot, observation: Observation) -> Outcome:
    number = observation.phone_number or snapshot.phone_number
    foreign = bool(snapshot.expected_number and number and number != snapshot.expected_number)
    # An `open` of Evolution 1.x has no number, and after a new pairing the one we know may be another phone's.
    who_is_it = observation.phone_number is None and not snapshot.opened_since_pairing
    return Outcome(Status.CONNECTED, Code.NUMBER_CHANGED if foreign else None, needs_check=who_is_it)


def _close(snapshot: Snapshot, observation: Observation) -> Outcome:
    if observation.source is Source.READ and _known_closed(snapshot):
        return Outcome(snapshot.status, keeps_error=True)
    if observation.source is Source.READ and observation.reason is None:
        return Outcome(Status.DISCONNECTED, keeps_error=True)
    match observation.reason:
        case 401:
            return _logged_out(snapshot, observation)
        case 402 | 406:
            return ENDED
        case 403:
            return Outcome(Status.ERROR, Code.ACCOUNT_BANNED)
        case _:
            return DIALLING if observation.reconnects else ENDED


def _known_closed(snapshot: Snapshot) -> bool:
    """The list row's reason stays after our own logout has been forgotten: what is closed already has its verdict."""
    if snapshot.observed_at is None:
        return False
    return snapshot.status is Status.DISCONNECTED or snapshot.error is Code.ACCOUNT_BANNED


def _logged_out(snapshot: Snapshot, observation: Observation) -> Outcome:
    if was_our_doing(snapshot, observation):
        return Outcome(Status.DISCONNECTED)
    paired = snapshot.opened_since_pairing
    return Outcome(Status.DISCONNECTED, Code.LOGGED_OUT_BY_PHONE if paired else Code.PAIRING_FAILED)


def was_our_doing(snapshot: Snapshot, observation: Observation) -> bool:
    """Whether our own logout or delete is open, or had ended less than 60 s before."""
    operation = snapshot.last_operation
    if operation is None or operation.kind not in CLOSING_OPERATIONS:
        return False
    if operation.open:
        return True
    return operation.ended_at is not None and observation.time - operation.ended_at < OWN_CLOSE_WINDOW


def _session_disconnected(snapshot: Snapshot, observation: Observation) -> Outcome:
    word = str(observation.reason).upper()
    # Of one that was never paired it says that nobody scanned, and the node dials again.
    if word not in LOGGED_OUT_WORDS or (word == NEVER_PAIRED and not snapshot.opened_since_pairing):
        return DIALLING
    return _logged_out(snapshot, observation)


def _session_error(_: Snapshot, observation: Observation) -> Outcome:
    if observation.reason == OUR_DOOR_FAILED:
        return DOUBTED
    return Outcome(Status.ERROR, observation.code or Code.SERVER_ERROR)


def _reconnect_failed(_: Snapshot, observation: Observation) -> Outcome:
    return Outcome(Status.ERROR, observation.code or Code.SESSION_ENDED)


def _limit(snapshot: Snapshot, _: Observation) -> Outcome:
    # A connected number makes no codes: the limit may be that of a leaked second socket.
    odd = snapshot.status is Status.CONNECTED
    return Outcome(LIMIT.status, LIMIT.error, needs_check=odd)


def _absent(snapshot: Snapshot, observation: Observation) -> Outcome:
    targeted = observation.reason == TARGETED_404
    if targeted and snapshot.absent_reads >= ABSENT_READS_NEEDED:
        return Outcome(Status.ERROR, Code.INSTANCE_NOT_FOUND_ON_SERVER)
    known = snapshot.error is Code.INSTANCE_NOT_FOUND_ON_SERVER
    enough = absent_reads(snapshot, observation) >= ABSENT_READS_NEEDED
    return Outcome(snapshot.status, keeps_error=True, needs_check=enough and not targeted and not known)


def absent_reads(snapshot: Snapshot, observation: Observation) -> int:
    """How many reads in a row missed it, two at most.

    A targeted read is made because a list lacked the name, so its 404 stands for both.
    """
    if observation.seen is not Seen.ABSENT:
        return 0
    reads = 2 if observation.reason == TARGETED_404 else 1
    return min(snapshot.absent_reads + reads, ABSENT_READS_NEEDED)


def _action_failed(_: Snapshot, observation: Observation) -> Outcome:
    if observation.code in INSTANCE_AT_FAULT:
        return Outcome(Status.ERROR, observation.code)
    return DOUBTED


TABLE: Mapping[Seen, Outcome | Decide] = {
    Seen.CREATED: _accepted,
    Seen.CONNECT_ACCEPTED: _accepted,
    Seen.QR: _qr,
    Seen.CONNECTING: DIALLING,
    Seen.OPEN: _open,
    Seen.CLOSE: _close,
    Seen.REFUSED: _limit,
    Seen.QR_LIMIT: _limit,
    Seen.LOGOUT_NOTICE: DOUBTED,
    Seen.REMOVE_NOTICE: DOUBTED,
    Seen.STATUS_NOTICE: DOUBTED,
    Seen.ABSENT: _absent,
    Seen.AUTHENTICATED: DIALLING,
    Seen.SESSION_READY: DOUBTED,
    Seen.SESSION_RECONNECTED: DOUBTED,
    Seen.SESSION_DISCONNECTED: _session_disconnected,
    Seen.SESSION_ERROR: _session_error,
    Seen.SESSION_RECONNECT_FAILED: _reconnect_failed,
    Seen.SEND_REFUSED: DOUBTED,
    Seen.ACTION_FAILED: _action_failed,
    Seen.ACTIVITY: UNCHANGED,
}


def meaning(snapshot: Snapshot, observation: Observation) -> Outcome:
    """The row of the table that applies. Total over `Seen`."""
    row = TABLE[observation.seen]
    return row if isinstance(row, Outcome) else row(snapshot, observation)

"""Which observation counts, what it changes and what people see: the status machine without clock or database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sambung.domain.belated import is_doubtful, opens, remembered
from sambung.domain.errors import Code
from sambung.domain.instance import (
    Decision,
    Desired,
    Observation,
    Qr,
    Seen,
    Snapshot,
    Source,
    Status,
    Transition,
    View,
)
from sambung.domain.meaning import Outcome, absent_reads, meaning, starts_pairing
from sambung.domain.order import is_newer, rank, when
from sambung.domain.qr import same_offer

RECONNECTING_FOR = timedelta(seconds=20)
STUCK_AFTER = timedelta(seconds=120)
QR_SHOWS_LIFE = timedelta(seconds=60)
STALE_AFTER = timedelta(minutes=15)
_ENDS_OFFER = frozenset({Seen.CLOSE, Seen.SESSION_DISCONNECTED})
_HEALED_BY_SIGHT = frozenset({Code.INSTANCE_NOT_FOUND_ON_SERVER, Code.SESSION_NOT_FOUND_ANYWHERE})
CANDIDATES = frozenset({Seen.OPEN, Seen.SESSION_READY, Seen.SESSION_RECONNECTED})


def advance(snapshot: Snapshot, observation: Observation) -> Decision:
    """What `observation` changes of `snapshot`. Total: every observation has an answer, none raises."""
    aside = _set_aside(snapshot, observation)
    if aside is not None:
        return aside
    if not is_newer(snapshot, observation):
        return _belated(snapshot, observation)
    outcome = meaning(snapshot, observation)
    if outcome.status is None:
        return Decision(snapshot, None, needs_check=outcome.needs_check, applied=True)
    after = _after(snapshot, observation, outcome, outcome.status)
    return Decision(after, _transition(snapshot, after, observation), needs_check=outcome.needs_check, applied=True)


def _set_aside(snapshot: Snapshot, observation: Observation) -> Decision | None:
    """What is only logged: an earlier life of the name, another server, a retry that came late."""
    if observation.generation not in (None, snapshot.generation):
        return _logged(snapshot, "generation")
    by_webhook = observation.source is Source.WEBHOOK
    if observation.server_id != snapshot.server_id:
        candidate = by_webhook and observation.seen in CANDIDATES
        return _logged(snapshot, "foreign_server", needs_check=candidate)
    if by_webhook and observation.late:
        return _logged(snapshot, "late", needs_check=True)
    return None


def _logged(snapshot: Snapshot, why_not: str, *, needs_check: bool = False) -> Decision:
    return Decision(snapshot, None, needs_check=needs_check, applied=False, why_not=why_not)


def _belated(snapshot: Snapshot, observation: Observation) -> Decision:
    """An older observation changes no status; what it adds to the history is kept, whatever the order of arrival."""
    after = remembered(snapshot, observation)
    doubtful = is_doubtful(snapshot, observation)
    if after == snapshot:
        return _logged(snapshot, "older", needs_check=doubtful)
    return Decision(after, None, needs_check=doubtful, applied=True)


def _after(snapshot: Snapshot, observation: Observation, outcome: Outcome, status: Status) -> Snapshot:
    changed = status is not snapshot.status
    at = when(observation)
    error, evidence = _fault(snapshot, observation, outcome)
    qr, qr_at = _qr(snapshot, observation, status)
    return replace(
        snapshot,
        status=status,
        status_since=at if changed else snapshot.status_since,
        connecting_since=_connecting_since(snapshot, status, at),
        observed_at=at,
        observed_rank=rank(observation),
        recent_opens=opens(snapshot, observation),
        close_reads=_close_reads(snapshot, observation),
        absent_reads=absent_reads(snapshot, observation),
        qr=qr,
        qr_at=qr_at,
        opened_since_pairing=_opened(snapshot, observation),
        error=error,
        error_evidence=evidence,
        phone_number=observation.phone_number or snapshot.phone_number,
        profile_name=observation.profile_name or snapshot.profile_name,
    )


def _connecting_since(snapshot: Snapshot, status: Status, at: datetime) -> datetime | None:
    if status is not Status.CONNECTING:
        return None
    return snapshot.connecting_since or (snapshot.status_since if snapshot.status is status else at)


def _close_reads(snapshot: Snapshot, observation: Observation) -> int:
    """How often in a row reads saw it closed; more than two tell nothing new."""
    again = observation.seen is Seen.CLOSE and observation.source is Source.READ
    return min(snapshot.close_reads + 1, 2) if again else 0


def _qr(snapshot: Snapshot, observation: Observation, status: Status) -> tuple[Qr | None, datetime | None]:
    """The code on offer: a closed session's is dead, and one seen again is no younger for it."""
    if status is not Status.CONNECTING or observation.seen in _ENDS_OFFER:
        return None, None
    if observation.seen is not Seen.QR or observation.qr is None or same_offer(snapshot.qr, observation.qr):
        return snapshot.qr, snapshot.qr_at
    return observation.qr, observation.received_at


def _opened(snapshot: Snapshot, observation: Observation) -> bool:
    if observation.seen is Seen.OPEN:
        return True
    return snapshot.opened_since_pairing and not starts_pairing(snapshot, observation)


def _fault(snapshot: Snapshot, observation: Observation, outcome: Outcome) -> tuple[Code | None, Mapping[str, object]]:
    if not outcome.keeps_error:
        return outcome.error, _evidence(snapshot, observation, outcome.error)
    if snapshot.error in _HEALED_BY_SIGHT and observation.seen is not Seen.ABSENT:
        return None, {}
    if snapshot.error is None and observation.seen in _ENDS_OFFER and observation.reason is not None:
        return None, {"reason": observation.reason}
    return snapshot.error, snapshot.error_evidence


def _evidence(snapshot: Snapshot, observation: Observation, error: Code | None) -> Mapping[str, object]:
    if error is None:
        return {}
    if error is Code.NUMBER_CHANGED:
        number = observation.phone_number or snapshot.phone_number
        return {"expected": snapshot.expected_number, "number": number}
    return {} if observation.reason is None else {"reason": observation.reason}


def judge_number(snapshot: Snapshot) -> Snapshot:
    """The snapshot after its expected number was changed: whether the connected one is a foreign one."""
    foreign = (
        snapshot.status is Status.CONNECTED
        and snapshot.expected_number is not None
        and snapshot.phone_number not in {None, snapshot.expected_number}
    )
    if foreign:
        evidence = {"expected": snapshot.expected_number, "number": snapshot.phone_number}
        return replace(snapshot, error=Code.NUMBER_CHANGED, error_evidence=evidence)
    if snapshot.error is Code.NUMBER_CHANGED:
        return replace(snapshot, error=None, error_evidence={})
    return snapshot


def _transition(before: Snapshot, after: Snapshot, observation: Observation) -> Transition | None:
    if before.status is after.status:
        return None
    return Transition(
        old=before.status,
        new=after.status,
        reason=_reason(before, after, observation),
        source=observation.source,
        server_id=observation.server_id,
        at=when(observation),
        operation_id=observation.operation_id,
    )


def _reason(before: Snapshot, after: Snapshot, observation: Observation) -> str:
    if after.error is not None and after.error is not before.error:
        return after.error.value
    if observation.seen in _ENDS_OFFER and observation.reason is not None:
        return f"{observation.seen.value}_{observation.reason}"
    return observation.seen.value


def view(
    snapshot: Snapshot,
    *,
    reachable: bool | None,
    last_read_at: datetime | None,
    now: datetime,
    desired: Desired = Desired.ONLINE,
) -> View:
    """What people see at `now`; `reachable` None: the server has not been asked yet.

    Of what is parked or cannot be seen nothing more is claimed: neither reconnecting nor stuck.
    """
    stale = reachable is False or now - (last_read_at or snapshot.status_since) > STALE_AFTER
    if desired is Desired.PARKED:
        return View("parked", reconnecting=False, stuck=False, stale=stale)
    if stale:
        return View("stale", reconnecting=False, stuck=False, stale=True)
    if snapshot.status is not Status.CONNECTING:
        return View(snapshot.status.value, reconnecting=False, stuck=False, stale=False)
    return _view_connecting(snapshot, now)


def _view_connecting(snapshot: Snapshot, now: datetime) -> View:
    for_long = now - (snapshot.connecting_since or snapshot.status_since)
    offered = snapshot.qr_at is not None and now - snapshot.qr_at < QR_SHOWS_LIFE
    reconnecting = (
        snapshot.opened_since_pairing and snapshot.error is None and not offered and for_long < RECONNECTING_FOR
    )
    label = "waiting_qr" if offered else "reconnecting" if reconnecting else "connecting"
    return View(label, reconnecting=reconnecting, stuck=for_long > STUCK_AFTER and not offered, stale=False)

"""What an observation that newer ones overtook still adds: an end's reason, an opening, a code of the present phase."""

from dataclasses import replace
from datetime import datetime, timedelta

from sambung.domain.errors import Code
from sambung.domain.instance import Observation, Seen, Snapshot, Source, Status
from sambung.domain.meaning import meaning, starts_pairing
from sambung.domain.order import decided_by, when
from sambung.domain.qr import same_offer

FLAPPING_WINDOW = timedelta(minutes=5)
OPENS_KEPT = 10
_OVERTAKEN = "closed_at"
_PAIRS = frozenset({"create", "connect", "recreate"})


def remembered(snapshot: Snapshot, observation: Observation) -> Snapshot:
    """The snapshot with what the history gains; the status is what the newer observation made of it."""
    if observation.seen is Seen.OPEN and observation.source is Source.WEBHOOK:
        return _opened_before(snapshot, observation)
    if snapshot.status is not Status.CONNECTING:
        return snapshot
    if observation.seen is Seen.QR and _is_of_this_phase(snapshot, observation):
        return replace(snapshot, qr=observation.qr, qr_at=observation.received_at)
    if starts_pairing(snapshot, observation):
        # Its first webhook overtook the answer of our own call.
        return replace(snapshot, opened_since_pairing=False, error=None, error_evidence={})
    return _ended_before(snapshot, observation)


def is_doubtful(snapshot: Snapshot, observation: Observation) -> bool:
    """In the order it happened, the code would have come while connected, and been doubted."""
    by_code = snapshot.status is Status.CONNECTING and decided_by(snapshot, Seen.QR)
    return by_code and observation.seen is Seen.OPEN


def opens(snapshot: Snapshot, observation: Observation) -> tuple[datetime, ...]:
    """The last opens of five minutes, by webhooks alone: a read that finds the number open is no new opening."""
    if observation.seen is not Seen.OPEN or observation.source is not Source.WEBHOOK:
        return snapshot.recent_opens
    known = sorted({*snapshot.recent_opens, when(observation)})
    return tuple(one for one in known if known[-1] - one <= FLAPPING_WINDOW)[-OPENS_KEPT:]


def _opened_before(snapshot: Snapshot, observation: Observation) -> Snapshot:
    after = replace(snapshot, recent_opens=opens(snapshot, observation), opened_since_pairing=True)
    number, name = observation.phone_number, observation.profile_name
    if snapshot.status is not Status.CONNECTED and not _opened_after(snapshot, when(observation)):
        # It is the last opening we know of, so it tells whose number it is.
        number, name = number or snapshot.phone_number, name or snapshot.profile_name
    else:
        number, name = snapshot.phone_number or number, snapshot.profile_name or name
    return _cleared(replace(after, phone_number=number, profile_name=name), observation)


def _cleared(snapshot: Snapshot, observation: Observation) -> Snapshot:
    """The error in the light of an opening: an end before it is over, one after it was no failed pairing."""
    ended_at = _overtaken_end(snapshot)
    if ended_at is not None and ended_at < when(observation):
        return replace(snapshot, error=None, error_evidence={})
    if snapshot.error is Code.PAIRING_FAILED:
        return replace(snapshot, error=Code.LOGGED_OUT_BY_PHONE)
    return snapshot


def _ended_before(snapshot: Snapshot, observation: Observation) -> Snapshot:
    """The reason of an end stays until the number opens or is paired anew, also when that end is told after what
    followed it: a gateway that starts again dials at once."""
    at = when(observation)
    if observation.source is not Source.WEBHOOK or _opened_after(snapshot, at) or _paired_after(snapshot, at):
        return snapshot
    known = _overtaken_end(snapshot)
    if snapshot.error is not None and (known is None or at <= known):
        return snapshot
    error = meaning(snapshot, observation).error
    if error is None:
        return snapshot
    reason = {} if observation.reason is None else {"reason": observation.reason}
    return replace(snapshot, error=error, error_evidence={**reason, _OVERTAKEN: at.isoformat()})


def _overtaken_end(snapshot: Snapshot) -> datetime | None:
    """When the end was that is kept as the error, where it was told after what followed it."""
    told = snapshot.error_evidence.get(_OVERTAKEN)
    return datetime.fromisoformat(told) if isinstance(told, str) else None


def _opened_after(snapshot: Snapshot, at: datetime) -> bool:
    return any(one > at for one in snapshot.recent_opens)


def _paired_after(snapshot: Snapshot, at: datetime) -> bool:
    """Whether our own action asked for a new pairing since, which ends what was before."""
    last = snapshot.last_operation
    if last is None or last.kind not in _PAIRS:
        return False
    return last.open or (last.ended_at is not None and last.ended_at >= at)


def _is_of_this_phase(snapshot: Snapshot, observation: Observation) -> bool:
    if observation.qr is None or same_offer(snapshot.qr, observation.qr):
        return False
    at = when(observation)
    if snapshot.connecting_since is not None and at < snapshot.connecting_since:
        return False
    return snapshot.qr_at is None or at > snapshot.qr_at

"""The order of observations: which of two is newer, whatever the order they arrive in."""

from datetime import datetime

from sambung.domain.instance import Observation, Seen, Snapshot, Source

# Among webhooks of one millisecond: close > refused > open > connecting > qr. What is not named claims no status.
_RANKS = {
    Seen.CREATED: 1,
    Seen.CONNECT_ACCEPTED: 1,
    Seen.QR: 2,
    Seen.CONNECTING: 3,
    Seen.AUTHENTICATED: 3,
    Seen.OPEN: 4,
    Seen.REFUSED: 5,
    Seen.QR_LIMIT: 5,
    Seen.CLOSE: 6,
    Seen.SESSION_DISCONNECTED: 6,
    Seen.SESSION_ERROR: 6,
    Seen.SESSION_RECONNECT_FAILED: 6,
    Seen.ABSENT: 6,
    Seen.ACTION_FAILED: 6,
}
_READ_RANK = 10
_REASONS = 1000


def when(observation: Observation) -> datetime:
    """The time that orders it: never after its receipt, so that a clock ahead of ours cannot block what follows."""
    if observation.seen is Seen.QR and observation.source is not Source.WEBHOOK:
        # A code in an answer is as new as the answer; the events of the same call were sent before it.
        return observation.received_at
    return min(observation.time, observation.received_at)


def rank(observation: Observation) -> int:
    """Breaks ties; the reason code is in it so that two closes of one millisecond end alike in any order."""
    read = _READ_RANK if observation.source is Source.READ else 0
    reason = observation.reason if isinstance(observation.reason, int) else 0
    within = reason if 0 < reason < _REASONS else 0
    return (read + _RANKS.get(observation.seen, 0)) * _REASONS + within


def is_newer(snapshot: Snapshot, observation: Observation) -> bool:
    if snapshot.observed_at is None:
        return True
    return (when(observation), rank(observation)) > (snapshot.observed_at, snapshot.observed_rank)


def decided_by(snapshot: Snapshot, seen: Seen) -> bool:
    """Whether the last observation that counted was a webhook saying `seen`."""
    return snapshot.observed_rank // _REASONS == _RANKS[seen]

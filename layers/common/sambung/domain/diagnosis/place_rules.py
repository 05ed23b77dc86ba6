"""Rules about where a session lives: nowhere, somewhere else, or in two places at once."""

from datetime import datetime, timedelta

from sambung.domain.diagnosis.facts import Facts, Says, Sighting
from sambung.domain.diagnosis.finding import Rule, Severity, Sign, seconds
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.diagnosis.truth import homes, moved_to
from sambung.domain.errors import Code
from sambung.domain.instance import Status

FLAPPING_WITHIN = timedelta(minutes=5)
FLAPPING_OPENS = 3
REPLACED_BY = frozenset({440, "CONFLICT"})
"""What Evolution and webjs say when the number was opened somewhere else."""
REPLACED = frozenset({"close_440", "session_disconnected_CONFLICT"})
# Longer than a start or a delete takes, and than two sweeps of which one must have read it.
NO_STATE_FOR = timedelta(minutes=12)
OUR_RESTARTS = frozenset({"restart", "recreate"})
LOGGED_OUT = frozenset({"close_401", "session_disconnected_LOGOUT", Code.LOGGED_OUT_BY_PHONE.value})
"""Transitions that end the pairing: how often the session opened before tells nothing of the next one."""


def opens(facts: Facts) -> int:
    """How often it opened in the last 5 minutes, not counting what our own actions explain."""
    if _restarted_by_us(facts):
        return 0
    by_event = facts.registry.recent_opens
    # A webjs node's claim to be ready opens nothing before it is verified by a read.
    verified = [t.at for t in facts.transitions if t.new is Status.CONNECTED]
    return max(sum(_counts(facts, at) for at in found) for found in (by_event, verified))


def _counts(facts: Facts, at: datetime) -> bool:
    """Whether it happened lately, and to the present pairing, or to the last one while its end on the phone is told."""
    told = facts.registry.error is Code.LOGGED_OUT_BY_PHONE
    over = not told and any(t.reason in LOGGED_OUT and at <= t.at for t in facts.transitions)
    return facts.happened(at, within=FLAPPING_WITHIN) and not over


def _restarted_by_us(facts: Facts) -> bool:
    if facts.open_operation is not None and facts.open_operation.value in OUR_RESTARTS:
        return True
    last = facts.last_operation
    return last is not None and last.value.action in OUR_RESTARTS and facts.happened(last.at, within=FLAPPING_WITHIN)


def _twins(facts: Facts) -> tuple[Sighting, ...]:
    """Other places where the same number is connected."""
    return tuple(s for s in facts.elsewhere.sightings if s.same_number and s.says is Says.CONNECTED)


def _replaced(facts: Facts) -> Sign | None:
    count = opens(facts)
    if count < FLAPPING_OPENS:
        return None
    by_code = _closed_by_another(facts)
    twins = [twin.server for twin in _twins(facts)]
    if not by_code and not twins:
        return None
    evidence: dict[str, object] = {"opens": count, "code_440": by_code, "same_number_on": twins}
    return Sign(Severity.CRITICAL, evidence, {"server": ", ".join(twins)})


def _closed_by_another(facts: Facts) -> bool:
    """A transition tells, or what is kept of the last close: events in another order make no such transition."""
    if facts.registry.error_evidence.get("reason") in REPLACED_BY:
        return True
    return any(t.reason in REPLACED and _counts(facts, t.at) for t in facts.transitions)


def _unstable(facts: Facts) -> Sign | None:
    count = opens(facts)
    if count < FLAPPING_OPENS:
        return None
    # Connected it works for now; closed there is a reason why it ended, and this is not it.
    trying = facts.state is Says.CONNECTING
    return Sign(Severity.CRITICAL if trying else Severity.WARNING, {"opens": count}, {"count": str(count)})


def _conflict(facts: Facts) -> Sign | None:
    """On Evolution the number is open here and there; webjs nodes may list one session, so only two strangers are.

    What a sweep or a send has found counts, and stops the sends, until one place alone is verified.
    """
    here = facts.state is Says.CONNECTED
    if facts.server is not None and facts.server.token_proves:
        places = _twins(facts) if here else ()
    else:
        places = homes(facts) if not here and len(homes(facts)) > 1 else ()
    seen = {place.server for place in places}
    if seen and here and facts.server is not None:
        seen.add(facts.server.name)
    names = sorted(seen or facts.registry.conflict_on)
    if not names:
        return None
    by_whom = {} if seen else {"seen_by": "registry"}
    return Sign(Severity.CRITICAL, {"connected_on": names, **by_whom}, {"servers": ", ".join(names)})


def _moved(facts: Facts) -> Sign | None:
    """Our session is connected elsewhere; or only the number is, which somebody may have done on purpose."""
    place = moved_to(facts)
    if place is not None:
        return Sign(Severity.CRITICAL, {"found_on": place.server}, {"cause": "seen", "server": place.server})
    twins = _twins(facts)
    if facts.state in {Says.CONNECTED, Says.CONNECTING} or not twins:
        return None
    names = [twin.server for twin in twins]
    return Sign(Severity.WARNING, {"same_number_on": names}, {"cause": "number", "server": ", ".join(names)})


def _nowhere(facts: Facts) -> Sign | None:
    """Absent where it should be, and every other server was asked and has not got it."""
    assigned = facts.server is not None
    proven_by_token = facts.server is not None and facts.server.token_proves
    absent = not assigned or (facts.memory is not None and facts.memory.value is Says.ABSENT)
    others = facts.elsewhere
    complete = others.answered == others.asked and (assigned or others.asked > 0)
    if proven_by_token or not absent or not complete or any(s.same_name for s in others.sightings):
        return None
    return Sign(Severity.CRITICAL, {"servers_asked": others.asked + int(assigned)})


def _not_found(facts: Facts) -> Sign | None:
    if facts.server is None:
        return None
    unseen = facts.memory is None or facts.memory.value is Says.UNKNOWN
    known = facts.registry.error is Code.INSTANCE_NOT_FOUND_ON_SERVER and unseen
    if not known and (facts.memory is None or facts.memory.value is not Says.ABSENT):
        return None
    listed = facts.listed.value.says.value if facts.listed else "not asked"
    return Sign(
        Severity.CRITICAL,
        {"memory": "absent" if not known else "not asked", "list": listed},
        {"server": facts.server.name},
    )


def _needs_recreate(facts: Facts) -> Sign | None:
    """A session without a state for long, or one that this version cannot pair again."""
    if facts.memory is not None and facts.memory.value is Says.UNKNOWN:
        told = (facts.registry.last_read_at, facts.registry.status_since, facts.last_event_at)
        spent = facts.now - max(at for at in told if at is not None)
        if spent > NO_STATE_FOR and facts.open_operation is None:
            return Sign(Severity.CRITICAL, {"no_state_s": seconds(spent)}, {"cause": "half_loaded"})
    old = facts.server is not None and not facts.server.new_qr_after_logout
    if facts.server is not None and old and facts.state is Says.DISCONNECTED and facts.registry.opened_since_pairing:
        return Sign(Severity.CRITICAL, {"version": facts.server.version}, {"cause": "no_new_qr"})
    return None


RULES = (
    Rule(Code.REPLACED_ELSEWHERE, _replaced),
    Rule(Code.CONFLICT_TWO_SERVERS, _conflict),
    Rule(Code.MOVED, _moved),
    Rule(Code.SESSION_NOT_FOUND_ANYWHERE, _nowhere, BLIND),
    Rule(Code.INSTANCE_NOT_FOUND_ON_SERVER, _not_found, BLIND | {Code.SESSION_NOT_FOUND_ANYWHERE}),
    Rule(Code.NEEDS_RECREATE, _needs_recreate, BLIND),
    Rule(Code.UNSTABLE_CONNECTION, _unstable, frozenset({Code.REPLACED_ELSEWHERE})),
)

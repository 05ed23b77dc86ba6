"""Rules about the QR: why there is none, why it does not help, and whether that is so everywhere."""

from datetime import timedelta

from sambung.domain.diagnosis.facts import Facts, Pairings, Says
from sambung.domain.diagnosis.finding import Rule, Severity, Sign, seconds
from sambung.domain.diagnosis.number_rules import LOGGED_OUT, listed_close, unseen_close
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.errors import Action, Code
from sambung.domain.status import QR_SHOWS_LIFE, STUCK_AFTER

OUTAGE_WINDOW = timedelta(hours=2)
OUTAGE_ATTEMPTS = 5
OUTAGE_NUMBERS = 3
OUTAGE_TRIED_FOR = timedelta(minutes=30)
WIZARD_AFTER = timedelta(seconds=60)
_GIVEN_UP = frozenset({Says.DISCONNECTED, Says.UNKNOWN})


def is_outage(pairings: Pairings | None, facts: Facts) -> bool:
    """Nobody's pairing came through although several people tried several numbers for at least half an hour."""
    if pairings is None or pairings.first_at is None or pairings.succeeded:
        return False
    enough = pairings.attempts >= OUTAGE_ATTEMPTS and pairings.numbers >= OUTAGE_NUMBERS
    return enough and facts.now - pairings.first_at >= OUTAGE_TRIED_FOR


def _outage(facts: Facts) -> Sign | None:
    """With attempts on one server only, that server may as well be the cause."""
    found = facts.pairings
    if found is None or not is_outage(found, facts) or facts.state is Says.CONNECTED:
        return None
    evidence: dict[str, object] = {
        "attempts": found.attempts,
        "numbers": found.numbers,
        "servers": found.servers,
        "succeeded": 0,
        "window_s": seconds(OUTAGE_WINDOW),
    }
    if found.servers > 1:
        return Sign(Severity.CRITICAL, evidence)
    return Sign(Severity.WARNING, evidence, {"cause": "one_server"})


def _limit(facts: Facts) -> Sign | None:
    """Told by the gateway; or seen by 2.x's database, which is never told that the codes ran out."""
    if facts.registry.error is Code.QR_LIMIT_REACHED and facts.state in _GIVEN_UP:
        return Sign(Severity.CRITICAL, {"seen_by": "registry"})
    listed = facts.listed is not None and facts.listed.value.says is Says.CONNECTING
    closed = facts.memory is not None and facts.memory.value is Says.DISCONNECTED
    if listed and closed and not facts.registry.opened_since_pairing:
        return Sign(Severity.CRITICAL, {"seen_by": "list", "list": "connecting", "memory": "disconnected"})
    return None


def _failed(facts: Facts) -> Sign | None:
    row = unseen_close(facts)
    refused = row is not None and row.close_reason == LOGGED_OUT and row.closed_by != "api"
    if row is not None and refused and not facts.registry.opened_since_pairing:
        return Sign(Severity.CRITICAL, listed_close(row))
    if facts.registry.error is not Code.PAIRING_FAILED or facts.state not in _GIVEN_UP:
        return None
    return Sign(Severity.CRITICAL, {"seen_by": "registry", **facts.registry.error_evidence})


def _stuck(facts: Facts) -> Sign | None:
    spent, age = facts.connecting_for, facts.qr_age
    if spent is None or spent <= STUCK_AFTER or (age is not None and age < QR_SHOWS_LIFE):
        return None
    evidence: dict[str, object] = {"connecting_s": seconds(spent), "qr_age_s": None if age is None else seconds(age)}
    return Sign(Severity.CRITICAL, evidence, {"minutes": str(seconds(spent) // 60)})


def _expired(facts: Facts) -> Sign | None:
    age = facts.qr_age
    if facts.state is not Says.CONNECTING or age is None or age < facts.registry.qr_life:
        return None
    return Sign(Severity.WARNING, {"qr_age_s": seconds(age)})


def _not_ready(facts: Facts) -> Sign | None:
    """A number that was connected before dials again without a code, so none is missing."""
    spent = facts.connecting_for
    if spent is None or facts.qr_age is not None or facts.registry.opened_since_pairing:
        return None
    if spent < WIZARD_AFTER:
        return Sign(Severity.INFO, {"connecting_s": seconds(spent)})
    return Sign(Severity.WARNING, {"connecting_s": seconds(spent)}, action=Action.OPEN_WIZARD)


EVERYWHERE = (Rule(Code.UPSTREAM_PAIRING_OUTAGE, _outage, BLIND),)
HERE = (
    Rule(Code.QR_LIMIT_REACHED, _limit, BLIND),
    Rule(Code.PAIRING_FAILED, _failed, BLIND),
    Rule(Code.STUCK_CONNECTING, _stuck, BLIND),
    Rule(Code.QR_EXPIRED, _expired, BLIND | {Code.STUCK_CONNECTING}),
    Rule(Code.QR_NOT_READY, _not_ready, BLIND | {Code.STUCK_CONNECTING}),
)

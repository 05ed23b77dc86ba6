"""Rules about the number itself: banned, logged out, ended, changed."""

from sambung.domain.diagnosis.facts import Facts, Row, Says
from sambung.domain.diagnosis.finding import Rule, Severity, Sign
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.diagnosis.truth import Disagreement, contradictions
from sambung.domain.errors import Action, Code
from sambung.domain.instance import Status

LOGGED_OUT, _FORBIDDEN, _FINAL = 401, 403, frozenset({402, 406})
_NOT_CONNECTED = Code.NOT_CONNECTED.value


def unseen_close(facts: Facts) -> Row | None:
    """The list's word on a close that our registry has not seen yet: it counts while the memory says closed."""
    closed = facts.memory is not None and facts.memory.value is Says.DISCONNECTED
    known = facts.registry.status is Status.DISCONNECTED or facts.registry.error is not None
    return facts.listed.value if closed and not known and facts.listed is not None else None


def _stored(facts: Facts, code: Code) -> dict[str, object] | None:
    """What our registry keeps as the last error, as long as the number is not connected."""
    if facts.registry.error is not code or facts.state is Says.CONNECTED:
        return None
    return {"seen_by": "registry", **facts.registry.error_evidence}


def listed_close(row: Row) -> dict[str, object]:
    return {"seen_by": "list", "reason": row.close_reason, "closed_by": row.closed_by}


def _banned(facts: Facts) -> Sign | None:
    row = unseen_close(facts)
    evidence = _stored(facts, Code.ACCOUNT_BANNED)
    if row is not None and row.close_reason == _FORBIDDEN:
        evidence = listed_close(row)
    return None if evidence is None else Sign(Severity.CRITICAL, evidence)


def _logged_out(facts: Facts) -> Sign | None:
    row = unseen_close(facts)
    evidence = _stored(facts, Code.LOGGED_OUT_BY_PHONE)
    by_phone = row is not None and row.close_reason == LOGGED_OUT and row.closed_by != "api"
    if row is not None and by_phone and facts.registry.opened_since_pairing:
        evidence = listed_close(row)
    return None if evidence is None else Sign(Severity.CRITICAL, evidence)


def _ended(facts: Facts) -> Sign | None:
    row = unseen_close(facts)
    evidence = _stored(facts, Code.SESSION_ENDED)
    if row is not None and row.close_reason in _FINAL:
        evidence = listed_close(row)
    if evidence is None:
        return None
    return Sign(Severity.CRITICAL, evidence, {"reason": str(evidence.get("reason") or "")})


def _changed(facts: Facts) -> Sign | None:
    expected = facts.registry.expected_number
    listed = facts.listed.value.phone_number if facts.listed else None
    number = listed or facts.registry.phone_number
    if facts.state is not Says.CONNECTED or not expected or not number or number == expected:
        return None
    return Sign(Severity.CRITICAL, {"expected": expected, "number": number}, {"expected": expected, "number": number})


def _not_connected(facts: Facts) -> Sign | None:
    """Closed and nothing else says why; or open in memory while every send is refused."""
    if facts.state is Says.DISCONNECTED:
        ghost = any(c.name is Disagreement.GHOST_OPEN for c in contradictions(facts))
        evidence = {"memory": facts.memory.value.value if facts.memory else None, "ghost_open": ghost}
        return Sign(Severity.CRITICAL, evidence, {"cause": "ghost_open" if ghost else "closed"})
    if facts.state is Says.CONNECTED and facts.last_send_error == _NOT_CONNECTED:
        return Sign(Severity.WARNING, {"last_send_error": _NOT_CONNECTED}, {"cause": "sends_fail"}, Action.OPEN_WIZARD)
    return None


FINAL = (
    Rule(Code.ACCOUNT_BANNED, _banned),
    Rule(Code.NUMBER_CHANGED, _changed),
    Rule(Code.LOGGED_OUT_BY_PHONE, _logged_out),
    Rule(Code.SESSION_ENDED, _ended),
)
LAST = (
    Rule(
        Code.NOT_CONNECTED,
        _not_connected,
        BLIND
        | {
            Code.ACCOUNT_BANNED,
            Code.LOGGED_OUT_BY_PHONE,
            Code.SESSION_ENDED,
            Code.QR_LIMIT_REACHED,
            Code.PAIRING_FAILED,
            Code.NEEDS_RECREATE,
            Code.SESSION_NOT_FOUND_ANYWHERE,
            Code.INSTANCE_NOT_FOUND_ON_SERVER,
        },
    ),
)

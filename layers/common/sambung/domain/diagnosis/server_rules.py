"""Rules about the server: whether it answers, how not, and whether it lets us in."""

from collections.abc import Callable
from datetime import timedelta

from sambung.domain.diagnosis.facts import Facts, Reach
from sambung.domain.diagnosis.finding import Rule, Severity, Sign, seconds
from sambung.domain.errors import Code

WEBHOOKS_ARRIVE_WITHIN = timedelta(minutes=2)
BLIND = frozenset(
    {
        Code.SERVER_UNREACHABLE,
        Code.SERVER_TIMEOUT,
        Code.SERVER_ERROR,
        Code.SERVER_KEY_REJECTED,
        Code.LICENSE_REQUIRED,
    }
)
"""With any of these nothing is known of the number but what was last seen."""


def _unreachable(facts: Facts) -> Sign | None:
    if facts.server is not None and not facts.server.enabled:
        return Sign(Severity.CRITICAL, {"cause": "disabled"}, {"cause": "disabled"})
    sign = _failed(Code.SERVER_UNREACHABLE)(facts)
    if sign is None or not facts.happened(facts.server_event_at, within=WEBHOOKS_ARRIVE_WITHIN):
        return sign
    quiet = facts.now - (facts.server_event_at or facts.now)
    evidence = {**sign.evidence, "last_event_of_server_s": seconds(quiet)}
    return Sign(Severity.CRITICAL, evidence, {**sign.params, "cause": "webhooks_arrive"})


def _failed(code: Code) -> Callable[[Facts], Sign | None]:
    """The list or, with a list that is well, the read in memory ended with this code."""

    def look(facts: Facts) -> Sign | None:
        for call, fact in (("list", facts.reach), ("memory", facts.memory_failed)):
            if fact is not None and fact.value.code is code:
                return Sign(Severity.CRITICAL, {"call": call, **_evidence(fact.value)}, _params(facts, fact.value))
        return None

    return look


def _server_error(facts: Facts) -> Sign | None:
    sign = _failed(Code.SERVER_ERROR)(facts)
    if sign is None and facts.registry.error is Code.SERVER_ERROR:
        return Sign(Severity.CRITICAL, {"registry": dict(facts.registry.error_evidence)})
    return sign


def _evidence(reach: Reach) -> dict[str, object]:
    found = {"cause": reach.cause, "http": reach.http, "said": reach.said or None, "latency_ms": reach.latency_ms}
    return {name: value for name, value in found.items() if value is not None}


def _params(facts: Facts, reach: Reach) -> dict[str, str]:
    return {
        "cause": reach.cause or "",
        "server": facts.server.name if facts.server else "",
        "kind": facts.server.kind if facts.server else "",
        "reason": f"HTTP {reach.http}" if reach.http else "",
    }


RULES = (
    Rule(Code.SERVER_UNREACHABLE, _unreachable),
    Rule(Code.SERVER_TIMEOUT, _failed(Code.SERVER_TIMEOUT)),
    Rule(Code.LICENSE_REQUIRED, _failed(Code.LICENSE_REQUIRED)),
    Rule(Code.SERVER_KEY_REJECTED, _failed(Code.SERVER_KEY_REJECTED)),
    Rule(Code.SERVER_ERROR, _server_error),
)

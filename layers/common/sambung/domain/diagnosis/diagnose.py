"""All rules in the order of causes, and what they make of a set of facts."""

from dataclasses import replace

from sambung.domain.diagnosis import (
    number_rules,
    pairing_rules,
    place_rules,
    server_rules,
    webhook_rules,
    work_rules,
)
from sambung.domain.diagnosis.facts import Facts
from sambung.domain.diagnosis.finding import Finding, Severity, finding
from sambung.domain.errors import Code, Side
from sambung.domain.instance import Desired

RULES = (
    *server_rules.RULES,
    *place_rules.RULES,
    *number_rules.FINAL,
    *pairing_rules.EVERYWHERE,
    *webhook_rules.RULES,
    *pairing_rules.HERE,
    *number_rules.LAST,
    *work_rules.RULES,
)
"""Causes before symptoms: without the server nothing is known, without the session no QR is missing."""

ANSWERS_ONLY = frozenset(
    {
        Code.INSTANCE_EXISTS,
        Code.INSTANCE_NAME_INVALID,
        Code.NUMBER_NOT_ON_WHATSAPP,
        Code.CONFIRM_MISMATCH,
        Code.SEND_RATE_LIMITED,
        Code.OVERLOADED,
        Code.CHANNEL_FAILED,
        Code.NOT_FOUND,
        Code.CONFLICT,
        Code.INVALID_REQUEST,
        Code.UNSUPPORTED_MEDIA_TYPE,
        Code.BODY_TOO_LARGE,
        Code.UNAUTHORIZED,
        Code.FORBIDDEN,
        Code.INTERNAL,
    }
)
"""Codes that answer one request and say nothing lasting of a number, so no rule finds them."""

_WORST_FIRST = tuple(Severity)


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """Everything that is wrong, the worst first, among equals the cause before the symptom. Total: never raises."""
    found: list[Finding] = []
    for rule in RULES:
        if rule.explained_by & {one.code for one in found}:
            continue
        sign = rule.look(facts)
        if sign is not None:
            found.append(_calmed(finding(rule.code, sign), facts))
    return tuple(sorted(found, key=lambda one: _WORST_FIRST.index(one.severity)))


def reason(findings: tuple[Finding, ...]) -> Finding | None:
    """The reason why the number does not work: the first critical finding."""
    return next((one for one in findings if one.severity is Severity.CRITICAL), None)


def _calmed(one: Finding, facts: Facts) -> Finding:
    """A number that is switched off on purpose alarms nobody; its server still may."""
    blamed = one.side is Side.SERVER and one.code in server_rules.BLIND
    if facts.registry.desired is Desired.PARKED and not blamed:
        return replace(one, severity=Severity.INFO)
    return one

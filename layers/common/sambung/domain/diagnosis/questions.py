"""The four questions an operator has, answered in one line each from the same facts and findings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sambung.domain.diagnosis.diagnose import reason
from sambung.domain.diagnosis.facts import Facts, Says, WebhookPolicy
from sambung.domain.diagnosis.finding import Finding, Severity
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.errors import Action, Code, Side
from sambung.domain.instance import WebhookState

SLOW_MS = 5_000
OLD_LOOK = timedelta(minutes=2)
_ABOUT_QR = frozenset(
    {
        Code.QR_LIMIT_REACHED,
        Code.PAIRING_FAILED,
        Code.STUCK_CONNECTING,
        Code.QR_EXPIRED,
        Code.QR_NOT_READY,
        Code.UPSTREAM_PAIRING_OUTAGE,
    }
)


class Question(StrEnum):
    """Is Evolution up? Is the webhook connected? Why is there no QR? What do I do next?"""

    EVOLUTION_UP = "evolution_up"
    WEBHOOK_CONNECTED = "webhook_connected"
    WHY_NO_QR = "why_no_qr"
    NEXT_STEP = "next_step"


class Verdict(StrEnum):
    """The badge's colour: green, yellow, red, grey."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line: `because` is the finding that decides, None where all is well or nothing is known; `at` its age."""

    question: Question
    verdict: Verdict
    because: Finding | None = None
    action: Action = Action.NONE
    at: datetime | None = None


def four_questions(facts: Facts, findings: tuple[Finding, ...]) -> tuple[Answer, Answer, Answer, Answer]:
    """The answers, in the order of the questions."""
    return (
        _evolution_up(facts, findings),
        _webhook_connected(facts, findings),
        _why_no_qr(facts, findings),
        _next_step(facts, findings),
    )


def _evolution_up(facts: Facts, findings: tuple[Finding, ...]) -> Answer:
    asked_at = facts.reach.at if facts.reach else None
    blind = next((one for one in findings if one.code in BLIND), None)
    if blind is not None:
        return _because(Question.EVOLUTION_UP, blind, asked_at)
    if facts.reach is None:
        return Answer(Question.EVOLUTION_UP, Verdict.UNKNOWN)
    slow = (facts.reach.value.latency_ms or 0) > SLOW_MS or facts.now - facts.reach.at > OLD_LOOK
    return Answer(Question.EVOLUTION_UP, Verdict.WARNING if slow else Verdict.OK, at=asked_at)


def _webhook_connected(facts: Facts, findings: tuple[Finding, ...]) -> Answer:
    at = facts.last_event_at or (facts.webhook.at if facts.webhook else None)
    wrong = next((one for one in findings if one.side is Side.WEBHOOK), None)
    if wrong is not None:
        return _because(Question.WEBHOOK_CONNECTED, wrong, at)
    by_ours = facts.registry.webhook_policy is not WebhookPolicy.GLOBAL
    if by_ours and facts.webhook_now.state is not WebhookState.OK:
        return Answer(Question.WEBHOOK_CONNECTED, Verdict.UNKNOWN, at=at)
    proven = facts.registry.webhook_proven
    return Answer(Question.WEBHOOK_CONNECTED, Verdict.OK if proven else Verdict.WARNING, at=at)


def _why_no_qr(facts: Facts, findings: tuple[Finding, ...]) -> Answer:
    """Nobody misses a code of a connected number; without one, what is wrong with the number is the answer."""
    at = facts.registry.qr_at
    if facts.state is Says.CONNECTED:
        return Answer(Question.WHY_NO_QR, Verdict.OK, at=at)
    if facts.state is Says.CONNECTING and facts.qr_age is not None and facts.qr_age < facts.registry.qr_life:
        return Answer(Question.WHY_NO_QR, Verdict.OK, at=at)
    about = next((one for one in findings if one.code in _ABOUT_QR), None) or reason(findings)
    blind = next((one for one in findings if one.code in BLIND), None)
    found = blind or about
    return Answer(Question.WHY_NO_QR, Verdict.UNKNOWN, at=at) if found is None else _because(_QR, found, at)


def _next_step(facts: Facts, findings: tuple[Finding, ...]) -> Answer:
    first = reason(findings) or (findings[0] if findings else None)
    if first is None:
        return Answer(Question.NEXT_STEP, Verdict.OK, at=facts.now)
    return _because(Question.NEXT_STEP, first, facts.now)


_QR = Question.WHY_NO_QR
_VERDICTS = {Severity.CRITICAL: Verdict.FAILED, Severity.WARNING: Verdict.WARNING, Severity.INFO: Verdict.WARNING}


def _because(question: Question, one: Finding, at: datetime | None) -> Answer:
    return Answer(question, _VERDICTS[one.severity], one, one.action, at)

"""Route of the diagnosis: gathers the facts, lets the rules speak, and puts both into the reader's words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

from manage_instance.asking import asking
from sambung.domain.diagnosis.diagnose import diagnose, reason
from sambung.domain.diagnosis.facts import Fact, Facts, Reach, Says
from sambung.domain.diagnosis.finding import Finding
from sambung.domain.diagnosis.masking import masked
from sambung.domain.diagnosis.questions import Answer, four_questions
from sambung.domain.diagnosis.truth import contradictions
from sambung.edge.access import Role
from sambung.edge.facts import gather
from sambung.edge.texts import title_and_detail
from sambung.edge.wiring import Parts


class FindingShown(BaseModel):
    """One cause, in the reader's language."""

    code: str
    severity: Literal["critical", "warning", "info"]
    side: str
    title: str
    detail: str
    evidence: dict[str, object]
    action: str


class FactShown(BaseModel):
    """What one source said; `at` and `age_s` are None where the source gives no time."""

    value: object
    at: datetime | None
    age_s: int | None


class ContradictionShown(BaseModel):
    """Two sources that disagree, by the disagreement's name."""

    name: str
    says: dict[str, str]


class AnswerShown(BaseModel):
    """One of the operator's four questions; `code` and `title` say why, where something is wrong."""

    question: Literal["evolution_up", "webhook_connected", "why_no_qr", "next_step"]
    verdict: Literal["ok", "warning", "failed", "unknown"]
    code: str | None
    title: str | None
    action: str
    at: datetime | None


class Diagnosis(BaseModel):
    """Why a number does not work: findings, the worst first; `reason` is the first critical one's code."""

    findings: list[FindingShown]
    reason: str | None
    facts: dict[str, FactShown]
    disagreements: list[ContradictionShown]
    questions: list[AnswerShown]
    checked_at: datetime


class Diagnosing:
    """The diagnosis of one instance."""

    def __init__(self, parts: Parts, app: APIGatewayHttpResolver) -> None:
        self._parts = parts
        self._app = app

    def register(self) -> None:
        """Put the route on the resolver."""
        path = "/api/instances/<instance_id>/diagnosis"
        self._app.get(path, summary="Why it does not work, and what to do next", tags=["instances"])(self.diagnosis)

    def diagnosis(self, instance_id: UUID) -> Diagnosis:
        who = asking(self._app)
        facts = gather(self._parts, instance_id)
        findings = diagnose(facts)
        first = reason(findings)
        who.facts.update(findings=[one.code.value for one in findings], instance_id=str(instance_id))
        shown = Diagnosis(
            findings=[_finding(one, who.language) for one in findings],
            reason=None if first is None else first.code.value,
            facts=facts_shown(facts),
            disagreements=[
                ContradictionShown(name=one.name.value, says=dict(one.says)) for one in contradictions(facts)
            ],
            questions=[_answer(one, who.language) for one in four_questions(facts, findings)],
            checked_at=facts.now,
        )
        return shown if who.caller.may(Role.OPERATOR) else _masked(shown)


def _finding(one: Finding, language: str) -> FindingShown:
    title, detail = title_and_detail(one.code, one.params, language)
    return FindingShown.model_validate(
        {
            "code": one.code,
            "severity": one.severity,
            "side": one.side,
            "title": title,
            "detail": detail,
            "evidence": dict(one.evidence),
            "action": one.action,
        }
    )


def _answer(one: Answer, language: str) -> AnswerShown:
    because = one.because
    return AnswerShown.model_validate(
        {
            "question": one.question,
            "verdict": one.verdict,
            "code": because and because.code,
            "title": because and title_and_detail(because.code, because.params, language)[0],
            "action": one.action,
            "at": one.at,
        }
    )


def _masked(shown: Diagnosis) -> Diagnosis:
    """What may be read by those who only look on: phone numbers hidden wherever they stand."""
    hidden = {name: masked(shown.model_dump(include={name})[name]) for name in ("findings", "facts", "questions")}
    return Diagnosis.model_validate({**shown.model_dump(), **hidden})


def facts_shown(facts: Facts) -> dict[str, FactShown]:
    """The facts by name; those nobody answered are left out."""
    found = {**_asked(facts), **_kept(facts)}
    return {name: _fact(value, at, facts.now) for name, (value, at) in found.items() if value is not None}


_Found = Mapping[str, tuple[object, datetime | None]]


def _asked(facts: Facts) -> _Found:
    """What the servers just said."""
    webhook, listed = facts.webhook, facts.listed
    reach_at = facts.reach.at if facts.reach else None
    seen = [
        {"server": s.server, "says": s.says, "same_name": s.same_name, "same_number": s.same_number, "ours": s.ours}
        for s in facts.elsewhere.sightings
    ]
    places = {"asked": facts.elsewhere.asked, "answered": facts.elsewhere.answered, "seen": seen}
    row = listed and {
        "says": listed.value.says,
        "phone_number": listed.value.phone_number,
        "close_reason": listed.value.close_reason,
        "closed_by": listed.value.closed_by,
    }
    setting = webhook and {
        "state": webhook.value.state,
        "host": webhook.value.host,
        "missing_events": list(webhook.value.missing_events),
    }
    return {
        "server": (_reach(facts.reach), reach_at),
        "key_accepted": (facts.key_accepted, reach_at),
        "version": (facts.server and facts.server.version, facts.server.checked_at if facts.server else None),
        "memory": _plain(facts.memory),
        "memory_failed": (_reach(facts.memory_failed), facts.memory_failed.at if facts.memory_failed else None),
        "list": (row, listed.at if listed else None),
        "webhook": (setting, webhook.at if webhook else None),
        "elsewhere": (places, facts.now),
    }


def _kept(facts: Facts) -> _Found:
    """What the tables know."""
    registry, last, pairings = facts.registry, facts.last_operation, facts.pairings
    moves = [
        {"old": t.old, "new": t.new, "reason": t.reason, "source": t.source, "at": t.at} for t in facts.transitions
    ]
    done = last and {"action": last.value.action, "state": last.value.state, "error": last.value.error}
    tried = pairings and {"attempts": pairings.attempts, "numbers": pairings.numbers, "succeeded": pairings.succeeded}
    return {
        "registry": (registry.status, registry.status_since),
        "last_error": (registry.error, next((t.at for t in facts.transitions if t.reason == registry.error), None)),
        "phone_number": (registry.phone_number, None),
        "expected_number": (registry.expected_number, None),
        "qr": (registry.qr_at and "stored", registry.qr_at),
        "last_event": (facts.last_event_at and "received", facts.last_event_at),
        "last_qr_event": (facts.last_qr_event_at and "received", facts.last_qr_event_at),
        "webhook_proven": (registry.webhook_proven, facts.last_event_at),
        "transitions": (moves, facts.transitions[0].at if facts.transitions else None),
        "open_operation": _plain(facts.open_operation),
        "last_operation": (done, last.at if last else None),
        "last_send_ok": (facts.last_send_ok_at and "sent", facts.last_send_ok_at),
        "last_send_error": (facts.last_send_error, None),
        "pairings": (tried, facts.now),
    }


def _plain(fact: Fact[Says] | Fact[str] | None) -> tuple[object, datetime | None]:
    return (None, None) if fact is None else (str(fact.value), fact.at)


def _reach(fact: Fact[Reach] | None) -> Mapping[str, object] | None:
    if fact is None:
        return None
    reach = fact.value
    return {
        "answered": reach.code is None,
        "code": reach.code,
        "cause": reach.cause,
        "http": reach.http,
        "latency_ms": reach.latency_ms,
    }


def _fact(value: object, at: object, now: datetime) -> FactShown:
    known = at if isinstance(at, datetime) else None
    return FactShown(value=value, at=known, age_s=None if known is None else round((now - known).total_seconds()))

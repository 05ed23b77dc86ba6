"""The reconnect wizard's decisions: what each step does, how it ended, and what comes next. Nothing is asked here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sambung.domain.diagnosis.facts import Facts, Says
from sambung.domain.diagnosis.finding import Finding, Severity
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.diagnosis.truth import Disagreement, contradictions
from sambung.domain.errors import CATALOGUE, Action, Code
from sambung.domain.instance import WebhookState
from sambung.domain.status import STUCK_AFTER

SENT_LATELY = timedelta(hours=24)


class Step(StrEnum):
    """The wizard's steps, in their order."""

    CHECK = "check"
    WEBHOOK = "webhook"
    RESTART = "restart"
    QR = "qr"


class Outcome(StrEnum):
    """How a step ended. Only `failed` stops the wizard."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"


class Word(StrEnum):
    """What a step has to say where nothing of the catalogue is wrong; texts/wizard.*.json has the sentences."""

    CHECK_CONNECTED = "check.connected"
    CHECK_REACHED = "check.reached"
    WEBHOOK_PROVEN = "webhook.proven"
    WEBHOOK_UNPROVEN = "webhook.unproven"
    WEBHOOK_LEFT = "webhook.left"
    WEBHOOK_OF_SERVER = "webhook.of_server"
    RESTART_HEALTHY = "restart.healthy"
    RESTART_NONE = "restart.none"
    RESTART_CONNECTED = "restart.connected"
    RESTART_CONNECTING = "restart.connecting"
    RESTART_QR = "restart.qr"
    REDIALLING = "redialling"
    QR_SCAN = "qr.scan"
    QR_CONNECTED = "qr.connected"
    GOES_ON = "goes_on"


class Next(StrEnum):
    """What comes after a step, beside the other steps and the catalogue's actions: scan the code, or nothing."""

    SCAN = "scan"
    DONE = "done"


class Restart(StrEnum):
    """What the restart step does: nothing, wait, restart an open session, or close it and connect it anew."""

    SKIP = "skip"
    WAIT = "wait"
    RESTART = "restart"
    RELOGIN = "relogin"
    CONNECT = "connect"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a step ended; `code` names what is wrong, else `word` what is well. `next_step`: a Step, Next or Action."""

    outcome: Outcome
    next_step: str
    code: Code | None = None
    word: Word | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, object] = field(default_factory=dict)


STOPS = BLIND | {
    Code.ACCOUNT_BANNED,
    Code.INSTANCE_NOT_FOUND_ON_SERVER,
    Code.SESSION_NOT_FOUND_ANYWHERE,
    Code.NEEDS_RECREATE,
    Code.MOVED,
    Code.CONFLICT_TWO_SERVERS,
    Code.REPLACED_ELSEWHERE,
    Code.NUMBER_CHANGED,
    Code.UPSTREAM_PAIRING_OUTAGE,
}
"""No step of the wizard helps against these: each needs the one thing its action names."""

_WAITS = frozenset({Code.INSTANCE_BUSY, Code.QR_NOT_READY})
_IN_THE_WIZARD: Mapping[Action, str] = {
    Action.CONNECT: Step.RESTART,
    Action.OPEN_WIZARD: Step.RESTART,
    Action.NONE: Action.VIEW_DIAGNOSIS,
}


def failed(code: Code, params: Mapping[str, str], evidence: Mapping[str, object]) -> Verdict:
    """A step that ended with an error: what the person does now, which inside the wizard may be one of its steps."""
    action = CATALOGUE[code].action
    outcome = Outcome.WAITING if code in _WAITS else Outcome.FAILED
    return Verdict(outcome, _IN_THE_WIZARD.get(action, action), code, params=params, evidence=evidence)


def stopped(findings: tuple[Finding, ...]) -> Verdict | None:
    """The first finding that no step helps against."""
    for one in findings:
        if one.code in STOPS and one.severity is Severity.CRITICAL and not _only_remembered(one):
            verdict = failed(one.code, one.params, one.evidence)
            action = _IN_THE_WIZARD.get(one.action, one.action)
            return Verdict(verdict.outcome, action, one.code, params=one.params, evidence=one.evidence)
    return None


def _only_remembered(one: Finding) -> bool:
    """An error the server gave earlier says nothing of a server that just answered."""
    return one.code in BLIND and "registry" in one.evidence


def check(facts: Facts, findings: tuple[Finding, ...]) -> Verdict:
    """Whether the server answers, lets us in, and has the session."""
    busy = facts.open_operation
    if busy is not None:
        return failed(Code.INSTANCE_BUSY, {"action": busy.value}, {"action": busy.value})
    stop = stopped(findings)
    if stop is not None:
        return stop
    word = Word.CHECK_CONNECTED if facts.state is Says.CONNECTED else Word.CHECK_REACHED
    return Verdict(Outcome.OK, Step.WEBHOOK, word=word, evidence=seen(facts, findings))


def seen(facts: Facts, findings: tuple[Finding, ...]) -> Mapping[str, object]:
    """What the sources say, in short."""
    found = {
        "memory": facts.memory.value.value if facts.memory else None,
        "list": facts.listed.value.says.value if facts.listed else None,
        "webhook": facts.webhook_now.state.value,
        "latency_ms": facts.reach.value.latency_ms if facts.reach else None,
        "findings": [one.code.value for one in findings],
    }
    return {name: value for name, value in found.items() if value is not None}


def healthy(facts: Facts) -> bool:
    """Connected, and proven to be: its events arrive, or a message of it was sent lately. Never to be restarted."""
    if facts.memory is None or facts.memory.value is not Says.CONNECTED or facts.last_send_error == "not_connected":
        return False
    if any(one.name is Disagreement.GHOST_OPEN for one in contradictions(facts)):
        return False
    heard = facts.registry.webhook_proven and facts.webhook_now.state is WebhookState.OK
    return heard or facts.happened(facts.last_send_ok_at, within=SENT_LATELY)


def restart(facts: Facts) -> Restart:
    """What the restart step has to do."""
    restarts = facts.server is None or facts.server.offers_restart
    logs_out = facts.server is None or facts.server.offers_logout
    if facts.state is Says.CONNECTED:
        return Restart.SKIP if healthy(facts) or not restarts else Restart.RESTART
    if facts.state is not Says.CONNECTING:
        return Restart.CONNECT
    if redialling(facts):
        return Restart.WAIT
    return Restart.RELOGIN if logs_out else Restart.CONNECT


def redialling(facts: Facts) -> bool:
    """A paired session that lost its connection comes back by itself; logging it out would cost its pairing."""
    spent = facts.connecting_for
    return facts.registry.opened_since_pairing and spent is not None and spent < STUCK_AFTER


def webhook_set(*, proven: bool) -> Verdict:
    """Ours is set; whether one of its events has arrived."""
    if proven:
        return Verdict(Outcome.OK, Step.RESTART, word=Word.WEBHOOK_PROVEN)
    return Verdict(Outcome.WAITING, Step.RESTART, word=Word.WEBHOOK_UNPROVEN)


def webhook_left(policy: str) -> Verdict:
    """It was decided not to set ours."""
    return Verdict(Outcome.SKIPPED, Step.RESTART, word=Word.WEBHOOK_LEFT, evidence={"policy": policy})


def webhook_of_server(*, proven: bool) -> Verdict:
    """The server's own configuration names the one address, so nothing is to be set; whether one of its events came."""
    if proven:
        return Verdict(Outcome.OK, Step.RESTART, word=Word.WEBHOOK_PROVEN)
    return Verdict(Outcome.WAITING, Step.RESTART, word=Word.WEBHOOK_OF_SERVER)


def webhook_failed(code: Code, params: Mapping[str, str], evidence: Mapping[str, object]) -> Verdict:
    """Somebody else's webhook is never taken by force, and hinders no QR."""
    if code is Code.WEBHOOK_ELSEWHERE:
        return Verdict(Outcome.SKIPPED, Step.RESTART, code, params=params, evidence=evidence)
    return failed(code, params, evidence)


def restart_skipped(facts: Facts, findings: tuple[Finding, ...]) -> Verdict:
    """A healthy number is left alone, and so is one on a server that has no restart."""
    word = Word.RESTART_HEALTHY if healthy(facts) else Word.RESTART_NONE
    return Verdict(Outcome.SKIPPED, Step.QR, word=word, evidence=seen(facts, findings))


def restart_failed(code: Code, params: Mapping[str, str], evidence: Mapping[str, object]) -> Verdict:
    """An open session that a restart would harm is left as it is: the next step finds it connected."""
    if code is Code.NEEDS_RECREATE and params.get("cause") == "restart_deafens":
        return Verdict(Outcome.SKIPPED, Step.QR, code, params=params, evidence=evidence)
    return failed(code, params, evidence)


def connected(step: Step, *, qr: bool, is_open: bool, reason: str | None, redials: bool) -> Verdict:
    """What connecting brought, in the restart step or in the last one."""
    last = step is Step.QR
    if is_open:
        word = Word.QR_CONNECTED if last else Word.RESTART_CONNECTED
        return Verdict(Outcome.OK, Next.DONE if last else Step.QR, word=word)
    if qr:
        word = Word.QR_SCAN if last else Word.RESTART_QR
        return Verdict(Outcome.OK, Next.SCAN if last else Step.QR, word=word)
    if redials:
        return Verdict(Outcome.WAITING, Action.WAIT if last else Step.QR, word=Word.REDIALLING)
    if reason == Code.QR_NOT_READY or not last:
        code = Code.QR_NOT_READY if last else None
        word_ = None if last else Word.RESTART_CONNECTING
        return Verdict(Outcome.WAITING, Action.WAIT if last else Step.QR, code, word_, evidence={"reason": reason})
    return failed(Code(reason or Code.QR_NOT_READY), {}, {"reason": reason})

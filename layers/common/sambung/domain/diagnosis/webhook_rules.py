"""Rules about the webhook: whether it is set, whether it is ours, and whether anything comes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sambung.domain.diagnosis.facts import Facts, WebhookPolicy
from sambung.domain.diagnosis.finding import Rule, Severity, Sign, seconds
from sambung.domain.diagnosis.server_rules import BLIND
from sambung.domain.errors import Code
from sambung.domain.instance import Source, WebhookState

EVENT_COMES_WITHIN = timedelta(seconds=60)
SILENCE_COUNTS_FOR = timedelta(days=7)
ESSENTIAL = frozenset({"CONNECTION_UPDATE", "QRCODE_UPDATED"})
# Nothing tells of an instance that was deleted behind our back on Evolution 1.x.
TOLD_BY_NOBODY = frozenset({Code.INSTANCE_NOT_FOUND_ON_SERVER.value, "absent"})


def unheard(facts: Facts) -> datetime | None:
    """The last change that a read or an action of ours saw, and that no event told of although it had a minute."""
    changes = (t.at for t in facts.transitions if t.source is not Source.WEBHOOK and t.reason not in TOLD_BY_NOBODY)
    last = max(changes, default=None)
    if last is None or not EVENT_COMES_WITHIN < facts.now - last <= SILENCE_COUNTS_FOR:
        return None
    heard = facts.last_event_at is not None and facts.last_event_at >= last - EVENT_COMES_WITHIN
    return None if heard else last


def _missing(facts: Facts) -> Sign | None:
    state = facts.webhook_now.state
    if state not in {WebhookState.MISSING, WebhookState.DISABLED}:
        return None
    return Sign(Severity.CRITICAL, {"webhook": state.value}, {"cause": state.value})


def _elsewhere(facts: Facts) -> Sign | None:
    found = facts.webhook_now
    if found.state is not WebhookState.ELSEWHERE:
        return None
    return Sign(Severity.WARNING, {"host": found.host}, {"host": found.host or ""})


def _incomplete(facts: Facts) -> Sign | None:
    found = facts.webhook_now
    if found.state is not WebhookState.INCOMPLETE:
        return None
    worst = Severity.CRITICAL if ESSENTIAL & set(found.missing_events) else Severity.WARNING
    if facts.webhook is None or found.missing_events:
        return Sign(worst, {"missing_events": list(found.missing_events)}, {"events": ", ".join(found.missing_events)})
    return Sign(worst, {"host": found.host}, {"cause": "old_address"})


def _expected(facts: Facts) -> bool:
    """Whether events should come: by our webhook, or by the server's global one, which nobody can read."""
    if facts.registry.webhook_policy is WebhookPolicy.GLOBAL:
        return True
    return facts.webhook_now.state is WebhookState.OK


def _unreachable(facts: Facts) -> Sign | None:
    """Our address is set and nothing ever came: known when a change was not told, feared when it cannot be reached."""
    if not _expected(facts) or facts.registry.webhook_proven or facts.public_url is None:
        return None
    since, why = unheard(facts), facts.public_url.unreachable
    if since is None and why is None:
        return None
    evidence = {
        "public_url": facts.public_url.url,
        "address": why,
        "unheard_change_s": None if since is None else seconds(facts.now - since),
    }
    severity = Severity.WARNING if since is None else Severity.CRITICAL
    return Sign(severity, evidence, {"url": facts.public_url.url})


def _refused(facts: Facts) -> Sign | None:
    """What we refuse is lost for good: no secret to prove it by, or, as far as it is no forger, another one there."""
    if facts.server is None:
        return None
    if not facts.server.hears:
        return Sign(Severity.WARNING, {"secret": "none"}, {"cause": "no_secret", "server": facts.server.name})
    last, refused = facts.server_event_at, facts.refused
    if refused is None or (last is not None and last >= refused.at):
        return None
    evidence = {"refused": refused.value, "last_refused_s": seconds(facts.now - refused.at)}
    return Sign(Severity.WARNING, evidence, {"server": facts.server.name, "count": str(refused.value)})


def _silent(facts: Facts) -> Sign | None:
    since = unheard(facts)
    if since is None or not _expected(facts) or not facts.registry.webhook_proven:
        return None
    last = facts.last_event_at
    return Sign(
        Severity.WARNING,
        {
            "unheard_change_s": seconds(facts.now - since),
            "last_event_s": None if last is None else seconds(facts.now - last),
        },
    )


def _of_setting(look: Callable[[Facts], Sign | None]) -> Callable[[Facts], Sign | None]:
    """What is set matters as far as the operator wants it to be ours; left alone on purpose it is worth knowing only,
    and beside the server's global webhook it says nothing."""

    def judged(facts: Facts) -> Sign | None:
        sign, policy = look(facts), facts.registry.webhook_policy
        if sign is None or policy is WebhookPolicy.GLOBAL:
            return None
        return sign if policy is WebhookPolicy.OURS else replace(sign, severity=Severity.INFO)

    return judged


RULES = (
    Rule(Code.WEBHOOK_MISSING, _of_setting(_missing)),
    Rule(Code.WEBHOOK_ELSEWHERE, _of_setting(_elsewhere)),
    Rule(Code.WEBHOOK_INCOMPLETE, _of_setting(_incomplete)),
    Rule(Code.WEBHOOK_UNREACHABLE_FROM_SERVER, _unreachable, BLIND),
    Rule(Code.WEBHOOK_REFUSED, _refused),
    Rule(Code.WEBHOOK_SILENT, _silent, BLIND | {Code.WEBHOOK_REFUSED}),
)

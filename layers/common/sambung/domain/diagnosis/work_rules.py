"""Rules about our own work: an action that runs, or one whose end nobody saw."""

from datetime import timedelta

from sambung.domain.diagnosis.facts import Facts, Says
from sambung.domain.diagnosis.finding import Rule, Severity, Sign, seconds
from sambung.domain.errors import Code

RUNS_LONG = timedelta(minutes=2)
DOUBT_COUNTS_FOR = timedelta(hours=24)
_ENDS_CONNECTED = frozenset({"create", "connect", "restart", "recreate"})


def _unconfirmed(facts: Facts) -> Sign | None:
    last = facts.last_operation
    if last is None or last.value.state != "needs_operator" or not facts.happened(last.at, within=DOUBT_COUNTS_FOR):
        return None
    if facts.state is Says.CONNECTED and last.value.action in _ENDS_CONNECTED:
        return None
    error = last.value.error.value if last.value.error else None
    return Sign(
        Severity.WARNING,
        {"action": last.value.action, "error": error, "ended_s": seconds(facts.now - last.at)},
        {"cause": "unfinished", "action": last.value.action},
    )


def _busy(facts: Facts) -> Sign | None:
    running = facts.open_operation
    if running is None:
        return None
    spent = facts.now - running.at
    severity = Severity.WARNING if spent > RUNS_LONG else Severity.INFO
    return Sign(severity, {"action": running.value, "running_s": seconds(spent)}, {"action": running.value})


RULES = (Rule(Code.ACTION_NOT_CONFIRMED, _unconfirmed), Rule(Code.INSTANCE_BUSY, _busy))

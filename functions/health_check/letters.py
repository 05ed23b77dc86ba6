"""What a channel is told of alerts: which, whose side, what to do, since when; in the channel's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Final

from health_check import courier
from health_check.courier import Letter
from sambung.domain.alerts import ENTRIES, Rule
from sambung.domain.diagnosis.finding import Severity
from sambung.domain.errors import Code
from sambung.edge.texts import alert_text, letter_text, title_and_detail
from sambung.store.alerts import Alert

OPENED: Final = "opened"
RESOLVED: Final = "resolved"
LISTED: Final = 10
# Western Indonesian time for Indonesian readers, else the world's.
_ZONES: Final = {"id": timezone(timedelta(hours=7), "WIB"), "en": timezone(timedelta(), "UTC")}
_KNOWN: Final = frozenset(rule.value for rule in Rule)


def title(alert: Alert, language: str) -> str:
    """What is wrong, in one line."""
    return alert_text(alert.rule, "title", params(alert), language)


def detail(alert: Alert, language: str) -> str:
    """What it means and what helps; of a silent server also why it is silent, as far as known."""
    text = alert_text(alert.rule, "detail", params(alert), language)
    cause = params(alert).get("cause")
    if alert.rule != Rule.SERVER_DOWN or not cause:
        return text
    return f"{text} {title_and_detail(Code.SERVER_UNREACHABLE, {'cause': cause}, language)[1]}"


def params(alert: Alert) -> Mapping[str, str]:
    """The values of its texts."""
    return {name: str(value) for name, value in alert.params.items()}


def letter(kind: str, alerts: Sequence[Alert], *, url: str, language: str) -> Letter:
    """The message to one channel of these alerts, the gravest first: of one in full, of several a list."""
    if kind == RESOLVED:
        return _resolved(alerts, url, language)
    worst = alerts[0].severity
    grade = courier.FAILURE if worst == Severity.CRITICAL else courier.WARNING
    if len(alerts) == 1:
        head, body = title(alerts[0], language), _in_full(alerts[0], language)
    else:
        head = letter_text("many", language, count=str(len(alerts)))
        body = _listed([f"[{letter_text(one.severity, language)}] {title(one, language)}" for one in alerts], language)
    return Letter(url, f"[{letter_text(worst, language)}] {head}", body, grade)


def proof(*, url: str, language: str) -> Letter:
    """The message that shows that a channel works."""
    return Letter(url, letter_text("test.title", language), letter_text("test.body", language), courier.INFO)


def _resolved(alerts: Sequence[Alert], url: str, language: str) -> Letter:
    """It says what is over, not what is now: a number may have been parked, or its server removed."""
    if len(alerts) == 1:
        head, body = title(alerts[0], language), _lasted(alerts[0], language)
    else:
        head = letter_text("many_resolved", language, count=str(len(alerts)))
        body = _listed([f"{title(one, language)}. {_lasted(one, language)}" for one in alerts], language)
    return Letter(url, f"[{letter_text('resolved', language)}] {head}", body, courier.SUCCESS)


def _in_full(alert: Alert, language: str) -> str:
    lines = [detail(alert, language)]
    if alert.rule in _KNOWN:
        entry = ENTRIES[Rule(alert.rule)]
        lines += [
            letter_text(f"side.{entry.side.value}", language),
            letter_text(f"action.{entry.action.value}", language),
        ]
    return "\n".join([*lines, letter_text("since", language, time=_time(alert.opened_at, language))])


def _listed(lines: Sequence[str], language: str) -> str:
    more = len(lines) - LISTED
    shown = list(lines[:LISTED])
    return "\n".join([*shown, letter_text("more", language, count=str(more))] if more > 0 else shown)


def _lasted(alert: Alert, language: str) -> str:
    length = (alert.resolved_at or alert.opened_at) - alert.opened_at
    return letter_text("lasted", language, minutes=str(max(length // timedelta(minutes=1), 1)))


def _time(at: datetime, language: str) -> str:
    return at.astimezone(_ZONES[language]).strftime("%Y-%m-%d %H:%M %Z")

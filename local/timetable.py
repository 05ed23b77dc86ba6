"""Says when a schedule runs next, for both of EventBridge's notations."""

import re
from datetime import datetime, timedelta

from local.errors import StackError

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
_SEARCH = timedelta(days=366 * 4)


def seconds_until_next(expression: str, now: datetime, speedup: float = 1) -> float:
    """Seconds from `now` (UTC) to the next run of `rate(...)` or `cron(...)`, hastened `speedup` times."""
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression.strip()):
        return int(found[1]) * _UNITS[found[2]] / speedup
    if found := re.fullmatch(r"cron\((.+)\)", expression.strip()):
        return (_next_cron(found[1].split(), now) - now).total_seconds() / speedup
    raise StackError(f"template: the schedule {expression!r} is neither rate(...) nor cron(...)")


def _next_cron(fields: list[str], now: datetime) -> datetime:
    if len(fields) != len(_FIELDS):
        raise StackError(f"template: cron({' '.join(fields)}) should have six fields")
    minutes, hours, days, months, weekdays, years = (
        _allowed(field, low, high) for field, (low, high) in zip(fields, _FIELDS, strict=True)
    )
    moment = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = now + _SEARCH
    while moment < end:
        if moment.year not in years or moment.month not in months or not _on_day(moment, days, weekdays):
            moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
        elif moment.hour not in hours:
            moment = moment.replace(minute=0) + timedelta(hours=1)
        elif moment.minute not in minutes:
            moment += timedelta(minutes=1)
        else:
            return moment
    raise StackError(f"template: cron({' '.join(fields)}) never runs")


def _on_day(moment: datetime, days: set[int], weekdays: set[int]) -> bool:
    # EventBridge counts Sunday as 1.
    return moment.day in days and moment.isoweekday() % 7 + 1 in weekdays


def _allowed(field: str, low: int, high: int) -> set[int]:
    """The numbers a field allows: `*`, `?`, `1,2`, `1-5`, `*/5`, `0/15`, names of days and months."""
    for names in (_DAYS, _MONTHS):
        for number, name in enumerate(names, 1):
            field = field.upper().replace(name, str(number))
    allowed: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if span in {"*", "?"}:
            start, stop = low, high
        else:
            start, stop = int(first), int(last or (high if step else first))
        allowed.update(range(start, stop + 1, int(step or 1)))
    return allowed

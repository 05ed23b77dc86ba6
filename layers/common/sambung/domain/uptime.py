"""How long an instance was in which status: from its transitions, and unknown wherever nobody could see it."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Final
from uuid import UUID

from sambung.domain.instance import Status

UNKNOWN: Final = "unknown"
WORDS: Final = (*(status.value for status in Status), UNKNOWN)
# In a cell the worst shows that lasted so long: a blink is no outage.
SHOWS_AFTER: Final = timedelta(seconds=60)
_WORST_FIRST: Final = (Status.ERROR.value, Status.DISCONNECTED.value, Status.CONNECTING.value)


@dataclass(frozen=True, slots=True)
class Span:
    """A time from `begin` to before `end`."""

    begin: datetime
    end: datetime

    def within(self, other: "Span") -> "Span | None":
        """The part that lies in another; None where there is none."""
        begin, end = max(self.begin, other.begin), min(self.end, other.end)
        return Span(begin, end) if begin < end else None


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on it was `new`; before, `old`."""

    at: datetime
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Stay:
    """On which server it was during a span; None for none."""

    span: Span
    server_id: UUID | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one status, or of `unknown`."""

    span: Span
    word: str

    @property
    def length(self) -> timedelta:
        """How long it lasted."""
        return self.span.end - self.span.begin


@dataclass(frozen=True, slots=True)
class History:
    """One instance. `changes` in the window, in order; `status` now; `blind`: spans in which nobody could see it."""

    instance_id: UUID
    created_at: datetime
    status: str
    changes: Sequence[Change]
    blind: Sequence[Span]


def timeline(history: History, window: Span) -> tuple[Segment, ...]:
    """The window, which ends now or before, without gaps; unknown before the instance existed and where nobody saw."""
    seen = _seen(history, window)
    before = Span(min(window.begin, history.created_at), history.created_at)
    blind = [Segment(one, UNKNOWN) for one in merged([*history.blind, before], window)]
    edges = sorted({edge for one in (*seen, *blind) for edge in (one.span.begin, one.span.end)})
    known, unknown = _Reading(seen), _Reading(blind)
    pieces = [Segment(Span(a, b), unknown.word(a) or known.word(a) or UNKNOWN) for a, b in pairwise(edges)]
    return tuple(_joined(pieces))


def shares(segments: Sequence[Segment]) -> Mapping[str, float]:
    """Which part of the time each word had; together 1, of no time all unknown."""
    spent: Counter[str] = Counter()
    for one in segments:
        spent[one.word] += one.length // timedelta(microseconds=1)
    total = spent.total()
    return {word: spent[word] / total if total else float(word == UNKNOWN) for word in WORDS}


def uptime(found: Mapping[str, float]) -> float | None:
    """The connected part of what is known; None where nothing is."""
    known = 1 - found[UNKNOWN]
    return min(found[Status.CONNECTED.value] / known, 1.0) if known > 0 else None


def cells(segments: Sequence[Segment], window: Span, count: int) -> tuple[tuple[int, str], ...]:
    """The window in `count` equal cells, as runs of one word: the worst that lasted a minute, else the longest; unknown
    where there is no segment."""
    step = (window.end - window.begin) / count
    words = [UNKNOWN] * count
    # Most cells lie within one segment; only where one begins or ends time must be weighed.
    mixed: dict[int, Counter[str]] = defaultdict(Counter)
    for one in segments:
        part = one.span.within(window)
        if part is None:
            continue
        begin, end = part.begin - window.begin, part.end - window.begin
        first, last = -(-begin // step), min(end // step, count)
        words[first:last] = [one.word] * (last - first)
        for cell in {begin // step, min(end // step, count - 1)} - set(range(first, last)):
            inside = min(end, step * (cell + 1)) - max(begin, step * cell)
            mixed[cell][one.word] += max(round(inside.total_seconds()), 0)
    for cell, spent in mixed.items():
        words[cell] = _shown(spent, step) if spent.total() else words[cell]
    return tuple((len(list(run)), word) for word, run in groupby(words))


def merged(spans: Sequence[Span], window: Span) -> tuple[Span, ...]:
    """The parts within the window, joined where they touch, in order."""
    inside = sorted((part for one in spans if (part := one.within(window))), key=lambda one: one.begin)
    found: list[Span] = []
    for one in inside:
        if found and one.begin <= found[-1].end:
            found[-1] = Span(found[-1].begin, max(found[-1].end, one.end))
        else:
            found.append(one)
    return tuple(found)


def stays(now_on: UUID | None, moves: Sequence[tuple[datetime, UUID | None]], window: Span) -> tuple[Stay, ...]:
    """Where it was, and when. `moves`: when it left which server, in order; now it is on `now_on`."""
    found, begin = [], window.begin
    for at, left in moves:
        if at > begin:
            found.append(Stay(Span(begin, min(at, window.end)), left))
            begin = at
    return (*found, Stay(Span(begin, window.end), now_on)) if begin < window.end else tuple(found)


def _seen(history: History, window: Span) -> tuple[Segment, ...]:
    """The statuses as they were written; what precedes the first change is told by it."""
    if window.begin >= window.end:
        return ()
    begin, word = window.begin, history.changes[0].old if history.changes else history.status
    found = []
    for change in history.changes:
        at = min(max(change.at, begin), window.end)
        if begin < at:
            found.append(Segment(Span(begin, at), word))
        begin, word = at, change.new
    if begin < window.end:
        found.append(Segment(Span(begin, window.end), word))
    return tuple(found)


class _Reading:
    """Looks up the word at a time in segments that are in order."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._begins = [one.span.begin for one in segments]

    def word(self, at: datetime) -> str | None:
        found = bisect_right(self._begins, at) - 1
        return self._segments[found].word if found >= 0 and at < self._segments[found].span.end else None


def _joined(pieces: Sequence[Segment]) -> Iterator[Segment]:
    for word, run in groupby(pieces, key=lambda one: one.word):
        together = list(run)
        yield Segment(Span(together[0].span.begin, together[-1].span.end), word)


def _shown(spent: Counter[str], step: timedelta) -> str:
    enough = min(SHOWS_AFTER, step).total_seconds()
    worst = next((word for word in _WORST_FIRST if spent[word] >= enough), None)
    return worst or max(spent, key=lambda word: spent[word])

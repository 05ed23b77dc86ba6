"""What must be told to somebody: rules over counted facts, each with its threshold and the one subject it is about.

What cannot be seen now is neither wrong nor well again: it is named blind, and an alert about it stays as it is.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from uuid import UUID

from sambung.domain.diagnosis.finding import Severity
from sambung.domain.diagnosis.place_rules import FLAPPING_OPENS
from sambung.domain.diagnosis.webhook_rules import EVENT_COMES_WITHIN
from sambung.domain.errors import Action, Side

STAGE: Final = "stage"
SYNC_WINDOW: Final = timedelta(hours=1)
SYNC_EVENTS_ALLOWED: Final = 5
FAILURES_IN_ROW_ALLOWED: Final = 10
SUCCESS_WINDOW: Final = timedelta(days=7)
SUCCESS_PERCENT: Final = 99
SAMPLES_TO_JUDGE: Final = 50
SERVER_DOWN_AFTER: Final = timedelta(minutes=2)
INSTANCE_DOWN_AFTER: Final = timedelta(minutes=5)
REFUSALS_WINDOW: Final = timedelta(minutes=10)
REFUSALS_ALLOWED: Final = 20
# Three of its intervals.
RECONCILED_WITHIN: Final = timedelta(minutes=15)
_NAMES_SHOWN: Final = 3


class Rule(StrEnum):
    """What an alert is about; stable names."""

    SYNC_EVENTS = "sync_events"
    VERIFICATION_FAILURES = "verification_failures"
    SYNC_SUCCESS_RATE = "sync_success_rate"
    SERVER_DOWN = "server_down"
    INSTANCE_DOWN = "instance_down"
    WEBHOOK_SILENT = "webhook_silent"
    WEBHOOK_AUTH_FAILURES = "webhook_auth_failures"
    DEAD_LETTERS = "dead_letters"
    CONFLICT = "conflict_two_servers"
    SAME_NAME = "same_name"
    UNSTABLE = "unstable_connection"
    RECONCILE_LATE = "reconcile_late"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is always so of a rule's alerts: how grave, whose side, the one next step."""

    severity: Severity
    side: Side
    action: Action


_W, _C = Severity.WARNING, Severity.CRITICAL
ENTRIES: Mapping[Rule, Entry] = {
    Rule.SYNC_EVENTS: Entry(_W, Side.SERVER, Action.CHECK_SERVER),
    Rule.VERIFICATION_FAILURES: Entry(_C, Side.SERVER, Action.VIEW_DIAGNOSIS),
    Rule.SYNC_SUCCESS_RATE: Entry(_W, Side.SERVER, Action.CHECK_SERVER),
    Rule.SERVER_DOWN: Entry(_C, Side.SERVER, Action.CHECK_SERVER),
    Rule.INSTANCE_DOWN: Entry(_C, Side.NUMBER, Action.OPEN_WIZARD),
    Rule.WEBHOOK_SILENT: Entry(_W, Side.WEBHOOK, Action.OPEN_WIZARD),
    Rule.WEBHOOK_AUTH_FAILURES: Entry(_W, Side.WEBHOOK, Action.SET_WEBHOOK),
    Rule.DEAD_LETTERS: Entry(_C, Side.US, Action.NONE),
    Rule.CONFLICT: Entry(_C, Side.SERVER, Action.VIEW_DIAGNOSIS),
    Rule.SAME_NAME: Entry(_W, Side.SERVER, Action.VIEW_DIAGNOSIS),
    Rule.UNSTABLE: Entry(_W, Side.NUMBER, Action.OPEN_WIZARD),
    Rule.RECONCILE_LATE: Entry(_C, Side.US, Action.NONE),
}


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """One enabled server. `silent_since`: None while it answers; `instances`: the numbers on it that are not parked."""

    id: UUID
    name: str
    silent_since: datetime | None
    cause: str | None
    instances: int


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """One instance that is not parked.

    `visible`: its server answers and it was read lately; without, little can be judged. `down_since`: since when it is
    not connected, of one that ever was. `unheard_since`: the last change that no webhook told of in time. `opens`:
    lately, our own restarts apart. `rivals`: where it is open in conflict; `namesakes`: where a stranger has its name.
    """

    id: UUID
    name: str
    server_id: UUID | None
    server_name: str
    visible: bool
    down_since: datetime | None = None
    failures_in_row: int = 0
    unheard_since: datetime | None = None
    opens: int = 0
    rivals: tuple[str, ...] = ()
    namesakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Samples:
    """How many searches for a session ended well, of how many."""

    ok: int = 0
    of: int = 0

    @property
    def percent(self) -> float | None:
        """None while there are too few to say."""
        return self.ok * 100 / self.of if self.of >= SAMPLES_TO_JUDGE else None


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything the rules look at, at `now`. `dead_letters`, by queue: None where the queues did not answer.

    `reconciled_at`: the last completed sweep of any server, or when the first server came; None without servers.
    """

    now: datetime
    servers: Sequence[ServerFacts] = ()
    instances: Sequence[InstanceFacts] = ()
    sync_events: int = 0
    synced: Samples = Samples()
    refusals: int = 0
    dead_letters: Mapping[str, int] | None = field(default_factory=dict)
    reconciled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Something is wrong now. `subject` tells two alerts of one rule apart; `params` fill the texts."""

    rule: Rule
    subject: str
    params: Mapping[str, str]
    server_id: UUID | None = None
    instance_id: UUID | None = None

    @property
    def key(self) -> "Key":
        """What an episode is recognised by."""
        return self.rule, self.subject


Key: TypeAlias = tuple[Rule, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is wrong, and what nobody can tell: by subject, or a whole rule."""

    firing: Sequence[Condition]
    blind_subjects: frozenset[str] = frozenset()
    blind_rules: frozenset[Rule] = frozenset()

    def cannot_tell(self, key: Key) -> bool:
        """Whether an alert of this key must stay as it is."""
        return key[0] in self.blind_rules or key[1] in self.blind_subjects


def judge(counted: Counted) -> Judged:
    """Every rule at once."""
    blind = frozenset(str(one.id) for one in counted.instances if not one.visible)
    # Silence of webhooks is told for a server: one that does not answer hides it.
    silent = frozenset(str(one.id) for one in counted.servers if one.silent_since)
    firing = tuple(found for rule in _RULES for found in rule(counted))
    unread = frozenset({Rule.DEAD_LETTERS}) if counted.dead_letters is None else frozenset[Rule]()
    return Judged(firing, blind | silent, unread)


def _sync_events(counted: Counted) -> Iterator[Condition]:
    if counted.sync_events > SYNC_EVENTS_ALLOWED:
        yield Condition(Rule.SYNC_EVENTS, STAGE, {"count": str(counted.sync_events)})


def _verification_failures(counted: Counted) -> Iterator[Condition]:
    """Also of what cannot be seen: not being found is what it counts."""
    for one in counted.instances:
        if one.failures_in_row > FAILURES_IN_ROW_ALLOWED:
            yield _of_instance(Rule.VERIFICATION_FAILURES, one, count=str(one.failures_in_row))


def _success_rate(counted: Counted) -> Iterator[Condition]:
    percent = counted.synced.percent
    if percent is not None and percent < SUCCESS_PERCENT:
        params = {"ok": str(counted.synced.ok), "of": str(counted.synced.of), "percent": f"{percent:.1f}"}
        yield Condition(Rule.SYNC_SUCCESS_RATE, STAGE, params)


def _servers_down(counted: Counted) -> Iterator[Condition]:
    for one in counted.servers:
        if one.silent_since is not None and counted.now - one.silent_since >= SERVER_DOWN_AFTER:
            params = {"server": one.name, "count": str(one.instances), "cause": one.cause or ""}
            yield Condition(Rule.SERVER_DOWN, str(one.id), params, server_id=one.id)


def _instances_down(counted: Counted) -> Iterator[Condition]:
    for one in _visible(counted):
        if one.down_since is not None and counted.now - one.down_since >= INSTANCE_DOWN_AFTER:
            yield _of_instance(Rule.INSTANCE_DOWN, one)


def _webhooks_silent(counted: Counted) -> Iterator[Condition]:
    """One for each server: its numbers mostly share the reason."""
    by_server: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    for one in _visible(counted):
        since = one.unheard_since
        if one.server_id is not None and since is not None and counted.now - since > EVENT_COMES_WITHIN:
            by_server[one.server_id, one.server_name].append(one.name)
    for (server_id, name), silent in by_server.items():
        params = {"server": name, "count": str(len(silent)), "instances": _some(silent)}
        yield Condition(Rule.WEBHOOK_SILENT, str(server_id), params, server_id=server_id)


def _auth_failures(counted: Counted) -> Iterator[Condition]:
    if counted.refusals > REFUSALS_ALLOWED:
        yield Condition(Rule.WEBHOOK_AUTH_FAILURES, STAGE, {"count": str(counted.refusals)})


def _dead_letters(counted: Counted) -> Iterator[Condition]:
    for queue, count in sorted((counted.dead_letters or {}).items()):
        if count > 0:
            yield Condition(Rule.DEAD_LETTERS, queue, {"queue": queue, "count": str(count)})


def _conflicts(counted: Counted) -> Iterator[Condition]:
    for one in _visible(counted):
        if one.rivals:
            yield _of_instance(Rule.CONFLICT, one, servers=_some(one.rivals))


def _same_names(counted: Counted) -> Iterator[Condition]:
    for one in _visible(counted):
        if one.namesakes:
            yield _of_instance(Rule.SAME_NAME, one, servers=_some(one.namesakes))


def _unstable(counted: Counted) -> Iterator[Condition]:
    for one in _visible(counted):
        if one.opens >= FLAPPING_OPENS:
            yield _of_instance(Rule.UNSTABLE, one, count=str(one.opens))


def _reconcile_late(counted: Counted) -> Iterator[Condition]:
    """Where no server answers nothing can be completed, and that is told already."""
    if counted.reconciled_at is None or all(one.silent_since for one in counted.servers):
        return
    late = counted.now - counted.reconciled_at
    if late > RECONCILED_WITHIN:
        yield Condition(Rule.RECONCILE_LATE, STAGE, {"minutes": str(late // timedelta(minutes=1))})


_RULES: Sequence[Callable[[Counted], Iterable[Condition]]] = (
    _servers_down,
    _verification_failures,
    _conflicts,
    _dead_letters,
    _reconcile_late,
    _instances_down,
    _sync_events,
    _success_rate,
    _webhooks_silent,
    _auth_failures,
    _unstable,
    _same_names,
)


def _visible(counted: Counted) -> Iterator[InstanceFacts]:
    return (one for one in counted.instances if one.visible)


def _of_instance(rule: Rule, one: InstanceFacts, **params: str) -> Condition:
    told = {"instance": one.name, "server": one.server_name, **params}
    return Condition(rule, str(one.id), told, server_id=one.server_id, instance_id=one.id)


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:_NAMES_SHOWN])
    return f"{shown}, …" if len(names) > _NAMES_SHOWN else shown

"""Tells a golden sequence: recorded webhooks as observations, recorded answers as reads and as facts of a diagnosis."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from sambung.domain.clock import gap, learned, timing
from sambung.domain.diagnosis.diagnose import diagnose
from sambung.domain.diagnosis.facts import (
    Done,
    Elsewhere,
    Fact,
    Facts,
    KnownServer,
    Pairings,
    Reach,
    Registry,
    Row,
    Says,
    Sighting,
    Webhook,
)
from sambung.domain.instance import Observation, OwnOperation, Seen, Snapshot, Source, Status, WebhookState
from sambung.domain.meaning import TARGETED_404
from sambung.domain.reconcile import Registered, told_reason
from sambung.domain.status import advance
from sambung.gateways.evolution import answers
from sambung.gateways.evolution.versions import traits
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.reply import Reply
from sambung.gateways.shape import Listed, Memory, Ok
from sambung.gateways.webjs.webhooks import parse_webhook as parse_session_webhook
from tests.contract import recordings
from tests.contract.domain.golden import WEBJS

if TYPE_CHECKING:
    from sambung.domain.errors import Code
    from sambung.domain.instance import Transition
    from sambung.gateways.webhook_event import WebhookEvent
    from tests.contract.domain.golden import Answer, Golden

HERE, ELSEWHERE = UUID(int=3001), UUID(int=2)
TAKES = timedelta(milliseconds=30)
SOON = timedelta(seconds=1)
_WORDS = {
    "open": Says.CONNECTED,
    "connected": Says.CONNECTED,
    "connecting": Says.CONNECTING,
    "qr_scanning": Says.CONNECTING,
    "close": Says.DISCONNECTED,
    "HTTP 404": Says.ABSENT,
}
_SIGHTS = {
    Says.CONNECTED: Seen.OPEN,
    Says.CONNECTING: Seen.CONNECTING,
    Says.DISCONNECTED: Seen.CLOSE,
    Says.ABSENT: Seen.ABSENT,
}
_LISTED = {Memory.OPEN: Says.CONNECTED, Memory.CONNECTING: Says.CONNECTING, Memory.CLOSE: Says.DISCONNECTED}
_SHORTENED = re.compile(r"\.\.\.\(truncated, \d+ chars\)")


@dataclass(frozen=True)
class End:
    """What Sambung says at the end."""

    status: Status
    error: Code | None
    qr: bool
    findings: tuple[Code, ...]


def observation(
    event: WebhookEvent, received_at: datetime, at: datetime | None = None, *, late: bool = False
) -> Observation:
    return Observation(
        seen=event.seen,
        source=Source.WEBHOOK,
        server_id=HERE,
        received_at=received_at,
        at=at,
        late=late,
        generation=1,
        reason=event.reason,
        reconnects=event.reconnects,
        qr=event.qr,
        phone_number=event.phone_number,
        profile_name=event.profile_name,
    )


@cache
def told(golden: Golden, ahead: timedelta = timedelta()) -> tuple[Observation, ...]:
    """The recorded events, received promptly, from a server whose clock is `ahead` of the recorded one."""
    if golden.folder == WEBJS:
        return tuple(_told_by_nodes(golden))
    offset, story = None, []
    for row in recordings.load(golden.folder, "webhooks.json")[golden.first : golden.last + 1]:
        call = row.get("request") or row
        if call["body"]["instance"] != golden.instance:
            continue
        event = parse_webhook(call["body"], server_id=HERE, version=_version(golden))
        assert event.date_time is not None
        received_at = event.date_time.replace(tzinfo=UTC) + TAKES
        claimed = event.date_time + ahead
        offset = learned(offset, gap(claimed, received_at))
        when = timing(claimed, received_at, offset)
        seen = observation(event, received_at, when.at, late=when.late)
        story.append(replace(seen, generation=2) if call["path"] == golden.second_life else seen)
    if golden.told_by_them:
        story.append(replace(story[-1], server_id=ELSEWHERE, at=story[-1].time + TAKES))
    return tuple(story)


def _told_by_nodes(golden: Golden) -> list[Observation]:
    """Events of the webjs nodes carry no time: they count as seen when received."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    story = []
    for number, (body, node) in enumerate(_session_calls(golden)):
        received_at = start + timedelta(seconds=number)
        # The recording shortened the pictures; what is left of one is a picture still.
        raw = _SHORTENED.sub("", json.dumps(body)).encode()
        event = parse_session_webhook(raw, instance_url=node, received_at=received_at)
        if event.instance_name == golden.instance:
            story.append(replace(observation(event, received_at), server_id=UUID(int=int(node[-4:]))))
    return story


def _session_calls(golden: Golden) -> list[tuple[recordings.Row, str]]:
    """The bodies, and what each sender calls itself. Only where four nodes tell, it matters which."""
    here = f"http://localhost:{HERE.int}"
    if golden.calls is None:
        rows = recordings.load(WEBJS, "webhooks.json")[golden.first : golden.last + 1]
        return [(row["request"]["body"], here) for row in rows if "session_id" in row["request"]["body"]["data"]]
    row = _recorded(golden, golden.calls)
    if "attempts" in row:
        return [({"event": one["event"], "data": one["data"]}, here) for one in row["attempts"]]
    requests = [call["request"] for call in row["calls_received"] if call["request"]["path"].endswith("/webjs")]
    return [(request["body"], request["headers"]["X-Instance-Url"]) for request in requests]


def _version(golden: Golden) -> str:
    return golden.folder.removeprefix("evolution-")


def _recorded(golden: Golden, answer: Answer) -> recordings.Row:
    """The row of that name; `#2` behind it is the second one."""
    file, name = answer
    wanted, _, which = name.partition("#")
    rows = [row for row in recordings.load(golden.folder, file) if isinstance(row, dict) and row["name"] == wanted]
    return rows[int(which or 1) - 1]


def memory(golden: Golden) -> Says | None:
    """What the server's memory held at the end of the life."""
    return None if golden.memory is None else _WORDS[_word(_recorded(golden, golden.memory), golden.instance)]


def _word(row: recordings.Row, instance: str) -> str:
    if "by_node" in (row.get("response") or row):
        sessions = (row.get("response") or row)["by_node"][str(HERE.int)]["sessions"]
        return next(str(one["status"]) for one in sessions if one["session_id"] == instance)
    found = row["response"]
    polled = found.get("polled_s_state") or found.get("states", {}).get(instance)
    if polled:
        return str(polled[-1][1])
    if found["status"] == TARGETED_404:
        return "HTTP 404"
    return str(found["body"].get("status") or found["body"]["instance"]["state"])


def listed(golden: Golden) -> Listed | None:
    """The instance's row in the server's list; None where the list lacks it."""
    assert golden.listed is not None
    found = _recorded(golden, golden.listed)["response"]
    answer = answers.instance(Reply(found["status"], b"", found["body"], is_json=True), golden.instance)
    assert isinstance(answer, Ok)
    return answer.value


def before(golden: Golden, story: tuple[Observation, ...]) -> Snapshot:
    """The instance as our own create, or the time before, left it."""
    generation = max(one.generation or 1 for one in story)
    since = min(one.time for one in story if one.generation == generation) - timedelta(milliseconds=1)
    return Snapshot(
        golden.was,
        since,
        HERE,
        generation=generation,
        connecting_since=since if golden.was is Status.CONNECTING else None,
        observed_at=since,
        opened_since_pairing=golden.was is Status.CONNECTED,
        last_operation=OwnOperation(golden.own, open=True, ended_at=None) if golden.own else None,
    )


@dataclass
class Life:
    """An instance and what was kept of its way: the transitions, newest first, and whether a check is wanted."""

    snapshot: Snapshot
    transitions: tuple[Transition, ...] = ()
    needs_check: bool = False

    def see(self, seen: Observation) -> None:
        decision = advance(self.snapshot, seen)
        self.snapshot = decision.snapshot
        self.needs_check = self.needs_check or decision.needs_check
        if decision.transition is not None:
            self.transitions = (decision.transition, *self.transitions)


def live(golden: Golden, arrived: tuple[Observation, ...], *, checks: bool = True) -> Life:
    """The events in the order of arrival, then the check, if one of them asked for it, and the sweeps.

    Nothing is read while we delete it.
    """
    story = told(golden)
    life = Life(before(golden, story))
    for one in arrived:
        life.see(one)
    asked = checks and life.needs_check and golden.memory is not None and golden.own != "delete"
    for sweep in range(max(golden.sweeps, int(asked))):
        life.see(_read(golden, life.snapshot, max(one.received_at for one in arrived) + SOON * (sweep + 1)))
    return life


def _read(golden: Golden, snapshot: Snapshot, at: datetime) -> Observation:
    says = memory(golden)
    assert says is not None
    seen = Observation(_SIGHTS[says], Source.READ, HERE, received_at=at + TAKES, at=at)
    if says is Says.ABSENT:
        return replace(seen, reason=TARGETED_404)
    row = listed(golden) if golden.listed else None
    if says is Says.DISCONNECTED and row is not None:
        known = Registered(UUID(int=9), golden.instance, snapshot.status, snapshot.status_since)
        return replace(seen, reason=told_reason(row.close_reason, row.closed_at, known))
    return seen


def end(golden: Golden, life: Life) -> End:
    found = life.snapshot
    findings = diagnose(facts(golden, life))
    return End(found.status, found.error, found.qr is not None, tuple(one.code for one in findings))


def expected(golden: Golden) -> End:
    return End(golden.status, golden.error, golden.qr, golden.findings)


def facts(golden: Golden, life: Life) -> Facts:
    """What a diagnosis right after the last event would have gathered from a server that is well itself."""
    last = max(one.received_at for one in told(golden))
    now = last + SOON * (golden.sweeps + 2)
    says = memory(golden)
    at_work = golden.own == "delete"
    return Facts(
        now=now,
        registry=_registry(life.snapshot),
        server=_server(golden),
        reach=Fact(Reach(latency_ms=40), now),
        listed=Fact(_row(listed(golden)), now) if golden.listed else None,
        memory=None if says is None else Fact(says, now),
        webhook=Fact(Webhook(WebhookState.OK, "sambung.example"), now),
        last_event_at=last,
        server_event_at=last,
        transitions=life.transitions,
        open_operation=Fact("delete", last) if at_work else None,
        last_operation=Fact(Done(golden.own, "succeeded"), last) if golden.own and not at_work else None,
        elsewhere=_elsewhere(golden),
        pairings=Pairings(),
    )


def _registry(found: Snapshot) -> Registry:
    return Registry(
        status=found.status,
        status_since=found.status_since,
        connecting_since=found.connecting_since,
        error=found.error,
        error_evidence=found.error_evidence,
        phone_number=found.phone_number,
        opened_since_pairing=found.opened_since_pairing,
        qr_at=found.qr_at,
        recent_opens=found.recent_opens,
        webhook_state=WebhookState.OK,
        webhook_proven=True,
    )


def _server(golden: Golden) -> KnownServer:
    if golden.folder == WEBJS:
        return KnownServer("3001", kind="webjs")
    version = _version(golden)
    return KnownServer("VPS 1", version=version, new_qr_after_logout=traits(version).new_qr_after_logout)


def _row(found: Listed | None) -> Row:
    if found is None:
        return Row(Says.ABSENT)
    closed_by = found.closed_by.value if found.closed_by else None
    return Row(_LISTED[found.memory], found.phone_number, found.close_reason, found.closed_at, closed_by)


def _elsewhere(golden: Golden) -> Elsewhere:
    places = golden.other_places
    same_name = golden.folder == WEBJS
    seen = (Sighting(ELSEWHERE, name, Says.CONNECTED, same_name=same_name, same_number=True) for name in places)
    return Elsewhere(len(places), len(places), tuple(seen))

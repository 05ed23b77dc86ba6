"""Tells a golden sequence: recorded webhooks as observations, recorded answers as the reads that follow."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from uuid import UUID

from sambung.domain.clock import gap, learned, timing
from sambung.domain.diagnosis.facts import Says
from sambung.domain.instance import Observation, OwnOperation, Seen, Snapshot, Source, Status
from sambung.domain.meaning import TARGETED_404
from sambung.domain.reconcile import Registered, told_reason
from sambung.domain.status import advance
from sambung.gateways.evolution import answers
from sambung.gateways.evolution.webhooks import parse_webhook
from sambung.gateways.reply import read
from sambung.gateways.shape import Ok
from sambung.gateways.webjs.webhooks import parse_webhook as parse_session_webhook
from tests.contract import recordings
from tests.contract.domain.golden import WEBJS

if TYPE_CHECKING:
    from sambung.domain.instance import Transition
    from sambung.gateways.shape import Listed
    from sambung.gateways.webhook_event import WebhookEvent
    from tests.contract.domain.golden import Answer, Recorded

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
_SHORTENED = re.compile(r"\.\.\.\(truncated, \d+ chars\)")


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
def told(recorded: Recorded, ahead: timedelta = timedelta()) -> tuple[Observation, ...]:
    """The recorded events, received promptly, from a server whose clock is `ahead` of the recorded one."""
    if recorded.folder == WEBJS:
        return tuple(_told_by_nodes(recorded))
    offset, story = None, []
    for row in recordings.load(recorded.folder, "webhooks.json")[recorded.first : recorded.last + 1]:
        call = row.get("request") or row
        if call["body"]["instance"] != recorded.instance:
            continue
        event = parse_webhook(call["body"], server_id=HERE, version=version(recorded))
        assert event.date_time is not None
        received_at = event.date_time.replace(tzinfo=UTC) + TAKES
        claimed = event.date_time + ahead
        offset = learned(offset, gap(claimed, received_at))
        when = timing(claimed, received_at, offset)
        seen = observation(event, received_at, when.at, late=when.late)
        story.append(replace(seen, generation=2) if call["path"] == recorded.second_life else seen)
    if recorded.told_by_them:
        story.append(replace(story[-1], server_id=ELSEWHERE, at=story[-1].time + TAKES))
    return tuple(story)


def _told_by_nodes(recorded: Recorded) -> list[Observation]:
    """Events of the webjs nodes carry no time: they count as seen when received."""
    start = datetime(2026, 11, 21, tzinfo=UTC)
    story = []
    for number, (body, node) in enumerate(_session_calls(recorded)):
        received_at = start + timedelta(seconds=number)
        # The recording shortened the pictures; what is left of one is a picture still.
        raw = _SHORTENED.sub("", json.dumps(body)).encode()
        event = parse_session_webhook(raw, instance_url=node, received_at=received_at)
        if event.instance_name == recorded.instance:
            story.append(replace(observation(event, received_at), server_id=UUID(int=int(node[-4:]))))
    return story


def _session_calls(recorded: Recorded) -> list[tuple[recordings.Row, str]]:
    """The bodies, and what each sender calls itself. Only where four nodes tell, it matters which."""
    here = f"http://localhost:{HERE.int}"
    if recorded.calls is None:
        rows = recordings.load(WEBJS, "webhooks.json")[recorded.first : recorded.last + 1]
        return [(row["request"]["body"], here) for row in rows if "session_id" in row["request"]["body"]["data"]]
    row = _recorded(recorded, recorded.calls)
    if "attempts" in row:
        return [({"event": one["event"], "data": one["data"]}, here) for one in row["attempts"]]
    requests = [call["request"] for call in row["calls_received"] if call["request"]["path"].endswith("/webjs")]
    return [(request["body"], request["headers"]["X-Instance-Url"]) for request in requests]


def version(recorded: Recorded) -> str:
    return recorded.folder.removeprefix("evolution-")


def _recorded(recorded: Recorded, answer: Answer) -> recordings.Row:
    file, name = answer
    wanted, _, which = name.partition("#")
    rows = [row for row in recordings.load(recorded.folder, file) if isinstance(row, dict) and row["name"] == wanted]
    return rows[int(which or 1) - 1]


def memory(recorded: Recorded) -> Says | None:
    """What the server's memory held at the end of the life."""
    return None if recorded.memory is None else _WORDS[_word(_recorded(recorded, recorded.memory), recorded.instance)]


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


def listed(recorded: Recorded) -> Listed | None:
    """The instance's row in the server's list; None where the list lacks it."""
    assert recorded.listed is not None
    found = _recorded(recorded, recorded.listed)["response"]
    answer = answers.instance(read(found["status"], json.dumps(found["body"]).encode(), {}), recorded.instance)
    assert isinstance(answer, Ok)
    return answer.value


def before(recorded: Recorded, story: tuple[Observation, ...]) -> Snapshot:
    """The instance as our own create, or the time before, left it."""
    generation = max(one.generation or 1 for one in story)
    since = min(one.time for one in story if one.generation == generation) - timedelta(milliseconds=1)
    return Snapshot(
        recorded.was,
        since,
        HERE,
        generation=generation,
        connecting_since=since if recorded.was is Status.CONNECTING else None,
        observed_at=since,
        opened_since_pairing=recorded.was is Status.CONNECTED,
        last_operation=OwnOperation(recorded.own, open=True, ended_at=None) if recorded.own else None,
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


def live(recorded: Recorded, arrived: tuple[Observation, ...], *, checks: bool = True) -> Life:
    """The events in the order of arrival, then the check, if one of them asked for it, and the sweeps.

    Nothing is read while we delete it.
    """
    story = told(recorded)
    life = Life(before(recorded, story))
    for one in arrived:
        life.see(one)
    asked = checks and life.needs_check and recorded.memory is not None and recorded.own != "delete"
    for sweep in range(max(recorded.sweeps, int(asked))):
        life.see(_read(recorded, life.snapshot, max(one.received_at for one in arrived) + SOON * (sweep + 1)))
    return life


def _read(recorded: Recorded, snapshot: Snapshot, at: datetime) -> Observation:
    says = memory(recorded)
    assert says is not None
    seen = Observation(_SIGHTS[says], Source.READ, HERE, received_at=at + TAKES, at=at)
    if says is Says.ABSENT:
        return replace(seen, reason=TARGETED_404)
    row = listed(recorded) if recorded.listed else None
    if says is Says.DISCONNECTED and row is not None:
        known = Registered(UUID(int=9), recorded.instance, snapshot.status, snapshot.status_since)
        return replace(seen, reason=told_reason(row.close_reason, row.closed_at, known))
    return seen

"""Snapshots and observations in one line each, so that a test shows only what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.domain.instance import Observation, OwnOperation, Qr, Seen, Snapshot, Source, Status
from sambung.domain.status import advance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sambung.domain.instance import Decision

START = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
HERE = UUID(int=1)
ELSEWHERE = UUID(int=2)
FINAL_CODES = (401, 402, 403, 406)


def at(seconds: float) -> datetime:
    """So many seconds into the story."""
    return START + timedelta(seconds=seconds)


def snapshot(status: Status = Status.DISCONNECTED, **facts: Any) -> Snapshot:
    """An instance on HERE, seen last at START."""
    since = {"connecting_since": START} if status is Status.CONNECTING else {}
    return replace(Snapshot(status, START, HERE, observed_at=START), **{**since, **facts})


def saw(seen: Seen, seconds: float = 10, **facts: Any) -> Observation:
    """A webhook of HERE, received as it happened unless told otherwise."""
    told = {"source": Source.WEBHOOK, "server_id": HERE, "at": at(seconds), "received_at": at(seconds), **facts}
    return Observation(seen=seen, **told)


def read(seen: Seen, seconds: float = 10, **facts: Any) -> Observation:
    """A read of HERE."""
    return saw(seen, seconds, source=Source.READ, **facts)


def operation(kind: str, ended: float | None = None) -> OwnOperation:
    """Our last action: open, or ended so many seconds into the story."""
    return OwnOperation(kind, ended is None, None if ended is None else at(ended))


def run(start: Snapshot, observations: Iterable[Observation]) -> tuple[Snapshot, list[Decision]]:
    """Apply one after the other."""
    decisions = []
    for observation in observations:
        decisions.append(advance(start, observation))
        start = decisions[-1].snapshot
    return start, decisions


moments = st.integers(0, 40).map(lambda n: at(n / 4))
reasons = st.sampled_from(
    [None, 200, 401, 402, 403, 404, 406, 408, 428, 440, 500, 515, "LOGOUT", "webhook_send_failed"]
)
codes = st.sampled_from([None, *Code])
offers = st.sampled_from([None, Qr(code="one"), Qr(code="two"), Qr(pairing_code="ABCD1234")])
operations = st.none() | st.builds(
    OwnOperation, st.sampled_from(["connect", "restart", "logout", "delete"]), st.booleans(), st.none() | moments
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Any stored row."""
    status = draw(st.sampled_from(Status))
    connecting = status is Status.CONNECTING
    qr = draw(offers) if connecting else None
    return Snapshot(
        status=status,
        status_since=draw(moments),
        server_id=draw(st.sampled_from([HERE, None])),
        connecting_since=draw(moments) if connecting else None,
        observed_at=draw(st.none() | moments),
        observed_rank=draw(st.integers(0, 17_000)),
        absent_reads=draw(st.integers(0, 2)),
        close_reads=draw(st.integers(0, 2)),
        qr=qr,
        qr_at=draw(moments) if qr else None,
        opened_since_pairing=draw(st.booleans()),
        last_operation=draw(operations),
        error=draw(codes),
        expected_number=draw(st.sampled_from([None, "6281", "6282"])),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """Anything a gateway, a read or an action could say."""
    when = draw(st.none() | moments)
    return Observation(
        seen=draw(st.sampled_from(Seen)),
        source=draw(st.sampled_from(Source)),
        server_id=draw(st.sampled_from([HERE, HERE, HERE, ELSEWHERE])),
        received_at=draw(moments),
        at=when,
        late=draw(st.booleans()),
        generation=draw(st.sampled_from([None, 1, 1, 2])),
        reason=draw(reasons),
        reconnects=draw(st.booleans()),
        qr=draw(offers),
        phone_number=draw(st.sampled_from([None, "6281", "6282"])),
        code=draw(codes),
    )

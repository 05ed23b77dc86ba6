"""Whose webhook is read next, when silence is our own fault, and what is told first: by arguments alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.errors import Code
from sambung.domain.health import (
    READ_IN_TURN,
    TROUBLED_AT_MOST,
    Candidate,
    Known,
    QrReadiness,
    health_of,
    in_turn,
    silence,
    summary,
    worst,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

CANDIDATES = st.lists(
    st.builds(
        Candidate,
        id=st.uuids(),
        instance_name=st.just("toko"),
        generation=st.just(1),
        troubled=st.booleans(),
        looked_at=st.none() | st.integers(0, 10_000).map(lambda n: NOW - n * MINUTE),
    ),
    unique_by=lambda one: one.id,
    max_size=80,
)


@given(CANDIDATES)
def test_a_run_reads_so_many_at_most_and_never_one_twice(candidates: Sequence[Candidate]) -> None:
    chosen = in_turn(candidates)
    assert len({one.id for one in chosen}) == len(chosen) <= READ_IN_TURN
    assert set(chosen) <= set(candidates)


@given(CANDIDATES)
def test_the_troubled_are_read_each_time_as_far_as_they_fit(candidates: Sequence[Candidate]) -> None:
    chosen = in_turn(candidates)
    troubled = [one for one in candidates if one.troubled]
    assert sum(one.troubled for one in chosen) >= min(len(troubled), TROUBLED_AT_MOST)


@given(CANDIDATES, st.permutations(range(80)))
def test_the_choice_does_not_depend_on_the_order_of_rows(candidates: Sequence[Candidate], order: list[int]) -> None:
    shuffled = [candidates[n] for n in order if n < len(candidates)]
    assert in_turn(shuffled) == in_turn(candidates)


@given(CANDIDATES)
def test_everybody_has_a_turn(candidates: Sequence[Candidate]) -> None:
    waiting = {one.id: replace(one, looked_at=None) for one in candidates}
    for n in range(len(waiting)):
        for one in in_turn(waiting.values()):
            waiting[one.id] = replace(one, looked_at=NOW + n * MINUTE)
    assert all(one.looked_at is not None for one in waiting.values())


@pytest.mark.parametrize(
    ("since", "heard", "cause"),
    [
        (None, NOW, "timeout"),
        (NOW - 5 * MINUTE, None, "timeout"),
        (NOW - 5 * MINUTE, NOW - 6 * MINUTE, "timeout"),
        (NOW - 5 * MINUTE, NOW - 5 * MINUTE, "timeout"),
        (NOW - 5 * MINUTE, NOW - 4 * MINUTE, "webhooks_arrive"),
        (NOW - 60 * MINUTE, NOW - 15 * MINUTE, "webhooks_arrive"),
        (NOW - 60 * MINUTE, NOW - 16 * MINUTE, "timeout"),
    ],
)
def test_only_an_event_of_the_silence_itself_and_a_young_one_proves_life(
    since: datetime | None, heard: datetime | None, cause: str
) -> None:
    assert silence("timeout", since=since, last_event_at=heard, now=NOW) == cause


def known(**columns: object) -> Known:
    base = Known(
        instance_id=UUID(int=1),
        instance_name="toko",
        server_id=UUID(int=2),
        status="connected",
        status_since=NOW - MINUTE,
        connecting_since=None,
        opened_since_pairing=False,
        desired="online",
        error_code=None,
        error_evidence={},
        has_qr=False,
        qr_at=None,
        last_read_at=NOW,
        last_webhook_event_at=None,
        last_qr_event_at=None,
        webhook_state="ok",
        webhook_proven=True,
        webhook_url_host=None,
        webhook_find_ok=True,
        webhook_looked_at=NOW,
        server_enabled=True,
        server_reachable=True,
        server_error_code=None,
        server_cause=None,
    )
    return replace(base, **columns)  # type: ignore[arg-type]


DOWN = {"server_reachable": False, "server_error_code": "server_unreachable", "server_cause": "refused"}
BANNED = {"status": "error", "error_code": "account_banned"}
NO_WEBHOOK = {"webhook_state": "missing"}
STUCK = {"status": "connecting", "connecting_since": NOW - 7 * MINUTE}


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({}, None),
        ({"server_enabled": False, **DOWN}, Code.SERVER_UNREACHABLE),
        ({**DOWN, **BANNED, **NO_WEBHOOK}, Code.SERVER_UNREACHABLE),
        ({**BANNED, **NO_WEBHOOK}, Code.ACCOUNT_BANNED),
        ({**BANNED, "conflict_on": ["VPS 1", "VPS 2"]}, Code.CONFLICT_TWO_SERVERS),
        ({**NO_WEBHOOK, **STUCK}, Code.WEBHOOK_MISSING),
        ({"webhook_state": "disabled"}, Code.WEBHOOK_MISSING),
        ({"webhook_state": "incomplete"}, Code.WEBHOOK_INCOMPLETE),
        ({"webhook_state": "elsewhere", "webhook_url_host": "bot.example"}, Code.WEBHOOK_ELSEWHERE),
        ({"webhook_state": "elsewhere", "webhook_policy": "leave"}, None),
        ({"webhook_state": "missing", "webhook_policy": "global"}, None),
        ({"status": "disconnected"}, Code.NOT_CONNECTED),
        ({"opens": 3}, Code.UNSTABLE_CONNECTION),
        ({"opens": 3, "replaced": True, **NO_WEBHOOK}, Code.REPLACED_ELSEWHERE),
        ({"opens": 3, "error_evidence": {"reason": "CONFLICT"}}, Code.REPLACED_ELSEWHERE),
        ({"opens": 2, "replaced": True}, None),
        (STUCK, Code.STUCK_CONNECTING),
        ({"status": "connecting", "connecting_since": NOW, "opened_since_pairing": True}, None),
        ({**BANNED, **DOWN, "desired": "parked"}, None),
    ],
)
def test_what_hides_the_rest_is_told_first(columns: dict[str, object], code: Code | None) -> None:
    reason = health_of(known(**columns), NOW).reason
    assert (reason.code if reason else None) is code


def test_the_sentence_gets_its_values() -> None:
    stuck = health_of(known(**STUCK), NOW)
    elsewhere = health_of(known(webhook_state="elsewhere", webhook_url_host="bot.example"), NOW)
    assert stuck.reason is not None and stuck.reason.params == {"minutes": "7"}
    assert stuck.qr is QrReadiness.STUCK
    assert elsewhere.reason is not None and elsewhere.reason.params == {"host": "bot.example"}


def test_each_is_counted_once_and_the_stale_ones_only_as_stale() -> None:
    found = [
        health_of(one, NOW)
        for one in (
            known(),
            known(**STUCK),
            known(**BANNED),
            known(status="disconnected"),
            known(**DOWN),
            known(last_read_at=NOW - 16 * MINUTE),
            known(**DOWN, desired="parked"),
        )
    ]
    counted = summary(found, servers_down=1)
    assert counted == {
        "connected": 1, "connecting": 1, "disconnected": 1, "error": 1, "stale": 3, "servers_down": 1,
    }  # fmt: skip


def test_the_worst_is_an_error_before_what_may_pass_and_nothing_where_all_is_well() -> None:
    assert worst([health_of(known(), NOW)]) is None
    found = [health_of(replace(known(**c), instance_id=uuid4()), NOW) for c in (NO_WEBHOOK, STUCK, BANNED)]
    first = worst(found)
    assert first is not None and first.known.error_code == "account_banned"

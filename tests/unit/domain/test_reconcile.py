"""The sweep's plan: what is read, why, and what no list can cause."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sambung.domain.abandoned import Evidence, true_end
from sambung.domain.instance import Seen, Status, WebhookState
from sambung.domain.reconcile import (
    LOOKS_IN_ROTATION,
    Registered,
    Running,
    Turn,
    Why,
    WhyLook,
    plan,
    proves_absence,
    told_reason,
)

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
EVEN = UUID(int=2)
QUIET = Registered(
    id=EVEN,
    name="toko",
    status=Status.CONNECTED,
    status_since=NOW - timedelta(hours=3),
    last_read_at=NOW - timedelta(minutes=5),
    webhook=WebhookState.OK,
    webhook_looked_at=NOW - timedelta(minutes=5),
)
OTHERS_TURN = Turn(1, NOW)
LISTED = {"toko": Status.CONNECTED}


def why(one: Registered, listed: dict[str, Status | None] | None = None, turn: Turn = OTHERS_TURN) -> Why | None:
    reads = plan([one], LISTED if listed is None else listed, turn).reads
    return reads[0].why if reads else None


def running(action: str = "connect", seconds: float = 60) -> Running:
    return Running(uuid4(), action, NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("one", "listed", "expected"),
    [
        (QUIET, None, None),
        (QUIET._replace(needs_check=True), None, Why.NEEDS_CHECK),
        (QUIET, {}, Why.MISSING_IN_LIST),
        (QUIET, {"toko": Status.CONNECTING}, Why.LIST_DIFFERS),
        (QUIET, {"toko": None}, None),
        (QUIET._replace(status=Status.ERROR), {"toko": None}, Why.NOT_CONNECTED),
        (QUIET._replace(last_read_at=None), None, Why.NOT_READ_LATELY),
        (QUIET._replace(last_read_at=NOW - timedelta(minutes=9, seconds=1)), None, Why.NOT_READ_LATELY),
        (QUIET._replace(operation=running(seconds=46)), None, Why.UNFINISHED_OPERATION),
        (QUIET._replace(operation=running(seconds=44), needs_check=True), {}, None),
    ],
)  # fmt: skip
def test_each_doubt_costs_one_read_and_names_itself(
    one: Registered, listed: dict[str, Status | None] | None, expected: Why | None
) -> None:
    assert why(one, listed) is expected


@given(st.uuids(), st.integers(0, 10**6), st.integers(0, 540))
def test_of_two_sweeps_in_a_row_every_instance_is_read_in_one(instance_id: UUID, number: int, age: int) -> None:
    one = QUIET._replace(id=instance_id, last_read_at=NOW - timedelta(seconds=age))
    turns = [why(one, turn=Turn(n, NOW)) for n in (number, number + 1)]
    assert turns.count(Why.ITS_TURN) == 1


def test_a_quiet_one_whose_turn_it_is_not_is_read_only_when_somebody_asks() -> None:
    fresh = QUIET._replace(last_read_at=NOW - timedelta(seconds=30))
    assert why(fresh, turn=OTHERS_TURN) is None
    assert why(fresh, turn=replace(OTHERS_TURN, thorough=True)) is Why.ASKED_FOR


def test_names_the_registry_has_not_are_unmanaged_and_nothing_else() -> None:
    made = plan([QUIET], {"toko": Status.CONNECTED, "z": None, "a": Status.CONNECTED}, OTHERS_TURN)
    assert (made.unmanaged, made.reads) == (("a", "z"), ())


def look_at(one: Registered, turn: Turn = OTHERS_TURN) -> WhyLook | None:
    looks = plan([one], LISTED, turn).looks
    return looks[0].why if looks else None


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (QUIET, None),
        (QUIET._replace(webhook=WebhookState.MISSING), WhyLook.TROUBLED),
        (QUIET._replace(webhook=WebhookState.ELSEWHERE), None),
        (QUIET._replace(webhook_looked_at=None), WhyLook.SUSPECTED),
        (QUIET._replace(webhook_looked_at=NOW - timedelta(minutes=56)), WhyLook.ROTATION),
        (QUIET._replace(webhook=WebhookState.MISSING, vanished=True), None),
        (QUIET._replace(operation=running("set-webhook")), WhyLook.UNFINISHED_OPERATION),
    ],
)
def test_webhooks_are_looked_at_when_troubled_suspected_or_in_turn(one: Registered, expected: WhyLook | None) -> None:
    assert look_at(one) is expected


def test_an_hour_of_sweeps_looks_at_every_webhook_the_oldest_first() -> None:
    many = [
        QUIET._replace(id=UUID(int=n), name=f"t{n}", webhook_looked_at=NOW - timedelta(hours=2, seconds=n))
        for n in range(600)
    ]
    looks = plan(many, {one.name: Status.CONNECTED for one in many}, OTHERS_TURN).looks
    assert len(looks) == 50 > LOOKS_IN_ROTATION
    assert {look.instance.id.int for look in looks} == set(range(550, 600))


@pytest.mark.parametrize(
    ("absent_reads", "seconds_ago", "counts"), [(0, 1, True), (1, 59, False), (2, 59, False), (2, 60, True)]
)
def test_a_second_absence_counts_a_minute_after_the_first(absent_reads: int, seconds_ago: int, counts: bool) -> None:
    one = QUIET._replace(absent_reads=absent_reads, last_read_at=NOW - timedelta(seconds=seconds_ago))
    assert proves_absence(one, NOW, opens_late=True) is counts
    assert proves_absence(one, NOW, opens_late=False)


def test_a_reason_from_before_the_present_status_is_not_believed() -> None:
    assert told_reason(401, QUIET.status_since - timedelta(minutes=1), QUIET) is None
    assert told_reason(401, QUIET.status_since + timedelta(minutes=1), QUIET) == 401
    assert told_reason(401, None, QUIET) == 401


@pytest.mark.parametrize(
    ("action", "seen", "listed", "state", "forget"),
    [
        ("create", Seen.CLOSE, True, "succeeded", False),
        ("create", Seen.ABSENT, False, "failed", True),
        ("create", Seen.ABSENT, True, None, False),
        ("connect", Seen.CONNECTING, True, "succeeded", False),
        ("connect", Seen.CLOSE, True, "failed", False),
        ("logout", Seen.CLOSE, True, "succeeded", False),
        ("logout", Seen.OPEN, True, "failed", False),
        ("delete", Seen.ABSENT, False, "succeeded", True),
        ("delete", Seen.ABSENT, True, None, False),
        ("delete", Seen.CLOSE, True, None, False),
        ("delete", Seen.OPEN, True, "failed", False),
        ("restart", Seen.OPEN, True, "needs_operator", False),
        ("connect", None, True, None, False),
    ],
)
def test_an_abandoned_operation_ends_as_what_is_there_says(
    action: str, seen: Seen | None, listed: bool, state: str | None, forget: bool
) -> None:
    ending = true_end(action, Evidence(seen, listed), timedelta(minutes=1))
    assert (ending and ending.state, bool(ending and ending.forget)) == (state, forget)


@pytest.mark.parametrize("action", ["create", "connect", "logout", "delete", "restart", "set-webhook"])
@pytest.mark.parametrize("seen", [None, *Seen])
def test_no_abandoned_operation_outlives_two_sweeps(action: str, seen: Seen | None) -> None:
    ending = true_end(action, Evidence(seen, listed=True), timedelta(minutes=8, seconds=1))
    assert ending is not None


@pytest.mark.parametrize(
    ("found", "state"), [(WebhookState.OK, "succeeded"), (WebhookState.ELSEWHERE, "failed"), (None, None)]
)
def test_an_abandoned_set_webhook_ends_as_the_webhook_is_found(found: WebhookState | None, state: str | None) -> None:
    ending = true_end("set-webhook", Evidence(None, listed=True, webhook=found), timedelta(minutes=1))
    assert (ending and ending.state) == state


@pytest.mark.parametrize(
    ("action", "evidence", "state", "forget"),
    [
        ("create", Evidence(None, listed=False, sent=False), "failed", True),
        ("create", Evidence(Seen.CLOSE, listed=True, ours=False), "failed", True),
        ("delete", Evidence(None, listed=True, sent=False), "failed", False),
        ("restart", Evidence(Seen.OPEN, listed=True, sent=False), "failed", False),
        ("restart", Evidence(Seen.CLOSE, listed=True), "failed", False),
        ("recreate", Evidence(Seen.ABSENT, listed=False), "failed", False),
        ("recreate", Evidence(Seen.OPEN, listed=True), "failed", False),
        ("recreate", Evidence(Seen.CONNECTING, listed=True, reborn=True), "succeeded", False),
        ("recreate", Evidence(Seen.CONNECTING, listed=True, reborn=True, ours=False), "failed", False),
        ("sync", Evidence(Seen.OPEN, listed=True, sent=False), "succeeded", False),
        ("sync", Evidence(Seen.ABSENT, listed=False), "failed", False),
        ("release", Evidence(Seen.OPEN, listed=True), "failed", False),
        ("nobody knows", Evidence(Seen.OPEN, listed=True), "needs_operator", False),
    ],
)
def test_what_was_never_sent_or_is_not_ours_did_not_succeed(
    action: str, evidence: Evidence, state: str, forget: bool
) -> None:
    ending = true_end(action, evidence, timedelta(minutes=1))
    assert ending is not None
    assert (ending.state, ending.forget) == (state, forget)
    assert (ending.error is None) == (state == "succeeded")


@pytest.mark.parametrize("action", ["create", "connect", "logout", "delete", "restart", "recreate", "sync"])
@pytest.mark.parametrize("seen", [None, *Seen])
def test_the_second_sweep_that_looks_ends_it_however_soon_it_comes(action: str, seen: Seen | None) -> None:
    assert true_end(action, Evidence(seen, listed=True, sweeps=1), timedelta(minutes=1)) is not None

"""Leases, abandoned operations and clocks, over real PostgreSQL."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from sambung.domain.abandoned import FAILED, SUCCEEDED, Ending
from sambung.domain.instance import WebhookState
from sambung.store import operations, reconciling, sweeps
from sambung.store.connection import Connection
from sambung.store.reconciling import Ended, Looked
from sambung.store.sweeps import Swept
from tests.integration.reconciler.conftest import Fleet, many

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_a_server_is_held_by_one_until_it_is_given_back(plain: Connection, fleet: Fleet) -> None:
    mine, theirs = uuid4(), uuid4()
    assert sweeps.take(plain, mine, [fleet.server_id], MINUTE) == {fleet.server_id: 0}
    assert sweeps.take(plain, theirs, [fleet.server_id], MINUTE) == {}
    sweeps.give_back(plain, theirs, [Swept(fleet.server_id, 1, ())])
    assert sweeps.take(plain, theirs, [fleet.server_id], MINUTE) == {}
    sweeps.give_back(plain, mine, [Swept(fleet.server_id, 1, ())])
    assert sweeps.take(plain, theirs, [fleet.server_id], MINUTE) == {fleet.server_id: 1}


def test_a_lease_ends_by_itself_when_its_holder_died(plain: Connection, fleet: Fleet) -> None:
    sweeps.take(plain, uuid4(), [fleet.server_id], timedelta(0))
    assert sweeps.take(plain, uuid4(), [fleet.server_id], MINUTE) == {fleet.server_id: 1}


def test_a_server_that_could_not_be_listed_keeps_what_was_found_before(plain: Connection, fleet: Fleet) -> None:
    for listed, unmanaged in ((3, ("a", "b")), (None, ())):
        holder = uuid4()
        sweeps.take(plain, holder, [fleet.server_id], MINUTE)
        sweeps.give_back(plain, holder, [Swept(fleet.server_id, listed, unmanaged)])
    row = plain.execute("SELECT listed, unmanaged FROM server_sweeps").fetchone()
    assert row == {"listed": 3, "unmanaged": ["a", "b"]}


def begin(connection: Connection, fleet: Fleet, instance_id: UUID, action: str) -> UUID:
    plan = operations.Plan(instance_id, fleet.server_id, "toko", action, "ani", "c-1")
    return operations.begin(connection, plan)


def test_abandoned_operations_end_once_and_are_told(plain: Connection, fleet: Fleet) -> None:
    kept, gone, ended_itself = fleet.ids[:3]
    ids = {one: begin(plain, fleet, one, "delete") for one in (kept, gone, ended_itself)}
    operations.end(plain, ids[ended_itself], "succeeded", now=NOW)
    forget = Ending("succeeded", forget=True)
    wishes = [Ended(ids[kept], kept, FAILED), Ended(ids[gone], gone, forget)]
    wishes.append(Ended(ids[ended_itself], ended_itself, forget))
    assert reconciling.end_operations(plain, wishes, NOW) == 2
    assert reconciling.end_operations(plain, wishes, NOW) == 0
    left = plain.execute("SELECT id, last_operation_open FROM wa_sessions WHERE id = ANY(%s) ORDER BY id",
                         [[kept, gone, ended_itself]]).fetchall()  # fmt: skip
    assert left == [{"id": one, "last_operation_open": False} for one in (kept, ended_itself)]
    told = plain.execute("SELECT session_id, status, actor FROM wa_ops_logs ORDER BY session_id").fetchall()
    assert [(r["session_id"], r["status"], r["actor"]) for r in told] == [(kept, "failed", "ani"), (gone, "ok", "ani")]


def test_two_sweeps_that_end_the_same_operations_wait_for_nobody_in_a_circle(
    plain: Connection, second: Connection, fleet: Fleet
) -> None:
    ids = {one: begin(plain, fleet, one, "connect") for one in fleet.ids}
    wishes = [Ended(operation, one, SUCCEEDED) for one, operation in ids.items()]
    with plain.transaction():
        assert reconciling.end_operations(plain, wishes[:20], NOW) == 20
        assert reconciling.end_operations(second, wishes[::-1], NOW) == 20


def test_webhooks_found_are_kept_and_repairs_told(plain: Connection, fleet: Fleet) -> None:
    def looked(at: int, state: WebhookState, *, repaired: bool = False) -> Looked:
        return Looked(fleet.server_id, fleet.ids[at], "toko", state, "bot.example.com", NOW, repaired)

    found = [looked(1, WebhookState.ELSEWHERE), looked(0, WebhookState.OK, repaired=True)]
    assert reconciling.keep_webhooks(plain, found) == 2
    assert reconciling.keep_webhooks(plain, found[:1]) == 0
    rows = plain.execute("SELECT webhook_state, webhook_looked_at FROM wa_sessions WHERE id = ANY(%s) ORDER BY id",
                         [list(fleet.ids[:2])]).fetchall()  # fmt: skip
    assert [(r["webhook_state"], r["webhook_looked_at"]) for r in rows] == [("ok", NOW), ("elsewhere", NOW)]
    assert plain.execute("SELECT session_id, status FROM wa_ops_logs").fetchall() == [
        {"session_id": fleet.ids[0], "status": "ok"}
    ]


@pytest.mark.parametrize(
    ("known", "lags", "expected"),
    [
        (None, [], None),
        (None, [5_000, 30], 30),
        (10_800_030, [10_800_050] * 200, 10_800_050),
        (10_800_030, [10_800_031, *[30] * 12], 30),
    ],
    ids=["nothing known", "first", "drifted", "set"],
)
def test_a_servers_clock_is_learnt_again_from_its_last_events(
    plain: Connection, fleet: Fleet, known: int | None, lags: list[int], expected: int | None
) -> None:
    plain.execute("UPDATE servers SET clock_offset_ms = %s", [known])
    for at, lag in enumerate(lags):
        plain.execute(
            """INSERT INTO webhook_events (dedupe_key, server_id, instance_name, event, received_at, outcome, lag_ms)
               VALUES (%s, %s, 'toko', 'x', %s, 'applied', %s)""",
            [at.to_bytes(4, "big"), fleet.server_id, NOW + timedelta(seconds=at), lag],
        )
    reconciling.relearn_clocks(plain, [fleet.server_id])
    row = plain.execute("SELECT clock_offset_ms FROM servers").fetchone()
    assert row == {"clock_offset_ms": expected}


def test_only_the_asked_for_servers_are_registered(plain: Connection, fleet: Fleet) -> None:
    other = many(plain, 3)
    found = reconciling.registered(plain, [other.server_id])
    assert {server: len(ones) for server, ones in found.items()} == {other.server_id: 3}

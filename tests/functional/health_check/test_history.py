"""Looks become samples, samples become hours, and both are forgotten in time."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from health_check.checking import roll_up
from health_check.handler import scheduled
from sambung.edge.wiring import Parts
from sambung.store.connection import Connection
from tests.functional.health_check.conftest import AddServer, Clock, undelivered

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def vps(add_server: AddServer) -> UUID:
    return add_server("vps", "http://127.0.0.1:1")


def sampled(plain: Connection, server_id: UUID, at: datetime, latency_ms: int | None) -> None:
    plain.execute(
        "INSERT INTO health_samples (server_id, checked_at, reachable, list_ok, latency_ms) "
        "VALUES (%s, %s, %s, %s, %s)",
        [server_id, at, latency_ms is not None, latency_ms is not None, latency_ms],
    )


def hours(plain: Connection) -> list[dict[str, object]]:
    return plain.execute("SELECT * FROM health_hours ORDER BY hour").fetchall()


def test_an_hour_is_one_row_once_it_is_over(parts: Parts, plain: Connection, vps: UUID) -> None:
    for minute in range(60):
        sampled(plain, vps, NOON + timedelta(minutes=minute), None if minute < 6 else minute)
    roll_up(parts, NOON + timedelta(minutes=59, seconds=59))
    assert hours(plain) == []
    roll_up(parts, NOON + timedelta(hours=1))
    roll_up(parts, NOON + timedelta(hours=1, minutes=1))
    assert hours(plain) == [
        {
            "server_id": vps,
            "hour": NOON,
            "samples": 60,
            "reachable": 54,
            "list_ok": 54,
            "latency_ms_p50": 32,
            "latency_ms_p95": 57,
            "latency_ms_max": 59,
        }
    ]


def test_samples_are_kept_for_two_days_and_hours_for_ninety(parts: Parts, plain: Connection, vps: UUID) -> None:
    for days in (0, 1, 3, 91):
        sampled(plain, vps, NOON - timedelta(days=days), 5)
    roll_up(parts, NOON + timedelta(hours=1))
    kept = plain.execute("SELECT checked_at FROM health_samples ORDER BY 1").fetchall()
    assert [row["checked_at"] for row in kept] == [NOON - timedelta(days=1), NOON]
    assert [row["hour"] for row in hours(plain)] == [NOON - timedelta(days=days) for days in (3, 1, 0)]


def test_a_missed_hour_is_made_up_for(parts: Parts, plain: Connection, vps: UUID) -> None:
    sampled(plain, vps, NOON, 1)
    sampled(plain, vps, NOON + timedelta(hours=3), 2)
    roll_up(parts, NOON + timedelta(hours=5))
    assert len(hours(plain)) == 2


def test_a_removed_server_leaves_nothing_behind(parts: Parts, plain: Connection, vps: UUID) -> None:
    sampled(plain, vps, NOON, 1)
    roll_up(parts, NOON + timedelta(hours=1))
    plain.execute("DELETE FROM servers")
    assert hours(plain) == []


def test_a_scheduled_run_counts_what_it_saw_and_leaves_a_sample_of_each_server(
    parts: Parts, plain: Connection, add_server: AddServer, closed_port: str, clock: Clock
) -> None:
    ids = {add_server("one", closed_port), add_server("two", closed_port.replace("127.0.0.1", "127.0.0.2"))}
    told = scheduled(parts, undelivered, seconds=10)
    assert told == {"servers": 2, "reachable": 0, "alerts_opened": 0, "alerts_resolved": 0}
    found = plain.execute("SELECT server_id, checked_at, reachable, cause FROM health_samples").fetchall()
    assert {row["server_id"] for row in found} == ids
    assert {(row["checked_at"], row["reachable"], row["cause"]) for row in found} == {(clock.now, False, "refused")}

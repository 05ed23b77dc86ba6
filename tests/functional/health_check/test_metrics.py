"""What the dashboard draws comes from transitions, looks, events and syncs, and tells what nobody could see."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from health_check.handler import NOBODY, watched
from sambung.edge.wiring import Parts
from sambung.store import uptime
from sambung.store.connection import Connection
from tests.calling import Api
from tests.functional.health_check.conftest import AddInstance, AddServer, Clock

DAY = timedelta(hours=24)


@pytest.fixture
def vps(add_server: AddServer) -> UUID:
    return add_server("vps", "http://127.0.0.1:1")


@pytest.fixture
def toko(plain: Connection, add_instance: AddInstance, vps: UUID, clock: Clock) -> UUID:
    """A number that we have watched for long and that was connected all the time."""
    plain.execute("DELETE FROM blind_spans")
    return add_instance(vps, "toko", status="connected", created_at=clock.now - timedelta(days=90))


def changed(plain: Connection, instance_id: UUID, at: datetime, old: str, new: str) -> None:
    plain.execute(
        "INSERT INTO status_transitions (session_id, old_status, new_status, reason, source, event_time) "
        "VALUES (%s, %s, %s, 'close', 'read', %s)",
        [instance_id, old, new, at],
    )


def shares(api: Api, instance_id: UUID, window: str = "24h") -> dict[str, float]:
    (one,) = api.get(f"/api/metrics/uptime?instance_id={instance_id}&window={window}").json["items"]
    return {word: round(part, 4) for word, part in one["shares"].items() if part}


def test_shares_weigh_each_status_by_its_time(api: Api, plain: Connection, toko: UUID, clock: Clock) -> None:
    changed(plain, toko, clock.now - timedelta(hours=12), "connected", "disconnected")
    changed(plain, toko, clock.now - timedelta(hours=6), "disconnected", "connected")
    assert shares(api, toko) == {"connected": 0.75, "disconnected": 0.25}
    assert shares(api, toko, "30d") == {"connected": round(1 - 6 / 720, 4), "disconnected": round(6 / 720, 4)}


def test_while_its_server_did_not_answer_an_instance_is_unknown(
    api: Api, parts: Parts, plain: Connection, toko: UUID, vps: UUID, clock: Clock
) -> None:
    plain.execute("UPDATE servers SET unreachable_since = %s", [clock.now])
    watched(parts)
    clock.pass_(hours=6)
    plain.execute("UPDATE servers SET unreachable_since = NULL")
    plain.execute("UPDATE wa_sessions SET last_read_at = %s", [clock.now])
    watched(parts)
    clock.pass_(minutes=1)
    plain.execute("UPDATE wa_sessions SET last_read_at = %s", [clock.now])
    assert shares(api, toko) == {"connected": 0.75, "unknown": 0.25}


def test_a_number_that_nobody_read_for_a_quarter_of_an_hour_is_unknown(
    api: Api, parts: Parts, plain: Connection, toko: UUID, clock: Clock
) -> None:
    for _ in range(6 * 60 // 5):
        clock.pass_(minutes=5)
        watched(parts)
    assert shares(api, toko) == {"connected": round(18.25 / 24, 4), "unknown": round(5.75 / 24, 4)}
    plain.execute("UPDATE wa_sessions SET last_read_at = %s", [clock.now])
    watched(parts)
    assert shares(api, toko) == {"connected": round(18.25 / 24, 4), "unknown": round(5.75 / 24, 4)}


def test_while_sambung_itself_did_not_look_everything_is_unknown(
    api: Api, parts: Parts, plain: Connection, toko: UUID, clock: Clock
) -> None:
    watched(parts)
    clock.pass_(hours=12)
    plain.execute("UPDATE wa_sessions SET last_read_at = %s", [clock.now])
    watched(parts)
    assert shares(api, toko) == {"connected": 0.5, "unknown": 0.5}


def test_before_sambung_looked_for_the_first_time_nothing_is_known(
    api: Api, parts: Parts, add_instance: AddInstance, vps: UUID, clock: Clock
) -> None:
    legacy = add_instance(vps, "lama", status="connected", created_at=clock.now - timedelta(days=400))
    watched(parts)
    (one,) = api.get(f"/api/metrics/uptime?instance_id={legacy}").json["items"]
    assert (one["shares"]["unknown"], one["uptime"]) == (1.0, None)


def test_a_server_that_it_had_left_hides_an_instance_only_until_then(
    api: Api, plain: Connection, toko: UUID, vps: UUID, add_server: AddServer, clock: Clock
) -> None:
    dead = add_server("dead", "http://127.0.0.1:2")
    plain.execute(
        "INSERT INTO blind_spans (server_id, began_at) VALUES (%s, %s)", [dead, clock.now - timedelta(hours=12)]
    )
    plain.execute(
        "INSERT INTO sync_events (session_id, instance_name, old_server_id, new_server_id, found_by, outcome, "
        "correlation_id, created_at) VALUES (%s, 'toko', %s, %s, 'send', 'moved', 'c', %s)",
        [toko, dead, vps, clock.now - timedelta(hours=6)],
    )
    assert shares(api, toko) == {"connected": 0.75, "unknown": 0.25}


def test_forgetting_what_is_old_changes_no_window(
    api: Api, parts: Parts, plain: Connection, toko: UUID, clock: Clock
) -> None:
    for days in (150, 120, 110):
        changed(plain, toko, clock.now - timedelta(days=days), "connected", "disconnected")
        changed(plain, toko, clock.now - timedelta(days=days - 1), "disconnected", "connected")
    changed(plain, toko, clock.now - timedelta(days=3), "connected", "disconnected")
    changed(plain, toko, clock.now - timedelta(days=2), "disconnected", "connected")
    before = shares(api, toko, "30d")
    with parts.database.transaction() as connection:
        uptime.forget_old(connection, clock.now)
    assert plain.execute("SELECT count(*) AS n FROM status_transitions").fetchone() == {"n": 2}
    assert shares(api, toko, "30d") == before


def test_since_when_a_number_is_down_is_never_forgotten(
    parts: Parts, plain: Connection, toko: UUID, clock: Clock
) -> None:
    for days, old, new in ((300, "connecting", "connected"), (200, "connected", "connecting"),
                           (199, "connecting", "disconnected"), (198, "disconnected", "error")):  # fmt: skip
        changed(plain, toko, clock.now - timedelta(days=days), old, new)
    with parts.database.transaction() as connection:
        uptime.forget_old(connection, clock.now)
    kept = plain.execute("SELECT old_status, new_status FROM status_transitions ORDER BY id").fetchall()
    assert [tuple(row.values()) for row in kept] == [("connected", "connecting"), ("disconnected", "error")]


def test_the_uptime_of_an_instance_that_nobody_knows_is_not_found(api: Api) -> None:
    assert api.get(f"/api/metrics/uptime?instance_id={uuid4()}").status == 404
    assert api.get("/api/metrics/uptime?window=2d").status == 422


def test_a_strip_shows_every_instance_in_cells_and_is_not_sent_twice(
    api: Api, plain: Connection, toko: UUID, clock: Clock
) -> None:
    clock.now = clock.now.replace(minute=7, second=0, microsecond=0)
    plain.execute("UPDATE wa_sessions SET last_read_at = %s", [clock.now])
    changed(plain, toko, clock.now - timedelta(hours=3), "connected", "error")
    changed(plain, toko, clock.now - timedelta(hours=2), "error", "connected")
    first = api.get("/api/metrics/strips")
    assert (first.json["cells"], first.json["step_s"]) == (96, 900)
    (one,) = first.json["items"]
    assert one["instance_id"] == str(toko)
    assert one["runs"] == [[83, "connected"], [5, "error"], [8, "connected"]]
    clock.pass_(minutes=5)
    assert api.get("/api/metrics/strips", headers={"if-none-match": first.headers["etag"]}).status == 304
    clock.pass_(minutes=5)
    assert api.get("/api/metrics/strips", headers={"if-none-match": first.headers["etag"]}).status == 200


def test_latencies_are_medians_of_steps_and_gaps_where_nothing_answered(
    api: Api, plain: Connection, vps: UUID, clock: Clock
) -> None:
    clock.now = clock.now.replace(second=30, microsecond=0)
    for minutes, latency in ((2, 10), (1, None), (0, 30)):
        plain.execute(
            "INSERT INTO health_samples (server_id, checked_at, reachable, list_ok, latency_ms) "
            "VALUES (%s, %s, %s, true, %s)",
            [vps, clock.now - timedelta(minutes=minutes), latency is not None, latency],
        )
    told = api.get("/api/metrics/servers?window=1h").json
    (one,) = told["items"]
    assert (one["name"], told["step_s"]) == ("vps", 60)
    assert one["latencies_ms"] == [None] * 57 + [10, None, 30]
    assert one["answered"][-3:] == [1, 0, 1]
    assert one["looks"][-4:] == [0, 1, 1, 1]
    assert len(api.get("/api/metrics/servers").json["items"][0]["latencies_ms"]) == 96


def test_events_are_counted_by_the_minute(api: Api, plain: Connection, vps: UUID, clock: Clock) -> None:
    clock.now = clock.now.replace(second=30, microsecond=0)
    for n, minutes in enumerate((0, 0, 3, 90)):
        plain.execute(
            "INSERT INTO webhook_events (dedupe_key, server_id, instance_name, event, received_at, outcome) "
            "VALUES (%s, %s, 'toko', 'connection.update', %s, 'applied')",
            [bytes([n]), vps, clock.now - timedelta(minutes=minutes)],
        )
    told = api.get("/api/metrics/events").json
    assert (told["counts"], told["total"]) == ([0] * 56 + [1, 0, 0, 2], 3)
    assert api.get("/api/metrics/events?window=24h").json["total"] == 4


def test_syncs_are_counted_with_who_found_them_and_rated_only_when_there_are_enough(
    api: Api, plain: Connection, clock: Clock
) -> None:
    def found(count: int, found_by: str, outcome: str) -> None:
        plain.execute(
            "INSERT INTO sync_events (session_id, instance_name, found_by, outcome, correlation_id, created_at) "
            "SELECT %s, 'toko', %s, %s, 'c', %s FROM generate_series(1, %s)",
            [NOBODY, found_by, outcome, clock.now - timedelta(hours=2), count],
        )

    found(30, "webhook", "moved")
    found(18, "send", "moved")
    found(1, "reconcile", "not_found")
    plain.execute("INSERT INTO verification_hours VALUES (%s, 21)", [clock.now - timedelta(hours=2)])
    told = api.get("/api/metrics/sync").json
    assert (told["sync_events"], told["auto_syncs"], told["verification_failures"]) == (48, 18, 21)
    assert told["found_by"] == {"webhook": 30, "send": 18}
    assert told["success"] == {"ok": 48, "of": 49, "rate": None, "target": 99.0, "needed": 50}
    found(1, "check", "conflict")
    told = api.get("/api/metrics/sync").json
    assert (told["success"]["rate"], told["not_found"], told["conflicts"]) == (96.0, 1, 1)
    assert api.get("/api/metrics/sync?window=1h").json["sync_events"] == 0

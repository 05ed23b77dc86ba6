"""Many reads written at once end as if each had been written alone, whatever others write meanwhile."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import dict_row

from sambung.domain.instance import Observation, Qr, Seen, Source
from sambung.store import sightings, snapshots
from sambung.store.connection import Connection
from sambung.store.sightings import Sight
from tests.integration.reconciler.conftest import Fleet

NOW = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
COLUMNS = """status, status_since, connecting_since, observed_at, observed_rank, recent_opens, close_reads,
    absent_reads, qr_code, qr_image, pairing_code, qr_count, qr_at, opened_since_pairing, error_code, error_evidence,
    phone_number, profile_name, needs_check, last_read_at"""
# Each is what a read can see, with or without what a list adds to it.
READS = st.sampled_from(
    [
        {"seen": Seen.OPEN},
        {"seen": Seen.OPEN, "phone_number": "628110000001", "profile_name": "Toko"},
        {"seen": Seen.CONNECTING},
        {"seen": Seen.CLOSE},
        {"seen": Seen.CLOSE, "reason": 401},
        {"seen": Seen.CLOSE, "reason": 403},
        {"seen": Seen.ABSENT, "reason": 404},
    ]
)


def saw(server_id: UUID, seconds: int, **what: Any) -> Observation:
    at = NOW + timedelta(seconds=seconds)
    return Observation(source=Source.READ, server_id=server_id, received_at=at, at=at, **what)


def sight(instance_id: UUID, seen: Observation, revision: int = 0) -> Sight:
    return Sight(instance_id, revision, seen)


def state(connection: Connection, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    return connection.execute(
        f"SELECT {COLUMNS} FROM wa_sessions WHERE id = ANY(%s) ORDER BY id", [list(ids)]
    ).fetchall()


def moves(connection: Connection, ids: Sequence[UUID]) -> list[tuple[int, str, str, str]]:
    rows = connection.execute(
        "SELECT session_id, old_status, new_status, reason FROM status_transitions WHERE session_id = ANY(%s)",
        [list(ids)],
    ).fetchall()
    place = {one: at for at, one in enumerate(ids)}
    return sorted((place[r["session_id"]], r["old_status"], r["new_status"], r["reason"]) for r in rows)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(st.lists(READS, min_size=20, max_size=20), min_size=1, max_size=4))
def test_together_is_as_one_by_one(plain: Connection, fleet: Fleet, rounds: list[list[dict[str, Any]]]) -> None:
    together, alone = fleet.ids[:20], fleet.ids[20:]
    plain.execute("DELETE FROM status_transitions")
    plain.execute(
        """UPDATE wa_sessions SET status = 'connecting', observed_at = NULL, observed_rank = 0, close_reads = 0,
           absent_reads = 0, qr_code = 'code', qr_at = '2026-05-06Z', status_since = '2026-05-06Z', phone_number = NULL,
           profile_name = NULL, opened_since_pairing = false, error_code = NULL, error_evidence = '{}',
           needs_check = false, last_read_at = NULL, connecting_since = NULL"""
    )
    for number, seen in enumerate(rounds):
        observations = [saw(fleet.server_id, number, **one) for one in seen]
        with plain.transaction():
            sightings.observe_all(plain, [sight(i, o) for i, o in zip(together, observations, strict=True)])
        with plain.transaction():
            for instance_id, observation in zip(alone, observations, strict=True):
                snapshots.observe(plain, instance_id, observation)
    assert state(plain, together) == state(plain, alone)
    assert moves(plain, together) == moves(plain, alone)


def test_what_a_webhook_said_since_the_read_began_stands(plain: Connection, fleet: Fleet) -> None:
    one = fleet.ids[0]
    with plain.transaction():
        snapshots.observe(plain, one, saw(fleet.server_id, 10, seen=Seen.OPEN))
        sightings.observe_all(plain, [sight(one, saw(fleet.server_id, 5, seen=Seen.CLOSE))])
    (row,) = state(plain, [one])
    assert (row["status"], row["last_read_at"]) == ("connected", NOW + timedelta(seconds=10))


def test_a_wish_for_a_check_ends_with_the_read_that_was_decided_on_after_it(plain: Connection, fleet: Fleet) -> None:
    early, known = fleet.ids[:2]
    plain.execute("UPDATE wa_sessions SET needs_check = true, revision = 7")
    with plain.transaction():
        sights = [sight(early, saw(fleet.server_id, 1, seen=Seen.OPEN, phone_number="62811"), 6)]
        sights.append(sight(known, saw(fleet.server_id, 1, seen=Seen.OPEN, phone_number="62811"), 7))
        sightings.observe_all(plain, sights)
    assert [row["needs_check"] for row in state(plain, [early, known])] == [True, False]


def test_a_qr_code_is_kept_while_connecting_and_gone_when_open(plain: Connection, fleet: Fleet) -> None:
    waiting, opened = fleet.ids[:2]
    code = saw(fleet.server_id, 1, seen=Seen.QR, qr=Qr(code="2@x", image="data:image/png;base64,AA==", count=3))
    with plain.transaction():
        for one in (waiting, opened):
            snapshots.observe(plain, one, code)
        sights = [sight(waiting, saw(fleet.server_id, 2, seen=Seen.CONNECTING))]
        sightings.observe_all(plain, [*sights, sight(opened, saw(fleet.server_id, 2, seen=Seen.OPEN))])
    kept, gone = state(plain, [waiting, opened])
    assert (kept["qr_code"], kept["qr_count"], gone["qr_code"], gone["qr_at"]) == ("2@x", 3, None, None)


def test_a_change_that_only_a_read_saw_makes_the_webhook_suspect(plain: Connection, fleet: Fleet) -> None:
    changed, same = fleet.ids[:2]
    plain.execute("UPDATE wa_sessions SET webhook_looked_at = now(), status = 'connected', observed_at = '2020-01-01Z'")
    with plain.transaction():
        sights = [sight(changed, saw(fleet.server_id, 1, seen=Seen.CLOSE))]
        sightings.observe_all(plain, [*sights, sight(same, saw(fleet.server_id, 1, seen=Seen.OPEN))])
    looked = plain.execute("SELECT webhook_looked_at IS NULL AS due FROM wa_sessions WHERE id = ANY(%s) ORDER BY id",
                           [[changed, same]]).fetchall()  # fmt: skip
    assert [row["due"] for row in looked] == [True, False]


def test_an_instance_deleted_meanwhile_is_passed_over(plain: Connection, fleet: Fleet) -> None:
    gone, there = fleet.ids[:2]
    plain.execute("DELETE FROM wa_sessions WHERE id = %s", [gone])
    with plain.transaction():
        decisions = sightings.observe_all(
            plain, [sight(one, saw(fleet.server_id, 1, seen=Seen.OPEN)) for one in (gone, there)]
        )
    assert set(decisions) == {there}


def test_overlapping_sweeps_and_webhooks_neither_block_nor_lose_anything(database_url: str, fleet: Fleet) -> None:
    """Four writers of all rows in opposite orders, beside one that writes rows one by one."""

    def sweep(number: int) -> None:
        with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
            ids = fleet.ids if number % 2 else fleet.ids[::-1]
            for round_ in range(5):
                seconds = round_ * 10 + number
                with connection.transaction():
                    made = sightings.observe_all(
                        connection, [sight(one, saw(fleet.server_id, seconds, seen=Seen.CONNECTING)) for one in ids]
                    )
                assert set(made) == set(fleet.ids)

    def one_by_one() -> None:
        with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
            for instance_id in fleet.ids:
                with connection.transaction():
                    snapshots.observe(connection, instance_id, saw(fleet.server_id, 100, seen=Seen.OPEN))

    with ThreadPoolExecutor(5) as pool:
        work = [pool.submit(sweep, number) for number in range(4)] + [pool.submit(one_by_one)]
        for one in work:
            one.result(60)
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        assert {(row["status"], row["observed_at"]) for row in state(connection, fleet.ids)} == {
            ("connected", NOW + timedelta(seconds=100))
        }

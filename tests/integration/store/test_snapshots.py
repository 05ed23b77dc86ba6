"""A snapshot survives the database, and of two writers that read the same row one wins."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sambung.domain.errors import Code
from sambung.domain.instance import Decision, Qr, Snapshot, Source, Status, Transition
from sambung.store import snapshots
from sambung.store.connection import Connection, Database
from tests.rows import Registry

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def test_a_written_snapshot_is_read_back_as_it_was(database: Database, registry: Registry) -> None:
    with database.transaction() as connection:
        before = snapshots.read(connection, registry.instance_id)
        assert before is not None
        wanted = replace(
            before.snapshot,
            status=Status.CONNECTING,
            status_since=NOW,
            connecting_since=NOW,
            observed_at=NOW,
            observed_rank=3,
            recent_opens=(NOW - timedelta(minutes=2), NOW),
            close_reads=1,
            absent_reads=2,
            qr=Qr(code="2@abc", image="data:image/png;base64,AA==", pairing_code="ABCD1234", count=4),
            qr_at=NOW,
            opened_since_pairing=True,
            error=Code.SESSION_ENDED,
            error_evidence={"reason": 402},
            phone_number="6281",
            profile_name="Toko 'Éé' \U0001f600",
        )
        assert snapshots.apply(connection, registry.instance_id, before.revision, decision(wanted))
    with database.transaction() as connection:
        after = snapshots.read(connection, registry.instance_id)
    assert after is not None
    assert after.snapshot == wanted


def test_a_transition_is_kept_with_the_change(database: Database, registry: Registry, plain: Connection) -> None:
    with database.transaction() as connection:
        before = snapshots.read(connection, registry.instance_id)
        assert before is not None
        moved = Transition(Status.DISCONNECTED, Status.CONNECTED, "open", Source.READ, registry.server_id, NOW)
        connected = replace(before.snapshot, status=Status.CONNECTED)
        snapshots.apply(connection, registry.instance_id, before.revision, decision(connected, moved), read_at=NOW)
    kept = plain.execute("SELECT old_status, new_status, reason, source, event_time FROM status_transitions").fetchall()
    assert kept == [
        {"old_status": "disconnected", "new_status": "connected", "reason": "open", "source": "read", "event_time": NOW}
    ]
    assert plain.execute("SELECT last_read_at FROM wa_sessions").fetchone() == {"last_read_at": NOW}


def test_a_write_over_a_row_that_changed_is_refused_and_leaves_no_transition(
    database: Database, registry: Registry, plain: Connection
) -> None:
    with database.transaction() as connection:
        before = snapshots.read(connection, registry.instance_id)
        assert before is not None
        assert snapshots.apply(connection, registry.instance_id, before.revision, decision(before.snapshot))
        moved = Transition(Status.DISCONNECTED, Status.ERROR, "late", Source.READ, registry.server_id, NOW)
        late = decision(replace(before.snapshot, status=Status.ERROR), moved)
        assert not snapshots.apply(connection, registry.instance_id, before.revision, late)
    assert plain.execute("SELECT status FROM wa_sessions").fetchone() == {"status": "disconnected"}
    assert plain.execute("SELECT FROM status_transitions").fetchall() == []


def test_of_many_writers_at_once_exactly_one_wins(database_url: str, database: Database, registry: Registry) -> None:
    with database.transaction() as connection:
        before = snapshots.read(connection, registry.instance_id)
    assert before is not None

    def write(number: int) -> bool:
        changed = replace(before.snapshot, profile_name=f"writer {number}")
        with closing(Database(database_url)) as own, own.transaction() as connection:
            return snapshots.apply(connection, registry.instance_id, before.revision, decision(changed))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(write, range(8))) == [False] * 7 + [True]


def test_a_wish_for_a_check_stays_until_a_check_answers_it(
    database: Database, registry: Registry, plain: Connection
) -> None:
    def write(*, needs_check: bool, checked: bool = False) -> bool:
        with database.transaction() as connection:
            before = snapshots.read(connection, registry.instance_id)
            assert before is not None
            wish = Decision(before.snapshot, None, needs_check, applied=True)
            snapshots.apply(connection, registry.instance_id, before.revision, wish, checked=checked)
        row = plain.execute("SELECT needs_check FROM wa_sessions").fetchone()
        return row is not None and bool(row["needs_check"])

    assert write(needs_check=True)
    assert write(needs_check=False)
    assert not write(needs_check=False, checked=True)
    assert write(needs_check=True, checked=True)


def test_an_unknown_instance_is_none(database: Database, registry: Registry) -> None:
    with database.transaction() as connection:
        assert snapshots.read(connection, uuid4()) is None


def decision(snapshot: Snapshot, transition: Transition | None = None) -> Decision:
    return Decision(snapshot, transition, needs_check=False, applied=True)

"""A database from before Sambung is upgraded in place: every row stays, and everything the product does works on it."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sambung.domain.instance import Decision, Status
from sambung.store import migrations, snapshots
from sambung.store.connection import Connection
from tests import rows
from tests.integration.store import old_databases

NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")


@pytest.fixture(params=list(old_databases.ALL))
def old(request: pytest.FixtureRequest, empty_database_url: str) -> str:
    """An old database of each kind."""
    return old_database(empty_database_url, old_databases.ALL[request.param])


def test_no_row_is_lost(old: str) -> None:
    before = {table: ids(old, table) for table in tables(old)}
    migrations.apply(old)
    after = tables(old)
    assert all(ids(old, f"legacy_{t}" if f"legacy_{t}" in after else t) >= kept for t, kept in before.items())
    assert ids(old, "wa_sessions") == before.get("wa_sessions", set())


def test_a_second_run_changes_nothing(old: str) -> None:
    migrations.apply(old)
    once = everything(old)
    assert migrations.apply(old) == []
    assert everything(old) == once


def test_every_instance_has_a_client_a_known_status_and_a_name_of_its_own(old: str) -> None:
    migrations.apply(old)
    found = select(
        old,
        "SELECT s.status, client_id, instance_name, name FROM wa_sessions s LEFT JOIN clients c ON c.id = client_id",
    )
    assert all(row["status"] in set(Status) and row["name"] for row in found)
    assert all(NAME.match(row["instance_name"]) for row in found)
    assert len({(row["client_id"], row["instance_name"]) for row in found}) == len(found)


def test_what_the_product_does_works_on_it(old: str) -> None:
    migrations.apply(old)
    with psycopg.connect(old, autocommit=True, row_factory=dict_row) as connection:
        client = connection.execute("INSERT INTO clients (name) VALUES ('Baru') RETURNING id").fetchone()
        assert client is not None
        server = rows.server(connection, "evo-1")
        for name in ("satu", "dua"):
            made = rows.instance(connection, client["id"], server, name)
            for status in Status:
                assert observed(connection, made, status)
        with pytest.raises(psycopg.errors.UniqueViolation):
            rows.instance(connection, client["id"], None, "satu")
        with pytest.raises((psycopg.errors.ForeignKeyViolation, psycopg.errors.RestrictViolation)):  # by version
            connection.execute("DELETE FROM clients WHERE id = %s", [client["id"]])
        for row in connection.execute("SELECT id FROM wa_sessions").fetchall():
            assert observed(connection, row["id"], Status.CONNECTING)


def test_columns_policies_and_the_publication_stay(empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.WITH_NAMES)
    policies = select(address, "SELECT * FROM pg_policies ORDER BY policyname")
    migrations.apply(address)
    assert select(address, "SELECT * FROM pg_policies ORDER BY policyname") == policies
    assert select(address, "SELECT tablename FROM pg_publication_tables WHERE pubname = 'supabase_realtime'") == [
        {"tablename": "wa_sessions"}
    ]
    kept = select(
        address,
        "SELECT session_data, last_error, phone_number, legacy_revision FROM wa_sessions WHERE status = 'connected'",
    )
    assert kept == [
        {"session_data": {"kept": "Toko 1"}, "last_error": None, "phone_number": "+62811", "legacy_revision": "x"}
    ]
    assert select(address, "SELECT relrowsecurity FROM pg_class WHERE relname = 'wa_sessions'") == [
        {"relrowsecurity": True}
    ]


def test_names_that_were_shared_or_missing_become_readable(empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.WITH_NAMES)
    migrations.apply(address)
    first = select(
        address,
        "SELECT instance_name, status FROM wa_sessions JOIN clients c ON c.id = client_id WHERE name = 'Toko 1'",
    )
    assert {"instance_name": "toko", "status": "connected"} in first
    assert "toko-2" in {row["instance_name"] for row in first}
    assert "toko-1" in {row["instance_name"] for row in first}


def test_old_triggers_sleep_during_the_upgrade_and_wake_again(empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.FIRST)
    migrations.apply(address)
    assert select(address, "SELECT DISTINCT updated_at FROM wa_sessions") == [
        {"updated_at": datetime(2024, 1, 1, tzinfo=UTC)}
    ]
    select(address, "UPDATE wa_sessions SET label = 'x' RETURNING id")
    assert select(address, "SELECT count(*) AS touched FROM wa_sessions WHERE updated_at > '2024-01-02Z'") == [
        {"touched": 5}
    ]


def test_old_statuses_are_mapped_by_their_meaning_and_old_times_read_as_utc(empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.BARE)
    migrations.apply(address)
    counted = select(address, "SELECT status, count(*) AS n FROM wa_sessions GROUP BY status ORDER BY status")
    assert {row["status"]: row["n"] for row in counted} == {
        "connected": 1,
        "connecting": 1,
        "disconnected": 2,
        "error": 1,
    }
    assert select(address, "SELECT created_at FROM wa_sessions WHERE status = 'connected'") == [
        {"created_at": datetime(2024, 1, 1, 10, tzinfo=UTC)}
    ]


def test_browser_roles_of_a_hosted_database_see_none_of_our_tables(empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.PLATFORM)
    migrations.apply(address)
    with psycopg.connect(address) as connection:
        connection.execute("SET ROLE anon")
        for table in sorted(tables(address) | {"_yoyo_migration"}):
            assert connection.execute(f"SELECT FROM {table}".encode()).fetchall() == []


@pytest.mark.parametrize("word", old_databases.REFUSED)
def test_what_cannot_be_upgraded_is_refused_before_anything_changes(word: str, empty_database_url: str) -> None:
    address = old_database(empty_database_url, old_databases.REFUSED[word])
    before = everything(address)
    with pytest.raises(migrations.MigrationFailed, match=rf"{word}.*Nothing was changed"):
        migrations.apply(address)
    assert everything(address) == before


def old_database(address: str, script: str) -> str:
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(script.encode())
    return address


def observed(connection: Connection, instance_id: Any, status: Status) -> bool:
    """Whether the instance can be given the status."""
    before = snapshots.read(connection, instance_id)
    assert before is not None
    decision = Decision(replace(before.snapshot, status=status), None, needs_check=False, applied=True)
    return snapshots.apply(connection, instance_id, before.revision, decision)


def select(address: str, statement: str) -> list[dict[str, Any]]:
    with psycopg.connect(address, autocommit=True, row_factory=dict_row) as connection:
        return connection.execute(statement.encode()).fetchall()


def tables(address: str) -> set[str]:
    found = select(
        address,
        "SELECT relname AS table_name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    return {row["table_name"] for row in found if "yoyo" not in row["table_name"]}


def ids(address: str, table: str) -> set[Any]:
    return {row["id"] for row in select(address, f"SELECT id FROM {table}")}


def everything(address: str) -> dict[str, list[dict[str, Any]]]:
    return {table: select(address, f"SELECT * FROM {table} t ORDER BY t::text") for table in sorted(tables(address))}

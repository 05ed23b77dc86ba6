"""The schema is reached from nothing, again, and by several at once."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from sambung.store import migrations
from sambung.store.migrations import MigrationFailed

ROOT = Path(__file__).parents[3]
ALL = sorted(path.stem for path in (ROOT / "migrations").glob("*.sql"))


def test_an_empty_database_gets_every_migration_and_a_first_client(empty_database_url: str) -> None:
    assert migrations.apply(empty_database_url) == ALL
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("SELECT name FROM clients").fetchall() == [("Bisnis saya",)]


def test_a_second_run_changes_nothing(empty_database_url: str) -> None:
    migrations.apply(empty_database_url)
    assert migrations.apply(empty_database_url) == []


def test_several_processes_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    running = [start(empty_database_url) for _ in range(4)]
    said = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    assert min(out.strip() for out, _ in said) == f"applied: {', '.join(ALL)}"
    assert sum("nothing to apply" in out for out, _ in said) == 3


def test_a_run_killed_in_the_middle_leaves_nothing_in_the_way(empty_database_url: str) -> None:
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        # A table lock the run must wait for stands in for "in the middle".
        connection.execute("CREATE TABLE clients (id uuid PRIMARY KEY, name text)")
        with connection.transaction():
            connection.execute("LOCK TABLE clients")
            process = start(empty_database_url)
            wait_until_blocked(connection)
            process.kill()
            process.communicate(timeout=10)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS yoyo_lock (locked int PRIMARY KEY DEFAULT 1, ctime timestamp, pid int NOT NULL)"
        )
        connection.execute("INSERT INTO yoyo_lock (ctime, pid) VALUES (now(), 1) ON CONFLICT DO NOTHING")
    assert migrations.apply(empty_database_url) == ALL


def test_a_migration_that_fails_changes_nothing_and_is_tried_again(empty_database_url: str, tmp_path: Path) -> None:
    broken = tmp_path / "0001.broken.sql"
    broken.write_text("CREATE TABLE half (id int);\nSELECT no_such_function();\n")
    with pytest.raises(MigrationFailed, match="no_such_function"):
        migrations.apply(empty_database_url, tmp_path)
    broken.write_text("CREATE TABLE half (id int);\n")
    assert migrations.apply(empty_database_url, tmp_path) == ["0001.broken"]


def test_a_database_out_of_reach_is_told_in_one_line() -> None:
    done = subprocess.run(
        command(), env=environment("postgresql://nobody@127.0.0.1:1/none"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "127.0.0.1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_address_names_the_variable() -> None:
    done = subprocess.run(command(), env=environment(""), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "SAMBUNG_DATABASE_URL" in done.stderr


def test_a_folder_without_migrations_is_told(empty_database_url: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationFailed, match="no migrations"):
        migrations.apply(empty_database_url, tmp_path)


def start(database_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(), env=environment(database_url), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def command() -> list[str]:
    return [sys.executable, "-W", "error", "-m", "sambung.store.migrations"]


def environment(database_url: str) -> dict[str, str]:
    return {**os.environ, "SAMBUNG_DATABASE_URL": database_url, "PYTHONPATH": str(ROOT / "layers" / "common")}


def wait_until_blocked(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Until another backend of this database waits for a lock."""
    blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while connection.execute(blocked).fetchone() is None:
        connection.execute("SELECT pg_sleep(0.02), pg_stat_clear_snapshot()")

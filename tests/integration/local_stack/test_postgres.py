"""The private PostgreSQL starts, stops and recovers, and leaves other processes alone."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from local import postgres_account
from local.children import Mark, alive, command_of, mark_of, wait_until_gone
from local.errors import AlreadyRunningError, StackError
from local.postgres import EmbeddedPostgres
from local.settings import ROOT

HOLD = """
import sys, pathlib, time
from local.postgres import EmbeddedPostgres
with EmbeddedPostgres(pathlib.Path(sys.argv[1]), durable=False) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


def fast(home: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(home, durable=False)


def query(server: EmbeddedPostgres, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def living(pid: int) -> Mark:
    mark = mark_of(pid)
    assert mark is not None
    return mark


def held_by_another_process(home: Path) -> tuple["subprocess.Popen[bytes]", Mark]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert holder.stdout is not None
    return holder, living(int(holder.stdout.readline()))


def test_what_was_stored_is_there_after_a_restart_and_nothing_runs_between(tmp_path: Path) -> None:
    with fast(tmp_path) as server:
        query(server, "CREATE TABLE kept AS SELECT 7 AS number")
        first = living(server.pid)
    assert not alive(first)
    with fast(tmp_path) as server:
        assert query(server, "SELECT number FROM kept") == [(7,)]


def test_it_works_below_a_folder_only_its_owner_may_enter_and_in_a_very_long_path(tmp_path: Path) -> None:
    home = tmp_path / "private" / ("long" * 30)
    home.mkdir(parents=True)
    (tmp_path / "private").chmod(0o700)
    with fast(home) as server:
        assert query(server, "SELECT 1") == [(1,)]
    assert (home / "postgres" / "password").stat().st_mode & 0o077 == 0


def test_it_demands_its_password(tmp_path: Path) -> None:
    with fast(tmp_path) as server, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(server.url.replace(":", ":wrong", 2).replace("postgresql:wrong", "postgresql:"))


def test_a_folder_in_use_is_refused_and_its_server_left_alone(tmp_path: Path) -> None:
    with fast(tmp_path) as server:
        with pytest.raises(AlreadyRunningError, match="SAMBUNG_HOME"), fast(tmp_path):
            pass
        assert query(server, "SELECT 1") == [(1,)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_it_ends_when_its_owner_is_killed_and_starts_again(tmp_path: Path) -> None:
    holder, server_process = held_by_another_process(tmp_path)
    with holder:
        holder.kill()
        assert wait_until_gone(server_process, 20)
    with fast(tmp_path) as server:
        assert query(server, "SELECT 1") == [(1,)]


def test_it_recovers_when_the_server_itself_was_killed(tmp_path: Path) -> None:
    with fast(tmp_path) as server:
        query(server, "CREATE TABLE kept AS SELECT 7 AS number")
        query(server, "CHECKPOINT")
        os.kill(server.pid, signal.SIGKILL)
    with fast(tmp_path) as server:
        assert query(server, "SELECT number FROM kept") == [(7,)]


def test_a_server_that_outlived_its_owner_is_ended_first(tmp_path: Path) -> None:
    with fast(tmp_path) as server:
        command = command_of(server.pid)
    orphan = orphaned(tmp_path, command)
    with fast(tmp_path) as server:
        assert not alive(orphan)
        assert query(server, "SELECT 1") == [(1,)]


def orphaned(home: Path, command: str) -> Mark:
    """The same server once more, but tied to nobody and locked by nobody."""
    program = Path(command.split(" ", maxsplit=1)[0])
    account = postgres_account.choose(program, home / "postgres")
    process = subprocess.Popen(
        [*account.prefix, *command.split(" ")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    deadline = time.monotonic() + 20
    while not (home / "postgres" / "data" / "postmaster.pid").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # Nobody waits for it here, as nobody does for a real orphan; it is reaped when it was ended.
    process.returncode = 0
    return living(process.pid)


def test_a_lock_file_that_names_a_stranger_is_forgotten_and_the_stranger_lives(tmp_path: Path) -> None:
    with fast(tmp_path):
        pass
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        data = tmp_path / "postgres" / "data"
        (data / "postmaster.pid").write_text(f"{stranger.pid}\n{data}\n1\n5432\n\n127.0.0.1\n 1 1\nready\n")
        with fast(tmp_path) as server:
            assert query(server, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    with fast(tmp_path) as server:
        assert query(server, "SELECT 1") == [(1,)]
    assert not unfinished.exists()


def test_data_of_a_version_that_is_not_installed_is_named(tmp_path: Path) -> None:
    data = tmp_path / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="PostgreSQL 9"), fast(tmp_path):
        pass


def test_a_lost_password_is_named(tmp_path: Path) -> None:
    with fast(tmp_path):
        pass
    (tmp_path / "postgres" / "password").unlink()
    with pytest.raises(StackError, match="password is gone"), fast(tmp_path):
        pass

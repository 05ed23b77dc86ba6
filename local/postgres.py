"""Runs a private PostgreSQL as a child process, so that nobody has to install or configure one."""

import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import psycopg

from local import postgres_account, postgres_programs
from local.children import LINUX, POLL_S, command_of, end, mark_of, tethered
from local.errors import AlreadyRunningError, StackError

USER = DATABASE = "sambung"
START_S = 60.0
START_ATTEMPTS = 4
LOG_LIMIT_BYTES = 5_000_000
# SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (recovers from the log at the next start).
STOP = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))


class EmbeddedPostgres:
    """A PostgreSQL below `home`/postgres, on a free loopback port, as a context manager; `url` while it runs.

    `durable=False` trades safety against power cuts for speed (tests). Raises StackError with what to do, and
    AlreadyRunningError when another process runs one on the same folder.
    """

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        """Only remembers; `__enter__` starts."""
        self._folder = home.resolve() / "postgres"
        self._data = self._folder / "data"
        self._durable = durable
        self._lock: IO[str] | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._programs = Path()
        self._port = 0
        self.url = ""

    def __enter__(self) -> Self:
        """Start, or recover and start."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def pid(self) -> int:
        """The postmaster's process id."""
        if self._server is None:
            message = "PostgreSQL is not running"
            raise StackError(message)
        return self._server.pid

    def _start(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _lock(self._folder)
        self._programs = postgres_programs.folder_for(self._data)
        self._account = postgres_account.choose(self._programs / "postgres", self._folder)
        end_orphan(self._data)
        password = self._initialised(self._programs)
        for _ in range(START_ATTEMPTS):
            self._port = _free_port()
            if self._started():
                break
        else:
            raise StackError(f"PostgreSQL did not start; its log says: {self._last_words()}")
        self.url = f"postgresql://{USER}:{password}@127.0.0.1:{self._port}/{DATABASE}"
        _create_database(self.url.removesuffix(DATABASE) + "postgres")

    @property
    def ended(self) -> bool:
        """Whether the server ended by itself."""
        return self._server is not None and self._server.poll() is not None

    def start_again(self) -> bool:
        """Start a server that ended by itself, at the same address; False when it ends again."""
        return self._started()

    def _started(self) -> bool:
        self._server = self._launch(self._programs, self._port)
        return self._became_ready(self._server)

    def stop(self) -> None:
        """Shut the server down and free the folder; harmless when not running."""
        if self._server is not None:
            for number, seconds in STOP:
                self._server.send_signal(number)
                # A stopped process takes no other signal.
                self._server.send_signal(signal.SIGCONT)
                with suppress(subprocess.TimeoutExpired):
                    self._server.wait(seconds)
                    break
            self._server = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _initialised(self, binaries: Path) -> str:
        """Create the cluster unless it exists; its password."""
        password_file = self._folder / "password"
        if (self._data / "PG_VERSION").exists():
            return self._kept_password(password_file)
        # Built beside its place and moved there whole: an interrupted initdb is never taken for a cluster.
        unfinished = self._folder / "data.new"
        shutil.rmtree(unfinished, ignore_errors=True)
        self._write_password(password_file, password := secrets.token_hex(16))
        options = [
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            f"--username={USER}",
            f"--pwfile={password_file}",
            *postgres_programs.locale_options(binaries),
        ]
        command: list[str | Path] = [
            binaries / "initdb",
            "-D",
            unfinished,
            *options,
            *([] if self._durable else ["--no-sync"]),
        ]
        with self._log() as log:
            done = subprocess.run(
                self._as_account(command), stdout=log, stderr=log, check=False, timeout=START_S, cwd="/"
            )
        if done.returncode != 0:
            message = f"PostgreSQL could not create its data folder {self._data}: {self._last_words()}"
            raise StackError(message)
        unfinished.rename(self._data)
        return password

    def _kept_password(self, path: Path) -> str:
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            message = f"{path} is gone, and it opens the database: put it back, or move {self._folder} away."
            raise StackError(message) from None

    def _write_password(self, path: Path, password: str) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(password + "\n")
        if self._account.owner:
            os.chown(path, *self._account.owner)

    def _launch(self, binaries: Path, port: int) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            # No socket file: its path may be at most 104 bytes long, and loopback with a password does the same.
            "unix_socket_directories": "",
            "timezone": "UTC",
            **({} if self._durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log() as log:
            return subprocess.Popen(
                self._as_account([binaries / "postgres", "-D", self._data, *options]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                # Ctrl-C in a terminal reaches the whole group: the stack decides when the database goes.
                start_new_session=True,
            )

    def _as_account(self, command: Sequence[str | Path]) -> list[str]:
        return [*self._account.prefix, *tethered(command, signal.SIGINT)]

    def _became_ready(self, server: subprocess.Popen[bytes]) -> bool:
        """Wait for the line in which the postmaster says so (pg_ctl reads the same)."""
        deadline = time.monotonic() + START_S
        while server.poll() is None:
            lines = _lock_file(self._data)
            if len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready":  # noqa: PLR2004  line 8
                return True
            if time.monotonic() > deadline:
                message = f"PostgreSQL was not ready in {START_S:.0f} s: {self._last_words()}"
                raise StackError(message)
            time.sleep(POLL_S)
        # The port may have been taken, or backends of a killed postmaster may still be leaving: worth another try.
        time.sleep(0.5)
        return False

    def _log(self) -> IO[bytes]:
        path = self._folder / "server.log"
        too_long = path.exists() and path.stat().st_size > LOG_LIMIT_BYTES
        return path.open("wb" if too_long else "ab")

    def _last_words(self) -> str:
        lines = (self._folder / "server.log").read_text(errors="replace").splitlines()
        telling = [line for line in lines[-20:] if re.search("FATAL|error|PANIC", line)]
        return (telling or lines or ["nothing"])[-1]


def end_orphan(data: Path) -> None:
    """End the server that a killed stack left on this data folder, and nothing else.

    A lock file that names a stranger is forgotten. The caller holds the lock: no stack owns the server.
    """
    lines = _lock_file(data)
    if not lines or (mark := mark_of(int(lines[0]))) is None:
        return  # PostgreSQL itself clears a lock file whose process is gone, after checking its shared memory.
    if str(data) in command_of(mark.pid) and "postgres" in command_of(mark.pid):
        if not end(mark, STOP):
            message = f"an earlier PostgreSQL (pid {mark.pid}) on {data} does not stop: end it, then try again."
            raise StackError(message)
    elif LINUX and not _backends(data):
        (data / "postmaster.pid").unlink()


def _backends(data: Path) -> list[int]:
    """Processes that still work in the data folder (every server process lives there)."""
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if cwd.readlink() == data:
                found.append(int(cwd.parent.name))
    return found


def _lock_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _lock(folder: Path) -> IO[str]:
    file = (folder / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        message = (
            f"a PostgreSQL of another stack runs in {folder}: stop that one, or set SAMBUNG_HOME to another folder."
        )
        raise AlreadyRunningError(message) from None
    return file


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(f"CREATE DATABASE {DATABASE}")

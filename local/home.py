"""The stack's folder: whose it is, who runs in it, and which processes a killed stack may have left."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from local.children import Mark, alive, end, mark_of
from local.errors import AlreadyRunningError, StackError
from local.keepsakes import read_json, write_private

STOP = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True, slots=True)
class Run:
    """A running stack as it is written down for other terminals and for its successor."""

    main: Mark
    url: str
    database_url: str
    children: tuple[Mark, ...] = ()


def prepare(home: Path) -> None:
    """Make the folder; raises StackError when nothing can be written there."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise StackError(f"cannot write in {home} ({reason}): set SAMBUNG_HOME to a folder you own.") from None


@contextmanager
def locked(home: Path) -> Iterator[None]:
    """Hold the folder; raises AlreadyRunningError with the address of the stack that does."""
    with (home / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            run = read(home)
            where = f"at {run.url} (pid {run.main.pid})" if run and run.url else "and is just starting"
            message = f"Sambung is running already {where}: use that one, or stop it with `bin/sambung down`."
            raise AlreadyRunningError(message) from None
        yield


def read(home: Path) -> Run | None:
    """What the last stack wrote down."""
    found = read_json(home / "run.json")
    if found is None:
        return None
    try:
        children = cast("list[dict[str, object]]", found["children"])
        return Run(
            _mark(cast("dict[str, object]", found["main"])),
            str(found["url"]),
            str(found["database_url"]),
            tuple(_mark(child) for child in children),
        )
    except (KeyError, TypeError):
        return None


def _mark(kept: dict[str, object]) -> Mark:
    return Mark(int(str(kept["pid"])), str(kept["started"]))


def running(home: Path) -> Run | None:
    """The stack that runs in this folder now."""
    run = read(home)
    return run if run is not None and run.url and alive(run.main) else None


def end_orphans(home: Path) -> int:
    """End the processes a killed stack left, known by pid and start time; how many there were. Holds the lock."""
    run = read(home)
    left = [child for child in (run.children if run else ()) if alive(child)]
    for child in left:
        end(child, STOP)
    return len(left)


class Record:
    """Writes down the running stack, so that the next one can find what this one leaves."""

    def __init__(self, home: Path) -> None:
        self._path = home / "run.json"
        own = mark_of(os.getpid())
        if own is None:
            raise StackError("this process cannot be found in the system's list of processes.")
        self._run = Run(own, "", "")
        self._save()

    def add(self, pid: int) -> None:
        """Write down a child."""
        if mark := mark_of(pid):
            children = tuple(child for child in self._run.children if alive(child))
            self._run = Run(self._run.main, self._run.url, self._run.database_url, (*children, mark))
            self._save()

    def ready(self, url: str, database_url: str) -> None:
        """Write down where the stack can be reached."""
        self._run = Run(self._run.main, url, database_url, self._run.children)
        self._save()

    def remove(self) -> None:
        """Forget it: everything was stopped."""
        self._path.unlink(missing_ok=True)

    def _save(self) -> None:
        write_private(self._path, json.dumps(asdict(self._run)))

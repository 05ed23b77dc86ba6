"""What outlives a node: the pairings in a folder several nodes may share, each perhaps locked by one of them."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Key = tuple[object, object]


@dataclass
class Storage:
    """Pairings by (workspace, session): on disk below `root`, or in memory without one."""

    root: Path | None = None
    _memory: dict[Key, str] = field(default_factory=dict)
    _held: set[Key] = field(default_factory=set)

    def number(self, key: Key) -> str | None:
        """The phone number a session is paired with."""
        if self.root is None:
            return self._memory.get(key)
        with suppress(FileNotFoundError):
            return str(json.loads(self._profile(key).read_text())["number"])
        return None

    def pair(self, key: Key, number: str) -> None:
        self._memory[key] = number
        if self.root is not None:
            profile = self._profile(key)
            profile.parent.mkdir(parents=True, exist_ok=True)
            whole = profile.with_suffix(f".{os.getpid()}")
            whole.write_text(json.dumps({"number": number}))
            whole.replace(profile)

    def unpair(self, key: Key) -> None:
        self._memory.pop(key, None)
        if self.root is not None:
            self._profile(key).unlink(missing_ok=True)

    def lock(self, key: Key) -> bool:
        """Take the browser's lock on a profile; False where a living process holds it."""
        if key in self._held:
            return False
        if self.root is not None and not _taken(self._profile(key).with_suffix(".lock")):
            return False
        self._held.add(key)
        return True

    def unlock(self, key: Key) -> None:
        if key in self._held:
            self._held.discard(key)
            if self.root is not None:
                self._profile(key).with_suffix(".lock").unlink(missing_ok=True)

    def unlock_all(self) -> None:
        for key in tuple(self._held):
            self.unlock(key)

    def _profile(self, key: Key) -> Path:
        if self.root is None:
            raise ValueError("pairings are kept in memory")
        return self.root / f"workspace_{key[0]}" / f"session-{key[1]}.json"


def _taken(lock: Path) -> bool:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError, ValueError):
        if not _lives(int(lock.read_text())):
            lock.unlink(missing_ok=True)
    try:
        with lock.open("x") as made:
            made.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

"""Keeps what is generated once: keys and passwords, in files only their owner can read."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.fernet import Fernet

from local.errors import StackError

# A person may choose any password for a laptop; six is the least AWS takes.
SHORTEST_PASSWORD = 6
ROLES = ("admin", "operator", "viewer")


def keys(home: Path) -> str:
    """The functions' Fernet keys, newest first, separated by commas."""
    return _kept(home / "keys", lambda: Fernet.generate_key().decode())


def passwords(home: Path, admin_password: str) -> dict[str, str]:
    """A password for each role's user; the admin's as given, if it is."""
    path = home / "accounts.json"
    kept: dict[str, str] = json.loads(_kept(path, lambda: json.dumps({role: _password() for role in ROLES})))
    if admin_password and admin_password != kept["admin"]:
        if len(admin_password) < SHORTEST_PASSWORD:
            raise StackError(
                f"SAMBUNG_ADMIN_PASSWORD is shorter than {SHORTEST_PASSWORD} characters: choose a longer one."
            )
        kept = {**kept, "admin": admin_password}
        write_private(path, json.dumps(kept))
    return kept


def read_json(path: Path) -> Mapping[str, object] | None:
    """A kept JSON object; None when it is not there, or was cut short by a full disk."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def write_private(path: Path, text: str) -> None:
    """Replace the file in one step, readable by its owner only."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _kept(path: Path, make: Callable[[], str]) -> str:
    if not path.exists():
        write_private(path, make())
    return path.read_text(encoding="utf-8").strip()


def _password() -> str:
    # Four groups are easier to type from a terminal than one long word.
    return "-".join(secrets.token_hex(2) for _ in range(4))

"""Chooses the account PostgreSQL runs under, because it refuses to run as root."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from local.children import tethered
from local.errors import StackError

PROBE_S = 10


@dataclass(frozen=True, slots=True)
class Account:
    """How a command is run so that PostgreSQL accepts it: what stands before it, and who must own its files."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None


def choose(program: Path, folder: Path) -> Account:
    """The first account that can run `program` and write in `folder`, which it then owns."""
    if os.geteuid() != 0:
        return Account()
    for account in _accounts_for_root():
        _own(folder, account)
        if _can_work(account, program, folder):
            return account
    message = f"PostgreSQL refuses to run as root, and no other account can use {folder}: run this as a normal user."
    raise StackError(message)


def _accounts_for_root() -> list[Account]:
    accounts = []
    if unshare := shutil.which("unshare"):
        # Root outside, uid 1000 inside: works below folders that only root may enter.
        accounts.append(Account((unshare, "--user", "--map-user=1000", "--map-group=1000"), owner=(0, 0)))
    if setpriv := shutil.which("setpriv"):
        nobody = pwd.getpwnam("nobody")
        owner = (nobody.pw_uid, nobody.pw_gid)
        drop = (setpriv, f"--reuid={owner[0]}", f"--regid={owner[1]}", "--clear-groups")
        # Containers that forbid user namespaces usually still let root pass on its right to enter any folder.
        accounts.append(Account((*drop, "--inh-caps=+dac_override", "--ambient-caps=+dac_override"), owner))
        accounts.append(Account(drop, owner))
    return accounts


def _own(folder: Path, account: Account) -> None:
    """Give the folder and all in it to the account, if it is not so already."""
    if account.owner is None or (folder.stat().st_uid, folder.stat().st_gid) == account.owner:
        return
    for path in [*folder.rglob("*"), folder]:
        os.chown(path, *account.owner, follow_symlinks=False)


def _can_work(account: Account, program: Path, folder: Path) -> bool:
    test = 'test "$(id -u)" -ne 0 && test -x "$1" && test -w "$2"'
    command = [*account.prefix, *tethered(["/bin/sh", "-c", test, "sh", program, folder])]
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=PROBE_S).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
